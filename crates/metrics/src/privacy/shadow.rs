//! The shadow attack: what does a method's output look like for rows it learned from? An attacker who
//! knows the method finds out on rows of their own (Stadler, Oprisanu and Troncoso 2022).
//!
//! The training rows are halved, by people; the method is refitted on one half, and the scores of all
//! attacks on that half (members) and on the other (others) teach a classifier. Several such runs are
//! pooled. The classifier is then tried on the true synthetic rows: training rows against test rows.

use verdancy_table::Table;

use super::attack::Attack;
use super::membership::{Drawn, ONE, TEST, Views};
use super::people::People;
use crate::learn::design::Sparse;
use crate::learn::rank::{auc, midranks, null_interval, power_at};
use crate::learn::{Rows, logistic, sample, stream};
use crate::prepared::{Part, Prepared};
use crate::score::absent;
use crate::{Real, Result, Score};

/// Learns from some rows and gives synthetic ones; the number is the seed. The judge asks for it and
/// doesn't know the method.
pub type Refit<'a> = dyn Fn(&Table, u64) -> Result<Table> + Sync + 'a;

/// Fewest people in a half.
const ENOUGH: usize = 20;
/// Numbers that an attack's score becomes.
const EACH: usize = 2;

/// `membership_shadow`: the area under the ROC curve of a classifier that learned on `runs` shadow
/// runs of `refit` what the attacks' scores say of members.
///
/// # Errors
/// Those of `refit` and of [`Judge`](crate::Judge).
pub(crate) fn shadow_attack(
    real: Real<'_>,
    synthetic: &Table,
    refit: &Refit<'_>,
    runs: u64,
    seed: u64,
) -> Result<Score> {
    let id = "membership_shadow";
    let real = Real {
        validation: None,
        ..real
    };
    let p = Prepared::real(real, seed)?.with(synthetic)?;
    if p.columns.is_empty() {
        return Ok(absent(id, "no column is modelled"));
    }
    let all = Rows::new(Part::Train, (0..p.rows.train).collect());
    if People::of(&p, &all).count() < 2 * ENOUGH || runs == 0 {
        return Ok(absent(id, "too few training rows for shadow runs"));
    }
    let (mut rows, mut members) = (Vec::new(), Vec::new());
    for run in 0..runs {
        let seed = p.seed.wrapping_add(run);
        let (one, other) = halves(&p, seed);
        let (one, other) = (real.train.take(&one), real.train.take(&other));
        let half = Real {
            train: &one,
            test: &other,
            ..real
        };
        let shadow = Prepared::real(half, seed)?.with(&refit(&one, seed)?)?;
        let drawn = Drawn::of(&shadow);
        let (yes, no) = features(drawn.views(ONE), drawn.views(TEST));
        members.extend(std::iter::repeat_n(true, yes.len()));
        members.extend(std::iter::repeat_n(false, no.len()));
        rows.extend(yes.into_iter().chain(no));
    }
    let width = EACH * Attack::COUNT;
    let learned = Sparse::dense(width, rows);
    let drawn = Drawn::of(&p);
    let (yes, no) = features(drawn.views(ONE), drawn.views(TEST));
    let [yes, no] = [yes, no]
        .map(|rows| logistic::classify(&learned, &members, &Sparse::dense(width, rows), 1.0));
    let Some(area) = auc(&yes, &no) else {
        return Ok(absent(id, "too few rows"));
    };
    Ok(Score {
        id: id.to_owned(),
        value: Some(area.value),
        floor: Some(0.5),
        floor_interval: Some(null_interval(yes.len(), no.len())),
        interval: Some(area.interval()),
        note: Some(format!("shadow runs: {runs}")),
        worst: Vec::new(),
        parts: vec![
            ("tpr_at_1pct".to_owned(), power_at(&yes, &no, 0.01)),
            ("tpr_at_0.1pct".to_owned(), power_at(&yes, &no, 0.001)),
        ],
    })
}

/// The training rows in two halves; people are not divided.
fn halves(p: &Prepared, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let order = sample(p.rows.train, p.rows.train, &mut stream(seed, 0x5AD0));
    let rows = Rows::new(Part::Train, order);
    let people = People::of(p, &rows);
    people.split(&rows.rows, people.count() / 2)
}

/// What the classifier sees of each row: where each score is among all of its run, since scores of
/// tables of different size do not compare, and how far up the tail.
fn features(yes: &Views, no: &Views) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let (m, n) = (yes[0].len(), no[0].len());
    let all = (m + n) as f64;
    let mut rows = vec![Vec::with_capacity(EACH * Attack::COUNT); m + n];
    for (yes, no) in yes.iter().zip(no) {
        let ranks = midranks(&[yes.as_slice(), no].concat());
        for (row, rank) in rows.iter_mut().zip(ranks) {
            let share = (rank - 0.5) / all;
            row.push(share - 0.5);
            row.push(-(1.0 - share).ln() - 1.0);
        }
    }
    let no = rows.split_off(m);
    (rows, no)
}
