//! One attempt in the folder of checkpoints: the state of its training, or its model.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use verdancy_synth::{Fitted, TrainingState};

use super::folder::{MAKING, names, remove, unusable, write};
use crate::{Error, Result};

const TRAINING: &str = "training.safetensors";
const FINISHED: &str = "finished";
const MODEL: &str = "model";
const ABOUT: &str = "attempt.json";

/// The place of an attempt.
pub(super) struct Attempt(PathBuf);

/// A finished attempt.
pub(super) struct Finished {
    pub(super) fitted: Fitted,
    pub(super) fingerprint: String,
    /// Seconds of its training.
    pub(super) seconds: f64,
}

/// What a finished attempt's model does not say itself.
#[derive(Serialize, Deserialize)]
struct About {
    fingerprint: String,
    seconds: f64,
}

impl Attempt {
    pub(super) fn of(root: &Path, number: u32) -> Attempt {
        Attempt(root.join(format!("attempt-{number}")))
    }

    /// Makes the folder, and takes away what a killed process left in the making.
    pub(super) fn make(&self) -> Result<()> {
        let fail = |e| unusable(&self.0, e);
        fs::create_dir_all(&self.0).map_err(fail)?;
        for name in names(&self.0).map_err(fail)? {
            if name.starts_with('.') {
                remove(&self.0.join(name));
            }
        }
        Ok(())
    }

    /// The file of the training's state.
    pub(super) fn training(&self) -> PathBuf {
        self.0.join(TRAINING)
    }

    /// The state of its training, if there is one.
    pub(super) fn state(&self) -> Result<Option<TrainingState>> {
        let file = self.training();
        match file.exists() {
            true => TrainingState::load(&file).map(Some),
            false => Ok(None),
        }
    }

    /// The finished attempt, if it is one.
    pub(super) fn finished(&self) -> Result<Option<Finished>> {
        let folder = self.0.join(FINISHED);
        if !folder.exists() {
            return Ok(None);
        }
        let file = folder.join(ABOUT);
        let about: About = fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| {
                Error::input(
                    "engine/checkpoint-damaged",
                    "A finished attempt is damaged: its file is not as it was saved.",
                    "Delete it; the attempt then begins anew.",
                )
                .in_file(&file)
            })?;
        let fitted = Fitted::load(folder.join(MODEL))?;
        // A process killed just after it had finished the attempt left the state behind.
        remove(&self.training());
        Ok(Some(Finished {
            fitted,
            fingerprint: about.fingerprint,
            seconds: about.seconds,
        }))
    }

    /// Keeps the finished attempt in place of the state of its training.
    pub(super) fn finish(&self, fitted: &Fitted, fingerprint: &str, seconds: f64) -> Result<()> {
        let fail = |e| unusable(&self.0, e);
        let making = tempfile::Builder::new()
            .prefix(MAKING)
            .tempdir_in(&self.0)
            .map_err(fail)?;
        let new = making.path().join(FINISHED);
        fitted.save(new.join(MODEL))?;
        let about = crate::pretty(&About {
            fingerprint: fingerprint.to_owned(),
            seconds,
        })?;
        write(&new.join(ABOUT), about.as_bytes()).map_err(fail)?;
        let place = self.0.join(FINISHED);
        remove(&place);
        fs::rename(&new, &place).map_err(fail)?;
        // Not every system can sync a folder; the files themselves are on disk.
        if let Ok(folder) = File::open(&self.0) {
            let _ = folder.sync_all();
        }
        remove(&self.training());
        Ok(())
    }
}
