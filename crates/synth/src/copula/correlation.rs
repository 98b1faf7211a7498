//! The latent correlation matrix: estimated pair by pair, shrunk, made positive definite, and
//! factored.

use rayon::prelude::*;

use super::hermite::{Curve, latent_correlation};

/// Above this order, an indefinite matrix is shrunk as a whole instead of clipped by eigenvalues.
const CLIP: usize = 256;
/// Least eigenvalue after clipping.
const FLOOR: f64 = 1e-4;

/// A latent variable as seen in the training rows.
#[derive(Debug, Clone)]
pub struct Variable {
    /// How its ties bend correlations.
    pub curve: Curve,
    /// The score of each row; NaN where not seen.
    pub scores: Vec<f64>,
    /// False for variables that stay independent of all others.
    pub joint: bool,
}

/// The lower Cholesky factor (dense rows) of the correlations of `variables`, shrunk towards the
/// identity by at least `least`.
pub fn factor(variables: &[Variable], least: f64) -> Vec<Vec<f64>> {
    let d = variables.len();
    let rows = variables.first().map_or(0, |v| v.scores.len());
    let lower: Vec<Vec<f64>> = (0..d)
        .into_par_iter()
        .map(|i| {
            (0..i)
                .map(|j| {
                    if !(variables[i].joint && variables[j].joint) {
                        return 0.0;
                    }
                    let (a, b) = (&variables[i], &variables[j]);
                    latent_correlation(&a.curve, &b.curve, pearson(&a.scores, &b.scores))
                })
                .collect()
        })
        .collect();
    let mut matrix = vec![vec![0.0; d]; d];
    for i in 0..d {
        matrix[i][i] = 1.0;
        for j in 0..i {
            matrix[i][j] = lower[i][j];
            matrix[j][i] = lower[i][j];
        }
    }
    let by_noise = noise_shrinkage(&matrix, rows);
    shrink(&mut matrix, by_noise.max(least));
    if let Some(l) = cholesky(&matrix) {
        return l;
    }
    if d <= CLIP {
        clip(&mut matrix);
    }
    let mut step = 1e-3;
    loop {
        if let Some(l) = cholesky(&matrix) {
            return l;
        }
        shrink(&mut matrix, step);
        step = (step * 1.5).min(1.0);
    }
}

/// Pearson correlation over the rows where both are seen; 0 when it is not defined.
pub fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let (mut n, mut sa, mut sb) = (0.0, 0.0, 0.0);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (&x, &y) in a.iter().zip(b) {
        let both = f64::from(u8::from(!x.is_nan() && !y.is_nan()));
        let (x, y) = if both > 0.0 { (x, y) } else { (0.0, 0.0) };
        n += both;
        sa += x;
        sb += y;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    if n < 3.0 {
        return 0.0;
    }
    let (va, vb) = (aa - sa * sa / n, bb - sb * sb / n);
    if va <= 1e-9 * n || vb <= 1e-9 * n {
        return 0.0;
    }
    ((ab - sa * sb / n) / (va * vb).sqrt()).clamp(-1.0, 1.0)
}

/// The shrinkage that the sampling error of the correlations asks for (Schaefer and Strimmer):
/// large for few rows and many columns, nearly none for many rows.
fn noise_shrinkage(matrix: &[Vec<f64>], rows: usize) -> f64 {
    let (mut variance, mut square) = (0.0, 0.0);
    for (i, row) in matrix.iter().enumerate() {
        for &r in &row[..i] {
            if r != 0.0 {
                variance += (1.0 - r * r).powi(2);
                square += r * r;
            }
        }
    }
    if square <= 0.0 {
        return 0.0;
    }
    (variance / (rows.max(2) - 1) as f64 / square).min(1.0)
}

fn shrink(matrix: &mut [Vec<f64>], by: f64) {
    for (i, row) in matrix.iter_mut().enumerate() {
        for (j, r) in row.iter_mut().enumerate() {
            if i != j {
                *r *= 1.0 - by;
            }
        }
    }
}

/// The factor of a positive definite matrix; `None` for any other.
fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let d = matrix.len();
    let mut l: Vec<Vec<f64>> = Vec::with_capacity(d);
    for i in 0..d {
        let mut row = vec![0.0; i + 1];
        for j in 0..i {
            let dot: f64 = row[..j].iter().zip(&l[j][..j]).map(|(a, b)| a * b).sum();
            row[j] = (matrix[i][j] - dot) / l[j][j];
        }
        let rest = matrix[i][i] - row[..i].iter().map(|a| a * a).sum::<f64>();
        if rest.is_nan() || rest <= 1e-9 {
            return None;
        }
        row[i] = rest.sqrt();
        l.push(row);
    }
    Some(l)
}

/// Raises the eigenvalues of a symmetric matrix to [`FLOOR`] and rescales the diagonal to one.
fn clip(matrix: &mut [Vec<f64>]) {
    let d = matrix.len();
    let (values, vectors) = jacobi(matrix);
    let raised: Vec<f64> = values.iter().map(|v| v.max(FLOOR)).collect();
    let mut out = vec![vec![0.0; d]; d];
    for i in 0..d {
        for j in 0..=i {
            let sum: f64 = (0..d)
                .map(|k| vectors[i][k] * raised[k] * vectors[j][k])
                .sum();
            out[i][j] = sum;
            out[j][i] = sum;
        }
    }
    for i in 0..d {
        for j in 0..d {
            matrix[i][j] = if i == j {
                1.0
            } else {
                out[i][j] / (out[i][i] * out[j][j]).sqrt()
            };
        }
    }
}

/// Eigenvalues and eigenvectors (in columns) by cyclic Jacobi rotations.
fn jacobi(matrix: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let d = matrix.len();
    let mut a = matrix.to_vec();
    let mut v: Vec<Vec<f64>> = (0..d)
        .map(|i| (0..d).map(|j| f64::from(u8::from(i == j))).collect())
        .collect();
    for _ in 0..30 {
        let off: f64 = (0..d)
            .map(|i| a[i][..i].iter().map(|x| x * x).sum::<f64>())
            .sum();
        if off < 1e-18 {
            break;
        }
        for p in 0..d {
            for q in p + 1..d {
                if a[p][q].abs() < 1e-15 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for row in a.iter_mut() {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
                let (head, tail) = a.split_at_mut(q);
                for (x, y) in head[p].iter_mut().zip(&mut tail[0]) {
                    (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
                }
                for row in v.iter_mut() {
                    (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
                }
            }
        }
    }
    ((0..d).map(|i| a[i][i]).collect(), v)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_indefinite_matrix_is_clipped_near_itself() {
        let mut m = vec![
            vec![1.0, 0.9, 0.1],
            vec![0.9, 1.0, 0.9],
            vec![0.1, 0.9, 1.0],
        ];
        assert!(cholesky(&m).is_none());
        let before = m.clone();
        clip(&mut m);
        let l = cholesky(&m).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                let back: f64 = (0..=i.min(j)).map(|k| l[i][k] * l[j][k]).sum();
                assert!((back - m[i][j]).abs() < 1e-12);
                assert!((m[i][j] - before[i][j]).abs() < 0.2);
            }
        }
    }

    #[test]
    fn small_tables_are_shrunk_and_large_ones_are_not() {
        let m = vec![vec![1.0, 0.5], vec![0.5, 1.0]];
        assert!(noise_shrinkage(&m, 10_000) < 0.001);
        assert!(noise_shrinkage(&m, 4) > 0.5);
    }
}
