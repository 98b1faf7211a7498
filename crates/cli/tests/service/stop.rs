//! The end of the service in good order: what runs is given back and goes on at the next start, to the
//! same result.

use serde_json::{Value, json};

use crate::client::{Service, id, table, wait};

/// A training of a second or two.
fn small(service: &Service, dataset: &str) -> String {
    let run = json!({ "dataset": dataset, "method": "tabddpm", "attempts": 1, "seed": 5, "parameters":
        { "hidden": 64, "n_iter": 60, "patience": 0, "work": 0 } });
    id(&service.post("/v1/runs", run).with(201).json())
}

fn table_of(service: &Service, run: &str) -> Value {
    let files = service
        .get(&format!("/v1/runs/{run}/artifacts"))
        .with(200)
        .json();
    let found = (files.as_array().unwrap().iter()).find(|f| f["name"] == "synthetic.csv");
    found.unwrap()["hash"].clone()
}

#[test]
fn a_run_that_was_given_back_goes_on_to_the_same_result() {
    let mut service = Service::start();
    let dataset = service.dataset("t.csv", table(400));
    let run = small(&service, &dataset);
    wait("checkpoint", || {
        let kept = service.data().join("work").join(&run).join("1/checkpoints");
        let mut attempts = std::fs::read_dir(kept).ok()?.flatten();
        attempts.find(|a| a.path().join("training.safetensors").exists())
    });
    let (status, took) = service.end();
    assert!(status.success(), "{status}");
    assert!(took.as_secs() < 30, "{took:?}");

    let service = Service::again(service.folder.clone(), &[]);
    service.until(&run, "succeeded");
    let begun = service.get(&format!("/v1/runs/{run}")).json()["begun"].as_i64();
    assert_eq!(begun, Some(2), "it was begun twice");
    let undisturbed = small(&service, &dataset);
    service.until(&undisturbed, "succeeded");
    assert_eq!(table_of(&service, &run), table_of(&service, &undisturbed));
    let died = service.get("/metrics").text();
    assert!(
        died.contains("verdancy_run_deaths_total 0"),
        "giving back is no death"
    );
}

#[test]
fn watchers_are_told_the_end_of_the_service() {
    let mut service = Service::start();
    let dataset = service.dataset("t.csv", table(300));
    let run = service.endless(&dataset);
    let address = service.address.clone();
    let key = service.key.clone();
    let watcher = std::thread::spawn(move || {
        let client = reqwest::blocking::Client::builder()
            .no_proxy()
            .timeout(None)
            .build()
            .unwrap();
        let request = client
            .get(format!("{address}/v1/runs/{run}/events"))
            .bearer_auth(key);
        request.send().unwrap().text().unwrap()
    });
    wait("watcher", || {
        let text = service.get("/metrics").text();
        text.contains("verdancy_watchers 1.0").then_some(())
    });
    let (status, took) = service.end();
    assert!(status.success() && took.as_secs() < 30, "{status} {took:?}");
    let said = watcher.join().unwrap();
    assert!(
        !said.contains("event: state"),
        "the run has not ended: {said}"
    );
}
