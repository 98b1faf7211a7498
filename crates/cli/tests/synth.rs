//! The main job through the binary.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use common::{Place, names, redact, table};
use serde_json::Value;

const FILES: [&str; 7] = [
    "figures.json",
    "model",
    "report.html",
    "report.json",
    "run.json",
    "schema.toml",
    "synthetic.csv",
];

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn done(code: Option<i32>) -> bool {
    matches!(code, Some(0 | 3))
}

#[test]
fn one_command_leaves_everything() {
    let place = Place::new();
    place.write("patients.csv", table(300));
    let ran = place.run(&["synth", "patients.csv", "--method", "copula"]);
    assert!(done(ran.code), "{}", ran.stderr);
    let out = place.path("patients-synthetic");
    assert_eq!(place.names(), ["patients-synthetic", "patients.csv"]);
    assert_eq!(names(&out), FILES);
    let synthetic = std::fs::read_to_string(out.join("synthetic.csv")).unwrap();
    assert_eq!(synthetic.lines().next().unwrap(), "age,score,group,outcome");
    assert_eq!(synthetic.lines().count(), 1 + 240);
    let record = json(out.join("run.json"));
    assert_eq!(record["rows"]["train"], 210);
    assert_eq!(record["rows"]["validation"], 30);
    assert_eq!(record["rows"]["test"], 60);
    assert_eq!(record["data"], "patients.csv");
    assert_eq!(record["attempts"][0]["config"]["method"], "gaussian_copula");
    assert_eq!(
        record["attempts"][0]["completion"]["sample_fits_schema"],
        true
    );
    let verdict = record["judgement"]["verdict"].as_str().unwrap();
    assert_eq!(ran.code == Some(0), verdict == "green");
    let report = json(out.join("report.json"));
    assert_eq!(report["judgement"], record["judgement"]);
    assert!(report["cards"].as_array().unwrap().len() > 5);
    let html = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(html.starts_with("<!doctype html>") || html.starts_with("<!DOCTYPE html>"));
}

#[test]
fn the_terminal_says_what_was_done() {
    let place = Place::new();
    place.write("t.csv", table(300));
    let ran = place.run(&["synth", "t.csv", "--method", "copula", "-o", "out"]);
    let said = redact(&ran.stderr);
    for line in [
        "t.csv",
        "table # rows, # columns",
        "rows # to learn from, # for choices, # for the verdict",
        "method gaussian-copula: ",
        "estimate about #.# s of training, ",
        "training #.# s",
    ] {
        assert!(
            said.lines().any(|l| l.starts_with(line)),
            "`{line}` is not in:\n{said}"
        );
    }
    let shown = redact(&ran.stdout);
    for line in [
        "gate value limit floor of real rows",
        "verdict ",
        "worst columns ",
        "out/",
        "synthetic.csv # rows",
        "report.html figures",
        "done in #.# s",
    ] {
        assert!(
            shown.lines().any(|l| l.starts_with(line)),
            "`{line}` is not in:\n{shown}"
        );
    }
}

#[test]
fn quiet_prints_only_the_result() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let ran = place.run(&["synth", "t.csv", "--method", "copula", "-o", "o", "-q"]);
    assert!(done(ran.code));
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("verdict"));
}

#[test]
fn an_older_run_is_replaced_and_nothing_else_is_touched() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let args = ["synth", "t.csv", "--method", "copula", "-o", "out"];
    assert!(done(place.run(&args).code));
    std::fs::write(place.path("out/notes.txt"), "mine").unwrap();
    let ran = place.run(&args);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("error[engine/output-exists]"),
        "{}",
        ran.stderr
    );
    let mut again = args.to_vec();
    again.extend(["--format", "parquet", "--force"]);
    let ran = place.run(&again);
    assert!(done(ran.code), "{}", ran.stderr);
    let there = names(&place.path("out"));
    assert!(there.contains(&"notes.txt".to_owned()));
    assert!(there.contains(&"synthetic.parquet".to_owned()));
    assert!(!there.contains(&"synthetic.csv".to_owned()), "{there:?}");
    let ran = place.run(&[
        "synth",
        "out/synthetic.parquet",
        "--method",
        "copula",
        "-o",
        "out",
    ]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("error[engine/output-holds-input]"),
        "{}",
        ran.stderr
    );
}

