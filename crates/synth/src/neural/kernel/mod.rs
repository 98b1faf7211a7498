//! Products of bf16 words, summed in f32: the one place with vector instructions by name.
//!
//! A word holds two bf16 values that follow one another along the dimension that is summed over.
//! Every element is summed in the order of the words, the high half of a word before the low one,
//! each with one rounding, from zero or from what stands there: that is what the processor's own
//! instruction (`vdpbf16ps`) does, and the portable code does the same to the bit. So results
//! depend neither on the processor nor on how rows, columns and words are cut.

#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod avx512;
mod portable;

/// Columns of one panel.
pub(super) const PANEL: usize = 32;

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
    portable::product(out, (rows, columns, depth), a, b, add);
}

/// True where the processor multiplies bf16 itself: there, words are twice as fast as f32.
pub(super) fn native() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512bf16")
        && std::arch::is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_way_gives_the_bits_of_the_definition(
            (rows, columns, depth) in (1_usize..110, 1_usize..70, 0_usize..150),
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
            let half = |w: u32, at: u32| f32::from_bits(w >> at << 16);
            let exact: Vec<f32> = (0..rows * columns).map(|at| {
                let (i, j) = (at / columns, at % columns);
                (0..depth).fold(if add { 0.25 } else { 0.0 }, |sum, k| {
                    let (x, y) = (left[i * depth + k], right[(j / PANEL * depth + k) * PANEL + j % PANEL]);
                    let sum = half(x, 16).mul_add(half(y, 16), sum);
                    half(x, 0).mul_add(half(y, 0), sum)
                })
            }).collect();
            let mut plain = vec![0.25; rows * columns];
            let mut fast = plain.clone();
            portable::product(&mut plain, (rows, columns, depth), a, b, add);
            product(&mut fast, (rows, columns, depth), a, b, add);
            prop_assert_eq!(&plain, &exact);
            prop_assert_eq!(&fast, &exact);
        }
    }
}
