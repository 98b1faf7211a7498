//! The suite of membership attacks: scores that are higher for rows the model is believed to have
//! learned from. None uses more than the synthetic rows and other real rows of the population.

use super::near::Near;

/// How far a row is from the synthetic rows and from other real rows: to the first and to the
/// fifth nearest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub synthetic: [f64; 2],
    pub real: [f64; 2],
}

impl Seen {
    pub fn new(synthetic: &[Near], real: &[Near]) -> Seen {
        let ends = |list: &[Near]| {
            let at = |i: usize| list.get(i).map_or(0.0, |n: &Near| f64::from(n.distance));
            [at(0), at(list.len().saturating_sub(1))]
        };
        Seen {
            synthetic: ends(synthetic),
            real: ends(real),
        }
    }
}

/// An attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attack {
    /// Near to a synthetic row.
    Nearest,
    /// Near to five.
    NearestFive,
    /// Nearer to a synthetic row than to another real row.
    Calibrated,
    /// Ratio of those distances.
    Ratio,
    /// Density of synthetic rows over density of real rows there (DOMIAS), by the fifth nearest.
    Density,
}

impl Attack {
    pub const ALL: [Attack; 5] = [
        Attack::Nearest,
        Attack::NearestFive,
        Attack::Calibrated,
        Attack::Ratio,
        Attack::Density,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Attack::Nearest => "nearest synthetic row",
            Attack::NearestFive => "fifth nearest synthetic row",
            Attack::Calibrated => "nearest synthetic row less nearest real row",
            Attack::Ratio => "nearest synthetic row over nearest real row",
            Attack::Density => "density ratio",
        }
    }

    /// Higher is more like a training row. `unit` is a typical distance: what two distances differ
    /// by far less than that is not told apart where they are both near zero.
    pub fn score(self, seen: &Seen, unit: f64) -> f64 {
        let log = |d: f64| (d + 0.01 * unit).ln();
        match self {
            Attack::Nearest => -seen.synthetic[0],
            Attack::NearestFive => -seen.synthetic[1],
            Attack::Calibrated => seen.real[0] - seen.synthetic[0],
            Attack::Ratio => log(seen.real[0]) - log(seen.synthetic[0]),
            Attack::Density => log(seen.real[1]) - log(seen.synthetic[1]),
        }
    }
}
