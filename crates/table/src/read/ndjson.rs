//! NDJSON: one flat object on each line.

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
use super::texts::{BadCell, Builder};
use super::{Cells, Lines, Options, RawColumn, Source, check_names, choose};
use crate::{Error, Format, Result};

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

pub(super) fn read(path: &Path, input: Input, options: &Options) -> Result<Source> {
    let compression = input.compression;
    let mut reader = BufReader::with_capacity(256 * 1024, input.reader);
    let mut names: Vec<String> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut columns: Vec<Growing> = Vec::new();
    let mut lines = Lines::default();
    let mut buffer = Vec::new();
    let (mut rows, mut line) = (0u64, 0u64);
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
        let Object(fields) = serde_json::from_str(text).map_err(|e| {
            at(Error::input(
                "table/bad-json",
                format!("This line is not a JSON object (column {}).", e.column()),
                "Write one JSON object on each line.",
            ))
        })?;
        if rows >= options.limits.rows {
            return Err(at(too_many_rows(options.limits.rows)));
        }
        lines.push(rows, line);
        for (name, value) in fields {
            let name = name.trim();
            let column = match index.get(name) {
                Some(&i) => i,
                None => {
                    if columns.len() > options.limits.columns.max(1 << 16) {
                        return Err(at(Error::input(
                            "table/too-many-columns",
                            "The objects have too many different keys.",
                            "Make the objects flat and alike.",
                        )));
                    }
                    let mut cells = Builder::new(options.limits.cell);
                    (0..rows).for_each(|_| cells.push_missing());
                    columns.push(Growing {
                        cells,
                        seen: Seen::default(),
                    });
                    names.push(name.to_owned());
                    index.insert(name.to_owned(), columns.len() - 1);
                    columns.len() - 1
                }
            };
            let growing = &mut columns[column];
            if growing.cells.rows() as u64 > rows {
                return Err(at(Error::input(
                    "table/duplicate-column-name",
                    "The object has the same key twice.",
                    "Keep one of them.",
                ))
                .in_column(name));
            }
            growing
                .push(value.get(), options)
                .map_err(|e| at(e).in_column(name))?;
        }
        rows += 1;
        for column in &mut columns {
            if (column.cells.rows() as u64) < rows {
                column.cells.push_missing();
            }
        }
    }
    let chosen = choose(path, &names, options)?;
    check_names(path, &names, None)?;
    let columns = columns
        .into_iter()
        .zip(names)
        .enumerate()
        .filter(|(i, _)| chosen.binary_search(i).is_ok())
        .map(|(_, (column, name))| RawColumn {
            name,
            source: column.seen.source().to_owned(),
            cells: Arc::new(Cells::Text(column.cells.finish())),
            part: None,
        })
        .collect();
    Ok(Source {
        path: path.to_owned(),
        columns,
        format: Format::Ndjson { compression },
        warnings: Vec::new(),
        lines,
    })
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
            Some(b'[' | b'{') => {
                return Err(Error::input(
                    "table/nested-column",
                    "The value is a list or an object.",
                    "Unfold it into plain keys, or leave it out.",
                ));
            }
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
