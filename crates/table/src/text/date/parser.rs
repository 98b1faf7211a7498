//! Reading and writing dates in a form, or in several: `%Y-%m-%d|%Y-%m` writes the first of a month without its
//! day, `%Y-%m-%d|30:%d.%m.%Y` writes 30 of 100 moments in the second form.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;

use super::language::Language;

/// Year of moments that are written without one; a leap year.
const NO_YEAR: i16 = 2000;

/// The forms in which a column's dates are written.
#[derive(Debug, Clone)]
pub(crate) struct Parser {
    forms: Vec<Form>,
}

/// One form.
#[derive(Debug, Clone)]
struct Form {
    body: String,
    offset: Option<i64>,
    language: Option<Language>,
}

/// The forms of a format, each with its share of a hundred where it has one.
pub(crate) fn forms(format: &str) -> Vec<(Option<u32>, &str)> {
    let form = |part| {
        let (share, form) = str::split_once(part, ':')?;
        let share: u32 = share.parse().ok()?;
        Some((Some(share), form))
    };
    (format.split('|'))
        .map(|part| form(part).unwrap_or((None, part)))
        .collect()
}

impl Parser {
    pub(crate) fn new(format: &str) -> Parser {
        let form = |(_, form)| {
            let (language, form) = Language::of(form);
            let (body, offset) = split_offset(form);
            Form {
                body: body.to_owned(),
                offset,
                language,
            }
        };
        Parser {
            forms: forms(format).into_iter().map(form).collect(),
        }
    }

    /// Microseconds since 1970-01-01 of `text`.
    pub(crate) fn parse(&self, text: &str) -> Option<i64> {
        let text = text.trim();
        self.forms.iter().find_map(|form| form.parse(text))
    }
}

impl Form {
    fn parse(&self, text: &str) -> Option<i64> {
        let text = match self.language {
            Some(language) => Cow::Owned(language.to_english(text)),
            None => Cow::Borrowed(text),
        };
        let Some(own) = self.offset else {
            return instant(&self.body, &text);
        };
        let (body, offset) = split_offset(&text);
        let shift = own - offset?;
        instant(&self.body, body)?.checked_add(shift * 1_000_000)
    }
}

/// Which of the forms of a format a moment is written in: `shares` are their shares, `exact` tells whether a form
/// says all of the moment.
pub(crate) fn choose(shares: &[Option<u32>], moment: i64, exact: impl Fn(usize) -> bool) -> usize {
    let coarse = (1..shares.len())
        .rev()
        .find(|&at| shares[at].is_none() && exact(at));
    if let Some(at) = coarse {
        return at;
    }
    // A moment is always written alike; which form it has is no more than its own hash.
    let mut h = moment as u64 ^ 0x9e37_79b9_7f4a_7c15;
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let mut at = ((h ^ (h >> 31)) % 100) as u32;
    for (i, share) in shares.iter().enumerate().skip(1) {
        let share = share.unwrap_or(0);
        if at < share {
            return i;
        }
        at -= share;
    }
    0
}
/// Splits a `Z`, ` UTC` or `+02:00` from the end; its offset is in seconds.
pub(crate) fn split_offset(text: &str) -> (&str, Option<i64>) {
    for zero in ["Z", " UTC", " GMT"] {
        if let Some(body) = text.strip_suffix(zero)
            && body.ends_with(|c: char| c.is_ascii_digit() || c == 'S' || c == 'f' || c == 'M')
        {
            return (body, Some(0));
        }
    }
    let bytes = text.as_bytes();
    for len in [6, 5, 3] {
        let Some(at) = bytes.len().checked_sub(len) else {
            continue;
        };
        let tail = &bytes[at..];
        if !matches!(tail[0], b'+' | b'-') || at < 2 || !text[..at].contains(':') {
            continue;
        }
        let digits: Vec<i64> = tail[1..]
            .iter()
            .filter(|b| b.is_ascii_digit())
            .map(|b| i64::from(b - b'0'))
            .collect();
        let colon = len == 6;
        if digits.len() != if len == 3 { 2 } else { 4 } || (colon && tail[3] != b':') {
            continue;
        }
        let hours = digits[0] * 10 + digits[1];
        let minutes = digits.get(2).map_or(0, |d| d * 10) + digits.get(3).map_or(0, |d| *d);
        let seconds = hours * 3600 + minutes * 60;
        let sign = if tail[0] == b'-' { -1 } else { 1 };
        return (text[..at].trim_end(), Some(sign * seconds));
    }
    (text, None)
}

fn instant(format: &str, text: &str) -> Option<i64> {
    if format.contains("%V") && !format.contains("%u") {
        // A week is its Monday.
        let date = BrokenDownTime::parse(format!("{format} %u"), format!("{text} 1"))
            .ok()?
            .to_date()
            .ok()?;
        return Some(micros(DateTime::from_parts(date, Time::midnight())));
    }
    if format.contains("%q") {
        // A quarter is its first month.
        let (at, quarter) = (text.find('Q')?, text.split_once('Q')?.1);
        let month = 3 * "1234".find(quarter.chars().next()?)? + 1;
        let text = format!("{}{month:02}{}", &text[..at], &quarter[1..]);
        return instant(&format.replace("Q%q", "%m"), &text);
    }
    let mut parts = BrokenDownTime::parse(format, text).ok()?;
    if parts.year().is_none() && parts.month().is_none() {
        let time = parts.to_time().ok()?;
        return Some(micros(DateTime::from_parts(
            Date::constant(1970, 1, 1),
            time,
        )));
    }
    if parts.year().is_none() {
        parts.set_year(Some(NO_YEAR)).ok()?;
    }
    if parts.day().is_none() && parts.day_of_year().is_none() {
        parts.set_day(Some(1)).ok()?;
    }
    if parts.month().is_none() && parts.day_of_year().is_none() {
        parts.set_month(Some(1)).ok()?;
    }
    let date = parts.to_date().ok()?;
    // Two digits are no year of the first century; four are the year that they say.
    if date.year() < 1000 && !text.contains(&format!("{:04}", date.year())) {
        return None;
    }
    let time = if parts.hour().is_some() {
        parts.to_time().ok()?
    } else {
        Time::midnight()
    };
    Some(micros(DateTime::from_parts(date, time)))
}

fn micros(at: DateTime) -> i64 {
    at.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0))
        .as_micros() as i64
}

/// An instant as `format` writes it; `None` beyond the years 1 to 9999.
pub(crate) fn write(format: &str, instant: i64) -> Option<String> {
    let forms = forms(format);
    if let [(_, form)] = forms[..] {
        return write_one(form, instant);
    }
    let shares: Vec<Option<u32>> = forms.iter().map(|f| f.0).collect();
    let exact = |at: usize| {
        let text = write_one(forms[at].1, instant);
        text.and_then(|t| Parser::new(forms[at].1).parse(&t)) == Some(instant)
    };
    write_one(forms[choose(&shares, instant, exact)].1, instant)
}

fn write_one(form: &str, instant: i64) -> Option<String> {
    let (language, form) = Language::of(form);
    let (body, _) = split_offset(form);
    let span = jiff::SignedDuration::from_micros(instant);
    let at = DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
        .checked_add(span)
        .ok()?;
    let mut out = jiff::fmt::strtime::format(body, at).ok()?;
    if let Some(language) = language {
        out = language.localized(&out, body.contains("%b"));
    }
    out.push_str(&form[body.len()..]);
    Some(out)
}
