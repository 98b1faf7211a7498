//! Delimited text: records in batches, columns coded in parallel.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::header::{self, Header};
use super::open::{Input, from_io};
use super::texts::{BadCell, Builder};
use super::watch::Watch;
use super::{Cells, Options, RawColumn, Source, Warning, check_names, choose, sniff};
use crate::{Compression, Dialect, Error, Format, Layout, Result};

const BATCH: usize = 2048;

pub(super) fn read(path: &Path, input: Input, options: &Options) -> Result<Source> {
    let delimiter = options
        .delimiter
        .unwrap_or_else(|| sniff::delimiter(&input.head, input.whole));
    let compression = input.compression;
    let mut watch = Watch::new(input.reader, delimiter, options.limits.cell);
    watch.blanks = sniff::blanks_follow(&input.head, delimiter);
    let head = match watch.blanks {
        true => sniff::without_blanks(&input.head, delimiter),
        false => input.head,
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(256 * 1024)
        .from_reader(watch);
    let failed = |e: csv::Error| from_csv(e, compression).in_file(path);

    let records = header::records(&head, input.whole, delimiter);
    let start = header::start(&records, options.skip_rows);
    let before = (start.skip + start.more) as u64;
    let mut lines = Vec::new();
    for _ in 0..=before {
        let mut line = csv::ByteRecord::new();
        reader.read_byte_record(&mut line).map_err(failed)?;
        lines.push(line);
    }
    let header_line = reader.get_ref().line(start.skip as u64);
    let Header {
        names,
        headings,
        mut warnings,
    } = Header::of(&lines[start.skip..], start)
        .map_err(|e| e.in_file(path).at_line(header_line))?;
    if warnings.is_empty() {
        warnings.extend(header::headless(&records));
    }
    let chosen = choose(path, &names, options)?;
    check_names(path, &names, Some(header_line))?;

    let mut builders: Vec<Builder> = chosen
        .iter()
        .map(|_| Builder::new(options.limits.cell))
        .collect();
    let mut batch: Vec<csv::ByteRecord> = vec![csv::ByteRecord::new(); BATCH];
    let (mut rows, mut padded, mut short) = (0u64, 0u64, None);
    // Records that are no rows, by their number among those after the header.
    let mut skipped: Vec<u64> = Vec::new();
    loop {
        let mut filled = 0;
        let mut stop = None;
        while filled < BATCH {
            match reader.read_byte_record(&mut batch[filled]) {
                Ok(true) if names.len() > 1 && is_rule(&batch[filled]) => {
                    skipped.push(rows + filled as u64 + skipped.len() as u64);
                }
                Ok(true) if fits(&batch[filled], names.len()) => {
                    if batch[filled].len() < names.len() {
                        short.get_or_insert(rows + filled as u64);
                        padded += 1;
                    }
                    filled += 1;
                }
                Ok(true) => {
                    let record = before + rows + (filled + skipped.len()) as u64 + 1;
                    let line = reader.get_ref().line(record);
                    let found = batch[filled].len();
                    stop = Some(ragged(found, names.len(), delimiter).at_line(line));
                    break;
                }
                Ok(false) => break,
                Err(e) => {
                    stop = Some(from_csv(e, compression));
                    break;
                }
            }
        }
        let bad = builders
            .par_iter_mut()
            .zip(&chosen)
            .filter_map(|(builder, &at)| {
                batch[..filled].iter().enumerate().find_map(|(i, record)| {
                    let cell = record.get(at).unwrap_or_default();
                    builder.push(cell, &options.na).err().map(|e| (i, at, e))
                })
            })
            .min_by_key(|&(row, column, _)| (row, column));
        if let Some((row, column, what)) = bad {
            let at = rows + row as u64;
            // Lines that are left out before it move it down.
            let at = skipped.iter().fold(at, |at, s| at + u64::from(*s <= at));
            let line = reader.get_ref().line(before + at + 1);
            return Err(bad_cell(what)
                .in_file(path)
                .at_line(line)
                .in_column(names[column].clone()));
        }
        if let Some(e) = stop {
            return Err(e.in_file(path));
        }
        rows += filled as u64;
        if rows > options.limits.rows {
            return Err(too_many_rows(options.limits.rows).in_file(path));
        }
        if filled < BATCH {
            break;
        }
    }

    let watch = reader.into_inner();
    let mut lines = watch.lines;
    lines.drop_header(before);
    let empty = empty_at_end(&builders);
    if empty > 0 {
        rows -= empty as u64;
        builders.iter_mut().for_each(|b| b.truncate(rows as usize));
        warnings.push(Warning::new(
            "table/empty-rows",
            format!("{empty} rows without a value at the end of the file were left out."),
        ));
    }
    if !skipped.is_empty() {
        lines = lines.without(&skipped);
        warnings.push(Warning::new(
            "table/lines-left-out",
            format!(
                "{} of dashes, or with a count of rows, left out.",
                match skipped.len() {
                    1 => "1 line was".to_owned(),
                    n => format!("{n} lines were"),
                }
            ),
        ));
    }
    if let Some(first) = short {
        let line = lines
            .line(first)
            .map_or_else(String::new, |line| format!(", the first on line {line}"));
        warnings.push(Warning::new(
            "table/short-rows",
            format!(
                "{} fewer cells than the header{line}; the remaining cells are read as missing.",
                match padded {
                    1 => "1 row has".to_owned(),
                    n => format!("{n} rows have"),
                }
            ),
        ));
    }
    Ok(Source {
        path: path.to_owned(),
        columns: builders
            .into_iter()
            .zip(&chosen)
            .map(|(builder, &at)| RawColumn {
                name: names[at].clone(),
                source: "text".to_owned(),
                cells: Arc::new(Cells::Text(builder.finish())),
                part: None,
            })
            .collect(),
        format: Format::Csv {
            dialect: Dialect {
                delimiter,
                crlf: watch.crlf.unwrap_or(false),
                bom: input.bom,
                encoding: input.encoding,
            },
            compression,
        },
        warnings,
        layout: Layout::of_headings(headings, |name| chosen.iter().any(|&at| names[at] == name)),
        lines,
    })
}

/// Fewest empty rows at the end that are none, as spreadsheets leave them.
const EMPTY: usize = 5;

/// How many rows at the end hold nothing, where there are many and no others hold nothing.
fn empty_at_end(builders: &[Builder]) -> usize {
    let rows = builders.first().map_or(0, Builder::rows);
    if builders.len() < 2 {
        return 0;
    }
    let is_empty = |row: &usize| builders.iter().all(|b| b.is_missing(*row));
    let at_end = (0..rows).rev().take_while(is_empty).count();
    let others = || (0..rows - at_end).any(|row| is_empty(&row));
    if at_end >= EMPTY && at_end < rows && !others() {
        at_end
    } else {
        0
    }
}

/// True for a line that only sets others apart, or says how many rows there were, as lists for people have them.
fn is_rule(record: &csv::ByteRecord) -> bool {
    if record.len() != 1 {
        return false;
    }
    let text = record[0].trim_ascii();
    let dashes = text.len() >= 8 && text.iter().all(|b| b"-+=|".contains(b));
    let count = text.strip_prefix(b"(").and_then(|t| t.strip_suffix(b")"));
    let rows = count.and_then(|t| t.strip_suffix(b" rows").or(t.strip_suffix(b" row")));
    dashes || rows.is_some_and(|n| !n.is_empty() && n.iter().all(u8::is_ascii_digit))
}

/// True for a record that the header has a place for: short ones are padded, and empty cells beyond the last
/// name are no cells.
fn fits(record: &csv::ByteRecord, names: usize) -> bool {
    record.len() <= names
        || record
            .iter()
            .skip(names)
            .all(|cell| cell.trim_ascii().is_empty())
}

fn ragged(found: usize, expected: usize, delimiter: u8) -> Error {
    let name = match delimiter {
        b'\t' => "tab".to_owned(),
        other => format!("`{}`", char::from(other)),
    };
    Error::input(
        "table/ragged-row",
        format!("This row has {found} cells, the header has {expected} (delimiter: {name})."),
        "Quote the cell that holds the delimiter, or remove cells; if the delimiter is wrong, name it with \
         --delimiter.",
    )
}

pub(super) fn bad_cell(what: BadCell) -> Error {
    match what {
        BadCell::NotUtf8 => Error::input(
            "table/not-utf8",
            "The text is not valid UTF-8.",
            "Save the file as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`.",
        ),
        BadCell::Nul => Error::input(
            "table/nul-byte",
            "The text holds a NUL byte.",
            "Remove the NUL bytes, or export the table again: the file may be damaged.",
        ),
        BadCell::TooLong => Error::input(
            "table/cell-too-long",
            "A cell is longer than the limit.",
            "Leave out the column, shorten the cell, or raise the limit.",
        ),
    }
}

pub(super) fn too_many_rows(limit: u64) -> Error {
    Error::input(
        "table/too-many-rows",
        format!("The table has more than {limit} rows."),
        "Give a sample of its rows, or raise the limit.",
    )
}

fn from_csv(e: csv::Error, compression: Compression) -> Error {
    match e.into_kind() {
        csv::ErrorKind::Io(e) => from_io(e, compression),
        _ => Error::internal("the CSV reader failed in an unknown way"),
    }
}
