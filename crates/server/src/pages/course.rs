//! The course of a run as its events tell it: stages, attempts, losses. What the page of a run shows while
//! the run is under way, and all that is left of one that failed or was cancelled.

use serde_json::{Value, json};
use verdancy_jobs::EventRow;
use verdancy_metrics::Status;
use verdancy_report::figures::{Line, LineChart, Tone, line_chart};
use verdancy_report::number;

use super::view;
use crate::api::view::Run;
use crate::app::App;
use crate::problem::Problem;

/// Events that are looked at.
const READ: i64 = 20_000;
/// Points of a line; more cannot be told apart on a screen.
const POINTS: usize = 240;

/// What the panel of `run` shows.
pub(super) async fn panel(app: &App, run: &Run) -> Result<Value, Problem> {
    let events = app.queue.events(&run.id, 0, READ).await?;
    let told: Vec<(&str, Value)> = (events.iter())
        .filter(|e| KINDS.contains(&e.kind.as_str()))
        .map(|e: &EventRow| {
            (
                e.kind.as_str(),
                serde_json::from_str(&e.body).unwrap_or_default(),
            )
        })
        .collect();
    let p = &run.progress;
    let said = |name: &str| p[name].as_f64();
    let at = view::stage(run);
    let steps: Vec<Value> = (view::STAGES.iter().enumerate())
        .map(|(i, name)| {
            let class = match i {
                i if i < at => "past",
                i if i == at => "now",
                _ => "",
            };
            json!({ "name": name, "class": class })
        })
        .collect();
    let elapsed = (run.started_at).map(|then| view::elapsed(then, run.finished_at));
    let training = at == 2;
    let last = (told.iter().rev()).find(|(kind, _)| *kind == "training");
    let held = (told.iter().rev())
        .filter(|(kind, _)| *kind == "training")
        .find_map(|(_, e)| e["progress"]["validation_loss"].as_f64());
    let attempt = match p["attempt"].as_u64() {
        Some(0) => "first answer".to_owned(),
        Some(n) => format!("attempt {n}"),
        None => String::new(),
    };
    let config = (told.iter().rev())
        .find(|(kind, _)| *kind == "parameters")
        .map(|(_, e)| e["config"].clone())
        .unwrap_or_default();
    let (used, set) = (
        config["method"].as_str().map(view::method),
        view::parameters(&config),
    );
    Ok(json!({
        "final": run.state.is_final(), "steps": steps, "stage": view::STAGES[at], "attempt": attempt,
        "begun": run.begun, "cancelling": run.state == verdancy_jobs::State::Cancelling,
        "share": view::share(run).map(|s| format!("{s:.0}")), "training": training && last.is_some(),
        "epoch": said("epoch").map(|x| format!("{x:.0}")), "epochs": said("epochs").map(|x| format!("{x:.0}")),
        "loss": said("loss").map(|x| format!("{x:.4}")), "held": held.map(|x| format!("{x:.4}")),
        "spent": said("seconds").map(number::seconds), "eta": said("eta").map(number::seconds),
        "estimate": said("estimate_seconds").map(number::seconds), "elapsed": elapsed.map(number::seconds),
        "losses": losses(&told), "story": story(&told), "used": used, "config": set,
        "failure": run.failure,
    }))
}

const KINDS: [&str; 6] = [
    "parameters",
    "estimate",
    "training",
    "trained",
    "judged",
    "decided",
];

/// Loss curves of the attempt that is running or ran last.
fn losses(told: &[(&str, Value)]) -> Option<String> {
    let (mut train, mut held, mut epochs) = (Vec::new(), Vec::new(), 0.0_f64);
    for (kind, event) in told {
        if *kind == "parameters" {
            // The next attempt's curve begins; one that has no curve leaves the last one standing.
            if event["config"]["n_iter"].is_number() {
                train.clear();
                held.clear();
            }
        } else if *kind == "training" {
            let p = &event["progress"];
            let Some(epoch) = p["epoch"].as_f64() else {
                continue;
            };
            epochs = p["epochs"].as_f64().unwrap_or(epochs).max(epoch);
            train.extend(p["loss"].as_f64().map(|y| (epoch, y)));
            held.extend(p["validation_loss"].as_f64().map(|y| (epoch, y)));
        }
    }
    if train.len() < 2 {
        return None;
    }
    // The first lines are far above the rest and would flatten it.
    let skip = train.len() / 20;
    train.drain(..skip);
    let chart = LineChart {
        lines: vec![
            Line {
                tone: Tone::Plain,
                points: thin(&train),
            },
            Line {
                tone: Tone::Accent,
                points: thin(&held),
            },
        ],
        x_name: "epoch".to_owned(),
        x_range: Some((0.0, epochs)),
        height: 220.0,
        ..LineChart::default()
    };
    let title = "Loss on training rows and on validation rows by epoch";
    Some(line_chart(title, &chart))
}

/// At most [`POINTS`] points, each the mean of its neighbours.
fn thin(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let size = points.len().div_ceil(POINTS).max(1);
    (points.chunks(size))
        .map(|part| {
            let n = part.len() as f64;
            let sum = part
                .iter()
                .fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
            (sum.0 / n, sum.1 / n)
        })
        .collect()
}

