//! Dates as text, without an allocation per cell.

use std::io::Write;

use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::text::date::{self, Language, Parser};
use crate::{DateFormat, Error, Result};

const UNIX_EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

#[derive(Debug, Clone, Copy)]
enum Field {
    Literal(u8),
    Year,
    ShortYear,
    Month(bool),
    Day(bool),
    Hour(bool),
    Minute(bool),
    Second(bool),
}

/// Writes instants in the forms of one format.
#[derive(Debug, Clone)]
pub(crate) struct Dates {
    forms: Vec<Form>,
    shares: Vec<Option<u32>>,
}

/// One form: the common directives are written by hand, all others by `jiff`.
#[derive(Debug, Clone)]
struct Form {
    format: String,
    quick: Option<Vec<Field>>,
    language: Option<Language>,
    parser: Parser,
}

impl Dates {
    pub(crate) fn new(format: &DateFormat) -> Result<Dates> {
        let (mut forms, mut shares) = (Vec::new(), Vec::new());
        for (share, form) in date::forms(&format.0) {
            forms.push(Form::new(form)?);
            shares.push(share);
        }
        Ok(Dates { forms, shares })
    }

    /// True when the format has a time of day.
    pub(super) fn has_time(format: &DateFormat) -> bool {
        date::forms(&format.0)
            .iter()
            .any(|(_, form)| has_time(form))
    }

    /// Appends the instant `micros`; those outside of the years -9999 to 9999 are moved to the
    /// nearest bound.
    pub(crate) fn push(&self, out: &mut Vec<u8>, micros: i64) {
        if let [form] = self.forms.as_slice() {
            return form.push(out, micros);
        }
        let exact = |at: usize| {
            let mut text = Vec::with_capacity(32);
            self.forms[at].push(&mut text, micros);
            self.forms[at].parser.parse(&String::from_utf8_lossy(&text)) == Some(micros)
        };
        self.forms[date::choose(&self.shares, micros, exact)].push(out, micros);
    }
}

impl Form {
    fn new(form: &str) -> Result<Form> {
        let (language, format) = Language::of(form);
        let dates = Form {
            format: format.to_owned(),
            quick: fields(format).filter(|_| language.is_none()),
            language,
            parser: Parser::new(form),
        };
        let moment = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        let mut sample = String::new();
        BrokenDownTime::from(&moment)
            .format(&dates.format, &mut sample)
            .map_err(|e| {
                Error::input(
                    "write/date-format",
                    "The date format of a column cannot be written.",
                    "Correct the format in the schema, for example to %Y-%m-%d.",
                )
                .caused_by(e)
            })?;
        Ok(dates)
    }

    fn push(&self, out: &mut Vec<u8>, micros: i64) {
        // Instants end before the last day of 9999, dates do not.
        let span = SignedDuration::from_micros(micros);
        let t = UNIX_EPOCH.checked_add(span).unwrap_or(if micros < 0 {
            DateTime::MIN
        } else {
            DateTime::MAX
        });
        if let Some(fields) = &self.quick
            && t.year() >= 0
        {
            for &field in fields {
                match field {
                    Field::Literal(b) => out.push(b),
                    Field::Year => {
                        two(out, (t.year() / 100) as i8, true);
                        two(out, (t.year() % 100) as i8, true);
                    }
                    Field::ShortYear => two(out, (t.year() % 100) as i8, true),
                    Field::Month(pad) => two(out, t.month(), pad),
                    Field::Day(pad) => two(out, t.day(), pad),
                    Field::Hour(pad) => two(out, t.hour(), pad),
                    Field::Minute(pad) => two(out, t.minute(), pad),
                    Field::Second(pad) => two(out, t.second(), pad),
                }
            }
            return;
        }
        let moment = Timestamp::from_microsecond(micros).map(|at| at.to_zoned(TimeZone::UTC));
        let parts = moment.map_or_else(
            |_| BrokenDownTime::from(t),
            |zoned| BrokenDownTime::from(&zoned),
        );
        let mut text = String::new();
        if parts.format(&self.format, &mut text).is_ok() {
            if let Some(language) = self.language {
                text = language.localized(&text, self.format.contains("%b"));
            }
            // Writing to a vector does not fail.
            let _ = out.write_all(text.as_bytes());
        }
    }
}

/// True when a form has a time of day.
fn has_time(form: &str) -> bool {
    let mut chars = form.chars();
    while let Some(c) = chars.next() {
        if c == '%' {
            let directive = chars.find(|c| c.is_ascii_alphabetic() || *c == '%');
            if directive.is_some_and(|d| "HIklMSTRrcfNXsPpQzZ".contains(d)) {
                return true;
            }
        }
    }
    false
}

fn two(out: &mut Vec<u8>, x: i8, pad: bool) {
    let x = x as u8;
    if pad || x >= 10 {
        out.push(b'0' + x / 10);
    }
    out.push(b'0' + x % 10);
}

/// The format in parts, when it has none but common directives.
fn fields(format: &str) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    let mut bytes = format.bytes();
    while let Some(b) = bytes.next() {
        if b != b'%' {
            fields.push(Field::Literal(b));
            continue;
        }
        let mut directive = bytes.next()?;
        let pad = directive != b'-';
        if !pad {
            directive = bytes.next()?;
        }
        match directive {
            b'Y' if pad => fields.push(Field::Year),
            b'y' if pad => fields.push(Field::ShortYear),
            b'm' => fields.push(Field::Month(pad)),
            b'd' => fields.push(Field::Day(pad)),
            b'H' => fields.push(Field::Hour(pad)),
            b'M' => fields.push(Field::Minute(pad)),
            b'S' => fields.push(Field::Second(pad)),
            b'F' if pad => fields.extend([
                Field::Year,
                Field::Literal(b'-'),
                Field::Month(true),
                Field::Literal(b'-'),
                Field::Day(true),
            ]),
            b'T' if pad => fields.extend([
                Field::Hour(true),
                Field::Literal(b':'),
                Field::Minute(true),
                Field::Literal(b':'),
                Field::Second(true),
            ]),
            b'%' if pad => fields.push(Field::Literal(b'%')),
            _ => return None,
        }
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn date(format: &str, micros: i64) -> String {
        let mut out = Vec::new();
        Dates::new(&DateFormat(format.into()))
            .unwrap()
            .push(&mut out, micros);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quick_dates_are_those_of_the_library() {
        for micros in [
            0,
            -1,
            951_782_400_000_000,
            4_102_444_799_999_999,
            -62_167_219_200_000_000,
        ] {
            for format in ["%Y-%m-%d %H:%M:%S", "%-d.%-m.%Y", "%F", "%T", "%y%m%d%%"] {
                let dates = Dates::new(&DateFormat(format.into())).unwrap();
                assert!(dates.forms[0].quick.is_some());
                let mut slow = dates.clone();
                slow.forms[0].quick = None;
                let (mut a, mut b) = (Vec::new(), Vec::new());
                dates.push(&mut a, micros);
                slow.push(&mut b, micros);
                assert_eq!(a, b, "{format}");
            }
        }
        assert_eq!(
            date("%Y-%m-%dT%H:%M:%S%.3f", 1_500),
            "1970-01-01T00:00:00.001"
        );
        assert!(date("%Y", i64::MAX).starts_with('9'));
    }

    #[test]
    fn times_of_day_are_seen() {
        for (format, time) in [
            ("%Y-%m-%d", false),
            ("%d %b %y", false),
            ("%F %T", true),
            ("%-I %p", true),
        ] {
            assert_eq!(Dates::has_time(&DateFormat(format.into())), time);
        }
    }
}
