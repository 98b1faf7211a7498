//! Reads tables under the user's wishes, and turns the readers' remarks into warnings.

use std::path::Path;

use verdancy_table::{Format, Schema, Table, Task, Warning, infer, read};

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
        ..read::Options::default()
    }
}

/// What the user knows of the columns: options first, then the schema file or the metadata.
fn known(source: &Source) -> Result<infer::Options> {
    let mut known = infer::Options {
        target: source.target.clone(),
        survival: source.survival.clone(),
        text: source.text,
        ..infer::Options::default()
    };
    if let Some(path) = &source.metadata {
        return Err(Error::input(
            "engine/metadata-not-read",
            "SDV metadata cannot be read yet.",
            "Give a schema.toml with --schema; `verdancy inspect --format schema` prints one to begin with.",
        )
        .in_file(path));
    }
    if let Some(path) = &source.schema {
        let text = std::fs::read_to_string(path).map_err(|e| unreadable(path, e))?;
        let schema: Schema = toml::from_str(&text).map_err(|e| {
            let error = Error::input(
                "engine/schema-syntax",
                format!("The schema is not valid: {}.", e.message()),
                "Begin with the one that `verdancy inspect --format schema` prints.",
            )
            .in_file(path);
            match e.span() {
                Some(at) => {
                    let before = text.get(..at.start).unwrap_or_default();
                    error.at_line(before.matches('\n').count() as u64 + 1)
                }
                None => error,
            }
        })?;
        if known.target.is_none() {
            known.target = schema.target;
        }
        if let (None, Some(Task::Survival { time, event })) = (&known.survival, schema.task) {
            known.survival = Some((time, event));
        }
        known.kinds = schema
            .columns
            .into_iter()
            .map(|c| (c.name, c.kind))
            .collect();
    }
    Ok(known)
}

fn unreadable(path: &Path, cause: std::io::Error) -> Error {
    Error::input(
        "engine/schema-unreadable",
        "The schema cannot be read as text.",
        "Give the path of a readable file.",
    )
    .in_file(path)
    .caused_by(cause)
}

fn pass_on(warnings: Vec<Warning>, journal: &mut Journal<'_>) {
    for warning in warnings {
        journal.warn(&warning.code, warning.message);
    }
}

/// A schema as users edit it.
///
/// # Errors
/// An internal error when it cannot be written as TOML.
pub fn schema_toml(schema: &Schema) -> Result<String> {
    toml::to_string_pretty(schema)
        .map_err(|e| Error::internal("a schema does not serialise").caused_by(e))
}
