//! Do the synthetic rows give training rows away: membership attacks, copies, duplicates.
//!
//! All of these compare training rows with held-out rows of the same kind, so that what any
//! sample of the population would show is not taken for a leak. The nearer-to-train share and the
//! copy excess only find copies; that they are low is no promise of privacy.

mod attack;
mod copies;
mod duplicates;
mod membership;
mod near;

use crate::prepared::Prepared;
use crate::{Result, Score};

/// The figures of this group.
pub(crate) fn scores(p: &Prepared) -> Result<Vec<Score>> {
    if p.columns.is_empty() {
        let none = "no column is modelled";
        return Ok([
            "membership_auc",
            "nearer_to_train",
            "copy_excess",
            "duplicates",
        ]
        .map(|id| crate::score::absent(id, none))
        .to_vec());
    }
    let (membership, (copies, duplicates)) = rayon::join(
        || membership::score(p),
        || rayon::join(|| copies::scores(p), || duplicates::score(p)),
    );
    let mut out = vec![membership];
    out.extend(copies);
    out.push(duplicates);
    Ok(out)
}

#[cfg(test)]
mod tests;
