//! Do the synthetic rows give training rows away: membership attacks, copies, duplicates, rare
//! combinations, and Anonymeter's attacks.
//!
//! All of these compare training rows with held-out rows of the same kind, so that what any
//! sample of the population would show is not taken for a leak. The nearer-to-train share and the
//! copy excess only find copies; that they are low is no promise of privacy.

mod anonymeter;
mod attack;
mod cards;
mod cells;
mod combinations;
mod copies;
mod duplicates;
mod membership;
mod near;
mod people;
mod shadow;

pub(crate) use cards::METRICS;
pub use shadow::Refit;
pub(crate) use shadow::shadow_attack;

use crate::metric::Figures;
use crate::prepared::Prepared;
use crate::{Result, Score};

/// The figures called `ids`, by `compute` where there is a column to judge by.
fn figures(p: &Prepared, ids: &[&str], compute: impl FnOnce() -> Vec<Score>) -> Result<Figures> {
    if p.columns.is_empty() {
        let none = |id: &&str| crate::score::absent(id, "no column is modelled");
        return Ok(ids.iter().map(none).collect::<Vec<_>>().into());
    }
    Ok(compute().into())
}

#[cfg(test)]
mod tests;
