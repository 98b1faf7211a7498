//! What training will take, said before it begins.

use verdancy_synth::file::Tensor;
use verdancy_synth::{Checked, Config, Fitted, Run};
use verdancy_table::Table;

use crate::journal::Journal;
use crate::{Plan, Result};

/// Seconds and bytes that training is expected to take.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Estimate {
    /// Seconds of training.
    pub seconds: f64,
    /// Peak memory in bytes.
    pub bytes: u64,
}

/// Rows of the probe for methods that do not step.
const PROBE_ROWS: usize = 512;

/// Validation rows of the probe: what training is checked on is not part of a step.
const PROBE_VALIDATION: usize = 32;

/// Length of the probe for methods that do.
const PROBE: std::time::Duration = std::time::Duration::from_millis(120);

/// Measures a short piece of the work and multiplies: time per step by the number of steps, or,
/// for methods without steps, time per row by the number of rows.
pub(crate) fn training(
    checked: &Checked,
    train: &Table,
    held: &Table,
    plan: &Plan,
    journal: &Journal<'_>,
) -> Result<Estimate> {
    let clock = journal.clock;
    let steps = matches!(checked.config(), Config::Tabddpm(_));
    let rows = train.rows();
    let probed = if steps { rows } else { rows.min(PROBE_ROWS) };
    let few_rows = if probed == rows {
        None
    } else {
        Some(train.slice(0..probed))
    };
    let few = held.rows().min(PROBE_VALIDATION);
    let validation = held.slice(0..few);
    let from = clock();
    let mut last = None;
    let fitted = checked.fit(
        few_rows.as_ref().unwrap_or(train),
        &validation,
        &mut Run {
            seed: plan.seed,
            threads: plan.threads,
            cancel: verdancy_synth::Cancel::default(),
            deadline: steps.then_some(from + PROBE),
            clock,
            start: None,
            listen: &mut |progress| last = Some(progress.clone()),
        },
    )?;
    let took = (clock() - from).as_secs_f64();
    let seconds = match last.or_else(|| fitted.history.last().cloned()) {
        Some(line) if line.step > 0 => line.seconds / line.step as f64 * line.steps as f64,
        _ => took * rows as f64 / probed.max(1) as f64,
    };
    Ok(Estimate {
        seconds,
        bytes: table_bytes(train, held) + model_bytes(&fitted),
    })
}

/// The tables themselves and their encoded copy.
fn table_bytes(train: &Table, held: &Table) -> u64 {
    let cells = (train.rows() + held.rows()) * train.columns().len();
    cells as u64 * 8 * 2
}

/// The weights as they are trained: themselves, their average, the best average, two moments of
/// the optimiser, and a gradient for each of four shards.
fn model_bytes(fitted: &Fitted) -> u64 {
    let weights: usize = fitted
        .model
        .parts()
        .tensors
        .values()
        .map(|tensor| match tensor {
            Tensor::F32(_, v) => v.len() * 4,
            Tensor::F64(_, v) => v.len() * 8,
            Tensor::I64(_, v) => v.len() * 8,
        })
        .sum();
    weights as u64 * 9
}
