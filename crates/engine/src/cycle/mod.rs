//! The closed loop: attempt, judge on validation rows, find out why it is not green, change that,
//! try again; keep the best.
//!
//! Nothing here sees a test row: what is learned from and chosen on are the training and the
//! validation rows of [`Bench`], which has no others. The verdict is taken afterwards, once, on
//! the attempt that was kept.

mod attempt;
mod swapped;

use std::sync::Arc;

use verdancy_metrics::{Broken, Profile};
use verdancy_relations::Form;
use verdancy_synth::{
    Checked, Config, Fitted, Method, Mode, Run, TableSize, TrainingData, Unfitted,
};
use verdancy_table::{Table, Warning};

use crate::attempt::configure;
use crate::choice::Scales;
use crate::decide::{Action, Budget, Decision, decide, finer};
use crate::diagnose::{Diagnosis, Kind};
use crate::journal::Journal;
use crate::policy::{
    ATTEMPTS_COST, ATTEMPTS_WORK, FINER, LEAST_VALIDATION, SMALL, SPEED_JUDGING, TOLD_APART,
};
use crate::timing::{self, Judging};
use crate::{Attempt, Error, Event, Plan, Result};
use attempt::Attempts;

/// The number of first answers; attempts are counted from 1.
pub(crate) const FIRST: u32 = 0;

/// The rows that the loop may see, and what it is asked for.
pub(crate) struct Bench<'a> {
    pub data: &'a TrainingData<'a>,
    pub plan: &'a Plan,
    pub profile: &'a Profile,
    pub rows: u64,
    /// What judging is expected to take.
    pub judging: Judging,
    /// Rules that are kept by construction.
    pub form: Option<Arc<Form>>,
    /// Counts the rows that break each rule, kept or not.
    pub broken: Arc<Broken>,
}

/// Trains a configuration; tests put in one that goes wrong.
pub trait Trainer: Sync {
    /// Looks for what is known of attempt `number` already; gives what the user should know.
    fn prepare(&self, number: u32) -> Vec<Warning> {
        let _ = number;
        Vec::new()
    }

    /// Fits `checked` to `data`, as attempt `number` (0 for first answers).
    ///
    /// # Errors
    /// As [`Checked::fit`].
    fn fit(
        &self,
        number: u32,
        checked: &Checked,
        data: &TrainingData<'_>,
        run: &mut Run<'_>,
    ) -> std::result::Result<Fitted, Unfitted> {
        let _ = number;
        checked.fit(data, run)
    }

    /// What there is to say of the last fit.
    fn after(&self) -> After {
        After::default()
    }
}

