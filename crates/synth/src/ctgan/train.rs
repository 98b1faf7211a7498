//! A step of training: the critic on real and made rows and on points between them, then the
//! generator; and the check on validation rows.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use verdancy_table::Table;

use super::condition::{Condition, Sampler};
use super::critic::{self, Critic};
use super::generator::{self, Generator, Shown};
use super::params::Params;
use crate::encode::{Encoded, UNKNOWN};
use crate::heads::Heads;
use crate::neural::softmax;
use crate::training::{Batches, Course, Look, Moment, Objective, random, stream};
use crate::{Result, TrainingState};

/// Shares of the moments kept per step.
const BETAS: (f64, f64) = (0.5, 0.9);

/// What rows of weights are compared by, and how rows are drawn from them.
pub(super) trait Checked: Sync {
    /// The distance of rows of these weights from the validation rows, if there are any.
    fn distance(&self, weights: &[f32]) -> Option<f64>;

    /// Rows drawn from these weights.
    fn preview(&self, weights: &[f32], rows: u64) -> Result<Table>;
}

struct Shard {
    generator: generator::Scratch,
    critic: critic::Scratch,
    conditions: Vec<Option<Condition>>,
    /// Made rows, then real ones.
    rows: Vec<f32>,
    between: Vec<f32>,
    loss: f64,
}

/// Generator and critic in training.
pub(super) struct Gan<'a> {
    pub(super) params: &'a Params,
    pub(super) generator: &'a Generator,
    pub(super) critic: &'a Critic,
    pub(super) heads: &'a Heads,
    pub(super) gates: &'a [Option<usize>],
    pub(super) data: &'a Encoded,
    pub(super) checked: &'a dyn Checked,
    sampler: Sampler,
    shards: Vec<Shard>,
    grads: Vec<Vec<f32>>,
    rival_grads: Vec<Vec<f32>>,
    batch: usize,
    seed: u64,
}

impl<'a> Gan<'a> {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn new(
        params: &'a Params,
        (generator, critic): (&'a Generator, &'a Critic),
        (heads, gates): (&'a Heads, &'a [Option<usize>]),
        data: &'a Encoded,
        checked: &'a dyn Checked,
        course: Course,
        seed: u64,
    ) -> Gan<'a> {
        let pac = params.pac as usize;
        let packs = course.batch / pac;
        let count = Batches::shards(course.batch).min(packs).max(1);
        let most = packs.div_ceil(count);
        let rows = most * pac;
        let shard = || Shard {
            generator: generator::Scratch::new(generator, rows, true),
            critic: critic::Scratch::new(critic, 2 * most),
            conditions: vec![None; rows],
            rows: vec![0.0; 2 * rows * heads.width],
            between: vec![0.0; rows * heads.width],
            loss: 0.0,
        };
        Gan {
            params,
            generator,
            critic,
            heads,
            gates,
            data,
            checked,
            sampler: Sampler::new(heads, data),
            shards: (0..count).map(|_| shard()).collect(),
            grads: vec![vec![0.0; generator.shape.size()]; count],
            rival_grads: vec![vec![0.0; critic.shape.size()]; count],
            batch: course.batch,
            seed,
        }
    }

    /// Packs of shard `i` of `count`.
    fn packs(&self, i: usize, count: usize) -> usize {
        let packs = self.batch / self.params.pac as usize;
        (packs / count) + usize::from(i < packs % count)
    }

    fn shown(&self) -> Shown<'a> {
        Shown {
            heads: self.heads,
            gates: self.gates,
            tau: self.params.tau as f32,
        }
    }

    /// Draws conditions, real rows and noise, and makes rows.
    fn make(&self, shard: &mut Shard, weights: &[f32], n: usize, rng: &mut ChaCha8Rng) {
        let (width, inputs) = (self.heads.width, self.generator.inputs);
        let noise = self.params.embedding_dim as usize;
        shard.rows.fill(0.0);
        for i in 0..n {
            let (condition, row) = self.sampler.draw(self.heads, rng);
            shard.conditions[i] = condition;
            let x0 = &mut shard.generator.x0[i * inputs..(i + 1) * inputs];
            (x0[..noise].iter_mut()).for_each(|x| *x = StandardNormal.sample(rng));
            x0[noise..].fill(0.0);
            if let Some(c) = condition {
                x0[noise + c.output - self.heads.scalars] = 1.0;
            }
            let real = &mut shard.rows[(n + i) * width..(n + i + 1) * width];
            real_row(self.heads, self.gates, self.data, row, real, rng);
        }
        self.generator.forward(weights, n, &mut shard.generator);
        let out = &shard.generator.out[..n * width];
        (self.shown()).rows(out, &mut shard.rows[..n * width], rng);
    }

    /// The gradient of the critic's loss on what a shard has made.
    fn judge(
        &self,
        shard: &mut Shard,
        weights: &[f32],
        m: usize,
        rng: &mut ChaCha8Rng,
        grad: &mut [f32],
    ) {
        let (p, size) = (self.params, self.critic.inputs);
        let (scale, rate) = (1.0 / self.packs_of_batch(), p.dropout as f32);
        let s = &mut shard.critic;
        let rows = &shard.rows[..2 * m * size];
        self.critic.forward(weights, (2 * m, rows), rate, s, rng);
        let (made, real) = (
            s.score[..m].iter().sum::<f32>(),
            s.score[m..2 * m].iter().sum::<f32>(),
        );
        s.score[..m].fill(scale);
        s.score[m..2 * m].fill(-scale);
        (self.critic).backward(weights, (2 * m, rows), s, Some(grad), false);
        let between = &mut shard.between[..m * size];
        let (made_rows, real_rows) = rows.split_at(m * size);
        for ((b, f), r) in (between.chunks_exact_mut(size))
            .zip(made_rows.chunks_exact(size))
            .zip(real_rows.chunks_exact(size))
        {
            let alpha: f32 = rng.random();
            for ((b, f), r) in b.iter_mut().zip(f).zip(r) {
                *b = alpha * r + (1.0 - alpha) * f;
            }
        }
        let weight = (p.gradient_penalty as f32 * scale, rate);
        let penalty = (self.critic).penalty(weights, (m, between), weight, s, rng, grad);
        shard.loss = f64::from(scale * (real - made)) - penalty;
    }

    /// The gradient of the generator's loss on the rows that a shard has made.
    fn improve(
        &self,
        shard: &mut Shard,
        nets: [&[f32]; 2],
        m: usize,
        rng: &mut ChaCha8Rng,
        grad: &mut [f32],
    ) {
        let [weights, rival] = nets;
        let (n, width) = (m * self.params.pac as usize, self.heads.width);
        let s = &mut shard.critic;
        let rows = &shard.rows[..n * width];
        let rate = self.params.dropout as f32;
        self.critic.forward(rival, (m, rows), rate, s, rng);
        s.score[..m].fill(-1.0 / self.packs_of_batch());
        self.critic.backward(rival, (m, rows), s, None, true);
        let g = &mut shard.generator;
        let (out, to) = (&g.out[..n * width], &mut g.grad_out[..n * width]);
        (self.shown()).backward((out, rows), &mut s.grad_x[..n * width], to);
        // The group that the condition names has to choose its level.
        let scale = 1.0 / self.batch as f32;
        for (i, condition) in shard.conditions[..n].iter().enumerate() {
            let Some(c) = condition else { continue };
            let group = self.heads.groups[c.group];
            let own = i * width + group.start..i * width + group.start + group.levels;
            let mut shares = out[own.clone()].to_vec();
            softmax(&mut shares);
            shares[c.output - group.start] -= 1.0;
            (to[own].iter_mut().zip(shares)).for_each(|(t, g)| *t += scale * g);
        }
        self.generator.backward(weights, n, g, grad);
    }

    fn packs_of_batch(&self) -> f32 {
        (self.batch / self.params.pac as usize) as f32
    }
}

