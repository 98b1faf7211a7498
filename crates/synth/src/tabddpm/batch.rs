//! The rows of one shard on their way through a step: clean, noised, and what the loss needs.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use crate::encode::{Encoded, Encoder};
use crate::neural::Input;

/// Rows of a simple model of the training rows, taken in place of them at the share `share`.
#[derive(Clone, Copy)]
pub(super) struct Prior<'a> {
    pub(super) rows: &'a Encoded,
    pub(super) share: f64,
}

/// Buffers of one shard; nothing is allocated inside a step.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) rows: usize,
    /// Clean numbers, `rows x numbers`; NaN where a cell has none.
    pub(super) clean: Vec<f32>,
    /// Clean codes, `rows x slots`.
    pub(super) codes: Vec<u32>,
    /// What the network sees.
    pub(super) numbers: Vec<f32>,
    pub(super) noised: Vec<u32>,
    pub(super) time: Vec<f32>,
    /// What it should say for numbers; NaN where no loss is due.
    pub(super) goal: Vec<f32>,
    /// The process' own time of each row (mask probability, or step).
    pub(super) clock: Vec<f32>,
}

impl Batch {
    /// Loads rows `rows` of `data`, some of them replaced by rows of `prior`: a fresh point of each rank interval, and a little noise.
    pub(super) fn load(
        &mut self,
        data: &Encoded,
        encoder: &Encoder,
        rows: &[usize],
        prior: Option<Prior<'_>>,
        smoothing: f32,
        rng: &mut impl Rng,
    ) {
        let (numbers, slots) = (encoder.numbers, encoder.levels.len());
        self.rows = rows.len();
        self.clean.clear();
        self.codes.clear();
        let keep = (1.0 - smoothing * smoothing).sqrt();
        for &row in rows {
            let (data, row) = match prior {
                Some(p) if rng.random_bool(p.share) => (p.rows, rng.random_range(0..p.rows.rows)),
                _ => (data, row),
            };
            for interval in &data.intervals[row * numbers..(row + 1) * numbers] {
                let mut x = if interval.low.is_nan() {
                    f32::NAN
                } else {
                    interval.normal(rng.random())
                };
                if smoothing > 0.0 {
                    let e: f32 = StandardNormal.sample(rng);
                    x = keep * x + smoothing * e;
                }
                self.clean.push(x);
            }
            self.codes
                .extend_from_slice(&data.codes[row * slots..(row + 1) * slots]);
        }
        self.numbers.resize(self.clean.len(), 0.0);
        self.goal.resize(self.clean.len(), 0.0);
        self.noised.resize(self.codes.len(), 0);
        self.time.resize(rows.len(), 0.0);
        self.clock.resize(rows.len(), 0.0);
    }

    /// The network's view.
    pub(super) fn input(&self) -> Input<'_> {
        Input {
            rows: self.rows,
            numbers: &self.numbers,
            codes: &self.noised,
            time: &self.time,
        }
    }
}
