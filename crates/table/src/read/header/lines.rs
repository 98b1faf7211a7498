//! Headers of several lines: groups above their columns, as surveys have them; units or descriptions below names.

use csv::ByteRecord;

use crate::text::{Number, number, says_missing};

/// Most lines of a header after its first.
const MOST: usize = 2;
/// Fewest rows below a header that tell what its columns hold.
const FEWEST: usize = 5;
/// Share of the rows that a column's cells must be alike in.
const ALIKE: f64 = 0.9;

/// How many records after the first of `records`, the header, belong to it.
pub(super) fn more(records: &[ByteRecord]) -> usize {
    let further = |at: &usize| {
        records.len() > at + FEWEST
            && is_heading(&records[0], &records[*at], &records[at + 1..], *at > 1)
    };
    (1..=MOST).take_while(further).count()
}

/// True for a line of groups above columns: filled cells with empty ones between them.
pub(super) fn groups(record: &ByteRecord) -> bool {
    let filled: Vec<usize> = (0..record.len())
        .filter(|&i| !cell(record, i).is_empty())
        .collect();
    let apart = filled.windows(2).any(|pair| pair[1] > pair[0] + 1);
    filled.len() > 1 && apart && filled.iter().all(|&i| !is_measured(cell(record, i)))
}

/// True when `line`, below `header`, says what the columns are, and the rows below it do not go on like it.
/// A `third` line says it of some columns only.
fn is_heading(header: &ByteRecord, line: &ByteRecord, below: &[ByteRecord], third: bool) -> bool {
    if line.len() != header.len() {
        return false;
    }
    let (mut filled, mut again, mut typed, mut odd, mut under_blank) = (0, 0, 0, 0, 0);
    for at in 0..line.len() {
        let text = cell(line, at);
        let column: Vec<&str> = (below.iter())
            .map(|record| cell(record, at))
            .filter(|t| !t.is_empty())
            .collect();
        let measured = column.iter().filter(|t| is_measured(t)).count();
        let is_typed = column.len() >= FEWEST && measured as f64 >= ALIKE * column.len() as f64;
        typed += usize::from(is_typed);
        if text.is_empty() {
            continue;
        }
        if is_measured(text) || says_missing(text) {
            return false;
        }
        filled += 1;
        // The box of an answer holds the answer or nothing.
        again += usize::from(column.contains(&text) && column.iter().any(|t| *t != text));
        odd += usize::from(is_typed);
        under_blank += usize::from(cell(header, at).is_empty());
    }
    if filled == 0 || again * 10 > filled {
        return false;
    }
    let all_odd = typed > 0 && odd * 10 >= typed * if third { 4 } else { 8 };
    let blanks = (0..header.len())
        .filter(|&at| cell(header, at).is_empty())
        .count();
    let grouped = blanks > 0 && under_blank == blanks;
    all_odd && (odd > 1 || filled > 2 || line.len() == 1) || grouped
}

pub(super) fn cell(record: &ByteRecord, at: usize) -> &str {
    let bytes = record.get(at).unwrap_or_default();
    std::str::from_utf8(bytes).unwrap_or("?").trim()
}

/// True for numbers, dates and times, in whatever form.
pub(super) fn is_measured(text: &str) -> bool {
    let bare = text.replace(',', ".");
    if matches!(
        number(&bare),
        Number::Integer(_) | Number::Real { .. } | Number::Padded
    ) {
        return true;
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits > 0 && digits * 2 >= text.chars().count()
}
