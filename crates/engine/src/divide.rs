//! Divides the rows: what models learn from, what choices are made on, what the verdict sees. Rows
//! of one person stay together, and what has to be enough are people.

use std::collections::HashSet;

use verdancy_table::{Column, SplitShares, Table, split};

use crate::{Division, Error, Result};

/// Fewer rows than this, or rows of fewer people, cannot be divided and judged.
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

/// Divides `table`; with a `holdout` (of [`unseen`] people) the whole of it is the test part.
///
/// # Errors
/// `engine/bad-share`, `engine/too-few-rows`, `engine/too-few-people`.
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
    cut(table, holdout, division.validation, test, seed)
}

/// Cuts `table` by shares that were checked.
fn cut(
    table: &Table,
    holdout: Option<Table>,
    validation: f64,
    test: f64,
    seed: u64,
) -> Result<Parts> {
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
    let people = table.people();
    if people < MIN_ROWS {
        return Err(too_few_people(
            table,
            &format!("at least {MIN_ROWS} are needed to learn and to judge"),
        ));
    }
    let shares = SplitShares {
        validation: validation.min(MOST_VALIDATION / rows as f64),
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
        if people < rows {
            return Err(too_few_people(
                table,
                "the shares leave nobody to learn from or to judge with",
            ));
        }
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

fn too_few_people(table: &Table, why: &str) -> Error {
    let error = Error::input(
        "engine/too-few-people",
        format!(
            "The {} rows of the table are of {} people; {why}.",
            table.rows(),
            table.people()
        ),
        "Give a table with more people, or say `--subject none` when each row is a person.",
    );
    match &table.schema().subject {
        Some(subject) => error.in_column(subject),
        None => error,
    }
}

/// The rows of a hold-out table that are of people whom the other table does not have.
#[derive(Debug, Clone)]
pub struct Unseen {
    /// The rows that are left.
    pub holdout: Table,
    /// What was left out, in words; none where the tables share nobody.
    pub left_out: Option<String>,
}

/// Leaves out of `holdout` the rows of people who have rows in `table` too: a person that a model has
/// learned is no unseen person, so every figure of privacy would come out better than it is.
///
/// # Errors
/// `engine/people-in-both` when fewer than [`MIN_ROWS`] people would be left.
pub fn unseen(table: &Table, holdout: Table) -> Result<Unseen> {
    fn keys(table: &Table) -> &[Option<String>] {
        match table.schema().subject_position().map(|at| table.column(at)) {
            Some(Column::Strings(cells)) => cells,
            _ => &[],
        }
    }
    let known: HashSet<&str> = keys(table).iter().flatten().map(String::as_str).collect();
    let all: HashSet<&str> = (keys(&holdout).iter().flatten())
        .map(String::as_str)
        .collect();
    let both = all.intersection(&known).count();
    if both == 0 {
        return Ok(Unseen {
            holdout,
            left_out: None,
        });
    }
    let said = format!(
        "{both} of the {} people of the hold-out table have rows in the other table too",
        all.len()
    );
    if all.len() - both < MIN_ROWS {
        let error = Error::input(
            "engine/people-in-both",
            format!("{said}, so that fewer than {MIN_ROWS} unseen people are left."),
            "Give a hold-out table of other people. If the two tables number their people \
             independently, say `--subject none`.",
        );
        return Err(match &table.schema().subject {
            Some(subject) => error.in_column(subject),
            None => error,
        });
    }
    let fresh = |key: &Option<String>| key.as_deref().is_none_or(|k| !known.contains(k));
    let left: Vec<usize> = (keys(&holdout).iter().enumerate())
        .filter(|(_, key)| fresh(key))
        .map(|(row, _)| row)
        .collect();
    let gone = holdout.rows() - left.len();
    Ok(Unseen {
        holdout: holdout.take(&left),
        left_out: Some(format!(
            "{said}. They are not unseen, so the verdict leaves out their {gone} rows; say subject none if \
             the tables number their people independently."
        )),
    })
}

/// Divides `table` for a model that is judged elsewhere: no row is kept for the verdict.
pub(crate) fn without_test(table: &Table, validation: f64, seed: u64) -> Result<Parts> {
    check_shares(validation, 0.0, true)?;
    let first = table.slice(0..table.rows().min(1));
    let mut parts = cut(table, Some(first), validation, 0.0, seed)?;
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

    use verdancy_table::{Column, ColumnSpec, IdPattern, Kind, Schema};

    use super::*;
    use crate::People;

    fn table(rows: usize) -> Table {
        let schema = Schema::of(vec![ColumnSpec {
            name: "x".into(),
            kind: Kind::Integer,
            source: "text".into(),
            nullable: false,
            notation: None,
            part: None,
        }]);
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

    /// `visits` rows of each of `people` people, with keys from `first`.
    fn visits(people: usize, visits: usize, first: usize) -> Table {
        let kind = Kind::Id {
            pattern: IdPattern::default(),
            unique: false,
        };
        let schema = Schema {
            subject: Some("who".into()),
            ..Schema::of(vec![ColumnSpec {
                name: "who".into(),
                kind,
                source: "text".into(),
                nullable: false,
                notation: None,
                part: None,
            }])
        };
        let keys = (0..people * visits).map(|i| Some(format!("P{}", first + i / visits)));
        Table::new(Arc::new(schema), vec![Column::Strings(keys.collect())]).unwrap()
    }

    #[test]
    fn people_are_divided_and_counted() {
        let parts = divide(&visits(50, 4, 0), None, &Division::default(), 3).unwrap();
        let people = People::of(&parts).unwrap();
        assert_eq!((people.train, people.validation, people.test), (35, 5, 10));
        assert_eq!(people.subject, "who");
        assert!(unseen(&parts.train, parts.test).unwrap().left_out.is_none());
        let fitted = without_test(&visits(50, 4, 0), 0.1, 3).unwrap();
        assert_eq!((fitted.train.people(), fitted.test.rows()), (45, 0));
    }

    #[test]
    fn many_rows_of_few_people_are_refused() {
        let code = |people, validation, test| {
            let division = Division {
                holdout: None,
                validation,
                test,
            };
            let error = divide(&visits(people, 100, 0), None, &division, 0).unwrap_err();
            assert_eq!(error.place.column.as_deref(), Some("who"));
            error.code
        };
        assert_eq!(code(9, 0.1, 0.2), "engine/too-few-people");
        assert_eq!(code(10, 0.1, 0.04), "engine/too-few-people");
    }

    #[test]
    fn people_of_the_hold_out_were_learned_from() {
        let table = visits(50, 4, 0);
        let error = unseen(&table, visits(12, 2, 40)).unwrap_err();
        assert_eq!(error.code, "engine/people-in-both");
        assert!(error.message.starts_with("10 of the 12"), "{error}");
        let some = unseen(&table, visits(30, 2, 40)).unwrap();
        let said = some.left_out.unwrap();
        assert!(
            said.starts_with("10 of the 30") && said.contains("20 rows"),
            "{said}"
        );
        assert_eq!((some.holdout.rows(), some.holdout.people()), (40, 20));
        let others = unseen(&table, visits(12, 2, 50)).unwrap();
        assert!(others.left_out.is_none());
        let division = Division::default();
        let parts = divide(&table, Some(others.holdout), &division, 0).unwrap();
        assert_eq!(People::of(&parts).map(|p| p.test), Some(12));
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
