//! Drawing blocks of rows, column after column.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_table::Column;

use super::GOLDEN;
use super::features::Bins;
use super::model::Cart;
use super::tree::Tree;
use crate::encode::{ColumnEncoder, quantile};
use crate::{BLOCK, Error, Result};

/// The generator of block `block`: a stream of its own under the seed.
fn generator(seed: u64, block: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x4341_5254);
    rng.set_stream(block);
    rng
}

/// The modelled columns of block `block`.
pub fn block(model: &Cart, seed: u64, block: u64) -> Result<Vec<Column>> {
    (given(model, &[], model.columns.len(), seed, block).into_iter())
        .map(|column| column.ok_or_else(|| Error::internal("a column has no trees")))
        .collect()
}

/// The first `columns` columns, in the order of the trees, of block `block`; those in `given` (by position) have
/// these cells.
pub fn given(
    model: &Cart,
    given: &[(usize, Column)],
    columns: usize,
    seed: u64,
    block: u64,
) -> Vec<Option<Column>> {
    let mut rng = generator(seed, block);
    let mut features: Vec<Vec<u16>> = Vec::new();
    let mut drawn: Vec<Option<Column>> = vec![None; model.encoder.columns.len()];
    for trees in model.columns.iter().take(columns) {
        let encoder = &model.encoder.columns[trees.column];
        if let Some((_, column)) = given.iter().find(|(at, _)| *at == trees.column) {
            features.extend(again(model.bins[trees.column], encoder, column));
            drawn[trees.column] = Some(column.clone());
            continue;
        }
        let all: Vec<u32> = (0..BLOCK as u32).collect();
        let draw = |rows: &[u32], tree: &Tree, rng: &mut ChaCha8Rng| {
            classes(tree, &features, model.smoothing, rows, rng)
        };
        let codes: Option<Vec<u32>> = (trees.code.as_ref()).map(|tree| {
            let found = draw(&all, tree, &mut rng);
            found.iter().map(|(class, _)| u32::from(*class)).collect()
        });
        let mut normals = Vec::new();
        if let Some(tree) = &trees.number {
            let ordinary = |row: &u32| codes.as_ref().is_none_or(|c| c[*row as usize] == 0);
            let rows: Vec<u32> = all.iter().copied().filter(ordinary).collect();
            let bins = model.bins[trees.column].numbers as f64;
            normals = vec![0.0; BLOCK];
            let found = draw(&rows, tree, &mut rng);
            for (row, (class, within)) in rows.iter().zip(found) {
                normals[*row as usize] = quantile((f64::from(class) + within) / bins) as f32;
            }
        }
        let uniform: Vec<f32> = (0..BLOCK).map(|_| rng.random()).collect();
        let column = encoder.decode(&normals, codes.as_deref().unwrap_or(&[]), &uniform);
        features.extend(again(model.bins[trees.column], encoder, &column));
        drawn[trees.column] = Some(column);
    }
    drawn
}

/// The features of a drawn column: those of the cells as they are written, as in training.
pub fn again(bins: Bins, encoder: &ColumnEncoder, column: &Column) -> Vec<Vec<u16>> {
    let mut features = Vec::new();
    if bins.codes > 0 {
        let codes = encoder.codes(column);
        features.push(codes.into_iter().map(|c| bins.code(c)).collect());
    }
    if bins.numbers > 0 {
        let intervals = encoder.intervals(column);
        features.push(intervals.into_iter().map(|i| bins.number(i)).collect());
    }
    features
}

/// A class for each of `rows`, and a place within it. Rows of one leaf share its distribution as
/// evenly as they can: they take turns in a sequence that is spread over [0, 1).
fn classes(
    tree: &Tree,
    features: &[Vec<u16>],
    smoothing: f64,
    rows: &[u32],
    rng: &mut ChaCha8Rng,
) -> Vec<(u16, f64)> {
    let mut path = Vec::new();
    // In a leaf the order is left to chance: it must tie a column to no other.
    let mut leaves: Vec<(u32, u32, usize)> = (rows.iter().enumerate())
        .map(|(place, &row)| {
            let bin = |feature: u32| features[feature as usize][row as usize];
            let mut leaf = tree.leaf(bin, &mut path);
            let mut leaves = [leaf, leaf + 1];
            // Up while the rows around have their say.
            while smoothing > 0.0
                && rng.random::<f64>() * (f64::from(tree.weight(leaves)) + smoothing) < smoothing
                && let Some(node) = path.pop()
            {
                leaves = tree.nodes[node as usize].leaves;
            }
            if leaves[1] - leaves[0] > 1 {
                leaf = tree.among(leaves, rng.random());
            }
            (leaf, rng.random(), place)
        })
        .collect();
    leaves.sort_unstable();
    let mut out = vec![(0, 0.0); rows.len()];
    let mut u: f64 = rng.random();
    for (leaf, _, place) in leaves {
        out[place] = tree.class(leaf, u);
        u = (u + GOLDEN).fract();
    }
    out
}
