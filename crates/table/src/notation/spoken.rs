//! Durations with a unit behind each number: `2h 05m`, `9 Std. 56 Min.`, `1 day 4 hours`, ISO 8601's `PT2H5M`.

use serde::{Deserialize, Serialize};

use crate::text::Number;

/// How such durations are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spoken {
    /// The units, the longest first.
    pub units: Vec<Unit>,
    /// Between a unit and the next number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub between: String,
    /// True when all numbers but the first have two digits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub padded: bool,
    /// True when units of which there are none are written, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub zeros: bool,
    /// True for ISO 8601: `P` before everything, `T` before hours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub iso: bool,
}

/// A unit of time as it stands behind a number, with the blank before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Its length in seconds.
    pub seconds: u32,
    /// Behind a one.
    pub one: String,
    /// Behind all other numbers.
    pub many: String,
}

const DAY: u32 = 86_400;

/// The length of a unit by its name in small letters.
fn seconds(name: &str) -> Option<u32> {
    Some(match name.trim_end_matches('.') {
        "d" | "day" | "days" | "tag" | "tage" | "tagen" | "j" | "jour" | "jours" => DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunde" | "stunden" | "heure"
        | "heures" => 3600,
        "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "mn" => 60,
        "s" | "sec" | "secs" | "second" | "seconds" | "sek" | "sekunde" | "sekunden" => 1,
        _ => return None,
    })
}

/// A number with its unit.
struct Piece<'a> {
    digits: &'a str,
    /// With the blank before it.
    unit: &'a str,
    seconds: u32,
    /// What stands before the number.
    gap: &'a str,
}

struct Parts<'a> {
    negative: bool,
    iso: bool,
    pieces: Vec<Piece<'a>>,
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let iso = text
        .strip_prefix('P')
        .is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_uppercase()));
    let mut rest = if iso { &text[1..] } else { text };
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    while !rest.is_empty() {
        let start = rest.find(|c: char| c.is_ascii_digit())?;
        let (gap, tail) = rest.split_at(start);
        if pieces.is_empty() && !gap.is_empty() && !(iso && gap == "T") || gap.len() > 5 {
            return None;
        }
        if !gap.chars().all(|c| matches!(c, ' ' | ',' | 'T')) {
            return None;
        }
        let end = tail.find(|c: char| !c.is_ascii_digit())?;
        let (digits, tail) = tail.split_at(end);
        let stop = tail
            .find(|c: char| !(c.is_alphabetic() || c == ' '))
            .unwrap_or(tail.len());
        let stop = if tail[stop..].starts_with('.') {
            stop + 1
        } else {
            stop
        };
        // Blanks behind a unit, and the `T` of a date's end, belong to what follows.
        let unit = tail[..stop].trim_end();
        let unit = match (iso, unit.strip_suffix('T')) {
            (true, Some(unit)) if unit == "D" => unit,
            _ => unit,
        };
        let name = unit.trim().to_lowercase();
        let seconds = seconds(&name)?;
        if digits.len() > 6 || pieces.last().is_some_and(|p| p.seconds <= seconds) {
            return None;
        }
        pieces.push(Piece {
            digits,
            unit,
            seconds,
            gap,
        });
        rest = &tail[unit.len()..];
    }
    (!pieces.is_empty()).then_some(Parts {
        negative,
        iso,
        pieces,
    })
}

