//! The default process: one continuous time for the row, variance-exploding noise on numbers with
//! the preconditioning of Karras et al. 2022 (EDM, table 1, sigma_data 1), masking of categories
//! with probability t (absorbing diffusion: Austin et al. 2021; loss weight 1/t: Shi et al. 2024).
//!
//! Sampling takes one network call a step: a second-order multistep solver in the log of sigma
//! (DPM-Solver++ 2M: Lu et al. 2022) for numbers; each category is revealed at a step of its own,
//! the steps of a row's categories being spread evenly in random order, so that no two are drawn
//! blind to one another.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::batch::Batch;
use super::process::{Drawn, Process};
use crate::encode::{Encoder, UNKNOWN};
use crate::neural::{Input, Layout, softmax};
use crate::strata;

/// Greatest and least noise, and the curvature of the schedule.
const SIGMA_MAX: f32 = 80.0;
const SIGMA_MIN: f32 = 0.002;
const RHO: f32 = 7.0;
/// Weights 1/t are bounded by this t.
const LEAST_T: f32 = 0.05;
/// Share of rows that train with the target visible, when it is drawn first.
const LABEL_SHARE: f64 = 0.5;

/// The masked process.
pub(super) struct Masked {
    /// Network calls per row.
    pub(super) steps: usize,
    /// Cumulative shares of the target's levels, when it is drawn first.
    pub(super) label: Option<Vec<f32>>,
}

fn sigma_of(t: f32) -> f32 {
    let (low, high) = (SIGMA_MIN.powf(1.0 / RHO), SIGMA_MAX.powf(1.0 / RHO));
    (low + t * (high - low)).powf(RHO)
}

fn t_of(sigma: f32) -> f32 {
    let (low, high) = (SIGMA_MIN.powf(1.0 / RHO), SIGMA_MAX.powf(1.0 / RHO));
    ((sigma.powf(1.0 / RHO) - low) / (high - low)).clamp(0.0, 1.0)
}

/// Factors of the preconditioning at `sigma`: skip, out, in.
fn factors(sigma: f32) -> (f32, f32, f32) {
    let total = (1.0 + sigma * sigma).sqrt();
    (1.0 / (total * total), sigma / total, 1.0 / total)
}

fn time_of(sigma: f32) -> f32 {
    0.25 * sigma.ln()
}

/// Hides numbers whose cell is known to hold none (a spike or a missing value).
fn hide(encoder: &Encoder, codes: &[u32], numbers: &mut [f32]) {
    for (x, gate) in numbers.iter_mut().zip(&encoder.gate) {
        if let Some(slot) = *gate
            && codes[slot] != 0
            && (codes[slot] as usize) < encoder.levels[slot]
        {
            *x = 0.0;
        }
    }
}

impl Process for Masked {
    fn corrupt(&self, encoder: &Encoder, batch: &mut Batch, rng: &mut ChaCha8Rng) {
        let (numbers, slots) = (encoder.numbers, encoder.levels.len());
        let target = encoder.target.filter(|_| self.label.is_some());
        for row in 0..batch.rows {
            let t = if row % 2 == 0 && numbers > 0 {
                let z: f32 = StandardNormal.sample(rng);
                t_of((1.2 * z - 1.2).exp())
            } else {
                rng.random()
            };
            let sigma = sigma_of(t);
            let (skip, scale_out, scale_in) = factors(sigma);
            batch.clock[row] = t;
            batch.time[row] = time_of(sigma);
            let at = row * numbers;
            for i in at..at + numbers {
                let e: f32 = StandardNormal.sample(rng);
                let clean = batch.clean[i];
                if clean.is_nan() {
                    let other: f32 = StandardNormal.sample(rng);
                    batch.numbers[i] = scale_in * (other + sigma * e);
                    batch.goal[i] = f32::NAN;
                } else {
                    let x = clean + sigma * e;
                    batch.numbers[i] = scale_in * x;
                    batch.goal[i] = (clean - skip * x) / scale_out;
                }
            }
            let show = target.is_some() && rng.random_bool(LABEL_SHARE);
            let at_code = row * slots;
            for slot in 0..slots {
                let code = batch.codes[at_code + slot];
                let masked =
                    code == UNKNOWN || (rng.random::<f32>() < t && !(show && target == Some(slot)));
                batch.noised[at_code + slot] = if masked {
                    encoder.levels[slot] as u32
                } else {
                    code
                };
            }
            hide(
                encoder,
                &batch.noised[at_code..at_code + slots],
                &mut batch.numbers[at..at + numbers],
            );
        }
    }

