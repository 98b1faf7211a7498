//! The training loop: shuffled batches cut into shards, one optimiser step each, checks on the way.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::batch::{Batch, Prior};
use super::check::Checks;
use super::params::Params;
use super::process::Process;
use crate::encode::{Encoded, Encoder};
use crate::neural::{Layout, Net, Panels, Schedule, Scratch};
use crate::{Error, Progress, Result, Run, Stop, TrainingState};
use verdancy_table::Table;

/// What came out of training.
pub(super) struct Trained {
    /// The best averaged weights.
    pub(super) weights: Vec<f32>,
    pub(super) history: Vec<Progress>,
    pub(super) stop: Stop,
}

/// One shard's buffers.
struct Shard {
    scratch: Scratch,
    batch: Batch,
    loss: f64,
}

/// Streams of random numbers, by purpose.
pub(super) mod stream {
    pub(crate) const INIT: u64 = 1;
    pub(crate) const SHUFFLE: u64 = 2;
    pub(crate) const VALIDATION: u64 = 3;
    pub(crate) const COPIES: u64 = 4;
    pub(crate) const STEPS: u64 = 1 << 32;
}

/// The random numbers of one purpose.
pub(super) fn random(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// Optimiser steps that will be run: the epochs asked for, within the bound on work.
pub(super) fn planned_steps(p: &Params, layout: &Layout, rows: usize) -> u64 {
    let asked = (u64::from(p.n_iter) * rows as u64)
        .div_ceil(batch_rows(p, rows) as u64)
        .max(1);
    if p.work == 0.0 {
        return asked;
    }
    let one = 3.0 * layout.flops() as f64 * batch_rows(p, rows) as f64;
    asked.min((p.work * 1e12 / one).ceil() as u64).max(1)
}

/// Rows of one step.
pub(super) fn batch_rows(p: &Params, rows: usize) -> usize {
    (p.batch_size as usize).min(rows).max(1)
}

/// Shards of one step: fixed by the batch, whatever the number of threads.
fn shards(batch: usize) -> usize {
    match batch {
        0..16 => 1,
        16..1024 => 2,
        _ => 4,
    }
}

/// The order of the rows at the first of `picked` rows to come, and how far it is used up: each
/// time that all rows were picked they are shuffled again.
fn order(rows: usize, picked: u64, shuffler: &mut ChaCha8Rng) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..rows).collect();
    let shuffles = picked.div_ceil(rows as u64);
    for _ in 0..shuffles {
        order.shuffle(shuffler);
    }
    let unused = shuffles * rows as u64 - picked;
    (order, rows - unused as usize)
}

