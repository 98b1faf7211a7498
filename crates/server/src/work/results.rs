//! The files that a child left, into the store; and what is said of them in lists.

use std::fs;
use std::path::{Path, PathBuf};

use verdancy_engine::RunRecord;
use verdancy_jobs::{Artifact, Error, Result};

use crate::app::App;
use crate::told::Summary;

/// Stores every file of `folder` and summarises its `run.json`.
pub(super) async fn collect(app: &App, folder: &Path) -> Result<(String, Vec<Artifact>)> {
    let (app, folder): (App, PathBuf) = (app.clone(), folder.to_path_buf());
    let done = tokio::task::spawn_blocking(move || {
        verdancy_fail_point::pass("before-rename");
        let mut files = Vec::new();
        gather(&app, &folder, "", &mut files)?;
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let record = RunRecord::load(&folder).map_err(|e| Error::Row(e.message))?;
        let summary = serde_json::to_string(&Summary::from(&record));
        Ok((summary.map_err(|e| Error::Row(e.to_string()))?, files))
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
