//! Both databases, each test in one of its own. `VERDANCY_TEST_POSTGRES` names a server where
//! databases may be made (`cargo xtask test` starts one); without it a test starts its own.
#![allow(dead_code)]

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use sqlx::Connection;
use verdancy_jobs::{Database, NewJob, Queue, Rhythm};
use verdancy_trial::Postgres;

/// A database of a test.
pub struct Place {
    pub name: &'static str,
    pub url: String,
    _folder: tempfile::TempDir,
    _server: Option<Arc<Postgres>>,
}

/// SQLite, and PostgreSQL where the system has it.
pub async fn places() -> Vec<Place> {
    let folder = tempfile::tempdir().unwrap();
    let mut all = vec![Place {
        name: "SQLite",
        url: format!("sqlite://{}", folder.path().join("jobs.db").display()),
        _folder: folder,
        _server: None,
    }];
    let (server, own) = match std::env::var("VERDANCY_TEST_POSTGRES") {
        Ok(server) => (server, None),
        Err(_) => match tokio::task::spawn_blocking(server).await.unwrap() {
            Some(own) => (own.server(), Some(own)),
            None => {
                eprintln!("skipped: the queue on PostgreSQL (it is not installed)");
                return all;
            }
        },
    };
    sqlx::any::install_default_drivers();
    let folder = tempfile::Builder::new().prefix("q").tempdir().unwrap();
    let name = folder.path().file_name().unwrap().to_string_lossy();
    let mut connection = sqlx::AnyConnection::connect(&format!("{server}/postgres"))
        .await
        .unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE \"{name}\"")))
        .execute(&mut connection)
        .await
        .unwrap();
    all.push(Place {
        name: "PostgreSQL",
        url: format!("{server}/{name}"),
        _folder: folder,
        _server: own,
    });
    all
}

/// The server of this process; it ends with the last test that uses it.
fn server() -> Option<Arc<Postgres>> {
    static OWN: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
    let mut own = OWN.lock().unwrap();
    if let Some(there) = own.upgrade() {
        return Some(there);
    }
    let new = Arc::new(Postgres::start(&["fsync=off"]).unwrap()?);
    *own = Arc::downgrade(&new);
    Some(new)
}

/// A queue with short leases.
pub async fn queue(place: &Place, lease: f64) -> Queue {
    let rhythm = Rhythm {
        lease: Duration::from_secs_f64(lease),
        beat: Duration::from_secs_f64(lease / 6.0),
        flush: Duration::from_millis(20),
    };
    Queue::new(Database::connect(&place.url, 8).await.unwrap(), rhythm)
}

/// A job with nothing special.
pub fn job() -> NewJob {
    NewJob {
        project: "p".into(),
        kind: "synth".into(),
        actor: "tester".into(),
        payload: "{}".into(),
        ..NewJob::default()
    }
}

/// Sleeps.
pub async fn sleep(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}
