//! Shifts of logits that give each group the shares of the training rows.

use rayon::prelude::*;

use super::Heads;
use crate::encode::{Encoded, UNKNOWN};
use crate::neural::softmax;

/// Corrections; each takes the mean shares closer to what they should be.
const ROUNDS: usize = 12;
/// Rows of one piece of work.
const PIECE: usize = 256;
/// Shares are held against each other down to this.
const LEAST: f64 = 1e-6;
/// No logit is shifted further.
const MOST: f64 = 12.0;

/// The share of each output of the groups among the rows that have the group.
pub(crate) fn shares(heads: &Heads, data: &Encoded) -> Vec<f64> {
    let mut shares = vec![0.0; heads.width];
    for (slot, group) in heads.groups[..heads.slots].iter().enumerate() {
        let own = &mut shares[group.start..group.start + group.levels];
        for row in 0..data.rows {
            let code = data.codes[row * heads.slots + slot];
            if code != UNKNOWN {
                own[code as usize] += 1.0;
            }
        }
        let total: f64 = own.iter().sum::<f64>().max(1.0);
        own.iter_mut().for_each(|s| *s /= total);
    }
    // Ranks are evenly spread by construction.
    for group in &heads.groups[heads.slots..] {
        shares[group.start..group.start + group.levels].fill(1.0 / heads.bins as f64);
    }
    shares
}

/// What to add to the outputs so that the mean shares of rows with these `logits` are `shares`.
pub(crate) fn calibrate(heads: &Heads, shares: &[f64], logits: &[f32]) -> Vec<f32> {
    let mut offsets = vec![0.0_f64; heads.width];
    if heads.width == 0 || heads.groups.is_empty() {
        return vec![0.0; heads.width];
    }
    for _ in 0..ROUNDS {
        let (sums, weights) = means(heads, &offsets, logits);
        for (i, group) in heads.groups.iter().enumerate() {
            for at in group.start..group.start + group.levels {
                let mean = sums[at] / weights[i].max(1e-9);
                let step = ((shares[at] + LEAST) / (mean + LEAST)).ln();
                offsets[at] = (offsets[at] + step).clamp(-MOST, MOST);
            }
        }
    }
    offsets.iter().map(|&o| o as f32).collect()
}

/// Sums of the shares of each output over all rows, and of the weight of each group.
fn means(heads: &Heads, offsets: &[f64], logits: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let pieces: Vec<(Vec<f64>, Vec<f64>)> = logits
        .par_chunks(PIECE * heads.width)
        .map(|piece| {
            let mut sums = vec![0.0; heads.width];
            let mut weights = vec![0.0; heads.groups.len()];
            let mut row = vec![0.0_f32; heads.width];
            for logits in piece.chunks_exact(heads.width) {
                for ((x, l), o) in row.iter_mut().zip(logits).zip(offsets) {
                    *x = l + *o as f32;
                }
                for (i, group) in heads.groups.iter().enumerate() {
                    let own = group.start..group.start + group.levels;
                    softmax(&mut row[own.clone()]);
                    let gate = group.gate.map_or(1.0, |g| row[heads.groups[g].start]);
                    weights[i] += f64::from(gate);
                    for at in own {
                        sums[at] += f64::from(gate * row[at]);
                    }
                }
            }
            (sums, weights)
        })
        .collect();
    let mut whole = (vec![0.0; heads.width], vec![0.0; heads.groups.len()]);
    for (sums, weights) in pieces {
        whole.0.iter_mut().zip(sums).for_each(|(a, b)| *a += b);
        whole.1.iter_mut().zip(weights).for_each(|(a, b)| *a += b);
    }
    whole
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};

    use super::super::Group;
    use super::*;

    #[test]
    fn mean_shares_become_those_asked_for() {
        let group = |start, levels, gate| Group {
            start,
            levels,
            gate,
        };
        let heads = Heads {
            scalars: 1,
            groups: vec![group(1, 2, None), group(3, 4, Some(0))],
            width: 7,
            bins: 4,
            slots: 1,
            numbers: 1,
        };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let logits: Vec<f32> = (0..700 * 7).map(|_| rng.random_range(-3.0..3.0)).collect();
        let shares = [0.0, 0.9, 0.1, 0.25, 0.25, 0.4, 0.1];
        let offsets = calibrate(&heads, &shares, &logits);
        let offsets: Vec<f64> = offsets.iter().map(|&o| f64::from(o)).collect();
        let (sums, weights) = means(&heads, &offsets, &logits);
        for at in 1..7 {
            let mean = sums[at] / weights[usize::from(at > 2)];
            assert!((mean - shares[at]).abs() < 1e-3, "{at}: {mean}");
        }
        assert_eq!(offsets[0], 0.0, "scalars stay");
    }
}
