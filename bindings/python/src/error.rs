//! Errors as one exception whose arguments are code, fault, message, remedy and place; Python makes its
//! own classes of it.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use verdancy_table::{Door, Error, Fault};

create_exception!(
    _native,
    NativeError,
    PyException,
    "What went wrong: (code, fault, message, remedy, file, line, column)."
);

/// An error as Python sees it.
pub fn raised(error: Error) -> PyErr {
    let fault = match error.fault {
        Fault::Input => "input",
        Fault::Environment => "environment",
        Fault::Internal => "internal",
    };
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    NativeError::new_err((
        error.code,
        fault,
        Door::Python.spoken(&error.message),
        Door::Python.spoken(&error.remedy),
        error.place.file.map(|f| f.display().to_string()),
        error.place.line,
        error.place.column,
        cause,
    ))
}

/// A sentence of the command line in Python's words.
#[pyfunction]
pub fn spoken(text: &str) -> String {
    Door::Python.spoken(text)
}

/// The error of a text that is not the JSON it should be.
pub fn not_json(what: &str, error: &serde_json::Error) -> PyErr {
    raised(Error::input(
        "python/bad-option",
        format!("{what} is not understood: {error}."),
        "See the signature of the function.",
    ))
}
