//! The paper's process (Kotelnikov et al. 2023, section 3): T discrete steps with cosine betas
//! (Nichol and Dhariwal 2021), Gaussian noise on numbers with the noise as what the network says,
//! and multinomial diffusion with a uniform kernel on categories (Hoogeboom et al. 2021).
//!
//! Mended against the published code: codes go in as embeddings, not as logarithms of one-hot
//! vectors; each column's distribution is normalised inside its own slice; the divergence of a
//! column is divided by the logarithm of its levels, so that no column and no kind dominates; rows
//! are drawn from the averaged weights; a label that comes first stays clean throughout.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::batch::Batch;
use super::process::{Drawn, Process};
use crate::encode::{Encoder, UNKNOWN};
use crate::neural::{Input, Layout, softmax};

/// Bound on the estimate of a clean number while sampling, in standard deviations.
const BOUND: f32 = 5.0;

/// The multinomial process.
pub(super) struct Multinomial {
    /// Share of the signal kept after step `t`.
    kept: Vec<f64>,
    /// Cumulative shares of the target's levels, when it is drawn first.
    label: Option<Vec<f32>>,
    /// The target's categorical slot, when it is drawn first.
    clean: Option<usize>,
}

/// Constants of one step.
struct At {
    /// Signal kept in this step, up to it, and up to the one before.
    step: f64,
    now: f64,
    before: f64,
}

impl Multinomial {
    pub(super) fn new(timesteps: usize, encoder: &Encoder, label: Option<Vec<f32>>) -> Multinomial {
        let curve = |t: f64| {
            ((t / timesteps as f64 + 0.008) / 1.008 * std::f64::consts::FRAC_PI_2)
                .cos()
                .powi(2)
        };
        let mut product = 1.0;
        let kept = (0..timesteps)
            .map(|t| {
                let beta = (1.0 - curve(t as f64 + 1.0) / curve(t as f64)).clamp(0.0, 0.999);
                product *= 1.0 - beta;
                product
            })
            .collect();
        let clean = encoder.target.filter(|_| label.is_some());
        Multinomial { kept, label, clean }
    }

    fn at(&self, t: usize) -> At {
        let before = if t == 0 { 1.0 } else { self.kept[t - 1] };
        At {
            step: self.kept[t] / before,
            now: self.kept[t],
            before,
        }
    }

    fn time(&self, t: usize) -> f32 {
        2.0 * (t as f32 + 1.0) / self.kept.len() as f32 - 1.0
    }
}

impl At {
    /// Posterior of a category one step earlier, given `noised` and the distribution `clean` of
    /// its clean value; written to `into`, normalised inside the slice.
    fn posterior(&self, noised: usize, clean: impl Fn(usize) -> f64, into: &mut [f64]) {
        let levels = into.len() as f64;
        let mut total = 0.0;
        for (k, p) in into.iter_mut().enumerate() {
            let forward = (1.0 - self.step) / levels + if k == noised { self.step } else { 0.0 };
            *p = forward * (self.before * clean(k) + (1.0 - self.before) / levels);
            total += *p;
        }
        for p in into {
            *p /= total.max(f64::MIN_POSITIVE);
        }
    }
}

impl Process for Multinomial {
    fn corrupt(&self, encoder: &Encoder, batch: &mut Batch, rng: &mut ChaCha8Rng) {
        let (numbers, slots) = (encoder.numbers, encoder.levels.len());
        for row in 0..batch.rows {
            let t = rng.random_range(0..self.kept.len());
            let kept = self.kept[t];
            let (signal, noise) = (kept.sqrt() as f32, (1.0 - kept).sqrt() as f32);
            batch.clock[row] = t as f32;
            batch.time[row] = self.time(t);
            for i in row * numbers..(row + 1) * numbers {
                let e: f32 = StandardNormal.sample(rng);
                let clean = batch.clean[i];
                (batch.numbers[i], batch.goal[i]) = if clean.is_nan() {
                    (e, f32::NAN)
                } else {
                    (signal * clean + noise * e, e)
                };
            }
            for slot in 0..slots {
                let (at, levels) = (row * slots + slot, encoder.levels[slot]);
                let code = batch.codes[at];
                let stays = code != UNKNOWN
                    && (self.clean == Some(slot) || rng.random_bool(kept.clamp(0.0, 1.0)));
                batch.noised[at] = if stays {
                    code
                } else {
                    rng.random_range(0..levels) as u32
                };
            }
        }
    }

