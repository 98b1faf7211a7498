//! Which factor makes a number a product: each row leaves a range of factors that rounding allows.

use crate::coefficient::simple;
use crate::evidence::{FEWEST, believed, chance_of_all};
use crate::frame::Frame;
use crate::product::{FEW, HALF, MOST, VALUES};
use crate::terms::{Term, Terms};

/// A numeric column and how finely it is rounded.
pub(super) struct Numeric {
    pub(super) at: usize,
    pub(super) is_varied: bool,
    pub(super) values: Vec<f64>,
    pub(super) half: f64,
}

pub(super) fn numerics(frame: &Frame) -> Vec<Numeric> {
    let all = Terms::of(frame).0.into_iter();
    let numeric = |term: Term| Numeric {
        at: term.at,
        is_varied: term.is_varied(VALUES),
        half: if term.decimals.is_some() { 0.5 } else { 1.0 } * term.unit,
        values: term.values,
    };
    let varied = all.filter(|term| term.is_varied(FEW));
    varied.take(MOST).map(numeric).collect()
}

/// The factors that rounding allows.
#[derive(Clone)]
pub(super) struct Factors {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Factors {
    pub(super) const ALL: Factors = Factors {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    /// True when zero and what is beyond all numbers are no factors.
    pub(super) fn is_bounded(&self) -> bool {
        self.low > 0.0 && self.high.is_finite() || self.high < 0.0 && self.low.is_finite()
    }

    /// Leaves those with which `bare` comes as near to `is` as `tolerance`; false when there is none.
    pub(super) fn narrow(&mut self, is: f64, bare: f64, tolerance: f64) -> bool {
        if bare == 0.0 {
            return is.abs() <= tolerance;
        }
        let ends = ((is - tolerance) / bare, (is + tolerance) / bare);
        self.low = self.low.max(ends.0.min(ends.1));
        self.high = self.high.min(ends.0.max(ends.1));
        self.low <= self.high
    }
}

/// The rows that have all parts, with the product without its factor, and by which share rounding of its parts may
/// change it.
fn parts<'a>(
    is: &'a Numeric,
    of: &'a Numeric,
    by: Option<(&'a Numeric, i32)>,
) -> impl Iterator<Item = (usize, f64, f64)> + 'a {
    (0..is.values.len()).filter_map(move |row| {
        let (x, mut bare) = (of.values[row], of.values[row]);
        let mut slack = of.half / x.abs().max(of.half);
        if let Some((by, power)) = by {
            let y = by.values[row];
            bare *= y.powi(power);
            slack += f64::from(power.abs()) * by.half / y.abs().max(by.half);
        }
        (bare.is_finite() && !is.values[row].is_nan()).then_some((row, bare, slack))
    })
}

fn tolerance(is: &Numeric, slack: f64, said: f64) -> f64 {
    is.half * HALF + said.abs() * (1.01 * slack + 1e-9)
}

/// A product under trial: its parts in the rows that have all of them.
pub(super) struct Trial<'a> {
    pub(super) is: &'a Numeric,
    pub(super) rows: Vec<usize>,
    /// The product without its factor, and by which share rounding of its parts may change it.
    pub(super) bare: Vec<f64>,
    pub(super) slack: Vec<f64>,
    /// How far from what is said a value may be, in halves of its last digit.
    pub(super) half: f64,
}

impl<'a> Trial<'a> {
    /// `None` when a few rows already show that there is no factor.
    pub(super) fn new(
        is: &'a Numeric,
        of: &Numeric,
        by: Option<(&Numeric, i32)>,
    ) -> Option<Trial<'a>> {
        // Most trials end here, after two or three rows.
        let mut range = Factors::ALL;
        for (row, bare, slack) in parts(is, of, by) {
            let value = is.values[row];
            if !range.narrow(value, bare, tolerance(is, slack, value)) {
                return None;
            }
        }
        if !range.is_bounded() {
            return None;
        }
        let trial = Trial::of(is, of, by);
        (trial.rows.len() >= FEWEST).then_some(trial)
    }

    /// All rows that have all parts.
    pub(super) fn of(is: &'a Numeric, of: &Numeric, by: Option<(&Numeric, i32)>) -> Trial<'a> {
        let mut trial = Trial {
            is,
            rows: Vec::new(),
            bare: Vec::new(),
            slack: Vec::new(),
            half: HALF,
        };
        for (row, bare, slack) in parts(is, of, by) {
            trial.rows.push(row);
            trial.bare.push(bare);
            trial.slack.push(slack);
        }
        trial
    }

    pub(super) fn tolerance(&self, at: usize, said: f64) -> f64 {
        tolerance(self.is, self.slack[at], said)
    }

    /// The shortest factor that fits rows `among`, if there is one: each row leaves a range of factors that
    /// rounding allows.
    pub(super) fn factor(&self, among: &[usize]) -> Option<f64> {
        // Exact parts first, then parts that were rounded.
        (self.factor_within(among, 0.0)).or_else(|| self.factor_within(among, 1.0))
    }

    pub(super) fn factor_within(&self, among: &[usize], slack: f64) -> Option<f64> {
        let mut range = Factors::ALL;
        for &at in among {
            let (is, bare) = (self.is.values[self.rows[at]], self.bare[at]);
            let exact = self.is.half * self.half + 1e-12 * is.abs();
            let tolerance = exact + slack * (self.tolerance(at, is) - exact);
            if !range.narrow(is, bare, tolerance) {
                return None;
            }
        }
        let factor = match range.is_bounded() {
            true => simple(range.low, range.high),
            false => 0.0,
        };
        (factor != 0.0).then_some(factor)
    }

    /// True when other rows would not do as well.
    pub(super) fn is_no_chance(&self, factors: &[f64], tried: usize) -> bool {
        let holds = |x: usize, y: usize| {
            let said = factors[x] * self.bare[x];
            (self.is.values[self.rows[y]] - said).abs() <= self.tolerance(x, said)
        };
        believed(chance_of_all(self.rows.len(), holds), tried)
    }

    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.rows.len()).collect()
    }
}
