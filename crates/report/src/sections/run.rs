//! How the run went and how to repeat it: attempts, stages, parameters, warnings.

use serde::Serialize;
use verdancy_engine::RunRecord;
use verdancy_metrics::Status;

use super::head::verdict;
use super::training::stop;
use super::{Badge, Fact, badge, fact};
use crate::number::{fixed, seconds, short};

/// One attempt on the timeline.
#[derive(Debug, Clone, Serialize)]
pub struct Try {
    pub number: usize,
    pub kept: bool,
    pub method: &'static str,
    pub badge: Badge,
    pub green: String,
    pub train: String,
    pub estimate: String,
    pub best: String,
    pub stop: &'static str,
}

/// One stage and its share of the time.
#[derive(Debug, Clone, Serialize)]
pub struct Stage {
    pub name: String,
    pub time: String,
    pub percent: String,
}

/// One parameter.
#[derive(Debug, Clone, Serialize)]
pub struct Parameter {
    pub name: String,
    pub value: String,
    pub about: String,
}

/// The attempts in order.
pub fn attempts(record: &RunRecord) -> Vec<Try> {
    record
        .attempts
        .iter()
        .enumerate()
        .map(|(i, a)| {
            let gates = a.choice.as_ref().map_or(&[][..], |c| &c.gates);
            let judged = gates
                .iter()
                .filter(|g| g.status != Status::NotApplicable)
                .count();
            let green = gates.iter().filter(|g| g.status == Status::Green).count();
            let status = match &a.choice {
                Some(c) if a.completion.is_complete() => c.verdict,
                Some(_) => Status::Red,
                None if i == record.kept => verdict(record, a),
                None => Status::Red,
            };
            Try {
                number: i + 1,
                kept: i == record.kept,
                method: a.config.method().title(),
                badge: badge(status),
                green: if judged == 0 {
                    "–".to_owned()
                } else {
                    format!("{green} of {judged}")
                },
                train: seconds(a.train_seconds),
                estimate: seconds(a.estimate_seconds),
                best: a
                    .history
                    .iter()
                    .rev()
                    .find(|p| p.best)
                    .map_or_else(|| "–".to_owned(), |p| short(p.epoch.round())),
                stop: stop(a.stop),
            }
        })
        .collect()
}

/// The stages in order.
pub fn stages(record: &RunRecord) -> Vec<Stage> {
    let total = record.total_seconds();
    record
        .seconds
        .iter()
        .map(|(name, s)| Stage {
            name: name.clone(),
            time: seconds(*s),
            percent: if total > 0.0 && s.is_finite() && total.is_finite() {
                format!("{:.1}", (100.0 * s / total).clamp(0.0, 100.0))
            } else {
                "0".to_owned()
            },
        })
        .collect()
}

/// Every effective parameter of the kept attempt.
pub fn parameters(config: &verdancy_synth::Config) -> Vec<Parameter> {
    let about = config.method().params();
    let Ok(serde_json::Value::Object(map)) = serde_json::to_value(config) else {
        return Vec::new();
    };
    map.into_iter()
        .filter(|(name, _)| name != "method")
        .map(|(name, value)| Parameter {
            value: match value {
                serde_json::Value::String(s) => s,
                serde_json::Value::Null => "–".to_owned(),
                v => v.to_string(),
            },
            about: about
                .iter()
                .find(|p| p.name == name)
                .map_or_else(String::new, |p| p.about.to_owned()),
            name,
        })
        .collect()
}

/// What it takes to get the same rows again.
pub fn reproduce(record: &RunRecord) -> Vec<Fact> {
    let mut facts = vec![
        fact("Verdancy", record.version.clone()),
        fact("Platform", record.platform.clone()),
        fact("Seed", record.seed.to_string()),
        fact(
            "Split",
            format!(
                "validation {}, test {}",
                fixed(record.shares.validation, 3),
                fixed(record.shares.test, 3)
            ),
        ),
        fact(
            "Threads",
            format!("{} (results do not depend on it)", record.threads),
        ),
    ];
    if let Some(h) = &record.holdout {
        facts.insert(1, fact("Hold-out table", h.clone()));
    }
    let optional = [
        ("Begun", &record.started),
        ("Ended", &record.ended),
        ("SHA-256 of the table", &record.input_sha256),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            facts.push(fact(name, value.clone()));
        }
    }
    facts.push(fact(
        "Format of run.json",
        format!("version {}", record.format_version),
    ));
    facts
}

/// The command line that repeats the run.
pub fn command(record: &RunRecord) -> String {
    let quote = |word: &String| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-/=,:+".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    let words: Vec<String> = record.arguments.iter().map(quote).collect();
    format!("verdancy synth {}", words.join(" "))
}
