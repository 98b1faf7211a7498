//! The metrics of two-sample tests by classifiers.

use crate::card::{Card, Direction, Group, Rule, SHARE, Symptom};
use crate::metric::{Figures, Job, Metric};

static TREES: Job = Job {
    run: |p| Ok(Figures::from(super::by_trees(p)?)),
};
static LOGISTIC: Job = Job {
    run: |p| Ok(Figures::from(vec![super::by_logistic(p)?])),
};

/// The metrics of this group, in the order of display.
pub(crate) static METRICS: &[Metric] = &[
    Metric {
        card: Card {
            id: "c2st_logistic",
            name: "C2ST, logistic regression",
            group: Group::Fidelity,
            direction: Direction::Low,
            held_out: false,
            symptom: Symptom::Pairs,
            rule: Rule::Plain,
            range: SHARE,
            formula: "cross-validated AUC of a logistic regression that tells synthetic rows from training rows; 0.5 is guessing",
            needs: "rows enough for folds",
            blind: "what is not linear in the encoded columns: columns that were shuffled by themselves score 0.5, so a low figure is no evidence that relations are kept (see pair_error). Says nothing on privacy, though some products call it a membership attack",
            source: "classifier two-sample test (Lopez-Paz and Oquab 2017); SDMetrics LogisticDetection",
        },
        job: &LOGISTIC,
    },
    Metric {
        card: Card {
            id: "c2st_trees",
            name: "C2ST, boosted trees",
            group: Group::Fidelity,
            direction: Direction::Low,
            held_out: false,
            symptom: Symptom::Pairs,
            rule: Rule::Plain,
            range: SHARE,
            formula: "cross-validated AUC of gradient-boosted trees that tell synthetic rows from training rows; 0.5 is guessing",
            needs: "rows enough for folds",
            blind: "how much a difference matters: one impossible spelling or digit is enough for 1.0",
            source: "classifier two-sample test (Lopez-Paz and Oquab 2017)",
        },
        job: &TREES,
    },
    Metric {
        card: Card {
            id: "c2st_marginal",
            name: "C2ST, boosted trees, columns alone",
            group: Group::Fidelity,
            direction: Direction::Low,
            held_out: false,
            symptom: Symptom::Columns,
            rule: Rule::Plain,
            range: SHARE,
            formula: "c2st_trees after each column of either side was shuffled by itself: what the columns' own distributions give away. c2st_trees less this is what relations give away (the part `dependency` of c2st_trees)",
            needs: "rows enough for folds",
            blind: "relations between columns, on purpose",
            source: "classifier two-sample test with permuted columns",
        },
        job: &TREES,
    },
];
