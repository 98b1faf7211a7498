//! A trainer that keeps what it has: an attempt that is finished is not trained twice, and one
//! that was not goes on from its last checkpoint. Whatever moment a run is killed at, the same
//! request comes to the same results.
//!
//! `FOLDER/attempt-N/` holds either `training.safetensors` or `finished/`; `FOLDER/run.json` says
//! which run they belong to. The former is the state of a network (weights, their average, the
//! optimiser's moments), the history of its losses, and a hash of the rows; the latter is a model as
//! it is saved, whose values are protected. None of them holds a row. The folder is taken away when
//! the run has written its results.

mod attempt;
mod folder;

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use verdancy_synth::{
    Checked, Checkpoints, Fitted, Peek, Run, Stop, TrainingData, TrainingState, Unfitted,
    checkpoint::fingerprint, checkpoint::of_table,
};
use verdancy_table::Warning;

use crate::cycle::{After, FIRST, Trainer};
use crate::{Error, Request, Result};
use attempt::{Attempt, Finished};
use folder::CheckpointFolder;

/// Time between two checkpoints of a training.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(10);

/// Trains as it is meant, with checkpoints in a folder.
pub struct Resuming {
    folder: CheckpointFolder,
    every: Duration,
    /// What the course of the attempts depends on besides rows and configurations.
    context: String,
    book: Mutex<Book>,
}

/// What was found of the attempt to come, and what there is to tell of the last.
#[derive(Default)]
struct Book {
    finished: Option<Finished>,
    state: Option<TrainingState>,
    after: After,
}

impl Resuming {
    /// Opens the folder `root`, which is made when it is not there, for `request`.
    ///
    /// # Errors
    /// `engine/checkpoints-not-ours`, `engine/checkpoints-in-use`, `engine/checkpoints-unusable`.
    pub fn open(root: &Path, request: &Request) -> Result<Resuming> {
        let plan = &request.plan;
        let context = serde_json::json!({
            "method": plan.method,
            "mode": plan.mode,
            "set": plan.set,
            "seed": plan.seed,
            "protect": plan.protect,
            "profile": format!("{:?}", request.profile),
        });
        Ok(Resuming {
            folder: CheckpointFolder::open(root)?,
            every: plan.checkpoint_every,
            context: context.to_string(),
            book: Mutex::default(),
        })
    }

    /// Takes the folder away, when its results are in place.
    pub fn clear(self) {
        self.folder.clear();
    }

    fn book<T>(&self, with: impl FnOnce(&mut Book) -> T) -> T {
        with(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What was found of an attempt and belongs to `print`.
    fn found(&self, print: &str) -> (Option<Finished>, Option<TrainingState>) {
        self.book(|book| {
            let (finished, state) = (book.finished.take(), book.state.take());
            let foreign = finished.as_ref().is_some_and(|f| f.fingerprint != print)
                || state.as_ref().is_some_and(|s| s.fingerprint() != print);
            if foreign {
                let message = "A checkpoint belongs to an attempt with other parameters; the attempt begins anew.";
                book.after.warnings.push(ignored(message.to_owned()));
            }
            (
                finished.filter(|f| f.fingerprint == print),
                state.filter(|s| s.fingerprint() == print),
            )
        })
    }
}

impl Trainer for Resuming {
    fn prepare(&self, number: u32) -> Vec<Warning> {
        if number == FIRST {
            return Vec::new();
        }
        let place = Attempt::of(self.folder.root(), number);
        let mut warnings = Vec::new();
        let mut usable = |error: Error| {
            let file = error.place.to_string();
            warnings.push(ignored(format!(
                "A checkpoint cannot be used and is left aside ({}, {file}).",
                error.code
            )));
        };
        let finished = place.finished().unwrap_or_else(|e| {
            usable(e);
            None
        });
        let state = match finished {
            Some(_) => None,
            None => place.state().unwrap_or_else(|e| {
                usable(e);
                None
            }),
        };
        self.book(|book| {
            *book = Book {
                finished,
                state,
                after: After::default(),
            };
        });
        warnings
    }

    fn fit(
        &self,
        number: u32,
        checked: &Checked,
        data: &TrainingData<'_>,
        run: &mut Run<'_>,
    ) -> std::result::Result<Fitted, Unfitted> {
        // First answers take seconds: there is nothing to keep.
        if number == FIRST {
            return checked.fit(data, run);
        }
        let [train, validation] = [data.train(), data.validation()].map(of_table);
        let whole = format!("{train}\n{validation}\n{}", self.context);
        self.folder.belong(&whole)?;
        let place = Attempt::of(self.folder.root(), number);
        place.make()?;
        let mut save = |state: &TrainingState| {
            if let Err(error) = state.save(&place.training()) {
                self.book(|book| book.after.warn(unkept(&error)));
            }
            Ok(())
        };
        let mut run = Run {
            seed: run.seed,
            threads: run.threads,
            cancel: run.cancel.clone(),
            deadline: run.deadline,
            clock: run.clock,
            start: run.start,
            peek: run.peek.as_mut().map(|peek| Peek {
                at: peek.at,
                rows: peek.rows,
                flat: peek.flat,
                good: &mut *peek.good,
            }),
            checkpoint: Some(Checkpoints {
                every: self.every,
                context: &self.context,
                resume: None,
                save: &mut save,
            }),
            listen: &mut *run.listen,
        };
        let print = fingerprint(checked, data, &run)?;
        let (finished, state) = self.found(&print);
        if let Some(finished) = finished {
            for line in &finished.fitted.history {
                (run.listen)(line);
            }
            self.book(|book| {
                book.after.seconds = Some(finished.seconds);
                book.after.loaded = true;
            });
            return Ok(finished.fitted);
        }
        let before = state.as_ref().map_or(0.0, TrainingState::seconds);
        if let Some(checkpoint) = &mut run.checkpoint {
            checkpoint.resume = state;
        }
        let from = (run.clock)();
        let fitted = checked.fit(data, &mut run)?;
        let seconds = before + (run.clock)().saturating_sub(from).as_secs_f64();
        self.book(|book| book.after.seconds = Some(seconds));
        // One that was stopped by hand may still go on; figures that are not finite are not kept
        // in a model's folder.
        let whole = fitted
            .history
            .iter()
            .all(verdancy_synth::Progress::is_finite);
        if fitted.stop != Stop::Cancelled
            && whole
            && let Err(error) = place.finish(&fitted, &print, seconds)
        {
            self.book(|book| book.after.warn(unkept(&error)));
        }
        Ok(fitted)
    }

    fn after(&self) -> After {
        self.book(|book| std::mem::take(&mut book.after))
    }
}

fn ignored(message: String) -> Warning {
    Warning::new("engine/checkpoint-ignored", message)
}

fn unkept(error: &Error) -> Warning {
    Warning::new(
        "engine/checkpoint-not-kept",
        format!(
            "A checkpoint could not be kept ({}); after a crash, more would have to be done again.",
            error.code
        ),
    )
}
