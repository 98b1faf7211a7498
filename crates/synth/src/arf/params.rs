//! Parameters of adversarial random forests.

use crate::search::{Dimension, Scale, dimension};
use crate::{Mode, TableSize, parameters};

parameters! {
    /// Parameters of adversarial random forests.
    pub struct Params {
        /// Trees of a forest; each row is drawn from one of them.
        num_trees: u32 = 10, "1 to 200", |v| (1..=200).contains(v);
        /// Fewest training rows in a leaf (people, where the table names whose row a row is): fewer follow the table closer and give more away.
        min_samples_leaf: u32 = 10, "5 to 100000", |v| (5..=100_000).contains(v);
        /// Rounds at most: each grows a forest that tells real rows from rows drawn from the forest before.
        max_iters: u32 = 10, "1 to 100", |v| (1..=100).contains(v);
        /// Rounds end once a forest tells rows apart with an accuracy of at most 0.5 and this much.
        delta: f64 = 0.0, "0 to 0.5", |v| (0.0..=0.5).contains(v);
        /// Greatest depth of a tree.
        max_depth: u32 = 24, "1 to 64", |v| (1..=64).contains(v);
        /// Weight, in rows, that the surrounding leaves have in each draw from a leaf.
        smoothing: f64 = 0.0, "0 to 100", |v| (0.0..=100.0).contains(v);
        /// Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others.
        polish: u32 = 0, "0 to 2", |v| *v <= crate::polish::MOST;
    }
}

/// The defaults for a table of `size` in `mode`.
pub fn defaults(_size: TableSize, _mode: Mode) -> Params {
    Params::default()
}

/// What a search goes through.
pub(crate) const SEARCH: [Dimension; 2] = [
    dimension("min_samples_leaf", 5.0, 100.0, Scale::Count),
    dimension("smoothing", 0.0, 4.0, Scale::Linear),
];
