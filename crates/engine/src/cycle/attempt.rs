//! One attempt: train, draw, weigh; and the best of all so far.

use std::sync::Arc;

use verdancy_metrics::{Judgement, Status};
use verdancy_relations::Form;
use verdancy_synth::{
    Checked, Config, Fitted, Method, Mode, Peek, Progress, Run, Stop, TableSize, Unfitted,
};
use verdancy_table::Table;

use super::swapped::swapped;
use super::{Bench, Kept, Trainer};
use crate::attempt::warn_of;
use crate::choice::Scales;
use crate::decide::{Budget, Decision, Other, decide};
use crate::diagnose::{Diagnosis, Evidence, Keeping, Kind, diagnose};
use crate::estimate::{self, entry};
use crate::history;
use crate::journal::Journal;
use crate::policy::{SMALL, TRAINING_SHARE};
use crate::standing::Standing;
use crate::timing::{self, Judging};
use crate::{Attempt, Choice, Completion, Error, Estimate, Event, Result, Role, Stage};
use crate::{completion, draw};

/// Methods that are tried where that of the attempts so far fails, in this order.
const OTHERS: [Method; 3] = [Method::Cart, Method::Autoregressive, Method::Arf];
/// Rows of a sample that is judged during training.
const PEEK_ROWS: u64 = 2_000;
/// Balanced mode ends the training of a small table early only while the validation loss gains less than this a check.
const FLAT: f64 = 0.01;

/// The attempts of a run.
pub(super) struct Attempts<'a> {
    pub bench: &'a Bench<'a>,
    trainer: &'a dyn Trainer,
    scales: Option<&'a Scales>,
    done: Vec<Attempt>,
    best: Option<Best>,
    failure: Option<Error>,
    /// Rules that are kept; once rows broke one all the same, by drawing such rows again.
    form: Option<Arc<Form>>,
    /// Operations planned so far.
    pub work: f64,
    /// What judging takes.
    judging: Judging,
    /// Seconds that the last attempt took beside being judged.
    took: f64,
}

/// The best attempt so far: its place, model and rows.
struct Best {
    at: usize,
    fitted: Fitted,
    synthetic: Table,
    standing: Option<Standing>,
    green: bool,
}

/// How a fit ended.
enum Ended {
    Model(Box<Fitted>),
    Not(Stop, Option<(Error, Vec<Progress>)>),
}

/// A fit with its cost.
struct Trained {
    estimate: Estimate,
    ended: Ended,
    seconds: f64,
}

