//! The worker: takes a job, lets a child do it, passes on what the child says, and commits the
//! result. It never reads a table itself.

mod events;
mod place;
mod results;
mod settle;

use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use verdancy_fail_point as fail_point;
use verdancy_jobs::{Artifact, Error, Failure, Heart, Job, Lease, Pulse, Said};

use crate::app::App;
use crate::child::Started;
use crate::order::Order;
use events::Telling;
use place::Place;
use settle::{closing, settle, stop};

/// Time between looks at the queue when there was nothing to do.
const IDLE: Duration = Duration::from_millis(400);
/// Time between looks at the pulse of a running job.
const LOOK: Duration = Duration::from_millis(100);
/// Time after which a worker that is to end no longer waits for anything.
const LAST: Duration = Duration::from_secs(25);

/// Works until `ending` is told true; finishes nothing then, but gives the job back.
///
/// # Errors
/// An environment error when the database or the data folder cannot be opened.
pub async fn work(settings: crate::Settings) -> crate::Result<()> {
    let app = App::open(settings)
        .await
        .map_err(crate::serve::not_opened)?;
    crate::serve::end_on_signal(&app);
    tokio::select! {
        () = works(app.clone()) => {}
        () = async {
            app.to_end().await;
            tokio::time::sleep(LAST).await;
        } => eprintln!("the job in hand could not be given back in time; another takes it up later"),
    }
    app.close().await;
    Ok(())
}

/// The worker's life.
pub(crate) async fn works(app: App) {
    let owner = uuid::Uuid::new_v4().simple().to_string();
    let mut pause = IDLE;
    let mut swept = std::time::Instant::now();
    tidy(&app).await;
    while !*app.ending.borrow() {
        match app.queue.claim(&owner).await {
            Ok(Some((job, lease))) => {
                pause = IDLE;
                let id = job.id.clone();
                if let Err(error) = one(&app, &job, &lease).await {
                    eprintln!("job {id}: [{}] {error}", error.code());
                }
            }
            Ok(None) => {
                pause = IDLE;
                tokio::select! {
                    () = tokio::time::sleep(IDLE) => {}
                    () = app.queued.notified() => {}
                    () = app.to_end() => {}
                }
            }
            Err(error) => {
                eprintln!("queue: [{}] {error}", error.code());
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = app.to_end() => {}
                }
                pause = (pause * 2).min(Duration::from_secs(5));
            }
        }
        if swept.elapsed() > app.settings.sweep {
            tidy(&app).await;
            swept = std::time::Instant::now();
        }
    }
}

