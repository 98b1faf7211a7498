//! Children: the same binary, with bounds on its memory, for all that reads a table. A child gets its task on
//! its standard input, answers with events, and ends when the process that started it does: that
//! holds the other end of its standard input.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use verdancy_engine::options::Asked;
use verdancy_engine::{
    Bounds, Document, Event, FirstRows, Inspection, Options, Refusal, Task, Wanted, Work,
};
use verdancy_synth::Method;
use verdancy_table::Door;

use crate::problem::{Problem, ProblemBody};
use crate::settings::Settings;

/// A child that the service started, and what keeps it alive.
pub(crate) struct Started {
    pub child: Child,
    /// The child ends when this is dropped.
    pub leash: ChildStdin,
}

/// Starts a child on `task`, under the service's bounds, with further variables of its environment.
pub(crate) async fn start(
    settings: &Settings,
    mut task: Task,
    variables: &[(&str, &Path)],
) -> std::io::Result<Started> {
    task.options.limits = settings.limits.table.clone();
    task.options.threads = Some(settings.threads);
    task.bounds = bounds(settings, &task.work);
    let line = task.line().map_err(std::io::Error::other)?;
    let mut child = Command::new(&settings.binary)
        .arg("child")
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| INHERITED.iter().any(|own| name == own)))
        .env("NO_COLOR", "1")
        .envs((settings.keys.is_some()).then_some(("TMPDIR", &settings.scratch)))
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut leash = child.stdin.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
    match leash.write_all(line.as_bytes()).await {
        // It died before it had read its task: how it ended says so, to whoever follows it.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(Started { child, leash })
}

/// What a child gets of the service's environment: nothing that opens anything.
const INHERITED: [&str; 9] = [
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "VERDANCY_CHECKPOINT_SECONDS",
    "VERDANCY_FAIL_FILE",
];

/// Seconds beyond its limit after which the kernel ends a child that the service has not ended.
const LATE: u64 = 600;

/// What a child may take of the machine. Whoever reads writes nothing.
fn bounds(settings: &Settings, work: &Work) -> Bounds {
    let limits = &settings.limits;
    let (seconds, bytes) = match work {
        Work::Synth { .. } | Work::Sample { .. } => {
            (limits.run.saturating_add(LATE), limits.results)
        }
        Work::Inspect | Work::FirstRows { .. } | Work::Check { .. } => (limits.reading, 0),
    };
    Bounds {
        address_space: Some(limits.memory),
        processor_seconds: Some(seconds.saturating_mul(settings.threads.max(1) as u64)),
        file_bytes: Some(bytes),
    }
}

/// The plan whose estimate costs nothing.
pub(crate) fn cheap() -> Options {
    Options {
        method: Some(Asked::Only(Method::GaussianCopula)),
        ..Options::default()
    }
}

/// What is understood of a table; `plan` says of what run the cost is estimated.
pub(crate) async fn inspect(
    settings: &Settings,
    file: &Path,
    schema: Option<&str>,
    plan: Options,
) -> Result<Inspection, Problem> {
    let options = Options {
        schema: schema.map(|text| Document::Text(text.to_owned())),
        ..plan
    };
    match answer(settings, Work::Inspect, file, options).await? {
        Event::Inspected { mut inspection } => {
            for (_, warning) in &mut inspection.warnings {
                *warning = Door::Service.spoken(warning);
            }
            Ok(*inspection)
        }
        _ => Err(Problem::internal()),
    }
}

/// The first rows of a table.
pub(crate) async fn first_rows(
    settings: &Settings,
    file: &Path,
    count: u32,
) -> Result<FirstRows, Problem> {
    let work = Work::FirstRows {
        count: count as usize,
    };
    match answer(settings, work, file, cheap()).await? {
        Event::FirstRows { first } => Ok(first),
        _ => Err(Problem::internal()),
    }
}

/// Whether a model of this schema can be asked for rows like this; `data` is a table of given cells.
pub(crate) async fn check(
    settings: &Settings,
    data: &Path,
    wanted: Wanted,
    rows: Option<u64>,
    schema: String,
) -> Result<(), Problem> {
    let options = Options {
        rows,
        schema: Some(Document::Text(schema)),
        ..Options::default()
    };
    match answer(settings, Work::Check { wanted }, data, options).await? {
        Event::Checked {} => Ok(()),
        _ => Err(Problem::internal()),
    }
}

/// The last event of a child that reads `file`.
async fn answer(
    settings: &Settings,
    work: Work,
    file: &Path,
    options: Options,
) -> Result<Event, Problem> {
    let task = Task {
        work,
        data: file.to_path_buf(),
        options,
        bounds: Bounds::default(),
    };
    let Started { mut child, leash } = start(settings, task, &[]).await?;
    let limit = Duration::from_secs(settings.limits.reading);
    // Dropped before its end, the child is killed.
    let done = tokio::time::timeout(limit, heard(&mut child, settings.limits.answer)).await;
    drop(leash);
    let (text, status) = done.map_err(|_| {
        Problem::bad(
            "server/too-slow",
            "The table could not be read in the time allowed.",
            "Upload a smaller table.",
        )
    })??;
    let Some(status) = status else {
        return Err(Problem::bad(
            "server/answer-too-large",
            "What there is to say of the table is more than the service takes in.",
            "Upload a table with fewer columns, shorter names or shorter texts.",
        ));
    };
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().next_back().and_then(Event::of_line);
    match last {
        Some(event) if status.success() => Ok(event),
        last => Err(refused(last, status.code())),
    }
}

