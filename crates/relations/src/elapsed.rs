//! Numbers and times of day that are the time between two moments, and numbers that are a time of day in a unit.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Result};

use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{FEWEST, believed, chance_of_all};
use crate::frame::{Frame, decimals, numbers, numeric, strange};
use crate::moments::civil;
use crate::rounding::Rounding;

/// The time from one moment to another.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Elapsed {
    /// Midnight, where it is a time of day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    until: String,
    unit: Unit,
    rounding: Rounding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    /// Microseconds, of a column of times of day.
    Time,
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
            Unit::Time => "time",
            Unit::Seconds => "seconds",
            Unit::Minutes => "minutes",
            Unit::Hours => "hours",
            Unit::Days | Unit::Dates => "days",
            Unit::Weeks => "weeks",
            Unit::Months => "months",
            Unit::Years | Unit::MeanYears => "years",
        }
    }

    /// Microseconds of a unit that is always as long.
    fn micros(self) -> Option<i64> {
        Some(match self {
            Unit::Seconds => 1_000_000,
            Unit::Minutes => 60_000_000,
            Unit::Hours => 3_600_000_000,
            Unit::Days => 86_400_000_000,
            Unit::Weeks => 604_800_000_000,
            Unit::Time | Unit::Dates | Unit::Months | Unit::Years | Unit::MeanYears => return None,
        })
    }

    fn between(self, from: i64, until: i64) -> Option<f64> {
        let micros = until.saturating_sub(from) as f64;
        Some(match self {
            Unit::Time => micros,
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
    /// The two moments, and the unit with its microseconds, of a time in one that is always as long.
    pub(crate) fn solved(&self) -> Option<(&str, &str, (i64, &'static str))> {
        let micros = self.unit.micros()?;
        Some((
            self.from.as_deref()?,
            &self.until,
            (micros, self.unit.words()),
        ))
    }

    fn value(&self, from: i64, until: i64, digits: Option<u8>) -> Option<f64> {
        let exact = self.unit.between(from, until)?;
        Some(self.rounding.round(exact, digits))
    }
}

impl Rule for Elapsed {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let moments = |name: &String| instants(frame.column(name)?).ok_or_else(strange);
        let midnight = vec![Some(0); frame.rows];
        let from = (self.from.as_ref()).map_or(Ok(&midnight[..]), moments)?;
        let digits = decimals(spec);
        let values = (from.iter().zip(moments(&self.until)?))
            .map(|(a, b)| self.value((*a)?, (*b)?, digits))
            .map(|x| x.unwrap_or(f64::NAN))
            .collect();
        Ok(Said::present(numeric(spec.kind.storage(), values)))
    }

    fn columns(&self) -> Vec<String> {
        self.from.iter().chain([&self.until]).cloned().collect()
    }

    fn words(&self, name: &str) -> String {
        let (until, unit) = (&self.until, self.unit.words());
        match &self.from {
            Some(from) => format!("{name} is the {unit} from {from} to {until}"),
            None => format!("{name} is {until} in {unit}"),
        }
    }

    fn units(&self) -> f64 {
        1.0
    }
}

/// Microseconds since 1970 of a column of moments.
fn instants(column: &Column) -> Option<&[Option<i64>]> {
    match column {
        Column::Instants(values) => Some(values),
        _ => None,
    }
}

/// True for a column of times of day: moments of the first of January 1970.
fn is_time(column: &Column) -> bool {
    let mut known = instants(column).into_iter().flatten().flatten().peekable();
    known.peek().is_some() && known.all(|x| (0..86_400_000_000).contains(x))
}

/// The rule of column `at`, if it is the time between two moments.
pub(crate) fn find(frame: &Frame, at: usize) -> Option<Derived<Elapsed>> {
    let units = match &frame.columns[at] {
        Column::Integers(_) | Column::Numbers(_) => &UNITS[..],
        column if is_time(column) => &[Unit::Time],
        _ => return None,
    };
    let is = numbers(&frame.columns[at]);
    let moments: Vec<usize> = (frame.modelled().into_iter())
        .filter(|&i| i != at && matches!(frame.columns[i], Column::Instants(_)))
        .collect();
    let tried = moments.len() * moments.len() * UNITS.len() * frame.specs.len();
    let pairs = (moments.iter()).flat_map(|&a| moments.iter().map(move |&b| (Some(a), b)));
    // Times of day of their own, from midnight on.
    let times = (moments.iter()).filter(|&&b| units.len() > 1 && is_time(&frame.columns[b]));
    (pairs.filter(|(a, b)| *a != Some(*b)))
        .chain(times.map(|&b| (None, b)))
        .find_map(|pair| between(frame, (at, &is), pair, units, tried))
}

/// The rule of a column, if it is the time from one moment, or from midnight, to another.
fn between(
    frame: &Frame,
    (at, is): (usize, &[f64]),
    (from, until): (Option<usize>, usize),
    units: &[Unit],
    tried: usize,
) -> Option<Derived<Elapsed>> {
    let digits = decimals(&frame.specs[at]);
    let unit = digits.map_or(1e-6, |d| 10_f64.powi(-i32::from(d)));
    let name = |at: usize| frame.specs[at].name.clone();
    let (b, midnight) = (instants(&frame.columns[until])?, vec![Some(0); frame.rows]);
    let a = from.map_or(Some(&midnight[..]), |from| instants(&frame.columns[from]))?;
    let rows: Vec<usize> = (0..frame.rows)
        .filter(|&r| a[r].is_some() && b[r].is_some() && !is[r].is_nan())
        .collect();
    if rows.len() < FEWEST {
        return None;
    }
    let roundings = [Rounding::Nearest, Rounding::Down, Rounding::Up];
    let all = (units.iter()).flat_map(|unit| roundings.map(|rounding| (*unit, rounding)));
    all.into_iter().find_map(|(unit_of, rounding)| {
        let rule = Elapsed {
            from: from.map(name),
            until: name(until),
            unit: unit_of,
            rounding,
        };
        let holds = |r: usize, other: usize| {
            let said = a[r].zip(b[r]).and_then(|(x, y)| rule.value(x, y, digits));
            said.is_some_and(|y| (is[other] - y).abs() <= unit * 1.000_001)
        };
        // Most pairs fail at once.
        if !rows.iter().all(|&r| holds(r, r)) {
            return None;
        }
        let ln_p = chance_of_all(rows.len(), |x, y| holds(rows[x], rows[y]));
        believed(ln_p, tried).then(|| accept(frame, at, rule))?
    })
}
