//! Tenants keep out of each other's way: one that takes all it can get takes nothing from another; a key sees
//! what it may see and no more; and what is deleted is gone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Ask, Service, id, table, wait};

/// A key of a project of its own.
fn tenant(service: &Service, name: &str, sees_rows: bool) -> String {
    service
        .post("/v1/projects", json!({ "name": name }))
        .with(201);
    let new = json!({ "name": name, "project": name, "sees_rows": sees_rows });
    let made = service.post("/v1/keys", new).with(201).json();
    made["key"].as_str().unwrap().to_owned()
}

fn packed(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

/// Distinct texts, which take a while to read.
fn slow(rows: u64) -> Vec<u8> {
    let mut text = String::from("a,b,c,d\n");
    for i in 0..rows {
        let x = i.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text += &format!("t{x:x},{},{},w{:x}\n", x >> 40, x % 9973, x >> 17);
    }
    packed(&text)
}

#[test]
fn long_names_of_columns_are_refused_and_take_no_memory() {
    let service = Service::start();
    let name = "a".repeat(900_000);
    let header: Vec<String> = (0..60).map(|i| format!("c{i}_{name}")).collect();
    let text = header.join(",") + "\n" + &["1"; 60].join(",") + "\n";
    service
        .upload("w.csv.gz", packed(&text))
        .refused(422, "table/name-too-long");
    let peak = service.peak_memory();
    assert!(peak < 512 << 20, "{peak}");
    // What is allowed is in no list.
    let names: Vec<String> = (0..200)
        .map(|i| format!("c{i}_{}", "b".repeat(1000)))
        .collect();
    let text = names.join(",") + "\n" + &(["1"; 200].join(",") + "\n").repeat(30);
    let made = service.upload("n.csv.gz", packed(&text)).with(201).json();
    assert!(made["schema_toml"].as_str().unwrap().len() > 200_000);
    let list = service.get("/v1/datasets").with(200);
    assert!(list.bytes.len() < 1000, "{}", list.bytes.len());
}

#[test]
fn who_holds_its_readers_leaves_one_for_others() {
    let service = Service::with(&["--readers", "2"]);
    let (one, other) = (
        tenant(&service, "one", true),
        tenant(&service, "other", true),
    );
    let dataset = id(&service
        .upload_as(&other, "t.csv", table(60))
        .with(201)
        .json());
    let file = slow(300_000);
    std::thread::scope(|scope| {
        let service = &service;
        for _ in 0..3 {
            let (file, one) = (file.clone(), &one);
            scope.spawn(move || {
                let status = service.upload_as(one, "s.csv.gz", file).status;
                assert!([201, 429, 503].contains(&status), "{status}");
            });
        }
        wait("a reader at work", || {
            let text = service.get("/metrics").text();
            text.contains("verdancy_reader_places 1.0").then_some(())
        });
        let mut slowest = Duration::ZERO;
        for _ in 0..5 {
            let from = Instant::now();
            let path = format!("/v1/datasets/{dataset}/preview");
            service
                .ask(Method::GET, &path, Some(&other), Ask::Nothing)
                .with(200);
            slowest = slowest.max(from.elapsed());
        }
        eprintln!("slowest preview of another tenant: {slowest:?}");
        assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    });
    assert!(service.peak_memory() < 512 << 20);
}

#[test]
fn streams_of_one_tenant_leave_room_for_others() {
    let service = Service::start();
    let (one, other) = (
        tenant(&service, "one", false),
        tenant(&service, "other", false),
    );
    let start = |key: &str| {
        let dataset = id(&service.upload_as(key, "t.csv", table(300)).with(201).json());
        let run = json!({ "dataset": dataset, "method": "tabddpm", "attempts": 1, "parameters":
            { "hidden": 32, "n_iter": 1_000_000, "patience": 0, "work": 0 } });
        let made = service.ask(Method::POST, "/v1/runs", Some(key), Ask::Json(run));
        id(&made.with(201).json())
    };
    let (run, others) = (start(&one), start(&other));
    let host = service.address.trim_start_matches("http://");
    let open = |key: &str, run: &str| {
        let mut stream = TcpStream::connect(host).unwrap();
        let limit = Some(Duration::from_secs(20));
        stream.set_read_timeout(limit).unwrap();
        let head = format!(
            "GET /v1/runs/{run}/events HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        (stream, String::from_utf8_lossy(&start[9..]).into_owned())
    };
    let held: Vec<_> = (0..64).map(|_| open(&one, &run)).collect();
    assert!(held.iter().all(|(_, status)| status == "200"));
    assert_eq!(open(&one, &run).1, "429");
    assert_eq!(open(&other, &others).1, "200");
}

#[test]
fn strangers_who_send_nothing_are_let_go_and_others_are_served() {
    let service = Service::start();
    let host = service.address.trim_start_matches("http://").to_owned();
    let connect = || {
        let stream = TcpStream::connect(&host).unwrap();
        let limit = Some(Duration::from_secs(30));
        stream.set_read_timeout(limit).unwrap();
        stream
    };
    // A connection that has shown its key is no stranger's, and goes on.
    let mut known = connect();
    let mut ask = || {
        let head = format!(
            "GET /v1/projects HTTP/1.1\r\nhost: {host}\r\nauthorization: bearer {}\r\n\r\n",
            service.key
        );
        known.write_all(head.as_bytes()).unwrap();
        let mut bytes = [0; 4096];
        let read = known.read(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..read]).starts_with("HTTP/1.1 200")
    };
    assert!(ask());
    let mut slow = Vec::new();
    for _ in 0..300 {
        let mut stream = connect();
        let head = format!(
            "POST /login HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: 100000\r\n\r\n"
        );
        let _ = stream.write_all(head.as_bytes());
        slow.push(stream);
    }
    assert!(ask(), "with 300 silent sign-ins");
    let from = Instant::now();
    wait("room for strangers", || {
        let mut stream = connect();
        let head = format!("GET /health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let _ = stream.write_all(head.as_bytes());
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        text.starts_with("HTTP/1.1 200").then_some(())
    });
    // As long as Retry-After says.
    assert!(
        from.elapsed() < Duration::from_secs(12),
        "{:?}",
        from.elapsed()
    );
}

#[test]
fn a_key_that_may_not_see_rows_learns_nothing_of_them() {
    let service = Service::start();
    let plain = tenant(&service, "one", false);
    let mut text = String::from("email,size\n");
    for i in 0..200 {
        text += &format!("person{i}@hospital.example,{}\n", i * 7 % 31);
    }
    let dataset = id(&service.upload_as(&plain, "t.csv", text).with(201).json());
    let ask = |method, path: &str, body| service.ask(method, path, Some(&plain), body);
    let weaker = "[[column]]\nname = \"email\"\nkind = \"categorical\"\n";
    let path = format!("/v1/datasets/{dataset}/schema");
    ask(Method::PUT, &path, Ask::Bytes(weaker.into())).refused(403, "server/rows-not-shown");
    let order = |more: Value| {
        let mut order = json!({ "dataset": dataset, "method": "gaussian_copula", "attempts": 1 });
        order
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        Ask::Json(order)
    };
    for more in [json!({ "protect": 0 }), json!({ "subject": "none" })] {
        ask(Method::POST, "/v1/runs", order(more)).refused(403, "server/rows-not-shown");
    }
    let run = ask(Method::POST, "/v1/runs", order(json!({})));
    let run = id(&run.with(201).json());
    service.until(&run, "succeeded");
    let files = ask(
        Method::GET,
        &format!("/v1/runs/{run}/artifacts"),
        Ask::Nothing,
    );
    let files = files.with(200).json();
    for file in files.as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        assert!(!name.starts_with("model"), "{name}");
        let path = format!("/v1/runs/{run}/artifacts/{}", name.replace('/', "%2F"));
        let sent = ask(Method::GET, &path, Ask::Nothing).with(200).text();
        for i in 0..200 {
            let real = format!("person{i}@hospital.example");
            assert!(!sent.contains(&real), "{real} in {name}");
        }
    }
    for name in [
        "model%2Fmanifest.json",
        "model%2Fweights.safetensors",
        "model%2Fnothing",
    ] {
        let path = format!("/v1/runs/{run}/artifacts/{name}");
        ask(Method::GET, &path, Ask::Nothing).refused(403, "server/rows-not-shown");
    }
    service
        .get(&format!("/v1/runs/{run}/artifacts/model%2Fmanifest.json"))
        .with(200);
}

/// Every file below `folder`.
fn files(folder: &Path, all: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        }
        all.push(path);
    }
}

