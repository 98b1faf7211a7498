//! The polish: rows that any method draws, with every column drawn once more from a tree on all other
//! columns.
//!
//! A model that blurs what ties columns together leaves rows that trees tell from real ones. A sweep
//! over such a row takes its columns in random order and draws each anew from the leaf that the rest of
//! the row falls into, with the same care as in [`cart`](crate::cart): bins of protected quantiles, never
//! a donor's value. More than two sweeps are not offered: conditional distributions that were learned one
//! by one belong to no common table, and rows drift.
//!
//! [`Polished`] is a model around a model, so that blocks, seeds, rules between columns and the model file
//! work as they do for any other.

mod parts;

pub(crate) use parts::restore;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verdancy_table::Column;

use crate::data::Prepared;
use crate::encode::Encoder;
use crate::model::Learned;
use crate::parts::Parts;
use crate::session::Session;
use crate::trees::{self, Bins, ColumnTrees, Features, Learner, Limits, Turns};
use crate::{BLOCK, Cost, Error, Model, Result, TableSize};

/// Sweeps at most.
pub const MOST: u32 = 2;
/// Rows that trees learn from at most; larger tables are thinned.
const MOST_ROWS: usize = 200_000;
/// As in CART's defaults; measured in docs/decisions/trees.md.
const LIMITS: Limits = Limits {
    least: 20.0,
    gain: 6.0,
    depth: 24,
};
/// Weight of the surrounding leaves, in rows.
const SMOOTHING: f64 = 0.5;

/// What sweeps are made with.
#[derive(Debug, Clone, PartialEq)]
struct Sweeps {
    encoder: Encoder,
    /// How cells become bins, by modelled column.
    bins: Vec<Bins>,
    /// The trees of each modelled column on all others, in schema order.
    columns: Vec<ColumnTrees>,
    /// How many.
    times: u32,
}

/// A model whose rows are swept.
pub(crate) struct Polished {
    base: Box<dyn Model>,
    sweeps: Sweeps,
}

/// Puts `times` sweeps over the rows of a model that was learned from `data`. A fit that was stopped, or has
/// no time left, stays as it is.
pub(crate) fn over(learned: Learned, times: u32, data: &Prepared, run: &Session<'_>) -> Learned {
    let late = run.deadline.is_some_and(|at| (run.clock)() >= at);
    if times == 0 || run.cancel.is_cancelled() || late {
        return learned;
    }
    let sweeps = Sweeps::learn(data, times);
    Learned {
        model: Box::new(Polished {
            base: learned.model,
            sweeps,
        }),
        ..learned
    }
}

/// Counted work and memory of learning sweeps over the rows, beside that of the method.
pub(crate) fn cost(times: u32, data: &Prepared) -> Cost {
    if times == 0 {
        return Cost {
            flops: 0.0,
            bytes: 0,
        };
    }
    let columns = TableSize::of(&data.train).columns as f64;
    let rows = data.train.rows().min(MOST_ROWS) as f64;
    let depth = (rows / LIMITS.least).max(2.0).log2();
    Cost {
        // Each level of each tree adds every row to one histogram per other column.
        flops: 2.0 * rows * depth.min(f64::from(LIMITS.depth)) * columns * columns,
        bytes: (rows * columns * 16.0) as u64,
    }
}

impl Sweeps {
    fn learn(data: &Prepared, times: u32) -> Sweeps {
        let (train, encoder, encoded) = (&data.train, data.encoder(), data.encoded());
        let every = train.rows().div_ceil(MOST_ROWS);
        let features = Features::learn(encoder, encoded, data.protect().numbers(), every);
        let people = train.subjects().map(|of| trees::shares(&of, every));
        let learner = Learner {
            encoder,
            encoded,
            features: &features,
            people: people.as_deref(),
            every,
            limits: LIMITS,
        };
        let all = features.bins.len();
        let columns: Vec<ColumnTrees> = (0..all)
            .into_par_iter()
            .map(|column| {
                let others: Vec<usize> = (0..all).filter(|&other| other != column).collect();
                learner.trees(column, &others)
            })
            .collect();
        Sweeps {
            encoder: encoder.clone(),
            bins: features.bins,
            columns,
            times,
        }
    }

    /// Draws each of `columns` anew, `times` times.
    fn over(&self, columns: &mut [Column], turns: Turns, rng: &mut ChaCha8Rng) {
        let mut features: Vec<Vec<Vec<u16>>> = (self.bins.iter())
            .zip(&self.encoder.columns)
            .zip(columns.iter())
            .map(|((bins, encoder), column)| bins.again(encoder, column))
            .collect();
        let mut order: Vec<usize> = (0..columns.len()).collect();
        for _ in 0..self.times {
            order.shuffle(rng);
            for &at in &order {
                let others: Vec<&[u16]> = (features.iter().enumerate())
                    .filter(|(other, _)| *other != at)
                    .flat_map(|(_, own)| own.iter().map(Vec::as_slice))
                    .collect();
                let (encoder, bins) = (&self.encoder.columns[at], self.bins[at]);
                let bin = |feature: u32, row: u32| others[feature as usize][row as usize];
                let drawn = self.columns[at].draw(encoder, bins, SMOOTHING, bin, turns, rng);
                features[at] = bins.again(encoder, &drawn);
                columns[at] = drawn;
            }
        }
    }
}

/// Sets the random numbers of the polish apart from those of the method.
const POLISH: u64 = 0x504f_4c49;

/// The generator of block `block`: a stream of its own under the seed.
fn generator(seed: u64, block: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ POLISH);
    rng.set_stream(block);
    rng
}

impl Model for Polished {
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        let mut columns = self.base.sample_block(seed, block)?;
        if columns.len() != self.sweeps.columns.len() || columns.iter().any(|c| c.len() != BLOCK) {
            return Err(Error::internal(
                "a model draws other columns than its polish knows",
            ));
        }
        let turns = Turns::new(seed ^ POLISH, block);
        (self.sweeps).over(&mut columns, turns, &mut generator(seed, block));
        Ok(columns)
    }

    fn parts(&self) -> Parts {
        let mut parts = self.base.parts();
        self.sweeps.store(&mut parts);
        parts
    }
}
