//! Drawing cells from leaves.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_table::Column;

use super::GOLDEN;
use super::features::Bins;
use super::tree::{Shape, Shares};
use crate::BLOCK;
use crate::encode::{ColumnEncoder, quantile};

/// The two slots of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// Categorical.
    Code,
    /// Numeric.
    Number,
}

/// Where the rows of a block begin in the sequences that they take their random numbers from: multiples of the golden
/// ratio from a random start, one sequence for each slot of each column. A block goes on where the one before it ended,
/// so that a sample of any length is spread evenly over each distribution, and a block is still a function of the
/// seed and its number.
#[derive(Debug, Clone, Copy)]
pub struct Turns {
    seed: u64,
    block: u64,
}

impl Turns {
    pub fn new(seed: u64, block: u64) -> Turns {
        Turns { seed, block }
    }

    /// The start in the sequence of a slot of the column at `column`.
    pub fn start(self, column: usize, slot: Slot) -> f64 {
        /// 2^64 times the golden ratio, without its whole part.
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed ^ 0x5455_524e);
        rng.set_stream(2 * column as u64 + u64::from(slot == Slot::Number));
        let row = self.block.wrapping_mul(BLOCK as u64);
        let at = rng.random::<u64>().wrapping_add(row.wrapping_mul(STEP));
        (at >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What a slot is drawn from.
#[derive(Clone, Copy)]
pub struct Leaves<'a> {
    pub shape: &'a Shape,
    pub shares: &'a Shares,
    /// What the shares of each class are multiplied by ([`rake`](super::rake)); nothing for 1.
    pub weights: &'a [f32],
    /// Weight of the surrounding leaves, in rows.
    pub smoothing: f64,
}

/// A row's leaf, a random number that orders the rows of a leaf, and the row's place.
pub type Seat = (u32, u32, usize);

impl Leaves<'_> {
    /// The leaf that a row draws from: its own, or with the weight of `smoothing` rows one of those around;
    /// `path` is the way to its own.
    fn around(&self, leaf: u32, path: &mut Vec<u32>, rng: &mut impl Rng) -> u32 {
        let (shares, smoothing) = (self.shares, self.smoothing);
        let mut leaves = [leaf, leaf + 1];
        // Up while the rows around have their say.
        while smoothing > 0.0
            && rng.random::<f64>() * (f64::from(shares.weight(leaves)) + smoothing) < smoothing
            && let Some(node) = path.pop()
        {
            leaves = self.shape.nodes[node as usize].leaves;
        }
        if leaves[1] - leaves[0] > 1 {
            shares.among(leaves, rng.random())
        } else {
            leaf
        }
    }

    /// The leaves that `rows` draw from, in order; `leaf` gives a row's own leaf and the way to it. In a leaf the order is
    /// left to chance: it must tie a column to no other.
    pub fn seats(
        &self,
        rows: &[u32],
        mut leaf: impl FnMut(u32, &mut Vec<u32>) -> u32,
        rng: &mut impl Rng,
    ) -> Vec<Seat> {
        let mut path = Vec::new();
        let mut seats: Vec<Seat> = (rows.iter().enumerate())
            .map(|(place, &row)| {
                let own = leaf(row, &mut path);
                (self.around(own, &mut path, rng), rng.random(), place)
            })
            .collect();
        seats.sort_unstable();
        seats
    }

    /// A class for each row, and a place within it. Rows of one leaf share its distribution as evenly as they can: they take
    /// turns in a sequence that is spread over [0, 1) and begins at `start`.
    pub fn classes(&self, seats: &[Seat], start: f64) -> Vec<(u16, f64)> {
        let mut out = vec![(0, 0.0); seats.len()];
        let (mut u, mut sums) = (start, Vec::new());
        for of_leaf in seats.chunk_by(|a, b| a.0 == b.0) {
            let leaf = of_leaf[0].0;
            if !self.weights.is_empty() {
                self.shares.sums(leaf, self.weights, &mut sums);
            }
            for &(_, _, place) in of_leaf {
                out[place] = match self.weights {
                    [] => self.shares.class(leaf, u),
                    _ => self.shares.weighted(leaf, &sums, u),
                };
                u = (u + GOLDEN).fract();
            }
        }
        out
    }
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
