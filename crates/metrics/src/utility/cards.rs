//! The metrics of usefulness: models trained on either table, tested on the same real rows.

use crate::card::{Card, Direction, FROM_ZERO, Group, Rule, SHARE, Symptom};
use crate::metric::{Figures, Job, Metric};

static JOB: Job = Job {
    run: |p| Ok(Figures::from(super::scores(p)?)),
};

/// The metrics of this group, in the order of display.
pub(crate) static METRICS: &[Metric] = &[
    Metric {
        card: Card {
            id: "tstr",
            name: "Train on synthetic, test on real",
            group: Group::Utility,
            direction: Direction::High,
            held_out: true,
            symptom: Symptom::Utility,
            rule: Rule::Plain,
            range: (f64::NEG_INFINITY, 1.0),
            formula: "score on real test rows of boosted trees trained on the synthetic rows: AUROC for classes, R2 for numbers; the floor is trained on the real training rows",
            needs: "a target",
            blind: "any other question that the table could answer",
            source: "TSTR (Esteban et al. 2017)",
        },
        job: &JOB,
    },
    Metric {
        card: Card {
            id: "utility_kept",
            name: "Utility kept",
            group: Group::Utility,
            direction: Direction::High,
            held_out: true,
            symptom: Symptom::Utility,
            rule: Rule::Plain,
            range: FROM_ZERO,
            formula: "score trained on synthetic rows over score trained on real rows, both on real test rows",
            needs: "a target that training on real rows predicts better than chance",
            blind: "how good either is",
            source: "TSTR over TRTR",
        },
        job: &JOB,
    },
    Metric {
        card: Card {
            id: "auroc",
            name: "AUROC on real test rows",
            group: Group::Utility,
            direction: Direction::High,
            held_out: true,
            symptom: Symptom::Utility,
            rule: Rule::WhereRealReaches,
            range: SHARE,
            formula: "area under the ROC curve on real test rows of boosted trees trained on the synthetic rows; more than two classes: mean of one against the rest",
            needs: "a target with classes; the gate is held only where training on real rows reaches the limit",
            blind: "calibration; any other target",
            source: "TSTR with AUROC",
        },
        job: &JOB,
    },
    Metric {
        card: Card {
            id: "c_index",
            name: "C-index on real test rows",
            group: Group::Utility,
            direction: Direction::High,
            held_out: true,
            symptom: Symptom::Utility,
            rule: Rule::WhereRealReaches,
            range: SHARE,
            formula: "Harrell's concordance on real test rows of a survival model trained on the synthetic rows",
            needs: "a survival task (time and event); the gate is held only where training on real rows reaches the limit",
            blind: "calibration of the risks over time",
            source: "Harrell et al. 1982",
        },
        job: &JOB,
    },
];
