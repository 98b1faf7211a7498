//! Measures the release build on real tables and writes `docs/benchmarks.md`. The work is done by
//! `bench/run.py`, because what judges the tables (`judge.py`) and what training is compared with
//! (PyTorch) are Python; this builds the binaries and hands them over.

use crate::shell::{Outcome, cargo, command, run as run_command, target};

/// Builds what the parts named in `arguments` need (all parts when there are none) and runs them.
pub fn run(arguments: &[String]) -> Outcome {
    run_command(cargo("build --release --package verdancy-cli"))?;
    let wanted = |part: &str| arguments.is_empty() || arguments.iter().any(|a| a == part);
    if wanted("step") {
        run_command(cargo(
            "build --release --package verdancy-synth --example training_step",
        ))?;
    }
    if wanted("reading") {
        run_command(cargo(
            "build --release --package verdancy-table --example reading",
        ))?;
    }
    let mut python = command("python3", "bench/run.py");
    python.arg("--target").arg(target()).args(arguments);
    run_command(python)
}
