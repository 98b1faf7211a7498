//! `docs/cli.md`, made from the command line's own definition.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;

use clap::{Command, CommandFactory};
use verdancy_synth::Method;

use crate::args::Cli;
use crate::commands::params;

/// Every command with its options.
fn cli() -> String {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut out = String::from(
        "# The command line\n\nMade from the code; do not edit (`UPDATE=1 cargo test -p verdancy-cli` rewrites it).\n",
    );
    section(&mut out, &mut command, "verdancy");
    let names: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .filter(|n| n != "help")
        .collect();
    for name in names {
        let sub = command.find_subcommand_mut(&name).unwrap();
        section(&mut out, sub, &format!("verdancy {name}"));
    }
    out
}

fn section(out: &mut String, command: &mut Command, title: &str) {
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    *out += &format!(
        "\n## {title}\n\n```text\n{}\n```\n",
        help.join("\n").trim_end()
    );
}

fn compare(name: &str, made: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/{name} is not what the code says: run `UPDATE=1 cargo test -p verdancy-cli`"
    );
}

#[test]
fn the_page_of_the_command_line_is_current() {
    compare("cli.md", &cli());
}

#[test]
fn the_page_of_the_parameters_is_current() {
    let sheets = params::sheets(&Method::ALL).unwrap();
    compare("parameters.md", &params::markdown(&sheets));
}
