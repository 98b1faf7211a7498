//! The parts of the page as plain data: what the template shows, already counted, rounded and
//! put into words.

pub mod columns;
pub mod definitions;
pub mod gates;
pub mod head;
pub mod pairs;
pub mod privacy;
pub mod regenerated;
pub mod rows;
pub mod run;
pub mod timeline;
pub mod training;

use serde::Serialize;
use verdancy_metrics::Status;

/// A colour as class, sign and word, so that it never stands alone.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Badge {
    pub class: &'static str,
    pub sign: &'static str,
    pub word: &'static str,
}

/// The badge of a status.
pub fn badge(status: Status) -> Badge {
    let (class, sign, word) = match status {
        Status::Green => ("good", "✓", "green"),
        Status::Red => ("bad", "✕", "red"),
        Status::Inconclusive => ("open", "?", "inconclusive"),
        Status::NotJudged => ("open", "?", "not judged"),
        Status::NotApplicable => ("none", "–", "not applicable"),
    };
    Badge { class, sign, word }
}

/// A name and what belongs to it.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    pub name: String,
    pub value: String,
}

/// A fact.
pub fn fact(name: &str, value: impl Into<String>) -> Fact {
    Fact {
        name: name.to_owned(),
        value: value.into(),
    }
}

/// `one row`, `2 rows`.
pub fn plural(n: usize, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        crate::number::count(n as f64),
        if n == 1 { one } else { many }
    )
}

/// The first ten of `names`, joined.
pub fn listed(names: &[&str]) -> String {
    let shown = names
        .iter()
        .take(10)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len() {
        0..=10 => shown,
        n => format!("{shown} and {} more", n - 10),
    }
}
