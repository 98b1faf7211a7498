//! The stream of what happens in a run: server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use verdancy_jobs::EventRow;

use super::extract::Path;
use crate::actor::Actor;
use crate::app::App;
use crate::problem::{Problem, ProblemBody};
use crate::shares::Place;

/// Time between looks at the database while nothing happens: the first, and at most.
const LOOK: Duration = Duration::from_millis(500);
const LOOK_AT_MOST: Duration = Duration::from_secs(2);
/// Events read at a time.
const READ: i64 = 500;

/// Where a stream goes on.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)] // Read from the headers, described here.
pub(crate) struct After {
    /// Number of the last event that was received.
    #[param(rename = "Last-Event-ID", minimum = 0, value_type = i64, required = false)]
    last_event_id: Option<i64>,
}

/// One event of the stream.
#[derive(Serialize, ToSchema)]
#[allow(dead_code)] // Written as text, described here.
pub(crate) struct Happened {
    /// Its number, to go on from; the last event has none.
    id: Option<String>,
    /// What kind, as in `verdancy synth --progress json`; `state` for the last.
    event: String,
    /// JSON: what happened, or the run's state at its end.
    data: String,
}

/// What happens in a run, as it happens; with `Last-Event-ID`, from there on. Ends with the run.
#[utoipa::path(get, path = "/v1/runs/{id}/events", tag = "runs",
    params(("id" = String, Path), After),
    responses((status = OK, body = Happened, content_type = "text/event-stream"),
        (status = NOT_FOUND, body = ProblemBody), (status = UNPROCESSABLE_ENTITY, body = ProblemBody),
        (status = UNAUTHORIZED, body = ProblemBody),
        (status = SERVICE_UNAVAILABLE, body = ProblemBody)))]
pub(crate) async fn events(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let run = super::find(&app, &actor, &id).await?;
    let after = match headers.get("last-event-id") {
        None => 0,
        Some(value) => (value.to_str().ok())
            .and_then(|v| v.parse::<i64>().ok())
            .filter(|after| *after >= 0)
            .ok_or_else(|| {
                Problem::bad(
                    "server/not-understood",
                    "The Last-Event-ID is no number of an event.",
                    "Send the id of an event of this run, or none.",
                )
            })?,
    };
    // A stream may last as long as its run.
    let longest = Duration::from_secs(app.settings.limits.run);
    let place = (app.watchers.try_take(actor.tenant())).map_err(|full| full.problem(longest))?;
    let keep = KeepAlive::new().interval(Duration::from_secs(15));
    Ok((
        [("x-accel-buffering", "no")],
        Sse::new(stream(app, run.id, after, place)).keep_alive(keep),
    ))
}

struct Watch {
    app: App,
    id: String,
    after: i64,
    waiting: VecDeque<EventRow>,
    ended: bool,
    pause: Duration,
    _place: Place,
}

fn stream(
    app: App,
    id: String,
    after: i64,
    place: Place,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let watch = Watch {
        app,
        id,
        after,
        waiting: VecDeque::new(),
        ended: false,
        pause: LOOK,
        _place: place,
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
                    _ => {
                        tokio::time::sleep(watch.pause).await;
                        watch.pause = (watch.pause * 5 / 4).min(LOOK_AT_MOST);
                    }
                },
                Ok(rows) => {
                    watch.pause = LOOK;
                    watch.waiting.extend(rows);
                }
                Err(_) => tokio::time::sleep(4 * LOOK).await,
            }
        }
    })
}
