//! Runs as pages show them: words, badges and figures.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use verdancy_jobs::{EventRow, State};
use verdancy_metrics::{Gate, Status};
use verdancy_report::figures::{Bullet, Line, LineChart, Mark, Tone, bullet, line_chart};

use crate::api::view::Run;

/// A short word with a colour and a sign of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Badge {
    pub class: &'static str,
    pub sign: &'static str,
    pub word: &'static str,
}

const fn badge(class: &'static str, sign: &'static str, word: &'static str) -> Badge {
    Badge { class, sign, word }
}

pub(super) fn status(status: Status) -> Badge {
    match status {
        Status::Green => badge("good", "✓", "green"),
        Status::Red => badge("bad", "✗", "red"),
        Status::CannotTell => badge("open", "?", "cannot tell"),
        Status::NotApplicable => badge("none", "–", "not judged"),
    }
}

/// A run's state; of a finished one, its verdict.
pub(super) fn state(run: &Run) -> Badge {
    match run.state {
        State::Queued => badge("none", "…", "queued"),
        State::Running => badge("none", "▸", "running"),
        State::Cancelling => badge("none", "…", "cancelling"),
        State::Failed => badge("bad", "!", "failed"),
        State::Cancelled => badge("none", "–", "cancelled"),
        State::Succeeded => match serde_json::from_value(run.result["verdict"].clone()) {
            Ok(verdict) => status(verdict),
            Err(_) => badge("none", "✓", "done"),
        },
    }
}

/// A time as people say it.
pub(super) fn seconds(s: f64) -> String {
    match s {
        s if !s.is_finite() || s < 0.0 => "–".to_owned(),
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

/// How long ago.
pub(super) fn age(then: f64) -> String {
    let now = Timestamp::now().as_millisecond() as f64 / 1000.0;
    match now - then {
        s if s < 5.0 => "just now".to_owned(),
        s => format!("{} ago", seconds(s)),
    }
}

/// A moment, exactly.
pub(super) fn moment(then: f64) -> String {
    Timestamp::from_millisecond((then * 1000.0) as i64).map_or_else(
        |_| String::new(),
        |t| t.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// A count with thousands set apart.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A size.
pub(super) fn bytes(n: u64) -> String {
    match n as f64 {
        n if n < 1e3 => format!("{n:.0} B"),
        n if n < 1e6 => format!("{:.0} kB", n / 1e3),
        n if n < 1e9 => format!("{:.1} MB", n / 1e6),
        n => format!("{:.1} GB", n / 1e9),
    }
}

fn number(x: Option<f64>) -> String {
    x.map_or("–".to_owned(), |x| {
        if x.abs() >= 100.0 {
            format!("{x:.0}")
        } else {
            format!("{x:.3}")
        }
    })
}

/// The gates of a finished run.
pub(super) fn gates(result: &Value) -> Vec<Gate> {
    serde_json::from_value(result["gates"].clone()).unwrap_or_default()
}

/// A gate with its figure.
pub(super) fn gate(g: &Gate) -> Value {
    let mark = match g.status {
        Status::Green => Mark::Green,
        Status::Red => Mark::Red,
        Status::CannotTell | Status::NotApplicable => Mark::Open,
    };
    let high = [g.value, g.floor, Some(g.limit)]
        .into_iter()
        .flatten()
        .fold(0.0, f64::max);
    let figure = bullet(
        &format!(
            "{}: {}, limit {}",
            g.name,
            number(g.value),
            number(Some(g.limit))
        ),
        &Bullet {
            value: g.value,
            limit: g.limit,
            at_least: g.at_least,
            floor: g.floor,
            floor_interval: g.floor_interval,
            range: (0.0, (1.2 * high).max(1e-9)),
            mark,
        },
    );
    json!({
        "id": g.id, "name": g.name, "badge": status(g.status), "value": number(g.value),
        "limit": format!("{} {}", if g.at_least { "≥" } else { "≤" }, number(Some(g.limit))),
        "floor": number(g.floor),
        "interval": g.floor_interval.map_or(String::new(), |(a, z)| format!("{a:.3} to {z:.3}")),
        "reason": g.reason, "figure": figure,
    })
}

/// A run on one line of a list.
pub(super) fn row(run: &Run) -> Value {
    let dots: Vec<Value> = gates(&run.result)
        .iter()
        .filter(|g| g.status != Status::NotApplicable)
        .map(|g| json!({ "name": g.name, "badge": status(g.status) }))
        .collect();
    let wanted = serde_json::to_value(run.run.method).unwrap_or_default();
    let method = run.result["method"]
        .as_str()
        .or(wanted.as_str())
        .unwrap_or("auto");
    json!({
        "id": run.id, "name": run.name, "badge": state(run), "gates": dots,
        "method": method.replace('_', " "),
        "mode": serde_json::to_value(run.run.mode).unwrap_or_default().as_str().unwrap_or("balanced"),
        "age": age(run.created_at), "moment": moment(run.created_at), "actor": run.actor,
        "took": run.result["seconds"].as_f64().map_or(String::new(), seconds),
    })
}

/// Loss curves of the attempt that is running or ran last.
pub(super) fn losses(events: &[EventRow]) -> Option<String> {
    let (mut train, mut held, mut epochs) = (Vec::new(), Vec::new(), 0.0_f64);
    for event in events {
        let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
        if event.kind == "parameters" {
            train.clear();
            held.clear();
        }
        if event.kind == "training" {
            let p = &body["progress"];
            let epoch = p["epoch"].as_f64()?;
            epochs = p["epochs"].as_f64().unwrap_or(epochs);
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
                points: train,
            },
            Line {
                tone: Tone::Accent,
                points: held,
            },
        ],
        x_name: "epochs".to_owned(),
        x_range: Some((0.0, epochs)),
        height: 200.0,
        ..LineChart::default()
    };
    Some(line_chart(
        "Loss of training (grey) and of validation rows (green) by epoch",
        &chart,
    ))
}

/// The attempts so far, from the events.
pub(super) fn attempts(events: &[EventRow]) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for event in events {
        let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
        if event.kind == "parameters" {
            let title = match body["attempt"].as_u64() {
                Some(0) => "First answer".to_owned(),
                n => format!("Attempt {}", n.unwrap_or(1)),
            };
            // A run that was begun again tells its attempts again.
            if let Some(at) = all.iter().position(|a| a["title"] == title.as_str()) {
                all.truncate(at);
            }
            all.push(json!({
                "title": title, "config": body["config"], "method": body["config"]["method"],
                "badge": null, "cause": "", "decision": "", "changes": [], "time": "", "estimate": "",
            }));
        }
        let Some(last) = all.last_mut() else { continue };
        match event.kind.as_str() {
            "estimate" => {
                last["estimate"] = body["seconds"].as_f64().map_or("".into(), seconds).into()
            }
            "trained" => last["time"] = body["seconds"].as_f64().map_or("".into(), seconds).into(),
            "judged" => {
                if let Ok(verdict) = serde_json::from_value::<Status>(body["verdict"].clone()) {
                    last["badge"] = json!(status(verdict));
                }
            }
            "decided" => {
                last["cause"] = body["diagnosis"]["cause"].clone();
                last["decision"] = body["decision"]["why"].clone();
                last["changes"] = body["decision"]["changes"].clone();
            }
            _ => {}
        }
    }
    all
}
