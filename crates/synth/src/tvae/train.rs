//! A step of training, and the check on validation rows.

use rayon::prelude::*;
use verdancy_table::Table;

use super::net::{Net, Scratch};
use super::params::Params;
use crate::encode::Encoded;
use crate::heads::Heads;
use crate::neural::Schedule;
use crate::training::{self, Batches, Course, Look, Moment, Objective, PIECE, random, stream};
use crate::{Result, TrainingState};

/// Draws rows from weights.
pub(super) type Preview<'a> = &'a (dyn Fn(&[f32], u64) -> Result<Table> + Sync);

struct Shard {
    scratch: Scratch,
    codes: Vec<u32>,
    loss: f64,
}

/// The autoencoder in training.
pub(super) struct Vae<'a> {
    net: &'a Net,
    heads: &'a Heads,
    data: &'a Encoded,
    held: &'a Encoded,
    params: &'a Params,
    preview: Preview<'a>,
    schedule: Schedule,
    batches: Batches,
    shards: Vec<Shard>,
    grads: Vec<Vec<f32>>,
    size: usize,
    seed: u64,
}

impl<'a> Vae<'a> {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn new(
        p: &'a Params,
        net: &'a Net,
        heads: &'a Heads,
        (data, held): (&'a Encoded, &'a Encoded),
        state: &TrainingState,
        course: Course,
        seed: u64,
        preview: Preview<'a>,
    ) -> Vae<'a> {
        let count = Batches::shards(course.batch);
        let size = course.batch.div_ceil(count);
        Vae {
            net,
            heads,
            data,
            held,
            params: p,
            preview,
            schedule: Schedule {
                rate: p.learning_rate as f32,
                warmup: (course.steps / 10).clamp(1, 100),
                steps: course.steps,
            },
            batches: Batches::after(state.step, data.rows, course.batch, seed),
            shards: (0..count)
                .map(|_| Shard {
                    scratch: Scratch::new(net, size),
                    codes: Vec::new(),
                    loss: 0.0,
                })
                .collect(),
            grads: vec![vec![0.0; net.shape.size()]; count],
            size,
            seed,
        }
    }
}

impl Objective for Vae<'_> {
    fn step(&mut self, state: &mut TrainingState) -> f64 {
        let p = self.params;
        self.batches.advance();
        let (count, batch) = (self.shards.len() as u64, self.batches.picked.len());
        let (step, weights) = (state.step, &state.optimiser.params);
        let work = (self.shards.par_iter_mut())
            .zip(self.grads.par_iter_mut())
            .zip(self.batches.picked.par_chunks(self.size))
            .enumerate();
        work.for_each(|(i, ((shard, grad), rows))| {
            let mut rng = random(self.seed, stream::STEPS + step * count + i as u64);
            shard.codes.clear();
            for &row in rows {
                (self.heads).load(self.data, row, &mut rng, &mut shard.codes);
            }
            grad.fill(0.0);
            let rows = (self.heads, &shard.codes[..]);
            let scale = (p.loss_factor as f32, 1.0 / batch as f32);
            let scratch = &mut shard.scratch;
            shard.loss = (self.net).loss(weights, rows, scale, scratch, &mut rng, Some(grad));
        });
        let used = batch.div_ceil(self.size);
        let loss: f64 = self.shards[..used].iter().map(|s| s.loss).sum();
        state.optimiser.tune(p.weight_decay as f32, p.ema, 10.0);
        (state.optimiser).step(self.schedule.at(step), &mut self.grads[..used]);
        loss / batch as f64
    }

    fn look(&self, at: Moment<'_>) -> Look {
        Look::compare(self.held_out_loss(at.weights), at, self.params.patience)
    }

    fn preview(&self, weights: &[f32], rows: u64) -> Result<Table> {
        (self.preview)(weights, rows)
    }
}

impl Vae<'_> {
    /// The loss of validation rows, with the same noise at each check.
    fn held_out_loss(&self, weights: &[f32]) -> Option<f64> {
        let factor = (self.params.loss_factor as f32, 1.0);
        training::held_out(self.held.rows, self.seed, |picked, rng| {
            let (mut scratch, mut codes) = (Scratch::new(self.net, PIECE), Vec::new());
            for &row in picked {
                self.heads.load(self.held, row, rng, &mut codes);
            }
            let rows = (self.heads, &codes[..]);
            (self.net).loss(weights, rows, factor, &mut scratch, rng, None)
        })
    }
}
