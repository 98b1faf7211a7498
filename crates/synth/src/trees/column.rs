//! The trees of one column: one for each of its slots.

use rand::Rng;
use verdancy_table::Column;

use super::draw::{Slot, classes, column};
use super::features::{Bins, Features, Target};
use super::grow::{Grower, Limits};
use super::parts::{restore_shape, restore_shares, store_shape, store_shares};
use super::tree::{Shape, Shares};
use crate::encode::{ColumnEncoder, Encoded, Encoder};
use crate::file::Parts;

/// A tree with the distribution of one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    pub shape: Shape,
    pub shares: Shares,
}

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

/// What the trees of columns are learned from.
pub struct Learner<'a> {
    pub encoder: &'a Encoder,
    pub encoded: &'a Encoded,
    pub features: &'a Features,
    /// Which share of a person each row is.
    pub people: Option<&'a [f32]>,
    /// Every so manieth row is learned from.
    pub every: usize,
    pub limits: Limits,
}

impl Learner<'_> {
    /// The trees of `column` on the columns `others`, whose features they number in that order.
    pub fn trees(&self, column: usize, others: &[usize]) -> ColumnTrees {
        let grower = Grower {
            limits: self.limits,
            features: self.features.of(others),
            people: self.people,
        };
        let tree = |target: Target| {
            let grown = grower.tree(&target);
            Tree {
                shares: grown.shares(&target),
                shape: grown.shape,
            }
        };
        let (encoder, encoded, every) = (self.encoder, self.encoded, self.every);
        let bins = self.features.bins[column].numbers;
        ColumnTrees {
            column,
            code: Target::code(encoder, encoded, column, every).map(tree),
            number: Target::number(encoder, encoded, column, bins, every).map(tree),
        }
    }
}

impl ColumnTrees {
    /// The cells of `rows` rows; `bin` gives the bin of a feature and a row.
    pub fn draw<R: Rng>(
        &self,
        encoder: &ColumnEncoder,
        bins: Bins,
        rows: usize,
        smoothing: f64,
        bin: impl Fn(u32, u32) -> u16,
        rng: &mut R,
    ) -> Column {
        let draw = |slot: Slot, rows: &[u32], rng: &mut R| {
            let tree = match slot {
                Slot::Code => &self.code,
                Slot::Number => &self.number,
            };
            let Some(Tree { shape, shares }) = tree else {
                return vec![(0, 0.0); rows.len()];
            };
            let leaf =
                |row: u32, path: &mut Vec<u32>| shape.leaf(|feature| bin(feature, row), path);
            classes(shape, shares, smoothing, rows, leaf, rng)
        };
        column(encoder, bins, rows, draw, rng)
    }

    fn slots(&self) -> [(&'static str, &Option<Tree>); 2] {
        [("code", &self.code), ("number", &self.number)]
    }

    /// Adds the trees to the parts of a model.
    pub fn store(&self, parts: &mut Parts) {
        for (slot, tree) in self.slots() {
            if let Some(tree) = tree {
                let stored = store_shape(&tree.shape).into_iter();
                for (what, tensor) in stored.chain(store_shares(&tree.shares)) {
                    let name = format!("{slot}.{}.{what}", self.column);
                    parts.tensors.insert(name, tensor);
                }
            }
        }
    }

    /// Takes the trees of `column` from the parts of a model; `shapes` are the bins of each of their
    /// features.
    pub fn restore(
        parts: &mut Parts,
        column: usize,
        bins: Bins,
        shapes: &[usize],
    ) -> Option<ColumnTrees> {
        let mut tree = |slot: &str, classes: usize| -> Option<Option<Tree>> {
            if classes == 0 {
                return Some(None);
            }
            let mut take = |what: &str| parts.tensors.remove(&format!("{slot}.{column}.{what}"));
            let shape = restore_shape(&mut take, shapes)?;
            let shares = restore_shares(&mut take, classes, shape.leaves())?;
            let full = shares.starts.windows(2).all(|w| w[0] < w[1]);
            full.then_some(Some(Tree { shape, shares }))
        };
        Some(ColumnTrees {
            column,
            code: tree("code", bins.codes.max(1) - 1)?,
            number: tree("number", bins.numbers)?,
        })
    }
}
