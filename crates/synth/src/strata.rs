//! Stratified draws: a block of rows whose marginals are as even as they can be.
//!
//! Independent rows miss a column's distribution by chance: 256 of them by a Kolmogorov-Smirnov
//! distance of about 0.05. Since blocks are drawn as a whole, their chance can be spread evenly
//! instead (Latin hypercube sampling: McKay, Beckman and Conover 1979): each of `n` rows gets a
//! stratum of its own of the column's distribution, and a random place in it. Each row alone is
//! distributed as before; how columns go together is kept, because only ranks are used.

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use crate::BLOCK;
use crate::encode::{Encoder, quantile};

/// Fewer rows are left as they are: ranks among so few would blur how columns go together.
const LEAST: usize = 32;

/// Replaces normal scores by stratified ones in the same order; leaves what is not finite to be
/// found by others.
pub(crate) fn scores(values: &mut [f64], rng: &mut impl Rng) {
    let n = values.len();
    if n < LEAST || values.iter().any(|v| !v.is_finite()) {
        return;
    }
    let mut order: Vec<u64> = values
        .iter()
        .enumerate()
        .map(|(i, v)| (u64::from(ordered(*v as f32)) << 32) | i as u64)
        .collect();
    order.sort_unstable();
    for (rank, at) in order.iter().enumerate() {
        let within: f64 = rng.random();
        values[(at & 0xffff_ffff) as usize] = quantile((rank as f64 + within) / n as f64);
    }
}

/// Spreads the numbers of each slot of a block evenly over its distribution, which is normal by the
/// encoding, among the rows that hold a number there.
pub(crate) fn spread(encoder: &Encoder, drawn: &mut [f32], codes: &[u32], rng: &mut impl Rng) {
    let (numbers, slots) = (encoder.numbers, encoder.levels.len());
    for (slot, gate) in encoder.gate.iter().enumerate() {
        let held = |row: &usize| gate.is_none_or(|g| codes[row * slots + g] == 0);
        let own: Vec<usize> = (0..BLOCK).filter(held).collect();
        let mut values: Vec<f64> = (own.iter())
            .map(|row| f64::from(drawn[row * numbers + slot]))
            .collect();
        scores(&mut values, rng);
        for (row, score) in own.iter().zip(values) {
            drawn[row * numbers + slot] = score as f32;
        }
    }
}

/// Uniform numbers in [0, 1), one for each of `n` rows, one in each `n`th of the interval.
pub(crate) fn uniforms(n: usize, rng: &mut impl Rng) -> Vec<f32> {
    let mut places: Vec<usize> = (0..n).collect();
    places.shuffle(rng);
    (places.into_iter())
        .map(|place| {
            let within: f32 = rng.random();
            ((place as f32 + within) / n as f32).min(1.0 - f32::EPSILON)
        })
        .collect()
}

/// Makes the variables of `noise` (`rows` numbers each, one variable after the other) uncorrelated
/// in the sample, with mean 0 and variance 1, by the modified Gram-Schmidt process: correlations
/// of a block then miss the model's only by what lies between noise and values (in the spirit of
/// Iman and Conover 1982). More than a quarter as many variables as rows are left as they are.
pub(crate) fn uncorrelate(noise: &mut [f64], rows: usize) {
    let n = rows as f64;
    if noise.len() > rows * rows / 4 {
        return;
    }
    for i in 0..noise.len() / rows.max(1) {
        let (before, rest) = noise.split_at_mut(i * rows);
        let own = &mut rest[..rows];
        let mean = own.iter().sum::<f64>() / n;
        own.iter_mut().for_each(|x| *x -= mean);
        for other in before.chunks_exact(rows) {
            let dot = own.iter().zip(other).map(|(a, b)| a * b).sum::<f64>() / n;
            own.iter_mut().zip(other).for_each(|(a, b)| *a -= dot * b);
        }
        let variance = own.iter().map(|x| x * x).sum::<f64>() / n;
        let scale = 1.0 / variance.max(1e-12).sqrt();
        own.iter_mut().for_each(|x| *x *= scale);
    }
}

/// Bits that compare as the numbers do.
fn ordered(x: f32) -> u32 {
    let bits = x.to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::encode::distribution;

    #[test]
    fn each_stratum_has_one_row_and_the_order_is_kept() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let before: Vec<f64> = (0..256)
            .map(|_| quantile(rng.random()) * 3.0 - 1.0)
            .collect();
        let mut after = before.clone();
        scores(&mut after, &mut rng);
        let mut seen = [false; 256];
        for x in &after {
            seen[((distribution(*x) * 256.0) as usize).min(255)] = true;
        }
        assert!(seen.iter().filter(|s| **s).count() >= 254);
        for (i, j) in (0..256).zip(1..256) {
            assert_eq!(before[i] < before[j], after[i] < after[j]);
        }
    }

    #[test]
    fn noise_of_a_block_is_uncorrelated() {
        let (rows, variables) = (64, 5);
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut noise: Vec<f64> = (0..rows * variables).map(|_| rng.random()).collect();
        uncorrelate(&mut noise, rows);
        let all: Vec<&[f64]> = noise.chunks(rows).collect();
        for (i, a) in all.iter().enumerate() {
            assert!(a.iter().sum::<f64>().abs() < 1e-9);
            for (j, b) in all.iter().enumerate() {
                let product = a.iter().zip(*b).map(|(a, b)| a * b).sum::<f64>() / rows as f64;
                let wanted = f64::from(u8::from(i == j));
                assert!((product - wanted).abs() < 1e-9, "{i} {j} {product}");
            }
        }
        let many = vec![1.0; 64 * 17];
        let mut same = many.clone();
        uncorrelate(&mut same, 64);
        assert_eq!(many, same);
    }

    #[test]
    fn few_rows_are_left_alone() {
        let mut few = vec![5.0; LEAST - 1];
        scores(&mut few, &mut ChaCha8Rng::seed_from_u64(1));
        assert!(few.iter().all(|x| *x == 5.0));
    }

    #[test]
    fn uniforms_are_one_in_each_part() {
        let drawn = uniforms(100, &mut ChaCha8Rng::seed_from_u64(2));
        let mut parts: Vec<usize> = drawn.iter().map(|u| (u * 100.0) as usize).collect();
        parts.sort_unstable();
        assert_eq!(parts, (0..100).collect::<Vec<_>>());
    }
}
