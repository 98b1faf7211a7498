//! Dates and times: finding how a column writes them, and reading and writing them so.
//!
//! An instant is a civil date and time, kept in microseconds. A fixed offset (`Z`, `+02:00`) is
//! part of the format; a cell with another offset is moved to the format's.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;

const DATES: [&str; 48] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%d.%m.%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%d. %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d/%b/%Y",
    "%d%b%Y",
    "%Y-%b-%d",
    "%a, %d %b %Y",
    "%A, %B %d, %Y",
    "%a %d %b %Y",
    "%A %d %B %Y",
    "%A, %d %B %Y",
    "%a %d.%m.%Y",
    "%d %b, %y",
    "%d %b, %Y",
    "%d %B, %Y",
    "%d %b %y",
    "%G-W%V",
    "%Y-Q%q",
    "%YQ%q",
    "%Y Q%q",
    "%Y/Q%q",
    "Q%q %Y",
    "Q%q-%Y",
    "Q%q/%Y",
    "%Y-%m",
    "%Y-%j",
    "%m/%Y",
    "%b %Y",
    "%B %Y",
];
/// So many of them may have a time of day after them.
const DATED: usize = 35;
const TIMES: [&str; 6] = [
    "%H:%M:%S",
    "%H:%M",
    "%H:%M:%S%.f",
    "%I:%M:%S %p",
    "%I:%M %p",
    "%I:%M%p",
];

/// What was found out about a column's dates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub format: String,
    /// Share of the rows that it reads.
    pub share: f64,
    /// Another order of day and month reads as many rows.
    pub ambiguous: bool,
}

/// The pieces of a format that must be looked at again and again.
pub(crate) struct Parser {
    body: String,
    offset: Option<i64>,
}

impl Parser {
    pub(crate) fn new(format: &str) -> Parser {
        let (body, offset) = split_offset(format);
        Parser {
            body: body.to_owned(),
            offset,
        }
    }

    /// Microseconds since 1970-01-01 of `text`.
    pub(crate) fn parse(&self, text: &str) -> Option<i64> {
        let text = text.trim();
        let Some(own) = self.offset else {
            return instant(&self.body, text);
        };
        let (body, offset) = split_offset(text);
        let shift = own - offset?;
        instant(&self.body, body)?.checked_add(shift * 1_000_000)
    }
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
    if parts.day().is_none() && parts.day_of_year().is_none() {
        parts.set_day(Some(1)).ok()?;
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
    let (body, _) = split_offset(format);
    let span = jiff::SignedDuration::from_micros(instant);
    let at = DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
        .checked_add(span)
        .ok()?;
    let mut out = jiff::fmt::strtime::format(body, at).ok()?;
    out.push_str(&format[body.len()..]);
    Some(out)
}

/// The format that reads most of `texts` (distinct, each with its number of rows), when one reads
/// at least `least` of the rows.
pub(crate) fn find(texts: &[(&str, u32)], least: f64) -> Option<Found> {
    let sample: Vec<&str> = spread(texts, 60);
    if sample.iter().filter(|t| may_be_date(t)).count() * 5 < sample.len() * 4 {
        return None;
    }
    let needed = (sample.len() as f64 * 0.8).ceil() as usize;
    let suffix = common_offset(&sample);
    let mut alive: Vec<(String, usize)> = candidates(suffix.as_deref())
        .into_iter()
        .filter_map(|format| {
            let parser = Parser::new(&format);
            let mut left = sample.len() - needed;
            let mut good = 0;
            for text in &sample {
                if parser.parse(text).is_some() {
                    good += 1;
                } else if left == 0 {
                    return None;
                } else {
                    left -= 1;
                }
            }
            Some((format, good))
        })
        .collect();
    alive.sort_by_key(|(_, good)| std::cmp::Reverse(*good));
    alive.truncate(6);
    let total: u64 = texts.iter().map(|(_, n)| u64::from(*n)).sum();
    let mut read: Vec<(u64, String)> = alive
        .into_iter()
        .map(|(format, _)| {
            let parser = Parser::new(&format);
            let rows = texts
                .iter()
                .filter(|(t, _)| parser.parse(t).is_some())
                .map(|(_, n)| u64::from(*n))
                .sum();
            (rows, format)
        })
        .collect();
    read.sort_by_key(|(rows, _)| std::cmp::Reverse(*rows));
    let (rows, format) = read.first()?.clone();
    let share = rows as f64 / total.max(1) as f64;
    let swapped = |f: &str| {
        f.replace("%d", "\0")
            .replace("%m", "%d")
            .replace('\0', "%m")
    };
    let ambiguous = read
        .iter()
        .any(|(other, f)| *other == rows && *f != format && *f == swapped(&format));
    (share >= least).then(|| Found {
        format: as_written(&format, texts),
        share,
        ambiguous,
    })
}

/// True when each text is a date under one order of day and month or the other, but neither order
/// serves at least `least` of the rows.
pub(crate) fn mixed_order(texts: &[(&str, u32)], least: f64) -> bool {
    let total: u64 = texts.iter().map(|(_, n)| u64::from(*n)).sum();
    [
        ("%d/%m/%Y", "%m/%d/%Y"),
        ("%d-%m-%Y", "%m-%d-%Y"),
        ("%d.%m.%Y", "%m.%d.%Y"),
    ]
    .iter()
    .any(|(a, b)| {
        let (a, b) = (Parser::new(a), Parser::new(b));
        let first = texts
            .first()
            .is_some_and(|(t, _)| a.parse(t).is_some() || b.parse(t).is_some());
        if !first {
            return false;
        }
        let (mut one, mut other, mut any) = (0u64, 0u64, 0u64);
        for (text, n) in texts {
            let (x, y) = (a.parse(text).is_some(), b.parse(text).is_some());
            one += u64::from(x) * u64::from(*n);
            other += u64::from(y) * u64::from(*n);
            any += u64::from(x || y) * u64::from(*n);
        }
        let enough = |n: u64| n as f64 >= least * total.max(1) as f64;
        enough(any) && !enough(one) && !enough(other)
    })
}

fn spread<'a>(texts: &[(&'a str, u32)], most: usize) -> Vec<&'a str> {
    let step = texts.len().div_ceil(most).max(1);
    texts.iter().step_by(step).map(|(t, _)| *t).collect()
}

