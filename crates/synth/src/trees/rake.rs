//! Raking: weights of the classes of a tree, so that what it draws is distributed as in training.
//!
//! A tree's leaves hold the training shares, and columns before it decide how often each leaf is met. They are themselves
//! drawn from trees, so leaves are met a little more or less often than in training, and the error adds up from column to
//! column. Iterative proportional fitting (Deming and Stephan 1940) multiplies each class by one weight for all leaves, so
//! that relations stay (odds ratios do not change) while the shares over all leaves become those of training.

use super::tree::Shares;

/// Rounds at most, and the error of a share at which they end.
const ROUNDS: usize = 50;
const ENOUGH: f64 = 1e-5;
/// A weight is at most so many times 1, and at least that part of it.
const MOST: f64 = 8.0;

/// The weights of `classes` classes, where leaf `i` is met by `met[i]` rows; none where nothing is met.
pub fn rake(shares: &Shares, classes: usize, met: &[u32]) -> Vec<f32> {
    let all: f64 = met.iter().map(|&n| f64::from(n)).sum();
    let mut target = vec![0.0; classes];
    for leaf in 0..met.len() as u32 {
        for (class, rows) in shares.of(leaf) {
            target[usize::from(class)] += f64::from(rows);
        }
    }
    let rows: f64 = target.iter().sum();
    if all == 0.0 || rows == 0.0 {
        return Vec::new();
    }
    for share in &mut target {
        *share /= rows;
    }
    let mut weights = vec![1.0_f64; classes];
    for _ in 0..ROUNDS {
        let mut drawn = vec![0.0; classes];
        for (leaf, &n) in met.iter().enumerate().filter(|(_, n)| **n > 0) {
            let of = || {
                shares
                    .of(leaf as u32)
                    .map(|(class, rows)| (usize::from(class), f64::from(rows)))
            };
            let sum: f64 = of().map(|(class, rows)| rows * weights[class]).sum();
            for (class, rows) in of() {
                drawn[class] += f64::from(n) / all * rows * weights[class] / sum;
            }
        }
        let mut off: f64 = 0.0;
        for ((weight, &target), &drawn) in weights.iter_mut().zip(&target).zip(&drawn) {
            if target > 0.0 && drawn > 0.0 {
                off = off.max((target - drawn).abs());
                *weight = (*weight * target / drawn).clamp(1.0 / MOST, MOST);
            }
        }
        if off < ENOUGH {
            break;
        }
    }
    weights.iter().map(|w| *w as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two leaves of ten rows: classes 0 and 1 as 8 to 2, and as 3 to 7.
    fn shares() -> Shares {
        Shares {
            starts: vec![0, 2, 4],
            classes: vec![0, 1, 0, 1],
            rows: vec![8, 10, 13, 20],
        }
    }

    #[test]
    fn leaves_that_are_met_as_in_training_need_no_weights() {
        assert_eq!(rake(&shares(), 2, &[50, 50]), [1.0, 1.0]);
        assert!(rake(&shares(), 2, &[0, 0]).is_empty());
    }

    #[test]
    fn weights_make_up_for_leaves_that_are_met_too_often() {
        let weights = rake(&shares(), 2, &[80, 20]);
        let share = |own: [f64; 2]| {
            let w = [f64::from(weights[0]), f64::from(weights[1])];
            own[0] * w[0] / (own[0] * w[0] + own[1] * w[1])
        };
        let drawn = 0.8 * share([8.0, 2.0]) + 0.2 * share([3.0, 7.0]);
        assert!((drawn - 0.55).abs() < 1e-4, "{drawn}");
        // The odds ratio of the leaves is that of training.
        let odds = |p: f64| p / (1.0 - p);
        let ratio = odds(share([8.0, 2.0])) / odds(share([3.0, 7.0]));
        assert!((ratio - 4.0 / (3.0 / 7.0)).abs() < 1e-4, "{ratio}");
    }
}
