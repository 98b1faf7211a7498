//! The law that latent points are drawn from: a normal one with the mean and the covariance of the
//! training rows' latent points together (what the encoder makes of rows is never quite the standard
//! normal law that it is drawn towards, and the decoder knows the one and not the other; Ghosh et al.
//! 2020). Only these sums over all rows are kept.

use rayon::prelude::*;

use super::net::{Net, Scratch};
use crate::encode::Encoded;
use crate::heads::Heads;
use crate::training::{random, stream};

/// Rows that it is fitted to at most, evenly spread.
const MOST_ROWS: usize = 32_768;
/// Rows of one piece of work.
const PIECE: usize = 256;
/// Rows' worth of the standard normal law that is mixed in.
const STANDARD: f64 = 20.0;

/// Mean and factor of the covariance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prior {
    pub(super) mean: Vec<f32>,
    /// A lower triangle, row by row: `latent x latent`.
    pub(super) factor: Vec<f32>,
}

impl Prior {
    /// Fits it to the latent points of `data`.
    pub(super) fn fit(
        net: &Net,
        heads: &Heads,
        weights: &[f32],
        data: &Encoded,
        seed: u64,
    ) -> Prior {
        let d = net.latent;
        let every = data.rows.div_ceil(MOST_ROWS).max(1);
        let rows: Vec<usize> = (0..data.rows).step_by(every).collect();
        let pieces: Vec<(Vec<f64>, Vec<f64>)> = rows
            .par_chunks(PIECE)
            .enumerate()
            .map(|(piece, rows)| {
                let mut rng = random(seed, (stream::CALIBRATION << 40) + piece as u64);
                let (mut scratch, mut codes) = (Scratch::new(net, PIECE), Vec::new());
                for &row in rows {
                    heads.load(data, row, &mut rng, &mut codes);
                }
                let points = net.posterior(weights, rows.len(), &codes, &mut scratch);
                moments(points, d)
            })
            .collect();
        let (mut sums, mut squares) = (vec![0.0; d], vec![0.0; d * d]);
        for (a, b) in pieces {
            sums.iter_mut().zip(a).for_each(|(x, y)| *x += y);
            squares.iter_mut().zip(b).for_each(|(x, y)| *x += y);
        }
        let n = rows.len() as f64 + STANDARD;
        let mean: Vec<f64> = sums.iter().map(|s| s / n).collect();
        let mut covariance = squares;
        for i in 0..d {
            for j in 0..=i {
                let standard = if i == j { STANDARD } else { 0.0 };
                let own = (covariance[i * d + j] + standard) / n;
                covariance[i * d + j] = own - mean[i] * mean[j];
            }
        }
        Prior {
            mean: mean.iter().map(|&m| m as f32).collect(),
            factor: factor(&covariance, d).iter().map(|&f| f as f32).collect(),
        }
    }

    /// Turns standard normal numbers, a row for each point, into points.
    pub(super) fn shape(&self, noise: &[f32], z: &mut [f32]) {
        let d = self.mean.len();
        for (e, z) in noise.chunks_exact(d).zip(z.chunks_exact_mut(d)) {
            for i in 0..d {
                let row = &self.factor[i * d..i * d + i + 1];
                let sum: f32 = row.iter().zip(e).map(|(f, e)| f * e).sum();
                z[i] = self.mean[i] + sum;
            }
        }
    }
}

/// Sums of points and of their products (the lower triangle); each point is its mean, with its
/// variances on the diagonal.
fn moments(points: &[f32], d: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut sums, mut squares) = (vec![0.0; d], vec![0.0; d * d]);
    for point in points.chunks_exact(2 * d) {
        let (mean, variance) = point.split_at(d);
        for i in 0..d {
            sums[i] += f64::from(mean[i]);
            squares[i * d + i] += f64::from(variance[i]);
            let own = f64::from(mean[i]);
            let row = &mut squares[i * d..i * d + i + 1];
            (row.iter_mut().zip(mean)).for_each(|(s, m)| *s += own * f64::from(*m));
        }
    }
    (sums, squares)
}

/// The lower triangle whose product with its transpose is the matrix, which has no negative
/// eigenvalue but for rounding.
fn factor(matrix: &[f64], d: usize) -> Vec<f64> {
    let mut l = vec![0.0; d * d];
    for i in 0..d {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[i * d + k] * l[j * d + k]).sum();
            let rest = matrix[i * d + j] - dot;
            l[i * d + j] = if i == j {
                rest.max(1e-6).sqrt()
            } else {
                rest / l[j * d + j]
            };
        }
    }
    l
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_gives_its_matrix_back() {
        let matrix = [2.0, 0.0, 0.0, 0.6, 1.0, 0.0, -0.3, 0.2, 0.5];
        let l = factor(&matrix, 3);
        for i in 0..3 {
            for j in 0..=i {
                let back: f64 = (0..=j).map(|k| l[i * 3 + k] * l[j * 3 + k]).sum();
                assert!((back - matrix[i * 3 + j]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn moments_are_of_means_and_variances() {
        let points = [1.0, 2.0, 0.5, 0.0, 3.0, -2.0, 0.5, 1.0];
        let (sums, squares) = moments(&points, 2);
        assert_eq!(sums, [4.0, 0.0]);
        assert_eq!(squares, [11.0, 0.0, -4.0, 9.0]);
    }
}
