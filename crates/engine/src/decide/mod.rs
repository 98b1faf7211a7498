//! What to change after a diagnosis: parameters, as the method answers ([`verdancy_synth::adjust`]), a fresh or a warm
//! start, another method, or an end.

mod table;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use verdancy_synth::adjust::{Answer, Fault, Gap, Symptoms};
use verdancy_synth::{Config, Method, Mode, TableSize};

use crate::diagnose::{Diagnosis, Keeping, Kind, Tier};

pub use table::{Row, TABLE};

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Green: nothing more is tried.
    Accept,
    /// Another attempt of the same method.
    Retry,
    /// Another attempt with another method.
    Switch,
    /// Nothing that could be changed would help, or nothing is left to spend.
    Stop,
}

/// One changed parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Parameter.
    pub name: String,
    /// Value before.
    pub from: String,
    /// Value after.
    pub to: String,
}

/// What follows from a diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What is done.
    pub action: Action,
    /// Parameters that change.
    pub changes: Vec<Change>,
    /// True when the next attempt goes on from this one's weights.
    pub warm: bool,
    /// Why, in a sentence.
    pub why: String,
}

impl Decision {
    /// A decision without changes, and why.
    fn plain(action: Action, why: &str) -> Decision {
        Decision {
            action,
            changes: Vec::new(),
            warm: false,
            why: why.to_owned(),
        }
    }

    /// No further attempt, and why.
    pub(crate) fn stop(why: &str) -> Decision {
        Decision::plain(Action::Stop, why)
    }
}

/// What is left to spend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Attempts that may follow.
    pub attempts: u32,
    /// Seconds left of the time limit, if there is one.
    pub seconds: Option<f64>,
    /// Seconds that the last training took.
    pub took: f64,
    /// Another method that may be tried: the user asked for none by name, it has not run, and its cost fits.
    pub other: Option<Other>,
}

/// A method with its defaults for a table and a mode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Other {
    /// The method.
    pub method: Method,
    /// Of the rows to learn from.
    pub size: TableSize,
    /// What the user asked for.
    pub mode: Mode,
}

impl Other {
    /// Its configuration.
    pub fn config(self) -> Config {
        Config::defaults(self.method, self.size, self.mode)
    }
}

impl Budget {
    /// One attempt more, by the same method.
    pub const ONE: Budget = Budget {
        attempts: 1,
        seconds: None,
        took: 0.0,
        other: None,
    };
}

/// Decides what follows `diagnosis` of an attempt with `config`; gives the decision and the next
/// attempt's configuration, when there is one.
pub fn decide(
    diagnosis: &Diagnosis,
    config: &Config,
    budget: Budget,
) -> (Decision, Option<Config>) {
    match diagnosis.kind {
        Kind::Green if diagnosis.tier != Tier::Near => {
            let why = "Passed every gate on the validation rows.";
            return (Decision::plain(Action::Accept, why), None);
        }
        Kind::TooFewRows => return stop("Only more real rows would make this surer."),
        _ => {}
    }
    if budget.attempts == 0 {
        return stop("All attempts are used.");
    }
    if diagnosis.kind == Kind::BrokenRelations {
        return rules(diagnosis, config);
    }
    let learned_wrong = matches!(
        diagnosis.kind,
        Kind::UnderTrained
            | Kind::OverTrained
            | Kind::LostCategories
            | Kind::BrokenPairs
            | Kind::Unexplained
    );
    if let Some(other) = budget.other
        && learned_wrong
        && budget.attempts == 1
    {
        return switch(config, other);
    }
    let Some(fault) = fault(diagnosis.kind) else {
        return stop("No parameter of the method changes this.");
    };
    let symptoms = Symptoms {
        fault,
        gap: gap(diagnosis.tier),
        planned: diagnosis.figure("epochs_planned"),
        took: budget.took,
        left: budget.seconds,
    };
    let mut next = config.clone();
    match (next.adjust(&symptoms), budget.other) {
        (Answer::Adjusted { warm, why }, _) => retry(config, next, warm, why),
        (Answer::Switch(_) | Answer::SwitchOrRepeat, Some(other)) => switch(config, other),
        (Answer::Switch(why) | Answer::Stop(why), _) => stop(why),
        (Answer::SwitchOrRepeat, None) => {
            let why = "No parameter corrects this; another seed may.";
            (Decision::plain(Action::Retry, why), Some(config.clone()))
        }
    }
}

