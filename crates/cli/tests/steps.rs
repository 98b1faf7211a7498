//! The steps one by one, and tables that are odd but good.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Place, table};

/// TabDDPM, quickly.
const SMALL: [&str; 6] = [
    "--n-iter",
    "2",
    "--set",
    "hidden=16",
    "--set",
    "sampler_steps=4",
];

fn done(code: Option<i32>) -> bool {
    matches!(code, Some(0 | 3))
}

#[test]
fn fit_sample_evaluate() {
    let place = Place::new();
    let text = table(400);
    let lines: Vec<&str> = text.lines().collect();
    let part = |rows: &[&str]| format!("{}\n{}\n", lines[0], rows.join("\n"));
    place.write("train.csv", part(&lines[1..301]));
    place.write("test.csv", part(&lines[301..]));
    let ran = place.run(&["fit", "train.csv", "--method", "copula"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(place.path("train-model/manifest.json").is_file());
    let sample = |output: &str| {
        let ran = place.run(&["sample", "train-model", "--rows", "300", "-o", output]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        std::fs::read(place.path(output)).unwrap()
    };
    assert_eq!(sample("a.csv"), sample("b.csv"));
    assert!(sample("a.parquet").starts_with(b"PAR1"));
    let ran = place.run(&[
        "evaluate",
        "a.csv",
        "--train",
        "train.csv",
        "--holdout",
        "test.csv",
        "-o",
        "judged",
    ]);
    assert!(done(ran.code), "{}", ran.stderr);
    assert!(ran.stdout.contains("verdict"), "{}", ran.stdout);
    assert!(place.path("judged/report.json").is_file());
    let page = std::fs::read_to_string(place.path("judged/report.html")).unwrap();
    assert!(page.contains("<section id=\"gates\""));
    assert!(
        !page.contains("<section id=\"training\""),
        "nothing was trained"
    );
    assert!(!page.contains("to learn from"));
    for named in ["judged", "judged/report.json"] {
        let told = place.run(&["explain", named]);
        assert_eq!(told.code, ran.code, "{}", told.stderr);
        assert_eq!(told.stdout.trim(), ran.stdout.trim(), "the same gates");
    }
    let said = "with 300 real rows; 100 held out";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(!ran.stderr.contains("for choices"), "{}", ran.stderr);
    let ran = place.run(&["evaluate", "a.csv", "--train", "train.csv"]);
    assert!(done(ran.code), "{}", ran.stderr);
    assert!(ran.stderr.contains("[engine/no-holdout]"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(3), "what cannot be judged is not green");
    assert!(ran.stdout.contains("Not judged: "), "{}", ran.stdout);
}

#[test]
fn a_table_judged_against_itself_is_found_to_be_a_copy() {
    let place = Place::new();
    let text = table(400);
    let lines: Vec<&str> = text.lines().collect();
    let part = |rows: &[&str]| format!("{}\n{}\n", lines[0], rows.join("\n"));
    place.write("train.csv", part(&lines[1..301]));
    place.write("test.csv", part(&lines[301..]));
    let ran = place.run(&[
        "evaluate",
        "train.csv",
        "--train",
        "train.csv",
        "--holdout",
        "test.csv",
    ]);
    assert_eq!(ran.code, Some(3), "{}", ran.stdout);
    assert!(ran.stdout.contains("✗ red"), "{}", ran.stdout);
}

#[test]
fn tune_writes_a_configuration_that_synth_takes() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let mut args = vec!["tune", "t.csv", "--trials", "4", "--method", "tabddpm"];
    args.extend(SMALL);
    let ran = place.run(&args);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("4/4"), "{}", ran.stderr);
    assert!(ran.stdout.contains("winner"), "{}", ran.stdout);
    let text = std::fs::read_to_string(place.path("t-tuned.toml")).unwrap();
    assert!(
        text.contains("hidden = 16"),
        "what is set by hand stays: {text}"
    );
    let blocks = text.lines().find(|l| l.starts_with("blocks")).unwrap();
    let ran = place.run(&[
        "synth",
        "t.csv",
        "--config",
        "t-tuned.toml",
        "--set",
        "dropout=0.05",
        "--attempts",
        "1",
        "-o",
        "o",
    ]);
    assert!(done(ran.code), "{}", ran.stderr);
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path("o/run.json")).unwrap()).unwrap();
    let config = &record["attempts"][0]["config"];
    assert_eq!(format!("blocks = {}", config["blocks"]), blocks);
    assert_eq!(
        (&config["hidden"], &config["dropout"]),
        (&16.into(), &0.05.into())
    );
    place.write("t-tuned.toml", "hidden = 3");
    let ran = place.run(&["synth", "t.csv", "--config", "t-tuned.toml"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("config/format"), "{}", ran.stderr);
}

#[test]
fn inspect_tells_what_would_be_done() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let ran = place.run(&["inspect", "t.csv", "--method", "copula"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for part in [
        "200 rows, 4 columns",
        "age",
        "categorical",
        "north",
        "estimate",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let ran = place.run(&["inspect", "t.csv", "--method", "copula", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found["columns"].as_array().unwrap().len(), 4);
    let ran = place.run(&[
        "inspect", "t.csv", "--method", "copula", "--format", "schema",
    ]);
    let edited = ran
        .stdout
        .replace("kind = \"integer\"", "kind = \"categorical\"");
    assert_ne!(edited, ran.stdout, "age is an integer before");
    place.write("schema.toml", edited);
    let ran = place.run(&[
        "inspect",
        "t.csv",
        "--method",
        "copula",
        "--schema",
        "schema.toml",
    ]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!ran.stdout.contains("integer"), "{}", ran.stdout);
}

#[test]
fn metadata_of_sdv_is_obeyed() {
    let place = Place::new();
    place.write("t.csv", table(200));
    let columns = r#"{"age": {"sdtype": "categorical"}, "score": {"sdtype": "numerical"}}"#;
    let one = format!(r#"{{"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "columns": {columns}}}"#);
    let two = format!(
        r#"{{"METADATA_SPEC_VERSION": "V2", "tables": {{"t": {{"columns": {columns}}}}}}}"#
    );
    let many = two.replace(r#"{"t": "#, r#"{"u": {"columns": {}}, "t": "#);
    assert_ne!(many, two);
    for text in [one, two, many] {
        place.write("meta.json", text);
        let ran = place.run(&[
            "inspect",
            "t.csv",
            "--method",
            "copula",
            "--metadata",
            "meta.json",
        ]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(!ran.stdout.contains("integer"), "{}", ran.stdout);
    }
    for (name, text, code) in [
        ("meta.json", "{", "metadata/bad-json"),
        ("meta.json", "{}", "metadata/not-sdv"),
        (
            "meta.json",
            r#"{"tables": {"u": {"columns": {}}, "v": {"columns": {}}}}"#,
            "metadata/several-tables",
        ),
        ("schema.toml", "target = \n", "schema/bad-toml"),
        ("schema.toml", "goal = 'age'\n", "schema/unknown-key"),
    ] {
        place.write(name, text);
        let flag = if name == "meta.json" {
            "--metadata"
        } else {
            "--schema"
        };
        let ran = place.run(&["inspect", "t.csv", flag, name]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        let said = ran.stderr;
        assert!(said.contains(&format!("error[{code}]: ")), "{said}");
        assert!(said.contains(&format!("--> {name}")), "no place: {said}");
    }
}

#[test]
fn odd_tables_simply_work() {
    let mut cases: Vec<(&str, String)> = Vec::new();
    let rows = |make: &dyn Fn(usize) -> String, head: &str| {
        let body: String = (0..60).map(make).collect();
        format!("{head}\n{body}")
    };
    cases.push((
        "constant",
        rows(&|i| format!("{i},same,\n"), "n,constant,missing"),
    ));
    cases.push((
        "all categories",
        rows(
            &|i| format!("{},{}\n", ["a", "b"][i % 2], ["x", "y", "z"][i % 3]),
            "p,q",
        ),
    ));
    cases.push((
        "all numbers",
        rows(&|i| format!("{}.25,{}\n", i * 7 % 13, i * i % 101), "p,q"),
    ));
    cases.push((
        "large",
        rows(&|i| format!("{}e307,{}\n", 1 + i % 9, i % 5), "p,q"),
    ));
    cases.push((
        "not finite",
        rows(
            &|i| format!("{},{}\n", ["NaN", "1.5", "2.25", "inf"][i % 4], i % 5),
            "p,q",
        ),
    ));
    cases.push((
        "extremes",
        rows(
            &|i| format!("{},{}\n", [i64::MIN, i64::MAX, 0, -1, 77][i % 5], i % 3),
            "p,q",
        ),
    ));
    cases.push((
        "dates",
        rows(
            &|i| format!("2021-{:02}-{:02},{}\n", 1 + i % 12, 1 + i % 28, i % 3),
            "day,q",
        ),
    ));
    cases.push((
        "quotes",
        rows(&|i| format!("\"a, \"\"{}\"\"\",{}\n", i % 3, i % 5), "p,q"),
    ));
    for (name, text) in cases {
        let place = Place::new();
        place.write("t.csv", &text);
        for more in [&["--method", "copula"][..], &SMALL] {
            let mut args = vec!["synth", "t.csv", "--force", "-o", "out"];
            args.extend(more);
            let ran = place.run(&args);
            assert!(done(ran.code), "{name}: {:?} {}", ran.code, ran.stderr);
            let head = text.lines().next().unwrap();
            let out = std::fs::read_to_string(place.path("out/synthetic.csv")).unwrap();
            assert_eq!(out.lines().next(), Some(head), "{name}");
        }
    }
}

#[test]
fn delimiters_and_compression_come_back() {
    let place = Place::new();
    place.write("t.tsv", table(60).replace(',', "\t"));
    let ran = place.run(&["synth", "t.tsv", "--method", "copula", "-o", "out"]);
    assert!(done(ran.code), "{}", ran.stderr);
    let out = std::fs::read_to_string(place.path("out/synthetic.tsv")).unwrap();
    assert!(out.starts_with("age\tscore\tgroup\toutcome\n"), "{out}");
}

#[test]
fn params_are_tables_in_three_formats() {
    let place = Place::new();
    let text = place.run(&["params"]).stdout;
    assert!(
        text.contains("n_iter") && text.contains("membership_auc"),
        "{text}"
    );
    let markdown = place.run(&["params", "--format", "markdown"]).stdout;
    assert!(markdown.contains("| n_iter |"), "{markdown}");
    let json = place.run(&["params", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 7);
}

/// Everything below a folder.
#[cfg(unix)]
fn all_below(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .flat_map(|e| match e.path() {
            path if path.is_dir() => [vec![path.clone()], all_below(&path)].concat(),
            path => vec![path],
        })
        .collect()
}

#[cfg(unix)]
#[test]
fn what_the_command_line_writes_is_its_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.write("t.csv", table(200));
    let quick = ["--method", "copula"];
    let outputs = [
        vec!["synth", "t.csv", "-o", "out", "--attempts", "1"],
        vec!["fit", "t.csv", "-o", "model"],
    ];
    for arguments in outputs {
        let mut command = place.command(&arguments);
        let ran = command.args(quick).output().unwrap();
        assert!(done(ran.status.code()), "{ran:?}");
    }
    let ran = place.run(&["sample", "model", "--rows", "20", "-o", "more.csv"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = place.run(&[
        "evaluate",
        "out/synthetic.csv",
        "--train",
        "t.csv",
        "-o",
        "judged",
    ]);
    assert!(done(ran.code), "{}", ran.stderr);
    let mut seen = Vec::new();
    for path in all_below(place.folder.path()) {
        if path.ends_with("t.csv") {
            continue;
        }
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        let wanted = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode & 0o777, wanted, "{}", path.display());
        seen.push(path);
    }
    for name in [
        "out/synthetic.csv",
        "out/model/manifest.json",
        "model",
        "more.csv",
        "judged/report.json",
    ] {
        assert!(seen.contains(&place.path(name)), "{name}: {seen:?}");
    }
}
