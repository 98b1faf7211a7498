//! A metric as one value: its page, and the computation that gives it.
//!
//! To add one: write the computation as a function of [`Prepared`], put a [`Metric`] into the
//! `METRICS` of its group, and a line into each profile if it should decide anything. The report,
//! the documentation, the loop's diagnosis and the profiles' checks read the card.

use std::sync::LazyLock;

use crate::card::Card;
use crate::prepared::Prepared;
use crate::{ColumnScore, PairScore, Result, Score};
use crate::{detection, fidelity, privacy, rows, utility};

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

/// All metrics, in the order of display.
pub(crate) fn all() -> impl Iterator<Item = &'static Metric> {
    [
        fidelity::METRICS,
        detection::METRICS,
        utility::METRICS,
        privacy::METRICS,
        rows::METRICS,
    ]
    .into_iter()
    .flatten()
}

/// The cards of all metrics, in the order of display.
pub fn cards() -> &'static [Card] {
    static CARDS: LazyLock<Vec<Card>> = LazyLock::new(|| all().map(|m| m.card).collect());
    &CARDS
}

/// The card of one metric.
pub fn card(id: &str) -> Option<&'static Card> {
    cards().iter().find(|c| c.id == id)
}

/// The distinct computations behind the metrics that `wanted` asks for, in the order of display.
pub(crate) fn jobs(wanted: impl Fn(&Card) -> bool) -> Vec<&'static Job> {
    let mut jobs: Vec<&'static Job> = Vec::new();
    for metric in all().filter(|m| wanted(&m.card)) {
        if !jobs.iter().any(|j| std::ptr::eq(*j, metric.job)) {
            jobs.push(metric.job);
        }
    }
    jobs
}
