//! Checkpoints from outside: the state of a training, and what it belongs to.

pub use crate::print::of_table;
pub use crate::state::{Checkpoints, TrainingState};

use crate::{Checked, Result, Run, TrainingData};

/// A hash over everything that the course of a training depends on: the release, configuration,
/// seed, protection, all rows, the weights it starts from, when it is looked at, and the context of
/// its checkpoints.
///
/// # Errors
/// As [`Checked::fit`].
pub fn fingerprint(checked: &Checked, data: &TrainingData<'_>, run: &Run<'_>) -> Result<String> {
    let prepared = data.prepared(checked.relations())?;
    Ok(checked.fingerprint(&prepared, run))
}
