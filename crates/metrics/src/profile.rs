//! Profiles: named sets of limits, in TOML.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A limit on one metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The figure may be at most this.
    Max(f64),
    /// The figure has to be at least this.
    Min(f64),
}

/// A set of gates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Limits by metric id.
    pub gates: BTreeMap<String, Limit>,
}
