//! Numbers that are the time between two moments.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Result};

use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{FEWEST, believed, chance_of_all};
use crate::frame::{Frame, decimals, numbers, numeric, rounded, strange};
use crate::moments::civil;

/// The time from one moment to another.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Elapsed {
    pub from: String,
    pub until: String,
    unit: Unit,
    rounding: Rounding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
    Weeks,
    /// Calendar days, whatever the time of day.
    Dates,
    Months,
    Years,
    /// Years of 365.25 days.
    MeanYears,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rounding {
    Nearest,
    Down,
    Up,
}

const UNITS: [Unit; 9] = [
    Unit::Days,
    Unit::Hours,
    Unit::Minutes,
    Unit::Seconds,
    Unit::Weeks,
    Unit::Dates,
    Unit::Years,
    Unit::MeanYears,
    Unit::Months,
];

impl Unit {
    fn words(self) -> &'static str {
        match self {
            Unit::Seconds => "seconds",
            Unit::Minutes => "minutes",
            Unit::Hours => "hours",
            Unit::Days | Unit::Dates => "days",
            Unit::Weeks => "weeks",
            Unit::Months => "months",
            Unit::Years | Unit::MeanYears => "years",
        }
    }

    fn between(self, from: i64, until: i64) -> Option<f64> {
        let micros = until.saturating_sub(from) as f64;
        Some(match self {
            Unit::Seconds => micros / 1e6,
            Unit::Minutes => micros / 6e7,
            Unit::Hours => micros / 3.6e9,
            Unit::Days => micros / 8.64e10,
            Unit::Weeks => micros / 6.048e11,
            Unit::MeanYears => micros / 8.64e10 / 365.25,
            Unit::Dates => {
                let day = |x: i64| x.div_euclid(86_400_000_000);
                (day(until) - day(from)) as f64
            }
            Unit::Months | Unit::Years => {
                let (a, b) = (civil(from)?, civil(until)?);
                let months =
                    |t: jiff::civil::DateTime| i64::from(t.year()) * 12 + i64::from(t.month());
                let late = (a.day(), a.time()) > (b.day(), b.time());
                let whole = months(b) - months(a) - i64::from(late);
                let per = if self == Unit::Years { 12 } else { 1 };
                whole.div_euclid(per) as f64
            }
        })
    }
}

impl Elapsed {
    fn value(&self, from: i64, until: i64, digits: Option<u8>) -> Option<f64> {
        let exact = self.unit.between(from, until)?;
        let p = 10_f64.powi(digits.unwrap_or(9).into());
        Some(match self.rounding {
            Rounding::Nearest => rounded(exact, digits),
            Rounding::Down => (exact * p + 1e-9).floor() / p,
            Rounding::Up => (exact * p - 1e-9).ceil() / p,
        })
    }
}

impl Rule for Elapsed {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let (Column::Instants(from), Column::Instants(until)) =
            (frame.column(&self.from)?, frame.column(&self.until)?)
        else {
            return Err(strange());
        };
        let digits = decimals(spec);
        let values = (from.iter().zip(until))
            .map(|(a, b)| self.value((*a)?, (*b)?, digits))
            .map(|x| x.unwrap_or(f64::NAN))
            .collect();
        Ok(Said::present(numeric(spec.kind.storage(), values)))
    }

    fn columns(&self) -> Vec<String> {
        vec![self.from.clone(), self.until.clone()]
    }

    fn words(&self, name: &str) -> String {
        let Elapsed { from, until, .. } = self;
        format!("{name} is the {} from {from} to {until}", self.unit.words())
    }

    fn units(&self) -> f64 {
        1.0
    }
}

/// The rule of column `at`, if it is the time between two moments.
pub(crate) fn find(frame: &Frame, at: usize) -> Option<Derived<Elapsed>> {
    if !matches!(frame.columns[at], Column::Integers(_) | Column::Numbers(_)) {
        return None;
    }
    let is = numbers(&frame.columns[at]);
    let digits = decimals(&frame.specs[at]);
    let moments: Vec<usize> = (frame.modelled().into_iter())
        .filter(|&i| matches!(frame.columns[i], Column::Instants(_)))
        .collect();
    let tried = moments.len() * moments.len() * UNITS.len() * frame.specs.len();
    let unit = digits.map_or(1e-6, |d| 10_f64.powi(-i32::from(d)));
    for &a in &moments {
        for &b in moments.iter().filter(|b| **b != a) {
            let (Column::Instants(from), Column::Instants(until)) =
                (&frame.columns[a], &frame.columns[b])
            else {
                continue;
            };
            let rows: Vec<usize> = (0..frame.rows)
                .filter(|&r| from[r].is_some() && until[r].is_some() && !is[r].is_nan())
                .collect();
            if rows.len() < FEWEST {
                continue;
            }
            for unit_of in UNITS {
                for rounding in [Rounding::Nearest, Rounding::Down, Rounding::Up] {
                    let rule = Elapsed {
                        from: frame.specs[a].name.clone(),
                        until: frame.specs[b].name.clone(),
                        unit: unit_of,
                        rounding,
                    };
                    let holds = |r: usize, other: usize| {
                        let said = from[r]
                            .zip(until[r])
                            .and_then(|(x, y)| rule.value(x, y, digits));
                        said.is_some_and(|y| (is[other] - y).abs() <= unit * 1.000_001)
                    };
                    // Most pairs fail at once.
                    if !rows.iter().all(|&r| holds(r, r)) {
                        continue;
                    }
                    let ln_p = chance_of_all(rows.len(), |x, y| holds(rows[x], rows[y]));
                    if believed(ln_p, tried)
                        && let Some(found) = accept(frame, at, rule)
                    {
                        return Some(found);
                    }
                }
            }
        }
    }
    None
}
