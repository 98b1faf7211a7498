//! The subcommands, and how their options become the engine's requests.

pub mod child;
pub mod evaluate;
pub mod explain;
pub mod fit;
pub mod impute;
pub mod inspect;
pub mod params;
pub mod sample;
#[cfg(feature = "server")]
pub mod serve;
pub mod synth;
pub mod tune;

use std::path::PathBuf;

use verdancy_engine::options::Asked;
use verdancy_engine::{Document, Options, Relations};
use verdancy_synth::{Method, Mode};
use verdancy_table::Format;
use verdancy_table::infer::{MissingCodes, TextMode};

use crate::args::{self, Shown};

/// What is said of a table.
fn of_table(args: &args::Source) -> Options {
    Options {
        schema: args.schema.clone().map(Document::File),
        metadata: args.metadata.clone().map(Document::File),
        drop: args.drop.clone(),
        na: args.na.clone(),
        missing_codes: match args.missing_codes {
            args::Codes::Keep => MissingCodes::Keep,
            args::Codes::Mark => MissingCodes::Mark,
        },
        delimiter: args.delimiter.clone(),
        encoding: args.encoding.clone(),
        skip_rows: args.skip_rows.clone(),
        sheet: args.sheet.clone(),
        text: match args.text {
            args::Text::Fake => TextMode::Fake,
            args::Text::Drop => TextMode::Drop,
            args::Text::Error => TextMode::Error,
        },
        target: args.target.clone(),
        time: args.time.clone(),
        event: args.event.clone(),
        subject: args.subject.clone(),
        limits: args.bounds.limits(),
        started: Some(crate::stop::now()),
        ..Options::default()
    }
}

/// What is said of a table, and of the model that learns it in one attempt.
fn of_model(source: &args::Source, model: &args::Model, shown: &Shown) -> Options {
    Options {
        method: model.method.map(|asked| match asked {
            args::Asked::Auto => Asked::Auto,
            args::Asked::Tabddpm => Asked::Only(Method::Tabddpm),
            args::Asked::GaussianCopula => Asked::Only(Method::GaussianCopula),
            args::Asked::Cart => Asked::Only(Method::Cart),
            args::Asked::Arf => Asked::Only(Method::Arf),
            args::Asked::Tvae => Asked::Only(Method::Tvae),
            args::Asked::Ctgan => Asked::Only(Method::Ctgan),
            args::Asked::Autoregressive => Asked::Only(Method::Autoregressive),
        }),
        mode: model.mode.map(|mode| match mode {
            args::Mode::Speed => Mode::Speed,
            args::Mode::Balanced => Mode::Balanced,
            args::Mode::Quality => Mode::Quality,
        }),
        config: model.config.clone(),
        n_iter: model.n_iter,
        batch_size: model.batch_size,
        set: model.set.clone(),
        protect: model.protect,
        relations: match model.relations {
            args::Relations::Off => Relations::Off,
            args::Relations::Report => Relations::Report,
            args::Relations::Keep => Relations::Keep,
        },
        seed: model.seed,
        time_limit: model.time_limit.clone(),
        memory_limit: model.memory_limit.clone(),
        attempts: 1,
        threads: shown.threads,
        ..of_table(source)
    }
}

fn method(method: args::Method) -> Method {
    match method {
        args::Method::Tabddpm => Method::Tabddpm,
        args::Method::GaussianCopula => Method::GaussianCopula,
        args::Method::Cart => Method::Cart,
        args::Method::Arf => Method::Arf,
        args::Method::Tvae => Method::Tvae,
        args::Method::Ctgan => Method::Ctgan,
        args::Method::Autoregressive => Method::Autoregressive,
    }
}

/// A format's name, as the engine reads it.
fn name(format: args::FileFormat) -> &'static str {
    match format {
        args::FileFormat::Csv => "csv",
        args::FileFormat::Parquet => "parquet",
        args::FileFormat::Arrow => "arrow",
        args::FileFormat::Ndjson => "ndjson",
    }
}

fn format(format: args::FileFormat) -> Option<Format> {
    verdancy_engine::options::format(name(format)).ok()
}

fn output(asked: Option<&PathBuf>, data: &std::path::Path, suffix: &str) -> PathBuf {
    asked
        .cloned()
        .unwrap_or_else(|| crate::stop::beside_here(data, suffix))
}
