//! Prediction of survival by Cox regression: Harrell's concordance on test rows.

use std::result::Result;

use rand::RngExt;
use rayon::prelude::*;

use super::Trained;
use crate::learn::design::Design;
use crate::learn::rank::{Scored, concordance};
use crate::learn::{Part, Rows, cox, sample, stream};
use crate::prepared::{Prepared, Values};

/// Most training and test rows.
const ROWS: usize = 5_000;
/// Most one-hot columns.
const MOST_DUMMIES: usize = 120;
const RIDGE: f64 = 1.0;
const RESAMPLED: u64 = 8;
const ENOUGH: usize = 10;

/// Trains on both tables, or says why not.
pub(super) fn train(p: &Prepared, time: usize, event: usize) -> Result<Trained, &'static str> {
    let outcome = Outcome::new(p, time, event)?;
    let mut rng = stream(p.seed, 0xC0C5);
    let mut some = |part: Part| -> Rows {
        let known: Vec<usize> = (0..*part.of(&p.rows))
            .filter(|&i| outcome.at(part, i).is_some())
            .collect();
        let rows = sample(known.len(), ROWS, &mut rng);
        Rows::new(part, rows.into_iter().map(|i| known[i]).collect())
    };
    let (train, synthetic, test) = (some(Part::Train), some(Part::Synthetic), some(Part::Test));
    if train.rows.len() < ENOUGH || test.rows.len() < ENOUGH {
        return Err("too few rows with a survival time");
    }
    let mut jobs = vec![synthetic, train.clone()];
    for deal in 0..RESAMPLED {
        let mut rng = stream(p.seed, 0xC0C6 + deal);
        let n = train.rows.len();
        let rows = (0..n).map(|_| train.rows[rng.random_range(0..n)]).collect();
        jobs.push(Rows::new(Part::Train, rows));
    }
    let mut scored = jobs
        .par_iter()
        .map(|rows| evaluate(p, (time, event), &outcome, rows, &test))
        .collect::<Vec<Option<Scored>>>()
        .into_iter();
    let (Some(Some(synthetic)), Some(Some(real))) = (scored.next(), scored.next()) else {
        return Err("no two test rows can be compared");
    };
    Ok(Trained {
        synthetic,
        real,
        resampled: scored.flatten().collect(),
        shrink: 1.0,
        chance: 0.5,
        least: 0.5,
        note: "Harrell's concordance of Cox regression".to_owned(),
    })
}

fn evaluate(
    p: &Prepared,
    (time, event): (usize, usize),
    outcome: &Outcome<'_>,
    rows: &Rows,
    test: &Rows,
) -> Option<Scored> {
    let of = |r: &Rows| -> (Vec<f64>, Vec<bool>) {
        r.rows.iter().filter_map(|&i| outcome.at(r.part, i)).unzip()
    };
    let design = Design::learn(p, &[rows], &[time, event], MOST_DUMMIES);
    let (times, events) = of(rows);
    let weights = cox::fit(&design.rows(p, &[rows]), &times, &events, RIDGE);
    let held = design.rows(p, &[test]);
    let risk: Vec<f64> = (0..held.rows()).map(|i| held.dot(i, &weights)).collect();
    let (times, events) = of(test);
    concordance(&risk, &times, &events)
}

/// Times, and which rows had the event.
struct Outcome<'a> {
    time: &'a crate::prepared::Parts<Vec<f64>>,
    event: Happened<'a>,
}

enum Happened<'a> {
    /// The level that is the event, and the one that is missing.
    Level(&'a crate::prepared::Aligned, u32),
    /// The number that is the event: the larger one.
    Number(&'a crate::prepared::Parts<Vec<f64>>, f64),
}

impl Outcome<'_> {
    fn new(p: &Prepared, time: usize, event: usize) -> Result<Outcome<'_>, &'static str> {
        let Some(time) = p.columns[time].numeric() else {
            return Err("the survival times are not numbers");
        };
        let event = match &p.columns[event].values {
            Values::Numeric(v) => {
                let most = v.train.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                Happened::Number(v, most)
            }
            Values::Levels(v) => {
                let mut used: Vec<u32> = v.codes.train.clone();
                used.sort_unstable();
                used.dedup();
                used.retain(|&c| c != v.missing());
                let by_number = |c: &u32| v.levels[*c as usize].trim().parse::<f64>().ok();
                let greater = |a: &u32, b: &u32| match (by_number(a), by_number(b)) {
                    (Some(x), Some(y)) => x.total_cmp(&y),
                    _ => {
                        let text = |c: &u32| v.levels[*c as usize].to_lowercase();
                        text(a).cmp(&text(b))
                    }
                };
                let Some(&level) = used.iter().max_by(|a, b| greater(a, b)) else {
                    return Err("the event column is empty");
                };
                Happened::Level(v, level)
            }
        };
        Ok(Outcome { time, event })
    }

    /// Time and event of a row; `None` when either is missing.
    fn at(&self, part: Part, row: usize) -> Option<(f64, bool)> {
        let time = part.of(self.time)[row];
        let event = match self.event {
            Happened::Number(v, most) => {
                let x = part.of(v)[row];
                (!x.is_nan()).then_some(x == most)?
            }
            Happened::Level(v, level) => {
                let code = part.of(&v.codes)[row];
                (code != v.missing()).then_some(code == level)?
            }
        };
        (!time.is_nan()).then_some((time, event))
    }
}
