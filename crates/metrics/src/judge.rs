//! The whole judgement of one synthetic table.

use serde::{Deserialize, Serialize};
use verdancy_table::Table;

use crate::prepared::Prepared;
use crate::{Card, ColumnScore, Gate, PairScore, Profile, Result, Score, Status};
use crate::{card, detection, fidelity, gate, privacy, utility};

/// What is judged, against what.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// Rows that the model learned from.
    pub train: &'a Table,
    /// Real rows that no choice has seen.
    pub test: &'a Table,
    /// Real rows that choices were made on: used to choose the strongest attack. Without them the
    /// maximum over the attacks is reported.
    pub validation: Option<&'a Table>,
    /// The rows to be judged.
    pub synthetic: &'a Table,
    /// Seed of sub-samples and folds.
    pub seed: u64,
}

/// Everything that is known about a synthetic table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The profile's name.
    pub profile: String,
    /// Red when a gate is red; else inconclusive when one is; else green.
    pub verdict: Status,
    /// Gates in the profile's order of display.
    pub gates: Vec<Gate>,
    /// All figures, gated or not.
    pub scores: Vec<Score>,
    /// Columns, worst first.
    pub columns: Vec<ColumnScore>,
    /// Pairs, worst first.
    pub pairs: Vec<PairScore>,
}

/// Judges.
///
/// # Errors
/// `metrics/schema-mismatch` when the tables' columns differ; `metrics/no-rows` when one is empty.
pub fn judge(inputs: Inputs<'_>, profile: &Profile) -> Result<Judgement> {
    judged(inputs, profile, true)
}

/// Judges by the gates alone: groups of figures that no gate of the profile is held against are
/// left out. Fidelity is always there; the gates are those of [`judge`].
///
/// # Errors
/// Those of [`judge`].
pub fn judge_gates(inputs: Inputs<'_>, profile: &Profile) -> Result<Judgement> {
    judged(inputs, profile, false)
}

/// Judges; by `all` figures, or by those that gates are held against.
fn judged(inputs: Inputs<'_>, profile: &Profile, all: bool) -> Result<Judgement> {
    let p = Prepared::new(&inputs)?;
    let scores = |of: fn(&Card) -> bool, scores: fn(&Prepared) -> Result<Vec<Score>>| {
        let held = |card: &Card| of(card) && profile.gates.contains_key(card.id);
        if all || card::cards().iter().any(held) {
            scores(&p)
        } else {
            Ok(Vec::new())
        }
    };
    let (fidelity, (detection, (utility, privacy))) = rayon::join(
        || fidelity::judge(&p),
        || {
            let utility = || scores(|card| card.group == "utility", utility::scores);
            let privacy = || scores(|card| card.group == "privacy", privacy::scores);
            rayon::join(
                || scores(|card| card.id.starts_with("c2st"), detection::scores),
                || rayon::join(utility, privacy),
            )
        },
    );
    let fidelity = fidelity?;
    let mut scores = fidelity.scores;
    scores.extend(detection?);
    scores.extend(utility?);
    scores.extend(privacy?);
    scores.push(rows(p.rows.train as f64));
    let gates = gate::gates(profile, &scores);
    Ok(Judgement {
        profile: profile.name.clone(),
        verdict: gate::verdict(&gates),
        gates,
        scores,
        columns: fidelity.columns,
        pairs: fidelity.pairs,
    })
}

/// A fresh real sample of the same size has as many rows: fewer than the limit is "inconclusive".
fn rows(n: f64) -> Score {
    Score {
        id: "rows".to_owned(),
        value: Some(n),
        floor: Some(n),
        floor_interval: Some((n, n)),
        interval: None,
        note: None,
        worst: Vec::new(),
        parts: Vec::new(),
    }
}
