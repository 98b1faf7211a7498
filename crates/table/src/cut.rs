//! Cells to parts: which columns of a file hold several values, and one column for each of them.

mod composed;
mod instead;
mod numbers;

use std::sync::Arc;

use crate::infer::Options;
use crate::raw::{Builder, Cells, RawColumn, Source, Texts};
use crate::text::date;
use crate::zone::{Moment, Zones};
use crate::{Part, Piece, Schema, ZoneOf};
use numbers::{cell, is_measured, skeleton};

/// Share of a column's rows that have to be written alike.
const LEAST: f64 = 0.95;
/// Share of the moments that have an offset.
const ZONED: f64 = 0.99;

/// Cuts the columns that hold several values, other than those that the user speaks of by name.
pub(crate) fn found(source: Source, options: &Options) -> Source {
    let spoken = |name: &str| {
        options.kinds.contains_key(name)
            || options.target.as_deref() == Some(name)
            || options.subject.as_deref() == Some(name)
            || (options.survival.as_ref()).is_some_and(|(t, e)| t == name || e == name)
    };
    let columns = &source.columns;
    let plans: Vec<Vec<(String, Piece)>> = columns
        .iter()
        .map(|column| match column.cells.as_ref() {
            Cells::Text(texts) if !spoken(&column.name) => plan(column, texts, columns),
            _ => Vec::new(),
        })
        .collect();
    cut(source, plans)
}

/// Cuts the columns that `schema` knows in parts.
pub(crate) fn by_schema(source: Source, schema: &Schema) -> Source {
    let parts_of = |name: &str| -> Vec<(String, Piece)> {
        let mine = |c: &&crate::ColumnSpec| c.part.as_ref().is_some_and(|p| p.of == name);
        (schema.columns.iter().filter(mine))
            .filter_map(|c| Some((c.name.clone(), c.part.as_ref()?.piece.clone())))
            .collect()
    };
    let plans = source.columns.iter().map(|c| parts_of(&c.name)).collect();
    cut(source, plans)
}

/// What the parts of a column are called and what they are; nothing for a column of one value.
fn plan(column: &RawColumn, texts: &Texts, all: &[RawColumn]) -> Vec<(String, Piece)> {
    let all_values = crate::infer::counted(texts);
    // Words in the place of a value say nothing of what values are made of.
    let (words, values): (Vec<_>, Vec<_>) = all_values
        .iter()
        .copied()
        .partition(|(t, _)| instead::is_word(t));
    if instead::are_many(&words) {
        return Vec::new();
    }
    let taken = |name: &str| all.iter().any(|c| c.name == name);
    let name = |what: &str| {
        let mut name = format!("{} {what}", column.name);
        while taken(&name) {
            name.push('_');
        }
        name
    };
    if let Some(pieces) = moments(&values, texts, all) {
        let [local, second] = pieces;
        let what = match &second {
            Piece::Word { .. } => "zone name",
            _ => "zone",
        };
        return vec![(column.name.clone(), local), (name(what), second)];
    }
    if instead::is_mixed(&words, &values, texts) {
        let moment = (column.name.clone(), Piece::Moment);
        return vec![moment, (name("text"), Piece::Instead)];
    }
    let keyed = words.is_empty() && values.len() == texts.rows();
    if keyed && composed::is_composed(&values) && crate::infer::is_opaque(column) {
        let number = (column.name.clone(), Piece::Key);
        return vec![(name("part"), Piece::Level), number];
    }
    let Some(around) = skeleton(&values, LEAST) else {
        return Vec::new();
    };
    if !is_measured(&values, &around) || !crate::infer::is_opaque(column) {
        return Vec::new();
    }
    let count = around.len() - 1;
    let piece = |at: usize| Piece::Number {
        before: around[at].to_owned(),
        after: if at + 1 == count {
            around[count].to_owned()
        } else {
            String::new()
        },
    };
    let pieces: Vec<(String, Piece)> = (0..count)
        .map(|at| (name(&(at + 1).to_string()), piece(at)))
        .collect();
    // A part that is a key makes the whole a key.
    let keyed = pieces.iter().enumerate().any(|(at, (name, piece))| {
        let raw = RawColumn {
            name: name.clone(),
            source: column.source.clone(),
            cells: Arc::new(Cells::Text(number(texts, &around, at))),
            part: Some(part(&column.name, piece)),
        };
        crate::infer::is_telling(&raw)
    });
    if keyed { Vec::new() } else { pieces }
}

