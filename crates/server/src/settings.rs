//! What the service is told at its start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use verdancy_jobs::Rhythm;

/// How the service runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite://FILE` or `postgres://…`.
    pub database: String,
    /// Folder of uploaded tables and results; the same for all workers.
    pub data: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// True for no keys at all, on loopback only.
    pub open: bool,
    /// True for a further key for everything at the start.
    pub new_key: bool,
    /// False for pages and API without a worker beside them.
    pub works: bool,
    /// The `verdancy` binary that reads tables and trains.
    pub binary: PathBuf,
    /// Threads of a training.
    pub threads: usize,
    /// Bounds.
    pub limits: Limits,
    /// Leases and heartbeats.
    pub rhythm: Rhythm,
    /// Files that nothing names any more are taken away when they are older than this.
    pub sweep: Duration,
}

/// Bounds on what strangers may ask for.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of an uploaded file.
    pub upload: u64,
    /// Uploads at a time; further ones are told to come again.
    pub uploads: usize,
    /// Tables read at a time to find out what they are.
    pub readers: usize,
    /// Seconds without a byte after which a request's body is given up.
    pub idle: u64,
    /// Bytes a second that a body has to bring on average, once `idle` is over.
    pub rate: u64,
    /// Bytes of address space of a child.
    pub memory: u64,
    /// Seconds in which a table has to be read.
    pub reading: u64,
    /// Rows of a synthetic table.
    pub rows: u64,
    /// Bounds on an uploaded table, for the child that reads it.
    pub table: verdancy_table::read::Limits,
    /// Datasets of a project.
    pub datasets: i64,
    /// Bytes of a project's datasets together.
    pub project: u64,
    /// Runs of a project that have not ended.
    pub queued: i64,
    /// Open streams of events.
    pub watchers: usize,
    /// Open connections.
    pub connections: usize,
    /// Open connections of one address.
    pub each: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            upload: 2 << 30,
            uploads: 16,
            readers: 1,
            idle: 30,
            rate: 1024,
            memory: 8 << 30,
            reading: 300,
            rows: 100_000_000,
            table: verdancy_table::read::Limits::default(),
            datasets: 10_000,
            project: 1 << 40,
            queued: 10_000,
            watchers: 1024,
            connections: 4096,
            each: 2048,
        }
    }
}
