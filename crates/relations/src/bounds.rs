//! Order between columns of which one is computed: nobody's mean is above the greatest value, though that is the least
//! value and the range.

use serde::{Deserialize, Serialize};
use verdancy_table::Result;

use crate::frame::Frame;
use crate::limits::{Limit, exchange};

/// Columns in order, kept by exchanging cells of those from which nothing is computed, or nothing yet where it is undone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bounds {
    pub limits: Vec<Limit>,
    /// Limits that other rules say, which must not be broken on the way.
    pub also: Vec<Limit>,
    pub free: Vec<String>,
}

impl Bounds {
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.limits.iter().map(Limit::sentence).collect()
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<Vec<usize>>> {
        self.limits.iter().map(|l| l.broken(frame)).collect()
    }

    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let all: Vec<Limit> = self.limits.iter().chain(&self.also).cloned().collect();
        exchange(frame, &all, &self.free)
    }
}
