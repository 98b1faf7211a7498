//! The Python package: builds its wheel, installs it in an environment of its own, checks its types and
//! runs its tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Outcome, command, read, root, run, succeeds, target};

/// The oldest Python that the wheel is for.
const OLDEST: (u32, u32) = (3, 10);

/// Builds the wheel and tests it; says so and does nothing where there is no Python for it. The wheel is
/// made without the service, which nothing of it tests.
pub fn test(arguments: &[String]) -> Outcome {
    let Some(python) = interpreter() else {
        println!(
            "skipped: tests of the Python package (there is no python3 from {}.{})",
            OLDEST.0, OLDEST.1
        );
        return Ok(());
    };
    let package = root().join("bindings/python");
    let venv = target().join("python-venv");
    let bin = venv.join("bin");
    let mut make = command(&python, "-m venv");
    make.arg(&venv);
    run(make)?;
    let pip = |arguments: &str| {
        let install = "-m pip install --quiet --disable-pip-version-check";
        command(&in_venv(&bin, "python"), &format!("{install} {arguments}"))
    };
    run(pip("-r bindings/python/requirements-test.txt"))?;
    let wheel = build(&bin, &["--no-default-features"])?;
    let mut install = pip("--force-reinstall --no-deps");
    install.arg(&wheel);
    run(install)?;
    let inside = |mut command: Command| {
        command.current_dir(&package);
        command
    };
    run(inside(command(&in_venv(&bin, "mypy"), "")))?;
    let mut pytest = inside(command(&in_venv(&bin, "python"), "-m pytest -q"));
    pytest.args(arguments);
    run(pytest)
}

/// Builds the wheel with the profile of development into `target/wheels`.
fn build(bin: &Path, more: &[&str]) -> Result<PathBuf, String> {
    let wheels = target().join("wheels");
    let _ = std::fs::remove_dir_all(&wheels);
    let mut maturin = command(
        &in_venv(bin, "maturin"),
        "build --manifest-path bindings/python/Cargo.toml",
    );
    maturin.args(more).arg("--out").arg(&wheels);
    run(maturin)?;
    let found = std::fs::read_dir(&wheels).map_err(|e| e.to_string())?;
    (found.flatten().map(|entry| entry.path()))
        .find(|path| path.extension().is_some_and(|e| e == "whl"))
        .ok_or_else(|| "maturin wrote no wheel".to_owned())
}

fn in_venv(bin: &Path, program: &str) -> String {
    bin.join(program).to_string_lossy().into_owned()
}

/// A Python that is new enough and can make environments.
fn interpreter() -> Option<String> {
    let names = [
        "python3",
        "python3.13",
        "python3.12",
        "python3.11",
        "python3.10",
    ];
    names.into_iter().map(str::to_owned).find(|name| {
        let mut ask = command(name, "-c");
        ask.arg("import sys, venv, ensurepip; print(*sys.version_info[:2])");
        let version = read(ask).unwrap_or_default();
        let mut parts = version.split_whitespace().flat_map(str::parse);
        let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        found >= OLDEST && succeeds(command(name, "-m pip --version"))
    })
}
