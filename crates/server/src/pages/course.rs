//! The course of a run as its events tell it: stages, attempts, losses. What the page of a run shows while
//! the run is under way, and all that is left of one that failed or was cancelled.

use serde::Serialize;
use serde_json::{Value, json};
use verdancy_engine::Event;
use verdancy_report::figures::{Line, LineChart, Tone, line_chart};
use verdancy_report::number;
use verdancy_synth::Config;

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
    let told: Vec<Event> = (events.iter())
        .filter_map(|row| Event::of_line(&row.body))
        .collect();
    let p = &run.progress;
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
    let line = p.training.filter(|_| at == 2);
    let held = told.iter().rev().find_map(|event| match event {
        Event::Training { progress, .. } => progress.validation_loss,
        _ => None,
    });
    let attempt = match p.attempt {
        Some(0) => "first answer".to_owned(),
        Some(n) => format!("attempt {n}"),
        None => String::new(),
    };
    let config = told.iter().rev().find_map(|event| match event {
        Event::Parameters { config, .. } => Some(config),
        _ => None,
    });
    let seconds = |x: Option<f64>| x.map(number::seconds);
    let badge = view::state(run);
    Ok(json!({
        "title": format!("{}: {}", run.called(), badge.word), "badge": badge,
        "final": run.state.is_final(), "steps": steps, "stage": view::STAGES[at], "attempt": attempt,
        "begun": p.begun, "cancelling": run.state == verdancy_jobs::State::Cancelling,
        "share": view::share(run).map(|s| format!("{s:.0}")), "training": line.is_some(),
        "epoch": line.map(|l| format!("{:.0}", l.epoch)), "epochs": line.map(|l| format!("{:.0}", l.epochs)),
        "loss": line.and_then(|l| l.loss).map(|x| format!("{x:.4}")), "held": held.map(|x| format!("{x:.4}")),
        "spent": seconds(line.map(|l| l.seconds)), "eta": seconds(line.map(|l| l.eta)),
        "estimate": seconds(p.estimate_seconds), "elapsed": seconds(elapsed),
        "losses": losses(&told), "story": story(&told), "used": config.map(|c| c.method().title()),
        "config": config.map(parameters), "failure": run.failure,
    }))
}

fn parameters(config: &Config) -> Vec<Value> {
    view::parameters(&serde_json::to_value(config).unwrap_or_default())
}

