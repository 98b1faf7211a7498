//! What a judge says of one synthetic table. The verdict is computed from the gates whenever it is
//! asked for, and never stored: it cannot disagree with them.

use serde::{Deserialize, Serialize, Serializer};

use crate::{ColumnScore, Gate, Group, PairScore, Score, Status, card};

/// Gates that the reason for an inconclusive verdict names.
const NAMED: usize = 2;

/// Everything that is known about a synthetic table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Judgement {
    /// The profile's name.
    pub profile: String,
    /// Gates in the profile's order of display.
    pub gates: Vec<Gate>,
    /// All figures, gated or not.
    pub scores: Vec<Score>,
    /// Columns, worst first.
    pub columns: Vec<ColumnScore>,
    /// Pairs, worst first.
    pub pairs: Vec<PairScore>,
}

impl Judgement {
    /// Red when a gate is red. Inconclusive when one is, when a gate that the profile asks for could
    /// not be judged, or when no gate of fidelity or none of privacy was judged. Else green.
    pub fn verdict(&self) -> Status {
        verdict(&self.gates)
    }

    /// Why the verdict is inconclusive though no gate is red, in one sentence; `None` when it is not.
    pub fn why_inconclusive(&self) -> Option<String> {
        if self.verdict() != Status::Inconclusive {
            return None;
        }
        let named = |status: Status| -> Vec<&str> {
            (self.gates.iter().filter(|g| g.status == status))
                .map(|g| g.name.as_str())
                .collect()
        };
        let (unjudged, open) = (named(Status::NotJudged), named(Status::Inconclusive));
        let mut parts = Vec::new();
        if !unjudged.is_empty() {
            let shown = unjudged.len().min(NAMED);
            let more = match unjudged.len() - shown {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            parts.push(format!(
                "not judged: {}{more}",
                unjudged[..shown].join(", ")
            ));
        }
        if !open.is_empty() {
            parts.push(format!("too few rows for {}", open.join(", ")));
        }
        for group in missing_groups(&self.gates) {
            parts.push(format!("no gate of {} was judged", group.name()));
        }
        Some(parts.join("; "))
    }

    /// The figure called `id`.
    pub fn score(&self, id: &str) -> Option<&Score> {
        self.scores.iter().find(|s| s.id == id)
    }

    /// The value of the figure called `id`.
    pub fn value(&self, id: &str) -> Option<f64> {
        self.score(id)?.value
    }

    /// Changes gates: the one door for it.
    pub fn revise(&mut self, mut change: impl FnMut(&mut Gate, Option<&Score>)) {
        for gate in &mut self.gates {
            let score = self.scores.iter().find(|s| s.id == gate.id);
            change(gate, score);
        }
    }
}

/// The verdict of `gates`; see [`Judgement::verdict`].
pub(crate) fn verdict(gates: &[Gate]) -> Status {
    let any = |status| gates.iter().any(|g| g.status == status);
    if any(Status::Red) {
        Status::Red
    } else if any(Status::Inconclusive)
        || any(Status::NotJudged)
        || !missing_groups(gates).is_empty()
    {
        Status::Inconclusive
    } else {
        Status::Green
    }
}

/// Of fidelity and privacy, those of which no gate was judged.
fn missing_groups(gates: &[Gate]) -> Vec<Group> {
    let judged = |gate: &&Gate| {
        matches!(
            gate.status,
            Status::Green | Status::Red | Status::Inconclusive
        )
    };
    let groups: Vec<Group> = (gates.iter().filter(judged))
        .filter_map(|g| card(&g.id))
        .map(|c| c.group)
        .collect();
    [Group::Fidelity, Group::Privacy]
        .into_iter()
        .filter(|g| !groups.contains(g))
        .collect()
}

/// As a program reads it: the verdict beside what it follows from.
#[derive(Serialize)]
struct Shown<'a> {
    profile: &'a str,
    verdict: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    gates: &'a [Gate],
    scores: &'a [Score],
    columns: &'a [ColumnScore],
    pairs: &'a [PairScore],
}

impl Serialize for Judgement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown {
            profile: &self.profile,
            verdict: self.verdict(),
            why: self.why_inconclusive(),
            gates: &self.gates,
            scores: &self.scores,
            columns: &self.columns,
            pairs: &self.pairs,
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn judgement(gates: &[(&str, Status)]) -> Judgement {
        let gate = |(id, status): &(&str, Status)| Gate {
            id: (*id).to_owned(),
            name: card(id).map_or("unknown", |c| c.name).to_owned(),
            limit: 0.1,
            at_least: false,
            value: None,
            floor: None,
            floor_interval: None,
            status: *status,
            reason: String::new(),
        };
        Judgement {
            profile: "p".to_owned(),
            gates: gates.iter().map(gate).collect(),
            scores: Vec::new(),
            columns: Vec::new(),
            pairs: Vec::new(),
        }
    }

    #[test]
    fn verdicts() {
        use Status::{Green, Inconclusive, NotApplicable, NotJudged, Red};
        let of = |gates: &[(&str, Status)]| judgement(gates).verdict();
        let both = [("ks_mean", Green), ("membership_auc", Green)];
        let with = |more: Status| {
            let mut gates = both.to_vec();
            gates.push(("utility_kept", more));
            of(&gates)
        };
        assert_eq!(of(&both), Green);
        assert_eq!(with(NotApplicable), Green);
        assert_eq!(with(Inconclusive), Inconclusive);
        assert_eq!(with(NotJudged), Inconclusive);
        assert_eq!(with(Red), Red);
        assert_eq!(of(&[]), Inconclusive);
        // Facts of the table are no evidence, and one group does not speak for the other.
        assert_eq!(of(&[("rows", Green)]), Inconclusive);
        assert_eq!(of(&both[..1]), Inconclusive);
        assert_eq!(of(&both[1..]), Inconclusive);
        assert_eq!(
            of(&[("ks_mean", Green), ("membership_auc", NotApplicable)]),
            Inconclusive
        );
    }

    #[test]
    fn an_inconclusive_verdict_says_why() {
        use Status::{Green, NotJudged};
        let j = judgement(&[("ks_mean", Green), ("membership_auc", NotJudged)]);
        assert_eq!(
            j.why_inconclusive().unwrap(),
            "not judged: Membership attack AUC; no gate of privacy was judged"
        );
        let green = judgement(&[("ks_mean", Green), ("membership_auc", Green)]);
        assert_eq!(green.why_inconclusive(), None);
    }

    #[test]
    fn the_verdict_is_written_and_never_read() {
        let mut value = serde_json::to_value(judgement(&[("ks_mean", Status::Green)])).unwrap();
        assert_eq!(value["verdict"], "inconclusive");
        value["verdict"] = "green".into();
        let back: Judgement = serde_json::from_value(value).unwrap();
        assert_eq!(back.verdict(), Status::Inconclusive);
    }
}
