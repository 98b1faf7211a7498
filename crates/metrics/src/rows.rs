//! The table itself: how many rows there are to judge by.

use crate::Score;
use crate::card::{Card, Direction, FROM_ZERO, Group, Rule, Symptom};
use crate::metric::{Figures, Job, Metric};
use crate::prepared::Prepared;

static JOB: Job = Job {
    run: |p| Ok(Figures::from(vec![score(p)])),
};

/// The metrics of this group, in the order of display.
pub(crate) static METRICS: &[Metric] = &[Metric {
    card: Card {
        id: "rows",
        name: "Training rows",
        group: Group::Data,
        direction: Direction::High,
        held_out: false,
        symptom: Symptom::TooFewRows,
        rule: Rule::Plain,
        range: FROM_ZERO,
        formula: "number of training rows",
        needs: "nothing",
        blind: "how much each row says",
        source: "count",
    },
    job: &JOB,
}];

/// A fresh real sample of the same size has as many rows: fewer than the limit is inconclusive.
fn score(p: &Prepared) -> Score {
    let n = p.rows.train as f64;
    Score {
        value: Some(n),
        floor: Some(n),
        floor_interval: Some((n, n)),
        ..Score::new("rows")
    }
}
