//! What an expression says of a row.

use std::cmp::Ordering;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use verdancy_table::{Column, Kind, Table};

use crate::node::{Function, Node, Operation, Wild};

/// Microseconds of a day.
pub const DAY: f64 = 86_400e6;

/// A value in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    Missing,
    Truth(bool),
    Number(f64),
    Text(&'a str),
    Moment(i64),
}

/// The columns that an expression speaks of.
pub struct Cells<'a>(Vec<Option<&'a Column>>);

impl<'a> Cells<'a> {
    pub fn of(table: &'a Table, used: &std::collections::BTreeSet<usize>) -> Cells<'a> {
        let columns = table.columns().iter().enumerate();
        Cells(
            columns
                .map(|(i, c)| used.contains(&i).then_some(c))
                .collect(),
        )
    }

    fn value(&self, at: usize, row: usize) -> Value<'a> {
        match self.0.get(at).copied().flatten() {
            Some(Column::Numbers(v)) if !v[row].is_nan() => Value::Number(v[row]),
            Some(Column::Integers(v)) => v[row].map_or(Value::Missing, |x| Value::Number(x as f64)),
            Some(Column::Instants(v)) => v[row].map_or(Value::Missing, Value::Moment),
            Some(Column::Levels(v)) => v.get(row).map_or(Value::Missing, Value::Text),
            Some(Column::Strings(v)) => v[row].as_deref().map_or(Value::Missing, Value::Text),
            Some(Column::Numbers(_)) | None => Value::Missing,
        }
    }
}

impl Node {
    /// Its value in row `row`.
    pub fn value<'a>(&'a self, cells: &Cells<'a>, row: usize) -> Value<'a> {
        let of = |node: &'a Node| node.value(cells, row);
        match self {
            Node::Missing => Value::Missing,
            Node::Truth(t) => Value::Truth(*t),
            Node::Number(x) => Value::Number(*x),
            Node::Text(t) => Value::Text(t),
            Node::Moment(m) => Value::Moment(*m),
            Node::Column(at) => cells.value(*at, row),
            Node::AsNumber(a) => match of(a) {
                Value::Text(t) => t.trim().parse().map_or(Value::Missing, Value::Number),
                other => other,
            },
            Node::Not(a) => match of(a) {
                Value::Truth(t) => Value::Truth(!t),
                _ => Value::Missing,
            },
            Node::Negative(a) => match of(a) {
                Value::Number(x) => Value::Number(-x),
                _ => Value::Missing,
            },
            Node::And(a, b) => joined(of(a), || of(b), false),
            Node::Or(a, b) => joined(of(a), || of(b), true),
            Node::Compare(how, a, b) => {
                order(of(a), of(b)).map_or(Value::Missing, |o| Value::Truth(how.of(o)))
            }
            Node::Arithmetic(operation, a, b) => arithmetic(*operation, of(a), of(b)),
            Node::In(a, list) => {
                let a = of(a);
                list.iter().fold(Value::Truth(false), |so_far, other| {
                    let same =
                        order(a, of(other)).map_or(Value::Missing, |o| Value::Truth(o.is_eq()));
                    joined(so_far, || same, true)
                })
            }
            Node::IsMissing(a) => Value::Truth(of(a) == Value::Missing),
            Node::Like(a, pattern, case) => match of(a) {
                Value::Text(t) => Value::Truth(like(t, pattern, *case)),
                _ => Value::Missing,
            },
            Node::Call(function, list) => called(*function, list.iter().map(of)),
        }
    }
}

/// A column of numbers or moments of `kind` with these values.
pub fn column<'a>(kind: &Kind, values: impl Iterator<Item = Value<'a>>) -> Column {
    let number = |value: Value<'_>| match value {
        Value::Number(x) => Some(x),
        _ => None,
    };
    match kind {
        Kind::Integer => Column::Integers(
            values
                .map(|v| {
                    number(v)
                        .filter(|x| x.abs() < 9e15)
                        .map(|x| x.round() as i64)
                })
                .collect(),
        ),
        Kind::Datetime { .. } => Column::Instants(
            values
                .map(|v| match v {
                    Value::Moment(m) => Some(m),
                    _ => None,
                })
                .collect(),
        ),
        kind => {
            let scale = match kind {
                Kind::Numerical { decimals: Some(d) } if *d <= 15 => {
                    Some(10_f64.powi(i32::from(*d)))
                }
                _ => None,
            };
            let rounded = |x: f64| scale.map_or(x, |p| (x * p).round() / p);
            Column::Numbers(
                values
                    .map(|v| number(v).map_or(f64::NAN, rounded))
                    .collect(),
            )
        }
    }
}

/// AND and OR: the truth `decides` of either side decides alone.
fn joined<'a>(a: Value<'a>, b: impl FnOnce() -> Value<'a>, decides: bool) -> Value<'a> {
    if a == Value::Truth(decides) {
        return a;
    }
    match (a, b()) {
        (_, Value::Truth(t)) if t == decides => Value::Truth(t),
        (Value::Truth(_), Value::Truth(t)) => Value::Truth(t),
        _ => Value::Missing,
    }
}

