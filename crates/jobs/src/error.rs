//! What can go wrong with the queue and the store.

use std::fmt;

/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of the queue or the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The job is no longer this worker's: it must stop and write nothing.
    #[error("the job is no longer this worker's")]
    LostLease,
    /// The job was asked to be cancelled before its result was committed.
    #[error("the job was cancelled")]
    Cancelled,
    /// No such job.
    #[error("there is no such job")]
    Unknown,
    /// The database did not do it.
    #[error("the database did not answer as it should: {0}")]
    Database(#[from] sqlx::Error),
    /// A file could not be read or written.
    #[error("a file of the store could not be read or written: {0}")]
    File(#[from] std::io::Error),
    /// Something is sealed that cannot be opened.
    #[error("{0}")]
    Key(KeyFault),
    /// A row is not as this version writes it.
    #[error("a stored row is not understood: {0}")]
    Row(String),
}

/// Why sealed contents cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFault {
    /// The file with the keys cannot be read, or not by its owner alone, or holds something else.
    Unusable,
    /// Something is sealed, and there is no key.
    Missing,
    /// Something is sealed with another key, or was changed.
    Wrong,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyFault::Unusable => "the file with the keys cannot be used",
            KeyFault::Missing => "something is encrypted, and there is no key",
            KeyFault::Wrong => "something is encrypted with another key, or was changed",
        })
    }
}

impl Error {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Error::LostLease => "jobs/lost-lease",
            Error::Cancelled => "jobs/cancelled",
            Error::Unknown => "jobs/unknown",
            Error::Database(_) => "jobs/database",
            Error::File(_) => "jobs/store",
            Error::Key(_) => "jobs/key",
            Error::Row(_) => "jobs/row",
        }
    }

    /// True when there is no room left on a disk.
    pub fn is_full(&self) -> bool {
        match self {
            Error::File(error) => error.kind() == std::io::ErrorKind::StorageFull,
            // SQLITE_FULL; and PostgreSQL's disk_full.
            Error::Database(sqlx::Error::Database(error)) => {
                matches!(error.code().as_deref(), Some("13" | "53100"))
            }
            _ => false,
        }
    }

    /// True when PostgreSQL was given a text that it can neither hold nor find: one with a NUL.
    pub fn is_about_nul(&self) -> bool {
        match self {
            Error::Database(sqlx::Error::Database(error)) => {
                error.code().as_deref() == Some("22021")
            }
            _ => false,
        }
    }

    /// True when the same call may succeed later: an outage, a lock, a full disk.
    pub fn is_passing(&self) -> bool {
        matches!(self, Error::Database(_) | Error::File(_))
    }
}
