//! Rare combinations: pairs of levels that a single real row has. Does the synthetic table have those
//! of training rows more often than those of held-out rows?
//!
//! A combination that one person has gives the person away when it is repeated, but fresh rows have
//! some of them too. Held-out rows say how many; the interval comes from their labels dealt anew.

use std::collections::{HashMap, HashSet};

use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::cells::{Codes, coded, pairs};
use crate::Score;
use crate::learn::{sample, stream};
use crate::prepared::{Part, Prepared};
use crate::score::absent;

/// Most training rows, and most held-out rows.
const REAL: usize = 20_000;
/// Deals of the labels.
const DEALS: u64 = 200;

/// `rare_combinations`: the share of training rows' own pairs of levels that synthetic rows have,
/// less that of held-out rows.
pub(crate) fn score(p: &Prepared) -> Score {
    let id = "rare_combinations";
    let coded = coded(p);
    if coded.len() < 2 {
        return absent(id, "fewer than two columns with few values");
    }
    let mut rng = stream(p.seed, 0xC0B1);
    let train = sample(p.rows.train, REAL, &mut rng);
    let test = sample(p.rows.test, REAL, &mut rng);
    let each: Vec<Vec<Own>> = (pairs(coded.len(), p.seed).into_par_iter())
        .map(|(a, b)| own(&coded[a], &coded[b], &train, &test))
        .collect();
    let mut rows = vec![Own::default(); train.len() + test.len()];
    for pair in &each {
        for (sum, own) in rows.iter_mut().zip(pair) {
            sum.own += own.own;
            sum.found += own.found;
        }
    }
    let Some([found, fresh]) = shares(&rows, |row| row < train.len()) else {
        return absent(id, "no pair of levels that a single row has");
    };
    let dealt: Vec<f64> = (0..DEALS)
        .into_par_iter()
        .filter_map(|deal| {
            let mut label: Vec<bool> = (0..rows.len()).map(|row| row < train.len()).collect();
            label.shuffle(&mut stream(p.seed, 0xC0B2_0000 + deal));
            shares(&rows, |row| label[row]).map(|[a, b]| a - b)
        })
        .collect();
    let variance = dealt.iter().map(|d| d * d).sum::<f64>() / dealt.len().max(1) as f64;
    let half = 1.96 * variance.sqrt();
    let value = found - fresh;
    let clamp = |x: f64| x.clamp(-1.0, 1.0);
    Score {
        id: id.to_owned(),
        value: Some(value),
        floor: Some(0.0),
        floor_interval: Some((clamp(-half), clamp(half))),
        interval: Some((clamp(value - half), clamp(value + half))),
        note: None,
        worst: Vec::new(),
        parts: vec![
            ("of_training_rows".to_owned(), found),
            ("of_held_out_rows".to_owned(), fresh),
        ],
    }
}

/// Combinations that no other real row has, and how many of them synthetic rows have.
#[derive(Debug, Clone, Copy, Default)]
struct Own {
    own: u32,
    found: u32,
}

/// Of a pair of columns, for each real row.
fn own(a: &Codes, b: &Codes, train: &[usize], test: &[usize]) -> Vec<Own> {
    let key = |part: Part, row: usize| {
        let of = |c: &Codes| u64::from(part.of(&c.codes)[row]);
        (of(a) << 32) | of(b)
    };
    let real: Vec<u64> = (train.iter().map(|&row| key(Part::Train, row)))
        .chain(test.iter().map(|&row| key(Part::Test, row)))
        .collect();
    let mut counts: HashMap<u64, u32> = HashMap::new();
    for key in &real {
        *counts.entry(*key).or_default() += 1;
    }
    let known: HashSet<u64> = (0..a.codes.synthetic.len())
        .map(|row| key(Part::Synthetic, row))
        .collect();
    (real.iter())
        .map(|key| {
            let own = counts[key] == 1;
            Own {
                own: u32::from(own),
                found: u32::from(own && known.contains(key)),
            }
        })
        .collect()
}

/// The share found of the combinations of training rows, and of held-out rows.
fn shares(rows: &[Own], train: impl Fn(usize) -> bool) -> Option<[f64; 2]> {
    let mut sums = [(0u32, 0u32); 2];
    for (row, own) in rows.iter().enumerate() {
        let (all, found) = &mut sums[usize::from(!train(row))];
        *all += own.own;
        *found += own.found;
    }
    (sums.iter().all(|(all, _)| *all > 0))
        .then(|| sums.map(|(all, found)| f64::from(found) / f64::from(all)))
}
