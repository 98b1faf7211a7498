//! The membership attack: can training rows be told from other real rows by the synthetic rows?
//!
//! Training rows are members, test rows are not. The training rows are halved; the attack on each
//! half is chosen from the suite by how well it tells the other half from the validation rows, so
//! the choice costs no honesty and every training row is attacked once. The figure is how well the
//! halves are told from the test rows, on average. Every row is left out of the real rows that it is
//! compared with, so that both sides are treated alike.

use super::attack::{Attack, Seen};
use super::near::{Index, Space};
use crate::Score;
use crate::learn::design::Sparse;
use crate::learn::logistic;
use crate::learn::rank::{Sides, controlled_auc, null_interval_left, power_at};
use crate::learn::{Part, Rows, sample, stream};
use crate::prepared::Prepared;
use crate::score::absent;

/// Most members and most test rows, and most rows of validation; these three for up to sixteen columns.
const REAL: usize = 10_000;
/// Most validation rows.
const CHOICE: usize = 3_000;
/// Most synthetic rows.
const SYNTHETIC: usize = 20_000;
/// Fewest validation rows that a choice is based on.
const ENOUGH: usize = 20;
/// Fewest rows on each side that an attack is learned from.
const LEARNS: usize = 100;
/// Neighbours looked at.
const NEAR: usize = 5;

/// `membership_auc`.
pub(crate) fn score(p: &Prepared) -> Score {
    let mut rng = stream(p.seed, 0x3E3B);
    // The search costs rows x rows x columns: fewer rows where there are many columns.
    let less = (16.0 / p.columns.len() as f64).sqrt().min(1.0);
    let [real, choice, synthetic] =
        [REAL, CHOICE, SYNTHETIC].map(|cap| (cap as f64 * less) as usize);
    let train = sample(p.rows.train, real, &mut rng);
    let test = sample(p.rows.test, real, &mut rng);
    let synthetic = sample(p.rows.synthetic, synthetic, &mut rng);
    let validation = match p.rows.validation {
        Some(n) if n >= ENOUGH && train.len() >= 2 * ENOUGH => sample(n, choice, &mut rng),
        _ => Vec::new(),
    };
    let chooses = !validation.is_empty();
    let cut = if chooses {
        train.len() / 2
    } else {
        train.len()
    };
    let (one, other) = train.split_at(cut);

    let sets = [
        Rows::new(Part::Synthetic, synthetic),
        Rows::new(Part::Test, test),
        Rows::new(Part::Validation, validation),
        Rows::new(Part::Train, one.to_vec()),
        Rows::new(Part::Train, other.to_vec()),
    ];
    let around = Around::of(p, &sets);
    let folds: Vec<Attacked> = if chooses {
        [(ONE, OTHER), (OTHER, ONE)]
            .map(|(members, choice)| around.attacked(members, (choice, VALIDATION)))
            .into()
    } else {
        vec![around.attacked(ONE, (ONE, TEST))]
    };
    let told: Vec<Sides> = folds.iter().map(|f| f.told.clone()).collect();
    let controls: Vec<Vec<Sides>> = (0..2)
        .map(|k| {
            (folds.iter())
                .map(|f| around.control(f.members, TEST, k))
                .collect()
        })
        .collect();
    let Some((area, left)) = controlled_auc(&told, &controls) else {
        return absent("membership_auc", "too few rows");
    };
    let chosen = match chooses {
        true => "chosen on validation rows",
        false => "the strongest on the test rows themselves, so slightly too high",
    };
    let mut names: Vec<&str> = folds.iter().map(|f| f.name).collect();
    names.dedup();
    let power = (told.iter())
        .map(|(yes, no)| power_at(yes, no, 0.01) * yes.len() as f64)
        .sum::<f64>()
        / train.len() as f64;
    Score {
        id: "membership_auc".to_owned(),
        value: Some(area.value),
        floor: Some(0.5),
        floor_interval: Some(null_interval_left(train.len(), sets[TEST].rows.len(), left)),
        interval: Some(area.interval()),
        note: Some(format!(
            "strongest: {} ({chosen}); {:.1} % of training rows found at 1 % false alarms",
            names.join(", "),
            100.0 * power
        )),
        worst: exposed(&told, &train),
        parts: Vec::new(),
    }
}

/// The sets of rows, by place; both halves of the training rows come last.
const TEST: usize = 1;
const VALIDATION: usize = 2;
const ONE: usize = 3;
const OTHER: usize = 4;

/// What lies around the real rows of each set.
struct Around {
    seen: Vec<Vec<Seen>>,
    /// A typical distance between real rows.
    unit: f64,
}

/// One half of the members, attacked.
struct Attacked {
    members: usize,
    name: &'static str,
    told: Sides,
}

impl Around {
    fn of(p: &Prepared, sets: &[Rows; 5]) -> Around {
        let space = Space::new(p, &sets.each_ref());
        let fakes = sets[0].rows.len();
        let (fake, real) = (0..fakes, fakes..space.rows());
        let (to_fake, to_real) = rayon::join(
            || Index::new(&space, fake).nearest(real.clone(), NEAR),
            || Index::new(&space, real.clone()).nearest(real.clone(), NEAR),
        );
        let mut all = (to_fake.iter().zip(&to_real)).map(|(f, r)| Seen::new(f, r));
        let mut seen = vec![Vec::new()];
        seen.extend((sets[1..].iter()).map(|s| all.by_ref().take(s.rows.len()).collect()));
        let count = real.len().max(1) as f64;
        let unit = seen.iter().flatten().map(|s| s.real[0]).sum::<f64>() / count;
        Around { seen, unit }
    }

