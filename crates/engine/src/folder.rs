//! The output folder: everything is written into a temporary folder beside it and moved into
//! place at the end, so that nothing is ever left half written.
//!
//! A folder that is there already is used only when replacing our files in it cannot destroy
//! anyone else's: when it is one of ours (it holds a `run.json`), or holds none of our names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use verdancy_table::staging::{self, Staging};

use crate::{Error, Result};

/// Names that a run may write, besides `synthetic.*`.
pub const OWNED: [&str; 6] = [
    "figures.json",
    "model",
    "report.html",
    "report.json",
    "schema.toml",
    "run.json",
];

/// An output folder in the making. Dropped without [`Folder::commit`], it leaves no trace.
#[derive(Debug)]
pub struct Folder {
    output: PathBuf,
    staging: Staging,
}

/// True for a name that a run may write at the top of its folder.
pub fn owned(name: &str) -> bool {
    OWNED.contains(&name) || name.starts_with("synthetic.")
}

fn not_writable(output: &Path, cause: io::Error) -> Error {
    Error::environment(
        "engine/output-not-writable",
        "The output folder cannot be written.",
        "Choose another folder with --output, or change the permissions of this one.",
    )
    .in_file(output)
    .caused_by(cause)
}

impl Folder {
    /// Prepares to write `output`; `inputs` are files that must not be replaced. What an earlier run left there
    /// is replaced only with `force`.
    ///
    /// # Errors
    /// `engine/output-not-a-folder`, `engine/output-not-ours`, `engine/output-exists`,
    /// `engine/output-holds-input`, `engine/output-not-writable`.
    pub fn prepare(output: &Path, inputs: &[&Path], force: bool) -> Result<Folder> {
        match fs::metadata(output) {
            Ok(meta) if !meta.is_dir() => {
                return Err(Error::input(
                    "engine/output-not-a-folder",
                    "The output is a file, not a folder.",
                    "Name a folder with --output; it is made when it is not there.",
                )
                .in_file(output));
            }
            Ok(_) => check_replaceable(output, inputs, force)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(not_writable(output, e)),
        }
        let parent = match output.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        };
        if !parent.is_dir() {
            return Err(Error::input(
                "engine/output-parent-missing",
                "The folder that should hold the output folder is not there.",
                "Make it first, or choose another place with --output.",
            )
            .in_file(output));
        }
        let beside = if output.is_dir() { output } else { parent };
        // Where an earlier command had to make the output folder, it worked beside it.
        staging::sweep(parent);
        let staging = Staging::within(beside).map_err(|e| not_writable(output, e))?;
        Ok(Folder {
            output: output.to_path_buf(),
            staging,
        })
    }

    /// Where files are written until [`Folder::commit`].
    pub fn path(&self) -> &Path {
        self.staging.path()
    }

    /// Where files will be.
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// Moves everything into place and gives the names that are now there, in order.
    ///
    /// # Errors
    /// `engine/output-not-writable`.
    pub fn commit(self) -> Result<Vec<String>> {
        let fail = |e| not_writable(&self.output, e);
        let mut names: Vec<String> = fs::read_dir(self.staging.path())
            .and_then(|all| {
                all.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                    .collect()
            })
            .map_err(fail)?;
        names.retain(|name| !staging::is_lock(name));
        names.sort();
        fs::create_dir_all(&self.output).map_err(fail)?;
        let old = tempfile::Builder::new()
            .prefix(".old-")
            .tempdir_in(self.staging.path())
            .map_err(fail)?;
        let replaced = owned_names(&self.output).map_err(fail)?;
        for name in &replaced {
            fs::rename(self.output.join(name), old.path().join(name)).map_err(fail)?;
        }
        for name in &names {
            let moved = fs::rename(self.staging.path().join(name), self.output.join(name));
            if let Err(e) = moved {
                restore(old.path(), &self.output, &names, &replaced);
                return Err(fail(e));
            }
        }
        Ok(names)
    }
}