fn may_be_date(text: &str) -> bool {
    let text = text.trim();
    (4..=40).contains(&text.len())
        && text.is_ascii()
        && text.bytes().any(|b| b.is_ascii_digit())
        && text
            .bytes()
            .any(|b| matches!(b, b'-' | b'/' | b'.' | b':' | b' ') || b.is_ascii_alphabetic())
        && text.parse::<f64>().is_err()
}

fn common_offset(sample: &[&str]) -> Option<String> {
    let first = sample.iter().find_map(|t| {
        let t = t.trim();
        let (body, offset) = split_offset(t);
        offset.map(|o| (t[body.len()..].to_owned(), o))
    })?;
    let same = sample
        .iter()
        .filter_map(|t| split_offset(t.trim()).1)
        .all(|o| o == first.1);
    let colon = first.0.contains(':');
    Some(match (same, colon) {
        (true, _) => first.0,
        (false, true) => "+00:00".to_owned(),
        (false, false) => "+0000".to_owned(),
    })
}

fn candidates(suffix: Option<&str>) -> Vec<String> {
    let mut all = Vec::new();
    if suffix.is_none() {
        all.extend(DATES.iter().map(|d| (*d).to_owned()));
        all.extend(TIMES.iter().map(|t| (*t).to_owned()));
    }
    let suffix = suffix.unwrap_or("");
    for date in &DATES[..DATED] {
        for separator in [" ", "T", ", "] {
            for time in TIMES {
                all.push(format!("{date}{separator}{time}{suffix}"));
            }
        }
    }
    all
}

