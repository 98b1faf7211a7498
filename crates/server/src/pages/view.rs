//! What pages say of runs in words, badges and marks.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use verdancy_engine::Stage;
use verdancy_jobs::State;
use verdancy_metrics::{Gate, Status};
use verdancy_report::number;
use verdancy_synth::Method;

use crate::api::view::Run;
use crate::order::MethodName;

/// A short word with a colour and a sign of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Badge {
    pub class: &'static str,
    pub sign: &'static str,
    pub word: &'static str,
}

pub(super) const fn badge(class: &'static str, sign: &'static str, word: &'static str) -> Badge {
    Badge { class, sign, word }
}

pub(super) fn status(status: Status) -> Badge {
    match status {
        Status::Green => badge("good", "✓", "green"),
        Status::Red => badge("bad", "✕", "red"),
        Status::Inconclusive => badge("open", "?", "inconclusive"),
        Status::NotJudged => badge("open", "?", "not judged"),
        Status::NotApplicable => badge("none", "–", "not applicable"),
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
        State::Succeeded => match &run.result {
            Some(result) => status(result.verdict),
            None => badge("none", "✓", "done"),
        },
    }
}

/// How long ago, in the largest unit that gives a whole number.
pub(super) fn age(then: f64) -> String {
    let now = Timestamp::now().as_millisecond() as f64 / 1000.0;
    ago(now - then)
}

fn ago(seconds: f64) -> String {
    let (unit, length) = match seconds {
        s if s < 5.0 => return "just now".to_owned(),
        s if s < 60.0 => ("s", 1.0),
        s if s < 3600.0 => ("min", 60.0),
        s if s < 86_400.0 => ("h", 3600.0),
        s if s < 2.0 * 86_400.0 => return "yesterday".to_owned(),
        _ => ("days", 86_400.0),
    };
    format!("{:.0} {unit} ago", (seconds / length).floor())
}

/// Seconds from `then` until `end`, or until now.
pub(super) fn elapsed(then: f64, end: Option<f64>) -> f64 {
    let now = Timestamp::now().as_millisecond() as f64 / 1000.0;
    (end.unwrap_or(now) - then).max(0.0)
}

/// A moment, exactly.
pub(super) fn moment(then: f64) -> String {
    stamp(then, "%Y-%m-%d %H:%M:%S UTC")
}

/// A moment for machines.
pub(super) fn iso(then: f64) -> String {
    stamp(then, "%Y-%m-%dT%H:%M:%SZ")
}

fn stamp(then: f64, format: &str) -> String {
    Timestamp::from_millisecond((then * 1000.0) as i64)
        .map_or_else(|_| String::new(), |t| t.strftime(format).to_string())
}

/// A moment as templates show it.
pub(super) fn when(then: f64) -> Value {
    json!({ "age": age(then), "moment": moment(then), "iso": iso(then) })
}

