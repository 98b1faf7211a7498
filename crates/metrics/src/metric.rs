//! A metric as one value: its page, and the computation that gives it.
//!
//! To add one: write the computation as a function of [`Prepared`], put a [`Metric`] into the
//! `METRICS` of its group, and a line into each profile if it should decide anything. The report,
//! the documentation, the loop's diagnosis and the profiles' checks read the card.

use crate::card::Card;
use crate::prepared::Prepared;
use crate::{ColumnScore, PairScore, Result, Score};

/// A metric.
pub(crate) struct Metric {
    /// What it means.
    pub card: Card,
    /// What computes it; several metrics may come from one computation.
    pub job: &'static Job,
}

/// A computation of one figure or several.
pub(crate) struct Job {
    /// Computes from the four tables.
    pub run: fn(&Prepared) -> Result<Figures>,
}

/// What a computation gives.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub scores: Vec<Score>,
    /// Columns, worst first.
    pub columns: Vec<ColumnScore>,
    /// Pairs, worst first.
    pub pairs: Vec<PairScore>,
}

impl From<Vec<Score>> for Figures {
    fn from(scores: Vec<Score>) -> Figures {
        Figures {
            scores,
            ..Figures::default()
        }
    }
}