impl<'a> Attempts<'a> {
    pub fn new(
        bench: &'a Bench<'a>,
        trainer: &'a dyn Trainer,
        scales: Option<&'a Scales>,
        judging: Judging,
    ) -> Attempts<'a> {
        Attempts {
            bench,
            trainer,
            scales,
            done: Vec::new(),
            best: None,
            failure: None,
            form: bench.form.clone(),
            work: 0.0,
            judging,
            took: 0.0,
        }
    }

    /// The diagnosis of the last attempt.
    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        self.done.last()?.diagnosis.as_ref()
    }

    /// A method that may be tried next, where the user named none: it has not run, and its cost fits into `most`
    /// operations.
    ///
    /// # Errors
    /// Those of the configuration.
    pub fn other(&self, size: TableSize, most: f64) -> Result<Option<Other>> {
        let plan = self.bench.plan;
        if plan.method.is_some() {
            return Ok(None);
        }
        let tried: Vec<Method> = self.done.iter().map(|a| a.config.method()).collect();
        for method in OTHERS.into_iter().filter(|m| !tried.contains(m)) {
            let other = Other {
                method,
                size,
                mode: plan.mode,
            };
            let checked = other.config().check(self.bench.data.train().schema())?;
            if self.work + checked.cost(self.bench.data)?.flops <= most {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    /// Seconds of a time limit that are left beside one more judgement and the verdict.
    pub fn seconds_left(&self, journal: &Journal<'_>) -> Option<f64> {
        let left = timing::left(self.bench.plan, journal)?;
        Some((left - self.judging.choice() - self.judging.verdict()).max(0.0))
    }

    /// Why no further attempt is made though there is a model: the user stopped the run, or the time
    /// limit does not hold an attempt that takes `seconds` beside its judgements.
    pub fn end_of_time(&self, seconds: f64, journal: &Journal<'_>) -> Option<Decision> {
        self.best.as_ref()?;
        if journal.cancel.is_cancelled() {
            return Some(Decision::stop("The run was stopped."));
        }
        let left = self.seconds_left(journal)?;
        (left <= seconds).then(|| Decision::stop("Not enough time for another attempt."))
    }

    /// True when no attempt like the last can follow; notes why.
    pub fn stops(&mut self, journal: &Journal<'_>) -> bool {
        let why = self.end_of_time(self.took, journal);
        let stops = why.is_some();
        if let (Some(why), Some(last)) = (why, self.done.last_mut()) {
            last.decision = Some(why);
        }
        stops
    }

    /// True when the best attempt so far is green on the validation rows.
    pub fn best_is_green(&self) -> bool {
        self.best.as_ref().is_some_and(|b| b.green)
    }

    /// How well boosted trees tell the best attempt's rows from validation rows.
    pub fn best_told_apart(&self) -> Option<f64> {
        let best = &self.done[self.best.as_ref()?.at];
        best.choice.as_ref()?.c2st_trees
    }

    /// The same of the last attempt.
    pub fn last_told_apart(&self) -> Option<f64> {
        self.done.last()?.choice.as_ref()?.c2st_trees
    }

    /// Records what follows the last attempt.
    pub fn settle(&mut self, decision: Decision) {
        if let Some(last) = self.done.last_mut() {
            last.decision = Some(decision);
        }
    }

    /// Makes attempt `number` (0 for a first answer). Gives the seconds of training.
    ///
    /// # Errors
    /// Those of the configuration, of the fit, of sampling and of judging.
    pub fn run(
        &mut self,
        number: u32,
        config: Config,
        warm: bool,
        journal: &mut Journal<'_>,
    ) -> Result<f64> {
        if self.best.is_none() {
            journal.go_on()?;
        }
        let checked = config.check(self.bench.data.train().schema())?;
        let checked = checked.keeping(self.form.clone());
        warn_of(checked.config(), journal);
        journal.tell(Event::Parameters {
            attempt: number,
            config: checked.config().clone(),
        });
        let trained = journal.stage(Stage::Fit, |journal| {
            self.train(number, &checked, warm, journal)
        })?;
        self.work += trained.estimate.flops;
        self.took = trained.seconds;
        let mut attempt = record(number, &checked, warm, &trained);
        match trained.ended {
            Ended::Not(stop, why) => self.failed(attempt, stop, why),
            Ended::Model(fitted) => {
                attempt.history.clone_from(&fitted.history);
                attempt.stop = fitted.stop;
                self.drawn(number, attempt, *fitted, journal)?;
            }
        }
        Ok(trained.seconds)
    }

    /// Draws rows of a fitted model and judges them.
    fn drawn(
        &mut self,
        number: u32,
        mut attempt: Attempt,
        fitted: Fitted,
        journal: &mut Journal<'_>,
    ) -> Result<()> {
        let synthetic = self.draw(number, &fitted, &mut attempt, journal)?;
        self.took += attempt.sample_seconds;
        self.weigh(number, attempt, fitted, synthetic, journal)
    }

    fn train(
        &self,
        number: u32,
        checked: &Checked,
        warm: bool,
        journal: &mut Journal<'_>,
    ) -> Result<Trained> {
        let Bench { data, plan, .. } = self.bench;
        let estimate = estimate::training(checked, data, plan, journal)?;
        let choice = self.scales.map_or(0.0, |_| self.judging.choice());
        journal.tell(Event::Estimate {
            seconds: estimate.seconds,
            judging: choice + self.judging.verdict(),
            bytes: estimate.bytes,
        });
        if plan.memory_limit.is_some_and(|most| estimate.bytes > most) {
            return Ok(Trained {
                estimate,
                ended: Ended::Not(Stop::MemoryLimit, None),
                seconds: 0.0,
            });
        }
        for warning in self.trainer.prepare(number) {
            journal.warn(&warning.code, warning.message);
        }
        let from = (journal.clock)();
        let mut lines = Vec::new();
        let fitted = self.fit(number, checked, warm, &mut lines, journal);
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
            history::add(
                path,
                &entry(checked.config(), plan, data.train(), &estimate, seconds),
            );
        }
        let ended = match fitted {
            Ok(fitted) => Ended::Model(Box::new(fitted)),
            Err(why @ Unfitted::Diverged { .. }) => {
                Ended::Not(Stop::Diverged, Some((why.into(), lines)))
            }
            Err(Unfitted::Failed(error)) => return Err(error),
        };
        Ok(Trained {
            estimate,
            ended,
            seconds,
        })
    }

    /// Fits under the plan's limits; `lines` receives the progress.
    fn fit(
        &self,
        number: u32,
        checked: &Checked,
        warm: bool,
        lines: &mut Vec<Progress>,
        journal: &mut Journal<'_>,
    ) -> std::result::Result<Fitted, Unfitted> {
        let Bench { data, plan, .. } = self.bench;
        let train = data.train();
        // First answers and the first attempt have the user's seed; later ones their own.
        let seed = match number {
            0 | 1 => plan.seed,
            n => plan.seed ^ (u64::from(n) << 48),
        };
        let choice = self.scales.map_or(0.0, |_| self.judging.choice());
        let after = choice + self.judging.verdict();
        // What shadow runs fit again for the verdict is half of this training each.
        let share = TRAINING_SHARE / (1.0 + 0.5 * f64::from(plan.shadow_runs()));
        let deadline = timing::deadline(plan, after, share, journal);
        let (at, flat): (&[f64], f64) = match plan.mode {
            Mode::Speed => (&[0.25, 0.5, 0.75], f64::INFINITY),
            Mode::Balanced if train.rows() < SMALL => (&[0.5, 0.75], FLAT),
            Mode::Balanced | Mode::Quality => (&[], 0.0),
        };
        let mut good = |rows: &Table| self.scales.is_some_and(|s| s.is_green(rows));
        let peek = self.scales.is_some().then_some(Peek {
            at,
            rows: (train.rows() as u64).min(PEEK_ROWS),
            flat,
            good: &mut good,
        });
        let (clock, cancel) = (journal.clock, journal.cancel.clone());
        self.trainer.fit(
            number,
            checked,
            data,
            &mut Run {
                seed,
                threads: plan.threads,
                cancel,
                deadline,
                clock,
                start: self.best.as_ref().filter(|_| warm).map(|b| &b.fitted),
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
        )
    }

    /// Records an attempt that left no model.
    fn failed(&mut self, mut attempt: Attempt, stop: Stop, why: Option<(Error, Vec<Progress>)>) {
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
            (Vec::new(), Keeping::Not),
        )));
        self.done.push(attempt);
    }

    fn draw(
        &self,
        number: u32,
        fitted: &Fitted,
        attempt: &mut Attempt,
        journal: &mut Journal<'_>,
    ) -> Result<Table> {
        let Bench {
            data, plan, rows, ..
        } = self.bench;
        let train = data.train();
        let from = (journal.clock)();
        let synthetic = journal.stage(Stage::Sample, |journal| {
            attempt.completion = completion::check(fitted, train, plan.seed)?;
            journal.tell(Event::Trained {
                attempt: number,
                stop: fitted.stop,
                completion: attempt.completion.clone(),
                seconds: attempt.train_seconds,
            });
            let judged = draw::judged_rows(*rows, train.rows());
            draw::to_memory(fitted, judged, plan.seed, journal)
        })?;
        attempt.sample_seconds = ((journal.clock)() - from).as_secs_f64();
        if !attempt.completion.is_complete() {
            journal.warn("engine/not-completed", incomplete(&attempt.completion));
        }
        Ok(synthetic)
    }

    /// Judges the rows on the validation rows, where there are some, and keeps the better attempt.
    fn weigh(
        &mut self,
        number: u32,
        mut attempt: Attempt,
        fitted: Fitted,
        synthetic: Table,
        journal: &mut Journal<'_>,
    ) -> Result<()> {
        let Some(scales) = self.scales else {
            self.keep(attempt, (fitted, synthetic), (None, false));
            return Ok(());
        };
        let from = (journal.clock)();
        let judgement = journal.stage(Stage::Judge, |_| scales.weigh(&synthetic))?;
        self.judging.took(((journal.clock)() - from).as_secs_f64());
        let verdict = judgement.verdict();
        let keeping = Keeping::of(fitted.relations.as_deref());
        let diagnosis = diagnose(&Evidence::gather(
            &attempt.config,
            &attempt.history,
            attempt.stop,
            &attempt.completion,
            Some(&judgement),
            (
                swapped(self.bench.data.train(), &synthetic, &judgement),
                keeping,
            ),
        ));
        // Copies have the smallest errors of all: what is known to be wrong weighs more.
        let sound = attempt.completion.is_complete()
            && !matches!(diagnosis.kind, Kind::OverTrained | Kind::DecodeFault);
        let own = Standing::of(&judgement, sound);
        journal.tell(Event::Judged {
            attempt: number,
            verdict,
            gates: judgement.gates.clone(),
        });
        attempt.choice = Some(choice(own, judgement));
        attempt.diagnosis = Some(diagnosis.clone());
        if diagnosis.kind == Kind::BrokenRelations && keeping == Keeping::Form {
            return self.redraw(number, (attempt, diagnosis), fitted, journal);
        }
        let green = sound && verdict == Status::Green;
        self.keep(attempt, (fitted, synthetic), (Some(own), green));
        Ok(())
    }

    /// The same model once more, with the rows that break a rule drawn again; so are those of all later attempts.
    fn redraw(
        &mut self,
        number: u32,
        (mut attempt, diagnosis): (Attempt, Diagnosis),
        mut fitted: Fitted,
        journal: &mut Journal<'_>,
    ) -> Result<()> {
        let (decision, _) = decide(&diagnosis, &attempt.config, Budget::ONE);
        let mut again = Attempt {
            train_seconds: 0.0,
            estimate_seconds: 0.0,
            sample_seconds: 0.0,
            choice: None,
            diagnosis: None,
            ..attempt.clone()
        };
        attempt.decision = Some(decision.clone());
        self.done.push(attempt);
        journal.tell(Event::Decided {
            attempt: number,
            diagnosis,
            decision,
        });
        let form = (fitted.relations.as_ref()).map(|form| Arc::new(form.redrawing()));
        self.form.clone_from(&form);
        fitted.relations = form;
        let synthetic = self.draw(number, &fitted, &mut again, journal)?;
        self.weigh(number, again, fitted, synthetic, journal)
    }

    /// Adds an attempt to the story; it is the best one when it beats the best before.
    fn keep(
        &mut self,
        attempt: Attempt,
        (fitted, synthetic): (Fitted, Table),
        (standing, green): (Option<Standing>, bool),
    ) {
        let better = match (&self.best, &standing) {
            (Some(best), Some(own)) => best.standing.is_none_or(|b| own.beats(&b)),
            _ => true,
        };
        let at = self.done.len();
        self.done.push(attempt);
        if better {
            self.best = Some(Best {
                at,
                fitted,
                synthetic,
                standing,
                green,
            });
        }
    }

    /// The best attempt, or why there is none.
    ///
    /// # Errors
    /// That of the last fit; `engine/memory-limit`; `engine/cancelled`.
    pub fn end(self, journal: &Journal<'_>) -> Result<Kept> {
        let Some(best) = self.best else {
            journal.go_on()?;
            return Err(self.failure.unwrap_or_else(|| {
                Error::input(
                    "engine/memory-limit",
                    "No attempt fits into the memory allowed.",
                    "Raise --memory-limit, or use `--method gaussian-copula`.",
                )
            }));
        };
        Ok(Kept {
            attempts: self.done,
            kept: best.at,
            fitted: best.fitted,
            synthetic: best.synthetic,
        })
    }
}

/// What is known of an attempt once its training has ended.
fn record(number: u32, checked: &Checked, warm: bool, trained: &Trained) -> Attempt {
    Attempt {
        role: if number == 0 {
            Role::Race
        } else {
            Role::Attempt
        },
        config: checked.config().clone(),
        warm,
        estimate_seconds: trained.estimate.seconds,
        estimate_bytes: trained.estimate.bytes,
        train_seconds: trained.seconds,
        sample_seconds: 0.0,
        history: Vec::new(),
        stop: Stop::Completed,
        completion: Completion::default(),
        choice: None,
        diagnosis: None,
        decision: None,
    }
}

fn choice(standing: Standing, judgement: Judgement) -> Choice {
    Choice {
        standing,
        verdict: judgement.verdict(),
        shape_error: judgement.value("shape_error"),
        trend_error: judgement.value("trend_error"),
        c2st_trees: judgement.value("c2st_trees"),
        gates: judgement.gates,
    }
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
