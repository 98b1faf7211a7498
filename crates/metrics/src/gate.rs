//! A limit held against a figure.

use serde::{Deserialize, Serialize};

use crate::card::{Card, Group, Rule};
use crate::{Limit, Profile, Score};

/// Worst columns that a reason names.
const NAMED: usize = 3;

/// The colour of a gate, and of a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Within the limit.
    Green,
    /// Over the limit, and a fresh real sample of this size would not have been.
    Red,
    /// Over the limit, but a fresh real sample of this size might be too: too few rows.
    #[serde(alias = "cannot_tell")]
    Inconclusive,
    /// The profile asks for the figure, and it could not be judged here (no hold-out rows): the
    /// verdict is inconclusive at best.
    NotJudged,
    /// The figure does not apply to this table (no target, no numeric pair): not part of the verdict.
    NotApplicable,
}

/// One gate of a profile, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// The metric's [`Card::id`](crate::Card::id).
    pub id: String,
    /// Name for people.
    pub name: String,
    /// The limit.
    pub limit: f64,
    /// True when the figure has to be at least the limit, false when at most.
    pub at_least: bool,
    /// The figure.
    pub value: Option<f64>,
    /// The noise floor.
    pub floor: Option<f64>,
    /// Its interval.
    pub floor_interval: Option<(f64, f64)>,
    /// The colour.
    pub status: Status,
    /// One sentence: why this colour, naming the worst columns where there are any.
    pub reason: String,
}

/// The gates of `profile`, in the order of the cards. Without `unseen` rows, what needs them is not
/// judged.
pub(crate) fn gates(profile: &Profile, scores: &[Score], unseen: bool) -> Vec<Gate> {
    crate::cards()
        .iter()
        .filter_map(|card| {
            let limit = profile.gates.get(card.id)?;
            let score = scores.iter().find(|s| s.id == card.id);
            let mut gate = gate(card, *limit, score);
            if card.held_out && !unseen {
                gate.status = Status::NotJudged;
                gate.reason = NO_HOLDOUT.to_owned();
            }
            Some(gate)
        })
        .collect()
}

const NO_HOLDOUT: &str =
    "Needs real rows that the maker of the synthetic table has not seen: give them with --holdout.";

fn gate(card: &Card, limit: Limit, score: Option<&Score>) -> Gate {
    let (limit, at_least) = match limit {
        Limit::Max(x) => (x, false),
        Limit::Min(x) => (x, true),
    };
    let mut gate = Gate {
        id: card.id.to_owned(),
        name: card.name.to_owned(),
        limit,
        at_least,
        value: None,
        floor: None,
        floor_interval: None,
        status: Status::NotApplicable,
        reason: "Not computed.".to_owned(),
    };
    let Some(score) = score else {
        return gate;
    };
    gate.value = score.value;
    gate.floor = score.floor;
    gate.floor_interval = score.floor_interval;
    let note = score.note.as_deref();
    let Some(value) = score.value.filter(|v| !v.is_nan()) else {
        gate.reason = sentence(note.unwrap_or("cannot be computed on these tables"));
        return gate;
    };
    if card.rule == Rule::WhereRealReaches
        && let Some(floor) = score.floor
        && score
            .floor_interval
            .map_or(floor, |(low, _)| low.min(floor))
            < limit
    {
        gate.reason = format!(
            "Training on real rows reaches {}, which is not surely over the limit of {}: not held against the synthetic rows.",
            card.show(floor),
            card.show(limit)
        );
        return gate;
    }
    // What a figure of privacy is without a leak; chance adds to that.
    let none = match card.group {
        Group::Privacy => gate.floor.unwrap_or(0.0),
        _ => 0.0,
    };
    gate.status = status(value, limit, at_least, gate.floor_interval, none);
    gate.reason = reason(card, &gate, value, score);
    gate
}

fn status(value: f64, limit: f64, at_least: bool, fresh: Option<(f64, f64)>, none: f64) -> Status {
    let kept = |x: f64| if at_least { x >= limit } else { x <= limit };
    if kept(value) {
        return Status::Green;
    }
    match fresh {
        // Over the limit even with all that chance explains taken off.
        Some((_, high)) if !at_least && value - (high - none) > limit => Status::Red,
        Some((low, high)) if !kept(if at_least { low } else { high }) => Status::Inconclusive,
        _ => Status::Red,
    }
}

fn reason(card: &Card, gate: &Gate, value: f64, score: &Score) -> String {
    let limit = card.show_beside(gate.limit, value);
    let side = match (gate.at_least, gate.status) {
        (true, Status::Green) => "at least",
        (true, _) => "under",
        (false, Status::Green) => "within",
        (false, _) => "over",
    };
    let mut out = format!(
        "{} is {side} the limit of {limit}",
        card.show_beside(value, gate.limit)
    );
    if gate.status == Status::Inconclusive
        && let Some((low, high)) = gate.floor_interval
    {
        out += &if card.id == "rows" {
            ": too few rows to judge by".to_owned()
        } else {
            format!(
                ", but a fresh real sample of this size scores {} to {}: too few rows for this limit",
                card.show(low),
                card.show(high)
            )
        };
    }
    if gate.status != Status::Green && !score.worst.is_empty() {
        let names: Vec<String> = (score.worst.iter().take(NAMED))
            .map(|(name, x)| format!("{name} {x:.2}"))
            .collect();
        out += &format!("; worst: {}", names.join(", "));
    }
    if let Some(note) = &score.note {
        out += &format!("; {note}");
    }
    sentence(&out)
}

