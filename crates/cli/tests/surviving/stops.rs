//! Scenario 11: a worker is asked to end in the middle of a training; the run goes on elsewhere.

use std::time::Instant;

use verdancy_jobs::State;
use verdancy_trial::Process;

use crate::figures;
use crate::ground::{Ground, Kind, LONG, table};

/// Epochs of a run.
const EPOCHS: u64 = 10;

fn stop_and_go_on(kind: Kind, times: usize) -> Option<f64> {
    let mut ground = Ground::new(kind)?;
    let server = ground.serve(&["--no-worker"]);
    let dataset = ground.upload(table(150));
    let mut worker = ground.worker("first");
    let reference = ground.run(&dataset, EPOCHS);
    ground.ended(&reference);
    let wanted = ground.result(&reference);
    let mut longest = 0.0_f64;
    for _ in 0..times {
        let id = ground.halted_run(&dataset, EPOCHS);
        let asked = Instant::now();
        worker.ask().unwrap();
        let status = worker.ended(LONG).expect("it ends");
        longest = longest.max(asked.elapsed().as_secs_f64());
        assert!(status.success(), "{}", worker.log());
        let job = ground.job(&id);
        assert_eq!(
            (job.state, job.deaths),
            (State::Queued, 0),
            "{}",
            worker.log()
        );
        ground.go_on();
        worker = ground.worker("second");
        let job = ground.ended(&id);
        assert_eq!((job.attempt, job.deaths), (2, 0));
        ground.assert_same(&job, &wanted);
    }
    // Server and worker in one process.
    drop((server, worker));
    let mut both = ground.serve(&[]);
    let id = ground.halted_run(&dataset, EPOCHS);
    let asked = Instant::now();
    both.ask().unwrap();
    assert!(
        both.ended(LONG).expect("it ends").success(),
        "{}",
        both.log()
    );
    longest = longest.max(asked.elapsed().as_secs_f64());
    assert_eq!(ground.job(&id).state, State::Queued);
    ground.go_on();
    let both: Process = ground.serve(&[]);
    let job = ground.ended(&id);
    ground.assert_same(&job, &wanted);
    drop(both);
    assert_eq!(ground.orphans(), Vec::<String>::new());
    Some(longest)
}

#[test]
fn a_stopped_worker_gives_its_run_back() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if let Some(longest) = stop_and_go_on(kind, 1) {
            assert!(longest < 30.0, "{longest}");
        }
    }
}

#[test]
#[ignore = "long: cargo xtask chaos"]
fn long_stop() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if let Some(longest) = stop_and_go_on(kind, 10) {
            let found = format!("slowest of 11 ends {longest:.2} s; same hashes, no death counted");
            let what = "SIGTERM in a training, another worker goes on";
            figures::note(
                "11",
                kind.name(),
                what,
                &found,
                "ends within 30 s",
                longest <= 30.0,
            );
        }
    }
}
