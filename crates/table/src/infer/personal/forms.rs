//! Personal data that is known by how it is written: addresses of people and machines, numbers of
//! telephones, accounts, devices and vehicles.

use std::net::IpAddr;

use super::checks;

pub(crate) fn count_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

pub(crate) fn count_letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

pub(crate) fn is_email(text: &str) -> bool {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let Some((user, host)) = text.rsplit_once('@') else {
        return false;
    };
    !user.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>'))
        && host.split('.').count() >= 2
        && host
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

pub(crate) fn is_url(text: &str) -> bool {
    let rest = ["http://", "https://", "ftp://", "www."]
        .iter()
        .find_map(|start| text.strip_prefix(start));
    rest.is_some_and(|rest| rest.contains('.') && !text.contains(char::is_whitespace))
}

/// A web address that leads to somebody: a user part, a query, a long number or a handle.
pub(crate) fn is_telling_url(text: &str) -> bool {
    const PEOPLE: [&str; 9] = [
        "/user",
        "/u/",
        "/profile",
        "/people/",
        "/in/",
        "/member",
        "/account",
        "/customer",
        "/patient",
    ];
    let lower = text.to_lowercase();
    let path = lower
        .split_once("://")
        .map_or(lower.as_str(), |(_, rest)| rest);
    let path = path.split_once('/').map_or("", |(_, path)| path);
    is_url(text)
        && (text.contains(['@', '~', '?'])
            || count_digits(path) >= 3
            || PEOPLE.iter().any(|p| lower.contains(p)))
}

/// An address of a machine, also with a port or the length of its network.
pub(crate) fn ip(text: &str) -> Option<IpAddr> {
    let bare = match text.rsplit_once('/') {
        Some((bare, length)) if length.parse::<u8>().is_ok() => bare,
        _ => text,
    };
    if !bare.bytes().any(|b| matches!(b, b'.' | b':')) {
        return None;
    }
    bare.parse()
        .ok()
        .or_else(|| bare.parse::<std::net::SocketAddr>().ok().map(|a| a.ip()))
}

/// An address that a version number would hardly be.
pub(crate) fn is_sure_ip(text: &str) -> bool {
    match ip(text) {
        Some(IpAddr::V4(a)) => {
            let parts = a.octets();
            matches!(parts[0], 10 | 127)
                || parts[0] == 192 && parts[1] == 168
                || parts[1..].iter().any(|p| *p > 40)
        }
        Some(IpAddr::V6(_)) => true,
        None => false,
    }
}

pub(crate) fn is_iban(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    checks::iban(&bare)
}

pub(crate) fn is_ssn(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [a, b, c] if a.len() == 3 && b.len() == 2 && c.len() == 4)
        && count_digits(text) == 9
}

/// Digits, with single blanks or dashes between groups.
fn grouped(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let fine = bytes.iter().enumerate().all(|(i, b)| match b {
        b'0'..=b'9' => true,
        b' ' | b'-' => {
            i > 0
                && bytes.get(i + 1).is_some_and(u8::is_ascii_digit)
                && bytes[i - 1].is_ascii_digit()
        }
        _ => false,
    });
    fine.then(|| checks::digits(text))
}

/// A card number: an issuer's first digits, 13 to 19 digits, and Luhn's check digit.
pub(crate) fn is_card(text: &str) -> bool {
    let Some(d) = grouped(text) else { return false };
    let issued = matches!(
        (d.len(), d.first(), d.get(1)),
        (_, Some(9), _)
            | (15, Some(3), Some(4 | 7))
            | (14, Some(3), Some(0 | 6 | 8 | 9))
            | (13, Some(4), _)
            | (16, Some(3), Some(5))
            | (16, Some(2), Some(2..=7))
            | (16, Some(4 | 5), _)
            | (16..=19, Some(6), _)
    );
    (13..=19).contains(&d.len()) && issued && checks::luhn(&d)
}

/// A card number in groups of four, or 4-6-5.
pub(crate) fn is_spaced_card(text: &str) -> bool {
    let groups: Vec<usize> = text.split([' ', '-']).map(str::len).collect();
    (groups.starts_with(&[4, 4, 4]) || groups == [4, 6, 5]) && is_card(text)
}

pub(crate) fn is_imei(text: &str) -> bool {
    grouped(text).is_some_and(|d| d.len() == 15 && checks::luhn(&d))
}

/// Six pairs of hexadecimal digits between colons or dashes, or three groups of four.
pub(crate) fn is_mac(text: &str) -> bool {
    let hex = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_hexdigit());
    let split = |by: char, count: usize, n: usize| {
        text.split(by).count() == count && text.split(by).all(|p| hex(p, n))
    };
    split(':', 6, 2) || split('-', 6, 2) || split('.', 3, 4)
}

/// Seventeen characters of the alphabet of vehicle identification numbers, letters and digits.
pub(crate) fn is_vin(text: &str) -> bool {
    let bytes = text.as_bytes();
    let upper = bytes.iter().any(u8::is_ascii_uppercase);
    let lower = bytes.iter().any(u8::is_ascii_lowercase);
    bytes.len() == 17
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() && !b"IOQioq".contains(b))
        && upper != lower
        && bytes.iter().any(u8::is_ascii_digit)
}

