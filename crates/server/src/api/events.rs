//! The stream of what happens in a run (server-sent events), and CSV that is safe in spreadsheets.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use tokio::io::{AsyncReadExt, BufReader};
use verdancy_jobs::EventRow;

use super::extract::Path;
use crate::access::Actor;
use crate::app::App;
use crate::problem::{Problem, ProblemBody};

/// Time between looks at the database while nothing happens.
const LOOK: Duration = Duration::from_millis(500);
/// Events read at a time.
const READ: i64 = 500;

/// What happens in a run, as it happens; with `Last-Event-ID`, from there on. Ends with the run.
#[utoipa::path(get, path = "/v1/runs/{id}/events", tag = "runs",
    params(("id" = String, Path), ("Last-Event-ID" = Option<i64>, Header)),
    responses((status = OK, body = String, content_type = "text/event-stream"),
        (status = NOT_FOUND, body = ProblemBody), (status = UNAUTHORIZED, body = ProblemBody)))]
pub(crate) async fn events(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let run = super::find(&app, &actor, &id).await?;
    let after = (headers.get("last-event-id"))
        .and_then(|v| v.to_str().ok()?.parse::<i64>().ok())
        .unwrap_or(0);
    let keep = KeepAlive::new().interval(Duration::from_secs(15));
    Ok((
        [("x-accel-buffering", "no")],
        Sse::new(stream(app, run.id, after)).keep_alive(keep),
    ))
}

struct Watch {
    app: App,
    id: String,
    after: i64,
    waiting: VecDeque<EventRow>,
    ended: bool,
}

fn stream(app: App, id: String, after: i64) -> impl Stream<Item = Result<Event, Infallible>> {
    let watch = Watch {
        app,
        id,
        after,
        waiting: VecDeque::new(),
        ended: false,
    };
    futures_util::stream::unfold(watch, |mut watch| async move {
        loop {
            if let Some(row) = watch.waiting.pop_front() {
                watch.after = row.seq;
                let event = Event::default()
                    .id(row.seq.to_string())
                    .event(row.kind)
                    .data(row.body);
                return Some((Ok(event), watch));
            }
            if watch.ended || *watch.app.ending.borrow() {
                return None;
            }
            // The state first: what comes after it was read cannot be missed then.
            let state = watch.app.queue.get(&watch.id).await.map(|job| job.state);
            match watch.app.queue.events(&watch.id, watch.after, READ).await {
                Ok(rows) if rows.is_empty() => match state {
                    Ok(state) if state.is_final() => {
                        watch.ended = true;
                        let data = format!("{{\"state\":\"{}\"}}", state.name());
                        return Some((Ok(Event::default().event("state").data(data)), watch));
                    }
                    _ => tokio::time::sleep(LOOK).await,
                },
                Ok(rows) => watch.waiting.extend(rows),
                Err(_) => tokio::time::sleep(4 * LOOK).await,
            }
        }
    })
}

/// A CSV file with a quote before each cell that a spreadsheet would take for a formula.
pub(super) fn spreadsheet(path: PathBuf) -> impl Stream<Item = io::Result<Bytes>> {
    struct Reading {
        file: Option<BufReader<tokio::fs::File>>,
        path: PathBuf,
        safe: Safe,
    }
    let begin = Reading {
        file: None,
        path,
        safe: Safe::default(),
    };
    futures_util::stream::unfold(Some(begin), |reading| async move {
        let mut reading = reading?;
        if reading.file.is_none() {
            match tokio::fs::File::open(&reading.path).await {
                Ok(file) => reading.file = Some(BufReader::new(file)),
                Err(e) => return Some((Err(e), None)),
            }
        }
        let mut buffer = vec![0; 1 << 16];
        let file = reading.file.as_mut()?;
        match file.read(&mut buffer).await {
            Ok(0) => None,
            Ok(n) => {
                let out = reading.safe.pass(&buffer[..n]);
                Some((Ok(Bytes::from(out)), Some(reading)))
            }
            Err(e) => Some((Err(e), None)),
        }
    })
}

/// Follows quotes and ends of cells through the bytes of a CSV file.
#[derive(Debug, Default)]
struct Safe {
    quoted: bool,
    inside: bool,
}

impl Safe {
    fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 64);
        for &byte in bytes {
            let begins = !self.inside;
            match byte {
                b'"' => {
                    let opens = begins && !self.quoted;
                    self.quoted = !self.quoted;
                    out.push(byte);
                    // The cell's first character stands after its opening quote.
                    self.inside = !opens;
                    continue;
                }
                b',' | b';' | b'\t' | b'\n' | b'\r' if !self.quoted => {
                    self.inside = false;
                    out.push(byte);
                    continue;
                }
                b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | 0 if begins => out.push(b'\''),
                _ => {}
            }
            self.inside = true;
            out.push(byte);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cells_that_look_like_formulas_get_a_quote_wherever_chunks_end() {
        let text = "a,b\n=1+1,\"=cmd|x\"\n-3,x-y\n@s,\"a,\"\"=b\"\n+,\n";
        let safe = "a,b\n'=1+1,\"'=cmd|x\"\n'-3,x-y\n'@s,\"a,\"\"=b\"\n'+,\n";
        for size in 1..text.len() {
            let mut all = Vec::new();
            let mut state = Safe::default();
            for chunk in text.as_bytes().chunks(size) {
                all.extend(state.pass(chunk));
            }
            assert_eq!(String::from_utf8(all).unwrap(), safe, "chunks of {size}");
        }
    }
}
