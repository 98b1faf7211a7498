//! Tensors to and from the safetensors format.

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, SafeTensors, View};

use super::TensorInfo;
use crate::parts::{Tensor, damaged};
use crate::{Error, Result};

/// What `inspect` says of a tensor.
pub(super) fn info(name: &str, tensor: &Tensor) -> TensorInfo {
    TensorInfo {
        name: name.to_owned(),
        dtype: match tensor {
            Tensor::F32(..) => "f32",
            Tensor::F64(..) => "f64",
            Tensor::I64(..) => "i64",
        }
        .to_owned(),
        shape: tensor.shape().to_vec(),
    }
}

fn values(tensor: &Tensor) -> usize {
    match tensor {
        Tensor::F32(_, v) => v.len(),
        Tensor::F64(_, v) => v.len(),
        Tensor::I64(_, v) => v.len(),
    }
}

impl View for &Tensor {
    fn dtype(&self) -> Dtype {
        match self {
            Tensor::F32(..) => Dtype::F32,
            Tensor::F64(..) => Dtype::F64,
            Tensor::I64(..) => Dtype::I64,
        }
    }

    fn shape(&self) -> &[usize] {
        Tensor::shape(self)
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.bytes())
    }

    fn data_len(&self) -> usize {
        let width = match self {
            Tensor::F32(..) => 4,
            Tensor::F64(..) | Tensor::I64(..) => 8,
        };
        width * values(self)
    }
}

/// The bytes of a safetensors file.
pub(super) fn to_bytes(tensors: &BTreeMap<String, Tensor>) -> Result<Vec<u8>> {
    if tensors
        .values()
        .any(|t| t.shape().iter().product::<usize>() != values(t))
    {
        return Err(Error::internal("a tensor's shape does not fit its values"));
    }
    safetensors::serialize(tensors.iter(), None)
        .map_err(|e| Error::internal("the weights cannot be written").caused_by(e))
}

/// Reads a safetensors file; the format's own checks (overflow, gaps, overlaps) come first.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<BTreeMap<String, Tensor>> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| damaged().caused_by(e))?;
    file.iter()
        .map(|(name, view)| {
            let shape = view.shape().to_vec();
            let data = view.data();
            let tensor = match view.dtype() {
                Dtype::F32 => Tensor::F32(shape, words(data, f32::from_le_bytes)),
                Dtype::F64 => Tensor::F64(shape, words(data, f64::from_le_bytes)),
                Dtype::I64 => Tensor::I64(shape, words(data, i64::from_le_bytes)),
                _ => return Err(damaged()),
            };
            Ok((name.to_owned(), tensor))
        })
        .collect()
}

fn words<const N: usize, T>(bytes: &[u8], read: fn([u8; N]) -> T) -> Vec<T> {
    let (words, _) = bytes.as_chunks::<N>();
    words.iter().map(|w| read(*w)).collect()
}
