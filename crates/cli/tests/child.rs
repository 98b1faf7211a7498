//! `verdancy child`: the task comes on standard input, the answer is events, and nothing outlives the starter.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![cfg(unix)]

mod common;

use std::io::Write;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::{Place, table};
use verdancy_engine::options::Asked;
use verdancy_engine::{Bounds, Document, Drawing, Event, Options, Task, Wanted, Work};
use verdancy_synth::Method;

fn task(place: &Place, work: Work, options: Options) -> Task {
    Task {
        work,
        data: place.path("t.csv"),
        options,
        bounds: Bounds::default(),
    }
}

fn copula() -> Options {
    Options {
        method: Some(Asked::Only(Method::GaussianCopula)),
        ..Options::default()
    }
}

fn start(place: &Place, line: &str) -> Child {
    let mut command = place.command(&["child"]);
    command
        .env("VERDANCY_CHECKPOINT_SECONDS", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.as_mut().unwrap();
    // A child that is refused its task may be gone before it has read all of it.
    let _ = stdin.write_all(line.as_bytes());
    child
}

/// The exit code and the events of a child, whose standard input stays open until it ends.
fn ended(mut child: Child) -> (Option<i32>, Vec<Event>) {
    let leash = child.stdin.take();
    let out = child.wait_with_output().unwrap();
    drop(leash);
    let text = String::from_utf8(out.stdout).unwrap();
    let events = text.lines().map(|line| {
        let event = Event::of_line(line).expect(line);
        assert!(line.contains(&format!("{{\"event\":\"{}\"", event.name())));
        assert_eq!(event.line(), line, "an event is read back as it was told");
        event
    });
    (out.status.code(), events.collect())
}

#[test]
fn a_table_is_inspected_and_its_first_rows_are_read() {
    let place = Place::new();
    place.write("t.csv", table(60));
    let asked = task(&place, Work::Inspect, copula());
    let (code, events) = ended(start(&place, &asked.line().unwrap()));
    assert_eq!(code, Some(0));
    let Some(Event::Inspected { inspection }) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(inspection.rows, 60);
    assert_eq!(inspection.columns.len(), inspection.schema.columns.len());
    assert!(inspection.estimate.is_some());

    let asked = task(&place, Work::FirstRows { count: 3 }, copula());
    let (code, events) = ended(start(&place, &asked.line().unwrap()));
    assert_eq!(code, Some(0));
    let Some(Event::FirstRows { first }) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(
        (first.rows.len(), first.columns.len()),
        (3, inspection.columns.len())
    );
}

#[test]
fn a_run_leaves_the_files_that_the_command_line_leaves() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let work = Work::Synth {
        output: place.path("child"),
    };
    let options = Options {
        seed: 5,
        ..copula()
    };
    let (code, events) = ended(start(&place, &task(&place, work, options).line().unwrap()));
    assert!(matches!(code, Some(0 | 3)), "{code:?}");
    assert!(matches!(events.last(), Some(Event::Finished { .. })));
    let ran = place.run(&[
        "synth",
        "t.csv",
        "--method",
        "copula",
        "--seed",
        "5",
        "--attempts",
        "3",
        "-o",
        "command",
    ]);
    assert_eq!(ran.code, code, "{}", ran.stderr);
    assert_eq!(
        common::names(&place.path("child")),
        common::names(&place.path("command"))
    );
    for name in [
        "synthetic.csv",
        "schema.toml",
        "report.json",
        "figures.json",
    ] {
        let read = |folder: &str| std::fs::read(place.path(folder).join(name)).unwrap();
        assert!(read("child") == read("command"), "{name}");
    }
}

