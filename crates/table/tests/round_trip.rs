//! A table written in its own format and read again is the same table.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::Read;

use common::file;
use verdancy_table::read::Loaded;
use verdancy_table::read::{self, Options};
use verdancy_table::{Format, infer, write};

fn again(loaded: &Loaded, format: Format) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    write::write(&path, &loaded.table, format).unwrap();
    let options = Options {
        schema: Some(loaded.table.schema().as_ref().clone()),
        ..Options::default()
    };
    let second = read::load(&path, &options, &infer::Options::default()).unwrap();
    assert_eq!(second.format, format);
    second
}

fn text() -> String {
    let mut text = String::from("key;amount;count;date;when;group;flag;note;same;void\r\n");
    for i in 0..60u32 {
        let note = format!("patient {i} said \"\"no\"\";\nthen left the room again today");
        let count = if i % 9 == 0 {
            String::new()
        } else {
            (i * 7 % 31).to_string()
        };
        text.push_str(&format!(
            "AB-{:04};{}.{:02};{count};{:02}.{:02}.2021;2021-03-{:02}T0{}:15:00Z;{};{};\"{note}\";x;\r\n",
            i * 37 % 9973, i, i, 1 + i % 28, 1 + i % 12, 1 + i % 31, i % 10, ["a", "b b", "c"][i as usize % 3],
            ["yes", "no"][i as usize % 2],
        ));
    }
    text
}

#[test]
fn every_format_gives_the_table_back() {
    let first = common::load(text());
    for format in [first.format, Format::CSV, Format::Parquet, Format::ArrowIpc] {
        let second = again(&first, format);
        assert_eq!(second.table, first.table, "{format:?}");
    }
    let json = again(&first, Format::from_path("a.ndjson").unwrap());
    assert_eq!(json.table.rows(), first.table.rows());
}

#[test]
fn csv_comes_back_byte_for_byte() {
    let text = "id,x,day,level\n1,0.5,2020-01-31,a\n2,,2020-02-01,\"b,c\"\n3,2.25,,a\n4,17.5,2020-03-01,a\n";
    let first = file("a.csv", text);
    let loaded = read::load(&first.path, &Options::default(), &infer::Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("b.csv");
    write::write(&path, &loaded.table, loaded.format).unwrap();
    let mut out = String::new();
    std::fs::File::open(&path)
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    assert_eq!(out, text);
}

#[test]
fn a_written_file_is_inferred_as_the_first_was() {
    let first = common::load(text());
    for format in [first.format, Format::Parquet] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write::write(&path, &first.table, format).unwrap();
        let second = read::load(&path, &Options::default(), &infer::Options::default()).unwrap();
        let names = |l: &Loaded| -> Vec<&str> {
            l.table
                .schema()
                .columns
                .iter()
                .map(|c| c.kind.name())
                .collect()
        };
        assert_eq!(names(&second), names(&first), "{format:?}");
    }
}
