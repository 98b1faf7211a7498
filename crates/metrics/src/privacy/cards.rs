//! The metrics of privacy: attacks, copies, duplicates.

use super::{copies, duplicates, figures, membership};
use crate::card::{Card, Direction, Group, Rule, SHARE, Symptom};
use crate::metric::{Job, Metric};

static MEMBERSHIP: Job = Job {
    run: |p| figures(p, &["membership_auc"], || vec![membership::score(p)]),
};
static COPIES: Job = Job {
    run: |p| figures(p, &["nearer_to_train", "copy_excess"], || copies::scores(p)),
};
static DUPLICATES: Job = Job {
    run: |p| figures(p, &["duplicates"], || vec![duplicates::score(p)]),
};

/// The metrics of this group, in the order of display.
pub(crate) static METRICS: &[Metric] = &[
    Metric {
        card: Card {
            id: "membership_auc",
            name: "Membership attack AUC",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: SHARE,
            formula: "AUC with which the strongest attack of the suite tells training rows from held-out rows by the synthetic rows, less what the distances to other real rows say of the split (control variates); 0.5 cannot tell",
            needs: "held-out rows",
            blind: "attacks that are not in the suite; single rows that are at greater risk than the mean",
            source: "membership inference against generative models (distance and density attacks)",
        },
        job: &MEMBERSHIP,
    },
    Metric {
        card: Card {
            id: "duplicates",
            name: "Exact duplicates of training rows",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: SHARE,
            formula: "share of synthetic rows that equal a training row in all judged columns; the gate is on what is above the share of real rows that have a twin among the training rows",
            needs: "held-out rows",
            blind: "rows that are nearly the same",
            source: "exact match rate with control rows",
        },
        job: &DUPLICATES,
    },
    Metric {
        card: Card {
            id: "nearer_to_train",
            name: "Nearer-to-train share",
            group: Group::Privacy,
            direction: Direction::Ideal,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: SHARE,
            formula: "share of synthetic rows whose nearest real row is a training row, among as many training as test rows; ties count half; 0.5 is ideal",
            needs: "held-out rows",
            blind: "attackers: it only detects copying and is no privacy guarantee; it loses power when few training rows are drawn from many",
            source: "DCR share (distance to the closest record)",
        },
        job: &COPIES,
    },
    Metric {
        card: Card {
            id: "copy_excess",
            name: "Copy excess",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: (f64::NEG_INFINITY, 1.0),
            formula: "share of synthetic rows whose nearest real row is a training row, all rows used, less the share that the sizes explain, over what is left: 0 is none, 1 is a copy",
            needs: "held-out rows",
            blind: "attackers: it only detects copying and is no privacy guarantee",
            source: "DCR share with control rows, corrected for sizes",
        },
        job: &COPIES,
    },
];
