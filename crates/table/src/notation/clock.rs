//! Durations as on a clock: `17:37` is 17 minutes and 37 seconds beside `1:02:11`, `48:12:05` two days.

use serde::{Deserialize, Serialize};

use crate::text::Number;

/// How durations are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// True when hours are left out of durations under one hour: `m:ss` beside `h:mm:ss`.
    pub short: bool,
    /// True when hours are written at all; without them minutes go beyond 59.
    pub hours: bool,
    /// True when the first part has two digits at least: `07:05`.
    pub padded: bool,
    /// True when days stand before the time, as pandas writes them: `4 days 07:20:05`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub days: bool,
    /// True when there are no seconds: `h:mm`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub minutes: bool,
}

/// The parts of a duration, and whether the first has a zero before it.
fn parts(text: &str) -> Option<(Vec<u64>, bool)> {
    let text = text.trim();
    let text = text.strip_prefix('-').unwrap_or(text);
    let parts: Vec<&str> = text.split(':').collect();
    let plain = |p: &&str| !p.is_empty() && p.len() <= 6 && p.bytes().all(|b| b.is_ascii_digit());
    let two = |p: &&str| p.len() == 2 && **p < *"60";
    let fits =
        (2..=3).contains(&parts.len()) && parts.iter().all(plain) && parts[1..].iter().all(two);
    if !fits {
        return None;
    }
    let padded = parts[0].len() > 1 && parts[0].starts_with('0');
    Some((
        parts.iter().filter_map(|p| p.parse().ok()).collect(),
        padded,
    ))
}

/// Days before a time, as pandas writes them, and the time: `4 days 07:20:05`, `-1 days +23:00:00`.
fn days(text: &str) -> Option<(i64, &str)> {
    let (days, time) = text
        .trim()
        .split_once(" days ")
        .or_else(|| text.trim().split_once(" day "))?;
    Some((days.parse().ok()?, time.strip_prefix('+').unwrap_or(time)))
}

/// True when some parts are more than a time of day has: `29:06:26`, `31:05`. `24:00` is the end of a day.
pub(crate) fn exceeds_day(values: &[(&str, u32)]) -> bool {
    values
        .iter()
        .filter_map(|(text, _)| parts(text))
        .any(|(parts, _)| {
            let end = parts[0] == 24 && parts[1..].iter().all(|part| *part == 0);
            parts[0] >= 24 && !end
        })
}

impl Clock {
    /// How the durations among `values` are written, when at least `least` of the rows are durations and they
    /// are no times of day.
    pub(crate) fn of(values: &[(&str, u32)], least: f64) -> Option<Clock> {
        let (mut rows, mut fit, mut two, mut three) = (0u64, 0u64, false, false);
        let (mut padded, mut bare, mut most, mut with_days) = (false, false, 0, 0u64);
        for (text, n) in values {
            rows += u64::from(*n);
            let time = match days(text) {
                Some((_, time)) => {
                    with_days += u64::from(*n);
                    time
                }
                None => text,
            };
            let Some((found, zero)) = parts(time) else {
                continue;
            };
            fit += u64::from(*n);
            two |= found.len() == 2;
            three |= found.len() == 3;
            padded |= zero;
            bare |= found[0] < 10 && !zero;
            most = most.max(found[0]);
        }
        if rows == 0 || (fit as f64) < least * rows as f64 {
            return None;
        }
        if with_days > 0 && with_days < fit {
            return None;
        }
        Some(Clock {
            short: two,
            hours: three,
            padded: padded && !bare,
            days: with_days > 0,
            // Parts that hours of a day could be, but never with seconds.
            minutes: two && !three && most < 24,
        })
    }

    pub(super) fn number(self, text: &str) -> Number {
        if self.days {
            let Some((days, time)) = days(text) else {
                return Number::Other;
            };
            let time = Clock {
                days: false,
                ..self
            }
            .number(time);
            return match time {
                Number::Integer(seconds) => {
                    Number::Integer(days.saturating_mul(86_400).saturating_add(seconds))
                }
                other => other,
            };
        }
        let Some((parts, _)) = parts(text) else {
            return Number::Other;
        };
        let seconds = match parts[..] {
            [h, m] if self.minutes => h * 3600 + m * 60,
            [m, s] => m * 60 + s,
            [h, m, s] => h * 3600 + m * 60 + s,
            _ => return Number::Other,
        };
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        Number::Integer(if text.trim().starts_with('-') {
            -seconds
        } else {
            seconds
        })
    }

    pub(super) fn push(self, out: &mut Vec<u8>, negative: bool, plain: &str) {
        let seconds = plain.parse::<f64>().map_or(0, |x| x.round() as u64);
        if self.days {
            let length = i64::try_from(seconds).unwrap_or(i64::MAX);
            let signed = if negative { -length } else { length };
            let (days, rest) = (signed.div_euclid(86_400), signed.rem_euclid(86_400) as u64);
            let plus = if days < 0 { "+" } else { "" };
            out.extend_from_slice(format!("{days} days {plus}").as_bytes());
            let rest = rest.to_string();
            return Clock {
                days: false,
                ..self
            }
            .push(out, false, &rest);
        }
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let width = if self.padded { 2 } else { 1 };
        let sign = if negative { "-" } else { "" };
        let text = if self.minutes {
            format!("{sign}{h:0width$}:{m:02}")
        } else if !self.hours {
            format!("{sign}{:0width$}:{s:02}", seconds / 60)
        } else if self.short && h == 0 {
            format!("{sign}{m:0width$}:{s:02}")
        } else {
            format!("{sign}{h:0width$}:{m:02}:{s:02}")
        };
        out.extend_from_slice(text.as_bytes());
    }
}
