//! A network as passes see it: layout, weights, and the large matrices once more in the form that
//! products read.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bf16::{self, words};
use super::gemm::Mat;
use super::kernel::{self, PANEL};
use super::layout::{Layout, Matrix};

/// Arithmetic of the large products. Weights, sums, gradients and everything element-wise are f32
/// in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// f32.
    #[default]
    Single,
    /// Factors rounded to bf16, sums in f32 (mixed precision: Micikevicius et al. 2018; bf16:
    /// Kalamkar et al. 2019). Processors without such products compute the same, more slowly.
    Bf16,
}

impl Precision {
    /// The faster one on this processor.
    pub fn fastest() -> Precision {
        if kernel::native() {
            Precision::Bf16
        } else {
            Precision::Single
        }
    }
}

/// The large matrices as words in panels; nothing in single precision.
#[derive(Debug, Clone)]
pub struct Panels {
    precision: Precision,
    forward: Vec<Vec<u32>>,
    backward: Vec<Vec<u32>>,
}

impl Panels {
    /// Room for passes forward and backward.
    pub fn for_training(layout: &Layout, precision: Precision) -> Panels {
        let room = |of: fn(&Matrix) -> (usize, usize)| -> Vec<Vec<u32>> {
            let one = |m: &Matrix| {
                let (depth, wide) = of(m);
                vec![0; words(depth) * wide.next_multiple_of(PANEL)]
            };
            match precision {
                Precision::Single => Vec::new(),
                Precision::Bf16 => layout.matrices().map(|m| one(&m)).collect(),
            }
        };
        Panels {
            precision,
            forward: room(|m| (m.inputs, m.outputs)),
            backward: room(|m| (m.outputs, m.inputs)),
        }
    }

    /// The weights for passes forward.
    pub fn for_sampling(layout: &Layout, precision: Precision, weights: &[f32]) -> Panels {
        let mut panels = Panels::for_training(layout, precision);
        panels.backward.clear();
        panels.pack(layout, weights);
        panels
    }

    /// What the products are computed in.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Takes new weights over.
    pub fn pack(&mut self, layout: &Layout, weights: &[f32]) {
        let matrices: Vec<Matrix> = layout.matrices().collect();
        let forward = self.forward.par_iter_mut().zip(&matrices);
        forward.for_each(|(panels, m)| {
            let values = &weights[m.at.clone()];
            let size = (words(m.inputs) * PANEL).max(1);
            let panels = panels.par_chunks_exact_mut(size).enumerate();
            panels.for_each(|(i, panel)| {
                let columns = i * PANEL..m.outputs.min((i + 1) * PANEL);
                bf16::down(values, m.outputs, columns, PANEL, panel);
            });
        });
        let backward = self.backward.par_iter_mut().zip(&matrices);
        backward.for_each(|(panels, m)| {
            let values = &weights[m.at.clone()];
            let size = (words(m.outputs) * PANEL).max(1);
            let panels = panels.par_chunks_exact_mut(size).enumerate();
            panels
                .for_each(|(i, panel)| bf16::panel_transposed(values, m.outputs, i * PANEL, panel));
        });
    }
}

/// A network ready for passes.
#[derive(Clone, Copy)]
pub struct Net<'a> {
    /// Where the weights are.
    pub layout: &'a Layout,
    /// The weights.
    pub weights: &'a [f32],
    /// The same weights' large matrices.
    pub panels: &'a Panels,
}

/// One large matrix, as passes forward multiply by it and, transposed, passes backward.
#[derive(Clone, Copy)]
pub(super) struct Weight<'a> {
    pub(super) forward: Factor<'a>,
    pub(super) backward: Factor<'a>,
}

/// The right factor of a product: f32 values, and panels where products read those.
#[derive(Clone, Copy)]
pub(super) struct Factor<'a> {
    pub(super) values: Mat<'a>,
    pub(super) panels: Option<&'a [u32]>,
}

impl<'a> Net<'a> {
    /// The first matrix of block `b`.
    pub(super) fn widen(&self, b: usize) -> Weight<'a> {
        self.weight(2 * b)
    }

    /// The second matrix of block `b`.
    pub(super) fn narrow(&self, b: usize) -> Weight<'a> {
        self.weight(2 * b + 1)
    }

    /// The matrix of the output.
    pub(super) fn leave(&self) -> Weight<'a> {
        self.weight(2 * self.layout.blocks)
    }

    fn weight(&self, i: usize) -> Weight<'a> {
        let m = self.layout.matrix(i);
        let values = Mat::new(&self.weights[m.at], m.inputs, m.outputs);
        let of = |values: Mat<'a>, panels: &'a [Vec<u32>]| Factor {
            values,
            panels: panels.get(i).map(Vec::as_slice),
        };
        Weight {
            forward: of(values, &self.panels.forward),
            backward: of(values.t(), &self.panels.backward),
        }
    }
}
