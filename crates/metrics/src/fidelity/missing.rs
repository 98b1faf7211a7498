//! The greatest difference of a column's share of missing cells.

use super::{HELD_OUT, worst_first};
use crate::Score;
use crate::prepared::{Parts, Prepared};
use crate::score::absent;

const ID: &str = "missing_delta";
/// Steps of the integral over the difference, and halvings in search of a quantile.
const STEPS: usize = 400;
const HALVINGS: usize = 40;

/// The figure, with what a fresh real sample of the synthetic rows' number would score: the greatest
/// of normal numbers, the columns taken as independent.
pub(crate) fn score(p: &Prepared) -> Score {
    if p.missing.is_empty() {
        return absent(ID, "no column");
    }
    let greatest = |of: &dyn Fn(&Parts<f64>) -> f64| {
        (p.missing.iter()).fold(0.0f64, |most, (_, m)| most.max(of(m).abs()))
    };
    let (n, m, t) = (
        p.rows.train as f64,
        p.rows.synthetic as f64,
        p.rows.test as f64,
    );
    let spreads: Vec<f64> = (p.missing.iter())
        .map(|(_, share)| {
            let real = (share.train * n + share.test * t) / (n + t);
            (real * (1.0 - real) * (1.0 / n + 1.0 / m)).sqrt()
        })
        .filter(|&sd| sd > 0.0)
        .collect();
    let worst = (p.missing.iter())
        .map(|(name, m)| (name.clone(), (m.train - m.synthetic).abs()))
        .collect();
    Score {
        id: ID.to_owned(),
        value: Some(greatest(&|m| m.train - m.synthetic)),
        floor: Some(mean(&spreads)),
        floor_interval: Some((quantile(&spreads, 0.025), quantile(&spreads, 0.975))),
        interval: None,
        note: None,
        worst: worst_first(worst),
        parts: vec![(HELD_OUT.to_owned(), greatest(&|m| m.train - m.test))],
    }
}

/// Probability that the sizes of independent normal numbers are all at most `x`.
fn all_within(spreads: &[f64], x: f64) -> f64 {
    spreads.iter().map(|sd| within(x / sd)).product()
}

/// Probability that the size of a standard normal number is at most `z`: the error function at
/// z over the square root of 2 (Abramowitz and Stegun 7.1.26, error under 1.5e-7).
fn within(z: f64) -> f64 {
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [
        1.061_405_429,
        -1.453_152_027,
        1.421_413_741,
        -0.284_496_736,
        0.254_829_592,
    ];
    let sum = series.iter().fold(0.0, |sum, c| sum * t + c);
    1.0 - sum * t * (-x * x).exp()
}

/// No share can differ by more than 1, nor by chance by more than this.
fn most(spreads: &[f64]) -> f64 {
    (spreads.iter().fold(0.0f64, |a, &b| a.max(b)) * 8.0).min(1.0)
}

/// The mean of the greatest size.
fn mean(spreads: &[f64]) -> f64 {
    let step = most(spreads) / STEPS as f64;
    (0..STEPS)
        .map(|i| 1.0 - all_within(spreads, (i as f64 + 0.5) * step))
        .sum::<f64>()
        * step
}

/// The size that the greatest is under with this probability.
fn quantile(spreads: &[f64], probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, most(spreads));
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if all_within(spreads, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greatest_of_normal_numbers() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-4, "{a} is not {b}");
        near(within(1.959_964), 0.95);
        // scipy.stats.halfnorm.mean(), .ppf(.025), .ppf(.975)
        near(mean(&[1e-3]) * 1e3, 0.797_885);
        near(quantile(&[1e-3], 0.025) * 1e3, 0.031_338);
        near(quantile(&[1e-3], 0.975) * 1e3, 2.241_403);
        // The greater of two sizes: 2 / sqrt(pi).
        near(mean(&[1e-3, 1e-3]) * 1e3, std::f64::consts::FRAC_2_SQRT_PI);
        assert_eq!((mean(&[]), quantile(&[], 0.975)), (0.0, 0.0));
    }
}
