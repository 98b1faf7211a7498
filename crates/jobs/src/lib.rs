//! A durable queue and an artefact store, on SQLite (one machine, nothing to set up) or PostgreSQL
//! (several machines). It knows nothing of what the jobs do.
//!
//! # What it promises
//! - A job is worked on by the holder of its *lease*: a random owner and an attempt number that only
//!   grows. Every write of a worker names both; when they no longer match, nothing is written and
//!   the worker is told [`Error::LostLease`].
//! - Leases run by the clock of the database, never by that of a worker.
//! - A result is committed in one transaction with the names of its artefacts, whose files lie in
//!   the [`Store`] under the hash of their content before it begins. So a job may be *begun* more than once,
//!   and *ends* exactly once.
//! - A worker that dies is noticed when its lease runs out; its job goes back to the queue, and
//!   fails for good after as many deaths as it allows, or when it died twice at the same progress.
//! - Projects share the workers by weight: however many jobs one has queued, another's next job waits for one
//!   of them at most.
//! - The heartbeat is an operating-system thread of its own ([`Heart`]): work on all cores cannot
//!   make a healthy worker look dead.
//!
//! The semantics are those of River and Temporal, brought down to two databases.

mod database;
mod error;
mod filter;
mod heart;
mod job;
mod keep;
mod lease;
mod queue;
mod seal;
mod store;
mod turns;

pub use verdancy_fail_point as fail_point;

pub use database::{Database, Dialect, sqlite_url};
pub use error::{Error, KeyFault, Result};
pub use filter::{BadFilter, Filter};
pub use heart::{Heart, Pulse};
pub use job::{Artifact, EventRow, Failure, Job, NewJob, State};
pub use lease::{Beat, Lease, Said};
pub use queue::{Queue, Rhythm};
pub use seal::Ring;
pub use store::{Incoming, Store, Stored, Swept, private_folder};
