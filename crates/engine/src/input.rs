//! Where a table comes from: a file, or Arrow columns of the program that calls.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use verdancy_table::read;

use crate::{Error, Result};

/// A table to be read.
#[derive(Debug, Clone)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Cells in memory, from [`read::from_batches`].
    Cells(Arc<read::Source>),
}

impl Default for Input {
    fn default() -> Input {
        Input::File(PathBuf::new())
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Input {
        Input::File(path)
    }
}

impl Input {
    /// The file's path, or the name of a table in memory.
    pub fn path(&self) -> &Path {
        match self {
            Input::File(path) => path,
            Input::Cells(source) => &source.path,
        }
    }

    /// The file's path; `None` for a table in memory.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Input::File(path) => Some(path),
            Input::Cells(_) => None,
        }
    }

    /// The last part of [`Input::path`].
    pub fn name(&self) -> String {
        let name = self.path().file_name();
        name.map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// SHA-256 of the file, in hexadecimal digits; `None` for a table in memory.
    ///
    /// # Errors
    /// `engine/input-unreadable`.
    pub(crate) fn sha256(&self) -> Result<Option<String>> {
        let Some(path) = self.file() else {
            return Ok(None);
        };
        let digest = || -> std::io::Result<Vec<u8>> {
            let mut file = std::fs::File::open(path)?;
            let mut hasher = Sha256::new();
            let mut bytes = vec![0; 1 << 16];
            loop {
                match file.read(&mut bytes)? {
                    0 => return Ok(hasher.finalize().to_vec()),
                    n => hasher.update(&bytes[..n]),
                }
            }
        };
        let digest = digest().map_err(|e| {
            Error::environment(
                "engine/input-unreadable",
                "The table could be read once, but not a second time for its hash.",
                "Start the run again when nothing else changes the file.",
            )
            .in_file(path)
            .caused_by(e)
        })?;
        Ok(Some(digest.iter().map(|b| format!("{b:02x}")).collect()))
    }

    /// Its cells.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) fn read(&self, options: &read::Options) -> Result<read::Source> {
        match self {
            Input::File(path) => read::read(path, options),
            Input::Cells(source) => Ok(source.as_ref().clone()),
        }
    }
}

/// A text that a user gives: the path of a file that holds it, or the text itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// A file.
    File(PathBuf),
    /// The text.
    Text(String),
}

impl Document {
    /// The file's path.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Document::File(path) => Some(path),
            Document::Text(_) => None,
        }
    }

    /// The text.
    ///
    /// # Errors
    /// `engine/schema-unreadable`.
    pub(crate) fn read(&self) -> Result<String> {
        match self {
            Document::Text(text) => Ok(text.clone()),
            Document::File(path) => std::fs::read_to_string(path).map_err(|e| {
                Error::input(
                    "engine/schema-unreadable",
                    "The schema cannot be read as text.",
                    "Give the path of a readable file.",
                )
                .in_file(path)
                .caused_by(e)
            }),
        }
    }

    /// The error, with the file's path.
    pub(crate) fn place(&self, error: Error) -> Error {
        match self.file() {
            Some(path) => error.in_file(path),
            None => error,
        }
    }
}
