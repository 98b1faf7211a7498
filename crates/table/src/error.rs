//! What can go wrong with a table: each error has a stable code, says whose fault it is, where it
//! stands, and what to do. Cell contents never appear.

use std::path::PathBuf;

/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// Whose fault an error is; decides the exit code (input 2, internal 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The user's input or arguments.
    Input,
    /// The machine: disk, memory, permissions.
    Environment,
    /// A bug in Verdancy.
    Internal,
}

/// Where an error stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Option<PathBuf>,
    /// The line, counted from 1 with the header.
    pub line: Option<u64>,
    /// The column's name, or its number when it has none.
    pub column: Option<String>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sep = "";
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
            sep = ", ";
        }
        if let Some(line) = self.line {
            write!(f, "{sep}line {line}")?;
            sep = ", ";
        }
        if let Some(column) = &self.column {
            write!(f, "{sep}column {column}")?;
        }
        Ok(())
    }
}

/// An error with its code, place and remedy.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Stable code, for example `table/ragged-row`; listed in `docs/errors.md`.
    pub code: &'static str,
    /// Whose fault.
    pub fault: Fault,
    /// What happened, in one sentence without cell contents.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What to do, in one sentence.
    pub remedy: String,
    /// The cause, when a library said so.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error in the user's input.
    pub fn input(
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Error {
        Error {
            code,
            fault: Fault::Input,
            message: message.into(),
            place: Place::default(),
            remedy: remedy.into(),
            source: None,
        }
    }

    /// An error of the machine (disk, permissions).
    pub fn environment(
        code: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Error {
        Error {
            fault: Fault::Environment,
            ..Error::input(code, message, remedy)
        }
    }

    /// A bug of ours.
    pub fn internal(message: impl Into<String>) -> Error {
        Error {
            fault: Fault::Internal,
            ..Error::input(
                "internal",
                message,
                "This is a bug in Verdancy: please report it.",
            )
        }
    }

    /// The same error, in `file`.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<PathBuf>) -> Error {
        self.place.file = Some(file.into());
        self
    }

    /// The same error, at `line` (1 is the header).
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Error {
        self.place.line = Some(line);
        self
    }

    /// The same error, in the column called `column`.
    #[must_use]
    pub fn in_column(mut self, column: impl Into<String>) -> Error {
        self.place.column = Some(column.into());
        self
    }

    /// The same error, caused by `source`.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        self.source = Some(source.into());
        self
    }
}
