//! `verdancy child`: carries out the task that standard input brings, under its bounds, and tells everything as
//! events on stdout. The process ends when its standard input does: whoever holds the other end is gone.

use std::io::BufRead;
use std::path::Path;

use verdancy_engine::options::threads;
use verdancy_engine::{
    Division, Document, Error, Event, Result, RunContext, SampleRequest, Sampled, Task, Wanted,
    Work,
};
use verdancy_table::Format;

use crate::outcome::{GREEN, NOT_GREEN};
use crate::progress::Listener;
use crate::{limit, stop};

/// Bytes that a task may have.
const LONGEST: u64 = 16 << 20;

pub fn run() -> Result<u8> {
    let task = arrived()?;
    limit::child(&task.bounds)?;
    stop::leash();
    let clock = stop::clock();
    let output = match &task.work {
        Work::Synth { output } => Some(output.as_path()),
        Work::Sample { output, .. } => Some(output.as_path()),
        Work::Inspect | Work::FirstRows { .. } | Work::Check { .. } => None,
    };
    let mut listener = Listener::Json;
    let context = RunContext {
        clock: &clock,
        cancel: stop::on_signal(output),
        listen: &mut |event| listener.hear(&event),
    };
    let said = &task.options;
    let last = match &task.work {
        Work::Inspect => {
            let source = said.source(task.data.clone())?;
            let found =
                verdancy_engine::inspect(&source, &said.plan()?, &Division::default(), context)?;
            Event::Inspected {
                inspection: Box::new(found),
            }
        }
        Work::FirstRows { count } => Event::FirstRows {
            first: verdancy_engine::first_rows(&said.source(task.data.clone())?, *count)?,
        },
        Work::Check { wanted } => {
            check(&task, wanted, context)?;
            Event::Checked {}
        }
        Work::Sample {
            model,
            output,
            wanted,
        } => Event::Sampled {
            sampled: sample(&task, (model, output), wanted, context)?,
        },
        Work::Synth { output } => {
            let mut request = said.request(task.data.clone(), None)?;
            request.started = Some(stop::now());
            let (outcome, _) =
                verdancy_engine::run(&request, output, context, &mut verdancy_report::write)?;
            return Ok(if outcome.record.is_green() {
                GREEN
            } else {
                NOT_GREEN
            });
        }
    };
    Listener::Json.hear(&last);
    Ok(GREEN)
}

/// Whether rows may be asked for like this, by the schema that the task brings.
fn check(task: &Task, wanted: &Wanted, context: RunContext<'_>) -> Result<()> {
    let no_schema = Document::Text(String::new());
    let schema = task.options.schema.as_ref().unwrap_or(&no_schema);
    let conditions = wanted.conditions(task.data.clone());
    verdancy_engine::check_conditions(&conditions, task.options.rows, schema, context)
}

/// Rows of a model, into a file.
fn sample(
    task: &Task,
    (model, output): (&Path, &Path),
    wanted: &Wanted,
    context: RunContext<'_>,
) -> Result<Sampled> {
    let request = SampleRequest {
        rows: task.options.rows,
        seed: task.options.seed,
        conditions: wanted.conditions(task.data.clone()),
        threads: threads(task.options.threads),
    };
    let format = Format::from_path(output).unwrap_or(Format::CSV);
    verdancy_engine::sample(model, &request, output, format, context).map(|(_, sampled)| sampled)
}

/// The task, from the first line of standard input.
fn arrived() -> Result<Task> {
    let mut line = String::new();
    let mut stdin = std::io::Read::take(std::io::stdin().lock(), LONGEST);
    stdin.read_line(&mut line).map_err(|e| {
        Error::input(
            "engine/bad-task",
            "Standard input cannot be read as a task.",
            "Start the process from the service that belongs to it.",
        )
        .caused_by(e)
    })?;
    Task::of_line(&line)
}
