//! What a child says, as a job's events and progress.

use verdancy_engine::{Event, Refusal, Sampled};
use verdancy_jobs::{Failure, Heart, Said};
use verdancy_table::Door;

use crate::told::{Course, Note};

/// Events and bytes of them that are kept of one attempt.
const EVENTS: usize = 200_000;
const BYTES: usize = 64 << 20;
/// Characters of a failure that are kept.
const MESSAGE: usize = 4000;

/// What a line was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Heard {
    /// Nothing that the listener has to do something about.
    Well,
    /// Training will take so long; something was judged already, or not.
    Estimate { seconds: f64, answered: bool },
    /// More than is kept.
    TooMuch,
}

/// Passes a child's lines on.
pub(super) struct Telling {
    events: usize,
    bytes: usize,
    answered: bool,
    course: Course,
    changed: bool,
    refusal: Option<Refusal>,
    sampled: Option<Sampled>,
    notes: Vec<Note>,
}

impl Telling {
    pub(super) fn new(attempt: i64) -> Telling {
        Telling {
            events: 0,
            bytes: 0,
            answered: false,
            course: Course {
                begun: attempt,
                ..Course::default()
            },
            changed: true,
            refusal: None,
            sampled: None,
            notes: Vec::new(),
        }
    }

    /// One line. Sampling changes the progress only; all else is an event.
    pub(super) fn hear(&mut self, line: &str, heart: &Heart) -> Heard {
        let Some(event) = Event::of_line(line) else {
            return Heard::Well;
        };
        self.changed |= self.course.hear(&event);
        let mut heard = Heard::Well;
        match event {
            Event::Error(refusal) => self.refusal = Some(refusal),
            Event::Sampled { sampled } => self.sampled = Some(sampled),
            Event::Written { .. }
            | Event::Sampling { .. }
            | Event::Inspected { .. }
            | Event::FirstRows { .. }
            | Event::Checked {} => {}
            event => {
                match &event {
                    Event::Training { .. } => verdancy_fail_point::pass("mid-fit"),
                    Event::Judged { .. } => self.answered = true,
                    Event::Warning { code, message } => self.notes.push(Note {
                        code: code.clone(),
                        message: Door::Service.spoken(message),
                    }),
                    Event::Estimate { seconds, .. } => {
                        heard = Heard::Estimate {
                            seconds: *seconds,
                            answered: self.answered,
                        };
                    }
                    _ => {}
                }
                (self.events, self.bytes) = (self.events + 1, self.bytes + line.len());
                if self.events > EVENTS || self.bytes > BYTES {
                    return Heard::TooMuch;
                }
                heart.say(Said {
                    kind: event.name().to_owned(),
                    body: line.to_owned(),
                });
            }
        }
        heard
    }

    /// Hands the progress to the heart when it changed.
    pub(super) fn flush(&mut self, heart: &Heart) {
        if std::mem::take(&mut self.changed) {
            heart.progress(serde_json::to_string(&self.course).unwrap_or_default());
        }
    }

    /// How rows were drawn, and what there is to know of that.
    pub(super) fn drawn(&self) -> Option<(&Sampled, &[Note])> {
        Some((self.sampled.as_ref()?, &self.notes))
    }

    /// The error that the child told.
    pub(super) fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// Why the child ended without a result.
    pub(super) fn failure(&self) -> Failure {
        match &self.refusal {
            Some(told) => Failure {
                code: told.code.clone(),
                message: (Door::Service.spoken(&format!("{} {}", told.message, told.remedy)))
                    .chars()
                    .take(MESSAGE)
                    .collect(),
            },
            None => Failure {
                code: "server/internal".to_owned(),
                message: "The run ended without a result and without a reason; this is a bug in Verdancy."
                    .to_owned(),
            },
        }
    }
}
