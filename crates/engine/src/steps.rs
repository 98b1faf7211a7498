//! The steps of a run one by one: fit, sample, evaluate.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use verdancy_metrics::{Judge, Judgement, Profile, Real};
use verdancy_relations::Form;
use verdancy_synth::Fitted;
use verdancy_table::write::{Writer, Written};
use verdancy_table::{Format, Protection, Table, Warning};

use crate::attempt::train;
use crate::conditions::{self, Asked, Conditions, Sink};
use crate::journal::Journal;
use crate::load::{load, load_like};
use crate::run::{of_unseen, on_threads, tell_parts};
use crate::{
    Completion, Division, Drawing, Error, Event, Folder, Input, Parts, Plan, Result, RunContext,
    Sampled, Source, Stage, completion, divide, draw,
};

/// Learns a table with all of its rows but the `validation` share, and saves the model in the
/// folder `model`, which is made, or replaced when it is a model.
///
/// # Errors
/// Those of reading, of the configuration, of the fit and of saving.
pub fn fit(
    source: &Source,
    plan: &Plan,
    validation: f64,
    model: &Path,
    context: RunContext<'_>,
) -> Result<(Fitted, Completion)> {
    let place = crate::folder::ModelPlace::prepare(model, plan.force)?;
    fit_then(source, plan, validation, context, move |fitted| {
        fitted.save(place.path())?;
        place.commit()
    })
}

/// [`fit`] without a folder.
///
/// # Errors
/// Those of reading, of the configuration and of the fit.
pub fn fit_in_memory(
    source: &Source,
    plan: &Plan,
    validation: f64,
    context: RunContext<'_>,
) -> Result<(Fitted, Completion)> {
    fit_then(source, plan, validation, context, |_| Ok(()))
}

fn fit_then(
    source: &Source,
    plan: &Plan,
    validation: f64,
    context: RunContext<'_>,
    write: impl FnOnce(&Fitted) -> Result<()> + Send,
) -> Result<(Fitted, Completion)> {
    on_threads(plan.threads, move || {
        let mut journal = Journal::open(context);
        let table = load(source, plan.protect, &mut journal)?.table;
        let parts = journal.stage(Stage::Split, |journal| {
            let parts = divide::without_test(&table, validation, plan.seed)?;
            tell_parts(&parts, journal);
            Ok(parts)
        })?;
        drop(table);
        let (fitted, seconds) = train(&parts, plan, &mut journal)?;
        let completion = journal.stage(Stage::Sample, |_| {
            completion::check(&fitted, &parts.train, plan.seed)
        })?;
        journal.tell(Event::Trained {
            attempt: 1,
            stop: fitted.stop,
            completion: completion.clone(),
            seconds,
        });
        journal.stage(Stage::Write, |_| write(&fitted))?;
        Ok((fitted, completion))
    })
}

/// Which rows a model is to draw.
#[derive(Debug, Clone, Default)]
pub struct SampleRequest {
    /// How many; none for one per given row.
    pub rows: Option<u64>,
    /// Seed.
    pub seed: u64,
    /// What they have to be like.
    pub conditions: Conditions,
    /// Threads, 0 for all.
    pub threads: usize,
}

/// Draws rows from the model in the folder `model` (or in the folder of a run) into a file.
///
/// # Errors
/// `engine/no-rows-asked`, those of [`Conditions`], of reading the model and of writing.
pub fn sample(
    model: &Path,
    request: &SampleRequest,
    output: &Path,
    format: Format,
    context: RunContext<'_>,
) -> Result<(Written, Sampled)> {
    let inner = model.join("model");
    let model = if inner.is_dir() { &inner } else { model };
    on_threads(request.threads, move || {
        let mut journal = Journal::open(context);
        let fitted = journal.stage(Stage::Read, |_| Fitted::load(model))?;
        journal.stage(Stage::Sample, |journal| {
            match (&request.conditions, request.rows) {
                (Conditions::None, Some(rows)) if rows > 0 => {
                    let written =
                        draw::to_file(&fitted, rows, request.seed, output, format, journal)?;
                    let sampled = Sampled {
                        rows: written.rows,
                        drawing: Drawing::Unconditional,
                        rate: None,
                        in_conflict: 0,
                    };
                    Ok((written, sampled))
                }
                _ => {
                    let mut writer = None;
                    let sampled = conditioned(&fitted, request, journal, &mut |part| {
                        // Nothing is written before the first rows are there.
                        let to = match &mut writer {
                            Some(writer) => writer,
                            none => none.insert(Writer::create(output, &fitted.schema, format)?),
                        };
                        to.write(&part)
                    })?;
                    let writer = writer.ok_or_else(|| Error::internal("no rows were drawn"))?;
                    Ok((writer.finish()?, sampled))
                }
            }
        })
    })
}

/// Rows of a model in memory.
///
/// # Errors
/// `engine/no-rows-asked`, and those of [`Conditions`].
pub fn sample_in_memory(
    fitted: &Fitted,
    request: &SampleRequest,
    context: RunContext<'_>,
) -> Result<(Table, Sampled)> {
    on_threads(request.threads, move || {
        let mut journal = Journal::open(context);
        let mut parts = Vec::new();
        let sampled = conditioned(fitted, request, &mut journal, &mut |part| {
            parts.push(part);
            Ok(())
        })?;
        Ok((Table::concat(&fitted.schema, parts)?, sampled))
    })
}

