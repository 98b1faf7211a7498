//! The files that a child left, into the store; and what is said of them in lists.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use verdancy_engine::{RunRecord, Sampled};
use verdancy_jobs::{Artifact, Error, Result};

use crate::app::App;
use crate::told::{Drawn, Note, Summary};

/// Files of a run, and bytes of its record and of what lists say of it, at most.
const FILES: usize = 1000;
const RECORD: u64 = 64 << 20;
const SUMMARY: usize = 256 << 10;

/// Why a run's files are not stored, where they are more than is kept.
pub(super) const TOO_LARGE: &str = "the files of the run are too large";

fn too_large() -> Error {
    Error::Row(TOO_LARGE.to_owned())
}

/// An error when the files of `folder` are more, or larger together, than is kept.
fn weigh(folder: &Path, most: u64) -> Result<()> {
    let (mut files, mut bytes) = (0, 0_u64);
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            files += 1;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                bytes = bytes.saturating_add(entry.metadata()?.len());
            }
            if files > FILES || bytes > most {
                return Err(too_large());
            }
        }
    }
    match fs::metadata(folder.join("run.json")) {
        Ok(meta) if meta.len() > RECORD => Err(too_large()),
        _ => Ok(()),
    }
}

/// Stores every file of a run's folder and summarises its `run.json`.
pub(super) async fn of_run(app: &App, folder: &Path) -> Result<(String, Vec<Artifact>)> {
    let at = folder.to_path_buf();
    collect(app, folder, move |_| {
        let record = RunRecord::load(&at).map_err(|e| Error::Row(e.message))?;
        Ok(Summary::from(&record))
    })
    .await
}

/// Stores the file of a sample and says how its rows were drawn.
pub(super) async fn of_sample(
    app: &App,
    folder: &Path,
    drawn: Option<(&Sampled, &[Note])>,
) -> Result<(String, Vec<Artifact>)> {
    let drawn = drawn.map(|(sampled, notes)| Drawn::new(sampled, notes, 0));
    collect(app, folder, move |files| match (drawn, files) {
        (Some(drawn), [file]) => Ok(Drawn {
            bytes: file.bytes,
            ..drawn
        }),
        _ => Err(Error::Row("the files of a sample".to_owned())),
    })
    .await
}

/// Stores every file of `folder`, and what `summary` says of them.
async fn collect<T: Serialize>(
    app: &App,
    folder: &Path,
    summary: impl FnOnce(&[Artifact]) -> Result<T> + Send + 'static,
) -> Result<(String, Vec<Artifact>)> {
    let (app, folder): (App, PathBuf) = (app.clone(), folder.to_path_buf());
    let done = tokio::task::spawn_blocking(move || {
        verdancy_fail_point::pass("before-rename");
        weigh(&folder, app.settings.limits.results)?;
        let mut files = Vec::new();
        gather(&app, &folder, "", &mut files)?;
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let summary = serde_json::to_string(&summary(&files)?);
        let summary = summary.map_err(|e| Error::Row(e.to_string()))?;
        if summary.len() > SUMMARY {
            return Err(too_large());
        }
        Ok((summary, files))
    });
    done.await
        .unwrap_or_else(|_| Err(Error::Row("the files of a run".to_owned())))
}

fn gather(app: &App, folder: &Path, prefix: &str, files: &mut Vec<Artifact>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            gather(app, &entry.path(), &format!("{name}/"), files)?;
        } else {
            let stored = app.store.put(&entry.path())?;
            files.push(Artifact {
                media_type: media_type(&name).to_owned(),
                name,
                hash: stored.hash,
                bytes: stored.bytes,
            });
        }
    }
    Ok(())
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("json") => "application/json",
        Some("csv") => "text/csv; charset=utf-8",
        Some("toml") => "application/toml",
        Some("ndjson" | "jsonl") => "application/x-ndjson",
        Some("parquet") => "application/vnd.apache.parquet",
        Some("arrow") => "application/vnd.apache.arrow.file",
        Some("gz") => "application/gzip",
        Some("zst") => "application/zstd",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_run_leaves_so_many_files_and_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("model");
        fs::create_dir(&model).unwrap();
        fs::write(folder.path().join("a"), [0; 600]).unwrap();
        fs::write(model.join("b"), [0; 400]).unwrap();
        assert!(weigh(folder.path(), 1000).is_ok());
        assert!(weigh(folder.path(), 999).is_err());
        for i in 0..FILES {
            fs::write(model.join(i.to_string()), "").unwrap();
        }
        assert!(weigh(folder.path(), 1000).is_err());
    }
}
