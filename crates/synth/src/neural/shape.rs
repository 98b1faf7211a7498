//! Where the tensors of a network of [layers](super::layers) lie in one flat parameter vector.

use std::ops::Range;

use rand::{Rng, RngExt};

use super::gemm::Mat;

/// Tensors in the order in which they were added, each on a cache line of its own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shape {
    tensors: Vec<(Range<usize>, f32)>,
    size: usize,
}

/// A matrix `inputs x outputs`, row-major.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrix {
    from: usize,
    /// Rows.
    pub inputs: usize,
    /// Columns.
    pub outputs: usize,
}

/// A vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vector {
    from: usize,
    len: usize,
}

impl Shape {
    /// Adds a matrix; `bound` is the greatest absolute value of its initial weights.
    pub fn matrix(&mut self, inputs: usize, outputs: usize, bound: f32) -> Matrix {
        let from = self.add(inputs * outputs, bound);
        Matrix {
            from,
            inputs,
            outputs,
        }
    }

    /// Adds a vector that begins at zero.
    pub fn vector(&mut self, len: usize) -> Vector {
        let from = self.add(len, 0.0);
        Vector { from, len }
    }

    fn add(&mut self, len: usize, bound: f32) -> usize {
        let from = self.size;
        self.tensors.push((from..from + len, bound));
        self.size += len.div_ceil(16) * 16;
        from
    }

    /// Length of the parameter vector.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Fresh parameters, uniform within each tensor's bound.
    pub fn init(&self, rng: &mut impl Rng) -> Vec<f32> {
        let mut params = vec![0.0; self.size];
        for (at, bound) in &self.tensors {
            if *bound > 0.0 {
                for v in &mut params[at.clone()] {
                    *v = rng.random_range(-bound..*bound);
                }
            }
        }
        params
    }
}

impl Matrix {
    /// Its place in the parameter vector.
    pub fn at(self) -> Range<usize> {
        self.from..self.from + self.inputs * self.outputs
    }

    pub(super) fn of(self, params: &[f32]) -> Mat<'_> {
        Mat::new(&params[self.at()], self.inputs, self.outputs)
    }
}

impl Vector {
    /// Its place in the parameter vector.
    pub fn at(self) -> Range<usize> {
        self.from..self.from + self.len
    }
}

/// Bound of uniform weights by the number of inputs.
pub(super) fn fan(inputs: usize) -> f32 {
    1.0 / (inputs.max(1) as f32).sqrt()
}
