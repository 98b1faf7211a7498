//! Stored files encrypted at rest: not a byte of a table is readable below the data folder, nor after a kill; without
//! the right key nothing starts, and keys can be changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::client::{Ask, Folder, Service, id, wait};
use reqwest::Method;

/// Words of cells: a level that a third of the rows has, one that a single row has, a text, a number.
const PLANTED: [&str; 4] = ["PLANTEDLEVEL", "PLANTEDSINGLE", "PLANTEDNOTE", "77123.25"];

fn planted() -> String {
    let mut out = String::from("group,code,note,size\n");
    for i in 0..300 {
        let group = ["PLANTEDLEVEL", "north", "south"][i % 3];
        let code = if i == 70 {
            "PLANTEDSINGLE"
        } else {
            ["a", "b"][i % 2]
        };
        let note = format!("some PLANTEDNOTE words on row {i}");
        let size = if i % 4 == 0 { 77123.25 } else { i as f64 + 0.5 };
        out += &format!("{group},{code},{note},{size}\n");
    }
    out
}

/// Files below `folder` that have a planted word in their bytes, as they are or as UTF-16.
fn telling(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(below) = folders.pop() {
        let entries = match fs::read_dir(&below) {
            Ok(entries) => entries,
            Err(error) => {
                // What the service reads in may be gone by now.
                assert_ne!(below, folder, "{error}");
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            // A link shows what it leads to.
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // What goes while it is looked at is looked at the next time.
            let bytes = fs::read(&path).unwrap_or_default();
            let has = |word: &str| bytes.windows(word.len()).any(|w| w == word.as_bytes());
            if PLANTED.iter().any(|word| has(word)) {
                found.push(path);
            }
        }
    }
    found
}

fn key_file(folder: &Path, name: &str, keys: &[char]) -> String {
    let path = folder.join(name);
    let lines: Vec<String> = keys.iter().map(|k| k.to_string().repeat(64)).collect();
    fs::write(&path, lines.join("\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

fn scratch(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    Path::new("/dev/shm").join(format!("verdancy-test-{name}"))
}

fn start(folder: &Folder, keys: &str) -> Service {
    let scratch = scratch(folder.path()).display().to_string();
    // Its training goes on however slow the machine is.
    let arguments = [
        "--store-key-file",
        keys,
        "--scratch",
        &scratch,
        "--max-run",
        "9000h",
    ];
    Service::again(folder.clone(), &arguments)
}

/// How a service that does not start says so.
fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let memory = scratch(folder.path()).display().to_string();
    let with_scratch = arguments.contains(&"--scratch") || arguments.is_empty();
    let scratch: &[&str] = if with_scratch {
        &[]
    } else {
        &["--scratch", &memory]
    };
    let output = Command::new(env!("CARGO_BIN_EXE_verdancy"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .args(arguments)
        .args(scratch)
        .env("NO_COLOR", "1")
        .env_remove("VERDANCY_DATABASE")
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn memory() -> bool {
    let there = Path::new("/dev/shm").is_dir();
    if !there {
        eprintln!("skipped: no /dev/shm here");
    }
    there
}

#[test]
fn nothing_of_a_table_is_readable_on_the_disk() {
    if !memory() {
        return;
    }
    let folder = Folder::new(tempfile::tempdir().unwrap());
    let keys = key_file(folder.path(), "keys", &['1']);
    let mut service = start(&folder, &keys);
    let clean = |service: &Service, when: &str| {
        let told = telling(&service.data());
        assert!(told.is_empty(), "{when}: {told:?}");
    };
    // Sent with a key for the case that it is sent twice, so that the answer is kept.
    let sent = reqwest::blocking::Client::builder()
        .no_proxy()
        .build()
        .unwrap();
    let sent = sent
        .post(format!("{}/v1/datasets?name=t.csv", service.address))
        .bearer_auth(&service.key)
        .header("idempotency-key", "once")
        .body(planted())
        .send()
        .unwrap();
    assert_eq!(sent.status(), 201);
    let dataset = id(&sent.json().unwrap());
    clean(&service, "after the upload");
    let rows = service
        .get(&format!("/v1/datasets/{dataset}/preview"))
        .with(200);
    assert!(rows.text().contains("PLANTEDLEVEL"));
    let schema = service
        .get(&format!("/v1/datasets/{dataset}/schema"))
        .with(200)
        .text();
    let path = format!("/v1/datasets/{dataset}/schema");
    let put = service.ask(
        Method::PUT,
        &path,
        Some(&service.key),
        Ask::Bytes(schema.into()),
    );
    put.with(200);
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    clean(&service, "after a run");
    let table = format!("/v1/runs/{run}/artifacts/synthetic.csv");
    let made = service.get(&table).with(200);
    assert!(made.text().contains("PLANTEDLEVEL"));
    assert_eq!(made.header("content-length"), made.bytes.len().to_string());
    let safe = service.get(&format!("{table}?spreadsheet=true")).with(200);
    assert!(safe.text().contains("PLANTEDLEVEL"));

    // More rows: what is asked for, given and refused names cells as well.
    for (wish, state) in [
        (
            json!({ "rows": 20, "where": "\"group\" = 'PLANTEDLEVEL'" }),
            "succeeded",
        ),
        (
            json!({ "rows": 20, "where": "\"group\" = 'PLANTEDNOTE'" }),
            "failed",
        ),
        (
            json!({ "given": { "rows": [{ "group": "PLANTEDLEVEL" }] } }),
            "succeeded",
        ),
        (json!({ "given": { "dataset": dataset } }), "failed"),
    ] {
        let made = service.post(&format!("/v1/runs/{run}/samples"), wish.clone());
        if made.status == 422 {
            // A whole table has columns that cannot be given.
            made.refused(422, "condition/key-column");
            continue;
        }
        let made = id(&made.with(201).json());
        let ended = crate::samples::ended(&service, &run, &made);
        assert_eq!(ended["state"], state, "{ended}");
        if state == "failed" {
            assert!(
                ended["failure"]["message"]
                    .as_str()
                    .unwrap()
                    .contains("PLANTEDNOTE")
            );
        } else {
            let rows = service.get(&format!("/v1/runs/{run}/samples/{made}/rows"));
            assert!(rows.with(200).text().contains("PLANTEDLEVEL"));
        }
        clean(&service, "after a sample");
    }

    // Killed with a run at work that has checkpoints.
    let endless = service.endless(&dataset);
    let scratch = scratch(folder.path());
    wait("checkpoint", || {
        let kept = scratch.join("work").join(&endless).join("1/checkpoints");
        let mut attempts = fs::read_dir(kept).ok()?.flatten();
        attempts.find(|a| a.path().join("training.safetensors").exists())
    });
    clean(&service, "while a run is at work");
    service.kill();
    clean(&service, "after a kill");
    // The test would find what is there: the folder at work has the table itself.
    assert!(!telling(&scratch).is_empty());

    let service = start(&folder, &keys);
    let asked = service.post(&format!("/v1/runs/{endless}/cancel"), json!({}));
    asked.with(200);
    service.until(&endless, "cancelled");
    assert!(
        service
            .get(&table)
            .with(200)
            .text()
            .contains("PLANTEDLEVEL")
    );
    clean(&service, "at the end");
    drop(service);
    let _ = fs::remove_dir_all(scratch);
}

#[test]
fn without_the_right_key_nothing_starts_and_keys_can_be_changed() {
    if !memory() {
        return;
    }
    let folder = Folder::new(tempfile::tempdir().unwrap());
    // From before: not encrypted.
    let mut service = Service::again(folder.clone(), &[]);
    let dataset = service.dataset("t.csv", planted());
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    let files = service.data().join("store/files");
    assert!(!telling(&files).is_empty(), "the test finds what is there");
    service.end();

    let one = key_file(folder.path(), "one", &['1']);
    let two = key_file(folder.path(), "two", &['2']);
    let both = key_file(folder.path(), "both", &['2', '1']);
    let table = format!("/v1/runs/{run}/artifacts/synthetic.csv");
    let through = |keys: &str| {
        let mut service = start(&folder, keys);
        assert!(
            service
                .get(&table)
                .with(200)
                .text()
                .contains("PLANTEDLEVEL")
        );
        let preview = format!("/v1/datasets/{dataset}/preview");
        assert!(
            service
                .get(&preview)
                .with(200)
                .text()
                .contains("PLANTEDLEVEL")
        );
        // What is there is encrypted with the first key meanwhile.
        wait("encryption", || {
            let marks = fs::read_dir(service.data().join("store/keys"))
                .unwrap()
                .count();
            (telling(&files).is_empty() && marks == 1).then_some(())
        });
        service.end();
    };
    through(&one);
    let wrong = refused(&folder, &["--store-key-file", &two]);
    assert!(wrong.contains("server/wrong-store-key"), "{wrong}");
    let missing = refused(&folder, &[]);
    assert!(missing.contains("server/no-store-key"), "{missing}");
    fs::set_permissions(&one, fs::Permissions::from_mode(0o644)).unwrap();
    let open = refused(&folder, &["--store-key-file", &one]);
    assert!(open.contains("server/bad-store-key"), "{open}");
    fs::set_permissions(&one, fs::Permissions::from_mode(0o600)).unwrap();
    let disk = folder.path().join("scratch").display().to_string();
    let on_disk = refused(&folder, &["--store-key-file", &one, "--scratch", &disk]);
    assert!(on_disk.contains("server/bad-scratch"), "{on_disk}");

    through(&both);
    through(&two);
    let old = refused(&folder, &["--store-key-file", &one]);
    assert!(old.contains("server/wrong-store-key"), "{old}");
    let _ = fs::remove_dir_all(scratch(folder.path()));
}
