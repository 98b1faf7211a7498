//! Jobs that belong to others: found through them, never made without them, and told of when they are gone.
#![allow(clippy::unwrap_used)]

mod common;

use common::{job, places, queue};
use verdancy_jobs::{Error, Filter, NewJob, Queue};

fn child(parent: &str) -> NewJob {
    NewJob {
        kind: "child".into(),
        parent: Some(parent.to_owned()),
        ..job()
    }
}

async fn ids(q: &Queue, parent: &str, limit: i64) -> Vec<String> {
    let found = q.children(parent, limit).await.unwrap();
    found.into_iter().map(|job| job.id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_are_found_through_their_parent_the_newest_first() {
    for place in places().await {
        let q = queue(&place, 5.0).await;
        let one = q.enqueue(&job()).await.unwrap();
        let other = q.enqueue(&job()).await.unwrap();
        let mut made = Vec::new();
        for _ in 0..3 {
            made.push(q.enqueue(&child(&one)).await.unwrap());
        }
        made.reverse();
        assert_eq!(ids(&q, &one, 9).await, made, "{}", place.name);
        assert_eq!(ids(&q, &one, 2).await, made[..2]);
        assert!(ids(&q, &other, 9).await.is_empty());
        assert_eq!(q.parent(&made[0]).await.unwrap(), Some(one.clone()));
        assert_eq!(q.parent(&one).await.unwrap(), None);
        let of = |kind: &str| Filter {
            kind: Some(kind.to_owned()),
            ..Filter::default()
        };
        assert_eq!(q.list(&of("child")).await.unwrap().len(), 3);
        let all = q.list(&of(&job().kind)).await.unwrap();
        assert_eq!(all.len(), 2);
        assert!(
            all.iter()
                .all(|job| of(&job.kind).keeps(job) && !of("child").keeps(job))
        );
        let queued = |counts: Vec<(_, i64)>| counts[0].1;
        assert_eq!(queued(q.counts("child").await.unwrap()), 3);
        assert_eq!(queued(q.counts(&job().kind).await.unwrap()), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_not_made_for_a_parent_that_is_gone_and_orphans_are_told() {
    for place in places().await {
        let q = queue(&place, 5.0).await;
        let parent = q.enqueue(&job()).await.unwrap();
        let own = q.enqueue(&child(&parent)).await.unwrap();
        assert!(q.orphans().await.unwrap().is_empty());
        q.cancel(&parent).await.unwrap();
        assert!(q.forget(&parent).await.unwrap());
        assert_eq!(
            q.orphans().await.unwrap(),
            std::slice::from_ref(&own),
            "{}",
            place.name
        );
        assert_eq!(ids(&q, &parent, 9).await, std::slice::from_ref(&own));
        let late = q.enqueue(&child(&parent)).await;
        assert!(matches!(late, Err(Error::Unknown)), "{late:?}");
        q.cancel(&own).await.unwrap();
        assert!(q.forget(&own).await.unwrap());
        assert!(q.orphans().await.unwrap().is_empty());
        assert!(ids(&q, &parent, 9).await.is_empty());
        assert!(q.list(&Filter::default()).await.unwrap().is_empty());
    }
}

/// However a job and the end of its parent meet, it is refused or told of as an orphan.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_child_slips_through_while_its_parent_is_forgotten() {
    for place in places().await {
        let q = queue(&place, 5.0).await;
        for _ in 0..20 {
            let parent = q.enqueue(&job()).await.unwrap();
            q.cancel(&parent).await.unwrap();
            let making = {
                let (q, new) = (q.clone(), child(&parent));
                tokio::spawn(async move { q.enqueue(&new).await })
            };
            assert!(q.forget(&parent).await.unwrap());
            match making.await.unwrap() {
                Err(Error::Unknown) => assert!(q.orphans().await.unwrap().is_empty()),
                made => {
                    let made = made.unwrap();
                    assert_eq!(
                        q.orphans().await.unwrap(),
                        std::slice::from_ref(&made),
                        "{}",
                        place.name
                    );
                    q.cancel(&made).await.unwrap();
                    q.forget(&made).await.unwrap();
                }
            }
        }
    }
}
