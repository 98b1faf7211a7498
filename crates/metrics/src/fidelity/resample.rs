//! What a fresh real sample would score: the real rows, taken together, are the population; pairs of
//! samples of the sizes of the training and of the synthetic rows are drawn from it and compared as
//! the real tables are.
//!
//! Drawing is by weights (a Poisson bootstrap): each row of the population gets a number of copies
//! in each sample, sixteen draws side by side, so a draw costs the same at any sample size. A level
//! or a cell that the population holds once stands for all those it does not hold: such copies in
//! one sample never match the other sample's, as they would not in fresh rows.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};
use rayon::prelude::*;

use super::bins::HEAD;
use crate::prepared::{Parts, Prepared, Values};
use crate::{Error, Result};

/// Draws side by side.
pub(crate) const LANES: usize = 16;
/// Groups of draws.
pub(crate) const BLOCKS: usize = 2;
/// Most rows of the population; more are sampled down.
const POPULATION: usize = 50_000;
/// Stream of the random numbers that choose the population; the draws have the ones after.
const STREAM: u64 = 21;

/// One number for each of sixteen draws.
pub(crate) type Lane = [f32; LANES];

/// Copies of each row in both samples, sixteen draws.
pub(crate) struct Block {
    pub a: Vec<Lane>,
    pub b: Vec<Lane>,
    pub total_a: Lane,
    pub total_b: Lane,
}

/// The population's rows, by column.
pub(crate) struct Population {
    rows: Vec<u32>,
    train: usize,
    validation: usize,
}

/// A seeded choice from all real rows.
pub(crate) fn population(p: &Prepared) -> Population {
    let (train, validation) = (p.rows.train, p.rows.validation.unwrap_or(0));
    let all = train + validation + p.rows.test;
    let mut rng = ChaCha8Rng::seed_from_u64(p.seed);
    rng.set_stream(STREAM);
    let mut rows: Vec<u32> = if all <= POPULATION {
        (0..all as u32).collect()
    } else {
        let chosen = rand::seq::index::sample(&mut rng, all, POPULATION);
        chosen.into_iter().map(|i| i as u32).collect()
    };
    rows.sort_unstable();
    Population {
        rows,
        train,
        validation,
    }
}

impl Population {
    /// The values of one column, in the population's order.
    pub fn gather<T: Copy>(&self, parts: &Parts<Vec<T>>) -> Vec<T> {
        let start = self.train + self.validation;
        self.rows
            .iter()
            .map(|&i| {
                let i = i as usize;
                match &parts.validation {
                    _ if i < self.train => parts.train[i],
                    Some(v) if i < start => v[i - self.train],
                    _ => parts.test[i - start],
                }
            })
            .collect()
    }

    /// Draws: as many copies as give samples of `sizes` rows.
    ///
    /// # Errors
    /// Internal only.
    pub fn draw(&self, sizes: (usize, usize), seed: u64) -> Result<Vec<Block>> {
        let n = self.rows.len();
        let poisson = |size: usize| {
            Poisson::new(size as f64 / n as f64)
                .map_err(|e| Error::internal("a sample of no rows").caused_by(e))
        };
        let (a, b) = (poisson(sizes.0)?, poisson(sizes.1)?);
        Ok((0..BLOCKS as u64)
            .into_par_iter()
            .map(|block| {
                let copies = |which: u64, by: &Poisson<f64>| {
                    let mut rng = ChaCha8Rng::seed_from_u64(seed);
                    rng.set_stream(STREAM + 1 + 2 * block + which);
                    let mut rows: Vec<Lane> = (0..n)
                        .map(|_| std::array::from_fn(|_| by.sample(&mut rng) as f32))
                        .collect();
                    let mut total = [0.0; LANES];
                    rows.iter().for_each(|row| add(&mut total, row));
                    // A draw of no rows at all is one of the first row.
                    for (i, t) in total.iter_mut().enumerate().filter(|(_, t)| **t == 0.0) {
                        rows[0][i] = 1.0;
                        *t = 1.0;
                    }
                    (rows, total)
                };
                let ((a, total_a), (b, total_b)) = (copies(0, &a), copies(1, &b));
                Block {
                    a,
                    b,
                    total_a,
                    total_b,
                }
            })
            .collect())
    }
}

impl Block {
    /// `a` and `b` as shares: their difference, and their sum.
    pub fn shares(&self) -> (Vec<Lane>, Vec<Lane>) {
        let join = |sign: f32| {
            (self.a.iter().zip(&self.b))
                .map(|(a, b)| {
                    std::array::from_fn(|i| a[i] / self.total_a[i] + sign * b[i] / self.total_b[i])
                })
                .collect()
        };
        (join(-1.0), join(1.0))
    }
}

/// `to += x`.
#[inline]
pub(crate) fn add(to: &mut Lane, x: &Lane) {
    for (t, x) in to.iter_mut().zip(x) {
        *t += x;
    }
}

/// The draws of a figure, and the interval (95 %) they span.
pub(crate) fn interval(draws: &[f64], range: (f64, f64)) -> Option<(f64, f64)> {
    let n = draws.len() as f64;
    if draws.len() < 2 || draws.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let mean = draws.iter().sum::<f64>() / n;
    let sd = (draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let half = 1.96 * sd * (1.0 + 1.0 / n).sqrt();
    Some((
        (mean - half).clamp(range.0, range.1),
        (mean + half).clamp(range.0, range.1),
    ))
}

/// Sizes of the samples that pairs are compared on.
pub(crate) fn head_sizes(sizes: (usize, usize)) -> (usize, usize) {
    (sizes.0.min(HEAD), sizes.1.min(HEAD))
}

/// A column of the population: codes below `levels`, how many rows have each, and the numbers.
pub(crate) struct Drawn {
    pub codes: Vec<u32>,
    pub levels: usize,
    /// Levels that few people of the training rows have; empty for numbers.
    pub few: Vec<bool>,
    pub numbers: Option<Vec<f64>>,
}

/// The columns of the population; `code` gives the bin of a number in column i.
pub(crate) fn columns(
    p: &Prepared,
    population: &Population,
    coded: &[super::bins::Coded<'_>],
) -> Vec<Drawn> {
    (p.columns.par_iter().zip(coded))
        .map(|(column, coded)| match &column.values {
            Values::Levels(l) => Drawn {
                codes: population.gather(&l.codes),
                levels: coded.levels,
                few: coded.few.clone(),
                numbers: None,
            },
            Values::Numeric(v) => {
                let numbers = population.gather(v);
                Drawn {
                    codes: numbers.iter().map(|&x| coded.code(x)).collect(),
                    levels: coded.levels,
                    few: Vec::new(),
                    numbers: Some(numbers),
                }
            }
        })
        .collect()
}
