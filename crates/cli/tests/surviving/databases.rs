//! Scenario 6: PostgreSQL is stopped, killed, away for a while, or has no connection left; the SQLite
//! file is locked by another process, or loses its log.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, Executor};
use verdancy_jobs::State;
use verdancy_trial::{Stop, wait};

use crate::figures;
use crate::ground::{Ground, Kind, LONG, table};

fn sleep(seconds: f64) {
    std::thread::sleep(Duration::from_secs_f64(seconds));
}

/// Takes PostgreSQL away at each moment, in each way, for so many seconds, with a second worker that
/// would like the job. How often, and how many attempts that took.
fn outages(seconds: f64, epochs: u64, ways: &[Stop]) -> Option<(u32, i64)> {
    let mut ground = Ground::own(Kind::Postgres)?;
    let server = ground.serve(&["--no-worker"]);
    let dataset = ground.upload(table(150));
    let mut first = ground.worker("first");
    let reference = ground.run(&dataset, epochs);
    ground.ended(&reference);
    let wanted = ground.result(&reference);
    let mut second = ground.worker("second");
    let (mut times, mut attempts) = (0, 0);
    for &how in ways {
        for moment in ["after-claim", "heartbeat", "during-commit"] {
            let point = match moment {
                "heartbeat" => "in-step 5",
                other => other,
            };
            ground.arm(&format!("halt {point}"));
            let id = ground.run(&dataset, epochs);
            ground.wait_halted();
            ground.postgres.as_mut().unwrap().stop(how).unwrap();
            ground.go_on();
            sleep(seconds);
            ground.postgres.as_mut().unwrap().go().unwrap();
            let job = ground.ended(&id);
            ground.assert_same(&job, &wanted);
            for worker in [&mut first, &mut second] {
                assert!(
                    worker.ended(0.0).is_none(),
                    "a worker ended: {}",
                    worker.log()
                );
            }
            times += 1;
            attempts += job.attempt;
        }
    }
    let health = ground.client.get(ground.address("/ready")).send().unwrap();
    assert!(health.status().is_success(), "{}", server.log());
    drop((first, second));
    assert_eq!(ground.orphans(), Vec::<String>::new());
    Some((times, attempts))
}

#[test]
fn postgres_stopped_and_killed() {
    outages(1.0, 4, &[Stop::Immediate, Stop::Kill]);
}

#[test]
#[ignore = "long: cargo xtask chaos"]
fn long_postgres_stopped_and_killed() {
    let all = [Stop::Fast, Stop::Immediate, Stop::Kill];
    for (seconds, what) in [
        (
            3.0,
            "stop fast, stop immediate, SIGKILL; in claim, heartbeat, commit; away 3 s",
        ),
        (60.0, "the same, away 60 s"),
    ] {
        if let Some((times, attempts)) = outages(seconds, 10, &all) {
            let found = format!(
                "{times} outages, {attempts} attempts; one result each, same hashes, nobody ended"
            );
            figures::note(
                "6",
                "PostgreSQL",
                what,
                &found,
                "one result, same hashes",
                true,
            );
        }
    }
}

#[test]
fn postgres_without_a_connection_left() {
    let Some(mut ground) = Ground::with(Kind::Postgres, &["fsync=off", "max_connections=24"], None)
    else {
        return;
    };
    let server = ground.serve(&["--no-worker"]);
    let dataset = ground.upload(table(150));
    let mut worker = ground.worker("worker");
    let reference = ground.run(&dataset, 4);
    ground.ended(&reference);
    let wanted = ground.result(&reference);
    // Takes every connection there is; the heartbeat of the next run finds none.
    let url = ground.url.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let held = runtime.block_on(async {
        let mut held = Vec::new();
        while let Ok(connection) = sqlx::AnyConnection::connect(&url).await {
            held.push(connection);
        }
        held
    });
    assert!(!held.is_empty());
    let mut ids = Vec::new();
    for _ in 0..2 {
        let body = json!({"dataset": dataset, "method": "tabddpm", "attempts": 1, "seed": 7,
            "parameters": {"hidden": 32, "n_iter": 4, "patience": 0}});
        let (status, body) = ground.post("/v1/runs", &body);
        assert!([201, 503].contains(&status), "{status} {body}");
        ids.extend(body["id"].as_str().map(str::to_owned));
    }
    sleep(2.0);
    assert!(worker.ended(0.0).is_none(), "{}", worker.log());
    drop(held);
    drop(runtime);
    ids.push(ground.run(&dataset, 4));
    for id in ids {
        let job = ground.ended(&id);
        ground.assert_same(&job, &wanted);
    }
    assert!(
        server.log().lines().all(|l| !l.contains("panicked")),
        "{}",
        server.log()
    );
}