    fn scores(&self, attack: Attack, set: usize) -> Vec<f64> {
        (self.seen[set].iter())
            .map(|s| attack.score(s, self.unit))
            .collect()
    }

    fn views(&self, set: usize) -> Views {
        Attack::ALL.map(|attack| self.scores(attack, set))
    }

    /// Scores that know nothing of the synthetic rows.
    fn control(&self, yes: usize, no: usize, k: usize) -> Sides {
        let of = |set: usize| self.seen[set].iter().map(|s| -s.real[k]).collect();
        (of(yes), of(no))
    }

    /// The attack that tells the two sets of `choice` apart best, on `members` and the test rows.
    fn attacked(&self, members: usize, choice: (usize, usize)) -> Attacked {
        let (yes, no) = (self.views(choice.0), self.views(choice.1));
        let (on, off) = (self.views(members), self.views(TEST));
        let tilt = [0, 1].map(|k| self.control(choice.0, choice.1, k));
        let mut best = Attacked {
            members,
            name: Attack::ALL[0].name(),
            told: (on[0].clone(), off[0].clone()),
        };
        let mut most = f64::NEG_INFINITY;
        for (a, attack) in Attack::ALL.into_iter().enumerate() {
            let strength = strength(&yes[a], &no[a], &tilt);
            if strength > most {
                most = strength;
                best.name = attack.name();
                best.told = (on[a].clone(), off[a].clone());
            }
        }
        let learns = choice.1 == VALIDATION && yes[0].len().min(no[0].len()) >= LEARNS;
        if learns {
            let (strength, told) = learned(&yes, &no, [&on, &off], &tilt);
            if strength > most {
                best.name = "all attacks weighed by logistic regression";
                best.told = told;
            }
        }
        best
    }
}

/// How surely an attack tells the two sides apart: the area above 1/2 in standard errors. By the area
/// alone, a few dozen validation rows would choose the attack that chance favours.
fn strength(yes: &[f64], no: &[f64], tilt: &[Sides]) -> f64 {
    let tilt: Vec<Vec<Sides>> = tilt.iter().map(|t| vec![t.clone()]).collect();
    controlled_auc(&[(yes.to_vec(), no.to_vec())], &tilt).map_or(0.0, |(e, _)| {
        (e.value - 0.5) / e.error.max(f64::MIN_POSITIVE)
    })
}

/// The attacks' scores of one set of rows, attack by attack.
type Views = [Vec<f64>; Attack::ALL.len()];

/// The suite's scores weighed by logistic regression, learned on the rows of the choice: its
/// strength there, cross-validated, and what it says of `sets`.
fn learned(yes: &Views, no: &Views, sets: [&Views; 2], tilt: &[Sides; 2]) -> (f64, Sides) {
    let scales: [(f64, f64); Attack::ALL.len()] = std::array::from_fn(|a| {
        let all = || yes[a].iter().chain(&no[a]);
        let n = all().count() as f64;
        let mean = all().sum::<f64>() / n;
        let sd = (all().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        (mean, if sd > 0.0 { 1.0 / sd } else { 0.0 })
    });
    let rows = |views: &Views, keep: &dyn Fn(usize) -> bool| -> Vec<Vec<f64>> {
        (0..views[0].len())
            .filter(|&i| keep(i))
            .map(|i| {
                (views.iter().zip(scales))
                    .map(|(v, (mean, scale))| ((v[i] - mean) * scale).clamp(-10.0, 10.0))
                    .collect()
            })
            .collect()
    };
    let classify = |keep: &dyn Fn(usize) -> bool, on: Vec<Vec<f64>>| {
        let (a, b) = (rows(yes, keep), rows(no, keep));
        let y: Vec<bool> = (0..a.len() + b.len()).map(|i| i < a.len()).collect();
        let x = Sparse::dense(scales.len(), a.into_iter().chain(b));
        logistic::classify(&x, &y, &Sparse::dense(scales.len(), on), 1.0)
    };
    let fold_tilt = |keep: &dyn Fn(usize) -> bool| -> [Sides; 2] {
        let of = |all: &[f64]| -> Vec<f64> {
            (all.iter().enumerate())
                .filter(|(i, _)| keep(*i))
                .map(|(_, x)| *x)
                .collect()
        };
        tilt.each_ref().map(|(yes, no)| (of(yes), of(no)))
    };
    let folds = [0, 1].map(|fold| {
        let held = |i: usize| i % 2 == fold;
        let rest = |i: usize| i % 2 != fold;
        strength(
            &classify(&rest, rows(yes, &held)),
            &classify(&rest, rows(no, &held)),
            &fold_tilt(&held),
        )
    });
    let all = |_: usize| true;
    let told = (
        classify(&all, rows(sets[0], &all)),
        classify(&all, rows(sets[1], &all)),
    );
    ((folds[0] + folds[1]) / 2.0, told)
}

/// The training rows (by position, counted from 1) that stand out most, with the share of test
/// rows that score lower.
fn exposed(told: &[Sides], rows: &[usize]) -> Vec<(String, f64)> {
    let mut shares: Vec<f64> = Vec::new();
    for (yes, no) in told {
        let mut sorted = no.clone();
        sorted.sort_by(f64::total_cmp);
        let all = sorted.len().max(1) as f64;
        shares.extend((yes.iter()).map(|&s| sorted.partition_point(|&x| x < s) as f64 / all));
    }
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| (shares[b].total_cmp(&shares[a])).then(rows[a].cmp(&rows[b])));
    (order.iter().take(5))
        .map(|&i| (format!("training row {}", rows[i] + 1), shares[i]))
        .collect()
}
