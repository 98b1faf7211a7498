//! A deliberate search over a method's parameters, on validation rows only.
//!
//! Trials are proposed by tree-structured Parzen estimators (Bergstra et al. 2011, section 4; crate
//! `tpe`), one for each parameter, and ordered by [`Standing`]. One lucky seed is no evidence: the
//! best two are trained again under further seeds beside the defaults, and the smallest mean wins.
//! The test rows of the same seed stay unseen, so a later `synth` can still take its verdict there.

mod space;

use std::sync::Arc;

use rand::SeedableRng;
use verdancy_relations::Form;
use verdancy_synth::{Config, Method, Run, Stop, TableSize, TrainingData, Unfitted};

use crate::attempt::configure;
use crate::choice::Scales;
use crate::divide::divide;
use crate::journal::Journal;
use crate::load::load;
use crate::run::on_threads;
use crate::{
    ConfigFile, Error, Event, Parts, Request, Result, RunContext, Stage, Standing, Trial,
    completion, draw,
};
use space::Space;

/// Trials that meet again under further seeds, the defaults besides.
const FINALISTS: usize = 2;
/// Further seeds in the final.
const REMATCHES: u64 = 2;
/// A trial may take so many times the work that the defaults plan.
const TRIAL_WORK: f64 = 3.0;

/// What a search found.
#[derive(Debug, Clone)]
pub struct Tuned {
    /// All trials in order; the first has the defaults.
    pub trials: Vec<Trial>,
    /// Position of the winner.
    pub best: usize,
    /// The subject by which people were divided: a later run has to divide them likewise, or its
    /// verdict would be on people that the search has seen.
    pub subject: Option<String>,
}

impl Tuned {
    /// The winner.
    pub fn winner(&self) -> Option<&Trial> {
        self.trials.get(self.best)
    }

    /// The winner as a file for `--config`, and why it won.
    ///
    /// # Errors
    /// An internal error when it has no TOML form.
    pub fn to_file(&self, request: &Request) -> Result<ConfigFile> {
        let winner = (self.winner()).ok_or_else(|| Error::internal("a search without trials"))?;
        let mut file = ConfigFile::of(&winner.config, request.plan.mode)?;
        file.subject.clone_from(&self.subject);
        let mut tuning = toml::Table::new();
        let mut say = |name: &str, value: toml::Value| tuning.insert(name.to_owned(), value);
        say("trials", (self.trials.len() as i64).into());
        say("winner", i64::from(winner.number).into());
        say("seeds", (winner.standings.len() as i64).into());
        say("score", round(winner.mean()).into());
        if let Some(first) = self.trials.first() {
            say("score_of_defaults", round(first.mean()).into());
        }
        file.tuning = Some(tuning);
        Ok(file)
    }
}

fn round(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}

/// What all trials have in common: how they are judged, and the rules that they keep.
struct Yardstick<'a> {
    data: TrainingData<'a>,
    scales: Scales,
    form: Option<Arc<Form>>,
}

/// Tries `trials` configurations at most; ends earlier at the plan's time limit or when cancelled.
///
/// # Errors
/// Those of reading and of the configuration; `engine/too-few-rows` without rows to choose on.
pub fn tune(request: &Request, trials: u32, context: RunContext<'_>) -> Result<Tuned> {
    on_threads(request.plan.threads, move || {
        let mut journal = Journal::open(context);
        let table = load(&request.source, request.plan.protect, &mut journal)?.table;
        let parts = journal.stage(Stage::Split, |journal| {
            let parts = divide(&table, None, &request.division, request.plan.seed)?;
            journal.tell(Event::Divided {
                train: parts.train.rows(),
                validation: parts.validation.rows(),
                test: parts.test.rows(),
            });
            Ok(parts)
        })?;
        drop(table);
        let plan = &request.plan;
        let form = plan.form(&parts.train);
        let broken = crate::rules::judged(form.clone());
        let (train, validation) = (&parts.train, &parts.validation);
        let scales = Scales::new(train, validation, &request.profile, plan.seed, broken)?;
        let yardstick = Yardstick {
            data: TrainingData::new(&parts.train, &parts.validation, plan.guard()),
            scales: scales.ok_or_else(|| {
                Error::input(
                    "engine/too-few-rows",
                    "There are too few validation rows to choose on.",
                    "Give a table with more rows, or a larger share with --validation.",
                )
            })?,
            form: plan.kept(&form),
        };
        search(request, &parts, &yardstick, trials.max(1), &mut journal)
    })
}