/// Upper case at the head, a full stop at the end.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars
        .next()
        .map(char::to_uppercase)
        .into_iter()
        .flatten()
        .collect();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_never_hides_on_which_side_of_its_limit_a_figure_is() {
        let over = score("ks_mean", Some(0.100_04), None, None);
        let gate = gate(
            crate::card("ks_mean").unwrap(),
            Limit::Max(0.1),
            Some(&over),
        );
        assert_eq!(gate.status, Status::Red);
        let told = "0.10004 is over the limit of 0.10000";
        assert!(gate.reason.starts_with(told), "{}", gate.reason);
        assert_eq!(crate::decimals(0.1, 0.1), 3);
        assert_eq!(crate::decimals(0.2, 0.1), 3);
        assert_eq!(crate::decimals(0.100_4, 0.1), 4);
    }

    fn score(id: &str, value: Option<f64>, floor: Option<f64>, fresh: Option<(f64, f64)>) -> Score {
        Score {
            id: id.to_owned(),
            value,
            floor,
            floor_interval: fresh,
            interval: None,
            note: None,
            worst: vec![("capital-gain".to_owned(), 0.123), ("age".to_owned(), 0.08)],
            parts: Vec::new(),
        }
    }

    fn judged(id: &str, limit: Limit, score: Option<&Score>) -> Gate {
        gate(crate::card(id).unwrap_or(&crate::cards()[0]), limit, score)
    }

    #[test]
    fn three_colours_of_an_upper_limit() {
        let at = |value, fresh| {
            let s = score("ks_mean", Some(value), Some(0.03), fresh);
            judged("ks_mean", Limit::Max(0.1), Some(&s))
        };
        assert_eq!(at(0.1, Some((0.0, 0.5))).status, Status::Green);
        let red = at(0.11, Some((0.01, 0.05)));
        assert_eq!(red.status, Status::Red);
        assert_eq!(
            red.reason,
            "0.110 is over the limit of 0.100; worst: capital-gain 0.12, age 0.08."
        );
        assert_eq!(at(0.11, None).status, Status::Red);
        let unclear = at(0.11, Some((0.05, 0.12)));
        assert_eq!(unclear.status, Status::Inconclusive);
        assert!(unclear.reason.contains("0.050 to 0.120"));
        // So far over the limit that chance is no excuse.
        assert_eq!(at(0.21, Some((0.05, 0.12))).status, Status::Inconclusive);
        assert_eq!(at(0.23, Some((0.05, 0.12))).status, Status::Red);
    }

    #[test]
    fn three_colours_of_a_lower_limit() {
        let at = |value, fresh| {
            let s = score("rare_coverage", Some(value), Some(1.0), fresh);
            judged("rare_coverage", Limit::Min(0.7), Some(&s)).status
        };
        assert_eq!(at(0.7, None), Status::Green);
        assert_eq!(at(0.6, Some((0.9, 1.0))), Status::Red);
        assert_eq!(at(0.6, Some((0.5, 1.0))), Status::Inconclusive);
    }

    #[test]
    fn figures_that_do_not_apply_are_left_out() {
        let none = score("ks_mean", None, None, None);
        let g = judged("ks_mean", Limit::Max(0.1), Some(&none));
        assert_eq!(g.status, Status::NotApplicable);
        let g = judged("ks_mean", Limit::Max(0.1), None);
        assert_eq!(g.status, Status::NotApplicable);
        // Real training does not reach the limit: the gate is not held.
        let weak = score("auroc", Some(0.5), Some(0.75), None);
        let g = judged("auroc", Limit::Min(0.8), Some(&weak));
        assert_eq!(g.status, Status::NotApplicable);
        let good = score("auroc", Some(0.5), Some(0.95), None);
        let g = judged("auroc", Limit::Min(0.8), Some(&good));
        assert_eq!(g.status, Status::Red);
    }

    #[test]
    fn a_leak_that_chance_cannot_explain_is_red_however_few_the_rows() {
        let at = |value| {
            let s = score(
                "membership_auc",
                Some(value),
                Some(0.52),
                Some((0.44, 0.62)),
            );
            judged("membership_auc", Limit::Max(0.6), Some(&s)).status
        };
        assert_eq!(at(0.61), Status::Inconclusive);
        assert_eq!(at(0.69), Status::Inconclusive);
        assert_eq!(at(0.71), Status::Red);
    }
}