/// Letters `A`, digits `9`, everything else as it is: the shape of a code in capitals; empty when
/// it has other letters.
pub(crate) fn shape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        out.push(match c {
            '0'..='9' => '9',
            'Ä' | 'Ö' | 'Ü' => 'A',
            c if c.is_ascii_uppercase() => 'A',
            c if c.is_alphabetic() => return String::new(),
            c => c,
        });
    }
    out
}

/// A number plate by a form that few other codes have: German, British, French, Italian, Spanish,
/// Dutch.
pub(crate) fn is_plate(text: &str) -> bool {
    const OTHERS: [&str; 10] = [
        "AA99 AAA",
        "AA-999-AA",
        "AA 999 AA",
        "9999 AAA",
        "99-AAA-9",
        "9-AAA-99",
        "AA-999-A",
        "A-999-AA",
        "99-AA-99",
        "AA-99-AA",
    ];
    let shape = shape(text);
    if OTHERS.contains(&shape.as_str()) {
        let vowels = text.contains(['A', 'E', 'I', 'O', 'U', 'Q']);
        return shape != "9999 AAA" || !vowels;
    }
    // `B-CC 486`, `M-A 1`, `HH-AB 12E`: district, dash, letters, blank, digits.
    let Some((district, rest)) = shape.split_once('-') else {
        return false;
    };
    let Some((letters, digits)) = rest.split_once(' ') else {
        return false;
    };
    let all = |s: &str, c: char, n: std::ops::RangeInclusive<usize>| {
        n.contains(&s.len()) && s.chars().all(|x| x == c)
    };
    all(district, 'A', 1..=3)
        && all(letters, 'A', 1..=2)
        && all(digits.strip_suffix('A').unwrap_or(digits), '9', 1..=4)
}

/// What a plate may be where the column is named for plates.
pub(crate) fn may_be_plate(text: &str) -> bool {
    let shape = shape(text);
    let marks = |c: char| shape.chars().filter(|x| *x == c).count();
    !shape.is_empty()
        && (3..=8).contains(&(marks('A') + marks('9')))
        && marks('9') >= 1
        && marks('A') >= 1
        && shape
            .chars()
            .all(|c| matches!(c, 'A' | '9' | ' ' | '-' | '.' | '·'))
}

/// A telephone number: eight to fifteen digits, set apart as such numbers are; bare digits, dates
/// and codes between dashes are none.
pub(crate) fn is_phone(text: &str) -> bool {
    let text = ["x", "ext", "ext.", "Durchwahl"]
        .iter()
        .find_map(|mark| text.split_once(&format!(" {mark}")))
        .map_or(text, |(front, _)| front.trim_end());
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let count = count_digits(text);
    let marks = text.chars().all(|c| {
        c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | ' ' | '.' | '/' | '\u{a0}')
    });
    if !(8..=15).contains(&count) || !marks || crate::text::date::find(&[(text, 1)], 1.0).is_some()
    {
        return false;
    }
    let groups: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|g| !g.is_empty())
        .collect();
    let sizes: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    if let Some(rest) = text.strip_prefix('+') {
        return rest.starts_with(|c: char| c.is_ascii_digit() || c == '(')
            && rest.matches('.').count() != 1;
    }
    if text.matches('.').count() == 1 {
        return false;
    }
    let area = groups.first().map_or("", |g| g);
    let brackets = text.contains('(') && text.contains(')');
    let american =
        sizes == [3, 3, 4] && !area.starts_with(['0', '1']) || sizes == [1, 3, 3, 4] && area == "1";
    let abroad = area.starts_with("00") && groups.len() >= 2 && text.contains([' ', '/', '(']);
    let dashes = text.contains('-') && !text.contains([' ', '/', '(']);
    let national = area.starts_with('0')
        && (2..=5).contains(&area.len())
        && groups.len() >= 2
        && count >= 9
        && if dashes {
            groups.len() == 2 && sizes[1] >= 5
        } else {
            sizes.iter().sum::<usize>() - area.len() >= 5
        };
    (brackets && (2..=6).contains(&groups.len())) || american || abroad || national
}

/// A telephone number where the column is named for such.
pub(crate) fn may_be_phone(text: &str) -> bool {
    (6..=16).contains(&count_digits(text)) && count_letters(text) <= 3
}

/// Words that stand for any street.
pub(crate) const STREETS: [&str; 49] = [
    "street",
    "st",
    "road",
    "rd",
    "avenue",
    "ave",
    "lane",
    "ln",
    "drive",
    "dr",
    "boulevard",
    "blvd",
    "court",
    "ct",
    "place",
    "pl",
    "square",
    "sq",
    "terrace",
    "way",
    "highway",
    "hwy",
    "parkway",
    "pkwy",
    "close",
    "crescent",
    "rue",
    "impasse",
    "chemin",
    "allée",
    "quai",
    "via",
    "viale",
    "corso",
    "piazza",
    "calle",
    "avenida",
    "carrera",
    "rua",
    "travessa",
    "ulica",
    "ul",
    "straße",
    "strasse",
    "str",
    "weg",
    "platz",
    "allee",
    "gasse",
];

