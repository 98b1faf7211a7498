//! The judge: prepared once with the real rows, asked as often as there are synthetic tables.

use std::sync::Arc;

use rayon::prelude::*;
use verdancy_table::Table;

use crate::prepared::{Prepared, RulesFound};
use crate::privacy::{Refit, shadow_attack};
use crate::{Card, Judgement, Profile, Real, Result, Score, catalogue, gate};

/// A judge of synthetic tables. What depends on the real rows alone (dictionaries, floors, what a
/// fresh real sample would score, models trained on real rows) is computed once and kept.
pub struct Judge {
    real: Prepared,
    profile: Profile,
    rules: Option<Rules>,
}

/// Each rule between columns in words, with the rows of a table that break it.
pub type Broken = dyn Fn(&Table) -> Result<Vec<(String, usize)>> + Send + Sync;

/// Rules, and the unseen real rows that break them.
struct Rules {
    broken: Arc<Broken>,
    real: Vec<(String, usize)>,
}

impl Judge {
    /// Prepares a judge; `seed` is that of sub-samples and folds.
    ///
    /// # Errors
    /// `metrics/schema-mismatch` when the tables' columns differ; `metrics/no-rows` when one is
    /// empty.
    pub fn new(real: Real<'_>, profile: &Profile, seed: u64) -> Result<Judge> {
        Ok(Judge {
            real: Prepared::real(real, seed)?,
            profile: profile.clone(),
            rules: None,
        })
    }

    /// The same, which also judges how many rows break rules between columns; `test` are the rows that give the floors.
    ///
    /// # Errors
    /// Those of `broken`.
    pub fn with_rules(self, test: &Table, broken: Arc<Broken>) -> Result<Judge> {
        let real = broken(test)?;
        Ok(Judge {
            rules: Some(Rules { broken, real }),
            ..self
        })
    }

    /// Prepares a judge for choices between synthetic tables, on the rows that choices may see: the
    /// validation rows take the place of test rows, and where they are few, predictors are tested on
    /// the training rows too (cross-fitted where they were trained on real rows).
    ///
    /// # Errors
    /// As [`Judge::new`].
    pub fn for_choices(
        train: &Table,
        validation: &Table,
        profile: &Profile,
        seed: u64,
    ) -> Result<Judge> {
        let real = Real {
            train,
            test: validation,
            validation: None,
            unseen: true,
        };
        let mut judge = Judge::new(real, profile, seed)?;
        judge.real.chooses = true;
        Ok(judge)
    }

    /// The profile that it judges by.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Judges by all figures.
    ///
    /// # Errors
    /// `metrics/schema-mismatch`, `metrics/no-rows`.
    pub fn judge(&self, synthetic: &Table) -> Result<Judgement> {
        self.judged(synthetic, |_| true)
    }

    /// Judges by the gates alone: figures that no gate of the profile is held against are left out
    /// where another computation gives them. The gates are those of [`Judge::judge`].
    ///
    /// # Errors
    /// Those of [`Judge::judge`].
    pub fn gates(&self, synthetic: &Table) -> Result<Judgement> {
        self.judged(synthetic, |card| self.profile.gates.contains_key(card.id))
    }

    /// Adds to `judgement`, which is of `synthetic`, what an attacker learns from `runs` shadow runs
    /// of `refit` on halves of `train`; nothing without held-out rows.
    ///
    /// # Errors
    /// Those of `refit` and of [`Judge::judge`].
    pub fn shadow(
        &self,
        judgement: &mut Judgement,
        real: Real<'_>,
        synthetic: &Table,
        refit: &Refit<'_>,
        runs: u64,
    ) -> Result<()> {
        if !self.real.unseen {
            return Ok(());
        }
        let score = shadow_attack(real, synthetic, refit, runs, self.real.seed)?;
        judgement.scores.retain(|s| s.id != score.id);
        judgement.scores.push(score);
        in_order(&mut judgement.scores);
        judgement.gates = gate::gates(&self.profile, &judgement.scores, self.real.unseen);
        Ok(())
    }

    fn judged(&self, synthetic: &Table, wanted: impl Fn(&Card) -> bool) -> Result<Judgement> {
        let mut p = self.real.with(synthetic)?;
        if let Some(rules) = &self.rules {
            p.rules = Some(Arc::new(RulesFound {
                synthetic: (rules.broken)(synthetic)?,
                real: rules.real.clone(),
            }));
        }
        let unseen = self.real.unseen;
        let jobs = catalogue::jobs(|card| wanted(card) && (unseen || !card.held_out));
        let figures = (jobs.par_iter())
            .map(|job| (job.run)(&p))
            .collect::<Result<Vec<_>>>()?;
        let (mut scores, mut columns, mut pairs) = (Vec::new(), Vec::new(), Vec::new());
        for of in figures {
            scores.extend(of.scores);
            columns.extend(of.columns);
            pairs.extend(of.pairs);
        }
        in_order(&mut scores);
        Ok(Judgement {
            profile: self.profile.name.clone(),
            gates: gate::gates(&self.profile, &scores, unseen),
            scores,
            columns,
            pairs,
        })
    }
}

/// Scores in the order of display.
fn in_order(scores: &mut [Score]) {
    let place = |id: &str| crate::cards().iter().position(|c| c.id == id);
    scores.sort_by_key(|s| place(&s.id));
}
