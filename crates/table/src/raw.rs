//! The cells of a file as they are in it, before anything is known about what they mean.

mod texts;

use std::path::PathBuf;
use std::sync::Arc;

pub use texts::Texts;
pub(crate) use texts::{BadCell, Builder};

use crate::text::date;
use crate::{Format, Layout, Part, Warning};

/// The cells of one column as they stand in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct RawColumn {
    /// Name as in the header, without blanks around it.
    pub name: String,
    /// The Arrow type in the file, or `text`.
    pub source: String,
    /// The cells.
    pub cells: Arc<Cells>,
    /// Which part of a column of the file it is, if it is one.
    pub part: Option<Part>,
}

/// Cells by how the file stores them.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Texts, booleans, and numbers of text formats.
    Text(Texts),
    /// Floating point; NaN is missing.
    Numbers {
        /// One value per row.
        values: Vec<f64>,
        /// Digits after the point where the type fixes them (decimals).
        scale: Option<u8>,
        /// Cells that were NaN or infinite and count as missing.
        not_finite: u64,
    },
    /// Whole numbers.
    Integers(Vec<Option<i64>>),
    /// Microseconds since 1970-01-01.
    Instants {
        /// One value per row.
        values: Vec<Option<i64>>,
        /// How to write them.
        format: &'static str,
    },
}

impl Cells {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Cells::Text(v) => v.rows(),
            Cells::Numbers { values, .. } => values.len(),
            Cells::Integers(v) => v.len(),
            Cells::Instants { values, .. } => values.len(),
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Cells::Text(_))
    }

    /// Typed cells as texts, for kinds that are stored as texts or levels.
    pub(crate) fn into_texts(self) -> Texts {
        let mut builder = Builder::new(usize::MAX);
        let mut push = |text: Option<String>| match text {
            None => builder.push_missing(),
            Some(text) => {
                if builder.push(text.as_bytes(), &[]).is_err() {
                    builder.push_missing();
                }
            }
        };
        match self {
            Cells::Text(texts) => return texts,
            Cells::Numbers { values, .. } => {
                for x in values {
                    push((!x.is_nan()).then(|| x.to_string()));
                }
            }
            Cells::Integers(values) => {
                for x in values {
                    push(x.map(|x| x.to_string()));
                }
            }
            Cells::Instants { values, format } => {
                for x in values {
                    push(x.and_then(|x| date::write(format, x)));
                }
            }
        }
        builder.finish()
    }

    /// The cell in row `row` as text; `None` when it is missing.
    pub fn text(&self, row: usize) -> Option<String> {
        match self {
            Cells::Text(texts) => texts.get(row).map(str::to_owned),
            Cells::Numbers { values, scale, .. } => {
                let value = values.get(row).filter(|x| !x.is_nan())?;
                Some(match scale {
                    Some(digits) => format!("{value:.*}", usize::from(*digits)),
                    None => format!("{value:?}"),
                })
            }
            Cells::Integers(values) => values.get(row).copied().flatten().map(|x| x.to_string()),
            Cells::Instants { values, format } => {
                date::write(format, values.get(row).copied().flatten()?)
            }
        }
    }
}

/// A file's cells and how it was written.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it came from.
    pub path: PathBuf,
    /// Columns in the file's order, all of one length.
    pub columns: Vec<RawColumn>,
    /// How to write such a file.
    pub format: Format,
    /// What the reader remarked.
    pub warnings: Vec<Warning>,
    /// How the file arranges its columns, where it says more than names and types.
    pub layout: Option<Layout>,
    pub(crate) lines: Lines,
}

impl Source {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.cells.rows())
    }

    /// The line of the file that row `row` begins on; `None` for formats without lines.
    pub fn line(&self, row: usize) -> Option<u64> {
        self.lines.line(row as u64)
    }

    /// The position of the column called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }
}

/// Which line each row begins on, stored only where the lines do not simply go on counting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines(Vec<(u64, u64)>);

impl Lines {
    pub(crate) fn push(&mut self, row: u64, line: u64) {
        if self.line(row) != Some(line) {
            self.0.push((row, line));
        }
    }

    /// Counts rows from the one after the header, which is record `header`.
    pub(crate) fn drop_header(&mut self, header: u64) {
        let first = self.line(header + 1);
        self.0.retain(|&(row, _)| row > header + 1);
        for (row, _) in &mut self.0 {
            *row -= header + 1;
        }
        if let Some(first) = first {
            self.0.insert(0, (0, first));
        }
    }

    /// Counts rows without the records `skipped`, in ascending order.
    pub(crate) fn without(self, skipped: &[u64]) -> Lines {
        let mut starts: Vec<u64> = self.0.iter().map(|(row, _)| *row).collect();
        starts.extend(skipped.iter().map(|record| record + 1));
        starts.sort_unstable();
        let mut lines = Lines::default();
        for mut record in starts {
            while skipped.binary_search(&record).is_ok() {
                record += 1;
            }
            let before = skipped.partition_point(|s| *s < record) as u64;
            if let Some(line) = self.line(record)
                && lines.0.last().is_none_or(|(row, _)| *row < record - before)
            {
                lines.push(record - before, line);
            }
        }
        lines
    }

    pub(crate) fn line(&self, row: u64) -> Option<u64> {
        let after = self.0.partition_point(|&(first, _)| first <= row);
        let (first, line) = *self.0.get(after.checked_sub(1)?)?;
        Some(line + (row - first))
    }
}
