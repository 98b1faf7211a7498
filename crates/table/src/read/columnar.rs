//! Parquet, Arrow IPC and Arrow in memory: typed columns, batch by batch.

use std::cell::Cell;
use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use rayon::prelude::*;

use super::arrow::Collector;
use super::delimited::too_many_rows;
use super::lengths::{self, Claim};
use super::open::{Content, file, read_failed, too_large};
use super::unfolded::{Room, as_views};
use super::{Options, check_names, choose, nested};
use crate::raw::{Lines, RawColumn, Source};
use crate::{Error, Format, Layout, Result, Warning};

type Batches = Box<dyn Iterator<Item = std::result::Result<RecordBatch, ArrowError>>>;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// True while this thread decodes a file whose damage may make a decoder panic: the panic becomes
/// an error, so a program's panic hook need not speak of it.
pub fn panic_is_caught() -> bool {
    GUARDED.get()
}

/// Says so while it lives; what it said before holds again afterwards.
struct Guard(bool);

impl Guard {
    fn of(guarded: bool) -> Guard {
        Guard(GUARDED.replace(guarded))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        GUARDED.set(self.0);
    }
}

/// Reads the file; a panic of a decoder on damaged bytes becomes an error like any other.
pub(super) fn read(path: &Path, content: Content, options: &Options) -> Result<Source> {
    let source = catch_unwind(AssertUnwindSafe(|| {
        let _guard = Guard::of(true);
        read_all(path, content, options)
    }));
    source
        .unwrap_or_else(|_| Err(damaged(content)))
        .map_err(|e| e.in_file(path))
}

fn read_all(path: &Path, content: Content, options: &Options) -> Result<Source> {
    let room = Room::of(file(path)?, &options.limits)?;
    let (schema, batches) = open(path, content, options, &room)?;
    let batches = batches.map(|batch| batch.map_err(|e| damaged(content).caused_by(e)));
    let format = match content {
        Content::Parquet => Format::Parquet,
        _ => Format::ArrowIpc,
    };
    let mut source = collect(path, &schema, batches, format, options, Some(&room))?;
    if format == Format::Parquet {
        source.warnings.extend(order_of_levels(&schema));
    }
    Ok(source)
}

/// The cells of `batches`, all of `schema`, while there is room for them.
pub(super) fn collect(
    path: &Path,
    schema: &Schema,
    batches: impl Iterator<Item = Result<RecordBatch>>,
    format: Format,
    options: &Options,
    room: Option<&Room>,
) -> Result<Source> {
    let leaves = nested::leaves(schema)?;
    let names: Vec<String> = leaves.iter().map(|leaf| leaf.name.clone()).collect();
    let chosen = choose(path, &names, options)?;
    check_names(path, &names, None)?;
    let mut columns = chosen
        .iter()
        .map(|&i| Collector::new(&leaves[i].field, options).map_err(|e| e.in_column(&names[i])))
        .collect::<Result<Vec<_>>>()?;
    let mut rows = 0u64;
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        if rows > options.limits.rows {
            return Err(too_many_rows(options.limits.rows));
        }
        let arrays = (chosen.iter())
            .map(|&i| leaves[i].array(&batch))
            .collect::<Result<Vec<ArrayRef>>>()?;
        if let Some(room) = room {
            room.take(&arrays)?;
        }
        let guarded = panic_is_caught();
        let pushed: Vec<Result<()>> = (columns.par_iter_mut().zip(&chosen).zip(&arrays))
            .map(|((column, &i), array)| {
                let _guard = Guard::of(guarded);
                (column.push(array.as_ref(), options)).map_err(|e| e.in_column(&names[i]))
            })
            .collect();
        // Of several errors, that of the first column.
        pushed.into_iter().collect::<Result<()>>()?;
    }
    Ok(Source {
        path: path.to_owned(),
        columns: columns
            .into_iter()
            .zip(&chosen)
            .map(|(column, &i)| RawColumn {
                name: names[i].clone(),
                source: source_name(&leaves[i].field),
                cells: Arc::new(column.finish()),
                part: None,
            })
            .collect(),
        format,
        warnings: metadata_left_out(schema),
        layout: Layout::of(schema),
        lines: Lines::default(),
    })
}

