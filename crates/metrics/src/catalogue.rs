//! All metrics: their cards, and the computations behind them.

use std::sync::LazyLock;

use crate::card::{Card, Group};
use crate::metric::{Job, Metric};
use crate::{detection, fidelity, privacy, rows, utility};

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

/// The cards as a Markdown page.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Metrics\n\nGenerated from the cards in `crates/metrics/src/*/cards.rs`; do not edit.\n\n\
         Each figure compares the synthetic rows with the training rows. Its *floor* is what a fresh\n\
         real sample as large as the synthetic table is expected to score, and the floor's interval is\n\
         where 95 of 100 such samples lie; what the test rows themselves score is the part `held_out`.\n\
         The floor of a score of trained models is that of the test rows, or of models trained on real\n\
         rows. A gate that is over its limit is red, unless that interval reaches over the limit too:\n\
         then it is inconclusive. A figure can be better than the interval: columns drawn by strata\n\
         vary less than rows drawn by chance.\n",
    );
    for (group, title) in [
        (Group::Fidelity, "Fidelity"),
        (Group::Utility, "Utility"),
        (Group::Privacy, "Privacy"),
        (Group::Data, "The table"),
    ] {
        out += &format!("\n## {title}\n");
        for card in cards().iter().filter(|c| c.group == group) {
            out += &card.section();
        }
    }
    out
}