/// What a trainer says of a fit.
#[derive(Debug, Default)]
pub struct After {
    /// Seconds of training, when some of them were spent in an earlier process.
    pub seconds: Option<f64>,
    /// True when the model was there already.
    pub loaded: bool,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

impl After {
    /// Adds a warning, once.
    pub fn warn(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }
}

/// Trains as it is meant.
pub struct Plain;

impl Trainer for Plain {}

/// The kept attempt's model and rows, and the story of all attempts.
pub(crate) struct Kept {
    pub attempts: Vec<Attempt>,
    pub kept: usize,
    pub fitted: Fitted,
    pub synthetic: Table,
}

/// Runs the attempts.
///
/// # Errors
/// Those of the configuration; those of the fit when no attempt gave a model;
/// `engine/cancelled` when the user stopped it before there was one.
pub(crate) fn cycle(
    bench: &Bench<'_>,
    trainer: &dyn Trainer,
    journal: &mut Journal<'_>,
) -> Result<Kept> {
    let plan = bench.plan;
    let (train, validation) = (bench.data.train(), bench.data.validation());
    let broken = bench.broken.clone();
    let scales = Scales::new(train, validation, bench.profile, plan.seed, broken)?;
    let scales = scales.filter(|_| affords_choices(bench, journal));
    let chooses = scales.is_some();
    let size = TableSize::of(train);
    let mut attempts = Attempts::new(bench, trainer, scales.as_ref(), bench.judging);
    if !chooses && plan.quick_first() && validation.rows() >= LEAST_VALIDATION {
        // There is a verdict to take, and no time to weigh answers against each other.
        let copula = Config::defaults(Method::GaussianCopula, size, plan.mode);
        attempts.run(FIRST, copula, false, journal)?;
        return attempts.end(journal);
    }
    let races = chooses && plan.quick_first();
    if races && race(&mut attempts, plan.mode, size, journal)? {
        return attempts.end(journal);
    }
    let method = plan.method.unwrap_or(Method::Tabddpm);
    let mut config = configure(plan, method, size)?;
    let most = most_work(bench, &config)?;
    let mut warm = false;
    let most_attempts = if chooses { plan.attempts.max(1) } else { 1 };
    for number in 1..=most_attempts {
        if attempts.end_of_time(0.0, journal).is_some() {
            break;
        }
        let took = attempts.run(number, config.clone(), warm, journal)?;
        let Some(diagnosis) = attempts.diagnosis().cloned() else {
            break;
        };
        let budget = Budget {
            attempts: most_attempts - number,
            seconds: attempts.seconds_left(journal),
            took,
            other: attempts.other(size, most)?,
        };
        let (decision, next) = follow(&attempts, &diagnosis, &config, budget, most)?;
        let end = (next.is_some() && diagnosis.kind != Kind::TimeOut)
            .then(|| attempts.end_of_time(took, journal))
            .flatten();
        let (decision, next) = end.map_or((decision, next), |end| (end, None));
        warm = decision.warm;
        attempts.settle(decision.clone());
        journal.tell(Event::Decided {
            attempt: number,
            diagnosis,
            decision,
        });
        match next {
            Some(changed) => config = changed,
            None => break,
        }
    }
    attempts.end(journal)
}

/// What follows a diagnosis, within what the user asked for and what the mode allows: `most` operations for all
/// attempts.
fn follow(
    attempts: &Attempts<'_>,
    diagnosis: &Diagnosis,
    config: &Config,
    budget: Budget,
    most: f64,
) -> Result<(Decision, Option<Config>)> {
    let bench = attempts.bench;
    let stop = |why: &str| Ok((Decision::stop(why), None));
    if diagnosis.kind == Kind::BrokenRelations && bench.form.is_none() {
        return stop("Rules between columns are not kept, as asked.");
    }
    let (decision, next) = decide(diagnosis, config, budget);
    let Some(changed) = &next else {
        return Ok((decision, None));
    };
    if attempts.best_is_green() && diagnosis.kind != Kind::Green {
        return stop("An earlier attempt is green already.");
    }
    let by_hand = bench.plan.set.iter().any(|(name, _)| name == "work");
    let checked = changed.clone().check(bench.data.train().schema())?;
    if !by_hand && attempts.work + checked.cost(bench.data)?.flops > most {
        return stop("The mode's budget holds no further attempt.");
    }
    Ok((decision, next))
}

/// The first answers: methods that take seconds. True when the best of them is good enough.
///
/// # Errors
/// As [`Attempts::run`].
fn race(
    attempts: &mut Attempts<'_>,
    mode: Mode,
    size: TableSize,
    journal: &mut Journal<'_>,
) -> Result<bool> {
    let copula = Config::defaults(Method::GaussianCopula, size, mode);
    attempts.run(FIRST, copula, false, journal)?;
    if attempts.stops(journal) {
        return Ok(true);
    }
    let trees = Config::defaults(Method::Cart, size, mode);
    attempts.run(FIRST, trees.clone(), false, journal)?;
    if attempts.stops(journal) {
        return Ok(true);
    }
    if let Some((decision, next)) = other_leaves(attempts, &trees, mode, size)
        && let Some(diagnosis) = attempts.diagnosis().cloned()
    {
        attempts.settle(decision.clone());
        journal.tell(Event::Decided {
            attempt: FIRST,
            diagnosis,
            decision,
        });
        attempts.run(FIRST, next, false, journal)?;
    }
    let why = match mode {
        Mode::Speed => "Speed mode: a green first answer is taken.",
        Mode::Balanced if attempts.best_told_apart().is_none_or(|c| c <= TOLD_APART) => {
            "A first answer is green, and boosted trees hardly tell its rows from real ones."
        }
        Mode::Balanced | Mode::Quality => return Ok(false),
    };
    let enough = attempts.best_is_green();
    if enough {
        attempts.settle(Decision {
            action: Action::Accept,
            changes: Vec::new(),
            warm: false,
            why: why.to_owned(),
        });
    }
    Ok(enough)
}

/// Trees that are red may be right with another size of leaf. On tables that are not small, finer ones that follow
/// what boosted trees still see cost seconds; what they give away is judged like that of any answer.
fn other_leaves(
    attempts: &Attempts<'_>,
    trees: &Config,
    mode: Mode,
    size: TableSize,
) -> Option<(Decision, Config)> {
    let green = attempts.best_is_green();
    if !green && let (decision, Some(next)) = decide(attempts.diagnosis()?, trees, Budget::ONE) {
        return Some((decision, next));
    }
    let seen = attempts.last_told_apart().is_some_and(|c| c > FINER);
    let wanted = !green || (seen && mode != Mode::Speed);
    (wanted && size.rows >= SMALL).then(|| finer(trees))?
}

/// True when there is time to judge answers before the verdict. Speed mode does not where judging takes long,
/// by a count that is the same on every machine; a time limit has to hold both judgements.
fn affords_choices(bench: &Bench<'_>, journal: &Journal<'_>) -> bool {
    let (plan, judging) = (bench.plan, &bench.judging);
    if plan.mode == Mode::Speed && judging.operations() > SPEED_JUDGING {
        return false;
    }
    timing::left(plan, journal).is_none_or(|left| judging.choice() + judging.verdict() < left)
}

/// Operations that the mode allows one training.
fn mode_work(mode: Mode) -> f64 {
    let any = TableSize {
        rows: usize::MAX,
        columns: 1,
    };
    match Config::defaults(Method::Tabddpm, any, mode) {
        Config::Tabddpm(p) => p.work * 1e12,
        _ => f64::INFINITY,
    }
}

/// Operations that all attempts may plan together, when `first` is the first.
fn most_work(bench: &Bench<'_>, first: &Config) -> Result<f64> {
    let (data, mode) = (bench.data, bench.plan.mode);
    let schema = data.train().schema();
    let usual = Config::defaults(first.method(), TableSize::of(data.train()), mode);
    let cost = |config: Config| Ok::<f64, Error>(config.check(schema)?.cost(data)?.flops);
    let one = cost(first.clone())?.max(cost(usual)?);
    Ok((ATTEMPTS_COST * one).min(ATTEMPTS_WORK * mode_work(mode)))
}
