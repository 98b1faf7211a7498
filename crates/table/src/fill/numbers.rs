//! Forms of numbers of people, accounts, cards, devices and vehicles, and of addresses of machines:
//! from ranges that are given to nobody, as far as there are such, with right check digits.

use super::form::{Case, Slot};
use super::written::{DIGITS, LOWER, NONZERO, is_word, mask, masked, of, runs, text};
use crate::infer::personal::{checks, forms};

/// Areas from 900 on are no social security numbers, groups below 50 no taxpayer numbers.
pub(super) fn ssn(cell: &str) -> Vec<Slot> {
    let mut n = 0;
    cell.chars()
        .map(|c| {
            n += usize::from(c.is_ascii_digit());
            match (c.is_ascii_digit(), n) {
                (true, 1) => text("9"),
                (true, 4) => of("01234"),
                _ => mask(c, false),
            }
        })
        .collect()
}

/// The country's form with right check digits, and a bank whose number begins with 0.
pub(super) fn iban(cell: &str) -> Option<Vec<Slot>> {
    if !forms::is_iban(cell) {
        return None;
    }
    let mut n = 0;
    Some(
        cell.chars()
            .map(|c| {
                n += usize::from(c.is_alphanumeric());
                match n {
                    _ if !c.is_alphanumeric() => text(c),
                    1 | 2 => text(c),
                    3 | 4 => Slot::Check,
                    5 if c.is_ascii_digit() => text("0"),
                    _ => mask(c, false),
                }
            })
            .collect(),
    )
}

/// Digits that begin with `front`, where no issuer's do, and end with a check digit.
pub(super) fn checked(cell: &str, front: &str) -> Vec<Slot> {
    let total = forms::count_digits(cell);
    let mut n = 0;
    cell.chars()
        .map(|c| {
            if !c.is_ascii_digit() {
                return mask(c, false);
            }
            n += 1;
            match front.get(n - 1..n) {
                Some(fixed) => text(fixed),
                None if n == total => Slot::Check,
                None => of(DIGITS),
            }
        })
        .collect()
}

/// Private networks stay private; public addresses come from those that nobody has (RFC 1112,
/// section 4; RFC 3849).
pub(super) fn ip(cell: &str, fine: bool) -> Option<Vec<Slot>> {
    let address = forms::ip(cell)?;
    let plain = address.to_string();
    let behind = cell.find(&plain).map_or("", |at| &cell[at + plain.len()..]);
    let behind = behind.trim_start_matches(']');
    let any = || Slot::Number(0, 255);
    let host = || Slot::Number(1, 254);
    let dot = || text(".");
    let mut out = match address {
        std::net::IpAddr::V4(a) => {
            let [a, b, ..] = a.octets();
            let front = match (a, b) {
                (10, _) if fine => vec![text(format!("10.{b}."))],
                (10, _) => vec![text("10."), any(), dot()],
                (172, 16..=31) if fine => vec![text(format!("172.{b}."))],
                (172, 16..=31) => vec![text("172."), Slot::Number(16, 31), dot()],
                (127, _) => vec![text("127."), any(), dot()],
                (192, 168) | (169, 254) => vec![text(format!("{a}.{b}."))],
                _ => vec![Slot::Number(240, 254), dot(), any(), dot()],
            };
            front
                .into_iter()
                .chain([any(), dot(), host()])
                .collect::<Vec<_>>()
        }
        std::net::IpAddr::V6(a) => {
            let front = match a.segments()[0] {
                0xfe80..=0xfebf => "fe80::",
                0xfc00..=0xfdff => "fd00::",
                _ => "2001:db8::",
            };
            let mut out = vec![text(front)];
            for group in 0..4 {
                if group > 0 {
                    out.push(text(":"));
                }
                out.push(of("123456789abcdef"));
                out.extend((0..3).map(|_| of("0123456789abcdef")));
            }
            out
        }
    };
    if behind.starts_with('/') {
        out.push(text(behind));
    } else if behind.starts_with(':') {
        out.extend(masked(behind, true));
    }
    Some(out)
}

