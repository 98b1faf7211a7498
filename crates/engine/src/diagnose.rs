//! Why an attempt is not green: a pure function from what an attempt left behind to one kind of
//! failure, with the evidence for it.
//!
//! [`RULES`] is read from the top; the first whose condition holds names the kind. What broke the
//! machinery (memory, time, a loss that is not finite, a decoder that mixes columns up) stands
//! before what is wrong with the figures, and what more training would fix before what it would
//! not. The documentation prints the same table.

use serde::{Deserialize, Serialize};
use verdancy_metrics::{Card, Group, Judgement, Status, Symptom, card};
use verdancy_relations::Form;
use verdancy_synth::{Config, Odd, Progress, Stop};

use crate::Completion;

/// How far the KS mean is from its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Over 0.50.
    Critical,
    /// 0.20 to 0.50.
    Severe,
    /// Over the limit.
    Standard,
    /// Within a fifth below the limit: passes, but close.
    Near,
    /// Below.
    Green,
}

impl Tier {
    /// The tier of a KS mean held against `limit`.
    pub fn of(ks_mean: f64, limit: f64) -> Tier {
        match ks_mean {
            x if x > 0.5 => Tier::Critical,
            x if x > 0.2_f64.max(limit) => Tier::Severe,
            x if x > limit => Tier::Standard,
            x if x >= 0.8 * limit - 1e-9 => Tier::Near,
            _ => Tier::Green,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Critical => "critical",
            Tier::Severe => "severe",
            Tier::Standard => "standard",
            Tier::Near => "near",
            Tier::Green => "green",
        }
    }
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// None.
    Green,
    /// The loss was still falling.
    UnderTrained,
    /// Samples copy training rows.
    OverTrained,
    /// The loss rose without bound.
    Diverged,
    /// One column comes back wrong while the others are right.
    BadEncoding,
    /// Columns are right, pairs are not: too little capacity.
    BrokenPairs,
    /// Levels are missing or at the wrong shares.
    LostCategories,
    /// The time limit cut training short.
    TimeOut,
    /// Training would have taken more memory than allowed.
    OutOfMemory,
    /// A fresh real sample of this size might fail too.
    TooFewRows,
    /// Rows come back in the wrong columns or outside the schema.
    DecodeFault,
    /// Rows break rules between columns.
    BrokenRelations,
    /// A parameter is far outside its recommended range.
    Mismatch,
    /// A gate is red, and no rule knows why.
    Unexplained,
}

/// What speaks for a diagnosis. All of it comes from training and validation rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Why training ended.
    pub stop: Stop,
    /// The checks after training.
    pub completion: Completion,
    /// First, least and last training loss.
    pub loss: Option<[f64; 3]>,
    /// What the last quarter of the checks gained on the validation loss (or, without validation
    /// rows, on the training loss), relative.
    pub gain: Option<f64>,
    /// Epochs run and planned.
    pub epochs: (f64, f64),
    /// Last copy share seen during training.
    pub copy_share: Option<f64>,
    /// KS mean and its limit.
    pub ks_mean: Option<(f64, f64)>,
    /// C2ST by boosted trees: 0.5 is guessing, well below it means near-copies.
    pub c2st: Option<f64>,
    /// Gates that are red.
    pub red: Vec<String>,
    /// Gates over their limit, red or not.
    pub over: Vec<String>,
    /// Gates that cannot be told.
    pub unsure: Vec<String>,
    /// Columns that are far off while most are not, with their shape error.
    pub odd_columns: Vec<(String, f64)>,
    /// Worst pairs with their trend error.
    pub worst_pairs: Vec<(String, String, f64)>,
    /// Worst columns with their shape error.
    pub worst_columns: Vec<(String, f64)>,
    /// Pairs of columns whose values came back in each other's place.
    pub swapped: Vec<(String, String)>,
    /// Rules between columns that rows break, in words, worst first, with the share of rows.
    pub broken_rules: Vec<(String, f64)>,
    /// How the rules are kept.
    pub keeping: Keeping,
    /// Parameters outside their recommended range.
    pub odd_parameters: Vec<Odd>,
}

