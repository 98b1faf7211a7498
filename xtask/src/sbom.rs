//! What the binary and the wheel are made of, as a software bill of materials, and what is known against it. The
//! tools are those of the field; one that is not there is built into `target/tools`.

use std::path::PathBuf;

use crate::Outcome;
use crate::shell::{cargo, command, root, run as run_command, succeeds, target};

/// What a bill is of, and what it is called.
const BILLS: [(&str, &str); 2] = [
    ("crates/cli", "verdancy"),
    ("bindings/python", "verdancy-python"),
];

/// The name that the tool is told; it writes one file into the folder of each crate.
const WRITTEN: &str = "sbom.cdx";

/// A tool of cargo, built where it is not there; gives the program.
fn tool(name: &str, version: &str) -> Result<PathBuf, String> {
    let folder = target().join("tools");
    let program = folder.join("bin").join(name);
    if succeeds(command(name, "--version")) {
        return Ok(PathBuf::from(name));
    }
    if !program.is_file() {
        let mut install = cargo("install --locked --quiet --root");
        install.arg(&folder).args([name, "--version", version]);
        run_command(install)?;
    }
    Ok(program)
}

/// Writes the bills.
pub fn run() -> Outcome {
    let program = tool("cargo-cyclonedx", "^0.5")?;
    let out = target().join("sbom");
    let fail = |e: std::io::Error| format!("{}: {e}", out.display());
    std::fs::create_dir_all(&out).map_err(fail)?;
    let mut bill = command(
        &program.to_string_lossy(),
        "cyclonedx --format json --spec-version 1.5",
    );
    // What is built into them, not what builds or tests them.
    bill.args(["--no-build-deps", "--override-filename", WRITTEN]);
    let made = run_command(bill);
    // Those of all other crates are in these two.
    let mut kept = Vec::new();
    for folder in ["crates", "bindings", "."] {
        for entry in std::fs::read_dir(root().join(folder))
            .map_err(fail)?
            .flatten()
        {
            let path = entry.path().join(format!("{WRITTEN}.json"));
            if !path.is_file() {
                continue;
            }
            let of = BILLS.iter().find(|(of, _)| root().join(of) == entry.path());
            match of {
                Some((_, name)) => {
                    let to = out.join(format!("{name}.cdx.json"));
                    std::fs::rename(&path, &to).map_err(fail)?;
                    kept.push(to);
                }
                None => std::fs::remove_file(&path).map_err(fail)?,
            }
        }
    }
    made?;
    if kept.len() != BILLS.len() {
        return Err(format!(
            "cargo-cyclonedx wrote {} of {} bills",
            kept.len(),
            BILLS.len()
        ));
    }
    for path in kept {
        let bytes = std::fs::metadata(&path).map_err(fail)?.len();
        println!("{}: {bytes} bytes", path.display());
    }
    Ok(())
}

/// Holds the dependencies against the RustSec database; with `--offline`, the copy that cargo-deny has.
pub fn advisories(arguments: &[String]) -> Outcome {
    let program = tool("cargo-deny", "^0.20")?;
    let mut check = command(&program.to_string_lossy(), "");
    match arguments {
        [] => {}
        [offline] if offline == "--offline" => {
            check.arg("--offline");
        }
        _ => return Err("cargo xtask advisories takes --offline or nothing".to_owned()),
    }
    check.args(["--all-features", "check", "advisories"]);
    run_command(check)
}