    fn loss(&self, layout: &Layout, batch: &Batch, out: &mut [f32], scale: f32) -> f64 {
        let (numbers, slots) = (layout.numbers, layout.levels.len());
        let per_column = 1.0 / (numbers + slots).max(1) as f32;
        let scale = scale * per_column;
        let mut total = 0.0_f64;
        for (row, out) in out
            .chunks_exact_mut(layout.outputs().max(1))
            .take(batch.rows)
            .enumerate()
        {
            let mut sum = 0.0_f32;
            for (o, &goal) in out[..numbers].iter_mut().zip(&batch.goal[row * numbers..]) {
                let d = if goal.is_nan() { 0.0 } else { *o - goal };
                sum += d * d;
                *o = 2.0 * d * scale;
            }
            let weight = 1.0 / batch.clock[row].max(LEAST_T);
            for slot in 0..slots {
                let logits = &mut out[layout.logits(slot)];
                let code = batch.codes[row * slots + slot];
                if code == UNKNOWN || batch.noised[row * slots + slot] == code {
                    logits.fill(0.0);
                    continue;
                }
                let answer = logits[code as usize];
                let norm = softmax(logits);
                sum += weight * (norm - answer);
                logits[code as usize] -= 1.0;
                for g in logits.iter_mut() {
                    *g *= weight * scale;
                }
            }
            total += f64::from(sum * per_column);
        }
        total
    }

    fn sample(
        &self,
        encoder: &Encoder,
        rngs: &mut [ChaCha8Rng],
        network: &mut dyn FnMut(Input<'_>, &mut Vec<f32>),
    ) -> Drawn {
        let mut drawn = Draft::new(self, encoder, rngs);
        let (mut input, mut out) = (drawn.x.clone(), Vec::new());
        let mut before: Option<f32> = None;
        for step in 0..self.steps {
            let sigma = self.sigma_at(step);
            drawn.show(encoder, factors(sigma).2, &mut input);
            network(
                Input {
                    rows: rngs.len(),
                    numbers: &input,
                    codes: &drawn.codes,
                    time: &[time_of(sigma)],
                },
                &mut out,
            );
            let update = self.update(step, before);
            drawn.advance(encoder, step, factors(sigma), update, &mut out);
            if step + 1 < self.steps {
                before = Some((sigma / self.sigma_at(step + 1)).ln());
            }
        }
        Drawn {
            numbers: drawn.x,
            codes: drawn.codes,
        }
    }
}

/// Rows between two steps of the sampler.
struct Draft {
    /// Numbers with what is left of the noise.
    x: Vec<f32>,
    /// The last estimate of the numbers without noise.
    last: Vec<f32>,
    /// Levels; the number of levels where one is not revealed.
    codes: Vec<u32>,
    /// The step at which each level is revealed.
    when: Vec<u32>,
    /// The uniform number that each level is picked by.
    chance: Vec<f32>,
    numbers: usize,
    slots: usize,
}

impl Draft {
    /// Noise, and nothing revealed but labels that come first.
    fn new(process: &Masked, encoder: &Encoder, rngs: &mut [ChaCha8Rng]) -> Draft {
        let (rows, numbers, slots) = (rngs.len(), encoder.numbers, encoder.levels.len());
        let mut x = vec![0.0_f32; rows * numbers];
        let mut codes: Vec<u32> = (0..rows)
            .flat_map(|_| encoder.levels.iter().map(|&k| k as u32))
            .collect();
        let mut when = vec![0_u32; rows * slots];
        let mut chance = vec![0.0_f32; rows * slots];
        for slot in 0..slots {
            for (row, c) in strata::uniforms(rows, &mut rngs[0]).into_iter().enumerate() {
                chance[row * slots + slot] = c;
            }
        }
        let mut noise = vec![0.0_f64; numbers * rows];
        for (row, rng) in rngs.iter_mut().enumerate() {
            for number in 0..numbers {
                noise[number * rows + row] = StandardNormal.sample(rng);
            }
            let own = row * slots..(row + 1) * slots;
            process.plan(
                encoder,
                &mut when[own.clone()],
                &chance[own.clone()],
                &mut codes[own],
                rng,
            );
        }
        strata::uncorrelate(&mut noise, rows);
        for (number, column) in noise.chunks_exact(rows).enumerate() {
            for (row, e) in column.iter().enumerate() {
                x[row * numbers + number] = SIGMA_MAX * *e as f32;
            }
        }
        Draft {
            last: vec![0.0; rows * numbers],
            x,
            codes,
            when,
            chance,
            numbers,
            slots,
        }
    }

