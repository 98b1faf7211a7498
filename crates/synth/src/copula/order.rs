//! The order of a category's levels. A latent normal can only tell levels apart along one line, so
//! levels stand in the order in which the other columns change most from level to level.

use verdancy_table::MISSING;

/// Rows that speak for the average when a level is rare.
const PRIOR: f64 = 10.0;

/// The levels of `code` in a new order: `result[k]` is the level at place `k`. `others` are the
/// scores of the other columns in the same rows, NaN where not seen.
pub fn by_association(code: &[u32], levels: usize, others: &[&[f64]]) -> Vec<u32> {
    let features = others.len();
    let mut means = vec![vec![0.0; features]; levels];
    let mut counts = vec![0.0; levels];
    for &level in code.iter().filter(|&&c| c != MISSING) {
        counts[level as usize] += 1.0;
    }
    for (f, other) in others.iter().enumerate() {
        for (&level, &score) in code.iter().zip(other.iter()) {
            if level != MISSING && !score.is_nan() {
                means[level as usize][f] += score;
            }
        }
    }
    for (mean, n) in means.iter_mut().zip(&counts) {
        for m in mean.iter_mut() {
            *m /= n + PRIOR;
        }
    }
    let axis = principal(&means, &counts, features);
    let place: Vec<f64> = means
        .iter()
        .map(|m| m.iter().zip(&axis).map(|(a, b)| a * b).sum())
        .collect();
    let mut order: Vec<u32> = (0..levels as u32).collect();
    order.sort_by(|&a, &b| place[a as usize].total_cmp(&place[b as usize]));
    order
}

/// The direction in which the weighted rows of `means` vary most, by power iteration.
fn principal(means: &[Vec<f64>], weights: &[f64], features: usize) -> Vec<f64> {
    let total: f64 = weights.iter().sum::<f64>().max(1.0);
    let centre: Vec<f64> = (0..features)
        .map(|f| {
            means
                .iter()
                .zip(weights)
                .map(|(m, w)| m[f] * w)
                .sum::<f64>()
                / total
        })
        .collect();
    let mut axis: Vec<f64> = (0..features).map(|f| 1.0 + f as f64 * 0.01).collect();
    for _ in 0..30 {
        let mut next = vec![0.0; features];
        for (m, w) in means.iter().zip(weights) {
            let along: f64 = (0..features).map(|f| (m[f] - centre[f]) * axis[f]).sum();
            for f in 0..features {
                next[f] += w * along * (m[f] - centre[f]);
            }
        }
        let norm = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm.is_nan() || norm <= 1e-12 {
            break;
        }
        for x in &mut next {
            *x /= norm;
        }
        axis = next;
    }
    axis
}
