//! What ties do to correlations. A column with ties is a step function of its normal score; from
//! the steps' Hermite coefficients follows which latent correlation gives an observed one.

use super::normal::{density, quantile};

/// Terms kept of each expansion.
const TERMS: usize = 48;

/// A step function of a standard normal.
#[derive(Debug, Clone)]
pub struct Steps {
    /// The mean normal score inside each step.
    pub scores: Vec<f64>,
    /// Its expansion.
    pub curve: Curve,
}

/// The Hermite expansion of a step function.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Variance of the scores: 1 without ties, less with them.
    variance: f64,
    coefficients: [f64; TERMS],
}

impl Steps {
    /// The steps that have `counts` rows each, in order; all counts are positive.
    pub fn new(counts: &[usize]) -> Steps {
        let n: usize = counts.iter().sum();
        let mut scores = Vec::with_capacity(counts.len());
        let mut coefficients = [0.0; TERMS];
        let mut variance = 0.0;
        let mut sum = 0;
        let mut left = 0.0;
        let mut left_terms = [0.0; TERMS];
        for &count in counts {
            sum += count;
            let mass = count as f64 / n as f64;
            let z = if sum == n {
                f64::INFINITY
            } else {
                quantile(sum as f64 / n as f64)
            };
            let right = if z.is_finite() { density(z) } else { 0.0 };
            let right_terms = weighted(z, right);
            let score = (left - right) / mass;
            for k in 0..TERMS {
                coefficients[k] +=
                    score * (left_terms[k] - right_terms[k]) / ((k + 1) as f64).sqrt();
            }
            variance += mass * score * score;
            scores.push(score);
            (left, left_terms) = (right, right_terms);
        }
        let curve = Curve {
            variance,
            coefficients,
        };
        Steps { scores, curve }
    }
}

/// Normalised Hermite polynomials of degree 0.. at `z`, times the density there.
fn weighted(z: f64, density: f64) -> [f64; TERMS] {
    let mut out = [0.0; TERMS];
    if density == 0.0 {
        return out;
    }
    let (mut before, mut now) = (0.0, 1.0);
    for (k, slot) in out.iter_mut().enumerate() {
        *slot = now * density;
        let next = (z * now - (k as f64).sqrt() * before) / ((k + 1) as f64).sqrt();
        (before, now) = (now, next);
    }
    out
}

/// The correlation of the latent normals of `a` and `b` whose scores correlate by `observed`.
pub fn latent_correlation(a: &Curve, b: &Curve, observed: f64) -> f64 {
    const LIMIT: f64 = 0.999;
    let scale = (a.variance * b.variance).sqrt();
    if scale <= 1e-12 || !observed.is_finite() {
        return 0.0;
    }
    let mut terms = a.coefficients;
    for (t, c) in terms.iter_mut().zip(&b.coefficients) {
        *t *= c;
    }
    let value = |rho: f64| rho * terms.iter().rev().fold(0.0, |sum, &t| sum * rho + t);
    let wanted = observed * scale;
    let (mut low, mut high) = (-LIMIT, LIMIT);
    if value(low) >= wanted {
        return low;
    }
    if value(high) <= wanted {
        return high;
    }
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if value(middle) < wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_columns_get_their_tetrachoric_correlation() {
        // For two medians, the share of agreement is 1/2 + asin(rho) / pi.
        let steps = Steps::new(&[500, 500]).curve;
        for rho in [-0.95, -0.5, 0.0, 0.3, 0.7f64] {
            let observed = 2.0 * rho.asin() / std::f64::consts::PI;
            let got = latent_correlation(&steps, &steps, observed);
            assert!((got - rho).abs() < 0.01, "{rho} {got}");
        }
    }

    #[test]
    fn without_ties_nothing_changes() {
        let steps = Steps::new(&vec![1; 2000]).curve;
        assert!((steps.variance - 1.0).abs() < 0.01);
        assert!((latent_correlation(&steps, &steps, 0.6) - 0.6).abs() < 0.01);
    }
}
