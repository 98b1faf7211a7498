//! Profiles: named sets of limits, in TOML. Three ship with the product, users write their own:
//!
//! ```toml
//! name = "ours"
//! [gates]
//! ks_mean = { max = 0.10 }
//! rare_coverage = { min = 0.70 }
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::card::{self, Direction};
use crate::{Error, Result};

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

const SHIPPED: [(&str, &str); 3] = [
    ("standard", include_str!("../profiles/standard.toml")),
    ("strict", include_str!("../profiles/strict.toml")),
    ("research", include_str!("../profiles/research.toml")),
];

impl Profile {
    /// Names of the profiles that ship with the product; the first is the default.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// A shipped profile by its name, or a user's by the path of its file.
    ///
    /// # Errors
    /// `metrics/unknown-profile`, `metrics/profile-unreadable`, and those of [`Profile::parse`].
    pub fn load(name_or_path: &str) -> Result<Profile> {
        if let Some((_, text)) = SHIPPED.iter().find(|(name, _)| *name == name_or_path) {
            return Profile::parse(text);
        }
        let path = Path::new(name_or_path);
        let names: Vec<&str> = Profile::names().collect();
        if !path.exists() {
            let message = if path.extension().is_some() || path.components().count() > 1 {
                "There is no such profile file."
            } else {
                "There is no profile of this name."
            };
            return Err(Error::input(
                "metrics/unknown-profile",
                message,
                format!(
                    "Use one of {}, or the path of a TOML file.",
                    nearest(name_or_path, &names).join(", ")
                ),
            )
            .in_file(path));
        }
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::input(
                "metrics/profile-unreadable",
                "The profile cannot be read as text.",
                "Give the path of a readable TOML file.",
            )
            .in_file(path)
            .caused_by(e)
        })?;
        Profile::parse(&text).map_err(|e| e.in_file(path))
    }

    /// A profile from TOML text.
    ///
    /// # Errors
    /// `metrics/profile-syntax`, `metrics/unknown-metric`, `metrics/profile-limit`.
    pub fn parse(text: &str) -> Result<Profile> {
        let profile: Profile = toml::from_str(text).map_err(|e| {
            let error = Error::input(
                "metrics/profile-syntax",
                format!("The profile is not valid: {}.", e.message()),
                "Write `name = \"...\"`, then under `[gates]` lines like `ks_mean = { max = 0.10 }`.",
            );
            match e.span() {
                Some(at) => {
                    let before = text.get(..at.start).unwrap_or(text);
                    error.at_line(before.matches('\n').count() as u64 + 1)
                }
                None => error,
            }
        })?;
        for (id, limit) in &profile.gates {
            check(id, *limit).map_err(|e| match line_of(text, id) {
                Some(line) => e.at_line(line),
                None => e,
            })?;
        }
        Ok(profile)
    }
}

fn check(id: &str, limit: Limit) -> Result<()> {
    let Some(card) = card::find(id) else {
        let ids: Vec<&str> = card::cards().iter().map(|c| c.id).collect();
        return Err(Error::input(
            "metrics/unknown-metric",
            format!("The profile has a gate on `{id}`, which is no metric."),
            format!("Known metrics are {}.", nearest(id, &ids).join(", ")),
        ));
    };
    let (value, fits, word) = match limit {
        Limit::Max(x) => (x, card.direction != Direction::High, "min"),
        Limit::Min(x) => (x, card.direction == Direction::High, "max"),
    };
    if !value.is_finite() {
        return Err(Error::input(
            "metrics/profile-limit",
            format!("The limit on `{id}` is not a finite number."),
            "Write a finite number.",
        ));
    }
    if !fits {
        let better = if word == "min" { "high" } else { "low" };
        return Err(Error::input(
            "metrics/profile-limit",
            format!("`{id}` is better when it is {better}, so the limit is on the wrong side."),
            format!("Write `{id} = {{ {word} = {value} }}`."),
        ));
    }
    Ok(())
}

/// `names`, the likeliest meant first.
fn nearest<'a>(name: &str, names: &[&'a str]) -> Vec<&'a str> {
    let mut out = names.to_vec();
    out.sort_by(|a, b| {
        let near = |x: &str| strsim::normalized_damerau_levenshtein(name, x);
        near(b).total_cmp(&near(a))
    });
    out
}

fn line_of(text: &str, id: &str) -> Option<u64> {
    let at = text.lines().position(|l| {
        let key = l.split(['=', '.']).next().unwrap_or("");
        key.trim().trim_matches('"') == id
    })?;
    Some(at as u64 + 1)
}
