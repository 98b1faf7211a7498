//! Measurements that are written as several numbers, such as a blood pressure.

use crate::text::{Number, number};

/// Most numbers in a cell.
const MOST: usize = 4;
/// Longest text between two numbers, in characters.
const LONGEST: usize = 6;

/// A cell taken apart: texts and numbers in turn, a text first and last.
#[derive(Debug, PartialEq)]
pub(super) struct Cell<'a> {
    pub texts: Vec<&'a str>,
    pub numbers: Vec<&'a str>,
}

/// Takes `text` apart; `None` when it holds fewer than two numbers or more than four, or numbers that are
/// written as codes are, with leading zeros.
pub(super) fn cell(text: &str) -> Option<Cell<'_>> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut found = Cell {
        texts: Vec::new(),
        numbers: Vec::new(),
    };
    let (mut at, mut from) = (0, 0);
    while at < bytes.len() {
        if !digit(at) {
            at += 1;
            continue;
        }
        // A minus belongs to the number unless it stands right behind another number.
        let signed = at > from && bytes[at - 1] == b'-' && (at - 1 > from || from == 0);
        let start = if signed { at - 1 } else { at };
        let mut end = at;
        while digit(end) {
            end += 1;
        }
        if bytes.get(end) == Some(&b'.') && digit(end + 1) {
            end += 1;
            while digit(end) {
                end += 1;
            }
        }
        found.texts.push(&text[from..start]);
        found.numbers.push(&text[start..end]);
        if found.numbers.len() > MOST {
            return None;
        }
        (at, from) = (end, end);
    }
    found.texts.push(&text[from..]);
    let plain = |t: &&str| matches!(number(t), Number::Integer(_) | Number::Real { .. });
    let apart = |t: &&str| {
        let length = t.chars().count();
        (1..=LONGEST).contains(&length) && !t.contains('.')
    };
    let ends = found.texts.first().into_iter().chain(found.texts.last());
    (found.numbers.len() > 1
        && found.numbers.iter().all(plain)
        && found.texts[1..found.numbers.len()].iter().all(apart)
        && ends.into_iter().all(|t| t.chars().count() <= LONGEST))
    .then_some(found)
}

/// The texts around the numbers of nearly all of `values`, distinct cells with their rows.
pub(super) fn skeleton<'a>(values: &[(&'a str, u32)], least: f64) -> Option<Vec<&'a str>> {
    let mut counts = std::collections::BTreeMap::<Vec<&str>, u64>::new();
    // What the first cells tell decides whether the others are looked at.
    let (mut looked, mut fits) = (0, 0);
    for (text, rows) in values {
        looked += 1;
        if let Some(cell) = cell(text) {
            fits += 1;
            *counts.entry(cell.texts).or_default() += u64::from(*rows);
        }
        if looked == 60 && fits * 10 < looked * 8 {
            return None;
        }
    }
    let total: u64 = values.iter().map(|v| u64::from(v.1)).sum();
    let (texts, rows) = counts.into_iter().max_by_key(|(_, n)| *n)?;
    (rows as f64 >= least * total as f64).then_some(texts)
}

/// True when the numbers of a cell vary on their own, as measurements do, rather than name ranges, codes
/// or dates.
pub(super) fn is_measured(values: &[(&str, u32)], texts: &[&str]) -> bool {
    let cells: Vec<Cell<'_>> = values.iter().filter_map(|(t, _)| cell(t)).collect();
    let cells: Vec<&Cell<'_>> = cells.iter().filter(|c| c.texts == texts).collect();
    let distinct = |at: usize| {
        let all: std::collections::HashSet<&str> = cells.iter().map(|c| c.numbers[at]).collect();
        all.len()
    };
    let counts: Vec<usize> = (0..texts.len() - 1).map(distinct).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    // A range such as `10-19` has as many ends as beginnings; each number of a measurement meets several.
    // Values with fractions hardly ever come back, and nobody numbers things with them.
    let fractions = cells
        .iter()
        .filter(|c| c.numbers.iter().all(|n| n.contains('.')))
        .count();
    most > 2
        && (cells.len() as f64 > 1.5 * most as f64 || fractions * 10 >= cells.len() * 9)
        && counts.iter().filter(|n| **n > 1).count() > 1
}
