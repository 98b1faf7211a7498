//! Activations as operands of matrix products: plain f32, or words of two bf16.

use std::ops::Range;

use super::bf16::{self, words};
use super::gemm::{self, Mat};
use super::kernel::{self, Left, PANEL, Right};
use super::net::Factor;

/// Rows that are filled and turned into words together, while they are in the nearest cache.
const STRIP: usize = 8;

/// What is kept of a matrix of activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The f32 values.
    Values,
    /// Words along the rows.
    Rows,
    /// Words along the rows and down the columns.
    Words,
    /// The f32 values and words both ways.
    Both,
}

/// Up to `capacity` rows of `width` values.
pub(super) struct Operand {
    width: usize,
    /// All rows, or one strip where only words are kept.
    values: Vec<f32>,
    /// Word k of row i at `i * width.div_ceil(2) + k`; empty in single precision.
    rows: Vec<u32>,
    /// Rows 2k and 2k + 1 of column j at `k * columns(width) + j`; empty where no gradient of
    /// weights is taken.
    pairs: Vec<u32>,
    transient: bool,
}

fn columns(width: usize) -> usize {
    width.next_multiple_of(PANEL)
}

impl Operand {
    pub(super) fn new(form: Form, capacity: usize, width: usize) -> Operand {
        let transient = matches!(form, Form::Rows | Form::Words);
        let along = form != Form::Values;
        let down = matches!(form, Form::Words | Form::Both);
        let some = |yes: bool, n: usize| vec![0; if yes { n } else { 0 }];
        Operand {
            width,
            values: vec![0.0; if transient { STRIP } else { capacity } * width],
            rows: some(along, capacity * words(width)),
            pairs: some(down, capacity.div_ceil(2) * columns(width)),
            transient,
        }
    }

    /// The f32 values of the first `rows` rows, where they are kept.
    pub(super) fn values(&self, rows: usize) -> &[f32] {
        &self.values[..rows * self.width]
    }

    /// The same, to be changed; [`Operand::fill`] has to follow.
    pub(super) fn values_mut(&mut self, rows: usize) -> &mut [f32] {
        &mut self.values[..rows * self.width]
    }

    /// Lets `f` write the values of strips of rows (it gets their numbers, and what the values were
    /// where they are kept), and makes words of them.
    pub(super) fn fill(&mut self, n: usize, mut f: impl FnMut(Range<usize>, &mut [f32])) {
        let width = self.width;
        if self.rows.is_empty() {
            f(0..n, &mut self.values[..n * width]);
            return;
        }
        for from in (0..n).step_by(STRIP) {
            let at = from..n.min(from + STRIP);
            let first = if self.transient { 0 } else { from * width };
            let values = &mut self.values[first..first + at.len() * width];
            f(at.clone(), values);
            let along = &mut self.rows[from * words(width)..at.end * words(width)];
            bf16::along(values, width, along);
            if !self.pairs.is_empty() {
                let down = &mut self.pairs[from / 2 * columns(width)..];
                bf16::down(values, width, 0..width, columns(width), down);
            }
        }
    }

    /// `out = x w`, or `out += x w`, for the first `n` rows x.
    pub(super) fn times(&self, n: usize, w: Factor<'_>, out: &mut [f32], add: bool) {
        let (depth, wide) = (w.values.rows, w.values.cols);
        let Some(panels) = w.panels else {
            return gemm::product(out, Mat::new(&self.values, n, depth), w.values, add);
        };
        let left = Left {
            words: &self.rows,
            row: words(depth),
            step: 1,
        };
        let right = Right {
            words: panels,
            panel: words(depth) * PANEL,
            step: PANEL,
        };
        kernel::product(out, (n, wide, words(depth)), left, right, add);
    }

    /// `grad = x^T g` over the first `n` rows: the gradient of the weights between two layers.
    pub(super) fn outer(&self, n: usize, g: &Operand, grad: &mut [f32]) {
        if self.pairs.is_empty() {
            let x = Mat::new(&self.values, n, self.width);
            gemm::product(grad, x.t(), Mat::new(&g.values, n, g.width), false);
            return;
        }
        let left = Left {
            words: &self.pairs,
            row: 1,
            step: columns(self.width),
        };
        let right = Right {
            words: &g.pairs,
            panel: PANEL,
            step: columns(g.width),
        };
        let shape = (self.width, g.width, n.div_ceil(2));
        kernel::product(grad, shape, left, right, false);
    }
}
