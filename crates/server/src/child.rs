//! Children: the same binary, with bounds on its memory, for all that reads a table. A child ends when
//! the process that started it does: it holds the other end of its standard input.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::problem::{Problem, ProblemBody};
use crate::settings::Settings;

/// A command of the binary under the service's bounds.
pub(crate) fn command(settings: &Settings, arguments: &[String]) -> Command {
    let mut command = Command::new(&settings.binary);
    command
        .args(arguments)
        .args(settings.limits.arguments())
        .arg("--leash")
        .args(["--address-space", &settings.limits.memory.to_string()])
        .args(["--threads", &settings.threads.to_string()])
        .env("NO_COLOR", "1")
        .env_remove("VERDANCY_DATABASE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

/// What `verdancy inspect` says of a table, as JSON.
pub(crate) async fn inspect(
    settings: &Settings,
    file: &Path,
    schema: Option<&Path>,
    more: &[String],
) -> Result<Value, Problem> {
    let mut arguments = vec!["inspect".to_owned(), "--progress=json".to_owned()];
    if !more.iter().any(|a| a.starts_with("--format=")) {
        arguments.push("--format=json".to_owned());
    }
    arguments.push(file.display().to_string());
    if let Some(schema) = schema {
        arguments.extend(["--schema".to_owned(), schema.display().to_string()]);
    }
    arguments.extend_from_slice(more);
    let child = command(settings, &arguments).spawn()?;
    let output = ended(child, Duration::from_secs(settings.limits.reading)).await?;
    let text = String::from_utf8_lossy(&output.stdout);
    if output.status.success()
        && let Some(at) = text
            .find("\n{\n")
            .map(|at| at + 1)
            .or(text.starts_with("{\n").then_some(0))
        && let Ok(found) = serde_json::from_str(&text[at..])
    {
        return Ok(found);
    }
    Err(refused(&text, output.status.code()))
}

/// Waits for a child, at most so long; its standard input stays open until then.
async fn ended(mut child: Child, limit: Duration) -> Result<Output, Problem> {
    let leash = child.stdin.take();
    let done = tokio::time::timeout(limit, child.wait_with_output()).await;
    drop(leash);
    match done {
        Ok(output) => Ok(output?),
        Err(_) => Err(Problem::bad(
            "server/too-slow",
            "The table could not be read in the time allowed.",
            "Upload a smaller table.",
        )),
    }
}

/// The error that a child told, as a problem.
pub(crate) fn refused(lines: &str, code: Option<i32>) -> Problem {
    match told(lines) {
        Some(body) if code == Some(2) => Problem {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            body,
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

/// The error line among a child's lines.
pub(crate) fn told(lines: &str) -> Option<ProblemBody> {
    let line = (lines.lines().rev()).find(|l| l.starts_with("{\"event\":\"error\""))?;
    let value: Value = serde_json::from_str(line).ok()?;
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Some(ProblemBody {
        code: text("code"),
        message: text("message"),
        remedy: text("remedy"),
        line: value["line"].as_u64(),
        column: value["column"].as_str().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_tells_is_passed_on_without_its_paths() {
        let lines = "{\"event\":\"stage\",\"stage\":\"read\"}\n{\"event\":\"error\",\"code\":\"table/ragged-row\",\
            \"message\":\"m\",\"file\":\"/secret/place\",\"line\":7,\"column\":null,\"remedy\":\"r\"}\n";
        let problem = refused(lines, Some(2));
        assert_eq!(problem.body.code, "table/ragged-row");
        assert_eq!(problem.body.line, Some(7));
        assert!(!format!("{problem:?}").contains("secret"));
        assert_eq!(refused("", None).body.code, "server/too-large");
        assert_eq!(
            refused("", Some(1)).status,
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }
}
