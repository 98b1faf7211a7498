//! Ranges outside which parameters do not work on any table.

use super::Params;

/// A parameter's recommended range.
pub struct Recommended {
    /// Parameter.
    pub name: &'static str,
    /// Its value.
    pub of: fn(&Params) -> f64,
    /// Least value that works.
    pub low: f64,
    /// Greatest value that works.
    pub high: f64,
    /// What to use instead.
    pub good: f64,
}

/// All that have one.
pub const RECOMMENDED: [Recommended; 5] = [
    Recommended {
        name: "learning_rate",
        of: |p| p.learning_rate,
        low: 1e-5,
        high: 1e-2,
        good: 1e-3,
    },
    Recommended {
        name: "dropout",
        of: |p| p.dropout,
        low: 0.0,
        high: 0.5,
        good: 0.0,
    },
    Recommended {
        name: "smoothing",
        of: |p| p.smoothing,
        low: 0.0,
        high: 0.5,
        good: 0.1,
    },
    Recommended {
        name: "clip",
        of: |p| p.clip,
        low: 1e-2,
        high: 1e3,
        good: 1.0,
    },
    Recommended {
        name: "sampler_steps",
        of: |p| f64::from(p.sampler_steps),
        low: 8.0,
        high: 2000.0,
        good: 24.0,
    },
];

/// Those of `p` outside their range, with their values.
pub(crate) fn outside(p: &Params) -> Vec<(&'static Recommended, f64)> {
    (RECOMMENDED.iter())
        .map(|known| (known, (known.of)(p)))
        .filter(|(known, value)| !(known.low..=known.high).contains(value))
        .collect()
}