/// A path of the same form on a host that is kept for examples.
pub(super) fn url(cell: &str) -> Vec<Slot> {
    const USUAL: [&str; 20] = [
        "user",
        "users",
        "profile",
        "profiles",
        "people",
        "u",
        "in",
        "member",
        "members",
        "account",
        "accounts",
        "customer",
        "customers",
        "patient",
        "id",
        "uid",
        "page",
        "html",
        "php",
        "index",
    ];
    let (scheme, rest) = cell.split_once("://").unwrap_or(("", cell));
    let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let mut out = vec![text(match scheme {
        "" => "www.example.com".to_owned(),
        scheme => format!("{scheme}://www.example.com"),
    })];
    for run in runs(&rest[at..]) {
        if is_word(run) && !USUAL.contains(&run.to_lowercase().as_str()) {
            out.push(if run.chars().count() > 2 {
                Slot::Family(Case::Lower)
            } else {
                of(LOWER)
            });
        } else {
            out.extend(if is_word(run) {
                vec![text(run)]
            } else {
                masked(run, false)
            });
        }
    }
    if out.iter().all(|s| matches!(s, Slot::Text(_))) {
        out.extend([text("/"), Slot::Family(Case::Lower)]);
    }
    out
}

/// Separators and case stay; the address is one that is given out locally, not by a maker.
pub(super) fn mac(cell: &str) -> Vec<Slot> {
    let upper = !cell.bytes().any(|b| b.is_ascii_lowercase());
    let (hex, local) = if upper {
        ("0123456789ABCDEF", "26AE")
    } else {
        ("0123456789abcdef", "26ae")
    };
    let mut n = 0;
    cell.chars()
        .map(|c| {
            if !c.is_ascii_hexdigit() {
                return text(c);
            }
            n += 1;
            of(if n == 2 { local } else { hex })
        })
        .collect()
}

/// A vehicle of a region (0) that no maker has, with a right check character.
pub(super) fn vin(cell: &str) -> Vec<Slot> {
    let upper = !cell.bytes().any(|b| b.is_ascii_lowercase());
    let class = if upper {
        "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    } else {
        "abcdefghjklmnprstuvwxyz0123456789"
    };
    (0..17)
        .map(|i| match i {
            0 => text("0"),
            8 => Slot::Check,
            13.. => of(DIGITS),
            _ => of(class),
        })
        .collect()
}

/// Letters, digits and marks stay such; the district where many share it.
pub(super) fn plate(cell: &str, fine: bool) -> Vec<Slot> {
    let district = cell.find(|c: char| !c.is_alphabetic()).unwrap_or(0);
    let marked =
        cell[district..].starts_with(['-', ' ']) && cell[district..].contains(char::is_alphabetic);
    if fine && marked && (1..=3).contains(&district) {
        let mut out = vec![text(&cell[..district])];
        out.extend(masked(&cell[district..], true));
        return out;
    }
    masked(cell, true)
}

/// The same form; the check characters are right where a rule for them is known.
pub(super) fn national(cell: &str) -> Vec<Slot> {
    let plain: String = cell.chars().filter(|c| c.is_alphanumeric()).collect();
    let lettered = checks::lettered(&plain);
    let numbered =
        plain.bytes().all(|b| b.is_ascii_digit()) && checks::national(&checks::digits(cell));
    let checked = match (lettered, numbered) {
        (true, _) => 1,
        (_, true) => 2,
        _ => 0,
    };
    let total = plain.chars().count();
    let british = lettered && total == 9 && plain.bytes().filter(u8::is_ascii_digit).count() == 6;
    let dates = if numbered || total == 18 {
        date_places(&plain)
    } else {
        Vec::new()
    };
    let mut n = 0;
    cell.chars()
        .map(|c| {
            n += usize::from(c.is_alphanumeric());
            if !c.is_alphanumeric() {
                return text(c);
            }
            match n {
                // No number begins with these letters.
                1 | 2 if british => text("Z"),
                9 if british => of("ABCD"),
                n if n + checked > total => Slot::Check,
                n => match dates.iter().find(|(at, _)| *at + 1 == n) {
                    Some((_, class)) => of(class),
                    None => mask(c, n == 1),
                },
            }
        })
        .collect()
}

/// Where a number says a birthday: the digits that any month and day may have there.
fn date_places(plain: &str) -> Vec<(usize, &'static str)> {
    let two = |at: usize| {
        plain
            .get(at..at + 2)
            .and_then(|t| t.parse::<u32>().ok())
            .unwrap_or(99)
    };
    let dated = |month: usize, day: usize| {
        (1..=12).contains(&(two(month) % 20)) && (1..=31).contains(&two(day))
    };
    let places = match plain.len() {
        18 => Some((10, 12)),
        12 => Some((4, 6)),
        10 | 11 | 13 if dated(2, 4) => Some((2, 4)),
        11 if dated(2, 0) => Some((2, 0)),
        15 => return vec![(0, "12"), (3, "0"), (4, NONZERO)],
        _ => None,
    };
    match places {
        Some((month, day)) if dated(month, day) => {
            vec![
                (month, "0"),
                (month + 1, NONZERO),
                (day, "012"),
                (day + 1, NONZERO),
            ]
        }
        _ => Vec::new(),
    }
}
