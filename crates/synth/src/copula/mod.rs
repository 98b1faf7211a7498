//! The Gaussian copula: each column's own distribution, joined by correlations of normal scores.
//!
//! Numbers and dates go through their empirical quantiles, so a sample never leaves the observed
//! range and keeps spikes, ties and decimals. Categories are intervals of a latent normal, in the
//! order in which the other columns change. Missing cells have a latent normal of their own.

mod correlation;
mod draft;
mod hermite;
mod lookup;
mod marginal;
mod model;
mod normal;
mod order;
mod parts;

pub(crate) use parts::from_parts;

use crate::search::{Dimension, Scale, dimension};
use rayon::prelude::*;

use crate::data::Prepared;
use crate::{Error, Result, parameters};
use draft::{Draft, Drafts};
pub(crate) use model::Copula;

parameters! {
    /// Parameters of the copula.
    pub struct Params {
        /// Least shrinkage of the correlations towards none; small tables get more by themselves.
        shrinkage: f64 = 0.0, "0 to 1", |v| (0.0..=1.0).contains(v);
        /// Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others.
        polish: u32 = 0, "0 to 2", |v| *v <= crate::polish::MOST;
    }
}

/// Products of rows and squared variables spent on correlations; larger tables are thinned.
const WORK: f64 = 2e10;
/// Most rows that correlations are estimated from, and the least kept for the sake of work.
const ROWS: [usize; 2] = [2_000, 100_000];

/// Learns the training rows; the validation rows are not needed.
///
/// # Errors
/// None for rows that [`Checked::fit`](crate::Checked::fit) hands over.
pub(crate) fn fit(params: &Params, data: &Prepared) -> Result<Copula> {
    let train = &data.train;
    let schema = train.schema().clone();
    let (protect, subjects) = (data.protect(), train.subjects());
    let columns: Vec<_> = schema
        .columns
        .iter()
        .zip(train.columns())
        .filter(|(spec, _)| spec.kind.is_modelled())
        .collect();
    let most = (WORK / (2.0 * columns.len().max(1) as f64).powi(2)) as usize;
    let every = train.rows().div_ceil(most.clamp(ROWS[0], ROWS[1]));
    let parts: Vec<_> = columns
        .par_iter()
        .map(|(spec, column)| {
            draft::one(&spec.kind, column, subjects.as_deref(), protect, every)
                .ok_or_else(|| Error::internal("a modelled column is stored as text"))
        })
        .collect::<Result<_>>()?;
    let mut drafts = Drafts::default();
    for part in parts {
        drafts.push(part);
    }
    drafts.order_levels();
    let factor = correlation::factor(&drafts.variables, params.shrinkage);
    let columns = drafts.drafts.into_iter().map(Draft::finish).collect();
    Ok(Copula { columns, factor })
}

/// What a search goes through.
pub(crate) const SEARCH: [Dimension; 1] = [dimension("shrinkage", 0.0, 0.5, Scale::Linear)];
