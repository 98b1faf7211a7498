//! What a child says, as a job's events and progress.

use verdancy_engine::{Event, Refusal};
use verdancy_jobs::{Failure, Heart, Said};
use verdancy_table::Door;

use crate::told::Course;

/// Passes a child's lines on.
pub(super) struct Telling {
    course: Course,
    changed: bool,
    refusal: Option<Refusal>,
}

impl Telling {
    pub(super) fn new(attempt: i64) -> Telling {
        Telling {
            course: Course {
                begun: attempt,
                ..Course::default()
            },
            changed: true,
            refusal: None,
        }
    }

    /// One line. Sampling changes the progress only; all else is an event.
    pub(super) fn hear(&mut self, line: &str, heart: &Heart) {
        let Some(event) = Event::of_line(line) else {
            return;
        };
        self.changed |= self.course.hear(&event);
        match event {
            Event::Error(refusal) => self.refusal = Some(refusal),
            Event::Written { .. }
            | Event::Sampling { .. }
            | Event::Inspected { .. }
            | Event::FirstRows { .. } => {}
            event => {
                if matches!(event, Event::Training { .. }) {
                    verdancy_fail_point::pass("mid-fit");
                }
                heart.say(Said {
                    kind: event.name().to_owned(),
                    body: line.to_owned(),
                });
            }
        }
    }

    /// Hands the progress to the heart when it changed.
    pub(super) fn flush(&mut self, heart: &Heart) {
        if std::mem::take(&mut self.changed) {
            heart.progress(serde_json::to_string(&self.course).unwrap_or_default());
        }
    }

    /// Why the child ended without a result.
    pub(super) fn failure(&self) -> Failure {
        match &self.refusal {
            Some(told) => Failure {
                code: told.code.clone(),
                message: Door::Service.spoken(&format!("{} {}", told.message, told.remedy)),
            },
            None => Failure {
                code: "server/internal".to_owned(),
                message: "The run ended without a result and without a reason; this is a bug in Verdancy."
                    .to_owned(),
            },
        }
    }
}
