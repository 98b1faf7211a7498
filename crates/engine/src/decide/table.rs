//! The table of decisions in words, from which the documentation is made.

use super::fault;
use crate::diagnose::Kind;

/// What is changed whatever the method.
const RELATIONS: &str = "the encoding: rows that break a rule are drawn again, or, where the rules were not kept, rows are learned in their form";

/// One row of the table of decisions.
pub struct Row {
    /// Diagnosis.
    pub kind: Kind,
    /// What is changed in TabDDPM, in words.
    pub change: &'static str,
    /// Whether the next attempt starts from the last weights.
    pub start: &'static str,
}

impl Row {
    /// What is changed in CART and in the leaves of ARF, in words.
    pub fn trees(&self) -> &'static str {
        match self.kind {
            Kind::BrokenRelations => RELATIONS,
            kind => fault(kind).map_or("nothing", |fault| fault.words().trees),
        }
    }

    /// What is changed in TVAE, CTGAN and the autoregressive network, in words.
    pub fn networks(&self) -> &'static str {
        match self.kind {
            Kind::BrokenRelations => RELATIONS,
            kind => fault(kind).map_or("nothing", |fault| fault.words().networks),
        }
    }
}

/// The table of decisions in words, in the order of the kinds; [`decide`](super::decide) is it in code.
pub const TABLE: [Row; 14] = [
    Row {
        kind: Kind::Green,
        change: "nothing; with a KS mean within a fifth of its limit n_iter + 50, once",
        start: "warm",
    },
    Row {
        kind: Kind::UnderTrained,
        change: "n_iter by tier: critical and severe + 200 and at least 500, standard + 100, near + 50, otherwise + 100 and at least 300; work in proportion",
        start: "warm",
    },
    Row {
        kind: Kind::OverTrained,
        change: "n_iter halved, prior at least 0.7, smoothing at least 0.2, dropout at least 0.1, patience 3, copy_limit 0.1",
        start: "fresh",
    },
    Row {
        kind: Kind::Diverged,
        change: "learning_rate a tenth and at most 0.001, clip 1",
        start: "fresh",
    },
    Row {
        kind: Kind::BadEncoding,
        change: "another method; without one, another seed",
        start: "fresh",
    },
    Row {
        kind: Kind::BrokenPairs,
        change: "n_iter + 100 from the last weights where the bound on work gave fewer than half of its passes to a network of at least 128; otherwise hidden doubled and at least 128, n_iter + 100; under 1,000 rows (prior in use) prior at least 0.8 and smoothing 0; another method after that",
        start: "fresh; warm in the first case",
    },
    Row {
        kind: Kind::LostCategories,
        change: "n_iter + 100, hidden at least 128",
        start: "fresh",
    },
    Row {
        kind: Kind::TimeOut,
        change: "work cut to what half of the remaining time holds; another method when that is less than a second",
        start: "fresh",
    },
    Row {
        kind: Kind::OutOfMemory,
        change: "hidden and batch_size halved; another method when hidden is 16 already",
        start: "fresh",
    },
    Row {
        kind: Kind::TooFewRows,
        change: "nothing: only more rows would help",
        start: "-",
    },
    Row {
        kind: Kind::DecodeFault,
        change: "another method; without one, another seed",
        start: "fresh",
    },
    Row {
        kind: Kind::BrokenRelations,
        change: RELATIONS,
        start: "the same model; fresh where its encoding lost the rules",
    },
    Row {
        kind: Kind::Mismatch,
        change: "the parameters named, to their recommended values",
        start: "fresh",
    },
    Row {
        kind: Kind::Unexplained,
        change: "n_iter + 100 and at least 300",
        start: "warm",
    },
];
