//! How many people have to share a value before it may leave: the one place of that policy.
//!
//! `K` protects numbers: a knot of a quantile function is an aggregate of at least `K` people, and
//! the `K` outermost of each end are only known as an aggregate. Levels of categories, constants
//! and look-up entries need fewer, since a level says less than a number with many digits:
//! [`Protection::levels`]. People are subjects where the table names them, rows elsewhere
//! ([`Table::subjects`](crate::Table::subjects)).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The least number of people behind everything that a model, a report or a synthetic row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Protection(u32);

impl Default for Protection {
    fn default() -> Protection {
        Protection(Protection::DEFAULT)
    }
}

impl Protection {
    /// `K` when nothing else is said.
    pub const DEFAULT: u32 = 10;
    /// `K` under the profile `strict` when nothing else is said.
    pub const STRICT: u32 = 20;
    /// No protection: `--protect 0`.
    pub const OFF: Protection = Protection(0);

    /// Protection of `k` people; 0 switches it off.
    pub fn of(k: u32) -> Protection {
        Protection(k)
    }

    /// The user's `K`, or what the profile of this name asks for.
    ///
    /// ```
    /// use verdancy_table::Protection;
    /// assert_eq!(Protection::under("strict", None).k(), 20);
    /// assert_eq!(Protection::under("strict", Some(5)).k(), 5);
    /// assert_eq!(Protection::under("standard", None), Protection::default());
    /// ```
    pub fn under(profile: &str, k: Option<u32>) -> Protection {
        Protection(k.unwrap_or(if profile == "strict" {
            Protection::STRICT
        } else {
            Protection::DEFAULT
        }))
    }

    /// `K` itself.
    pub fn k(self) -> u32 {
        self.0
    }

    /// True when values are not protected.
    pub fn is_off(self) -> bool {
        self.0 == 0
    }

    /// Fewest people behind a knot of a number or date, a spike, and each end of a column; at
    /// least 1.
    pub fn numbers(self) -> usize {
        self.0.max(1) as usize
    }

    /// Fewest people behind a level, a constant or a look-up entry: half of `K`, rounded up; at
    /// least 1.
    pub fn levels(self) -> usize {
        self.0.div_ceil(2).max(1) as usize
    }
}

/// How many groups have so many rows, from the sizes of all: sizes that fewer than `least` groups have
/// are merged with their neighbours, so that nobody is known by the number of their rows. Each size of
/// the result stands for at least `least` groups, if there are so many at all, and the mean is kept
/// to within rounding. Sizes of 0 count as 1.
///
/// ```
/// let sizes = [1, 1, 1, 2, 2, 2, 3, 90];
/// assert_eq!(verdancy_table::merged_sizes(sizes, 3), [(1, 3), (20, 5)].into());
/// ```
pub fn merged_sizes(sizes: impl IntoIterator<Item = u64>, least: usize) -> BTreeMap<u64, u64> {
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for size in sizes {
        *counts.entry(size.max(1)).or_insert(0) += 1;
    }
    let mut groups: Vec<(u64, u64)> = (counts.into_iter())
        .map(|(size, people)| (size * people, people))
        .collect();
    let mean = |(rows, people): (u64, u64)| rows as f64 / people as f64;
    while groups.len() > 1 {
        let Some(at) = (0..groups.len())
            .filter(|&i| groups[i].1 < least as u64)
            .min_by_key(|&i| groups[i].1)
        else {
            break;
        };
        let distance = |other: usize| (mean(groups[at]) - mean(groups[other])).abs();
        let into = match at {
            0 => 1,
            last if last + 1 == groups.len() => last - 1,
            _ if distance(at - 1) <= distance(at + 1) => at - 1,
            _ => at + 1,
        };
        let (rows, people) = groups[at];
        groups[into] = (groups[into].0 + rows, groups[into].1 + people);
        groups.remove(at);
    }
    let mut merged = BTreeMap::new();
    for (rows, people) in groups {
        let (low, more) = (rows / people, rows % people);
        // The two sizes beside the mean, where each has enough people.
        let split = more >= least as u64 && people - more >= least as u64;
        if split {
            *merged.entry(low + 1).or_insert(0) += more;
            *merged.entry(low).or_insert(0) += people - more;
        } else {
            let size = (rows as f64 / people as f64).round() as u64;
            *merged.entry(size).or_insert(0) += people;
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_protect_numbers_and_five_levels_by_default() {
        let usual = Protection::default();
        assert_eq!((usual.numbers(), usual.levels()), (10, 5));
        assert_eq!(
            (Protection::OFF.numbers(), Protection::OFF.levels()),
            (1, 1)
        );
        assert!(Protection::OFF.is_off() && !usual.is_off());
    }
}