fn part(of: &str, piece: &Piece) -> Part {
    Part {
        of: of.to_owned(),
        piece: piece.clone(),
    }
}

/// Local time and zone of moments that are written with offsets that differ, or with a word.
fn moments(values: &[(&str, u32)], texts: &Texts, all: &[RawColumn]) -> Option<[Piece; 2]> {
    let sample: Vec<&str> = values.iter().take(60).map(|v| v.0).collect();
    let split = |text: &str| date::split_offset(text.trim()).1;
    let with = sample.iter().filter(|t| split(t).is_some()).count();
    let worded = sample.iter().filter(|t| word(t).is_some()).count();
    let most = |n: usize| n > 1 && n * 10 >= sample.len() * 9;
    if most(with) {
        return offsets(values, texts, all);
    }
    if !most(worded) {
        return None;
    }
    let before = &word(sample.iter().find(|t| word(t).is_some())?)?.1;
    let rows = |fit: &dyn Fn(&str) -> bool| -> u64 {
        (values.iter().filter(|v| fit(v.0)))
            .map(|v| u64::from(v.1))
            .sum()
    };
    let total = rows(&|_| true);
    if (rows(&|t| word(t).is_some_and(|w| w.1 == *before)) as f64) < ZONED * total as f64 {
        return None;
    }
    let bodies: Vec<(&str, u32)> = (values.iter())
        .filter_map(|(t, n)| Some((word(t)?.0, *n)))
        .collect();
    date::find(&bodies, ZONED)?;
    let before = (*before).to_owned();
    Some([Piece::Local, Piece::Word { before }])
}

/// A date and time, what is between it and a word, and the word.
fn word(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim();
    let letters = text
        .chars()
        .rev()
        .take_while(char::is_ascii_uppercase)
        .count();
    let (body, word) = text.split_at(text.len() - letters);
    let bare = body.trim_end();
    let named = (2..=5).contains(&letters) && word != "AM" && word != "PM";
    (named
        && bare.len() < body.len()
        && bare.contains(':')
        && bare.ends_with(|c: char| c.is_ascii_digit()))
    .then_some((bare, &body[bare.len()..], word))
}

fn offsets(values: &[(&str, u32)], texts: &Texts, all: &[RawColumn]) -> Option<[Piece; 2]> {
    let split = |text: &str| {
        let text = text.trim().to_owned();
        let (body, offset) = date::split_offset(&text);
        let (at, offset) = (body.len(), offset?);
        let tail = text[at..].to_owned();
        Some((text[..at].to_owned(), tail, offset))
    };
    let cells: Vec<Option<(String, String, i64)>> = values.iter().map(|v| split(v.0)).collect();
    let mut offsets: Vec<i64> = cells.iter().flatten().map(|c| c.2).collect();
    offsets.sort_unstable();
    offsets.dedup();
    if offsets.len() < 2 {
        return None;
    }
    let bodies: Vec<(&str, u32)> = (cells.iter().zip(values))
        .filter_map(|(c, v)| Some((c.as_ref()?.0.as_str(), v.1)))
        .collect();
    let total: u64 = values.iter().map(|v| u64::from(v.1)).sum();
    let rows: u64 = bodies.iter().map(|b| u64::from(b.1)).sum();
    if (rows as f64) < ZONED * total as f64 {
        return None;
    }
    let format = date::find(&bodies, ZONED)?.format;
    let tails: Vec<&str> = cells.iter().flatten().map(|c| c.1.as_str()).collect();
    let signed = tails.iter().find(|t| t.contains(['+', '-']))?;
    let before = signed[..signed.find(['+', '-'])?].to_owned();
    let zones = Zones::new();
    let at = moments_of(texts, &format);
    let levels = all.iter().filter_map(|c| match c.cells.as_ref() {
        Cells::Text(t) if t.distinct() > 1 && !std::ptr::eq(t, texts) => Some((c.name.as_str(), t)),
        _ => None,
    });
    let (by, zones) = zones.by(&at, levels);
    let zone = Piece::Zone {
        before,
        colon: signed.contains(':'),
        zulu: tails.contains(&"Z"),
        by,
        zones,
    };
    Some([Piece::Local, zone])
}

