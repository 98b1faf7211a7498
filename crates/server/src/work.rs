//! The worker: takes a job, lets a child do it, passes on what the child says, and commits the
//! result. It never reads a table itself.

mod events;
mod results;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use verdancy_jobs::{Error, Failure, Heart, Job, Lease, Pulse, Said, fail_point};

use crate::app::App;
use crate::order::{Order, file_name};
use crate::{Settings, child};
use events::Telling;

/// Time between looks at the queue when there was nothing to do.
const IDLE: Duration = Duration::from_millis(400);
/// Time between looks at the pulse of a running job.
const LOOK: Duration = Duration::from_millis(100);
/// Files that no row names are taken away when they are older than this.
const SWEEP_AGE: Duration = Duration::from_secs(3600);

/// Works until `ending` is told true; finishes nothing then, but gives the job back.
///
/// # Errors
/// An environment error when the database or the data folder cannot be opened.
pub async fn work(settings: Settings) -> crate::Result<()> {
    let app = App::open(settings)
        .await
        .map_err(crate::serve::not_opened)?;
    crate::serve::end_on_signal(&app);
    works(app).await;
    Ok(())
}

/// The worker's life.
pub(crate) async fn works(app: App) {
    let owner = uuid::Uuid::new_v4().simple().to_string();
    let mut ending = app.ending.subscribe();
    let mut pause = IDLE;
    let mut swept = std::time::Instant::now();
    tidy(&app).await;
    while !*ending.borrow() {
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
                    _ = ending.changed() => {}
                }
            }
            Err(error) => {
                eprintln!("queue: [{}] {error}", error.code());
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = ending.changed() => {}
                }
                pause = (pause * 2).min(Duration::from_secs(5));
            }
        }
        if swept.elapsed() > SWEEP_AGE {
            tidy(&app).await;
            swept = std::time::Instant::now();
        }
    }
}

