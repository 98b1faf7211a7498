//! Moments that follow the calendar: working days, office hours. They are learned as week, weekday and time of
//! day, or as months where they are all firsts of one.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Kind, Levels, Result};

use crate::frame::{Frame, spec, strange};
use crate::moments::{civil, micros_of};

const DAY: i64 = 86_400_000_000;
const HOUR: i64 = 3_600_000_000;
const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
/// Fewest moments that tell about the calendar.
const FEWEST: usize = 100;
/// A weekday with less than this part of a seventh of the rows is one on which little happens.
const QUIET: f64 = 0.5;
/// Largest share of the eight quietest hours of a column that has hours.
const NIGHT: f64 = 0.12;
/// Share of the rows that have one moment, from which it is a level of its own.
const SPIKE: f64 = 0.03;

/// How the moments of a column are learned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    spec: ColumnSpec,
    /// Names in the form: weeks, days or months; weekday; time of day.
    count: String,
    weekday: Option<String>,
    time: Option<String>,
    months: bool,
    /// Microseconds of a unit of the time of day, and the hours that it lies in.
    unit: i64,
    hours: (i64, i64),
    /// Moments that many rows have, such as 9999-12-31: levels beside the weekdays.
    spikes: Vec<i64>,
}

impl Calendar {
    pub(crate) fn encode(&self, frame: &mut Frame) -> Result<()> {
        let (_, column) = frame.take(&self.spec.name)?;
        let Column::Instants(values) = column else {
            return Err(strange());
        };
        let plain = |x: &Option<i64>| x.filter(|x| !self.spikes.contains(x));
        let count = |x: i64| {
            let day = x.div_euclid(DAY);
            Some(match (self.months, self.weekday.is_some()) {
                (true, _) => {
                    let at = civil(x)?;
                    i64::from(at.year()) * 12 + i64::from(at.month()) - 1
                }
                (false, true) => (day + 3).div_euclid(7),
                (false, false) => day,
            })
        };
        let nullable = self.spec.nullable || !self.spikes.is_empty();
        let counts = values.iter().map(|x| count(plain(x)?)).collect();
        frame.put(
            spec(self.count.clone(), Kind::Integer, nullable),
            Column::Integers(counts),
        )?;
        if let Some(name) = &self.weekday {
            let names: Vec<Option<String>> = (values.iter())
                .map(|x| {
                    let x = (*x)?;
                    let spike = self.spikes.iter().position(|s| *s == x);
                    let day = DAYS[(x.div_euclid(DAY) + 3).rem_euclid(7) as usize];
                    Some(spike.map_or_else(|| day.to_owned(), |at| format!("moment {at}")))
                })
                .collect();
            let levels = Levels::from_values(names.iter().map(Option::as_deref));
            let kind = Kind::Categorical;
            frame.put(
                spec(name.clone(), kind, self.spec.nullable),
                Column::Levels(levels),
            )?;
        }
        if let Some(name) = &self.time {
            let times = values
                .iter()
                .map(|x| Some(plain(x)?.rem_euclid(DAY) / self.unit.max(1)))
                .collect();
            frame.put(
                spec(name.clone(), Kind::Integer, nullable),
                Column::Integers(times),
            )?;
        }
        Ok(())
    }

    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let (_, counts) = frame.take(&self.count)?;
        let weekdays = self.weekday.as_ref().map(|n| frame.take(n)).transpose()?;
        let times = self.time.as_ref().map(|n| frame.take(n)).transpose()?;
        let Column::Integers(counts) = counts else {
            return Err(strange());
        };
        let next = |row: usize, has: &dyn Fn(usize) -> Option<i64>| {
            // What goes with a spike is missing in it; the next row that has one lends it.
            (0..frame.rows).find_map(|step| has((row + step) % frame.rows))
        };
        let first = self.hours.0.clamp(0, 23) * HOUR;
        let last = self.hours.1.clamp(1, 24) * HOUR - self.unit.clamp(1, HOUR);
        let time = |row: usize| match &times {
            Some((_, Column::Integers(t))) => Some(
                next(row, &|r| t[r])?
                    .checked_mul(self.unit)?
                    .min(last)
                    .max(first),
            ),
            _ => Some(0),
        };
        let value = |row: usize| -> Option<i64> {
            let Some((_, Column::Levels(weekdays))) = &weekdays else {
                let count = counts[row]?;
                if self.months {
                    let year = i16::try_from(count.div_euclid(12)).ok()?;
                    let first = Date::new(year, count.rem_euclid(12) as i8 + 1, 1).ok()?;
                    return Some(micros_of(first.at(0, 0, 0, 0)));
                }
                return count.checked_mul(DAY)?.checked_add(time(row)?);
            };
            let name = weekdays.get(row)?;
            if let Some(at) = name.strip_prefix("moment ") {
                return self.spikes.get(at.parse::<usize>().ok()?).copied();
            }
            let day = DAYS.iter().position(|d| *d == name)? as i64;
            let week = next(row, &|r| counts[r])?;
            week.checked_mul(7)?
                .checked_sub(3)?
                .checked_add(day)?
                .checked_mul(DAY)?
                .checked_add(time(row)?)
        };
        let column = Column::Instants((0..frame.rows).map(value).collect());
        frame.put(self.spec.clone(), column)
    }
}

