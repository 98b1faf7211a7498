//! The distribution of each column alone: rows are drawn column after column, and each tree is raked before the next one
//! sees its column.

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::model::{Cart, generator};
use crate::BLOCK;
use crate::trees::{Slot, Turns};

/// Rows that are drawn, in training rows, at least and at most.
const ROWS: [usize; 3] = [4, 8_192, 131_072];
/// Cells of these rows at most, so that wide tables take no memory for it.
const CELLS: usize = 1 << 24;
/// Seed of these rows.
const SEED: u64 = 0x5241_4b45;

/// A block while it is drawn: its generator, and its columns so far in bins.
struct Block {
    rng: ChaCha8Rng,
    turns: Turns,
    features: Vec<Vec<u16>>,
}

impl Block {
    fn bin(&self, feature: u32, row: u32) -> u16 {
        self.features[feature as usize][row as usize]
    }
}

/// Rows that are drawn for a model of `rows` rows and `columns` columns.
pub(super) fn drawn(rows: usize, columns: usize) -> usize {
    (ROWS[0] * rows)
        .clamp(ROWS[1], ROWS[2])
        .min(CELLS / columns.max(1))
        .max(BLOCK)
}

/// Gives the trees weights with which a sample has the training rows' distribution in each column, for a model of `rows`
/// rows.
pub(super) fn rake(cart: &mut Cart, rows: usize) {
    let drawn = drawn(rows, cart.columns.len());
    let mut blocks: Vec<Block> = (0..drawn.div_ceil(BLOCK) as u64)
        .map(|block| Block {
            rng: generator(SEED, block),
            turns: Turns::new(SEED, block),
            features: Vec::new(),
        })
        .collect();
    let smoothing = cart.smoothing;
    for trees in &mut cart.columns {
        let (encoder, bins) = (&cart.encoder.columns[trees.column], cart.bins[trees.column]);
        for (slot, classes) in [
            (Slot::Code, bins.codes.max(1) - 1),
            (Slot::Number, bins.numbers),
        ] {
            let own: Vec<Vec<u32>> = (blocks.par_iter())
                .map(|b| {
                    let bin = |feature: u32, row: u32| b.bin(feature, row);
                    trees.met(slot, smoothing, bin, b.turns, b.rng.clone())
                })
                .collect();
            let mut met = vec![0; own.first().map_or(0, Vec::len)];
            for own in &own {
                for (met, own) in met.iter_mut().zip(own) {
                    *met += own;
                }
            }
            trees.rake(slot, classes, &met);
        }
        blocks.par_iter_mut().for_each(|b| {
            let mut rng = b.rng.clone();
            let bin = |feature: u32, row: u32| b.bin(feature, row);
            let column = trees.draw(encoder, bins, smoothing, bin, b.turns, &mut rng);
            let features = bins.again(encoder, &column);
            b.rng = rng;
            b.features.extend(features);
        });
    }
}