/// A real row as the critic sees it: numbers between -1 and 1, 0 where there is none, and one-hot groups.
fn real_row(
    heads: &Heads,
    gates: &[Option<usize>],
    data: &Encoded,
    row: usize,
    to: &mut [f32],
    rng: &mut impl Rng,
) {
    let slots = heads.groups.len();
    for (group, &code) in heads.groups.iter().zip(&data.codes[row * slots..]) {
        if code != UNKNOWN {
            to[group.start + code as usize] = 1.0;
        }
    }
    for slot in 0..heads.scalars {
        let interval = data.intervals[row * heads.scalars + slot];
        let u: f32 = rng.random();
        let held = gates[slot].is_none_or(|g| data.codes[row * slots + g] == 0);
        if held && !interval.low.is_nan() {
            to[slot] = 2.0 * (interval.low + (interval.high - interval.low) * u) - 1.0;
        }
    }
}

impl Objective for Gan<'_> {
    fn step(&mut self, state: &mut TrainingState) -> f64 {
        let Some(mut rival) = state.rival.take() else {
            return f64::NAN;
        };
        let (step, count) = (state.step, self.shards.len() as u64);
        let pac = self.params.pac as usize;
        let mut shards = std::mem::take(&mut self.shards);
        let mut grads = std::mem::take(&mut self.grads);
        let mut rival_grads = std::mem::take(&mut self.rival_grads);
        let packs: Vec<usize> = (0..shards.len())
            .map(|i| self.packs(i, shards.len()))
            .collect();
        let own = &*self;
        let random_of = |i: usize, turn: u64| {
            random(
                own.seed,
                stream::STEPS + 2 * (step * count + i as u64) + turn,
            )
        };
        let weights = &state.optimiser.params;
        let work = shards
            .par_iter_mut()
            .zip(rival_grads.par_iter_mut())
            .enumerate();
        work.for_each(|(i, (shard, grad))| {
            let mut rng = random_of(i, 0);
            grad.fill(0.0);
            own.make(shard, weights, packs[i] * pac, &mut rng);
            own.judge(shard, &rival.params, packs[i], &mut rng, grad);
        });
        let rate = own.params.learning_rate as f32;
        rival.tune(0.0, 0.0, f64::INFINITY);
        rival.set_betas(BETAS);
        rival.step(rate, &mut rival_grads);
        let work = shards.par_iter_mut().zip(grads.par_iter_mut()).enumerate();
        work.for_each(|(i, (shard, grad))| {
            grad.fill(0.0);
            let nets = [&weights[..], &rival.params[..]];
            own.improve(shard, nets, packs[i], &mut random_of(i, 1), grad);
        });
        let loss = shards.iter().map(|s| s.loss).sum();
        let p = self.params;
        let optimiser = &mut state.optimiser;
        optimiser.tune(p.weight_decay as f32, p.ema, f64::INFINITY);
        optimiser.set_betas(BETAS);
        optimiser.step(rate, &mut grads);
        (self.shards, self.grads, self.rival_grads) = (shards, grads, rival_grads);
        state.rival = Some(rival);
        loss
    }

    fn look(&self, at: Moment<'_>) -> Look {
        let distance = self.checked.distance(at.weights);
        Look::compare(distance, at, self.params.patience)
    }

    fn preview(&self, weights: &[f32], rows: u64) -> Result<Table> {
        self.checked.preview(weights, rows)
    }
}
