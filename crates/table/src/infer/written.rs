//! Numbers as people write them: decimal commas, thousands separators, currency and percent signs.

use std::borrow::Cow;

use super::number::{Number, number, says_missing};

const MARKS: [char; 6] = ['$', '€', '£', '¥', '%', '\u{a0}'];

/// What a comma means between digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comma {
    None,
    Thousands,
    Decimal,
}

/// How the numbers of one column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    comma: Comma,
    marks: bool,
}

impl Written {
    /// Numbers as programs write them.
    const PLAIN: Written = Written {
        comma: Comma::None,
        marks: false,
    };

    /// The way that serves all of `texts`; plain when there is no other.
    pub(crate) fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Written {
        let (mut marked, mut all) = (0usize, 0usize);
        let (mut commas, mut groups, mut decimals) = (0usize, true, true);
        for text in texts {
            if says_missing(text) {
                continue;
            }
            all += 1;
            let bare = bare(text);
            marked += usize::from(bare.len() < text.trim().len());
            let digits = bare.strip_prefix(['-', '+']).unwrap_or(bare);
            if digits.contains(',') {
                commas += 1;
                groups &= grouped(digits, ',', '.');
                decimals &= decimal(digits);
                if !groups && !decimals {
                    return Written::PLAIN;
                }
            }
        }
        Written {
            comma: match (commas, groups, decimals) {
                (0, ..) => Comma::None,
                (_, true, _) => Comma::Thousands,
                (_, false, true) => Comma::Decimal,
                _ => Comma::None,
            },
            marks: marked > 0 && marked * 10 >= all * 9,
        }
    }

    /// True for numbers that need no translation.
    pub(crate) fn is_plain(self) -> bool {
        self == Written::PLAIN
    }

    /// What `text` is as a number.
    pub(crate) fn number(self, text: &str) -> Number {
        if self.is_plain() {
            return number(text);
        }
        let text = if self.marks { bare(text) } else { text.trim() };
        number(&match self.comma {
            Comma::None => Cow::Borrowed(text),
            Comma::Thousands => Cow::Owned(text.replace(',', "")),
            Comma::Decimal if text.contains('.') && !decimal(text.trim_start_matches('-')) => {
                if !grouped(text.trim_start_matches('-'), '.', ',') {
                    return Number::Other;
                }
                Cow::Owned(text.replace('.', ""))
            }
            Comma::Decimal => Cow::Owned(text.replace('.', "").replace(',', ".")),
        })
    }
}

/// `text` without the signs of currencies and percent around it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let Some(unsigned) = text.strip_prefix('-') else {
        return text.trim_matches(|c| MARKS.contains(&c)).trim();
    };
    // A sign before the currency stays where a number needs it.
    if unsigned.starts_with(MARKS) {
        return text;
    }
    text.trim_end_matches(MARKS).trim()
}

/// Digits in groups of three, then perhaps a fraction: `1,234,567.8`; not `0,123`.
fn grouped(text: &str, group: char, point: char) -> bool {
    let (whole, fraction) = match text.split_once(point) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut parts = whole.split(group);
    let first = parts.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && is_digits(first)
        && parts.all(|p| p.len() == 3 && is_digits(p))
        && fraction.is_none_or(is_digits)
}

/// A number with a decimal comma: `1.234,5` or `1234,5`.
fn decimal(text: &str) -> bool {
    let Some((whole, fraction)) = text.split_once(',') else {
        return false;
    };
    !fraction.is_empty()
        && is_digits(fraction)
        && !whole.is_empty()
        && (is_digits(whole) || grouped(whole, '.', ','))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &[&str]) -> Vec<Option<f64>> {
        let written = Written::of(texts.iter().copied());
        texts
            .iter()
            .map(|t| match written.number(t) {
                Number::Integer(x) => Some(x as f64),
                Number::Real { value, .. } => Some(value),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn commas_are_read_by_what_serves_the_column() {
        assert_eq!(values(&["1,5", "-2,25"]), [Some(1.5), Some(-2.25)]);
        assert_eq!(values(&["1,234", "12"]), [Some(1234.0), Some(12.0)]);
        assert_eq!(values(&["1,234.5", "1,000"]), [Some(1234.5), Some(1000.0)]);
        assert_eq!(values(&["1.234,5", "1.000"]), [Some(1234.5), Some(1000.0)]);
        assert_eq!(values(&["0,123", "1,234"]), [Some(0.123), Some(1.234)]);
        assert_eq!(values(&["1.5", "2.25"]), [Some(1.5), Some(2.25)]);
        assert_eq!(values(&["1,5", "a,b"]), [None, None]);
    }

    #[test]
    fn signs_around_numbers_are_set_aside() {
        assert_eq!(values(&["$1,200.50", "$3"]), [Some(1200.5), Some(3.0)]);
        assert_eq!(values(&["12 %", "-3.5%"]), [Some(12.0), Some(-3.5)]);
    }
}