    /// What the network sees of the numbers.
    fn show(&self, encoder: &Encoder, scale: f32, input: &mut [f32]) {
        for (to, from) in input.iter_mut().zip(&self.x) {
            *to = scale * from;
        }
        let (numbers, slots) = (self.numbers, self.slots);
        for row in 0..self.rows() {
            hide(
                encoder,
                &self.codes[row * slots..(row + 1) * slots],
                &mut input[row * numbers..(row + 1) * numbers],
            );
        }
    }

    fn rows(&self) -> usize {
        match (self.numbers, self.slots) {
            (0, 0) => 0,
            (0, slots) => self.codes.len() / slots,
            (numbers, _) => self.x.len() / numbers,
        }
    }

    /// Takes the step that the network's answers `out` lead to.
    fn advance(
        &mut self,
        encoder: &Encoder,
        step: usize,
        (skip, scale_out, _): (f32, f32, f32),
        Update { ratio, now, past }: Update,
        out: &mut [f32],
    ) {
        let (numbers, slots) = (self.numbers, self.slots);
        let outputs = numbers + encoder.levels.iter().sum::<usize>();
        for row in 0..self.rows() {
            let o = &mut out[row * outputs..(row + 1) * outputs];
            for i in 0..numbers {
                let at = row * numbers + i;
                let clean = skip * self.x[at] + scale_out * o[i];
                let towards = now * clean + past * self.last[at];
                self.x[at] = ratio * self.x[at] + (1.0 - ratio) * towards;
                self.last[at] = clean;
            }
            let mut start = numbers;
            for (slot, &k) in encoder.levels.iter().enumerate() {
                let at = row * slots + slot;
                if self.when[at] == step as u32 && self.codes[at] == k as u32 {
                    self.codes[at] = pick(&mut o[start..start + k], self.chance[at]);
                }
                start += k;
            }
        }
    }
}

/// Weights of the multistep update: the share of the numbers that stays, and those of this and the last
/// estimate.
#[derive(Clone, Copy)]
struct Update {
    ratio: f32,
    now: f32,
    past: f32,
}

impl Masked {
    fn sigma_at(&self, step: usize) -> f32 {
        sigma_of(1.0 - step as f32 / (self.steps - 1) as f32)
    }

    /// The update of `step`; `before` is the logarithm of the last step's ratio of noise.
    fn update(&self, step: usize, before: Option<f32>) -> Update {
        if step + 1 == self.steps {
            return Update {
                ratio: 0.0,
                now: 1.0,
                past: 0.0,
            };
        }
        let (sigma, next) = (self.sigma_at(step), self.sigma_at(step + 1));
        let h = (sigma / next).ln();
        let (now, past) = match before {
            Some(h0) => (1.0 + h / (2.0 * h0), -h / (2.0 * h0)),
            None => (1.0, 0.0),
        };
        Update {
            ratio: next / sigma,
            now,
            past,
        }
    }

    /// Decides at which step each category of a row is revealed; draws the label when it comes
    /// first.
    fn plan(
        &self,
        encoder: &Encoder,
        when: &mut [u32],
        chance: &[f32],
        codes: &mut [u32],
        rng: &mut impl Rng,
    ) {
        let first = self.label.as_ref().zip(encoder.target);
        let mut order: Vec<usize> = (0..when.len())
            .filter(|&s| first.is_none_or(|(_, t)| t != s))
            .collect();
        for i in (1..order.len()).rev() {
            order.swap(i, rng.random_range(0..=i));
        }
        let offset: f32 = rng.random();
        let last = (self.steps - 1) as f32;
        for (place, &slot) in order.iter().enumerate() {
            let at = (place as f32 + offset) / order.len() as f32;
            when[slot] = ((at * last) as u32).min(self.steps as u32 - 1);
        }
        if let Some((shares, target)) = first {
            codes[target] = shares
                .partition_point(|&s| s <= chance[target])
                .min(shares.len() - 1) as u32;
        }
    }
}

/// Draws a level from `logits` by the uniform number `chance`.
fn pick(logits: &mut [f32], chance: f32) -> u32 {
    softmax(logits);
    let mut sum = 0.0;
    for (i, p) in logits.iter().enumerate() {
        sum += p;
        if chance < sum {
            return i as u32;
        }
    }
    // Rounding left a little over: the likeliest level.
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(i, _)| i as u32)
}
