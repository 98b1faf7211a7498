//! This crate's errors are those of tables, with codes under `synth/`, `model/` and `config/`.

/// An error with its code, place and remedy.
pub type Error = verdancy_table::Error;
/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;
