//! Tables in and out of Python through Arrow's C stream interface: no copy through text, and no
//! Python package on this side.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::PyAny;
use pyo3_arrow::PyRecordBatchReader;
use pyo3_arrow::input::AnyRecordBatch;
use verdancy_engine::Input;
use verdancy_synth::Fitted;
use verdancy_table::write::{self, Batches, Written};
use verdancy_table::{Error, Format, Table, read};

use crate::error::raised;
use crate::places::with_places;
use crate::work::pool;

/// Rows of one batch of a table that is there.
const BATCH: usize = 1 << 16;

/// Cells of a real table, taken over from Python.
#[pyclass(frozen)]
pub struct Cells {
    source: Arc<read::Source>,
}

#[pymethods]
impl Cells {
    /// Takes the rows of an object with `__arrow_c_stream__`. `name` is what errors call it, `na` are
    /// texts that mean missing.
    #[new]
    #[pyo3(signature = (frame, name, na=Vec::new()))]
    fn new(py: Python<'_>, frame: AnyRecordBatch, name: &str, na: Vec<String>) -> PyResult<Cells> {
        let reader = frame.into_reader()?;
        let options = read::Options {
            na,
            ..read::Options::default()
        };
        let schema = reader.schema();
        let batches = reader.map(|batch| {
            batch.map_err(|e| {
                Error::input(
                    "table/bad-arrow",
                    "The frame could not be handed over.",
                    "Convert it to a pyarrow table first to see why.",
                )
                .caused_by(e)
            })
        });
        let source = py
            .detach(|| read::from_batches(name, &schema, batches, &options))
            .map_err(raised)?;
        Ok(Cells {
            source: Arc::new(source),
        })
    }

    fn __len__(&self) -> usize {
        self.source.rows()
    }
}

/// The file format that is asked for by name.
pub fn asked(format: Option<&str>) -> PyResult<Option<Format>> {
    let said = verdancy_engine::Options {
        format: format.map(str::to_owned),
        ..Default::default()
    };
    said.format().map_err(raised)
}

/// A table to be read: the path of a file, or cells.
#[derive(FromPyObject)]
pub enum Data<'py> {
    /// Cells.
    Cells(Bound<'py, Cells>),
    /// A file.
    File(String),
}

impl Data<'_> {
    /// As the engine takes it.
    pub fn input(&self) -> Input {
        match self {
            Data::File(path) => Input::File(path.into()),
            Data::Cells(cells) => Input::Cells(cells.get().source.clone()),
        }
    }
}

/// Rows that an Arrow stream can be made of as often as one is asked for.
#[derive(Clone)]
enum Origin {
    /// A table that is there.
    Table(Arc<Table>),
    /// Rows that a model draws block by block as they are asked for.
    Model {
        fitted: Arc<Fitted>,
        rows: Range<u64>,
        seed: u64,
        threads: usize,
    },
}

/// Synthetic rows: anything that takes an Arrow stream can take them.
#[pyclass(frozen)]
pub struct Rows {
    origin: Origin,
}

impl Rows {
    /// The rows of a table.
    pub fn of(table: Arc<Table>) -> Rows {
        Rows {
            origin: Origin::Table(table),
        }
    }

    /// Rows that `fitted` draws with `seed`.
    pub fn drawn(fitted: Arc<Fitted>, rows: Range<u64>, seed: u64, threads: usize) -> Rows {
        Rows {
            origin: Origin::Model {
                fitted,
                rows,
                seed,
                threads,
            },
        }
    }

    fn write_here(&self, path: &Path, format: Format) -> Result<Written, Error> {
        match &self.origin {
            Origin::Table(table) => write::write(path, table, format),
            Origin::Model {
                fitted,
                rows,
                seed,
                threads,
            } => pool(*threads)?.install(|| {
                let mut writer = write::Writer::create(path, &fitted.schema, format)?;
                for block in fitted.sample(rows.clone(), *seed) {
                    writer.write(&block?)?;
                }
                writer.finish()
            }),
        }
    }

    fn batches(&self) -> PyResult<Batches> {
        let schema = match &self.origin {
            Origin::Table(table) => table.schema(),
            Origin::Model { fitted, .. } => &fitted.schema,
        };
        Batches::new(schema).map_err(raised)
    }

    fn count(&self) -> u64 {
        match &self.origin {
            Origin::Table(table) => table.rows() as u64,
            Origin::Model { rows, .. } => rows.end - rows.start,
        }
    }
}

#[pymethods]
impl Rows {
    fn __len__(&self) -> usize {
        usize::try_from(self.count()).unwrap_or(usize::MAX)
    }

    /// Names of the columns.
    #[getter]
    fn names(&self) -> PyResult<Vec<String>> {
        let schema = self.batches()?.schema();
        Ok(schema.fields().iter().map(|f| f.name().clone()).collect())
    }

    /// Writes the rows to a file; its ending, or `format`, says how. Gives rows and bytes.
    #[pyo3(signature = (path, format=None))]
    fn write(&self, py: Python<'_>, path: &str, format: Option<&str>) -> PyResult<(u64, u64)> {
        let named = Format::from_path(path);
        let format = asked(format)?.or(named).unwrap_or(Format::CSV);
        let write = || {
            with_places(|places| {
                let path = places.output(Path::new(path))?;
                self.write_here(&path, format)
            })
        };
        let written = py.detach(write).map_err(raised)?;
        Ok((written.rows, written.bytes))
    }

    /// The rows as a capsule of an Arrow C stream; drawn as it is read.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let batches = self.batches()?;
        let reader = Reader {
            schema: batches.schema(),
            batches,
            origin: self.origin.clone(),
            at: match &self.origin {
                Origin::Table(_) => 0,
                Origin::Model { rows, .. } => rows.start,
            },
        };
        let reader = PyRecordBatchReader::new(Box::new(reader)).into_pyobject(py)?;
        reader.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    fn __repr__(&self) -> PyResult<String> {
        let columns = self.names()?.len();
        Ok(format!("<verdancy rows: {} x {columns}>", self.count()))
    }
}

/// Batches of an origin, in order.
struct Reader {
    schema: SchemaRef,
    batches: Batches,
    origin: Origin,
    at: u64,
}

impl Reader {
    fn block(&mut self) -> Result<Option<RecordBatch>, Error> {
        let table = match &self.origin {
            Origin::Table(table) => {
                let from = self.at as usize;
                if from >= table.rows() {
                    return Ok(None);
                }
                let to = table.rows().min(from + BATCH);
                self.at = to as u64;
                if (from, to) == (0, table.rows()) {
                    return self.batches.batch(table).map(Some);
                }
                table.slice(from..to)
            }
            Origin::Model {
                fitted,
                rows,
                seed,
                threads,
            } => {
                let left = self.at..rows.end;
                let drawn = pool(*threads)?.install(|| fitted.sample(left, *seed).next());
                match drawn.transpose()? {
                    None => return Ok(None),
                    Some(table) => {
                        self.at += table.rows() as u64;
                        table
                    }
                }
            }
        };
        self.batches.batch(&table).map(Some)
    }
}

impl Iterator for Reader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.block()
            .map_err(|e| ArrowError::ExternalError(Box::new(e)))
            .transpose()
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}
