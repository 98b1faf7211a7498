//! The steps of the engine as functions: options come as JSON, findings go as JSON.

use std::ffi::OsString;
use std::sync::Arc;

use pyo3::prelude::*;
use serde_json::json;
use verdancy_engine::{Fill, Options, RunContext};
use verdancy_synth::Method;
use verdancy_table::{Schema, sdv};

use crate::error::{not_json, raised};
use crate::frames::{Data, Rows};
use crate::model::Model;
use crate::places::{brought, with_places};
use crate::run::Run;
use crate::work::carry_out;

fn options(text: &str) -> PyResult<Options> {
    serde_json::from_str(text).map_err(|e| not_json("An option", &e))
}

fn text(value: &impl serde::Serialize) -> PyResult<String> {
    verdancy_engine::pretty(value).map_err(raised)
}

/// The whole way: learn, draw, judge, until it is green or nothing is left to try.
#[pyfunction]
#[pyo3(signature = (data, options_json, holdout=None, listen=None))]
pub fn synth(
    py: Python<'_>,
    data: Data<'_>,
    options_json: &str,
    holdout: Option<Data<'_>>,
    listen: Option<Bound<'_, PyAny>>,
) -> PyResult<Run> {
    let said = options(options_json)?;
    let (data, holdout) = (data.input(), holdout.as_ref().map(Data::input));
    let work = move |context: RunContext<'_>| {
        with_places(|places| {
            let most = said.limits.bytes;
            let data = brought(data, places, most)?;
            let holdout = holdout.map(|h| brought(h, places, most)).transpose()?;
            verdancy_engine::synth(&said.request(data, holdout)?, context)
        })
    };
    Run::of(py, carry_out(py, listen.as_ref(), work)?)
}

/// Learns a table in one attempt.
#[pyfunction]
#[pyo3(signature = (data, options_json, listen=None))]
pub fn fit(
    py: Python<'_>,
    data: Data<'_>,
    options_json: &str,
    listen: Option<Bound<'_, PyAny>>,
) -> PyResult<Model> {
    let said = Options {
        attempts: 1,
        ..options(options_json)?
    };
    let data = data.input();
    let (fitted, completion) = carry_out(py, listen.as_ref(), move |context| {
        with_places(|places| {
            let source = said.source(brought(data, places, said.limits.bytes)?)?;
            verdancy_engine::fit_in_memory(&source, &said.plan()?, said.validation, context)
        })
    })?;
    Ok(Model::of(Arc::new(fitted), Some(completion)))
}

/// Judges a synthetic table: judgement and warnings (JSON).
#[pyfunction]
#[pyo3(signature = (synthetic, train, options_json, holdout=None, listen=None))]
pub fn evaluate(
    py: Python<'_>,
    synthetic: Data<'_>,
    train: Data<'_>,
    options_json: &str,
    holdout: Option<Data<'_>>,
    listen: Option<Bound<'_, PyAny>>,
) -> PyResult<String> {
    let said = options(options_json)?;
    let (train, synthetic) = (train.input(), synthetic.input());
    let holdout = holdout.as_ref().map(Data::input);
    let found = carry_out(py, listen.as_ref(), move |context| {
        with_places(|places| {
            let most = said.limits.bytes;
            let holdout = holdout.map(|h| brought(h, places, most)).transpose()?;
            verdancy_engine::evaluate(
                &said.source(brought(train, places, most)?)?,
                &brought(synthetic, places, most)?,
                holdout.as_ref(),
                &said.profile()?,
                (said.seed, None),
                said.threads(),
                None,
                context,
                &mut |_, _| Ok(()),
            )
        })
    })?;
    let warnings: Vec<(String, String)> = (found.warnings.into_iter())
        .map(|warning| (warning.code, warning.message))
        .collect();
    text(&json!({ "judgement": found.judgement, "warnings": warnings }))
}

