//! A model check: random operations on the queue, compared with a tiny reference in memory.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{job, places, queue};
use proptest::prelude::*;
use verdancy_jobs::{Beat, Error, Failure, Lease, Queue, State};

#[derive(Debug, Clone)]
enum Step {
    Enqueue,
    Claim,
    Beat(usize),
    Succeed(usize),
    Fail(usize),
    Release(usize),
    Cancel(usize),
    /// All leases run out.
    Expire,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Enqueue),
        4 => Just(Step::Claim),
        2 => (0..8_usize).prop_map(Step::Beat),
        2 => (0..8_usize).prop_map(Step::Succeed),
        1 => (0..8_usize).prop_map(Step::Fail),
        1 => (0..8_usize).prop_map(Step::Release),
        2 => (0..8_usize).prop_map(Step::Cancel),
        1 => Just(Step::Expire),
    ]
}

/// A job as it ought to be.
#[derive(Debug, Clone)]
struct Ought {
    id: String,
    state: State,
    attempt: i64,
    deaths: i64,
    events: i64,
}

/// A lease given out, on the job at a position, with its attempt.
type Given = (usize, i64, Lease);

fn holds(ought: &[Ought], given: &Given) -> bool {
    let job = &ought[given.0];
    matches!(job.state, State::Running | State::Cancelling) && job.attempt == given.1
}

async fn check(q: &Queue, steps: &[Step]) {
    let (mut ought, mut given): (Vec<Ought>, Vec<Given>) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Enqueue => ought.push(Ought {
                id: q.enqueue(&job()).await.unwrap(),
                state: State::Queued,
                attempt: 0,
                deaths: 0,
                events: 0,
            }),
            Step::Claim => {
                let at = ought.iter().position(|j| j.state == State::Queued);
                let got = q.claim("w").await.unwrap();
                assert_eq!(got.is_some(), at.is_some());
                if let (Some((claimed, lease)), Some(at)) = (got, at) {
                    assert_eq!(claimed.id, ought[at].id, "the oldest first");
                    ought[at].state = State::Running;
                    ought[at].attempt += 1;
                    given.push((at, ought[at].attempt, lease));
                }
            }
            Step::Beat(i) => {
                let Some(g) = given.get(*i) else { continue };
                let beat = Beat {
                    said: vec![verdancy_jobs::Said {
                        kind: "k".into(),
                        body: "{}".into(),
                    }],
                    ..Beat::default()
                };
                let got = g.2.beat(&beat).await;
                if holds(&ought, g) {
                    assert_eq!(got.unwrap(), ought[g.0].state == State::Cancelling);
                    ought[g.0].events += 1;
                } else {
                    assert!(matches!(got, Err(Error::LostLease)));
                }
            }
            Step::Succeed(i) => {
                let Some(g) = given.get(*i) else { continue };
                let got = g.2.succeed("{}", &[], &[]).await;
                match (holds(&ought, g), ought[g.0].state) {
                    (true, State::Running) => {
                        got.unwrap();
                        ought[g.0].state = State::Succeeded;
                    }
                    (true, _) => assert!(matches!(got, Err(Error::Cancelled))),
                    (false, _) => assert!(matches!(got, Err(Error::LostLease))),
                }
            }
            Step::Fail(i) => {
                let Some(g) = given.get(*i) else { continue };
                let failure = Failure {
                    code: "c".into(),
                    message: "m".into(),
                };
                let got = g.2.fail(&failure, &[]).await;
                assert_eq!(got.is_ok(), holds(&ought, g));
                if got.is_ok() {
                    ought[g.0].state = State::Failed;
                }
            }
            Step::Release(i) => {
                let Some(g) = given.get(*i) else { continue };
                let got = g.2.release().await;
                assert_eq!(got.is_ok(), holds(&ought, g));
                if got.is_ok() {
                    ought[g.0].state = match ought[g.0].state {
                        State::Cancelling => State::Cancelled,
                        _ => State::Queued,
                    };
                }
            }
            Step::Cancel(i) => {
                let Some(job) = ought.get_mut(*i) else {
                    continue;
                };
                job.state = match job.state {
                    State::Queued => State::Cancelled,
                    State::Running => State::Cancelling,
                    other => other,
                };
                assert_eq!(q.cancel(&job.id).await.unwrap(), job.state);
            }
            Step::Expire => {
                sqlx::query("UPDATE jobs SET lease_until = 0 WHERE lease_until IS NOT NULL")
                    .execute(q.database().pool())
                    .await
                    .unwrap();
                q.bury().await.unwrap();
                for job in &mut ought {
                    match job.state {
                        State::Cancelling => job.state = State::Cancelled,
                        State::Running => {
                            job.deaths += 1;
                            job.state = if job.deaths >= 3 {
                                State::Failed
                            } else {
                                State::Queued
                            };
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    for job in &ought {
        let is = q.get(&job.id).await.unwrap();
        assert_eq!(
            (is.state, is.attempt, is.deaths, is.last_event),
            (job.state, job.attempt, job.deaths, job.events)
        );
        let events = q.events(&job.id, 0, 1000).await.unwrap();
        let numbers: Vec<i64> = events.iter().map(|e| e.seq).collect();
        assert_eq!(numbers, (1..=job.events).collect::<Vec<_>>(), "no gap");
        assert_eq!(is.finished_at.is_some(), is.state.is_final());
    }
}

#[test]
fn the_queue_does_what_the_reference_does() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let queues = runtime.block_on(async {
        let mut all = Vec::new();
        for place in places().await {
            all.push((queue(&place, 1000.0).await, place));
        }
        all
    });
    let config = ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(steps in prop::collection::vec(step(), 1..60))| {
        for (q, _) in &queues {
            runtime.block_on(async {
                sqlx::raw_sql("DELETE FROM job_events; DELETE FROM jobs").execute(q.database().pool()).await.unwrap();
                check(q, &steps).await;
            });
        }
    });
}
