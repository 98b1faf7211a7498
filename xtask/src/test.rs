//! The whole gate: checks, documentation tests, then every other test under nextest, whose closing
//! line comes last. Installs what the tests need and do not find.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use crate::shell::{Outcome, cargo, command, root, run as run_command, succeeds, target};
use crate::{check, contract, fuzz, needs, python};

/// Python packages of the outside judge, which some tests compare against.
const JUDGE_NEEDS: &str = "pandas scipy scikit-learn";

/// Runs everything; `arguments` go to nextest.
pub fn run(arguments: &[String]) -> Outcome {
    check::all()?;
    needs::install();
    if !succeeds(cargo("nextest --version")) {
        run_command(cargo("install cargo-nextest --locked"))?;
    }
    let python = judge_python();
    run_command(cargo("test --workspace --doc --quiet"))?;
    run_command(cargo("nextest run --workspace --no-run"))?;
    contract::of_what_is_built(&[])?;
    fuzz::run(&["--seconds".to_owned(), "20".to_owned()])?;
    python::test(&[])?;
    nextest(arguments, python)
}

/// The folder of a `python3` that can run the outside judge, when there is a judge to run and the
/// one on the path cannot.
fn judge_python() -> Option<PathBuf> {
    let data = std::env::var_os("VERDANCY_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from);
    if !data.is_dir() {
        println!("skipped: tests on further real tables (VERDANCY_DATA names no folder)");
        return None;
    }
    let mut import = command("python3", "-c");
    import.arg("import pandas, scipy, sklearn");
    if succeeds(import) {
        return None;
    }
    if !succeeds(command("python3", "--version")) {
        println!("skipped: comparison with the outside judge (there is no python3)");
        return None;
    }
    let venv = target().join("judge-venv");
    let bin = venv.join("bin");
    let mut make = command("python3", "-m venv");
    make.arg(&venv);
    let mut install = command(
        &bin.join("python3").to_string_lossy(),
        "-m pip install --quiet --disable-pip-version-check",
    );
    install.args(JUDGE_NEEDS.split(' '));
    match run_command(make).and_then(|()| run_command(install)) {
        Ok(()) => Some(bin),
        Err(message) => {
            println!("skipped: comparison with the outside judge ({message})");
            None
        }
    }
}

/// Runs nextest, then shows what tests skipped; its closing line stays the last.
fn nextest(arguments: &[String], python: Option<PathBuf>) -> Outcome {
    // One server for all tests that want a database; it ends when this function does.
    let server = verdancy_trial::Postgres::start(&["fsync=off", "max_connections=200"]);
    let mut nextest = cargo("nextest run --workspace --profile ci");
    match &server {
        Ok(Some(server)) => {
            nextest.env("VERDANCY_TEST_POSTGRES", server.server());
        }
        Ok(None) => println!("skipped: tests on PostgreSQL (it is not installed)"),
        Err(error) => return Err(format!("PostgreSQL cannot be started: {error}")),
    }
    nextest.args(arguments).stderr(Stdio::piped());
    if let Some(bin) = python {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let joined = std::env::join_paths(
            std::iter::once(bin).chain(std::env::split_paths(&path).collect::<Vec<_>>()),
        )
        .map_err(|e| e.to_string())?;
        nextest.env("PATH", joined);
    }
    let mut child = nextest
        .spawn()
        .map_err(|error| format!("cannot start cargo nextest: {error}"))?;
    let mut summary = String::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            eprintln!("{line}");
            if line.trim_start().starts_with("Summary") {
                summary = line;
            }
        }
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    let skipped = skipped();
    for line in &skipped {
        println!("{line}");
    }
    if !status.success() {
        return Err(format!("{summary}\ntests failed"));
    }
    if !skipped.is_empty() {
        println!("{}", summary.trim());
    }
    Ok(())
}

/// The lines by which tests say what they left out, from nextest's record of the run.
fn skipped() -> Vec<String> {
    // Nextest's own store: in the workspace wherever CARGO_TARGET_DIR points.
    let record = root().join("target/nextest/ci/junit.xml");
    let text = std::fs::read_to_string(record).unwrap_or_default();
    let mut lines: Vec<String> = text
        .lines()
        .filter_map(|line| line.find("skipped: ").map(|at| &line[at..]))
        .map(|line| {
            line.trim_end_matches("</system-out>")
                .trim_end_matches("</system-err>")
                .to_owned()
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines
}
