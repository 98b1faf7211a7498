//! Which of two attempts is better, from figures on training and validation rows.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use verdancy_metrics::{Group, Judgement, Status, card};

/// How an attempt stands: fewer red gates first, then fewer fidelity gates over their limit, then
/// the smaller error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Red gates, and one more when something else is known to be wrong: training failed its own
    /// checks, or rows are copied.
    pub red: usize,
    /// Fidelity gates over their limit, told or not.
    pub over: usize,
    /// Shape error and trend error (SDMetrics) in percentage points; half of the utility that is lost,
    /// in points; and a fifth of the points by which a boosted-tree C2ST lies above 0.5, which nearly
    /// every model exceeds on wide tables.
    pub error: f64,
}

impl Standing {
    /// The standing of a judged attempt; `sound` when nothing else is known to be wrong with it.
    pub fn of(judgement: &Judgement, sound: bool) -> Standing {
        let count = |keep: &dyn Fn(&verdancy_metrics::Gate) -> bool| {
            judgement.gates.iter().filter(|g| keep(g)).count()
        };
        let value = |id: &str| judgement.value(id);
        let fidelity = |id: &str| card(id).is_some_and(|c| c.group == Group::Fidelity);
        let error = 100.0 * value("shape_error").unwrap_or(0.0)
            + 100.0 * value("trend_error").unwrap_or(0.0)
            + 50.0 * (1.0 - value("utility_kept").unwrap_or(1.0)).max(0.0)
            + 20.0 * (value("c2st_trees").unwrap_or(0.5) - 0.5).max(0.0);
        Standing {
            red: count(&|g| g.status == Status::Red) + usize::from(!sound),
            over: count(&|g| {
                fidelity(&g.id) && matches!(g.status, Status::Red | Status::Inconclusive)
            }),
            error: if error.is_finite() { error } else { f64::MAX },
        }
    }

    /// The standing of what has no rows to judge.
    pub fn failed() -> Standing {
        Standing {
            red: 9,
            over: 9,
            error: 99.0,
        }
    }

    /// One number in the same order, for searches and means: smaller is better.
    pub fn as_number(&self) -> f64 {
        1e4 * self.red as f64 + 1e2 * self.over as f64 + self.error.min(99.0)
    }

    /// True when this is better than `other`.
    pub fn beats(&self, other: &Standing) -> bool {
        let order = (self.red, self.over).cmp(&(other.red, other.over));
        order.then(self.error.total_cmp(&other.error)) == Ordering::Less
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_gates_weigh_more_than_gates_over_and_these_more_than_errors() {
        let at = |red, over, error| Standing { red, over, error };
        assert!(at(0, 3, 90.0).beats(&at(1, 0, 1.0)));
        assert!(at(1, 0, 90.0).beats(&at(1, 1, 1.0)));
        assert!(at(1, 1, 1.0).beats(&at(1, 1, 2.0)));
        assert!(!at(1, 1, 2.0).beats(&at(1, 1, 2.0)));
    }
}
