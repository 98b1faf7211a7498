//! From a cell of personal data to the slots of its form: what is common to many people's cells is
//! kept (country, separators, groups, order, case), what is somebody's own becomes a slot.

use super::form::{Case, Slot};
use crate::Personal;
use crate::infer::personal::{checks, forms, lexicon, names};

const DIGITS: &str = "0123456789";
const NONZERO: &str = "123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";

fn text(t: impl Into<String>) -> Slot {
    Slot::Text(t.into())
}

fn of(class: &str) -> Slot {
    Slot::Of(class.to_owned())
}

/// The form of `cell`; `fine` keeps what only some of the people share (an area code, a district,
/// the front of a network). None when it is not written like such data.
pub(super) fn slots(what: Personal, cell: &str, fine: bool) -> Option<Vec<Slot>> {
    let cell = cell.trim();
    let found = match what {
        Personal::Name => name(cell),
        Personal::FirstName => words(cell, Slot::Given),
        Personal::LastName => words(cell, Slot::Family),
        Personal::Email => return None,
        Personal::Phone => phone(cell, fine),
        Personal::Address => address(cell),
        Personal::City => vec![Slot::Family(Case::Title), text("ville")],
        Personal::Postcode => masked(cell, false),
        Personal::Company => company(cell),
        Personal::Ssn => ssn(cell),
        Personal::Iban => iban(cell)?,
        Personal::CreditCard => checked(cell, "9999"),
        Personal::Imei => checked(cell, "00"),
        Personal::Ip => ip(cell, fine)?,
        Personal::Url => url(cell),
        Personal::Username => user(cell),
        Personal::Mac => mac(cell),
        Personal::Vin => vin(cell),
        Personal::Plate => plate(cell, fine),
        Personal::NationalId => national(cell),
    };
    (!found.is_empty() && found.len() <= 400).then_some(joined(found))
}

/// A form where no cell shows one.
pub(super) fn usual(what: Personal) -> Vec<Slot> {
    let example = match what {
        Personal::Name => "Anna Smith",
        Personal::FirstName => "Anna",
        Personal::LastName => "Smith",
        Personal::Email => return email("anna.smith", "@home.example"),
        Personal::Phone => "+1-212-555-0100",
        Personal::Address => "12 Smith Street",
        Personal::City => "Springfield",
        Personal::Postcode => "12345",
        Personal::Company => "Smith Ltd",
        Personal::Ssn => "078-05-1120",
        Personal::Iban => "DE02120300000000202051",
        Personal::CreditCard => "4111111111111111",
        Personal::Ip => "8.8.8.8",
        Personal::Url => "https://example.org/user/12345",
        Personal::Username => "anna12",
        Personal::Mac => "00:1b:44:11:3a:b7",
        Personal::Vin => "1M8GDM9AXKP042788",
        Personal::Plate => "AB-123-CD",
        Personal::Imei => "490154203237518",
        Personal::NationalId => "44051401359",
    };
    slots(what, example, false).unwrap_or_else(|| vec![of(DIGITS); 9])
}

/// Neighbouring texts become one.
fn joined(slots: Vec<Slot>) -> Vec<Slot> {
    let mut out: Vec<Slot> = Vec::with_capacity(slots.len());
    for slot in slots {
        match (out.last_mut(), slot) {
            (Some(Slot::Text(before)), Slot::Text(t)) => before.push_str(&t),
            (_, slot) => out.push(slot),
        }
    }
    out
}

/// A letter or digit becomes any of its class, all else stays.
fn mask(c: char, first: bool) -> Slot {
    match c {
        '0' if first => text("0"),
        '0'..='9' => of(if first { NONZERO } else { DIGITS }),
        c if c.is_uppercase() => of(UPPER),
        c if c.is_alphabetic() => of(LOWER),
        c => text(c),
    }
}

fn masked(cell: &str, nonzero: bool) -> Vec<Slot> {
    let mut before = false;
    cell.chars()
        .map(|c| {
            let first = nonzero && c.is_ascii_digit() && !before;
            before = c.is_ascii_digit();
            mask(c, first)
        })
        .collect()
}

