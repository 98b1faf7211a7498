//! Attacks on single cells, as a nosy colleague would try them: is this person's value in the
//! synthetic table, or nearly? Scores are higher for rows that are more like training rows.
//!
//! Presence: a value that occurs among the synthetic values counts by how rare it is there, minus the
//! logarithm of its share. Nearness: minus the logarithm of the distance to the nearest synthetic
//! value in standard deviations. Numbers with many values are attacked by both, levels and pairs of
//! levels by presence where their share is low. The scores of several columns add up.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use crate::learn::{Rows, sample, stream};
use crate::prepared::{Aligned, Part, Parts, Prepared, Values};

/// Distinct real values above which a numeric column says something about a person.
pub(crate) const MANY: usize = 30;
/// Share of the synthetic rows below which a level or a pair of levels is rare.
const RARE: f64 = 0.05;
/// Most pairs of columns.
const PAIRS: usize = 100;
/// Distances below this, in standard deviations, are not told apart.
const NEAREST: f64 = 1e-6;

/// The scores of one column, row by row.
pub(crate) struct ColumnScores {
    pub name: String,
    pub presence: Vec<f64>,
    /// Numbers only.
    pub gap: Option<Vec<f64>>,
}

/// The scores of every column for the rows of `sets`, one set after the other. Numeric columns with
/// few values have none.
pub(crate) fn columns(p: &Prepared, sets: &[&Rows]) -> Vec<ColumnScores> {
    (p.columns.par_iter())
        .filter_map(|column| {
            let name = column.name.clone();
            match &column.values {
                Values::Numeric(v) => number(v, sets).map(|(presence, gap)| ColumnScores {
                    name,
                    presence,
                    gap: Some(gap),
                }),
                Values::Levels(v) => Some(ColumnScores {
                    name,
                    presence: level(v, sets),
                    gap: None,
                }),
            }
        })
        .collect()
}

