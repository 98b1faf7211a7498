//! Prediction of survival by Cox regression: Harrell's concordance on test rows.

use std::result::Result;

use rand::RngExt;
use rayon::prelude::*;

use super::{Baseline, Trained};
use crate::learn::design::Design;
use crate::learn::rank::{Scored, concordance};
use crate::learn::{Rows, cox, sample, stream};
use crate::memo::Memo;
use crate::prepared::{Part, Prepared, Values};

/// Most training and test rows.
const ROWS: usize = 5_000;
/// Most one-hot columns.
const MOST_DUMMIES: usize = 120;
const RIDGE: f64 = 1.0;
const RESAMPLED: u64 = 8;
const ENOUGH: usize = 10;
/// Folds of models trained on real rows where training rows are tested on too.
const FOLDS: usize = 10;

/// Models trained on real rows.
#[derive(Debug, Default)]
struct Kept(Memo<(), Baseline>);

/// Trains on both tables, or says why not.
pub(super) fn train(
    p: &Prepared,
    time: usize,
    event: usize,
) -> crate::Result<Result<Trained, &'static str>> {
    let outcome = match Outcome::new(p, time, event) {
        Ok(outcome) => outcome,
        Err(why) => return Ok(Err(why)),
    };
    let some = |part: Part, purpose: u64| -> Rows {
        let known: Vec<usize> = (0..*part.of(&p.rows))
            .filter(|&i| outcome.at(part, i).is_some())
            .collect();
        let rows = sample(known.len(), ROWS, &mut stream(p.seed, purpose));
        Rows::new(part, rows.into_iter().map(|i| known[i]).collect())
    };
    let train = some(Part::Train, 0xC0C5);
    let synthetic = some(Part::Synthetic, 0xC0C5_0001);
    let mut test = vec![some(Part::Test, 0xC0C5_0002)];
    if train.rows.len() < ENOUGH || test[0].rows.len() < ENOUGH {
        return Ok(Err("too few rows with a survival time"));
    }
    if p.pools() {
        test.push(train.clone());
    }
    let tested = Tested {
        p,
        columns: (time, event),
        outcome: &outcome,
        sets: test,
    };
    let fit = |rows: &Rows| {
        let at: Vec<usize> = (0..tested.rows()).collect();
        tested.score(&tested.risks(rows, &at))
    };
    let real = || {
        Ok(match p.pools() {
            true => tested.cross_fitted(&train),
            false => fit(&train),
        })
    };
    let resampled = || -> Vec<Rows> {
        let n = train.rows.len();
        (0..RESAMPLED)
            .map(|deal| {
                let mut rng = stream(p.seed, 0xC0C6 + deal);
                let rows = (0..n).map(|_| train.rows[rng.random_range(0..n)]).collect();
                Rows::new(Part::Train, rows)
            })
            .collect()
    };
    let (scored, baseline) = rayon::join(
        || fit(&synthetic),
        || {
            (p.kept.of::<Kept>().0).get((), || {
                Baseline::train(real, resampled(), |rows| Ok(fit(rows)))
            })
        },
    );
    let baseline = baseline?;
    let (Some(synthetic), Some(real)) = (scored, baseline.real.clone()) else {
        return Ok(Err("no two test rows can be compared"));
    };
    Ok(Ok(Trained {
        synthetic,
        real,
        baseline,
        shrink: 1.0,
        chance: 0.5,
        least: 0.5,
        note: "Harrell's concordance of Cox regression".to_owned(),
    }))
}

/// The rows that models are tested on.
struct Tested<'a> {
    p: &'a Prepared,
    columns: (usize, usize),
    outcome: &'a Outcome<'a>,
    sets: Vec<Rows>,
}

impl Tested<'_> {
    fn rows(&self) -> usize {
        self.sets.iter().map(|s| s.rows.len()).sum()
    }

    /// Times and events of some rows.
    fn truth(&self, rows: &Rows) -> (Vec<f64>, Vec<bool>) {
        (rows.rows.iter())
            .filter_map(|&i| self.outcome.at(rows.part, i))
            .unzip()
    }

    /// Risks of the tested rows `at` by a model trained on `rows`.
    fn risks(&self, rows: &Rows, at: &[usize]) -> Vec<f64> {
        let (time, event) = self.columns;
        let design = Design::learn(self.p, &[rows], &[time, event], MOST_DUMMIES);
        let (times, events) = self.truth(rows);
        let weights = cox::fit(&design.rows(self.p, &[rows]), &times, &events, RIDGE);
        let held = design.rows(self.p, &self.sets.iter().collect::<Vec<_>>());
        at.iter().map(|&i| held.dot(i, &weights)).collect()
    }

    /// The concordance of these risks of all tested rows.
    fn score(&self, risks: &[f64]) -> Option<Scored> {
        let (mut times, mut events) = (Vec::new(), Vec::new());
        for set in &self.sets {
            let (t, e) = self.truth(set);
            times.extend(t);
            events.extend(e);
        }
        concordance(risks, &times, &events)
    }

    /// The concordance of models trained on `train`, none of which saw the rows that it is tested
    /// on.
    fn cross_fitted(&self, train: &Rows) -> Option<Scored> {
        // The tested training rows stand behind the others.
        let first = self.rows() - train.rows.len();
        let parts: Vec<(Vec<usize>, Vec<f64>)> = (0..FOLDS)
            .into_par_iter()
            .map(|out| {
                let held: Vec<usize> = (0..self.rows()).filter(|at| at % FOLDS == out).collect();
                let kept = (train.rows.iter().enumerate())
                    .filter(|(i, _)| (first + i) % FOLDS != out)
                    .map(|(_, &row)| row);
                let rows = Rows::new(train.part, kept.collect());
                let risks = self.risks(&rows, &held);
                (held, risks)
            })
            .collect();
        let mut risks = vec![0.0; self.rows()];
        for (held, of) in parts {
            held.iter().zip(of).for_each(|(&at, x)| risks[at] = x);
        }
        self.score(&risks)
    }
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
