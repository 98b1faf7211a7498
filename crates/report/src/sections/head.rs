//! The verdict in one sentence, and the facts of the run.

use serde::Serialize;
use verdancy_engine::{Attempt, Evaluation, RunRecord};
use verdancy_metrics::{Card, Gate, Group as Of, Judgement, Status};
use verdancy_table::{Protection, Schema};

use super::{Badge, Fact, badge, fact, listed, plural};
use crate::number::{count, seconds};

/// The head of the page.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    pub badge: Badge,
    pub title: &'static str,
    pub sentence: String,
    pub facts: Vec<Fact>,
    pub groups: Vec<Group>,
}

/// The gates of one group, counted.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    pub name: &'static str,
    pub about: &'static str,
    pub badge: Badge,
    pub words: String,
}

/// Builds the head.
pub fn head(record: &RunRecord, attempt: &Attempt, cards: &[Card]) -> Head {
    let status = verdict(record, attempt);
    let mut head = of(status, &record.judgement, &failed(attempt), cards);
    if record.protect.is_off() {
        head.sentence.push_str(" Values are not protected.");
    }
    head.facts = facts(record, attempt);
    head
}

/// The head of a report on a table from elsewhere.
pub fn of_comparison(found: &Evaluation, cards: &[Card]) -> Head {
    let mut head = of(found.judgement.verdict(), &found.judgement, &[], cards);
    let n = |v: usize| count(v as f64);
    head.facts = vec![
        fact("Synthetic table", found.data.clone()),
        fact("Synthetic rows", n(found.synthetic.rows())),
        fact("Compared with", found.real.clone()),
        fact("Real rows", n(found.train.rows())),
        match &found.holdout {
            Some(name) => fact("Held-out rows", format!("{}, {name}", n(found.test.rows()))),
            None => fact(
                "Real rows for the floors",
                format!("{}, a fifth of the real rows", n(found.test.rows())),
            ),
        },
        fact("Columns", learned(found.train.schema())),
        fact("Seed", found.seed.to_string()),
        fact("Time", seconds(found.seconds)),
    ];
    if let Some(hash) = &found.input_sha256 {
        head.facts
            .push(fact("SHA-256 of the synthetic table", hash.clone()));
    }
    head
}

fn of(status: Status, judgement: &Judgement, failed: &[&str], cards: &[Card]) -> Head {
    let (title, mut sentence) = sentence(status, judgement, failed);
    let groups = groups(&judgement.gates, cards);
    let silent: Vec<String> = groups
        .iter()
        .filter(|g| g.badge.class == "none")
        .map(|g| g.name.to_lowercase())
        .collect();
    if status == Status::Green && !silent.is_empty() {
        sentence.push_str(&format!(" Not judged: {}.", silent.join(", ")));
    }
    Head {
        badge: badge(status),
        title,
        sentence,
        facts: Vec::new(),
        groups,
    }
}

/// The checks after training that failed.
fn failed(attempt: &Attempt) -> Vec<&'static str> {
    let c = &attempt.completion;
    [
        (c.ran_as_asked, "training did not run as asked"),
        (c.loss_finite, "a loss was not a finite number"),
        (c.loss_fell, "the loss did not fall"),
        (c.sample_fits_schema, "a sample did not fit the schema"),
    ]
    .into_iter()
    .filter(|(ok, _)| !ok)
    .map(|(_, words)| words)
    .collect()
}

/// The judgement's verdict, red when training failed its own checks.
pub fn verdict(record: &RunRecord, attempt: &Attempt) -> Status {
    if attempt.completion.is_complete() {
        record.judgement.verdict()
    } else {
        Status::Red
    }
}

fn sentence(status: Status, judgement: &Judgement, failed: &[&str]) -> (&'static str, String) {
    let gates = &judgement.gates;
    let profile = &judgement.profile;
    let named = |s: Status| -> Vec<&str> {
        gates
            .iter()
            .filter(|g| g.status == s)
            .map(|g| g.name.as_str())
            .collect()
    };
    let (green, red, open) = (
        named(Status::Green),
        named(Status::Red),
        named(Status::Inconclusive),
    );
    let judged = green.len() + red.len() + open.len();
    if !failed.is_empty() {
        return (
            "Not green",
            format!("The training failed its own checks: {}.", failed.join("; ")),
        );
    }
    match status {
        Status::Green => (
            "Green",
            format!(
                "All {} of the profile “{profile}” {} within {}.",
                plural(judged, "gate", "gates"),
                if judged == 1 { "is" } else { "are" },
                if judged == 1 {
                    "its limit"
                } else {
                    "their limits"
                }
            ),
        ),
        Status::Red => (
            "Not green",
            format!(
                "{} of {} of the profile “{profile}” {} outside the limit: {}.",
                count(red.len() as f64),
                plural(judged, "gate", "gates"),
                if red.len() == 1 { "is" } else { "are" },
                listed(&red)
            ),
        ),
        Status::Inconclusive if judged == 0 && gates.is_empty() => (
            "Inconclusive",
            format!("No gate of the profile “{profile}” applies to this table."),
        ),
        Status::Inconclusive => (
            "Inconclusive",
            format!(
                "No gate of the profile “{profile}” is red, but this is no evidence of a good table: {}.",
                judgement.why_inconclusive().unwrap_or_default()
            ),
        ),
        Status::NotJudged | Status::NotApplicable => (
            "Not judged",
            format!("No gate of the profile “{profile}” applies to this table."),
        ),
    }
}

