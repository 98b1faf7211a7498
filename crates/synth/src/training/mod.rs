//! The training loop of networks that learn row by row: steps, checks on validation rows, time,
//! cancellation, history and checkpoints. What a step does and what a check measures is up to an
//! [`Objective`].
//!
//! A training is a pure function of rows, parameters and seed: its state between two steps is a
//! [`TrainingState`], and all else follows from the number of the step.

mod batches;

pub(crate) use batches::{Batches, random, stream};

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use verdancy_table::Table;

use crate::parts::Tensor;
use crate::session::Session;
use crate::state::Watch;
use crate::{Progress, Result, Stop, TrainingState, Unfitted};

/// Validation rows of a check at least; small sets are drawn several times.
const DRAWS: usize = 1024;
/// Rows of one piece of a check.
pub(crate) const PIECE: usize = 256;
/// Checks of a whole training.
const CHECKS: u64 = 24;
/// A later checkpoint is the better one only when it gains this: of equal ones, the earliest has seen the
/// rows least often.
pub(crate) const LEAST_GAIN: f64 = 0.001;

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
}

impl Course {
    /// The passes asked for, in steps of `batch` rows, within `work` TFLOP (0 for no bound) of `flops`
    /// a row and pass.
    pub(crate) fn plan(rows: usize, batch: usize, n_iter: u32, work: f64, flops: f64) -> Course {
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

    /// Looks at the averaged weights; [`Look::default`] without validation rows.
    fn look(&self, at: Moment<'_>) -> Look;

    /// Rows drawn from these weights.
    ///
    /// # Errors
    /// As [`crate::Model::sample_block`].
    fn preview(&self, weights: &[f32], rows: u64) -> Result<Table>;
}

/// What a check looks at.
pub(crate) struct Moment<'a> {
    /// What earlier checks left; holds the best weights.
    pub(crate) watch: &'a mut Watch,
    /// The averaged weights.
    pub(crate) weights: &'a [f32],
    /// The last line of the history with a check.
    pub(crate) before: Option<&'a Progress>,
    /// True where training ends.
    pub(crate) last: bool,
}

/// What a check found.
#[derive(Default)]
pub(crate) struct Look {
    /// What checkpoints are compared by; less is better.
    pub(crate) figure: Option<f64>,
    /// Share of samples that copy training rows, where it was measured.
    pub(crate) copies: Option<f64>,
    /// True when these weights are the best so far.
    pub(crate) best: bool,
    /// What the figure gained on the best before, relative.
    pub(crate) gain: f64,
    /// Why training should end here.
    pub(crate) stop: Option<Stop>,
}

impl Look {
    /// Compares `figure` with the best before and keeps the weights when they are better; `patience`
    /// checks in a row that are not end the training (0 never).
    pub(crate) fn compare(figure: Option<f64>, at: Moment<'_>, patience: u32) -> Look {
        let Some(figure) = figure else {
            return Look::default();
        };
        let gain = at.watch.gain(figure);
        let best = at.watch.note(figure, gain, at.weights);
        let tired = patience > 0 && at.watch.worse >= patience;
        Look {
            figure: Some(figure),
            best,
            gain,
            stop: tired.then_some(Stop::Patience),
            ..Look::default()
        }
    }
}

impl Watch {
    /// What `figure` gains on the best before, relative.
    pub(crate) fn gain(&self, figure: f64) -> f64 {
        (self.best.as_ref()).map_or(f64::INFINITY, |(b, _)| (b - figure) / b.abs())
    }

