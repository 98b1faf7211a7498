//! A service of a test's own, and what it answers.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

#[path = "../common/table.rs"]
mod table;
pub use table::table;

use reqwest::Method;
use reqwest::blocking::{Body, Client, Response};
use serde_json::{Value, json};

/// A service that is killed when the test ends.
pub struct Service {
    child: Child,
    pub folder: Folder,
    pub address: String,
    /// The first key.
    pub key: String,
    client: Client,
}

/// Where it keeps everything; outlives it when it is to be started again.
pub type Folder = std::sync::Arc<tempfile::TempDir>;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    /// The same, where the status is as expected.
    #[track_caller]
    pub fn with(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// An error with this status and code, told as errors are.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        let body = self.json();
        assert_eq!(body["code"], code, "{body}");
        assert!(!body["message"].as_str().unwrap().is_empty());
        assert!(!body["remedy"].as_str().unwrap().is_empty());
        body
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

/// Waits for something, two minutes at most.
#[track_caller]
pub fn wait<T>(what: &str, mut there: impl FnMut() -> Option<T>) -> T {
    let from = Instant::now();
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(from.elapsed() < Duration::from_secs(120), "no {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Service {
    pub fn start() -> Service {
        Service::with(&[])
    }

    pub fn with(arguments: &[&str]) -> Service {
        Service::again(std::sync::Arc::new(tempfile::tempdir().unwrap()), arguments)
    }

    /// A service on a folder that may have been another's.
    pub fn again(folder: Folder, arguments: &[&str]) -> Service {
        Service::at("127.0.0.1:0", folder, arguments)
    }

    /// The same at an address of the test's choice.
    pub fn at(listen: &str, folder: Folder, arguments: &[&str]) -> Service {
        let log = |name: &str| {
            let path = folder.path().join(name);
            (File::options().create(true).append(true).open(path)).unwrap()
        };
        let before = std::fs::read_to_string(folder.path().join("stdout")).unwrap_or_default();
        let mut child = Command::new(env!("CARGO_BIN_EXE_verdancy"))
            .args(["serve", "--listen", listen, "--threads", "2"])
            .arg("--data")
            .arg(folder.path().join("data"))
            .args(arguments)
            .env("NO_COLOR", "1")
            .env("VERDANCY_CHECKPOINT_SECONDS", "0.2")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("VERDANCY_DATABASE")
            .stdout(log("stdout"))
            .stderr(log("stderr"))
            .spawn()
            .unwrap();
        let said = wait("address", || {
            assert!(child.try_wait().unwrap().is_none(), "it ended");
            let text = std::fs::read_to_string(folder.path().join("stdout")).unwrap();
            let new = text[before.len()..].to_owned();
            new.ends_with("\n\n").then_some(new)
        });
        let word = |begin: &str| {
            let mut words = said.split_whitespace();
            words.find(|w| w.starts_with(begin)).map(str::to_owned)
        };
        let address = word("http://").unwrap().trim_end_matches('/').to_owned();
        let key = word("vk_").unwrap_or_else(|| {
            std::fs::read_to_string(folder.path().join("key")).unwrap_or_default()
        });
        std::fs::write(folder.path().join("key"), &key).unwrap();
        verdancy_trial::cryptography();
        Service {
            child,
            folder,
            address,
            key,
            client: Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(Duration::from_secs(120))
                .build()
                .unwrap(),
        }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Kills it, as a machine does that loses its power.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The most memory that it has had.
    pub fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        let line = text.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
        1024 * line
            .split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
    }

    /// Everything that it and its children have written to stdout and stderr.
    pub fn log(&self) -> String {
        let read = |name| std::fs::read_to_string(self.folder.path().join(name)).unwrap();
        [read("stdout"), read("stderr")].concat()
    }

    pub fn ask(&self, method: Method, path: &str, key: Option<&str>, body: Ask) -> Answer {
        let mut request = self.client.request(method, self.address.clone() + path);
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let answer = match body {
            Ask::Nothing => request.send(),
            Ask::Json(value) => request.json(&value).send(),
            Ask::Bytes(bytes) => request.body(bytes).send(),
            Ask::Stream(body) => request.body(body).send(),
            Ask::After(id) => request.header("last-event-id", id).send(),
        };
        read(answer.unwrap())
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, Some(&self.key), Ask::Nothing)
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(&self.key), Ask::Json(body))
    }

    pub fn upload(&self, name: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        self.upload_as(&self.key, name, bytes)
    }

    pub fn upload_as(&self, key: &str, name: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        let name: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
        let path = format!("/v1/datasets?name={name}");
        self.ask(Method::POST, &path, Some(key), Ask::Bytes(bytes.into()))
    }

    /// The id of an uploaded table.
    pub fn dataset(&self, name: &str, bytes: impl Into<Vec<u8>>) -> String {
        id(&self.upload(name, bytes).with(201).json())
    }

    /// A run of the copula, which takes a second.
    pub fn copula(&self, dataset: &str) -> String {
        let run =
            json!({ "dataset": dataset, "method": "gaussian_copula", "attempts": 1, "seed": 1 });
        id(&self.post("/v1/runs", run).with(201).json())
    }

    /// A run of TabDDPM that goes on until someone ends it.
    pub fn endless(&self, dataset: &str) -> String {
        let run = json!({ "dataset": dataset, "method": "tabddpm", "attempts": 1, "parameters":
            { "hidden": 32, "n_iter": 1_000_000, "patience": 0, "work": 0 } });
        id(&self.post("/v1/runs", run).with(201).json())
    }

    pub fn state(&self, run: &str) -> String {
        let status = self.get(&format!("/v1/runs/{run}/status")).with(200).json();
        status["state"].as_str().unwrap().to_owned()
    }

    /// Waits until a run is in `state`.
    #[track_caller]
    pub fn until(&self, run: &str, state: &str) {
        wait(&format!("run that is {state}"), || {
            let now = self.state(run);
            let over = ["succeeded", "failed", "cancelled"].contains(&now.as_str());
            if over && now != state {
                panic!("{}", self.get(&format!("/v1/runs/{run}")).text());
            }
            (now == state).then_some(())
        });
    }

    /// A new key for a project.
    pub fn project_key(&self, project: &str) -> String {
        let new = json!({ "name": project, "project": project });
        let made = self.post("/v1/keys", new).with(201).json();
        made["key"].as_str().unwrap().to_owned()
    }

    /// Asks it to end, as a system does, and waits for that.
    pub fn end(&mut self) -> (ExitStatus, Duration) {
        let from = Instant::now();
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let status = wait("end", || self.child.try_wait().unwrap());
        (status, from.elapsed())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a request brings.
pub enum Ask {
    Nothing,
    Json(Value),
    Bytes(Vec<u8>),
    Stream(Body),
    /// `Last-Event-ID`.
    After(String),
}

fn read(answer: Response) -> Answer {
    Answer {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        bytes: answer.bytes().unwrap().to_vec(),
    }
}

pub fn id(value: &Value) -> String {
    value["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{value}"))
        .to_owned()
}

/// A table of the examples.
pub fn example(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data");
    std::fs::read(folder.join(name)).unwrap()
}
