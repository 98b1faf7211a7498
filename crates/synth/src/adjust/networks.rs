//! What is changed in the networks besides TabDDPM (TVAE, CTGAN, the autoregressive one): passes, width, and the length
//! of steps. Attempts begin afresh.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Answer, Fault, Symptoms};
use crate::{Result, params};

/// What is changed, in words.
pub(super) fn words(fault: Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::UnderTrained | Fault::LostCategories | Fault::Unexplained => {
            "n_iter doubled and at least 300, work in proportion"
        }
        Fault::BrokenPairs => "hidden doubled, up to 512, n_iter doubled, work in proportion",
        Fault::OverTrained => "n_iter halved, patience 3",
        Fault::Diverged => "learning_rate a fifth",
        Fault::OutOfMemory => "hidden and batch_size halved",
        Fault::TimeOut => "work cut to what half of the remaining time holds",
        Fault::Close | Fault::BadEncoding | Fault::Mismatch => return None,
    })
}

/// Checks parameters against their ranges.
type Check<P> = fn(&P) -> Result<()>;

/// Changes the parameters `p` of an attempt with these symptoms.
pub(crate) fn network<P>(p: &mut P, check: Check<P>, symptoms: &Symptoms) -> Answer
where
    P: Serialize + DeserializeOwned + Clone + PartialEq,
{
    match adjusted(p, check, symptoms) {
        Some((next, why)) => {
            *p = next;
            Answer::Adjusted { warm: false, why }
        }
        None => Answer::Stop("No other parameters would help."),
    }
}

/// The parameters for the next attempt; none where no other ones would help.
fn adjusted<P>(now: &P, check: Check<P>, symptoms: &Symptoms) -> Option<(P, &'static str)>
where
    P: Serialize + DeserializeOwned + Clone + PartialEq,
{
    let values = serde_json::to_value(now).ok()?;
    let of = |name: &str| values.get(name).and_then(Value::as_f64);
    let mut next = now.clone();
    let mut whole =
        |name: &str, value: f64| params::set(&mut next, name, &format!("{value:.0}")).ok();
    let longer = |factor: f64| (of("n_iter").unwrap_or(0.0) * factor).clamp(300.0, 1e6);
    let mut work = 1.0;
    let why = match symptoms.fault {
        Fault::UnderTrained | Fault::LostCategories | Fault::Unexplained => {
            whole("n_iter", longer(2.0))?;
            work = 2.0;
            "More passes bring the columns closer."
        }
        Fault::BrokenPairs => {
            let hidden = of("hidden")?;
            if hidden >= 512.0 {
                return None;
            }
            whole("hidden", (2.0 * hidden).min(512.0))?;
            whole("n_iter", longer(2.0))?;
            work = 4.0;
            "Pairs need more capacity: a wider network."
        }
        Fault::OverTrained => {
            whole("n_iter", (of("n_iter")? / 2.0).max(20.0).min(of("n_iter")?))?;
            whole("patience", 3.0)?;
            "Rows are learned by heart: stop sooner."
        }
        Fault::Diverged => {
            let rate = of("learning_rate")? / 5.0;
            params::set(&mut next, "learning_rate", &format!("{rate}")).ok()?;
            "The loss rose without bound: shorter steps."
        }
        Fault::OutOfMemory => {
            if of("hidden")? <= 16.0 {
                return None;
            }
            whole("hidden", (of("hidden")? / 2.0).max(16.0))?;
            whole("batch_size", (of("batch_size")? / 2.0).max(16.0))?;
            "A smaller network and smaller batches need less memory."
        }
        Fault::TimeOut => {
            let left = symptoms.left.unwrap_or(0.0) / 2.0;
            if left < 1.0 || symptoms.took <= 0.0 {
                return None;
            }
            work = (left / symptoms.took).min(0.5);
            "A training that ends within the time left is better than one cut short."
        }
        Fault::Close | Fault::BadEncoding | Fault::Mismatch => return None,
    };
    let bound = of("work")?;
    if work != 1.0 && bound > 0.0 {
        params::set(&mut next, "work", &format!("{}", bound * work)).ok()?;
    }
    (next != *now && check(&next).is_ok()).then_some((next, why))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::{Answer, Fault, Symptoms};
    use super::words;
    use crate::{Config, Method, Mode, TableSize};

    #[test]
    fn every_change_of_a_network_is_within_its_ranges_and_ends() {
        let size = TableSize {
            rows: 5_000,
            columns: 10,
        };
        for fault in Fault::ALL {
            let symptoms = Symptoms {
                took: 100.0,
                left: Some(60.0),
                ..Symptoms::of(fault)
            };
            for method in [Method::Tvae, Method::Ctgan, Method::Autoregressive] {
                let mut config = Config::defaults(method, size, Mode::Balanced);
                let before = config.clone();
                let answer = config.adjust(&symptoms);
                let changes = matches!(answer, Answer::Adjusted { .. });
                assert_eq!(changes, words(fault).is_some(), "{fault:?}");
                assert_eq!(changes, config != before, "{fault:?}");
                for _ in 0..30 {
                    config.in_range().unwrap();
                    config.adjust(&symptoms);
                }
                config.in_range().unwrap();
            }
        }
    }
}