/// How a model keeps the rules between columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeping {
    /// Not at all: it draws every column.
    Not,
    /// By what it draws: rows in their form.
    Form,
    /// So, and rows that break one all the same are drawn again.
    Again,
}

impl Keeping {
    /// How the rules of `form` are kept.
    pub fn of(form: Option<&Form>) -> Keeping {
        match form {
            None => Keeping::Not,
            Some(form) if form.redraws() => Keeping::Again,
            Some(_) => Keeping::Form,
        }
    }
}

/// A share of gain below which the loss is flat.
const FLAT: f64 = 0.03;
/// Passes below which a training is too short whatever the loss says.
const SHORT: f64 = 50.0;

impl Evidence {
    /// Gathers what an attempt left behind; `swapped` are columns found in each other's place.
    pub fn gather(
        config: &Config,
        history: &[Progress],
        stop: Stop,
        completion: &Completion,
        judgement: Option<&Judgement>,
        (swapped, keeping): (Vec<(String, String)>, Keeping),
    ) -> Evidence {
        let falls = config.method().loss_falls();
        let losses: Vec<f64> = (history.iter().filter(|_| falls)).map(|p| p.loss).collect();
        let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
        let loss = losses
            .first()
            .zip(losses.last())
            .map(|(a, b)| [*a, least, *b]);
        let mut checked: Vec<f64> = history.iter().filter_map(|p| p.validation_loss).collect();
        if checked.is_empty() {
            checked = losses.clone();
        }
        let epochs = history.last().map_or((0.0, 0.0), |p| (p.epoch, p.epochs));
        let gates = judgement.map_or(&[][..], |j| &j.gates);
        let ids = |keep: &dyn Fn(&verdancy_metrics::Gate) -> bool| -> Vec<String> {
            (gates.iter().filter(|g| keep(g)))
                .map(|g| g.id.clone())
                .collect()
        };
        let value = |id: &str| judgement.and_then(|j| j.value(id));
        let ks_limit = (gates.iter().find(|g| g.id == "ks_mean")).map_or(0.1, |g| g.limit);
        Evidence {
            stop,
            completion: completion.clone(),
            loss,
            gain: gain(&checked),
            epochs,
            copy_share: history.iter().rev().find_map(|p| p.copy_share),
            ks_mean: value("ks_mean").map(|v| (v, ks_limit)),
            c2st: value("c2st_trees"),
            red: ids(&|g| g.status == Status::Red),
            over: ids(&|g| matches!(g.status, Status::Red | Status::Inconclusive)),
            unsure: ids(&|g| g.status == Status::Inconclusive),
            odd_columns: judgement.map(odd_columns).unwrap_or_default(),
            worst_pairs: judgement.map_or_else(Vec::new, |j| {
                (j.pairs.iter().take(3))
                    .map(|p| (p.columns.0.clone(), p.columns.1.clone(), p.trend_error))
                    .collect()
            }),
            worst_columns: judgement.map_or_else(Vec::new, |j| {
                (j.columns.iter().take(3))
                    .map(|c| (c.column.clone(), c.shape_error))
                    .collect()
            }),
            swapped,
            broken_rules: (judgement.and_then(|j| j.score("rules_broken")))
                .map_or_else(Vec::new, |score| score.worst.clone()),
            keeping,
            odd_parameters: config.odd(),
        }
    }

    fn is_red(&self, symptom: Symptom) -> bool {
        any(&self.red, |c| c.symptom == symptom)
    }

    fn is_over(&self, symptom: Symptom) -> bool {
        any(&self.over, |c| c.symptom == symptom)
    }

    /// True when a figure of fidelity is over its limit.
    pub fn fidelity_is_over(&self) -> bool {
        any(&self.over, |c| c.group == Group::Fidelity)
    }

