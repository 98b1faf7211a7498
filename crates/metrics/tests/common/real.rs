//! Real tables for the tests that need them: CSV files with their kinds, read without inference.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout
)]

use std::path::{Path, PathBuf};

use verdancy_table::{Column, Kind, Table};

use super::common::{levels, number, table};

/// The folder of the real tables; `None` (and a visible line) when it is not there.
pub fn folder() -> Option<PathBuf> {
    let path = std::env::var_os("VERDANCY_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let found = path.join("heart_cleveland.json").exists();
    if !found {
        println!("skipped: no real tables in {}", path.display());
    }
    found.then_some(path)
}

/// The rows of a CSV file; `kinds` is the object of that name in the data set's JSON file.
pub fn read(csv: &Path, kinds: &serde_json::Value) -> Table {
    let mut reader = csv::Reader::from_path(csv).unwrap();
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let mut cells: Vec<Vec<Option<String>>> = vec![Vec::new(); names.len()];
    for row in reader.records() {
        for (column, cell) in cells.iter_mut().zip(row.unwrap().iter()) {
            column.push((!cell.is_empty()).then(|| cell.to_owned()));
        }
    }
    let columns = (names.iter().zip(cells))
        .map(|(name, cells)| {
            let kind = kinds["kinds"][name].as_str().unwrap();
            let (kind, column) = column(kind, cells);
            (name.as_str(), kind, column)
        })
        .collect();
    table(columns)
}

fn column(kind: &str, cells: Vec<Option<String>>) -> (Kind, Column) {
    match kind {
        "numerical" | "integer" => {
            let parse = |c: Option<String>| c.and_then(|c| c.parse().ok()).unwrap_or(f64::NAN);
            (
                number(),
                Column::Numbers(cells.into_iter().map(parse).collect()),
            )
        }
        "categorical" | "boolean" => (Kind::Categorical, levels(cells)),
        // The judge leaves these out.
        _ => (Kind::Text { words: 1.0 }, Column::Strings(cells)),
    }
}
