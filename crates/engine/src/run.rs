//! The whole way: load, divide, configure, attempt, and what comes out of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use verdancy_metrics::{Judge, Judgement, Limit, Profile, Real};
use verdancy_relations::Form;
use verdancy_synth::{Fitted, Mode, TrainingData};
use verdancy_table::{Format, Table};

use crate::checkpoints::Resuming;
use crate::cycle::{Bench, Kept, Plain, Trainer, cycle};
use crate::folder::{self, Folder};
use crate::journal::Journal;
use crate::load::{Loaded, load, load_like};
use crate::policy::{LONG_JUDGING, TRAINING_SHARE};
use crate::propose::{Proposal, propose};
use crate::record::stamp;
use crate::timing::{self, Judging};
use crate::{
    Document, Error, Event, FORMAT_VERSION, Input, Parts, People, Request, Result, RowCounts, Rows,
    RunContext, RunRecord, Shares, Stage, Unseen, divide, draw, protect, shadow, unseen,
};

/// What a run leaves behind, before and after it is written.
pub struct Outcome {
    /// What is kept of the run.
    pub record: RunRecord,
    /// Rows that the model learned from.
    pub train: Table,
    /// Rows that choices were made on.
    pub validation: Table,
    /// Rows that only the verdict saw.
    pub test: Table,
    /// The judged rows: all, or the first of very many.
    pub synthetic: Arc<Table>,
    /// The model.
    pub fitted: Arc<Fitted>,
    /// The real table's format.
    pub format: Format,
    /// Files that the run read; saving never replaces them.
    pub inputs: Vec<PathBuf>,
}

/// What a run of [`run`] wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Names in the output folder, sorted.
    pub names: Vec<String>,
}

/// Works on a pool of `threads` threads; results do not depend on how many they are.
pub(crate) fn on_threads<T: Send>(
    threads: usize,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .build()
        .map_err(|e| Error::internal("the threads could not be started").caused_by(e))?
        .install(work)
}

/// Learns a table, draws a synthetic one and judges it. Writes nothing.
///
/// # Errors
/// Those of reading, of the configuration, of the fit, and of judging;
/// `engine/no-rows-asked`, `engine/too-few-rows`, `engine/bad-share`.
pub fn synth(request: &Request, context: RunContext<'_>) -> Result<Outcome> {
    synth_with(request, &Plain, context)
}

/// [`synth`] with another [`Trainer`]: what tests break on purpose goes in here.
///
/// # Errors
/// As [`synth`].
pub fn synth_with(
    request: &Request,
    trainer: &dyn Trainer,
    context: RunContext<'_>,
) -> Result<Outcome> {
    on_threads(request.plan.threads, move || {
        let mut journal = Journal::open(context);
        pipeline(request, trainer, &mut journal)
    })
}

/// The whole of [`synth`], and everything written to the folder `output`: at the end, or not at
/// all. `also` may write further files (the report) into the folder in the making.
///
/// # Errors
/// Those of [`synth`], of [`Folder`], and of writing.
pub fn run(
    request: &Request,
    output: &Path,
    context: RunContext<'_>,
    also: &mut (dyn FnMut(&Outcome, &Path) -> Result<()> + Send),
) -> Result<(Outcome, Files)> {
    check(request)?;
    let folder = prepare(output, &inputs(request), request.plan.force)?;
    let resuming = match &request.plan.checkpoints {
        Some(root) => Some(Resuming::open(root, request)?),
        None => None,
    };
    on_threads(request.plan.threads, move || {
        let mut journal = Journal::open(context);
        let trainer = resuming.as_ref().map_or(&Plain as &dyn Trainer, |r| r);
        let mut outcome = pipeline(request, trainer, &mut journal)?;
        let stopped = journal.cancel.is_cancelled();
        if stopped && resuming.is_some() {
            journal.warn(
                "engine/checkpoints-kept",
                "The run was stopped; its checkpoints are kept, and the same command goes on from them.",
            );
        }
        let format = request.format.unwrap_or(outcome.format);
        journal.stage(Stage::Write, |journal| {
            write(&mut outcome, format, folder.path(), journal)
        })?;
        outcome.record.seconds.clone_from(&journal.seconds);
        outcome.record.warnings.clone_from(&journal.warnings);
        outcome.record.ended = times(request.started, &journal).1;
        also(&outcome, folder.path())?;
        write_records(&outcome, folder.path())?;
        let names = folder.commit()?;
        if let Some(resuming) = resuming.filter(|_| !stopped) {
            resuming.clear();
        }
        journal.tell(Event::Written {
            folder: output.to_path_buf(),
            names: names.clone(),
        });
        journal.tell(Event::Finished {
            verdict: outcome.record.judgement.verdict(),
            seconds: journal.elapsed(),
        });
        Ok((outcome, Files { names }))
    })
}

