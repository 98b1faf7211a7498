//! The ground of a scenario: a database, a data folder, a server, and workers as processes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use verdancy_jobs::{Database, Job, Queue, Rhythm, State};
use verdancy_trial::{Postgres, Process, wait};

#[path = "../common/table.rs"]
mod table;
pub use table::table;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Sqlite => "SQLite",
            Kind::Postgres => "PostgreSQL",
        }
    }
}

/// Seconds within which whatever has to happen happens, on the slowest machine.
pub const LONG: f64 = 120.0;

/// A scenario's ground.
pub struct Ground {
    pub kind: Kind,
    pub url: String,
    pub data: PathBuf,
    pub postgres: Option<Postgres>,
    /// Seconds of a lease.
    pub lease: f64,
    pub client: reqwest::blocking::Client,
    runtime: tokio::runtime::Runtime,
    address: Option<String>,
    folder: tempfile::TempDir,
}

impl Ground {
    /// A ground with a database of `kind`; none where the system does not have it. PostgreSQL is the
    /// server that all tests share, where there is one.
    pub fn new(kind: Kind) -> Option<Ground> {
        if let (Kind::Postgres, Ok(server)) = (kind, std::env::var("VERDANCY_TEST_POSTGRES")) {
            let mut ground = Ground::with(Kind::Sqlite, &[], None)?;
            let name = ground
                .folder
                .path()
                .file_name()
                .unwrap()
                .to_string_lossy()
                .to_lowercase();
            let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            ground.runtime.block_on(async {
                use sqlx::Connection;
                sqlx::any::install_default_drivers();
                let all = format!("{server}/postgres");
                let mut connection = sqlx::AnyConnection::connect(&all).await.unwrap();
                let text = format!("CREATE DATABASE s{}_{name}", std::process::id());
                sqlx::raw_sql(sqlx::AssertSqlSafe(text))
                    .execute(&mut connection)
                    .await
                    .unwrap();
            });
            ground.url = format!("{server}/s{}_{name}", std::process::id());
            ground.kind = kind;
            return Some(ground);
        }
        Ground::own(kind)
    }

    /// The same with a server of its own, that may be stopped.
    pub fn own(kind: Kind) -> Option<Ground> {
        Ground::with(kind, &["fsync=off"], None)
    }

    /// The same with settings for PostgreSQL, and with the data in `data`.
    pub fn with(kind: Kind, settings: &[&str], data: Option<&Path>) -> Option<Ground> {
        let folder = tempfile::tempdir().unwrap();
        keep_binary(folder.path());
        let data = data.map_or_else(|| folder.path().join("data"), Path::to_path_buf);
        let postgres = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => {
                let Some(server) = Postgres::start(settings).unwrap() else {
                    println!("skipped: the service on PostgreSQL (it is not installed)");
                    return None;
                };
                Some(server)
            }
        };
        let url = match &postgres {
            Some(server) => server.database().unwrap(),
            None => format!("sqlite://{}", data.join("verdancy.db").display()),
        };
        verdancy_trial::cryptography();
        Some(Ground {
            kind,
            url,
            data,
            postgres,
            lease: 0.6,
            client: reqwest::blocking::Client::builder()
                .timeout(Duration::from_secs(90))
                .build()
                .unwrap(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            address: None,
            folder,
        })
    }

    /// The file that fail points look at.
    pub fn fail_file(&self) -> PathBuf {
        self.folder.path().join("fail")
    }

    /// Says what is to happen at a fail point.
    pub fn arm(&self, what: &str) {
        // Moved into place: nobody reads half of it.
        let file = self.folder.path().join("fail.new");
        std::fs::write(&file, what).unwrap();
        std::fs::rename(file, self.fail_file()).unwrap();
    }

    /// Waits until a process has halted at the point that was armed.
    pub fn wait_halted(&self) {
        let halted = self.fail_file().with_extension("halted");
        let seen = wait(LONG, || halted.exists().then_some(()));
        seen.expect("a process halts at its point; was the binary built with fail points?");
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        std::fs::remove_file(self.fail_file().with_extension("halted")).unwrap();
    }

