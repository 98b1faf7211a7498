//! Products of bf16 words, summed in f32: the one place with vector instructions by name.
//!
//! A word holds two bf16 values that follow one another along the dimension that is summed over.
//! Every element is summed in the order of the words, the high half of a word before the low one,
//! each with one rounding: that is what the processor's own instruction (`vdpbf16ps`) does, and the
//! portable code does the same to the bit. So results depend neither on the processor nor on how
//! the rows are cut.

/// Columns of one panel.
pub(super) const PANEL: usize = 32;
/// Rows of one tile: with two registers a row, as many sums as leave room for the operands.
const TILE: usize = 12;

/// The left operand: word (i, k) lies at `i * row + k * step`.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    pub(super) words: &'a [u32],
    pub(super) row: usize,
    pub(super) step: usize,
}

/// The right operand: word (k, j) lies at `j / PANEL * panel + k * step + j % PANEL`, and the last
/// panel is whole.
#[derive(Clone, Copy)]
pub(super) struct Right<'a> {
    pub(super) words: &'a [u32],
    pub(super) panel: usize,
    pub(super) step: usize,
}

/// `out = a b`, or `out += a b` when `add`: `rows x columns`, row-major, with sums over `depth`
/// words.
pub(super) fn product(
    out: &mut [f32],
    (rows, columns, depth): (usize, usize, usize),
    a: Left<'_>,
    b: Right<'_>,
    add: bool,
) {
    let out = &mut out[..rows * columns];
    if out.is_empty() {
        return;
    }
    if depth > 0 {
        let last = (columns - 1) / PANEL * b.panel + (depth - 1) * b.step + PANEL;
        assert!((rows - 1) * a.row + (depth - 1) * a.step < a.words.len());
        assert!(last <= b.words.len());
    }
    #[cfg(target_arch = "x86_64")]
    if native() {
        // SAFETY: the processor has the instructions, and the greatest index into each operand was
        // held against its length above.
        #[allow(unsafe_code)]
        unsafe {
            avx512::product(out, (rows, columns, depth), a, b, add);
        }
        return;
    }
    portable(out, (rows, columns, depth), a, b, add);
}

/// True where the processor multiplies bf16 itself: there, words are twice as fast as f32.
pub(super) fn native() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512bf16")
        && std::arch::is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// The same in plain code: four rows and half a panel at a time.
pub(super) fn portable(
    out: &mut [f32],
    (rows, columns, depth): (usize, usize, usize),
    a: Left<'_>,
    b: Right<'_>,
    add: bool,
) {
    const ROWS: usize = 4;
    const HALF: usize = PANEL / 2;
    let low = |w: u32| f32::from_bits(w << 16);
    let high = |w: u32| f32::from_bits(w & 0xffff_0000);
    super::simd::wide(
        #[inline(always)]
        || {
            for left in (0..columns).step_by(HALF) {
                let first = left / PANEL * b.panel + left % PANEL;
                let wide = HALF.min(columns - left);
                for top in (0..rows).step_by(ROWS) {
                    let mut sums = [[0.0_f32; HALF]; ROWS];
                    let at: [usize; ROWS] =
                        std::array::from_fn(|i| (top + i).min(rows - 1) * a.row);
                    for k in 0..depth {
                        let from = first + k * b.step;
                        let words = &b.words[from..from + HALF];
                        for (sums, at) in sums.iter_mut().zip(at) {
                            let word = a.words[at + k * a.step];
                            for (s, &w) in sums.iter_mut().zip(words) {
                                let odd = high(word).mul_add(high(w), *s);
                                *s = low(word).mul_add(low(w), odd);
                            }
                        }
                    }
                    for (i, sums) in sums.iter().enumerate().take(rows - top) {
                        let from = (top + i) * columns + left;
                        for (o, s) in out[from..from + wide].iter_mut().zip(sums) {
                            *o = if add { *o + s } else { *s };
                        }
                    }
                }
            }
        },
    );
}

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx512 {
    //! Tiles of up to 12 rows by one panel: 24 registers of sums, two of the right operand, one
    //! word of the left one broadcast to each product.

    use std::arch::x86_64::{
        __m512, __m512bh, __mmask16, _mm512_add_ps, _mm512_dpbf16_ps, _mm512_loadu_ps,
        _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
    };
    use std::mem::transmute;

    use super::{Left, PANEL, Right, TILE};

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
        // SAFETY: every address is a word or a value that the caller answers for; the masks keep
        // loads and stores of `out` inside its row.
        unsafe {
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
                let (mut s, mut t) = (s, t);
                if add {
                    s = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, at), s);
                    t = _mm512_add_ps(_mm512_maskz_loadu_ps(next, at.wrapping_add(16)), t);
                }
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways_give_the_same_bits(
            (rows, columns, depth) in (1_usize..30, 1_usize..70, 0_usize..20),
            seed in any::<u64>(),
            add in any::<bool>(),
        ) {
            use rand::{RngExt, SeedableRng};
            let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            let mut word = || {
                let one = |x: f32| x.to_bits() >> 16;
                one(rng.random_range(-2.0..2.0)) | one(rng.random_range(-2.0..2.0)) << 16
            };
            let left: Vec<u32> = (0..rows * depth).map(|_| word()).collect();
            let panels = columns.div_ceil(PANEL);
            let right: Vec<u32> = (0..panels * depth * PANEL).map(|_| word()).collect();
            let a = Left { words: &left, row: depth, step: 1 };
            let b = Right { words: &right, panel: depth * PANEL, step: PANEL };
            let mut plain = vec![0.25; rows * columns];
            let mut fast = plain.clone();
            portable(&mut plain, (rows, columns, depth), a, b, add);
            product(&mut fast, (rows, columns, depth), a, b, add);
            prop_assert_eq!(&plain, &fast);
            let exact = |i: usize, j: usize| -> f64 {
                let half = |w: u32, h: u32| f64::from(f32::from_bits((w >> h) << 16));
                (0..depth).map(|k| {
                    let (x, y) = (left[i * depth + k], right[j / PANEL * depth * PANEL + k * PANEL + j % PANEL]);
                    half(x, 0) * half(y, 0) + half(x, 16) * half(y, 16)
                }).sum()
            };
            for i in 0..rows {
                for j in 0..columns {
                    let expected = exact(i, j) + if add { 0.25 } else { 0.0 };
                    prop_assert!((f64::from(fast[i * columns + j]) - expected).abs() < 1e-4);
                }
            }
        }
    }
}