/// The files that a run reads.
fn inputs(request: &Request) -> Vec<PathBuf> {
    let source = &request.source;
    (source.data.file().into_iter())
        .chain(request.division.holdout.as_ref().and_then(Input::file))
        .chain(source.schema.as_ref().and_then(Document::file))
        .chain(source.metadata.as_ref().and_then(Document::file))
        .map(Path::to_owned)
        .collect()
}

fn prepare(output: &Path, inputs: &[PathBuf], force: bool) -> Result<Folder> {
    let inputs: Vec<&Path> = inputs.iter().map(PathBuf::as_path).collect();
    Folder::prepare(output, &inputs, force)
}

/// Writes a run of [`synth`] to the folder `output` as [`run`] does, and gives the names in it, sorted.
/// The rows' format is that of the input when not given.
///
/// # Errors
/// Those of [`Folder`] and of writing.
pub fn save(
    outcome: &mut Outcome,
    format: Option<Format>,
    output: &Path,
    also: &mut (dyn FnMut(&Outcome, &Path) -> Result<()> + Send),
) -> Result<Vec<String>> {
    let folder = prepare(output, &outcome.inputs, true)?;
    on_threads(outcome.record.threads, move || {
        let (clock, mut nobody) = (|| std::time::Duration::ZERO, |_| {});
        let mut journal = Journal::open(RunContext {
            clock: &clock,
            cancel: verdancy_synth::Cancel::default(),
            listen: &mut nobody,
        });
        let format = format.unwrap_or(outcome.format);
        write(outcome, format, folder.path(), &mut journal)?;
        also(outcome, folder.path())?;
        write_records(outcome, folder.path())?;
        folder.commit()
    })
}

/// What can be known to be wrong before anything is read.
fn check(request: &Request) -> Result<()> {
    if request.rows == Rows::Exactly(0) {
        return Err(Error::input(
            "engine/no-rows-asked",
            "No rows were asked for.",
            "Ask for at least one with --rows, or leave it out for as many as were learned from.",
        ));
    }
    Ok(())
}

/// Tells how many rows, and people, each part has.
pub(crate) fn tell_parts(parts: &Parts, journal: &mut Journal<'_>) {
    journal.tell(Event::Divided {
        train: parts.train.rows(),
        validation: parts.validation.rows(),
        test: parts.test.rows(),
    });
    if let Some(people) = People::of(parts) {
        journal.tell(Event::People { people });
    }
}

/// The hold-out rows of people whom the other table does not have; tells what is left out.
pub(crate) fn of_unseen(table: &Table, holdout: Table, journal: &mut Journal<'_>) -> Result<Table> {
    let Unseen { holdout, left_out } = unseen(table, holdout)?;
    if let Some(message) = left_out {
        journal.warn("engine/people-in-both", message);
    }
    Ok(holdout)
}

/// The table, read and divided.
struct Begun {
    parts: Parts,
    format: Format,
    input_sha256: Option<String>,
    proposal: Option<Proposal>,
}

fn begin(request: &Request, journal: &mut Journal<'_>) -> Result<Begun> {
    check(request)?;
    let Loaded { table, format } = load(&request.source, request.plan.protect, journal)?;
    let holdout = match &request.division.holdout {
        Some(input) => {
            let holdout = load_like(input, &table, &request.source, journal)?;
            Some(of_unseen(&table, holdout, journal)?)
        }
        None => None,
    };
    let parts = journal.stage(Stage::Split, |journal| {
        let parts = divide(&table, holdout, &request.division, request.plan.seed)?;
        tell_parts(&parts, journal);
        Ok(parts)
    })?;
    foresee(&parts, table.rows(), &request.profile, journal);
    let proposal = propose(&table);
    if let Some(proposal) = &proposal {
        journal.tell(Event::Proposed {
            proposal: proposal.clone(),
        });
    }
    Ok(Begun {
        parts,
        format,
        input_sha256: request.source.data.sha256()?,
        proposal,
    })
}

