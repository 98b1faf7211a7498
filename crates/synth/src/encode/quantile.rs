//! The reversible map between a numeric column and a normal variable.
//!
//! Each observed value owns an interval of ranks. Forward, a value becomes a point of its interval
//! (drawn anew for each batch, so a tie is spread over its whole interval and the result is
//! exactly normal). Back, a rank inside the interval of a repeated value is that value, and
//! between values that occurred once it interpolates, so single observations are not handed out.

use super::normal;

/// Most knots kept: a large table's single values are thinned out.
const MAX_KNOTS: usize = 4096;

/// A piecewise linear quantile function through the observed values.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantile {
    /// Ranks in [0, 1], not decreasing.
    pub ranks: Vec<f64>,
    /// The value at each rank, not decreasing.
    pub values: Vec<f64>,
}

/// The ranks that belong to one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f32,
    /// Upper end.
    pub high: f32,
}

impl Interval {
    /// The interval of a cell without a number.
    pub const NONE: Interval = Interval {
        low: f32::NAN,
        high: f32::NAN,
    };

    /// The normal value at share `at` of the interval.
    pub fn normal(self, at: f32) -> f32 {
        normal::quantile(f64::from(self.low) + f64::from(self.high - self.low) * f64::from(at))
            as f32
    }
}

impl Quantile {
    /// Learns from `values`; NaN is left out. `None` when nothing is left.
    pub fn fit(values: impl Iterator<Item = f64>) -> Option<Quantile> {
        let mut sorted: Vec<f64> = values.filter(|v| v.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let runs: Vec<&[f64]> = sorted.chunk_by(|a, b| a == b).collect();
        let (first, last) = (runs.first()?[0], runs.last()?[0]);
        let thin = (runs.len() * 2).div_ceil(MAX_KNOTS).max(1);
        let (mut ranks, mut at) = (Vec::new(), 0.0);
        let mut knots = Vec::new();
        for (i, run) in runs.iter().enumerate() {
            let (low, high) = (at / n, (at + run.len() as f64) / n);
            at += run.len() as f64;
            let heavy = run.len() > 1 && (thin == 1 || run.len() as f64 * MAX_KNOTS as f64 > n);
            if heavy {
                ranks.extend([low, high]);
                knots.extend([run[0]; 2]);
            } else if i % thin == 0 || i + 1 == runs.len() {
                ranks.push(0.5 * (low + high));
                knots.push(run[0]);
            }
        }
        if ranks[0] > 0.0 {
            ranks.insert(0, 0.0);
            knots.insert(0, first);
        }
        if ranks[ranks.len() - 1] < 1.0 {
            ranks.push(1.0);
            knots.push(last);
        }
        Some(Quantile {
            ranks,
            values: knots,
        })
    }

    /// The value at rank `rank`.
    pub fn value(&self, rank: f64) -> f64 {
        let i = self
            .ranks
            .partition_point(|&r| r < rank)
            .clamp(1, self.ranks.len() - 1);
        let (r0, r1, v0, v1) = (
            self.ranks[i - 1],
            self.ranks[i],
            self.values[i - 1],
            self.values[i],
        );
        if v0 == v1 || r1 <= r0 {
            return v1;
        }
        let f = ((rank - r0) / (r1 - r0)).clamp(0.0, 1.0);
        v0 * (1.0 - f) + v1 * f
    }

    /// The value at the normal deviate `x`.
    pub fn from_normal(&self, x: f64) -> f64 {
        self.value(normal::distribution(x))
    }

    /// The ranks that belong to `value`: an interval for a repeated one, a point between others.
    pub fn interval(&self, value: f64) -> Interval {
        let low = self.values.partition_point(|&v| v < value);
        let high = self.values.partition_point(|&v| v <= value);
        let last = self.ranks.len() - 1;
        let (low, high) = if low < high {
            (self.ranks[low], self.ranks[high - 1])
        } else if low == 0 {
            (0.0, 0.0)
        } else if low > last {
            (1.0, 1.0)
        } else {
            let (v0, v1) = (self.values[low - 1], self.values[low]);
            let f = ((value / 2.0 - v0 / 2.0) / (v1 / 2.0 - v0 / 2.0)).clamp(0.0, 1.0);
            let at = self.ranks[low - 1] + f * (self.ranks[low] - self.ranks[low - 1]);
            (at, at)
        };
        Interval {
            low: low as f32,
            high: high as f32,
        }
    }
}
