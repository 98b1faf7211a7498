//! Rows as lines of text: delimited cells, or JSON objects. Rows are rendered in parallel and
//! written in order.

use std::io::Write;
use std::sync::Arc;

use rayon::prelude::*;

use super::dates::Dates;
use super::join::Join;
use super::sink::{Failure, Sink};
use crate::text::{push_integer, push_number};
use crate::{
    Column, ColumnSpec, Encoding, Error, Format, IdPattern, Kind, MISSING, Notation, Result,
    Schema, Table,
};

/// Rows rendered by one task.
const CHUNK: usize = 4096;

#[derive(Debug, Clone, Copy)]
enum Style {
    Csv {
        delimiter: u8,
        crlf: bool,
        lone: bool,
    },
    Json,
}

/// How a value stands in a JSON line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bare {
    Never,
    Number,
    Boolean,
}

pub(super) struct TextEncoder {
    sink: Sink,
    failure: Failure,
    style: Style,
    encoding: Encoding,
    cells: Vec<Cells>,
    /// What ends the objects in a JSON line.
    after: Vec<u8>,
    join: Option<Join>,
}

/// How the cells of one column are rendered.
struct Cells {
    /// What stands before the cell: nothing, the delimiter, or keys in JSON.
    before: Vec<u8>,
    decimals: Option<u8>,
    single: bool,
    notation: Option<Notation>,
    dates: Option<Dates>,
    bare: Bare,
    rendered: Rendered,
}