/// Takes away what dead workers left.
async fn tidy(app: &App) {
    if let Err(error) = app.sweep(SWEEP_AGE).await {
        eprintln!("sweep: [{}] {error}", error.code());
    }
    for entry in fs::read_dir(app.work_folder())
        .into_iter()
        .flatten()
        .flatten()
    {
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
    let order: Order = match serde_json::from_str(&job.payload) {
        Ok(order) => order,
        Err(e) => {
            return lease
                .fail(&failure("server/payload", e.to_string()), &[])
                .await;
        }
    };
    let heart = Heart::start(lease)?;
    let whole = app.work_folder().join(&job.id);
    let begun = Place::make(app, &whole, job, &order);
    let (place, child) = match begun {
        Ok(both) => both,
        Err(error) => {
            let left = heart.stop();
            let code = if error.kind() == std::io::ErrorKind::StorageFull {
                "server/disk-full"
            } else {
                "server/not-begun"
            };
            let words = "The run could not be begun; the service's disk may be full.".to_owned();
            eprintln!("job {}: {error}", job.id);
            return lease.fail(&failure(code, words), &left).await;
        }
    };
    let mut telling = Telling::new(job.attempt);
    let ended = follow(app, child, &heart, &mut telling, &place.checkpoints).await;
    let result = match ended {
        Ended::Lost => {
            drop(heart);
            Err(Error::LostLease)
        }
        Ended::Cancelled => lease.cancelled(&last(heart, "cancelled")).await,
        Ended::Released => {
            drop(heart);
            return lease.release().await;
        }
        Ended::Exit(Some(0 | 3)) => match results::collect(app, &place.output) {
            Ok((summary, files)) => {
                fail_point::pass("after-rename");
                let left = last(heart, "succeeded");
                let done = lease.succeed(&summary, &files, &left).await;
                fail_point::pass("after-commit");
                match done {
                    Err(Error::Cancelled) => lease.cancelled(&left).await,
                    other => other,
                }
            }
            Err(error) => {
                eprintln!("job {}: [{}] {error}", job.id, error.code());
                let words = "The results could not be stored; the service's disk may be full.";
                lease
                    .fail(
                        &failure("server/not-stored", words.to_owned()),
                        &last(heart, "failed"),
                    )
                    .await
            }
        },
        Ended::Exit(Some(_)) => {
            let told = telling.failure();
            lease.fail(&told, &last(heart, "failed")).await
        }
        // Killed: by the kernel for its memory, or by its own abort. As if this worker had died.
        Ended::Exit(None) => {
            drop(heart);
            lease.abandon().await?;
            app.queue.bury().await?;
            return Ok(());
        }
    };
    if !matches!(result, Err(Error::LostLease)) {
        let _ = fs::remove_dir_all(&whole);
    } else {
        let _ = fs::remove_dir_all(&place.folder);
    }
    result
}

fn failure(code: &str, message: String) -> Failure {
    Failure {
        code: code.to_owned(),
        message,
    }
}

/// Stops the heart; what it had not written, and the end.
fn last(heart: Heart, state: &str) -> Vec<Said> {
    let mut left = heart.stop();
    left.push(Said {
        kind: "end".to_owned(),
        body: format!("{{\"event\":\"end\",\"state\":\"{state}\"}}"),
    });
    left
}

/// The folder of one attempt at a job.
struct Place {
    folder: PathBuf,
    output: PathBuf,
    checkpoints: PathBuf,
}

impl Place {
    /// Makes the folder, hands over the checkpoints of the attempt before, and starts the child.
    fn make(app: &App, whole: &Path, job: &Job, order: &Order) -> std::io::Result<(Place, Child)> {
        let folder = whole.join(job.attempt.to_string());
        fs::create_dir_all(&folder)?;
        let place = Place {
            output: folder.join("out"),
            checkpoints: folder.join("checkpoints"),
            folder: folder.clone(),
        };
        if let Some(before) = (1..job.attempt)
            .rev()
            .map(|n| whole.join(n.to_string()).join("checkpoints"))
            .find(|p| p.is_dir())
        {
            copy(&before, &place.checkpoints)?;
        }
        let content = (app.store.path(&order.hash))
            .ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))?;
        let data = folder.join(file_name(&order.name));
        std::os::unix::fs::symlink(fs::canonicalize(content)?, &data)?;
        let schema = folder.join("schema.toml");
        fs::write(&schema, &order.schema_toml)?;
        let mut arguments = vec!["synth".to_owned(), data.display().to_string()];
        let mut file = |flag: &str, path: &Path| {
            arguments.extend([flag.to_owned(), path.display().to_string()]);
        };
        file("--schema", &schema);
        file("--output", &place.output);
        file("--checkpoints", &place.checkpoints);
        arguments.extend(["--progress".to_owned(), "json".to_owned()]);
        arguments.extend(order.run.arguments());
        let child = child::command(&app.settings, &arguments)
            .env("VERDANCY_HISTORY", app.settings.data.join("runs.jsonl"))
            .spawn()?;
        Ok((place, child))
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A name for the state of the checkpoints: their files, sizes and times.
fn mark(folder: &Path) -> Option<String> {
    fn walk(folder: &Path, hasher: &mut blake3::Hasher, files: &mut usize) {
        let mut all: Vec<_> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        all.sort_by_key(fs::DirEntry::file_name);
        for entry in all {
            if let Ok(meta) = entry.metadata() {
                if meta.is_dir() {
                    walk(&entry.path(), hasher, files);
                } else if let Ok(time) = meta.modified() {
                    hasher.update(
                        format!("{:?} {} {time:?}", entry.file_name(), meta.len()).as_bytes(),
                    );
                    *files += 1;
                }
            }
        }
    }
    let (mut hasher, mut files) = (blake3::Hasher::new(), 0);
    walk(folder, &mut hasher, &mut files);
    (files > 0).then(|| hasher.finalize().to_hex()[..16].to_owned())
}

/// Listens to the child until it ends, or has to.
async fn follow(
    app: &App,
    mut child: Child,
    heart: &Heart,
    telling: &mut Telling,
    checkpoints: &Path,
) -> Ended {
    let mut ending = app.ending.subscribe();
    // Held open as the child's leash.
    let leash = child.stdin.take();
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
                let now = mark(checkpoints);
                if now != marked {
                    if let Some(mark) = &now {
                        heart.mark(mark.clone());
                    }
                    marked = now;
                }
                telling.flush(heart);
            }
            _ = ending.changed() => if *ending.borrow() { break Ended::Released },
        }
    };
    drop(leash);
    if !matches!(ended, Ended::Exit(_)) {
        let _ = child.kill().await;
    }
    telling.flush(heart);
    ended
}