fn pipeline(
    request: &Request,
    trainer: &dyn Trainer,
    journal: &mut Journal<'_>,
) -> Result<Outcome> {
    let Begun {
        parts,
        format,
        input_sha256,
        proposal,
    } = begin(request, journal)?;
    let form = journal.stage(Stage::Infer, |_| Ok(request.plan.form(&parts.train)))?;
    let kept = request.plan.kept(&form);
    protect::foresee(&parts.train, &request.plan, kept.as_deref(), journal)?;
    if let Some(form) = &form {
        let rules = form.broken(&parts.train)?;
        let rules = rules.into_iter().map(|b| b.rule).collect();
        journal.tell(Event::Relations { rules });
    }
    let rows = match request.rows {
        Rows::LikeLearned => (parts.train.rows() + parts.validation.rows()) as u64,
        Rows::Exactly(rows) => rows,
    };
    let judging = foresee_judging(request, &parts, rows, journal)?;
    let data = TrainingData::new(&parts.train, &parts.validation, request.plan.guard());
    let Kept {
        attempts,
        kept,
        fitted,
        synthetic,
    } = cycle(
        &Bench {
            data: &data,
            plan: &request.plan,
            profile: &request.profile,
            rows,
            judging,
            form: request.plan.kept(&form),
            broken: crate::rules::judged(form.clone()),
        },
        trainer,
        journal,
    )?;
    let judgement = journal.stage(Stage::Judge, |journal| {
        verdict(request, &parts, &fitted, &synthetic, &form, journal)
    })?;
    journal.tell(Event::Verdict {
        kept: Some(kept + 1),
        verdict: judgement.verdict(),
        gates: judgement.gates.clone(),
    });
    let record = record(
        request,
        &parts,
        (rows, synthetic.rows()),
        judgement,
        journal,
    );
    let record = RunRecord {
        attempts,
        kept,
        relations: crate::rules::all_broken(form.as_deref(), &synthetic)?,
        proposal,
        input_sha256,
        ..record
    };
    Ok(Outcome {
        record,
        train: parts.train,
        validation: parts.validation,
        test: parts.test,
        synthetic: Arc::new(synthetic),
        fitted: Arc::new(fitted),
        format,
        inputs: inputs(request),
    })
}

/// The judgement on the rows that no choice has seen.
fn verdict(
    request: &Request,
    parts: &Parts,
    fitted: &Fitted,
    synthetic: &Table,
    form: &Option<Arc<Form>>,
    journal: &Journal<'_>,
) -> Result<Judgement> {
    let real = Real {
        train: &parts.train,
        test: &parts.test,
        validation: (parts.validation.rows() > 0).then_some(&parts.validation),
        unseen: true,
    };
    let judge = Judge::new(real, &request.profile, request.plan.seed)?
        .with_rules(&parts.test, crate::rules::judged(form.clone()))?;
    let mut judgement = judge.judge(synthetic)?;
    let runs = request.plan.shadow_runs();
    if runs > 0 {
        let checked = fitted.config.clone().check(parts.train.schema())?;
        let checked = checked.keeping(fitted.relations.clone());
        let (clock, cancel) = (journal.clock, &journal.cancel);
        let deadline = timing::deadline(&request.plan, 0.0, TRAINING_SHARE, journal);
        let (validation, plan) = (&parts.validation, &request.plan);
        let refit = shadow::refit(&checked, validation, plan, clock, cancel, deadline);
        judge.shadow(&mut judgement, real, synthetic, &refit, u64::from(runs))?;
    }
    Ok(judgement)
}

