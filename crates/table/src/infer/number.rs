//! What a text is as a number, without losing how it was written.

/// A text seen as a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    /// A whole number that fits `i64`, written without a point.
    Integer(i64),
    /// A number with a point or an exponent, or too large for `i64`.
    Real {
        value: f64,
        /// Digits after the point, an exponent taken into account.
        decimals: u16,
        /// Digits from the first that is not zero.
        significant: u16,
    },
    /// Digits with leading zeros, as in postcodes: a code, not a number.
    Padded,
    /// NaN or an infinity.
    NotFinite,
    /// Anything else.
    Other,
}

/// Reads `text`, blanks around it aside: sign, digits, point, exponent; no thousands separators.
pub(crate) fn number(text: &str) -> Number {
    let text = text.trim();
    let bytes = text.as_bytes();
    let unsigned = match bytes {
        [b'+' | b'-', rest @ ..] => rest,
        all => all,
    };
    let whole = digits(unsigned);
    let mut rest = &unsigned[whole..];
    let mut fraction = 0;
    let point = rest.first() == Some(&b'.');
    if point {
        fraction = digits(&rest[1..]);
        rest = &rest[1 + fraction..];
    }
    if whole + fraction == 0 {
        return not_finite(unsigned);
    }
    let mut exponent = 0i64;
    let has_exponent = matches!(rest.first(), Some(b'e' | b'E'));
    if has_exponent {
        let sign = usize::from(matches!(rest.get(1), Some(b'+' | b'-')));
        let len = digits(&rest[1 + sign..]);
        if len == 0 {
            return Number::Other;
        }
        let text = std::str::from_utf8(&rest[1..1 + sign + len]).unwrap_or("0");
        exponent = text
            .parse()
            .unwrap_or(if rest[1] == b'-' { -9999 } else { 9999 });
        rest = &rest[1 + sign + len..];
    }
    if !rest.is_empty() {
        return Number::Other;
    }
    if whole > 1 && unsigned[0] == b'0' {
        return Number::Padded;
    }
    if !point
        && !has_exponent
        && let Ok(value) = text.parse::<i64>()
    {
        return Number::Integer(value);
    }
    let Ok(value) = text.parse::<f64>() else {
        return Number::Other;
    };
    if !value.is_finite() {
        return Number::NotFinite;
    }
    let mantissa = unsigned[..whole + usize::from(point) + fraction].iter();
    let significant = mantissa
        .filter(|b| b.is_ascii_digit())
        .skip_while(|&&b| b == b'0')
        .count();
    Number::Real {
        value,
        decimals: (fraction as i64 - exponent).clamp(0, i64::from(u16::MAX)) as u16,
        significant: significant.min(usize::from(u16::MAX)) as u16,
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_digit()).count()
}

fn not_finite(unsigned: &[u8]) -> Number {
    let words = [&b"nan"[..], b"inf", b"infinity"];
    if words.iter().any(|w| unsigned.eq_ignore_ascii_case(w)) {
        Number::NotFinite
    } else {
        Number::Other
    }
}

/// Texts that usually stand for "no value" in a column of numbers or dates.
pub(crate) fn says_missing(text: &str) -> bool {
    const WORDS: [&str; 27] = [
        "?",
        "-",
        "--",
        "---",
        ".",
        "..",
        "*",
        "na",
        "n/a",
        "n.a.",
        "n.a",
        "#n/a",
        "#n/a n/a",
        "<na>",
        "nan",
        "none",
        "null",
        "nil",
        "\\n",
        "nat",
        "missing",
        "unknown",
        "not available",
        "not applicable",
        "#null!",
        "#value!",
        "#div/0!",
    ];
    let text = text.trim();
    WORDS.iter().any(|w| text.eq_ignore_ascii_case(w))
}

/// The digits after the point that serve a whole column, from those of its values; `None` when the
/// values use the full precision of a double.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Precision {
    decimals: u16,
    significant: u16,
}

impl Precision {
    pub(crate) fn add(&mut self, decimals: u16, significant: u16) {
        self.decimals = self.decimals.max(decimals);
        self.significant = self.significant.max(significant);
    }

    pub(crate) fn decimals(self) -> Option<u8> {
        (self.significant < 15 && self.decimals <= 15).then_some(self.decimals as u8)
    }
}