#[test]
fn what_is_deleted_is_gone_and_what_is_kept_is_private() {
    let service = Service::start();
    let dataset = service.dataset("t.csv", table(120));
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    let mut all = Vec::new();
    files(&service.data(), &mut all);
    let mut looked = Vec::new();
    for path in &all {
        match std::fs::metadata(path) {
            Ok(meta) => {
                let mode = meta.permissions().mode() & 0o077;
                assert_eq!(mode, 0, "{}", path.display());
                looked.push(path);
            }
            // The work of a run that has ended goes while it is looked at.
            Err(e) => assert_eq!(e.kind(), std::io::ErrorKind::NotFound, "{}", path.display()),
        }
    }
    let stored = |path: &&&std::path::PathBuf| path.starts_with(service.data().join("store/files"));
    assert!(looked.iter().filter(stored).count() >= 4, "{looked:?}");
    assert!(looked.iter().any(|path| path.ends_with("verdancy.db")));
    let hash = |name: &str| {
        let files = service.get(&format!("/v1/runs/{run}/artifacts")).json();
        let file = files.as_array().unwrap().iter().find(|f| f["name"] == name);
        file.unwrap()["hash"].as_str().unwrap().to_owned()
    };
    let hash = hash("model/weights.safetensors");
    let place = service
        .data()
        .join("store/files")
        .join(&hash[..2])
        .join(&hash);
    assert!(place.exists());
    let path = format!("/v1/datasets/{dataset}");
    service
        .ask(Method::DELETE, &path, Some(&service.key), Ask::Nothing)
        .with(204);
    for part in ["", "/artifacts/model%2Fmanifest.json", "/report", "/events"] {
        service
            .get(&format!("/v1/runs/{run}{part}"))
            .refused(404, "server/not-found");
    }
    // Told, and without what was in it.
    let told = service.get("/v1/audit").with(200).text();
    assert!(told.contains("dataset-deleted") && told.contains(&dataset));

    // Runs are kept where that is asked for, and a run goes by itself.
    let dataset = service.dataset("t.csv", table(90));
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    let path = format!("/v1/datasets/{dataset}?keep_runs=true");
    service
        .ask(Method::DELETE, &path, Some(&service.key), Ask::Nothing)
        .with(204);
    let path = format!("/v1/runs/{run}");
    service.get(&path).with(200);
    let delete = || service.ask(Method::DELETE, &path, Some(&service.key), Ask::Nothing);
    delete().with(204);
    delete().refused(404, "server/not-found");
}