/// What is kept of a run, but for its attempts; `drawn` rows were asked for, `judged` of them judged.
fn record(
    request: &Request,
    parts: &Parts,
    (drawn, judged): (u64, usize),
    judgement: Judgement,
    journal: &Journal<'_>,
) -> RunRecord {
    let (started, ended) = times(request.started, journal);
    RunRecord {
        format_version: FORMAT_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: platform(),
        started,
        ended,
        data: request.source.data.name(),
        input_sha256: None,
        arguments: request.arguments(),
        holdout: request.division.holdout.as_ref().map(Input::name),
        shares: Shares {
            validation: request.division.validation,
            test: if request.division.holdout.is_some() {
                0.0
            } else {
                request.division.test
            },
        },
        rows: RowCounts {
            train: parts.train.rows(),
            validation: parts.validation.rows(),
            test: parts.test.rows(),
            synthetic: drawn,
            judged,
        },
        people: People::of(parts),
        protect: request.plan.protect,
        seed: request.plan.seed,
        threads: request.plan.threads,
        mode: request.plan.mode,
        schema: parts.train.schema().as_ref().clone(),
        relations: Vec::new(),
        attempts: Vec::new(),
        kept: 0,
        judgement,
        proposal: None,
        warnings: journal.warnings.clone(),
        seconds: journal.seconds.clone(),
    }
}

/// When the run began, and what time it is now.
fn times(started: Option<SystemTime>, journal: &Journal<'_>) -> (Option<String>, Option<String>) {
    let elapsed = std::time::Duration::from_secs_f64(journal.elapsed().max(0.0));
    (
        started.and_then(stamp),
        started.and_then(|time| stamp(time.checked_add(elapsed)?)),
    )
}

/// Says before training what no training can fix: that there are fewer training rows than the
/// profile asks for, and how many rows the table would need.
fn foresee(parts: &Parts, given: usize, profile: &Profile, journal: &mut Journal<'_>) {
    let (train, Some(Limit::Min(least))) = (parts.train.rows(), profile.gates.get("rows")) else {
        return;
    };
    if (train as f64) < *least && train > 0 {
        let needed = (least * given as f64 / train as f64).ceil();
        journal.warn(
            "engine/cannot-be-green",
            format!(
                "This run cannot be green: {train} rows to learn from, and the profile asks for {least}. A table of {needed} rows or more would do."
            ),
        );
    }
}

/// What judging will take; says so where it takes long though the user is in a hurry.
fn foresee_judging(
    request: &Request,
    parts: &Parts,
    rows: u64,
    journal: &mut Journal<'_>,
) -> Result<Judging> {
    let (plan, train) = (&request.plan, &parts.train);
    let (validation, test) = (parts.validation.rows(), parts.test.rows());
    let judging = Judging::foresee(train, validation, test, rows, plan, journal)?;
    let verdict = judging.verdict();
    let size = format!(
        "{} rows and {} columns",
        train.rows(),
        train.columns().len()
    );
    if let Some(left) = timing::left(plan, journal)
        && verdict > left
    {
        journal.warn(
            "engine/time-limit-short",
            format!(
                "Judging {size} takes about {verdict:.0} s, more than --time-limit leaves: the run will take longer than the limit."
            ),
        );
    } else if plan.mode == Mode::Speed && verdict > LONG_JUDGING {
        journal.warn(
            "engine/judging-takes-long",
            format!("Judging {size} takes about {verdict:.0} s: this run cannot end in seconds."),
        );
    }
    Ok(judging)
}

/// Writes rows, model and schema.
fn write(
    outcome: &mut Outcome,
    format: Format,
    folder: &Path,
    journal: &mut Journal<'_>,
) -> Result<()> {
    let path = folder.join(format!("synthetic.{}", format.extension()));
    let asked = outcome.record.rows.synthetic;
    if asked == outcome.synthetic.rows() as u64 {
        verdancy_table::write::write(&path, &outcome.synthetic, format)?;
    } else {
        let seed = outcome.record.seed;
        let written = draw::to_file(&outcome.fitted, asked, seed, &path, format, journal)?;
        outcome.record.rows.synthetic = written.rows;
    }
    outcome.fitted.save(folder.join("model"))?;
    let schema = crate::load::schema_toml(&outcome.record.schema)?;
    folder::write_text(folder, "schema.toml", &schema)
}

fn write_records(outcome: &Outcome, folder: &Path) -> Result<()> {
    write_report(&outcome.record.judgement, folder)?;
    folder::write_text(folder, "run.json", &folder::pretty(&outcome.record)?)
}

/// Writes every figure, with what each metric means.
pub(crate) fn write_report(judgement: &Judgement, folder: &Path) -> Result<()> {
    let report = serde_json::json!({
        "judgement": judgement,
        "cards": verdancy_metrics::cards(),
    });
    folder::write_text(folder, "report.json", &folder::pretty(&report)?)
}

/// Processor and system.
fn platform() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}
