//! Bad input through the binary: exit code 2, the code, the place, a remedy, and an output folder
//! that was not touched.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{Place, table};

/// Runs `synth` on `bytes` and expects the error `code`.
fn refused(name: &str, bytes: &[u8], more: &[&str], code: &str) -> String {
    let place = Place::new();
    place.write(name, bytes);
    let before = place.names();
    let mut args = vec!["synth", name, "-o", "out", "--method", "copula"];
    args.extend(more);
    let ran = place.run(&args);
    let said = ran.stderr;
    assert_eq!(ran.code, Some(2), "{name} {more:?}: {said}");
    assert!(said.contains(&format!("error[{code}]: ")), "{code}: {said}");
    assert!(said.contains("\n  help: "), "no remedy: {said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(ran.stdout, "", "nothing on stdout");
    assert_eq!(place.names(), before, "nothing is left behind");
    said
}

fn csv(text: &str, code: &str) -> String {
    let said = refused("table.csv", text.as_bytes(), &[], code);
    assert!(said.contains("--> table.csv"), "no place: {said}");
    said
}

#[test]
fn files_without_rows() {
    csv("", "table/empty-file");
    csv("a,b\n", "table/no-rows");
    refused("one.csv", b"a,b\n1,2\n", &[], "engine/too-few-rows");
}

#[test]
fn headers() {
    let said = csv("a,a\n1,2\n3,4\n", "table/duplicate-column-name");
    assert!(said.contains("column a"), "{said}");
}

#[test]
fn text_that_is_broken() {
    let said = csv("a,b\n1,2\n1,2,3\n4,5\n", "table/ragged-row");
    assert!(said.contains("line 3"), "{said}");
    csv("a,b\n1,2\n\"open,3\n4,5\n", "table/unclosed-quote");
    refused(
        "bin.csv",
        b"name,b\nJos\xe9\x01,2\nx,3\n",
        &[],
        "table/not-utf8",
    );
    refused("nul.csv", b"a,b\n1,2\n\0,3\n", &[], "table/nul-byte");
}

#[test]
fn files_that_are_not_what_they_seem() {
    refused(
        "truncated.parquet",
        b"PAR1abcdefgh",
        &[],
        "table/bad-parquet",
    );
    refused(
        "fake.csv.gz",
        b"\x1f\x8b\x08\0garbage",
        &[],
        "table/truncated",
    );
    let place = Place::new();
    let ran = place.run(&["synth", "nowhere.csv"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("error[table/file-not-found]"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("--> nowhere.csv"), "{}", ran.stderr);
    assert!(place.names().is_empty());
}

#[test]
fn wishes_that_cannot_be_met() {
    let text = table(60);
    let bytes = text.as_bytes();
    let said = refused(
        "t.csv",
        bytes,
        &["--target", "outcme"],
        "table/target-missing",
    );
    assert!(
        said.contains("outcome"),
        "names what was likely meant: {said}"
    );
    refused("t.csv", bytes, &["--rows", "0"], "engine/no-rows-asked");
    refused("t.csv", bytes, &["--test", "0.95"], "engine/bad-share");
    refused(
        "t.csv",
        bytes,
        &["--set", "hiden=3"],
        "config/unknown-parameter",
    );
    refused(
        "t.csv",
        bytes,
        &["--set", "shrinkage=7"],
        "config/out-of-range",
    );
    refused(
        "t.csv",
        bytes,
        &["--profile", "lenient"],
        "metrics/unknown-profile",
    );
    refused(
        "t.csv",
        bytes,
        &["--holdout", "no.csv"],
        "table/file-not-found",
    );
    refused(
        "t.csv",
        bytes,
        &["--schema", "no.toml"],
        "engine/schema-unreadable",
    );
}

#[test]
fn ten_thousand_columns() {
    let header: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
    let row = vec!["1"; 10_000].join(",");
    let text = format!("{}\n{row}\n{row}\n", header.join(","));
    csv(&text, "table/too-many-columns");
}

#[test]
fn outputs_that_cannot_be_written() {
    let place = Place::new();
    place.write("t.csv", table(60));
    place.write("file", "mine");
    std::fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/report.html", "mine");
    let cases = [
        ("file", "engine/output-not-a-folder"),
        ("mine", "engine/output-not-ours"),
        ("no/such/place", "engine/output-parent-missing"),
    ];
    for (output, code) in cases {
        let ran = place.run(&["synth", "t.csv", "--method", "copula", "-o", output]);
        assert_eq!(ran.code, Some(2), "{output}: {}", ran.stderr);
        assert!(
            ran.stderr.contains(&format!("error[{code}]")),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("help: "), "{}", ran.stderr);
    }
    assert_eq!(std::fs::read_to_string(place.path("file")).unwrap(), "mine");
    assert_eq!(common::names(&place.path("mine")), ["report.html"]);
    assert_eq!(place.names(), ["file", "mine", "t.csv"]);
}

/// A limit on the size of files stands in for a full disk: both fail a write half way.
#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_leaves_nothing() {
    let place = Place::new();
    place.write("t.csv", table(60));
    let binary = env!("CARGO_BIN_EXE_verdancy");
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec '{binary}' synth t.csv --method copula --rows 200000 -o out"
    );
    let out = std::process::Command::new("bash")
        .args(["-c", &script])
        .current_dir(place.folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("error[write/"), "{said}");
    assert!(said.contains("help: "), "{said}");
    assert_eq!(place.names(), ["t.csv"]);
}

#[test]
fn a_damaged_model_is_refused() {
    let place = Place::new();
    place.write("t.csv", table(60));
    let ran = place.run(&["fit", "t.csv", "--method", "copula", "-o", "model"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let weights = place.path("model/weights.safetensors");
    let whole = std::fs::read(&weights).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for bytes in [&flipped[..], &whole[..whole.len() - 5]] {
        std::fs::write(&weights, bytes).unwrap();
        let ran = place.run(&["sample", "model", "--rows", "10", "-o", "s.csv"]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("error[model/damaged]"),
            "{}",
            ran.stderr
        );
        assert!(!place.path("s.csv").exists());
    }
    let ran = place.run(&["sample", "t.csv", "--rows", "10"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("error[model/"), "{}", ran.stderr);
}

#[test]
fn typos_are_answered_by_the_nearest_name_alone() {
    let place = Place::new();
    place.write("gbsg2.csv", table(60));
    let ran = place.run(&["gbsg2.csv"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("verdancy synth gbsg2.csv"),
        "{}",
        ran.stderr
    );
    let ran = place.run(&["synth", "gbsg2.csv", "--target", "agee"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("The nearest name is `age`."),
        "{}",
        ran.stderr
    );
    let ran = place.run(&[
        "synth",
        "gbsg2.csv",
        "--method",
        "tabddpm",
        "--set",
        "hiden=3",
    ]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("The nearest name is hidden;"),
        "{}",
        ran.stderr
    );
    let ran = place.run(&["synth", "gbsg2.csv", "--n-iter", "-5"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("from 1 to 1000000"), "{}", ran.stderr);
    assert!(!place.path("gbsg2-synthetic").exists());
}

#[test]
fn help_leads_with_examples_and_hides_bounds_until_asked() {
    let place = Place::new();
    for command in [
        "synth", "inspect", "fit", "sample", "evaluate", "explain", "tune", "params",
    ] {
        let short = place.run(&[command, "-h"]).stdout;
        assert!(
            short.contains("Examples:\n  verdancy "),
            "{command}: {short}"
        );
        assert!(!short.contains("--max-cell"), "{command}: {short}");
    }
    let long = place.run(&["synth", "--help"]).stdout;
    assert!(long.contains("--max-cell"), "{long}");
}