/// What a method may correct by its parameters; `None` for what no parameter of a method changes.
fn fault(kind: Kind) -> Option<Fault> {
    Some(match kind {
        Kind::Green => Fault::Close,
        Kind::UnderTrained => Fault::UnderTrained,
        Kind::OverTrained => Fault::OverTrained,
        Kind::Diverged => Fault::Diverged,
        Kind::BadEncoding | Kind::DecodeFault => Fault::BadEncoding,
        Kind::BrokenPairs => Fault::BrokenPairs,
        Kind::LostCategories => Fault::LostCategories,
        Kind::TimeOut => Fault::TimeOut,
        Kind::OutOfMemory => Fault::OutOfMemory,
        Kind::Mismatch => Fault::Mismatch,
        Kind::Unexplained => Fault::Unexplained,
        Kind::TooFewRows | Kind::BrokenRelations => return None,
    })
}

fn gap(tier: Tier) -> Gap {
    match tier {
        Tier::Critical | Tier::Severe => Gap::Wide,
        Tier::Standard => Gap::Moderate,
        Tier::Near => Gap::Narrow,
        Tier::Green => Gap::None,
    }
}

/// `config` changed as for relations that were not learned (trees: with smaller leaves), if there is anything to change.
pub(crate) fn finer(config: &Config) -> Option<(Decision, Config)> {
    let mut next = config.clone();
    let Answer::Adjusted { warm, why } = next.adjust(&Symptoms::of(Fault::BrokenPairs)) else {
        return None;
    };
    let (decision, next) = retry(config, next, warm, why);
    Some((decision, next?))
}

/// What follows rows that break rules between columns.
fn rules(diagnosis: &Diagnosis, config: &Config) -> (Decision, Option<Config>) {
    let (from, to, why) = match diagnosis.keeping {
        Some(Keeping::Not) => (
            "not kept",
            "keep",
            "The encoding lost the rules between columns: learn the rows in their form.",
        ),
        Some(Keeping::Form) => (
            "keep",
            "keep, rows that break one drawn again",
            "Rules that define the same cell are in conflict: rows that break one are drawn again.",
        ),
        Some(Keeping::Again) | None => {
            return stop("Rows break a rule however often they are drawn again.");
        }
    };
    let decision = Decision {
        changes: vec![change("relations", from, to)],
        ..Decision::plain(Action::Retry, why)
    };
    (decision, Some(config.clone()))
}

fn stop(why: &str) -> (Decision, Option<Config>) {
    (Decision::stop(why), None)
}

/// Another attempt with other parameters.
fn retry(from: &Config, next: Config, warm: bool, why: &str) -> (Decision, Option<Config>) {
    let decision = Decision {
        action: Action::Retry,
        changes: changes(from, &next),
        warm,
        why: why.to_owned(),
    };
    (decision, Some(next))
}

/// Another attempt with another method.
fn switch(from: &Config, other: Other) -> (Decision, Option<Config>) {
    let decision = Decision {
        action: Action::Switch,
        changes: vec![change("method", from.method().name(), other.method.name())],
        warm: false,
        why: "Another method does not share the fault.".to_owned(),
    };
    (decision, Some(other.config()))
}

fn change(name: &str, from: &str, to: &str) -> Change {
    Change {
        name: name.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
    }
}

/// The parameters in which two configurations of one method differ.
fn changes(from: &Config, to: &Config) -> Vec<Change> {
    let map = |config: &Config| match serde_json::to_value(config) {
        Ok(serde_json::Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (from, to) = (map(from), map(to));
    (to.iter())
        .filter_map(|(name, value)| {
            let before = from.get(name)?;
            let text = |v: &serde_json::Value| match v {
                serde_json::Value::String(s) => s.clone(),
                v => v.to_string(),
            };
            (before != value).then(|| change(name, &text(before), &text(value)))
        })
        .collect()
}
