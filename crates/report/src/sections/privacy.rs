//! What attacks on the synthetic rows found, and what that means in plain words.

use serde::Serialize;
use verdancy_metrics::{Card, Group, Judgement, Score, Status};

use super::{Badge, Fact, badge, fact, gates};
use crate::figures;
use crate::number::{figure, fixed, interval, maybe, percent, short};

/// One attack or count.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub name: String,
    pub value: String,
    pub interval: String,
    pub floor: String,
    pub badge: Option<Badge>,
    pub limit: String,
    pub meaning: String,
    pub note: String,
}

/// Who is at risk, and through which columns: of the strongest membership attack.
#[derive(Debug, Clone, Serialize)]
pub struct Risk {
    pub figure: String,
    pub words: String,
    pub columns: Vec<Fact>,
}

/// How the strongest attack's score is distributed; `None` where no attack was made. No cell value
/// is in it.
pub fn risk(judgement: &Judgement) -> Option<Risk> {
    let score = judgement.score("membership_auc")?;
    let shares: Vec<f64> = (0..)
        .map_while(|bin| score.part(&format!("risk.{bin}")))
        .collect();
    let top = *shares.last()?;
    let even = 1.0 / shares.len() as f64;
    Some(Risk {
        figure: figures::risk("Risk over the training people", &shares),
        words: format!(
            "{} of the training people score higher under the strongest attack than {} of the held-out people; \
             without a leak it would be {}.",
            percent(top),
            percent(1.0 - even),
            percent(even)
        ),
        columns: (score.worst.iter())
            .map(|(name, auc)| fact(name, fixed(*auc, 2)))
            .collect(),
    })
}

/// How far synthetic rows are from the nearest training row and the nearest held-out row; empty where that
/// was not measured.
pub fn nearest(judgement: &Judgement) -> String {
    let Some(score) = judgement.score("nearer_to_train") else {
        return String::new();
    };
    let shares = |side: &str| -> Vec<f64> {
        (0..)
            .map_while(|bin| score.part(&format!("{side}.{bin}")))
            .collect()
    };
    let (train, held_out) = (shares("distance.train"), shares("distance.held_out"));
    let Some(end) = score.part("distance.end").filter(|_| !train.is_empty()) else {
        return String::new();
    };
    let bins = figures::Bins {
        real: held_out,
        synthetic: train,
        ticks: vec![
            (0.0, "0".to_owned()),
            (0.5, short(end / 2.0)),
            (1.0, format!("≥ {}", short(end))),
        ],
    };
    figures::histogram(
        "Distance of synthetic rows to the nearest training row and to the nearest held-out row",
        &bins,
    )
}

/// The findings, membership first.
pub fn findings(judgement: &Judgement, cards: &[Card]) -> Vec<Finding> {
    let is_privacy = |s: &&Score| {
        cards.iter().find(|c| c.id == s.id).map_or_else(
            || topic(&s.id) != Topic::Other,
            |c| c.group == Group::Privacy,
        )
    };
    let mut scores: Vec<&Score> = judgement.scores.iter().filter(is_privacy).collect();
    scores.sort_by_key(|s| topic(&s.id));
    scores
        .into_iter()
        .map(|s| {
            let gate = judgement
                .gates
                .iter()
                .find(|g| g.id == s.id && g.status != Status::NotApplicable);
            Finding {
                name: gates::name(&s.id, cards),
                value: maybe(s.value),
                interval: interval(s.interval.filter(|(a, z)| a != z)),
                floor: maybe(s.floor),
                badge: gate.map(|g| badge(g.status)),
                limit: gate.map_or_else(String::new, |g| {
                    format!("{} {}", if g.at_least { "≥" } else { "≤" }, figure(g.limit))
                }),
                meaning: meaning(s, cards),
                note: s.note.clone().unwrap_or_default(),
            }
        })
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    Membership,
    Nearer,
    Copies,
    Duplicates,
    Groups,
    Identifiable,
    Other,
}

