//! Scenario 15: kills while more rows of a finished run are drawn: of the service with its worker, of the child
//! alone, and at each named place that a sample passes.

use std::os::unix::process::ExitStatusExt;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use verdancy_jobs::{Job, State};
use verdancy_trial::{Process, wait};

use crate::figures;
use crate::ground::{Ground, Kind, LONG, table};

/// The named places that the worker of a sample passes.
const PLACES: [&str; 5] = [
    "after-claim",
    "before-rename",
    "after-rename",
    "during-commit",
    "after-commit",
];

/// The child of a process that is still at work.
fn child_of(parent: u32) -> Option<u32> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let mut numbers = all.filter_map(|e| e.file_name().to_string_lossy().parse::<u32>().ok());
    numbers.find(|id| parent_of(*id) == Some(parent))
}

/// The parent of a process; none for one that has ended.
fn parent_of(id: u32) -> Option<u32> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut words = text.rsplit_once(')')?.1.split_whitespace();
    (words.next()? != "Z").then(|| words.next()?.parse().ok())?
}

/// A finished run, and the service that draws from its model.
struct Drawing {
    ground: Ground,
    server: Process,
    run: String,
    /// How many rows a slow sample has.
    rows: u64,
}

impl Drawing {
    fn start(kind: Kind) -> Option<Drawing> {
        let mut ground = Ground::new(kind)?;
        let server = ground.serve(&[]);
        let run = ground.quick_run(&ground.upload(table(150)));
        assert_eq!(ground.ended(&run).state, State::Succeeded);
        Some(Drawing {
            ground,
            server,
            run,
            rows: 300_000,
        })
    }

    /// A slow sample, undisturbed. It is given so many rows that this machine draws for a second and a half.
    fn first_slow(&mut self) -> String {
        loop {
            let from = std::time::Instant::now();
            let sample = self.ask_slow();
            assert_eq!(self.ground.ended(&sample).attempt, 1);
            if from.elapsed().as_secs_f64() > 1.5 {
                return sample;
            }
            self.rows *= 2;
        }
    }

    fn path(&self, sample: &str) -> String {
        format!("/v1/runs/{}/samples/{sample}", self.run)
    }

