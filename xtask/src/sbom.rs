//! What the binary and the wheel are made of, as a software bill of materials, and what is known against it. The
//! tools are those of the field; one that is not there is built into `target/tools`.

use std::path::{Path, PathBuf};

use crate::shell::{Outcome, cargo, command, root, run as run_command, succeeds, target};

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

/// What cargo-deny calls its copy of the database: the name and a hash of the address that it comes from.
const COPY: &str = "advisory-db-3157b0e258782691";

/// What to do where the database cannot be fetched.
const ELSEWHERE: &str = "\
The RustSec database could not be fetched from https://github.com/RustSec/advisory-db. Where that is reached, run
    git clone --depth 1 https://github.com/RustSec/advisory-db
bring the folder here, and run
    cargo xtask advisories --database FOLDER
or, for the copy that cargo-deny fetched last, cargo xtask advisories --offline";

/// Holds the dependencies against the RustSec database: fetched, with `--offline` the copy that cargo-deny has, with
/// `--database` a clone that was brought here.
pub fn advisories(arguments: &[String]) -> Outcome {
    let program = tool("cargo-deny", "^0.20")?;
    let program = program.to_string_lossy();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut check = command(&program, "--all-features --offline");
    match words[..] {
        [] => {
            if run_command(command(&program, "--all-features fetch db")).is_err() {
                return Err(ELSEWHERE.to_owned());
            }
        }
        ["--offline"] => {}
        ["--database", folder] => {
            check.arg("--config").arg(brought(Path::new(folder))?);
        }
        _ => {
            return Err(
                "cargo xtask advisories takes --offline, --database FOLDER or nothing".to_owned(),
            );
        }
    }
    check.args(["check", "advisories"]);
    run_command(check)
}

/// Rules for cargo-deny by which a clone of the database is its copy.
fn brought(clone: &Path) -> Result<PathBuf, String> {
    let fail = |e: std::io::Error| format!("{}: {e}", clone.display());
    let clone = std::path::absolute(clone).map_err(fail)?;
    if !clone.join("crates").is_dir() {
        return Err(format!(
            "{} is no clone of the RustSec database: it has no folder `crates`",
            clone.display()
        ));
    }
    let at = target().join("advisories");
    let _ = std::fs::remove_dir_all(&at);
    std::fs::create_dir_all(&at).map_err(fail)?;
    std::os::unix::fs::symlink(&clone, at.join(COPY)).map_err(fail)?;
    let rules = std::fs::read_to_string(root().join("deny.toml")).map_err(fail)?;
    let place = format!("[advisories]\ndb-path = {:?}\n", at.display().to_string());
    let file = at.join("deny.toml");
    std::fs::write(&file, rules.replacen("[advisories]\n", &place, 1)).map_err(fail)?;
    Ok(file)
}
