//! The fuzz targets of `fuzz/`, each for some seconds, with cargo-fuzz (libFuzzer, which needs a
//! nightly compiler). Seeds are written anew, the corpus grows in `fuzz/corpus`; neither is committed.

use crate::Outcome;
use crate::shell::{cargo, command, root, run as run_command, succeeds};

const TARGETS: [&str; 4] = ["csv", "parquet", "schema", "model"];

/// Runs each target for a minute; `--seconds N` changes that, a name chooses one.
pub fn run(arguments: &[String]) -> Outcome {
    let mut seconds = "60";
    let mut wanted: Vec<&str> = Vec::new();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "--seconds" => seconds = rest.next().ok_or("--seconds takes a number")?,
            name => wanted.push(name),
        }
    }
    if !succeeds(command("rustup", "run nightly rustc --version")) {
        println!(
            "skipped: fuzz targets (there is no nightly compiler: rustup toolchain install nightly)"
        );
        return Ok(());
    }
    if !succeeds(cargo("fuzz --version")) {
        run_command(cargo("install cargo-fuzz --locked"))?;
    }
    run_command(cargo(
        "run --quiet --package verdancy-synth --example fuzz_seeds",
    ))?;
    for target in TARGETS {
        if !wanted.is_empty() && !wanted.contains(&target) {
            continue;
        }
        std::fs::create_dir_all(root().join("fuzz/corpus").join(target))
            .map_err(|e| e.to_string())?;
        let mut fuzz = command("rustup", "run nightly cargo fuzz run --sanitizer none");
        fuzz.arg(target)
            .args([
                format!("fuzz/corpus/{target}"),
                format!("fuzz/seeds/{target}"),
            ])
            .args([
                "--",
                "-rss_limit_mb=2048",
                "-timeout=20",
                "-print_final_stats=1",
            ])
            .arg(format!("-max_total_time={seconds}"));
        run_command(fuzz)?;
    }
    Ok(())
}
