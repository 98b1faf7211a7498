//! What the service is told at its start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use verdancy_jobs::{Rhythm, Ring};

/// How the service runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite://FILE` or `postgres://…`.
    pub database: String,
    /// Folder of uploaded tables and results; the same for all workers.
    pub data: PathBuf,
    /// Keys that stored files are sealed with, where they are.
    pub keys: Option<Ring>,
    /// Folder of tables and runs that are at work.
    pub scratch: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// True for no keys at all, on loopback only.
    pub open: bool,
    /// True for a further key for everything at the start.
    pub new_key: bool,
    /// Sign-in with OpenID Connect, where there is one.
    pub oidc: Option<crate::Rules>,
    /// True when figures are for keys of all projects only.
    pub private_metrics: bool,
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

/// Bounds on what strangers may ask for. Those called a share are of one tenant: a project, or a key that is
/// for all of them.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of an uploaded file.
    pub upload: u64,
    /// Uploads at a time; further ones are told to come again.
    pub uploads: usize,
    /// Share of them.
    pub uploads_share: usize,
    /// Tables read at a time to find out what they are.
    pub readers: usize,
    /// Share of them.
    pub readers_share: usize,
    /// Seconds without a byte after which a request's body is given up.
    pub idle: u64,
    /// Bytes a second that a body has to bring on average, once `idle` is over.
    pub rate: u64,
    /// Bytes of address space of a child.
    pub memory: u64,
    /// Seconds in which a table has to be read.
    pub reading: u64,
    /// Bytes that a child may answer with.
    pub answer: u64,
    /// Rows of a synthetic table.
    pub rows: u64,
    /// Seconds that a run may take, and may be estimated to train.
    pub run: u64,
    /// Bytes of a run's files, of one of them and of all together.
    pub results: u64,
    /// Bounds on an uploaded table, for the child that reads it.
    pub table: verdancy_table::read::Limits,
    /// Datasets of a project.
    pub datasets: i64,
    /// Bytes of a project's datasets and results together.
    pub project: u64,
    /// Runs of a project that have not ended.
    pub queued: i64,
    /// Open streams of events.
    pub watchers: usize,
    /// Share of them.
    pub watchers_share: usize,
    /// Open connections.
    pub connections: usize,
    /// Open connections of one address.
    pub each: usize,
    /// Open connections that have shown no key yet.
    pub strangers: usize,
    /// Those of one address.
    pub strangers_each: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        let readers = readers();
        Limits {
            upload: 2 << 30,
            uploads: 16,
            uploads_share: 4,
            readers,
            readers_share: readers - 1,
            idle: 30,
            rate: 8 << 10,
            memory: 8 << 30,
            reading: 300,
            answer: 16 << 20,
            rows: 100_000_000,
            run: 24 * 3600,
            results: 32 << 30,
            table: verdancy_table::read::Limits::default(),
            datasets: 10_000,
            project: 1 << 40,
            queued: 10_000,
            watchers: 1024,
            watchers_share: 64,
            connections: 4096,
            each: 2048,
            strangers: 2048,
            strangers_each: 256,
        }
    }
}

/// Half of the cores, at least two: one is always left for another tenant.
fn readers() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    (cores / 2).max(2)
}
