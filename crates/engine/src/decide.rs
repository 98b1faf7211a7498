//! What to change after a diagnosis: a pure table from kind and tier to changed parameters, a
//! fresh or a warm start, another method, or an end.

mod networks;
mod trees;

use serde::{Deserialize, Serialize};
use verdancy_synth::{Config, Method, cart};

use crate::diagnose::{Diagnosis, Kind, Tier, odd_parameters};

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
    /// No further attempt, and why.
    pub(crate) fn stop(why: &str) -> Decision {
        Decision {
            action: Action::Stop,
            changes: Vec::new(),
            warm: false,
            why: why.to_owned(),
        }
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
    /// True when another method may be tried: the user asked for none by name, and it has not run.
    pub may_switch: bool,
}

impl Budget {
    /// One attempt more, by the same method.
    pub const ONE: Budget = Budget {
        attempts: 1,
        seconds: None,
        took: 0.0,
        may_switch: false,
    };
}

/// One row of the table of decisions.
pub struct Row {
    /// Diagnosis.
    pub kind: Kind,
    /// What is changed in TabDDPM, in words.
    pub change: &'static str,
    /// What is changed in CART and in the leaves of ARF, in words.
    pub trees: &'static str,
    /// What is changed in TVAE and CTGAN, in words.
    pub networks: &'static str,
    /// Whether the next attempt starts from the last weights.
    pub start: &'static str,
}

/// The table of decisions in words, in the order of the kinds; [`decide`] is it in code.
pub const TABLE: [Row; 13] = [
    Row {
        kind: Kind::Green,
        change: "nothing; with a KS mean within a fifth of its limit n_iter + 50, once",
        trees: "nothing",
        networks: "nothing",
        start: "warm",
    },
    Row {
        kind: Kind::UnderTrained,
        change: "n_iter by tier: critical and severe + 200 and at least 500, standard + 100, near + 50, otherwise + 100 and at least 300; work in proportion",
        trees: trees::SMALLER,
        networks: networks::LONGER,
        start: "warm",
    },
    Row {
        kind: Kind::OverTrained,
        change: "n_iter halved, prior at least 0.7, smoothing at least 0.2, dropout at least 0.1, patience 3, copy_limit 0.1",
        trees: trees::LARGER,
        networks: networks::SHORTER,
        start: "fresh",
    },
    Row {
        kind: Kind::Diverged,
        change: "learning_rate a tenth and at most 0.001, clip 1",
        trees: "nothing",
        networks: networks::GENTLER,
        start: "fresh",
    },
    Row {
        kind: Kind::BadEncoding,
        change: "another method; without one, another seed",
        trees: "nothing",
        networks: "nothing",
        start: "fresh",
    },
    Row {
        kind: Kind::BrokenPairs,
        change: "n_iter + 100 from the last weights where the bound on work gave fewer than half of its passes to a network of at least 128; otherwise hidden doubled and at least 128, n_iter + 100; under 1,000 rows (prior in use) prior at least 0.8 and smoothing 0; another method after that",
        trees: trees::SMALLER,
        networks: networks::WIDER,
        start: "fresh; warm in the first case",
    },
    Row {
        kind: Kind::LostCategories,
        change: "n_iter + 100, hidden at least 128",
        trees: trees::SMALLER,
        networks: networks::LONGER,
        start: "fresh",
    },
    Row {
        kind: Kind::TimeOut,
        change: "work cut to what half of the remaining time holds; another method when that is less than a second",
        trees: "nothing",
        networks: networks::CHEAPER,
        start: "fresh",
    },
    Row {
        kind: Kind::OutOfMemory,
        change: "hidden and batch_size halved; another method when hidden is 16 already",
        trees: "nothing",
        networks: networks::SMALLER,
        start: "fresh",
    },
    Row {
        kind: Kind::TooFewRows,
        change: "nothing: only more rows would help",
        trees: "nothing",
        networks: "nothing",
        start: "-",
    },
    Row {
        kind: Kind::DecodeFault,
        change: "another method; without one, another seed",
        trees: "nothing",
        networks: "nothing",
        start: "fresh",
    },
    Row {
        kind: Kind::Mismatch,
        change: "the parameters named, to their recommended values",
        trees: "nothing",
        networks: "nothing",
        start: "fresh",
    },
    Row {
        kind: Kind::Unexplained,
        change: "n_iter + 100 and at least 300",
        trees: trees::SMALLER,
        networks: networks::LONGER,
        start: "warm",
    },
];

