//! The model file: a folder with `manifest.json` and `weights.safetensors`.
//!
//! The manifest holds everything small (configuration, schema, history, level names) under a seal,
//! and size and hash of the weights. Nothing in it is a path or a program: opening a stranger's
//! model can fail, but it cannot do anything else. A loader checks sizes before it allocates, and
//! hashes before it parses.

use serde::Serialize;
use verdancy_table::{Protection, Schema};

pub use crate::folder::{FORMAT, MANIFEST, TensorInfo, WEIGHTS};
pub use crate::parts::{Parts, Tensor};

use crate::fit::Manifest;
use crate::{Config, Method, Progress, Result, Stop, folder};

/// What is inside a model folder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Version of the format.
    pub format: u64,
    /// The release that wrote it.
    pub verdancy: String,
    /// The method.
    pub method: Method,
    /// Its parameters.
    pub config: Config,
    /// The columns it returns.
    pub schema: Schema,
    /// How many people share each value in it.
    pub protect: Protection,
    /// Why training ended.
    pub stop: Stop,
    /// The last line of the training history; `None` for methods without one.
    pub last: Option<Progress>,
    /// The line of the history that became the model; `None` when none is marked.
    pub best: Option<Progress>,
    /// Size of the weights in bytes.
    pub weights_bytes: u64,
    /// Their BLAKE3 hash.
    pub weights_blake3: String,
    /// The tensors in them.
    pub tensors: Vec<TensorInfo>,
}

/// What is inside the model folder `dir`, from its manifest alone; the weights are not read.
///
/// # Errors
/// As [`Fitted::load`](crate::Fitted::load), but for what is wrong inside the weights.
pub fn inspect(dir: &std::path::Path) -> Result<Summary> {
    let manifest: Manifest = folder::manifest(dir)?;
    Ok(Summary {
        format: manifest.format,
        verdancy: manifest.verdancy,
        method: manifest.config.method(),
        config: manifest.config,
        schema: manifest.schema,
        protect: manifest.protect,
        stop: manifest.stop,
        best: manifest.history.iter().rev().find(|p| p.best).cloned(),
        last: manifest.history.into_iter().next_back(),
        weights_bytes: manifest.weights.bytes,
        weights_blake3: manifest.weights.blake3,
        tensors: manifest.weights.tensors,
    })
}