    /// Keeps `weights` when they gain enough; says whether they do.
    pub(crate) fn note(&mut self, figure: f64, gain: f64, weights: &[f32]) -> bool {
        let best = gain > LEAST_GAIN;
        if best {
            self.best = Some((figure, weights.to_vec()));
            self.worse = 0;
        } else {
            self.worse += 1;
        }
        best
    }
}

/// What came out of training.
pub(crate) struct Trained {
    /// The best averaged weights.
    pub(crate) weights: Vec<f32>,
    pub(crate) history: Vec<Progress>,
    pub(crate) stop: Stop,
}

/// The state to go on from: a checkpoint's, or one before the first step with the weights of an
/// earlier fit (`start`) or fresh ones (`init`); `size` is their number.
///
/// # Errors
/// `synth/checkpoint-foreign`, `synth/checkpoint-damaged`.
pub(crate) fn begin<I: Fn(&mut ChaCha8Rng) -> Vec<f32>>(
    (size, init): (usize, I),
    start: Option<Vec<f32>>,
    steps: u64,
    run: &mut Session<'_>,
) -> Result<TrainingState> {
    let fingerprint = run.fingerprint.clone();
    if let Some(state) = run.checkpoint.as_mut().and_then(|c| c.resume.take()) {
        return state.belonging(&fingerprint, size, steps);
    }
    let weights = start
        .filter(|w| w.len() == size)
        .unwrap_or_else(|| init(&mut random(run.seed, stream::INIT)));
    Ok(TrainingState::new(fingerprint, weights))
}

/// The weights of the model to go on from.
pub(crate) fn earlier(run: &Session<'_>) -> Option<Vec<f32>> {
    match run.start?.parts().tensors.remove("weights") {
        Some(Tensor::F32(_, weights)) => Some(weights),
        _ => None,
    }
}

/// The mean loss of `rows` validation rows, each drawn as often as it takes for a steady figure. `loss` gives that of
/// some of them, summed; its random numbers are the same at each check.
pub(crate) fn held_out(
    rows: usize,
    seed: u64,
    loss: impl Fn(&[usize], &mut ChaCha8Rng) -> f64 + Sync,
) -> Option<f64> {
    if rows == 0 {
        return None;
    }
    let draws = DRAWS.max(rows.min(4 * DRAWS));
    let losses: Vec<f64> = (0..draws.div_ceil(PIECE))
        .into_par_iter()
        .map(|piece| {
            let mut rng = random(seed, (stream::VALIDATION << 40) + piece as u64);
            let picked: Vec<usize> = (0..PIECE).map(|i| (piece * PIECE + i) % rows).collect();
            loss(&picked, &mut rng)
        })
        .collect();
    Some(losses.iter().sum::<f64>() / (losses.len() * PIECE) as f64)
}

/// Trains `objective` from `state` on.
///
/// # Errors
/// [`Unfitted::Diverged`]; those of keeping a checkpoint and of sampling.
pub(crate) fn train(
    course: Course,
    objective: &mut dyn Objective,
    state: TrainingState,
    run: &mut Session<'_>,
) -> Result<Trained, Unfitted> {
    for line in &state.history {
        (run.listen)(line);
    }
    let mut training = Training::new(course, objective, state, run);
    let mut stop = Stop::Completed;
    while training.state.step < course.steps {
        training.step()?;
        if let Some(reason) = training.check()? {
            stop = reason;
            break;
        }
        training.state.step += 1;
        training.keep()?;
    }
    let state = training.state;
    let best = state.watch.best.map(|(_, weights)| weights);
    Ok(Trained {
        weights: best.unwrap_or(state.optimiser.average),
        history: state.history,
        stop,
    })
}

/// A training under way.
struct Training<'a, 'r> {
    course: Course,
    objective: &'a mut dyn Objective,
    state: TrainingState,
    run: &'a mut Session<'r>,
    /// Seconds spent by earlier processes.
    spent: f64,
    /// Seconds of all that went into checks.
    checked: f64,
    began: Duration,
    /// When a checkpoint was kept last.
    kept: Duration,
    /// Seconds of training at the end of the last step.
    elapsed: f64,
}

impl<'a, 'r> Training<'a, 'r> {
    fn new(
        course: Course,
        objective: &'a mut dyn Objective,
        state: TrainingState,
        run: &'a mut Session<'r>,
    ) -> Training<'a, 'r> {
        let began = (run.clock)();
        Training {
            course,
            objective,
            spent: state.seconds,
            checked: state.history.last().map_or(0.0, |line| line.check_seconds),
            state,
            run,
            began,
            kept: began,
            elapsed: 0.0,
        }
    }

