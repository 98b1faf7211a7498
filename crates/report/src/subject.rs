//! What a report is about: a run of this program, or a table from elsewhere that was compared with real
//! rows. The second has a judgement and nothing to say of training.

use verdancy_engine::{Evaluation, RunRecord};
use verdancy_metrics::Judgement;
use verdancy_table::{Protection, Warning};

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
