//! The fuzz targets of `fuzz/` (libFuzzer; `cargo fuzz run` finds them, too), two at a time. Built as
//! cargo-fuzz builds them without a sanitizer, which any compiler can do: there is no unsafe code of
//! ours in what they reach. Seeds are written anew, the corpus grows in `fuzz/corpus`; neither is
//! committed.

use std::path::{Path, PathBuf};
use std::process::Child;

use crate::shell::{Outcome, cargo, command, read, root, run as run_command, succeeds, target};

const TARGETS: [&str; 6] = ["csv", "parquet", "schema", "model", "filters", "child"];

/// What makes libFuzzer see which ways an input takes.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0";

/// Runs each target for a minute; `--seconds N` changes that, names choose some.
pub fn run(arguments: &[String]) -> Outcome {
    let mut seconds = "60";
    let mut wanted: Vec<&str> = Vec::new();
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(argument) = rest.next() {
        match argument {
            "--seconds" => seconds = rest.next().ok_or("--seconds takes a number")?,
            name => wanted.push(TARGETS.into_iter().find(|t| *t == name).ok_or_else(|| {
                format!("there is no fuzz target {name}: {}", TARGETS.join(", "))
            })?),
        }
    }
    if wanted.is_empty() {
        wanted.extend(TARGETS);
    }
    if !succeeds(command("c++", "--version")) {
        println!("skipped: fuzz targets (there is no C++ compiler to build libFuzzer with)");
        return Ok(());
    }
    let built = build()?;
    // Of the whole workspace, so that what tests have built is not built again with other features.
    run_command(cargo("build --quiet --workspace --example fuzz_seeds"))?;
    let seeds = target().join("debug/examples/fuzz_seeds");
    run_command(command(&seeds.to_string_lossy(), ""))?;
    for pair in wanted.chunks(2) {
        let begun: Vec<Fuzzing> = (pair.iter())
            .map(|name| Fuzzing::begin(&built, name, seconds))
            .collect::<Result<_, _>>()?;
        // Both are waited for, whatever the first says.
        let ended: Vec<Outcome> = begun.into_iter().map(Fuzzing::end).collect();
        ended.into_iter().collect::<Outcome>()?;
    }
    Ok(())
}

/// Builds the targets; gives the folder where they lie.
fn build() -> Result<PathBuf, String> {
    let about = read(command("rustc", "-vV"))?;
    let host = (about.lines().find_map(|line| line.strip_prefix("host: ")))
        .ok_or("rustc does not say for what it compiles")?;
    let folder = target().join("fuzz");
    // With a target named, the flags are not those of build scripts and macros.
    let mut build = cargo("build --release --bins --manifest-path fuzz/Cargo.toml --target");
    build.arg(host).arg("--target-dir").arg(&folder);
    build.env("RUSTFLAGS", COVERAGE);
    run_command(build)?;
    Ok(folder.join(host).join("release"))
}

/// One target at work, its talk going into a file.
struct Fuzzing {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Fuzzing {
    fn begin(built: &Path, name: &str, seconds: &str) -> Result<Fuzzing, String> {
        let fail = |e: std::io::Error| format!("fuzz target {name}: {e}");
        for folder in ["corpus", "artifacts"] {
            std::fs::create_dir_all(root().join("fuzz").join(folder).join(name)).map_err(fail)?;
        }
        let log = built.join(format!("{name}.log"));
        let file = std::fs::File::create(&log).map_err(fail)?;
        let program = built.join(name);
        let child = command(&program.to_string_lossy(), "-print_final_stats=1")
            .args(["-rss_limit_mb=2048", "-timeout=20"])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix=fuzz/artifacts/{name}/"))
            .args([format!("fuzz/corpus/{name}"), format!("fuzz/seeds/{name}")])
            .stdout(file.try_clone().map_err(fail)?)
            .stderr(file)
            .spawn()
            .map_err(fail)?;
        Ok(Fuzzing {
            name: name.to_owned(),
            log,
            child,
        })
    }

    /// Says how many inputs were tried; what was said last, when one was fatal.
    fn end(mut self) -> Outcome {
        let name = &self.name;
        let status = self.child.wait().map_err(|e| format!("{name}: {e}"))?;
        let said = std::fs::read(&self.log).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let figure = |what: &str| {
            (said.lines())
                .find_map(|line| line.strip_prefix(what))
                .unwrap_or("?")
                .trim()
                .to_owned()
        };
        if status.success() {
            let tried = figure("stat::number_of_executed_units:");
            let most = figure("stat::peak_rss_mb:");
            println!("fuzz {name}: {tried} inputs, no crash, at most {most} MB");
            return Ok(());
        }
        let lines: Vec<&str> = said.lines().collect();
        let last = lines[lines.len().saturating_sub(40)..].join("\n");
        Err(format!("fuzz {name}: {status}\n{last}"))
    }
}