/// Decides what follows `diagnosis` of an attempt with `config`; gives the decision and the next
/// attempt's configuration, when there is one.
pub fn decide(
    diagnosis: &Diagnosis,
    config: &Config,
    budget: Budget,
) -> (Decision, Option<Config>) {
    let end = |action: Action, why: &str| {
        (
            Decision {
                action,
                changes: Vec::new(),
                warm: false,
                why: why.to_owned(),
            },
            None,
        )
    };
    let preventive = diagnosis.kind == Kind::Green && diagnosis.tier == Tier::Near;
    match diagnosis.kind {
        Kind::Green if !preventive => {
            return end(Action::Accept, "Passed every gate on the validation rows.");
        }
        Kind::TooFewRows => {
            return end(Action::Stop, "Only more real rows would make this surer.");
        }
        _ => {}
    }
    if budget.attempts == 0 {
        return end(Action::Stop, "All attempts are used.");
    }
    let switch = || {
        if !budget.may_switch {
            return None;
        }
        Some((
            Decision {
                action: Action::Switch,
                changes: vec![change(
                    "method",
                    config.method().name(),
                    Method::Cart.name(),
                )],
                warm: false,
                why: "Another method does not share the fault.".to_owned(),
            },
            Some(Config::Cart(cart::Params::default())),
        ))
    };
    let learned_wrong = matches!(
        diagnosis.kind,
        Kind::UnderTrained
            | Kind::OverTrained
            | Kind::LostCategories
            | Kind::BrokenPairs
            | Kind::Unexplained
    );
    if learned_wrong
        && budget.attempts == 1
        && let Some(other) = switch()
    {
        return other;
    }
    let before = match config {
        Config::Tabddpm(before) => before,
        Config::Cart(_) | Config::Arf(_) => {
            return match trees::adjusted(diagnosis.kind, config) {
                Some((next, why)) => {
                    let decision = Decision {
                        action: Action::Retry,
                        changes: changes(config, &next),
                        warm: false,
                        why: why.to_owned(),
                    };
                    (decision, Some(next))
                }
                None => end(Action::Stop, "No other size of leaf would help."),
            };
        }
        Config::Tvae(_) | Config::Ctgan(_) => {
            return match networks::adjusted(diagnosis, config, budget) {
                Some((next, why)) => {
                    let decision = Decision {
                        action: Action::Retry,
                        changes: changes(config, &next),
                        warm: false,
                        why: why.to_owned(),
                    };
                    (decision, Some(next))
                }
                None => end(Action::Stop, "No other parameters would help."),
            };
        }
        Config::GaussianCopula(_) => {
            return end(Action::Stop, "The copula has nothing to adjust.");
        }
    };
    let mut p = before.clone();
    let longer = |p: &mut verdancy_synth::tabddpm::Params, more: u32, least: u32| {
        let n_iter = p.n_iter.saturating_add(more).max(least).min(1_000_000);
        // The bound on work must not take back what more epochs give.
        p.work *= (f64::from(n_iter) / f64::from(p.n_iter.max(1))).min(4.0);
        p.n_iter = n_iter;
    };
    let mut warm = false;
    let why = match diagnosis.kind {
        Kind::Green | Kind::UnderTrained => {
            warm = true;
            match diagnosis.tier {
                Tier::Critical | Tier::Severe => longer(&mut p, 200, 500),
                Tier::Standard => longer(&mut p, 100, 0),
                Tier::Near => longer(&mut p, 50, 0),
                Tier::Green => longer(&mut p, 100, 300),
            }
            if preventive {
                "The KS mean passes, but close: a little more training, to be sure."
            } else {
                "The loss was still falling: train longer, from where it ended."
            }
        }
        Kind::OverTrained => {
            p.n_iter = (p.n_iter / 2).max(50);
            p.prior = p.prior.max(0.7);
            p.smoothing = p.smoothing.max(0.2);
            p.dropout = p.dropout.max(0.1);
            p.patience = 3;
            p.copy_limit = p.copy_limit.min(0.1);
            "Rows are learned by heart: stop sooner, and steady the model by noise and by rows that cannot be copies."
        }
        Kind::Diverged => {
            p.learning_rate = (p.learning_rate / 10.0).min(1e-3);
            p.clip = p.clip.min(1.0);
            "The loss left for good: shorter steps."
        }
        // A wider network would get fewer passes still out of the same work.
        Kind::BrokenPairs if p.prior == 0.0 && p.hidden >= 128 && few_passes(diagnosis, before) => {
            warm = true;
            longer(&mut p, 100, 0);
            "Work, not width, was the bound on what pairs could be learned: train on from where it ended."
        }
        Kind::BrokenPairs if p.hidden >= 512 => {
            return switch().unwrap_or_else(|| {
                end(
                    Action::Stop,
                    "The network is wide enough; nothing else is left to change.",
                )
            });
        }
        Kind::BrokenPairs => {
            if p.prior > 0.0 && p.prior < 0.8 && p.hidden >= 64 {
                p.prior = 0.8;
                p.smoothing = 0.0;
                longer(&mut p, 100, 0);
                "Too few rows to learn pairs from alone: lean more on the copula's."
            } else {
                let hidden = (p.hidden * 2).max(128);
                p.hidden = hidden;
                longer(&mut p, 100, 0);
                "Pairs need more capacity: a wider network."
            }
        }
        Kind::Unexplained => {
            warm = true;
            longer(&mut p, 100, 300);
            "No rule explains the red gate: train longer, from where it ended."
        }
        Kind::LostCategories => {
            p.hidden = p.hidden.max(128);
            longer(&mut p, 100, 0);
            "Rare levels need more passes."
        }
        Kind::TimeOut => {
            let left = budget.seconds.unwrap_or(0.0) / 2.0;
            if left < 1.0 || budget.took <= 0.0 || before.work == 0.0 {
                return switch()
                    .unwrap_or_else(|| end(Action::Stop, "Not enough time for another attempt."));
            }
            p.work *= (left / budget.took).min(0.5);
            "A training that ends within the time left is better than one cut short."
        }
        Kind::OutOfMemory => {
            if p.hidden <= 16 {
                return switch()
                    .unwrap_or_else(|| end(Action::Stop, "The smallest network does not fit."));
            }
            p.hidden = (p.hidden / 2).max(16);
            p.batch_size = (p.batch_size / 2).max(16);
            "A smaller network and smaller batches need less memory."
        }
        Kind::Mismatch => {
            for (name, _, good) in odd_parameters(config) {
                match name {
                    "learning_rate" => p.learning_rate = good,
                    "dropout" => p.dropout = good,
                    "smoothing" => p.smoothing = good,
                    "clip" => p.clip = good,
                    _ => p.sampler_steps = good as u32,
                }
            }
            "The parameters named go back into their range."
        }
        Kind::BadEncoding | Kind::DecodeFault => {
            return switch().unwrap_or_else(|| {
                (
                    Decision {
                        action: Action::Retry,
                        changes: Vec::new(),
                        warm: false,
                        why: "No parameter mends this; another seed may.".to_owned(),
                    },
                    Some(config.clone()),
                )
            });
        }
        Kind::TooFewRows => "",
    };
    let next = Config::Tabddpm(p);
    let decision = Decision {
        action: Action::Retry,
        changes: changes(config, &next),
        warm,
        why: why.to_owned(),
    };
    (decision, Some(next))
}

