//! Delimited text: records in batches, columns coded in parallel, and the next batch split meanwhile.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::header::{self, Header};
use super::open::{Input, from_io};
use super::watch::Watch;
use super::{Options, Warning, check_names, choose, sniff};
use crate::raw::{BadCell, Builder};
use crate::raw::{Cells, RawColumn, Source};
use crate::{Compression, Dialect, Error, Format, Layout, Result};

const BATCH: usize = 2048;

pub(super) fn read(path: &Path, input: Input, options: &Options) -> Result<Source> {
    let at = |e: Error| e.in_file(path);
    let (bom, encoding, whole) = (input.bom, input.encoding, input.whole);
    let mut text = Delimited::open(input, options);
    let records = header::records(&text.head, whole, text.delimiter);
    let start = header::start(&records, options.skip_rows);
    let before = start.skip + start.more;
    let lines = text.lines(before + 1).map_err(at)?;
    let header_line = text.line(start.skip as u64);
    let Header {
        names,
        headings,
        mut warnings,
    } = Header::of(&lines[start.skip..], start).map_err(|e| at(e).at_line(header_line))?;
    if warnings.is_empty() {
        warnings.extend(header::headless(&records));
    }
    let chosen = choose(path, &names, options)?;
    check_names(path, &names, Some(header_line))?;

    let mut records = Records::new(text, names.len(), before as u64);
    let mut columns = Columns::new(&names, &chosen, options);
    columns.take_all(&mut records).map_err(at)?;
    let empty = columns.leave_out_empty();
    warnings.extend(records.warnings(empty));
    let Records { text, skipped, .. } = records;
    let builders = columns.builders;
    let (delimiter, compression) = (text.delimiter, text.compression);
    let watch = text.reader.into_inner();
    let mut lines = watch.lines;
    lines.drop_header(before as u64);
    let column = |(builder, at): (Builder, &usize)| RawColumn {
        name: names[*at].clone(),
        source: "text".to_owned(),
        cells: Arc::new(Cells::Text(builder.finish())),
        part: None,
    };
    Ok(Source {
        path: path.to_owned(),
        columns: builders.into_iter().zip(&chosen).map(column).collect(),
        format: Format::Csv {
            dialect: Dialect {
                delimiter,
                crlf: watch.crlf.unwrap_or(false),
                bom,
                encoding,
            },
            compression,
        },
        warnings,
        layout: Layout::of_headings(headings, |name| chosen.iter().any(|&at| names[at] == name)),
        lines: if skipped.is_empty() {
            lines
        } else {
            lines.without(&skipped)
        },
    })
}

/// An open text: its records, and where they are.
struct Delimited {
    reader: csv::Reader<Watch<Box<dyn Read + Send>>>,
    /// The first bytes.
    head: Vec<u8>,
    delimiter: u8,
    compression: Compression,
}

impl Delimited {
    fn open(input: Input, options: &Options) -> Delimited {
        let delimiter = options
            .delimiter
            .unwrap_or_else(|| sniff::delimiter(&input.head, input.whole));
        let mut watch = Watch::new(input.reader, delimiter, options.limits.cell);
        watch.blanks = sniff::blanks_follow(&input.head, delimiter);
        let head = match watch.blanks {
            true => sniff::without_blanks(&input.head, delimiter),
            false => input.head,
        };
        Delimited {
            reader: csv::ReaderBuilder::new()
                .delimiter(delimiter)
                .has_headers(false)
                .flexible(true)
                .buffer_capacity(256 * 1024)
                .from_reader(watch),
            head,
            delimiter,
            compression: input.compression,
        }
    }

    fn next(&mut self, record: &mut csv::ByteRecord) -> Result<bool> {
        let read = self.reader.read_byte_record(record);
        read.map_err(|e| from_csv(e, self.compression))
    }

    /// The next `count` records; those beyond the end are empty.
    fn lines(&mut self, count: usize) -> Result<Vec<csv::ByteRecord>> {
        (0..count)
            .map(|_| {
                let mut line = csv::ByteRecord::new();
                self.next(&mut line)?;
                Ok(line)
            })
            .collect()
    }

    /// The line that a record begins on.
    fn line(&self, record: u64) -> u64 {
        self.reader.get_ref().line(record)
    }
}

/// Records on their way out of the text.
struct Records {
    text: Delimited,
    /// Cells of a row.
    width: usize,
    /// Records before the first row, but for the last line of the header.
    before: u64,
    count: u64,
    /// How many rows were short, and the first of them.
    padded: u64,
    short: Option<u64>,
    /// Records that are no rows, by their number among those after the header.
    skipped: Vec<u64>,
}

/// Some rows that follow each other.
struct Batch {
    records: Vec<csv::ByteRecord>,
    /// Number of the first row.
    first: u64,
    filled: usize,
    /// What ended it early.
    end: Result<()>,
}

impl Batch {
    fn new() -> Batch {
        Batch {
            records: vec![csv::ByteRecord::new(); BATCH],
            first: 0,
            filled: 0,
            end: Ok(()),
        }
    }

    /// True when rows may follow.
    fn is_full(&self) -> bool {
        self.filled == BATCH && self.end.is_ok()
    }
}

