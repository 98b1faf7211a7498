//! Cells of several values: what is cut, what is not, and that joining gives the cells back.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use super::numbers::{cell, skeleton};
use crate::infer::Options as Wishes;
use crate::read::{Options, load};
use crate::{Column, Format, Kind, Piece};

/// What a file of one column `x` and a site reads as, and its rows written again.
fn round(cells: &[(String, &str)]) -> (crate::Table, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
    let mut text = "x,site\n".to_owned();
    for (cell, site) in cells {
        let cell = if cell.contains([',', '"']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        };
        writeln!(text, "{cell},{site}").unwrap();
    }
    std::fs::write(&from, &text).unwrap();
    let loaded = load(&from, &Options::default(), &Wishes::default()).unwrap();
    crate::write::write(&to, &loaded.table, Format::CSV).unwrap();
    (loaded.table, text, std::fs::read_to_string(&to).unwrap())
}

fn many(cell: impl Fn(usize) -> String) -> Vec<(String, &'static str)> {
    (0..400).map(|i| (cell(i), ["a", "b"][i % 2])).collect()
}

#[test]
fn a_cell_falls_into_texts_and_numbers() {
    let found = cell("124/83").unwrap();
    assert_eq!(
        (found.texts, found.numbers),
        (vec!["", "/", ""], vec!["124", "83"])
    );
    let found = cell("5' 10\"").unwrap();
    assert_eq!(
        (found.texts, found.numbers),
        (vec!["", "' ", "\""], vec!["5", "10"])
    );
    let found = cell("51.5, -0.12").unwrap();
    assert_eq!(
        (found.texts, found.numbers),
        (vec!["", ", ", ""], vec!["51.5", "-0.12"])
    );
    assert_eq!(cell("10-20").unwrap().numbers, ["10", "20"]);
    for code in [
        "0012/7",
        "1.2.3",
        "12",
        "1/2/3/4/5",
        "about 12 but less than 20",
    ] {
        assert_eq!(cell(code), None, "{code}");
    }
    assert_eq!(
        skeleton(&[("1/2", 9), ("3/4", 9), ("x", 1)], 0.9),
        Some(vec!["", "/", ""])
    );
}

#[test]
fn measures_of_several_numbers_are_cut_and_joined() {
    let forms: [&dyn Fn(usize) -> String; 4] = [
        &|i| format!("{}/{}", 110 + i * 7 % 61, 60 + i * 11 % 37),
        &|i| format!("{}' {}\"", 4 + i % 5, i * 5 % 12),
        &|i| {
            format!(
                "{} x {} x {} cm",
                10 + i * 7 % 31,
                20 + i * 3 % 17,
                5 + i % 7
            )
        },
        &|i| {
            format!(
                "{:.1}, -{:.2}",
                40.1 + (i * 7 % 53) as f64 / 4.0,
                1.01 + (i * 3 % 41) as f64 / 8.0
            )
        },
    ];
    for (form, parts) in forms.iter().zip([2, 2, 3, 2]) {
        let (table, before, after) = round(&many(form));
        assert_eq!(before, after);
        let schema = table.schema();
        assert_eq!(schema.columns.len(), parts + 1, "{:?}", schema.columns);
        let numeric = schema.columns[..parts].iter().all(|c| c.kind.is_numeric());
        assert!(numeric, "{:?}", schema.columns);
        assert_eq!(schema.columns[0].name, "x 1");
        // A schema keeps its parts as a file.
        let again = crate::Schema::from_toml(&schema.to_toml().unwrap()).unwrap();
        assert_eq!(again, **schema);
    }
}

#[test]
fn ranges_codes_and_dates_are_left_whole() {
    let forms: [&dyn Fn(usize) -> String; 4] = [
        &|i| format!("{}-{}", i % 9 * 10, i % 9 * 10 + 9),
        &|i| format!("{}/2020", i + 1),
        &|i| format!("2020-{}-{}", 1 + i % 12, 1 + i % 28),
        &|i| format!("{}/{}", 1 + i % 3, 4),
    ];
    for form in forms {
        let (table, before, after) = round(&many(form));
        assert!(table.schema().columns.iter().all(|c| c.part.is_none()));
        assert_eq!(table.schema().columns.len(), 2);
        if table.schema().columns[0].kind != (Kind::Categorical) {
            continue;
        }
        assert_eq!(before, after);
    }
}

#[test]
fn odd_cells_of_a_measure_stay_what_they_are() {
    let mut cells = many(|i| format!("{}/{}", 110 + i * 7 % 61, 60 + i * 11 % 37));
    for at in (0..60).step_by(6) {
        cells[at].0 = "not done".to_owned();
    }
    cells[1].0 = String::new();
    let (table, before, after) = round(&cells);
    assert_eq!(before, after);
    assert!(table.column(1).is_missing(0) && table.column(1).is_missing(1));
}

#[test]
fn offsets_become_zones_and_follow_daylight_time() {
    let zone = |summer: bool, site: &str| match site {
        "a" => ["-05:00", "-04:00"][usize::from(summer)],
        _ => "+01:00",
    };
    let cells: Vec<(String, &str)> = (0..400)
        .map(|i| {
            let (month, site) = ([1, 2, 12, 5, 6, 7, 9][i % 7], ["a", "b"][i % 2]);
            let summer = (5..=9).contains(&month);
            let (day, hour) = (1 + i % 28, i * 5 % 24);
            let local = format!("2024-{month:02}-{day:02}T{hour:02}:10:00");
            (local + zone(summer, site), site)
        })
        .collect();
    let (table, before, after) = round(&cells);
    assert_eq!(before, after);
    let schema = table.schema();
    assert_eq!(schema.columns[0].kind.name(), "datetime");
    let Some(Piece::Zone { by, .. }) = schema.columns[1].part.as_ref().map(|p| &p.piece) else {
        panic!("{schema:?}")
    };
    assert_eq!(by.as_deref(), Some("site"));
    let zones = table.column(1).levels().unwrap();
    assert_eq!(zones.get(0), Some("America/New_York"));
    assert_eq!(zones.get(1), Some("+01:00"));
    // Local hours are what is learned, whatever the offset.
    let Column::Instants(at) = table.column(0) else {
        panic!()
    };
    assert_eq!(at[1].unwrap() / 3_600_000_000 % 24, 5);
}

