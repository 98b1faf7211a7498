//! The closed loop: attempt, judge on validation rows, find out why it is not green, change that,
//! try again; keep the best.
//!
//! Nothing here sees a test row: what is learned from and chosen on are the training and the
//! validation rows of [`Bench`], which has no others. The verdict is taken afterwards, once, on
//! the attempt that was kept.

use verdancy_metrics::{Inputs, Judgement, Profile, Status, judge, judge_gates};
use verdancy_synth::{Checked, Config, Fitted, Method, Mode, Peek, Run, Stop, TableSize};
use verdancy_table::{Column, Table, Warning};

use crate::attempt::{configure, estimate_of, warn_of};
use crate::decide::{Action, Budget, Decision, decide};
use crate::diagnose::{Diagnosis, Evidence, Kind, diagnose};
use crate::estimate::entry;
use crate::history;
use crate::journal::Journal;
use crate::standing::Standing;
use crate::{
    Attempt, Choice, Completion, Error, Event, Plan, Result, Role, Stage, completion, draw,
};

/// Training has this share of what is left of a time limit; the rest is for sampling and judging.
const TRAINING_SHARE: f64 = 0.6;
/// Fewer validation rows than this are no ground for a choice between attempts.
pub(crate) const LEAST_VALIDATION: usize = 5;
/// Rows of a look at a model in the making.
const PEEK_ROWS: u64 = 2_000;
/// All attempts together may plan so many times the work of the mode, ...
const ATTEMPTS_WORK: f64 = 2.2;
/// ... and so many times that of the first attempt (of the defaults, where it was told to do less):
/// on small tables, which do not fill the mode's budget, an answer is awaited in seconds.
const ATTEMPTS_COST: f64 = 3.0;
/// Balanced mode ends a training that is green on the way only on smaller tables than this, where
/// more passes cost privacy.
pub(crate) const SMALL: usize = 5_000;
/// It does so only while the validation loss gains less than this a check.
const FLAT: f64 = 0.01;

/// The rows that the loop may see, and what it is asked for.
pub(crate) struct Bench<'a> {
    pub train: &'a Table,
    pub validation: &'a Table,
    pub plan: &'a Plan,
    pub profile: &'a Profile,
    pub rows: u64,
}

/// Trains a configuration; tests put in one that goes wrong.
pub trait Trainer: Sync {
    /// Looks for what is known of attempt `number` already; gives what the user should know.
    fn prepare(&self, number: u32) -> Vec<Warning> {
        let _ = number;
        Vec::new()
    }

