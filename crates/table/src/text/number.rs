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
    // None begins with a digit, as most cells do.
    !text.starts_with(|c: char| c.is_ascii_digit())
        && WORDS.iter().any(|w| text.eq_ignore_ascii_case(w))
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

/// Powers of ten that are exact in `f64`.
const TENS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// Below this, `x * 10^decimals` is a whole number that `f64` holds with room to round.
const EXACT: f64 = 2e15;

/// `x` rounded to `decimals` places, as the nearest `f64`.
pub(crate) fn rounded(x: f64, decimals: Option<u8>) -> f64 {
    match decimals.and_then(|d| TENS.get(usize::from(d))) {
        Some(&p) if (x * p).abs() < EXACT => (x * p).round() / p + 0.0,
        _ => x,
    }
}

pub(crate) fn push_integer(out: &mut Vec<u8>, x: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(x).as_bytes());
}

/// Appends the finite number `x` in its shortest form, rounded to `decimals` places. `single` is
/// for numbers that came from 32-bit floats.
pub(crate) fn push_number(out: &mut Vec<u8>, x: f64, decimals: Option<u8>, single: bool) {
    if let Some(d) = decimals
        && let Some(&p) = TENS.get(usize::from(d))
        && (x * p).abs() < EXACT
    {
        let scaled = (x * p).round() as i64;
        if scaled < 0 {
            out.push(b'-');
        }
        let (p, scaled) = (p as u64, scaled.unsigned_abs());
        out.extend_from_slice(itoa::Buffer::new().format(scaled / p).as_bytes());
        let mut fraction = scaled % p;
        if fraction > 0 {
            out.push(b'.');
            let mut p = p / 10;
            while fraction > 0 {
                out.push(b'0' + (fraction / p) as u8);
                fraction %= p;
                p /= 10;
            }
        }
        return;
    }
    if x == 0.0 {
        out.push(b'0');
        return;
    }
    let mut buffer = zmij::Buffer::new();
    let text = if single {
        buffer.format_finite(x as f32)
    } else {
        buffer.format_finite(x)
    };
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn written(x: f64, decimals: Option<u8>) -> String {
        let mut out = Vec::new();
        push_number(&mut out, x, decimals, false);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_short() {
        for (x, decimals, text) in [
            (63.0, Some(1), "63"),
            (63.05, Some(2), "63.05"),
            (-0.004, Some(2), "0"),
            (-1.5, Some(1), "-1.5"),
            (0.1 + 0.2, Some(3), "0.3"),
            (2.5e14, Some(0), "250000000000000"),
            (1e300, Some(2), "1e+300"),
            (0.1, None, "0.1"),
            (100.0, None, "100"),
            (-0.0, None, "0"),
            (f64::MAX, None, "1.7976931348623157e+308"),
        ] {
            assert_eq!(written(x, decimals), text);
        }
        let mut out = Vec::new();
        push_number(&mut out, f64::from(0.1f32), None, true);
        assert_eq!(out, b"0.1");
    }

    proptest! {
        #[test]
        fn numbers_read_back_as_they_were(x in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            prop_assert_eq!(written(x, None).parse::<f64>().unwrap(), x);
        }

        #[test]
        fn decimals_read_back_as_they_were(whole in -1_000_000_000i64..1_000_000_000, d in 0u8..7) {
            let x: f64 = format!("{whole}e-{d}").parse().unwrap();
            let text = written(x, Some(d));
            prop_assert_eq!(text.parse::<f64>().unwrap(), x);
            prop_assert_eq!(rounded(x, Some(d)), x);
            prop_assert!(text.split_once('.').is_none_or(|(_, f)| f.len() <= usize::from(d)));
        }
    }
}
