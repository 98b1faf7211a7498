//! What a report is about and what it is made of: a run of this program, or a table from elsewhere that was compared with real
//! rows. The second has a judgement and nothing to say of training.

use verdancy_engine::{Evaluation, RunRecord};
use verdancy_metrics::{Card, Judgement};
use verdancy_table::{Protection, Table, Warning};

/// What a report is about.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// A run.
    Run(&'a RunRecord),
    /// A table from elsewhere.
    Comparison(&'a Evaluation),
}

impl<'a> Subject<'a> {
    /// The run's record, where there was a run.
    pub fn run(self) -> Option<&'a RunRecord> {
        match self {
            Subject::Run(record) => Some(record),
            Subject::Comparison(_) => None,
        }
    }

    /// The name of the table.
    pub fn data(self) -> &'a str {
        match self {
            Subject::Run(record) => &record.data,
            Subject::Comparison(found) => &found.data,
        }
    }

    /// The judgement.
    pub fn judgement(self) -> &'a Judgement {
        match self {
            Subject::Run(record) => &record.judgement,
            Subject::Comparison(found) => &found.judgement,
        }
    }

    /// How values are protected on the page.
    pub fn protect(self) -> Protection {
        match self {
            Subject::Run(record) => record.protect,
            Subject::Comparison(_) => Protection::default(),
        }
    }

    /// The warnings.
    pub fn warnings(self) -> &'a [Warning] {
        match self {
            Subject::Run(record) => &record.warnings,
            Subject::Comparison(found) => &found.warnings,
        }
    }

    /// The version that made it.
    pub fn version(self) -> &'a str {
        match self {
            Subject::Run(record) => &record.version,
            Subject::Comparison(found) => &found.version,
        }
    }

    /// When it was made, to the minute; empty where that is not known.
    pub fn date(self) -> String {
        let stamp = match self {
            Subject::Run(record) => record.ended.as_ref().or(record.started.as_ref()),
            Subject::Comparison(found) => found.started.as_ref(),
        };
        let minute = stamp.and_then(|s| s.get(..16));
        minute.map_or_else(String::new, |s| format!("{} UTC", s.replace('T', " ")))
    }
}

/// What a report is made of.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    /// What it is about.
    pub of: Subject<'a>,
    /// Rows that the model learned from.
    pub train: &'a Table,
    /// Real rows that nothing has seen.
    pub test: &'a Table,
    /// The synthetic rows that were judged.
    pub synthetic: &'a Table,
    /// The pages of the metrics.
    pub cards: &'a [Card],
}

impl<'a> Page<'a> {
    /// The page of a run.
    pub fn of(outcome: &'a verdancy_engine::Outcome) -> Page<'a> {
        Page {
            of: Subject::Run(&outcome.record),
            train: &outcome.train,
            test: &outcome.test,
            synthetic: &outcome.synthetic,
            cards: verdancy_metrics::cards(),
        }
    }

    /// The page of a table from elsewhere.
    pub fn of_comparison(found: &'a Evaluation) -> Page<'a> {
        Page {
            of: Subject::Comparison(found),
            train: &found.train,
            test: &found.test,
            synthetic: &found.synthetic,
            cards: verdancy_metrics::cards(),
        }
    }
}
