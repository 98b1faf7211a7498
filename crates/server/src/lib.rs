//! The service: an HTTP API, pages, and the worker that carries out runs.
//!
//! [`serve`] answers requests and runs one worker beside it; [`work`](fn@work) is a worker alone, on this or
//! another machine with the same database and the same data folder. Neither reads a table in its own
//! process: reading and training happen in a child, the same binary with bounds on memory, so
//! that no file can take the service down. What a run does is told by the child's JSON lines, the
//! stream of events that the command line shows as well.

mod access;
mod actor;
mod api;
mod app;
mod audit;
mod child;
mod counts;
#[cfg(test)]
mod deploy_tests;
mod desk;
mod forget;
mod front;
mod guard;
#[cfg(test)]
mod guard_tests;
mod guests;
mod keys;
mod measure;
mod names;
mod oidc;
mod once;
mod order;
mod pages;
mod problem;
#[cfg(test)]
mod quota_tests;
mod readings;
mod records;
mod rights;
mod sample;
mod scope;
mod scratch;
mod serve;
mod sessions;
mod settings;
mod shares;
mod told;
#[cfg(test)]
mod trial;
mod upload;
mod ways;
mod work;

pub use api::openapi;
pub use oidc::Rules;
pub use problem::Problem;
pub use scratch::scratch_of;
pub use serve::{serve, store_keys};
pub use settings::{Limits, Settings};
pub use verdancy_jobs::{Rhythm, sqlite_url};
pub use work::work;

/// An error with its code, place and remedy.
pub type Error = verdancy_table::Error;
/// What the service runs on.
///
/// # Errors
/// An internal error when there can be no threads.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::internal("the threads could not be started").caused_by(e))
}

/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;
