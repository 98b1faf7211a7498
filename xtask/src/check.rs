//! Formatting, lints, documentation, licences, and the rules of the house.

use crate::shell::{self, Outcome, cargo, succeeds};
use crate::{arrows, circles, sources};

/// All checks, the cheap ones first.
pub fn all() -> Outcome {
    shell::run(cargo("fmt --all --check"))?;
    rules()?;
    shell::run(cargo(
        "clippy --workspace --all-targets --quiet -- -D warnings",
    ))?;
    // The command without single sign-on and object stores.
    shell::run(cargo(
        "clippy --package verdancy-cli --no-default-features --features server --quiet -- -D warnings",
    ))?;
    let mut doc = cargo("doc --workspace --no-deps --quiet");
    doc.env("RUSTDOCFLAGS", "-D warnings");
    shell::run(doc)?;
    licences()
}

/// The task: [`all`], then a closing line.
pub fn run() -> Outcome {
    all()?;
    println!("all checks passed");
    Ok(())
}

/// The rules that need no compiler.
pub fn rules() -> Outcome {
    let mut broken = arrows::broken()?;
    broken.extend(circles::broken()?);
    broken.extend(sources::broken()?);
    if broken.is_empty() {
        println!("architecture and source rules: kept");
        Ok(())
    } else {
        Err(format!("rules broken:\n  {}", broken.join("\n  ")))
    }
}

fn licences() -> Outcome {
    if succeeds(cargo("deny --version")) {
        shell::run(cargo("deny check licenses bans sources"))
    } else {
        println!("skipped: licences of dependencies (cargo-deny is not installed)");
        Ok(())
    }
}