    fn was_short(&self) -> bool {
        let (run, planned) = self.epochs;
        self.stop == Stop::Completed
            && planned > 0.0
            && (run < SHORT || self.gain.is_some_and(|g| g > FLAT))
    }
}

/// True when one of the metrics `ids` is of the kind that `keep` asks for.
fn any(ids: &[String], keep: impl Fn(&Card) -> bool) -> bool {
    ids.iter().filter_map(|id| card(id)).any(keep)
}

/// What the last quarter gained, relative to where it began.
fn gain(losses: &[f64]) -> Option<f64> {
    let last = *losses.last()?;
    let before = losses[losses.len() - 1 - losses.len().div_ceil(4).min(losses.len() - 1)];
    (before.abs() > 0.0).then(|| (before - last) / before.abs())
}

/// Columns whose own distribution, or whose pairs, are far off while those of most columns are not.
fn odd_columns(judgement: &Judgement) -> Vec<(String, f64)> {
    let errors: Vec<(&str, f64)> = (judgement.columns.iter())
        .map(|c| (c.column.as_str(), c.shape_error))
        .collect();
    let mut found = stand_out(&errors, 0.2, 4.0);
    if found.is_empty() {
        let of = |name: &str| {
            let own: Vec<f64> = (judgement.pairs.iter())
                .filter(|p| p.columns.0 == name || p.columns.1 == name)
                .map(|p| (p.trend_error - p.floor.unwrap_or(0.0)).max(0.0))
                .collect();
            own.iter().sum::<f64>() / own.len().max(1) as f64
        };
        let pairs: Vec<(&str, f64)> = errors.iter().map(|(name, _)| (*name, of(name))).collect();
        found = stand_out(&pairs, 0.05, 3.0);
    }
    found
}

/// Those above `least` and above `times` the median, when they are at most a third of all.
fn stand_out(errors: &[(&str, f64)], least: f64, times: f64) -> Vec<(String, f64)> {
    let mut sorted: Vec<f64> = errors.iter().map(|e| e.1).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(median) = sorted.get(sorted.len().saturating_sub(1) / 2) else {
        return Vec::new();
    };
    let found: Vec<(String, f64)> = (errors.iter())
        .filter(|(_, e)| *e > least && *e > times * median)
        .map(|(name, e)| ((*name).to_owned(), *e))
        .collect();
    if found.len() * 3 <= errors.len() {
        found
    } else {
        Vec::new()
    }
}

/// One row of the table of diagnoses.
pub struct Rule {
    /// What it finds.
    pub kind: Kind,
    /// Its condition in words.
    pub when: &'static str,
    /// The root cause in words.
    pub cause: &'static str,
    holds: fn(&Evidence) -> bool,
}

