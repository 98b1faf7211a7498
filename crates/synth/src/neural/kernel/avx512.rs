//! Tiles of up to 12 rows by one panel: 24 registers of sums, two of the right operand, one
//! word of the left one broadcast to each product.

use std::arch::x86_64::{
    __m512, __m512bh, __mmask16, _mm512_dpbf16_ps, _mm512_loadu_ps, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
};
use std::mem::transmute;

use super::{Left, PANEL, Right};

/// Rows of one tile.
const TILE: usize = 12;

/// # Safety
/// The processor has AVX-512 F and BF16; `out` holds `rows * columns` values, `a` every word
/// (i, k) and `b` every word (k, j) up to the end of the last panel.
#[target_feature(enable = "avx512f,avx512bf16")]
pub(super) unsafe fn product(
    out: &mut [f32],
    (rows, columns, depth): (usize, usize, usize),
    a: Left<'_>,
    b: Right<'_>,
    add: bool,
) {
    for left in (0..columns).step_by(PANEL) {
        let wide = (columns - left).min(PANEL);
        let all = u32::MAX >> (PANEL - wide);
        let masks = (all as __mmask16, (all >> 16) as __mmask16);
        for top in (0..rows).step_by(TILE) {
            let high = (rows - top).min(TILE);
            // SAFETY: the offsets are those of the tile's first elements, and the tile ends
            // where rows and columns do; the caller answers for the rest.
            unsafe {
                let place = (
                    a.words.as_ptr().wrapping_add(top * a.row),
                    b.words.as_ptr().wrapping_add(left / PANEL * b.panel),
                    out.as_mut_ptr().wrapping_add(top * columns + left),
                );
                let shape = (depth, a.row, a.step, b.step, columns);
                macro_rules! of {
                    ($($n:literal)*) => {
                        match high {
                            $($n => tile::<$n>(place, shape, masks, add),)*
                            _ => {}
                        }
                    };
                }
                of!(1 2 3 4 5 6 7 8 9 10 11 12);
            }
        }
    }
}

/// # Safety
/// As [`product`], for a tile of `N` rows that begins at the three places of `place`.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn tile<const N: usize>(
    (a, b, out): (*const u32, *const u32, *mut f32),
    (depth, a_row, a_step, b_step, out_row): (usize, usize, usize, usize, usize),
    (mask, next): (__mmask16, __mmask16),
    add: bool,
) {
    let mut sums = [[_mm512_setzero_ps(); 2]; N];
    // SAFETY: every address is a word or a value that the caller answers for; the masks keep loads
    // and stores of `out` inside its row.
    unsafe {
        if add {
            for (i, [s, t]) in sums.iter_mut().enumerate() {
                let at = out.add(i * out_row);
                *s = _mm512_maskz_loadu_ps(mask, at);
                *t = _mm512_maskz_loadu_ps(next, at.wrapping_add(16));
            }
        }
        for k in 0..depth {
            let (a, b) = (a.add(k * a_step), b.add(k * b_step).cast::<f32>());
            let right = [_mm512_loadu_ps(b), _mm512_loadu_ps(b.add(16))];
            for (i, sums) in sums.iter_mut().enumerate() {
                let word = _mm512_set1_ps(f32::from_bits(*a.add(i * a_row)));
                for (s, r) in sums.iter_mut().zip(right) {
                    *s = pairs(*s, word, r);
                }
            }
        }
        for (i, [s, t]) in sums.into_iter().enumerate() {
            let at = out.add(i * out_row);
            _mm512_mask_storeu_ps(at, mask, s);
            _mm512_mask_storeu_ps(at.wrapping_add(16), next, t);
        }
    }
}

/// `sums + a b` of sixteen words each.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn pairs(sums: __m512, a: __m512, b: __m512) -> __m512 {
    // SAFETY: both types are 64 bytes for which every pattern is a value.
    unsafe {
        let (a, b) = (
            transmute::<__m512, __m512bh>(a),
            transmute::<__m512, __m512bh>(b),
        );
        _mm512_dpbf16_ps(sums, a, b)
    }
}
