//! Prediction of the target by boosted trees: area under the ROC curve for classes (the mean over
//! one-against-the-rest for more than two), R2 for numbers.

use rand::RngExt;
use rayon::prelude::*;

use super::{Baseline, Trained};
use crate::Result;
use crate::learn::rank::{Scored, area, r_squared};
use crate::learn::trees::{self, SMALL, Settings};
use crate::learn::{Features, Rows, sample, stream};
use crate::memo::Memo;
use crate::prepared::{Part, Prepared, Values};

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
/// Folds of models trained on real rows where training rows are tested on too.
const FOLDS: usize = 10;

/// Models trained on real rows.
#[derive(Debug, Default)]
struct Kept(Memo<(), Baseline>);

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
    let cap = (2 * ROWS / classes).clamp(5_000, ROWS);
    // A stream for each part: what is drawn of the real rows must not depend on the synthetic ones.
    let some = |part: Part, cap: usize, purpose: u64| -> Rows {
        let known = truth.known(part);
        let rows = sample(known.len(), cap, &mut stream(p.seed, purpose));
        Rows::new(part, rows.into_iter().map(|i| known[i]).collect())
    };
    let train = some(Part::Train, cap, 0x7574);
    let synthetic = some(Part::Synthetic, cap, 0x7574_0001);
    let mut test = vec![some(Part::Test, TEST_ROWS, 0x7574_0002)];
    if train.rows.len() < ENOUGH || test[0].rows.len() < ENOUGH {
        return Ok(Err("too few rows with a target"));
    }
    if p.columns.len() < 2 {
        return Ok(Err("there is nothing to predict the target from"));
    }
    if p.pools() {
        test.push(train.clone());
    }
    let test = Tested::new(p, target, &truth, test);
    let seed = p.seed;
    let settings = |rows: &Rows, all: bool| Settings {
        trees: 100,
        bags: if all && rows.rows.len() < SMALL { 5 } else { 1 },
        seed,
    };
    let fit = |rows: &Rows, all: bool| {
        let outputs = test.outputs(rows, &test.all(), settings(rows, all))?;
        Ok(test.score(&outputs))
    };
    let real = || match p.pools() {
        true => test.cross_fitted(&train, settings(&train, true)),
        false => fit(&train, true),
    };
    let (scored, baseline) = rayon::join(
        || fit(&synthetic, true),
        || {
            (p.kept.of::<Kept>().0).get((), || {
                Baseline::train(real, resampled(&train, seed), |rows| fit(rows, false))
            })
        },
    );
    let (scored, baseline) = (scored?, baseline?);
    let (Some(synthetic), Some(real)) = (scored, baseline.real.clone()) else {
        return Ok(Err("the target does not vary in the test rows"));
    };
    let ranks = !matches!(goal, Goal::Number);
    let trained = Trained {
        synthetic,
        real,
        baseline,
        shrink: (RESAMPLED_ROWS as f64 / train.rows.len() as f64)
            .sqrt()
            .min(1.0),
        chance: if ranks { 0.5 } else { 0.0 },
        least: if ranks { 0.5 } else { 0.05 },
        note: note(&goal, classes),
    };
    Ok(Ok((trained, ranks)))
}

/// What the figure is; `classes` are those that are scored.
fn note(goal: &Goal, classes: usize) -> String {
    match (goal, classes) {
        (Goal::Number, _) => "R2 of boosted trees".to_owned(),
        (_, 1) => "area under the ROC curve of boosted trees".to_owned(),
        (_, n) => format!("area under the ROC curve of boosted trees, mean over {n} classes"),
    }
}

/// Training rows drawn again with replacement, several times.
fn resampled(train: &Rows, seed: u64) -> Vec<Rows> {
    let n = train.rows.len();
    let deal = |deal: u64| {
        let mut rng = stream(seed, 0x7575 + deal);
        let rows = (0..n.min(RESAMPLED_ROWS)).map(|_| train.rows[rng.random_range(0..n)]);
        Rows::new(Part::Train, rows.collect())
    };
    (0..RESAMPLED).map(deal).collect()
}

