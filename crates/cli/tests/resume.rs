//! Runs that are killed go on from their checkpoints.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![cfg(unix)]

mod common;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{Place, names, table};
use serde_json::Value;

/// Its first attempts are too short, so that there are further ones, one of them from weights of
/// another.
const SYNTH: [&str; 14] = [
    "synth",
    "t.csv",
    "--method",
    "tabddpm",
    "--attempts",
    "3",
    "--n-iter",
    "8",
    "--set",
    "hidden=32",
    "--set",
    "patience=0",
    "--progress",
    "none",
];

fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let from = Instant::now();
    while !there() {
        assert!(from.elapsed() < Duration::from_secs(120), "no {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdout(Stdio::null()).stderr(Stdio::null())
}

fn with_checkpoints(place: &Place, seconds: &str, threads: &str) -> Command {
    let mut command = place.command(&SYNTH);
    command
        .args(["--checkpoints", "kept", "-o", "out", "--threads", threads])
        .env("VERDANCY_CHECKPOINT_SECONDS", seconds);
    command
}

/// A run's record without what a clock said.
fn record(folder: &Path) -> Value {
    let mut record: Value =
        serde_json::from_slice(&std::fs::read(folder.join("run.json")).unwrap()).unwrap();
    timeless(&mut record);
    record
}

fn timeless(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| {
                !name.ends_with("seconds")
                    && !["eta", "seal", "threads", "started", "ended"].contains(&name.as_str())
            });
            map.values_mut().for_each(timeless);
        }
        Value::Array(all) => all.iter_mut().for_each(timeless),
        _ => {}
    }
}

fn same(place: &Place, one: &str, other: &str) {
    let (one, other) = (place.path(one), place.path(other));
    for name in [
        "synthetic.csv",
        "schema.toml",
        "report.json",
        "model/weights.safetensors",
    ] {
        let read = |folder: &Path| std::fs::read(folder.join(name)).unwrap();
        assert!(read(&one) == read(&other), "{name}");
    }
    let manifest = |folder: &Path| {
        let bytes = std::fs::read(folder.join("model/manifest.json")).unwrap();
        let mut value: Value = serde_json::from_slice(&bytes).unwrap();
        timeless(&mut value);
        value
    };
    assert_eq!(manifest(&one), manifest(&other));
    assert_eq!(record(&one), record(&other));
}

/// Kills `child` as soon as there is `what`.
fn kill_when(mut child: Child, what: &Path) {
    wait_for(&format!("{}", what.display()), || what.exists());
    child.kill().unwrap();
    assert!(child.wait().unwrap().code().is_none(), "it was killed");
}

#[test]
fn a_killed_run_goes_on_and_ends_with_the_same_bytes() {
    let place = Place::new();
    place.write("t.csv", table(400));
    let whole = place
        .command(&SYNTH)
        .args(["-o", "whole"])
        .output()
        .unwrap();
    assert!(matches!(whole.status.code(), Some(0 | 3)), "{whole:?}");
    let attempts = record(&place.path("whole"))["attempts"]
        .as_array()
        .unwrap()
        .len();

    assert!(attempts > 1);
    let training = |n: usize| place.path(&format!("kept/attempt-{n}/training.safetensors"));
    let start = |seconds: &str, threads: &str| {
        let mut command = with_checkpoints(&place, seconds, threads);
        quiet(&mut command).spawn().unwrap()
    };
    kill_when(start("0", "2"), &training(1));
    kill_when(start("0", "1"), &training(1));
    assert!(
        !place.path("out").exists(),
        "nothing is written before the end"
    );
    kill_when(start("0.1", "2"), &place.path("kept/attempt-1/finished"));
    kill_when(start("0.02", "2"), &training(attempts));
    assert!(!training(1).exists());
    let end = with_checkpoints(&place, "0.2", "1").output().unwrap();
    assert_eq!(end.status.code(), whole.status.code(), "{end:?}");
    assert!(!place.path("kept").exists(), "the folder is taken away");
    same(&place, "whole", "out");
}

#[test]
fn a_damaged_checkpoint_is_left_aside() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let start = || {
        quiet(&mut with_checkpoints(&place, "0", "2"))
            .spawn()
            .unwrap()
    };
    let file = place.path("kept/attempt-1/training.safetensors");
    kill_when(start(), &file);
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&file, bytes).unwrap();
    let ran = with_checkpoints(&place, "1", "2").output().unwrap();
    assert!(matches!(ran.status.code(), Some(0 | 3)), "{ran:?}");
    let record = record(&place.path("out")).to_string();
    assert!(record.contains("engine/checkpoint-ignored"), "{record}");
    assert!(record.contains("synth/checkpoint-damaged"), "{record}");
}

#[test]
fn checkpoints_of_another_run_and_strange_folders_are_refused() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let child = quiet(&mut with_checkpoints(&place, "0", "2"))
        .spawn()
        .unwrap();
    kill_when(child, &place.path("kept/attempt-1/training.safetensors"));
    let refused = |command: &mut Command, code: &str| {
        let ran = command.output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{said}");
        assert!(said.contains(code), "{said}");
    };
    let mut other = with_checkpoints(&place, "0", "2");
    refused(other.args(["--seed", "1"]), "engine/checkpoints-foreign");
    assert!(place.path("kept/attempt-1/training.safetensors").exists());
    std::fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/thesis.tex", "years of work");
    let mut strange = place.command(&SYNTH);
    refused(
        strange.args(["--checkpoints", "mine"]),
        "engine/checkpoints-not-ours",
    );
    assert_eq!(names(&place.path("mine")), ["thesis.tex"]);
}

/// Temporary folders of commands beside the output.
fn in_the_making(place: &Place) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(place.path(".")).unwrap().flatten();
    let of_commands = entries.filter(|e| e.file_name().to_string_lossy().starts_with(".verdancy-"));
    of_commands.map(|e| e.path()).collect()
}

#[test]
fn what_a_killed_command_left_goes_with_the_next_one_and_what_is_at_work_stays() {
    let place = Place::new();
    place.write("t.csv", table(400));
    let begin = |out: &str| {
        let before = in_the_making(&place);
        let mut command =
            place.command(&["synth", "t.csv", "--method", "tabddpm", "--attempts", "1"]);
        command.args([
            "--n-iter",
            "1000000",
            "--set",
            "hidden=32",
            "--set",
            "patience=0",
        ]);
        command.args(["--set", "work=0", "--progress", "none", "-o", out]);
        let child = quiet(&mut command).spawn().unwrap();
        let mut made = None;
        wait_for("an unfinished folder", || {
            // Its lock comes a moment after the folder.
            let mut now = in_the_making(&place).into_iter();
            made = now.find(|f| !before.contains(f) && f.join(".in-use").exists());
            made.is_some()
        });
        (child, made.unwrap())
    };
    let (mut killed, left) = begin("one");
    killed.kill().unwrap();
    killed.wait().unwrap();
    let (mut working, held) = begin("two");
    assert!(!left.exists(), "the second command took it away");

    let third = place
        .command(&[
            "synth",
            "t.csv",
            "--method",
            "gaussian-copula",
            "--attempts",
            "1",
            "-o",
            "three",
        ])
        .output()
        .unwrap();
    assert!(place.path("three/run.json").exists(), "{third:?}");
    let names = names(&place.path("three"));
    assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
    assert_eq!(in_the_making(&place), [held]);
    working.kill().unwrap();
    working.wait().unwrap();
}
