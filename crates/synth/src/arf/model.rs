//! The fitted forest, and drawing rows from it: a tree for a block, a leaf for a row, and each column
//! from what the leaf says of it.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_table::Column;

use super::params::Params;
use crate::encode::Encoder;
use crate::parts::Parts;
use crate::trees::{Bins, Leaves, Shape, Shares, Slot, column};
use crate::{BLOCK, Model, Result, strata};

/// The distributions of one column in the leaves of a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnShares {
    /// That of the categorical slot, where there is one.
    pub code: Option<Shares>,
    /// That of the numeric slot, where there is one.
    pub number: Option<Shares>,
}

/// A tree with what its leaves say of each column.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    pub shape: Shape,
    /// Rows of each leaf, as a single class.
    pub rows: Shares,
    /// By modelled column.
    pub columns: Vec<ColumnShares>,
}

/// Encoder and forest.
#[derive(Debug, Clone, PartialEq)]
pub struct Arf {
    pub(super) encoder: Encoder,
    /// How cells are binned, by modelled column.
    pub(super) bins: Vec<Bins>,
    pub(super) trees: Vec<Density>,
    /// Weight of the surrounding leaves, in rows.
    pub(super) smoothing: f64,
}

impl Arf {
    pub(super) fn new(p: &Params, encoder: Encoder, bins: Vec<Bins>, trees: Vec<Density>) -> Arf {
        Arf {
            encoder,
            bins,
            trees,
            smoothing: p.smoothing,
        }
    }
}

/// The generator of block `block`: a stream of its own under the seed.
fn generator(seed: u64, block: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x4152_4644);
    rng.set_stream(block);
    rng
}

impl Model for Arf {
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        let mut rng = generator(seed, block);
        let tree = &self.trees[rng.random_range(0..self.trees.len())];
        // Leaves are numbered from left to right: neighbours are alike, and each stretch gets its share.
        let all = [0, tree.shape.leaves()];
        let leaves: Vec<u32> = (strata::uniforms(BLOCK, &mut rng).into_iter())
            .map(|u| tree.rows.among(all, f64::from(u)))
            .collect();
        Ok((self.encoder.columns.iter())
            .zip(self.bins.iter().zip(&tree.columns))
            .map(|(encoder, (bins, shares))| {
                let draw = |slot: Slot, rows: &[u32], rng: &mut ChaCha8Rng| {
                    let shares = match slot {
                        Slot::Code => &shares.code,
                        Slot::Number => &shares.number,
                    };
                    let Some(shares) = shares else {
                        return vec![(0, 0.0); rows.len()];
                    };
                    let leaf = |row: u32, path: &mut Vec<u32>| {
                        let leaf = leaves[row as usize];
                        tree.shape.path(leaf, path);
                        leaf
                    };
                    let leaves = Leaves {
                        shape: &tree.shape,
                        shares,
                        weights: &[],
                        smoothing: self.smoothing,
                    };
                    let seats = leaves.seats(rows, leaf, rng);
                    // Blocks come from different trees: none goes on where another ended.
                    leaves.classes(&seats, rng.random())
                };
                column(encoder, *bins, BLOCK, draw, &mut rng)
            })
            .collect())
    }

    fn parts(&self) -> Parts {
        super::parts::take_apart(self)
    }
}
