//! A fitted model as a handle.

use std::path::Path;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use verdancy_engine::{Completion, Conditions, SampleRequest};
use verdancy_synth::Fitted;
use verdancy_table::Error;

use crate::error::raised;
use crate::frames::{Data, Rows};
use crate::places::{brought, folder, with_places};
use crate::work::carry_out;

/// A fitted model.
#[pyclass(frozen)]
pub struct Model {
    pub(crate) fitted: Arc<Fitted>,
    completion: Option<Completion>,
}

impl Model {
    /// A handle on `fitted`.
    pub fn of(fitted: Arc<Fitted>, completion: Option<Completion>) -> Model {
        Model { fitted, completion }
    }
}

fn json(value: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(value)
        .map_err(|e| raised(Error::internal("a record does not serialise").caused_by(e)))
}

#[pymethods]
impl Model {
    /// Reads the folder of a model, or of a run.
    #[staticmethod]
    fn load(py: Python<'_>, path: &str) -> PyResult<Model> {
        let read = || {
            with_places(|places| {
                let path = places.model(Path::new(path))?;
                let inner = path.join("model");
                Fitted::load(if inner.is_dir() { inner } else { path })
            })
        };
        let fitted = py.detach(read).map_err(raised)?;
        Ok(Model::of(Arc::new(fitted), None))
    }

    /// Writes the model to a folder.
    fn save(&self, py: Python<'_>, path: &str) -> PyResult<()> {
        let write = || with_places(|places| self.fitted.save(folder(path, places)?));
        py.detach(write).map_err(raised)
    }

    /// The files of the model's folder, by name.
    fn files<'py>(&self, py: Python<'py>) -> PyResult<Vec<(String, Bound<'py, PyBytes>)>> {
        let read = || -> Result<Vec<(String, Vec<u8>)>, Error> {
            let failed = |e: std::io::Error| {
                Error::environment(
                    "model/unwritable",
                    "The model cannot be packed: a temporary folder is not usable.",
                    "Make room in the folder for temporary files, or set TMPDIR to another one.",
                )
                .caused_by(e)
            };
            let folder = tempfile::tempdir().map_err(failed)?;
            let place = folder.path().join("model");
            self.fitted.save(&place)?;
            let mut files = Vec::new();
            for entry in std::fs::read_dir(&place).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let name = entry.file_name().to_string_lossy().into_owned();
                files.push((name, std::fs::read(entry.path()).map_err(failed)?));
            }
            files.sort();
            Ok(files)
        };
        let files = py.detach(read).map_err(raised)?;
        Ok(files
            .into_iter()
            .map(|(name, bytes)| (name, PyBytes::new(py, &bytes)))
            .collect())
    }

    /// A model from its `files`. Nothing in them is run.
    #[staticmethod]
    fn from_files(py: Python<'_>, files: Vec<(String, Vec<u8>)>) -> PyResult<Model> {
        let read = || -> Result<Fitted, Error> {
            let damaged = || {
                Error::input(
                    "model/damaged",
                    "The packed model is not as it was saved.",
                    "Pack the model again.",
                )
            };
            let folder = tempfile::tempdir().map_err(|e| damaged().caused_by(e))?;
            for (name, bytes) in &files {
                let plain = name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
                if !plain || name.starts_with('.') {
                    return Err(damaged());
                }
                std::fs::write(folder.path().join(name), bytes)
                    .map_err(|e| damaged().caused_by(e))?;
            }
            Fitted::load(folder.path())
        };
        let fitted = py.detach(read).map_err(raised)?;
        Ok(Model::of(Arc::new(fitted), None))
    }

    /// Rows `start..end` of the sample with `seed`.
    fn sample(&self, start: u64, end: u64, seed: u64, threads: usize) -> Rows {
        Rows::drawn(self.fitted.clone(), start..end.max(start), seed, threads)
    }

    /// Rows that meet a condition, are balanced or complete given cells, and how they were drawn (JSON).
    #[pyo3(signature = (rows, seed, threads, condition=None, given=None, balance=None, listen=None))]
    #[allow(clippy::too_many_arguments)]
    fn sample_if(
        &self,
        py: Python<'_>,
        rows: Option<u64>,
        seed: u64,
        threads: usize,
        condition: Option<String>,
        given: Option<Data<'_>>,
        balance: Option<String>,
        listen: Option<Bound<'_, PyAny>>,
    ) -> PyResult<(Rows, String)> {
        let given = given.as_ref().map(Data::input);
        let fitted = self.fitted.clone();
        let (table, sampled) = carry_out(py, listen.as_ref(), move |context| {
            with_places(|places| {
                let bytes = verdancy_table::read::Limits::default().bytes;
                let conditions = match (condition, given, balance) {
                    (Some(text), ..) => Conditions::Where(text),
                    (None, Some(data), _) => Conditions::Given(brought(data, places, bytes)?),
                    (None, None, Some(text)) => Conditions::Balance(text),
                    (None, None, None) => Conditions::None,
                };
                let request = SampleRequest {
                    rows,
                    seed,
                    conditions,
                    threads,
                };
                verdancy_engine::sample_in_memory(&fitted, &request, context)
            })
        })?;
        Ok((Rows::of(Arc::new(table)), json(&sampled)?))
    }

    /// What the columns mean (JSON).
    #[getter]
    fn schema(&self) -> PyResult<String> {
        json(self.fitted.schema.as_ref())
    }

    /// Method and parameters (JSON).
    #[getter]
    fn config(&self) -> PyResult<String> {
        json(&self.fitted.config)
    }

    /// The lines of the training (JSON).
    #[getter]
    fn history(&self) -> PyResult<String> {
        json(&self.fitted.history)
    }

    /// Why the training ended (JSON).
    #[getter]
    fn stop(&self) -> PyResult<String> {
        json(&self.fitted.stop)
    }

    /// The checks of the fit (JSON); null for a model that was read.
    #[getter]
    fn completion(&self) -> PyResult<String> {
        json(&self.completion)
    }
}
