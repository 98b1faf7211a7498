//! Can a classifier tell synthetic rows from real ones (C2ST)? A figure of fidelity.
//!
//! Training rows against as many synthetic rows, cross-validated in three folds: 0.5 when they
//! cannot be told apart. The floor is the same with test rows in the synthetic rows' place. The
//! marginal part is what is left when each column of either side is shuffled by itself, so that only
//! the columns' own distributions can tell the sides apart; the rest is owed to relations.

mod cards;

pub(crate) use cards::METRICS;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::learn::design::Design;
use crate::learn::rank::{auc, null_interval};
use crate::learn::{Features, Rows, logistic, sample, stream, trees};
use crate::memo::Memo;
use crate::prepared::{Part, Prepared};
use crate::score::absent;
use crate::{Result, Score};

const FOLDS: usize = 3;
/// Most rows per side for trees, and for logistic regression.
const TREE_ROWS: usize = 10_000;
const LOGISTIC_ROWS: usize = 5_000;
const MOST_DUMMIES: usize = 300;
/// Fewest rows per side.
const ENOUGH: usize = 12;

/// The classifier of a two-sample test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Learner {
    Logistic,
    Trees,
}

/// What test rows score against training rows.
type Kept = Memo<Learner, Option<Found>>;

/// C2ST by boosted trees, and its marginal part.
pub(crate) fn by_trees(p: &Prepared) -> Result<Vec<Score>> {
    let (full, alone) = rayon::join(
        || score(p, "c2st_trees", Learner::Trees),
        || told_apart(p, Learner::Trees, Part::Synthetic, true),
    );
    let mut full = full?;
    let mut marginal = found("c2st_marginal", alone?.as_ref());
    // Shuffled sides of one distribution are alike, whatever the rows are.
    marginal.floor = marginal.value.map(|_| 0.5);
    if let Some((all, own)) = full.value.zip(marginal.value) {
        full.parts.push(("marginal".to_owned(), own));
        full.parts.push(("dependency".to_owned(), all - own));
    }
    Ok(vec![full, marginal])
}

/// C2ST by logistic regression.
pub(crate) fn by_logistic(p: &Prepared) -> Result<Score> {
    score(p, "c2st_logistic", Learner::Logistic)
}

/// A classifier's figure beside its floor.
fn score(p: &Prepared, id: &str, learner: Learner) -> Result<Score> {
    let (value, floor) = rayon::join(
        || told_apart(p, learner, Part::Synthetic, false),
        || (p.kept.of::<Kept>()).get(learner, || told_apart(p, learner, Part::Test, false)),
    );
    let mut out = found(id, value?.as_ref());
    out.floor = (out.value).and(floor?.as_ref().as_ref().map(|f| f.area));
    Ok(out)
}

fn found(id: &str, value: Option<&Found>) -> Score {
    let Some(value) = value else {
        return absent(id, "too few rows or no column is modelled");
    };
    Score {
        value: Some(value.area),
        floor_interval: Some(null_interval(value.rows, value.rows)),
        interval: Some(value.interval),
        note: Some(format!("{} rows of each kind", value.rows)),
        ..Score::new(id)
    }
}

/// What a classifier came to.
#[derive(Debug)]
pub(crate) struct Found {
    area: f64,
    interval: (f64, f64),
    rows: usize,
}

fn told_apart(p: &Prepared, learner: Learner, part: Part, shuffled: bool) -> Result<Option<Found>> {
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
            let shuffle = shuffled.then_some(&mut rng);
            one(p, learner, &[&real, &other], rows, shuffle)
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
/// of each side belongs to fold `i % FOLDS`. With `shuffle`, each column of each side is shuffled by
/// itself; for trees only.
fn one(
    p: &Prepared,
    learner: Learner,
    sets: &[&Rows],
    rows: usize,
    shuffle: Option<&mut ChaCha8Rng>,
) -> Result<(f64, f64)> {
    let mut trees = match learner {
        Learner::Trees => Some(Features::new(p, sets, &[])),
        Learner::Logistic => None,
    };
    if let Some((x, rng)) = trees.as_mut().zip(shuffle) {
        x.data.chunks_mut(rows).for_each(|side| side.shuffle(rng));
    }
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