/// The table of diagnoses: the first rule that holds names the kind.
pub const RULES: [Rule; 16] = [
    Rule {
        kind: Kind::OutOfMemory,
        when: "training was estimated to take more memory than allowed",
        cause: "The network and its batches do not fit into the memory allowed.",
        holds: |e| e.stop == Stop::MemoryLimit,
    },
    Rule {
        kind: Kind::Diverged,
        when: "the loss is not finite, or ends above where it began or at twice its least",
        cause: "Training diverged: the steps are too long for this loss.",
        holds: |e| {
            e.stop == Stop::Diverged
                || !e.completion.loss_finite
                || e.loss.is_some_and(|[first, least, last]| {
                    last > first || last > 2.0 * least.max(1e-9)
                })
        },
    },
    Rule {
        kind: Kind::DecodeFault,
        when: "a sample does not fit the schema, columns came back in each other's place, or the KS mean is over 0.5 though the loss fell",
        cause: "Rows are put back into the table wrongly; more training does not fix that.",
        holds: |e| {
            !e.completion.sample_fits_schema
                || !e.swapped.is_empty()
                || (e.ks_mean.is_some_and(|(v, _)| v > 0.5) && e.gain.is_some_and(|g| g < FLAT))
        },
    },
    Rule {
        kind: Kind::BrokenRelations,
        when: "rows break a rule between columns: any row where the encoding keeps the rules, more than the gate allows where it does not, or where such rows were drawn again already",
        cause: "Rows break rules between columns: the encoding does not keep them.",
        holds: |e| {
            !e.broken_rules.is_empty() && (e.keeping == Keeping::Form || e.is_over(Symptom::Rules))
        },
    },
    Rule {
        kind: Kind::TimeOut,
        when: "the time limit ended training and a gate is over its limit",
        cause: "The time limit ended training before it was done.",
        holds: |e| e.stop == Stop::TimeLimit && !e.over.is_empty(),
    },
    Rule {
        kind: Kind::Mismatch,
        when: "a parameter is far outside its recommended range, and a gate is over its limit or a boosted-tree C2ST over 0.75",
        cause: "A parameter is far outside the range that works.",
        holds: |e| {
            !e.odd_parameters.is_empty() && (!e.over.is_empty() || e.c2st.is_some_and(|c| c > 0.75))
        },
    },
    Rule {
        kind: Kind::UnderTrained,
        when: "all epochs asked for were run, fewer than 50 or with a loss that still fell by 3 % in the last quarter, and a gate of fidelity or utility is over its limit or a boosted-tree C2ST over 0.75",
        cause: "Training ended while the model still learned.",
        holds: |e| {
            e.was_short()
                && (e.fidelity_is_over()
                    || e.is_over(Symptom::Utility)
                    || e.c2st.is_some_and(|c| c > 0.75))
        },
    },
    Rule {
        kind: Kind::OverTrained,
        when: "a copy or membership gate is red, or samples lie so near to training rows that trees tell them apart worse than by guessing (C2ST under 0.35 after more than 1,000 passes, or under 0.25 with a copy share over 0.5)",
        cause: "The model has learned training rows by heart.",
        holds: |e| {
            e.is_red(Symptom::Copies)
                || (e.c2st.is_some_and(|c| c < 0.25) && e.copy_share.is_some_and(|c| c > 0.5))
                || (e.c2st.is_some_and(|c| c < 0.35) && e.epochs.0 > 1000.0)
        },
    },
    Rule {
        kind: Kind::BadEncoding,
        when: "at most a third of the columns is off by over 0.2 (or by over 0.05 in their pairs) and by several times the median column",
        cause: "A column comes back wrong while the others are right: its encoding does not fit it.",
        holds: |e| !e.odd_columns.is_empty() && !e.over.is_empty(),
    },
    Rule {
        kind: Kind::LostCategories,
        when: "a gate on categories (rare-category coverage, frequency skew, TV mean) is over its limit",
        cause: "Categories are missing or come at the wrong shares.",
        holds: |e| e.is_over(Symptom::Categories),
    },
    Rule {
        kind: Kind::BrokenPairs,
        when: "a gate on pairs of columns is over its limit, or a boosted-tree C2ST over 0.9 on a table that is not green",
        cause: "Columns are right alone and wrong together: too little capacity, or too little data for it.",
        holds: |e| {
            e.is_over(Symptom::Pairs) || (!e.red.is_empty() && e.c2st.is_some_and(|c| c > 0.9))
        },
    },
    Rule {
        kind: Kind::UnderTrained,
        when: "another fidelity gate is over its limit",
        cause: "Columns are not yet like the real ones.",
        holds: Evidence::fidelity_is_over,
    },
    Rule {
        kind: Kind::BrokenPairs,
        when: "utility is red",
        cause: "What predicts the target is not in the synthetic rows.",
        holds: |e| e.is_red(Symptom::Utility),
    },
    Rule {
        kind: Kind::Unexplained,
        when: "another gate is red",
        cause: "A gate is red, and nothing that is known of the training explains it.",
        holds: |e| any(&e.red, |c| c.symptom != Symptom::TooFewRows),
    },
    Rule {
        kind: Kind::TooFewRows,
        when: "no gate is red but on the number of rows, and some are inconclusive",
        cause: "A fresh real sample of this size might fail too.",
        holds: |e| !e.unsure.is_empty() || !e.red.is_empty(),
    },
    Rule {
        kind: Kind::Green,
        when: "otherwise",
        cause: "Passed every gate on the validation rows.",
        holds: |_| true,
    },
];

