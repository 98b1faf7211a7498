//! What every training is preceded by: the configuration, a word on it, and what it will take;
//! and the training of a single model, for `fit`.

use verdancy_synth::{Config, Fitted, Method, Run, TableSize, TrainingData};

use crate::journal::Journal;
use crate::policy::FIT_SHARE;
use crate::timing;
use crate::{Event, Parts, Plan, Result, Stage, estimate, protect};

/// Fewer passes than this are below the recommended minimum.
const RECOMMENDED_N_ITER: u32 = 300;

/// The defaults of `method` for this table, and the user's parameters over them.
///
/// # Errors
/// `config/unknown-parameter`, `config/bad-value`.
pub fn configure(plan: &Plan, method: Method, size: TableSize) -> Result<Config> {
    let mut config = Config::defaults(method, size, plan.mode);
    for (name, value) in &plan.set {
        config.set(name, value)?;
    }
    Ok(config)
}

/// Warns of a configuration that is known to be too little.
pub(crate) fn warn_of(config: &Config, journal: &mut Journal<'_>) {
    if let Config::Tabddpm(p) = config
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
}

/// Estimates and trains one model of the plan's method; gives the seconds it took, too.
pub(crate) fn train(
    parts: &Parts,
    plan: &Plan,
    journal: &mut Journal<'_>,
) -> Result<(Fitted, f64)> {
    journal.go_on()?;
    let method = plan.method.unwrap_or(Method::Tabddpm);
    let config = configure(plan, method, TableSize::of(&parts.train))?;
    let form = plan.form(&parts.train);
    let kept = plan.kept(&form);
    protect::foresee(&parts.train, plan, kept.as_deref(), journal)?;
    let checked = config.check(parts.train.schema())?.keeping(kept);
    let data = TrainingData::new(&parts.train, &parts.validation, plan.guard());
    warn_of(checked.config(), journal);
    journal.tell(Event::Parameters {
        attempt: 1,
        config: checked.config().clone(),
    });
    journal.stage(Stage::Fit, |journal| {
        let estimate = estimate::training(&checked, &data, plan, journal)?;
        journal.tell(Event::Estimate {
            seconds: estimate.seconds,
            judging: 0.0,
            bytes: estimate.bytes,
        });
        let from = (journal.clock)();
        let deadline = timing::deadline(plan, 0.0, FIT_SHARE, journal);
        let (clock, cancel) = (journal.clock, journal.cancel.clone());
        let fitted = checked.fit(
            &data,
            &mut Run {
                seed: plan.seed,
                threads: plan.threads,
                cancel,
                deadline,
                clock,
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
        )?;
        Ok((fitted, ((journal.clock)() - from).as_secs_f64()))
    })
}
