//! How a number that is computed is rounded to a column's digits.

use serde::{Deserialize, Serialize};

use crate::frame::rounded;

/// Share of a unit of the last digit that the error of binary fractions may be.
const ERROR: f64 = 1e-9;

/// To the nearest number, the next below or the next above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rounding {
    #[default]
    Nearest,
    Down,
    Up,
}

impl Rounding {
    /// The rounding that adding `constant` to numbers of this unit stands for, if to the nearest number.
    pub(crate) fn of(constant: f64, unit: f64) -> Rounding {
        let is = |share: f64| (constant / unit - share).abs() < 1e-6;
        match (is(-0.5), is(0.5)) {
            (true, _) => Rounding::Down,
            (_, true) => Rounding::Up,
            _ => Rounding::Nearest,
        }
    }

    pub(crate) fn is_nearest(&self) -> bool {
        *self == Rounding::Nearest
    }

    /// `x` rounded to so many digits after the point; as it is where they are not bounded.
    pub(crate) fn round(self, x: f64, decimals: Option<u8>) -> f64 {
        let p = 10_f64.powi(i32::from(decimals.unwrap_or_default()));
        match self {
            _ if decimals.is_none() => x,
            Rounding::Nearest => rounded(x, decimals),
            Rounding::Down => rounded((x * p + ERROR).floor() / p, decimals),
            Rounding::Up => rounded((x * p - ERROR).ceil() / p, decimals),
        }
    }

    /// What is said behind the rule.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Rounding::Nearest => "",
            Rounding::Down => ", rounded down",
            Rounding::Up => ", rounded up",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_down_and_up_below_zero_too() {
        let all = [Rounding::Nearest, Rounding::Down, Rounding::Up];
        let of = |x| all.map(|r| r.round(x, Some(1)));
        assert_eq!(of(0.27), [0.3, 0.2, 0.3]);
        assert_eq!(of(-0.27), [-0.3, -0.3, -0.2]);
        // 0.1 + 0.2 is a little above 0.3.
        assert_eq!(of(0.1 + 0.2), [0.3, 0.3, 0.3]);
        assert_eq!(all.map(|r| r.round(0.27, None)), [0.27; 3]);
    }

    #[test]
    fn half_a_unit_is_a_rounding() {
        let of = [-0.05, 0.05, 0.5, 0.0].map(|c| Rounding::of(c, 0.1));
        let nearest = Rounding::Nearest;
        assert_eq!(of, [Rounding::Down, Rounding::Up, nearest, nearest]);
    }
}
