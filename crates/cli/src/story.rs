//! The story of a run in words: how each attempt came out, why, and what followed.

use verdancy_engine::decide::Action;
use verdancy_engine::diagnose::Kind;
use verdancy_engine::{Attempt, Decision, Diagnosis, Role, RunRecord};
use verdancy_metrics::{Gate, Status};
use verdancy_synth::Config;

use crate::paint::{Paint, line, wrap};
use crate::words;

/// How an attempt came out on validation rows.
pub fn judged(verdict: Status, gates: &[Gate]) -> String {
    let of = |status: Status| -> Vec<String> {
        (gates.iter().filter(|g| g.status == status))
            .map(|g| g.name.clone())
            .collect()
    };
    let applied = gates
        .iter()
        .filter(|g| g.status != Status::NotApplicable)
        .count();
    let green = of(Status::Green).len();
    let mut text = match verdict {
        Status::Green => "green on validation rows".to_owned(),
        Status::Red => "red on validation rows".to_owned(),
        _ => "inconclusive on validation rows".to_owned(),
    };
    text += &format!(": {green} of {applied} gates green");
    for (words, names) in [
        ("red", of(Status::Red)),
        ("inconclusive", of(Status::Inconclusive)),
    ] {
        if !names.is_empty() {
            text += &format!("; {words}: {}", names.join(", "));
        }
    }
    text
}

/// The root cause and what follows.
pub fn decided(diagnosis: &Diagnosis, decision: &Decision, paint: Paint) -> String {
    let mut out = String::new();
    if diagnosis.kind != Kind::Green {
        let cause = format!("{} [KS tier: {}]", diagnosis.cause, diagnosis.tier.name());
        out += &line("why", &cause, paint);
    }
    let mut then = decision.why.clone();
    for (i, c) in decision.changes.iter().enumerate() {
        then += if i == 0 { " " } else { ", " };
        then += &format!("{} {} → {}", c.name, c.from, c.to);
    }
    if decision.action != Action::Accept || !decision.changes.is_empty() {
        out += &line("then", &then, paint);
    }
    out
}

/// Method and parameters on a few lines.
pub fn parameters(config: &Config, paint: Paint) -> String {
    let mut said = Vec::new();
    if let Ok(serde_json::Value::Object(map)) = serde_json::to_value(config) {
        for (name, value) in map.iter().filter(|(name, _)| *name != "method") {
            let value = match value {
                serde_json::Value::String(s) => s.clone(),
                v => v.to_string(),
            };
            said.push(format!("{name}={value}"));
        }
    }
    let mut text = config.method().name().replace('_', "-");
    if !said.is_empty() {
        text += &format!(": {}", said.join(" "));
    }
    line("method", &text, paint)
}

/// The whole story of a finished run.
pub fn told(record: &RunRecord, paint: Paint) -> String {
    let mut out = format!("\n  {}\n\n", paint.bold(&record.data));
    let mut number = 0;
    for (i, a) in record.attempts.iter().enumerate() {
        let title = match a.role {
            Role::Race => "first answer".to_owned(),
            Role::Attempt => {
                number += 1;
                format!("attempt {number}")
            }
        };
        let kept = if i == record.kept { ", kept" } else { "" };
        out += &format!("  {}\n", paint.bold(&format!("{title}{kept}")));
        out += &parameters(&a.config, paint);
        let mut time = format!(
            "{} (estimate {})",
            words::seconds(a.train_seconds),
            words::seconds(a.estimate_seconds)
        );
        let why = words::stop(a.stop);
        if !why.is_empty() {
            time += &format!("; {why}");
        }
        out += &line("training", &time, paint);
        if let Some(c) = &a.choice {
            out += &line("choice", &judged(c.verdict, &c.gates), paint);
            let percent =
                |v: Option<f64>| v.map_or("-".to_owned(), |v| format!("{:.2}", 100.0 * v));
            let figures = format!(
                "shape error {} %, trend error {} %, C2ST {}",
                percent(c.shape_error),
                percent(c.trend_error),
                c.c2st_trees.map_or("-".to_owned(), |v| format!("{v:.3}"))
            );
            out += &line("", &figures, paint);
        }
        if let (Some(diagnosis), Some(decision)) = (&a.diagnosis, &a.decision) {
            out += &decided(diagnosis, decision, paint);
        }
        out.push('\n');
    }
    out
}

