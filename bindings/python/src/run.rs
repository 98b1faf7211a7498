//! A whole run as a handle: record, report, rows and model.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use verdancy_engine::{Outcome, pretty};
use verdancy_table::Error;

use crate::error::raised;
use crate::frames::{Rows, asked};
use crate::model::Model;
use crate::places::{folder, with_places};

/// A finished run.
#[pyclass(frozen)]
pub struct Run {
    outcome: Mutex<Outcome>,
    model: Py<Model>,
    rows: u64,
    seed: u64,
    threads: usize,
}

impl Run {
    /// A handle on `outcome`.
    pub fn of(py: Python<'_>, outcome: Outcome) -> PyResult<Run> {
        let kept = outcome.record.kept().map(|a| a.completion.clone());
        let model = Model::of(outcome.fitted.clone(), kept);
        Ok(Run {
            rows: outcome.record.rows.synthetic,
            seed: outcome.record.seed,
            threads: outcome.record.threads,
            model: Py::new(py, model)?,
            outcome: Mutex::new(outcome),
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Outcome) -> Result<T, Error>) -> PyResult<T> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut outcome).map_err(raised)
    }
}

#[pymethods]
impl Run {
    /// What is kept of the run: `run.json`.
    #[getter]
    fn record(&self) -> PyResult<String> {
        self.with(|outcome| pretty(&outcome.record))
    }

    /// The report: one page of HTML.
    #[getter]
    fn report(&self) -> PyResult<String> {
        self.with(|outcome| verdancy_report::html(&verdancy_report::Page::of(outcome)))
    }

    /// The synthetic rows.
    #[getter]
    fn synthetic(&self) -> PyResult<Rows> {
        let judged = self.with(|outcome| Ok(outcome.synthetic.clone()))?;
        Ok(if judged.rows() as u64 == self.rows {
            Rows::of(judged)
        } else {
            let fitted = self.model.get().fitted.clone();
            Rows::drawn(fitted, 0..self.rows, self.seed, self.threads)
        })
    }

    /// The kept model.
    #[getter]
    fn model(&self, py: Python<'_>) -> Py<Model> {
        self.model.clone_ref(py)
    }

    /// Writes everything to a folder as `verdancy synth` does, and gives the names in it.
    #[pyo3(signature = (path, format=None))]
    fn save(&self, py: Python<'_>, path: &str, format: Option<&str>) -> PyResult<Vec<String>> {
        let format = asked(format)?;
        py.detach(|| {
            self.with(|outcome| {
                with_places(|places| {
                    let path = folder(path, places)?;
                    verdancy_engine::save(outcome, format, &path, &mut verdancy_report::write)
                })
            })
        })
    }
}