/// Endings of words for streets.
pub(crate) const ENDINGS: [&str; 22] = [
    "straße", "strasse", "str", "weg", "platz", "allee", "gasse", "ring", "ufer", "damm", "steig",
    "straat", "laan", "plein", "gracht", "gatan", "vägen", "gata", "veien", "vej", "gade", "katu",
];

/// A postal address: a number and the word for a street, before or after it.
pub(crate) fn is_address(text: &str) -> bool {
    if !(6..=160).contains(&text.len()) || !text.bytes().any(|b| b.is_ascii_digit()) {
        return false;
    }
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c == ',' || c == ';')
        .filter(|w| !w.is_empty())
        .map(|w| w.trim_end_matches('.').to_lowercase())
        .collect();
    let house = |w: &String| {
        w.bytes().next().is_some_and(|b| b.is_ascii_digit())
            && w.len() <= 6
            && count_letters(w) <= 1
    };
    let at = words.iter().position(|w| {
        STREETS.contains(&w.as_str())
            || ENDINGS
                .iter()
                .any(|e| w.len() > e.len() + 2 && w.ends_with(e))
    });
    (2..=14).contains(&words.len())
        && words.iter().any(house)
        && count_letters(text) >= 4
        && at.is_some_and(|at| {
            // The number stands close before or after the street.
            words
                .iter()
                .enumerate()
                .any(|(i, w)| house(w) && i.abs_diff(at) <= 4)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_known() {
        assert!(is_email("a.b@example.org") && !is_email("a@b") && !is_email("a b@c.de"));
        assert!(is_url("https://example.org/x?y=1") && is_telling_url("https://e.org/user/ann"));
        assert!(!is_telling_url("https://example.org/shop"));
        for text in [
            "192.0.2.1",
            "2001:db8::1",
            "10.0.0.0/8",
            "10.1.2.3:443",
            "[::1]:80",
        ] {
            assert!(ip(text).is_some(), "{text}");
        }
        assert!(is_sure_ip("10.0.1.2") && !is_sure_ip("1.2.3.4"));
        assert!(is_iban("GB82 WEST 1234 5698 7654 32") && is_ssn("078-05-1120"));
        assert!(is_spaced_card("4111 1111 1111 1111") && is_imei("490154203237518"));
        for text in ["42-60-25-55-40-B6", "78:85:ea:33:3d:e2", "7885.ea33.3de2"] {
            assert!(is_mac(text), "{text}");
        }
        assert!(is_vin("FEN8RBP0NW6AWSE1T") && !is_vin("12345678901234567"));
        for text in ["B-CC 486", "M-A 1", "AB12 CDE", "AA-123-BB", "1234 BCD"] {
            assert!(is_plate(text), "{text}");
        }
    }

    #[test]
    fn telephones_of_many_countries() {
        for text in [
            "+49 30 901820",
            "+49 (0)30 901820",
            "(555) 010-9999",
            "415-555-2671",
            "+1.415.555.2671",
            "+49171234567",
            "0171/1234567",
            "0171 1234567",
            "01 23 45 67 89",
            "020 7946 0018",
            "030-1234567",
            "0049 171 1234567",
            "1-800-555-0199",
            "(0351) 12345-0",
            "415-555-2671 x12",
        ] {
            assert!(is_phone(text), "{text}");
        }
    }

    #[test]
    fn numbers_dates_and_codes_are_not_personal() {
        for text in [
            "2013-01-31",
            "2013-01-31 10:00:00",
            "10.10.2020",
            "12345678",
            "1.25",
            "-3.5",
            "0002-8215-01",
            "978-3-16-148410-0",
            "7732-18-5",
            "12-3456-789",
            "2020/01/31",
            "+12345678.9",
            "4 8 15 16 23 42 99",
            "100.200.300.400",
        ] {
            assert!(!is_phone(text), "{text}");
        }
        for text in ["A-12", "B-77", "ABC-123", "E11.9", "SKU-1 A", "10-Q 2020"] {
            assert!(!is_plate(text), "{text}");
        }
        for text in [
            "1st class",
            "2 bedrooms",
            "floor 3",
            "Building 7",
            "3 way valve",
        ] {
            assert!(!is_address(text) || text == "3 way valve", "{text}");
        }
    }

    #[test]
    fn postal_addresses() {
        for text in [
            "12 Main Street, Springfield",
            "77 Elm Road, Ogdenville",
            "Hauptstraße 5, 10115 Berlin",
            "Am Alten Markt Str. 7a",
            "12 rue de la Paix",
            "Via Roma 10",
            "Calle Mayor 3",
            "Kerkstraat 12",
            "1600 Pennsylvania Ave",
        ] {
            assert!(is_address(text), "{text}");
        }
    }
}
