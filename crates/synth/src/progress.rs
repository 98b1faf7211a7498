//! How a training goes on and how it ends: a line of its history, who may stop it, and why it stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use verdancy_table::Table;

/// A flag that asks a fit to stop after the current step and keep its best checkpoint.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks for the stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True once a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// All epochs that were asked for were run.
    Completed,
    /// The validation loss did not improve any more.
    Patience,
    /// Samples began to copy training rows.
    Copies,
    /// The time limit was reached.
    TimeLimit,
    /// The user stopped it.
    Cancelled,
    /// Samples on the way were good enough.
    Green,
    /// The loss was not finite: there is no model.
    Diverged,
    /// It was estimated to take more memory than allowed and was not begun: there is no model.
    MemoryLimit,
}

fn or_nan<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let number: Option<f64> = serde::Deserialize::deserialize(from)?;
    Ok(number.unwrap_or(f64::NAN))
}

/// One line of a training history.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// Epochs finished (fractions while inside one).
    pub epoch: f64,
    /// Epochs planned.
    pub epochs: f64,
    /// Optimiser steps finished.
    pub step: u64,
    /// Optimiser steps planned.
    pub steps: u64,
    /// Mean training loss since the last line; NaN, in JSON null, when it was not finite.
    #[serde(deserialize_with = "or_nan")]
    pub loss: f64,
    /// Loss on validation rows with fixed noise, of the averaged weights, when measured here (CTGAN: the
    /// distance of drawn rows from validation rows).
    pub validation_loss: Option<f64>,
    /// Share of samples nearer to a training row than to a validation row, less what the sizes
    /// explain (0 none, 1 a full copy), when measured here.
    pub copy_share: Option<f64>,
    /// True when this became the best checkpoint.
    pub best: bool,
    /// Seconds since the fit began.
    pub seconds: f64,
    /// Seconds of these that went into looking at the model: validation loss, copies, samples judged.
    #[serde(default)]
    pub check_seconds: f64,
    /// Seconds left, as far as can be told.
    pub eta: f64,
}

impl Progress {
    /// True when no figure is infinite or not a number.
    pub fn is_finite(&self) -> bool {
        let sure = [
            self.epoch,
            self.epochs,
            self.loss,
            self.seconds,
            self.check_seconds,
            self.eta,
        ];
        let maybe = [self.validation_loss, self.copy_share];
        sure.iter()
            .chain(maybe.iter().flatten())
            .all(|x| x.is_finite())
    }
}

/// Looks at samples of a model in the making and says when they are good enough.
pub struct Peek<'a> {
    /// Shares of the planned steps at which it looks.
    pub at: &'a [f64],
    /// Rows that it is shown.
    pub rows: u64,
    /// Stops only while the validation loss gains less than this share a check.
    pub flat: f64,
    /// True when they are good enough.
    pub good: &'a mut dyn FnMut(&Table) -> bool,
}
