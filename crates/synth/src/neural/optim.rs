//! AdamW with clipping, a learning-rate schedule and a moving average of the weights.

use rayon::prelude::*;

use super::simd::{self, Step};

/// Parameters per piece of work; fixed, so that sums do not depend on threads.
const PIECE: usize = 1 << 16;

/// Learning rate over the steps that will be run: linear warm-up, then linear decay to zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Highest rate.
    pub rate: f32,
    /// Steps of warm-up.
    pub warmup: u64,
    /// All steps.
    pub steps: u64,
}

impl Schedule {
    /// The rate of step `step`, from 0.
    pub fn at(&self, step: u64) -> f32 {
        let warm = (step + 1) as f32 / self.warmup.max(1) as f32;
        let left = self.steps.saturating_sub(step) as f32
            / self.steps.saturating_sub(self.warmup).max(1) as f32;
        self.rate * warm.min(left).min(1.0)
    }
}

/// Optimiser state (Loshchilov and Hutter 2019); the moving average is what gets sampled from.
pub struct AdamW {
    /// Weights.
    pub params: Vec<f32>,
    /// Moving average of the weights.
    pub average: Vec<f32>,
    m: Vec<f32>,
    v: Vec<f32>,
    step: u64,
    decay: f32,
    ema: f64,
    clip: f64,
    betas: (f64, f64),
}

/// Shares of the moments kept per step, unless others are asked for.
const BETAS: (f64, f64) = (0.9, 0.999);

impl AdamW {
    /// Starts from `params`; `ema` is the share of the average kept per step, `decay` the
    /// decoupled weight decay, `clip` the greatest norm of a gradient.
    pub fn new(params: Vec<f32>, decay: f32, ema: f64, clip: f64) -> AdamW {
        let n = params.len();
        AdamW {
            average: params.clone(),
            params,
            m: vec![0.0; n],
            v: vec![0.0; n],
            step: 0,
            decay,
            ema,
            clip,
            betas: BETAS,
        }
    }

    /// Goes on after `step` steps from what [`AdamW::parts`] gave, all of one length; the rest is
    /// set by [`AdamW::tune`].
    pub fn resumed([params, average, m, v]: [Vec<f32>; 4], step: u64) -> AdamW {
        AdamW {
            params,
            average,
            m,
            v,
            step,
            decay: 0.0,
            ema: 0.0,
            clip: 1.0,
            betas: BETAS,
        }
    }

    /// The same state with other settings, as in [`AdamW::new`].
    pub fn tune(&mut self, decay: f32, ema: f64, clip: f64) {
        (self.decay, self.ema, self.clip) = (decay, ema, clip);
    }

    /// Other shares of the moments that are kept per step.
    pub fn set_betas(&mut self, betas: (f64, f64)) {
        self.betas = betas;
    }

    /// Weights, their average, and both moments.
    pub fn parts(&self) -> [&[f32]; 4] {
        [&self.params, &self.average, &self.m, &self.v]
    }

    /// One step with learning rate `rate` on the sum of `grads`, in their order. The first buffer
    /// is overwritten with that sum. Returns the norm of the gradient before clipping.
    pub fn step(&mut self, rate: f32, grads: &mut [Vec<f32>]) -> f64 {
        let (one, two) = self.betas;
        self.step += 1;
        let Some((first, rest)) = grads.split_first_mut() else {
            return 0.0;
        };
        let squares: f64 = first
            .par_chunks_mut(PIECE)
            .enumerate()
            .map(|(i, piece)| {
                for other in rest.iter() {
                    let from = i * PIECE;
                    simd::add(piece, &other[from..from + piece.len()]);
                }
                simd::squares(piece)
            })
            .collect::<Vec<_>>()
            .into_iter()
            .sum();
        let norm = squares.sqrt();
        let t = self.step as f64;
        let k = Step {
            scale: if norm > self.clip {
                (self.clip / norm) as f32
            } else {
                1.0
            },
            beta1: one as f32,
            beta2: two as f32,
            rate: (f64::from(rate) / (1.0 - one.powf(t))) as f32,
            root: (1.0 / (1.0 - two.powf(t)).sqrt()) as f32,
            epsilon: 1e-8,
            decay: rate * self.decay,
            // The average follows at a rate that starts like a plain mean, so early averages are
            // not dominated by the untrained weights.
            blend: (1.0 - self.ema).max(1.0 / (t / 4.0 + 1.0)) as f32,
        };
        self.params
            .par_chunks_mut(PIECE)
            .zip(self.m.par_chunks_mut(PIECE))
            .zip(self.v.par_chunks_mut(PIECE))
            .zip(self.average.par_chunks_mut(PIECE))
            .zip(first.par_chunks(PIECE))
            .for_each(|((((p, m), v), average), g)| {
                simd::adamw([p, m, v, average], g, k);
            });
        norm
    }
}
