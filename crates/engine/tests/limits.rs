//! Runs that end early: stopped by their user, or by a time limit. What was judged until then is kept.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::expect_used)]

mod common;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::{Place, dependent, request};
use verdancy_engine::decide::Action;
use verdancy_engine::{Division, Event, Outcome, Request, RunContext, Stage, inspect, synth};
use verdancy_synth::{Cancel, Method, Mode};

/// Runs with a clock that every look at it moves by `tick`; cancels at the first event that `stop` names.
fn run(
    request: &Request,
    tick: Duration,
    stop: impl Fn(&Event) -> bool + Send + Sync,
) -> (Outcome, f64) {
    let (looks, cancel) = (AtomicU64::new(0), Cancel::default());
    let clock = || tick * u32::try_from(looks.fetch_add(1, Ordering::Relaxed)).unwrap();
    let told = cancel.clone();
    let outcome = synth(
        request,
        RunContext {
            clock: &clock,
            cancel,
            listen: &mut |event| {
                if stop(&event) {
                    told.cancel();
                }
            },
        },
    );
    (outcome.unwrap(), clock().as_secs_f64())
}

#[test]
fn ctrl_c_keeps_an_answer_that_was_judged_the_copulas_too() {
    let place = Place::new();
    let request = request(&place, dependent(300, 1));
    let (outcome, _) = run(&request, Duration::from_millis(1), |event| {
        matches!(
            event,
            Event::Stage {
                stage: Stage::Judge
            }
        )
    });
    let record = &outcome.record;
    assert_eq!(record.attempts.len(), 1, "nothing was begun after it");
    assert_eq!(record.kept, 0);
    let kept = record.kept().unwrap();
    assert_eq!(kept.config.method(), Method::GaussianCopula);
    assert!(kept.choice.is_some(), "it was judged on validation rows");
    let decision = kept.decision.as_ref().unwrap();
    assert_eq!(decision.action, Action::Stop);
    assert_eq!(decision.why, "The run was stopped.");
    assert!(!record.judgement.gates.is_empty(), "and on test rows");
    assert_eq!(outcome.synthetic.rows(), 240);
}

#[test]
fn ctrl_c_before_an_answer_says_that_nothing_was_written() {
    let place = Place::new();
    let request = request(&place, dependent(300, 1));
    let cancel = Cancel::default();
    cancel.cancel();
    let error = synth(
        &request,
        RunContext {
            clock: &|| Duration::ZERO,
            cancel,
            listen: &mut |_| {},
        },
    );
    assert_eq!(error.err().unwrap().code, "engine/cancelled");
}

#[test]
fn a_time_limit_leaves_room_for_the_verdict() {
    let place = Place::new();
    let mut asked = request(&place, dependent(300, 1));
    asked.plan.mode = Mode::Quality;
    asked.plan.shadow_runs = Some(0);
    // Each look at the clock takes 50 ms, so a judgement takes 50 ms and each attempt a few times that.
    let tick = Duration::from_millis(50);
    asked.plan.time_limit = Some(Duration::from_secs(30));
    let (bounded, took) = run(&asked, tick, |_| false);
    assert!(took <= 31.0, "{took} s of 30 s");
    assert!(!bounded.record.judgement.gates.is_empty());
    // The second answer no longer fits.
    asked.plan.time_limit = Some(Duration::from_millis(1_000));
    let (short, took) = run(&asked, tick, |_| false);
    assert!(short.record.attempts.len() < bounded.record.attempts.len());
    assert!(took <= 3.0, "{took} s of 1 s and what cannot be left out");
}

#[test]
fn a_run_says_what_its_table_is_probably_used_for() {
    let place = Place::new();
    let mut csv = String::from("age,time,cens\n");
    for i in 0..200 {
        csv += &format!("{},{},{}\n", 30 + i % 40, i * 7 % 101, i % 2);
    }
    let asked = request(&place, csv.into_bytes());
    let mut told = Vec::new();
    let outcome = synth(
        &asked,
        RunContext {
            clock: &|| Duration::ZERO,
            cancel: Cancel::default(),
            listen: &mut |event| {
                if let Event::Proposed { proposal } = event {
                    told.push(proposal.options());
                }
            },
        },
    )
    .unwrap();
    assert_eq!(told, ["--time time --event cens"]);
    let proposal = outcome.record.proposal.unwrap();
    assert_eq!(proposal.survival, Some(("time".into(), "cens".into())));
    let found = inspect(
        &asked.source,
        &asked.plan,
        &Division::default(),
        RunContext {
            clock: &|| Duration::ZERO,
            cancel: Cancel::default(),
            listen: &mut |_| {},
        },
    )
    .unwrap();
    assert_eq!(
        found.proposal.unwrap().options(),
        "--time time --event cens"
    );
}

#[test]
fn a_record_says_when_it_was_made_and_of_which_bytes() {
    let place = Place::new();
    let csv = dependent(120, 1);
    let mut asked = request(&place, csv);
    asked.started = Some(std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
    asked.plan.method = Some(Method::GaussianCopula);
    let (outcome, _) = run(&asked, Duration::from_millis(100), |_| false);
    let record = &outcome.record;
    assert_eq!(record.format_version, verdancy_engine::FORMAT_VERSION);
    assert_eq!(record.started.as_deref(), Some("2001-09-09T01:46:40Z"));
    assert!(record.ended > record.started, "{:?}", record.ended);
    let hash = record.input_sha256.as_ref().unwrap();
    assert_eq!(hash.len(), 64);
    assert!(hash.bytes().all(|b| b.is_ascii_hexdigit()));
    let text = serde_json::to_string(record).unwrap();
    let again: verdancy_engine::RunRecord = serde_json::from_str(&text).unwrap();
    assert_eq!(&again, record);
    // Records of earlier versions had pairs.
    let mut old: serde_json::Value = serde_json::from_str(&text).unwrap();
    old["warnings"] = serde_json::json!([["a/b", "A sentence."]]);
    old.as_object_mut().unwrap().remove("format_version");
    let old: verdancy_engine::RunRecord = serde_json::from_value(old).unwrap();
    assert_eq!(old.warnings[0].message, "A sentence.");
    assert_eq!(old.format_version, 0);
}