    fn ask(&self, wish: &Value) -> String {
        let path = format!("/v1/runs/{}/samples", self.run);
        let (status, body) = self.ground.post(&path, wish);
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// Asks for a few rows of a service that is to die of it, and starts it again: it may do so before it has
    /// answered, so that the sample is found in the list. It waits there, or is begun again.
    fn ask_in_vain(&mut self, known: usize) -> String {
        let path = format!("/v1/runs/{}/samples", self.run);
        let request = self.ground.client.post(self.ground.address(&path));
        let _ = request.json(&json!({ "rows": 50, "seed": 9 })).send();
        self.again();
        let all = self.ground.get(&path);
        assert_eq!(all.as_array().unwrap().len(), known + 1, "{all}");
        all[0]["id"].as_str().unwrap().to_owned()
    }

    fn known(&self) -> usize {
        let path = format!("/v1/runs/{}/samples", self.run);
        self.ground.get(&path).as_array().unwrap().len()
    }

    /// Few rows meet the condition, so that drawing takes a while.
    fn ask_slow(&self) -> String {
        self.ask(&json!({ "rows": self.rows, "seed": 9, "where": "age < 32 and group = 'north'" }))
    }

    fn ask_quick(&self) -> String {
        self.ask(&json!({ "rows": 50, "seed": 9 }))
    }

    /// Waits until a child has drawn some rows in this attempt; the child.
    fn wait_drawing(&self, sample: &str, attempt: i64) -> u32 {
        let drawing = || {
            let now = self.ground.get(&self.path(sample));
            assert_ne!(now["state"], "succeeded", "too few rows for this test");
            let drawn = now["rows"].as_u64().is_some_and(|n| n > 0);
            let begun = self.ground.job(sample).attempt == attempt;
            (drawn && begun)
                .then(|| child_of(self.server.id()))
                .flatten()
        };
        wait(LONG, drawing).unwrap_or_else(|| {
            let (told, job) = (self.ground.get(&self.path(sample)), self.ground.job(sample));
            panic!("no child draws: {told}\n{job:?}\n{}", self.server.log())
        })
    }

    /// The rows of a sample that succeeded, to the byte.
    fn rows(&self, sample: &str) -> Vec<u8> {
        let path = format!("{}/rows", self.path(sample));
        let answer = self.ground.client.get(self.ground.address(&path)).send();
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().unwrap().to_vec()
    }

    /// Starts the service again after it was killed.
    fn again(&mut self) {
        let status = self.server.ended(LONG).expect("it was killed");
        assert_eq!(status.signal(), Some(9), "{}", self.server.log());
        self.server = self.ground.serve(&[]);
    }

    /// Waits for the end of a sample, and checks that it is there once with the rows of `wanted`.
    fn assert_same(&self, sample: &str, wanted: &[u8]) -> Job {
        let job = self.ground.ended(sample);
        assert_eq!(job.state, State::Succeeded, "{job:?}");
        assert!(self.rows(sample) == wanted, "other rows after {job:?}");
        let files = self
            .ground
            .queue(async |q| q.artifacts(sample).await.unwrap());
        assert_eq!(files.len(), 1, "{files:?}");
        job
    }
}

fn kill(id: u32) {
    let id = Pid::from_raw(id.cast_signed()).unwrap();
    kill_process(id, Signal::KILL).unwrap();
}

/// Kills in every way `times` times. How many kills that were.
fn kill_while_drawing(kind: Kind, times: u32) -> Option<u32> {
    let mut it = Drawing::start(kind)?;
    let (slow, quick) = (it.first_slow(), it.ask_quick());
    assert_eq!(it.ground.ended(&quick).attempt, 1);
    let (slow, quick) = (it.rows(&slow), it.rows(&quick));
    let mut kills = 0;
    for _ in 0..times {
        // The service, with its worker.
        let sample = it.ask_slow();
        let child = it.wait_drawing(&sample, 1);
        it.server.kill();
        let gone = wait(LONG, || parent_of(child).is_none().then_some(()));
        assert!(gone.is_some(), "the child ends with the service");
        it.again();
        let job = it.assert_same(&sample, &slow);
        assert_eq!((job.attempt, job.deaths), (2, 1));
        // The child alone.
        let sample = it.ask_slow();
        kill(it.wait_drawing(&sample, 1));
        let job = it.assert_same(&sample, &slow);
        assert_eq!((job.attempt, job.deaths), (2, 1));
        assert!(it.server.ended(0.0).is_none(), "the service itself lives");
        // The service, at each place.
        for name in PLACES {
            let known = it.known();
            it.ground.arm(&format!("kill {name}"));
            let sample = it.ask_in_vain(known);
            let job = it.assert_same(&sample, &quick);
            let begun = if name == "after-commit" { 1 } else { 2 };
            assert_eq!((job.attempt, job.deaths), (begun, begun - 1), "{name}");
        }
        kills += 2 + PLACES.len() as u32;
    }
    kills += fail_cleanly(&it, &slow);
    it.server.ask().unwrap();
    assert!(it.server.ended(LONG).is_some());
    assert_eq!(it.ground.orphans(), Vec::<String>::new());
    Some(kills)
}

/// A sample whose child is killed as often as a job allows fails, with a reason and without rows; the same asked
/// again is drawn.
fn fail_cleanly(it: &Drawing, wanted: &[u8]) -> u32 {
    let sample = it.ask_slow();
    for attempt in 1..=3 {
        kill(it.wait_drawing(&sample, attempt));
    }
    let job = it.ground.ended(&sample);
    assert_eq!((job.state, job.attempt, job.deaths), (State::Failed, 3, 3));
    let told = it.ground.get(&it.path(&sample));
    assert_eq!(told["failure"]["code"], "jobs/worker-died", "{told}");
    assert!(
        told["failure"]["remedy"]
            .as_str()
            .is_some_and(|r| !r.is_empty())
    );
    let path = format!("{}/rows", it.path(&sample));
    let answer = it.ground.client.get(it.ground.address(&path)).send();
    assert_eq!(answer.unwrap().status(), 409);
    let again = it.ask_slow();
    assert_eq!(it.assert_same(&again, wanted).attempt, 1);
    3
}

#[test]
fn kill_while_more_rows_are_drawn_sqlite() {
    kill_while_drawing(Kind::Sqlite, 1);
}

#[test]
fn kill_while_more_rows_are_drawn_postgres() {
    kill_while_drawing(Kind::Postgres, 1);
}

#[test]
#[ignore = "long: cargo xtask chaos"]
fn long_kill_while_drawing() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let Some(kills) = kill_while_drawing(kind, 10) else {
            continue;
        };
        let found = format!(
            "{kills} kills; every sample ended once, with the bytes of the undisturbed one, or after three kills as \
             failed, without rows; nothing left after a sweep"
        );
        figures::note(
            "15",
            kind.name(),
            "SIGKILL while more rows are drawn: service, child, every named place",
            &found,
            "one result, same bytes, no orphan",
            true,
        );
    }
}
