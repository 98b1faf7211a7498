//! Reads tables under the user's wishes, and turns the readers' remarks into warnings.

use verdancy_table::{Format, Overrides, Protection, Schema, Table, Warning, infer, read, sdv};

use crate::journal::Journal;
use crate::{Event, FirstRows, Input, Result, Source, Stage};

/// A real table and how it was written.
pub(crate) struct Loaded {
    pub table: Table,
    pub format: Format,
}

/// Reads the real table and finds out what its columns mean.
/// Texts in the place of numbers that fewer people have than `protect` asks for are left out.
pub(crate) fn load(
    source: &Source,
    protect: Protection,
    journal: &mut Journal<'_>,
) -> Result<Loaded> {
    load_saying(source, protect, journal, |_| true)
}

/// The same, with those of the readers' warnings that `says` lets through.
pub(crate) fn load_saying(
    source: &Source,
    protect: Protection,
    journal: &mut Journal<'_>,
    says: impl Fn(&Warning) -> bool,
) -> Result<Loaded> {
    let read::Loaded {
        table,
        format,
        warnings,
    } = journal.stage(Stage::Read, |_| {
        let options = options(source);
        let cells = source.data.read(&options)?;
        read::understood(cells, &options, &known(source)?)
    })?;
    journal.tell(Event::Loaded {
        rows: table.rows(),
        columns: table.columns().len(),
    });
    pass_on(warnings.into_iter().filter(says), journal);
    let table = table.with_shared_exceptions(protect.levels());
    let place = |e| match (&source.schema, &source.metadata) {
        (Some(said), _) | (None, Some(said)) => said.place(e),
        (None, None) => e,
    };
    crate::rules::check(&table, protect, journal).map_err(place)?;
    Ok(Loaded { table, format })
}

/// Reads a further table under the schema of `like`.
pub(crate) fn load_like(
    input: &Input,
    like: &Table,
    source: &Source,
    journal: &mut Journal<'_>,
) -> Result<Table> {
    let loaded = journal.stage(Stage::Read, |_| {
        read::fitted(input.read(&options(source))?, like.schema())
    })?;
    pass_on(loaded.warnings, journal);
    Ok(loaded.table)
}

fn options(source: &Source) -> read::Options {
    read::Options {
        na: source.missing.clone(),
        delimiter: source.delimiter,
        encoding: source.encoding,
        skip_rows: source.skip_rows,
        sheet: source.sheet.clone(),
        drop: source.drop.clone(),
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
        missing_codes: source.missing_codes,
        ..infer::Options::default()
    };
    let said = match (&source.schema, &source.metadata) {
        (Some(schema), _) => Overrides::from_toml(&schema.read()?).map_err(|e| schema.place(e))?,
        (None, Some(said)) => {
            metadata(&said.read()?, &source.data.name()).map_err(|e| said.place(e))?
        }
        (None, None) => Overrides::default(),
    };
    said.apply(&mut known);
    Ok(known)
}

/// SDV metadata; of several tables, the one that is called like the data file.
fn metadata(text: &str, name: &str) -> Result<Overrides> {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let tables = sdv::tables(text);
    let several = tables.len() > 1;
    let wanted = tables.iter().find(|table| several && *table == stem);
    sdv::from_sdv(text, wanted.map(String::as_str))
}

fn pass_on(warnings: impl IntoIterator<Item = Warning>, journal: &mut Journal<'_>) {
    for warning in warnings {
        journal.note(warning);
    }
}

/// Reads a table and gives its first `count` rows.
///
/// # Errors
/// Those of reading.
pub fn first_rows(source: &Source, count: usize) -> Result<FirstRows> {
    let found = source.data.read(&options(source))?;
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
