//! Blocks of rows as Arrow record batches, for Parquet and Arrow IPC files.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions};
use arrow_schema::{DataType, Field};

use super::arrange::Arrangement;
use super::convert::Converter;
use super::join::Join;
use super::row_groups::ParquetFile;
use super::sink::{Failure, Sink};
use crate::{Error, Format, Result, Schema, Table};

enum File {
    Parquet(ParquetFile),
    Ipc(FileWriter<Sink>),
}

pub(super) struct ArrowEncoder {
    file: File,
    failure: Failure,
    batches: Batches,
}

/// Turns blocks of rows into Arrow record batches: each column has the type that
/// [`ColumnSpec::source`](crate::ColumnSpec) names, as in a file.
///
/// ```
/// use verdancy_table::{Column, ColumnSpec, Kind, Schema, Table, write::Batches};
///
/// let schema = Schema::of(vec![ColumnSpec {
///         name: "age".into(),
///         kind: Kind::Integer,
///         source: "Int16".into(),
///         nullable: true,
///         notation: None,
///         part: None,
///     }]);
/// let mut batches = Batches::new(&schema)?;
/// let table = Table::new(schema.into(), vec![Column::Integers(vec![Some(41), None])])?;
/// let batch = batches.batch(&table)?;
/// assert_eq!(batch.num_rows(), 2);
/// assert_eq!(batch.schema().field(0).data_type().to_string(), "Int16");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Batches {
    arrangement: Arrangement,
    columns: Vec<Converter>,
    /// Columns in which no value may be missing.
    required: Vec<bool>,
    join: Option<Join>,
}

impl ArrowEncoder {
    pub(super) fn new(sink: Sink, schema: &Schema, format: Format) -> Result<ArrowEncoder> {
        let batches = Batches::new(schema)?;
        let schema = batches.schema();
        let failure = sink.failure();
        let file = if format == Format::Parquet {
            File::Parquet(ParquetFile::new(sink, schema.clone()).map_err(|e| failure.explain(e))?)
        } else {
            let options = IpcWriteOptions::default()
                .try_with_compression(Some(arrow_ipc::CompressionType::ZSTD))
                .map_err(|e| failure.explain(e))?
                .with_dictionary_handling(DictionaryHandling::Delta);
            File::Ipc(
                FileWriter::try_new_with_options(sink, &schema, options)
                    .map_err(|e| failure.explain(e))?,
            )
        };
        Ok(ArrowEncoder {
            file,
            failure,
            batches,
        })
    }

    pub(super) fn write(&mut self, table: &Table) -> Result<()> {
        if table.rows() == 0 {
            return Ok(());
        }
        let batch = self.batches.batch(table)?;
        match &mut self.file {
            File::Parquet(w) => w.write(&batch).map_err(|e| self.failure.explain(e)),
            File::Ipc(w) => w.write(&batch).map_err(|e| self.failure.explain(e)),
        }
    }

    pub(super) fn finish(self) -> Result<(std::fs::File, u64)> {
        let failure = self.failure;
        let sink = match self.file {
            File::Parquet(w) => w.into_inner().map_err(|e| failure.explain(e))?,
            File::Ipc(w) => w.into_inner().map_err(|e| failure.explain(e))?,
        };
        sink.finish().map_err(|e| failure.explain(e))
    }
}

impl Batches {
    /// For tables of `schema`.
    ///
    /// # Errors
    /// `write/date-format`.
    pub fn new(schema: &Schema) -> Result<Batches> {
        let join = Join::new(schema)?;
        let schema = join.as_ref().map_or(schema, |join| &join.schema);
        let columns: Vec<Converter> = (schema.columns.iter())
            .map(Converter::new)
            .collect::<Result<_>>()?;
        let fields: Vec<Field> = (schema.columns.iter().zip(&columns))
            .map(|(spec, c)| {
                let (source, required) = spec.arrow_type();
                let nullable = match source {
                    "text" => spec.nullable || c.to == DataType::Null,
                    _ => spec.nullable || !required,
                };
                Field::new(&spec.name, c.want.clone(), nullable)
            })
            .collect();
        let same: Vec<bool> = (schema.columns.iter().zip(&columns))
            .map(|(spec, c)| spec.arrow_type().0 == c.want.to_string())
            .collect();
        let required = fields.iter().map(|f| !f.is_nullable()).collect();
        Ok(Batches {
            arrangement: Arrangement::new(fields, &same, schema.layout.as_ref()),
            columns,
            required,
            join,
        })
    }

    /// The Arrow schema of all batches.
    pub fn schema(&self) -> Arc<arrow_schema::Schema> {
        self.arrangement.schema.clone()
    }

    /// One block of rows. Dictionaries grow from batch to batch: codes keep their meaning.
    ///
    /// # Errors
    /// `write/value-type` when a value does not fit the type of its column in the source.
    pub fn batch(&mut self, table: &Table) -> Result<RecordBatch> {
        let joined = self
            .join
            .as_ref()
            .map(|join| join.table(table))
            .transpose()?;
        let table = joined.as_ref().unwrap_or(table);
        let arrays = (self.columns.iter_mut().zip(table.columns()))
            .map(|(c, column)| c.wanted(column).map_err(|e| e.in_column(&c.name)))
            .collect::<Result<Vec<ArrayRef>>>()?;
        for ((required, column), array) in self.required.iter().zip(&self.columns).zip(&arrays) {
            if *required && array.null_count() > 0 {
                return Err(Error::internal(
                    "a value is missing in a column whose schema has none missing",
                )
                .in_column(&column.name));
            }
        }
        let arrays = self.arrangement.arrays(arrays)?;
        RecordBatch::try_new(self.arrangement.schema.clone(), arrays)
            .map_err(|e| Error::internal("a block of rows does not fit its types").caused_by(e))
    }
}