fn topic(id: &str) -> Topic {
    let has = |words: &[&str]| words.iter().any(|w| id.contains(w));
    if has(&["membership"]) {
        Topic::Membership
    } else if has(&["nearer", "dcr"]) {
        Topic::Nearer
    } else if has(&["copy", "copies"]) {
        Topic::Copies
    } else if has(&["duplicate"]) {
        Topic::Duplicates
    } else if has(&["anonymity", "diversity", "k_map"]) {
        Topic::Groups
    } else if has(&["identifiab"]) {
        Topic::Identifiable
    } else {
        Topic::Other
    }
}

fn meaning(score: &Score, cards: &[Card]) -> String {
    let Some(value) = score.value.filter(|v| v.is_finite()) else {
        return "Not measured in this run.".to_owned();
    };
    match topic(&score.id) {
        Topic::Membership if score.id.contains("auc") => format!(
            "Someone who holds two full records, one from the training rows and one that was held out, \
             and who has the synthetic table, picks the training record in {} of 100 such pairs. \
             Guessing gives 50; 100 would mean that the table tells who was in the data.",
            fixed((value * 100.0).round(), 0)
        ),
        Topic::Nearer => format!(
            "{} of the synthetic rows lie nearer to a training row than to a held-out row, when equal \
             numbers of both are compared. 50 % is what rows without copies would show.",
            percent(value)
        ),
        Topic::Copies => format!(
            "How much nearer the synthetic rows lie to the training rows than new real rows would: 0 is not \
             at all, 1 is a plain copy of the training rows. This table is {} of the way.",
            percent(value.max(0.0))
        ),
        Topic::Duplicates => format!(
            "{} of the synthetic rows equal a training row in every modelled column beyond chance{}.",
            percent(value.max(0.0)),
            match score
                .part("equal_to_training")
                .zip(score.part("equal_to_held_out"))
            {
                Some((training, held_out)) => format!(
                    "; {} equal a training row, {} a held-out row",
                    percent(training),
                    percent(held_out)
                ),
                None => String::new(),
            }
        ),
        Topic::Groups => {
            "The smallest group of synthetic rows that share the same values in the columns \
                          that could identify a person."
                .to_owned()
        }
        Topic::Identifiable => format!(
            "{} of the training rows have a synthetic row nearer to them than any other real row.",
            percent(value)
        ),
        Topic::Membership | Topic::Other => beyond(&score.id, value).unwrap_or_else(|| {
            let card = cards.iter().find(|c| c.id == score.id);
            card.map_or_else(String::new, |c| format!("Formula: {}", c.formula))
        }),
    }
}

/// What attacks that are scored beyond chance found; `None` for figures that are something else.
fn beyond(id: &str, value: f64) -> Option<String> {
    let value = percent(value.max(0.0));
    Some(match id {
        "membership_tpr" => format!(
            "An attacker who wrongly accuses at most 1 in 100 held-out records recognises {value} of the training \
             records. Guessing gives 1 %."
        ),
        "rare_combinations" => format!(
            "{value} of the pairs of levels that a single training row has come back in the synthetic rows."
        ),
        "singling_out_one" => format!(
            "A statement about one column that is true of a single synthetic row is true of a single training row \
             in {value} of the cases beyond what it is for held-out rows."
        ),
        "singling_out_several" => format!(
            "A statement about three columns that is true of a single synthetic row is true of a single training \
             row in {value} of the cases beyond what it is for held-out rows."
        ),
        "linkability" => format!(
            "Two halves of a training record are recognised as one person's through the synthetic rows in {value} \
             of the cases beyond what they are for held-out records."
        ),
        "inference" => format!(
            "Someone who knows all but one value of a training record guesses that value from the nearest synthetic \
             row in {value} of the cases beyond what is guessed of held-out records."
        ),
        _ => return None,
    })
}
