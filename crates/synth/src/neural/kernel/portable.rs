//! The product for processors without an instruction for words. Their halves are taken apart into
//! f32, a block of the left operand and a piece of a panel at a time, so that each is used many
//! times, and multiplied in vectors of whatever length the processor has.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::{Left, PANEL, Right};

/// Rows of one tile, which is two vectors wide.
const TILE: usize = 6;
/// Rows of the left operand that are taken apart together.
const BLOCK: usize = 16 * TILE;
/// Words that are taken apart together.
const DEEP: usize = 64;

/// See [`super::product`].
pub(super) fn product(
    out: &mut [f32],
    shape: (usize, usize, usize),
    a: Left<'_>,
    b: Right<'_>,
    add: bool,
) {
    if shape.2 == 0 && !add {
        out.fill(0.0);
    }
    Arch::new().dispatch(Product {
        out,
        shape,
        a,
        b,
        add,
    });
}

struct Product<'a> {
    out: &'a mut [f32],
    shape: (usize, usize, usize),
    a: Left<'a>,
    b: Right<'a>,
    add: bool,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (rows, columns, depth) = self.shape;
        let mut left = [[0.0; TILE]; BLOCK / TILE * 2 * DEEP];
        let mut right = [[0.0; PANEL]; 2 * DEEP];
        for top in (0..rows).step_by(BLOCK) {
            let block = top..rows.min(top + BLOCK);
            for from in (0..depth).step_by(DEEP) {
                let words = from..depth.min(from + DEEP);
                let deep = 2 * words.len();
                self.a.take_apart(block.clone(), words.clone(), &mut left);
                for edge in (0..columns).step_by(PANEL) {
                    self.b.take_apart(edge, words.clone(), &mut right);
                    let tiles = left.chunks_exact(deep);
                    for (tile, at) in tiles.zip(block.clone().step_by(TILE)) {
                        let high = TILE.min(block.end - at);
                        for column in (0..PANEL.min(columns - edge)).step_by(2 * S::F32_LANES) {
                            let out = &mut self.out[at * columns + edge + column..];
                            let wide = columns - edge - column;
                            let keep = self.add || from > 0;
                            let right = (&right[..deep], column);
                            multiply(simd, out, columns, (high, wide), tile, right, keep);
                        }
                    }
                }
            }
        }
    }
}

impl Left<'_> {
    /// Words of these rows, by tiles and then by the dimension that is summed over.
    #[inline(always)]
    fn take_apart(self, rows: Range<usize>, words: Range<usize>, out: &mut [[f32; TILE]]) {
        let tiles = out.chunks_exact_mut(2 * words.len());
        for (tile, top) in tiles.zip(rows.clone().step_by(TILE)) {
            let at: [usize; TILE] = std::array::from_fn(|i| (top + i).min(rows.end - 1) * self.row);
            for (pair, k) in tile.chunks_exact_mut(2).zip(words.clone()) {
                for (i, at) in at.into_iter().enumerate() {
                    (pair[0][i], pair[1][i]) = halves(self.words[at + k * self.step]);
                }
            }
        }
    }
}

impl Right<'_> {
    /// Words of the panel that begins with column `edge`.
    #[inline(always)]
    fn take_apart(self, edge: usize, words: Range<usize>, out: &mut [[f32; PANEL]]) {
        let panel = &self.words[edge / PANEL * self.panel..];
        for (pair, k) in out.chunks_exact_mut(2).zip(words) {
            let (first, second) = pair.split_at_mut(1);
            let words = &panel[k * self.step..k * self.step + PANEL];
            for ((f, s), &word) in first[0].iter_mut().zip(&mut second[0]).zip(words) {
                (*f, *s) = halves(word);
            }
        }
    }
}

/// The high half of a word and the low one.
#[inline(always)]
fn halves(word: u32) -> (f32, f32) {
    (
        f32::from_bits(word & 0xffff_0000),
        f32::from_bits(word << 16),
    )
}

/// One tile, whose first cell is that of `out`, by the columns of `right` from `column` on.
#[inline(always)]
fn multiply<S: Simd>(
    simd: S,
    out: &mut [f32],
    stride: usize,
    (high, wide): (usize, usize),
    left: &[[f32; TILE]],
    (right, column): (&[[f32; PANEL]], usize),
    keep: bool,
) {
    let lanes = S::F32_LANES;
    let spans = [0..wide.min(lanes), wide.min(lanes)..wide.min(2 * lanes)];
    let whole = wide >= 2 * lanes;
    let mut sums = [[simd.splat_f32s(0.0); 2]; TILE];
    if keep {
        for (i, sums) in sums.iter_mut().enumerate().take(high) {
            let row = &out[i * stride..];
            if whole {
                let (row, _) = S::as_simd_f32s(&row[..2 * lanes]);
                *sums = [row[0], row[1]];
            } else {
                for (s, span) in sums.iter_mut().zip(&spans) {
                    *s = simd.partial_load_f32s(&row[span.clone()]);
                }
            }
        }
    }
    for (x, y) in left.iter().zip(right) {
        let (y, _) = S::as_simd_f32s(&y[column..column + 2 * lanes]);
        let y = [y[0], y[1]];
        for (sums, &x) in sums.iter_mut().zip(x) {
            let x = simd.splat_f32s(x);
            *sums = [
                simd.mul_add_f32s(x, y[0], sums[0]),
                simd.mul_add_f32s(x, y[1], sums[1]),
            ];
        }
    }
    for (i, sums) in sums.into_iter().enumerate().take(high) {
        let row = &mut out[i * stride..];
        if whole {
            let (row, _) = S::as_mut_simd_f32s(&mut row[..2 * lanes]);
            (row[0], row[1]) = (sums[0], sums[1]);
        } else {
            for (s, span) in sums.into_iter().zip(&spans) {
                simd.partial_store_f32s(&mut row[span.clone()], s);
            }
        }
    }
}
