//! The order in which columns are drawn.
//!
//! A column's tree sees only the columns before it, so whatever ties two columns has to pass between
//! neighbours in this order. It grows like a maximum spanning tree of pairwise association (Chow and
//! Liu 1968): first the column that says most of all others, then always the one that is most
//! associated with any column already there.

use rayon::prelude::*;

use super::params::Order;
use crate::trees::{Feature, Features};

/// Coarse bins of a column: half of them for ordinary numbers, half for the levels beside them.
const BINS: usize = 16;
/// Rows that associations are measured on.
const ROWS: usize = 20_000;

/// Positions of the columns in the order in which they are drawn.
pub fn columns(order: Order, features: &Features) -> Vec<usize> {
    let n = features.bins.len();
    match order {
        Order::Table => (0..n).collect(),
        Order::Association => by_association(&associations(features, n), &[]),
    }
}

/// Positions of the columns when those at `first` are there already: these, then always the one that is most
/// associated with any before it.
pub fn after(first: &[usize], features: &Features) -> Vec<usize> {
    by_association(&associations(features, features.bins.len()), first)
}

/// The order for a symmetric matrix of associations, after `begun`; ties go to the column that comes first.
fn by_association(with: &[Vec<f64>], begun: &[usize]) -> Vec<usize> {
    let first = |score: &dyn Fn(usize) -> f64, left: &[usize]| {
        let better = |a: &&usize, b: &&usize| score(**a).total_cmp(&score(**b)).then(b.cmp(a));
        left.iter().max_by(better).copied()
    };
    let mut left: Vec<usize> = (0..with.len()).collect();
    let mut strongest = vec![0.0_f64; with.len()];
    let mut order = begun.to_vec();
    left.retain(|i| !begun.contains(i));
    for &i in &left {
        strongest[i] = begun.iter().map(|&b| with[i][b]).fold(0.0, f64::max);
    }
    let all = |i: usize| with[i].iter().sum::<f64>();
    let mut next = match begun {
        [] => first(&all, &left),
        _ => first(&|i| strongest[i], &left),
    };
    while let Some(column) = next {
        order.push(column);
        left.retain(|&i| i != column);
        for &i in &left {
            strongest[i] = strongest[i].max(with[i][column]);
        }
        next = first(&|i| strongest[i], &left);
    }
    order
}

/// How much each pair of columns has to do with each other: the likelihood-ratio statistic of
/// their coarse table, less its degrees of freedom.
fn associations(features: &Features, n: usize) -> Vec<Vec<f64>> {
    let coarse: Vec<Vec<u8>> = (0..n).map(|i| coarse(features.column(i))).collect();
    (0..n)
        .into_par_iter()
        .map(|i| {
            (0..n)
                .map(|j| match i.cmp(&j) {
                    std::cmp::Ordering::Equal => 0.0,
                    _ => association(&coarse[i.min(j)], &coarse[i.max(j)]),
                })
                .collect()
        })
        .collect()
}

/// A column in [`BINS`] bins; empty when it has no cells at all.
fn coarse(features: &[Feature]) -> Vec<u8> {
    let Some(rows) = features.first().map(|f| f.of.len()) else {
        return Vec::new();
    };
    let half = BINS / 2;
    let level = |f: &Feature, row: usize, bins: usize| match f.ordered && f.bins > bins {
        true => usize::from(f.of[row]) * bins / f.bins,
        false => usize::from(f.of[row]).min(bins - 1),
    };
    (0..rows)
        .step_by(rows.div_ceil(ROWS).max(1))
        .map(|row| match features {
            [code, number] if code.of[row] == 0 => level(number, row, half),
            [code, _] => half + level(code, row, half),
            _ => level(&features[0], row, BINS),
        } as u8)
        .collect()
}

fn association(a: &[u8], b: &[u8]) -> f64 {
    let mut cells = [0_u32; BINS * BINS];
    let (mut of_a, mut of_b) = ([0_u32; BINS], [0_u32; BINS]);
    for (&x, &y) in a.iter().zip(b) {
        cells[usize::from(x) * BINS + usize::from(y)] += 1;
        of_a[usize::from(x)] += 1;
        of_b[usize::from(y)] += 1;
    }
    let logs = |counts: &[u32]| -> f64 {
        (counts.iter().filter(|&&n| n > 1))
            .map(|&n| f64::from(n) * f64::from(n).ln())
            .sum()
    };
    let used = |counts: &[u32]| counts.iter().filter(|&&n| n > 0).count().max(1) as f64 - 1.0;
    let all = a.len().min(b.len()) as u32;
    let statistic = 2.0 * (logs(&cells) - logs(&of_a) - logs(&of_b) + logs(&[all]));
    (statistic - used(&of_a) * used(&of_b)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_connected_column_comes_first_and_each_next_is_nearest_to_any_before() {
        // A star around 2 with a tail 2 - 0 - 3; 1 hangs on 2 weakly.
        let mut with = vec![vec![0.0; 4]; 4];
        for (i, j, a) in [(2, 0, 9.0), (2, 1, 3.0), (0, 3, 5.0)] {
            (with[i][j], with[j][i]) = (a, a);
        }
        assert_eq!(by_association(&with, &[]), [0, 2, 3, 1]);
        assert_eq!(by_association(&with, &[1]), [1, 2, 0, 3]);
        assert_eq!(by_association(&vec![vec![0.0; 3]; 3], &[]), [0, 1, 2]);
        assert!(by_association(&[], &[]).is_empty());
    }

    #[test]
    fn equal_columns_are_associated_and_independent_ones_are_not() {
        let a: Vec<u8> = (0..400).map(|i| (i % 4) as u8).collect();
        let b: Vec<u8> = (0..400).map(|i| (i / 4 % 5) as u8).collect();
        assert!(association(&a, &a) > 500.0);
        assert!(association(&a, &b) < 1.0);
        assert_eq!(association(&[], &[]), 0.0);
    }
}
