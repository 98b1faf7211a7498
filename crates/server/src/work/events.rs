//! What a child says, as a job's events and progress.

use serde_json::{Value, json};
use verdancy_jobs::{Failure, Heart, Said};

use crate::child::told;

/// Passes a child's lines on.
pub(super) struct Telling {
    progress: Value,
    changed: bool,
    error: Option<String>,
}

impl Telling {
    pub(super) fn new(attempt: i64) -> Telling {
        Telling {
            progress: json!({ "stage": "starting", "begun": attempt }),
            changed: true,
            error: None,
        }
    }

    /// One line. Sampling changes the progress only; all else is an event.
    pub(super) fn hear(&mut self, line: &str, heart: &Heart) {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            return;
        };
        let Some(kind) = event["event"].as_str() else {
            return;
        };
        match kind {
            "error" => {
                self.error = Some(line.to_owned());
                return;
            }
            "written" => return,
            "stage" => self.set("stage", event["stage"].clone()),
            "estimate" => self.set("estimate_seconds", event["seconds"].clone()),
            "parameters" => self.set("attempt", event["attempt"].clone()),
            "training" => {
                verdancy_fail_point::pass("mid-fit");
                self.set("stage", "fit".into());
                let line = &event["progress"];
                for name in ["epoch", "epochs", "step", "steps", "loss", "seconds", "eta"] {
                    self.set(name, line[name].clone());
                }
            }
            "sampling" => {
                self.set("rows", event["rows"].clone());
                self.set("rows_wanted", event["of"].clone());
                return;
            }
            _ => {}
        }
        heart.say(Said {
            kind: kind.to_owned(),
            body: line.to_owned(),
        });
    }

    fn set(&mut self, name: &str, value: Value) {
        self.progress[name] = value;
        self.changed = true;
    }

    /// Hands the progress to the heart when it changed.
    pub(super) fn flush(&mut self, heart: &Heart) {
        if std::mem::take(&mut self.changed) {
            heart.progress(self.progress.to_string());
        }
    }

    /// Why the child ended without a result.
    pub(super) fn failure(&self) -> Failure {
        match self.error.as_deref().and_then(told) {
            Some(body) => Failure {
                code: body.code,
                message: format!("{} {}", body.message, body.remedy),
            },
            None => Failure {
                code: "server/internal".to_owned(),
                message: "The run ended without a result and without a reason; this is a bug in Verdancy."
                    .to_owned(),
            },
        }
    }
}
