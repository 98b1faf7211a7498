//! The membership attack: can training rows be told from other real rows by the synthetic rows?
//!
//! Training rows are members, test rows are not. The attack is chosen from the suite by how well
//! it tells one half of the training rows from the validation rows, and the figure is how well it
//! tells the other half from the test rows: the choice costs no honesty. Every row is left out of
//! the real rows that it is compared with, so that both sides are treated alike.

use super::attack::{Attack, Seen};
use super::near::{Index, Space};
use crate::Score;
use crate::learn::rank::{auc, null_interval, power_at};
use crate::learn::{Part, Rows, sample, stream};
use crate::prepared::Prepared;

/// Most members and most test rows.
const REAL: usize = 10_000;
/// Most rows on each side of the choice.
const CHOICE: usize = 3_000;
/// Most synthetic rows.
const SYNTHETIC: usize = 20_000;
/// Fewest validation rows that a choice is based on.
const ENOUGH: usize = 20;
/// Neighbours looked at.
const NEAR: usize = 5;

/// `membership_auc`.
pub(crate) fn score(p: &Prepared) -> Score {
    let mut rng = stream(p.seed, 0x3E3B);
    let train = sample(p.rows.train, p.rows.train, &mut rng);
    let test = sample(p.rows.test, REAL, &mut rng);
    let synthetic = sample(p.rows.synthetic, SYNTHETIC, &mut rng);
    let validation = match p.rows.validation {
        Some(n) if n >= ENOUGH && train.len() >= 2 * ENOUGH => sample(n, CHOICE, &mut rng),
        _ => Vec::new(),
    };
    let chooses = !validation.is_empty();
    let aside = if chooses {
        (train.len() / 2).min(CHOICE)
    } else {
        0
    };
    let (choice, members) = train.split_at(aside);
    let members = &members[..members.len().min(REAL)];

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
    let strength = |attack: Attack, member: usize, other: usize| {
        auc(&of(attack, member), &of(attack, other)).map_or(0.5, |e| e.value)
    };
    let (member, other) = if chooses { (3, 4) } else { (1, 2) };
    let mut best = (Attack::Nearest, f64::NEG_INFINITY);
    for attack in Attack::ALL {
        let found = strength(attack, member, other);
        if found > best.1 {
            best = (attack, found);
        }
    }
    let attack = best.0;
    let (yes, no) = (of(attack, 1), of(attack, 2));
    let Some(area) = auc(&yes, &no) else {
        return crate::score::absent("membership_auc", "too few rows");
    };
    let chosen = match chooses {
        true => "chosen on validation rows",
        false => "the strongest on the test rows themselves, so slightly too high",
    };
    Score {
        id: "membership_auc".to_owned(),
        value: Some(area.value),
        floor: Some(0.5),
        floor_interval: Some(null_interval(yes.len(), no.len())),
        interval: Some(area.interval()),
        note: Some(format!(
            "strongest: {} ({chosen}); {:.1} % of training rows found at 1 % false alarms",
            attack.name(),
            100.0 * power_at(&yes, &no, 0.01)
        )),
        worst: exposed(&yes, &no, &sets[1].rows),
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
