//! Two-way tables of a pair of columns that may be shown: a few bins or levels of each, and no cell of the
//! training rows that tells of too few.

use verdancy_table::{Column, ColumnSpec, Levels, Table};

use super::Least;
use super::numbers::{Frame, Unit};
use crate::figures::Grids;

/// Bins of a number.
const BINS: f64 = 6.0;
/// Levels that are named; the others are one.
const LEVELS: usize = 6;

/// One column cut into few parts.
struct Axis {
    labels: Vec<String>,
    real: Vec<Option<usize>>,
    synthetic: Vec<Option<usize>>,
}

/// The cells of the columns called `names`; `None` where one of them has no values.
pub fn grids(train: &Table, synthetic: &Table, names: (&str, &str), least: Least) -> Option<Grids> {
    let (down, across) = (
        Axis::of(train, synthetic, names.0, least)?,
        Axis::of(train, synthetic, names.1, least)?,
    );
    let fewest = least.numbers.max(least.levels);
    let real = counts(&down, &across, |axis| &axis.real);
    let made = counts(&down, &across, |axis| &axis.synthetic);
    let (rows, rows_made) = (train.rows().max(1), synthetic.rows().max(1));
    let shares = |counts: Vec<Vec<usize>>, rows: usize, fewest: usize| {
        let share = |n: usize| {
            if n < fewest {
                0.0
            } else {
                n as f64 / rows as f64
            }
        };
        (counts.into_iter())
            .map(|row| row.into_iter().map(share).collect())
            .collect()
    };
    Some(Grids {
        names: (names.0.to_owned(), names.1.to_owned()),
        down: down.labels,
        across: across.labels,
        real: shares(real, rows, fewest),
        synthetic: shares(made, rows_made, 0),
    })
}

fn counts<'a>(
    down: &'a Axis,
    across: &'a Axis,
    side: impl Fn(&'a Axis) -> &'a Vec<Option<usize>>,
) -> Vec<Vec<usize>> {
    let mut cells = vec![vec![0; across.labels.len()]; down.labels.len()];
    for (a, b) in side(down).iter().zip(side(across)) {
        if let (Some(a), Some(b)) = (a, b) {
            cells[*a][*b] += 1;
        }
    }
    cells
}

impl Axis {
    fn of(train: &Table, synthetic: &Table, name: &str, least: Least) -> Option<Axis> {
        let at = train.schema().position(name)?;
        let real = train.column(at);
        let made = synthetic.column(synthetic.schema().position(name)?);
        match (real, made) {
            (Column::Levels(real), Column::Levels(made)) => Axis::levels(real, made, least.levels),
            _ => Axis::numbers(real, made, &train.schema().columns[at], least.numbers),
        }
    }

    fn levels(real: &Levels, made: &Levels, least: usize) -> Option<Axis> {
        let mut counts = vec![0_usize; real.levels.len()];
        for &code in &real.codes {
            if let Some(n) = counts.get_mut(code as usize) {
                *n += 1;
            }
        }
        let mut order: Vec<usize> = (0..counts.len()).filter(|&i| counts[i] >= least).collect();
        order.sort_by(|a, b| {
            (counts[*b].cmp(&counts[*a])).then_with(|| real.levels[*a].cmp(&real.levels[*b]))
        });
        order.truncate(LEVELS);
        if order.is_empty() {
            return None;
        }
        let mut labels: Vec<String> = order.iter().map(|&i| real.levels[i].clone()).collect();
        let named = labels.clone();
        let place = |of: &Levels| -> Vec<Option<usize>> {
            let to: Vec<usize> = (of.levels.iter())
                .map(|level| named.iter().position(|n| n == level).unwrap_or(named.len()))
                .collect();
            (of.codes.iter())
                .map(|&code| to.get(code as usize).copied())
                .collect()
        };
        let (mut real, mut synthetic) = (place(real), place(made));
        let others =
            |side: &[Option<usize>]| side.iter().filter(|p| **p == Some(named.len())).count();
        if others(&real) < least && others(&synthetic) == 0 {
            // Nothing of them would be drawn.
            for place in real.iter_mut().chain(&mut synthetic) {
                place.take_if(|p| *p == named.len());
            }
        } else {
            labels.push("other".to_owned());
        }
        Some(Axis {
            real,
            synthetic,
            labels,
        })
    }

    fn numbers(real: &Column, made: &Column, spec: &ColumnSpec, least: usize) -> Option<Axis> {
        let (real, made) = (real.numbers()?, made.numbers()?);
        let frame = Frame::of(&real, Unit::of(spec), least, Some(BINS))?;
        let place = |values: &[f64]| -> Vec<Option<usize>> {
            (values.iter())
                .map(|v| v.is_finite().then(|| frame.bin(*v)))
                .collect()
        };
        Some(Axis {
            labels: (0..frame.bins()).map(|k| frame.name(k)).collect(),
            real: place(&real),
            synthetic: place(&made),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use verdancy_table::{Kind, Schema};

    use super::*;

    fn table(rows: usize) -> Table {
        let spec = |name: &str, kind: Kind| ColumnSpec {
            name: name.to_owned(),
            kind,
            source: "text".into(),
            nullable: true,
            notation: None,
            part: None,
        };
        let levels: Vec<Option<&str>> = (0..rows)
            .map(|i| Some(if i < 4 { "secret" } else { ["a", "b"][i % 2] }))
            .collect();
        let numbers = (0..rows).map(|i| Some((i % 50) as i64)).collect();
        Table::new(
            Arc::new(Schema::of(vec![
                spec("town", Kind::Categorical),
                spec("age", Kind::Integer),
            ])),
            vec![
                Column::Levels(Levels::from_values(levels)),
                Column::Integers(numbers),
            ],
        )
        .unwrap()
    }

    #[test]
    fn levels_that_nobody_has_besides_those_named_take_no_place() {
        let whole = table(400);
        let named: Vec<usize> = (4..400).collect();
        let made = whole.take(&named);
        let least = Least {
            levels: 5,
            numbers: 10,
        };
        let cells = grids(&whole, &made, ("town", "age"), least).unwrap();
        assert_eq!(cells.down, ["a", "b"], "four real rows would not be drawn");
        assert_eq!(cells.real.len(), 2);
    }

    #[test]
    fn cells_of_few_rows_and_rare_levels_are_not_shown() {
        let (real, made) = (table(400), table(100));
        let least = Least {
            levels: 5,
            numbers: 10,
        };
        let cells = grids(&real, &made, ("town", "age"), least).unwrap();
        assert_eq!(cells.down, ["a", "b", "other"]);
        assert!(cells.real[2].iter().all(|share| *share == 0.0));
        let sum: f64 = cells.real.iter().flatten().sum();
        assert!((sum - 396.0 / 400.0).abs() < 1e-9, "{sum}");
        let sum: f64 = cells.synthetic.iter().flatten().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        assert!(grids(&real, &made, ("town", "none"), least).is_none());
    }
}