fn search(
    request: &Request,
    parts: &Parts,
    yardstick: &Yardstick<'_>,
    most: u32,
    journal: &mut Journal<'_>,
) -> Result<Tuned> {
    let plan = &request.plan;
    let size = TableSize::of(&parts.train);
    let method = plan.method.unwrap_or(Method::Tabddpm);
    let defaults = configure(plan, method, size)?;
    let mut base = defaults.clone();
    let taken: Vec<&str> = plan.set.iter().map(|(name, _)| name.as_str()).collect();
    let mut space = Space::of(&defaults, &taken)?;
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(plan.seed);
    let mut trials: Vec<Trial> = Vec::new();
    let mut best = 0;
    let mut ran =
        |number: u32, config: Config, trials: &mut Vec<Trial>, journal: &mut Journal<'_>| {
            let trial = one(request, parts, yardstick, config, plan.seed, journal)?;
            let trial = Trial { number, ..trial };
            if trial.mean() < trials.get(best).map_or(f64::INFINITY, Trial::mean) {
                best = trials.len();
            }
            journal.tell(Event::Trial {
                number,
                of: most,
                trial: trial.clone(),
                best: best == trials.len(),
            });
            trials.push(trial);
            Ok::<(), Error>(())
        };
    ran(1, defaults.clone(), &mut trials, journal)?;
    if plan.method.is_none() && plan.set.is_empty() && most > 1 {
        let copula = Config::defaults(Method::GaussianCopula, size, plan.mode);
        ran(2, copula, &mut trials, journal)?;
    }
    space.learn_from(&trials);
    if method.has_epochs() && !taken.contains(&"work") {
        let counted = defaults
            .clone()
            .check(parts.train.schema())?
            .cost(&yardstick.data)?;
        base.set(
            "work",
            &format!("{:.3}", (TRIAL_WORK * counted.flops * 1e-12).max(0.001)),
        )?;
    }
    while (trials.len() as u32) < most && !space.is_empty() && goes_on(request, &trials, journal) {
        let config = space.propose(&base, &mut rng)?;
        ran(trials.len() as u32 + 1, config, &mut trials, journal)?;
        space.tell(trials.last());
    }
    rematch(request, parts, yardstick, &mut trials, journal)?;
    let best = (0..trials.len())
        .max_by(|&a, &b| {
            let seeds = |i: usize| trials[i].standings.len();
            (seeds(a).cmp(&seeds(b))).then(trials[b].mean().total_cmp(&trials[a].mean()))
        })
        .unwrap_or(0);
    Ok(Tuned {
        trials,
        best,
        subject: parts.train.schema().subject.clone(),
    })
}

/// True while nobody stopped the search and its time holds another trial and the final.
fn goes_on(request: &Request, trials: &[Trial], journal: &Journal<'_>) -> bool {
    let longest = trials.iter().map(|t| t.seconds).fold(0.0, f64::max);
    let left = (request.plan.time_limit).map(|limit| limit.as_secs_f64() - journal.elapsed());
    let final_trainings = ((FINALISTS + 1) as u64 * REMATCHES) as f64;
    !journal.cancel.is_cancelled()
        && left.is_none_or(|left| left > longest * (1.0 + final_trainings))
}

/// The best few and the defaults once more, under further seeds.
fn rematch(
    request: &Request,
    parts: &Parts,
    yardstick: &Yardstick<'_>,
    trials: &mut [Trial],
    journal: &mut Journal<'_>,
) -> Result<()> {
    let mut order: Vec<usize> = (1..trials.len()).collect();
    order.sort_by(|&a, &b| trials[a].mean().total_cmp(&trials[b].mean()));
    order.truncate(FINALISTS);
    order.push(0);
    if order.len() == 1 || journal.cancel.is_cancelled() {
        return Ok(());
    }
    let once: f64 = order.iter().map(|&at| trials[at].seconds).sum();
    journal.tell(Event::Rematch {
        trials: order.iter().map(|&at| trials[at].number).collect(),
        seeds: REMATCHES as u32,
        seconds: once * REMATCHES as f64,
    });
    let mut again: Vec<Trial> = Vec::new();
    for &at in &order {
        let mut trial = trials[at].clone();
        for k in 1..=REMATCHES {
            let seed = request.plan.seed ^ (k << 48);
            let more = one(
                request,
                parts,
                yardstick,
                trial.config.clone(),
                seed,
                journal,
            )?;
            if journal.cancel.is_cancelled() {
                return Ok(());
            }
            trial.standings.extend(more.standings);
            trial.seconds += more.seconds;
        }
        again.push(trial);
    }
    for (at, trial) in order.into_iter().zip(again) {
        trials[at] = trial;
    }
    Ok(())
}

/// Trains and judges one configuration under one seed.
fn one(
    request: &Request,
    parts: &Parts,
    yardstick: &Yardstick<'_>,
    config: Config,
    seed: u64,
    journal: &mut Journal<'_>,
) -> Result<Trial> {
    let train = &parts.train;
    let kept = yardstick.form.clone();
    let checked = config.clone().check(train.schema())?.keeping(kept);
    let from = (journal.clock)();
    let cancel = journal.cancel.clone();
    let fitted = journal.stage(Stage::Fit, |journal| {
        Ok(checked.fit(
            &yardstick.data,
            &mut Run {
                seed,
                threads: request.plan.threads,
                cancel,
                deadline: request.plan.time_limit.map(|limit| journal.began + limit),
                clock: journal.clock,
                start: None,
                peek: None,
                checkpoint: None,
                listen: &mut |progress| {
                    journal.tell(Event::Training {
                        attempt: 1,
                        progress: progress.clone(),
                    });
                },
            },
        ))
    })?;
    let standing = match fitted {
        Ok(fitted) => {
            let synthetic = journal.stage(Stage::Sample, |journal| {
                let rows = draw::judged_rows(train.rows() as u64, train.rows());
                draw::to_memory(&fitted, rows, seed, journal)
            })?;
            let sound = completion::check(&fitted, train, seed)?.is_complete()
                && fitted.stop != Stop::Diverged;
            journal.stage(Stage::Judge, |_| {
                let judgement = yardstick.scales.weigh(&synthetic)?;
                Ok(Standing::of(&judgement, sound))
            })?
        }
        Err(Unfitted::Diverged { .. }) => Standing::failed(),
        Err(Unfitted::Failed(error)) => return Err(error),
    };
    Ok(Trial {
        number: 0,
        config,
        standings: vec![standing],
        seconds: ((journal.clock)() - from).as_secs_f64(),
    })
}