/// Presence and nearness of numbers; `None` where there are few values.
fn number(v: &Parts<Vec<f64>>, sets: &[&Rows]) -> Option<(Vec<f64>, Vec<f64>)> {
    let real: Vec<f64> = (sets.iter())
        .filter(|set| matches!(set.part, Part::Train | Part::Test))
        .flat_map(|set| set.rows.iter().map(|&i| set.part.of(v)[i]))
        .filter(|x| !x.is_nan())
        .collect();
    let distinct: HashSet<u64> = real.iter().map(|x| number_bits(*x)).collect();
    let mut known: Vec<f64> = (v.synthetic.iter().copied())
        .filter(|x| !x.is_nan())
        .collect();
    if distinct.len() <= MANY || known.is_empty() {
        return None;
    }
    known.sort_by(f64::total_cmp);
    let mut counts: HashMap<u64, u32> = HashMap::new();
    for x in &known {
        *counts.entry(number_bits(*x)).or_default() += 1;
    }
    let n = real.len() as f64;
    let mean = real.iter().sum::<f64>() / n;
    let unit = (real.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt() + 1e-12;
    let all = known.len() as f64;
    let score = |x: f64| {
        if x.is_nan() {
            return (0.0, 0.0);
        }
        let presence = (counts.get(&number_bits(x))).map_or(0.0, |&c| -(f64::from(c) / all).ln());
        let at = known.partition_point(|&k| k < x);
        let gap = [at.checked_sub(1), Some(at)]
            .into_iter()
            .filter_map(|i| known.get(i?))
            .map(|k| (k - x).abs())
            .fold(f64::INFINITY, f64::min);
        (presence, -(gap / unit + NEAREST).ln())
    };
    Some(cells(v, sets).map(score).unzip())
}

fn cells<'a, T: Copy>(v: &'a Parts<Vec<T>>, sets: &'a [&Rows]) -> impl Iterator<Item = T> + 'a {
    (sets.iter()).flat_map(move |set| set.rows.iter().map(move |&i| set.part.of(v)[i]))
}

/// Presence of levels that are rare among the synthetic rows.
fn level(v: &Aligned, sets: &[&Rows]) -> Vec<f64> {
    let mut counts = vec![0u32; v.levels.len()];
    (v.codes.synthetic.iter()).for_each(|&c| counts[c as usize] += 1);
    counts[v.missing() as usize] = 0;
    let all = f64::from(counts.iter().sum::<u32>().max(1));
    let weight: Vec<f64> = (counts.iter())
        .map(|&c| f64::from(c) / all)
        .map(|share| {
            let rare = share > 0.0 && share < RARE;
            if rare { -share.ln() } else { 0.0 }
        })
        .collect();
    cells(&v.codes, sets).map(|c| weight[c as usize]).collect()
}

/// A column as codes: levels, and numbers with few values.
pub(crate) struct Codes {
    pub codes: Parts<Vec<u32>>,
}

/// All columns that can be read as codes.
pub(crate) fn coded(p: &Prepared) -> Vec<Codes> {
    (p.columns.iter())
        .filter_map(|column| match &column.values {
            Values::Levels(v) => Some(Codes {
                codes: v.codes.clone(),
            }),
            Values::Numeric(v) => {
                let mut known: HashMap<u64, u32> = HashMap::new();
                let codes = v.map(|cells| {
                    (cells.iter())
                        .map(|x| {
                            let next = known.len() as u32;
                            *known.entry(number_bits(*x)).or_insert(next)
                        })
                        .collect()
                });
                (known.len() <= MANY).then_some(Codes { codes })
            }
        })
        .collect()
}

/// Pairs of positions below `n`: all, or as many as are looked at, drawn with the seed.
pub(crate) fn pairs(n: usize, seed: u64) -> Vec<(usize, usize)> {
    let all: Vec<(usize, usize)> = (0..n).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
    let drawn = sample(all.len(), PAIRS, &mut stream(seed, 0x9A14));
    drawn.into_iter().map(|i| all[i]).collect()
}

/// Presence of pairs of levels that are rare among the synthetic rows; a pair that does not occur
/// there speaks against.
pub(crate) fn combinations(p: &Prepared, sets: &[&Rows]) -> Vec<f64> {
    let coded = coded(p);
    let synthetic = p.rows.synthetic as f64;
    let of_pair = |(a, b): (usize, usize)| -> Vec<f64> {
        let (a, b) = (&coded[a].codes, &coded[b].codes);
        let key = |a: u32, b: u32| (u64::from(a) << 32) | u64::from(b);
        let mut counts: HashMap<u64, u32> = HashMap::new();
        for (&a, &b) in a.synthetic.iter().zip(&b.synthetic) {
            *counts.entry(key(a, b)).or_default() += 1;
        }
        cells(a, sets)
            .zip(cells(b, sets))
            .map(|(a, b)| match counts.get(&key(a, b)) {
                None => -synthetic.ln(),
                Some(&c) if f64::from(c) < RARE * synthetic => -(f64::from(c) / synthetic).ln(),
                Some(_) => 0.0,
            })
            .collect()
    };
    let rows = sets.iter().map(|s| s.rows.len()).sum();
    let each: Vec<Vec<f64>> = (pairs(coded.len(), p.seed).into_par_iter())
        .map(of_pair)
        .collect();
    let mut sum = vec![0.0; rows];
    for scores in &each {
        (sum.iter_mut().zip(scores)).for_each(|(s, x)| *s += x);
    }
    sum
}

/// The bits of a number rounded to about 12 digits; all missing values have the same.
pub(crate) fn number_bits(x: f64) -> u64 {
    if x.is_nan() {
        return u64::MAX;
    }
    if x == 0.0 {
        return 0;
    }
    // 12 decimal digits are just under 40 bits of mantissa: 13 of 53 are rounded away.
    (x.to_bits() + (1 << 12)) >> 13
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_values() {
        assert_eq!(number_bits(0.1 + 0.2), number_bits(0.3));
        assert_eq!(number_bits(-0.0), number_bits(0.0));
        assert_ne!(number_bits(0.3), number_bits(0.300_000_001));
        assert_ne!(number_bits(1.0), number_bits(-1.0));
        assert_ne!(number_bits(20_001_231.0), number_bits(20_001_232.0));
    }

    #[test]
    fn presence_and_nearness_by_hand() {
        let values = |n: usize| (0..n).map(|i| i as f64).collect::<Vec<f64>>();
        let v = Parts {
            train: values(40),
            validation: None,
            test: vec![0.5, f64::NAN],
            synthetic: vec![0.0, 0.0, 0.0, 3.0],
        };
        let sets = [
            &Rows::new(Part::Train, (0..40).collect()),
            &Rows::new(Part::Test, vec![0, 1]),
        ];
        let (presence, gap) = number(&v, &sets).unwrap_or_default();
        assert!((presence[0] + 0.75f64.ln()).abs() < 1e-12);
        assert!((presence[3] + 0.25f64.ln()).abs() < 1e-12);
        assert_eq!(
            (presence[1], presence[40], presence[41], gap[41]),
            (0.0, 0.0, 0.0, 0.0)
        );
        assert!((gap[0] + NEAREST.ln()).abs() < 1e-9);
        // Half as far is ln 2 more; beyond the last value there is one neighbour.
        assert!((gap[40] - gap[1] - 2.0f64.ln()).abs() < 1e-4);
        assert!(gap[39] < gap[38] && gap[38] < gap[4]);
    }
}