impl Spoken {
    /// How the durations among `values` are written, when at least `least` of the rows are such durations and
    /// some have several units, or units that differ.
    pub(crate) fn of(values: &[(&str, u32)], least: f64) -> Option<Spoken> {
        let found: Vec<(Parts<'_>, u32)> = (values.iter())
            .filter_map(|(t, n)| Some((parts(t)?, *n)))
            .collect();
        let rows: u64 = values.iter().map(|v| u64::from(v.1)).sum();
        let fit: u64 = found.iter().map(|f| u64::from(f.1)).sum();
        let iso = found.first()?.0.iso;
        if (fit as f64) < least * rows as f64 || found.iter().any(|(p, _)| p.iso != iso) {
            return None;
        }
        let pieces = || found.iter().flat_map(|(p, _)| &p.pieces);
        let mut lengths: Vec<u32> = pieces().map(|p| p.seconds).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        // One unit behind all numbers is a unit as others are.
        if lengths.len() < 2 && !iso {
            return None;
        }
        let named = |length: u32, one: bool| {
            let mut named = pieces().filter(|p| p.seconds == length && (p.digits == "1") == one);
            named.next().map(|p| p.unit.to_owned())
        };
        let units = lengths.iter().map(|&length| {
            let (one, many) = (named(length, true), named(length, false));
            let either = one.clone().or_else(|| many.clone()).unwrap_or_default();
            Unit {
                seconds: length,
                one: one.unwrap_or_else(|| either.clone()),
                many: many.unwrap_or(either),
            }
        });
        let later = || found.iter().flat_map(|(p, _)| p.pieces.iter().skip(1));
        let several = |p: &&(Parts<'_>, u32)| p.0.pieces.len() > 1;
        Some(Spoken {
            units: units.collect(),
            between: later()
                .map(|p| p.gap)
                .find(|gap| !gap.contains('T'))
                .unwrap_or("")
                .to_owned(),
            padded: found.iter().any(|p| several(&p)) && later().all(|p| p.digits.len() >= 2),
            zeros: pieces()
                .filter(|p| p.digits.bytes().all(|b| b == b'0'))
                .count()
                > found.len() / 50
                && found.iter().all(|(p, _)| p.pieces.len() == lengths.len()),
            iso,
        })
    }

    pub(super) fn number(&self, text: &str) -> Number {
        let Some(parts) = parts(text).filter(|p| p.iso == self.iso) else {
            return Number::Other;
        };
        let all: i64 = (parts.pieces.iter())
            .map(|p| p.digits.parse().unwrap_or(0) * i64::from(p.seconds))
            .sum();
        Number::Integer(if parts.negative { -all } else { all })
    }

    pub(super) fn push(&self, out: &mut Vec<u8>, negative: bool, plain: &str) {
        let mut left = plain.parse::<f64>().map_or(0, |x| x.round() as u64);
        let mut text = String::new();
        if negative {
            text.push('-');
        }
        if self.iso {
            text.push('P');
        }
        let (mut first, mut timed) = (true, false);
        for (at, unit) in self.units.iter().enumerate() {
            let count = left / u64::from(unit.seconds.max(1));
            left %= u64::from(unit.seconds.max(1));
            let last = at + 1 == self.units.len();
            if count == 0 && !self.zeros && !(last && first) {
                continue;
            }
            if self.iso && unit.seconds < DAY && !timed {
                text.push('T');
                timed = true;
            }
            if !first {
                text.push_str(&self.between);
            }
            let width = if self.padded && !first { 2 } else { 1 };
            let name = if count == 1 { &unit.one } else { &unit.many };
            text.push_str(&format!("{count:0width$}{name}"));
            first = false;
        }
        out.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn durations_come_back_as_they_were() {
        for texts in [
            &["2h 05m", "14h 30m", "0h 07m"][..],
            &["9 Std. 56 Min.", "1 Std. 5 Min.", "12 Std. 30 Min."],
            &["1 day 4 hours", "3 days 1 hour", "2 days 7 hours"],
            &["PT2H5M", "PT45M", "PT12H", "P1DT3H"],
            &["1h20m", "45m", "3h5m"],
        ] {
            let values: Vec<(&str, u32)> = texts.iter().map(|t| (*t, 3)).collect();
            let spoken = Spoken::of(&values, 0.95).unwrap();
            for text in texts {
                let Number::Integer(seconds) = spoken.number(text) else {
                    panic!("{text} is no duration");
                };
                let mut out = Vec::new();
                spoken.push(&mut out, seconds < 0, &seconds.unsigned_abs().to_string());
                assert_eq!(String::from_utf8(out).unwrap(), *text);
            }
        }
    }

    #[test]
    fn codes_and_measurements_are_no_durations() {
        for texts in [
            &["5 m", "7 m", "12 m"][..],
            &["A1", "B2"],
            &["P1", "P2"],
            &["3d printer", "2h"],
        ] {
            let values: Vec<(&str, u32)> = texts.iter().map(|t| (*t, 3)).collect();
            assert_eq!(Spoken::of(&values, 0.95), None, "{texts:?}");
        }
    }
}
