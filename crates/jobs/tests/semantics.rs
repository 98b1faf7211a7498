//! What the queue promises, on both databases.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeSet;

use common::{job, places, queue, sleep};
use verdancy_jobs::{Artifact, Beat, Error, Failure, Filter, Heart, NewJob, Pulse, Said, State};

fn said(kind: &str) -> Said {
    Said {
        kind: kind.into(),
        body: "{}".into(),
    }
}

fn file(name: &str) -> Artifact {
    Artifact {
        name: name.into(),
        hash: "a".repeat(64),
        bytes: 3,
        media_type: "text/csv".into(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_claimed_worked_on_and_committed_with_its_files() {
    for place in places().await {
        let q = queue(&place, 5.0).await;
        let id = q.enqueue(&job()).await.unwrap();
        let (claimed, lease) = q.claim("me").await.unwrap().expect("a job");
        assert_eq!((claimed.id.as_str(), claimed.attempt), (id.as_str(), 1));
        assert_eq!(claimed.state, State::Running);
        assert!(q.claim("other").await.unwrap().is_none(), "{}", place.name);
        let beat = Beat {
            said: vec![said("a"), said("b")],
            progress: Some("{\"step\":1}".into()),
            mark: None,
        };
        assert!(!lease.beat(&beat).await.unwrap());
        lease
            .succeed("{\"green\":true}", &[file("x"), file("y")], &[said("end")])
            .await
            .unwrap();
        let done = q.get(&id).await.unwrap();
        assert_eq!(done.state, State::Succeeded);
        assert_eq!(done.result.as_deref(), Some("{\"green\":true}"));
        assert_eq!(done.progress.as_deref(), Some("{\"step\":1}"));
        assert!(done.finished_at >= done.started_at && done.started_at >= Some(done.created_at));
        let events = q.events(&id, 0, 100).await.unwrap();
        let told: Vec<_> = events.iter().map(|e| (e.seq, e.kind.as_str())).collect();
        assert_eq!(told, [(1, "a"), (2, "b"), (3, "end")]);
        assert_eq!(q.events(&id, 2, 100).await.unwrap().len(), 1);
        assert_eq!(q.artifacts(&id).await.unwrap(), [file("x"), file("y")]);
        assert!(matches!(
            lease.beat(&Beat::default()).await,
            Err(Error::LostLease)
        ));
        assert!(matches!(
            lease.succeed("{}", &[], &[]).await,
            Err(Error::LostLease)
        ));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lost_the_lease_writes_nothing() {
    for place in places().await {
        let q = queue(&place, 0.3).await;
        let id = q.enqueue(&job()).await.unwrap();
        let (_, old) = q.claim("same name").await.unwrap().unwrap();
        sleep(0.5).await;
        let (again, new) = q
            .claim("same name")
            .await
            .unwrap()
            .expect("given out again");
        assert_eq!((again.attempt, again.deaths), (2, 1), "{}", place.name);
        // The same owner's name does not help: the attempt differs.
        let beat = Beat {
            said: vec![said("late")],
            ..Beat::default()
        };
        assert!(matches!(old.beat(&beat).await, Err(Error::LostLease)));
        assert!(matches!(
            old.succeed("{}", &[file("late")], &[]).await,
            Err(Error::LostLease)
        ));
        let failure = Failure {
            code: "x".into(),
            message: "y".into(),
        };
        assert!(matches!(
            old.fail(&failure, &[]).await,
            Err(Error::LostLease)
        ));
        assert!(matches!(old.release().await, Err(Error::LostLease)));
        assert!(matches!(old.cancelled(&[]).await, Err(Error::LostLease)));
        new.succeed("{}", &[file("good")], &[]).await.unwrap();
        assert_eq!(q.artifacts(&id).await.unwrap(), [file("good")]);
        assert!(q.events(&id, 0, 9).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poison_job_ends_after_three_deaths_and_others_get_through() {
    for place in places().await {
        let q = queue(&place, 0.15).await;
        let poison = q
            .enqueue(&NewJob {
                priority: 1,
                ..job()
            })
            .await
            .unwrap();
        let good = q.enqueue(&job()).await.unwrap();
        let (mut given, mut ended) = (0, false);
        for _ in 0..40 {
            match q.claim("w").await.unwrap() {
                Some((j, _)) if j.id == poison => given += 1,
                Some((_, lease)) => {
                    lease.succeed("{}", &[], &[]).await.unwrap();
                    ended = true;
                }
                None => sleep(0.05).await,
            }
        }
        assert_eq!((given, ended), (3, true), "{}", place.name);
        let dead = q.get(&poison).await.unwrap();
        assert_eq!((dead.state, dead.deaths), (State::Failed, 3));
        assert_eq!(dead.failure.unwrap().code, "jobs/worker-died");
        assert_eq!(q.get(&good).await.unwrap().state, State::Succeeded);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_deaths_at_the_same_progress_are_enough() {
    for place in places().await {
        let q = queue(&place, 0.15).await;
        let id = q
            .enqueue(&NewJob {
                max_attempts: 9,
                ..job()
            })
            .await
            .unwrap();
        for (mark, after) in [
            ("1-100", State::Queued),
            ("1-200", State::Queued),
            ("1-200", State::Failed),
        ] {
            let (_, lease) = q.claim("w").await.unwrap().unwrap();
            let beat = Beat {
                mark: Some(mark.into()),
                ..Beat::default()
            };
            lease.beat(&beat).await.unwrap();
            sleep(0.3).await;
            assert_eq!(q.bury().await.unwrap(), 1);
            assert_eq!(
                q.get(&id).await.unwrap().state,
                after,
                "{} {mark}",
                place.name
            );
        }
        assert!(
            q.get(&id)
                .await
                .unwrap()
                .failure
                .unwrap()
                .message
                .contains("out of memory")
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancel_before_in_and_after() {
    for place in places().await {
        let q = queue(&place, 5.0).await;
        let waiting = q.enqueue(&job()).await.unwrap();
        assert_eq!(q.cancel(&waiting).await.unwrap(), State::Cancelled);
        assert_eq!(q.cancel(&waiting).await.unwrap(), State::Cancelled, "twice");
        assert!(q.claim("w").await.unwrap().is_none());
        let held = q.enqueue(&job()).await.unwrap();
        let (_, lease) = q.claim("w").await.unwrap().unwrap();
        assert_eq!(q.cancel(&held).await.unwrap(), State::Cancelling);
        assert!(
            lease.beat(&Beat::default()).await.unwrap(),
            "the worker learns of it"
        );
        // In commit: the result comes too late, and nothing of it is written.
        assert!(matches!(
            lease.succeed("{}", &[file("x")], &[]).await,
            Err(Error::Cancelled)
        ));
        assert!(q.artifacts(&held).await.unwrap().is_empty());
        lease.cancelled(&[said("end")]).await.unwrap();
        assert_eq!(q.get(&held).await.unwrap().state, State::Cancelled);
        let done = q.enqueue(&job()).await.unwrap();
        let (_, lease) = q.claim("w").await.unwrap().unwrap();
        lease.succeed("{}", &[], &[]).await.unwrap();
        assert_eq!(q.cancel(&done).await.unwrap(), State::Succeeded);
        assert!(matches!(q.cancel("nobody").await, Err(Error::Unknown)));
        // Whoever dies while cancelling is cancelled, not begun again.
        let q = queue(&place, 0.1).await;
        let id = q.enqueue(&job()).await.unwrap();
        let _lease = q.claim("w").await.unwrap().unwrap();
        q.cancel(&id).await.unwrap();
        sleep(0.3).await;
        q.bury().await.unwrap();
        assert_eq!(q.get(&id).await.unwrap().state, State::Cancelled);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_heart_beats_beside_work_on_all_cores() {
    for place in places().await {
        let q = queue(&place, 1.5).await;
        let id = q.enqueue(&job()).await.unwrap();
        let (_, lease) = q.claim("w").await.unwrap().unwrap();
        let heart = Heart::start(&lease).unwrap();
        heart.say(said("begun"));
        let until = std::time::Instant::now() + std::time::Duration::from_secs(5);
        let busy: Vec<_> = (0..4)
            .map(|_| {
                std::thread::spawn(move || {
                    let mut x = 0_u64;
                    while std::time::Instant::now() < until {
                        x = x.wrapping_mul(31).wrapping_add(7);
                    }
                    x
                })
            })
            .collect();
        while std::time::Instant::now() < until {
            assert_eq!(q.bury().await.unwrap(), 0, "{}: declared dead", place.name);
            sleep(0.1).await;
        }
        for thread in busy {
            thread.join().unwrap();
        }
        assert_eq!(heart.pulse(), Pulse::Beating);
        q.cancel(&id).await.unwrap();
        while heart.pulse() == Pulse::Beating {
            sleep(0.05).await;
        }
        assert_eq!(heart.pulse(), Pulse::CancelAsked);
        heart.say(said("last"));
        let left = heart.stop();
        lease.cancelled(&left).await.unwrap();
        let kinds: Vec<_> = (q.events(&id, 0, 9).await.unwrap())
            .into_iter()
            .map(|e| e.kind)
            .collect();
        assert_eq!(kinds, ["begun", "last"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_short_jobs_over_eight_workers_none_lost_none_twice() {
    for place in places().await {
        let q = queue(&place, 30.0).await;
        for _ in 0..1000 {
            q.enqueue(&job()).await.unwrap();
        }
        let workers: Vec<_> = (0..8)
            .map(|w| {
                let q = q.clone();
                tokio::spawn(async move {
                    let mut done = Vec::new();
                    while let Some((job, lease)) = q.claim(&format!("w{w}")).await.unwrap() {
                        lease.succeed("{}", &[], &[]).await.unwrap();
                        done.push(job.id);
                    }
                    done
                })
            })
            .collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.await.unwrap());
        }
        assert_eq!(all.len(), 1000, "{}", place.name);
        assert_eq!(
            all.iter().collect::<BTreeSet<_>>().len(),
            1000,
            "{}",
            place.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_released_job_goes_on_elsewhere_and_counts_no_death() {
    for place in places().await {
        let q = queue(&place, 5.0).await;
        let id = q.enqueue(&job()).await.unwrap();
        let (_, lease) = q.claim("w").await.unwrap().unwrap();
        lease.release().await.unwrap();
        let (again, _) = q.claim("v").await.unwrap().unwrap();
        assert_eq!((again.id, again.attempt, again.deaths), (id, 2, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_of_the_projects_asked_for_and_keys_are_unique() {
    for place in places().await {
        let q = queue(&place, 5.0).await;
        let mut ids = Vec::new();
        for project in ["a", "b", "a", "c"] {
            let new = NewJob {
                project: project.into(),
                ..job()
            };
            ids.push(q.enqueue(&new).await.unwrap());
        }
        let list = |projects: Option<&[&str]>, before: Option<&str>, limit| {
            let filter = Filter {
                projects: projects.map(|p| p.iter().map(ToString::to_string).collect()),
                before: before.map(ToString::to_string),
                limit: Some(limit),
                ..Filter::default()
            };
            let q = q.clone();
            async move {
                q.list(&filter)
                    .await
                    .unwrap()
                    .into_iter()
                    .map(|j| j.id)
                    .collect::<Vec<_>>()
            }
        };
        assert_eq!(
            list(None, None, 9).await,
            [&*ids[3], &*ids[2], &*ids[1], &*ids[0]]
        );
        assert_eq!(list(Some(&["a"]), None, 9).await, [&*ids[2], &*ids[0]]);
        assert_eq!(list(Some(&["a", "c"]), Some(&ids[3]), 1).await, [&*ids[2]]);
        assert!(list(Some(&[]), None, 9).await.is_empty());
        let keyed = NewJob {
            unique_key: Some("k".into()),
            ..job()
        };
        let (one, two) = (
            q.enqueue(&keyed).await.unwrap(),
            q.enqueue(&keyed).await.unwrap(),
        );
        assert_eq!(one, two);
        let counts = q.counts(&job().kind).await.unwrap();
        assert_eq!(counts[0], (State::Queued, 5));
        q.cancel(&ids[1]).await.unwrap();
        let all = q.list(&Filter::default()).await.unwrap();
        for query in [
            "state=queued",
            "state=cancelled,failed",
            "state=failed",
            "project=a",
            "project=b&state=cancelled",
            "actor=somebody%27else",
        ]
        .map(ToOwned::to_owned)
        .into_iter()
        .chain([format!("actor={}&before={}", all[0].actor, ids[2])])
        {
            let filter = Filter::parse(&query).unwrap();
            let found = q.list(&filter).await.unwrap();
            let kept: Vec<_> = all.iter().filter(|j| filter.keeps(j)).cloned().collect();
            assert_eq!(found, kept, "{query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_ran_out_of_disk_is_not_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("jobs.db").display());
    let database = verdancy_jobs::Database::connect(&url, 1).await.unwrap();
    let q = verdancy_jobs::Queue::new(database.clone(), verdancy_jobs::Rhythm::default());
    q.enqueue(&job()).await.unwrap();
    sqlx::query("PRAGMA max_page_count = 40")
        .fetch_all(database.pool())
        .await
        .unwrap();
    let (_, lease) = q.claim("w").await.unwrap().unwrap();
    let beat = Beat {
        said: vec![Said {
            kind: "k".into(),
            body: "x".repeat(4 << 20),
        }],
        ..Beat::default()
    };
    let error = lease.beat(&beat).await.unwrap_err();
    assert!(error.is_full() && error.is_passing(), "{error}");
    // With room again: a new connection, and the same lease.
    lease.beat(&Beat::default()).await.unwrap();
    lease
        .succeed("{}", &[file("x")], &[said("end")])
        .await
        .unwrap();
}