/// How the moments of column `at` are better learned than as one number.
pub(crate) fn find(frame: &Frame, at: usize, least: usize) -> Option<Calendar> {
    let Column::Instants(values) = &frame.columns[at] else {
        return None;
    };
    if !frame.may_go(at) {
        return None;
    }
    let mut known: Vec<i64> = values.iter().copied().flatten().collect();
    known.sort_unstable();
    let most = (SPIKE * known.len() as f64).max(least as f64);
    let mut spikes: Vec<i64> = Vec::new();
    // Moments by the hundred are no spikes but a calendar of few dates.
    if known.chunk_by(|a, b| a == b).count() > 60 {
        for same in known.chunk_by(|a, b| a == b) {
            if same.len() as f64 >= most {
                spikes.push(same[0]);
            }
        }
    }
    let plain: Vec<i64> = known.into_iter().filter(|x| !spikes.contains(x)).collect();
    if plain.len() < FEWEST {
        return None;
    }
    let spec = &frame.specs[at];
    let name = |what: &str| frame.free_name(format!("{} ({what})", spec.name));
    let months = spikes.is_empty() && plain.iter().all(|x| is_first(*x));
    let timed = plain.iter().any(|x| x.rem_euclid(DAY) != 0);
    let daily = plain.first().map(|x| x.div_euclid(DAY)) != plain.last().map(|x| x.div_euclid(DAY));
    let weekday = !months && daily && has_quiet_days(&plain);
    let hours = timed && daily && has_quiet_hours(&plain);
    // A moment that many rows share is a level beside the weekdays.
    let homeless = !spikes.is_empty() && !weekday;
    if homeless || !(months || weekday || hours) {
        return None;
    }
    let unit = [3_600_000_000, 60_000_000, 1_000_000];
    let whole = |unit: &i64| plain.iter().all(|x| x.rem_euclid(*unit) == 0);
    Some(Calendar {
        count: name(match (months, weekday) {
            (true, _) => "month",
            (false, true) => "week",
            (false, false) => "day",
        }),
        weekday: weekday.then(|| name("weekday")),
        time: timed.then(|| name("time")),
        months,
        hours: hours_of(&plain, least),
        unit: unit.into_iter().find(|u| whole(u)).unwrap_or(1),
        spikes,
        spec: spec.clone(),
    })
}

/// From the first hour of the day to the end of the last one in which enough moments lie.
fn hours_of(moments: &[i64], least: usize) -> (i64, i64) {
    let mut counts = [0usize; 24];
    for x in moments {
        counts[(x.rem_euclid(DAY) / HOUR) as usize] += 1;
    }
    let used = |n: &usize| *n >= least;
    let first = counts.iter().position(used).unwrap_or(0);
    let last = counts.iter().rposition(used).unwrap_or(23);
    (first as i64, last as i64 + 1)
}

fn is_first(x: i64) -> bool {
    x.rem_euclid(DAY) == 0 && civil(x).is_some_and(|at| at.day() == 1)
}

/// True when there is a weekday on which far less happens than on the average day.
fn has_quiet_days(moments: &[i64]) -> bool {
    let mut counts = [0usize; 7];
    for x in moments {
        counts[(x.div_euclid(DAY) + 3).rem_euclid(7) as usize] += 1;
    }
    let mean = moments.len() as f64 / 7.0;
    let least = counts.iter().copied().min().unwrap_or(0) as f64;
    // Far below the mean, and by more than chance.
    least < QUIET * mean && (mean - least) / mean.sqrt() > 5.0
}

/// True when nearly nothing happens in a third of the day.
fn has_quiet_hours(moments: &[i64]) -> bool {
    let mut counts = [0usize; 24];
    for x in moments {
        counts[(x.rem_euclid(DAY) / 3_600_000_000) as usize] += 1;
    }
    counts.sort_unstable();
    let night: usize = counts[..8].iter().sum();
    (night as f64) < NIGHT * moments.len() as f64
}
