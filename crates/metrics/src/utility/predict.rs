//! Prediction of the target by boosted trees: area under the ROC curve for classes (the mean over
//! one-against-the-rest for more than two), R2 for numbers.

use rand::RngExt;
use rayon::prelude::*;

use super::Trained;
use crate::Result;
use crate::learn::rank::{Scored, area, r_squared};
use crate::learn::trees::{self, SMALL, Settings};
use crate::learn::{Features, Part, Rows, sample, stream};
use crate::prepared::{Prepared, Values};

/// Most training rows of a model, fewer where there are many classes.
const ROWS: usize = 30_000;
/// Most test rows.
const TEST_ROWS: usize = 20_000;
/// Most classes; the most frequent ones.
const CLASSES: usize = 20;
/// Most values of a numeric target that are taken for classes, when the task is classification.
const NUMERIC_CLASSES: usize = 20;
/// Models on resampled training rows.
const RESAMPLED: u64 = 5;
/// Rows of each at most; more rows vary less, by the square root.
const RESAMPLED_ROWS: usize = 5_000;
/// Fewest rows to learn from and to test on.
const ENOUGH: usize = 10;

/// The target as something to be learned.
enum Goal {
    /// Class of each row of a part; `None` is missing.
    Classes(Vec<u32>),
    Number,
}

/// Trains on both tables; the flag says whether the figure is an area under the ROC curve. The
/// inner error says why it does not apply.
pub(super) fn train(
    p: &Prepared,
    target: usize,
) -> Result<std::result::Result<(Trained, bool), &'static str>> {
    let goal = goal(p, target);
    let classes = match &goal {
        Goal::Classes(classes) if classes.len() < 2 => {
            return Ok(Err("the target has fewer than two classes"));
        }
        Goal::Classes(classes) if classes.len() == 2 => 1,
        Goal::Classes(classes) => classes.len(),
        Goal::Number => 1,
    };
    let truth = Truth::new(p, target, &goal);
    let mut rng = stream(p.seed, 0x7574);
    let cap = (2 * ROWS / classes).clamp(5_000, ROWS);
    let mut some = |part: Part, cap: usize| -> Rows {
        let known = truth.known(part);
        let rows = sample(known.len(), cap, &mut rng);
        Rows::new(part, rows.into_iter().map(|i| known[i]).collect())
    };
    let train = some(Part::Train, cap);
    let synthetic = some(Part::Synthetic, cap);
    let test = some(Part::Test, TEST_ROWS);
    if train.rows.len() < ENOUGH || test.rows.len() < ENOUGH {
        return Ok(Err("too few rows with a target"));
    }
    if p.columns.len() < 2 {
        return Ok(Err("there is nothing to predict the target from"));
    }
    let held = Features::new(p, &[&test], &[target]);

    let mut jobs = vec![(synthetic, true), (train.clone(), true)];
    for deal in 0..RESAMPLED {
        let mut rng = stream(p.seed, 0x7575 + deal);
        let n = train.rows.len();
        let rows = (0..n.min(RESAMPLED_ROWS)).map(|_| train.rows[rng.random_range(0..n)]);
        jobs.push((Rows::new(Part::Train, rows.collect()), false));
    }
    let scored: Vec<Option<Scored>> = jobs
        .par_iter()
        .map(|(rows, main)| {
            let settings = Settings {
                trees: 100,
                bags: if *main && rows.rows.len() < SMALL {
                    5
                } else {
                    1
                },
                seed: p.seed,
            };
            evaluate(p, target, &truth, rows, &test, &held, settings)
        })
        .collect::<Result<_>>()?;
    let mut scored = scored.into_iter();
    let (Some(Some(synthetic)), Some(Some(real))) = (scored.next(), scored.next()) else {
        return Ok(Err("the target does not vary in the test rows"));
    };
    let ranks = !matches!(goal, Goal::Number);
    let note = match (&goal, classes) {
        (Goal::Number, _) => "R2 of boosted trees".to_owned(),
        (_, 1) => "area under the ROC curve of boosted trees".to_owned(),
        (_, n) => format!("area under the ROC curve of boosted trees, mean over {n} classes"),
    };
    let trained = Trained {
        synthetic,
        real,
        resampled: scored.flatten().collect(),
        shrink: (RESAMPLED_ROWS as f64 / train.rows.len() as f64)
            .sqrt()
            .min(1.0),
        chance: if ranks { 0.5 } else { 0.0 },
        least: if ranks { 0.5 } else { 0.05 },
        note,
    };
    Ok(Ok((trained, ranks)))
}

