//! Tables to files: the same columns, order, types and formats as the file they came from.
//!
//! A [`Writer`] takes one block of rows after another, so that any number of rows needs the memory
//! of one block (and of one row group in Parquet). It writes beside its target under a temporary
//! name and renames at [`Writer::finish`]: the target is either whole or not there. A writer that
//! is dropped before leaves nothing behind. A link leads to its target; pipes and devices are
//! written to as they are.
//!
//! How values are written:
//!
//! * numbers in their shortest form: rounded to `decimals` places when the schema names them,
//!   without trailing zeros (`63`, not `63.0`), else the fewest digits that read back as the same
//!   number, with an exponent from 1e16 on and below 1e-5;
//! * dates in their own format, missing values as empty cells (`null` in NDJSON), and text that is
//!   present but empty as `""`;
//! * in Parquet and Arrow each column has the type that [`ColumnSpec::source`](crate::ColumnSpec)
//!   names. Columns that came from text get `Float64`, `Int64`, `Date32`, `Timestamp` or `Utf8`.
//!   Whole numbers outside of a type's range become its nearest bound. Structs are folded again
//!   ([`Layout`](crate::Layout)); types that no kind can hold come back as `Utf8`;
//! * numbers that are not finite count as missing.

mod arrange;
mod arrow;
mod convert;
mod dates;
mod dictionary;
mod join;
mod pages;
mod row_groups;
mod sink;
mod text;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{Error, Format, Result, Schema, Table};
pub use arrow::Batches;
use sink::{Sink, explain};

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Rows, without the header.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Writes one file, block by block.
///
/// ```
/// use std::sync::Arc;
/// use verdancy_table::{Column, ColumnSpec, Format, Kind, Schema, Table, write::Writer};
///
/// let schema = Arc::new(Schema::of(vec![ColumnSpec {
///         name: "age".into(),
///         kind: Kind::Integer,
///         source: "text".into(),
///         nullable: true,
///         notation: None,
///         part: None,
///     }]));
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("ages.csv");
/// let mut writer = Writer::create(&path, &schema, Format::CSV)?;
/// writer.write(&Table::new(schema.clone(), vec![Column::Integers(vec![Some(41), Some(7)])])?)?;
/// assert!(!path.exists());
/// writer.finish()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "age\n41\n7\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Writer {
    target: PathBuf,
    place: sink::Place,
    encoder: Encoder,
    schema: Arc<Schema>,
    rows: u64,
}

impl Writer {
    /// Begins a file at `path` for tables of `schema`.
    ///
    /// # Errors
    /// `write/no-folder`, `write/not-writable`, `write/is-a-folder`, `write/disk-full`,
    /// `write/delimiter`, `write/date-format`, `write/failed`.
    pub fn create(path: impl AsRef<Path>, schema: &Arc<Schema>, format: Format) -> Result<Writer> {
        let target = path.as_ref().to_path_buf();
        if target.is_dir() {
            return Err(Error::input(
                "write/is-a-folder",
                "The file to be written is a folder.",
                "Give the name of a file.",
            )
            .in_file(target));
        }
        let (file, place) = sink::open(&target)?;
        let encoder = Sink::new(file, format)
            .and_then(|sink| Encoder::new(sink, schema, format))
            .map_err(|e| e.in_file(&target))?;
        Ok(Writer {
            target,
            place,
            encoder,
            schema: schema.clone(),
            rows: 0,
        })
    }

    /// Adds the rows of `table`.
    ///
    /// # Errors
    /// `write/disk-full`, `write/failed`; `write/value-type` when a value does not fit the type of
    /// its column in the source; an internal error when the table has another schema.
    pub fn write(&mut self, table: &Table) -> Result<()> {
        if !Arc::ptr_eq(table.schema(), &self.schema) && **table.schema() != *self.schema {
            return Err(Error::internal(
                "a table's schema differs from its writer's",
            ));
        }
        self.encoder
            .write(table)
            .map_err(|e| e.in_file(&self.target))?;
        self.rows += table.rows() as u64;
        Ok(())
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the file and gives it its name, replacing a file that has it.
    ///
    /// # Errors
    /// `write/disk-full`, `write/not-writable`, `write/failed`.
    pub fn finish(self) -> Result<Written> {
        let Writer {
            target,
            place,
            encoder,
            rows,
            ..
        } = self;
        let named = |e: Error| e.in_file(&target);
        let (file, bytes) = encoder.finish().map_err(named)?;
        place.settle(file).map_err(|e| named(explain(e)))?;
        Ok(Written { rows, bytes })
    }
}

/// Writes a whole table to a new file at `path`.
///
/// # Errors
/// Those of [`Writer`].
pub fn write(path: impl AsRef<Path>, table: &Table, format: Format) -> Result<Written> {
    let mut writer = Writer::create(path, table.schema(), format)?;
    writer.write(table)?;
    writer.finish()
}

enum Encoder {
    Text(Box<text::TextEncoder>),
    Arrow(Box<arrow::ArrowEncoder>),
}

impl Encoder {
    fn new(sink: Sink, schema: &Schema, format: Format) -> Result<Encoder> {
        Ok(match format {
            Format::Csv { .. } | Format::Ndjson { .. } => {
                Encoder::Text(Box::new(text::TextEncoder::new(sink, schema, format)?))
            }
            Format::Parquet | Format::ArrowIpc => {
                Encoder::Arrow(Box::new(arrow::ArrowEncoder::new(sink, schema, format)?))
            }
        })
    }

    fn write(&mut self, table: &Table) -> Result<()> {
        match self {
            Encoder::Text(e) => e.write(table),
            Encoder::Arrow(e) => e.write(table),
        }
    }

    fn finish(self) -> Result<(std::fs::File, u64)> {
        match self {
            Encoder::Text(e) => e.finish(),
            Encoder::Arrow(e) => e.finish(),
        }
    }
}

#[cfg(test)]
mod tests;