/// What a child says, and how it ends; no end where it says more than `most` bytes.
async fn heard(child: &mut Child, most: u64) -> std::io::Result<(Vec<u8>, Option<ExitStatus>)> {
    let mut text = Vec::new();
    let said = child.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
    said.take(most.saturating_add(1))
        .read_to_end(&mut text)
        .await?;
    if text.len() as u64 > most {
        child.kill().await?;
        return Ok((Vec::new(), None));
    }
    Ok((text, Some(child.wait().await?)))
}

/// The last event of a child that failed, as a problem.
fn refused(last: Option<Event>, code: Option<i32>) -> Problem {
    match last {
        Some(Event::Error(told)) if code == Some(2) => Problem {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            body: body(told),
            retry_after: None,
        },
        _ if code.is_none() => Problem::bad(
            "server/too-large",
            "The table takes more memory than the service allows.",
            "Upload a smaller table.",
        ),
        _ => Problem::internal(),
    }
}

/// An error without the paths of this machine.
pub(crate) fn body(told: Refusal) -> ProblemBody {
    ProblemBody {
        code: told.code,
        message: Door::Service.spoken(&told.message),
        remedy: Door::Service.spoken(&told.remedy),
        line: told.line,
        column: told.column,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A program that says `line` in the child's place.
    fn speaking(folder: &Path, script: &str) -> Settings {
        use std::os::unix::fs::PermissionsExt;
        let binary = folder.join("speaks");
        std::fs::write(&binary, format!("#!/bin/sh\nread task\n{script}\n")).unwrap();
        std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o700)).unwrap();
        let limits = crate::settings::Limits {
            answer: 1000,
            reading: 5,
            ..Default::default()
        };
        Settings {
            binary,
            ..crate::trial::settings(folder, true, limits)
        }
    }

    #[tokio::test]
    async fn a_child_that_says_too_much_is_not_listened_to() {
        let folder = tempfile::tempdir().unwrap();
        let code = async |script: &str| {
            let settings = speaking(folder.path(), script);
            let asked = inspect(&settings, Path::new("/nowhere"), None, cheap());
            asked.await.unwrap_err().body.code
        };
        assert_eq!(code("yes").await, "server/answer-too-large");
        assert_eq!(code("exec sleep 60").await, "server/too-slow");
        assert_eq!(code("echo nonsense").await, "server/internal");
        assert_eq!(code("kill -9 $$").await, "server/too-large");
    }

    #[tokio::test]
    async fn a_child_that_dies_before_it_has_its_task_is_started_all_the_same() {
        use std::os::unix::process::ExitStatusExt;
        let folder = tempfile::tempdir().unwrap();
        let mut settings = speaking(folder.path(), "");
        std::fs::write(&settings.binary, "#!/bin/sh\nkill -9 $$\n").unwrap();
        settings.limits.reading = 60;
        // More than a pipe holds: it cannot be written to the end unless somebody reads it.
        let schema = "#".repeat(1 << 20);
        let task = Task {
            work: Work::Inspect,
            data: "/nowhere".into(),
            options: Options {
                schema: Some(Document::Text(schema.clone())),
                ..cheap()
            },
            bounds: Bounds::default(),
        };
        let mut started = start(&settings, task, &[]).await.unwrap();
        let status = started.child.wait().await.unwrap();
        assert_eq!(status.signal(), Some(9));
        let asked = inspect(&settings, Path::new("/nowhere"), Some(&schema), cheap());
        assert_eq!(asked.await.unwrap_err().body.code, "server/too-large");
    }

    #[tokio::test]
    async fn a_child_knows_nothing_of_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("env");
        let settings = speaking(folder.path(), &format!("env > {}", out.display()));
        // Cargo's own variables stand for keys of a cloud.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let _ = inspect(&settings, Path::new("/nowhere"), None, cheap()).await;
        let names = std::fs::read_to_string(out).unwrap();
        assert!(names.contains("NO_COLOR=1"));
        for line in names.lines() {
            let name = line.split('=').next().unwrap();
            let shell = ["PWD", "SHLVL", "_", "OLDPWD", "NO_COLOR"];
            assert!(INHERITED.contains(&name) || shell.contains(&name), "{name}");
        }
    }

    #[test]
    fn what_a_child_tells_is_passed_on_without_its_paths() {
        let line = "{\"event\":\"error\",\"code\":\"table/ragged-row\",\
            \"message\":\"m\",\"file\":\"/secret/place\",\"line\":7,\"column\":null,\"remedy\":\"r\"}";
        let problem = refused(Event::of_line(line), Some(2));
        assert_eq!(problem.body.code, "table/ragged-row");
        assert_eq!(problem.body.line, Some(7));
        assert!(!format!("{problem:?}").contains("secret"));
        assert_eq!(refused(None, None).body.code, "server/too-large");
        assert_eq!(
            refused(None, Some(1)).status,
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }
}
