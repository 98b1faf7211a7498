//! The fitted trees.

use super::features::Bins;
use super::params::Params;
use super::tree::Tree;
use crate::encode::Encoder;
use crate::file::Parts;
use crate::{Model, Result};
use verdancy_table::Column;

/// The trees of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnTrees {
    /// Position among the modelled columns.
    pub column: usize,
    /// That of the categorical slot, where there is one.
    pub code: Option<Tree>,
    /// That of the numeric slot, where there is one.
    pub number: Option<Tree>,
}

/// Encoder and trees; columns are drawn in the order of `columns`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cart {
    pub(super) encoder: Encoder,
    /// How drawn cells become bins again, by modelled column.
    pub(super) bins: Vec<Bins>,
    pub(super) columns: Vec<ColumnTrees>,
    /// Weight of the surrounding leaves, in rows.
    pub(super) smoothing: f64,
}

impl Cart {
    pub(super) fn new(
        p: &Params,
        encoder: Encoder,
        bins: Vec<Bins>,
        columns: Vec<ColumnTrees>,
    ) -> Cart {
        Cart {
            encoder,
            bins,
            columns,
            smoothing: p.smoothing,
        }
    }
}

impl Cart {
    /// The first `columns` columns, in the order of the trees, of block `block`, around those that are `given`, by
    /// position.
    pub(crate) fn around(
        &self,
        given: &[(usize, Column)],
        columns: usize,
        seed: u64,
        block: u64,
    ) -> Vec<Option<Column>> {
        super::draw::given(self, given, columns, seed, block)
    }
}

impl Model for Cart {
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        super::draw::block(self, seed, block)
    }

    fn parts(&self) -> Parts {
        super::parts::take_apart(self)
    }
}
