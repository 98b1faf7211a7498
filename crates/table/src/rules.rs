//! What a user says of rules between columns, in `schema.toml`: rules of their own, and which of those that are found
//! are not to be kept.

use serde::{Deserialize, Serialize};

/// Rules between columns, over those that are found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Conditions that each synthetic row has to meet, as in SQL: `end >= start`, `total = net + tax`; and
    /// `one_of(town, region)` (only combinations that real rows have), `unique(number)` (another value in each row).
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

/// What kind of rule it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A condition on each row.
    Condition,
    /// These columns take only combinations that real rows have.
    OneOf(Vec<String>),
    /// These columns have other values in each row.
    Unique(Vec<String>),
}

impl Rule {
    /// What kind of rule it is.
    pub fn shape(&self) -> Shape {
        let text = self.text().trim();
        let arguments = |name: &str| {
            let (own, rest) = text.split_at_checked(name.len())?;
            let inner = rest.trim_start().strip_prefix('(')?.strip_suffix(')')?;
            (own.eq_ignore_ascii_case(name)).then(|| names(inner))?
        };
        match (arguments("one_of"), arguments("unique")) {
            (Some(columns), _) => Shape::OneOf(columns),
            (_, Some(columns)) => Shape::Unique(columns),
            _ => Shape::Condition,
        }
    }

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

/// Names of columns between commas, as in SQL: plain, or in double quotes. `None` when it is something else.
fn names(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let mut end = quoted.find('"')?;
                while quoted[end + 1..].starts_with('"') {
                    end += 2 + quoted[end + 2..].find('"')?;
                }
                (quoted[..end].replace("\"\"", "\""), &quoted[end + 1..])
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let name = rest[..end].trim();
                if name.contains(['(', ')', '"', '\'']) {
                    return None;
                }
                (name.to_owned(), &rest[end..])
            }
        };
        if name.is_empty() {
            return None;
        }
        found.push(name);
        match after.trim_start().strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => return after.trim().is_empty().then_some(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_and_unique_columns_are_told_from_conditions() {
        let shape = |text: &str| Rule::Text(text.to_owned()).shape();
        let list = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            shape(" One_Of( town, \"the \"\"region\"\"\" ) "),
            Shape::OneOf(list(&["town", "the \"region\""]))
        );
        assert_eq!(
            shape("unique(\"a, b\",c)"),
            Shape::Unique(list(&["a, b", "c"]))
        );
        for other in [
            "one_of = 1",
            "unique(a) = 2",
            "one_of(a) or one_of(b)",
            "one_of()",
            "unique(a,)",
            "unique('x')",
            "end >= start",
            "ünique(a)",
        ] {
            assert_eq!(shape(other), Shape::Condition, "{other}");
        }
    }
}