/// Runs of letters, of digits, and single other characters.
fn runs(cell: &str) -> Vec<&str> {
    let class = |c: char| match c {
        c if c.is_alphabetic() => 1,
        c if c.is_ascii_digit() => 2,
        _ => 0,
    };
    let mut out = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (i, c) in cell.char_indices() {
        let now = class(c);
        if before.is_some_and(|b| b != now || now == 0) {
            out.push(&cell[start..i]);
            start = i;
        }
        before = Some(now);
    }
    if start < cell.len() {
        out.push(&cell[start..]);
    }
    out
}

fn is_word(run: &str) -> bool {
    run.chars().next().is_some_and(char::is_alphabetic)
}

/// Words as names, all else by its class.
fn words(cell: &str, slot: fn(Case) -> Slot) -> Vec<Slot> {
    let mut out = Vec::new();
    for run in runs(cell) {
        if is_word(run) && run.chars().count() > 1 {
            out.push(slot(Case::of(run)));
        } else {
            out.extend(masked(run, false));
        }
    }
    out
}

/// Names: titles, particles, initials, order and marks stay; whatever stands behind a name in
/// brackets keeps its form.
fn name(cell: &str) -> Vec<Slot> {
    let cut = cell
        .find(['(', '<', '[', ';', '|', '/'])
        .unwrap_or(cell.len());
    let (front, behind) = cell.split_at(cut);
    let mut out = front_of_name(front);
    for (i, token) in behind.split(' ').enumerate() {
        if i > 0 {
            out.push(text(" "));
        }
        let bare = token.trim_matches(|c: char| !c.is_alphanumeric());
        match (token.find(bare), bare.split_once('@')) {
            (Some(at), Some((user, _))) if !bare.is_empty() => {
                out.push(text(&token[..at]));
                out.extend(email(user, "@home.example"));
                out.push(text(&token[at + bare.len()..]));
            }
            _ => out.extend(words(token, Slot::Family)),
        }
    }
    out
}

fn front_of_name(front: &str) -> Vec<Slot> {
    let trimmed = front.trim_end();
    let mut out = Vec::new();
    match names::parts(trimmed) {
        Some(parts) => {
            let comma = parts.iter().position(|p| *p == names::Part::Comma);
            let words: Vec<usize> = (0..parts.len())
                .filter(|&i| matches!(parts[i], names::Part::Word(_)))
                .collect();
            let family = match comma {
                Some(at) => words.iter().rev().find(|&&i| i < at).copied(),
                None => words.last().copied(),
            };
            let given = match comma {
                Some(at) => words.iter().find(|&&i| i > at).copied(),
                None if words.len() > 1 || matches!(parts.first(), Some(names::Part::Word(_))) => {
                    words.first().copied().filter(|w| Some(*w) != family)
                }
                None => None,
            };
            let mut person_initial = given.is_none();
            for (i, part) in parts.iter().enumerate() {
                if i > 0 && *part != names::Part::Comma {
                    out.push(text(" "));
                }
                match part {
                    names::Part::Title(t) | names::Part::Particle(t) => out.push(text(*t)),
                    names::Part::Comma => out.push(text(",")),
                    names::Part::Initial(t) => {
                        let lower = t.starts_with(char::is_lowercase);
                        out.push(if person_initial {
                            Slot::PersonInitial(if lower { Case::Lower } else { Case::Upper })
                        } else {
                            of(if lower { LOWER } else { UPPER })
                        });
                        person_initial = false;
                        out.push(text(&t[1..]));
                    }
                    names::Part::Word(w) => {
                        let case = Case::of(w);
                        if given == Some(i) {
                            out.push(Slot::PersonGiven(case));
                        } else if family == Some(i) {
                            out.push(Slot::PersonFamily(case));
                        } else if given.is_some_and(|g| i > g) || comma.is_some_and(|c| i > c) {
                            out.push(Slot::Given(case));
                        } else {
                            out.push(Slot::Family(case));
                        }
                    }
                }
            }
            // Names that are written without blanks.
            if words.len() == 1 && parts.len() == 1 && names::full(trimmed) > 0.0 {
                out = vec![
                    Slot::PersonFamily(Case::Title),
                    Slot::PersonGiven(Case::Title),
                ];
            }
        }
        None => out = words(trimmed, Slot::Family),
    }
    out.push(text(&front[trimmed.len()..]));
    out
}

