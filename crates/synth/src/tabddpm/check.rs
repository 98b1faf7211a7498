//! Checks during training: validation loss with fixed noise, and whether samples copy rows.
//!
//! Only validation rows are used here; the rows of the verdict are never seen.

use rayon::prelude::*;

use super::batch::Batch;
use super::params::Params;
use super::process::Process;
use super::train::{random, stream};
use crate::encode::{Encoded, Encoder, Interval};
use crate::neural::{Layout, Scratch};
use crate::{BLOCK, Stop};

/// Noised validation rows at least; small validation sets are drawn several times.
const DRAWS: usize = 2048;
/// Rows of one piece of work.
const PIECE: usize = 256;
/// Training rows up to which samples are compared with the rows themselves.
const COPY_ROWS: usize = 5_000;
/// Samples drawn for that.
const COPY_SAMPLES: usize = 1024;
/// Checks of a whole training.
const CHECKS: u64 = 24;

/// What one check found.
#[derive(Default)]
pub(super) struct Look {
    pub(super) loss: Option<f64>,
    pub(super) copies: Option<f64>,
    pub(super) best: bool,
    pub(super) stop: Option<Stop>,
}

/// The state of the checks.
pub(super) struct Checks<'a> {
    params: &'a Params,
    layout: &'a Layout,
    encoder: &'a Encoder,
    process: &'a dyn Process,
    train: &'a Encoded,
    validation: &'a Encoded,
    seed: u64,
    best: Option<(f64, Vec<f32>)>,
    worse: u32,
}

impl<'a> Checks<'a> {
    pub(super) fn new(
        params: &'a Params,
        layout: &'a Layout,
        encoder: &'a Encoder,
        process: &'a dyn Process,
        train: &'a Encoded,
        validation: &'a Encoded,
        seed: u64,
    ) -> Checks<'a> {
        Checks {
            params,
            layout,
            encoder,
            process,
            train,
            validation,
            seed,
            best: None,
            worse: 0,
        }
    }

    /// True when a check is due after `step` of `steps`.
    pub(super) fn due(&self, step: u64, steps: u64) -> bool {
        self.validation.rows > 0 && (step.is_multiple_of((steps / CHECKS).max(10)) || step == steps)
    }

    /// Looks at the averaged weights after `step`.
    pub(super) fn look(&mut self, weights: &[f32], _step: u64) -> Look {
        if self.validation.rows == 0 {
            return Look::default();
        }
        let loss = self.validation_loss(weights);
        let copies = (self.train.rows <= COPY_ROWS && self.params.copy_limit < 1.0)
            .then(|| self.copies(weights));
        if copies.is_some_and(|c| c > self.params.copy_limit) && self.best.is_some() {
            return Look {
                loss: Some(loss),
                copies,
                best: false,
                stop: Some(Stop::Copies),
            };
        }
        let best = self.best.as_ref().is_none_or(|(b, _)| loss < *b);
        if best {
            self.best = Some((loss, weights.to_vec()));
            self.worse = 0;
        } else {
            self.worse += 1;
        }
        let patience = self.params.patience;
        let stop = (patience > 0 && self.worse >= patience).then_some(Stop::Patience);
        Look {
            loss: Some(loss),
            copies,
            best,
            stop,
        }
    }

    /// The best weights seen, or `last` when nothing was checked.
    pub(super) fn best(&mut self, last: Vec<f32>) -> Vec<f32> {
        self.best.take().map_or(last, |(_, w)| w)
    }

    /// Denoising loss of validation rows; the noise is the same at each check.
    fn validation_loss(&self, weights: &[f32]) -> f64 {
        let rows = self.validation.rows;
        let draws = DRAWS.max(rows.min(4 * DRAWS));
        let pieces = draws.div_ceil(PIECE);
        let total: f64 = (0..pieces)
            .into_par_iter()
            .map_init(
                || (Scratch::for_sampling(self.layout, PIECE), Batch::default()),
                |(scratch, batch), piece| {
                    let picked: Vec<usize> =
                        (0..PIECE).map(|i| (piece * PIECE + i) % rows).collect();
                    let mut rng = random(self.seed, (stream::VALIDATION << 40) + piece as u64);
                    batch.load(self.validation, self.encoder, &picked, 0.0, &mut rng);
                    self.process.corrupt(self.encoder, batch, &mut rng);
                    let out = scratch.forward(self.layout, weights, batch.input());
                    self.process.loss(self.layout, batch, out, 1.0)
                },
            )
            .collect::<Vec<_>>()
            .into_iter()
            .sum();
        total / (pieces * PIECE) as f64
    }

    /// Share of samples nearer to a training row than to a validation row, less what the sizes
    /// explain: 0 for independent rows, 1 for copies.
    fn copies(&self, weights: &[f32]) -> f64 {
        let blocks = (COPY_SAMPLES / BLOCK) as u64;
        let expected = self.train.rows as f64 / (self.train.rows + self.validation.rows) as f64;
        let (train, validation) = (
            points(self.encoder, self.train),
            points(self.encoder, self.validation),
        );
        let near: f64 = (0..blocks)
            .into_par_iter()
            .map_init(
                || Scratch::for_sampling(self.layout, BLOCK),
                |scratch, block| {
                    let drawn = super::sample::draw(
                        self.layout,
                        self.encoder,
                        self.process,
                        weights,
                        scratch,
                        self.seed ^ stream::COPIES,
                        block,
                    );
                    let rows = drawn.numbers.chunks(self.encoder.numbers.max(1));
                    let mut sum = 0.0;
                    let mut numbers = rows.into_iter();
                    for codes in chunks(&drawn.codes, self.encoder.levels.len(), BLOCK) {
                        let mut own = numbers.next().unwrap_or_default().to_vec();
                        mask(self.encoder, codes, &mut own);
                        let (a, b) = (
                            nearest(&own, codes, &train),
                            nearest(&own, codes, &validation),
                        );
                        sum += if a < b {
                            1.0
                        } else if a == b {
                            expected
                        } else {
                            0.0
                        };
                    }
                    sum
                },
            )
            .collect::<Vec<_>>()
            .into_iter()
            .sum();
        (near / (blocks as usize * BLOCK) as f64 - expected) / (1.0 - expected)
    }
}

