//! The loop's last attempt: a sweep of trees over the rows of the best model, where trees tell these from real ones.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Place, dependent, request, run};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_engine::decide::Action;
use verdancy_engine::{Plain, RunRecord};
use verdancy_synth::{Method, Mode};

/// Points on a ring, which a Gaussian copula cannot hold.
fn ring(rows: usize) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut text = String::from("x,y,half\n");
    for _ in 0..rows {
        let angle: f64 = rng.random_range(0.0..std::f64::consts::TAU);
        let (x, y) = (
            angle.cos() * rng.random_range(0.9..1.1),
            angle.sin() * rng.random_range(0.9..1.1),
        );
        let half = if angle < 3.1 { "up" } else { "down" };
        text += &format!("{x:.3},{y:.3},{half}\n");
    }
    text.into_bytes()
}

fn sweeps(record: &RunRecord) -> Vec<u32> {
    (record.attempts.iter())
        .map(|a| a.config.polish())
        .collect()
}

#[test]
fn rows_that_trees_tell_from_real_ones_are_swept_and_the_better_rows_kept() {
    let place = Place::new();
    let mut request = request(&place, ring(3_000));
    request.plan.method = Some(Method::GaussianCopula);
    let outcome = run(&request, &Plain).unwrap();
    let record = &outcome.record;
    assert_eq!(sweeps(record), [0, 1]);
    let told_apart = |at: usize| {
        let choice = record.attempts[at].choice.as_ref().unwrap();
        choice.c2st_trees.unwrap()
    };
    assert!(
        told_apart(0) > 0.7 && told_apart(1) < told_apart(0) - 0.1,
        "{} then {}",
        told_apart(0),
        told_apart(1)
    );
    let decision = record.attempts[0].decision.as_ref().unwrap();
    assert_eq!(decision.action, Action::Retry);
    assert_eq!(decision.changes[0].name, "polish");
    assert_eq!(record.kept, 1);
    // The sweep is part of the model that is kept, and its rows are those that were judged.
    assert_eq!(outcome.fitted.config.polish(), 1);
    let rows = outcome.synthetic.rows() as u64;
    let again = outcome.fitted.sample_all(0..rows, request.plan.seed);
    assert_eq!(again.unwrap(), *outcome.synthetic);
}

#[test]
fn no_sweep_is_tried_where_none_was_asked_for_or_nothing_is_to_be_won() {
    let place = Place::new();
    let mut by_hand = request(&place, ring(400));
    by_hand.plan.method = Some(Method::GaussianCopula);
    by_hand.plan.set = vec![("polish".into(), "0".into())];
    assert_eq!(sweeps(&run(&by_hand, &Plain).unwrap().record), [0]);
    let mut once = request(&place, ring(400));
    once.plan.method = Some(Method::GaussianCopula);
    once.plan.attempts = 1;
    assert_eq!(sweeps(&run(&once, &Plain).unwrap().record), [0]);
    let mut quick = request(&place, ring(400));
    quick.plan.method = Some(Method::GaussianCopula);
    quick.plan.mode = Mode::Speed;
    assert_eq!(sweeps(&run(&quick, &Plain).unwrap().record), [0]);
    let mut alike = request(&place, dependent(600, 3));
    alike.plan.method = Some(Method::Cart);
    let record = run(&alike, &Plain).unwrap().record;
    assert!(sweeps(&record).iter().all(|s| *s == 0));
}
