//! Scenario 10: cancelled before it began, in a step, on the way into the commit, in the commit,
//! twice, and after its end.

use std::time::Instant;

use serde_json::json;
use verdancy_jobs::State;

use crate::figures;
use crate::ground::{Ground, Kind, table};

fn cancel(ground: &Ground, id: &str) -> String {
    let (status, body) = ground.post(&format!("/v1/runs/{id}/cancel"), &json!({}));
    assert_eq!(status, 200, "{body}");
    body["state"].as_str().unwrap().to_owned()
}

/// Cancels at every time. Gives the longest time until a cancel of a training was visible.
fn cancel_at_every_time(kind: Kind, times: usize) -> Option<f64> {
    let mut ground = Ground::new(kind)?;
    let _server = ground.serve(&["--no-worker"]);
    let dataset = ground.upload(table(150));

    let waiting = ground.run(&dataset, 2);
    assert_eq!(cancel(&ground, &waiting), "cancelled");
    assert_eq!(cancel(&ground, &waiting), "cancelled", "twice");

    let worker = ground.worker("worker");
    let mut longest = 0.0_f64;
    for _ in 0..times {
        // So long that it can only end by being cancelled.
        let id = ground.run(&dataset, 20_000);
        ground.wait_training(&id);
        let asked = Instant::now();
        assert!(["cancelling", "cancelled"].contains(&&*cancel(&ground, &id)));
        cancel(&ground, &id);
        let job = ground.ended(&id);
        longest = longest.max(asked.elapsed().as_secs_f64());
        assert_eq!(
            (job.state, job.attempt, job.deaths),
            (State::Cancelled, 1, 0)
        );
        assert_eq!(ground.result(&id).1, 0, "no files of a cancelled run");
    }

    // All files are stored, and the commit has not begun: the cancel wins.
    ground.arm("halt after-rename");
    let id = ground.run(&dataset, 2);
    ground.wait_halted();
    assert_eq!(cancel(&ground, &id), "cancelling");
    ground.go_on();
    let job = ground.ended(&id);
    assert_eq!(job.state, State::Cancelled);
    assert_eq!(ground.result(&id).1, 0);
    let events = ground.queue(async |q| q.events(&id, 0, 10_000).await.unwrap());
    let ends: Vec<_> = events.iter().filter(|e| e.kind == "end").collect();
    assert_eq!(ends.len(), 1);
    assert!(ends[0].body.contains("cancelled"), "{}", ends[0].body);

    // In the transaction: the cancel waits for it, and comes too late.
    ground.arm("halt during-commit");
    let id = ground.run(&dataset, 2);
    ground.wait_halted();
    let state = std::thread::scope(|scope| {
        let asked = scope.spawn(|| cancel(&ground, &id));
        std::thread::sleep(std::time::Duration::from_millis(100));
        ground.go_on();
        asked.join().unwrap()
    });
    assert_eq!(state, "succeeded");
    assert_eq!(cancel(&ground, &id), "succeeded", "of one that has ended");
    assert_eq!(ground.result(&id).0.len(), 4);

    drop(worker);
    assert_eq!(ground.orphans(), Vec::<String>::new());
    Some(longest)
}

#[test]
fn cancel_at_every_time_sqlite() {
    cancel_at_every_time(Kind::Sqlite, 1);
}

#[test]
fn cancel_at_every_time_postgres() {
    cancel_at_every_time(Kind::Postgres, 1);
}

#[test]
#[ignore = "long: cargo xtask chaos"]
fn long_cancel() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if let Some(longest) = cancel_at_every_time(kind, 20) {
            let found =
                format!("longest of 20 from the request to the stored state: {longest:.2} s");
            let what = "cancel before, mid-step, before and in the commit, twice, finished";
            figures::note(
                "10",
                kind.name(),
                what,
                &found,
                "visible within 10 s",
                longest <= 10.0,
            );
        }
    }
}
