//! The gates: figure, limit, floor, colour, reason.

use serde::Serialize;
use verdancy_metrics::{Card, Gate, Group, Judgement, Score, Status};

use super::{Badge, badge};
use crate::figures::{Bullet, Mark, bullet};
use crate::number::{figure, figure_beside, interval, maybe};

/// One row of the gate table.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub badge: Badge,
    pub name: String,
    pub value: String,
    pub limit: String,
    pub floor: String,
    pub interval: String,
    pub figure: String,
    pub reason: String,
}

/// One row of the table of all figures.
#[derive(Debug, Clone, Serialize)]
pub struct Other {
    pub name: String,
    pub value: String,
    pub interval: String,
    pub floor: String,
    pub floor_interval: String,
    pub note: String,
}

/// The gates that apply, then those that do not.
pub fn gates(judgement: &Judgement, cards: &[Card]) -> Vec<Row> {
    let (applied, rest): (Vec<&Gate>, Vec<&Gate>) = judgement
        .gates
        .iter()
        .partition(|g| g.status != Status::NotApplicable);
    applied
        .into_iter()
        .chain(rest)
        .map(|g| row(g, cards))
        .collect()
}

fn row(gate: &Gate, cards: &[Card]) -> Row {
    let range = cards
        .iter()
        .find(|c| c.id == gate.id)
        .map_or((f64::NEG_INFINITY, f64::INFINITY), |c| c.range);
    let limit = format!(
        "{} {}",
        if gate.at_least { "≥" } else { "≤" },
        figure_beside(gate.limit, gate.value.unwrap_or(f64::NAN))
    );
    let shown = gate.status != Status::NotApplicable && gate.value.is_some();
    let title = format!(
        "{}: {}, limit {limit}, noise floor {}",
        gate.name,
        maybe(gate.value),
        maybe(gate.floor)
    );
    Row {
        badge: badge(gate.status),
        name: gate.name.clone(),
        value: gate
            .value
            .map_or_else(|| maybe(None), |v| figure_beside(v, gate.limit)),
        limit,
        floor: maybe(gate.floor),
        interval: interval(gate.floor_interval.filter(|(a, z)| a != z)),
        figure: if shown {
            bullet(
                &title,
                &Bullet {
                    value: gate.value,
                    limit: gate.limit,
                    at_least: gate.at_least,
                    floor: gate.floor,
                    floor_interval: gate.floor_interval,
                    range,
                    mark: match gate.status {
                        Status::Green => Mark::Green,
                        Status::Red => Mark::Red,
                        _ => Mark::Open,
                    },
                },
            )
        } else {
            String::new()
        },
        reason: gate.reason.clone(),
    }
}

/// A group of figures.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    pub name: &'static str,
    pub rows: Vec<Other>,
}

/// Every figure, gated or not, by group.
pub fn figures(judgement: &Judgement, cards: &[Card]) -> Vec<Figures> {
    let group = |id: &str| cards.iter().find(|c| c.id == id).map(|c| c.group);
    let groups = [
        (Some(Group::Fidelity), "Fidelity"),
        (Some(Group::Utility), "Utility"),
        (Some(Group::Privacy), "Privacy"),
        (Some(Group::Data), "The table"),
        (None, "Others"),
    ];
    groups
        .into_iter()
        .map(|(of, name)| Figures {
            name,
            rows: judgement
                .scores
                .iter()
                .filter(|s| group(&s.id) == of)
                .map(|s| other(s, cards))
                .collect(),
        })
        .filter(|f| !f.rows.is_empty())
        .collect()
}

fn other(score: &Score, cards: &[Card]) -> Other {
    Other {
        name: name(&score.id, cards),
        value: maybe(score.value),
        interval: interval(score.interval),
        floor: maybe(score.floor),
        floor_interval: interval(score.floor_interval),
        note: note(score),
    }
}

/// A metric's name, or its id when it has no card.
pub fn name(id: &str, cards: &[Card]) -> String {
    cards
        .iter()
        .find(|c| c.id == id)
        .map_or_else(|| id.to_owned(), |c| c.name.to_owned())
}

fn note(score: &Score) -> String {
    let worst: Vec<String> = score
        .worst
        .iter()
        .take(3)
        .map(|(column, v)| format!("{column} {}", figure(*v)))
        .collect();
    match (score.note.as_deref(), worst.is_empty()) {
        (Some(n), true) => n.to_owned(),
        (Some(n), false) => format!("{n}; worst: {}", worst.join(", ")),
        (None, false) => format!("worst: {}", worst.join(", ")),
        (None, true) => String::new(),
    }
}
