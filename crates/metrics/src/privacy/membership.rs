//! The membership attack: can training rows be told from other real rows by the synthetic rows?
//!
//! Training rows are members, test rows are not. The attack is chosen from the suite by how well
//! it tells one half of the training rows from the validation rows, and the figure is how well it
//! tells the other half from the test rows: the choice costs no honesty. Every row is left out of
//! the real rows that it is compared with, so that both sides are treated alike.

use super::attack::{Attack, Seen};
use super::near::{Index, Space};
use crate::Score;
use crate::learn::design::Sparse;
use crate::learn::logistic;
use crate::learn::rank::{controlled_auc, null_interval_left, power_at};
use crate::learn::{Part, Rows, sample, stream};
use crate::prepared::Prepared;
use crate::score::absent;

/// Most members and most test rows; these three for up to sixteen columns.
const REAL: usize = 10_000;
/// Most rows on each side of the choice.
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
    let train = sample(p.rows.train, p.rows.train, &mut rng);
    let test = sample(p.rows.test, real, &mut rng);
    let synthetic = sample(p.rows.synthetic, synthetic, &mut rng);
    let validation = match p.rows.validation {
        Some(n) if n >= ENOUGH && train.len() >= 2 * ENOUGH => sample(n, choice, &mut rng),
        _ => Vec::new(),
    };
    let chooses = !validation.is_empty();
    let aside = if chooses {
        (train.len() / 2).min(choice)
    } else {
        0
    };
    let (choice, members) = train.split_at(aside);
    let members = &members[..members.len().min(real)];

    let sets = [
        Rows::new(Part::Synthetic, synthetic),
        Rows::new(Part::Train, members.to_vec()),
        Rows::new(Part::Test, test),
        Rows::new(Part::Train, choice.to_vec()),
        Rows::new(Part::Validation, validation),
    ];
    let space = Space::new(p, &sets.each_ref());
    let ends: Vec<usize> = sets
        .iter()
        .scan(0, |end, s| {
            *end += s.rows.len();
            Some(*end)
        })
        .collect();
    let (fake, real) = (0..ends[0], ends[0]..space.rows());
    let (to_fake, to_real) = rayon::join(
        || Index::new(&space, fake).nearest(real.clone(), NEAR),
        || Index::new(&space, real.clone()).nearest(real.clone(), NEAR),
    );
    let seen: Vec<Seen> = (to_fake.iter().zip(&to_real))
        .map(|(f, r)| Seen::new(f, r))
        .collect();
    let unit = seen.iter().map(|s| s.real[0]).sum::<f64>() / seen.len().max(1) as f64;
    let of = |attack: Attack, set: usize| -> Vec<f64> {
        let range = ends[set - 1] - ends[0]..ends[set] - ends[0];
        seen[range].iter().map(|s| attack.score(s, unit)).collect()
    };
    let controls = |yes: usize, no: usize| -> [Sides; 2] {
        let of = |set: usize, k: usize| -> Vec<f64> {
            let range = ends[set - 1] - ends[0]..ends[set] - ends[0];
            seen[range].iter().map(|s| -s.real[k]).collect()
        };
        [0, 1].map(|k| (of(yes, k), of(no, k)))
    };
    let (member, other) = if chooses { (3, 4) } else { (1, 2) };
    let tilt = controls(member, other);
    let mut best: Option<Candidate> = None;
    let mut offer = |candidate: Candidate| {
        if best
            .as_ref()
            .is_none_or(|b| candidate.strength > b.strength)
        {
            best = Some(candidate);
        }
    };
    for attack in Attack::ALL {
        offer(Candidate {
            name: attack.name(),
            strength: strength(&of(attack, member), &of(attack, other), &tilt),
            yes: of(attack, 1),
            no: of(attack, 2),
        });
    }
    if chooses && ends[3] - ends[2] >= LEARNS && ends[4] - ends[3] >= LEARNS {
        let views = |set: usize| Attack::ALL.map(|attack| of(attack, set));
        offer(learned(&views(3), &views(4), [&views(1), &views(2)], &tilt));
    }
    let Some(Candidate { name, yes, no, .. }) = best else {
        return absent("membership_auc", "too few rows");
    };
    let Some((area, left)) = controlled_auc(&yes, &no, &controls(1, 2)) else {
        return absent("membership_auc", "too few rows");
    };
    let chosen = match chooses {
        true => "chosen on validation rows",
        false => "the strongest on the test rows themselves, so slightly too high",
    };
    Score {
        id: "membership_auc".to_owned(),
        value: Some(area.value),
        floor: Some(0.5),
        floor_interval: Some(null_interval_left(yes.len(), no.len(), left)),
        interval: Some(area.interval()),
        note: Some(format!(
            "strongest: {name} ({chosen}); {:.1} % of training rows found at 1 % false alarms",
            100.0 * power_at(&yes, &no, 0.01)
        )),
        worst: exposed(&yes, &no, &sets[1].rows),
    }
}

/// An attack's scores of members and of test rows, and how well it did where it was chosen.
struct Candidate {
    name: &'static str,
    strength: f64,
    yes: Vec<f64>,
    no: Vec<f64>,
}

/// Scores of the two sides.
type Sides = (Vec<f64>, Vec<f64>);

fn strength(yes: &[f64], no: &[f64], tilt: &[Sides]) -> f64 {
    controlled_auc(yes, no, tilt).map_or(0.5, |(e, _)| e.value)
}

/// The attacks' scores of one set of rows, attack by attack.
type Views = [Vec<f64>; Attack::ALL.len()];

/// The suite's scores weighed by logistic regression, learned on the rows of the choice; its
/// strength there is cross-validated.
fn learned(yes: &Views, no: &Views, sets: [&Views; 2], tilt: &[Sides; 2]) -> Candidate {
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
    Candidate {
        name: "all attacks weighed by logistic regression",
        strength: (folds[0] + folds[1]) / 2.0,
        yes: classify(&all, rows(sets[0], &all)),
        no: classify(&all, rows(sets[1], &all)),
    }
}

/// The training rows (by position, counted from 1) that stand out most, with the share of test
/// rows that score lower.
fn exposed(yes: &[f64], no: &[f64], rows: &[usize]) -> Vec<(String, f64)> {
    let mut order: Vec<usize> = (0..yes.len()).collect();
    order.sort_by(|&a, &b| yes[b].total_cmp(&yes[a]).then(rows[a].cmp(&rows[b])));
    let mut sorted = no.to_vec();
    sorted.sort_by(f64::total_cmp);
    let share = |s: f64| sorted.partition_point(|&x| x < s) as f64 / sorted.len().max(1) as f64;
    order
        .iter()
        .take(5)
        .map(|&i| (format!("training row {}", rows[i] + 1), share(yes[i])))
        .collect()
}
