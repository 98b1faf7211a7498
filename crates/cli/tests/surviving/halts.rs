//! Scenario 2: a worker is halted past its lease, another finishes its run, and then the first goes
//! on. It must write nothing. With its child going on meanwhile, and with its child halted too.

use verdancy_jobs::State;
use verdancy_trial::wait;

use crate::ground::{Ground, Kind, LONG, table};

/// The processes that `parent` started.
fn children(parent: u32) -> Vec<i32> {
    let stat = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    (std::fs::read_dir("/proc").unwrap().flatten())
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|pid| pid.bytes().all(|b| b.is_ascii_digit()))
        .filter(|pid| {
            let text = stat(pid).unwrap_or_default();
            let after = text.rsplit(") ").next().unwrap_or_default().to_owned();
            after.split_whitespace().nth(1) == Some(&parent.to_string())
        })
        .filter_map(|pid| pid.parse().ok())
        .collect()
}

fn halted_past_its_lease(kind: Kind, with_child: bool) {
    let Some(mut ground) = Ground::new(kind) else {
        return;
    };
    let _server = ground.serve(&["--no-worker"]);
    let dataset = ground.upload(table(150));
    let epochs = 10;
    let first = ground.worker("first");
    let reference = ground.run(&dataset, epochs);
    ground.ended(&reference);
    let wanted = ground.result(&reference);

    let id = ground.halted_run(&dataset, epochs);
    let its = children(first.id());
    assert_eq!(its.len(), 1, "one child");
    first.halt().unwrap();
    // The child goes on without its worker, or is halted for good.
    let child = rustix::process::Pid::from_raw(its[0]).unwrap();
    if with_child {
        rustix::process::kill_process(child, rustix::process::Signal::STOP).unwrap();
    }
    ground.go_on();
    let second = ground.worker("second");
    let job = ground.ended(&id);
    assert_eq!((job.attempt, job.deaths), (2, 1));
    ground.assert_same(&job, &wanted);
    let events = ground.queue(async |q| q.events(&id, 0, 100_000).await.unwrap());
    let files = ground.queue(async |q| q.artifacts(&id).await.unwrap());

    if with_child {
        // Gone already when its worker's heartbeat learns first that the lease is lost.
        let _ = rustix::process::kill_process(child, rustix::process::Signal::CONT);
    }
    first.resume().unwrap();
    let told = wait(LONG, || {
        first.log().contains("jobs/lost-lease").then_some(())
    });
    assert!(told.is_some(), "the first is told: {}", first.log());
    assert_eq!(ground.job(&id), job, "the run is as the second left it");
    assert_eq!(
        ground.queue(async |q| q.events(&id, 0, 100_000).await.unwrap()),
        events
    );
    assert_eq!(
        ground.queue(async |q| q.artifacts(&id).await.unwrap()),
        files
    );

    // The first is as good as new.
    drop(second);
    let next = ground.quick_run(&dataset);
    assert_eq!(ground.ended(&next).state, State::Succeeded);
    drop(first);
    assert_eq!(ground.orphans(), Vec::<String>::new());
}

#[test]
fn a_halted_worker_writes_nothing_sqlite() {
    halted_past_its_lease(Kind::Sqlite, false);
    halted_past_its_lease(Kind::Sqlite, true);
}

#[test]
fn a_halted_worker_writes_nothing_postgres() {
    halted_past_its_lease(Kind::Postgres, false);
    halted_past_its_lease(Kind::Postgres, true);
}
