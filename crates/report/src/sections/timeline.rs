//! The story of the attempts: what came out, why, and what followed from it.

use serde::Serialize;
use verdancy_engine::{Attempt, Role, RunRecord};

use super::{Badge, badge};
use crate::number::{fixed, seconds};

/// One step of the story.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    pub title: String,
    pub kept: bool,
    pub badge: Badge,
    pub facts: String,
    pub cause: String,
    pub decision: String,
    pub changes: Vec<String>,
}

/// The attempts in order.
pub fn timeline(record: &RunRecord) -> Vec<Step> {
    let mut number = 0;
    (record.attempts.iter().enumerate())
        .map(|(i, a)| {
            let name = a.config.method().title();
            let title = match a.role {
                Role::Race => format!("First answer: {name}"),
                Role::Attempt => {
                    number += 1;
                    format!("Attempt {number}: {name}")
                }
            };
            step(title, i == record.kept, a)
        })
        .collect()
}

fn step(title: String, kept: bool, a: &Attempt) -> Step {
    let percent = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| fixed(100.0 * v, 2));
    let mut facts = format!("{} of training", seconds(a.train_seconds));
    if a.warm {
        facts += ", from the weights of the best attempt before";
    }
    if let Some(c) = &a.choice {
        facts += &format!(
            "; on validation rows: shape error {} %, trend error {} %, C2ST {}",
            percent(c.shape_error),
            percent(c.trend_error),
            c.c2st_trees.map_or_else(|| "–".to_owned(), |v| fixed(v, 3)),
        );
    }
    let status = match &a.choice {
        Some(c) => c.verdict,
        None => verdancy_metrics::Status::NotApplicable,
    };
    let decision = a.decision.as_ref();
    Step {
        title,
        kept,
        badge: badge(status),
        facts,
        cause: a.diagnosis.as_ref().map_or_else(String::new, |d| {
            format!("{} (KS tier: {})", d.cause, d.tier.name())
        }),
        decision: decision.map_or_else(String::new, |d| d.why.clone()),
        changes: decision.map_or_else(Vec::new, |d| {
            (d.changes.iter())
                .map(|c| format!("{}: {} → {}", c.name, c.from, c.to))
                .collect()
        }),
    }
}