impl Records {
    fn new(text: Delimited, width: usize, before: u64) -> Records {
        Records {
            text,
            width,
            before,
            count: 0,
            padded: 0,
            short: None,
            skipped: Vec::new(),
        }
    }

    /// Fills a batch with the next rows.
    fn fill(&mut self, batch: &mut Batch) {
        (batch.first, batch.filled) = (self.count, 0);
        batch.end = self.take(batch);
        self.count += batch.filled as u64;
    }

    fn take(&mut self, batch: &mut Batch) -> Result<()> {
        let width = self.width;
        while batch.filled < BATCH {
            let record = &mut batch.records[batch.filled];
            let row = batch.first + batch.filled as u64;
            if !self.text.next(record)? {
                return Ok(());
            }
            if width > 1 && is_rule(record) {
                self.skipped.push(row + self.skipped.len() as u64);
            } else if fits(record, width) {
                if record.len() < width {
                    self.short.get_or_insert(row);
                    self.padded += 1;
                }
                batch.filled += 1;
            } else {
                let records = self.before + row + self.skipped.len() as u64;
                let line = self.text.line(records + 1);
                return Err(ragged(record.len(), width, self.text.delimiter).at_line(line));
            }
        }
        Ok(())
    }

    /// The line that a row begins on.
    fn line(&self, row: u64) -> u64 {
        // Lines that are left out before it move it down.
        let at = (self.skipped.iter()).fold(row, |at, s| at + u64::from(*s <= at));
        self.text.line(self.before + at + 1)
    }

    /// What to say of rows and lines that are not like the others.
    fn warnings(&self, empty: usize) -> Vec<Warning> {
        let mut all = Vec::new();
        if empty > 0 {
            all.push(Warning::new(
                "table/empty-rows",
                format!("{empty} rows without a value at the end of the file were left out."),
            ));
        }
        if !self.skipped.is_empty() {
            let lines = match self.skipped.len() {
                1 => "1 line was".to_owned(),
                n => format!("{n} lines were"),
            };
            all.push(Warning::new(
                "table/lines-left-out",
                format!("{lines} of dashes, or with a count of rows, left out."),
            ));
        }
        if let Some(first) = self.short {
            let line = self.line(first);
            let rows = match self.padded {
                1 => "1 row has".to_owned(),
                n => format!("{n} rows have"),
            };
            all.push(Warning::new(
                "table/short-rows",
                format!(
                    "{rows} fewer cells than the header, the first on line {line}; the remaining cells are \
                     read as missing.",
                ),
            ));
        }
        all
    }
}

/// The columns that are wanted.
struct Columns<'a> {
    names: &'a [String],
    /// Their positions.
    chosen: &'a [usize],
    builders: Vec<Builder>,
    options: &'a Options,
}

/// A cell that is refused: its row in the batch, its column, and why.
type Refused = (usize, usize, BadCell);

impl<'a> Columns<'a> {
    fn new(names: &'a [String], chosen: &'a [usize], options: &'a Options) -> Columns<'a> {
        let builder = |_: &usize| Builder::new(options.limits.cell);
        Columns {
            names,
            chosen,
            builders: chosen.iter().map(builder).collect(),
            options,
        }
    }

    /// Takes all rows over. Of two errors, the one in the earlier row is told.
    fn take_all(&mut self, records: &mut Records) -> Result<()> {
        let (mut now, mut next) = (Batch::new(), Batch::new());
        records.fill(&mut now);
        loop {
            let goes_on = now.is_full();
            let (refused, ()) = rayon::join(
                || self.store(&now),
                || {
                    if goes_on {
                        records.fill(&mut next);
                    }
                },
            );
            if let Some((row, column, what)) = refused {
                return Err(bad_cell(what)
                    .at_line(records.line(now.first + row as u64))
                    .in_column(self.names[column].clone()));
            }
            std::mem::replace(&mut now.end, Ok(()))?;
            if now.first + now.filled as u64 > self.options.limits.rows {
                return Err(too_many_rows(self.options.limits.rows));
            }
            if !goes_on {
                return Ok(());
            }
            std::mem::swap(&mut now, &mut next);
        }
    }

    /// Takes the cells of a batch over; gives the first that is refused.
    fn store(&mut self, batch: &Batch) -> Option<Refused> {
        let na = &self.options.na;
        (self.builders.par_iter_mut().zip(self.chosen))
            .filter_map(|(builder, &at)| {
                let mut records = batch.records[..batch.filled].iter().enumerate();
                records.find_map(|(row, record)| {
                    let cell = record.get(at).unwrap_or_default();
                    builder.push(cell, na).err().map(|e| (row, at, e))
                })
            })
            .min_by_key(|&(row, column, _)| (row, column))
    }

    /// Leaves out the rows at the end that hold nothing, and says how many.
    fn leave_out_empty(&mut self) -> usize {
        let empty = empty_at_end(&self.builders);
        if empty > 0 {
            let rows = self.builders.first().map_or(0, Builder::rows) - empty;
            self.builders.iter_mut().for_each(|b| b.truncate(rows));
        }
        empty
    }
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