/// The part before the `@`, then `domain`.
pub(super) fn email(user: &str, domain: &str) -> Vec<Slot> {
    let runs = runs(user);
    let letters: Vec<&str> = runs.iter().filter(|r| is_word(r)).copied().collect();
    let mut out = Vec::new();
    let mut seen = 0;
    for run in &runs {
        if !is_word(run) {
            out.extend(masked(run, false));
            continue;
        }
        seen += 1;
        let lower = run.to_lowercase();
        let case = Case::of(run);
        match (letters.len(), seen) {
            (2.., 1) if run.chars().count() == 1 => out.push(Slot::PersonInitial(case)),
            (2.., 1) if lexicon::known(&lower).family && !lexicon::known(&lower).given => {
                out.push(Slot::PersonFamily(case));
            }
            (2.., 1) => out.push(Slot::PersonGiven(case)),
            (2.., 2) if matches!(out.first(), Some(Slot::PersonFamily(_))) => {
                out.push(Slot::PersonGiven(case))
            }
            (2.., 2) => out.push(Slot::PersonFamily(case)),
            (1, _) => out.extend(one_word(run)),
            _ => out.push(Slot::Family(case)),
        }
    }
    out.push(text(domain));
    joined(out)
}

/// A word that is a given name, a family name, or an initial and a family name.
fn one_word(run: &str) -> Vec<Slot> {
    let lower = run.to_lowercase();
    let case = Case::of(run);
    let known = lexicon::known(&lower);
    let rest = lower.char_indices().nth(1).map_or("", |(i, _)| &lower[i..]);
    if known.given && !known.family {
        vec![Slot::Given(case)]
    } else if !known.family && lexicon::known(rest).family {
        vec![Slot::PersonInitial(case), Slot::PersonFamily(case)]
    } else {
        vec![Slot::PersonFamily(case)]
    }
}

/// User names: names stay names, digits digits; what is neither is drawn letter by letter.
fn user(cell: &str) -> Vec<Slot> {
    let mut out = Vec::new();
    for run in runs(cell) {
        if !is_word(run) {
            out.extend(masked(run, false));
            continue;
        }
        let lower = run.to_lowercase();
        let known = lexicon::known(&lower);
        let rest = lower.char_indices().nth(1).map_or("", |(i, _)| &lower[i..]);
        let case = Case::of(run);
        if known.given {
            out.push(Slot::Given(case));
        } else if known.family {
            out.push(Slot::Family(case));
        } else if rest.len() >= 3 && lexicon::known(rest).family {
            out.push(of(if case == Case::Lower { LOWER } else { UPPER }));
            out.push(Slot::Family(if case == Case::Upper {
                case
            } else {
                Case::Lower
            }));
        } else {
            out.extend(masked(run, false));
        }
    }
    out
}

/// Country code, brackets and groups stay, and the area code where many share it; the subscriber's
/// number begins with a zero, as none does, or is one of those kept for fiction.
fn phone(cell: &str, fine: bool) -> Vec<Slot> {
    let groups: Vec<&str> = cell
        .split(|c: char| !c.is_ascii_digit())
        .filter(|g| !g.is_empty())
        .collect();
    let sizes: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    let plus = cell.starts_with('+');
    let abroad = plus || groups.first().is_some_and(|g| *g == "00");
    let country = match (plus, groups.first()) {
        (true, Some(first)) => country_code(first),
        _ => 0,
    };
    let national: Vec<usize> = match (sizes.split_first(), country) {
        (Some((first, rest)), 1..) if *first == country => rest.to_vec(),
        (Some((first, rest)), 1..) => std::iter::once(first - country)
            .chain(rest.iter().copied())
            .collect(),
        _ => sizes.clone(),
    };
    let american = (!abroad
        && (national == [3, 3, 4] || (national == [10] && !cell.starts_with('0'))))
        || (plus
            && groups.first().is_some_and(|g| g.starts_with('1'))
            && national.iter().sum::<usize>() == 10)
        || (national == [1, 3, 3, 4] && groups.first() == Some(&"1"));
    let total: usize = sizes.iter().sum();
    let area = sizes
        .get(if country > 0 && sizes.first() == Some(&country) {
            1
        } else {
            0
        })
        .copied()
        .unwrap_or(0);
    let area_start = if country > 0 && sizes.first() == Some(&country) {
        country
    } else {
        0
    };
    // Where the last long group begins: no subscriber's number starts with a zero.
    let mut barrier = None;
    let mut at = 0;
    for (i, size) in sizes.iter().enumerate() {
        if *size >= 4 && (i > 0 || sizes.len() == 1) {
            barrier = Some(if sizes.len() == 1 || *size >= 9 {
                at + size.saturating_sub(7).max(country)
            } else {
                at
            });
        }
        at += size;
    }
    let mut out = Vec::with_capacity(cell.len());
    let mut n = 0;
    for c in cell.chars() {
        if !c.is_ascii_digit() {
            out.push(if c.is_alphabetic() {
                mask(c, false)
            } else {
                text(c)
            });
            continue;
        }
        let from_end = total - n;
        let keep_area = fine
            && groups.len() >= 2
            && n >= area_start
            && n < area_start + area
            && n < total.saturating_sub(4);
        let slot = if n < country || (groups.first() == Some(&"00") && n < 2) {
            text(c)
        } else if american {
            match from_end {
                10 => of("23456789"),
                5..=7 => text("5"),
                4 => text("0"),
                3 => text("1"),
                11.. => text(c),
                _ => of(DIGITS),
            }
        } else if barrier == Some(n) {
            text("0")
        } else if keep_area || (c == '0' && n == 0) {
            text(c)
        } else {
            of(if n == area_start || n == 1 && !plus {
                NONZERO
            } else {
                DIGITS
            })
        };
        out.push(slot);
        n += 1;
    }
    out
}

