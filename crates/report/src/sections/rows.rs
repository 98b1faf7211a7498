//! The first synthetic rows, as they are written. Columns that no model learned are left out: names, notes
//! and keys are invented, but a reader of the page cannot see that.

use serde::Serialize;
use verdancy_table::{Column, ColumnSpec, Format, Levels, Schema, Table};

use crate::summary::Least;
use crate::{Error, Result};

/// Rows shown, and columns.
const ROWS: usize = 10;
const COLUMNS: usize = 12;

/// The section.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rows {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub left_out: usize,
}

/// Builds the section.
///
/// # Errors
/// Those of writing a table of ten rows.
pub fn rows(synthetic: &Table, train: &Table, least: Least) -> Result<Rows> {
    let schema = synthetic.schema();
    let modelled: Vec<usize> = (0..schema.columns.len())
        .filter(|&i| schema.columns[i].kind.is_modelled())
        .collect();
    let shown = &modelled[..modelled.len().min(COLUMNS)];
    if shown.is_empty() {
        return Ok(Rows::default());
    }
    let specs = shown.iter().map(|&i| ColumnSpec {
        part: None,
        ..schema.columns[i].clone()
    });
    let few = synthetic.slice(0..synthetic.rows().min(ROWS));
    let cells = (shown.iter())
        .map(|&i| shared(few.column(i), &schema.columns[i].name, train, least))
        .collect();
    let few = Table::new(std::sync::Arc::new(Schema::of(specs.collect())), cells)?;
    let text = written(&few)?;
    let mut lines = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_slice());
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in lines.records() {
        let line =
            line.map_err(|e| Error::internal("ten rows cannot be read again").caused_by(e))?;
        rows.push(line.iter().map(str::to_owned).collect());
    }
    let columns = if rows.is_empty() {
        Vec::new()
    } else {
        rows.remove(0)
    };
    Ok(Rows {
        columns,
        rows,
        left_out: schema.columns.len() - shown.len(),
    })
}

/// A column in which levels that too few real rows have are one: a table from elsewhere may have them, and the page is
/// shown to more people.
fn shared(column: &Column, name: &str, train: &Table, least: Least) -> Column {
    let Some(levels) = column.levels() else {
        return column.clone();
    };
    let real = (train.schema().position(name)).and_then(|at| train.column(at).levels());
    let rows = |level: &str| {
        real.map_or(0, |real| {
            let same = |row: &usize| real.get(*row) == Some(level);
            (0..real.codes.len()).filter(same).count()
        })
    };
    Column::Levels(Levels::from_values((0..levels.codes.len()).map(|row| {
        let level = levels.get(row)?;
        Some(match rows(level) >= least.levels {
            true => level,
            false => "(rare)",
        })
    })))
}

/// The table as CSV.
fn written(table: &Table) -> Result<Vec<u8>> {
    let fail = |e| {
        Error::environment(
            "write/not-writable",
            "A temporary file cannot be written.",
            "Free some space, or set TMPDIR to a folder with some.",
        )
        .caused_by(e)
    };
    let folder = tempfile::tempdir().map_err(fail)?;
    let path = folder.path().join("rows.csv");
    verdancy_table::write::write(&path, table, Format::CSV)?;
    std::fs::read(&path).map_err(fail)
}
