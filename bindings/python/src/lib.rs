//! The extension module `verdancy._native`: the engine's steps as plain functions and handles.
//!
//! It keeps to what needs Rust: cells in (`Cells`) and rows out (`Rows`) through
//! Arrow's C stream interface, runs (`Run`) and models (`Model`) as handles, everything
//! else as JSON. Signatures, frames, displays and scikit-learn's shape are Python's, in
//! `python/verdancy`.

mod error;
mod frames;
mod model;
mod places;
mod run;
mod steps;
mod work;

use pyo3::prelude::*;

/// The module.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::error::{NativeError, spoken};
    #[pymodule_export]
    use super::frames::{Cells, Rows};
    #[pymodule_export]
    use super::model::Model;
    #[pymodule_export]
    use super::run::Run;
    #[pymodule_export]
    use super::steps::{
        command, evaluate, fit, impute, inspect, judgement_text, methods, metrics,
        schema_from_toml, schema_to_sdv, schema_to_toml, synth, tune,
    };

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