/// Puts the old files back after a failed move.
fn restore(old: &Path, output: &Path, new: &[String], replaced: &[String]) {
    for name in new {
        let path = output.join(name);
        let _ = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
    }
    for name in replaced {
        let _ = fs::rename(old.join(name), output.join(name));
    }
}

fn owned_names(output: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(output)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if owned(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn check_replaceable(output: &Path, inputs: &[&Path], force: bool) -> Result<()> {
    let there = owned_names(output).map_err(|e| not_writable(output, e))?;
    let ours = fs::read(output.join("run.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .is_some_and(|v| v.get("version").is_some() && v.get("attempts").is_some());
    if !there.is_empty() && !ours {
        return Err(Error::input(
            "engine/output-not-ours",
            format!(
                "The output folder holds files that a run would replace ({}), and they are not from a run of Verdancy.",
                there.join(", ")
            ),
            "Choose another folder with --output.",
        )
        .in_file(output));
    }
    for name in &there {
        let Ok(kept) = output.join(name).canonicalize() else {
            continue;
        };
        let holds = inputs
            .iter()
            .filter_map(|input| input.canonicalize().ok())
            .any(|input| input.starts_with(&kept));
        if holds {
            return Err(Error::input(
                "engine/output-holds-input",
                format!("The run would replace its own input, {name}."),
                "Choose another folder with --output.",
            )
            .in_file(output));
        }
    }
    if !there.is_empty() && !force {
        return Err(exists(output, "the results of an earlier run"));
    }
    Ok(())
}

/// The error for results that are there already.
fn exists(output: &Path, what: &str) -> Error {
    Error::input(
        "engine/output-exists",
        format!("The output folder holds {what}."),
        "Replace them with --force, or choose another folder with --output.",
    )
    .in_file(output)
}

/// The folder of a model in the making.
#[derive(Debug)]
pub(crate) struct ModelPlace {
    target: PathBuf,
    staging: Staging,
}

impl ModelPlace {
    pub(crate) fn prepare(target: &Path, force: bool) -> Result<ModelPlace> {
        let there = fs::metadata(target).ok();
        if there.as_ref().is_some_and(|meta| !meta.is_dir()) {
            return Err(Error::input(
                "engine/output-not-a-folder",
                "The output is a file, not a folder.",
                "Name a folder with --output; it is made when it is not there.",
            )
            .in_file(target));
        }
        let empty = || fs::read_dir(target).is_ok_and(|mut all| all.next().is_none());
        if there.is_some() && !target.join("manifest.json").is_file() && !empty() {
            return Err(Error::input(
                "engine/output-not-ours",
                "The output folder holds files, and they are not a model of Verdancy.",
                "Choose another folder with --output.",
            )
            .in_file(target));
        }
        if target.join("manifest.json").is_file() && !force {
            return Err(exists(target, "an earlier model"));
        }
        let parent = match target.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            _ => Path::new("."),
        };
        let staging = Staging::within(parent).map_err(|e| not_writable(target, e))?;
        Ok(ModelPlace {
            target: target.to_path_buf(),
            staging,
        })
    }

    /// Where the model is written until [`ModelPlace::commit`].
    pub(crate) fn path(&self) -> PathBuf {
        self.staging.path().join("model")
    }

    pub(crate) fn commit(self) -> Result<()> {
        let fail = |e| not_writable(&self.target, e);
        if self.target.exists() {
            fs::rename(&self.target, self.staging.path().join("old")).map_err(fail)?;
        }
        fs::rename(self.path(), &self.target).map_err(fail)
    }
}

/// Writes a text file in the making.
///
/// # Errors
/// `engine/write-failed`.
pub fn write_text(folder: &Path, name: &str, text: &str) -> Result<()> {
    fs::write(folder.join(name), text).map_err(|e| {
        Error::environment(
            "engine/write-failed",
            "An output file could not be written.",
            "Free some space or choose another folder with --output.",
        )
        .in_file(name)
        .caused_by(e)
    })
}

/// JSON for people, with a last line end.
///
/// # Errors
/// An internal error when the value does not serialise.
pub fn pretty(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(|e| Error::internal("a record does not serialise").caused_by(e))
}