#[cfg(unix)]
#[test]
fn tables_come_from_standard_input_and_rows_go_to_standard_output() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let place = Place::new();
    let start = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_verdancy"));
        command.args(args).current_dir(place.path(""));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut synth = start(&["synth", "-", "--method", "copula"]);
    synth
        .stdin
        .take()
        .unwrap()
        .write_all(table(200).as_bytes())
        .unwrap();
    let out = synth.wait_with_output().unwrap();
    assert!(
        done(out.status.code()),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("stdin-synthetic/"), "{text}");
    let record = json(place.path("stdin-synthetic/run.json"));
    assert_eq!(record["data"], "stdin");

    let sample = ["sample", "stdin-synthetic", "--rows", "140", "-o", "-"];
    let out = start(&sample).wait_with_output().unwrap();
    assert_eq!(
        out.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let rows = std::fs::read_to_string(place.path("stdin-synthetic/synthetic.csv")).unwrap();
    let drawn = String::from_utf8(out.stdout).unwrap();
    assert!(
        drawn.lines().count() == 141 && rows.starts_with(&drawn),
        "{drawn}"
    );
    // What the shell opened to be added to is added to.
    let binary = env!("CARGO_BIN_EXE_verdancy");
    let script = format!(
        "echo mine > all.csv; '{binary}' sample stdin-synthetic --rows 140 -o - >> all.csv"
    );
    let ran = Command::new("sh")
        .args(["-c", &script])
        .current_dir(place.path(""))
        .status();
    assert!(ran.unwrap().success());
    let all = std::fs::read_to_string(place.path("all.csv")).unwrap();
    assert_eq!(all, format!("mine\n{drawn}"));
    // A reader that has enough is no error.
    let mut many = start(&["sample", "stdin-synthetic", "--rows", "2000000", "-o", "-"]);
    drop(many.stdout.take());
    let out = many.wait_with_output().unwrap();
    assert_eq!(
        out.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

#[test]
fn many_rows_are_streamed_and_their_first_are_judged() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let ran = place.run(&[
        "synth", "t.csv", "--method", "copula", "-o", "out", "--rows", "60000",
    ]);
    assert!(done(ran.code), "{}", ran.stderr);
    let text = std::fs::read_to_string(place.path("out/synthetic.csv")).unwrap();
    assert_eq!(text.lines().count(), 60_001);
    let record = json(place.path("out/run.json"));
    assert_eq!(record["rows"]["synthetic"], 60_000);
    assert_eq!(record["rows"]["judged"], 140);
    let few = place.run(&["synth", "t.csv", "--method", "copula", "-o", "few"]);
    assert!(done(few.code));
    let first = std::fs::read_to_string(place.path("few/synthetic.csv")).unwrap();
    assert!(
        text.starts_with(&first),
        "row i does not depend on how many are drawn"
    );
}

#[test]
fn json_lines_parse_and_are_in_order() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let ran = place.run(&[
        "synth",
        "t.csv",
        "-o",
        "out",
        "--n-iter",
        "5",
        "--set",
        "hidden=16",
        "--attempts",
        "1",
        "--progress",
        "json",
    ]);
    assert!(done(ran.code), "{}", ran.stderr);
    let events: Vec<Value> = ran
        .stdout
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let kinds: Vec<&str> = events
        .iter()
        .map(|e| e["event"].as_str().unwrap())
        .collect();
    let mut at = 0;
    for kind in [
        "stage",
        "loaded",
        "divided",
        "parameters",
        "estimate",
        "training",
        "trained",
        "sampling",
        "judged",
        "decided",
        "verdict",
        "written",
        "finished",
    ] {
        let found = kinds[at..].iter().position(|k| *k == kind);
        at += found.unwrap_or_else(|| panic!("no {kind} after position {at}: {kinds:?}"));
    }
    assert_eq!(kinds.last(), Some(&"finished"));
    let steps: Vec<u64> = events
        .iter()
        .filter(|e| e["event"] == "training")
        .map(|e| e["progress"]["step"].as_u64().unwrap())
        .collect();
    assert!(steps.is_sorted(), "{steps:?}");
    assert!(
        events
            .iter()
            .any(|e| e["event"] == "warning" && e["code"] == "engine/few-epochs")
    );

    let ran = place.run(&["synth", "none.csv", "--progress", "json"]);
    let last: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "error");
    assert_eq!(last["code"], "table/file-not-found");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_and_two_threads() {
    let place = Place::new();
    place.write("t.csv", table(200));
    for method in [
        "tabddpm",
        "copula",
        "cart",
        "arf",
        "tvae",
        "ctgan",
        "autoregressive",
    ] {
        let mut bytes = Vec::new();
        for threads in ["1", "2"] {
            let out = format!("{method}{threads}");
            let mut args = vec![
                "synth",
                "t.csv",
                "--method",
                method,
                "-o",
                &out,
                "--threads",
                threads,
                "--seed",
                "7",
            ];
            if ["tabddpm", "tvae", "ctgan", "autoregressive"].contains(&method) {
                args.extend(["--n-iter", "10", "--set", "hidden=32"]);
            }
            if method == "tabddpm" {
                args.extend(["--set", "sampler_steps=8"]);
            }
            let ran = place.run(&args);
            assert!(done(ran.code), "{}", ran.stderr);
            let read = |name: &str| std::fs::read(place.path(&out).join(name)).unwrap();
            bytes.push((read("synthetic.csv"), read("model/weights.safetensors")));
        }
        assert!(
            bytes[0] == bytes[1],
            "{method} depends on the number of threads"
        );
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_best_checkpoint() {
    let place = Place::new();
    place.write("t.csv", table(400));
    let mut child = place
        .command(&[
            "synth",
            "t.csv",
            "-o",
            "out",
            "--n-iter",
            "1000000",
            "--set",
            "work=0",
            "--set",
            "patience=0",
            "--set",
            "hidden=16",
            "--set",
            "copy_limit=1",
            "--progress",
            "json",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = Vec::new();
    while let Some(Ok(line)) = lines.next() {
        let event: Value = serde_json::from_str(&line).unwrap();
        // Past the estimate, which trains for a moment by itself.
        let started = event["event"] == "estimate";
        seen.push(event);
        if started {
            break;
        }
    }
    std::thread::sleep(std::time::Duration::from_millis(500));
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    seen.extend(lines.map(|l| serde_json::from_str::<Value>(&l.unwrap()).unwrap()));
    let code = child.wait().unwrap().code();
    assert!(done(code), "{code:?} {:?}", seen.last());
    let trained = seen.iter().find(|e| e["event"] == "trained").unwrap();
    assert_eq!(trained["stop"], "cancelled");
    assert_eq!(names(&place.path("out")), FILES);
    assert_eq!(place.names(), ["out", "t.csv"]);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_ends_at_once_and_leaves_nothing() {
    let place = Place::new();
    place.write("t.csv", table(400));
    let mut child = place
        .command(&[
            "synth",
            "t.csv",
            "-o",
            "out",
            "--n-iter",
            "1000000",
            "--set",
            "work=0",
            "--set",
            "patience=0",
            "--set",
            "copy_limit=1",
            "--set",
            "hidden=2048",
            "--set",
            "batch_size=65536",
            "--set",
            "blocks=16",
            "--progress",
            "json",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let begun = lines.find(|l| l.as_ref().unwrap().contains("parameters"));
    assert!(begun.is_some());
    for _ in 0..2 {
        std::process::Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let code = child.wait().unwrap().code();
    assert_eq!(code, Some(130));
    assert_eq!(place.names(), ["t.csv"]);
}

#[test]
fn no_cell_of_the_input_is_printed() {
    let place = Place::new();
    let mut text = String::from("id,name,note,city,amount,class\n");
    for i in 0..80 {
        let city = if i == 3 {
            "CANARYCITY".to_owned()
        } else {
            format!("C{}", i % 4)
        };
        text += &format!(
            "CANARYID{i:04},Canaryfirst{} Canarylast{i},the canaryword{i} sang on day {i},{city},{}.5,{}\n",
            i % 7,
            7_654_321 + i * 37,
            ["x", "y"][i % 2]
        );
    }
    place.write("t.csv", &text);
    for args in [
        &["synth", "t.csv", "--method", "copula", "-o", "out"][..],
        &[
            "synth",
            "t.csv",
            "--method",
            "copula",
            "-o",
            "json",
            "--progress",
            "json",
        ],
        &["inspect", "t.csv"],
        &["inspect", "t.csv", "--target", "nothing"],
        &["synth", "t.csv", "--text", "error"],
    ] {
        let ran = place.run(args);
        let said = (ran.stdout + &ran.stderr).to_lowercase();
        assert!(!said.contains("canary"), "{args:?}: {said}");
    }
    std::fs::write(place.path("bad.csv"), text + "CANARYBROKEN,1,2,3,4,5,6\n").unwrap();
    let ran = place.run(&["synth", "bad.csv"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        !ran.stderr.to_lowercase().contains("canary"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_run_lets_a_quick_method_answer_first_and_tells_its_story() {
    let place = Place::new();
    place.write("t.csv", table(300));
    // Quality mode trains on when a first answer would do.
    let quick = [
        "synth",
        "t.csv",
        "-o",
        "out",
        "--attempts",
        "1",
        "--mode",
        "quality",
    ];
    let ran = place.run(&quick);
    assert!(done(ran.code), "{}", ran.stderr);
    let record = json(place.path("out/run.json"));
    let attempts = record["attempts"].as_array().unwrap();
    for (attempt, method) in attempts.iter().zip(["gaussian_copula", "cart"]) {
        assert_eq!(attempt["role"], "race");
        assert_eq!(attempt["config"]["method"], method);
        assert!(attempt["diagnosis"]["cause"].is_string());
    }
    let last = &attempts[attempts.len() - 1];
    assert_eq!(last["role"], "attempt");
    assert_eq!(last["config"]["method"], "tabddpm");
    assert!(last["diagnosis"]["cause"].is_string() && last["decision"]["why"].is_string());
    let told = place.run(&["explain", "out"]);
    assert_eq!(told.code, ran.code);
    for word in ["first answer", "attempt 1", "kept", "on validation rows"] {
        assert!(told.stdout.contains(word), "{word}: {}", told.stdout);
    }
    let html = std::fs::read_to_string(place.path("out/report.html")).unwrap();
    for title in [
        "First answer: Gaussian copula",
        "First answer: CART",
        "Attempt 1: TabDDPM",
    ] {
        assert!(html.contains(title), "{title}");
    }
    let none = place.run(&["explain", "t.csv"]);
    assert_eq!(none.code, Some(2));
    assert!(none.stderr.contains("engine/run-format"), "{}", none.stderr);
    // The line of the report asks for the same run.
    let arguments: Vec<String> = serde_json::from_value(record["arguments"].clone()).unwrap();
    let mut again: Vec<&str> = vec!["synth"];
    again.extend(arguments.iter().map(String::as_str));
    again.extend(["-o", "again"]);
    assert_eq!(place.run(&again).code, ran.code);
    assert_eq!(
        std::fs::read(place.path("out/synthetic.csv")).unwrap(),
        std::fs::read(place.path("again/synthetic.csv")).unwrap()
    );
}

#[test]
fn what_cannot_be_green_is_said_before_training() {
    let place = Place::new();
    place.write("few.csv", table(70));
    let ran = place.run(&["synth", "few.csv", "--method", "copula", "-o", "out"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let said = ran.stderr.find("engine/cannot-be-green").unwrap();
    assert!(said < ran.stderr.find("method").unwrap(), "{}", ran.stderr);
    let words: Vec<&str> = ran.stderr.split_whitespace().collect();
    assert!(words.join(" ").contains("A table of"), "{}", ran.stderr);
}

/// Stays that end after they begin, a total, and a town's region.
fn ruled() -> String {
    use std::fmt::Write;
    let mut text = "from,until,net,tax,gross,town,region\n".to_owned();
    let towns = [("Arden", "North"), ("Birk", "North"), ("Elm", "West")];
    for i in 0..400_u32 {
        let (day, stay) = (1 + i * 7 % 28, i * i % 5);
        let (net, tax) = (1_000 + i * 37 % 29 * 5, 3 + i * 11 % 23);
        let (town, region) = towns[(i * i % 7 % 3) as usize];
        let (month, until) = (1 + i % 12, day + stay);
        let (until, next) = if until > 28 {
            (until - 28, month % 12 + 1)
        } else {
            (until, month)
        };
        let year = if next < month { 2024 } else { 2023 };
        writeln!(
            text,
            "2023-{month:02}-{day:02},{year}-{next:02}-{until:02},{net},{tax},{},{town},{region}",
            net + tax
        )
        .unwrap();
    }
    text
}

#[test]
fn relations_are_listed_and_kept_whatever_the_method() {
    let place = Place::new();
    place.write("t.csv", ruled());
    let ran = place.run(&["inspect", "t.csv"]);
    for rule in [
        "gross = net + tax",
        "region follows from town",
        "until is never before from",
    ] {
        assert!(ran.stdout.contains(rule), "{rule}: {}", ran.stdout);
    }
    let small = [
        "--set",
        "n_iter=3",
        "--set",
        "hidden=16",
        "--set",
        "blocks=1",
    ];
    for (method, more) in [
        ("copula", &[][..]),
        ("cart", &[]),
        ("arf", &[]),
        ("tabddpm", &small),
    ] {
        let mut args = vec![
            "synth",
            "t.csv",
            "--force",
            "-o",
            "out",
            "--attempts",
            "1",
            "--method",
            method,
        ];
        args.extend(more);
        let ran = place.run(&args);
        assert!(done(ran.code), "{method}: {}", ran.stderr);
        assert!(ran.stderr.contains("gross = net + tax"), "{}", ran.stderr);
        let record = json(place.path("out/run.json"));
        let rules = record["relations"].as_array().unwrap();
        assert!(
            rules.len() >= 3 && rules.iter().all(|r| r["rows"] == 0),
            "{rules:?}"
        );
        let ran = place.run(&[
            "sample", "out", "--rows", "3000", "--seed", "5", "-o", "more.csv",
        ]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let text = std::fs::read_to_string(place.path("more.csv")).unwrap();
        for row in text.lines().skip(1) {
            let c: Vec<&str> = row.split(',').collect();
            let n = |at: usize| c[at].parse::<i64>().unwrap();
            assert!(c[0] <= c[1] && n(2) + n(3) == n(4), "{method}: {row}");
            assert_eq!(
                c[6],
                if c[5] == "Elm" { "West" } else { "North" },
                "{method}: {row}"
            );
        }
    }
    let off = place.run(&[
        "synth",
        "t.csv",
        "--force",
        "-o",
        "out",
        "--method",
        "copula",
        "--relations",
        "off",
    ]);
    assert!(done(off.code), "{}", off.stderr);
    assert!(json(place.path("out/run.json"))["relations"].is_null());
    let told = place.run(&[
        "synth",
        "t.csv",
        "--force",
        "-o",
        "out",
        "--method",
        "copula",
        "--relations",
        "report",
    ]);
    assert!(done(told.code), "{}", told.stderr);
    let record = json(place.path("out/run.json"));
    let broken = record["relations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|r| r["rows"] != 0);
    assert!(broken.count() > 0);
}