#[test]
fn names_of_zones_are_parts() {
    let cells = many(|i| {
        let word = if i % 12 + 1 > 6 { "CEST" } else { "CET" };
        format!(
            "2024-{:02}-{:02} {:02}:00 {word}",
            1 + i % 12,
            1 + i % 28,
            i % 24
        )
    });
    let (table, before, after) = round(&cells);
    assert_eq!(before, after);
    assert_eq!(table.schema().columns[1].name, "x zone name");
}

#[test]
fn offsets_have_names() {
    assert_eq!(crate::zone::name(-5 * 3600), "-05:00");
    assert_eq!(crate::zone::name(5 * 3600 + 45 * 60), "+05:45");
}

/// A contract that has no end says so: dates stay dates, and the word comes back.
#[test]
fn a_word_in_the_place_of_a_date_is_a_column_of_its_own() {
    let day = |i: usize| format!("2021-{:02}-{:02}", 1 + i % 12, 1 + i * 11 % 28);
    let compact = |i: usize| day(i).replace('-', "");
    let time = |i: usize| format!("{:02}:{:02}", i * 5 % 24, i * 7 % 60);
    let forms: [&dyn Fn(usize) -> String; 3] = [&day, &compact, &time];
    for form in forms {
        for words in [["ongoing", "ongoing"], ["NA", ""], ["unknown", "open"]] {
            let cells = many(|i| match i % 10 {
                0 => words[i / 10 % 2].to_owned(),
                _ => form(i),
            });
            let (table, text, back) = round(&cells);
            let pieces: Vec<_> = (table.schema().columns.iter())
                .filter_map(|c| c.part.as_ref().map(|p| (&c.kind, &p.piece)))
                .collect();
            assert!(
                matches!(
                    pieces.as_slice(),
                    [
                        (Kind::Datetime { .. }, Piece::Moment),
                        (Kind::Boolean, Piece::Instead)
                    ]
                ),
                "{words:?} beside {}: {pieces:?}",
                form(1)
            );
            assert_eq!(table.column(0).missing(), 40);
            assert_eq!(back, text);
        }
    }
}

/// One sign for missing dates needs no column, and texts of all sorts are no dates with words between them.
#[test]
fn dates_with_a_sign_and_notes_with_dates_stay_whole() {
    let signs = many(|i| match i % 10 {
        0 => "NA".to_owned(),
        _ => format!("2021-01-{:02} {:02}:00", 1 + i % 28, i % 24),
    });
    let (table, text, back) = round(&signs);
    assert!(matches!(
        table.schema().columns[0].kind,
        Kind::Datetime { .. }
    ));
    assert!(table.schema().columns[0].part.is_none());
    assert_eq!(back, text);
    let notes = many(|i| match i % 4 {
        0 => format!("2021-01-{:02}", 1 + i / 4 % 28),
        _ => [
            "see letter",
            "moved",
            "called",
            "none yet",
            "later",
            "sent",
            "lost",
        ][i % 7]
            .into(),
    });
    assert!(
        round(&notes)
            .0
            .schema()
            .columns
            .iter()
            .all(|c| c.part.is_none())
    );
}

/// The sign for a missing cell, and words in its place, come back where a cell holds several numbers too.
#[test]
fn a_measure_of_several_numbers_may_be_missing() {
    for sign in ["NA", "-", "refused"] {
        let cells = many(|i| match i % 9 {
            0 => sign.to_owned(),
            _ => format!("{}/{}", 110 + i * 7 % 61, 60 + i * 11 % 37),
        });
        let (table, text, back) = round(&cells);
        assert_eq!(table.schema().columns.len(), 3, "{sign}");
        assert_eq!(back, text);
    }
}

/// The part of a key that repeats is learned, its number is made anew, and both are written as one key.
#[test]
fn keys_of_several_parts_are_cut_and_joined() {
    let areas = ["cerebellum", "cortex"];
    let forms: [&dyn Fn(usize) -> String; 3] = [
        &|i| format!("{}_{}", areas[i % 2], 1 + i / 2),
        &|i| format!("SITE-{:02}/{:04}", i % 8, i * 7),
        &|i| format!("{}{:06}", ["A", "B", "C"][i % 3], i * 101),
    ];
    for form in forms {
        let (table, text, back) = round(&many(form));
        let spec = |at: usize| &table.schema().columns[at];
        let piece = |at: usize| spec(at).part.as_ref().map(|p| p.piece.clone());
        assert_eq!(piece(0), Some(Piece::Level), "{}", form(7));
        assert_eq!(spec(0).kind, Kind::Categorical);
        assert_eq!(piece(1), Some(Piece::Key));
        assert!(matches!(spec(1).kind, Kind::Id { unique: true, .. }));
        assert_eq!(spec(1).name, "x");
        assert_eq!(back, text);
    }
    let whose = many(|i| format!("{}-{:03}", areas[i % 2], i / 4));
    let (table, ..) = round(&whose);
    assert_eq!(
        table.schema().columns.len(),
        2,
        "whose row a row is stays whole"
    );
}
