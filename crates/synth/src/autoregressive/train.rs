//! A step of training, and the check on validation rows.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rayon::prelude::*;
use verdancy_table::Table;

use super::net::{Masked, Net, Scratch};
use super::params::Params;
use crate::encode::Encoded;
use crate::heads::Heads;
use crate::neural::Schedule;
use crate::neural::layers::NONE;
use crate::training::{self, Batches, Course, Look, Moment, Objective, PIECE, random, stream};
use crate::{Result, TrainingState};

/// Greatest norm of a gradient.
const CLIP: f64 = 10.0;

/// What a network is trained on, and how rows are drawn from its weights.
pub(super) struct Lesson<'a> {
    pub(super) params: &'a Params,
    pub(super) net: &'a Net,
    pub(super) heads: &'a Heads,
    pub(super) data: &'a Encoded,
    pub(super) held: &'a Encoded,
    pub(super) preview: &'a (dyn Fn(&[f32], u64) -> Result<Table> + Sync),
}

struct Shard {
    scratch: Scratch,
    rows: Masked,
    loss: f64,
}

/// The network in training.
pub(super) struct Network<'a> {
    lesson: Lesson<'a>,
    schedule: Schedule,
    batches: Batches,
    shards: Vec<Shard>,
    grads: Vec<Vec<f32>>,
    size: usize,
    seed: u64,
}

impl<'a> Network<'a> {
    pub(super) fn new(lesson: Lesson<'a>, step: u64, course: Course, seed: u64) -> Network<'a> {
        let count = Batches::shards(course.batch);
        let size = course.batch.div_ceil(count);
        Network {
            schedule: Schedule {
                rate: lesson.params.learning_rate as f32,
                warmup: (course.steps / 10).clamp(1, 100),
                steps: course.steps,
            },
            batches: Batches::after(step, lesson.data.rows, course.batch, seed),
            shards: (0..count)
                .map(|_| Shard {
                    scratch: Scratch::new(lesson.net, size),
                    rows: Masked::default(),
                    loss: 0.0,
                })
                .collect(),
            grads: vec![vec![0.0; lesson.net.shape.size()]; count],
            size,
            seed,
            lesson,
        }
    }
}

impl Masked {
    /// Takes these rows and hides some groups of each: how many is uniform, and a row counts so that the mean over all
    /// orders and places is the likelihood of a row.
    fn load(&mut self, heads: &Heads, data: &Encoded, rows: &[usize], rng: &mut impl Rng) {
        let groups = heads.groups.len();
        let mut order: Vec<usize> = (0..groups).collect();
        self.shown.clear();
        self.hidden.clear();
        self.weights.clear();
        for &row in rows {
            let from = self.hidden.len();
            heads.load(data, row, rng, &mut self.hidden);
            self.shown.extend(std::iter::repeat_n(NONE, groups));
            order.shuffle(rng);
            let known = rng.random_range(0..groups);
            for &group in &order[..known] {
                self.shown[from + group] = self.hidden[from + group];
                self.hidden[from + group] = NONE;
            }
            self.weights.push(groups as f32 / (groups - known) as f32);
        }
    }
}

impl Objective for Network<'_> {
    fn step(&mut self, state: &mut TrainingState) -> f64 {
        let Lesson {
            params: p,
            net,
            heads,
            data,
            ..
        } = self.lesson;
        self.batches.advance();
        let (count, batch) = (self.shards.len() as u64, self.batches.picked.len());
        let (step, weights, seed) = (state.step, &state.optimiser.params, self.seed);
        let work = (self.shards.par_iter_mut())
            .zip(self.grads.par_iter_mut())
            .zip(self.batches.picked.par_chunks(self.size))
            .enumerate();
        work.for_each(|(i, ((shard, grad), rows))| {
            let mut rng = random(seed, stream::STEPS + step * count + i as u64);
            (shard.rows).load(heads, data, rows, &mut rng);
            grad.fill(0.0);
            let (scratch, rows) = (&mut shard.scratch, (heads, &shard.rows));
            shard.loss = net.loss(weights, rows, 1.0 / batch as f32, scratch, Some(grad));
        });
        let used = batch.div_ceil(self.size);
        let loss: f64 = self.shards[..used].iter().map(|s| s.loss).sum();
        (state.optimiser).tune(p.weight_decay as f32, p.ema, CLIP);
        (state.optimiser).step(self.schedule.at(step), &mut self.grads[..used]);
        loss / batch as f64
    }

    fn look(&self, at: Moment<'_>) -> Look {
        let loss = self.held_out_loss(at.weights);
        Look::compare(loss, at, self.lesson.params.patience)
    }

    fn preview(&self, weights: &[f32], rows: u64) -> Result<Table> {
        (self.lesson.preview)(weights, rows)
    }
}

impl Network<'_> {
    /// The loss of validation rows; the same groups are hidden at each check.
    fn held_out_loss(&self, weights: &[f32]) -> Option<f64> {
        let Lesson {
            net, heads, held, ..
        } = self.lesson;
        training::held_out(held.rows, self.seed, |picked, rng| {
            let (mut scratch, mut rows) = (Scratch::new(net, PIECE), Masked::default());
            rows.load(heads, held, picked, rng);
            net.loss(weights, (heads, &rows), 1.0, &mut scratch, None)
        })
    }
}
