//! What a run has told of itself, as the queue keeps it: how far it has come while it runs, and what came of
//! it. Both are stored as JSON and read back as these types only.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verdancy_engine::{Event, Role, RunRecord, Sampled, Stage};
use verdancy_metrics::{Gate, Status};
use verdancy_synth::{Config, Method, Mode};

/// How far a run has come.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Course {
    /// The stage that it is in; none before the first.
    pub stage: Option<Stage>,
    /// How often a worker began it.
    pub begun: i64,
    /// The attempt, from 1; 0 for first answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Seconds that training was estimated to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate_seconds: Option<f64>,
    /// The last line of training.
    #[serde(flatten)]
    pub training: Option<Training>,
    /// Rows drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Rows to be drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_wanted: Option<u64>,
}

/// A line of training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Training {
    pub epoch: f64,
    pub epochs: f64,
    pub step: u64,
    pub steps: u64,
    pub loss: Option<f64>,
    pub seconds: f64,
    pub eta: f64,
}

impl Course {
    /// The course after `event`; true when the event changes it.
    pub fn hear(&mut self, event: &Event) -> bool {
        match event {
            Event::Stage { stage } => self.stage = Some(*stage),
            Event::Estimate { seconds, .. } => self.estimate_seconds = Some(*seconds),
            Event::Parameters { attempt, .. } => self.attempt = Some(*attempt),
            Event::Training { progress: p, .. } => {
                self.stage = Some(Stage::Fit);
                self.training = Some(Training {
                    epoch: p.epoch,
                    epochs: p.epochs,
                    step: p.step,
                    steps: p.steps,
                    loss: Some(p.loss).filter(|x| x.is_finite()),
                    seconds: p.seconds,
                    eta: p.eta,
                });
            }
            Event::Sampling { rows, of } => {
                (self.rows, self.rows_wanted) = (Some(*rows), Some(*of));
            }
            _ => return false,
        }
        true
    }
}

/// What lists and comparisons show of a finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub verdict: Status,
    pub green: bool,
    pub profile: String,
    pub gates: Vec<Gate>,
    pub method: Option<Method>,
    pub config: Option<Config>,
    pub attempts: usize,
    pub rows: u64,
    pub seconds: f64,
    pub estimate_seconds: Option<f64>,
    pub train_seconds: Option<f64>,
    pub mode: Option<Mode>,
    pub seed: u64,
}

impl From<&RunRecord> for Summary {
    fn from(record: &RunRecord) -> Summary {
        let kept = record.kept();
        let tried = record.attempts.iter();
        Summary {
            verdict: record.judgement.verdict(),
            green: record.is_green(),
            profile: record.judgement.profile.clone(),
            gates: record.judgement.gates.clone(),
            method: kept.map(|a| a.config.method()),
            config: kept.map(|a| a.config.clone()),
            attempts: tried.filter(|a| a.role == Role::Attempt).count(),
            rows: record.rows.synthetic,
            seconds: record.total_seconds(),
            estimate_seconds: kept.map(|a| a.estimate_seconds),
            train_seconds: kept.map(|a| a.train_seconds),
            mode: Some(record.mode),
            seed: record.seed,
        }
    }
}

/// What came of a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Drawn {
    /// Rows.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// `unconditional`; `filtered`: rows of the model that do not meet the condition were left out; `conditional`: drawn
    /// around the cells of the condition.
    #[schema(value_type = String)]
    pub drawing: verdancy_engine::Drawing,
    /// Share of the model's rows that meet the condition, where that was measured.
    pub rate: Option<f64>,
    /// Rows for which what was asked leaves no room to keep all rules between columns.
    pub in_conflict: usize,
    /// What else is to be known.
    pub warnings: Vec<Note>,
}

/// Something that is to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Note {
    /// Stable code.
    pub code: String,
    /// One sentence.
    pub message: String,
}

impl Drawn {
    /// What a child told, with the size of what it wrote.
    pub fn new(sampled: &Sampled, warnings: &[Note], bytes: u64) -> Drawn {
        Drawn {
            rows: sampled.rows,
            bytes,
            drawing: sampled.drawing,
            rate: sampled.rate,
            in_conflict: sampled.in_conflict,
            warnings: warnings.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn heard(lines: &[&str]) -> Course {
        let mut course = Course::default();
        for line in lines {
            course.hear(&Event::of_line(line).unwrap());
        }
        course
    }

    #[test]
    fn a_course_is_read_back_as_it_was_told() {
        let course = heard(&[
            r#"{"event":"stage","stage":"read"}"#,
            r#"{"event":"estimate","seconds":2.5,"bytes":1000}"#,
            r#"{"event":"training","attempt":1,"progress":{"epoch":1.5,"epochs":30,"step":5,"steps":90,
                "loss":0.5,"validation_loss":null,"copy_share":null,"best":false,"seconds":1,"eta":9}}"#,
            r#"{"event":"sampling","rows":5,"of":10}"#,
        ]);
        assert_eq!(course.stage, Some(Stage::Fit));
        assert_eq!(course.training.unwrap().steps, 90);
        let text = serde_json::to_string(&course).unwrap();
        assert!(text.contains(r#""epoch":1.5"#), "{text}");
        assert_eq!(serde_json::from_str::<Course>(&text).unwrap(), course);
        assert!(!Course::default().hear(&Event::Loaded {
            rows: 1,
            columns: 1
        }));
    }

    #[test]
    fn a_loss_that_is_no_number_is_none() {
        let course = heard(&[
            r#"{"event":"training","attempt":1,"progress":{"epoch":1,"epochs":30,"step":5,"steps":90,
                "loss":null,"validation_loss":null,"copy_share":null,"best":false,"seconds":1,"eta":0}}"#,
        ]);
        assert_eq!(course.training.unwrap().loss, None);
        let text = serde_json::to_string(&course).unwrap();
        assert_eq!(serde_json::from_str::<Course>(&text).unwrap(), course);
    }
}
