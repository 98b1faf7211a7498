//! Parameters of the trees and their size-dependent defaults.

use crate::search::{Dimension, Scale, dimension};
use serde::{Deserialize, Serialize};

use crate::{Mode, TableSize, parameters};

/// The order in which columns are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// From the column that has most to do with all others to the one that is next most associated
    /// with any column before it.
    Association,
    /// As in the table.
    Table,
}

parameters! {
    /// Parameters of sequential trees.
    pub struct Params {
        /// Fewest training rows in a leaf (people, where the table names whose row a row is): fewer follow the table closer and give more away.
        min_samples_leaf: u32 = 20, "5 to 100000", |v| (5..=100_000).contains(v);
        /// Likelihood-ratio statistic that a split has to reach: what chance explains is not learned.
        min_split_gain: f64 = 6.0, "0 to 1000", |v| (0.0..=1000.0).contains(v);
        /// Greatest depth of a tree.
        max_depth: u32 = 24, "1 to 64", |v| (1..=64).contains(v);
        /// The order in which columns are drawn: association (each next column is the one most associated with any before it) or table.
        order: Order = Order::Association, "association or table", |_| true;
        /// Weight, in rows, that the surrounding leaves have in each draw from a leaf.
        smoothing: f64 = 0.5, "0 to 100", |v| (0.0..=100.0).contains(v);
        /// Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others.
        polish: u32 = 0, "0 to 2", |v| *v <= crate::polish::MOST;
    }
}

/// The defaults for a table of `size` in `mode`.
pub fn defaults(_size: TableSize, _mode: Mode) -> Params {
    Params::default()
}

/// What a search goes through.
pub(crate) const SEARCH: [Dimension; 3] = [
    dimension("min_samples_leaf", 5.0, 100.0, Scale::Count),
    dimension("min_split_gain", 2.0, 32.0, Scale::Log),
    dimension("smoothing", 0.0, 4.0, Scale::Linear),
];