/// Which answer was kept, and how the others did; nothing where there was only one.
pub fn kept(record: &RunRecord, paint: Paint) -> String {
    let Some(kept) = record.kept() else {
        return String::new();
    };
    let said = |a: &Attempt| {
        let title = a.config.method().title();
        let Some(c) = &a.choice else {
            return format!("{title}: no model");
        };
        let verdict = match c.verdict {
            Status::Green => "green",
            Status::Red => "red",
            _ => "inconclusive",
        };
        let c2st = c
            .c2st_trees
            .map_or(String::new(), |v| format!(", C2ST {v:.3}"));
        format!("{title}: {verdict}{c2st}")
    };
    let others: Vec<String> = (record.attempts.iter().enumerate())
        .filter(|(at, _)| *at != record.kept)
        .map(|(_, a)| said(a))
        .collect();
    if others.is_empty() {
        return String::new();
    }
    let text = format!(
        "{}, the best on validation rows. Others: {}",
        said(kept),
        others.join("; ")
    );
    line("kept", &text, paint)
}

/// A trial of a search on one line: what it changes, and how it stands; `first` is the one with the defaults.
pub fn trial(
    number: u32,
    of: u32,
    trial: &verdancy_engine::Trial,
    first: &Config,
    best: bool,
    paint: Paint,
) -> String {
    let changed = match number {
        1 => "the defaults".to_owned(),
        _ => changes(first, &trial.config),
    };
    let mut text = format!(
        "{}; {changed}; {}",
        stands(&trial.standings),
        words::seconds(trial.seconds)
    );
    if best && number > 1 {
        text += "; the best so far";
    }
    let mut out = String::new();
    let lines = wrap(&text, paint.width().saturating_sub(14));
    for (i, text) in lines.iter().enumerate() {
        let label = if i == 0 {
            format!("{number}/{of}")
        } else {
            String::new()
        };
        let text = if best { paint.bold(text) } else { text.clone() };
        out += &format!("  {}  {text}\n", paint.dim(&format!("{label:<9}")));
    }
    if number == 1 && of > 1 {
        let all = words::seconds(trial.seconds * f64::from(of));
        out += &line(
            "estimate",
            &format!("about {all} for all {of} trials"),
            paint,
        );
    }
    out
}

/// The trials that meet again.
pub fn rematch(trials: &[u32], seeds: u32, seconds: f64, paint: Paint) -> String {
    let numbers: Vec<String> = trials.iter().map(u32::to_string).collect();
    let text = format!(
        "trials {} again, each under {seeds} further seeds, about {}",
        numbers.join(", "),
        words::seconds(seconds)
    );
    line("final", &text, paint)
}

/// How a configuration stands, as a mean over its seeds.
pub fn stands(all: &[verdancy_engine::Standing]) -> String {
    let mean = |of: &dyn Fn(&verdancy_engine::Standing) -> f64| {
        all.iter().map(of).sum::<f64>() / all.len().max(1) as f64
    };
    let count = |x: f64| {
        if x.fract() == 0.0 {
            format!("{x:.0}")
        } else {
            format!("{x:.1}")
        }
    };
    format!(
        "{} red, {} over their limit, error {:.2} points",
        count(mean(&|s| s.red as f64)),
        count(mean(&|s| s.over as f64)),
        mean(&|s| s.error)
    )
}

/// What `to` changes of `from`.
pub fn changes(from: &Config, to: &Config) -> String {
    if from.method() != to.method() {
        return format!("method {}", to.method().name().replace('_', "-"));
    }
    let of = |c: &Config| serde_json::to_value(c).unwrap_or_default();
    let (from, to) = (of(from), of(to));
    let Some(map) = to.as_object() else {
        return String::new();
    };
    let changed: Vec<String> = (map.iter())
        .filter(|(name, value)| from.get(*name) != Some(*value))
        .map(|(name, value)| format!("{name} {}", value.to_string().trim_matches('"')))
        .collect();
    if changed.is_empty() {
        "the defaults".to_owned()
    } else {
        changed.join(", ")
    }
}
