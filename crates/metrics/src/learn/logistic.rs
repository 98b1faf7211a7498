//! Ridge logistic regression by iteratively reweighted least squares.

use super::design::Sparse;
use super::linear::solve;

/// Fits with L2 penalty `ridge` / 2 on all weights but the intercept and gives the log-odds of the
/// rows of `test`.
pub(crate) fn classify(x: &Sparse, y: &[bool], test: &Sparse, ridge: f64) -> Vec<f64> {
    let weights = fit(x, y, ridge);
    let intercept = weights[x.width];
    (0..test.rows())
        .map(|i| test.dot(i, &weights) + intercept)
        .collect()
}

/// The weights, the intercept last.
fn fit(x: &Sparse, y: &[bool], ridge: f64) -> Vec<f64> {
    let d = x.width + 1;
    let mut weights = vec![0.0; d];
    let mut loss = objective(x, y, ridge, &weights);
    for _ in 0..25 {
        let mut hessian = vec![0.0; d * d];
        let mut gradient = vec![0.0; d];
        for (i, &y) in y.iter().enumerate() {
            let p = sigmoid(x.dot(i, &weights) + weights[d - 1]);
            let residual = f64::from(u8::from(y)) - p;
            let w = (p * (1.0 - p)).max(1e-9);
            let row = x.row(i).chain(std::iter::once((d - 1, 1.0)));
            for (c, v) in row.clone() {
                gradient[c] += v * residual;
                let line = &mut hessian[c * d..(c + 1) * d];
                for (k, u) in row.clone().take_while(|(k, _)| *k <= c) {
                    line[k] += w * v * u;
                }
            }
        }
        for c in 0..d {
            let penalty = if c + 1 == d { 1e-9 } else { ridge };
            hessian[c * d + c] += penalty;
            if c + 1 < d {
                gradient[c] -= ridge * weights[c];
            }
        }
        let Some(step) = solve(&mut hessian, &gradient) else {
            break;
        };
        let mut size = 1.0;
        let mut better = false;
        while size > 1e-3 {
            let trial: Vec<f64> = weights
                .iter()
                .zip(&step)
                .map(|(w, s)| w + size * s)
                .collect();
            let next = objective(x, y, ridge, &trial);
            if next < loss {
                better = loss - next > 1e-7 * y.len() as f64;
                (weights, loss) = (trial, next);
                break;
            }
            size /= 2.0;
        }
        if !better {
            break;
        }
    }
    weights
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn objective(x: &Sparse, y: &[bool], ridge: f64, weights: &[f64]) -> f64 {
    let (inner, intercept) = weights.split_at(x.width);
    let data: f64 = (y.iter().enumerate())
        .map(|(i, &y)| {
            let z = x.dot(i, inner) + intercept[0];
            let z = if y { -z } else { z };
            // ln(1 + e^z) without overflow.
            z.max(0.0) + (-z.abs()).exp().ln_1p()
        })
        .sum();
    data + ridge / 2.0 * inner.iter().map(|w| w * w).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_zero_at_the_fit() {
        let rows: Vec<Vec<f64>> = (0..60)
            .map(|i| vec![f64::from(i % 7) - 3.0, f64::from(i % 5) - 2.0])
            .collect();
        let y: Vec<bool> = (0..60).map(|i| (i % 7) * 2 + (i * 13) % 11 > 10).collect();
        let x = Sparse::dense(2, rows);
        let w = fit(&x, &y, 1.0);
        for c in 0..3 {
            let mut up = w.clone();
            let mut down = w.clone();
            up[c] += 1e-4;
            down[c] -= 1e-4;
            let slope = (objective(&x, &y, 1.0, &up) - objective(&x, &y, 1.0, &down)) / 2e-4;
            assert!(slope.abs() < 1e-2, "slope {slope} at weight {c}");
        }
    }
}
