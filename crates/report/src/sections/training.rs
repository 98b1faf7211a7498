//! The training of the kept attempt: losses, copy share, the chosen step.

use serde::Serialize;
use verdancy_engine::Attempt;
use verdancy_synth::Stop;

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
    let history = &attempt.history;
    let best = history.iter().rev().find(|p| p.best);
    let marked = best.map(|p| (p.epoch, format!("kept: epoch {}", short(p.epoch.round()))));
    let train: Vec<(f64, f64)> = history.iter().map(|p| (p.epoch, p.loss)).collect();
    let validation: Vec<(f64, f64)> = history
        .iter()
        .filter_map(|p| p.validation_loss.map(|v| (p.epoch, v)))
        .collect();
    let copies: Vec<(f64, f64)> = history
        .iter()
        .filter_map(|p| p.copy_share.map(|v| (p.epoch, v)))
        .collect();
    let x_range = history.last().map(|z| (0.0, z.epoch));
    let losses = if history.is_empty() {
        String::new()
    } else {
        line_chart(
            "Training loss and validation loss by epoch, with the kept epoch marked",
            &LineChart {
                lines: vec![
                    Line {
                        tone: Tone::Plain,
                        points: train,
                    },
                    Line {
                        tone: Tone::Accent,
                        points: validation,
                    },
                ],
                marked: marked.clone(),
                x_name: "epoch".into(),
                x_range,
                from_zero: false,
                height: 240.0,
            },
        )
    };
    let copies = if copies.is_empty() {
        String::new()
    } else {
        line_chart(
            "Copy share of samples by epoch, with the kept epoch marked",
            &LineChart {
                lines: vec![Line {
                    tone: Tone::Accent,
                    points: copies,
                }],
                marked,
                x_name: "epoch".into(),
                x_range,
                from_zero: true,
                height: 150.0,
            },
        )
    };
    let mut facts = vec![fact("Ended because", stop(attempt.stop))];
    if let (Some(best), Some(last)) = (best, history.last()) {
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
    let c = &attempt.completion;
    let learned = !history.is_empty();
    Training {
        losses,
        copies,
        facts,
        checks: vec![
            Check {
                applies: true,
                passed: c.ran_as_asked,
                words: "ran as asked, or stopped for a named reason",
            },
            Check {
                applies: learned,
                passed: c.loss_finite,
                words: "every loss is finite",
            },
            Check {
                applies: learned,
                passed: c.loss_fell,
                words: "the loss fell",
            },
            Check {
                applies: true,
                passed: c.sample_fits_schema,
                words: "a sample fits the schema",
            },
        ],
    }
}
