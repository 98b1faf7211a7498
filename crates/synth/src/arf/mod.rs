//! Adversarial random forests (Watson, Blesch, Kapar and Wright 2023, "Adversarial random forests for
//! density estimation and generative modeling").
//!
//! A forest learns to tell real rows from rows whose columns have nothing to do with one another. Its
//! leaves then say where columns do belong together, so rows drawn from the leaves, each column on its
//! own within a leaf, are harder to tell: a next forest tries, until none can, or none does better.
//!
//! Unlike in the paper's package, a leaf holds no fitted normal and no donor's value but shares of levels
//! and of bins of the [protected quantiles](crate::encode::Quantile::protected), each leaf has enough real
//! rows by construction instead of being pruned, and trees are grown on subsamples without replacement.

mod forest;
mod model;
mod params;
mod parts;
#[cfg(test)]
mod tests;

pub(crate) use params::SEARCH;
pub use params::{Params, defaults};
pub(crate) use parts::from_parts;

use rayon::prelude::*;

use crate::data::Prepared;
use crate::encode::{Encoded, Encoder};
use crate::model::Learned;
use crate::session::Session;
use crate::trees::{self, Bins, Features, Shares, Target};
use crate::{Cost, Error, Result, Stop, TableSize, Unfitted};
use forest::{AdversarialTree, Forest, Rows};
use model::{Arf, ColumnShares, Density};

/// Rows that trees learn from at most; larger tables are thinned.
const MOST_ROWS: usize = 100_000;

/// Learns the training rows; the validation rows are not needed.
///
/// # Errors
/// None for rows that [`Checked::fit`](crate::Checked::fit) hands over.
pub(crate) fn fit(p: &Params, data: &Prepared, run: &mut Session<'_>) -> Result<Learned, Unfitted> {
    let (train, encoder, encoded) = (&data.train, data.encoder(), data.encoded());
    let every = train.rows().div_ceil(MOST_ROWS);
    let features = Features::learn(encoder, encoded, data.protect().numbers(), every);
    let people = train.subjects().map(|of| trees::shares(&of, every));
    let columns = (0..features.bins.len())
        .map(|i| features.column(i))
        .collect();
    let count = train.rows().div_ceil(every);
    let rows = Rows::new(columns, count, people.as_deref(), run.seed);
    let (forest, stop) = play(p, rows, run)?;
    let forest = (forest.trees.into_par_iter())
        .map(|tree| density(encoder, encoded, &features.bins, every, tree))
        .collect();
    let arf = Arf::new(p, encoder.clone(), features.bins, forest);
    Ok(Learned {
        stop,
        ..Learned::of(arf)
    })
}

/// Rounds of forests until one tells the rows of the one before no better than chance, or no worse than
/// those of an earlier one were told; gives the forest whose rows were told worst. The first forest always
/// grows to its end, so that there is one.
fn play(p: &Params, mut rows: Rows, run: &Session<'_>) -> Result<(Forest, Stop)> {
    let (cancel, deadline, clock) = (&run.cancel, run.deadline, run.clock);
    let ended = || {
        if cancel.is_cancelled() {
            return Some(Stop::Cancelled);
        }
        let late = deadline.is_some_and(|deadline| clock() >= deadline);
        late.then_some(Stop::TimeLimit)
    };
    let enough = 0.5 + p.delta;
    let mut maker = forest::grow(p, &rows, run.seed, 0, &|| false)
        .ok_or_else(|| Error::internal("a forest that nothing stopped did not grow"))?;
    let mut best: Option<(Forest, f64)> = None;
    let mut stop = Stop::Completed;
    for round in 1..=p.max_iters {
        if best.is_none() && maker.accuracy <= enough {
            break;
        }
        forest::draw(&maker, &mut rows, run.seed, round);
        let next = match ended() {
            None => forest::grow(p, &rows, run.seed, round, &|| ended().is_some()),
            Some(_) => None,
        };
        let Some(next) = next else {
            stop = ended().unwrap_or(Stop::Cancelled);
            break;
        };
        let told = next.accuracy;
        let made = std::mem::replace(&mut maker, next);
        let better = best.as_ref().is_none_or(|(_, before)| told < *before);
        if better {
            best = Some((made, told));
        }
        if !better || told <= enough {
            break;
        }
    }
    Ok((best.map_or(maker, |(forest, _)| forest), stop))
}

/// What the leaves of a tree say of each column.
fn density(
    encoder: &Encoder,
    encoded: &Encoded,
    bins: &[Bins],
    every: usize,
    tree: AdversarialTree,
) -> Density {
    let count = |target: Target| {
        let has = has(&target);
        Shares::count(tree.leaves(), target.classes, |row| {
            has[row as usize].then_some(target.class[row as usize])
        })
    };
    let columns = (bins.iter().enumerate())
        .map(|(i, own)| ColumnShares {
            code: Target::code(encoder, encoded, i, every).map(count),
            number: Target::number(encoder, encoded, i, own.numbers, every).map(count),
        })
        .collect();
    Density {
        rows: Shares::count(tree.leaves(), 1, |_| Some(0)),
        columns,
        shape: tree.shape,
    }
}

/// Which of all rows have a target.
fn has(target: &Target) -> Vec<bool> {
    let mut has = vec![false; target.class.len()];
    for &row in &target.rows {
        has[row as usize] = true;
    }
    has
}

/// Counted work and memory of learning the rows.
pub(crate) fn cost(p: &Params, data: &Prepared) -> Cost {
    let columns = TableSize::of(&data.train).columns as f64;
    let rows = data.train.rows().min(MOST_ROWS) as f64;
    let depth = (rows / f64::from(p.min_samples_leaf))
        .max(2.0)
        .log2()
        .min(f64::from(p.max_depth));
    let trees = f64::from(p.num_trees);
    Cost {
        // Each level of each tree of each round adds real and made-up rows to one histogram for each of
        // the features drawn.
        flops: 2.0 * rows * depth * columns.sqrt() * trees * f64::from(p.max_iters + 1),
        // Real and made-up bins; leaves and votes of a forest and of the next; the leaves' shares.
        bytes: (rows * (columns * 16.0 + trees * (24.0 + 8.0 * columns))) as u64,
    }
}
