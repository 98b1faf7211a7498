//! Pairs of columns: trend errors and correlations. Tables with many pairs are judged on a seeded
//! sample of them.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::bins::{Coded, HEAD, head};
use super::correlation::Centred;
use crate::prepared::{Parts, Prepared};

/// Most pairs that are looked at.
const MOST: usize = 2_000;
/// Contingency tables up to this size are counted in place; greater ones by their occupied cells.
const DENSE: usize = 1 << 16;
/// Stream of the random numbers that choose pairs.
const STREAM: u64 = 11;

/// Pairs (first position less than second), sampled when there are more than [`MOST`], and how many
/// there are in all.
pub(crate) fn choose(columns: &[usize], seed: u64) -> (Vec<(usize, usize)>, usize) {
    let n = columns.len();
    let all = n * n.saturating_sub(1) / 2;
    let nth = |k: usize| {
        // Row i of the upper triangle holds n - 1 - i pairs.
        let (mut i, mut k) = (0, k);
        while k >= n - 1 - i {
            k -= n - 1 - i;
            i += 1;
        }
        (columns[i], columns[i + 1 + k])
    };
    if all <= MOST {
        return ((0..all).map(nth).collect(), all);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(STREAM);
    let mut chosen = rand::seq::index::sample(&mut rng, all, MOST).into_vec();
    chosen.sort_unstable();
    (chosen.into_iter().map(nth).collect(), all)
}

/// What one pair came to: errors of synthetic and of test rows; correlations where both are numeric.
pub(crate) struct PairFigures {
    pub columns: (usize, usize),
    pub synthetic: f64,
    pub test: f64,
    pub correlation: Option<Parts<f64>>,
}

/// Trend errors of `pairs`; numeric pairs without a correlation in the training rows are left out.
pub(crate) fn trends(
    p: &Prepared,
    coded: &[Coded<'_>],
    pairs: &[(usize, usize)],
) -> Vec<PairFigures> {
    let centred = centred(p, HEAD);
    pairs
        .par_iter()
        .filter_map(|&(i, j)| match (&centred[i], &centred[j]) {
            (Some(a), Some(b)) => {
                let r = correlations(a, b)?;
                let error = |other: f64| {
                    if other.is_nan() {
                        1.0
                    } else {
                        (r.train - other).abs() / 2.0
                    }
                };
                Some(PairFigures {
                    columns: (i, j),
                    synthetic: error(r.synthetic),
                    test: error(r.test),
                    correlation: Some(r),
                })
            }
            _ => {
                let (synthetic, test) = contingency(&coded[i], &coded[j]);
                Some(PairFigures {
                    columns: (i, j),
                    synthetic,
                    test,
                    correlation: None,
                })
            }
        })
        .collect()
}

/// Differences of correlation over all rows, synthetic and test against training; a correlation
/// that is not there counts as none (0), as in the judge's definition.
pub(crate) fn correlation_deltas(
    p: &Prepared,
    pairs: &[(usize, usize)],
) -> Vec<((usize, usize), f64, f64)> {
    let centred = centred(p, usize::MAX);
    let or_none = |r: f64| if r.is_nan() { 0.0 } else { r };
    pairs
        .par_iter()
        .filter_map(|&(i, j)| {
            let r = correlations(centred[i].as_ref()?, centred[j].as_ref()?)?;
            let delta = |other: f64| (r.train - or_none(other)).abs();
            Some(((i, j), delta(r.synthetic), delta(r.test)))
        })
        .collect()
}

fn centred(p: &Prepared, rows: usize) -> Vec<Option<Parts<Centred<'_>>>> {
    (p.columns.par_iter())
        .map(|c| {
            let first = |v: &[f64]| v.len().min(rows);
            c.numeric().map(|v| Parts {
                train: Centred::new(&v.train[..first(&v.train)]),
                validation: None,
                test: Centred::new(&v.test[..first(&v.test)]),
                synthetic: Centred::new(&v.synthetic[..first(&v.synthetic)]),
            })
        })
        .collect()
}

fn correlations(a: &Parts<Centred<'_>>, b: &Parts<Centred<'_>>) -> Option<Parts<f64>> {
    let train = a.train.correlation(&b.train);
    (!train.is_nan()).then(|| Parts {
        train,
        validation: None,
        test: a.test.correlation(&b.test),
        synthetic: a.synthetic.correlation(&b.synthetic),
    })
}

fn contingency(a: &Coded<'_>, b: &Coded<'_>) -> (f64, f64) {
    let (train, test) = (cells(&a.train, &b.train, b), cells(&a.test, &b.test, b));
    let synthetic = cells(&a.synthetic, &b.synthetic, b);
    let size = a.levels.saturating_mul(b.levels);
    if size <= DENSE {
        let count = |cells: &[u64]| {
            let mut out = vec![0u32; size];
            for &c in cells {
                out[c as usize] += 1;
            }
            out
        };
        let t = count(&train);
        let distance = |cells: &[u64]| {
            let pairs = t.iter().zip(count(cells)).map(|(&x, y)| (x, y));
            total_variation(pairs, train.len(), cells.len())
        };
        return (distance(&synthetic), distance(&test));
    }
    let t = occupied(train);
    let rows = |v: &[(u64, u32)]| v.iter().map(|x| x.1 as usize).sum::<usize>();
    let distance = |cells: Vec<u64>| {
        let o = occupied(cells);
        total_variation(merge(&t, &o), rows(&t), rows(&o))
    };
    (distance(synthetic), distance(test))
}

/// The cell of the contingency table that each of the first rows is in.
fn cells(a: &[u32], b: &[u32], second: &Coded<'_>) -> Vec<u64> {
    let width = second.levels as u64;
    (head(a).iter().zip(head(b)))
        .map(|(&x, &y)| u64::from(x) * width + u64::from(y))
        .collect()
}

/// Occupied cells in order, with their counts.
fn occupied(mut cells: Vec<u64>) -> Vec<(u64, u32)> {
    cells.sort_unstable();
    let mut out: Vec<(u64, u32)> = Vec::new();
    for c in cells {
        match out.last_mut() {
            Some(last) if last.0 == c => last.1 += 1,
            _ => out.push((c, 1)),
        }
    }
    out
}

/// Counts side by side of all cells that are occupied in either.
fn merge<'a>(a: &'a [(u64, u32)], b: &'a [(u64, u32)]) -> impl Iterator<Item = (u32, u32)> + 'a {
    let (mut i, mut j) = (0, 0);
    std::iter::from_fn(move || match (a.get(i), b.get(j)) {
        (Some(x), Some(y)) if x.0 == y.0 => {
            (i, j) = (i + 1, j + 1);
            Some((x.1, y.1))
        }
        (Some(x), y) if y.is_none_or(|y| x.0 < y.0) => {
            i += 1;
            Some((x.1, 0))
        }
        (_, Some(y)) => {
            j += 1;
            Some((0, y.1))
        }
        (_, None) => None,
    })
}

/// In whole numbers, so that no order of cells or rows changes a digit.
fn total_variation(cells: impl Iterator<Item = (u32, u32)>, n: usize, m: usize) -> f64 {
    let (n, m) = (n as i64, m as i64);
    let sum: i64 = cells
        .map(|(x, y)| (i64::from(x) * m - i64::from(y) * n).abs())
        .sum();
    sum as f64 / (2 * n * m) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choosing_pairs() {
        let (pairs, all) = choose(&[3, 5, 8], 1);
        assert_eq!((pairs, all), (vec![(3, 5), (3, 8), (5, 8)], 3));
        assert_eq!(choose(&[3], 1), (vec![], 0));
        assert_eq!(choose(&[], 1), (vec![], 0));
        let wide: Vec<usize> = (0..100).collect();
        let (pairs, all) = choose(&wide, 1);
        assert_eq!((pairs.len(), all), (MOST, 4_950));
        assert!(pairs.windows(2).all(|w| w[0] < w[1]) && pairs.iter().all(|p| p.0 < p.1));
        assert_ne!(choose(&wide, 2).0, pairs);
    }

    #[test]
    fn sparse_and_dense_tables_agree() {
        let x = occupied(vec![7, 1, 7, 9]);
        let y = occupied(vec![1, 2, 9, 9]);
        let both: Vec<_> = merge(&x, &y).collect();
        assert_eq!(both, [(1, 1), (0, 1), (2, 0), (1, 2)]);
        assert_eq!(total_variation(both.into_iter(), 4, 4), 0.5);
    }
}