/// The order of two values, unless one is missing. Numbers that differ by less than a billionth are equal.
fn order(a: Value<'_>, b: Value<'_>) -> Option<Ordering> {
    Some(match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            match (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0) {
                true => Ordering::Equal,
                false => a.total_cmp(&b),
            }
        }
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Moment(a), Value::Moment(b)) => a.cmp(&b),
        (Value::Truth(a), Value::Truth(b)) => a.cmp(&b),
        _ => return None,
    })
}

fn arithmetic<'a>(operation: Operation, a: Value<'a>, b: Value<'a>) -> Value<'a> {
    let number = |x: f64| match x.is_finite() {
        true => Value::Number(x),
        false => Value::Missing,
    };
    let later = |m: i64, days: f64| {
        let by = (days * DAY).round();
        match by.abs() < 9e18 {
            true => m
                .checked_add(by as i64)
                .map_or(Value::Missing, Value::Moment),
            false => Value::Missing,
        }
    };
    match (operation, a, b) {
        (Operation::Add, Value::Number(a), Value::Number(b)) => number(a + b),
        (Operation::Subtract, Value::Number(a), Value::Number(b)) => number(a - b),
        (Operation::Multiply, Value::Number(a), Value::Number(b)) => number(a * b),
        (Operation::Divide, Value::Number(a), Value::Number(b)) => number(a / b),
        (Operation::Remainder, Value::Number(a), Value::Number(b)) => number(a % b),
        (Operation::Subtract, Value::Moment(a), Value::Moment(b)) => {
            number((a as f64 - b as f64) / DAY)
        }
        (Operation::Add, Value::Moment(m), Value::Number(x))
        | (Operation::Add, Value::Number(x), Value::Moment(m)) => later(m, x),
        (Operation::Subtract, Value::Moment(m), Value::Number(x)) => later(m, -x),
        _ => Value::Missing,
    }
}

fn called<'a>(function: Function, mut list: impl Iterator<Item = Value<'a>>) -> Value<'a> {
    let extreme = |list: &mut dyn Iterator<Item = Value<'a>>, wanted: Ordering| {
        list.filter(|v| *v != Value::Missing)
            .fold(Value::Missing, |best, v| {
                match best == Value::Missing || order(v, best) == Some(wanted) {
                    true => v,
                    false => best,
                }
            })
    };
    match function {
        Function::Coalesce => list
            .find(|v| *v != Value::Missing)
            .unwrap_or(Value::Missing),
        Function::Least => extreme(&mut list, Ordering::Less),
        Function::Greatest => extreme(&mut list, Ordering::Greater),
        _ => match (list.next(), list.next()) {
            (Some(Value::Number(x)), digits) => Value::Number(match function {
                Function::Abs => x.abs(),
                Function::Floor => x.floor(),
                Function::Ceil => x.ceil(),
                _ => {
                    let digits = match digits {
                        Some(Value::Number(d)) => d.clamp(-15.0, 15.0) as i32,
                        _ => 0,
                    };
                    let scale = 10_f64.powi(digits);
                    (x * scale).round() / scale
                }
            }),
            (Some(Value::Moment(m)), _) => {
                part_of(function, m).map_or(Value::Missing, Value::Number)
            }
            _ => Value::Missing,
        },
    }
}

/// A part of a moment; weekdays are 1 (Monday) to 7.
fn part_of(function: Function, moment: i64) -> Option<f64> {
    let at: DateTime = civil(moment)?;
    Some(f64::from(match function {
        Function::Year => i32::from(at.year()),
        Function::Month => i32::from(at.month()),
        Function::Day => i32::from(at.day()),
        Function::Hour => i32::from(at.hour()),
        Function::Weekday => i32::from(at.weekday().to_monday_one_offset()),
        _ => return None,
    }))
}

fn civil(moment: i64) -> Option<DateTime> {
    let since = SignedDuration::from_micros(moment);
    let at = Timestamp::UNIX_EPOCH.checked_add(since).ok()?;
    Some(at.to_zoned(TimeZone::UTC).datetime())
}

/// Whether a text is as a pattern of LIKE says.
fn like(text: &str, pattern: &[Wild], case: bool) -> bool {
    let fold = |c: char| match case {
        true => c,
        false => c.to_lowercase().next().unwrap_or(c),
    };
    let text: Vec<char> = text.chars().map(fold).collect();
    // Places in the text that the pattern so far can end at.
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for wild in pattern {
        let mut next = vec![false; text.len() + 1];
        match wild {
            Wild::Any => {
                let mut any = false;
                for (at, to) in ends.iter().zip(&mut next) {
                    any |= *at;
                    *to = any;
                }
            }
            Wild::One => next[1..].copy_from_slice(&ends[..text.len()]),
            Wild::Just(c) => {
                for (at, own) in text.iter().enumerate() {
                    next[at + 1] = ends[at] && *own == fold(*c);
                }
            }
        }
        ends = next;
    }
    ends[text.len()]
}
