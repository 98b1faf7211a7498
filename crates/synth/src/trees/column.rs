//! The trees of one column: one for each of its slots.

use rand::Rng;
use verdancy_table::Column;

use super::draw::{Leaves, Slot, Turns, column};
use super::features::{Bins, Features, Target};
use super::grow::{Grower, Limits};
use super::parts::{restore_shape, restore_shares, store_shape, store_shares};
use super::rake::rake;
use super::tree::{Shape, Shares};
use crate::BLOCK;
use crate::encode::{ColumnEncoder, Encoded, Encoder};
use crate::parts::{Parts, Tensor};

/// A tree with the distribution of one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    pub shape: Shape,
    pub shares: Shares,
    /// What the shares of each class are multiplied by; nothing for 1.
    pub weights: Vec<f32>,
}

impl Tree {
    fn leaves(&self, smoothing: f64) -> Leaves<'_> {
        Leaves {
            shape: &self.shape,
            shares: &self.shares,
            weights: &self.weights,
            smoothing,
        }
    }
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
                weights: Vec::new(),
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
    /// The cells of a block; `bin` gives the bin of a feature and a row.
    pub fn draw<R: Rng>(
        &self,
        encoder: &ColumnEncoder,
        bins: Bins,
        smoothing: f64,
        bin: impl Fn(u32, u32) -> u16,
        turns: Turns,
        rng: &mut R,
    ) -> Column {
        let draw = |slot: Slot, rows: &[u32], rng: &mut R| {
            let Some(tree) = self.slot(slot) else {
                return vec![(0, 0.0); rows.len()];
            };
            let leaf =
                |row: u32, path: &mut Vec<u32>| tree.shape.leaf(|feature| bin(feature, row), path);
            let leaves = tree.leaves(smoothing);
            leaves.classes(
                &leaves.seats(rows, leaf, rng),
                turns.start(self.column, slot),
            )
        };
        column(encoder, bins, BLOCK, draw, rng)
    }

    /// How often the rows of a block meet each leaf of a slot, with the generator and the weights that they will be drawn with;
    /// nothing for a slot without a choice of leaves.
    pub fn met(
        &self,
        slot: Slot,
        smoothing: f64,
        bin: impl Fn(u32, u32) -> u16,
        turns: Turns,
        mut rng: impl Rng,
    ) -> Vec<u32> {
        let Some(tree) = self.slot(slot).filter(|tree| tree.shape.leaves() > 1) else {
            return Vec::new();
        };
        let mut seats = |tree: &Tree, rows: &[u32]| {
            let leaf =
                |row: u32, path: &mut Vec<u32>| tree.shape.leaf(|feature| bin(feature, row), path);
            tree.leaves(smoothing).seats(rows, leaf, &mut rng)
        };
        let mut rows: Vec<u32> = (0..BLOCK as u32).collect();
        if let (Slot::Number, Some(code)) = (slot, &self.code) {
            let seats = seats(code, &rows);
            let start = turns.start(self.column, Slot::Code);
            let codes = code.leaves(smoothing).classes(&seats, start);
            rows.retain(|row| codes[*row as usize].0 == 0);
        }
        let mut met = vec![0; tree.shape.leaves() as usize];
        for (leaf, _, _) in seats(tree, &rows) {
            met[leaf as usize] += 1;
        }
        met
    }

    /// Rakes a slot of so many classes, of which each leaf is met by so many rows.
    pub fn rake(&mut self, slot: Slot, classes: usize, met: &[u32]) {
        let tree = match slot {
            Slot::Code => self.code.as_mut(),
            Slot::Number => self.number.as_mut(),
        };
        if let Some(tree) = tree {
            tree.weights = rake(&tree.shares, classes, met);
        }
    }

    fn slot(&self, slot: Slot) -> Option<&Tree> {
        match slot {
            Slot::Code => self.code.as_ref(),
            Slot::Number => self.number.as_ref(),
        }
    }

    fn slots(&self) -> [(&'static str, &Option<Tree>); 2] {
        [("code", &self.code), ("number", &self.number)]
    }

    /// Adds the trees to the parts of a model.
    pub fn store(&self, parts: &mut Parts) {
        for (slot, tree) in self.slots() {
            if let Some(tree) = tree {
                let stored = store_shape(&tree.shape).into_iter();
                let weights = Tensor::F32(vec![tree.weights.len()], tree.weights.clone());
                let stored = stored.chain(store_shares(&tree.shares));
                for (what, tensor) in stored.chain([("weights", weights)]) {
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
            // Models written before there were weights have none.
            let weights = match take("weights") {
                Some(Tensor::F32(_, weights)) => weights,
                Some(_) => return None,
                None => Vec::new(),
            };
            let full = shares.starts.windows(2).all(|w| w[0] < w[1]);
            let fits = weights.is_empty() || weights.len() == classes;
            let positive = weights.iter().all(|w| *w > 0.0 && w.is_finite());
            (full && fits && positive).then_some(Some(Tree {
                shape,
                shares,
                weights,
            }))
        };
        Some(ColumnTrees {
            column,
            code: tree("code", bins.codes.max(1) - 1)?,
            number: tree("number", bins.numbers)?,
        })
    }
}