/// Fits on `rows` and scores the rows of `test`.
fn evaluate(
    p: &Prepared,
    target: usize,
    truth: &Truth<'_>,
    rows: &Rows,
    test: &Rows,
    held: &Features,
    settings: Settings,
) -> Result<Option<Scored>> {
    let x = Features::new(p, &[rows], &[target]);
    match truth {
        Truth::Number(v) => {
            let of = |r: &Rows| -> Vec<f64> { r.rows.iter().map(|&i| r.part.of(v)[i]).collect() };
            let predicted = trees::regress(&x, &of(rows), held, settings)?;
            Ok(r_squared(&predicted, &of(test)))
        }
        Truth::Classes { classes, .. } => {
            // Of two classes, one against the other is enough.
            let which = if classes.len() == 2 {
                &classes[1..]
            } else {
                &classes[..]
            };
            let areas: Vec<Option<Scored>> = which
                .par_iter()
                .map(|&class| {
                    let y = truth.is(rows, class);
                    let scores = trees::classify(&x, &y, held, settings)?;
                    Ok(area(&scores, &truth.is(test, class)))
                })
                .collect::<Result<_>>()?;
            Ok(Scored::mean(
                &areas.into_iter().flatten().collect::<Vec<_>>(),
            ))
        }
    }
}

/// The target's values in all tables.
enum Truth<'a> {
    Number(&'a crate::prepared::Parts<Vec<f64>>),
    Classes {
        /// Codes of each part, `u32::MAX` for missing and for classes that are left out.
        codes: crate::prepared::Parts<Vec<u32>>,
        classes: Vec<u32>,
    },
}

impl Truth<'_> {
    fn new<'a>(p: &'a Prepared, target: usize, goal: &Goal) -> Truth<'a> {
        match (&p.columns[target].values, goal) {
            (Values::Numeric(v), Goal::Number) => Truth::Number(v),
            (Values::Numeric(v), Goal::Classes(classes)) => {
                let values = numeric_classes(&v.train);
                Truth::Classes {
                    codes: v.map(|part| {
                        let code = |x: &f64| values.iter().position(|y| y == x);
                        part.iter()
                            .map(|x| code(x).map_or(u32::MAX, |c| c as u32))
                            .collect()
                    }),
                    classes: classes.clone(),
                }
            }
            (Values::Levels(v), goal) => {
                let missing = v.missing();
                let keep = match goal {
                    Goal::Classes(classes) => classes.clone(),
                    Goal::Number => Vec::new(),
                };
                Truth::Classes {
                    codes: v.codes.map(|part| {
                        part.iter()
                            .map(|&c| if c == missing { u32::MAX } else { c })
                            .collect()
                    }),
                    classes: keep,
                }
            }
        }
    }

    /// Rows of `part` whose target is known.
    fn known(&self, part: Part) -> Vec<usize> {
        match self {
            Truth::Number(v) => {
                let v = part.of(v);
                (0..v.len()).filter(|&i| !v[i].is_nan()).collect()
            }
            Truth::Classes { codes, .. } => {
                let v = part.of(codes);
                (0..v.len()).filter(|&i| v[i] != u32::MAX).collect()
            }
        }
    }

    fn is(&self, rows: &Rows, class: u32) -> Vec<bool> {
        match self {
            Truth::Number(_) => Vec::new(),
            Truth::Classes { codes, .. } => {
                let v = rows.part.of(codes);
                rows.rows.iter().map(|&i| v[i] == class).collect()
            }
        }
    }
}

/// The distinct values of a numeric target, ascending.
fn numeric_classes(train: &[f64]) -> Vec<f64> {
    let mut values: Vec<f64> = train.iter().copied().filter(|x| !x.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

fn goal(p: &Prepared, target: usize) -> Goal {
    use verdancy_table::Task;
    match &p.columns[target].values {
        Values::Levels(v) => {
            let mut counts = vec![0usize; v.levels.len()];
            v.codes.train.iter().for_each(|&c| counts[c as usize] += 1);
            let mut classes: Vec<u32> = (0..v.missing())
                .filter(|&c| counts[c as usize] > 0)
                .collect();
            classes.sort_by_key(|&c| (std::cmp::Reverse(counts[c as usize]), c));
            classes.truncate(CLASSES);
            Goal::Classes(classes)
        }
        Values::Numeric(v) => {
            let values = numeric_classes(&v.train);
            let by_task = matches!(p.task, Some(Task::Classification | Task::Survival { .. }));
            match by_task && values.len() <= NUMERIC_CLASSES || values.len() <= 2 {
                true => Goal::Classes((0..values.len() as u32).collect()),
                false => Goal::Number,
            }
        }
    }
}
