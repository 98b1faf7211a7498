//! The last attempt: the best model so far, with a sweep of trees over its rows.
//!
//! A model that blurs what ties columns together leaves rows that boosted trees tell from real ones. A sweep costs
//! seconds where training costs minutes; whether its rows are better is judged as of any attempt.

use verdancy_synth::{Config, Fitted, Method, Mode, Run, Stop};

use super::attempt::Attempts;
use crate::decide::{Action, Change, Decision};
use crate::diagnose::Kind;
use crate::journal::Journal;
use crate::policy::POLISH_ABOVE;
use crate::{Attempt, Completion, Event, Result, Role, Stage};

/// Sweeps that are tried.
const SWEEPS: u32 = 1;

impl Attempts<'_> {
    /// Tries a sweep over the best attempt's rows, where trees tell these from real ones.
    ///
    /// # Errors
    /// Those of fitting, sampling and judging.
    pub fn polish(&mut self, number: u32, journal: &mut Journal<'_>) -> Result<()> {
        if !self.wants_polish() || self.end_of_time(self.took, journal).is_some() {
            return Ok(());
        }
        self.announce(number, journal);
        let from = (journal.clock)();
        let Some(fitted) = journal.stage(Stage::Fit, |journal| self.swept(journal))? else {
            return Ok(());
        };
        let attempt = Attempt {
            role: Role::Attempt,
            config: fitted.config.clone(),
            warm: true,
            estimate_seconds: 0.0,
            estimate_bytes: 0,
            train_seconds: ((journal.clock)() - from).as_secs_f64(),
            sample_seconds: 0.0,
            history: fitted.history.clone(),
            stop: fitted.stop,
            completion: Completion::default(),
            choice: None,
            diagnosis: None,
            decision: None,
        };
        journal.tell(Event::Parameters {
            attempt: number + 1,
            config: attempt.config.clone(),
        });
        self.drawn(number + 1, attempt, fitted, journal)
    }

    /// True when the best attempt is sound, was not made of trees, and trees tell its rows from real ones.
    fn wants_polish(&self) -> bool {
        let plan = self.bench.plan;
        let by_hand = plan.set.iter().any(|(name, _)| name == "polish");
        if plan.mode == Mode::Speed || plan.attempts < 2 || by_hand {
            return false;
        }
        let Some(best) = self.best_attempt() else {
            return false;
        };
        let sound = best.completion.is_complete()
            && (best.diagnosis.as_ref())
                .is_some_and(|d| !matches!(d.kind, Kind::OverTrained | Kind::DecodeFault));
        let of_trees = matches!(best.config.method(), Method::Cart | Method::Arf);
        let told_apart = self.best_told_apart().is_some_and(|c| c > POLISH_ABOVE);
        sound && !of_trees && told_apart && !matches!(best.stop, Stop::Cancelled)
    }

    /// Says what follows the last attempt.
    fn announce(&mut self, number: u32, journal: &mut Journal<'_>) {
        let told_apart = self.best_told_apart().unwrap_or(0.5);
        let decision = Decision {
            action: Action::Retry,
            changes: vec![Change {
                name: "polish".to_owned(),
                from: "0".to_owned(),
                to: SWEEPS.to_string(),
            }],
            warm: true,
            why: format!(
                "Boosted trees tell the best attempt's rows from real ones (C2ST {told_apart:.2}): each column is drawn once more, from trees on all others."
            ),
        };
        if let Some(diagnosis) = self.diagnosis().cloned() {
            journal.tell(Event::Decided {
                attempt: number,
                diagnosis,
                decision: decision.clone(),
            });
        }
        self.settle(decision);
    }

    /// The best attempt's model with a sweep over its rows; `None` when the run was stopped meanwhile.
    fn swept(&self, journal: &Journal<'_>) -> Result<Option<Fitted>> {
        let (Some(best), train) = (&self.best, self.bench.train) else {
            return Ok(None);
        };
        let plan = self.bench.plan;
        let config: Config = best.fitted.config.clone();
        let checked = (config.check(train.schema())?).keeping(best.fitted.relations.clone());
        let run = Run {
            guard: plan.guard(),
            seed: plan.seed,
            threads: plan.threads,
            cancel: journal.cancel.clone(),
            deadline: None,
            clock: journal.clock,
            start: None,
            peek: None,
            checkpoint: None,
            listen: &mut |_| {},
        };
        let fitted = checked.polish(&best.fitted, SWEEPS, train, &run)?;
        Ok((!journal.cancel.is_cancelled()).then_some(fitted))
    }
}
