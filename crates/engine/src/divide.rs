//! Divides the rows: what models learn from, what choices are made on, what the verdict sees.

use verdancy_table::{SplitShares, Table, split};

use crate::{Division, Error, Result};

/// Fewer rows than this cannot be divided and judged.
pub const MIN_ROWS: usize = 10;

/// Rows kept for choices at most: more would not make a choice surer.
const MOST_VALIDATION: f64 = 2000.0;

/// The real rows in their three parts, under one schema.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Rows that models learn from.
    pub train: Table,
    /// Rows that choices are made on.
    pub validation: Table,
    /// Rows that only the verdict sees.
    pub test: Table,
}

/// Divides `table`; with a `holdout` the whole of it is the test part.
///
/// # Errors
/// `engine/bad-share` and `engine/too-few-rows`.
pub fn divide(
    table: &Table,
    holdout: Option<Table>,
    division: &Division,
    seed: u64,
) -> Result<Parts> {
    let test = if holdout.is_some() {
        0.0
    } else {
        division.test
    };
    check_shares(division.validation, test, holdout.is_some())?;
    let rows = table.rows();
    if rows < MIN_ROWS {
        return Err(Error::input(
            "engine/too-few-rows",
            format!(
                "The table has {rows} rows; at least {MIN_ROWS} are needed to learn and to judge."
            ),
            "Give a table with more rows.",
        ));
    }
    let shares = SplitShares {
        validation: division.validation.min(MOST_VALIDATION / rows as f64),
        test,
    };
    let parts = split(table, shares, seed);
    let test = match holdout {
        Some(holdout) if holdout.rows() == 0 => {
            return Err(Error::input(
                "engine/too-few-rows",
                "The hold-out table has no rows.",
                "Give a hold-out table with rows, or leave --holdout out.",
            ));
        }
        Some(holdout) => holdout,
        None => table.take(&parts.test),
    };
    if parts.train.is_empty() || test.rows() == 0 {
        return Err(Error::input(
            "engine/too-few-rows",
            "The shares leave no rows to learn from or to judge with.",
            "Give a table with more rows, or change --test and --validation.",
        ));
    }
    Ok(Parts {
        train: table.take(&parts.train),
        validation: table.take(&parts.validation),
        test,
    })
}

/// Divides `table` for a model that is judged elsewhere: no row is kept for the verdict.
pub(crate) fn without_test(table: &Table, validation: f64, seed: u64) -> Result<Parts> {
    let division = Division {
        holdout: None,
        validation,
        test: 0.0,
    };
    let first = table.slice(0..table.rows().min(1));
    let mut parts = divide(table, Some(first), &division, seed)?;
    parts.test = table.take(&[]);
    Ok(parts)
}

fn check_shares(validation: f64, test: f64, has_holdout: bool) -> Result<()> {
    let good = |share: f64| (0.0..1.0).contains(&share);
    if !good(validation) || !good(test) || validation + test > 0.9 {
        return Err(Error::input(
            "engine/bad-share",
            "The shares of validation and test rows have to be at least 0 and at most 0.9 together.",
            "Use for example --validation 0.1 --test 0.2.",
        ));
    }
    if test == 0.0 && !has_holdout {
        return Err(Error::input(
            "engine/bad-share",
            "Without test rows there is nothing to judge with.",
            "Use for example --test 0.2, or give a table with --holdout.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::sync::Arc;

    use verdancy_table::{Column, ColumnSpec, Kind, Schema};

    use super::*;

    fn table(rows: usize) -> Table {
        let schema = Schema {
            target: None,
            task: None,
            subject: None,
            columns: vec![ColumnSpec {
                name: "x".into(),
                kind: Kind::Integer,
                source: "text".into(),
                nullable: false,
            }],
        };
        let values = (0..rows as i64).map(Some).collect();
        Table::new(Arc::new(schema), vec![Column::Integers(values)]).unwrap()
    }

    #[test]
    fn default_shares_cover_every_row_once() {
        let parts = divide(&table(101), None, &Division::default(), 3).unwrap();
        let mut seen: Vec<f64> = [&parts.train, &parts.validation, &parts.test]
            .iter()
            .flat_map(|t| t.column(0).numbers().unwrap().into_owned())
            .collect();
        seen.sort_by(f64::total_cmp);
        assert_eq!(seen, (0..101).map(f64::from).collect::<Vec<_>>());
        assert_eq!(
            (
                parts.train.rows(),
                parts.validation.rows(),
                parts.test.rows()
            ),
            (71, 10, 20)
        );
    }

    #[test]
    fn a_holdout_is_the_whole_test_part() {
        let parts = divide(&table(50), Some(table(7)), &Division::default(), 3).unwrap();
        assert_eq!(
            (
                parts.train.rows(),
                parts.validation.rows(),
                parts.test.rows()
            ),
            (45, 5, 7)
        );
    }

    #[test]
    fn few_rows_and_bad_shares_are_refused() {
        let code = |rows, validation, test| {
            let division = Division {
                holdout: None,
                validation,
                test,
            };
            divide(&table(rows), None, &division, 0).unwrap_err().code
        };
        assert_eq!(code(9, 0.1, 0.2), "engine/too-few-rows");
        assert_eq!(code(100, 0.5, 0.5), "engine/bad-share");
        assert_eq!(code(100, 0.1, 0.0), "engine/bad-share");
        assert_eq!(code(100, -0.1, 0.2), "engine/bad-share");
        assert_eq!(code(100, f64::NAN, 0.2), "engine/bad-share");
        assert_eq!(code(10, 0.1, 0.04), "engine/too-few-rows");
    }
}
