//! The worker: takes a job, lets a child do it, passes on what the child says, and commits the
//! result. It never reads a table itself.

mod asked;
mod events;
mod follow;
mod place;
mod results;
mod settle;

use std::fs;
use std::path::Path;
use std::time::Duration;

use verdancy_fail_point as fail_point;
use verdancy_jobs::{Artifact, Error, Failure, Heart, Job, Lease, Pulse, Said};

use crate::app::App;
use crate::{desk, forget, sample, sessions, ways};
use asked::Asked;
use events::Telling;
use follow::{Ended, Watch};
use place::Place;
use settle::{closing, settle, stop};

/// Time between looks at the queue when there was nothing to do.
const IDLE: Duration = Duration::from_millis(400);
/// Time after which a worker that is to end no longer waits for anything.
const LAST: Duration = Duration::from_secs(25);

/// Works until `ending` is told true; finishes nothing then, but gives the job back.
///
/// # Errors
/// An environment error when the database or the data folder cannot be opened.
pub async fn work(settings: crate::Settings) -> crate::Result<()> {
    let app = App::open(settings).await?;
    app.end_on_signal();
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
                if let Err(error) = forget::doomed(&app).await {
                    eprintln!("deletion: [{}] {error}", error.code());
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
    for (what, done) in [
        ("sessions", sessions::sweep(app).await),
        ("sign-ins", ways::sweep(app).await),
        ("encryption", reseal(app).await),
        ("retention", forget::overdue(app).await),
        ("deletion", forget::doomed(app).await),
    ] {
        if let Err(error) = done {
            eprintln!("{what}: [{}] {error}", error.code());
        }
    }
    if let Err(error) = desk::clear(&app.reading_folder()) {
        eprintln!("sweep: {error}");
    }
    let entries = |folder| fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries(app.work_folder()) {
        let id = entry.file_name().to_string_lossy().into_owned();
        let over = match app.queue.get(&id).await {
            Ok(job) => job.state.is_final(),
            Err(error) => matches!(error, Error::Unknown),
        };
        if over {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Seals what was stored without the first of the keys.
async fn reseal(app: &App) -> Result<(), Error> {
    app.records.reseal().await?;
    sample::reseal(app).await?;
    let store = app.store.clone();
    let done = tokio::task::spawn_blocking(move || store.reseal()).await;
    match done.unwrap_or(Ok(0))? {
        0 => {}
        files => eprintln!("{files} stored files are encrypted with the first key now"),
    }
    Ok(())
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
    let asked = match Asked::of(job) {
        Ok(asked) => asked,
        Err(e) => {
            failed(&failure("server/payload", &e.to_string()), &[]).await?;
            return Ok(true);
        }
    };
    let heart = Heart::start(lease)?;
    let (place, child) = match Place::make(app, whole, job, &asked).await {
        Ok(both) => both,
        Err(error) => {
            eprintln!("job {}: {error}", job.id);
            let told = not_begun(error.kind() == std::io::ErrorKind::StorageFull);
            failed(&told, &stop(heart).await).await?;
            return Ok(true);
        }
    };
    let mut telling = Telling::new(job.attempt);
    let watch = Watch {
        app,
        job,
        heart: &heart,
        place: &place,
        bounded: asked.bounded(),
    };
    let mut ended = watch.follow(child, &mut telling).await;
    // The heart beats while the files are stored.
    let stored = match ended {
        Ended::Exit(Some(0 | 3)) => Some(asked.collect(app, &place, &telling).await),
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
        Ended::Over(why) => failed(&why, &left).await?,
        Ended::Exit(Some(_)) => match stored {
            Some(Ok((summary, files))) => commit(app, job, lease, &summary, &files, &left).await?,
            Some(Err(error)) => {
                eprintln!("job {}: [{}] {error}", job.id, error.code());
                failed(&not_stored(&error), &left).await?;
            }
            None => failed(&asked.failure(app, &telling), &left).await?,
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
        "The work could not be begun: its folder could not be made, or its data is gone.",
    )
}

fn not_stored(error: &Error) -> Failure {
    match error {
        error if error.is_full() => disk_full(),
        Error::Row(what) if what == results::TOO_LARGE => failure(
            "server/results-too-large",
            "The files of the run are larger than the service keeps. Ask for fewer rows.",
        ),
        _ => failure("server/not-stored", "The results could not be stored."),
    }
}
