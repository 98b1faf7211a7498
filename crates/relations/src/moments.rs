//! Columns that are a part of a moment: its year, the name of its weekday, the day that it is on.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Result};

use crate::derived::{Derived, EXCEPTIONS, Rule, Said, accept};
use crate::evidence::{Codes, FEWEST, believed, chance_of_all, function};
use crate::frame::{Frame, Value, column_of, key_of, value};

const DAY: i64 = 86_400_000_000;
/// Most parts that have names.
const NAMES: usize = 60;

/// A part of the moments of a column, perhaps under other names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    pub of: String,
    unit: Unit,
    /// Names of the parts; without any, the part itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<(i64, Value)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    DayOfYear,
    Day,
    Weekday,
    Hour,
    Minute,
    /// The moment at which something begins that it is in.
    StartOfYear,
    StartOfQuarter,
    StartOfMonth,
    StartOfWeek,
    StartOfDay,
    StartOfHour,
    StartOfMinute,
    /// The time of day on the first of January 1970, as columns of times hold it.
    TimeOfDay,
    TimeToTheMinute,
}

impl Unit {
    // Of few parts first: in two months, days of the year would do as names of weekdays.
    const ALL: [Unit; 18] = [
        Unit::Year,
        Unit::Quarter,
        Unit::Month,
        Unit::Weekday,
        Unit::Hour,
        Unit::Day,
        Unit::Week,
        Unit::Minute,
        Unit::DayOfYear,
        Unit::StartOfYear,
        Unit::StartOfQuarter,
        Unit::StartOfMonth,
        Unit::StartOfWeek,
        Unit::StartOfDay,
        Unit::StartOfHour,
        Unit::StartOfMinute,
        Unit::TimeOfDay,
        Unit::TimeToTheMinute,
    ];

    fn is_start(self) -> bool {
        let moments = [Unit::TimeOfDay, Unit::TimeToTheMinute];
        moments.contains(&self) || self.words().starts_with("start")
    }

    fn words(self) -> &'static str {
        match self {
            Unit::Year => "year",
            Unit::Quarter => "quarter",
            Unit::Month => "month",
            Unit::Week => "week",
            Unit::DayOfYear => "day of the year",
            Unit::Day => "day of the month",
            Unit::Weekday => "weekday",
            Unit::Hour => "hour",
            Unit::Minute => "minute",
            Unit::StartOfYear => "start of the year",
            Unit::StartOfQuarter => "start of the quarter",
            Unit::StartOfMonth => "start of the month",
            Unit::StartOfWeek => "start of the week",
            Unit::StartOfDay => "start of the day",
            Unit::StartOfHour => "start of the hour",
            Unit::StartOfMinute => "start of the minute",
            Unit::TimeOfDay => "time of day",
            Unit::TimeToTheMinute => "time of day to the minute",
        }
    }

    fn of(self, micros: i64) -> Option<i64> {
        let at = civil(micros)?;
        let days = micros.div_euclid(DAY);
        let year_starts = |month: i8| {
            let first = jiff::civil::Date::new(at.year(), month, 1).ok()?;
            Some(micros_of(first.at(0, 0, 0, 0)))
        };
        Some(match self {
            Unit::Year => at.year().into(),
            Unit::Quarter => ((at.month() - 1) / 3 + 1).into(),
            Unit::Month => at.month().into(),
            Unit::Week => at.date().iso_week_date().week().into(),
            Unit::DayOfYear => at.day_of_year().into(),
            Unit::Day => at.day().into(),
            // Monday is 0.
            Unit::Weekday => (days + 3).rem_euclid(7),
            Unit::Hour => at.hour().into(),
            Unit::Minute => at.minute().into(),
            Unit::StartOfYear => year_starts(1)?,
            Unit::StartOfQuarter => year_starts((at.month() - 1) / 3 * 3 + 1)?,
            Unit::StartOfMonth => year_starts(at.month())?,
            Unit::StartOfWeek => (days - (days + 3).rem_euclid(7)) * DAY,
            Unit::StartOfDay => days * DAY,
            Unit::StartOfHour => micros - micros.rem_euclid(DAY / 24),
            Unit::StartOfMinute => micros - micros.rem_euclid(DAY / 1440),
            Unit::TimeOfDay => micros.rem_euclid(DAY),
            Unit::TimeToTheMinute => micros.rem_euclid(DAY) - micros.rem_euclid(DAY / 1440),
        })
    }
}

pub(crate) fn civil(micros: i64) -> Option<DateTime> {
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
        .checked_add(jiff::SignedDuration::from_micros(micros))
        .ok()
}

pub(crate) fn micros_of(at: DateTime) -> i64 {
    at.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0))
        .as_micros() as i64
}

