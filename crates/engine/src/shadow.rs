//! Fits for the shadow attack: the kept configuration, on halves of the training rows.

use std::time::Duration;

use verdancy_synth::{Cancel, Checked, Run, TrainingData};
use verdancy_table::Table;

use crate::{Plan, Result};

/// Fits `checked` to some rows under the plan and draws as many; the number is the seed. A cancelled
/// run ends each fit early, as it ends a training.
pub(crate) fn refit<'a>(
    checked: &'a Checked,
    validation: &'a Table,
    plan: &'a Plan,
    clock: &'a (dyn Fn() -> Duration + Sync),
    cancel: &'a Cancel,
    deadline: Option<Duration>,
) -> impl Fn(&Table, u64) -> Result<Table> + Sync + 'a {
    move |half, seed| {
        let fitted = checked.fit(
            &TrainingData::new(half, validation, plan.guard()),
            &mut Run {
                seed,
                threads: plan.threads,
                cancel: cancel.clone(),
                deadline,
                clock,
                start: None,
                peek: None,
                checkpoint: None,
                listen: &mut |_| {},
            },
        )?;
        fitted.sample_all(0..half.rows() as u64, seed)
    }
}
