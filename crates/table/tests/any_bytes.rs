//! Reading loses nothing and never panics.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::file;
use proptest::prelude::*;
use verdancy_table::infer;
use verdancy_table::read::{self, Cells, Options};

/// A cell as a writer would quote it.
fn quoted(cell: &str, delimiter: char, always: bool) -> String {
    if always || cell.is_empty() || cell.contains([delimiter, '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

fn tables() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof![
        "[ -~]{0,6}",
        "[a-c\"',;|\t\r\n]{0,5}",
        "\\PC{0,4}",
        "-?[0-9]{1,4}(\\.[0-9]{1,3})?",
        Just(String::new()),
    ];
    (1usize..6).prop_flat_map(move |columns| {
        prop::collection::vec(prop::collection::vec(cell.clone(), columns), 1..20)
    })
}

/// How files of the known formats begin.
const HEADS: &[&[u8]] = &[
    b"",
    b"a,b\n",
    b"PAR1",
    b"ARROW1\0\0",
    b"\xff\xff\xff\xff",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"{\"a\":",
    b"\xef\xbb\xbf",
    b"\"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn cells_come_back_as_written(
        rows in tables(),
        delimiter in prop_oneof![Just(','), Just(';'), Just('\t'), Just('|')],
        crlf: bool,
        always: bool,
        bom: bool,
        last: bool,
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let header: Vec<String> = (0..rows[0].len()).map(|i| format!("c{i}")).collect();
        let d = delimiter.to_string();
        let line = |cells: &[String]| cells.iter().map(|c| quoted(c, delimiter, always)).collect::<Vec<_>>().join(&d);
        let mut text = String::from(if bom { "\u{feff}" } else { "" });
        text.push_str(&header.join(&d));
        for row in &rows {
            text.push_str(end);
            text.push_str(&line(row));
        }
        if last {
            text.push_str(end);
        }
        let options = Options { delimiter: Some(delimiter as u8), ..Options::default() };
        let f = file("t.csv", &text);
        if rows.iter().flatten().any(|c| c.contains('\0')) {
            return Ok(());
        }
        let source = read::read(&f.path, &options).unwrap();
        prop_assert_eq!(source.rows(), rows.len());
        for (j, column) in source.columns.iter().enumerate() {
            let Cells::Text(texts) = column.cells.as_ref() else { panic!() };
            for (i, row) in rows.iter().enumerate() {
                let expected = (!row[j].trim().is_empty()).then_some(row[j].as_str());
                prop_assert_eq!(texts.get(i), expected);
            }
        }
        let mut line = 2;
        for (i, row) in rows.iter().enumerate() {
            let within: usize = row.iter().map(|c| c.replace("\r\n", "\n").matches(['\r', '\n']).count()).sum();
            prop_assert_eq!(source.line(i), Some(line as u64));
            line += 1 + within;
        }
    }

    #[test]
    fn any_bytes_never_panic(
        head in prop::sample::select(HEADS),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        text in "[0-9a-z,;\"\n\r\t. {}:/-]{0,300}",
        which: bool,
    ) {
        let tail: &[u8] = if which { &bytes } else { text.as_bytes() };
        let f = file("t.csv", [head, tail].concat());
        if let Ok(loaded) = read::load(&f.path, &Options::default(), &infer::Options::default()) {
            prop_assert!(loaded.table.rows() > 0);
        }
    }
}
