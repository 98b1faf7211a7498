//! What a user says of rules between columns, in `schema.toml`: rules of their own, and which of those that are found
//! are not to be kept.

use serde::{Deserialize, Serialize};

/// Rules between columns, over those that are found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Conditions that each synthetic row has to meet, as in SQL: `end >= start`, `total = net + tax`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<Rule>,
    /// Rules that are found and not to be kept, in the words of `verdancy inspect`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbid: Vec<String>,
}

/// A rule that the user adds: a text, or one with what real rows that break it mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Rule {
    /// A condition, met by each synthetic row even where some real rows break it.
    Text(String),
    /// A condition, and what exceptions to it mean.
    With {
        /// The condition.
        rule: String,
        /// What becomes of it when real rows break it.
        exceptions: Exceptions,
    },
}

/// What becomes of a rule that real rows break.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Exceptions {
    /// Synthetic rows keep it all the same; a warning says how many real rows do not.
    #[default]
    Never,
    /// Synthetic rows may break it, as real ones do.
    Keep,
    /// The run is refused.
    Refuse,
}

impl Rule {
    /// The condition.
    pub fn text(&self) -> &str {
        match self {
            Rule::Text(rule) | Rule::With { rule, .. } => rule,
        }
    }

    /// What becomes of it when real rows break it.
    pub fn exceptions(&self) -> Exceptions {
        match self {
            Rule::Text(_) => Exceptions::Never,
            Rule::With { exceptions, .. } => *exceptions,
        }
    }
}