/// Locks the SQLite file for so many seconds, at each moment.
fn locked(seconds: f64) -> u32 {
    let mut ground = Ground::new(Kind::Sqlite).unwrap();
    let _server = ground.serve(&["--no-worker"]);
    let dataset = ground.upload(table(150));
    let first = ground.worker("first");
    let reference = ground.run(&dataset, 10);
    ground.ended(&reference);
    let wanted = ground.result(&reference);
    let second = ground.worker("second");
    let mut times = 0;
    for moment in ["idle", "heartbeat", "after-claim", "after-rename"] {
        let halts = moment != "idle";
        let id = halts.then(|| {
            let point = match moment {
                "heartbeat" => "in-step 5",
                other => other,
            };
            ground.arm(&format!("halt {point}"));
            ground.run(&dataset, 10)
        });
        if halts {
            ground.wait_halted();
        }
        let url = ground.url.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            sqlx::any::install_default_drivers();
            let mut other = sqlx::AnyConnection::connect(&url).await.unwrap();
            other
                .execute("PRAGMA busy_timeout = 60000; BEGIN EXCLUSIVE")
                .await
                .unwrap();
            if halts {
                ground.go_on();
            }
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
            other.execute("ROLLBACK").await.unwrap();
        });
        let id = id.unwrap_or_else(|| ground.run(&dataset, 10));
        let job = ground.ended(&id);
        ground.assert_same(&job, &wanted);
        times += 1;
    }
    drop((first, second));
    assert_eq!(ground.orphans(), Vec::<String>::new());
    times
}

#[test]
fn sqlite_locked_by_another_process() {
    locked(1.5);
}

#[test]
#[ignore = "long: cargo xtask chaos"]
fn long_sqlite_locked() {
    let times = locked(35.0);
    let found = format!("{times} locks of 35 s; one result each, same hashes");
    let what = "file locked 35 s when idle, in heartbeat, claim, and before the commit";
    figures::note("6", "SQLite", what, &found, "one result, same hashes", true);
}

#[test]
fn sqlite_whose_log_is_deleted_while_stopped() {
    let mut ground = Ground::new(Kind::Sqlite).unwrap();
    let mut server = ground.serve(&[]);
    let dataset = ground.upload(table(150));
    let done = ground.quick_run(&dataset);
    assert_eq!(ground.ended(&done).state, State::Succeeded);
    let files = |ending: &str| ground_file(&ground, ending);
    // Ended in good order: nothing is in the log any more.
    server.ask().unwrap();
    assert!(server.ended(LONG).is_some());
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(files(ending));
    }
    let mut server = ground.serve(&[]);
    assert_eq!(ground.job(&done).state, State::Succeeded);
    assert_eq!(ground.result(&done).0.len(), 4);
    // Killed, with a log that holds what was committed last: that is lost with it, and only that.
    ground.halted_run(&dataset, 10);
    server.kill();
    ground.go_on();
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(ground_file(&ground, ending));
    }
    let _server = ground.serve(&[]);
    assert_eq!(ground.job(&done).state, State::Succeeded);
    let sound: String = ground.queue(async |q| {
        sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(q.database().pool())
            .await
            .unwrap()
    });
    assert_eq!(sound, "ok");
    let next = ground.quick_run(&dataset);
    assert_eq!(ground.ended(&next).state, State::Succeeded);
}

fn ground_file(ground: &Ground, ending: &str) -> std::path::PathBuf {
    ground.data.join(format!("verdancy.db{ending}"))
}

#[test]
fn requests_during_an_outage_are_told_to_come_again() {
    let Some(mut ground) = Ground::own(Kind::Postgres) else {
        return;
    };
    let _server = ground.serve(&["--no-worker"]);
    ground
        .postgres
        .as_mut()
        .unwrap()
        .stop(Stop::Immediate)
        .unwrap();
    let ask = |path: &str| ground.client.get(ground.address(path)).send().unwrap();
    let answer = ask("/v1/runs");
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(ask("/health").status(), 200, "the process itself is well");
    assert_eq!(ask("/ready").status(), 503);
    ground.postgres.as_mut().unwrap().go().unwrap();
    let well = wait(LONG, || {
        let answer = ground.client.get(ground.address("/ready")).send().unwrap();
        answer.status().is_success().then_some(())
    });
    assert!(well.is_some());
}
