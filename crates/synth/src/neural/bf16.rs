//! Rounding f32 to bf16 (the upper half of an f32, to nearest, ties to even), two to a word.

use std::ops::Range;

use super::kernel::PANEL;
use super::simd::wide;

/// Words for `n` values.
pub(super) fn words(n: usize) -> usize {
    n.div_ceil(2)
}

/// `x` rounded, in the upper half.
#[inline(always)]
fn round(x: f32) -> u32 {
    let bits = x.to_bits();
    bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) & 0xffff_0000
}

#[inline(always)]
fn word(low: f32, high: f32) -> u32 {
    (round(low) >> 16) | round(high)
}

/// Values next to one another in each row of `values`, `words(width)` words a row.
pub(super) fn along(values: &[f32], width: usize, out: &mut [u32]) {
    wide(
        #[inline(always)]
        || {
            let rows = values.chunks_exact(width);
            for (row, out) in rows.zip(out.chunks_exact_mut(words(width))) {
                let pairs = row.chunks_exact(2);
                if let (&[last], Some(out)) = (pairs.remainder(), out.last_mut()) {
                    *out = word(last, 0.0);
                }
                for (pair, out) in pairs.zip(out) {
                    *out = word(pair[0], pair[1]);
                }
            }
        },
    );
}

/// Values below one another in rows 2k and 2k + 1 of these columns, `stride` words to a pair of
/// rows; a last single row has zeros below it.
pub(super) fn down(
    values: &[f32],
    width: usize,
    columns: Range<usize>,
    stride: usize,
    out: &mut [u32],
) {
    wide(
        #[inline(always)]
        || {
            let pairs = values.chunks(2 * width);
            for (pair, out) in pairs.zip(out.chunks_exact_mut(stride)) {
                let (upper, lower) = pair.split_at(width);
                let upper = &upper[columns.clone()];
                if lower.is_empty() {
                    for (o, &a) in out.iter_mut().zip(upper) {
                        *o = word(a, 0.0);
                    }
                } else {
                    let lower = &lower[columns.clone()];
                    for ((o, &a), &b) in out.iter_mut().zip(upper).zip(lower) {
                        *o = word(a, b);
                    }
                }
            }
        },
    );
}

/// One panel of `values` (`rows x width`) as the right operand of `g w^T`: rows from `top` on, words
/// of two columns each.
pub(super) fn panel_transposed(values: &[f32], width: usize, top: usize, out: &mut [u32]) {
    // So many words of each row that what they are written to stays in the nearest cache.
    const WORDS: usize = 32;
    let high = PANEL.min(values.len() / width - top);
    let rows = &values[top * width..(top + high) * width];
    for (from, out) in (0..width)
        .step_by(2 * WORDS)
        .zip(out.chunks_mut(WORDS * PANEL))
    {
        let columns = from..width.min(from + 2 * WORDS);
        for (j, row) in rows.chunks_exact(width).enumerate() {
            let pairs = row[columns.clone()].chunks(2);
            for (pair, out) in pairs.zip(out.chunks_exact_mut(PANEL)) {
                out[j] = word(pair[0], pair.get(1).copied().unwrap_or(0.0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_to_nearest_and_ties_to_even() {
        let rounded = |x: f32| f32::from_bits(round(x));
        assert_eq!(rounded(1.0), 1.0);
        assert_eq!(rounded(1.0 + 1.0 / 256.0), 1.0);
        assert_eq!(rounded(1.0 + 3.0 / 256.0), 1.0 + 1.0 / 64.0);
        assert_eq!(rounded(-1.0 - 1.01 / 256.0), -1.0 - 1.0 / 128.0);
        assert!(rounded(f32::NAN).is_nan() && rounded(-f32::NAN).is_nan());
        assert_eq!(rounded(f32::INFINITY), f32::INFINITY);
        for i in -2000..2000 {
            let x = i as f32 * 0.0137;
            assert!((rounded(x) - x).abs() <= x.abs() / 256.0);
        }
    }
}