/// Fills the missing cells of a table: tables, and what became of each column (JSON). Without a number of draws, one
/// table of means.
#[pyfunction]
#[pyo3(signature = (data, options_json, draws=None, listen=None))]
pub fn impute(
    py: Python<'_>,
    data: Data<'_>,
    options_json: &str,
    draws: Option<usize>,
    listen: Option<Bound<'_, PyAny>>,
) -> PyResult<(Vec<Rows>, String)> {
    let said = options(options_json)?;
    let data = data.input();
    let fill = draws.map_or(Fill::Mean, Fill::Draws);
    let done = carry_out(py, listen.as_ref(), move |context| {
        with_places(|places| {
            let source = said.source(brought(data, places, said.limits.bytes)?)?;
            verdancy_engine::impute(&source, fill, said.seed, said.threads(), context)
        })
    })?;
    let columns = text(&done.columns)?;
    let tables = done.tables.into_iter().map(|t| Rows::of(Arc::new(t)));
    Ok((tables.collect(), columns))
}

/// What is understood of a table, and what would be done with it (JSON).
#[pyfunction]
#[pyo3(signature = (data, options_json, listen=None))]
pub fn inspect(
    py: Python<'_>,
    data: Data<'_>,
    options_json: &str,
    listen: Option<Bound<'_, PyAny>>,
) -> PyResult<String> {
    let said = options(options_json)?;
    let data = data.input();
    let found = carry_out(py, listen.as_ref(), move |context| {
        with_places(|places| {
            let source = said.source(brought(data, places, said.limits.bytes)?)?;
            verdancy_engine::inspect(&source, &said.plan()?, &said.division(None), context)
        })
    })?;
    text(&found)
}

/// Searches for parameters: a configuration file, the trials and the position of the winner (JSON).
#[pyfunction]
#[pyo3(signature = (data, options_json, trials, listen=None))]
pub fn tune(
    py: Python<'_>,
    data: Data<'_>,
    options_json: &str,
    trials: u32,
    listen: Option<Bound<'_, PyAny>>,
) -> PyResult<String> {
    let said = options(options_json)?;
    let data = data.input();
    let (tuned, file) = carry_out(py, listen.as_ref(), move |context| {
        with_places(|places| {
            let data = brought(data, places, said.limits.bytes)?;
            let request = said.request(data, None)?;
            let tuned = verdancy_engine::tune(&request, trials, context)?;
            let comment = format!(
                "The parameters that verdancy.tune found, seed {}.",
                said.seed
            );
            let file = tuned.to_file(&request)?.to_text(&comment)?;
            Ok((tuned, file))
        })
    })?;
    text(&json!({ "file": file, "best": tuned.best, "trials": tuned.trials }))
}

/// The methods with their parameters (JSON).
#[pyfunction]
pub fn methods() -> PyResult<String> {
    let methods: Vec<_> = Method::ALL
        .iter()
        .map(|m| json!({ "name": m.name(), "title": m.title(), "parameters": m.params() }))
        .collect();
    text(&methods)
}

/// The cards of the metrics (JSON).
#[pyfunction]
pub fn metrics() -> PyResult<String> {
    text(&verdancy_metrics::cards())
}

/// A judgement (JSON) as a terminal shows it.
#[pyfunction]
pub fn judgement_text(judgement: &str, width: usize) -> PyResult<String> {
    let judgement = serde_json::from_str(judgement).map_err(|e| not_json("A judgement", &e))?;
    Ok(verdancy_cli::judgement_text(&judgement, width))
}

fn schema(text: &str) -> PyResult<Schema> {
    serde_json::from_str(text).map_err(|e| not_json("A schema", &e))
}

/// A schema (JSON) as `schema.toml`.
#[pyfunction]
pub fn schema_to_toml(schema_json: &str) -> PyResult<String> {
    schema(schema_json)?.to_toml().map_err(raised)
}

/// A whole `schema.toml` as a schema (JSON).
#[pyfunction]
pub fn schema_from_toml(toml: &str) -> PyResult<String> {
    text(&Schema::from_toml(toml).map_err(raised)?)
}

/// A schema (JSON) as SDV metadata, version 2 (JSON).
#[pyfunction]
pub fn schema_to_sdv(schema_json: &str, table: &str) -> PyResult<String> {
    sdv::to_sdv(&schema(schema_json)?, table).map_err(raised)
}

/// Carries out a command line of `verdancy`, its name first, and gives the exit code.
#[pyfunction]
pub fn command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| verdancy_cli::run(arguments))
}
