//! Personal data inside other text: `Dr. Anna Meier <a.meier@x.de>`, `Meier, Anna (1974)`, an
//! answer that names somebody.

use super::hints::Hints;
use super::lexicon::known;
use super::{forms, names};
use crate::Personal;

/// Longest text that is searched.
const LONGEST: usize = 2000;

/// What a text carries among other words; the surest first.
pub(crate) fn carried(text: &str) -> Option<Personal> {
    let text = text.get(..LONGEST).unwrap_or(text).trim();
    let marks = |c: char| matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ';' | ',' | '"' | '|');
    let mail = text
        .split(|c: char| c.is_whitespace() || marks(c))
        .map(|w| w.trim_end_matches(['.', ':']))
        .any(|w| w.contains('@') && forms::is_email(w));
    // `Meier, Anna (1974)` and `Anna Meier <a@b.de>` are names with something behind them.
    let front = text
        .split(['(', '<', '[', ';', '|', '/'])
        .next()
        .unwrap_or(text)
        .trim();
    let front = front.trim_end_matches([',', '-', ':']).trim_end();
    if front.len() < text.len() && names::full(front) >= 0.6 {
        return Some(Personal::Name);
    }
    if mail {
        return Some(Personal::Email);
    }
    let dated = || crate::text::date::find(&[(text, 1)], 1.0).is_some();
    if forms::count_digits(text) >= 8 && number(text) && !dated() {
        return Some(Personal::Phone);
    }
    if forms::count_digits(text) >= 10 && account(text) {
        return Some(Personal::Iban);
    }
    named(text).then_some(Personal::Name)
}

/// A telephone number between other words.
fn number(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | ' ' | '/');
    text.split(|c| !inside(c))
        .map(|run| run.trim_matches(|c: char| !(c.is_ascii_digit() || matches!(c, '+' | '('))))
        .any(|run| run.len() < text.len() && forms::count_digits(run) >= 8 && forms::is_phone(run))
}

/// A bank account between other words.
fn account(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    (0..words.len()).any(|i| {
        let starts = words[i].len() >= 4
            && words[i].as_bytes()[..2].iter().all(u8::is_ascii_uppercase)
            && words[i].as_bytes()[2..4].iter().all(u8::is_ascii_digit);
        starts
            && (i + 1..=words.len().min(i + 9))
                .any(|end| forms::is_iban(words[i..end].concat().trim_end_matches([',', '.'])))
    })
}

/// A person's name in a text of more words: a title and a name, or a given and a family name that
/// are nothing else.
fn named(text: &str) -> bool {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | ':' | '/'))
        .filter(|w| !w.is_empty())
        .collect();
    if words.len() < 3 {
        return false;
    }
    words.windows(2).any(|pair| {
        let capital = |w: &str| w.chars().next().is_some_and(char::is_uppercase);
        let (first, second) = (
            pair[0].trim_end_matches('.'),
            pair[1].trim_end_matches(['.', '!', '?']),
        );
        if !capital(first) || !capital(second) || second.chars().count() < 2 {
            return false;
        }
        let lower = second.to_lowercase();
        const TITLES: [&str; 9] = [
            "Dr", "Prof", "Mr", "Mrs", "Ms", "Herr", "Frau", "Mme", "Sra",
        ];
        if TITLES.contains(&first) {
            return !known(&lower).never && second.chars().all(char::is_alphabetic);
        }
        names::given(&first.to_lowercase()) >= 1.0 && names::family(&lower) >= 0.7
    })
}

/// How surely a text is a user name made of somebody's name: `robert13`, `j.smith`, `anna_m`.
pub(crate) fn user(text: &str) -> f64 {
    let fits = (3..=40).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if !fits {
        return 0.0;
    }
    let runs: Vec<&str> = text
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|r| !r.is_empty())
        .collect();
    let digits = text.bytes().last().is_some_and(|b| b.is_ascii_digit());
    match runs.as_slice() {
        [one] if digits => {
            let k = known(one);
            if (k.given || k.family) && !k.never {
                if k.shared { 0.5 } else { 1.0 }
            } else {
                0.0
            }
        }
        [first, last, ..] if text.contains(['.', '_']) || digits => {
            let given = if first.len() == 1 {
                0.45
            } else {
                names::given(first)
            };
            (0.7 * given + 0.5 * names::family(last)).min(1.0)
        }
        _ => 0.0,
    }
}

/// True when a column that would be a category holds free answers behind one usual value, or
/// cells that tell who somebody is: `values` with their rows; a text is rare below `few` rows.
pub(crate) fn free_answers(values: &[(&str, u32)], few: u32, words: &[String]) -> bool {
    let things = Hints::of(words).things;
    let mut persons = 0usize;
    for (text, _) in values {
        let text = text.trim();
        match carried(text) {
            Some(Personal::Name) => persons += 1,
            Some(_) => return true,
            None if forms::is_email(text)
                || forms::is_iban(text)
                || forms::is_spaced_card(text) =>
            {
                return true;
            }
            None if text.contains(' ') && names::full(text) >= 0.95 => persons += 1,
            None => {}
        }
    }
    if !things && persons >= 2 && persons * 20 >= values.len() {
        return true;
    }
    let rare = || values.iter().filter(|(_, n)| *n < few);
    let (texts, once) = (rare().count(), rare().filter(|(_, n)| *n == 1).count());
    let count: usize = rare().map(|(t, _)| t.split_whitespace().count()).sum();
    let wordy = count as f64 >= 2.5 * texts as f64;
    values.len() - texts == 1 && texts >= 5 && wordy && once * 2 > texts
}