/// Rows as points: numbers on the rank scale (NaN where there is none) and codes.
struct Points {
    numbers: Vec<f32>,
    codes: Vec<u32>,
    width: usize,
    slots: usize,
    rows: usize,
}

fn points(encoder: &Encoder, data: &Encoded) -> Points {
    let rank = |v: &Interval| 0.5 * (v.low + v.high);
    Points {
        numbers: data.intervals.iter().map(rank).collect(),
        codes: data.codes.clone(),
        width: encoder.numbers,
        slots: encoder.levels.len(),
        rows: data.rows,
    }
}

/// Slices of `width` codes for `rows` rows, also when `width` is 0.
fn chunks(codes: &[u32], width: usize, rows: usize) -> impl Iterator<Item = &[u32]> {
    (0..rows).map(move |i| &codes[i * width..(i + 1) * width])
}

/// Turns normal deviates into ranks, NaN where the cell holds no ordinary number.
fn mask(encoder: &Encoder, codes: &[u32], numbers: &mut [f32]) {
    for (x, gate) in numbers.iter_mut().zip(&encoder.gate) {
        let none = gate.is_some_and(|slot| codes[slot] != 0);
        *x = if none {
            f32::NAN
        } else {
            crate::encode::distribution(f64::from(*x)) as f32
        };
    }
}

/// Distance of a row to the nearest of `points`: ranks differ by at most 1, categories by 1.
fn nearest(numbers: &[f32], codes: &[u32], points: &Points) -> f32 {
    let mut best = f32::INFINITY;
    for row in 0..points.rows {
        let own = &points.codes[row * points.slots..(row + 1) * points.slots];
        let mut d = own.iter().zip(codes).filter(|(a, b)| a != b).count() as f32;
        for (a, b) in points.numbers[row * points.width..(row + 1) * points.width]
            .iter()
            .zip(numbers)
        {
            let gap = (a - b).abs();
            d += if gap.is_nan() { 0.0 } else { gap };
        }
        best = best.min(d);
    }
    best
}
