//! Real rows through everything that synthetic ones come out of: rules between columns, encoders, the writer. Without
//! protection the same cells come back, in whatever form they were written.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[allow(dead_code)]
#[path = "../../table/tests/generated/mod.rs"]
mod made;

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use verdancy_relations::Form;
use verdancy_synth::encode::Encoder;
use verdancy_table::read::{self, Loaded};
use verdancy_table::{Format, Protection, Table, infer, write};

fn load(path: &Path) -> Loaded {
    read::load(path, &read::Options::default(), &infer::Options::default()).unwrap()
}

/// The rows of `table` by way of slots: each number at the middle of its ranks.
fn by_slots(table: &Table) -> Table {
    let encoder = Encoder::fit(table, Protection::OFF);
    let encoded = encoder.encode(table);
    let normals: Vec<f32> = (encoded.intervals.iter())
        .map(|interval| match interval.low.is_nan() {
            true => 0.0,
            false => interval.normal(0.5),
        })
        .collect();
    let columns = encoder.decode(encoded.rows, &normals, &encoded.codes, || 0.5);
    let mut modelled = columns.into_iter();
    let columns = (table.schema().columns.iter().zip(table.columns()))
        .map(|(spec, column)| match spec.kind.is_modelled() {
            true => modelled.next().unwrap(),
            false => column.clone(),
        })
        .collect();
    Table::new(table.schema().clone(), columns).unwrap()
}

/// The same, in the form that keeps the rules, if there are any.
fn through(table: &Table) -> Table {
    match Form::learn(table, Protection::OFF) {
        Some(form) => {
            let back = by_slots(&form.encode(table).unwrap());
            form.decode_table(table.schema(), &back).unwrap()
        }
        None => by_slots(table),
    }
}

fn written(table: &Table, format: Format) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    write::write(&path, table, format).unwrap();
    std::fs::read_to_string(path).unwrap()
}

/// The first lines that differ.
fn difference(a: &str, b: &str) -> Option<String> {
    let found = (a.lines().zip(b.lines())).find(|(a, b)| a != b);
    let lengths = (a.lines().count(), b.lines().count());
    match found {
        Some((a, b)) => Some(format!("{a:?} became {b:?}")),
        None => (lengths.0 != lengths.1).then(|| format!("{lengths:?} lines")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_form_comes_back_from_the_slots(file in made::files()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made.csv");
        std::fs::write(&path, file.text()).unwrap();
        let loaded = load(&path);
        let back = through(&loaded.table);
        let found = difference(&written(&loaded.table, loaded.format), &written(&back, loaded.format));
        prop_assert!(found.is_none(), "{:?}: {}", file.columns, found.unwrap());
    }
}

#[test]
fn the_committed_tables_come_back() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data");
    let mut tables = 0;
    for entry in std::fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "csv") {
            continue;
        }
        tables += 1;
        let loaded = load(&path);
        let back = through(&loaded.table);
        let found = difference(
            &written(&loaded.table, loaded.format),
            &written(&back, loaded.format),
        );
        assert_eq!(found, None, "{}", path.display());
    }
    assert!(tables >= 2, "the committed tables are gone");
}

#[test]
fn a_slot_that_is_moved_moves_the_cell() {
    // The way through the slots is not a copy: another number there is another one in the table.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let text: String = (0..200)
        .map(|i| format!("{},{}\n", i * 37 % 211, i % 3))
        .collect();
    std::fs::write(&path, format!("a,b\n{text}")).unwrap();
    let table = load(&path).table;
    let encoder = Encoder::fit(&table, Protection::OFF);
    let encoded = encoder.encode(&table);
    let shifted: Vec<f32> = encoded
        .intervals
        .iter()
        .map(|i| i.normal(0.5) + 1.0)
        .collect();
    let columns = encoder.decode(encoded.rows, &shifted, &encoded.codes, || 0.5);
    let moved = Table::new(Arc::clone(table.schema()), columns).unwrap();
    assert_ne!(moved.column(0), table.column(0));
    assert_eq!(moved.column(1), table.column(1));
}
