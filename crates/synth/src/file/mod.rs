//! The model file: a folder with `manifest.json` and `weights.safetensors`.
//!
//! The manifest holds everything small (configuration, schema, history, level names) under a seal,
//! and size and hash of the weights. Nothing in it is a path or a program: opening a stranger's
//! model can fail, but it cannot do anything else. A loader checks sizes before it allocates, and
//! hashes before it parses.

mod folder;
mod manifest;
mod tensors;

use std::collections::BTreeMap;

pub use folder::{MANIFEST, WEIGHTS};
pub(crate) use folder::{load, save};
pub use manifest::{FORMAT, Summary, TensorInfo};

use crate::Error;

/// A tensor of a model file.
#[derive(Debug, Clone, PartialEq)]
pub enum Tensor {
    /// 32-bit floats with their shape.
    F32(Vec<usize>, Vec<f32>),
    /// 64-bit floats with their shape.
    F64(Vec<usize>, Vec<f64>),
    /// 64-bit whole numbers with their shape.
    I64(Vec<usize>, Vec<i64>),
}

/// A model taken apart: what is small goes into the manifest, what is large into tensors.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parts {
    /// The model's own part of the manifest (encoders, level names, sizes).
    pub head: serde_json::Value,
    /// Named tensors.
    pub tensors: BTreeMap<String, Tensor>,
}

/// What is inside the model folder `dir`, from its manifest alone; the weights are not read.
///
/// # Errors
/// As [`Fitted::load`](crate::Fitted::load), but for what is wrong inside the weights.
pub fn inspect(dir: &std::path::Path) -> crate::Result<Summary> {
    folder::read_manifest(dir)?.summary()
}

/// The error of a model whose bytes are not what was saved.
pub(crate) fn damaged() -> Error {
    Error::input(
        "model/damaged",
        "The model is damaged: its files are not as they were saved.",
        "Copy the model folder again from its source, or fit the model again.",
    )
}
