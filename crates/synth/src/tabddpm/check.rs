//! Checks during training: validation loss with fixed noise, and whether samples copy rows.
//!
//! Only validation rows are used here; the rows of the verdict are never seen.

use std::ops::Range;

use rayon::prelude::*;

use super::batch::Batch;
use super::model::Head;
use super::params::Params;
use super::process::{Drawn, Process};
use super::sample::draw;
use crate::encode::{Encoded, Encoder, Interval, distribution};
use crate::neural::{Layout, Net, Panels, Scratch};
use crate::training::{LEAST_GAIN, Look, Moment, random, stream};
use crate::{BLOCK, Stop};

/// Noised validation rows at least; small validation sets are drawn several times.
const DRAWS: usize = 1024;
/// Rows of one piece of work.
const PIECE: usize = 256;
/// Training rows up to which samples are compared with the rows themselves.
pub(super) const COPY_ROWS: usize = 5_000;
/// Samples drawn for that, and as many again before a share counts as over the limit.
const COPY_SAMPLES: usize = 512;
/// Network calls per row of those samples.
const COPY_CALLS: u32 = 12;
/// Checks in a row over the limit before training stops.
const COPY_CHECKS: u32 = 2;
/// A share over the limit is taken for copying only while the validation loss gains less than
/// this: samples of a model that still learns fast lie in the middle, near the larger set.
const COPY_GAIN: f64 = 0.01;
/// What the checks look at and with; what they remember is a [`Watch`].
pub(super) struct Checks<'a> {
    params: &'a Params,
    layout: &'a Layout,
    encoder: &'a Encoder,
    process: &'a dyn Process,
    validation: &'a Encoded,
    seed: u64,
    copies: Option<Copies>,
}

/// Which rows samples are compared with, and what a model that cannot copy scores there.
struct Copies {
    train: Points,
    validation: Points,
    /// A cheaper sampler of the same process.
    process: Box<dyn Process>,
    /// The share of rows drawn from a Gaussian copula of the same rows: the split's own tilt.
    tilt: f64,
}

/// What the checks look at besides the network.
pub(super) struct Watched<'a> {
    pub(super) train: &'a Encoded,
    pub(super) validation: &'a Encoded,
    /// Rows drawn by a model that cannot copy.
    pub(super) independent: Option<&'a Encoded>,
    pub(super) head: &'a Head,
}

