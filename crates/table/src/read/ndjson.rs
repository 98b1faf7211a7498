//! NDJSON: one object on each line; objects in it are unfolded into columns.

use std::borrow::Cow;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use hashbrown::HashMap;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::delimited::{bad_cell, too_many_rows};
use super::open::{Input, from_io};
use super::{Options, check_names, choose};
use crate::raw::{BadCell, Builder};
use crate::raw::{Cells, Lines, RawColumn, Source};
use crate::{Error, Format, Layout, Result};

/// Deepest object that is unfolded.
const DEEPEST: usize = 32;

/// The JSON types seen in a column.
#[derive(Default, Clone, Copy)]
struct Seen {
    text: bool,
    number: bool,
    point: bool,
    boolean: bool,
}

struct Growing {
    cells: Builder,
    seen: Seen,
}

/// The columns as they are met.
#[derive(Default)]
struct Table {
    names: Vec<String>,
    /// The keys that lead to each column.
    paths: Vec<Vec<String>>,
    index: HashMap<String, usize>,
    columns: Vec<Growing>,
    rows: u64,
}

pub(super) fn read(path: &Path, input: Input, options: &Options) -> Result<Source> {
    let compression = input.compression;
    let mut reader = BufReader::with_capacity(256 * 1024, input.reader);
    let mut table = Table::default();
    let mut lines = Lines::default();
    let mut buffer = Vec::new();
    let mut line = 0u64;
    let longest = options.limits.cell as u64 * 64;
    loop {
        buffer.clear();
        let read = reader
            .by_ref()
            .take(longest)
            .read_until(b'\n', &mut buffer)
            .map_err(|e| from_io(e, compression).in_file(path))?;
        if read == 0 {
            break;
        }
        line += 1;
        let at = |e: Error| e.in_file(path).at_line(line);
        if read as u64 == longest {
            return Err(at(bad_cell(BadCell::TooLong)));
        }
        if buffer.trim_ascii().is_empty() {
            continue;
        }
        let text = std::str::from_utf8(&buffer).map_err(|_| at(bad_cell(BadCell::NotUtf8)))?;
        if table.rows >= options.limits.rows {
            return Err(at(too_many_rows(options.limits.rows)));
        }
        lines.push(table.rows, line);
        table.object(&mut Vec::new(), text, options).map_err(at)?;
        table.end_row();
    }
    table.source(path, Format::Ndjson { compression }, lines, options)
}

impl Table {
    /// Adds the values of an object, those of objects in it under `key.key`.
    fn object(&mut self, keys: &mut Vec<String>, text: &str, options: &Options) -> Result<()> {
        let Object(fields) = serde_json::from_str(text).map_err(|e| {
            Error::input(
                "table/bad-json",
                format!("This line is not a JSON object (column {}).", e.column()),
                "Write one JSON object on each line.",
            )
        })?;
        for (name, value) in fields {
            keys.push(name.trim().to_owned());
            let name = keys.join(".");
            let value = value.get();
            if options.drops(&name) {
                self.column(&name, keys, options)?;
            } else if value.starts_with('{') {
                if keys.len() >= DEEPEST {
                    return Err(
                        nested("The value holds objects in objects, deeper than is read.")
                            .in_column(name),
                    );
                }
                self.object(keys, value, options)?;
            } else {
                self.push(&name, keys, value, options)?;
            }
            keys.pop();
        }
        Ok(())
    }

    fn push(&mut self, name: &str, keys: &[String], json: &str, options: &Options) -> Result<()> {
        let rows = self.rows;
        let column = self.column(name, keys, options)?;
        let growing = &mut self.columns[column];
        if growing.cells.rows() as u64 > rows {
            return Err(Error::input(
                "table/duplicate-column-name",
                "The object has the same key twice.",
                "Keep one of them.",
            )
            .in_column(name));
        }
        growing.push(json, options).map_err(|e| e.in_column(name))
    }