/// How many digits of a number behind a plus are the country's.
fn country_code(digits: &str) -> usize {
    const TWO: [&str; 43] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "98",
    ];
    let size = if digits.starts_with(['1', '7']) {
        1
    } else if digits.get(..2).is_some_and(|d| TWO.contains(&d)) {
        2
    } else {
        3
    };
    size.min(digits.len())
}

/// House numbers and postcodes are new, names of streets and towns are family names; words that
/// stand for any street stay.
fn address(cell: &str) -> Vec<Slot> {
    let mut out = Vec::new();
    for run in runs(cell) {
        if !is_word(run) {
            out.extend(masked(run, true));
            continue;
        }
        let lower = run.to_lowercase();
        let ending = forms::ENDINGS
            .iter()
            .find(|e| lower.len() > e.len() + 2 && lower.ends_with(*e));
        if forms::STREETS.contains(&lower.as_str()) {
            out.push(text(run));
        } else if let Some(ending) = ending
            && lower.len() == run.len()
        {
            out.push(Slot::Family(Case::of(run)));
            out.push(text(&run[run.len() - ending.len()..]));
        } else if run.chars().count() == 1 {
            out.extend(masked(run, false));
        } else {
            out.push(Slot::Family(Case::of(run)));
        }
    }
    out
}

/// A family name and what kind of company it is.
fn company(cell: &str) -> Vec<Slot> {
    const KINDS: [&str; 20] = [
        "inc", "inc.", "ltd", "ltd.", "llc", "gmbh", "ag", "kg", "corp", "corp.", "co", "co.",
        "plc", "sa", "bv", "group", "sons", "ohg", "ug", "ab",
    ];
    let mut out = vec![Slot::Family(Case::Title)];
    let last = cell.rsplit(' ').next().unwrap_or("");
    if KINDS.contains(&last.to_lowercase().as_str()) {
        out.push(text(format!(" {last}")));
    } else if cell.contains(' ') {
        out.extend([text(" "), Slot::Family(Case::Title)]);
    }
    out
}

/// Areas from 900 on are no social security numbers, groups below 50 no taxpayer numbers.
fn ssn(cell: &str) -> Vec<Slot> {
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
fn iban(cell: &str) -> Option<Vec<Slot>> {
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
fn checked(cell: &str, front: &str) -> Vec<Slot> {
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
fn ip(cell: &str, fine: bool) -> Option<Vec<Slot>> {
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
fn url(cell: &str) -> Vec<Slot> {
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
fn mac(cell: &str) -> Vec<Slot> {
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
fn vin(cell: &str) -> Vec<Slot> {
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
fn plate(cell: &str, fine: bool) -> Vec<Slot> {
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
fn national(cell: &str) -> Vec<Slot> {
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