/// Trains a network on `data` from `state` on, choosing the checkpoint by `checks`.
#[allow(clippy::too_many_arguments)]
pub(super) fn train(
    p: &Params,
    layout: &Layout,
    encoder: &Encoder,
    process: &dyn Process,
    (data, prior): (&Encoded, Option<Prior<'_>>),
    mut state: TrainingState,
    preview: &dyn Fn(&[f32], u64) -> Result<Table>,
    checks: &Checks<'_>,
    run: &mut Run<'_>,
) -> Result<Trained> {
    let rows = data.rows;
    let batch = batch_rows(p, rows);
    let steps = planned_steps(p, layout, rows);
    let schedule = Schedule {
        rate: p.learning_rate as f32,
        warmup: (steps / 10).clamp(1, 100),
        steps,
    };
    let count = shards(batch);
    let size = batch.div_ceil(count);
    (state.optimiser).tune(p.weight_decay as f32, p.ema, p.clip);
    let mut panels = Panels::for_training(layout, p.precision);
    let mut grads: Vec<Vec<f32>> = (0..count).map(|_| vec![0.0; layout.size()]).collect();
    let mut shards: Vec<Shard> = (0..count)
        .map(|_| Shard {
            scratch: Scratch::for_training(layout, &panels, size),
            batch: Batch::default(),
            loss: 0.0,
        })
        .collect();
    let mut shuffler = random(run.seed, stream::SHUFFLE);
    let (mut order, mut at) = order(rows, state.step * batch as u64, &mut shuffler);
    let mut picked: Vec<usize> = Vec::with_capacity(batch);
    let spent = state.seconds;
    let mut checked = state.history.last().map_or(0.0, |line| line.check_seconds);
    let began = (run.clock)();
    let mut kept = began;
    let mut stop = Stop::Completed;
    let every = (steps / 100).max(1);
    for line in &state.history {
        (run.listen)(line);
    }
    for step in state.step..steps {
        picked.clear();
        while picked.len() < batch {
            if at == rows {
                order.shuffle(&mut shuffler);
                at = 0;
            }
            let take = (batch - picked.len()).min(rows - at);
            picked.extend_from_slice(&order[at..at + take]);
            at += take;
        }
        panels.pack(layout, &state.optimiser.params);
        let net = Net {
            layout,
            weights: &state.optimiser.params,
            panels: &panels,
        };
        let work = shards
            .par_iter_mut()
            .zip(grads.par_iter_mut())
            .zip(picked.par_chunks(size))
            .enumerate();
        work.for_each(|(i, ((shard, grad), rows))| {
            let mut rng = random(run.seed, stream::STEPS + step * count as u64 + i as u64);
            shard
                .batch
                .load(data, encoder, rows, prior, p.smoothing as f32, &mut rng);
            process.corrupt(encoder, &mut shard.batch, &mut rng);
            shard
                .scratch
                .draw_dropout(layout, rows.len(), p.dropout as f32, &mut rng);
            let out = shard.scratch.forward(net, shard.batch.input());
            shard.loss = process.loss(layout, &shard.batch, out, 1.0 / batch as f32);
            shard.scratch.backward(net, shard.batch.input(), grad);
        });
        let used = picked.len().div_ceil(size);
        let loss: f64 = shards[..used].iter().map(|s| s.loss).sum::<f64>() / batch as f64;
        state.optimiser.step(schedule.at(step), &mut grads[..used]);
        verdancy_fail_point::pass("in-step");
        if !loss.is_finite() {
            return Err(Error::input(
                "synth/diverged",
                format!(
                    "Training diverged: the loss is not finite at step {}.",
                    step + 1
                ),
                "Lower learning_rate or clip.",
            ));
        }
        state.sum += loss;
        state.since += 1;
        let done = step + 1;
        let elapsed = spent + (run.clock)().saturating_sub(began).as_secs_f64();
        let out_of_time = run.deadline.is_some_and(|d| (run.clock)() >= d);
        let ended = if run.cancel.is_cancelled() {
            Some(Stop::Cancelled)
        } else if out_of_time {
            Some(Stop::TimeLimit)
        } else {
            None
        };
        let checking = checks.due(done, steps) || ended.is_some();
        if checking || done % every == 0 || done == steps {
            let found = if checking {
                let from = (run.clock)();
                let last = done == steps || ended.is_some();
                let before =
                    (state.history.iter().rev()).find(|line| line.validation_loss.is_some());
                let found = checks.look(&mut state.watch, &state.optimiser.average, before, last);
                checked += (run.clock)().saturating_sub(from).as_secs_f64();
                found
            } else {
                super::check::Look::default()
            };
            let epoch = |s: u64| (s as f64 * batch as f64 / rows as f64).min(f64::from(p.n_iter));
            let progress = Progress {
                epoch: epoch(done),
                epochs: epoch(steps),
                step: done,
                steps,
                loss: state.sum / state.since as f64,
                validation_loss: found.loss,
                copy_share: found.copies,
                best: found.best,
                seconds: elapsed,
                check_seconds: checked,
                eta: elapsed / done as f64 * (steps - done) as f64,
            };
            (run.listen)(&progress);
            state.history.push(progress);
            (state.sum, state.since) = (0.0, 0);
            let mut reason = ended.or(found.stop);
            if reason.is_none()
                && found.best
                && done < steps
                && let Some(peek) = run.peek.as_mut()
                && peek
                    .at
                    .get(state.looks as usize)
                    .is_some_and(|s| done as f64 >= s * steps as f64)
            {
                state.looks += 1;
                let from = (run.clock)();
                if found.gain < peek.flat
                    && (peek.good)(&preview(&state.optimiser.average, peek.rows)?)
                {
                    reason = Some(Stop::Green);
                }
                checked += (run.clock)().saturating_sub(from).as_secs_f64();
                if let Some(line) = state.history.last_mut() {
                    line.check_seconds = checked;
                }
            }
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
