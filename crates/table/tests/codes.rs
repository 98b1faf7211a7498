//! Numbers that stand for "missing": found where they are, and nowhere else.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;

use verdancy_table::infer::{self, MissingCodes};
use verdancy_table::{Column, Kind, read, write};

/// A generator of numbers, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn load(path: &Path, missing_codes: MissingCodes) -> read::Loaded {
    let options = infer::Options {
        missing_codes,
        ..infer::Options::default()
    };
    read::load(path, &read::Options::default(), &options).unwrap()
}

fn written(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// Ages, scores and readings; every eighth row has a code.
fn coded() -> String {
    let mut dice = Dice(5);
    let mut text = "age,score,reading\n".to_owned();
    for row in 0..400 {
        let code = |value: String, code: &str| if row % 8 == 0 { code.to_owned() } else { value };
        let (age, score) = (18 + dice.below(70), dice.below(50));
        let reading = 20 + dice.below(90);
        let reading = format!("{}.{}", reading / 10, reading % 10);
        text += &format!(
            "{},{},{}\n",
            code(age.to_string(), "999"),
            code(score.to_string(), if row % 16 == 0 { "-99" } else { "-98" }),
            code(reading, "99.9")
        );
    }
    text.replace("-98", "-88")
}

#[test]
fn codes_are_named_and_stay_numbers() {
    let (_folder, path) = written(&coded());
    let loaded = load(&path, MissingCodes::Keep);
    let warning = loaded
        .warnings
        .iter()
        .find(|w| w.code == "table/missing-codes")
        .unwrap();
    for told in [
        "age (999)",
        "score (-99, -88)",
        "reading (99.9)",
        "--missing-codes",
    ] {
        assert!(
            warning.message.contains(told),
            "{told}: {}",
            warning.message
        );
    }
    assert_eq!(loaded.table.schema().columns[0].kind, Kind::Integer);
    assert_eq!(loaded.table.column(0).missing(), 0);
}

#[test]
fn marked_codes_are_missing_and_come_back() {
    let (folder, path) = written(&coded());
    let loaded = load(&path, MissingCodes::Mark);
    assert!(
        loaded
            .warnings
            .iter()
            .all(|w| w.code != "table/missing-codes")
    );
    for column in loaded.table.columns() {
        let Column::Numbers(values) = column else {
            panic!("a column is no number");
        };
        assert_eq!(values.iter().filter(|x| x.is_nan()).count(), 50);
        assert!(values.iter().all(|x| x.is_nan() || *x <= 98.0));
    }
    let back = folder.path().join("back.csv");
    let schema = loaded.table.schema().clone();
    let mut writer = write::Writer::create(&back, &schema, loaded.format).unwrap();
    writer.write(&loaded.table).unwrap();
    writer.finish().unwrap();
    assert_eq!(std::fs::read_to_string(back).unwrap(), coded());
}

#[test]
fn numbers_without_codes_have_none() {
    let mut dice = Dice(9);
    for table in 0..200 {
        let (range, base) = (5 + dice.below(2000), dice.below(300) as i64 - 150);
        let mut text = "x,y\n".to_owned();
        for _ in 0..300 {
            // Sums of two draws have a middle and tails.
            let x = base + (dice.below(range) + dice.below(range)) as i64;
            text += &format!("{x},{}.{}\n", dice.below(range), dice.below(10));
        }
        let (_folder, path) = written(&text);
        let loaded = load(&path, MissingCodes::Keep);
        let named = loaded
            .warnings
            .iter()
            .find(|w| w.code == "table/missing-codes");
        assert!(named.is_none(), "table {table}: {}", named.unwrap().message);
    }
}
