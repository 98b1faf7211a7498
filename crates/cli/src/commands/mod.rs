//! The subcommands, and how their options become the engine's requests.

pub mod evaluate;
pub mod explain;
pub mod fit;
pub mod inspect;
pub mod params;
pub mod sample;
#[cfg(feature = "server")]
pub mod serve;
pub mod synth;
pub mod tune;

use std::path::PathBuf;
use std::time::Duration;

use verdancy_engine::{ConfigFile, Plan, Result, Source};
use verdancy_metrics::Profile;
use verdancy_synth::{Method, Mode};
use verdancy_table::infer::TextMode;
use verdancy_table::{Compression, Format, Protection};

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
        subject: args.subject.clone(),
        limits: args.bounds.limits(),
    }
}

/// [`source`] for a command that also takes a configuration file, which may name the subject.
fn source_with(data: &std::path::Path, args: &args::Source, model: &args::Model) -> Result<Source> {
    let mut source = source(data, args);
    if let (None, Some(path)) = (&source.subject, &model.config) {
        source.subject = ConfigFile::load(path)?.subject;
    }
    Ok(source)
}

/// What the options say goes before what a configuration file says, and that before what the
/// profile of the name `profile` asks for.
fn plan(args: &args::Model, profile: &str, shown: &Shown) -> Result<Plan> {
    let file = match &args.config {
        Some(path) => ConfigFile::load(path)?,
        None => ConfigFile::default(),
    };
    let mut set = file.settings();
    let mut over = |name: &str, value: String| {
        set.retain(|(known, _)| known != name);
        set.push((name.to_owned(), value));
    };
    if let Some(n) = args.n_iter {
        over("n_iter", n.to_string());
    }
    if let Some(n) = args.batch_size {
        over("batch_size", n.to_string());
    }
    for (name, value) in &args.set {
        over(name, value.clone());
    }
    Ok(Plan {
        method: match args.method {
            None => file.method,
            Some(args::Asked::Auto) => None,
            Some(args::Asked::Tabddpm) => Some(Method::Tabddpm),
            Some(args::Asked::GaussianCopula) => Some(Method::GaussianCopula),
            Some(args::Asked::Cart) => Some(Method::Cart),
        },
        shadow_runs: None,
        attempts: 1,
        mode: match args.mode {
            None => file.mode.unwrap_or_default(),
            Some(args::Mode::Speed) => Mode::Speed,
            Some(args::Mode::Balanced) => Mode::Balanced,
            Some(args::Mode::Quality) => Mode::Quality,
        },
        set,
        protect: Protection::under(profile, args.protect.or(file.protect)),
        seed: args.seed,
        time_limit: args.time_limit,
        memory_limit: args.memory_limit,
        threads: threads(shown),
        history: history(),
        checkpoints: None,
        checkpoint_every: checkpoint_every(),
    })
}

/// Time between two checkpoints: `VERDANCY_CHECKPOINT_SECONDS`, or the engine's own.
fn checkpoint_every() -> Duration {
    std::env::var("VERDANCY_CHECKPOINT_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(verdancy_engine::CHECKPOINT_EVERY)
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
        args::Method::Cart => Method::Cart,
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