    /// The position of a column, which is new when its name is.
    fn column(&mut self, name: &str, keys: &[String], options: &Options) -> Result<usize> {
        if let Some(&at) = self.index.get(name) {
            return Ok(at);
        }
        if self.columns.len() > options.limits.columns.max(1 << 16) {
            return Err(Error::input(
                "table/too-many-columns",
                "The objects have too many different keys.",
                "Make the objects flat and alike.",
            ));
        }
        let mut cells = Builder::new(options.limits.cell);
        (0..self.rows).for_each(|_| cells.push_missing());
        self.columns.push(Growing {
            cells,
            seen: Seen::default(),
        });
        self.names.push(name.to_owned());
        self.paths.push(keys.to_vec());
        self.index.insert(name.to_owned(), self.columns.len() - 1);
        Ok(self.columns.len() - 1)
    }

    fn end_row(&mut self) {
        self.rows += 1;
        for column in &mut self.columns {
            if (column.cells.rows() as u64) < self.rows {
                column.cells.push_missing();
            }
        }
    }

    fn source(
        self,
        path: &Path,
        format: Format,
        lines: Lines,
        options: &Options,
    ) -> Result<Source> {
        let kept = choose(path, &self.names, options)?;
        check_names(path, &self.names, None)?;
        let paths: Vec<&[String]> = kept.iter().map(|&i| self.paths[i].as_slice()).collect();
        let (layout, order) = Layout::of_paths(&paths).map_err(|e| e.in_file(path))?;
        let mut columns: Vec<Option<RawColumn>> = (self.columns.into_iter())
            .zip(self.names)
            .map(|(column, name)| {
                Some(RawColumn {
                    name,
                    source: column.seen.source().to_owned(),
                    cells: Arc::new(Cells::Text(column.cells.finish())),
                    part: None,
                })
            })
            .collect();
        let columns = (order.iter())
            .filter_map(|&i| columns.get_mut(kept[i]).and_then(Option::take))
            .collect();
        Ok(Source {
            path: path.to_owned(),
            columns,
            format,
            warnings: Vec::new(),
            layout,
            lines,
        })
    }
}

fn nested(message: &str) -> Error {
    Error::input(
        "table/nested-column",
        message,
        "Leave it out with --drop, or unfold it into plain keys.",
    )
}

impl Growing {
    fn push(&mut self, json: &str, options: &Options) -> Result<()> {
        let text: Cow<'_, str> = match json.as_bytes().first() {
            Some(b'n') => {
                self.cells.push_missing();
                return Ok(());
            }
            Some(b'"') => {
                self.seen.text = true;
                let text: String =
                    serde_json::from_str(json).map_err(|_| bad_cell(BadCell::NotUtf8))?;
                Cow::Owned(text)
            }
            Some(b't' | b'f') => {
                self.seen.boolean = true;
                Cow::Borrowed(json)
            }
            Some(b'[' | b'{') => return Err(nested("The value is a list.")),
            _ => {
                self.seen.number = true;
                self.seen.point |= json.contains(['.', 'e', 'E']);
                Cow::Borrowed(json)
            }
        };
        self.cells
            .push(text.as_bytes(), &options.na)
            .map_err(bad_cell)
    }
}

impl Seen {
    fn source(self) -> &'static str {
        match self {
            Seen {
                text: false,
                boolean: true,
                number: false,
                ..
            } => "Boolean",
            Seen {
                text: false,
                boolean: false,
                number: true,
                point,
            } => {
                if point {
                    "Float64"
                } else {
                    "Int64"
                }
            }
            _ => "Utf8",
        }
    }
}

/// The keys and raw values of one object, in order, repeated keys kept.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Object<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(key) = map.next_key::<Key<'de>>()? {
                    fields.push((key.0, map.next_value()?));
                }
                Ok(Object(fields))
            }
        }
        from.deserialize_map(Fields)
    }
}

#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
