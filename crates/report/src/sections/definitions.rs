//! The metrics' pages.

use serde::Serialize;
use verdancy_metrics::{Card, Direction};

use crate::number::short;

/// One metric's page.
#[derive(Debug, Clone, Serialize)]
pub struct Definition {
    pub name: &'static str,
    pub id: &'static str,
    pub direction: &'static str,
    pub range: String,
    pub formula: &'static str,
    pub needs: &'static str,
    pub blind: &'static str,
    pub source: &'static str,
}

/// A group of pages.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    pub name: &'static str,
    pub cards: Vec<Definition>,
}

/// All pages, by group.
pub fn definitions(cards: &[Card]) -> Vec<Group> {
    [
        ("fidelity", "Fidelity"),
        ("utility", "Utility"),
        ("privacy", "Privacy"),
        ("data", "The table"),
    ]
    .into_iter()
    .map(|(id, name)| Group {
        name,
        cards: cards
            .iter()
            .filter(|c| c.group == id)
            .map(definition)
            .collect(),
    })
    .filter(|g| !g.cards.is_empty())
    .collect()
}

fn definition(card: &Card) -> Definition {
    let end = |v: f64, infinite: &str| {
        if v.is_finite() {
            short(v)
        } else {
            infinite.to_owned()
        }
    };
    Definition {
        name: card.name,
        id: card.id,
        direction: match card.direction {
            Direction::Low => "lower is better",
            Direction::High => "higher is better",
            Direction::Ideal => "best at its ideal",
        },
        range: format!("{} to {}", end(card.range.0, "−∞"), end(card.range.1, "∞")),
        formula: card.formula,
        needs: card.needs,
        blind: card.blind,
        source: card.source,
    }
}
