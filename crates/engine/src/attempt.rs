//! One attempt: configure, estimate, fit, check, sample, judge. The loop over attempts is built
//! around [`attempt`].

use std::time::Duration;

use verdancy_metrics::{Inputs, Profile, judge};
use verdancy_synth::{Config, Fitted, Run, TableSize};
use verdancy_table::Table;

use crate::journal::Journal;
use crate::{Attempt, Event, Parts, Plan, Result, Stage, completion, draw, estimate};

/// Training has this share of a time limit; the rest is for reading, sampling and judging.
const TRAINING_SHARE: f64 = 0.6;

/// Fewer passes than this are below the recommended minimum.
const RECOMMENDED_N_ITER: u32 = 300;

/// What an attempt leaves behind.
pub(crate) struct Tried {
    pub attempt: Attempt,
    pub fitted: Fitted,
    pub synthetic: Table,
}

/// What is asked of each attempt alike.
pub(crate) struct Task<'a> {
    pub parts: &'a Parts,
    pub plan: &'a Plan,
    pub profile: &'a Profile,
    pub rows: u64,
}

/// The method's defaults for this table, and the user's parameters over them.
///
/// # Errors
/// `config/unknown-parameter`, `config/bad-value`.
pub fn configure(plan: &Plan, size: TableSize) -> Result<Config> {
    let mut config = Config::defaults(plan.method, size, plan.mode);
    for (name, value) in &plan.set {
        config.set(name, value)?;
    }
    Ok(config)
}

/// A fit, how long it took, and what was expected.
pub(crate) struct Fit {
    pub fitted: Fitted,
    pub estimate: estimate::Estimate,
    pub seconds: f64,
}

/// Estimates and trains.
pub(crate) fn train(
    number: u32,
    config: Config,
    parts: &Parts,
    plan: &Plan,
    journal: &mut Journal<'_>,
) -> Result<Fit> {
    journal.go_on()?;
    let checked = config.check(parts.train.schema())?;
    if let Config::Tabddpm(p) = checked.config()
        && p.n_iter < RECOMMENDED_N_ITER
    {
        journal.warn(
            "engine/few-epochs",
            format!(
                "n_iter = {} is below the recommended minimum of {RECOMMENDED_N_ITER} passes.",
                p.n_iter
            ),
        );
    }
    journal.tell(Event::Parameters {
        config: checked.config().clone(),
    });
    journal.stage(Stage::Fit, |journal| {
        let estimate = estimate::training(&checked, parts, plan, journal)?;
        journal.tell(Event::Estimate {
            seconds: estimate.seconds,
            bytes: estimate.bytes,
        });
        let from = (journal.clock)();
        let deadline = plan
            .time_limit
            .map(|limit| journal.began + limit.mul_f64(TRAINING_SHARE));
        let (clock, cancel) = (journal.clock, journal.cancel.clone());
        let fitted = checked.fit(
            &parts.train,
            &parts.validation,
            &mut Run {
                seed: plan.seed,
                threads: plan.threads,
                cancel,
                deadline,
                clock,
                listen: &mut |progress| {
                    journal.tell(Event::Training {
                        attempt: number,
                        progress: progress.clone(),
                    });
                },
            },
        )?;
        let seconds = ((journal.clock)() - from).as_secs_f64();
        Ok(Fit {
            fitted,
            estimate,
            seconds,
        })
    })
}

/// One attempt with `config`.
pub(crate) fn attempt(
    number: u32,
    config: Config,
    task: &Task<'_>,
    journal: &mut Journal<'_>,
) -> Result<Tried> {
    let Task {
        parts,
        plan,
        profile,
        rows,
    } = *task;
    let Fit {
        fitted,
        estimate,
        seconds: train_seconds,
    } = train(number, config, parts, plan, journal)?;
    let from = (journal.clock)();
    let (completion, synthetic) = journal.stage(Stage::Sample, |journal| {
        let completion = completion::check(&fitted, &parts.train, plan.seed)?;
        journal.tell(Event::Trained {
            attempt: number,
            stop: fitted.stop,
            completion: completion.clone(),
            seconds: train_seconds,
        });
        let judged = draw::judged_rows(rows, parts.train.rows());
        let synthetic = draw::to_memory(&fitted, judged, plan.seed, journal)?;
        Ok((completion, synthetic))
    })?;
    let sample_seconds = since(journal, from);
    if !completion.is_complete() {
        journal.warn("engine/not-completed", incomplete(&completion));
    }
    let judgement = journal.stage(Stage::Judge, |_| {
        judge(
            Inputs {
                train: &parts.train,
                test: &parts.test,
                validation: (parts.validation.rows() > 0).then_some(&parts.validation),
                synthetic: &synthetic,
                seed: plan.seed,
            },
            profile,
        )
    })?;
    journal.tell(Event::Judged {
        attempt: number,
        verdict: judgement.verdict,
        gates: judgement.gates.clone(),
    });
    let attempt = Attempt {
        config: fitted.config.clone(),
        estimate_seconds: estimate.seconds,
        estimate_bytes: estimate.bytes,
        train_seconds,
        sample_seconds,
        history: fitted.history.clone(),
        stop: fitted.stop,
        completion,
        judgement,
    };
    Ok(Tried {
        attempt,
        fitted,
        synthetic,
    })
}

fn since(journal: &Journal<'_>, from: Duration) -> f64 {
    ((journal.clock)() - from).as_secs_f64()
}

fn incomplete(completion: &crate::Completion) -> String {
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