impl<'a> Checks<'a> {
    pub(super) fn new(
        params: &'a Params,
        layout: &'a Layout,
        encoder: &'a Encoder,
        process: &'a dyn Process,
        watched: &Watched<'a>,
        seed: u64,
    ) -> Checks<'a> {
        let copies = watched.independent.map(|independent| {
            let (train, validation) = (
                Points::new(encoder, watched.train),
                Points::new(encoder, watched.validation),
            );
            let calls = COPY_CALLS.min(params.sampler_steps);
            let process = watched.head.process(
                &Params {
                    sampler_steps: calls,
                    ..params.clone()
                },
                encoder,
            );
            let tilt = excess(&Points::new(encoder, independent), &train, &validation);
            Copies {
                train,
                validation,
                process,
                tilt,
            }
        });
        let validation = watched.validation;
        Checks {
            params,
            layout,
            encoder,
            process,
            validation,
            seed,
            copies,
        }
    }

    /// Looks at the averaged weights. Whether samples copy is
    /// looked at where it decides something: on a model that would be kept (on any, where nothing
    /// else ends the training), unless the share was well under the limit at the check before; on
    /// one found to copy before; and where training ends.
    pub(super) fn look(&self, at: Moment<'_>) -> Look {
        if self.validation.rows == 0 {
            return Look::default();
        }
        let Moment {
            watch,
            weights,
            before,
            last,
        } = at;
        let panels = Panels::for_sampling(self.layout, self.params.precision, weights);
        let net = Net {
            layout: self.layout,
            weights,
            panels: &panels,
        };
        let loss = self.validation_loss(net);
        let gain = watch.gain(loss);
        let best = gain > LEAST_GAIN;
        let patience = self.params.patience;
        let tired = !best && patience > 0 && watch.worse + 1 >= patience;
        let clear = (before.and_then(|line| line.copy_share))
            .is_some_and(|share| share < 0.5 * self.params.copy_limit);
        let may_end = best || patience == 0;
        let decides =
            gain < COPY_GAIN && ((may_end && !clear) || tired || last || watch.copied > 0);
        let copies = (self.copies.as_ref().filter(|_| decides)).map(|c| self.copy_share(c, net));
        let over = copies.is_some_and(|c| c > self.params.copy_limit);
        watch.copied = if over { watch.copied + 1 } else { 0 };
        if over {
            let stop = (tired || watch.copied >= COPY_CHECKS).then_some(Stop::Copies);
            return Look {
                figure: Some(loss),
                copies,
                best: false,
                gain,
                stop,
            };
        }
        Look {
            figure: Some(loss),
            copies,
            best: watch.note(loss, gain, weights),
            gain,
            stop: tired.then_some(Stop::Patience),
        }
    }

    /// Denoising loss of validation rows; the noise is the same at each check.
    fn validation_loss(&self, net: Net<'_>) -> f64 {
        let rows = self.validation.rows;
        let draws = DRAWS.max(rows.min(4 * DRAWS));
        let pieces = draws.div_ceil(PIECE);
        let total: f64 = (0..pieces)
            .into_par_iter()
            .map_init(
                || {
                    (
                        Scratch::for_sampling(net.layout, net.panels, PIECE),
                        Batch::default(),
                    )
                },
                |(scratch, batch), piece| {
                    let picked: Vec<usize> =
                        (0..PIECE).map(|i| (piece * PIECE + i) % rows).collect();
                    let mut rng = random(self.seed, (stream::VALIDATION << 40) + piece as u64);
                    batch.load(self.validation, self.encoder, &picked, None, 0.0, &mut rng);
                    self.process.corrupt(self.encoder, batch, &mut rng);
                    let out = scratch.forward(net, batch.input());
                    self.process.loss(self.layout, batch, out, 1.0)
                },
            )
            .collect::<Vec<_>>()
            .into_iter()
            .sum();
        total / (pieces * PIECE) as f64
    }

    /// Share of samples nearer to a training row than to a validation row, less what the sizes
    /// and the split's own tilt explain: 0 for independent rows, 1 for copies.
    fn copy_share(&self, copies: &Copies, net: Net<'_>) -> f64 {
        let blocks = (COPY_SAMPLES / BLOCK) as u64;
        let first = self.share_of(copies, net, 0..blocks);
        if first <= self.params.copy_limit {
            return first;
        }
        0.5 * (first + self.share_of(copies, net, blocks..2 * blocks))
    }

    /// That share among the samples of these blocks.
    fn share_of(&self, copies: &Copies, net: Net<'_>, blocks: Range<u64>) -> f64 {
        let count = (blocks.end - blocks.start) as f64;
        let shares: Vec<f64> = blocks
            .into_par_iter()
            .map_init(
                || Scratch::for_sampling(net.layout, net.panels, BLOCK),
                |scratch, block| {
                    let seed = self.seed ^ stream::COPIES;
                    let process = copies.process.as_ref();
                    let drawn = draw(net, self.encoder, process, scratch, seed, block);
                    let drawn = Points::drawn(self.encoder, drawn);
                    excess(&drawn, &copies.train, &copies.validation)
                },
            )
            .collect();
        shares.iter().sum::<f64>() / count - copies.tilt
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

impl Points {
    fn new(encoder: &Encoder, data: &Encoded) -> Points {
        let rank = |v: &Interval| 0.5 * (v.low + v.high);
        Points {
            numbers: data.intervals.iter().map(rank).collect(),
            codes: data.codes.clone(),
            width: encoder.numbers,
            slots: encoder.levels.len(),
            rows: data.rows,
        }
    }

    fn drawn(encoder: &Encoder, drawn: Drawn) -> Points {
        let (width, slots) = (encoder.numbers, encoder.levels.len());
        let mut numbers = drawn.numbers;
        for (i, x) in numbers.iter_mut().enumerate() {
            let (row, slot) = (i / width, i % width);
            let none = encoder.gate[slot].is_some_and(|gate| drawn.codes[row * slots + gate] != 0);
            *x = if none {
                f32::NAN
            } else {
                distribution(f64::from(*x)) as f32
            };
        }
        Points {
            numbers,
            codes: drawn.codes,
            width,
            slots,
            rows: BLOCK,
        }
    }

    /// Distance of row `row` of `other` to the nearest of these, and how many lie at it: ranks and
    /// categories differ by at most 1 each.
    fn nearest(&self, other: &Points, row: usize) -> (f32, usize) {
        let numbers = &other.numbers[row * self.width..(row + 1) * self.width];
        let codes = &other.codes[row * self.slots..(row + 1) * self.slots];
        let (mut best, mut ties) = (f32::INFINITY, 0);
        for i in 0..self.rows {
            let own = &self.codes[i * self.slots..(i + 1) * self.slots];
            let mut d = own.iter().zip(codes).filter(|(a, b)| a != b).count() as f32;
            for (a, b) in self.numbers[i * self.width..(i + 1) * self.width]
                .iter()
                .zip(numbers)
            {
                let gap = (a - b).abs();
                d += if gap.is_nan() { 0.0 } else { gap };
            }
            if d < best {
                (best, ties) = (d, 1);
            } else if d == best {
                ties += 1;
            }
        }
        (best, ties)
    }
}

/// Share of `rows` nearer to `train` than to `validation`, less what the sizes explain, scaled so
/// that copies score 1. Of real rows at the same distance each counts alike, so a table of few
/// combinations, in which most rows have twins on both sides, scores 0 unless it is copied.
fn excess(rows: &Points, train: &Points, validation: &Points) -> f64 {
    let expected = train.rows as f64 / (train.rows + validation.rows) as f64;
    let near: f64 = (0..rows.rows)
        .into_par_iter()
        .map(|row| {
            let (a, in_train) = train.nearest(rows, row);
            let (b, in_validation) = validation.nearest(rows, row);
            if a < b {
                1.0
            } else if a == b {
                in_train as f64 / (in_train + in_validation).max(1) as f64
            } else {
                0.0
            }
        })
        .collect::<Vec<f64>>()
        .into_iter()
        .sum();
    (near / rows.rows.max(1) as f64 - expected) / (1.0 - expected)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// Rows of `slots` two-valued categories: a space of few combinations.
    fn points(rows: usize, slots: usize, seed: u64) -> Points {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        Points {
            numbers: Vec::new(),
            codes: (0..rows * slots).map(|_| rng.random_range(0..2)).collect(),
            width: 0,
            slots,
            rows,
        }
    }

    #[test]
    fn independent_rows_of_a_finite_space_are_no_copies_and_copies_are() {
        for slots in [3, 6, 9] {
            let (mut fresh, mut copied) = (0.0, 0.0);
            for seed in 0..20 {
                let (train, validation) = (
                    points(700, slots, 3 * seed),
                    points(100, slots, 3 * seed + 1),
                );
                fresh += excess(&points(512, slots, 3 * seed + 2), &train, &validation) / 20.0;
                copied += excess(&train, &train, &validation) / 20.0;
            }
            assert!(fresh.abs() < 0.05, "{slots} columns: {fresh}");
            // In a space of 8 combinations a copy of a row is no information.
            assert!(slots < 9 || copied > 0.3, "{slots} columns: {copied}");
        }
    }
}