    fn loss(&self, layout: &Layout, batch: &Batch, out: &mut [f32], scale: f32) -> f64 {
        let (numbers, slots) = (layout.numbers, layout.levels.len());
        let columns = numbers + slots - usize::from(self.clean.is_some());
        let per_column = 1.0 / columns.max(1) as f32;
        let scale = scale * per_column;
        let widest = layout.levels.iter().copied().max().unwrap_or(0);
        let (mut truth, mut model) = (vec![0.0; widest], vec![0.0; widest]);
        let mut total = 0.0;
        for (row, out) in out
            .chunks_exact_mut(layout.outputs().max(1))
            .take(batch.rows)
            .enumerate()
        {
            let at = self.at(batch.clock[row] as usize);
            let mut sum = 0.0;
            for (o, &goal) in out[..numbers].iter_mut().zip(&batch.goal[row * numbers..]) {
                let d = if goal.is_nan() { 0.0 } else { *o - goal };
                sum += f64::from(d * d);
                *o = 2.0 * d * scale;
            }
            for slot in 0..slots {
                let logits = &mut out[layout.logits(slot)];
                let levels = logits.len();
                let code = batch.codes[row * slots + slot];
                if code == UNKNOWN || self.clean == Some(slot) || levels < 2 {
                    logits.fill(0.0);
                    continue;
                }
                softmax(logits);
                let noised = batch.noised[row * slots + slot] as usize;
                let (truth, model) = (&mut truth[..levels], &mut model[..levels]);
                at.posterior(noised, |k| f64::from(u8::from(k == code as usize)), truth);
                at.posterior(noised, |k| f64::from(logits[k]), model);
                let weight = self.kept.len() as f64 / (levels as f64).ln();
                let divergence: f64 = truth
                    .iter()
                    .zip(model.iter())
                    .filter(|(q, _)| **q > 0.0)
                    .map(|(q, p)| q * (q.ln() - p.max(1e-30).ln()))
                    .sum();
                sum += weight * divergence;
                // Gradient by the clean probabilities, then through the softmax.
                let mut mean = 0.0;
                for (k, p) in model.iter_mut().enumerate() {
                    let clean = f64::from(logits[k]);
                    let mixed = at.before * clean + (1.0 - at.before) / levels as f64;
                    *p = at.before * clean / mixed.max(1e-30) * (*p - truth[k]);
                    mean += *p;
                }
                for (g, p) in logits.iter_mut().zip(model.iter()) {
                    *g = (weight * (p - f64::from(*g) * mean)) as f32 * scale;
                }
            }
            total += sum * f64::from(per_column);
        }
        total
    }

    fn sample(
        &self,
        encoder: &Encoder,
        rngs: &mut [ChaCha8Rng],
        network: &mut dyn FnMut(Input<'_>, &mut Vec<f32>),
    ) -> Drawn {
        let (rows, numbers, slots) = (rngs.len(), encoder.numbers, encoder.levels.len());
        let outputs = numbers + encoder.levels.iter().sum::<usize>();
        let mut x = vec![0.0_f32; rows * numbers];
        let mut codes = vec![0_u32; rows * slots];
        for (row, rng) in rngs.iter_mut().enumerate() {
            for v in &mut x[row * numbers..(row + 1) * numbers] {
                *v = StandardNormal.sample(rng);
            }
            for (slot, code) in codes[row * slots..(row + 1) * slots].iter_mut().enumerate() {
                let chance: f32 = rng.random();
                *code = match (&self.label, self.clean == Some(slot)) {
                    (Some(shares), true) => shares
                        .partition_point(|&s| s <= chance)
                        .min(shares.len() - 1) as u32,
                    _ => ((chance * encoder.levels[slot] as f32) as u32)
                        .min(encoder.levels[slot] as u32 - 1),
                };
            }
        }
        let mut posterior = vec![0.0; encoder.levels.iter().copied().max().unwrap_or(0)];
        let mut out = Vec::new();
        for t in (0..self.kept.len()).rev() {
            network(
                Input {
                    rows,
                    numbers: &x,
                    codes: &codes,
                    time: &[self.time(t)],
                },
                &mut out,
            );
            let at = self.at(t);
            let (signal, noise) = (at.now.sqrt() as f32, (1.0 - at.now).sqrt() as f32);
            let of_clean = (at.before.sqrt() * (1.0 - at.step) / (1.0 - at.now)) as f32;
            let of_noised = (at.step.sqrt() * (1.0 - at.before) / (1.0 - at.now)) as f32;
            let spread = ((1.0 - at.step) * (1.0 - at.before) / (1.0 - at.now)).sqrt() as f32;
            for (row, rng) in rngs.iter_mut().enumerate() {
                let o = &mut out[row * outputs..(row + 1) * outputs];
                for i in 0..numbers {
                    let v = &mut x[row * numbers + i];
                    let clean = ((*v - noise * o[i]) / signal).clamp(-BOUND, BOUND);
                    let e: f32 = if t > 0 {
                        StandardNormal.sample(rng)
                    } else {
                        0.0
                    };
                    *v = of_clean * clean + of_noised * *v + spread * e;
                }
                let mut start = numbers;
                for (slot, &levels) in encoder.levels.iter().enumerate() {
                    let logits = &mut o[start..start + levels];
                    start += levels;
                    if self.clean == Some(slot) {
                        continue;
                    }
                    softmax(logits);
                    let code = &mut codes[row * slots + slot];
                    let posterior = &mut posterior[..levels];
                    at.posterior(*code as usize, |k| f64::from(logits[k]), posterior);
                    let chance: f64 = rng.random();
                    let mut sum = 0.0;
                    *code = posterior
                        .iter()
                        .position(|p| {
                            sum += p;
                            chance < sum
                        })
                        .unwrap_or(levels - 1) as u32;
                }
            }
        }
        Drawn { numbers: x, codes }
    }
}
