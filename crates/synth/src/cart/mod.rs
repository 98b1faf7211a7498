//! Sequential classification and regression trees (CART): each column is drawn from a tree on the
//! columns before it (Reiter 2005, "Using CART to generate partially synthetic public use
//! microdata"; Nowok, Raab and Dibben 2016, synthpop).
//!
//! Unlike synthpop, a leaf never gives back a donor's value. Numbers are drawn from bins of the
//! [protected quantiles](crate::encode::Quantile::protected), evenly within a bin; a split has to
//! explain more than chance would; and part of each draw comes from the leaves around.

mod draw;
mod features;
mod grow;
mod impute;
mod model;
mod order;
mod params;
mod parts;
mod split;
#[cfg(test)]
mod tests;
mod tree;

pub use impute::{impute, is_gap};
pub use params::{Order, Params, defaults};
pub(crate) use parts::from_parts;

use rayon::prelude::*;
use verdancy_table::{Protection, Table, fill::Filler};

use crate::encode::Encoder;
use crate::{Config, Cost, Fitted, Result, Run, Stop, TableSize};
use features::{Features, Target};
pub(crate) use model::Cart;
use model::ColumnTrees;

/// Rows that trees learn from at most; larger tables are thinned.
const MOST_ROWS: usize = 200_000;

/// Rows to a bin where no value needs protection.
const LEAST_OF_BIN: usize = 10;

/// Its multiples, without their whole part, are spread evenly over [0, 1) in any stretch.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Learns `train`; `validation` is not needed.
///
/// # Errors
/// None for rows that [`Checked::fit`](crate::Checked::fit) hands over.
pub fn fit(p: &Params, train: &Table, _validation: &Table, run: &mut Run<'_>) -> Result<Fitted> {
    let protect = run.guard.protect;
    let cart = grown(p, train, protect, protect.numbers(), |features| {
        order::columns(p.order, features)
    });
    Ok(Fitted {
        schema: train.schema().clone(),
        config: Config::Cart(p.clone()),
        history: Vec::new(),
        stop: Stop::Completed,
        protect,
        fill: Filler::learn(train, protect),
        people: None,
        relations: None,
        model: Box::new(cart),
    })
}

/// Trees of `train` for columns that are given and all others, which are drawn after these. The rows are a model's
/// own, so that no value needs protection.
pub(crate) fn conditional(p: &Params, train: &Table, given: &[usize]) -> Cart {
    grown(p, train, Protection::OFF, LEAST_OF_BIN, |features| {
        order::after(given, features)
    })
}

/// Trees of `train`, whose columns are drawn in the order that `order` gives; about `people` rows to a bin.
fn grown(
    p: &Params,
    train: &Table,
    protect: Protection,
    people: usize,
    order: impl FnOnce(&Features) -> Vec<usize>,
) -> Cart {
    let encoder = Encoder::fit(train, protect);
    let encoded = encoder.encode(train);
    let every = train.rows().div_ceil(MOST_ROWS);
    let features = Features::of(&encoder, &encoded, people, every);
    let whose = train.subjects().map(|of| features::shares(&of, every));
    let order = order(&features);
    let columns: Vec<ColumnTrees> = (0..order.len())
        .into_par_iter()
        .map(|place| {
            let column = order[place];
            let grower = grow::Grower {
                params: p,
                features: features.before(&order[..place]),
                people: whose.as_deref(),
            };
            let tree = |target: Target| grower.tree(&target);
            ColumnTrees {
                column,
                code: Target::code(&encoder, &encoded, column, every).map(tree),
                number: Target::number(&encoder, &encoded, column, &features, every).map(tree),
            }
        })
        .collect();
    Cart::new(p, encoder, features.bins, columns)
}

/// Counted work and memory of learning `train`.
pub fn cost(p: &Params, train: &Table) -> Cost {
    let columns = TableSize::of(train).columns as f64;
    let rows = train.rows().min(MOST_ROWS) as f64;
    let depth = (rows / f64::from(p.min_samples_leaf))
        .max(2.0)
        .log2()
        .min(f64::from(p.max_depth));
    Cost {
        // Each level of each tree adds every row to one histogram per column before.
        flops: rows * depth * columns * columns,
        bytes: (rows * columns * 16.0) as u64,
    }
}

/// Bins of a number with `cells` cells, of which each bin should have `people` at least.
fn bins(cells: usize, people: usize) -> usize {
    (cells / people.max(1)).clamp(1, 256)
}