fn conditioned(
    fitted: &Fitted,
    request: &SampleRequest,
    journal: &mut Journal<'_>,
    write: &mut dyn FnMut(Table) -> Result<()>,
) -> Result<Sampled> {
    let asked = Asked {
        fitted,
        rows: request.rows,
        seed: request.seed,
    };
    let mut sink = Sink {
        of: request.rows.unwrap_or(0),
        journal,
        written: 0,
        write,
    };
    let sampled = conditions::draw(&asked, &request.conditions, &mut sink)?;
    if sampled.in_conflict > 0 {
        journal.warn(
            "condition/in-conflict",
            format!(
                "{} of {} rows break a rule between columns: what is given leaves no room to keep all rules.",
                sampled.in_conflict, sampled.rows
            ),
        );
    }
    Ok(sampled)
}

/// What [`evaluate`] found.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Version of Verdancy.
    pub version: String,
    /// File name of the synthetic table.
    pub data: String,
    /// File name of the real rows.
    pub real: String,
    /// File name of the hold-out table, when one was given.
    pub holdout: Option<String>,
    /// When it was judged (RFC 3339, UTC), where the caller said what time it was.
    pub started: Option<String>,
    /// SHA-256 of the synthetic table's file; none for a table in memory.
    pub input_sha256: Option<String>,
    /// Seed.
    pub seed: u64,
    /// Seconds of judging.
    pub seconds: f64,
    /// The judgement.
    pub judgement: Judgement,
    /// Rows that the synthetic table was made from.
    pub train: Table,
    /// Rows that its maker has not seen.
    pub test: Table,
    /// The judged rows.
    pub synthetic: Table,
    /// Warnings.
    pub warnings: Vec<Warning>,
}

/// Judges the table `synthetic`, whoever made it, against the real rows that it was made from and
/// against a hold-out. Without a hold-out, a part of the real rows gives the floors, and what needs
/// unseen rows is not judged: the verdict is inconclusive at best. With an `output` folder, `report.json` is written
/// there, and what `also` adds (the report).
///
/// # Errors
/// Those of reading, of judging and of writing.
#[allow(clippy::too_many_arguments)]
pub fn evaluate(
    real: &Source,
    synthetic: &Input,
    holdout: Option<&Input>,
    profile: &Profile,
    (seed, started): (u64, Option<SystemTime>),
    threads: usize,
    output: Option<&Path>,
    context: RunContext<'_>,
    also: &mut (dyn FnMut(&Evaluation, &Path) -> Result<()> + Send),
) -> Result<Evaluation> {
    let folder = match output {
        Some(output) => {
            let tables = [Some(&real.data), Some(synthetic), holdout];
            let inputs: Vec<&Path> = (tables.into_iter().flatten())
                .filter_map(Input::file)
                .collect();
            Some(Folder::prepare(output, &inputs, true)?)
        }
        None => None,
    };
    on_threads(threads, move || {
        let mut journal = Journal::open(context);
        let input = synthetic;
        let (train, test, synthetic) = compared(real, input, holdout, seed, &mut journal)?;
        journal.tell(Event::Compared {
            real: train.rows(),
            held_out: test.rows(),
            unseen: holdout.is_some(),
        });
        let from = journal.elapsed();
        let judgement = journal.stage(Stage::Judge, |_| {
            let real = Real {
                train: &train,
                test: &test,
                validation: None,
                unseen: holdout.is_some(),
            };
            let form = Form::learn(&train, Protection::default()).map(Arc::new);
            Judge::new(real, profile, seed)?
                .with_rules(&test, crate::rules::judged(form))?
                .judge(&synthetic)
        })?;
        journal.tell(Event::Verdict {
            kept: None,
            verdict: judgement.verdict(),
            gates: judgement.gates.clone(),
        });
        let evaluation = Evaluation {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data: input.name(),
            real: real.data.name(),
            holdout: holdout.map(Input::name),
            started: started.and_then(crate::record::stamp),
            input_sha256: input.sha256()?,
            seed,
            seconds: journal.elapsed() - from,
            judgement,
            train,
            test,
            synthetic,
            warnings: journal.warnings.clone(),
        };
        if let (Some(folder), Some(output)) = (folder, output) {
            crate::run::write_report(&evaluation.judgement, folder.path())?;
            also(&evaluation, folder.path())?;
            let names = folder.commit()?;
            journal.tell(Event::Written {
                folder: output.to_path_buf(),
                names,
            });
        }
        Ok(evaluation)
    })
}

/// The real rows, those that give the floors, and the synthetic ones.
fn compared(
    real: &Source,
    synthetic: &Input,
    holdout: Option<&Input>,
    seed: u64,
    journal: &mut Journal<'_>,
) -> Result<(Table, Table, Table)> {
    let table = load(real, Protection::default(), journal)?.table;
    let synthetic = load_like(synthetic, &table, real, journal)?;
    if let Some(input) = holdout {
        let test = load_like(input, &table, real, journal)?;
        let test = of_unseen(&table, test, journal)?;
        return Ok((table, test, synthetic));
    }
    journal.warn(
        "engine/no-holdout",
        "Without rows that the maker of the synthetic table has not seen, privacy and utility cannot be judged; give them with --holdout.",
    );
    let division = Division {
        holdout: None,
        validation: 0.0,
        test: 0.2,
    };
    let Parts { train, test, .. } = divide(&table, None, &division, seed)?;
    Ok((train, test, synthetic))
}
