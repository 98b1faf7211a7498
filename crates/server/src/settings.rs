//! What the service is told at its start.

use std::net::SocketAddr;
use std::path::PathBuf;

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
    /// Seconds without a byte after which an upload is given up.
    pub idle: u64,
    /// Bytes of address space of a child.
    pub memory: u64,
    /// Seconds in which a table has to be read.
    pub reading: u64,
    /// Rows of a synthetic table.
    pub rows: u64,
    /// Datasets of a project.
    pub datasets: i64,
    /// Open connections.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            upload: 2 << 30,
            uploads: 16,
            readers: 1,
            idle: 30,
            memory: 8 << 30,
            reading: 300,
            rows: 100_000_000,
            datasets: 10_000,
            connections: 4096,
        }
    }
}
