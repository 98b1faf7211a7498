//! The folder of one attempt at a job: what the child is given, and what it leaves.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use verdancy_engine::{Bounds, Document, Options, Task, Work};
use verdancy_jobs::{Job, private_folder};

use super::asked::Asked;
use crate::app::App;
use crate::child::{self, Started};
use crate::names::file_name;
use crate::{order, sample};

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
        asked: &Asked,
    ) -> Result<(Place, Started)> {
        let folder = whole.join(job.attempt.to_string());
        private_folder(&folder)?;
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
        let task = match asked {
            Asked::Run(order) => place.run(app, &folder, order).await?,
            Asked::Sample(order) => place.sample(app, &folder, order).await?,
        };
        let history = app.settings.data.join("runs.jsonl");
        let variables = match asked {
            Asked::Run(_) => vec![("VERDANCY_HISTORY", &*history)],
            Asked::Sample(_) => Vec::new(),
        };
        let started = child::start(&app.settings, task, &variables).await?;
        Ok((place, started))
    }

    /// The task of a run.
    async fn run(&self, app: &App, folder: &Path, order: &order::Order) -> Result<Task> {
        let data = folder.join(file_name(&order.name));
        lend(app, vec![(order.hash.clone(), data.clone())]).await?;
        let (store, schema) = (app.store.clone(), order.schema.clone());
        let schema = tokio::task::spawn_blocking(move || store.text(&schema)).await;
        let schema = schema.map_err(Error::other)?.map_err(of_store)?;
        let schema = schema.ok_or_else(|| Error::from(ErrorKind::NotFound))?;
        Ok(Task {
            work: Work::Synth {
                output: self.output.clone(),
            },
            data,
            options: Options {
                schema: Some(Document::Text(schema)),
                checkpoints: Some(self.checkpoints.clone()),
                ..order.run.options()
            },
            bounds: Bounds::default(),
        })
    }

    /// The task of a sample, with the model laid out as it was saved.
    async fn sample(&self, app: &App, folder: &Path, order: &sample::Order) -> Result<Task> {
        let asked = order.asked(app).map_err(of_store)?;
        let (model, mut data) = (folder.join("model"), PathBuf::new());
        private_folder(&model)?;
        private_folder(&self.output)?;
        let mut files: Vec<(String, PathBuf)> = (order.model.iter())
            .map(|file| (file.hash.clone(), model.join(file_name(&file.name))))
            .collect();
        if let Some(given) = &order.given {
            let at = folder.join("given");
            private_folder(&at)?;
            data = at.join(file_name(&given.name));
            files.push((given.hash.clone(), data.clone()));
        }
        lend(app, files).await?;
        Ok(Task {
            work: Work::Sample {
                model,
                output: self.output.join(asked.file()),
                wanted: asked.wanted(),
            },
            data,
            options: Options {
                rows: asked.rows,
                seed: asked.seed,
                ..Options::default()
            },
            bounds: Bounds::default(),
        })
    }

    /// A name for the state of the checkpoints: their files, sizes and times; none without any.
    pub(super) fn mark(&self) -> Option<String> {
        let (mut hasher, mut files) = (blake3::Hasher::new(), 0);
        walk(&self.checkpoints, &mut hasher, &mut files);
        (files > 0).then(|| hasher.finalize().to_hex()[..16].to_owned())
    }
}

fn of_store(error: verdancy_jobs::Error) -> Error {
    match error {
        verdancy_jobs::Error::File(e) => e,
        e => Error::other(e),
    }
}

/// Lays contents of the store at places of the attempt.
async fn lend(app: &App, files: Vec<(String, PathBuf)>) -> Result<()> {
    let store = app.store.clone();
    let lent = tokio::task::spawn_blocking(move || {
        for (hash, at) in files {
            if !store.lend(&hash, &at).map_err(of_store)? {
                return Err(Error::from(ErrorKind::NotFound));
            }
        }
        Ok(())
    });
    lent.await.map_err(Error::other)?
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
