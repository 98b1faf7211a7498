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

use crate::encode::Encoder;
use crate::{Error, Result};

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

impl Parts {
    /// The parts of a model with an encoder and vectors of 32-bit floats.
    pub(crate) fn encoded<const N: usize>(
        encoder: &Encoder,
        vectors: [(&str, &[f32]); N],
    ) -> Parts {
        let mut parts = Parts::default();
        let stored = encoder.store(&mut parts);
        for (name, values) in vectors {
            let tensor = Tensor::F32(vec![values.len()], values.to_vec());
            parts.tensors.insert(name.to_owned(), tensor);
        }
        parts.head = serde_json::json!({ "encoder": stored });
        parts
    }

    /// Takes the encoder out.
    ///
    /// # Errors
    /// `model/damaged` when there is none, or it does not fit its tensors.
    pub(crate) fn encoder(&mut self) -> Result<Encoder> {
        let stored = (self.head.get_mut("encoder")).map(serde_json::Value::take);
        Encoder::restore(stored.ok_or_else(damaged)?, self)
    }

    /// Takes a tensor of `len` finite 32-bit floats out.
    ///
    /// # Errors
    /// `model/damaged` when there is none.
    pub(crate) fn floats(&mut self, name: &str, len: usize) -> Result<Vec<f32>> {
        match self.tensors.remove(name) {
            Some(Tensor::F32(_, v)) if v.len() == len && v.iter().all(|x| x.is_finite()) => Ok(v),
            _ => Err(damaged()),
        }
    }
}

/// What is inside the model folder `dir`, from its manifest alone; the weights are not read.
///
/// # Errors
/// As [`Fitted::load`](crate::Fitted::load), but for what is wrong inside the weights.
pub fn inspect(dir: &std::path::Path) -> Result<Summary> {
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
