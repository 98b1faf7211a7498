//! A dense layer on one-hot groups: the rows of its matrix that the codes name are added up.

use super::super::shape::{self, Matrix, Shape, Vector};
use super::super::simd;
use super::dense::{Then, add_sums};

/// A code that names no row.
pub const NONE: u32 = u32::MAX;

/// `out = then(sum of the rows named by the codes + b)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Embed {
    weight: Matrix,
    bias: Vector,
    groups: usize,
    then: Then,
}

impl Embed {
    /// Lays out a layer for `groups` codes a row, of `levels` levels together.
    pub fn new(
        shape: &mut Shape,
        groups: usize,
        levels: usize,
        outputs: usize,
        then: Then,
    ) -> Embed {
        Embed {
            weight: shape.matrix(levels, outputs, shape::fan(groups)),
            bias: shape.vector(outputs),
            groups,
            then,
        }
    }

    /// The first `n` rows; `codes` holds rows of the matrix, or [`NONE`].
    pub fn forward(&self, params: &[f32], n: usize, codes: &[u32], out: &mut [f32]) {
        let width = self.weight.outputs;
        let out = &mut out[..n * width];
        let weight = &params[self.weight.at()];
        simd::wide(
            #[inline(always)]
            || {
                for (i, row) in out.chunks_exact_mut(width).enumerate() {
                    row.fill(0.0);
                    for &code in &codes[i * self.groups..(i + 1) * self.groups] {
                        if code != NONE {
                            let from = code as usize * width;
                            for (x, w) in row.iter_mut().zip(&weight[from..from + width]) {
                                *x += w;
                            }
                        }
                    }
                }
            },
        );
        self.then.apply(out, &params[self.bias.at()]);
    }

    /// Adds to `grad` the gradient of the parameters, given the pass' output and the gradient with
    /// respect to it, which becomes that before the activation.
    pub fn backward(
        &self,
        n: usize,
        codes: &[u32],
        out: &[f32],
        grad_out: &mut [f32],
        grad: &mut [f32],
    ) {
        let width = self.weight.outputs;
        let grad_out = &mut grad_out[..n * width];
        self.then.slope(&out[..n * width], grad_out);
        add_sums(grad_out, &mut grad[self.bias.at()]);
        let weight = &mut grad[self.weight.at()];
        simd::wide(
            #[inline(always)]
            || {
                for (i, row) in grad_out.chunks_exact(width).enumerate() {
                    for &code in &codes[i * self.groups..(i + 1) * self.groups] {
                        if code != NONE {
                            let from = code as usize * width;
                            for (w, g) in weight[from..from + width].iter_mut().zip(row) {
                                *w += g;
                            }
                        }
                    }
                }
            },
        );
    }
}
