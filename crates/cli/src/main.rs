//! The `verdancy` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(verdancy_cli::run(std::env::args_os()))
}
