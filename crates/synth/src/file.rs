//! The model file: a folder with `manifest.json` and `weights.safetensors`.

use std::collections::BTreeMap;

/// A tensor of a model file.
#[derive(Debug, Clone, PartialEq)]
pub enum Tensor {
    /// 32-bit floats with their shape.
    F32(Vec<usize>, Vec<f32>),
    /// 64-bit floats with their shape.
    F64(Vec<usize>, Vec<f64>),
}

/// A model taken apart: what is small goes into the manifest, what is large into tensors.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parts {
    /// The model's own part of the manifest (encoders, level names, sizes).
    pub head: serde_json::Value,
    /// Named tensors.
    pub tensors: BTreeMap<String, Tensor>,
}
