//! Real tables for the tests that need them: CSV files with their kinds, read without inference.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// The table as CSV, dates left out.
pub fn write(path: &Path, table: &Table) {
    let mut out = String::new();
    let columns: Vec<(&str, &Column)> = (table.schema().columns.iter())
        .zip(table.columns())
        .filter(|(s, _)| s.kind.is_modelled())
        .map(|(s, c)| (s.name.as_str(), c))
        .collect();
    let line: Vec<&str> = columns.iter().map(|(n, _)| *n).collect();
    writeln!(out, "{}", line.join(",")).unwrap();
    for row in 0..table.rows() {
        let cells: Vec<String> = (columns.iter())
            .map(|(_, c)| match c {
                Column::Numbers(v) if v[row].is_nan() => String::new(),
                Column::Numbers(v) => v[row].to_string(),
                Column::Integers(v) | Column::Instants(v) => {
                    v[row].map_or_else(String::new, |x| x.to_string())
                }
                Column::Levels(v) => v.get(row).map_or_else(String::new, |s| format!("\"{s}\"")),
                Column::Strings(_) => String::new(),
            })
            .collect();
        writeln!(out, "{}", cells.join(",")).unwrap();
    }
    std::fs::write(path, out).unwrap();
}

/// What the outside judges are told of the columns: `{"kinds": {"age": "numerical", ...}}`.
pub fn kinds(table: &Table) -> serde_json::Value {
    let kinds: serde_json::Map<String, serde_json::Value> = (table.schema().columns.iter())
        .map(|c| {
            let kind = if c.kind.is_numeric() {
                "numerical"
            } else {
                "categorical"
            };
            (c.name.clone(), kind.into())
        })
        .collect();
    serde_json::json!({ "kinds": kinds })
}

/// The same table with whole numbers stored as numbers.
pub fn as_numbers(table: &Table) -> Table {
    let mut schema = table.schema().as_ref().clone();
    let columns = (table.columns().iter().zip(&mut schema.columns))
        .map(|(column, spec)| match column {
            Column::Integers(v) if spec.kind.is_numeric() => {
                spec.kind = Kind::Numerical { decimals: None };
                Column::Numbers(v.iter().map(|x| x.map_or(f64::NAN, |x| x as f64)).collect())
            }
            other => other.clone(),
        })
        .collect();
    Table::new(Arc::new(schema), columns).unwrap()
}
