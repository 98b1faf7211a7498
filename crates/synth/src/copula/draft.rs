//! Columns on their way into the model: each with its distribution and its latent variables. Only
//! what the correlations need is kept of the rows, so that large tables fit into memory.

use verdancy_table::{Column, Kind, MISSING};

use super::correlation::{Variable, pearson};
use super::hermite;
use super::marginal::{Marginal, Ranked};
use super::model::{ColumnModel, Gaps};
use super::normal::quantile;
use super::order;

/// Categories with more levels, or fewer rows per level, stay independent of the other columns.
const JOINT_LEVELS: usize = 1_000;
const JOINT_ROWS: usize = 3;
/// Numbers with as many distinct values or fewer may be put into another order as well...
const FEW: usize = 20;
/// ... when that explains so many times more of the other columns than their own order.
const GAIN: f64 = 1.25;
/// Rounds of ordering levels, and most rows that are looked at for it.
const ROUNDS: usize = 2;
const ORDER_ROWS: usize = 10_000;

/// A column without its latent variables, which stand in a list of all.
pub struct Draft {
    kind: Kind,
    body: Body,
    /// Position of the latent variable.
    latent: Option<usize>,
    gaps: Gaps,
}

enum Body {
    Finished(Marginal),
    Ordered(Steps),
}

/// Categories, and numbers with few values.
struct Steps {
    ranked: Ranked,
    /// Values in the order of their intervals.
    order: Vec<u32>,
}

/// The drafts of some columns and their latent variables.
#[derive(Default)]
pub struct Drafts {
    /// One per column.
    pub drafts: Vec<Draft>,
    /// Of all columns.
    pub variables: Vec<Variable>,
}

/// What one column gives: its draft, its latent variable, that of its gaps.
pub type One = (Draft, Option<Variable>, Option<Variable>);

/// Drafts a column; of the latent variables every `every`th row is kept. `None` for text.
pub fn one(kind: &Kind, column: &Column, every: usize) -> Option<One> {
    let mut ranked = Ranked::of(column)?;
    let (present, rows) = (ranked.present(), column.len());
    let mut order: Vec<u32> = Vec::new();
    let distinct = ranked.counts.len();
    let ordered = ranked.levels.is_some() || distinct <= FEW && ranked.repeats();
    if ordered {
        order = (0..distinct as u32).collect();
    }
    if ranked.levels.is_some() {
        order.sort_by_key(|&l| std::cmp::Reverse(ranked.counts[l as usize]));
    }
    let joint = ranked.levels.is_none()
        || distinct <= 2
        || distinct <= JOINT_LEVELS && present >= JOINT_ROWS * distinct;
    let code: Vec<u32> = ranked.code.iter().step_by(every).copied().collect();
    let value = (distinct > 1).then(|| variable(&ranked.counts, &order, &code, joint));
    let (mut gaps, mut missing) = (Gaps::None, None);
    if present > 0 && present < rows {
        let is_missing: Vec<u32> = code.iter().map(|&c| u32::from(c == MISSING)).collect();
        missing = Some(variable(&[present, rows - present], &[], &is_missing, true));
        gaps = Gaps::Above {
            latent: 0,
            cut: quantile(present as f64 / rows as f64),
        };
    }
    let body = if ordered {
        ranked.code = code;
        Body::Ordered(Steps { ranked, order })
    } else {
        Body::Finished(ranked.marginal(
            Vec::new(),
            match kind {
                Kind::Numerical { decimals } => *decimals,
                _ => None,
            },
        ))
    };
    let draft = Draft {
        kind: kind.clone(),
        body,
        latent: None,
        gaps,
    };
    Some((draft, value, missing))
}

/// The latent variable of steps in `order` (as they are when it is empty).
fn variable(counts: &[usize], order: &[u32], code: &[u32], joint: bool) -> Variable {
    let (steps, place) = if order.is_empty() {
        (hermite::Steps::new(counts), None)
    } else {
        let sorted: Vec<usize> = order.iter().map(|&o| counts[o as usize]).collect();
        let mut place = vec![0; order.len()];
        for (k, &old) in order.iter().enumerate() {
            place[old as usize] = k;
        }
        (hermite::Steps::new(&sorted), Some(place))
    };
    let score = |&c: &u32| {
        if c == MISSING {
            return f64::NAN;
        }
        steps.scores[place.as_ref().map_or(c as usize, |p| p[c as usize])]
    };
    Variable {
        scores: code.iter().map(score).collect(),
        curve: steps.curve,
        joint,
    }
}

impl Drafts {
    /// Adds a column and its variables.
    pub fn push(&mut self, (mut draft, value, missing): One) {
        if let Some(v) = value {
            draft.latent = Some(self.variables.len());
            self.variables.push(v);
        }
        if let (Some(v), Gaps::Above { latent, .. }) = (missing, &mut draft.gaps) {
            *latent = self.variables.len();
            self.variables.push(v);
        }
        self.drafts.push(draft);
    }

    /// Puts the levels of each category into the order in which the other columns change, and
    /// so the values of numbers like codes, whose own order says little.
    pub fn order_levels(&mut self) {
        let rows = self.variables.first().map_or(0, |v| v.scores.len());
        let every = rows.div_ceil(ORDER_ROWS).max(1);
        let thin = |v: &Variable| -> Vec<f64> { v.scores.iter().step_by(every).copied().collect() };
        let mut scores: Vec<Vec<f64>> = self.variables.iter().map(thin).collect();
        for _ in 0..ROUNDS {
            for draft in &mut self.drafts {
                let (Some(i), Body::Ordered(steps)) = (draft.latent, &mut draft.body) else {
                    continue;
                };
                let levels = steps.order.len();
                if levels < 3 || !self.variables[i].joint {
                    continue;
                }
                let others: Vec<&[f64]> = (0..scores.len())
                    .filter(|&j| j != i && self.variables[j].joint)
                    .map(|j| scores[j].as_slice())
                    .collect();
                let Steps { ranked, order } = steps;
                let code: Vec<u32> = ranked.code.iter().step_by(every).copied().collect();
                let new = order::by_association(&code, levels, &others);
                let candidate = variable(&ranked.counts, &new, &ranked.code, true);
                let of_candidate = thin(&candidate);
                let explained =
                    |own: &[f64]| -> f64 { others.iter().map(|o| pearson(own, o).powi(2)).sum() };
                let gain = if ranked.levels.is_some() { 1.0 } else { GAIN };
                if explained(&of_candidate) > gain * explained(&scores[i]) {
                    *order = new;
                    self.variables[i] = candidate;
                    scores[i] = of_candidate;
                }
            }
        }
    }
}

impl Draft {
    /// The finished column.
    pub fn finish(self) -> ColumnModel {
        ColumnModel {
            storage: self.kind.storage(),
            marginal: match self.body {
                Body::Finished(m) => m,
                Body::Ordered(s) => s.ranked.marginal(s.order, None),
            },
            latent: self.latent,
            gaps: self.gaps,
        }
    }
}
