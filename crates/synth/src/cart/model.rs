//! The fitted trees, and drawing rows from them, column after column.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use verdancy_table::Column;

use super::params::Params;
use crate::encode::Encoder;
use crate::parts::Parts;
use crate::trees::{Bins, ColumnTrees, Turns};
use crate::{Error, Model, Result};

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

/// The generator of block `block`: a stream of its own under the seed.
pub(super) fn generator(seed: u64, block: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x4341_5254);
    rng.set_stream(block);
    rng
}

impl Cart {
    /// The first `columns` columns, in the order of the trees, of block `block`; those in `given`, by position, have
    /// these cells.
    pub(crate) fn around(
        &self,
        given: &[(usize, Column)],
        columns: usize,
        seed: u64,
        block: u64,
    ) -> Vec<Option<Column>> {
        let (mut rng, turns) = (generator(seed, block), Turns::new(seed, block));
        let mut features: Vec<Vec<u16>> = Vec::new();
        let mut drawn: Vec<Option<Column>> = vec![None; self.encoder.columns.len()];
        for trees in self.columns.iter().take(columns) {
            let (encoder, bins) = (&self.encoder.columns[trees.column], self.bins[trees.column]);
            let known = given.iter().find(|(at, _)| *at == trees.column);
            let bin = |feature: u32, row: u32| features[feature as usize][row as usize];
            let column = match known {
                Some((_, column)) => column.clone(),
                None => trees.draw(encoder, bins, self.smoothing, bin, turns, &mut rng),
            };
            features.extend(bins.again(encoder, &column));
            drawn[trees.column] = Some(column);
        }
        drawn
    }
}

impl Model for Cart {
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        (self
            .around(&[], self.columns.len(), seed, block)
            .into_iter())
        .map(|column| column.ok_or_else(|| Error::internal("a column has no trees")))
        .collect()
    }

    fn parts(&self) -> Parts {
        super::parts::take_apart(self)
    }
}
