//! How many people have to share a value before it may leave: the one place of that policy.
//!
//! `K` protects numbers: a knot of a quantile function is an aggregate of at least `K` people, and
//! the `K` outermost of each end are only known as an aggregate. Levels of categories, constants
//! and look-up entries need fewer, since a level says less than a number with many digits:
//! [`Protection::levels`]. People are subjects where the table names them, rows elsewhere
//! ([`Table::subjects`](crate::Table::subjects)).

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
    /// No protection: `--protect 0`.
    pub const OFF: Protection = Protection(0);

    /// Protection of `k` people; 0 switches it off.
    pub fn of(k: u32) -> Protection {
        Protection(k)
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
