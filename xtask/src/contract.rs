//! A running service against its own OpenAPI document: builds the binary, installs schemathesis, and
//! hands both to `xtask/contract.py`.

use crate::shell::{Outcome, cargo, command, run as run_command, succeeds, target};

/// The release that failures are known of; a newer one may find more.
const NEEDS: &str = "schemathesis==4.32.5";

/// Builds the binary and runs all checks for a minute; `arguments` go to the script (`--seconds`, `--seed`).
pub fn run(arguments: &[String]) -> Outcome {
    run_command(cargo("build --package verdancy-cli"))?;
    of_what_is_built(arguments)
}

/// The same with the binary that was built last.
pub fn of_what_is_built(arguments: &[String]) -> Outcome {
    let python = target().join("schemathesis-venv/bin/python3");
    let python = python.to_string_lossy();
    if !succeeds(command(&python, "-m schemathesis.cli --version"))
        && let Err(message) = install(&python)
    {
        println!("skipped: schemathesis ({message})");
        return Ok(());
    }
    let mut script = command(&python, "xtask/contract.py --binary");
    script.arg(target().join("debug/verdancy")).args(arguments);
    run_command(script)
}

fn install(python: &str) -> Outcome {
    let mut make = command("python3", "-m venv");
    make.arg(target().join("schemathesis-venv"));
    run_command(make)?;
    let mut install = command(python, "-m pip install --quiet --disable-pip-version-check");
    install.arg(NEEDS);
    run_command(install)
}
