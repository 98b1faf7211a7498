//! Children: the same binary, with bounds on its memory, for all that reads a table. A child gets its task on
//! its standard input, answers with events, and ends when the process that started it does: that
//! holds the other end of its standard input.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};
use verdancy_engine::options::Asked;
use verdancy_engine::{Document, Event, FirstRows, Inspection, Options, Refusal, Task, Work};
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
    task.address_space = Some(settings.limits.memory);
    let line = task.line().map_err(std::io::Error::other)?;
    let mut child = Command::new(&settings.binary)
        .arg("child")
        .env("NO_COLOR", "1")
        .env_remove("VERDANCY_DATABASE")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut leash = child.stdin.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
    leash.write_all(line.as_bytes()).await?;
    leash.flush().await?;
    Ok(Started { child, leash })
}

/// The plan whose estimate costs nothing.
fn cheap() -> Options {
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
    plan: Option<Options>,
) -> Result<Inspection, Problem> {
    let options = Options {
        schema: schema.map(|text| Document::Text(text.to_owned())),
        ..plan.unwrap_or_else(cheap)
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
        address_space: None,
    };
    let started = start(settings, task, &[]).await?;
    let limit = Duration::from_secs(settings.limits.reading);
    let done = tokio::time::timeout(limit, started.child.wait_with_output()).await;
    drop(started.leash);
    let output = done.map_err(|_| {
        Problem::bad(
            "server/too-slow",
            "The table could not be read in the time allowed.",
            "Upload a smaller table.",
        )
    })??;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().next_back().and_then(Event::of_line);
    match last {
        Some(event) if output.status.success() => Ok(event),
        last => Err(refused(last, output.status.code())),
    }
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
fn body(told: Refusal) -> ProblemBody {
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