    /// Fits `checked` to `train`, as attempt `number` (0 is the race).
    ///
    /// # Errors
    /// As [`Checked::fit`].
    fn fit(
        &self,
        number: u32,
        checked: &Checked,
        train: &Table,
        validation: &Table,
        run: &mut Run<'_>,
    ) -> std::result::Result<Fitted, Error> {
        let _ = number;
        checked.fit(train, validation, run)
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

/// An attempt that has a model.
struct Standby {
    at: usize,
    fitted: Fitted,
    synthetic: Table,
    standing: Option<Standing>,
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
    let chooses = bench.validation.rows() >= LEAST_VALIDATION;
    let size = TableSize::of(bench.train);
    let mut story = Story {
        bench,
        trainer,
        attempts: Vec::new(),
        best: None,
        failure: None,
        work: 0.0,
    };
    let races = plan.method.is_none() && chooses && plan.set.is_empty();
    if races {
        let config = Config::defaults(Method::GaussianCopula, size, plan.mode);
        story.attempt(0, config, false, journal)?;
        let green = story.diagnosis().is_some_and(|d| d.kind == Kind::Green);
        if green && plan.mode == Mode::Speed {
            story.settle(Decision {
                action: Action::Accept,
                changes: Vec::new(),
                warm: false,
                why: "Speed mode: the first green answer is taken.".to_owned(),
            });
            return story.end(journal);
        }
    }
    let method = plan.method.unwrap_or(Method::Tabddpm);
    let mut config = configure(plan, method, size)?;
    let most = most_work(bench, &config)?;
    let mut warm = false;
    let attempts = if chooses { plan.attempts.max(1) } else { 1 };
    for number in 1..=attempts {
        if number > 1 && journal.cancel.is_cancelled() {
            break;
        }
        let took = story.attempt(number, config.clone(), warm, journal)?;
        let Some(diagnosis) = story.diagnosis().cloned() else {
            break;
        };
        let budget = Budget {
            attempts: attempts - number,
            seconds: time_left(plan, journal),
            took,
            may_switch: plan.method.is_none() && !races && config.method() == Method::Tabddpm,
        };
        let (mut decision, mut next) = decide(&diagnosis, &config, budget);
        if next.is_some() && story.best_is_fine() && diagnosis.kind != Kind::Green {
            decision = stopped("An earlier attempt is green already.");
            next = None;
        }
        if let Some(changed) = &next
            && !plan.set.iter().any(|(name, _)| name == "work")
            && story.work
                + changed
                    .clone()
                    .check(bench.train.schema())?
                    .cost(bench.train)
                    .flops
                > most
        {
            decision = stopped("The mode's budget holds no further attempt.");
            next = None;
        }
        if next.is_some()
            && let Some(left) = budget.seconds
            && took > left * TRAINING_SHARE
            && diagnosis.kind != Kind::TimeOut
        {
            decision = stopped("The remaining time holds no further attempt.");
            next = None;
        }
        warm = decision.warm;
        story.settle(decision.clone());
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
    story.end(journal)
}

fn stopped(why: &str) -> Decision {
    Decision {
        action: Action::Stop,
        changes: Vec::new(),
        warm: false,
        why: why.to_owned(),
    }
}

/// Operations that the mode allows one training.
fn mode_work(mode: Mode) -> f64 {
    let any = TableSize {
        rows: usize::MAX,
        columns: 1,
    };
    match Config::defaults(Method::Tabddpm, any, mode) {
        Config::Tabddpm(p) => p.work * 1e12,
        Config::GaussianCopula(_) => f64::INFINITY,
    }
}

/// Operations that all attempts may plan together, when `first` is the first.
fn most_work(bench: &Bench<'_>, first: &Config) -> Result<f64> {
    let (train, mode) = (bench.train, bench.plan.mode);
    let usual = Config::defaults(first.method(), TableSize::of(train), mode);
    let cost = |config: Config| Ok::<f64, Error>(config.check(train.schema())?.cost(train).flops);
    let one = cost(first.clone())?.max(cost(usual)?);
    Ok((ATTEMPTS_COST * one).min(ATTEMPTS_WORK * mode_work(mode)))
}

/// Seconds left of the user's time limit.
fn time_left(plan: &Plan, journal: &Journal<'_>) -> Option<f64> {
    plan.time_limit
        .map(|limit| (limit.as_secs_f64() - journal.elapsed()).max(0.0))
}

/// The attempts so far.
struct Story<'a> {
    bench: &'a Bench<'a>,
    trainer: &'a dyn Trainer,
    attempts: Vec<Attempt>,
    best: Option<Standby>,
    failure: Option<Error>,
    /// Operations planned so far.
    work: f64,
}

impl Story<'_> {
    fn diagnosis(&self) -> Option<&Diagnosis> {
        self.attempts.last()?.diagnosis.as_ref()
    }

    /// True when the best attempt so far has no red gate and no fidelity gate over its limit.
    fn best_is_fine(&self) -> bool {
        (self.best.as_ref().and_then(|b| b.standing)).is_some_and(|s| s.red == 0 && s.over == 0)
    }

    fn settle(&mut self, decision: Decision) {
        if let Some(last) = self.attempts.last_mut() {
            last.decision = Some(decision);
        }
    }

    /// One attempt: estimate, fit, check, sample, judge, diagnose. Gives the seconds of training.
    fn attempt(
        &mut self,
        number: u32,
        config: Config,
        warm: bool,
        journal: &mut Journal<'_>,
    ) -> Result<f64> {
        journal.go_on()?;
        let Bench {
            train,
            validation,
            plan,
            profile,
            rows,
        } = *self.bench;
        let checked = config.check(train.schema())?;
        warn_of(checked.config(), journal);
        journal.tell(Event::Parameters {
            attempt: number,
            config: checked.config().clone(),
        });
        // The race and the first attempt have the user's seed; later ones their own.
        let seed = match number {
            0 | 1 => plan.seed,
            n => plan.seed ^ (u64::from(n) << 48),
        };
        let fitted = journal.stage(Stage::Fit, |journal| {
            let estimate = estimate_of(&checked, train, validation, plan, journal)?;
            journal.tell(Event::Estimate {
                seconds: estimate.seconds,
                bytes: estimate.bytes,
            });
            if plan.memory_limit.is_some_and(|most| estimate.bytes > most) {
                return Ok((estimate, Ended::Not(Stop::MemoryLimit, None), 0.0));
            }
            for warning in self.trainer.prepare(number) {
                journal.warn(&warning.code, warning.message);
            }
            let from = (journal.clock)();
            let deadline = plan.time_limit.map(|limit| {
                let left = (journal.began + limit).saturating_sub(from);
                from + left.mul_f64(TRAINING_SHARE)
            });
            let (clock, cancel) = (journal.clock, journal.cancel.clone());
            let start = self.best.as_ref().filter(|_| warm).map(|b| &b.fitted);
            let mut lines = Vec::new();
            let mut good = |rows: &Table| {
                let inputs = Inputs {
                    train,
                    test: validation,
                    validation: None,
                    synthetic: rows,
                    seed: plan.seed,
                };
                judge_gates(inputs, profile).is_ok_and(|mut j| {
                    be_sure(&mut j);
                    let standing = Standing::of(&j, true);
                    standing.red == 0 && standing.over == 0
                })
            };
            let (at, flat): (&[f64], f64) = match plan.mode {
                Mode::Speed => (&[0.25, 0.5, 0.75], f64::INFINITY),
                Mode::Balanced if train.rows() < SMALL => (&[0.5, 0.75], FLAT),
                Mode::Balanced | Mode::Quality => (&[], 0.0),
            };
            let peek = (validation.rows() >= LEAST_VALIDATION).then_some(Peek {
                at,
                rows: (train.rows() as u64).min(PEEK_ROWS),
                flat,
                good: &mut good,
            });
            let fitted = self.trainer.fit(
                number,
                &checked,
                train,
                validation,
                &mut Run {
                    seed,
                    threads: plan.threads,
                    cancel,
                    deadline,
                    clock,
                    start,
                    peek,
                    checkpoint: None,
                    listen: &mut |progress| {
                        lines.push(progress.clone());
                        journal.tell(Event::Training {
                            attempt: number,
                            progress: progress.clone(),
                        });
                    },
                },
            );
            let after = self.trainer.after();
            let now = ((journal.clock)() - from).as_secs_f64();
            let seconds = after.seconds.unwrap_or(now);
            for warning in after.warnings {
                journal.warn(&warning.code, warning.message);
            }
            if let (Ok(_), Some(path)) = (&fitted, &plan.history)
                && !after.loaded
                && estimate.flops > 0.0
                && !journal.cancel.is_cancelled()
            {
                let config = checked.config();
                history::add(path, &entry(config, plan, train, &estimate, seconds));
            }
            match fitted {
                Ok(fitted) => Ok((estimate, Ended::Model(Box::new(fitted)), seconds)),
                Err(error) if error.code == "synth/diverged" => Ok((
                    estimate,
                    Ended::Not(Stop::Diverged, Some((error, lines))),
                    seconds,
                )),
                Err(error) => Err(error),
            }
        });
        let (estimate, ended, train_seconds) = fitted?;
        self.work += estimate.flops;
        let mut attempt = Attempt {
            role: if number == 0 {
                Role::Race
            } else {
                Role::Attempt
            },
            config: checked.config().clone(),
            warm,
            estimate_seconds: estimate.seconds,
            estimate_bytes: estimate.bytes,
            train_seconds,
            sample_seconds: 0.0,
            history: Vec::new(),
            stop: Stop::Completed,
            completion: Completion::default(),
            choice: None,
            diagnosis: None,
            decision: None,
        };
        let fitted = match ended {
            Ended::Model(fitted) => *fitted,
            Ended::Not(stop, why) => {
                attempt.stop = stop;
                if let Some((error, history)) = why {
                    attempt.history = history;
                    self.failure = Some(error);
                }
                attempt.diagnosis = Some(diagnose(&Evidence::gather(
                    &attempt.config,
                    &attempt.history,
                    stop,
                    &attempt.completion,
                    None,
                    Vec::new(),
                )));
                self.attempts.push(attempt);
                return Ok(train_seconds);
            }
        };
        attempt.history.clone_from(&fitted.history);
        attempt.stop = fitted.stop;
        let from = (journal.clock)();
        let synthetic = journal.stage(Stage::Sample, |journal| {
            attempt.completion = completion::check(&fitted, train, plan.seed)?;
            journal.tell(Event::Trained {
                attempt: number,
                stop: fitted.stop,
                completion: attempt.completion.clone(),
                seconds: train_seconds,
            });
            let judged = draw::judged_rows(rows, train.rows());
            draw::to_memory(&fitted, judged, plan.seed, journal)
        })?;
        attempt.sample_seconds = ((journal.clock)() - from).as_secs_f64();
        if !attempt.completion.is_complete() {
            journal.warn("engine/not-completed", incomplete(&attempt.completion));
        }
        let mut standing = None;
        if validation.rows() >= LEAST_VALIDATION {
            let mut judgement = journal.stage(Stage::Judge, |_| {
                judge(
                    Inputs {
                        train,
                        test: validation,
                        validation: None,
                        synthetic: &synthetic,
                        seed: plan.seed,
                    },
                    profile,
                )
            })?;
            be_sure(&mut judgement);
            let diagnosis = diagnose(&Evidence::gather(
                &attempt.config,
                &attempt.history,
                attempt.stop,
                &attempt.completion,
                Some(&judgement),
                swapped(train, &synthetic, &judgement),
            ));
            // Copies have the smallest errors of all: what is known to be wrong weighs more.
            let sound = attempt.completion.is_complete()
                && !matches!(diagnosis.kind, Kind::OverTrained | Kind::DecodeFault);
            let own = Standing::of(&judgement, sound);
            attempt.diagnosis = Some(diagnosis);
            journal.tell(Event::Judged {
                attempt: number,
                verdict: judgement.verdict,
                gates: judgement.gates.clone(),
            });
            attempt.choice = Some(Choice {
                standing: own,
                verdict: judgement.verdict,
                gates: judgement.gates,
                shape_error: value(&judgement.scores, "shape_error"),
                trend_error: value(&judgement.scores, "trend_error"),
                c2st_trees: value(&judgement.scores, "c2st_trees"),
            });
            standing = Some(own);
        }
        let better = match (&self.best, &standing) {
            (Some(best), Some(own)) => best.standing.is_none_or(|b| own.beats(&b)),
            _ => true,
        };
        let at = self.attempts.len();
        self.attempts.push(attempt);
        if better {
            self.best = Some(Standby {
                at,
                fitted,
                synthetic,
                standing,
            });
        }
        Ok(train_seconds)
    }

    /// The best attempt, or why there is none.
    fn end(self, journal: &Journal<'_>) -> Result<Kept> {
        let Some(best) = self.best else {
            journal.go_on()?;
            return Err(self.failure.unwrap_or_else(|| {
                Error::input(
                    "engine/memory-limit",
                    "No attempt fits into the memory allowed.",
                    "Raise --memory-limit, or use --method gaussian-copula.",
                )
            }));
        };
        Ok(Kept {
            attempts: self.attempts,
            kept: best.at,
            fitted: best.fitted,
            synthetic: best.synthetic,
        })
    }
}

/// Gates that depend on the few validation rows are red only when the figure's own interval is
/// over the limit: chance alone must not send the loop after a fault that is not there.
pub(crate) fn be_sure(judgement: &mut Judgement) {
    for gate in &mut judgement.gates {
        let held_out = !crate::diagnose::FIDELITY.contains(&gate.id.as_str());
        let interval = (judgement.scores.iter().find(|s| s.id == gate.id)).and_then(|s| s.interval);
        if held_out
            && gate.status == Status::Red
            && let Some((low, high)) = interval
            && (low..=high).contains(&gate.limit)
        {
            gate.status = Status::Inconclusive;
            gate.reason += " Too few validation rows to be sure.";
        }
    }
    let has = |status| judgement.gates.iter().any(|g| g.status == status);
    judgement.verdict = if has(Status::Red) {
        Status::Red
    } else if has(Status::Inconclusive) {
        Status::Inconclusive
    } else {
        Status::Green
    };
}

/// How a fit ended.
enum Ended {
    Model(Box<Fitted>),
    Not(Stop, Option<(Error, Vec<verdancy_synth::Progress>)>),
}

fn value(scores: &[verdancy_metrics::Score], id: &str) -> Option<f64> {
    scores.iter().find(|s| s.id == id).and_then(|s| s.value)
}

fn incomplete(completion: &Completion) -> String {
    let mut said = Vec::new();
    if !completion.ran_as_asked {
        said.push("fewer steps were run than planned, for no named reason");
    }
    if !completion.loss_finite {
        said.push("the loss was not finite");
    }
    if !completion.loss_fell {
        said.push("the loss did not fall");
    }
    if !completion.sample_fits_schema {
        said.push("a sample did not fit the schema");
    }
    format!("Training is not complete: {}.", said.join("; "))
}

/// Pairs of badly wrong columns, each of which is distributed like the other's real values.
fn swapped(train: &Table, synthetic: &Table, judgement: &Judgement) -> Vec<(String, String)> {
    let bad: Vec<(usize, &str)> = (judgement.columns.iter())
        .filter(|c| c.shape_error > 0.15)
        .filter_map(|c| Some((train.schema().position(&c.column)?, c.column.as_str())))
        .take(20)
        .collect();
    let mut found = Vec::new();
    for (i, (a, name_a)) in bad.iter().enumerate() {
        for (b, name_b) in &bad[i + 1..] {
            let crossed = |x: usize, y: usize| {
                distance(synthetic.column(x), train.column(y))
                    .zip(distance(synthetic.column(x), train.column(x)))
                    .is_some_and(|(other, own)| other < 0.1 && other < 0.4 * own)
            };
            if crossed(*a, *b) && crossed(*b, *a) {
                found.push(((*name_a).to_owned(), (*name_b).to_owned()));
            }
        }
    }
    found
}

/// Kolmogorov-Smirnov distance of the values of two numeric columns.
fn distance(a: &Column, b: &Column) -> Option<f64> {
    let sorted = |c: &Column| -> Option<Vec<f64>> {
        let mut v: Vec<f64> = c
            .numbers()?
            .iter()
            .copied()
            .filter(|x| !x.is_nan())
            .collect();
        v.sort_by(f64::total_cmp);
        (!v.is_empty()).then_some(v)
    };
    let (a, b) = (sorted(a)?, sorted(b)?);
    let share = |v: &[f64], x: f64| v.partition_point(|y| *y <= x) as f64 / v.len() as f64;
    a.iter()
        .chain(&b)
        .map(|&x| (share(&a, x) - share(&b, x)).abs())
        .reduce(f64::max)
}