/// `format` with the paddings, cases and decimals that write most of `texts` back as they are.
fn as_written(format: &str, texts: &[(&str, u32)]) -> String {
    let sample = spread(texts, 400);
    let parser = Parser::new(format);
    let pairs: Vec<(&str, i64)> = sample
        .iter()
        .filter_map(|t| parser.parse(t).map(|at| (t.trim(), at)))
        .collect();
    let mut forms = vec![format.to_owned()];
    let mut widen = |from: &[&str], to: &[&str]| {
        let more: Vec<String> = forms
            .iter()
            .map(|f| {
                from.iter()
                    .zip(to)
                    .fold(f.clone(), |f, (from, to)| f.replace(from, to))
            })
            .collect();
        forms.extend(more);
        forms.dedup();
    };
    widen(&["%d", "%m"], &["%-d", "%-m"]);
    widen(&["%H", "%I"], &["%-H", "%-I"]);
    widen(&["%d"], &["%e"]);
    widen(&["%b", "%B"], &["%^b", "%^B"]);
    widen(&["%p"], &["%P"]);
    for digits in 1..=6 {
        if let Some(plain) = forms.first().filter(|f| f.contains("%.f")) {
            forms.push(plain.replace("%.f", &format!("%.{digits}f")));
        }
    }
    let same = |form: &String| {
        pairs
            .iter()
            .filter(|(text, at)| write(form, *at).as_deref() == Some(text))
            .count()
    };
    forms
        .into_iter()
        .rev()
        .max_by_key(same)
        .unwrap_or_else(|| format.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn found(texts: &[&str]) -> Option<Found> {
        let texts: Vec<(&str, u32)> = texts.iter().map(|t| (*t, 1)).collect();
        find(&texts, 0.95)
    }

    #[test]
    fn formats_are_found_and_write_the_same_text() {
        for texts in [
            &["2013-01-31", "2014-12-01"][..],
            &["2013-01-01T10:00:00Z", "2013-11-05T23:10:09Z"],
            &["2013-01-01 10:00:00.250", "2013-01-02 11:10:01.500"],
            &["1/31/2013", "12/1/2014"],
            &["01/31/2013", "12/01/2014"],
            &["31.01.2013", "01.12.2014"],
            &["1/31/2013 7:05", "12/1/2014 13:45"],
            &["31-JAN-2013", "01-DEC-2014"],
            &["5 January 2013", "15 March 2014"],
            &["January 5, 2013", "March 15, 2014"],
            &["2013-01-01T10:00:00+02:00", "2013-03-01T10:00:00+02:00"],
            &["10:15:00", "23:59:59"],
            &["2013-01", "2014-12"],
            &["Mar 2013", "Dec 2014"],
            &["2013-Q1", "2014-Q4"],
            &["Q2 2013", "Q3 2014"],
            &["01/31/2013 03:15 PM", "12/01/2014 11:05 AM"],
        ] {
            let found = found(texts).unwrap();
            let parser = Parser::new(&found.format);
            for text in texts {
                let at = parser.parse(text).unwrap();
                assert_eq!(
                    write(&found.format, at).as_deref(),
                    Some(*text),
                    "{found:?}"
                );
            }
        }
    }

    #[test]
    fn the_order_that_fits_all_rows_wins() {
        assert_eq!(
            found(&["01/02/2020", "13/02/2020"]).unwrap().format,
            "%d/%m/%Y"
        );
        assert_eq!(
            found(&["01/02/2020", "02/13/2020"]).unwrap().format,
            "%m/%d/%Y"
        );
        assert!(found(&["01/02/2020", "02/03/2020"]).unwrap().ambiguous);
        let mixed = [("13/02/2020", 1), ("02/13/2020", 1)];
        assert_eq!(find(&mixed, 0.95), None);
        assert!(mixed_order(&mixed, 0.95));
    }

    #[test]
    fn offsets_that_vary_meet_in_utc() {
        let found = found(&["2013-01-01T10:00:00+02:00", "2013-07-01T10:00:00+01:00"]).unwrap();
        let parser = Parser::new(&found.format);
        let at = parser.parse("2013-01-01T10:00:00+02:00").unwrap();
        assert_eq!(
            write(&found.format, at).as_deref(),
            Some("2013-01-01T08:00:00+00:00")
        );
    }

    #[test]
    fn numbers_and_words_are_no_dates() {
        for texts in [
            &["2013", "2014"][..],
            &["1.5", "2.5"],
            &["C22 C26", "B5"],
            &["250.83", "V57"],
            &["[0-10)", "[10-20)"],
        ] {
            assert_eq!(found(texts), None, "{texts:?}");
        }
    }
}
