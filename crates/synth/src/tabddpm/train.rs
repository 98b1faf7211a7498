//! A step of training, shuffled batches cut into shards; and the checks on the way.

use rayon::prelude::*;
use verdancy_table::Table;

use super::batch::{Batch, Prior};
use super::check::Checks;
use super::params::Params;
use super::process::Process;
use crate::encode::{Encoded, Encoder};
use crate::neural::{Layout, Net, Panels, Schedule, Scratch};
use crate::training::{Batches, Course, Look, Moment, Objective, random, stream};
use crate::{Result, TrainingState};

/// One shard's buffers.
struct Shard {
    scratch: Scratch,
    batch: Batch,
    loss: f64,
}

/// What is planned for `rows` rows.
pub(super) fn course(p: &Params, layout: &Layout, rows: usize) -> Course {
    let batch = (p.batch_size as usize).min(rows).max(1);
    Course::plan(rows, batch, p.n_iter, p.work, 3.0 * layout.flops() as f64)
}

/// Shards of one step: fixed by the batch, whatever the number of threads.
fn shards(batch: usize) -> usize {
    match batch {
        0..16 => 1,
        16..1024 => 2,
        _ => 4,
    }
}

/// What a network is trained on, and how rows are drawn from its weights.
pub(super) struct Lesson<'a> {
    pub(super) params: &'a Params,
    pub(super) layout: &'a Layout,
    pub(super) encoder: &'a Encoder,
    pub(super) process: &'a dyn Process,
    pub(super) data: &'a Encoded,
    /// Rows of a copula that are mixed in.
    pub(super) prior: Option<Prior<'a>>,
    pub(super) checks: Checks<'a>,
    pub(super) preview: &'a dyn Fn(&[f32], u64) -> Result<Table>,
}

/// A network that learns to undo noise.
pub(super) struct Denoiser<'a> {
    lesson: Lesson<'a>,
    schedule: Schedule,
    batches: Batches,
    panels: Panels,
    shards: Vec<Shard>,
    grads: Vec<Vec<f32>>,
    /// Most rows of a shard.
    size: usize,
    seed: u64,
}

impl<'a> Denoiser<'a> {
    pub(super) fn new(
        lesson: Lesson<'a>,
        course: Course,
        state: &mut TrainingState,
        seed: u64,
    ) -> Denoiser<'a> {
        let (p, layout) = (lesson.params, lesson.layout);
        let count = shards(course.batch);
        let size = course.batch.div_ceil(count);
        (state.optimiser).tune(p.weight_decay as f32, p.ema, p.clip);
        let panels = Panels::for_training(layout, p.precision);
        Denoiser {
            schedule: Schedule {
                rate: p.learning_rate as f32,
                warmup: (course.steps / 10).clamp(1, 100),
                steps: course.steps,
            },
            batches: Batches::after(state.step, course.rows, course.batch, seed),
            shards: (0..count)
                .map(|_| Shard {
                    scratch: Scratch::for_training(layout, &panels, size),
                    batch: Batch::default(),
                    loss: 0.0,
                })
                .collect(),
            grads: vec![vec![0.0; layout.size()]; count],
            panels,
            size,
            seed,
            lesson,
        }
    }
}

impl Objective for Denoiser<'_> {
    fn step(&mut self, state: &mut TrainingState) -> f64 {
        let Lesson {
            params: p,
            layout,
            encoder,
            process,
            data,
            prior,
            ..
        } = self.lesson;
        self.batches.advance();
        let (batch, count) = (self.batches.picked.len(), self.shards.len() as u64);
        self.panels.pack(layout, &state.optimiser.params);
        let net = Net {
            layout,
            weights: &state.optimiser.params,
            panels: &self.panels,
        };
        let (step, seed) = (state.step, self.seed);
        let work = (self.shards.par_iter_mut())
            .zip(self.grads.par_iter_mut())
            .zip(self.batches.picked.par_chunks(self.size))
            .enumerate();
        work.for_each(|(i, ((shard, grad), rows))| {
            let mut rng = random(seed, stream::STEPS + step * count + i as u64);
            (shard.batch).load(data, encoder, rows, prior, p.smoothing as f32, &mut rng);
            process.corrupt(encoder, &mut shard.batch, &mut rng);
            (shard.scratch).draw_dropout(layout, rows.len(), p.dropout as f32, &mut rng);
            let out = shard.scratch.forward(net, shard.batch.input());
            shard.loss = process.loss(layout, &shard.batch, out, 1.0 / batch as f32);
            shard.scratch.backward(net, shard.batch.input(), grad);
        });
        let used = batch.div_ceil(self.size);
        let loss: f64 = self.shards[..used].iter().map(|s| s.loss).sum();
        (state.optimiser).step(self.schedule.at(step), &mut self.grads[..used]);
        loss / batch as f64
    }

    fn look(&self, at: Moment<'_>) -> Look {
        self.lesson.checks.look(at)
    }

    fn preview(&self, weights: &[f32], rows: u64) -> Result<Table> {
        (self.lesson.preview)(weights, rows)
    }
}
