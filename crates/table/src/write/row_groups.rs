//! Record batches as row groups of a Parquet file. Dictionaries are written with all their levels, in order
//! ([`Codes`]); all other columns by the library.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use super::pages::{Codes, is_coded};
use super::sink::Sink;

/// Rows and bytes of a row group: what a writer holds in memory.
const GROUP_ROWS: usize = 1 << 18;
const GROUP_BYTES: usize = 1 << 26;
/// Rows after which the bytes are counted.
const STEP: usize = 1 << 14;

pub(super) struct ParquetFile {
    file: SerializedFileWriter<Sink>,
    factory: ArrowRowGroupWriterFactory,
    schema: Arc<Schema>,
    groups: usize,
    group: Option<Group>,
}

/// The row group that is being filled.
struct Group {
    rows: usize,
    /// Leaves of the schema, in order.
    leaves: Vec<Leaf>,
}

enum Leaf {
    Library(Box<ArrowColumnWriter>),
    Coded(Codes),
}

impl ParquetFile {
    pub(super) fn new(sink: Sink, schema: Arc<Schema>) -> Result<ParquetFile> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("verdancy ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(sink, schema.clone(), Some(properties))?;
        let (file, factory) = writer.into_serialized_writer()?;
        Ok(ParquetFile {
            file,
            factory,
            schema,
            groups: 0,
            group: None,
        })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut from = 0;
        while from < batch.num_rows() {
            let mut group = match self.group.take() {
                Some(group) => group,
                None => Group::new(&self.factory, &self.schema, self.groups)?,
            };
            let left = batch.num_rows() - from;
            let rows = left.min(STEP).min(GROUP_ROWS - group.rows);
            group.push(&self.schema, &batch.slice(from, rows))?;
            from += rows;
            let full = group.rows >= GROUP_ROWS || group.bytes() >= GROUP_BYTES;
            self.group = Some(group);
            if full {
                self.end_group()?;
            }
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<()> {
        let Some(group) = self.group.take() else {
            return Ok(());
        };
        let columns = self.file.schema_descr().columns().to_vec();
        let mut writer = self.file.next_row_group()?;
        for (leaf, column) in group.leaves.into_iter().zip(columns) {
            match leaf {
                Leaf::Library(leaf) => leaf.close()?.append_to_row_group(&mut writer)?,
                Leaf::Coded(codes) => {
                    let (bytes, closed) = codes.close(column)?;
                    writer.append_column(&bytes, closed)?;
                }
            }
        }
        writer.close()?;
        self.groups += 1;
        Ok(())
    }

    pub(super) fn into_inner(mut self) -> Result<Sink> {
        self.end_group()?;
        self.file.into_inner()
    }
}

impl Group {
    fn new(factory: &ArrowRowGroupWriterFactory, schema: &Schema, index: usize) -> Result<Group> {
        let mut writers: VecDeque<ArrowColumnWriter> = factory.create_column_writers(index)?.into();
        let mut leaves = Vec::with_capacity(writers.len());
        for field in schema.fields() {
            let coded = is_coded(field.data_type());
            let empty = arrow_array::new_empty_array(field.data_type());
            for _ in compute_leaves(field, &empty)? {
                let writer = writers.pop_front().ok_or_else(uneven)?;
                leaves.push(match coded {
                    true => Leaf::Coded(Codes::default()),
                    false => Leaf::Library(Box::new(writer)),
                });
            }
        }
        Ok(Group { rows: 0, leaves })
    }

    fn push(&mut self, schema: &Schema, batch: &RecordBatch) -> Result<()> {
        let mut leaves = self.leaves.iter_mut();
        for (field, array) in schema.fields().iter().zip(batch.columns()) {
            if is_coded(field.data_type()) {
                match leaves.next() {
                    Some(Leaf::Coded(codes)) => codes.push(array),
                    _ => return Err(uneven()),
                }
                continue;
            }
            for values in compute_leaves(field, array)? {
                match leaves.next() {
                    Some(Leaf::Library(writer)) => writer.write(&values)?,
                    _ => return Err(uneven()),
                }
            }
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    /// Bytes that it will take, about.
    fn bytes(&self) -> usize {
        (self.leaves.iter())
            .map(|leaf| match leaf {
                Leaf::Library(writer) => writer.get_estimated_total_bytes(),
                Leaf::Coded(codes) => codes.memory(),
            })
            .sum()
    }
}

fn uneven() -> ParquetError {
    ParquetError::General("the leaves of a batch are not those of its schema".to_owned())
}
