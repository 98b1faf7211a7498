//! Drawing cells from leaves.

use rand::{Rng, RngExt};
use verdancy_table::Column;

use super::GOLDEN;
use super::features::Bins;
use super::tree::{Shape, Shares};
use crate::encode::{ColumnEncoder, quantile};

/// The two slots of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// Categorical.
    Code,
    /// Numeric.
    Number,
}

/// The leaf that a row draws from: its own, or with the weight of `smoothing` rows one of those around;
/// `path` is the way to its own.
fn around(
    shape: &Shape,
    shares: &Shares,
    leaf: u32,
    path: &mut Vec<u32>,
    smoothing: f64,
    rng: &mut impl Rng,
) -> u32 {
    let mut leaves = [leaf, leaf + 1];
    // Up while the rows around have their say.
    while smoothing > 0.0
        && rng.random::<f64>() * (f64::from(shares.weight(leaves)) + smoothing) < smoothing
        && let Some(node) = path.pop()
    {
        leaves = shape.nodes[node as usize].leaves;
    }
    if leaves[1] - leaves[0] > 1 {
        shares.among(leaves, rng.random())
    } else {
        leaf
    }
}

/// A class for each of `rows`, and a place within it; `leaf` gives a row's leaf and the way to it. Rows of
/// one leaf share its distribution as evenly as they can: they take turns in a sequence that is spread
/// over [0, 1).
pub fn classes(
    shape: &Shape,
    shares: &Shares,
    smoothing: f64,
    rows: &[u32],
    mut leaf: impl FnMut(u32, &mut Vec<u32>) -> u32,
    rng: &mut impl Rng,
) -> Vec<(u16, f64)> {
    let mut path = Vec::new();
    // In a leaf the order is left to chance: it must tie a column to no other.
    let mut leaves: Vec<(u32, u32, usize)> = (rows.iter().enumerate())
        .map(|(place, &row)| {
            let own = leaf(row, &mut path);
            let leaf = around(shape, shares, own, &mut path, smoothing, rng);
            (leaf, rng.random(), place)
        })
        .collect();
    leaves.sort_unstable();
    let mut out = vec![(0, 0.0); rows.len()];
    let mut u: f64 = rng.random();
    for (leaf, _, place) in leaves {
        out[place] = shares.class(leaf, u);
        u = (u + GOLDEN).fract();
    }
    out
}

/// A column of `rows` cells: `draw` gives the classes of a slot for some rows, the number only where the
/// code says that there is one.
pub fn column<R: Rng>(
    encoder: &ColumnEncoder,
    bins: Bins,
    rows: usize,
    mut draw: impl FnMut(Slot, &[u32], &mut R) -> Vec<(u16, f64)>,
    rng: &mut R,
) -> Column {
    let all: Vec<u32> = (0..rows as u32).collect();
    let codes: Option<Vec<u32>> = (bins.codes > 0).then(|| {
        let found = draw(Slot::Code, &all, rng);
        found.iter().map(|(class, _)| u32::from(*class)).collect()
    });
    let mut normals = Vec::new();
    if bins.numbers > 0 {
        let ordinary = |row: &u32| codes.as_ref().is_none_or(|c| c[*row as usize] == 0);
        let some: Vec<u32> = all.iter().copied().filter(ordinary).collect();
        normals = vec![0.0; rows];
        let found = draw(Slot::Number, &some, rng);
        for (row, (class, within)) in some.iter().zip(found) {
            let rank = (f64::from(class) + within) / bins.numbers as f64;
            normals[*row as usize] = quantile(rank) as f32;
        }
    }
    let uniform: Vec<f32> = (0..rows).map(|_| rng.random()).collect();
    encoder.decode(&normals, codes.as_deref().unwrap_or(&[]), &uniform)
}