/// Why an attempt is as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The kind of failure, or green.
    pub kind: Kind,
    /// Distance of the KS mean from its limit.
    pub tier: Tier,
    /// The root cause in one sentence, naming what carries it.
    pub cause: String,
    /// Figures that speak for it.
    pub evidence: Vec<(String, f64)>,
    /// Columns that carry it, worst first.
    pub columns: Vec<String>,
    /// Pairs that carry it, worst first.
    pub pairs: Vec<(String, String)>,
    /// How the rules that rows break were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeping: Option<Keeping>,
}

impl Diagnosis {
    /// A figure of the evidence by its name.
    pub fn figure(&self, name: &str) -> Option<f64> {
        let found = self.evidence.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| *value)
    }
}

/// Finds out why.
pub fn diagnose(evidence: &Evidence) -> Diagnosis {
    let tier = (evidence.ks_mean).map_or(Tier::Green, |(ks, limit)| Tier::of(ks, limit));
    let rule = (RULES.iter().find(|r| (r.holds)(evidence))).unwrap_or(&RULES[RULES.len() - 1]);
    let mut figures: Vec<(String, f64)> = Vec::new();
    let mut note = |name: &str, value: Option<f64>| {
        figures.extend(
            value
                .filter(|v| v.is_finite())
                .map(|v| (name.to_owned(), v)),
        );
    };
    note("ks_mean", evidence.ks_mean.map(|(v, _)| v));
    note("c2st_trees", evidence.c2st);
    note("gain_of_last_quarter", evidence.gain);
    note("copy_share", evidence.copy_share);
    note("epochs_run", Some(evidence.epochs.0));
    note("epochs_planned", Some(evidence.epochs.1));
    if let Some([first, _, last]) = evidence.loss {
        note("first_loss", Some(first));
        note("last_loss", Some(last));
    }
    let columns: Vec<String> = match rule.kind {
        Kind::BadEncoding => evidence.odd_columns.iter().map(|c| c.0.clone()).collect(),
        Kind::UnderTrained | Kind::LostCategories => {
            evidence.worst_columns.iter().map(|c| c.0.clone()).collect()
        }
        _ => Vec::new(),
    };
    let pairs: Vec<(String, String)> = match rule.kind {
        Kind::DecodeFault => evidence.swapped.clone(),
        Kind::BrokenPairs => (evidence.worst_pairs.iter())
            .map(|p| (p.0.clone(), p.1.clone()))
            .collect(),
        _ => Vec::new(),
    };
    let mut cause = rule.cause.to_owned();
    if rule.kind == Kind::Mismatch {
        for odd in &evidence.odd_parameters {
            cause += &format!(" {} = {}.", odd.name, odd.value);
        }
    }
    if rule.kind == Kind::BrokenRelations {
        for (words, share) in evidence.broken_rules.iter().take(3) {
            cause += &format!(" {words}: broken in {:.2} % of the rows.", 100.0 * share);
        }
    }
    if !columns.is_empty() {
        cause += &format!(" Columns: {}.", columns.join(", "));
    }
    if !pairs.is_empty() {
        let named: Vec<String> = pairs.iter().map(|(a, b)| format!("{a} with {b}")).collect();
        cause += &format!(" Pairs: {}.", named.join(", "));
    }
    Diagnosis {
        kind: rule.kind,
        tier,
        cause,
        evidence: figures,
        columns,
        pairs,
        keeping: (rule.kind == Kind::BrokenRelations).then_some(evidence.keeping),
    }
}