/// True when the bound on work left fewer than half of the passes asked for.
fn few_passes(diagnosis: &Diagnosis, p: &verdancy_synth::tabddpm::Params) -> bool {
    diagnosis
        .figure("epochs_planned")
        .is_some_and(|planned| planned > 0.0 && planned < 0.5 * f64::from(p.n_iter))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use verdancy_synth::{Mode, TableSize};

    use super::*;

    const BUDGET: Budget = Budget {
        attempts: 2,
        seconds: None,
        took: 1.0,
        may_switch: true,
    };

    fn config() -> Config {
        let size = TableSize {
            rows: 5_000,
            columns: 10,
        };
        Config::defaults(Method::Tabddpm, size, Mode::Balanced)
    }

    fn found(kind: Kind, tier: Tier) -> Diagnosis {
        Diagnosis {
            kind,
            tier,
            cause: String::new(),
            evidence: Vec::new(),
            columns: Vec::new(),
            pairs: Vec::new(),
        }
    }

    fn after(kind: Kind, tier: Tier, config: &Config) -> (Decision, Option<Config>) {
        decide(&found(kind, tier), config, BUDGET)
    }

    fn n_iter(config: &Config) -> u32 {
        match config {
            Config::Tabddpm(p) => p.n_iter,
            _ => 0,
        }
    }

    fn with_n_iter(n: u32) -> Config {
        let mut config = config();
        config.set("n_iter", &n.to_string()).unwrap();
        config
    }

    #[test]
    fn critical_and_severe_add_200_epochs_and_reach_at_least_500() {
        for tier in [Tier::Critical, Tier::Severe] {
            let next = |n| after(Kind::UnderTrained, tier, &with_n_iter(n)).1.unwrap();
            assert_eq!(n_iter(&next(20)), 500);
            assert_eq!(n_iter(&next(400)), 600);
        }
    }

    #[test]
    fn standard_adds_100_epochs() {
        let (decision, next) = after(Kind::UnderTrained, Tier::Standard, &with_n_iter(300));
        assert_eq!(n_iter(&next.unwrap()), 400);
        assert!(decision.warm && decision.action == Action::Retry);
        assert!(
            decision
                .changes
                .iter()
                .any(|c| c.name == "n_iter" && c.to == "400")
        );
    }

    #[test]
    fn near_adds_50_epochs_though_it_passes() {
        for kind in [Kind::UnderTrained, Kind::Green] {
            let next = after(kind, Tier::Near, &with_n_iter(300)).1;
            assert_eq!(n_iter(&next.unwrap()), 350);
        }
    }

    #[test]
    fn green_keeps_everything() {
        let (decision, next) = after(Kind::Green, Tier::Green, &config());
        assert!(decision.action == Action::Accept && next.is_none());
    }

    #[test]
    fn more_epochs_raise_the_bound_on_work_too() {
        let (Config::Tabddpm(before), Some(Config::Tabddpm(next))) = (
            with_n_iter(300),
            after(Kind::UnderTrained, Tier::Standard, &with_n_iter(300)).1,
        ) else {
            panic!("TabDDPM stays TabDDPM");
        };
        assert!((next.work / before.work - 400.0 / 300.0).abs() < 1e-9);
    }

    #[test]
    fn tiers_are_as_specified() {
        for (ks, tier) in [
            (0.73, Tier::Critical),
            (0.5, Tier::Severe),
            (0.21, Tier::Severe),
            (0.2, Tier::Standard),
            (0.101, Tier::Standard),
            (0.1, Tier::Near),
            (0.08, Tier::Near),
            (0.079, Tier::Green),
        ] {
            assert_eq!(Tier::of(ks, 0.1), tier, "{ks}");
        }
    }

    #[test]
    fn pairs_that_work_kept_from_being_learned_are_trained_on_and_others_widened() {
        let next = |planned: f64| {
            let mut diagnosis = found(Kind::BrokenPairs, Tier::Green);
            diagnosis.evidence = vec![("epochs_planned".into(), planned)];
            let mut first = with_n_iter(600);
            first.set("prior", "0").unwrap();
            first.set("hidden", "256").unwrap();
            decide(&diagnosis, &first, BUDGET).0
        };
        let changed = |d: &Decision| d.changes.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        let on = next(53.0);
        assert!(on.warm);
        assert_eq!(changed(&on), ["n_iter", "work"]);
        let wider = next(600.0);
        assert!(!wider.warm);
        assert!(changed(&wider).contains(&"hidden".to_owned()));
    }

    #[test]
    fn what_no_parameter_mends_switches_the_method_when_it_may() {
        let (decision, next) = after(Kind::DecodeFault, Tier::Critical, &config());
        assert_eq!(decision.action, Action::Switch);
        assert_eq!(next.unwrap().method(), Method::Cart);
        let diagnosis = |kind| Diagnosis {
            kind,
            tier: Tier::Green,
            cause: String::new(),
            evidence: Vec::new(),
            columns: Vec::new(),
            pairs: Vec::new(),
        };
        let left = |attempts| Budget { attempts, ..BUDGET };
        let (decision, next) = decide(&diagnosis(Kind::Diverged), &config(), left(0));
        assert!(decision.action == Action::Stop && next.is_none());
        // Pairs of a small table: once more with the copula's rows, at last by the copula.
        let small = Config::defaults(
            Method::Tabddpm,
            TableSize {
                rows: 200,
                columns: 10,
            },
            Mode::Balanced,
        );
        let pairs = diagnosis(Kind::BrokenPairs);
        assert_eq!(decide(&pairs, &small, left(2)).0.action, Action::Retry);
        assert_eq!(decide(&pairs, &small, left(1)).0.action, Action::Switch);
    }

    #[test]
    fn every_next_configuration_is_valid() {
        let schema = verdancy_table::Schema::of(Vec::new());
        for row in &TABLE {
            for tier in [Tier::Critical, Tier::Standard, Tier::Near, Tier::Green] {
                if let (_, Some(next)) = after(row.kind, tier, &config()) {
                    next.check(&schema).unwrap();
                }
            }
        }
    }
}