/// Takes away what dead workers left.
async fn tidy(app: &App) {
    let age = app.settings.sweep;
    if let Err(error) = app.sweep(age).await {
        eprintln!("sweep: [{}] {error}", error.code());
    }
    let entries = |folder| fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries(app.reading_folder()) {
        let changed = entry.metadata().and_then(|meta| meta.modified()).ok();
        if changed.is_some_and(|at| at.elapsed().is_ok_and(|old| old >= age)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    for entry in entries(app.work_folder()) {
        let id = entry.file_name().to_string_lossy().into_owned();
        if (app.queue.get(&id).await).is_ok_and(|job| job.state.is_final()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// How a child's work ended.
enum Ended {
    /// By itself, with this code; none when it was killed by a signal that is not ours.
    Exit(Option<i32>),
    /// The job is no longer ours.
    Lost,
    /// Someone asked for its end.
    Cancelled,
    /// The worker is to end.
    Released,
}

/// Carries out one job.
async fn one(app: &App, job: &Job, lease: &Lease) -> Result<(), Error> {
    let whole = app.work_folder().join(&job.id);
    let done = attempt(app, job, lease, &whole).await;
    match &done {
        // It has ended, by us.
        Ok(true) => drop(fs::remove_dir_all(&whole)),
        // It is to go on elsewhere.
        Ok(false) => {}
        // Another goes on with it, or it has ended without us.
        Err(Error::LostLease) => drop(fs::remove_dir_all(whole.join(job.attempt.to_string()))),
        // Nobody knows; what there is may be needed.
        Err(_) => {}
    }
    done.map(drop)
}

/// One attempt at a job, in a folder of `whole`. True when the job has ended.
async fn attempt(app: &App, job: &Job, lease: &Lease, whole: &Path) -> Result<bool, Error> {
    let failed = async |failure: &Failure, left: &[Said]| {
        let last = closing(left, "failed");
        settle(app, &job.id, || lease.fail(failure, &last)).await
    };
    let order: Order = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(e) => {
            failed(&failure("server/payload", &e.to_string()), &[]).await?;
            return Ok(true);
        }
    };
    let heart = Heart::start(lease)?;
    let (place, child) = match Place::make(app, whole, job, &order).await {
        Ok(both) => both,
        Err(error) => {
            eprintln!("job {}: {error}", job.id);
            let told = not_begun(error.kind() == std::io::ErrorKind::StorageFull);
            failed(&told, &stop(heart).await).await?;
            return Ok(true);
        }
    };
    let mut telling = Telling::new(job.attempt);
    let mut ended = follow(app, child, &heart, &mut telling, &place).await;
    // The heart beats while the files are stored.
    let stored = match ended {
        Ended::Exit(Some(0 | 3)) => Some(results::collect(app, &place.output).await),
        _ => None,
    };
    if heart.pulse() == Pulse::Lost {
        ended = Ended::Lost;
    }
    let left = stop(heart).await;
    match ended {
        Ended::Lost => return Err(Error::LostLease),
        Ended::Cancelled => {
            let last = closing(&left, "cancelled");
            settle(app, &job.id, || lease.cancelled(&last)).await?;
        }
        Ended::Released => {
            settle(app, &job.id, || lease.release()).await?;
            return Ok(false);
        }
        Ended::Exit(Some(_)) => match stored {
            Some(Ok((summary, files))) => commit(app, job, lease, &summary, &files, &left).await?,
            Some(Err(error)) => {
                eprintln!("job {}: [{}] {error}", job.id, error.code());
                failed(&not_stored(error.is_full()), &left).await?;
            }
            None => failed(&telling.failure(), &left).await?,
        },
        // Killed: by the kernel for its memory, or by its own abort. As if this worker had died.
        Ended::Exit(None) => {
            settle(app, &job.id, || lease.abandon()).await?;
            app.queue.bury().await?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Commits a result, unless the job was cancelled meanwhile.
async fn commit(
    app: &App,
    job: &Job,
    lease: &Lease,
    summary: &str,
    files: &[Artifact],
    left: &[Said],
) -> Result<(), Error> {
    fail_point::pass("after-rename");
    let last = closing(left, "succeeded");
    let done = settle(app, &job.id, || lease.succeed(summary, files, &last)).await;
    fail_point::pass("after-commit");
    match done {
        Err(Error::Cancelled) => {
            let last = closing(left, "cancelled");
            settle(app, &job.id, || lease.cancelled(&last)).await
        }
        other => other,
    }
}

fn failure(code: &str, message: &str) -> Failure {
    Failure {
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

fn disk_full() -> Failure {
    failure(
        "server/disk-full",
        "The service has no room left on its disk. Try again when its keeper has made room.",
    )
}

fn not_begun(full: bool) -> Failure {
    if full {
        return disk_full();
    }
    failure(
        "server/not-begun",
        "The run could not be begun: its folder could not be made, or its data is gone.",
    )
}

fn not_stored(full: bool) -> Failure {
    if full {
        return disk_full();
    }
    failure("server/not-stored", "The results could not be stored.")
}

/// Listens to the child until it ends, or has to.
async fn follow(
    app: &App,
    started: Started,
    heart: &Heart,
    telling: &mut Telling,
    place: &Place,
) -> Ended {
    let Started { mut child, leash } = started;
    let Some(stdout) = child.stdout.take() else {
        return Ended::Exit(Some(1));
    };
    let mut lines = BufReader::new(stdout).lines();
    let mut look = tokio::time::interval(LOOK);
    let mut marked = None;
    let ended = loop {
        tokio::select! {
            line = lines.next_line() => match line {
                Ok(Some(line)) => telling.hear(&line, heart),
                _ => {
                    let status = child.wait().await;
                    break Ended::Exit(status.ok().and_then(|s| s.code()));
                }
            },
            _ = look.tick() => {
                match heart.pulse() {
                    Pulse::Beating => {}
                    Pulse::CancelAsked => break Ended::Cancelled,
                    Pulse::Lost => break Ended::Lost,
                }
                let now = place.mark();
                if now != marked {
                    if let Some(mark) = &now {
                        heart.mark(mark.clone());
                    }
                    marked = now;
                }
                telling.flush(heart);
            }
            () = app.to_end() => break Ended::Released,
        }
    };
    drop(leash);
    if !matches!(ended, Ended::Exit(_)) {
        let _ = child.kill().await;
    }
    telling.flush(heart);
    ended
}
