//! The model file: a folder with `manifest.json` and `weights.safetensors`.
//!
//! The manifest holds everything small (configuration, schema, history, level names) under a seal,
//! and size and hash of the weights. Nothing in it is a path or a program: opening a stranger's
//! model can fail, but it cannot do anything else. A loader checks sizes before it allocates, and
//! hashes before it parses.

mod folder;
mod manifest;
mod tensors;

pub use folder::{MANIFEST, WEIGHTS};
pub(crate) use folder::{load, save};
pub use manifest::{FORMAT, Summary, TensorInfo};

pub use crate::parts::{Parts, Tensor};

use crate::Result;

/// What is inside the model folder `dir`, from its manifest alone; the weights are not read.
///
/// # Errors
/// As [`Fitted::load`](crate::Fitted::load), but for what is wrong inside the weights.
pub fn inspect(dir: &std::path::Path) -> Result<Summary> {
    folder::read_manifest(dir)?.summary()
}
