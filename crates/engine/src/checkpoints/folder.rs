//! The folder of checkpoints: one run's at a time, and nothing in it that is not ours.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

const IDENTITY: &str = "run.json";
const LOCK: &str = "lock";
/// How files in the making begin.
pub(super) const MAKING: &str = ".part-";

/// An open folder; others are kept out until it is dropped, or the process ends.
pub(super) struct CheckpointFolder {
    root: PathBuf,
    lock: File,
}

/// What run a folder belongs to.
#[derive(Serialize, Deserialize, PartialEq)]
struct Identity {
    verdancy: String,
    run: String,
}

fn ours(name: &str) -> bool {
    let numbered = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    [IDENTITY, LOCK].contains(&name)
        || name.starts_with(MAKING)
        || name.strip_prefix("attempt-").is_some_and(numbered)
}

/// The error of a folder that the system does not let us use.
pub(super) fn unusable(path: &Path, cause: std::io::Error) -> Error {
    Error::environment(
        "engine/checkpoints-unusable",
        "The folder for checkpoints cannot be written.",
        "Choose another folder with --checkpoints, or change the permissions of this one.",
    )
    .in_file(path)
    .caused_by(cause)
}

impl CheckpointFolder {
    pub(super) fn open(root: &Path) -> Result<CheckpointFolder> {
        let fail = |e| unusable(root, e);
        fs::create_dir_all(root).map_err(fail)?;
        let names = names(root).map_err(fail)?;
        if !names.iter().all(|name| ours(name)) {
            return Err(Error::input(
                "engine/checkpoints-not-ours",
                "The folder for checkpoints holds something else.",
                "Name a new or empty folder with --checkpoints.",
            )
            .in_file(root));
        }
        let lock = File::create(root.join(LOCK)).map_err(fail)?;
        // Where the system has no locks, nobody is kept out.
        if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(Error::input(
                "engine/checkpoints-in-use",
                "Another run is using this folder for checkpoints.",
                "Wait for it to end, or choose another folder with --checkpoints.",
            )
            .in_file(root));
        }
        for name in names.iter().filter(|name| name.starts_with(MAKING)) {
            remove(&root.join(name));
        }
        Ok(CheckpointFolder {
            root: root.to_path_buf(),
            lock,
        })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Checks that what is here belongs to the run that `facts` describe, or says so for later.
    pub(super) fn belong(&self, facts: &str) -> Result<()> {
        let path = self.root.join(IDENTITY);
        let own = Identity {
            verdancy: env!("CARGO_PKG_VERSION").to_owned(),
            run: blake3::hash(facts.as_bytes()).to_hex().to_string(),
        };
        let there = (fs::read(&path).ok())
            .and_then(|bytes| serde_json::from_slice::<Identity>(&bytes).ok());
        match there {
            Some(there) if there == own => Ok(()),
            Some(_) => Err(Error::input(
                "engine/checkpoints-foreign",
                "The checkpoints in this folder belong to another run: other rows, options, seed or release.",
                "Choose another folder with --checkpoints, or delete this one to begin anew.",
            )
            .in_file(&self.root)),
            // Each attempt has a fingerprint of its own, so a lost identity is written again.
            None => {
                let text = crate::pretty(&own)?;
                write(&path, text.as_bytes()).map_err(|e| unusable(&path, e))
            }
        }
    }

    /// Takes away everything that is ours, and the folder when nothing is left in it. What cannot
    /// be deleted stays: the results are in place.
    pub(super) fn clear(self) {
        drop(self.lock);
        for name in names(&self.root).unwrap_or_default() {
            if ours(&name) {
                remove(&self.root.join(name));
            }
        }
        let _ = fs::remove_dir(&self.root);
    }
}

/// Writes a file beside its place and moves it there.
pub(super) fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut beside = tempfile::Builder::new()
        .prefix(MAKING)
        .tempfile_in(folder)?;
    beside.write_all(content)?;
    beside.as_file().sync_all()?;
    beside.persist(path).map_err(|e| e.error)?;
    Ok(())
}

pub(super) fn remove(path: &Path) {
    let _ = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
}

pub(super) fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}
