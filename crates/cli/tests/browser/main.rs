//! The pages in a real browser (Debian's Chromium without a window): the whole way from a file to a
//! download, what moves, what is cancelled, what hostile names do, and who uses no mouse, no script, a
//! phone or a screen reader.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod answers;
mod axe;
#[allow(dead_code)]
#[path = "../service/client.rs"]
mod client;
mod driver;

mod looks;
mod more;
mod names;
mod people;
mod plain;
mod way;

/// A run of TabDDPM that takes minutes and tells of its course every few seconds.
fn long(service: &client::Service, dataset: &str) -> String {
    let run = serde_json::json!({ "dataset": dataset, "method": "tabddpm", "attempts": 1, "parameters":
        { "hidden": 32, "n_iter": 100_000, "patience": 0, "work": 0 } });
    let made = service.post("/v1/runs", run).with(201).json();
    made["id"].as_str().unwrap().to_owned()
}
