//! What may stand before and after a number: currencies, units, letters for powers of ten. Anything else makes
//! a code of it (`ID-17`, `cerebellum_1`, `12a`).

use super::{Cut, Scale};

/// Currencies by the codes of ISO 4217 that are met most, and by what people write.
const CURRENCIES: [&str; 60] = [
    "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP",
    "EUR", "GBP", "HKD", "HRK", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "KZT",
    "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD",
    "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "UYU", "VND", "ZAR", "kr",
    "kr.", "Rs", "Rs.", "Fr.", "Ft", "zł", "Kč", "lei",
];

/// Units that follow a number without a blank.
const UNITS: [&str; 85] = [
    "%", "\u{2030}", "°", "°C", "°F", "C", "F", "kg", "g", "mg", "µg", "ug", "ng", "t", "lb",
    "lbs", "oz", "km", "m", "cm", "mm", "µm", "nm", "mi", "ft", "in", "yd", "ha", "l", "L", "ml",
    "mL", "dl", "dL", "cl", "h", "hr", "hrs", "min", "mins", "s", "sec", "ms", "d", "y", "yr",
    "yrs", "W", "kW", "MW", "kWh", "V", "A", "Hz", "kHz", "MHz", "GHz", "kB", "KB", "MB", "GB",
    "TB", "KiB", "MiB", "GiB", "TiB", "B", "kbit/s", "Mbit/s", "km/h", "mph", "/mo", "/yr", "/wk",
    "/day", "/h", "/hr", "/kg", "/km", "/m²", "/sqft", "/100g", "/100 km", "x", "bar",
];

/// Letters for powers of ten.
const POWERS: [(&str, u8); 13] = [
    ("k", 3),
    ("K", 3),
    ("Tsd", 3),
    ("M", 6),
    ("mn", 6),
    ("Mn", 6),
    ("Mio", 6),
    ("Mio.", 6),
    ("B", 9),
    ("bn", 9),
    ("Mrd", 9),
    ("Mrd.", 9),
    ("T", 12),
];

fn is_currency(text: &str) -> bool {
    let sign = |c: char| "$€£¥₹₽₩₺₫฿₿¢₴₪₦".contains(c);
    CURRENCIES.contains(&text)
        || text.chars().any(sign)
            && text.chars().count() <= 4
            && text.chars().all(|c| sign(c) || c.is_ascii_uppercase())
}

/// True for what may stand before a number, its sign aside.
pub(super) fn may_stand_before(text: &str) -> bool {
    let bare = text.trim();
    bare.is_empty() || is_currency(bare)
}

/// True for what may stand after a number.
pub(super) fn may_stand_after(text: &str) -> bool {
    let bare = text.trim();
    if bare.is_empty() || is_currency(bare) || UNITS.contains(&bare) || power(text).is_some() {
        return true;
    }
    // A word of its own: `15.9 km`, `4 mg/dL`, `3 items`.
    let letter = |c: char| c.is_alphabetic() || "/%°µ²³·.^".contains(c);
    text.starts_with([' ', '\u{a0}', '\u{202f}'])
        && bare.chars().count() <= 12
        && bare.chars().all(letter)
        && (bare.chars().filter(|c| c.is_alphabetic()).count() > 1 || bare.ends_with(['²', '³']))
}

/// The power of ten that `text` after a number stands for.
pub(super) fn power(text: &str) -> Option<u8> {
    let bare = text.trim();
    POWERS
        .iter()
        .find(|(letter, _)| *letter == bare)
        .map(|(_, power)| *power)
}

/// The letters of a column whose numbers have several of them, or one and none: nothing else may follow.
pub(super) fn scales(cuts: &[(Cut<'_>, u32)]) -> Option<Vec<Scale>> {
    let before = cuts.first()?.0.before;
    let mut found: Vec<Scale> = Vec::new();
    for (cut, _) in cuts {
        let power = if cut.after.is_empty() {
            0
        } else {
            power(cut.after)?
        };
        if cut.before != before {
            return None;
        }
        match found.iter().find(|s| s.power == power) {
            Some(same) if same.after != cut.after => return None,
            Some(_) => {}
            None => found.push(Scale {
                after: cut.after.to_owned(),
                power,
                digits: 0,
            }),
        }
    }
    found.sort_by_key(|s| s.power);
    (found.len() > 1).then_some(found)
}
