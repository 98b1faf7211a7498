//! Sequential classification and regression trees (CART): each column is drawn from a tree on the
//! columns before it (Reiter 2005, "Using CART to generate partially synthetic public use
//! microdata"; Nowok, Raab and Dibben 2016, synthpop).
//!
//! Unlike synthpop, a leaf never gives back a donor's value. Numbers are drawn from bins of the
//! [protected quantiles](crate::encode::Quantile::protected), evenly within a bin; a split has to
//! explain more than chance would; and part of each draw comes from the leaves around.

mod marginals;
mod model;
mod order;
mod params;
mod parts;
#[cfg(test)]
mod tests;

pub(crate) use params::SEARCH;
pub use params::{Order, Params, defaults};
pub(crate) use parts::from_parts;

use rayon::prelude::*;
use verdancy_table::Table;

use crate::data::Prepared;
use crate::model::Learned;
use crate::protect::Guard;
use crate::session::Session;
use crate::trees::{BINS_OF, ColumnTrees, Features, Learner, Limits, shares};
use crate::{Cost, TableSize, Unfitted};
pub(crate) use model::Cart;

/// Rows that trees learn from at most; larger tables are thinned.
const MOST_ROWS: usize = 200_000;

/// Learns the training rows; the validation rows are not needed.
///
/// # Errors
/// None for rows that [`Checked::fit`](crate::Checked::fit) hands over.
pub(crate) fn fit(
    p: &Params,
    data: &Prepared,
    _run: &mut Session<'_>,
) -> Result<Learned, Unfitted> {
    let mut cart = grown(p, data, data.protect().numbers(), |features| {
        order::columns(p.order, features)
    });
    marginals::rake(&mut cart, data.train.rows());
    Ok(Learned::of(cart))
}

/// Trees of `train` for columns that are given and all others, which are drawn after these. The rows are a model's
/// own, so that no value needs protection.
pub(crate) fn conditional(p: &Params, train: &Table, given: &[usize]) -> Cart {
    let data = Prepared::new(train.clone(), train.slice(0..0), Guard::OFF);
    grown(p, &data, BINS_OF, |features| order::after(given, features))
}

/// Trees of rows, whose columns are drawn in the order that `order` gives; about `least` people to a bin.
fn grown(
    p: &Params,
    data: &Prepared,
    least: usize,
    order: impl FnOnce(&Features) -> Vec<usize>,
) -> Cart {
    let (train, encoder, encoded) = (&data.train, data.encoder(), data.encoded());
    let every = train.rows().div_ceil(MOST_ROWS);
    let features = Features::learn(encoder, encoded, least, every);
    let people = train.subjects().map(|of| shares(&of, every));
    let order = order(&features);
    let learner = Learner {
        encoder,
        encoded,
        features: &features,
        people: people.as_deref(),
        every,
        limits: Limits {
            least: f64::from(p.min_samples_leaf),
            gain: p.min_split_gain,
            depth: p.max_depth,
        },
    };
    let columns: Vec<ColumnTrees> = (0..order.len())
        .into_par_iter()
        .map(|place| learner.trees(order[place], &order[..place]))
        .collect();
    Cart::new(p, encoder.clone(), features.bins, columns)
}

/// Counted work and memory of learning the rows.
pub(crate) fn cost(p: &Params, data: &Prepared) -> Cost {
    let size = TableSize::of(&data.train);
    let raked = marginals::drawn(size.rows, size.columns) as f64;
    let columns = size.columns as f64;
    let rows = size.rows.min(MOST_ROWS) as f64;
    let depth = (rows / f64::from(p.min_samples_leaf))
        .max(2.0)
        .log2()
        .min(f64::from(p.max_depth));
    Cost {
        // Each level of each tree adds every row to one histogram per column before.
        flops: rows * depth * columns * columns,
        // Features and histograms of the rows; then the bins of the rows that are drawn to rake the trees.
        bytes: (rows * columns * 16.0).max(raked * columns * 4.0) as u64,
    }
}
