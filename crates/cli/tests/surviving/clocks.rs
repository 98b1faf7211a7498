//! Scenario 8: the clock of one worker jumps by an hour, forth and back, while it works; the other
//! worker and the database keep their time. libfaketime gives a process a clock of its own.

use std::path::PathBuf;

use verdancy_trial::Process;

use crate::ground::{Ground, Kind, table};

fn library() -> Option<PathBuf> {
    let found = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib",
    ]
    .iter()
    .map(|folder| PathBuf::from(folder).join("faketime/libfaketimeMT.so.1"))
    .find(|path| path.is_file());
    if found.is_none() {
        println!("skipped: jumps of a worker's clock (libfaketime is not installed)");
    }
    found
}

/// Two workers, the clock of one of which jumps. Gives how many attempts two runs took.
fn jump(kind: Kind) -> Option<i64> {
    let library = library()?;
    let mut ground = Ground::new(kind)?;
    let _server = ground.serve(&["--no-worker"]);
    let dataset = ground.upload(table(150));
    let clock = ground.log("clock");
    let set = |offset: &str| std::fs::write(&clock, offset).unwrap();
    set("+0");
    let mut command = ground.command(&["worker"]);
    command
        .env("LD_PRELOAD", &library)
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let mut odd = Process::start(&mut command, &ground.log("odd")).unwrap();
    let reference = ground.run(&dataset, 10);
    ground.ended(&reference);
    let wanted = ground.result(&reference);
    let mut attempts = 0;
    for offset in ["+3600", "-3600"] {
        // The odd one is in the middle of a training.
        let mut ids = vec![ground.halted_run(&dataset, 10)];
        let _other = ground.worker("other");
        ids.extend((0..2).map(|_| ground.run(&dataset, 10)));
        set(offset);
        // The other has the rest to itself, and looks for the dead for longer than a lease.
        ground.ended(&ids[2]);
        std::thread::sleep(std::time::Duration::from_secs_f64(2.0 * ground.lease));
        ground.go_on();
        for id in &ids {
            let job = ground.ended(id);
            ground.assert_same(&job, &wanted);
            attempts += job.attempt;
        }
        set("+0");
        assert!(odd.ended(0.0).is_none(), "{}", odd.log());
    }
    Some(attempts)
}

#[test]
fn clock_of_a_worker_jumps_postgres() {
    if let Some(attempts) = jump(Kind::Postgres) {
        assert_eq!(attempts, 6, "leases run by the clock of the database");
    }
}

/// On SQLite the database has no clock but that of the process that asks. A jump may cost an attempt,
/// never a result.
#[test]
fn clock_of_a_worker_jumps_sqlite() {
    if let Some(attempts) = jump(Kind::Sqlite) {
        println!("six runs took {attempts} attempts");
    }
}
