//! The metrics of privacy: attacks, copies, duplicates, rare combinations, Anonymeter's attacks.

use super::anonymeter::{gower, singling};
use super::{combinations, copies, duplicates, figures, membership};
use crate::card::{Card, Direction, Group, Rule, SHARE, Symptom};
use crate::metric::{Figures, Job, Metric};

static MEMBERSHIP: Job = Job {
    run: |p| {
        figures(p, &["membership_auc", "membership_tpr"], || {
            membership::scores(p)
        })
    },
};
static COPIES: Job = Job {
    run: |p| figures(p, &["nearer_to_train", "copy_excess"], || copies::scores(p)),
};
static DUPLICATES: Job = Job {
    run: |p| figures(p, &["duplicates"], || vec![duplicates::score(p)]),
};
static COMBINATIONS: Job = Job {
    run: |p| figures(p, &["rare_combinations"], || vec![combinations::score(p)]),
};
static SINGLING_ONE: Job = Job {
    run: |p| figures(p, &["singling_out_one"], || vec![singling::one(p)]),
};
static SINGLING_SEVERAL: Job = Job {
    run: |p| figures(p, &["singling_out_several"], || vec![singling::several(p)]),
};
static LINKABILITY: Job = Job {
    run: |p| figures(p, &["linkability"], || vec![gower::linkability(p)]),
};
static INFERENCE: Job = Job {
    run: |p| figures(p, &["inference"], || vec![gower::inference(p)]),
};

/// Needs a method that can be fitted again, which no judge has: see
/// [`Judge::shadow`](crate::Judge::shadow).
static SHADOW: Job = Job {
    run: |_| Ok(Figures::default()),
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
            formula: "AUC with which the strongest attack of the suite tells training rows from held-out rows by the synthetic rows (people, where the table names subjects), chosen on validation rows; without these the greatest AUC, and the floor is what the greatest is by chance. Attacks: presence and nearness of single values, rare levels and pairs, nearest rows in two metrics, density ratio, all weighed together. 0.5 is guessing",
            needs: "held-out rows",
            blind: "attacks that are not in the suite; single rows that are at greater risk than the mean: see how the risk is distributed",
            source: "membership inference against generative models; density ratio: DOMIAS (van Breugel et al. 2023)",
        },
        job: &MEMBERSHIP,
    },
    Metric {
        card: Card {
            id: "membership_tpr",
            name: "Membership TPR at 1 % FPR",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: SHARE,
            formula: "share of training rows (people, where the table names subjects) that the attack of `membership_auc` finds when it takes at most 1 % of the held-out rows for training rows; the interval is what a random score shows (negative hypergeometric)",
            needs: "held-out rows; fewer than 100 make it coarse",
            blind: "attacks that are not in the suite",
            source: "Carlini et al. 2022, membership inference attacks from first principles",
        },
        job: &MEMBERSHIP,
    },
    Metric {
        card: Card {
            id: "membership_shadow",
            name: "Shadow attack AUC",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: SHARE,
            formula: "AUC with which a classifier tells training rows from held-out rows by the scores of all attacks; it learned on shadow runs, in which the same method was fitted to half of the training rows, what these scores look like for rows that were learned from",
            needs: "held-out rows, and the method itself: quality mode, or --shadow-runs",
            blind: "attackers who know other rows of the population better",
            source: "Stadler, Oprisanu and Troncoso 2022, synthetic data: anonymisation groundhog day",
        },
        job: &SHADOW,
    },
    Metric {
        card: Card {
            id: "duplicates",
            name: "Duplicates beyond chance",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: SHARE,
            formula: "share of synthetic rows that equal a training row in all judged columns, beyond how often they equal held-out rows (per row of each), or beyond how often real rows have a twin; 0 where chance explains it",
            needs: "held-out rows",
            blind: "rows that are nearly the same; in a small space, where many rows meet by chance, a few copies",
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
            formula: "share of synthetic rows whose nearest real row is a training row, among as many training as test rows; rows that are equally near share the point; 0.5 is ideal",
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
            formula: "share of synthetic rows whose nearest real row is a training row, all rows used, rows that are equally near sharing the point, less the share that the sizes explain, over what is left: 0 is none, 1 is a copy",
            needs: "held-out rows",
            blind: "attackers: it only detects copying and is no privacy guarantee",
            source: "DCR share with control rows, corrected for sizes",
        },
        job: &COPIES,
    },
    Metric {
        card: Card {
            id: "rare_combinations",
            name: "Rare combinations repeated",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: (-1.0, 1.0),
            formula: "of the pairs of levels (columns of at most 30 values) that only one real row has: the share that synthetic rows have of those of training rows, less the share of those of held-out rows",
            needs: "held-out rows; two columns with few values",
            blind: "combinations of more than two columns; numbers with many values",
            source: "unique combinations with control rows",
        },
        job: &COMBINATIONS,
    },
    Metric {
        card: Card {
            id: "singling_out_one",
            name: "Singling out, one attribute",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: SHARE,
            formula: "statements on one column that are true of exactly one synthetic row (its extremes, values that occur once): the share that is true of exactly one training row, beyond the share for test rows, over what these leave. Wilson's estimates; at most 500 statements",
            needs: "held-out rows",
            blind: "attackers with more than one attribute",
            source: "Anonymeter (Giomi et al. 2023)",
        },
        job: &SINGLING_ONE,
    },
    Metric {
        card: Card {
            id: "singling_out_several",
            name: "Singling out, several attributes",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: SHARE,
            formula: "the same for statements on three columns, taken from a synthetic row: numbers as at least or at most, levels as equal",
            needs: "held-out rows",
            blind: "other statements",
            source: "Anonymeter (Giomi et al. 2023)",
        },
        job: &SINGLING_SEVERAL,
    },
    Metric {
        card: Card {
            id: "linkability",
            name: "Linkability",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: SHARE,
            formula: "share of training rows whose halves of columns (even and odd places) have the same nearest synthetic row, beyond the share of test rows, over what these leave; at most 300 rows of each",
            needs: "held-out rows; two columns",
            blind: "other divisions of the columns",
            source: "Anonymeter (Giomi et al. 2023)",
        },
        job: &LINKABILITY,
    },
    Metric {
        card: Card {
            id: "inference",
            name: "Attribute inference",
            group: Group::Privacy,
            direction: Direction::Low,
            held_out: true,
            symptom: Symptom::Copies,
            rule: Rule::Plain,
            range: SHARE,
            formula: "every column in turn guessed from the synthetic row that is nearest in all others (numbers within 5 %): share guessed right for training rows, mean over columns, beyond the share of test rows, over what these leave; at most 300 rows of each",
            needs: "held-out rows; two columns",
            blind: "better models than the nearest row",
            source: "Anonymeter (Giomi et al. 2023)",
        },
        job: &INFERENCE,
    },
];
