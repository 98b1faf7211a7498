//! Dates, moments, times of day and durations in the forms in which people and programs write them.

use jiff::civil::DateTime;
use proptest::prelude::*;

use super::dice::Dice;

/// How a column's dates or durations are written.
#[derive(Debug, Clone)]
pub enum Times {
    /// A pattern of `strftime`, and what follows each cell.
    Date(&'static str, &'static str),
    /// Whole hours, minutes and seconds, the first without a zero before it.
    Clock,
    /// Minutes and seconds, hours where there are some.
    ShortClock,
    /// Hours of any number and minutes: `31:05`.
    Minutes,
    /// As pandas writes them.
    Days,
    /// `2h 05m`
    Spoken,
    /// `PT2H5M`
    Iso,
}

/// Patterns whose texts tell what they are.
const DATES: [&str; 45] = [
    "%Y-%m-%d %H:%M:%S%.3f",
    "%Y-%m-%dT%H:%M:%S%.6f",
    "%d %B %Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%y-%m-%d",
    "%I:%M %p",
    "%b %-d %Y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%-d.%-m.%Y",
    "%d.%m.%y",
    "%m/%d/%Y",
    "%-m/%-d/%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d %b %Y",
    "%-d %B %Y",
    "%B %-d, %Y",
    "%b %d, %Y",
    "%d-%b-%Y",
    "%d%b%Y",
    "%a, %d %b %Y",
    "%A, %B %-d, %Y",
    "%a %d.%m.%Y",
    "%G-W%V",
    "%Y-Q%q",
    "Q%q %Y",
    "%Y-%m",
    "%Y-%j",
    "%m/%Y",
    "%b %Y",
    "%B %Y",
    "%Y%m%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y, %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%-m/%-d/%Y %-I:%M:%S %p",
    "%d/%b/%Y:%H:%M:%S",
    "%Y%m%d%H%M%S",
    "%H:%M:%S",
    "%H:%M",
];

/// All forms.
pub fn forms() -> impl Strategy<Value = Times> {
    let ends = |date: &'static str| {
        let timed = date.contains("%H") && date.starts_with("%Y-");
        let ends = if timed {
            vec!["", "", "Z", "+02:00", " UTC"]
        } else {
            vec![""]
        };
        prop::sample::select(ends).prop_map(move |end| Times::Date(date, end))
    };
    prop_oneof![
        6 => prop::sample::select(DATES.to_vec()).prop_flat_map(ends),
        1 => prop::sample::select(vec![
            Times::Clock,
            Times::ShortClock,
            Times::Minutes,
            Times::Days,
            Times::Spoken,
            Times::Iso,
        ]),
    ]
}

impl Times {
    pub fn is_duration(&self) -> bool {
        !matches!(self, Times::Date(..))
    }

    /// A cell of the column.
    pub fn cell(&self, d: &mut Dice) -> String {
        let seconds = d.skewed(9000.0) as i64;
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match self {
            Times::Date(format, end) => {
                let at = DateTime::constant(2012, 1, 1, 0, 0, 0, 0);
                let span = jiff::SignedDuration::from_secs(d.int(0, 11 * 365 * 86_400));
                let at = at.saturating_add(span);
                format!("{}{end}", at.strftime(*format))
            }
            Times::Clock => format!("{h}:{m:02}:{s:02}"),
            Times::ShortClock if h == 0 => format!("{m}:{s:02}"),
            Times::ShortClock => format!("{h}:{m:02}:{s:02}"),
            Times::Minutes => format!("{}:{s:02}", seconds / 60),
            Times::Days => format!("{} days {:02}:{m:02}:{s:02}", h / 24, h % 24),
            Times::Spoken => format!("{h}h {m:02}m"),
            Times::Iso => {
                let hours = if h > 0 {
                    format!("{h}H")
                } else {
                    String::new()
                };
                let minutes = if m > 0 || h == 0 {
                    format!("{m}M")
                } else {
                    String::new()
                };
                format!("PT{hours}{minutes}")
            }
        }
    }
}
