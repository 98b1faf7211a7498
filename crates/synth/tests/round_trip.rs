//! Real rows through everything that synthetic ones come out of: rules between columns, encoders, the writer. Without
//! protection the same cells come back, in whatever form they were written.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[allow(dead_code)]
#[path = "../../table/tests/generated/mod.rs"]
mod made;

use std::path::Path;

use proptest::prelude::*;
use verdancy_relations::Form;
use verdancy_synth::encode::Encoder;
use verdancy_table::read::{self, Loaded};
use verdancy_table::{Column, Format, Protection, Table, infer, write};

/// Rows of a text in the place of a number, from which on it comes back.
const SHARED: usize = 5;
/// Share of a column's range below which two numbers may share a slot of 32 bits.
const NEAR: f64 = 1e-4;

fn load(path: &Path) -> Loaded {
    read::load(path, &read::Options::default(), &infer::Options::default()).unwrap()
}

/// The rows of `table` by way of slots: each number at the middle of its ranks, moved by so much.
fn by_slots(table: &Table, moved: f32) -> Table {
    let encoder = Encoder::fit(table, Protection::OFF);
    let encoded = encoder.encode(table);
    let normals: Vec<f32> = (encoded.intervals.iter())
        .map(|interval| match interval.low.is_nan() {
            true => 0.0,
            false => interval.normal(0.5) + moved,
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

/// `back` with those numbers that are as near to the real ones as slots of 32 bits tell them apart.
fn snapped(real: &Table, back: Table) -> Table {
    let whole = |real: &[Option<i64>], back: &[Option<i64>]| -> Vec<Option<i64>> {
        let there = || real.iter().flatten().copied();
        let spread = there().max().unwrap_or(0) as f64 - there().min().unwrap_or(0) as f64;
        let near = |a: i64, b: i64| (a as f64 - b as f64).abs() <= spread * NEAR;
        (real.iter().zip(back))
            .map(|(a, b)| match (a, b) {
                (Some(a), Some(b)) if near(*a, *b) => Some(*a),
                _ => *b,
            })
            .collect()
    };
    let columns = (real.columns().iter().zip(back.columns()))
        .map(|pair| match pair {
            (Column::Numbers(a), Column::Numbers(b)) => {
                let there = || a.iter().copied().filter(|x| x.is_finite());
                let spread = there().fold(f64::MIN, f64::max) - there().fold(f64::MAX, f64::min);
                let near = |a: f64, b: f64| (a - b).abs() <= spread * NEAR;
                let snap = |(&a, &b): (&f64, &f64)| if near(a, b) { a } else { b };
                Column::Numbers(a.iter().zip(b).map(snap).collect())
            }
            (Column::Integers(a), Column::Integers(b)) => Column::Integers(whole(a, b)),
            (Column::Instants(a), Column::Instants(b)) => Column::Instants(whole(a, b)),
            (_, b) => b.clone(),
        })
        .collect();
    Table::new(back.schema().clone(), columns).unwrap()
}

/// The same, in the form that keeps the rules, if there are any.
fn through(table: &Table) -> Table {
    match Form::learn(table, Protection::OFF) {
        Some(form) => {
            let real = form.encode(table).unwrap();
            let back = snapped(&real, by_slots(&real, 0.0));
            form.decode_table(table.schema(), &back).unwrap()
        }
        None => snapped(table, by_slots(table, 0.0)),
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
        // One that fewer have counts as missing.
        let table = loaded.table.with_shared_exceptions(SHARED);
        let back = through(&table);
        let found = difference(&written(&table, loaded.format), &written(&back, loaded.format));
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
    // The way through the slots is no copy: another number there is another one in the table.
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data");
    let table = load(&examples.join("gbsg2.csv")).table;
    let age = table.schema().position("age").unwrap();
    let moved = by_slots(&table, 1.0);
    let mean = |table: &Table| {
        let ages = table.column(age).numbers().unwrap_or_default();
        ages.iter().sum::<f64>() / ages.len() as f64
    };
    // By about one standard deviation, ten years.
    assert!(mean(&moved) - mean(&table) > 5.0);
}
