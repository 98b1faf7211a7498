//! Judging for choices: attempts and trials are held against the validation rows, which no verdict
//! sees again as test rows. One judge serves a whole run.

use std::sync::Arc;

use verdancy_metrics::{Broken, Judge, Judgement, Profile, Status, card};
use verdancy_table::Table;

use crate::Result;
use crate::policy::LEAST_VALIDATION;

/// What attempts are weighed with: training rows, and validation rows in the place of test rows.
pub(crate) struct Scales(Judge);

impl Scales {
    /// `None` where there are too few validation rows to choose on.
    ///
    /// `broken` counts the rows that break rules between columns.
    ///
    /// # Errors
    /// As [`Judge::new`]; those of `broken`.
    pub fn new(
        train: &Table,
        validation: &Table,
        profile: &Profile,
        seed: u64,
        broken: Arc<Broken>,
    ) -> Result<Option<Scales>> {
        if validation.rows() < LEAST_VALIDATION {
            return Ok(None);
        }
        let judge = Judge::for_choices(train, validation, profile, seed)?;
        Ok(Some(Scales(judge.with_rules(validation, broken)?)))
    }

    /// Every figure of `synthetic`.
    ///
    /// # Errors
    /// As [`Judge::judge`].
    pub fn weigh(&self, synthetic: &Table) -> Result<Judgement> {
        Ok(demote_uncertain(self.0.judge(synthetic)?))
    }

    /// True when each gate that applies is green. A gate that is open speaks against it as a red one
    /// does: nothing is known to be good enough while its figure is over the limit.
    pub fn is_green(&self, synthetic: &Table) -> bool {
        (self.0.gates(synthetic)).is_ok_and(|j| demote_uncertain(j).verdict() == Status::Green)
    }
}

/// Gates whose figure needs unseen rows are red only when the figure's whole interval is over the
/// limit: with few validation rows, chance alone must not send the loop after a fault.
fn demote_uncertain(mut judgement: Judgement) -> Judgement {
    judgement.revise(|gate, score| {
        if card(&gate.id).is_some_and(|c| c.held_out)
            && gate.status == Status::Red
            && let Some((low, high)) = score.and_then(|s| s.interval)
            && (low..=high).contains(&gate.limit)
        {
            gate.status = Status::Inconclusive;
            gate.reason += " Too few validation rows to be sure.";
        }
    });
    judgement
}