#[test]
fn rows_are_drawn_from_a_model_as_the_command_line_draws_them() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let ran = place.run(&["fit", "t.csv", "--method", "copula", "-o", "model"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ask = |wanted: Wanted, rows| {
        let work = Work::Sample {
            model: place.path("model"),
            output: place.path("child.csv"),
            wanted,
        };
        let options = Options {
            rows,
            seed: 4,
            ..Options::default()
        };
        ended(start(&place, &task(&place, work, options).line().unwrap()))
    };
    let wanted = Wanted::Where("age > 40 and outcome = 'yes'".to_owned());
    let (code, events) = ask(wanted, Some(60));
    assert_eq!(code, Some(0), "{events:?}");
    let Some(Event::Sampled { sampled }) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!((sampled.rows, sampled.drawing), (60, Drawing::Filtered));
    let ran = place.run(&[
        "sample",
        "model",
        "--rows",
        "60",
        "--seed",
        "4",
        "--where",
        "age > 40 and outcome = 'yes'",
        "-o",
        "command.csv",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let read = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    assert_eq!(read("child.csv"), read("command.csv"));
    // Around the cells of the task's table.
    place.write("t.csv", "age\n30\n40\n");
    let (code, events) = ask(Wanted::Given, None);
    assert_eq!(code, Some(0), "{events:?}");
    let ages: Vec<String> = (read("child.csv").lines().skip(1))
        .map(|line| line.split(',').next().unwrap().to_owned())
        .collect();
    assert_eq!(ages, ["30", "40"]);
}

#[test]
fn what_is_asked_of_rows_is_checked_by_the_schema_alone() {
    let place = Place::new();
    place.write("t.csv", "age\n30\n");
    let schema = "[[column]]\nname = \"age\"\nkind = \"integer\"\n\
        [[column]]\nname = \"group\"\nkind = \"categorical\"\n";
    let said = |wanted: Wanted, rows| {
        let options = Options {
            rows,
            schema: Some(Document::Text(schema.to_owned())),
            ..Options::default()
        };
        let asked = task(&place, Work::Check { wanted }, options);
        let (code, events) = ended(start(&place, &asked.line().unwrap()));
        match events.last() {
            Some(Event::Checked {}) => (code, "fine".to_owned()),
            Some(Event::Error(told)) => (code, told.code.clone()),
            other => panic!("{other:?}"),
        }
    };
    let cases = [
        (Wanted::Any, Some(5), "fine"),
        (Wanted::Any, None, "engine/no-rows-asked"),
        (Wanted::Where("age > 5".into()), Some(5), "fine"),
        (
            Wanted::Where("size > 5".into()),
            Some(5),
            "expression/unknown-column",
        ),
        (Wanted::Balance("group".into()), Some(5), "fine"),
        (
            Wanted::Balance("age=1:1".into()),
            Some(5),
            "condition/balance",
        ),
        (Wanted::Given, None, "fine"),
        (Wanted::Given, Some(2), "condition/given-rows"),
    ];
    for (wanted, rows, expected) in cases {
        let (code, told) = said(wanted.clone(), rows);
        assert_eq!(told, expected, "{wanted:?}");
        assert_eq!(code, Some(if expected == "fine" { 0 } else { 2 }));
    }
}

#[test]
fn what_is_wrong_is_told_as_an_event() {
    let place = Place::new();
    place.write("t.csv", table(60));
    let code_of = |line: &str| {
        let (code, events) = ended(start(&place, line));
        match events.last() {
            Some(Event::Error(told)) => (code, told.code.clone()),
            other => panic!("{other:?}"),
        }
    };
    let bad = (Some(2), "engine/bad-task".to_owned());
    assert_eq!(code_of("\n"), bad);
    assert_eq!(code_of("{\"work\":\"dance\"}\n"), bad);
    let far = Options {
        target: Some("nowhere".to_owned()),
        ..copula()
    };
    let line = task(&place, Work::Inspect, far).line().unwrap();
    assert_eq!(code_of(&line).0, Some(2));
    let wild = Options {
        attempts: 99,
        ..copula()
    };
    let line = task(&place, Work::Inspect, wild).line().unwrap();
    assert_eq!(code_of(&line), (Some(2), "engine/bad-option".to_owned()));
}

#[test]
fn a_run_ends_with_its_starter() {
    let place = Place::new();
    place.write("t.csv", table(400));
    let set = [("work", "0"), ("patience", "0")];
    let options = Options {
        method: Some(Asked::Only(Method::Tabddpm)),
        n_iter: Some(1_000_000),
        set: set.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec(),
        checkpoints: Some(place.path("kept")),
        ..Options::default()
    };
    let work = Work::Synth {
        output: place.path("out"),
    };
    let mut child = start(&place, &task(&place, work, options).line().unwrap());
    let file = place.path("kept/attempt-1/training.safetensors");
    wait_for("checkpoint", || file.exists());
    assert!(child.try_wait().unwrap().is_none());
    drop(child.stdin.take());
    let mut code = None;
    wait_for("end", || {
        code = child.try_wait().unwrap();
        code.is_some()
    });
    assert_eq!(code.unwrap().code(), Some(130));
    assert_eq!(
        place.names(),
        ["kept", "t.csv"],
        "nothing unfinished is left"
    );
}

#[test]
fn a_bound_on_the_address_space_holds() {
    let place = Place::new();
    place.write("t.csv", table(50));
    let bounded = |bytes| Task {
        bounds: Bounds {
            address_space: Some(bytes),
            ..Bounds::default()
        },
        ..task(&place, Work::Inspect, copula())
    };
    assert_eq!(
        ended(start(&place, &bounded(8 << 30).line().unwrap())).0,
        Some(0)
    );
    // So little holds not even the program that is running.
    let child = start(&place, &bounded(1 << 20).line().unwrap());
    let out = child.wait_with_output().unwrap();
    assert_ne!(out.status.code(), Some(0));
}

#[test]
fn bounds_on_time_and_files_hold() {
    let place = Place::new();
    place.write("t.csv", table(400));
    let endless = Options {
        method: Some(Asked::Only(Method::Tabddpm)),
        set: vec![("n_iter".to_owned(), "1000000".to_owned())],
        ..Options::default()
    };
    let bounded = |bounds, options| Task {
        bounds,
        ..task(
            &place,
            Work::Synth {
                output: place.path("kept"),
            },
            options,
        )
    };
    // Ended by the kernel, not by itself.
    let time = Bounds {
        processor_seconds: Some(2),
        ..Bounds::default()
    };
    let mut child = start(&place, &bounded(time, endless).line().unwrap());
    let leash = child.stdin.take();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), None);
    drop(leash);
    let file = Bounds {
        file_bytes: Some(10),
        ..Bounds::default()
    };
    let mut child = start(&place, &bounded(file, copula()).line().unwrap());
    let leash = child.stdin.take();
    let from = Instant::now();
    drop(child.stdout.take());
    assert_ne!(child.wait().unwrap().code(), Some(0));
    assert!(from.elapsed() < Duration::from_secs(120));
    drop(leash);
}

#[test]
#[cfg(target_os = "linux")]
fn a_child_is_first_to_go_and_leaves_no_core() {
    let place = Place::new();
    place.write("t.csv", table(50));
    let endless = Options {
        method: Some(Asked::Only(Method::Tabddpm)),
        set: vec![("n_iter".to_owned(), "1000000".to_owned())],
        ..Options::default()
    };
    let work = Work::Synth {
        output: place.path("kept"),
    };
    let mut child = start(&place, &task(&place, work, endless).line().unwrap());
    let of = |name: &str| {
        let path = format!("/proc/{}/{name}", child.id());
        std::fs::read_to_string(path).unwrap_or_default()
    };
    wait_for("bounds", || of("oom_score_adj").trim() == "1000");
    wait_for("no core", || {
        let limits = of("limits");
        let line = limits.lines().find(|l| l.starts_with("Max core file size"));
        let line = line.unwrap_or_default().to_owned();
        line.split_whitespace().filter(|w| *w == "0").count() == 2
    });
    child.kill().unwrap();
    child.wait().unwrap();
}

fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let from = Instant::now();
    while !there() {
        assert!(from.elapsed() < Duration::from_secs(120), "no {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
