//! Ridge logistic regression by iteratively reweighted least squares.

use super::design::Sparse;
use super::linear::{dot, solve, substitute};

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
    // With fewer rows than columns, the step is found in the space of rows.
    let gram = (y.len() < x.width).then(|| gram(x));
    for _ in 0..25 {
        let mut gradient = vec![0.0; d];
        let mut importance = Vec::with_capacity(y.len());
        for (i, &y) in y.iter().enumerate() {
            let p = sigmoid(x.dot(i, &weights) + weights[d - 1]);
            let residual = f64::from(u8::from(y)) - p;
            importance.push((p * (1.0 - p)).max(1e-9));
            for (c, v) in x.row(i).chain(std::iter::once((d - 1, 1.0))) {
                gradient[c] += v * residual;
            }
        }
        for c in 0..d - 1 {
            gradient[c] -= ridge * weights[c];
        }
        let step = match &gram {
            Some(gram) => by_rows(x, gram, &importance, ridge, &gradient),
            None => by_columns(x, &importance, ridge, &gradient),
        };
        let Some(step) = step else {
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

/// Penalty of the intercept.
const LEAST: f64 = 1e-9;

/// Newton's step from the matrix of columns by columns.
fn by_columns(x: &Sparse, importance: &[f64], ridge: f64, gradient: &[f64]) -> Option<Vec<f64>> {
    let d = x.width + 1;
    let mut hessian = vec![0.0; d * d];
    for (i, &w) in importance.iter().enumerate() {
        let row = x.row(i).chain(std::iter::once((d - 1, 1.0)));
        for (c, v) in row.clone() {
            let line = &mut hessian[c * d..(c + 1) * d];
            for (k, u) in row.clone().take_while(|(k, _)| *k <= c) {
                line[k] += w * v * u;
            }
        }
    }
    for c in 0..d {
        hessian[c * d + c] += if c + 1 == d { LEAST } else { ridge };
    }
    solve(&mut hessian, gradient)
}

/// Newton's step from the matrix of rows by rows (Woodbury's identity), the intercept eliminated:
/// the same step, where there are fewer rows than columns.
fn by_rows(
    x: &Sparse,
    gram: &[f64],
    importance: &[f64],
    ridge: f64,
    gradient: &[f64],
) -> Option<Vec<f64>> {
    let (n, d) = (importance.len(), x.width);
    let mut kernel = gram.to_vec();
    for (i, w) in importance.iter().enumerate() {
        kernel[i * n + i] += ridge / w;
    }
    let times = |weights: &[f64]| -> Vec<f64> { (0..n).map(|i| x.dot(i, weights)).collect() };
    let transposed = |rows: &[f64]| -> Vec<f64> {
        let mut out = vec![0.0; d];
        for (i, r) in rows.iter().enumerate() {
            x.row(i).for_each(|(c, v)| out[c] += v * r);
        }
        out
    };
    let border = transposed(importance);
    let first = solve(&mut kernel, &times(&gradient[..d]))?;
    let second = substitute(&kernel, &times(&border));
    let inverse = |b: &[f64], solved: &[f64]| -> Vec<f64> {
        let taken = transposed(solved);
        (b.iter().zip(taken))
            .map(|(b, t)| (b - t) / ridge)
            .collect()
    };
    let (u, v) = (inverse(&gradient[..d], &first), inverse(&border, &second));
    let corner = importance.iter().sum::<f64>() + LEAST - dot(&border, &v);
    if corner.is_nan() || corner <= 0.0 {
        return None;
    }
    let intercept = (gradient[d] - dot(&border, &u)) / corner;
    let mut step: Vec<f64> = (u.iter().zip(&v)).map(|(u, v)| u - v * intercept).collect();
    step.push(intercept);
    Some(step)
}

/// Products of rows with one another, row-major, the lower triangle.
fn gram(x: &Sparse) -> Vec<f64> {
    let n = x.rows();
    let mut out = vec![0.0; n * n];
    let mut full = vec![0.0; x.width];
    for i in 0..n {
        x.row(i).for_each(|(c, v)| full[c] = v);
        for j in 0..=i {
            out[i * n + j] = x.dot(j, &full);
        }
        x.row(i).for_each(|(c, _)| full[c] = 0.0);
    }
    out
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
    fn steps_by_rows_are_steps_by_columns() {
        let rows: Vec<Vec<f64>> = (0..14)
            .map(|i| {
                (0..30)
                    .map(|c| f64::from((i * 7 + c * 5 + i * c) % 11) - 5.0)
                    .collect()
            })
            .collect();
        let x = Sparse::dense(30, rows);
        let importance: Vec<f64> = (0..14).map(|i| 0.05 + 0.01 * f64::from(i)).collect();
        let gradient: Vec<f64> = (0..31).map(|c| f64::from(c % 5) - 2.0).collect();
        let wide = by_columns(&x, &importance, 1.0, &gradient).unwrap();
        let narrow = by_rows(&x, &gram(&x), &importance, 1.0, &gradient).unwrap();
        for (a, b) in wide.iter().zip(&narrow) {
            assert!((a - b).abs() < 1e-8 * (1.0 + a.abs()), "{a} {b}");
        }
    }

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
