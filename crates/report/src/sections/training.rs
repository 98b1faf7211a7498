//! The training of the kept attempt: losses, copy share, the chosen step.

use serde::Serialize;
use verdancy_engine::{Attempt, Completion};
use verdancy_synth::{Progress, Stop};

use super::{Fact, fact};
use crate::figures::{Line, LineChart, Tone, line_chart};
use crate::number::{count, figure, megabytes, seconds, short};

/// The section.
#[derive(Debug, Clone, Serialize)]
pub struct Training {
    pub losses: String,
    pub copies: String,
    pub facts: Vec<Fact>,
    pub checks: Vec<Check>,
}

/// One check after training.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    pub applies: bool,
    pub passed: bool,
    pub words: &'static str,
}

/// Why training ended, in words.
pub fn stop(stop: Stop) -> &'static str {
    match stop {
        Stop::Completed => "all that was asked for was run",
        Stop::Patience => "the validation loss did not improve any more",
        Stop::Copies => "samples began to copy training rows",
        Stop::TimeLimit => "the time limit was reached",
        Stop::Cancelled => "stopped by the user",
        Stop::Green => "samples drawn during training already passed every gate",
        Stop::Diverged => "the loss was not finite",
        Stop::MemoryLimit => "it would have taken more memory than allowed",
    }
}

/// Builds the section.
pub fn training(attempt: &Attempt) -> Training {
    Training {
        losses: losses(&attempt.history),
        copies: copies(&attempt.history),
        facts: facts(attempt),
        checks: checks(&attempt.completion, !attempt.history.is_empty()),
    }
}

/// The point whose model was kept.
fn kept(history: &[Progress]) -> Option<&Progress> {
    history.iter().rev().find(|p| p.best)
}

/// A chart over epochs, with the kept one marked.
fn over_epochs(history: &[Progress], lines: Vec<Line>, height: f64) -> LineChart {
    LineChart {
        lines,
        marked: kept(history).map(|p| (p.epoch, format!("kept: epoch {}", short(p.epoch.round())))),
        x_name: "epoch".into(),
        x_range: history.last().map(|last| (0.0, last.epoch)),
        from_zero: false,
        height,
    }
}

/// What `value` says at each epoch that has it.
fn points(history: &[Progress], value: impl Fn(&Progress) -> Option<f64>) -> Vec<(f64, f64)> {
    let point = |p: &Progress| value(p).map(|v| (p.epoch, v));
    history.iter().filter_map(point).collect()
}

fn losses(history: &[Progress]) -> String {
    if history.is_empty() {
        return String::new();
    }
    let training = Line {
        tone: Tone::Plain,
        points: points(history, |p| Some(p.loss)),
    };
    let validation = Line {
        tone: Tone::Accent,
        points: points(history, |p| p.validation_loss),
    };
    line_chart(
        "Training loss and validation loss by epoch, with the kept epoch marked",
        &over_epochs(history, vec![training, validation], 240.0),
    )
}

fn copies(history: &[Progress]) -> String {
    let points = points(history, |p| p.copy_share);
    if points.is_empty() {
        return String::new();
    }
    let line = Line {
        tone: Tone::Accent,
        points,
    };
    line_chart(
        "Copy share of samples by epoch, with the kept epoch marked",
        &LineChart {
            from_zero: true,
            ..over_epochs(history, vec![line], 150.0)
        },
    )
}

fn facts(attempt: &Attempt) -> Vec<Fact> {
    let history = &attempt.history;
    let mut facts = vec![fact("Ended because", stop(attempt.stop))];
    if let (Some(best), Some(last)) = (kept(history), history.last()) {
        facts.push(fact(
            "Kept",
            format!(
                "epoch {} (step {}) of {} planned; {} run",
                short(best.epoch.round()),
                count(best.step as f64),
                short(last.epochs),
                short(last.epoch.round())
            ),
        ));
        if let Some(v) = best.validation_loss {
            facts.push(fact("Validation loss there", figure(v)));
        }
    }
    facts.push(fact(
        "Training",
        format!(
            "{}, estimated {} before it began",
            seconds(attempt.train_seconds),
            seconds(attempt.estimate_seconds)
        ),
    ));
    facts.push(fact("Sampling", seconds(attempt.sample_seconds)));
    if attempt.estimate_bytes > 0 {
        facts.push(fact("Memory, estimated", megabytes(attempt.estimate_bytes)));
    }
    facts
}

/// The checks; those of the loss apply where something was `learned` step by step.
fn checks(done: &Completion, learned: bool) -> Vec<Check> {
    let check = |applies, passed, words| Check {
        applies,
        passed,
        words,
    };
    vec![
        check(
            true,
            done.ran_as_asked,
            "ran as asked, or stopped for a named reason",
        ),
        check(learned, done.loss_finite, "every loss is finite"),
        check(learned, done.loss_fell, "the loss fell"),
        check(true, done.sample_fits_schema, "a sample fits the schema"),
    ]
}
