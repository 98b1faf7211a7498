//! Can a classifier tell synthetic rows from real ones (C2ST)? A figure of fidelity.
//!
//! Training rows against as many synthetic rows, cross-validated in three folds: 0.5 when they
//! cannot be told apart. The floor is the same with test rows in the synthetic rows' place.

use rayon::prelude::*;

use crate::learn::design::Design;
use crate::learn::rank::{auc, null_interval};
use crate::learn::{Features, Part, Rows, logistic, sample, stream, trees};
use crate::prepared::Prepared;
use crate::score::absent;
use crate::{Result, Score};

const FOLDS: usize = 3;
/// Most rows per side for trees, and for logistic regression.
const TREE_ROWS: usize = 10_000;
const LOGISTIC_ROWS: usize = 5_000;
const MOST_DUMMIES: usize = 300;
/// Fewest rows per side.
const ENOUGH: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Learner {
    Logistic,
    Trees,
}

/// The figures of this group.
pub(crate) fn scores(p: &Prepared) -> Result<Vec<Score>> {
    let jobs = [
        (Learner::Trees, Part::Synthetic),
        (Learner::Trees, Part::Test),
        (Learner::Logistic, Part::Synthetic),
        (Learner::Logistic, Part::Test),
    ];
    let found: Vec<Option<Found>> = jobs
        .par_iter()
        .map(|&(learner, part)| told_apart(p, learner, part))
        .collect::<Result<_>>()?;
    let score = |id: &str, at: usize| {
        let Some(value) = &found[at] else {
            return absent(id, "too few rows or no column is modelled");
        };
        Score {
            id: id.to_owned(),
            value: Some(value.area),
            floor: found[at + 1].as_ref().map(|f| f.area),
            floor_interval: Some(null_interval(value.rows, value.rows)),
            interval: Some(value.interval),
            note: Some(format!("{} rows of each kind", value.rows)),
            worst: Vec::new(),
            parts: Vec::new(),
        }
    };
    Ok(vec![score("c2st_logistic", 2), score("c2st_trees", 0)])
}

struct Found {
    area: f64,
    interval: (f64, f64),
    rows: usize,
}

fn told_apart(p: &Prepared, learner: Learner, part: Part) -> Result<Option<Found>> {
    let cap = match learner {
        Learner::Trees => TREE_ROWS,
        Learner::Logistic => LOGISTIC_ROWS,
    };
    let others = *part.of(&p.rows);
    let rows = p.rows.train.min(others).min(cap);
    if rows < ENOUGH || p.columns.is_empty() {
        return Ok(None);
    }
    let repeats = (1_500 / rows).clamp(1, 3);
    let areas: Vec<(f64, f64)> = (0..repeats)
        .into_par_iter()
        .map(|repeat| {
            let mut rng = stream(p.seed, 0xC257 + repeat as u64);
            let real = Rows::new(Part::Train, sample(p.rows.train, rows, &mut rng));
            let other = Rows::new(part, sample(others, rows, &mut rng));
            one(p, learner, &[&real, &other], rows)
        })
        .collect::<Result<_>>()?;
    let mean = |f: fn(&(f64, f64)) -> f64| areas.iter().map(f).sum::<f64>() / repeats as f64;
    let (area, error) = (mean(|a| a.0), mean(|a| a.1));
    let half = 1.96 * error;
    Ok(Some(Found {
        area,
        interval: ((area - half).max(0.0), (area + half).min(1.0)),
        rows,
    }))
}

/// Mean area over the folds and its standard error. The rows come in random order, so that row `i`
/// of each side belongs to fold `i % FOLDS`.
fn one(p: &Prepared, learner: Learner, sets: &[&Rows], rows: usize) -> Result<(f64, f64)> {
    let trees = match learner {
        Learner::Trees => Some(Features::new(p, sets, &[])),
        Learner::Logistic => None,
    };
    let folds: Vec<(f64, f64)> = (0..FOLDS)
        .into_par_iter()
        .map(|fold| {
            let (held, rest): (Vec<usize>, Vec<usize>) =
                (0..2 * rows).partition(|&i| (i % rows) % FOLDS == fold);
            let y: Vec<bool> = rest.iter().map(|&i| i >= rows).collect();
            let scores = match &trees {
                Some(x) => {
                    let settings = trees::Settings {
                        trees: 100,
                        bags: 1,
                        seed: p.seed,
                    };
                    trees::classify(&x.take(&rest), &y, &x.take(&held), settings)?
                }
                None => {
                    let design = Design::learn(p, sets, &[], MOST_DUMMIES);
                    let x = design.rows(p, sets);
                    logistic::classify(&x.take(&rest), &y, &x.take(&held), 1.0)
                }
            };
            let side = |synthetic: bool| -> Vec<f64> {
                (held.iter().zip(&scores))
                    .filter(|(i, _)| (**i >= rows) == synthetic)
                    .map(|(_, &s)| s)
                    .collect()
            };
            let area = auc(&side(true), &side(false));
            Ok(area.map_or((0.5, 0.5), |e| (e.value, e.error)))
        })
        .collect::<Result<_>>()?;
    let k = FOLDS as f64;
    let area = folds.iter().map(|f| f.0).sum::<f64>() / k;
    let error = folds.iter().map(|f| f.1 * f.1).sum::<f64>().sqrt() / k;
    Ok((area, error))
}

#[cfg(test)]
mod tests;
