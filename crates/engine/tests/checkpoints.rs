//! Checkpoints of a run: kept when it is stopped by hand, gone on from, taken away at its end, and
//! never the reason that a run fails.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::expect_used,
    dead_code
)]

mod common;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{Place, dependent, request};
use verdancy_engine::{Error, Event, Outcome, Request, Resuming, RunContext, run};
use verdancy_synth::{Cancel, Method, Stop};

fn asked(place: &Place, kept: &Path) -> Request {
    let mut request = request(place, dependent(200, 3));
    request.plan.method = Some(Method::Tabddpm);
    request.plan.attempts = 1;
    request.plan.checkpoints = Some(kept.to_path_buf());
    request.plan.checkpoint_every = Duration::ZERO;
    request.plan.set = [("n_iter", "12"), ("hidden", "16"), ("blocks", "1")]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .to_vec();
    request
}

/// Runs it; `at` is done at the given step of the training.
fn go(
    request: &Request,
    output: &Path,
    step: u64,
    mut at: impl FnMut(&Cancel) + Send,
) -> Result<Outcome, Error> {
    let began = Instant::now();
    let cancel = Cancel::default();
    let told = cancel.clone();
    let context = RunContext {
        clock: &|| began.elapsed(),
        cancel,
        listen: &mut |event| {
            if let Event::Training { progress, .. } = event
                && progress.step == step
            {
                at(&told);
            }
        },
    };
    run(request, output, context, &mut |_, _| Ok(())).map(|(outcome, _)| outcome)
}

fn codes(outcome: &Outcome) -> Vec<&str> {
    (outcome.record.warnings.iter())
        .map(|warning| warning.code.as_str())
        .collect()
}

fn folders() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (kept, out) = (folder.path().join("kept"), folder.path().join("out"));
    (folder, kept, out)
}

#[test]
fn a_run_that_was_stopped_by_hand_goes_on() {
    let place = Place::new();
    let (_folder, kept, out) = folders();
    let request = asked(&place, &kept);
    let whole = go(&request, &out, u64::MAX, |_| {}).unwrap();
    assert!(!kept.exists(), "taken away at the end");
    let stopped = go(&request, &out, 11, Cancel::cancel).unwrap();
    assert_eq!(stopped.record.attempts[0].stop, Stop::Cancelled);
    assert!(codes(&stopped).contains(&"engine/checkpoints-kept"));
    assert!(kept.join("attempt-1/training.safetensors").exists());
    let mut lines = 0;
    let rest = go(&request, &out, 2, |_| lines += 1).unwrap();
    assert_eq!(lines, 1, "the lines before are told again, once");
    assert!(!kept.exists());
    assert_eq!(rest.synthetic, whole.synthetic);
    assert_eq!(rest.record.judgement, whole.record.judgement);
    assert_eq!(codes(&rest), codes(&whole));
}

#[test]
fn checkpoints_that_cannot_be_kept_do_not_end_a_run() {
    let place = Place::new();
    let (_folder, kept, out) = folders();
    let request = asked(&place, &kept);
    let attempt = kept.join("attempt-1");
    let done = go(&request, &out, 5, |_| {
        std::fs::remove_dir_all(&attempt).unwrap();
        std::fs::write(&attempt, "in the way").unwrap();
    });
    let done = done.unwrap();
    let told = codes(&done);
    assert!(told.contains(&"engine/checkpoint-not-kept"), "{told:?}");
    assert!(told.len() < 5, "said once for each cause: {told:?}");
    assert!(!kept.exists());
}

#[test]
fn a_folder_serves_one_run_at_a_time() {
    let place = Place::new();
    let (_folder, kept, out) = folders();
    let request = asked(&place, &kept);
    let held = Resuming::open(&kept, &request).unwrap();
    let refused = go(&request, &out, u64::MAX, |_| {}).err().unwrap();
    assert_eq!(refused.code, "engine/checkpoints-in-use");
    drop(held);
    go(&request, &out, u64::MAX, |_| {}).unwrap();
}

#[test]
fn a_damaged_finished_attempt_begins_anew() {
    let place = Place::new();
    let (_folder, kept, out) = folders();
    let request = asked(&place, &kept);
    let model = kept.join("attempt-1/finished/model/weights.safetensors");
    // The report is written when all attempts are finished, before the folder is taken away.
    let began = Instant::now();
    let context = RunContext {
        clock: &|| began.elapsed(),
        cancel: Cancel::default(),
        listen: &mut |_| {},
    };
    let broken = run(&request, &out, context, &mut |_, _| {
        assert!(model.exists());
        Err(Error::internal("the process ends here"))
    });
    assert!(broken.is_err() && !out.exists());
    let mut lines = 0;
    let mut bytes = std::fs::read(&model).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&model, bytes).unwrap();
    let done = go(&request, &out, 2, |_| lines += 1).unwrap();
    assert_eq!(lines, 1);
    assert!(codes(&done).contains(&"engine/checkpoint-ignored"));
    assert!(!kept.exists());
}
