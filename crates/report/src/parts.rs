//! The parts of the report that need no rows: what the pages of a service show of a finished run, in
//! the words and figures of the report itself. What does need rows was drawn when the report was
//! written; [`distributions`] takes it from there, so nothing is drawn twice and no page reads a table.

use serde::Serialize;
use verdancy_engine::RunRecord;
use verdancy_metrics::Card;

use crate::sections::{Fact, gates, head, privacy, run, timeline, training};
use crate::{Error, Result};

/// What a template shows of a run: `head`, `gates`, `privacy`, `training`, `losses` (of each attempt), `attempts`, `story`, `stages`,
/// `parameters`, `warnings`, `command`.
#[derive(Debug, Clone, Serialize)]
pub struct Parts {
    head: head::Head,
    gates: Vec<gates::Row>,
    training: training::Training,
    losses: Vec<String>,
    privacy: Vec<privacy::Finding>,
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
        training: training::training(attempt),
        losses: (record.attempts.iter())
            .map(|a| training::training(a).losses)
            .collect(),
        privacy: privacy::findings(judgement, cards),
        attempts: run::attempts(record),
        story: timeline::timeline(record),
        stages: run::stages(record),
        parameters: run::parameters(&attempt.config),
        warnings: record
            .warnings
            .iter()
            .map(|(code, words)| crate::sections::fact(code, words.clone()))
            .collect(),
        command: run::command(record),
    })
}

/// The first `most` figures of columns in a report page that [`crate::html`] made, worst first, each a
/// whole `<figure>`; fewer, or none, when the page has no more.
pub fn distributions(report: &str, most: usize) -> Vec<String> {
    let Some((_, rest)) = report.split_once("<div class=\"multiples\">") else {
        return Vec::new();
    };
    let inside = rest.split_once("</div>").map_or(rest, |(all, _)| all);
    (inside.split_inclusive("</figure>"))
        .filter(|part| part.ends_with("</figure>"))
        .take(most)
        .map(|part| part.trim().to_owned())
        .collect()
}
