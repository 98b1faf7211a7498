//! Projects share the workers, however much each of them asks for; and what is forgotten is gone.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Place, job, places, queue};
use verdancy_jobs::{Artifact, Filter, Lease, NewJob, Queue, Said, State};

fn of(project: &str) -> NewJob {
    NewJob {
        project: project.into(),
        ..job()
    }
}

/// The project of the next job, and its lease.
async fn next(q: &Queue) -> (String, Lease) {
    let (job, lease) = q.claim("w").await.unwrap().expect("a job");
    (job.project, lease)
}

async fn end(lease: Lease) {
    lease.succeed("{}", &[], &[]).await.unwrap();
}

/// Ten thousand queued jobs of project `many`.
async fn flooded(place: &Place) -> Queue {
    let q = queue(place, 1000.0).await;
    q.enqueue(&of("many")).await.unwrap();
    sqlx::raw_sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) \
         INSERT INTO jobs (id, project, kind, actor, payload, state, priority, attempt, deaths, max_attempts, \
         mark, death_mark, last_event, created_at, run_after) \
         SELECT 'flood' || i, 'many', 'synth', 'a', '{}', 'queued', 5, 0, 0, 3, '', '', 0, 0, 0 FROM n",
    )
    .execute(q.database().pool())
    .await
    .unwrap();
    q
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_jobs_delay_anothers_by_one_at_most() {
    for place in places().await {
        let q = flooded(&place).await;
        for _ in 0..20 {
            let (project, lease) = next(&q).await;
            assert_eq!(project, "many");
            end(lease).await;
        }
        // One of the many runs when another project comes; nobody's turn comes before its own.
        let (_, running) = next(&q).await;
        q.enqueue(&of("few")).await.unwrap();
        end(running).await;
        let (project, lease) = next(&q).await;
        assert_eq!(project, "few", "{}", place.name);
        end(lease).await;
        // Nothing runs when it comes: one of the many at most goes before it.
        q.enqueue(&of("few")).await.unwrap();
        let (first, lease) = next(&q).await;
        end(lease).await;
        let (second, lease) = next(&q).await;
        end(lease).await;
        assert!(first == "few" || second == "few", "{}", place.name);
        let began = std::time::Instant::now();
        for _ in 0..20 {
            end(next(&q).await.1).await;
        }
        eprintln!("{}: 20 jobs of 10,000 in {:?}", place.name, began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projects_take_turns_by_weight_and_save_up_nothing() {
    for place in places().await {
        let q = queue(&place, 1000.0).await;
        q.weigh("heavy", 3.0).await.unwrap();
        assert_eq!(q.weight("heavy").await.unwrap(), 3.0);
        assert_eq!(q.weight("unknown").await.unwrap(), 1.0);
        for _ in 0..40 {
            q.enqueue(&of("light")).await.unwrap();
        }
        // It wanted nothing for a while, and gets nothing for that.
        for _ in 0..8 {
            end(next(&q).await.1).await;
        }
        for _ in 0..40 {
            q.enqueue(&of("heavy")).await.unwrap();
        }
        let mut heavy = 0;
        for _ in 0..24 {
            let (project, lease) = next(&q).await;
            heavy += usize::from(project == "heavy");
            end(lease).await;
        }
        assert!((17..=19).contains(&heavy), "{}: {heavy} of 24", place.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forgotten_leaves_nothing() {
    for place in places().await {
        let q = queue(&place, 1000.0).await;
        let new = NewJob {
            words: "Ward 7 b_c".into(),
            holds: vec!["h".repeat(64)],
            keeps: vec!["k".repeat(64)],
            ..job()
        };
        let id = q.enqueue(&new).await.unwrap();
        let found = async |text: &str| {
            let filter = Filter {
                text: Some(text.into()),
                ..Filter::default()
            };
            q.list(&filter).await.unwrap().len()
        };
        assert_eq!((found("ward 7").await, found("B_C").await), (1, 1));
        assert_eq!((found("bxc").await, found("%").await), (0, 0));
        assert!(!q.forget(&id).await.unwrap(), "it has not ended");
        let all = q.hashes().await.unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(
            q.needing(&"k".repeat(64)).await.unwrap(),
            std::slice::from_ref(&id)
        );

        let (_, lease) = q.claim("w").await.unwrap().unwrap();
        assert!(!q.finishing(&id).await.unwrap());
        q.finish(&id).await.unwrap();
        q.finish(&id).await.unwrap();
        assert!(q.finishing(&id).await.unwrap());
        let file = Artifact {
            name: "x".into(),
            hash: "a".repeat(64),
            bytes: 7,
            media_type: "text/csv".into(),
        };
        let said = Said {
            kind: "end".into(),
            body: "{}".into(),
        };
        lease.succeed("{}", &[file], &[said]).await.unwrap();
        assert_eq!(q.hashes().await.unwrap().len(), 2, "what it held is free");
        assert_eq!(q.bytes("p").await.unwrap(), 7);
        q.amend(&id, "{\"a\":1}", "another").await.unwrap();
        assert_eq!((found("ward").await, found("anoth").await), (0, 1));
        assert_eq!(q.get(&id).await.unwrap().payload, "{\"a\":1}");

        assert_eq!(q.ended("p", 1000.0).await.unwrap(), Vec::<String>::new());
        assert_eq!(q.ended("p", 0.0).await.unwrap(), std::slice::from_ref(&id));
        assert!(q.forget(&id).await.unwrap());
        assert!(q.forget(&id).await.is_err());
        for table in [
            "jobs",
            "job_events",
            "job_artifacts",
            "job_labels",
            "job_holds",
            "job_finishes",
        ] {
            let text = format!("SELECT count(*) FROM {table}");
            let row = sqlx::query(sqlx::AssertSqlSafe(text))
                .fetch_one(q.database().pool())
                .await
                .unwrap();
            let left: i64 = sqlx::Row::try_get(&row, 0).unwrap();
            assert_eq!(left, 0, "{}: {table}", place.name);
        }
        let waiting = q.enqueue(&job()).await.unwrap();
        assert_eq!(q.cancel_all("p").await.unwrap(), 1);
        assert_eq!(q.get(&waiting).await.unwrap().state, State::Cancelled);
    }
}
