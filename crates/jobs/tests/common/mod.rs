//! Both databases, each test in one of its own. `VERDANCY_TEST_POSTGRES` names a server where
//! databases may be made; `cargo xtask test` starts one.
#![allow(dead_code)]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::Connection;
use verdancy_jobs::{Database, NewJob, Queue, Rhythm};

/// A database of a test.
pub struct Place {
    pub name: &'static str,
    pub url: String,
    _folder: tempfile::TempDir,
}

/// SQLite, and PostgreSQL where there is a server.
pub async fn places() -> Vec<Place> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("jobs.db").display());
    let mut all = vec![Place {
        name: "SQLite",
        url,
        _folder: folder,
    }];
    match std::env::var("VERDANCY_TEST_POSTGRES") {
        Ok(server) => {
            sqlx::any::install_default_drivers();
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("v{}_{number}_{}", std::process::id(), uuid());
            let mut connection = sqlx::AnyConnection::connect(&format!("{server}/postgres"))
                .await
                .unwrap();
            sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
                .execute(&mut connection)
                .await
                .unwrap();
            all.push(Place {
                name: "PostgreSQL",
                url: format!("{server}/{name}"),
                _folder: tempfile::tempdir().unwrap(),
            });
        }
        Err(_) => eprintln!("SKIPPED on PostgreSQL: VERDANCY_TEST_POSTGRES names no server"),
    }
    all
}

fn uuid() -> String {
    format!(
        "{:x}",
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .subsec_nanos()
    )
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
