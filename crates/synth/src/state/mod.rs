//! Checkpoints: the state of a training between two steps, so that a process that ended at any
//! moment can be followed by one that ends with the same bytes.
//!
//! What can be computed anew from the seed (the order of the rows, the random numbers of each
//! step) is not kept. What is kept says by a [fingerprint](crate::print::fingerprint) what it belongs to.

mod file;

use std::path::Path;
use std::time::Duration;

use crate::neural::AdamW;
use crate::{Error, Progress, Result};

/// Where a training leaves its state, and what it goes on from.
pub struct Checkpoints<'a> {
    /// Time between two states.
    pub every: Duration,
    /// Whatever the course of the training depends on besides what the fit itself is given.
    pub context: &'a str,
    /// A state to go on from; it has to have the same fingerprint.
    pub resume: Option<TrainingState>,
    /// Keeps a state; an error ends the training.
    pub save: &'a mut dyn FnMut(&TrainingState) -> Result<()>,
}

/// Everything that a training of a network needs to go on after a step.
pub struct TrainingState {
    pub(crate) fingerprint: String,
    pub(crate) optimiser: AdamW,
    /// The network that is trained against the first, where there are two.
    pub(crate) rival: Option<AdamW>,
    /// Steps finished.
    pub(crate) step: u64,
    /// Sum of the losses of the last `since` steps.
    pub(crate) sum: f64,
    pub(crate) since: u64,
    /// Looks taken at samples on the way.
    pub(crate) looks: u64,
    /// Seconds spent so far.
    pub(crate) seconds: f64,
    pub(crate) watch: Watch,
    pub(crate) history: Vec<Progress>,
}

/// What the checks on validation rows remember.
#[derive(Default)]
pub(crate) struct Watch {
    /// The smallest loss and its weights.
    pub(crate) best: Option<(f64, Vec<f32>)>,
    /// Checks since then.
    pub(crate) worse: u32,
    /// Checks in a row that found copies.
    pub(crate) copied: u32,
}

impl TrainingState {
    /// The state before the first step.
    pub(crate) fn new(fingerprint: String, weights: Vec<f32>) -> TrainingState {
        TrainingState {
            fingerprint,
            optimiser: AdamW::new(weights, 0.0, 0.0, 1.0),
            rival: None,
            step: 0,
            sum: 0.0,
            since: 0,
            looks: 0,
            seconds: 0.0,
            watch: Watch::default(),
            history: Vec::new(),
        }
    }

    /// What it belongs to.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Optimiser steps finished.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Seconds of training spent so far.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Writes it to the file `path`: beside it first and then renamed, so that the file is whole
    /// or the one before.
    ///
    /// # Errors
    /// `synth/checkpoint-unwritable`.
    pub fn save(&self, path: &Path) -> Result<()> {
        file::save(self, path)
    }

    /// Reads the file `path`.
    ///
    /// # Errors
    /// `synth/checkpoint-unreadable`; `synth/checkpoint-damaged` for everything that is not as it
    /// was saved; `synth/checkpoint-foreign` for a state of another release's format.
    pub fn load(path: &Path) -> Result<TrainingState> {
        file::load(path).map_err(|e| e.in_file(path))
    }

    /// This state, when it belongs to the training of `fingerprint` with `weights` weights and
    /// `steps` steps.
    pub(crate) fn belonging(
        self,
        fingerprint: &str,
        weights: usize,
        steps: u64,
    ) -> Result<TrainingState> {
        if self.fingerprint != fingerprint {
            return Err(foreign());
        }
        let best = self.watch.best.as_ref().map_or(weights, |(_, w)| w.len());
        if self.optimiser.params.len() != weights || best != weights || self.step >= steps {
            return Err(damaged());
        }
        Ok(self)
    }
}

/// The error of a state whose bytes are not what was saved.
pub(crate) fn damaged() -> Error {
    Error::input(
        "synth/checkpoint-damaged",
        "A checkpoint is damaged: the file is not as it was saved.",
        "Delete it; training then begins anew.",
    )
}

/// The error of a state of another training.
pub(crate) fn foreign() -> Error {
    Error::input(
        "synth/checkpoint-foreign",
        "A checkpoint belongs to another training: other rows, parameters, seed or release.",
        "Name another folder for checkpoints, or delete this one.",
    )
}
