//! `cargo xtask`: every check, test run and generated page of the workspace.
//!
//! `test` is the whole gate (checks, then tests); `check` its first half; `bench` measures the
//! release build and writes `docs/benchmarks.md`.

#![allow(clippy::print_stdout)]

mod arrows;
mod bench;
mod chaos;
mod check;
mod circles;
mod contract;
mod fuzz;
mod needs;
mod python;
mod sbom;
mod shell;
mod sources;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask test [NEXTEST ARGUMENTS]   checks, documentation tests, then all tests
       cargo xtask python [PYTEST ARGUMENTS]  the Python package alone: wheel, types, tests
       cargo xtask check                      formatting, lints, documentation, architecture
       cargo xtask rules                      the architecture rules alone, without compiling
       cargo xtask bench [PART]...            measures the release build, writes docs/benchmarks.md
                                              parts: small large all step sampling judge render
       cargo xtask bench service              load on the service, writes docs/reliability.md
       cargo xtask chaos [--soak N] [NAME]... the long scenarios, writes docs/reliability.md
       cargo xtask fuzz [--seconds N] [NAME]  the fuzz targets, a minute each
       cargo xtask sbom                       the parts of binary and wheel as CycloneDX, in target/sbom
       cargo xtask advisories [--offline | --database FOLDER]
                                              known vulnerabilities of them, with cargo-deny
       cargo xtask contract [--seconds N]     the service against its OpenAPI document, with schemathesis";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rest = arguments.get(1..).unwrap_or_default();
    let outcome = match arguments.first().map(String::as_str) {
        Some("test") => test::run(rest),
        Some("python") => python::test(rest),
        Some("check") => check::run(),
        Some("rules") => check::rules(),
        Some("sbom") => sbom::run(),
        Some("advisories") => sbom::advisories(rest),
        Some("contract") => contract::run(rest),
        Some("chaos") => chaos::run(rest),
        Some("figures") => chaos::figures(),
        Some("fuzz") => fuzz::run(rest),
        Some("bench") if rest == ["service"] => chaos::service(),
        Some("bench") => bench::run(rest),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
