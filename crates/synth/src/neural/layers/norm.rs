//! Normalisation of each row to mean 0 and variance 1, without parameters (layer normalisation).
//!
//! It takes the place of batch normalisation: a row's result depends on that row alone, so training
//! does not depend on how a batch is cut into shards, and sampling needs no running averages.

use super::super::simd;

/// Rows of this width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Norm {
    /// Width.
    pub width: usize,
}

impl Norm {
    /// The first `n` rows of `x` into `out`; `rstd` gets 1 / deviation of each.
    pub fn forward(&self, n: usize, x: &[f32], out: &mut [f32], rstd: &mut [f32]) {
        let cells = n * self.width;
        simd::normalise(&x[..cells], self.width, &mut out[..cells], &mut rstd[..n]);
    }

    /// Sets `grad_x`, given what the pass gave and the gradient of its output.
    pub fn backward(
        &self,
        n: usize,
        (out, rstd): (&[f32], &[f32]),
        grad_out: &[f32],
        grad_x: &mut [f32],
    ) {
        let cells = n * self.width;
        let grad_x = &mut grad_x[..cells];
        grad_x.fill(0.0);
        simd::normalise_grad(
            &out[..cells],
            &rstd[..n],
            &grad_out[..cells],
            self.width,
            grad_x,
        );
    }
}
