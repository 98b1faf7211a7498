//! The `verdancy` command as a function: reads the command line, hands it to the engine, shows what comes back.
//! It holds no logic of its own. Results go to stdout, progress and errors to stderr.

mod args;
mod commands;
mod complain;
mod docs;
mod gates;
mod limit;
mod outcome;
mod paint;
mod progress;
#[cfg(feature = "stores")]
mod remote;
mod stop;
mod story;
mod words;

use std::borrow::Cow;
use std::ffi::OsString;

use clap::Parser;
use clap::error::{ContextKind, ContextValue};
use verdancy_engine::{Event, Refusal};

use args::{Cli, Command};

/// Panics that the readers turn into errors are not spoken of.
fn hush() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !verdancy_table::read::panic_is_caught() {
            told(info);
        }
    }));
}

/// A judgement as a terminal of `width` columns shows it, without colours.
pub fn judgement_text(judgement: &verdancy_metrics::Judgement, width: usize) -> String {
    let paint = paint::Paint::plain(width);
    gates::table(judgement, paint) + &gates::worst(judgement, paint)
}

/// Carries out a command line, the command's name first, and gives the exit code: 0 green, 3 done but
/// not green, 2 bad input, 1 internal error, 130 stopped.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    hush();
    limit::private();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(told) => {
            // Help and version are asked for, and go to stdout.
            match file_for_command(&told) {
                Some(file) => outcome::say(&complain::no_command(&file, paint::Paint::stderr())),
                None => misread(&told),
            }
            return if told.use_stderr() { 2 } else { 0 };
        }
    };
    let as_lines =
        cli.shown.progress == args::Progress::Json || matches!(cli.command, Command::Child);
    #[cfg(feature = "stores")]
    let done = remote::carry(cli, work);
    #[cfg(not(feature = "stores"))]
    let done = work(&cli);
    match done {
        Ok(code) => code,
        Err(error) => {
            if as_lines {
                outcome::print(&(Event::Error(Refusal::from(&error)).line() + "\n"));
            }
            outcome::say(&complain::render(&error, paint::Paint::stderr()));
            complain::exit_code(&error)
        }
    }
}

/// Help, or what is wrong with a command line; words of it that are not ours are quoted there.
fn misread(told: &clap::Error) {
    if !told.use_stderr() {
        drop(told.print());
        return;
    }
    let styled = told.render().ansi().to_string();
    match paint::harmless(&styled) {
        Cow::Borrowed(_) => drop(told.print()),
        Cow::Owned(text) if console::colors_enabled_stderr() => outcome::say(&text),
        Cow::Owned(text) => outcome::say(&console::strip_ansi_codes(&text)),
    }
}

/// The file that was given where a command belongs.
fn file_for_command(told: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = told.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let file = std::path::Path::new(word);
    (file.is_file() || verdancy_table::Format::from_path(file).is_some()).then(|| word.clone())
}

fn work(cli: &Cli) -> verdancy_engine::Result<u8> {
    match &cli.command {
        Command::Synth(args) => commands::synth::run(args, &cli.shown),
        Command::Inspect(args) => commands::inspect::run(args, &cli.shown),
        Command::Fit(args) => commands::fit::run(args, &cli.shown),
        Command::Sample(args) => commands::sample::run(args, &cli.shown),
        Command::Impute(args) => commands::impute::run(args, &cli.shown),
        Command::Evaluate(args) => commands::evaluate::run(args, &cli.shown),
        Command::Explain(args) => commands::explain::run(args),
        Command::Tune(args) => commands::tune::run(args, &cli.shown),
        Command::Child => commands::child::run(),
        #[cfg(feature = "server")]
        Command::Serve(args) => commands::serve::serve(args, &cli.shown),
        #[cfg(feature = "server")]
        Command::Worker(args) => commands::serve::worker(args, &cli.shown),
        Command::Params(args) => commands::params::run(args),
    }
}
