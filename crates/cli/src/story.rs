//! The story of a run in words: how each attempt came out, why, and what followed.

use verdancy_engine::decide::Action;
use verdancy_engine::diagnose::Kind;
use verdancy_engine::{Attempt, Decision, Diagnosis, Role, RunRecord};
use verdancy_metrics::{Gate, Status};

use crate::paint::Paint;
use crate::progress::line;
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
    for (words, names) in [("red", of(Status::Red)), ("open", of(Status::Inconclusive))] {
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
        out += &crate::progress::parameters(&a.config, paint);
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

/// A trial of a search on one line.
pub fn trial(
    number: u32,
    of: u32,
    trial: &verdancy_engine::Trial,
    best: bool,
    paint: Paint,
) -> String {
    let text = format!(
        "{}  {}{}",
        stands(&trial.standings),
        words::seconds(trial.seconds),
        if best { "  best so far" } else { "" }
    );
    let text = if best { paint.bold(&text) } else { text };
    format!(
        "  {}  {text}\n",
        paint.dim(&format!("{:<9}", format!("{number}/{of}")))
    )
}

/// How a configuration stands, as a mean over its seeds.
pub fn stands(all: &[verdancy_engine::Standing]) -> String {
    let mean = |of: &dyn Fn(&verdancy_engine::Standing) -> f64| {
        all.iter().map(of).sum::<f64>() / all.len().max(1) as f64
    };
    format!(
        "red {:.1}  over {:.1}  error {:.2}",
        mean(&|s| s.red as f64),
        mean(&|s| s.over as f64),
        mean(&|s| s.error)
    )
}