    fn seconds_since(&self, moment: Duration) -> f64 {
        (self.run.clock)().saturating_sub(moment).as_secs_f64()
    }

    /// Runs a step.
    fn step(&mut self) -> Result<(), Unfitted> {
        let loss = self.objective.step(&mut self.state);
        verdancy_fail_point::pass("in-step");
        if !loss.is_finite() {
            return Err(Unfitted::Diverged {
                step: self.state.step + 1,
            });
        }
        self.state.sum += loss;
        self.state.since += 1;
        self.elapsed = self.spent + self.seconds_since(self.began);
        Ok(())
    }

    /// Why training ends after this step whatever the model is.
    fn ended(&self) -> Option<Stop> {
        if self.run.cancel.is_cancelled() {
            return Some(Stop::Cancelled);
        }
        let late = self.run.deadline.is_some_and(|d| (self.run.clock)() >= d);
        late.then_some(Stop::TimeLimit)
    }

    /// Checks the model and reports the result, where a check is due after this step; gives the reason to end.
    fn check(&mut self) -> Result<Option<Stop>> {
        let (done, steps) = (self.state.step + 1, self.course.steps);
        let ended = self.ended();
        let last = done == steps || ended.is_some();
        let checking = last || done.is_multiple_of((steps / CHECKS).max(10));
        if !checking && !done.is_multiple_of((steps / 100).max(1)) {
            return Ok(None);
        }
        let from = (self.run.clock)();
        let found = match checking {
            true => self.look(last),
            false => Look::default(),
        };
        let mut reason = ended.or(found.stop);
        if reason.is_none() && !last && self.is_good(&found)? {
            reason = Some(Stop::Green);
        }
        self.checked += self.seconds_since(from);
        self.tell(&found);
        Ok(reason)
    }

    fn look(&mut self, last: bool) -> Look {
        let state = &mut self.state;
        let before = (state.history.iter().rev()).find(|line| line.validation_loss.is_some());
        self.objective.look(Moment {
            watch: &mut state.watch,
            weights: &state.optimiser.average,
            before,
            last,
        })
    }

    /// Adds a line to the history.
    fn tell(&mut self, found: &Look) {
        let (course, state) = (&self.course, &mut self.state);
        let (done, steps) = (state.step + 1, course.steps);
        let progress = Progress {
            epoch: course.epoch(done),
            epochs: course.epoch(steps),
            step: done,
            steps,
            loss: state.sum / state.since as f64,
            validation_loss: found.figure,
            copy_share: found.copies,
            best: found.best,
            seconds: self.elapsed,
            check_seconds: self.checked,
            eta: self.elapsed / done as f64 * (steps - done) as f64,
        };
        (self.run.listen)(&progress);
        state.history.push(progress);
        (state.sum, state.since) = (0.0, 0);
    }

    /// True when samples of a model that is the best so far are good enough already.
    fn is_good(&mut self, found: &Look) -> Result<bool> {
        let Some(peek) = self.run.peek.as_mut().filter(|_| found.best) else {
            return Ok(false);
        };
        let done = (self.state.step + 1) as f64;
        let due = (peek.at.get(self.state.looks as usize))
            .is_some_and(|share| done >= share * self.course.steps as f64);
        if !due {
            return Ok(false);
        }
        self.state.looks += 1;
        if found.gain >= peek.flat {
            return Ok(false);
        }
        let weights = &self.state.optimiser.average;
        let rows = self.objective.preview(weights, peek.rows)?;
        Ok((peek.good)(&rows))
    }

    /// Keeps a checkpoint where one is due.
    fn keep(&mut self) -> Result<()> {
        let Some(checkpoint) = self.run.checkpoint.as_mut() else {
            return Ok(());
        };
        let now = (self.run.clock)();
        if self.state.step < self.course.steps && now.saturating_sub(self.kept) >= checkpoint.every
        {
            self.state.seconds = self.elapsed;
            (checkpoint.save)(&self.state)?;
            self.kept = (self.run.clock)();
        }
        Ok(())
    }
}