/// The attempts so far, in the shape of the report's story.
fn story(told: &[(&str, Value)]) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for (kind, event) in told {
        if *kind == "parameters" {
            let name = view::method(event["config"]["method"].as_str().unwrap_or_default());
            let number = event["attempt"].as_u64().unwrap_or(1);
            let title = match number {
                0 => format!("First answer: {name}"),
                n => format!("Attempt {n}: {name}"),
            };
            // A run that was begun again tells its attempts again; a first answer that was decided
            // on may be followed by another of the same method.
            let decided = |a: &Value| number == 0 && a["title"] == title && a["decision"] != "";
            if !all.last().is_some_and(decided)
                && let Some(at) = all.iter().position(|a| a["title"] == title)
            {
                all.truncate(at);
            }
            all.push(json!({
                "number": number, "title": title, "kept": false, "badge": null, "facts": "", "cause": "",
                "decision": "", "changes": [], "estimate": "", "losses": "",
                "parameters": view::parameters(&event["config"]),
            }));
        }
        let Some(last) = all.last_mut() else { continue };
        let time = || {
            event["seconds"]
                .as_f64()
                .map_or(String::new(), number::seconds)
        };
        match *kind {
            "estimate" => last["estimate"] = time().into(),
            "trained" => {
                let estimate = last["estimate"].as_str().unwrap_or_default();
                last["facts"] = format!("{} of training (estimate {estimate})", time()).into();
            }
            "judged" => {
                if let Ok(verdict) = serde_json::from_value::<Status>(event["verdict"].clone()) {
                    last["badge"] = json!(view::status(verdict));
                }
            }
            "decided" => {
                let changes: Vec<String> = (event["decision"]["changes"].as_array().into_iter())
                    .flatten()
                    .map(|c| {
                        format!(
                            "{}: {} → {}",
                            text(c, "name"),
                            text(c, "from"),
                            text(c, "to")
                        )
                    })
                    .collect();
                last["cause"] = text(&event["diagnosis"], "cause").into();
                last["decision"] = text(&event["decision"], "why").into();
                last["changes"] = json!(changes);
            }
            _ => {}
        }
    }
    all
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parameters(attempt: u64, method: &str) -> (&'static str, Value) {
        let config = match method {
            "tabddpm" => json!({ "method": method, "n_iter": 30 }),
            _ => json!({ "method": method }),
        };
        (
            "parameters",
            json!({ "attempt": attempt, "config": config }),
        )
    }

    fn training(epoch: f64, loss: f64) -> (&'static str, Value) {
        (
            "training",
            json!({ "progress": { "epoch": epoch, "epochs": 30.0, "loss": loss } }),
        )
    }

    #[test]
    fn a_run_that_was_begun_again_tells_each_attempt_once() {
        let told = [
            parameters(0, "gaussian_copula"),
            parameters(1, "tabddpm"),
            ("judged", json!({ "verdict": "red" })),
            parameters(0, "gaussian_copula"),
            parameters(1, "tabddpm"),
        ];
        let all = story(&told);
        assert_eq!(all.len(), 2);
        assert_eq!(all[1]["title"], "Attempt 1: TabDDPM");
        assert_eq!(all[1]["badge"], Value::Null);
    }

    #[test]
    fn trees_may_answer_twice() {
        let decided = json!({ "diagnosis": { "cause": "" }, "decision": { "why": "Larger leaves.", "changes": [] } });
        let once = [
            parameters(0, "gaussian_copula"),
            parameters(0, "cart"),
            ("decided", decided),
            parameters(0, "cart"),
        ];
        assert_eq!(story(&once).len(), 3);
        let twice: Vec<_> = once.iter().chain(&once).cloned().collect();
        assert_eq!(story(&twice).len(), 3);
        assert_eq!(story(&twice)[2]["title"], "First answer: CART");
    }

    #[test]
    fn causes_and_decisions_stand_with_their_attempt() {
        let decided = json!({ "diagnosis": { "cause": "Too few epochs." },
            "decision": { "why": "Train longer.", "changes": [{ "name": "n_iter", "from": "30", "to": "60" }] } });
        let told = [parameters(1, "tabddpm"), ("decided", decided)];
        let all = story(&told);
        assert_eq!(all[0]["cause"], "Too few epochs.");
        assert_eq!(all[0]["changes"], json!(["n_iter: 30 → 60"]));
    }

    #[test]
    fn a_curve_needs_two_points_and_has_no_more_than_a_screen_shows() {
        assert!(losses(&[parameters(1, "tabddpm"), training(1.0, 2.0)]).is_none());
        let mut told = vec![parameters(1, "tabddpm")];
        told.extend((0..5000).map(|i| training(f64::from(i) / 200.0, 1.0 / f64::from(i + 1))));
        let figure = losses(&told).unwrap();
        assert!(figure.len() < 8000, "{}", figure.len());
        told.push(parameters(2, "tabddpm"));
        assert!(losses(&told).is_none());
    }
}
