//! The training loop of networks that learn row by row: steps, checks on validation rows, time,
//! cancellation, history and checkpoints. What a step does and what a check measures is up to an
//! [`Objective`].
//!
//! A training is a pure function of rows, parameters and seed: its state between two steps is a
//! [`TrainingState`], and all else follows from the number of the step.

mod batches;

pub(crate) use batches::{Batches, random, stream};

use verdancy_table::Table;

use crate::checkpoint::of_pooled;
use crate::neural::Shape;
use crate::{Config, Error, Progress, Result, Run, Stop, TrainingState};

/// Checks of a whole training.
const CHECKS: u64 = 24;
/// A later checkpoint is the better one only when it gains this.
const LEAST_GAIN: f64 = 0.001;

/// What is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Course {
    /// Rows that are learned.
    pub(crate) rows: usize,
    /// Rows of one step.
    pub(crate) batch: usize,
    /// Passes asked for.
    pub(crate) n_iter: u32,
    /// Steps that will be run.
    pub(crate) steps: u64,
    /// Checks without a better figure before training stops; 0 never stops.
    pub(crate) patience: u32,
}

impl Course {
    /// The passes asked for, in steps of `batch` rows, within `work` TFLOP (0 for no bound) of `flops`
    /// a row and pass.
    pub(crate) fn plan(
        rows: usize,
        batch: usize,
        (n_iter, patience): (u32, u32),
        work: f64,
        flops: f64,
    ) -> Course {
        let asked = (u64::from(n_iter) * rows as u64)
            .div_ceil(batch as u64)
            .max(1);
        let steps = match work {
            0.0 => asked,
            work => asked.min((work * 1e12 / (flops * batch as f64)).ceil() as u64),
        };
        Course {
            rows,
            batch,
            n_iter,
            steps: steps.max(1),
            patience,
        }
    }

    /// Passes over the rows after `steps` steps.
    fn epoch(&self, steps: u64) -> f64 {
        (steps as f64 * self.batch as f64 / self.rows.max(1) as f64).min(f64::from(self.n_iter))
    }
}

/// What is trained.
pub(crate) trait Objective {
    /// Runs the next step; gives its loss.
    fn step(&mut self, state: &mut TrainingState) -> f64;

    /// What to compare checkpoints by, less is better; `None` without validation rows.
    fn look(&self, weights: &[f32]) -> Option<f64>;

    /// Rows drawn from these weights.
    ///
    /// # Errors
    /// As [`crate::Model::sample_block`].
    fn preview(&self, weights: &[f32], rows: u64) -> Result<Table>;
}

/// What came out of training.
pub(crate) struct Trained {
    /// The best averaged weights.
    pub(crate) weights: Vec<f32>,
    pub(crate) history: Vec<Progress>,
    pub(crate) stop: Stop,
}

/// The state to go on from: a checkpoint's, or one before the first step with the weights of an
/// earlier fit (`start`) or fresh ones.
///
/// # Errors
/// `synth/checkpoint-foreign`, `synth/checkpoint-damaged`.
pub(crate) fn begin(
    config: &Config,
    shape: &Shape,
    (train, validation): (&Table, &Table),
    start: Option<Vec<f32>>,
    steps: u64,
    run: &mut Run<'_>,
) -> Result<TrainingState> {
    let fingerprint = match &run.checkpoint {
        Some(_) => of_pooled(config, train, validation, run),
        None => String::new(),
    };
    if let Some(state) = run.checkpoint.as_mut().and_then(|c| c.resume.take()) {
        return state.belonging(&fingerprint, shape.size(), steps);
    }
    let weights = start
        .filter(|w| w.len() == shape.size())
        .unwrap_or_else(|| shape.init(&mut random(run.seed, stream::INIT)));
    Ok(TrainingState::new(fingerprint, weights))
}

/// What a check found.
#[derive(Default)]
struct Look {
    figure: Option<f64>,
    best: bool,
    gain: f64,
    tired: bool,
}