/// The levels of a dictionary as they are written, kept while tables share the dictionary.
#[derive(Default)]
struct Rendered {
    of: Option<Arc<[String]>>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl TextEncoder {
    pub(super) fn new(mut sink: Sink, schema: &Schema, format: Format) -> Result<TextEncoder> {
        let join = Join::new(schema)?;
        let schema = join.as_ref().map_or(schema, |join| &join.schema);
        let mut head = Vec::new();
        let mut encoding = Encoding::UTF_8;
        let style = match format {
            Format::Csv { dialect, .. } => {
                let d = dialect.delimiter;
                if !d.is_ascii() || d.is_ascii_alphanumeric() || b"\"\r\n.-+".contains(&d) {
                    return Err(Error::input(
                        "write/delimiter",
                        "This delimiter cannot set cells apart.",
                        "Use a comma, a semicolon, a tab or a vertical bar.",
                    ));
                }
                let style = Style::Csv {
                    delimiter: d,
                    crlf: dialect.crlf,
                    lone: schema.columns.len() == 1,
                };
                if dialect.bom {
                    head.extend_from_slice("\u{feff}".as_bytes());
                }
                encoding = dialect.encoding;
                let names: Vec<&str> = schema.columns.iter().map(|c| c.name.as_str()).collect();
                let lines = match &schema.layout {
                    Some(layout) => layout.header(&names),
                    None => vec![names],
                };
                for line in lines {
                    for (i, cell) in line.iter().enumerate() {
                        if i > 0 {
                            head.push(d);
                        }
                        if !cell.is_empty() {
                            style.text(&mut head, cell, Bare::Never);
                        }
                    }
                    style.end(&mut head, &[]);
                }
                style
            }
            _ => Style::Json,
        };
        let (before, after) = match style {
            Style::Json => objects(schema),
            Style::Csv { delimiter, .. } => {
                let before = |i| if i > 0 { vec![delimiter] } else { Vec::new() };
                ((0..schema.columns.len()).map(before).collect(), Vec::new())
            }
        };
        let cells = (schema.columns.iter().zip(before))
            .map(|(spec, before)| Cells::new(before, spec))
            .collect::<Result<_>>()?;
        let failure = sink.failure();
        sink.write_all(&encoding.encode(&head))
            .map_err(|e| failure.explain(e))?;
        Ok(TextEncoder {
            sink,
            failure,
            style,
            encoding,
            cells,
            after,
            join,
        })
    }

    pub(super) fn write(&mut self, table: &Table) -> Result<()> {
        let joined = self
            .join
            .as_ref()
            .map(|join| join.table(table))
            .transpose()?;
        let table = joined.as_ref().unwrap_or(table);
        for (cells, column) in self.cells.iter_mut().zip(table.columns()) {
            if let Some(levels) = column.levels() {
                cells
                    .rendered
                    .prepare(self.style, cells.bare, &levels.levels);
            }
        }
        let (style, cells, after) = (self.style, &self.cells, &self.after);
        let starts: Vec<usize> = (0..table.rows()).step_by(CHUNK).collect();
        // A few chunks at a time: a table in one piece must not be rendered whole.
        for wave in starts.chunks(16) {
            let texts: Vec<Vec<u8>> = wave
                .par_iter()
                .map(|&start| {
                    let end = (start + CHUNK).min(table.rows());
                    let mut out = Vec::with_capacity((end - start) * cells.len() * 8);
                    for row in start..end {
                        style.row(&mut out, cells, table.columns(), row);
                        style.end(&mut out, after);
                    }
                    out
                })
                .collect();
            for text in texts {
                self.sink
                    .write_all(&self.encoding.encode(&text))
                    .map_err(|e| self.failure.explain(e))?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(std::fs::File, u64)> {
        let failure = self.failure;
        self.sink.finish().map_err(|e| failure.explain(e))
    }
}

impl Cells {
    fn new(before: Vec<u8>, spec: &ColumnSpec) -> Result<Cells> {
        let (mut decimals, mut dates) = (None, None);
        match &spec.kind {
            Kind::Numerical { decimals: d } => decimals = *d,
            Kind::Datetime { format } => {
                dates = Some(Dates::new(format).map_err(|e| e.in_column(&spec.name))?);
            }
            _ => {}
        }
        Ok(Cells {
            before,
            decimals,
            single: spec.arrow_type().0 == "Float32",
            notation: spec.notation.clone(),
            dates,
            bare: bare(spec),
            rendered: Rendered::default(),
        })
    }
}

/// What stands before each value of a JSON line, and after the last one.
fn objects(schema: &Schema) -> (Vec<Vec<u8>>, Vec<u8>) {
    let names: Vec<&str> = schema.columns.iter().map(|c| c.name.as_str()).collect();
    let paths = match &schema.layout {
        Some(layout) => layout.paths(&names),
        None => names.iter().map(|name| vec![*name]).collect(),
    };
    let mut open: &[&str] = &[];
    let mut all = Vec::with_capacity(paths.len());
    for (i, keys) in paths.iter().enumerate() {
        let Some((_, objects)) = keys.split_last() else {
            continue;
        };
        let same = open.iter().zip(objects).take_while(|(a, b)| a == b).count();
        let mut before = vec![b'}'; open.len() - same];
        before.push(if i > 0 { b',' } else { b'{' });
        for key in &objects[same..] {
            Style::Json.text(&mut before, key, Bare::Never);
            before.extend_from_slice(b":{");
        }
        Style::Json.text(&mut before, keys[objects.len()], Bare::Never);
        before.push(b':');
        all.push(before);
        open = objects;
    }
    (all, vec![b'}'; open.len()])
}

/// Which values of a column stand without quotes in JSON.
fn bare(spec: &ColumnSpec) -> Bare {
    let source = spec.arrow_type().0;
    match source {
        "Boolean" => Bare::Boolean,
        s if s.starts_with("Int")
            || s.starts_with("UInt")
            || s.starts_with("Float")
            || s.starts_with("Decimal") =>
        {
            Bare::Number
        }
        "text" => match spec.kind {
            Kind::Numerical { .. }
            | Kind::Integer
            | Kind::Id {
                pattern: IdPattern::Sequence { .. } | IdPattern::Number { .. },
                ..
            } => Bare::Number,
            _ => Bare::Never,
        },
        _ => Bare::Never,
    }
}

impl Style {
    fn row(self, out: &mut Vec<u8>, cells: &[Cells], columns: &[Column], row: usize) {
        for (cells, column) in cells.iter().zip(columns) {
            out.extend_from_slice(&cells.before);
            match column {
                Column::Numbers(v) if v[row].is_finite() && cells.notation.is_some() => {
                    let mut plain = Vec::with_capacity(32);
                    push_number(&mut plain, v[row].abs(), cells.decimals, cells.single);
                    self.noted(out, cells, v[row] < 0.0, &plain);
                }
                Column::Integers(v) if v[row].is_some() && cells.notation.is_some() => {
                    let x = v[row].unwrap_or_default();
                    let mut plain = Vec::with_capacity(32);
                    plain.extend_from_slice(x.unsigned_abs().to_string().as_bytes());
                    self.noted(out, cells, x < 0, &plain);
                }
                Column::Numbers(v) if v[row].is_finite() => {
                    let quoted = self.open(out, cells.bare);
                    push_number(out, v[row], cells.decimals, cells.single);
                    self.close(out, quoted);
                }
                Column::Integers(v) => match v[row] {
                    Some(x) => {
                        let quoted = self.open(out, cells.bare);
                        push_integer(out, x);
                        self.close(out, quoted);
                    }
                    None => self.lacks(out, cells, f64::NAN),
                },
                Column::Levels(v) => match cells.rendered.get(v.codes[row]) {
                    Some(bytes) => out.extend_from_slice(bytes),
                    None => self.lacks(out, cells, f64::NAN),
                },
                Column::Instants(v) => match (v[row], &cells.dates) {
                    (Some(x), Some(dates)) => {
                        let mut text = Vec::with_capacity(32);
                        dates.push(&mut text, x);
                        self.text(out, &String::from_utf8_lossy(&text), cells.bare);
                    }
                    _ => self.lacks(out, cells, f64::NAN),
                },
                Column::Strings(v) => match &v[row] {
                    Some(text) => self.text(out, text, cells.bare),
                    None => self.lacks(out, cells, f64::NAN),
                },
                Column::Numbers(v) => self.lacks(out, cells, v[row]),
            }
        }
    }

    /// A number as its column's notation has it.
    fn noted(self, out: &mut Vec<u8>, cells: &Cells, negative: bool, plain: &[u8]) {
        let mut text = Vec::with_capacity(32);
        if let Some(notation) = &cells.notation {
            notation.push(&mut text, negative, &String::from_utf8_lossy(plain));
        }
        self.text(out, &String::from_utf8_lossy(&text), cells.bare);
    }

    /// A value that is not there: what stands in its place.
    fn lacks(self, out: &mut Vec<u8>, cells: &Cells, value: f64) {
        let notation = cells.notation.as_ref();
        match notation.and_then(|n| n.exception(value).or(n.missing.as_deref())) {
            Some(word) => self.text(out, word, Bare::Never),
            None => self.missing(out),
        }
    }

    /// Opens the quotes around a number that the source had as text.
    fn open(self, out: &mut Vec<u8>, bare: Bare) -> bool {
        let quoted = matches!(self, Style::Json) && bare != Bare::Number;
        if quoted {
            out.push(b'"');
        }
        quoted
    }

    fn close(self, out: &mut Vec<u8>, quoted: bool) {
        if quoted {
            out.push(b'"');
        }
    }

    fn missing(self, out: &mut Vec<u8>) {
        match self {
            // An empty line would be no row at all.
            Style::Csv { lone: true, .. } => out.extend_from_slice(b"\"\""),
            Style::Csv { .. } => {}
            Style::Json => out.extend_from_slice(b"null"),
        }
    }

    fn end(self, out: &mut Vec<u8>, after: &[u8]) {
        match self {
            Style::Csv { crlf: true, .. } => out.extend_from_slice(b"\r\n"),
            Style::Csv { .. } => out.push(b'\n'),
            Style::Json => {
                out.extend_from_slice(after);
                out.extend_from_slice(b"}\n");
            }
        }
    }

    /// Appends a text value, quoted where it must be.
    fn text(self, out: &mut Vec<u8>, text: &str, bare: Bare) {
        match self {
            Style::Csv { delimiter, .. } => {
                let special = |&b: &u8| b == delimiter || matches!(b, b'"' | b'\n' | b'\r');
                if !text.is_empty() && !text.as_bytes().iter().any(special) {
                    out.extend_from_slice(text.as_bytes());
                    return;
                }
                out.push(b'"');
                for &b in text.as_bytes() {
                    if b == b'"' {
                        out.push(b'"');
                    }
                    out.push(b);
                }
                out.push(b'"');
            }
            Style::Json => {
                let plain = match bare {
                    Bare::Never => false,
                    Bare::Number => text.parse::<serde_json::Number>().is_ok(),
                    Bare::Boolean => text == "true" || text == "false",
                };
                if plain {
                    out.extend_from_slice(text.as_bytes());
                } else if serde_json::to_writer(&mut *out, text).is_err() {
                    out.extend_from_slice(b"null");
                }
            }
        }
    }
}

impl Rendered {
    fn prepare(&mut self, style: Style, bare: Bare, levels: &Arc<[String]>) {
        if self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, levels)) {
            return;
        }
        self.bytes.clear();
        self.ends.clear();
        for level in levels.iter() {
            style.text(&mut self.bytes, level, bare);
            self.ends.push(self.bytes.len());
        }
        self.of = Some(levels.clone());
    }

    fn get(&self, code: u32) -> Option<&[u8]> {
        if code == MISSING {
            return None;
        }
        let code = code as usize;
        let start = if code == 0 {
            0
        } else {
            *self.ends.get(code - 1)?
        };
        self.bytes.get(start..*self.ends.get(code)?)
    }
}
