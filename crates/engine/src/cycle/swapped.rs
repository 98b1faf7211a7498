//! Columns that came back in each other's place: a fault of decoding that no training fixes.

use verdancy_metrics::Judgement;
use verdancy_table::{Column, Table};

/// Pairs of badly wrong columns, each of which is distributed like the other's real values.
pub(super) fn swapped(
    train: &Table,
    synthetic: &Table,
    judgement: &Judgement,
) -> Vec<(String, String)> {
    let bad: Vec<(usize, &str)> = (judgement.columns.iter())
        .filter(|c| c.shape_error > 0.15)
        .filter_map(|c| Some((train.schema().position(&c.column)?, c.column.as_str())))
        .take(20)
        .collect();
    let mut found = Vec::new();
    for (i, (a, name_a)) in bad.iter().enumerate() {
        for (b, name_b) in &bad[i + 1..] {
            let crossed = |x: usize, y: usize| {
                distance(synthetic.column(x), train.column(y))
                    .zip(distance(synthetic.column(x), train.column(x)))
                    .is_some_and(|(other, own)| other < 0.1 && other < 0.4 * own)
            };
            if crossed(*a, *b) && crossed(*b, *a) {
                found.push(((*name_a).to_owned(), (*name_b).to_owned()));
            }
        }
    }
    found
}

/// Kolmogorov-Smirnov distance of the values of two numeric columns.
fn distance(a: &Column, b: &Column) -> Option<f64> {
    let sorted = |c: &Column| -> Option<Vec<f64>> {
        let mut v: Vec<f64> = c
            .numbers()?
            .iter()
            .copied()
            .filter(|x| !x.is_nan())
            .collect();
        v.sort_by(f64::total_cmp);
        (!v.is_empty()).then_some(v)
    };
    let (a, b) = (sorted(a)?, sorted(b)?);
    let share = |v: &[f64], x: f64| v.partition_point(|y| *y <= x) as f64 / v.len() as f64;
    a.iter()
        .chain(&b)
        .map(|&x| (share(&a, x) - share(&b, x)).abs())
        .reduce(f64::max)
}