fn look(
    objective: &dyn Objective,
    state: &mut TrainingState,
    weights: &[f32],
    patience: u32,
) -> Look {
    let Some(figure) = objective.look(weights) else {
        return Look::default();
    };
    let watch = &mut state.watch;
    let gain = (watch.best.as_ref()).map_or(f64::INFINITY, |(b, _)| (b - figure) / b.abs());
    let best = gain > LEAST_GAIN;
    if best {
        watch.best = Some((figure, weights.to_vec()));
        watch.worse = 0;
    } else {
        watch.worse += 1;
    }
    Look {
        figure: Some(figure),
        best,
        gain,
        tired: patience > 0 && watch.worse >= patience,
    }
}

/// Trains `objective` from `state` on.
///
/// # Errors
/// `synth/diverged`; those of keeping a checkpoint.
pub(crate) fn train(
    course: Course,
    objective: &mut dyn Objective,
    mut state: TrainingState,
    run: &mut Run<'_>,
) -> Result<Trained> {
    let steps = course.steps;
    let spent = state.seconds;
    let mut checked = state.history.last().map_or(0.0, |line| line.check_seconds);
    let began = (run.clock)();
    let mut kept = began;
    let mut stop = Stop::Completed;
    for line in &state.history {
        (run.listen)(line);
    }
    for step in state.step..steps {
        let loss = objective.step(&mut state);
        verdancy_fail_point::pass("in-step");
        if !loss.is_finite() {
            return Err(diverged(step + 1));
        }
        state.sum += loss;
        state.since += 1;
        let done = step + 1;
        let elapsed = spent + (run.clock)().saturating_sub(began).as_secs_f64();
        let ended = if run.cancel.is_cancelled() {
            Some(Stop::Cancelled)
        } else if run.deadline.is_some_and(|d| (run.clock)() >= d) {
            Some(Stop::TimeLimit)
        } else {
            None
        };
        let last = done == steps || ended.is_some();
        let checking = last || done.is_multiple_of((steps / CHECKS).max(10));
        if checking || done.is_multiple_of((steps / 100).max(1)) {
            let from = (run.clock)();
            let found = if checking {
                let weights = state.optimiser.average.clone();
                look(objective, &mut state, &weights, course.patience)
            } else {
                Look::default()
            };
            let mut reason = ended.or(found.tired.then_some(Stop::Patience));
            if reason.is_none() && !last && is_good(objective, &mut state, &found, steps, run)? {
                reason = Some(Stop::Green);
            }
            checked += (run.clock)().saturating_sub(from).as_secs_f64();
            let progress = Progress {
                epoch: course.epoch(done),
                epochs: course.epoch(steps),
                step: done,
                steps,
                loss: state.sum / state.since as f64,
                validation_loss: found.figure,
                copy_share: None,
                best: found.best,
                seconds: elapsed,
                check_seconds: checked,
                eta: elapsed / done as f64 * (steps - done) as f64,
            };
            (run.listen)(&progress);
            state.history.push(progress);
            (state.sum, state.since) = (0.0, 0);
            if let Some(reason) = reason {
                stop = reason;
                break;
            }
        }
        state.step = done;
        if let Some(checkpoint) = run.checkpoint.as_mut()
            && done < steps
            && (run.clock)().saturating_sub(kept) >= checkpoint.every
        {
            state.seconds = elapsed;
            (checkpoint.save)(&state)?;
            kept = (run.clock)();
        }
    }
    let best = state.watch.best.map(|(_, weights)| weights);
    Ok(Trained {
        weights: best.unwrap_or(state.optimiser.average),
        history: state.history,
        stop,
    })
}

/// True when samples of a model that is the best so far are good enough already.
fn is_good(
    objective: &dyn Objective,
    state: &mut TrainingState,
    found: &Look,
    steps: u64,
    run: &mut Run<'_>,
) -> Result<bool> {
    let Some(peek) = run.peek.as_mut().filter(|_| found.best) else {
        return Ok(false);
    };
    let due = (peek.at.get(state.looks as usize))
        .is_some_and(|share| (state.step + 1) as f64 >= share * steps as f64);
    if !due {
        return Ok(false);
    }
    state.looks += 1;
    if found.gain >= peek.flat {
        return Ok(false);
    }
    let rows = objective.preview(&state.optimiser.average, peek.rows)?;
    Ok((peek.good)(&rows))
}

/// The error of a training whose loss is not finite.
pub(crate) fn diverged(step: u64) -> Error {
    Error::input(
        "synth/diverged",
        format!("Training diverged: the loss is not finite at step {step}."),
        "Lower learning_rate.",
    )
}
