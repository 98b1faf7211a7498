//! The folder of a model on disk: written beside its place and renamed, read with sizes checked first. What its manifest
//! says of the model is up to those who hand it over.

mod seal;
mod tensors;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use seal::FORMAT;

use crate::parts::{Tensor, damaged};
use crate::{Error, Result};

/// Name of the manifest inside a model folder.
pub const MANIFEST: &str = "manifest.json";
/// Name of the weights inside a model folder.
pub const WEIGHTS: &str = "weights.safetensors";

/// Larger files are refused unread.
const MANIFEST_LIMIT: u64 = 512 << 20;
const WEIGHTS_LIMIT: u64 = 8 << 30;

/// One tensor of the weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorInfo {
    /// Its name.
    pub name: String,
    /// `f32`, `f64` or `i64`.
    pub dtype: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// The weights as the manifest knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Weights {
    pub(crate) bytes: u64,
    pub(crate) blake3: String,
    pub(crate) tensors: Vec<TensorInfo>,
}

/// Writes a model to the folder `dir`; one that is there already is replaced. `manifest` says everything of it but
/// `tensors`.
pub(crate) fn save<M: Serialize>(
    dir: &Path,
    tensors: &BTreeMap<String, Tensor>,
    manifest: impl FnOnce(Weights) -> M,
) -> Result<()> {
    if dir.exists() && !replaceable(dir) {
        return Err(Error::input(
            "model/not-a-model",
            "The folder for the model exists and holds something else.",
            "Name a new or empty folder, or one that holds a model.",
        )
        .in_file(dir));
    }
    let weights = tensors::to_bytes(tensors)?;
    let manifest = seal::to_bytes(&manifest(Weights {
        bytes: weights.len() as u64,
        blake3: blake3::hash(&weights).to_hex().to_string(),
        tensors: tensors.iter().map(|(n, t)| tensors::info(n, t)).collect(),
    }))?;
    if manifest.len() as u64 > MANIFEST_LIMIT || weights.len() as u64 > WEIGHTS_LIMIT {
        return Err(too_large().in_file(dir));
    }
    write(dir, &manifest, &weights).map_err(|e| {
        Error::environment(
            "model/unwritable",
            "The model cannot be written.",
            "Check that the disk has room and that the folder above it may be written to.",
        )
        .in_file(dir)
        .caused_by(e)
    })
}

/// True for folders that a model may take the place of.
fn replaceable(dir: &Path) -> bool {
    dir.join(MANIFEST).is_file() || fs::read_dir(dir).is_ok_and(|mut d| d.next().is_none())
}

fn write(dir: &Path, manifest: &[u8], weights: &[u8]) -> std::io::Result<()> {
    let parent = match dir.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent)?;
    let beside = tempfile::Builder::new()
        .prefix(".model-")
        .tempdir_in(&parent)?;
    let new = beside.path().join("new");
    fs::create_dir(&new)?;
    for (name, bytes) in [(WEIGHTS, weights), (MANIFEST, manifest)] {
        let mut file = File::create(new.join(name))?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    let old = beside.path().join("old");
    let replaced = dir.exists();
    if replaced {
        fs::rename(dir, &old)?;
    }
    if let Err(e) = fs::rename(&new, dir) {
        if replaced {
            fs::rename(&old, dir)?;
        }
        return Err(e);
    }
    // Not every system can sync a folder; the files themselves are on disk.
    if let Ok(folder) = File::open(&parent) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Reads and checks the manifest of the model in `dir`.
pub(crate) fn manifest<M: DeserializeOwned>(dir: &Path) -> Result<M> {
    let path = dir.join(MANIFEST);
    let bytes = read(&path, MANIFEST_LIMIT, None)?;
    seal::from_bytes(&bytes).map_err(|e| e.in_file(path))
}

/// Reads the tensors of the model in `dir`, which its manifest knows as `weights`.
pub(crate) fn tensors(dir: &Path, weights: &Weights) -> Result<BTreeMap<String, Tensor>> {
    let path = dir.join(WEIGHTS);
    let bytes = read(&path, WEIGHTS_LIMIT, Some(weights.bytes))?;
    if blake3::hash(&bytes).to_hex().as_str() != weights.blake3 {
        return Err(damaged().in_file(path));
    }
    let tensors = tensors::from_bytes(&bytes).map_err(|e| e.in_file(&path))?;
    let listed = tensors.iter().map(|(n, t)| tensors::info(n, t));
    if !listed.eq(weights.tensors.iter().cloned()) {
        return Err(damaged().in_file(path));
    }
    Ok(tensors)
}

/// A file's bytes: no more than `limit`, and just `expected` when that is given.
fn read(path: &Path, limit: u64, expected: Option<u64>) -> Result<Vec<u8>> {
    let unreadable = |e: std::io::Error| {
        let error = if e.kind() == std::io::ErrorKind::NotFound {
            Error::input(
                "model/not-found",
                "There is no model here: a part of it is missing.",
                format!("Name the folder that holds {MANIFEST} and {WEIGHTS}."),
            )
        } else {
            Error::environment(
                "model/unreadable",
                "The model cannot be read.",
                "Check that the file may be read and that the disk works.",
            )
        };
        error.in_file(path).caused_by(e)
    };
    let file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(damaged().in_file(path));
    }
    if meta.len() > limit {
        return Err(too_large().in_file(path));
    }
    if expected.is_some_and(|n| n != meta.len()) {
        return Err(damaged().in_file(path));
    }
    let mut bytes = Vec::with_capacity(meta.len() as usize);
    file.take(meta.len())
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 != meta.len() {
        return Err(damaged().in_file(path));
    }
    Ok(bytes)
}

fn too_large() -> Error {
    Error::input(
        "model/too-large",
        format!(
            "A part of the model is larger than {} MiB (manifest) or {} GiB (weights).",
            MANIFEST_LIMIT >> 20,
            WEIGHTS_LIMIT >> 30
        ),
        "Fit with fewer levels per category or a narrower network.",
    )
}
