//! The end of a job is written again and again while the database does not answer: an hour's work is
//! not thrown away for an outage. Only the database can say that the job is no longer ours.

use std::time::{Duration, Instant};

use verdancy_jobs::{Error, Heart, Result, Said};

use crate::app::App;

/// Time after which a worker that is to end no longer waits for the database.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does `write` until the database has answered, or this process is to end.
pub(super) async fn settle<F: Future<Output = Result<()>>>(
    app: &App,
    job: &str,
    write: impl Fn() -> F,
) -> Result<()> {
    let mut pause = Duration::from_millis(100);
    let mut told = false;
    let mut asked: Option<Instant> = None;
    loop {
        let error = match write().await {
            Err(error @ Error::Database(_)) => error,
            other => return other,
        };
        if *app.ending.borrow() {
            let since = *asked.get_or_insert_with(Instant::now);
            if since.elapsed() > PATIENCE {
                return Err(error);
            }
        }
        if !std::mem::replace(&mut told, true) {
            eprintln!(
                "job {job}: [{}] {error}; tried again until it is written",
                error.code()
            );
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

/// Stops the heart away from the threads that answer requests, and gives what it had not written.
pub(super) async fn stop(heart: Heart) -> Vec<Said> {
    tokio::task::spawn_blocking(move || heart.stop())
        .await
        .unwrap_or_default()
}

/// `left`, and the end.
pub(super) fn closing(left: &[Said], state: &str) -> Vec<Said> {
    let mut all = left.to_vec();
    all.push(Said {
        kind: "end".to_owned(),
        body: format!("{{\"event\":\"end\",\"state\":\"{state}\"}}"),
    });
    all
}