/// Local time and offset in each row.
fn moments_of(texts: &Texts, format: &str) -> Vec<Option<Moment>> {
    let parser = date::Parser::new(format);
    let values: Vec<Option<Moment>> = texts
        .iter()
        .map(|text| {
            let (body, offset) = date::split_offset(text.trim());
            Some((parser.parse(body)?, offset?))
        })
        .collect();
    let of = |code: &u32| values.get(*code as usize).copied().flatten();
    texts.codes().iter().map(of).collect()
}

/// Puts the parts in the place of the columns that have any.
fn cut(mut source: Source, plans: Vec<Vec<(String, Piece)>>) -> Source {
    if plans.iter().all(Vec::is_empty) {
        return source;
    }
    let columns = std::mem::take(&mut source.columns);
    let mut out = Vec::with_capacity(columns.len() + 4);
    for (column, plan) in columns.iter().zip(plans) {
        let texts = match column.cells.as_ref() {
            Cells::Text(texts) if !plan.is_empty() => texts,
            _ => {
                out.push(column.clone());
                continue;
            }
        };
        let around: Vec<&str> = around(&plan);
        for (at, (name, piece)) in plan.iter().enumerate() {
            let cells = match piece {
                Piece::Number { .. } => number(texts, &around, at),
                Piece::Local => texts.map(|t| Some(body(t, &plan))),
                Piece::Moment => texts.map(|t| (!instead::is_word(t)).then_some(t)),
                Piece::Instead => texts.map(|t| instead::is_word(t).then_some(t)),
                Piece::Level => texts.map(|t| Some(composed::split(t).map_or(t, |s| s.0))),
                Piece::Key => texts.map(|t| composed::split(t).map(|s| s.1)),
                Piece::Word { .. } => texts.map(|t| word(t).map(|w| w.2)),
                Piece::Zone { by, zones, .. } => zone(texts, &columns, by.as_deref(), zones),
            };
            out.push(RawColumn {
                name: name.clone(),
                source: column.source.clone(),
                cells: Arc::new(Cells::Text(cells)),
                part: Some(part(&column.name, piece)),
            });
        }
    }
    source.columns = out;
    source
}

/// The texts around the numbers of `plan`.
fn around(plan: &[(String, Piece)]) -> Vec<&str> {
    let mut texts: Vec<&str> = Vec::new();
    let mut last = "";
    for (_, piece) in plan {
        if let Piece::Number { before, after } = piece {
            texts.push(before);
            last = after;
        }
    }
    texts.push(last);
    texts
}

/// Number `at` of each cell; the first part keeps cells that are written otherwise as they are.
fn number(texts: &Texts, around: &[&str], at: usize) -> Texts {
    texts.map(|text| match cell(text).filter(|c| c.texts == around) {
        Some(cell) => Some(cell.numbers[at]),
        None if at == 0 => Some(text),
        None => None,
    })
}

/// A moment without its offset or word.
fn body<'a>(text: &'a str, plan: &[(String, Piece)]) -> &'a str {
    let text = text.trim();
    match plan.last().map(|p| &p.1) {
        Some(Piece::Word { .. }) => word(text).map_or(text, |w| w.0),
        _ => date::split_offset(text).0,
    }
}

fn zone(texts: &Texts, columns: &[RawColumn], by: Option<&str>, zones: &[ZoneOf]) -> Texts {
    let known = Zones::new();
    let bodies = texts.map(|t| Some(date::split_offset(t.trim()).0));
    let format =
        date::find(&crate::infer::counted(&bodies), 0.5).map_or_else(String::new, |f| f.format);
    let moments = moments_of(texts, &format);
    let levels = by.and_then(|by| columns.iter().find(|c| c.name == by));
    let levels = levels.and_then(|c| match c.cells.as_ref() {
        Cells::Text(texts) => Some(texts),
        _ => None,
    });
    let mut out = Builder::new(usize::MAX);
    for (row, moment) in moments.into_iter().enumerate() {
        match moment {
            None => out.push_missing(),
            Some(moment) => {
                let level = levels.and_then(|l| l.get(row));
                let zone = known.assign(zones, level, moment);
                if out.push(zone.as_bytes(), &[]).is_err() {
                    out.push_missing();
                }
            }
        }
    }
    out.finish()
}

#[cfg(test)]
mod tests;
