//! Reads tables under the user's wishes, and turns the readers' remarks into warnings.

use std::path::Path;

use verdancy_table::{Format, Overrides, Schema, Table, Warning, infer, read, sdv};

use crate::journal::Journal;
use crate::{Error, Event, Result, Source, Stage};

/// A real table and how it was written.
pub(crate) struct Loaded {
    pub table: Table,
    pub format: Format,
}

/// Reads the real table and finds out what its columns mean.
pub(crate) fn load(source: &Source, journal: &mut Journal<'_>) -> Result<Loaded> {
    let read::Loaded {
        table,
        format,
        warnings,
    } = journal.stage(Stage::Read, |_| {
        read::load(&source.data, &options(source), &known(source)?)
    })?;
    journal.tell(Event::Loaded {
        rows: table.rows(),
        columns: table.columns().len(),
    });
    pass_on(warnings, journal);
    Ok(Loaded { table, format })
}

/// Reads a further table under the schema of `like`.
pub(crate) fn load_like(
    path: &Path,
    like: &Table,
    source: &Source,
    journal: &mut Journal<'_>,
) -> Result<Table> {
    let loaded = journal.stage(Stage::Read, |_| {
        read::load_with(path, like.schema(), &options(source))
    })?;
    pass_on(loaded.warnings, journal);
    Ok(loaded.table)
}

fn options(source: &Source) -> read::Options {
    read::Options {
        na: source.missing.clone(),
        delimiter: source.delimiter,
        limits: source.limits.clone(),
        ..read::Options::default()
    }
}

/// What the user knows of the columns: options first, then the schema file or the metadata.
fn known(source: &Source) -> Result<infer::Options> {
    let mut known = infer::Options {
        target: source.target.clone(),
        survival: source.survival.clone(),
        subject: source.subject.clone(),
        text: source.text,
        ..infer::Options::default()
    };
    let said = match (&source.schema, &source.metadata) {
        (Some(path), _) => Overrides::from_toml(&text(path)?).map_err(|e| e.in_file(path))?,
        (None, Some(path)) => metadata(&text(path)?, &source.data).map_err(|e| e.in_file(path))?,
        (None, None) => Overrides::default(),
    };
    said.apply(&mut known);
    Ok(known)
}

/// SDV metadata; of several tables, the one that is called like the data file.
fn metadata(text: &str, data: &Path) -> Result<Overrides> {
    let name = data.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    sdv::from_sdv(text, None).or_else(|error| {
        if error.code == "metadata/several-tables" {
            sdv::from_sdv(text, Some(stem)).map_err(|_| error)
        } else {
            Err(error)
        }
    })
}

fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| {
        Error::input(
            "engine/schema-unreadable",
            "The schema cannot be read as text.",
            "Give the path of a readable file.",
        )
        .in_file(path)
        .caused_by(e)
    })
}

fn pass_on(warnings: Vec<Warning>, journal: &mut Journal<'_>) {
    for warning in warnings {
        journal.warn(&warning.code, warning.message);
    }
}

/// The first rows of a table as they stand in its file.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FirstRows {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells as texts, row by row; none where one is missing.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Reads a table and gives its first `count` rows.
///
/// # Errors
/// Those of reading.
pub fn first_rows(source: &Source, count: usize) -> Result<FirstRows> {
    let found = read::read(&source.data, &options(source))?;
    let rows = (0..found.rows().min(count))
        .map(|row| found.columns.iter().map(|c| c.cells.text(row)).collect())
        .collect();
    Ok(FirstRows {
        columns: found.columns.into_iter().map(|c| c.name).collect(),
        rows,
    })
}

/// A schema as users edit it.
///
/// # Errors
/// An internal error when it cannot be written as TOML.
pub fn schema_toml(schema: &Schema) -> Result<String> {
    schema.to_toml()
}
