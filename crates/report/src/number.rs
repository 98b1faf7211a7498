//! Figures as people read them.

/// `value` with `digits` decimals and a true minus sign; a dash when it is not finite.
pub fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.*}", digits, value.abs());
    if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        format!("−{text}")
    } else {
        text
    }
}

/// A metric's value: three decimals; counts as counts; what is smaller than can be shown is said to be.
pub fn figure(value: f64) -> String {
    figure_beside(value, f64::NAN)
}

/// [`figure`] with further decimals where rounding would hide the difference from `other`.
pub fn figure_beside(value: f64, other: f64) -> String {
    let size = value.abs();
    if value.is_finite() && value.fract() == 0.0 && size >= 2.0 {
        return count(value);
    }
    if size >= 1e5 {
        return short(value);
    }
    let digits = verdancy_metrics::decimals(value, other);
    if digits == 3 && size < 5e-4 {
        // What is left of a sum of zeros is no figure.
        return match value {
            v if v.abs() < 1e-12 => "0".to_owned(),
            v if v < 0.0 => "> −0.001".to_owned(),
            _ => "< 0.001".to_owned(),
        };
    }
    fixed(value, digits)
}

/// `figure`, or a dash.
pub fn maybe(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), figure)
}

/// `a to b`, empty without an interval.
pub fn interval(value: Option<(f64, f64)>) -> String {
    value
        .filter(|(a, z)| a.is_finite() && z.is_finite())
        .map_or_else(String::new, |(a, z)| {
            format!("{} to {}", figure(a), figure(z))
        })
}

/// A share in per cent with one decimal.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    if share > 0.0 && share < 0.0005 {
        return "<0.1 %".to_owned();
    }
    format!("{:.1} %", share.min(1e6) * 100.0)
}

/// A whole number with commas between thousands, as on the terminal.
pub fn count(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 1e15 {
        return short(value);
    }
    let digits = format!("{:.0}", value.abs());
    let mut out = String::new();
    if value < 0.0 {
        out.push('−');
    }
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// As few characters as an axis needs: four significant digits, powers of ten far from 1.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    let sign = if value < 0.0 { "−" } else { "" };
    if !(1e-4..1e6).contains(&size) {
        let text = format!("{size:.2e}");
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = trim(mantissa);
        let power = power.replace('-', "−");
        return if mantissa == "1" {
            format!("{sign}10^{power}")
        } else {
            format!("{sign}{mantissa}×10^{power}")
        };
    }
    let digits = (3 - size.log10().floor() as i64).clamp(0, 8) as usize;
    let text = format!("{size:.digits$}");
    format!("{sign}{}", trim(&text))
}

fn trim(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// Seconds as people say them.
pub fn seconds(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        return "–".to_owned();
    }
    if value < 0.0995 {
        return format!("{} ms", (value * 1000.0).ceil());
    }
    if value < 9.95 {
        return format!("{value:.1} s");
    }
    let whole = value.round() as u64;
    match whole {
        0..=119 => format!("{whole} s"),
        120..=7199 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// Bytes in megabytes.
pub fn megabytes(bytes: u64) -> String {
    format!("{} MB", count((bytes as f64 / 1e6).ceil()))
}

/// At most `limit` characters: the middle becomes an ellipsis, as names often differ at the end.
pub fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept = limit.saturating_sub(1);
    let tail = kept / 3;
    let characters: Vec<char> = text.chars().collect();
    let mut out: String = characters[..kept - tail].iter().collect();
    out.push('…');
    out.extend(&characters[characters.len() - tail..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        assert_eq!(figure(0.0414), "0.041");
        assert_eq!(figure(0.1), "0.100");
        assert_eq!(figure(0.0), "0");
        assert_eq!(figure(3.47e-18), "0");
        assert_eq!(figure(-1e-4), "> −0.001");
        assert_eq!(figure_beside(0.100_04, 0.1), "0.10004");
        assert_eq!(figure_beside(0.1, 0.100_04), "0.10000");
        assert_eq!(interval(Some((3.47e-18, 0.054))), "0 to 0.054");
        assert_eq!(figure(1.0), "1.000");
        assert_eq!(figure(1e-5), "< 0.001");
        assert_eq!(figure(12_345.0), "12,345");
        assert_eq!(figure(-0.25), "−0.250");
        assert_eq!(fixed(-0.0001, 2), "0.00");
        assert_eq!(figure(f64::NAN), "–");
    }

    #[test]
    fn axis_numbers() {
        assert_eq!(short(0.25), "0.25");
        assert_eq!(short(1500.0), "1500");
        assert_eq!(short(-2.5e9), "−2.5×10^9");
        assert_eq!(short(1e308), "10^308");
        assert_eq!(short(f64::INFINITY), "–");
    }

    #[test]
    fn shares_times_and_names() {
        assert_eq!(percent(0.125), "12.5 %");
        assert_eq!(percent(0.0001), "<0.1 %");
        assert_eq!(seconds(3.24), "3.2 s");
        assert_eq!(seconds(0.0123), "13 ms");
        assert_eq!(seconds(75.0), "75 s");
        assert_eq!(seconds(754.0), "12 min 34 s");
        assert_eq!(shorten("abcdef", 4), "ab…f");
        assert_eq!(shorten("abc", 0), "…");
        assert_eq!(shorten("äöü", 3), "äöü");
    }
}