/// Loss curves of the attempt that is running or ran last.
fn losses(told: &[Event]) -> Option<String> {
    let (mut train, mut held, mut epochs) = (Vec::new(), Vec::new(), 0.0_f64);
    for event in told {
        match event {
            // The next attempt's curve begins; one that has no curve leaves the last one.
            Event::Parameters { config, .. } if config.method().has_epochs() => {
                train.clear();
                held.clear();
            }
            Event::Training { progress: p, .. } => {
                epochs = p.epochs.max(epochs);
                train.extend(p.loss.is_finite().then_some((p.epoch, p.loss)));
                held.extend(p.validation_loss.map(|y| (p.epoch, y)));
            }
            _ => {}
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

/// An attempt in the shape of the report's story.
#[derive(Debug, Clone, Serialize)]
struct Step {
    number: u32,
    title: String,
    kept: bool,
    badge: Option<view::Badge>,
    facts: String,
    cause: String,
    decision: String,
    changes: Vec<String>,
    estimate: String,
    losses: String,
    parameters: Vec<Value>,
}

impl Step {
    fn of(number: u32, config: &Config) -> Step {
        let name = config.method().title();
        Step {
            number,
            title: match number {
                0 => format!("First answer: {name}"),
                n => format!("Attempt {n}: {name}"),
            },
            kept: false,
            badge: None,
            facts: String::new(),
            cause: String::new(),
            decision: String::new(),
            changes: Vec::new(),
            estimate: String::new(),
            losses: String::new(),
            parameters: parameters(config),
        }
    }
}

/// The attempts so far.
fn story(told: &[Event]) -> Vec<Step> {
    let mut all: Vec<Step> = Vec::new();
    for event in told {
        if let Event::Parameters { attempt, config } = event {
            let next = Step::of(*attempt, config);
            // A run that was begun again tells its attempts again; a first answer that was decided
            // on may be followed by another of the same method.
            let decided =
                |a: &Step| next.number == 0 && a.title == next.title && !a.decision.is_empty();
            if !all.last().is_some_and(decided)
                && let Some(at) = all.iter().position(|a| a.title == next.title)
            {
                all.truncate(at);
            }
            all.push(next);
        }
        let Some(last) = all.last_mut() else { continue };
        match event {
            Event::Estimate { seconds, .. } => last.estimate = number::seconds(*seconds),
            Event::Trained { seconds, .. } => {
                let taken = number::seconds(*seconds);
                last.facts = format!("{taken} of training (estimate {})", last.estimate);
            }
            Event::Judged { verdict, .. } => last.badge = Some(view::status(*verdict)),
            Event::Decided {
                diagnosis,
                decision,
                ..
            } => {
                last.cause.clone_from(&diagnosis.cause);
                last.decision.clone_from(&decision.why);
                last.changes = (decision.changes.iter())
                    .map(|c| format!("{}: {} → {}", c.name, c.from, c.to))
                    .collect();
            }
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use verdancy_engine::{Decision, Diagnosis, decide, diagnose};
    use verdancy_metrics::Status;
    use verdancy_synth::{Method, Mode, Progress, TableSize};

    fn parameters(attempt: u32, method: Method) -> Event {
        let size = TableSize {
            rows: 100,
            columns: 4,
        };
        Event::Parameters {
            attempt,
            config: Config::defaults(method, size, Mode::Speed),
        }
    }

    fn training(epoch: f64, loss: f64) -> Event {
        Event::Training {
            attempt: 1,
            progress: Progress {
                epoch,
                epochs: 30.0,
                step: 1,
                steps: 30,
                loss,
                validation_loss: None,
                copy_share: None,
                best: false,
                seconds: 0.0,
                check_seconds: 0.0,
                eta: 0.0,
            },
        }
    }

    fn decided(cause: &str, why: &str, changes: &[(&str, &str, &str)]) -> Event {
        let change = |&(name, from, to): &(&str, &str, &str)| decide::Change {
            name: name.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        };
        Event::Decided {
            attempt: 1,
            diagnosis: Diagnosis {
                kind: diagnose::Kind::UnderTrained,
                tier: diagnose::Tier::Green,
                cause: cause.to_owned(),
                evidence: Vec::new(),
                columns: Vec::new(),
                pairs: Vec::new(),
                keeping: None,
            },
            decision: Decision {
                action: decide::Action::Retry,
                warm: false,
                changes: changes.iter().map(change).collect(),
                why: why.to_owned(),
            },
        }
    }

    #[test]
    fn a_run_that_was_begun_again_tells_each_attempt_once() {
        let told = [
            parameters(0, Method::GaussianCopula),
            parameters(1, Method::Tabddpm),
            Event::Judged {
                attempt: 1,
                verdict: Status::Red,
                gates: Vec::new(),
            },
            parameters(0, Method::GaussianCopula),
            parameters(1, Method::Tabddpm),
        ];
        let all = story(&told);
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].title, "Attempt 1: TabDDPM");
        assert_eq!(all[1].badge, None);
    }

    #[test]
    fn trees_may_answer_twice() {
        let once = [
            parameters(0, Method::GaussianCopula),
            parameters(0, Method::Cart),
            decided("", "Larger leaves.", &[]),
            parameters(0, Method::Cart),
        ];
        assert_eq!(story(&once).len(), 3);
        let twice: Vec<_> = once.iter().chain(&once).cloned().collect();
        assert_eq!(story(&twice).len(), 3);
        assert_eq!(story(&twice)[2].title, "First answer: CART");
    }

    #[test]
    fn causes_and_decisions_stay_with_their_attempt() {
        let told = [
            parameters(1, Method::Tabddpm),
            decided(
                "Too few epochs.",
                "Train longer.",
                &[("n_iter", "30", "60")],
            ),
        ];
        let all = story(&told);
        assert_eq!(all[0].cause, "Too few epochs.");
        assert_eq!(all[0].changes, ["n_iter: 30 → 60"]);
    }

    #[test]
    fn a_curve_needs_two_points_and_has_no_more_than_a_screen_shows() {
        assert!(losses(&[parameters(1, Method::Tabddpm), training(1.0, 2.0)]).is_none());
        let mut told = vec![parameters(1, Method::Tabddpm)];
        told.extend((0..5000).map(|i| training(f64::from(i) / 200.0, 1.0 / f64::from(i + 1))));
        let figure = losses(&told).unwrap();
        assert!(figure.len() < 8000, "{}", figure.len());
        told.push(parameters(2, Method::Tabddpm));
        assert!(losses(&told).is_none());
    }
}