/// A count that the database keeps.
pub(super) fn count(n: i64) -> String {
    number::count(n.max(0) as f64)
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

/// A method's name for people.
pub(super) fn method(name: &str) -> String {
    Method::named(name).map_or_else(|| name.replace('_', " "), |m| m.title().to_owned())
}

/// A parameter's value as text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

/// Every parameter of a configuration with what it does.
pub(super) fn parameters(config: &Value) -> Vec<Value> {
    let known = (Method::ALL.into_iter())
        .find(|m| Some(m.name()) == config["method"].as_str())
        .map(Method::params)
        .unwrap_or_default();
    (config.as_object().into_iter().flatten())
        .filter(|(name, _)| *name != "method")
        .map(|(name, value)| {
            let about = known
                .iter()
                .find(|p| p.name == name)
                .map_or("", |p| p.about);
            json!({ "name": name, "value": text(value), "about": about })
        })
        .collect()
}

/// The gates of a finished run.
pub(super) fn gates(run: &Run) -> &[Gate] {
    run.result.as_ref().map_or(&[], |result| &result.gates)
}

/// Gates as a row of marks, and the same in words.
pub(super) fn strip(gates: &[Gate]) -> Value {
    let judged: Vec<&Gate> = (gates.iter())
        .filter(|g| g.status != Status::NotApplicable)
        .collect();
    let marks: Vec<Value> = (judged.iter())
        .map(|g| {
            let b = status(g.status);
            json!({ "class": b.class, "sign": b.sign, "name": format!("{}: {}", g.name, b.word) })
        })
        .collect();
    let green = judged.iter().filter(|g| g.status == Status::Green).count();
    let mut words = format!("{green} of {} gates green", judged.len());
    for (status, word) in [
        (Status::Red, "red"),
        (Status::Inconclusive, "inconclusive"),
        (Status::NotJudged, "not judged"),
    ] {
        let names: Vec<&str> = (judged.iter())
            .filter(|g| g.status == status)
            .map(|g| g.name.as_str())
            .collect();
        if !names.is_empty() {
            words += &format!("; {word}: {}", names.join(", "));
        }
    }
    json!({ "marks": marks, "words": words })
}

/// The stages of a run as people see them, and where it is.
pub(super) const STAGES: [&str; 6] = [
    "Waiting", "Reading", "Training", "Sampling", "Judging", "Writing",
];

/// Position in [`STAGES`].
pub(super) fn stage(run: &Run) -> usize {
    match run.progress.stage {
        _ if run.state == State::Queued => 0,
        None if run.progress.begun == 0 => 0,
        None | Some(Stage::Read | Stage::Infer | Stage::Split) => 1,
        Some(Stage::Fit) => 2,
        Some(Stage::Sample) => 3,
        Some(Stage::Judge) => 4,
        Some(Stage::Write) => 5,
    }
}

/// How much of the training or sampling is done, in per cent.
pub(super) fn share(run: &Run) -> Option<f64> {
    let p = &run.progress;
    let (done, all) = match stage(run) {
        2 => p.training.map(|t| (t.step, t.steps))?,
        3 => (p.rows?, p.rows_wanted?),
        _ => return None,
    };
    Some((100.0 * done as f64 / all.max(1) as f64).clamp(0.0, 100.0))
}

/// A run on one line of a list.
pub(super) fn row(run: &Run) -> Value {
    let result = run.result.as_ref();
    let wanted = run.run.method.and_then(MethodName::method);
    let used = (result.and_then(|r| r.method)).or(wanted);
    let mode = serde_json::to_value(run.run.mode).unwrap_or_default();
    let profile = serde_json::to_value(run.run.profile).unwrap_or_default();
    let moving = !run.state.is_final();
    json!({
        "id": run.id, "name": run.called(), "table": run.name, "note": run.run.note, "badge": state(run), "gates": strip(gates(run)),
        "method": used.map_or("auto", Method::title), "mode": mode.as_str().unwrap_or("balanced"),
        "profile": profile.as_str().unwrap_or("standard"),
        "when": when(run.created_at), "actor": run.actor, "moving": moving,
        "stage": if moving { STAGES[stage(run)] } else { "" },
        "share": share(run).filter(|_| moving).map(|s| format!("{s:.0}")),
        "took": result.map_or_else(String::new, |r| number::seconds(r.seconds)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_whole_numbers() {
        assert_eq!(ago(0.4), "just now");
        assert_eq!(ago(59.9), "59 s ago");
        assert_eq!(ago(3599.0), "59 min ago");
        assert_eq!(ago(7_300.0), "2 h ago");
        assert_eq!(ago(100_000.0), "yesterday");
        assert_eq!(ago(200_000.0), "2 days ago");
    }

    #[test]
    fn parameters_say_what_they_do() {
        let all = parameters(&json!({ "method": "gaussian_copula", "shrinkage": 0.1 }));
        assert_eq!(all.len(), 1);
        assert_eq!(all[0]["value"], "0.1");
        assert!(!all[0]["about"].as_str().unwrap_or("").is_empty());
        assert!(parameters(&Value::Null).is_empty());
    }
}
