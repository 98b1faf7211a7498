//! The folder of one attempt at a job: what the child is given, and what it leaves.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use verdancy_engine::{Bounds, Document, Options, Task, Work};
use verdancy_jobs::Job;

use crate::app::App;
use crate::child::{self, Started};
use crate::order::{Order, file_name};

/// The folder of one attempt at a job.
pub(super) struct Place {
    pub(super) output: PathBuf,
    pub(super) checkpoints: PathBuf,
}

impl Place {
    /// Makes the folder in `whole`, hands over the checkpoints of the attempt before, and starts the
    /// child.
    pub(super) async fn make(
        app: &App,
        whole: &Path,
        job: &Job,
        order: &Order,
    ) -> Result<(Place, Started)> {
        let folder = whole.join(job.attempt.to_string());
        verdancy_jobs::private_folder(&folder)?;
        let place = Place {
            output: folder.join("out"),
            checkpoints: folder.join("checkpoints"),
        };
        if let Some(before) = (1..job.attempt)
            .rev()
            .map(|n| whole.join(n.to_string()).join("checkpoints"))
            .find(|p| p.is_dir())
        {
            copy(&before, &place.checkpoints)?;
        }
        let data = folder.join(file_name(&order.name));
        let (store, content, schema) =
            (app.store.clone(), order.hash.clone(), order.schema.clone());
        let at = data.clone();
        let lent = tokio::task::spawn_blocking(move || {
            let there = store.lend(&content, &at)?;
            Ok((store.text(&schema)?).filter(|_| there))
        });
        let lent = lent.await.map_err(Error::other)?;
        let schema = lent.map_err(|e: verdancy_jobs::Error| match e {
            verdancy_jobs::Error::File(e) => e,
            e => Error::other(e),
        })?;
        let schema = schema.ok_or_else(|| Error::from(ErrorKind::NotFound))?;
        let task = Task {
            work: Work::Synth {
                output: place.output.clone(),
            },
            data,
            options: Options {
                schema: Some(Document::Text(schema)),
                checkpoints: Some(place.checkpoints.clone()),
                ..order.run.options()
            },
            bounds: Bounds::default(),
        };
        let history = app.settings.data.join("runs.jsonl");
        let started = child::start(&app.settings, task, &[("VERDANCY_HISTORY", &history)]).await?;
        Ok((place, started))
    }

    /// A name for the state of the checkpoints: their files, sizes and times; none without any.
    pub(super) fn mark(&self) -> Option<String> {
        let (mut hasher, mut files) = (blake3::Hasher::new(), 0);
        walk(&self.checkpoints, &mut hasher, &mut files);
        (files > 0).then(|| hasher.finalize().to_hex()[..16].to_owned())
    }
}

/// Copies what is whole. The attempt before may still be at it, when its worker was taken for dead
/// and is not: files may go while they are copied, and those in the making are left out.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let gone = |e: &Error| e.kind() == ErrorKind::NotFound;
    fs::create_dir_all(to)?;
    let entries = match fs::read_dir(from) {
        Err(e) if gone(&e) => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let target = to.join(name);
        let done = match entry.file_type() {
            Ok(kind) if kind.is_dir() => copy(&entry.path(), &target),
            Ok(_) => fs::copy(entry.path(), target).map(drop),
            Err(e) => Err(e),
        };
        match done {
            Err(e) if !gone(&e) => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

fn walk(folder: &Path, hasher: &mut blake3::Hasher, files: &mut usize) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<_> = entries.collect();
    all.sort_by_key(fs::DirEntry::file_name);
    for entry in all {
        if let Ok(meta) = entry.metadata() {
            if meta.is_dir() {
                walk(&entry.path(), hasher, files);
            } else if let Ok(time) = meta.modified() {
                hasher
                    .update(format!("{:?} {} {time:?}", entry.file_name(), meta.len()).as_bytes());
                *files += 1;
            }
        }
    }
}
