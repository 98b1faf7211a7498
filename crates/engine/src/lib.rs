//! One run from a table to a judged synthetic table: load, infer, split, fit, sample, judge,
//! write. What the command line, the server and Python can do, they do through here.

mod event;
mod record;
mod request;

pub use event::{Event, Stage};
pub use record::{Attempt, Completion, RowCounts, RunRecord, Shares};
pub use request::{Request, Rows};

/// An error with its code, place and remedy.
pub type Error = verdancy_table::Error;
/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;
