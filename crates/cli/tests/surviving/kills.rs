//! Scenarios 1, 3 and 5: workers killed at every named place; one restarted at once; a job that
//! kills whoever works on it.

use std::os::unix::process::ExitStatusExt;

use verdancy_fail_point::NAMES;
use verdancy_jobs::State;
use verdancy_trial::Process;

use crate::figures;
use crate::ground::{Ground, Kind, LONG, table};

/// Puts another worker in the place of one that was killed. True when it was.
fn replace(ground: &Ground, worker: &mut Process) -> bool {
    let Some(status) = worker.ended(0.0) else {
        return false;
    };
    assert_eq!(status.signal(), Some(9), "{}", worker.log());
    *worker = ground.worker("worker");
    true
}

/// Kills at each place `times` times. How many attempts that took.
fn kill_everywhere(kind: Kind, times: u64) -> Option<(u64, i64)> {
    let mut ground = Ground::new(kind)?;
    let _server = ground.serve(&["--no-worker"]);
    let dataset = ground.upload(table(150));
    let mut worker = ground.worker("worker");
    let undisturbed = ground.run(&dataset, 2);
    assert_eq!(ground.ended(&undisturbed).attempt, 1);
    let wanted = ground.result(&undisturbed);
    assert_eq!(wanted.0.len(), 4, "{wanted:?}");
    let (mut kills, mut attempts) = (0, 0);
    for name in NAMES {
        for time in 0..times {
            // Not always the first pass of the places that are passed often.
            let pass = match name {
                "mid-fit" | "in-step" | "in-checkpoint" | "during-commit" => time % 3 + 1,
                _ => 1,
            };
            ground.arm(&format!("kill {name} {pass}"));
            let id = ground.run(&dataset, 2);
            let mut killed = false;
            let job = ground.ended_with(&id, || killed |= replace(&ground, &mut worker));
            let spent = verdancy_trial::wait(LONG, || (!ground.fail_file().exists()).then_some(()));
            assert!(spent.is_some(), "{name} was not passed: {job:?}");
            if name == "after-commit" {
                while !killed {
                    killed = replace(&ground, &mut worker);
                }
            }
            let by_child = ["in-step", "in-checkpoint"].contains(&name);
            assert_eq!(killed, !by_child, "{name}: {}", worker.log());
            let begun = if name == "after-commit" { 1 } else { 2 };
            assert_eq!((job.attempt, job.deaths), (begun, begun - 1), "{name}");
            ground.assert_same(&job, &wanted);
            kills += 1;
            attempts += job.attempt;
        }
    }
    worker.ask().unwrap();
    assert!(worker.ended(LONG).is_some());
    assert_eq!(ground.orphans(), Vec::<String>::new());
    Some((kills, attempts))
}

#[test]
fn kill_at_every_point_sqlite() {
    kill_everywhere(Kind::Sqlite, 2);
}

#[test]
fn kill_at_every_point_postgres() {
    kill_everywhere(Kind::Postgres, 2);
}

#[test]
#[ignore = "long: cargo xtask chaos"]
fn long_kill_at_every_point() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some((kills, attempts)) = kill_everywhere(kind, 25) else {
            continue;
        };
        let found = format!(
            "{kills} kills at {} places, {attempts} attempts; every run ended once, with the hashes of \
             the undisturbed one; nothing left after a sweep",
            NAMES.len()
        );
        figures::note(
            "1",
            kind.name(),
            "SIGKILL at every named place, 25 times each",
            &found,
            "one result, same hashes, no orphan",
            true,
        );
    }
}

#[test]
fn a_worker_restarted_at_once_keeps_nobodys_lease_alive() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some(mut ground) = Ground::new(kind) else {
            continue;
        };
        let _server = ground.serve(&["--no-worker"]);
        let dataset = ground.upload(table(150));
        let mut worker = ground.worker("worker");
        let reference = ground.run(&dataset, 2);
        ground.ended(&reference);
        let wanted = ground.result(&reference);
        ground.arm("kill mid-fit");
        let id = ground.run(&dataset, 2);
        let killed = worker.ended(LONG).expect("the worker is killed");
        assert_eq!(killed.signal(), Some(9));
        // On the same machine, under the same name, within the second.
        let _again = ground.worker("worker");
        let job = ground.ended(&id);
        assert_eq!((job.attempt, job.deaths), (2, 1));
        ground.assert_same(&job, &wanted);
    }
}

#[test]
fn a_poison_job_ends_and_the_others_get_through() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some(mut ground) = Ground::new(kind) else {
            continue;
        };
        let _server = ground.serve(&["--no-worker"]);
        let dataset = ground.upload(table(150));
        let mut worker = ground.worker("worker");
        ground.arm("poison in-step");
        let poison = ground.run(&dataset, 2);
        let good = ground.quick_run(&dataset);
        let job = ground.ended(&poison);
        assert_eq!((job.state, job.attempt, job.deaths), (State::Failed, 3, 3));
        assert_eq!(job.failure.unwrap().code, "jobs/worker-died");
        assert_eq!(ground.ended(&good).state, State::Succeeded);
        assert!(worker.ended(0.0).is_none(), "the worker itself lives");
    }
}
