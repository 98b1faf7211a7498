//! Scenario 7: the disk is full while a table is uploaded, a checkpoint written, files stored, and the
//! database's log written. The disk is a tmpfs of a few megabytes; mounting one needs root.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use verdancy_jobs::State;

use crate::ground::{Ground, Kind, table};

/// A small disk.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path) -> Option<Disk> {
        std::fs::create_dir_all(folder).unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"])
            .arg(folder)
            .output();
        if done.is_ok_and(|d| d.status.success()) {
            Some(Disk(folder.to_path_buf()))
        } else {
            println!("skipped: a full disk (no tmpfs can be mounted here; root can)");
            None
        }
    }

    /// Fills it but for less than a page.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.0.join("ballast")).unwrap();
        let mut size = 1 << 20;
        while size > 0 {
            if file.write_all(&vec![1; size]).is_err() {
                size /= 2;
            }
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l"]).arg(&self.0).status();
    }
}

fn full_disk(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(&folder.path().join("disk")) else {
        return;
    };
    let Some(mut ground) = Ground::with(kind, &["fsync=off"], Some(&disk.0.join("data"))) else {
        return;
    };
    let mut server = ground.serve(&["--no-worker"]);
    let dataset = ground.upload(table(150));
    let mut worker = ground.worker("worker");
    let reference = ground.run(&dataset, 4);
    ground.ended(&reference);
    let wanted = ground.result(&reference);
    let alive = |ground: &Ground| {
        let answer = ground.client.get(ground.address("/health")).send().unwrap();
        assert!(answer.status().is_success());
    };

    // At an upload.
    disk.fill();
    let (status, body) = ground.try_upload(table(20_000));
    assert_eq!(
        (status, body["code"].as_str()),
        (507, Some("server/disk-full")),
        "{body}"
    );
    alive(&ground);
    if kind == Kind::Sqlite {
        // Nothing can be queued either: the database's log is on the same disk.
        let (status, body) = ground.post(
            "/v1/runs",
            &json!({"dataset": dataset, "method": "gaussian_copula", "attempts": 1}),
        );
        assert!([503, 507].contains(&status), "{status} {body}");
    }
    disk.free();
    ground.upload(table(200));

    // In a checkpoint, in the files of a run, and in the log of a heartbeat.
    for point in ["in-checkpoint", "before-rename", "mid-fit"] {
        ground.arm(&format!("halt {point}"));
        let id = ground.run(&dataset, 4);
        ground.wait_halted();
        disk.fill();
        ground.go_on();
        std::thread::sleep(std::time::Duration::from_secs(2));
        alive(&ground);
        disk.free();
        let job = ground.ended(&id);
        match job.state {
            State::Failed => {
                let failure = job.failure.clone().unwrap();
                let clear = ["room", "space"]
                    .iter()
                    .any(|w| failure.message.contains(w));
                assert!(clear, "{point}: {failure:?}");
                println!("{} {point}: {}", kind.name(), failure.code);
            }
            // It waited for room, or needed none.
            _ => ground.assert_same(&job, &wanted),
        }
        println!("{} {point}: {}", kind.name(), job.state.name());
        // No manual step: the next run is as ever.
        let next = ground.run(&dataset, 4);
        ground.assert_same(&ground.ended(&next), &wanted);
        for process in [&mut server, &mut worker] {
            assert!(process.ended(0.0).is_none(), "{}", process.log());
        }
    }
    worker.ask().unwrap();
    assert!(worker.ended(crate::ground::LONG).is_some());
    assert_eq!(ground.orphans(), Vec::<String>::new());
}

#[test]
fn a_full_disk_sqlite() {
    full_disk(Kind::Sqlite);
}

#[test]
fn a_full_disk_postgres() {
    full_disk(Kind::Postgres);
}
