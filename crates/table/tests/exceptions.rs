//! Numbers with other cells between them, each kind checked by hand: the column stays a number, and what several
//! rows have in the place of one comes back as it is written.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use verdancy_table::{Column, Kind, Notation, read, write};

use common::{column, load, spec};

/// Rows of the numbers in each table.
const ROWS: usize = 300;

/// What stands between numbers, and what is made of it.
struct Case {
    /// The number in a row.
    number: fn(usize) -> String,
    /// Other texts, each with its rows.
    others: &'static [(&'static str, usize)],
    /// Those of them that come back in the place of a number.
    kept: &'static [&'static str],
    /// Those that are numbers, with the number that they are.
    read: &'static [(&'static str, f64)],
}

fn whole(i: usize) -> String {
    (20 + i * i % 421).to_string()
}

fn decimal(i: usize) -> String {
    format!("{}.{}", i * 37 % 439, 1 + i % 9)
}

fn dollars(i: usize) -> String {
    format!("${},{:03}", 1 + i % 40, i * 37 % 1000)
}

const CASES: &[Case] = &[
    // A slip of the pen, or a number written for people, in a few rows.
    Case {
        number: whole,
        others: &[("3.0M", 1), ("1 200", 1), ("(5)", 1)],
        kept: &[],
        read: &[("3.0M", 3e6), ("1 200", 1200.0), ("(5)", -5.0)],
    },
    Case {
        number: whole,
        others: &[("12a", 1), ("-", 2)],
        kept: &[],
        read: &[],
    },
    // Limits of what a laboratory detects.
    Case {
        number: decimal,
        others: &[("<0.5", 40), (">9000", 12)],
        kept: &["<0.5", ">9000"],
        read: &[],
    },
    Case {
        number: decimal,
        others: &[("≤ 0.05", 30), ("~3", 8), ("85+", 9)],
        kept: &["≤ 0.05", "~3", "85+"],
        read: &[],
    },
    // Reasons for a missing number.
    Case {
        number: whole,
        others: &[("refused", 25), ("not done", 10)],
        kept: &["refused", "not done"],
        read: &[],
    },
    // Suppressed counts, and what a spreadsheet shows.
    Case {
        number: whole,
        others: &[("*****", 12), ("#REF!", 6)],
        kept: &["*****", "#REF!"],
        read: &[],
    },
    // With a currency, as accountants write nothing.
    Case {
        number: dollars,
        others: &[("$ -", 30), ("waived", 6)],
        kept: &["$ -", "waived"],
        read: &[],
    },
    // Numbers in another unit than the column's are no numbers of the column.
    Case {
        number: decimal,
        others: &[("<0.5", 20), ("haemolysed", 7)],
        kept: &["<0.5", "haemolysed"],
        read: &[],
    },
    // A word that few rows have is missing: it would tell who they are.
    Case {
        number: whole,
        others: &[("on holiday with his sister", 1), ("late", 6)],
        kept: &["late"],
        read: &[],
    },
];

/// The cells of a case, the other texts spread between the numbers.
fn cells(case: &Case) -> Vec<String> {
    let mut cells: Vec<String> = (0..ROWS).map(case.number).collect();
    let others = case
        .others
        .iter()
        .flat_map(|(text, rows)| vec![*text; *rows]);
    for (i, text) in others.enumerate() {
        cells.insert((i * 7 + 3) % cells.len(), text.to_owned());
    }
    cells
}

#[test]
fn numbers_stay_numbers_and_what_several_rows_have_comes_back() {
    for case in CASES {
        let cells = cells(case);
        let loaded = load(column("value", &cells));
        let (found, values) = spec(&loaded, "value");
        let texts: Vec<&str> = case.others.iter().map(|o| o.0).collect();
        assert!(
            matches!(found.kind, Kind::Integer | Kind::Numerical { .. }),
            "{texts:?}: {:?}",
            found.kind
        );
        let notation = found.notation.clone().unwrap_or_default();
        let mut kept: Vec<&str> = notation
            .exceptions
            .iter()
            .map(|e| e.text.as_str())
            .collect();
        let mut wanted = case.kept.to_vec();
        kept.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(kept, wanted, "{texts:?}");
        let number = |row: usize| match values {
            Column::Numbers(v) => v[row],
            Column::Integers(v) => v[row].map_or(f64::NAN, |x| x as f64),
            other => panic!("{other:?}"),
        };
        for (row, cell) in cells.iter().enumerate() {
            if let Some((_, x)) = case.read.iter().find(|r| r.0 == cell) {
                assert_eq!(number(row), *x, "{cell}");
            } else if case.others.iter().any(|o| o.0 == cell) {
                assert!(number(row).is_nan(), "{cell} is {}", number(row));
                let mark = notation.exception(number(row));
                assert_eq!(mark.is_some(), case.kept.contains(&cell.as_str()), "{cell}");
            } else {
                assert!(number(row).is_finite(), "{cell} is lost beside {texts:?}");
            }
        }
    }
}

#[test]
fn each_cell_is_written_as_it_was_unless_few_rows_have_it() {
    for case in CASES {
        let cells = cells(case);
        let loaded = load(column("value", &cells));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("back.csv");
        write::write(&path, &loaded.table, loaded.format).unwrap();
        let mut reader = csv::Reader::from_path(&path).unwrap();
        for (cell, record) in cells.iter().zip(reader.records()) {
            let back = record.unwrap()[0].to_owned();
            let lost =
                case.others.iter().any(|o| o.0 == cell) && !case.kept.contains(&cell.as_str());
            assert!(lost || back == *cell, "{cell} comes back as {back}");
        }
        let again = read::load(&path, &read::Options::default(), &Default::default()).unwrap();
        let kind = |l: &read::Loaded| spec(l, "value").0.kind.clone();
        assert_eq!(kind(&again), kind(&loaded));
    }
}

/// The other way round: codes and levels between which there are numbers stay what they are.
#[test]
fn codes_with_some_numbers_are_no_measurements() {
    let mixed = |i: usize| match i % 3 {
        0 => format!("V{}", 10 + i % 80),
        1 => format!("E{}", 800 + i % 90),
        _ => format!("{}", 250 + i % 600),
    };
    let units = |i: usize| match i % 2 {
        0 => format!("{} km", 1 + i % 60),
        _ => format!("{} mi", 1 + i % 60),
    };
    for cells in [
        (0..ROWS).map(mixed).collect::<Vec<_>>(),
        (0..ROWS).map(units).collect(),
    ] {
        let loaded = load(column("code", &cells));
        let (found, _) = spec(&loaded, "code");
        assert!(
            !matches!(found.kind, Kind::Integer | Kind::Numerical { .. }),
            "{:?}: {:?}",
            cells[0],
            found.kind
        );
    }
}

/// A mark is no number, whatever is asked of it.
#[test]
fn marks_are_told_apart_and_are_never_finite() {
    let marks: Vec<u64> = (0..16).map(|at| Notation::mark(at).to_bits()).collect();
    let different: std::collections::HashSet<&u64> = marks.iter().collect();
    assert_eq!(different.len(), marks.len());
    assert!(marks.iter().all(|bits| f64::from_bits(*bits).is_nan()));
    assert_eq!(Notation::default().exception(f64::NAN), None);
}
