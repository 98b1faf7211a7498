//! Conditions read, refused and evaluated.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use verdancy_table::{Column, ColumnSpec, DateFormat, Kind, Levels, Schema, Table};

use super::*;

fn spec(name: &str, kind: Kind) -> ColumnSpec {
    ColumnSpec {
        name: name.to_owned(),
        kind,
        source: "text".to_owned(),
        nullable: true,
        notation: None,
        part: None,
    }
}

/// Three people: 30 (F, Bonn), 61 (M, New York), and one of whom age and sex are missing.
fn people() -> Table {
    let day = 86_400_000_000_i64;
    let columns = vec![
        (
            spec("age", Kind::Integer),
            Column::Integers(vec![Some(30), Some(61), None]),
        ),
        (
            spec("sex", Kind::Categorical),
            Column::Levels(Levels::from_values([Some("F"), Some("M"), None])),
        ),
        (
            spec("Home City", Kind::Categorical),
            Column::Levels(Levels::from_values([
                Some("Bonn"),
                Some("New York"),
                Some("Bonn"),
            ])),
        ),
        (
            spec("outcome", Kind::Boolean),
            Column::Levels(Levels::from_values([Some("0"), Some("1"), Some("1")])),
        ),
        (
            spec(
                "start",
                Kind::Datetime {
                    format: DateFormat("%Y-%m-%d".to_owned()),
                },
            ),
            // 2000-01-01, 2000-01-05, 2024-06-01
            Column::Instants(vec![
                Some(10_957 * day),
                Some(10_961 * day),
                Some(19_875 * day),
            ]),
        ),
        (
            spec("net", Kind::Numerical { decimals: Some(1) }),
            Column::Numbers(vec![0.1, 5.0, f64::NAN]),
        ),
        (
            spec("tax", Kind::Numerical { decimals: Some(1) }),
            Column::Numbers(vec![0.2, 1.0, 2.0]),
        ),
        (
            spec(
                "id",
                Kind::Id {
                    pattern: Default::default(),
                    unique: true,
                },
            ),
            Column::Strings(vec![None, None, None]),
        ),
    ];
    let (specs, columns) = columns.into_iter().unzip();
    Table::new(Arc::new(Schema::of(specs)), columns).unwrap()
}

fn holds(text: &str) -> Vec<bool> {
    let table = people();
    Condition::parse(text, table.schema())
        .unwrap_or_else(|e| panic!("{text}: {e}"))
        .holds(&table)
}

fn refused(text: &str) -> (&'static str, String) {
    let error = Condition::parse(text, people().schema()).expect_err(text);
    (error.code, format!("{} {}", error.message, error.remedy))
}

#[test]
fn conditions_hold_in_the_rows_that_sql_would_give() {
    let cases: &[(&str, [bool; 3])] = &[
        ("age > 60", [false, true, false]),
        ("age > 60 and sex = 'M'", [false, true, false]),
        ("age >= 30 AND NOT sex = 'M'", [true, false, false]),
        ("sex <> 'M'", [true, false, false]),
        ("sex is null", [false, false, true]),
        ("sex = 'F' or age is null", [true, false, true]),
        ("age between 30 and 60", [true, false, false]),
        ("age not between 30 and 60", [false, true, false]),
        ("\"Home City\" in ('Bonn', 'Köln')", [true, false, true]),
        ("\"home city\" not in ('Bonn')", [false, true, false]),
        ("\"Home City\" like 'New %'", [false, true, false]),
        ("\"Home City\" ilike '%o_n'", [true, false, true]),
        ("outcome = 1", [false, true, true]),
        ("outcome = '1'", [false, true, true]),
        ("1 = outcome", [false, true, true]),
        ("start >= '2000-01-05'", [false, true, true]),
        ("start = date '2000-01-01'", [true, false, false]),
        (
            "year(start) = 2024 and month(start) = 6",
            [false, false, true],
        ),
        ("weekday(start) = 6", [true, false, true]),
        ("start - '2000-01-01' = 4", [false, true, false]),
        (
            "start > '2000-01-01' + interval '3 days'",
            [false, true, true],
        ),
        ("net + tax = 0.3", [true, false, false]),
        ("net / tax > 2", [false, true, false]),
        ("abs(net - tax) < 0.2", [true, false, false]),
        ("greatest(net, tax) = 2", [false, false, true]),
        ("coalesce(net, 0) = 0", [false, false, true]),
        ("(age > 60) is true", [false, true, false]),
        ("(age > 60) is not true", [true, false, true]),
        ("-age < -60", [false, true, false]),
        ("age % 2 = 1", [false, true, false]),
        ("not (age > 60)", [true, false, false]),
    ];
    for (text, wanted) in cases {
        assert_eq!(holds(text), wanted, "{text}");
    }
}