/// The rows that models are tested on, and what is true of them.
struct Tested<'a> {
    p: &'a Prepared,
    target: usize,
    truth: &'a Truth<'a>,
    sets: Vec<Rows>,
    features: Features,
}

impl<'a> Tested<'a> {
    fn new(p: &'a Prepared, target: usize, truth: &'a Truth<'a>, sets: Vec<Rows>) -> Tested<'a> {
        let features = Features::new(p, &sets.iter().collect::<Vec<_>>(), &[target]);
        Tested {
            p,
            target,
            truth,
            sets,
            features,
        }
    }

    fn all(&self) -> Vec<usize> {
        (0..self.features.rows).collect()
    }

    /// Outputs for the tested rows `at` of models trained on `rows`: one for each class that is
    /// predicted, or the one number.
    fn outputs(&self, rows: &Rows, at: &[usize], settings: Settings) -> Result<Vec<Vec<f64>>> {
        let x = Features::new(self.p, &[rows], &[self.target]);
        let held = self.features.take(at);
        match self.truth {
            Truth::Number(_) => {
                let y = self.truth.numbers(rows);
                Ok(vec![trees::regress(&x, &y, &held, settings)?])
            }
            Truth::Classes { .. } => (self.truth.predicted().par_iter())
                .map(|&class| trees::classify(&x, &self.truth.is(rows, class), &held, settings))
                .collect(),
        }
    }

    /// The figure of these outputs for all tested rows.
    fn score(&self, outputs: &[Vec<f64>]) -> Option<Scored> {
        let gather = |of: &dyn Fn(&Rows) -> Vec<bool>| -> Vec<bool> {
            self.sets.iter().flat_map(of).collect()
        };
        match self.truth {
            Truth::Number(_) => {
                let truth: Vec<f64> = (self.sets.iter())
                    .flat_map(|rows| self.truth.numbers(rows))
                    .collect();
                r_squared(outputs.first()?, &truth)
            }
            Truth::Classes { .. } => {
                let areas: Vec<Scored> = (self.truth.predicted().iter().zip(outputs))
                    .filter_map(|(&class, scores)| {
                        area(scores, &gather(&|rows| self.truth.is(rows, class)))
                    })
                    .collect();
                Scored::mean(&areas)
            }
        }
    }

    /// The figure of models trained on `train`, none of which saw the rows that it is tested on.
    fn cross_fitted(&self, train: &Rows, settings: Settings) -> Result<Option<Scored>> {
        // The tested training rows stand behind the others.
        let first = self.features.rows - train.rows.len();
        let fold = |at: usize| at % FOLDS;
        let parts: Vec<(Vec<usize>, Vec<Vec<f64>>)> = (0..FOLDS)
            .into_par_iter()
            .map(|out| {
                let held: Vec<usize> = (0..self.features.rows)
                    .filter(|&at| fold(at) == out)
                    .collect();
                let kept = (train.rows.iter().enumerate())
                    .filter(|(i, _)| fold(first + i) != out)
                    .map(|(_, &row)| row);
                let rows = Rows::new(train.part, kept.collect());
                Ok((held.clone(), self.outputs(&rows, &held, settings)?))
            })
            .collect::<Result<_>>()?;
        let classes = parts.first().map_or(0, |p| p.1.len());
        let mut outputs = vec![vec![0.0; self.features.rows]; classes];
        for (held, of) in parts {
            for (output, of) in outputs.iter_mut().zip(of) {
                held.iter().zip(of).for_each(|(&at, x)| output[at] = x);
            }
        }
        Ok(self.score(&outputs))
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

    /// The classes of which each is predicted against the rest: of two, one is enough.
    fn predicted(&self) -> &[u32] {
        match self {
            Truth::Number(_) => &[],
            Truth::Classes { classes, .. } if classes.len() == 2 => &classes[1..],
            Truth::Classes { classes, .. } => classes,
        }
    }

    fn numbers(&self, rows: &Rows) -> Vec<f64> {
        match self {
            Truth::Number(v) => rows.rows.iter().map(|&i| rows.part.of(v)[i]).collect(),
            Truth::Classes { .. } => Vec::new(),
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