fn protection(protect: Protection) -> String {
    if protect.is_off() {
        "not protected".to_owned()
    } else {
        format!(
            "of at least {} people, levels of at least {}",
            protect.numbers(),
            protect.levels()
        )
    }
}

/// How many columns models learn; the others are made anew and say nothing of the real rows.
fn learned(schema: &Schema) -> String {
    let (learned, all) = schema.learned();
    if learned == all {
        return format!("{}, all learned", count(all as f64));
    }
    format!("{} of {} learned", count(learned as f64), count(all as f64))
}

fn facts(record: &RunRecord, attempt: &Attempt) -> Vec<Fact> {
    let rows = &record.rows;
    let n = |v: usize| count(v as f64);
    let mut facts = vec![
        fact("Table", record.data.clone()),
        fact("Columns", learned(&record.schema)),
        fact(
            "Real rows",
            format!(
                "{} to learn from, {} for choices, {} for the verdict",
                n(rows.train),
                n(rows.validation),
                n(rows.test)
            ),
        ),
        fact(
            "Synthetic rows",
            if rows.judged as u64 == rows.synthetic {
                count(rows.synthetic as f64)
            } else {
                format!(
                    "{}, of which {} were judged",
                    count(rows.synthetic as f64),
                    n(rows.judged)
                )
            },
        ),
        fact(
            "Method",
            format!(
                "{}, {} mode",
                attempt.config.method().title(),
                mode(record.mode)
            ),
        ),
        fact("Values", protection(record.protect)),
        fact("Seed", record.seed.to_string()),
        fact(
            "Training time",
            format!(
                "{} (estimate {})",
                seconds(attempt.train_seconds),
                seconds(attempt.estimate_seconds)
            ),
        ),
        fact("Whole run", seconds(record.total_seconds())),
    ];
    if let Some(holdout) = &record.holdout {
        facts.insert(1, fact("Hold-out table", holdout.clone()));
    }
    if let Some(target) = &record.schema.target {
        facts.insert(2, fact("Target", target.clone()));
    }
    if let Some(people) = &record.people {
        let text = format!(
            "{} to learn from, {} for choices, {} for the verdict, by {}",
            n(people.train),
            n(people.validation),
            n(people.test),
            people.subject
        );
        let after = facts.iter().position(|f| f.name == "Real rows");
        facts.insert(after.map_or(0, |at| at + 1), fact("People", text));
    }
    facts
}

/// The mode as on the command line.
pub fn mode(mode: verdancy_synth::Mode) -> &'static str {
    match mode {
        verdancy_synth::Mode::Speed => "speed",
        verdancy_synth::Mode::Balanced => "balanced",
        verdancy_synth::Mode::Quality => "quality",
    }
}

/// The tile that a gate is counted in: that there are rows enough is part of fidelity.
fn tile(group: Of) -> Of {
    match group {
        Of::Data => Of::Fidelity,
        other => other,
    }
}

fn groups(gates: &[Gate], cards: &[Card]) -> Vec<Group> {
    [
        (Of::Fidelity, "Fidelity", "Are the rows like real ones?"),
        (
            Of::Utility,
            "Utility",
            "Do models learn the same from them?",
        ),
        (Of::Privacy, "Privacy", "Do they give training rows away?"),
    ]
    .into_iter()
    .map(|(of, name, about)| {
        let group: Vec<&Gate> = gates
            .iter()
            .filter(|g| g.status != Status::NotApplicable)
            .filter(|g| cards.iter().any(|c| c.id == g.id && tile(c.group) == of))
            .collect();
        let passed = group.iter().filter(|g| g.status == Status::Green).count();
        let any = |s: Status| group.iter().any(|g| g.status == s);
        let status = if group.is_empty() {
            Status::NotApplicable
        } else if any(Status::Red) {
            Status::Red
        } else if any(Status::Inconclusive) {
            Status::Inconclusive
        } else if any(Status::NotJudged) {
            Status::NotJudged
        } else {
            Status::Green
        };
        Group {
            name,
            about,
            badge: badge(status),
            words: if group.is_empty() {
                "not judged in this run".to_owned()
            } else {
                format!("{passed} of {} green", plural(group.len(), "gate", "gates"))
            },
        }
    })
    .collect()
}