#[test]
fn a_row_of_which_it_is_unknown_neither_meets_nor_breaks_a_condition() {
    let table = people();
    let condition = Condition::parse("age <= 60", table.schema()).unwrap();
    assert_eq!(condition.holds(&table), [true, false, false]);
    assert_eq!(condition.broken(&table), [false, true, false]);
}

#[test]
fn what_a_condition_fixes_and_names_is_known() {
    let table = people();
    let schema = table.schema();
    let condition = Condition::parse(
        "sex = 'F' and (age > 3 and 1 = outcome) and \"Home City\" in ('A', 'B')",
        schema,
    )
    .unwrap();
    let fixed: Vec<(String, Literal)> = condition
        .equalities(schema)
        .into_iter()
        .map(|e| (e.column, e.value))
        .collect();
    assert_eq!(
        fixed,
        [
            ("sex".to_owned(), Literal::Text("F".to_owned())),
            ("outcome".to_owned(), Literal::Text("1".to_owned())),
        ]
    );
    assert_eq!(condition.columns(), ["age", "sex", "Home City", "outcome"]);
    let levels: Vec<String> = condition
        .levels(schema)
        .into_iter()
        .map(|(_, l)| l)
        .collect();
    assert_eq!(levels, ["F", "1", "A", "B"]);
    let either = Condition::parse("sex = 'F' or age = 3", schema).unwrap();
    assert!(either.equalities(schema).is_empty());
}

/// A chain of operators is a tree as deep as it is long: it ended the process on the stack of a worker thread.
#[test]
fn a_long_chain_is_refused_before_it_takes_the_stack() {
    let on_a_small_stack = |text: String| {
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        let work =
            move || Condition::parse(&text, people().schema()).map(|c| c.holds(&people()).len());
        thread.spawn(work).unwrap().join().unwrap()
    };
    for (step, longest) in [("+1", 499), (" or age = 1", 249), (" and not age = 1", 166)] {
        let chain = |n: usize| match step {
            "+1" => format!("age{} > 5", step.repeat(n)),
            _ => format!("age = 2{}", step.repeat(n)),
        };
        assert_eq!(
            on_a_small_stack(chain(longest)).unwrap(),
            people().rows(),
            "{step}"
        );
        for n in [longest + 1, 19_000 / step.len()] {
            let error = on_a_small_stack(chain(n)).unwrap_err();
            assert_eq!(error.code, "expression/syntax", "{step} {n}");
            assert!(error.message.contains("IN"), "{}", error.message);
        }
    }
    // A list is no chain.
    let list: Vec<String> = (0..3000).map(|n| n.to_string()).collect();
    on_a_small_stack(format!("age in ({})", list.join(","))).unwrap();
}

#[test]
fn mistakes_are_named_with_a_remedy() {
    let cases = [
        ("", "expression/syntax", "empty"),
        ("age >", "expression/syntax", "cannot be read"),
        ("age > 60 60", "expression/syntax", "ends before"),
        ("age > 60; drop table x", "expression/syntax", "ends before"),
        (
            "agee > 60",
            "expression/unknown-column",
            "Did you mean `age`?",
        ),
        (
            "home-city = 'Bonn'",
            "expression/unknown-column",
            "in double quotes: \"Home City\"",
        ),
        (
            "sex = \"Other\"",
            "expression/unknown-column",
            "single quotes: 'Other'",
        ),
        ("id = 'x'", "expression/key-column", "a key"),
        ("age", "expression/types", "not a condition"),
        ("age + 1", "expression/types", "not a condition"),
        ("age = 'old'", "expression/types", "without quotes"),
        ("sex > 'F'", "expression/types", "no order"),
        ("start > 'yesterday'", "expression/types", "'2024-01-31'"),
        ("start > 5", "expression/types", "different types"),
        ("sex + 'a' = 1", "expression/types", "no number"),
        ("year(age) = 3", "expression/types", "another type"),
        ("age in (select 1)", "expression/unsupported", "subquery"),
        ("sqrt(age) > 3", "expression/unsupported", "sqrt"),
        ("age > 3 & sex = 'F'", "expression/", "AND"),
    ];
    for (text, code, words) in cases {
        let (found, message) = refused(text);
        assert!(found.starts_with(code), "{text}: {found}");
        assert!(message.contains(words), "{text}: {message}");
    }
    let deep = format!("{}age > 1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(refused(&deep).0, "expression/syntax");
    assert_eq!(refused(&"a".repeat(30_000)).0, "expression/syntax");
}
