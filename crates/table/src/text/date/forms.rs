//! The forms in which people write dates and times.

use std::borrow::Cow;
use std::sync::LazyLock;

/// Dates; a time of day may follow the first [`DATED`] of them.
pub(super) const DATES: [&str; 59] = [
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
    "%d. %b %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%b. %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d/%b/%Y",
    "%d/%b/%y",
    "%d%b%Y",
    "%d%b%y",
    "%Y-%b-%d",
    "%a, %d %b %Y",
    "%A, %B %d, %Y",
    "%a, %b %d, %Y",
    "%a %b %d, %Y",
    "%a %b %d %Y",
    "%a %d %b %Y",
    "%A %d %B %Y",
    "%A, %d %B %Y",
    "%A, %d. %B %Y",
    "%a %d.%m.%Y",
    "%a, %d.%m.%Y",
    "%a, %d.%m.%y",
    "%d %b, %y",
    "%d %b, %Y",
    "%d %B, %Y",
    "%d %b %y",
    "%d de %B de %Y",
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
pub(super) const DATED: usize = 46;

/// Dates that more texts fit by chance than the others, tried after them.
const LOOSE: [&str; 9] = [
    "%b-%y", "%b %y", "%B %y", "%b-%Y", "%B-%Y", "%d-%b", "%d %b", "%b %d", "%d. %B",
];

/// Times of day.
const TIMES: [&str; 12] = [
    "%H:%M:%S",
    "%H:%M",
    "%H:%M:%S%.f",
    "%I:%M:%S %p",
    "%I:%M %p",
    "%I:%M%p",
    "%I:%M:%S%.f %p",
    "%Hh%M",
    "%H:%M Uhr",
    "%H.%M Uhr",
    "%H:%M h",
    "%I.%M.%S%.f %p",
];

/// Dates and times that are written in one piece.
const WHOLE: [&str; 5] = [
    "%d/%b/%Y:%H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%b %d %H:%M:%S",
    "%b %d %Y %H:%M:%S",
    "%Y%m%dT%H%M%S",
];

/// A form, and what its texts are made of.
#[derive(Clone)]
pub(super) struct Candidate {
    pub form: String,
    marks: Marks,
}

impl Candidate {
    fn of(form: String) -> Candidate {
        Candidate {
            marks: Marks::of_form(&form),
            form,
        }
    }

    /// False for texts that the form cannot read, by a glance.
    pub(super) fn may_read(&self, text: Marks) -> bool {
        let any = if self.marks.0 & FRACTION > 0 {
            POINT
        } else {
            0
        };
        (self.marks.0 & !FRACTION | any) == (text.0 | any)
    }
}

/// Which signs a text has between its digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks(u16);

const POINT: u16 = 8;
const LETTER: u16 = 32;
/// A form may have a fraction of a second.
const FRACTION: u16 = 64;

impl Marks {
    pub(super) fn of(text: &str) -> Marks {
        Marks(text.chars().fold(0, |marks, c| marks | mark(c)))
    }

    fn of_form(form: &str) -> Marks {
        let mut marks = 0;
        let mut rest = form.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                marks |= mark(c);
                continue;
            }
            match rest.next() {
                Some('b' | 'B' | 'a' | 'A' | 'p') => marks |= LETTER,
                Some('.') => {
                    marks |= FRACTION;
                    rest.next();
                }
                _ => {}
            }
        }
        Marks(marks)
    }
}

fn mark(c: char) -> u16 {
    match c {
        ':' => 1,
        '-' => 2,
        '/' => 4,
        '.' => POINT,
        ',' => 16,
        c if c.is_alphabetic() => LETTER,
        _ => 0,
    }
}

/// Forms without an offset.
static PLAIN: LazyLock<Vec<Candidate>> = LazyLock::new(|| made(None));

/// All forms that a column whose cells end in `suffix`, an offset, may have.
pub(super) fn candidates(suffix: Option<&str>) -> Cow<'static, [Candidate]> {
    match suffix {
        None => Cow::Borrowed(&PLAIN),
        Some(suffix) => Cow::Owned(made(Some(suffix))),
    }
}

fn made(suffix: Option<&str>) -> Vec<Candidate> {
    let mut all = Vec::new();
    if suffix.is_none() {
        all.extend(DATES.iter().chain(&LOOSE).map(|d| (*d).to_owned()));
        all.extend(TIMES.iter().map(|t| (*t).to_owned()));
    }
    all.extend(WHOLE.iter().map(|form| (*form).to_owned()));
    for date in &DATES[..DATED] {
        for separator in [" ", "T", ", "] {
            for time in TIMES {
                all.push(format!("{date}{separator}{time}"));
            }
        }
    }
    let suffix = suffix.unwrap_or("");
    let candidate = |form: String| {
        let mut candidate = Candidate::of(form);
        candidate.form += suffix;
        candidate
    };
    all.into_iter().map(candidate).collect()
}

/// True for a form with a date, not only a time of day.
pub(super) fn is_dated(form: &str) -> bool {
    ["%d", "%-d", "%e", "%m", "%b", "%B", "%Y", "%y", "%j", "%G"]
        .iter()
        .any(|part| form.contains(part))
}

/// The parts of a date or time that a form has: year, month, day, hour, minute, second.
pub(super) fn parts(form: &str) -> Vec<char> {
    let mut parts = Vec::new();
    let mut rest = form;
    while let Some(at) = rest.find('%') {
        let tail = rest[at + 1..]
            .trim_start_matches(['-', '^', '_', '.', '0', '1', '2', '3', '4', '5', '6', '9']);
        let part = match tail.chars().next() {
            Some('Y' | 'y' | 'G') => Some('Y'),
            Some('m' | 'b' | 'B' | 'q') => Some('m'),
            Some('d' | 'e' | 'j') => Some('d'),
            Some('H' | 'I') => Some('H'),
            Some('M') => Some('M'),
            Some('S') => Some('S'),
            _ => None,
        };
        parts.extend(part);
        rest = tail;
    }
    parts.sort_unstable();
    parts.dedup();
    parts
}
