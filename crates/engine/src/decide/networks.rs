//! What is changed in the networks besides TabDDPM (TVAE, CTGAN, the autoregressive one): passes, width, and the length
//! of steps. Attempts begin afresh.

use serde_json::Value;
use verdancy_synth::Config;

use super::{Adjusted, Budget};
use crate::diagnose::{Diagnosis, Kind};

/// In words, for the table of decisions.
pub(super) const LONGER: &str = "n_iter doubled and at least 300, work in proportion";
/// In words, for the table of decisions.
pub(super) const SHORTER: &str = "n_iter halved, patience 3";
/// In words, for the table of decisions.
pub(super) const GENTLER: &str = "learning_rate a fifth";
/// In words, for the table of decisions.
pub(super) const WIDER: &str = "hidden doubled, up to 512, n_iter doubled, work in proportion";
/// In words, for the table of decisions.
pub(super) const CHEAPER: &str = "work cut to what half of the remaining time holds";
/// In words, for the table of decisions.
pub(super) const SMALLER: &str = "hidden and batch_size halved";

/// A configuration for the next attempt; none where nothing that could be changed would
/// help.
pub(super) fn adjusted(diagnosis: &Diagnosis, config: &Config, budget: Budget) -> Option<Adjusted> {
    let values = serde_json::to_value(config).ok()?;
    let of = |name: &str| values.get(name).and_then(Value::as_f64);
    let mut next = config.clone();
    let mut whole = |name: &str, value: f64| next.set(name, &format!("{value:.0}")).ok();
    let longer = |factor: f64| (of("n_iter").unwrap_or(0.0) * factor).clamp(300.0, 1e6);
    let mut work = 1.0;
    let why = match diagnosis.kind {
        Kind::UnderTrained | Kind::LostCategories | Kind::Unexplained => {
            whole("n_iter", longer(2.0))?;
            work = 2.0;
            "More passes bring the columns closer."
        }
        Kind::BrokenPairs => {
            let hidden = of("hidden")?;
            if hidden >= 512.0 {
                return None;
            }
            whole("hidden", (2.0 * hidden).min(512.0))?;
            whole("n_iter", longer(2.0))?;
            work = 4.0;
            "Pairs need more capacity: a wider network."
        }
        Kind::OverTrained => {
            whole("n_iter", (of("n_iter")? / 2.0).max(20.0).min(of("n_iter")?))?;
            whole("patience", 3.0)?;
            "Rows are learned by heart: stop sooner."
        }
        Kind::Diverged => {
            let rate = of("learning_rate")? / 5.0;
            next.set("learning_rate", &format!("{rate}")).ok()?;
            "The loss left for good: shorter steps."
        }
        Kind::OutOfMemory => {
            if of("hidden")? <= 16.0 {
                return None;
            }
            whole("hidden", (of("hidden")? / 2.0).max(16.0))?;
            whole("batch_size", (of("batch_size")? / 2.0).max(16.0))?;
            "A smaller network and smaller batches need less memory."
        }
        Kind::TimeOut => {
            let left = budget.seconds.unwrap_or(0.0) / 2.0;
            if left < 1.0 || budget.took <= 0.0 {
                return None;
            }
            work = (left / budget.took).min(0.5);
            "A training that ends within the time left is better than one cut short."
        }
        _ => return None,
    };
    let bound = of("work")?;
    if work != 1.0 && bound > 0.0 {
        next.set("work", &format!("{}", bound * work)).ok()?;
    }
    (next != *config && next.in_range().is_ok()).then_some(Adjusted {
        next,
        warm: false,
        why,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use verdancy_synth::{Method, Mode, TableSize};

    use super::super::{Action, decide};
    use super::*;
    use crate::diagnose::Tier;

    #[test]
    fn every_change_of_a_network_is_within_its_ranges_and_ends() {
        let size = TableSize {
            rows: 5_000,
            columns: 10,
        };
        let budget = Budget {
            seconds: Some(60.0),
            took: 100.0,
            ..Budget::ONE
        };
        for kind in [
            Kind::UnderTrained,
            Kind::OverTrained,
            Kind::Diverged,
            Kind::BrokenPairs,
            Kind::LostCategories,
            Kind::TimeOut,
            Kind::OutOfMemory,
            Kind::Unexplained,
        ] {
            let found = Diagnosis {
                kind,
                tier: Tier::Standard,
                cause: String::new(),
                evidence: Vec::new(),
                columns: Vec::new(),
                pairs: Vec::new(),
                keeping: None,
            };
            for method in [Method::Tvae, Method::Ctgan, Method::Autoregressive] {
                let config = Config::defaults(method, size, Mode::Balanced);
                let (decision, next) = decide(&found, &config, budget);
                assert_eq!(decision.action, Action::Retry, "{kind:?}");
                assert!(!decision.changes.is_empty(), "{kind:?}");
                let mut config = next.unwrap();
                for _ in 0..30 {
                    config.in_range().unwrap();
                    match adjusted(&found, &config, budget) {
                        Some(found) => config = found.next,
                        None => break,
                    }
                }
            }
        }
    }
}