impl Rule for Part {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let known: BTreeMap<i64, &Value> = self.names.iter().map(|(part, v)| (*part, v)).collect();
        let (missing, mut values) = (Value::Missing, Vec::with_capacity(frame.rows));
        let mut says = Vec::with_capacity(frame.rows);
        let at: Vec<Option<i64>> = match frame.column(&self.of)? {
            Column::Instants(v) => v.iter().map(|x| self.unit.of((*x)?)).collect(),
            _ => return Err(crate::frame::strange()),
        };
        for part in &at {
            let value = match part {
                None => Some(missing.clone()),
                Some(part) if self.names.is_empty() => Some(Value::Whole(*part)),
                // Every part of the training rows is known; a year beyond them is as the next one.
                Some(part) => nearest(&known, *part),
            };
            says.push(value.is_some());
            values.push(value.unwrap_or(Value::Missing));
        }
        let real = |v: &Value| match v {
            Value::Whole(x) if matches!(spec.kind, verdancy_table::Kind::Numerical { .. }) => {
                Value::Real(*x as f64)
            }
            v => v.clone(),
        };
        let values: Vec<Value> = values.iter().map(real).collect();
        let column = column_of(spec.kind.storage(), values.iter());
        Ok(Said { column, says })
    }

    fn columns(&self) -> Vec<String> {
        vec![self.of.clone()]
    }

    fn words(&self, name: &str) -> String {
        let mut values: Vec<String> = self.names.iter().map(|(_, v)| key_of(v)).collect();
        values.sort_unstable();
        values.dedup();
        // Seasons are no other names of months.
        let is = match values.len() == self.names.len() {
            true => "is",
            false => "follows from",
        };
        format!("{name} {is} the {} of {}", self.unit.words(), self.of)
    }
}

/// The value of a part, or of the one nearest to it.
fn nearest(known: &BTreeMap<i64, &Value>, part: i64) -> Option<Value> {
    let below = known.range(..=part).next_back();
    let above = known.range(part..).next();
    let all = [below, above].into_iter().flatten();
    let found = all.min_by_key(|(at, _)| at.abs_diff(part));
    found.map(|(_, value)| (*value).clone())
}

/// Whether a few rows allow that a column is a part of moments: most are no functions of it.
fn may_be(values: &[Option<i64>], column: &Column, unit: Unit) -> bool {
    const LOOKED: usize = 200;
    let mut seen: BTreeMap<i64, Value> = BTreeMap::new();
    let (mut same, mut function, mut known) = (0, true, 0);
    for (row, x) in values.iter().enumerate().take(LOOKED) {
        let (Some(part), cell) = (x.and_then(|x| unit.of(x)), value(column, row)) else {
            continue;
        };
        known += 1;
        same += usize::from(match &cell {
            Value::Whole(x) => *x == part,
            Value::Real(x) => *x == part as f64,
            Value::Missing => true,
            Value::Level(_) => false,
        });
        function &= *seen.entry(part).or_insert_with(|| cell.clone()) == cell;
    }
    function || same * 10 >= known * 9
}

/// Finds and applies all such columns.
pub(crate) fn find(frame: &Frame, at: usize, least: usize) -> Option<Derived<Part>> {
    let column = &frame.columns[at];
    let codes = Codes::of(column, NAMES);
    if codes.as_ref().is_some_and(|c| c.count < 2) || frame.rows < FEWEST {
        return None;
    }
    let moments: Vec<usize> = (frame.modelled().into_iter())
        .filter(|&i| i != at && matches!(frame.columns[i], Column::Instants(_)))
        .collect();
    let tried = moments.len() * Unit::ALL.len() * frame.specs.len();
    for from in moments {
        let Column::Instants(values) = &frame.columns[from] else {
            continue;
        };
        for unit in Unit::ALL {
            if unit.is_start() != matches!(column, Column::Instants(_)) {
                continue;
            }
            if !may_be(values, column, unit) {
                continue;
            }
            let parts: Vec<Option<i64>> = values.iter().map(|x| unit.of((*x)?)).collect();
            let plain = Part {
                of: frame.specs[from].name.clone(),
                unit,
                names: Vec::new(),
            };
            let is = |x: usize, y: usize| match (parts[x], value(column, y)) {
                (Some(part), Value::Whole(x)) => x == part,
                (Some(part), Value::Real(x)) => x == part as f64,
                (None, _) | (_, Value::Missing) => true,
                _ => false,
            };
            let against = (0..frame.rows).filter(|&row| !is(row, row)).count();
            if against as f64 <= EXCEPTIONS * frame.rows as f64 {
                if believed(chance_of_all(frame.rows, is), tried)
                    && let Some(found) = accept(frame, at, plain)
                {
                    return Some(found);
                }
                continue;
            }
            // Starts have no other names, and long lists of names would be look-ups of days.
            if unit.is_start() {
                continue;
            }
            let (Some(of), Some(codes)) =
                (Codes::of(&Column::Integers(parts.clone()), NAMES), &codes)
            else {
                continue;
            };
            if of.count < 2 || !function(&of, codes).is_some_and(|ln_p| believed(ln_p, tried)) {
                continue;
            }
            let names: Option<Vec<(i64, Value)>> = (of.rows().iter())
                .filter_map(|rows| Some((parts[*rows.first()? as usize]?, rows)))
                .map(|(part, rows)| {
                    (frame.people(rows, least) >= least)
                        .then(|| (part, value(column, rows[0] as usize)))
                })
                .collect();
            let named = Part {
                names: names?,
                ..plain
            };
            if let Some(found) = accept(frame, at, named) {
                return Some(found);
            }
        }
    }
    None
}
