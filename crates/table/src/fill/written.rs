//! From a cell of personal data to the slots of its form: what is common to many people's cells is
//! kept (country, separators, groups, order, case), what is somebody's own becomes a slot.

use super::form::{Case, Slot};
use super::{numbers, phone};
use crate::Personal;
use crate::infer::personal::{forms, lexicon, names};

pub(super) const DIGITS: &str = "0123456789";
pub(super) const NONZERO: &str = "123456789";
pub(super) const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(super) const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";

pub(super) fn text(t: impl Into<String>) -> Slot {
    Slot::Text(t.into())
}

pub(super) fn of(class: &str) -> Slot {
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
        Personal::Phone => phone::slots(cell, fine),
        Personal::Address => address(cell),
        Personal::City => vec![Slot::Family(Case::Title), text("ville")],
        Personal::Postcode => masked(cell, false),
        Personal::Company => company(cell),
        Personal::Ssn => numbers::ssn(cell),
        Personal::Iban => numbers::iban(cell)?,
        Personal::CreditCard => numbers::checked(cell, "9999"),
        Personal::Imei => numbers::checked(cell, "00"),
        Personal::Ip => numbers::ip(cell, fine)?,
        Personal::Url => numbers::url(cell),
        Personal::Username => user(cell),
        Personal::Mac => numbers::mac(cell),
        Personal::Vin => numbers::vin(cell),
        Personal::Plate => numbers::plate(cell, fine),
        Personal::NationalId => numbers::national(cell),
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
pub(super) fn mask(c: char, first: bool) -> Slot {
    match c {
        '0' if first => text("0"),
        '0'..='9' => of(if first { NONZERO } else { DIGITS }),
        c if c.is_uppercase() => of(UPPER),
        c if c.is_alphabetic() => of(LOWER),
        c => text(c),
    }
}

pub(super) fn masked(cell: &str, nonzero: bool) -> Vec<Slot> {
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
pub(super) fn runs(cell: &str) -> Vec<&str> {
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

pub(super) fn is_word(run: &str) -> bool {
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
            let comma =
                (parts.iter()).position(|p| matches!(p, names::Part::Comma | names::Part::Caret));
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
                let mark =
                    |p: &names::Part<'_>| matches!(p, names::Part::Comma | names::Part::Caret);
                if i > 0 && !mark(part) && parts[i - 1] != names::Part::Caret {
                    out.push(text(" "));
                }
                match part {
                    names::Part::Title(t) | names::Part::Particle(t) => out.push(text(*t)),
                    names::Part::Comma => out.push(text(",")),
                    names::Part::Caret => out.push(text("^")),
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
