//! The parts of the report that need no rows: what the pages of a service show of a finished run, in
//! the words and figures of the report itself. What does need rows is in `figures.json`
//! ([`crate::ColumnFigure`]), so that no page reads a table.

use serde::Serialize;
use verdancy_engine::{Evaluation, RunRecord};
use verdancy_metrics::Card;
use verdancy_table::Warning;

use crate::sections::{Fact, gates, head, privacy, run, timeline, training};
use crate::{Error, Result};

/// What a template shows of a run: `head`, `gates`, `privacy`, `training` (none without one), `losses` (of each attempt), `attempts`, `story`, `stages`,
/// `parameters`, `warnings`, `command`.
#[derive(Debug, Clone, Serialize)]
pub struct Parts {
    head: head::Head,
    gates: Vec<gates::Row>,
    training: Option<training::Training>,
    losses: Vec<String>,
    privacy: Vec<privacy::Finding>,
    risk: Option<privacy::Risk>,
    attempts: Vec<run::Try>,
    story: Vec<timeline::Step>,
    stages: Vec<run::Stage>,
    parameters: Vec<run::Parameter>,
    warnings: Vec<Fact>,
    command: String,
}

/// The parts of the report on `record`.
///
/// # Errors
/// An internal error when the record has no kept attempt.
pub fn parts(record: &RunRecord, cards: &[Card]) -> Result<Parts> {
    let attempt = record
        .kept()
        .ok_or_else(|| Error::internal("a report needs an attempt that was kept"))?;
    let judgement = &record.judgement;
    Ok(Parts {
        head: head::head(record, attempt, cards),
        gates: gates::gates(judgement, cards),
        training: Some(training::training(attempt)),
        losses: (record.attempts.iter())
            .map(|a| training::training(a).losses)
            .collect(),
        privacy: privacy::findings(judgement, cards),
        risk: privacy::risk(judgement),
        attempts: run::attempts(record),
        story: timeline::timeline(record),
        stages: run::stages(record),
        parameters: run::parameters(&attempt.config),
        warnings: warnings(&record.warnings),
        command: run::command(record),
    })
}

/// The parts of the report on a table from elsewhere: without training and attempts.
pub(crate) fn of_comparison(found: &Evaluation, cards: &[Card]) -> Parts {
    let judgement = &found.judgement;
    Parts {
        head: head::of_comparison(found, cards),
        gates: gates::gates(judgement, cards),
        training: None,
        losses: Vec::new(),
        privacy: privacy::findings(judgement, cards),
        risk: privacy::risk(judgement),
        attempts: Vec::new(),
        story: Vec::new(),
        stages: Vec::new(),
        parameters: Vec::new(),
        warnings: warnings(&found.warnings),
        command: String::new(),
    }
}

fn warnings(all: &[Warning]) -> Vec<Fact> {
    (all.iter())
        .map(|w| crate::sections::fact(&w.code, w.message.clone()))
        .collect()
}