#[test]
fn a_run_stops_with_the_best_it_has_and_none_goes_on_for_ever() {
    let service = Service::with(&["--max-run", "30m"]);
    let dataset = service.dataset("t.csv", table(300));
    // Longer than a run may take, by its own estimate.
    let run = json!({ "dataset": dataset, "method": "tabddpm", "attempts": 1, "parameters":
        { "hidden": 1024, "blocks": 16, "n_iter": 1_000_000, "patience": 1000, "work": 0 } });
    let run = id(&service.post("/v1/runs", run).with(201).json());
    service.until(&run, "failed");
    let whole = service.get(&format!("/v1/runs/{run}")).json();
    assert_eq!(
        whole["failure"]["code"], "server/estimate-too-long",
        "{whole}"
    );

    let run = json!({ "dataset": dataset, "method": "tabddpm", "attempts": 1, "time_limit": 600,
        "name": "Ward 7", "relations": "report",
        "parameters": { "hidden": 32, "n_iter": 1_000_000, "patience": 0, "work": 0 } });
    let run = id(&service.post("/v1/runs", run).with(201).json());
    wait("checkpoint", || {
        let kept = service.data().join("work").join(&run).join("1/checkpoints");
        let mut attempts = std::fs::read_dir(kept).ok()?.flatten();
        attempts.find(|a| a.path().join("training.safetensors").exists())
    });
    let from = Instant::now();
    service
        .post(&format!("/v1/runs/{run}/finish"), Value::Null)
        .with(200);
    service.until(&run, "succeeded");
    assert!(from.elapsed() < Duration::from_secs(100));
    let listed = service.get("/v1/runs?text=ward").with(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    let label = json!({ "name": "Ward 8", "note": "for the audit" });
    let path = format!("/v1/runs/{run}/label");
    let named = service.ask(Method::PUT, &path, Some(&service.key), Ask::Json(label));
    assert_eq!(named.with(200).json()["run"]["note"], "for the audit");
    assert_eq!(
        service
            .get("/v1/runs?text=AUDIT")
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_service_that_was_killed_while_it_read_leaves_nothing() {
    let mut service = Service::start();
    let file = slow(300_000);
    let reading = service.data().join("reading");
    let links = |folder: &Path| {
        let mut all = Vec::new();
        files(folder, &mut all);
        all.iter().filter(|p| p.is_symlink()).count()
    };
    std::thread::scope(|scope| {
        let (address, key) = (service.address.clone(), service.key.clone());
        scope.spawn(move || {
            let client = reqwest::blocking::Client::builder()
                .no_proxy()
                .build()
                .unwrap();
            let path = format!("{address}/v1/datasets?name=patients.csv.gz");
            // It is cut off.
            let _ = client.post(path).bearer_auth(key).body(file).send();
        });
        wait("a table being read", || {
            (links(&reading) == 1).then_some(())
        });
        service.kill();
    });
    let again = Service::again(service.folder.clone(), &[]);
    wait("a clean folder", || (links(&reading) == 0).then_some(()));
    drop(again);
}