    /// The binary with what all processes share.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.folder.path().join("verdancy"));
        command
            .args(arguments)
            .args(["--database", &self.url, "--threads", "1", "--memory", "2G"])
            .arg("--data")
            .arg(&self.data)
            .args(["--lease", &self.lease.to_string()])
            .env("VERDANCY_FAIL_FILE", self.fail_file())
            .env("VERDANCY_CHECKPOINT_SECONDS", "0")
            .env("NO_COLOR", "1");
        command
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.log"))
    }

    /// What all processes have written to stderr.
    fn logs(&self) -> String {
        (std::fs::read_dir(self.folder.path()).unwrap().flatten())
            .filter(|e| e.path().extension().is_some_and(|x| x == "log"))
            .map(|e| {
                let text = std::fs::read_to_string(e.path()).unwrap_or_default();
                let last: Vec<_> = text.lines().rev().take(20).collect();
                let last: Vec<_> = last.into_iter().rev().collect();
                format!("-- {}\n{}\n", e.file_name().display(), last.join("\n"))
            })
            .collect()
    }

    /// A server, without a worker unless `arguments` say otherwise.
    pub fn serve(&mut self, arguments: &[&str]) -> Process {
        let mut all = vec!["serve", "--open", "--listen", "127.0.0.1:0"];
        all.extend_from_slice(arguments);
        let command = &mut self.command(&all);
        let mut server = Process::start(command, &self.log("server")).unwrap();
        let address = server.line(|line| {
            let at = line.find("http://")?;
            Some(line[at..].trim().trim_end_matches('/').to_owned())
        });
        self.address = Some(address.unwrap_or_else(|| panic!("no address: {}", server.log())));
        server
    }

    /// A worker.
    pub fn worker(&self, name: &str) -> Process {
        let command = &mut self.command(&["worker"]);
        Process::start(command, &self.log(name)).unwrap()
    }

    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.address.as_ref().unwrap())
    }

    /// What a GET gives.
    pub fn get(&self, path: &str) -> Value {
        let answer = self.client.get(self.address(path)).send().unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().unwrap()
    }

    /// What a POST gives, with its status.
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.post(self.address(path)).json(body);
        let answer = request.send().unwrap();
        (answer.status().as_u16(), answer.json().unwrap_or_default())
    }

    /// Uploads a table; the dataset's id.
    pub fn upload(&self, table: String) -> String {
        let (status, body) = self.try_upload(table);
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    pub fn try_upload(&self, table: String) -> (u16, Value) {
        let request = self.client.post(self.address("/v1/datasets?name=t.csv"));
        let answer = request
            .header("content-type", "application/octet-stream")
            .body(table)
            .send()
            .unwrap();
        (answer.status().as_u16(), answer.json().unwrap_or_default())
    }

    /// Queues a run of a tiny TabDDPM with so many epochs.
    pub fn run(&self, dataset: &str, epochs: u64) -> String {
        self.queue_run(&json!({
            "dataset": dataset, "method": "tabddpm", "attempts": 1, "seed": 7,
            "parameters": {"hidden": 32, "n_iter": epochs, "patience": 0},
        }))
    }

    /// Queues a run of a copula.
    pub fn quick_run(&self, dataset: &str) -> String {
        let body =
            json!({"dataset": dataset, "method": "gaussian_copula", "attempts": 1, "seed": 7});
        self.queue_run(&body)
    }

    fn queue_run(&self, body: &Value) -> String {
        let (status, body) = self.post("/v1/runs", body);
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// Does something with the queue, past the service.
    pub fn queue<T>(&self, with: impl AsyncFnOnce(Queue) -> T) -> T {
        self.runtime.block_on(async {
            let database = Database::connect(&self.url, 2).await.unwrap();
            let out = with(Queue::new(database.clone(), Rhythm::default())).await;
            database.pool().close().await;
            out
        })
    }

    /// A run as stored.
    pub fn job(&self, id: &str) -> Job {
        self.queue(async |q| q.get(id).await.unwrap())
    }

    /// Waits until a run has ended.
    pub fn ended(&self, id: &str) -> Job {
        self.ended_with(id, || {})
    }

    /// The same, doing something between looks.
    pub fn ended_with(&self, id: &str, mut meanwhile: impl FnMut()) -> Job {
        let done = self.queue(async |q| {
            let from = std::time::Instant::now();
            loop {
                meanwhile();
                match q.get(id).await {
                    Ok(job) if job.state.is_final() => break Ok(job),
                    other if from.elapsed().as_secs_f64() > LONG => break Err(other),
                    _ => tokio::time::sleep(Duration::from_millis(15)).await,
                }
            }
        });
        done.unwrap_or_else(|last| panic!("the run does not end: {last:?}\n{}", self.logs()))
    }

    /// Queues a run whose training halts after some steps, and waits until it does.
    pub fn halted_run(&self, dataset: &str, epochs: u64) -> String {
        self.arm("halt in-step 5");
        let id = self.run(dataset, epochs);
        self.wait_halted();
        id
    }

    /// Waits until the run trains.
    pub fn wait_training(&self, id: &str) {
        let trains = || {
            let status = self.get(&format!("/v1/runs/{id}/status"));
            (status["progress"]["step"].is_number()).then_some(())
        };
        wait(LONG, trains).unwrap_or_else(|| panic!("the run does not train: {:?}", self.job(id)));
    }

    /// Hashes of the files of a run that may not differ, and how many files there are.
    pub fn result(&self, id: &str) -> (BTreeMap<String, String>, usize) {
        let files = self.queue(async |q| q.artifacts(id).await.unwrap());
        let fixed = [
            "synthetic.csv",
            "schema.toml",
            "report.json",
            "model/weights.safetensors",
        ];
        let hashes = (files.iter())
            .filter(|f| fixed.contains(&f.name.as_str()))
            .map(|f| (f.name.clone(), f.hash.clone()))
            .collect();
        (hashes, files.len())
    }

    /// Checks that a run succeeded once, with this result.
    pub fn assert_same(&self, job: &Job, wanted: &(BTreeMap<String, String>, usize)) {
        assert_eq!(job.state, State::Succeeded, "{job:?}");
        assert_eq!(&self.result(&job.id), wanted, "{}", self.kind.name());
        let events = self.queue(async |q| q.events(&job.id, 0, 100_000).await.unwrap());
        let ends = events.iter().filter(|e| e.kind == "end").count();
        assert_eq!(ends, 1, "one end");
        let numbers: Vec<i64> = events.iter().map(|e| e.seq).collect();
        assert_eq!(numbers, (1..=job.last_event).collect::<Vec<_>>(), "no gap");
    }

    /// Lets a worker sweep, and gives what lies in the data folder that no row names.
    pub fn orphans(&self) -> Vec<String> {
        let mut command = self.command(&["worker"]);
        command.env("VERDANCY_SWEEP_SECONDS", "0");
        let mut sweeper = Process::start(&mut command, &self.log("sweeper")).unwrap();
        let left = wait(20.0, || {
            let left = self.unnamed();
            left.is_empty().then_some(left)
        });
        sweeper.ask().unwrap();
        assert!(sweeper.ended(LONG).is_some());
        left.unwrap_or_else(|| self.unnamed())
    }

    fn unnamed(&self) -> Vec<String> {
        let named: BTreeSet<String> = self.queue(async |q| {
            let rows: Vec<(String,)> =
                sqlx::query_as("SELECT hash FROM datasets UNION SELECT hash FROM job_artifacts")
                    .fetch_all(q.database().pool())
                    .await
                    .unwrap();
            let mut named: BTreeSet<String> = rows.into_iter().map(|r| r.0).collect();
            // A run keeps the schema that it was asked with.
            named.extend(q.hashes().await.unwrap());
            named
        });
        let mut left = Vec::new();
        for folder in ["store/tmp", "work"] {
            left.extend(names(&self.data.join(folder)));
        }
        // Each process has a folder that it reads in; only what lies in there is left behind.
        let reading = self.data.join("reading");
        for desk in names(&reading) {
            let inside = names(&reading.join(desk));
            left.extend(inside.into_iter().filter(|name| name != "in-use"));
        }
        let mut stored = BTreeSet::new();
        for folder in names(&self.data.join("store/files")) {
            stored.extend(names(&self.data.join("store/files").join(folder)));
        }
        left.extend(stored.difference(&named).cloned());
        let lost: Vec<_> = named.difference(&stored).collect();
        assert!(lost.is_empty(), "named and not there: {lost:?}");
        left
    }
}

fn names(folder: &Path) -> Vec<String> {
    (std::fs::read_dir(folder).into_iter().flatten().flatten())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect()
}

/// The binary under a second name: it stays the same when somebody builds another meanwhile.
fn keep_binary(folder: &Path) {
    let built: PathBuf = std::env::var_os("VERDANCY_BINARY")
        .map_or_else(|| env!("CARGO_BIN_EXE_verdancy").into(), PathBuf::from);
    let kept = folder.join("verdancy");
    if std::fs::hard_link(&built, &kept).is_err() {
        std::fs::copy(&built, &kept).unwrap();
    }
}
