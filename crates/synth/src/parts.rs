//! A model taken apart, as it goes into a model file: what is small as JSON, what is large as tensors.

use std::collections::BTreeMap;

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

impl Tensor {
    /// Its shape.
    pub fn shape(&self) -> &[usize] {
        match self {
            Tensor::F32(shape, _) | Tensor::F64(shape, _) | Tensor::I64(shape, _) => shape,
        }
    }

    /// Its values as bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Tensor::F32(_, v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Tensor::F64(_, v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Tensor::I64(_, v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }
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

/// The error of a model whose bytes are not what was saved.
pub(crate) fn damaged() -> Error {
    Error::input(
        "model/damaged",
        "The model is damaged: its files are not as they were saved.",
        "Copy the model folder again from its source, or fit the model again.",
    )
}