/// Says which columns' levels come back in another order: a Parquet file numbers them as they first occur in it.
fn order_of_levels(schema: &Schema) -> Option<Warning> {
    let leaves = nested::leaves(schema).ok()?;
    let ordered: Vec<&str> = (leaves.iter())
        .filter(|leaf| leaf.field.dict_is_ordered() == Some(true))
        .map(|leaf| leaf.name.as_str())
        .collect();
    (!ordered.is_empty()).then(|| {
        Warning::new(
            "table/level-order",
            format!(
                "Categories with an order: {}. In a Parquet file levels are numbered as they first occur, so \
                 name their order again where the synthetic file is read, or write it with --format arrow, \
                 which keeps it.",
                crate::names::listed(&ordered)
            ),
        )
    })
}

/// Says which metadata of the table is not copied.
fn metadata_left_out(schema: &Schema) -> Vec<Warning> {
    let keys = Layout::left_out(schema);
    if keys.is_empty() {
        return Vec::new();
    }
    vec![Warning::new(
        "table/metadata-left-out",
        format!(
            "Metadata of the file that may hold values of its rows is not copied: {}.",
            crate::names::listed(&keys)
        ),
    )]
}

/// The type of a field as text, and that it has no missing values where it says so.
fn source_name(field: &arrow_schema::Field) -> String {
    let kind = match field.data_type() {
        kind @ DataType::Dictionary(_, value)
            if matches!(**value, DataType::Utf8 | DataType::LargeUtf8) =>
        {
            kind.to_string()
        }
        DataType::Dictionary(_, value) => value.to_string(),
        kind => kind.to_string(),
    };
    if field.is_nullable() {
        kind
    } else {
        kind + crate::schema::NOT_NULL
    }
}

fn open(
    path: &Path,
    content: Content,
    options: &Options,
    room: &Room,
) -> Result<(SchemaRef, Batches)> {
    let file: File = file(path)?;
    let failed = |e: ArrowError| damaged(content).caused_by(e);
    let limit = room.most();
    let refused = |claim| match claim {
        Claim::Beyond => damaged(content),
        Claim::TooLarge => room.over(limit),
    };
    Ok(match content {
        Content::Parquet => {
            let failed = |e: ParquetError| damaged(content).caused_by(e);
            let builder =
                ParquetRecordBatchReaderBuilder::try_new(file.try_clone().map_err(read_failed)?);
            let builder = builder.map_err(failed)?;
            let unpacked: i64 = builder
                .metadata()
                .row_groups()
                .iter()
                .map(|g| g.total_byte_size())
                .fold(0, i64::saturating_add);
            if u64::try_from(unpacked).unwrap_or(0) > options.limits.bytes {
                return Err(too_large(options.limits.bytes));
            }
            let schema = builder.schema().clone();
            // Encoded pages tell little of what comes out of them; rows times columns do.
            let rows = builder.metadata().file_metadata().num_rows();
            let all = schema.fields().len();
            let columns = options.columns.as_ref().map_or(all, |c| c.len().min(all));
            room.foresee(u64::try_from(rows).unwrap_or(0), columns)?;
            // Texts stay where their page has them, however many rows point at one.
            let views = ArrowReaderOptions::new().with_schema(as_views(&schema));
            let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(file, views)
                .and_then(|builder| builder.with_batch_size(8192).build())
                .map_err(failed)?;
            (schema, Box::new(reader))
        }
        Content::ArrowFile => {
            lengths::file(super::open::file(path)?, limit).map_err(refused)?;
            let reader = FileReader::try_new(BufReader::new(file), None).map_err(failed)?;
            (reader.schema(), Box::new(reader))
        }
        _ => {
            lengths::stream(super::open::file(path)?, limit).map_err(refused)?;
            let reader = StreamReader::try_new(BufReader::new(file), None).map_err(failed)?;
            (reader.schema(), Box::new(reader))
        }
    })
}

fn damaged(content: Content) -> Error {
    let (code, what) = match content {
        Content::Parquet => ("table/bad-parquet", "Parquet"),
        _ => ("table/bad-arrow", "Arrow IPC"),
    };
    Error::input(
        code,
        format!("The {what} file is damaged or cut off."),
        "Copy or download the file again, or write it anew.",
    )
}
