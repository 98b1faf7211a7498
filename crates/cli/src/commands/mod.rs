//! The subcommands, and how their options become the engine's requests.

pub mod evaluate;
pub mod explain;
pub mod fit;
pub mod inspect;
pub mod params;
pub mod sample;
pub mod synth;

use std::path::PathBuf;

use verdancy_engine::{Plan, Result, Source};
use verdancy_metrics::Profile;
use verdancy_synth::{Method, Mode};
use verdancy_table::infer::TextMode;
use verdancy_table::{Compression, Format};

use crate::args::{self, Shown};

fn source(data: &std::path::Path, args: &args::Source) -> Source {
    Source {
        data: data.to_path_buf(),
        schema: args.schema.clone(),
        metadata: args.metadata.clone(),
        missing: args.na.clone(),
        delimiter: args.delimiter,
        text: match args.text {
            args::Text::Fake => TextMode::Fake,
            args::Text::Drop => TextMode::Drop,
            args::Text::Error => TextMode::Error,
        },
        target: args.target.clone(),
        survival: args.time.clone().zip(args.event.clone()),
    }
}

fn plan(args: &args::Model, shown: &Shown) -> Plan {
    let mut set = Vec::new();
    if let Some(n) = args.n_iter {
        set.push(("n_iter".to_owned(), n.to_string()));
    }
    if let Some(n) = args.batch_size {
        set.push(("batch_size".to_owned(), n.to_string()));
    }
    set.extend(args.set.iter().cloned());
    Plan {
        method: match args.method {
            args::Asked::Auto => None,
            args::Asked::Tabddpm => Some(Method::Tabddpm),
            args::Asked::GaussianCopula => Some(Method::GaussianCopula),
        },
        attempts: 1,
        mode: match args.mode {
            args::Mode::Speed => Mode::Speed,
            args::Mode::Balanced => Mode::Balanced,
            args::Mode::Quality => Mode::Quality,
        },
        set,
        seed: args.seed,
        time_limit: args.time_limit,
        memory_limit: args.memory_limit,
        threads: threads(shown),
        history: history(),
    }
}

/// The file of finished trainings: `VERDANCY_HISTORY` (`off` for none), or in the user's folder for
/// the state of programs.
fn history() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
    match of("VERDANCY_HISTORY") {
        Some(value) if value == "off" => None,
        Some(path) => Some(path.into()),
        None => of("XDG_STATE_HOME")
            .map(PathBuf::from)
            .or_else(|| of("HOME").map(|home| PathBuf::from(home).join(".local/state")))
            .map(|folder| folder.join("verdancy/runs.jsonl")),
    }
}

fn method(method: args::Method) -> Method {
    match method {
        args::Method::Tabddpm => Method::Tabddpm,
        args::Method::GaussianCopula => Method::GaussianCopula,
    }
}

fn threads(shown: &Shown) -> usize {
    shown
        .threads
        .or_else(|| std::thread::available_parallelism().ok().map(Into::into))
        .unwrap_or(1)
}

fn format(format: args::FileFormat) -> Format {
    match format {
        args::FileFormat::Csv => Format::CSV,
        args::FileFormat::Parquet => Format::Parquet,
        args::FileFormat::Arrow => Format::ArrowIpc,
        args::FileFormat::Ndjson => Format::Ndjson {
            compression: Compression::None,
        },
    }
}

fn profile(limits: &args::Limits) -> Result<Profile> {
    Profile::load(&limits.profile)
}

fn output(asked: Option<&PathBuf>, data: &std::path::Path, suffix: &str) -> PathBuf {
    asked
        .cloned()
        .unwrap_or_else(|| crate::stop::beside_here(data, suffix))
}
