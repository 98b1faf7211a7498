//! A product with a matrix, a bias and an activation.

use super::super::gemm::{Mat, product};
use super::super::shape::{self, Matrix, Shape, Vector};
use super::super::simd;

/// What follows the product; the slope can be read off the sign of the output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Then {
    /// Nothing.
    Linear,
    /// The greater of 0 and the value.
    Relu,
    /// Negative values times this, which is above 0.
    Leaky(f32),
}

impl Then {
    fn below(self) -> f32 {
        match self {
            Then::Linear => 1.0,
            Then::Relu => 0.0,
            Then::Leaky(slope) => slope,
        }
    }

    /// Adds `bias` to each row and applies the activation.
    pub(super) fn apply(self, rows: &mut [f32], bias: &[f32]) {
        let below = self.below();
        if bias.is_empty() {
            return;
        }
        simd::wide(
            #[inline(always)]
            || {
                for row in rows.chunks_exact_mut(bias.len()) {
                    for (x, b) in row.iter_mut().zip(bias) {
                        let v = *x + *b;
                        *x = if v > 0.0 { v } else { v * below };
                    }
                }
            },
        );
    }

    /// Multiplies `values` by the slope where the output was `out`.
    pub(super) fn slope(self, out: &[f32], values: &mut [f32]) {
        let below = self.below();
        simd::wide(
            #[inline(always)]
            || {
                for (v, y) in values.iter_mut().zip(out) {
                    *v = if *y > 0.0 { *v } else { *v * below };
                }
            },
        );
    }
}

/// `out = then(x W + b)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dense {
    weight: Matrix,
    bias: Vector,
    then: Then,
}

impl Dense {
    /// Lays out a layer; its weights begin uniform by the number of inputs, times `scale`.
    pub fn new(shape: &mut Shape, inputs: usize, outputs: usize, then: Then, scale: f32) -> Dense {
        Dense {
            weight: shape.matrix(inputs, outputs, scale * shape::fan(inputs)),
            bias: shape.vector(outputs),
            then,
        }
    }

    /// Width of its output.
    pub fn outputs(&self) -> usize {
        self.weight.outputs
    }

    /// Multiplications of one row.
    pub fn products(&self) -> usize {
        self.weight.inputs * self.weight.outputs
    }

    /// The first `n` rows of `x` into `out`.
    pub fn forward(&self, params: &[f32], n: usize, x: &[f32], out: &mut [f32]) {
        let out = &mut out[..n * self.weight.outputs];
        let x = Mat::new(x, n, self.weight.inputs);
        product(out, x, self.weight.of(params), false);
        self.then.apply(out, &params[self.bias.at()]);
    }

    /// Given the pass' input and output (which a linear layer does not need) and the gradient with
    /// respect to the output (which becomes that before the activation): adds to `grad` the gradient
    /// of the parameters, where it is wanted, and sets `grad_x`.
    pub fn backward(
        &self,
        params: &[f32],
        n: usize,
        (x, out): (&[f32], &[f32]),
        grad_out: &mut [f32],
        grad_x: Option<&mut [f32]>,
        grad: Option<&mut [f32]>,
    ) {
        let outputs = self.weight.outputs;
        let grad_out = &mut grad_out[..n * outputs];
        if self.then != Then::Linear {
            self.then.slope(&out[..n * outputs], grad_out);
        }
        if let Some(grad) = grad {
            self.outer(n, x, grad_out, grad);
            add_sums(grad_out, &mut grad[self.bias.at()]);
        }
        if let Some(grad_x) = grad_x {
            let weight = self.weight.of(params).t();
            product(grad_x, Mat::new(grad_out, n, outputs), weight, false);
        }
    }

    /// Carries directions `t` of the inputs through the layer, at the point where it gave `out`.
    pub fn tangent(&self, params: &[f32], n: usize, t: &[f32], out: &[f32], t_out: &mut [f32]) {
        let t_out = &mut t_out[..n * self.weight.outputs];
        let t = Mat::new(t, n, self.weight.inputs);
        product(t_out, t, self.weight.of(params), false);
        self.then.slope(&out[..n * self.weight.outputs], t_out);
    }

    /// Adds to `grad` the products of inputs (or directions of them) `x` with gradients before the
    /// activation `g`.
    pub fn outer(&self, n: usize, x: &[f32], g: &[f32], grad: &mut [f32]) {
        let x = Mat::new(x, n, self.weight.inputs).t();
        let g = Mat::new(g, n, self.weight.outputs);
        product(&mut grad[self.weight.at()], x, g, true);
    }
}

/// Adds the column sums of `rows` to `sums`.
pub(super) fn add_sums(rows: &[f32], sums: &mut [f32]) {
    if sums.is_empty() {
        return;
    }
    simd::wide(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(sums.len()) {
                for (s, x) in sums.iter_mut().zip(row) {
                    *s += x;
                }
            }
        },
    );
}
