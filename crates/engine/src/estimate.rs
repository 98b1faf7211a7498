//! What training will take, said before it begins: counted operations and bytes, and a rate. The
//! rate comes from trainings that finished on this machine; a short measured piece of this one tells
//! whether the machine is as fast now as it was then, and stands alone where nothing is known.

use verdancy_synth::{Checked, Config, Run, TrainingData};
use verdancy_table::Table;

use crate::history::{self, Entry};
use crate::journal::Journal;
use crate::policy::SMALL;
use crate::{Estimate, Plan, Result};

/// Rows of the probe for methods that do not step.
const PROBE_ROWS: usize = 512;

/// Validation rows of the probe: what training is checked on is not part of a step.
const PROBE_VALIDATION: usize = 32;

/// Length of the probe for methods that do.
const PROBE: std::time::Duration = std::time::Duration::from_millis(120);

/// Share of the planned steps after which small tables usually end (patience, copies, green on the
/// way): over 70 trainings of seven tables the median was at 0.6, nine in ten between 0.46 and 0.96.
const EARLY: f64 = 0.65;

/// What training `checked` on these rows will take. Of one that needs more memory than the plan
/// allows nothing is begun, not even the measured piece: its seconds are 0.
pub(crate) fn training(
    checked: &Checked,
    data: &TrainingData<'_>,
    plan: &Plan,
    journal: &Journal<'_>,
) -> Result<Estimate> {
    let (train, held) = (data.train(), data.validation());
    let cost = checked.cost(data)?;
    let bytes = table_bytes(train, held) + cost.bytes;
    let probed = match plan.memory_limit {
        Some(most) if bytes > most => 0.0,
        _ => probe(checked, train, held, plan, journal)?,
    };
    let mut estimate = Estimate {
        seconds: probed,
        judging: 0.0,
        bytes,
        flops: cost.flops,
        probed,
    };
    let config = checked.config();
    let learned = plan.history.as_deref().and_then(|path| {
        let asked = entry(config, plan, train, &estimate, 0.0);
        history::learned(&history::read(path), &asked)
    });
    let patient = matches!(config, Config::Tabddpm(p) if p.patience > 0);
    estimate.seconds = match learned {
        Some(seconds) => seconds,
        None if patient && train.rows() < SMALL => EARLY * probed,
        None => probed,
    };
    Ok(estimate)
}

/// A training as it stands in the file of finished ones.
pub(crate) fn entry(
    config: &Config,
    plan: &Plan,
    train: &Table,
    estimate: &Estimate,
    seconds: f64,
) -> Entry {
    Entry {
        method: config.method().name().to_owned(),
        precision: config.precision(),
        threads: plan.threads,
        rows: train.rows(),
        columns: train.columns().len(),
        flops: estimate.flops,
        probed: estimate.probed,
        seconds,
    }
}

/// Measures a short piece of the work and multiplies: time per step by the number of steps, or,
/// for methods without steps, time per row by the number of rows.
fn probe(
    checked: &Checked,
    train: &Table,
    held: &Table,
    plan: &Plan,
    journal: &Journal<'_>,
) -> Result<f64> {
    let clock = journal.clock;
    let steps = checked.config().method().has_epochs();
    let rows = train.rows();
    let probed = if steps { rows } else { rows.min(PROBE_ROWS) };
    let few_rows = (probed < rows).then(|| train.slice(0..probed));
    let few = held.rows().min(PROBE_VALIDATION);
    let validation = held.slice(0..few);
    let from = clock();
    let mut last = None;
    let few_rows = few_rows.as_ref().unwrap_or(train);
    let fitted = checked.fit(
        &TrainingData::new(few_rows, &validation, plan.guard()),
        &mut Run {
            seed: plan.seed,
            threads: plan.threads,
            cancel: verdancy_synth::Cancel::default(),
            deadline: steps.then_some(from + PROBE),
            clock,
            start: None,
            peek: None,
            checkpoint: None,
            listen: &mut |progress| last = Some(progress.clone()),
        },
    );
    let took = (clock() - from).as_secs_f64();
    // A training that diverges at once has no time to be told; the attempt itself will say so.
    let history = fitted.map(|f| f.history).unwrap_or_default();
    Ok(match last.or_else(|| history.last().cloned()) {
        Some(line) if line.step > 0 => line.seconds / line.step as f64 * line.steps as f64,
        _ => took * rows as f64 / probed.max(1) as f64,
    })
}

/// The tables themselves and their encoded copy.
fn table_bytes(train: &Table, held: &Table) -> u64 {
    let cells = (train.rows() + held.rows()) * train.columns().len();
    cells as u64 * 8 * 2
}
