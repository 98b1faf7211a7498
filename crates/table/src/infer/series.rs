//! Tables whose rows are in the order of a date: each row may follow from the one before.

use crate::{Column, Table, Warning};

/// Fewest rows that tell an order from chance.
const FEWEST: usize = 30;
/// Share of the rows that are not before the row above them, and of moments that are no other row's.
const ORDERED: f64 = 0.99;
const OWN: f64 = 0.9;

/// A warning for a table of one row for each moment, in order, of nobody in particular.
pub(crate) fn warning(table: &Table) -> Option<Warning> {
    if table.rows() < FEWEST || table.schema().subject_position().is_some() {
        return None;
    }
    let (spec, _) = (table.schema().columns.iter().zip(table.columns()))
        .find(|(_, column)| is_ordered(column))?;
    Some(Warning::new(
        "table/series",
        format!(
            "The rows are in the order of {}, one for each moment: they may be a series. Each row is learned on \
             its own, so what follows from one row to the next is not kept, and rows near each other in time \
             are in training and test rows alike.",
            spec.name
        ),
    ))
}

fn is_ordered(column: &Column) -> bool {
    let Column::Instants(values) = column else {
        return false;
    };
    let moments: Vec<i64> = values.iter().copied().flatten().collect();
    let pairs = moments.len().saturating_sub(1) as f64;
    if moments.len() < FEWEST {
        return false;
    }
    let order = |ahead: fn(&[i64]) -> bool| moments.windows(2).filter(|p| ahead(p)).count() as f64;
    let up = order(|p| p[0] <= p[1]);
    let down = order(|p| p[0] >= p[1]);
    let mut own = moments.clone();
    own.sort_unstable();
    own.dedup();
    up.max(down) >= ORDERED * pairs && own.len() as f64 >= OWN * moments.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_for_each_moment_in_order_is_a_series() {
        let days = |step: i64| Column::Instants((0..100).map(|i| Some(i * step)).collect());
        assert!(is_ordered(&days(86_400_000_000)));
        assert!(is_ordered(&days(-3_600_000_000)));
        assert!(!is_ordered(&days(0)), "one moment");
        let mixed = (0..100).map(|i| Some((i * 37) % 100)).collect();
        assert!(!is_ordered(&Column::Instants(mixed)));
    }
}
