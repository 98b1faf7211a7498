//! Reading tables: CSV (any delimiter, gzip, Zstandard), Parquet, Arrow IPC and NDJSON.
//!
//! A file is taken for what its first bytes say it is. [`read`] gives the cells as they stand
//! ([`Source`]); [`load`] also infers what the columns mean and gives a [`Table`]; [`load_with`]
//! reads a second file under the schema of the first.
//!
//! What counts as missing: an empty or blank cell, a null, the texts in [`Options::na`], and, in a
//! column of numbers, NaN and infinities (with a warning). Everything else is a value, also `None`,
//! `NA` and `?`. A table of one row can be read; whether so few rows are enough is for the one who
//! fits a model to say.

mod arrow;
mod columnar;
mod delimited;
mod header;
mod lengths;
mod ndjson;
mod nested;
mod open;
mod parse;
mod sniff;
mod unfolded;
mod watch;
mod workbook;

use std::path::Path;
use std::sync::Arc;

use crate::{Encoding, Error, Format, Result, Schema, Table};

pub use crate::raw::{Cells, RawColumn, Source, Texts};
pub use crate::warning::Warning;
pub use columnar::panic_is_caught;

/// Bytes of a column's name at most.
const NAME: usize = 1024;

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Cell texts that mean missing, besides the empty cell.
    pub na: Vec<String>,
    /// Between cells; found from the first lines when `None`.
    pub delimiter: Option<u8>,
    /// The columns to keep, in the file's order; all when `None`.
    pub columns: Option<Vec<String>>,
    /// Columns to leave out; a struct or object is left out with all its fields.
    pub drop: Vec<String>,
    /// What the columns mean; inferred when `None`. A cell that does not fit is an error.
    pub schema: Option<Schema>,
    /// The encoding of text; found by looking when `None`.
    pub encoding: Option<Encoding>,
    /// Records of delimited text before the header; found by looking when `None`.
    pub skip_rows: Option<usize>,
    /// The sheet of a workbook, by name or number; the first with cells when `None`.
    pub sheet: Option<String>,
    /// Bounds on what is read.
    pub limits: Limits,
}

/// Bounds on untrusted input.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of the file when unpacked.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
    /// Columns, after [`Options::columns`] has chosen.
    pub columns: usize,
    /// Bytes of one cell.
    pub cell: usize,
    /// How many times its size a compressed file may grow to...
    pub ratio: u64,
    /// ... once so many bytes came out.
    pub ratio_from: u64,
}

impl Options {
    /// True when the column or object `name` is to be left out.
    pub(crate) fn drops(&self, name: &str) -> bool {
        self.drop.iter().any(|d| d == name)
    }
}

/// True for the column `of` and for fields of it.
fn is_within(name: &str, of: &str) -> bool {
    name.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 8 << 30,
            rows: 100_000_000,
            columns: 4096,
            cell: 1 << 20,
            ratio: 200,
            ratio_from: 64 << 20,
        }
    }
}

/// A table with what is needed to write one like it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The rows.
    pub table: Table,
    /// The file's format.
    pub format: Format,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// Reads the cells of a file.
///
/// # Errors
/// Every error says its code, file, line and column where they are known, and what to do.
pub fn read(path: &Path, options: &Options) -> Result<Source> {
    let input = open::open(path, options.encoding, &options.limits)?;
    if input.content == open::Content::Workbook {
        return with_rows(path, workbook::read(path, options)?);
    }
    let named = Format::from_path(path);
    let content = input.content;
    let mut source = match content {
        open::Content::Text => text(path, input, options)?,
        open::Content::Objects => ndjson::read(path, input, options)?,
        _ => columnar::read(path, content, options)?,
    };
    let told = named.as_ref().map(std::mem::discriminant);
    if told.is_some_and(|told| told != std::mem::discriminant(&source.format)) {
        source.warnings.push(Warning::new(
            "table/other-format",
            format!(
                "By its content the file is {}, other than its name says; it was read so.",
                match source.format {
                    Format::Csv { .. } => "delimited text",
                    Format::Parquet => "Parquet",
                    Format::ArrowIpc => "Arrow IPC",
                    Format::Ndjson { .. } => "NDJSON",
                }
            ),
        ));
    }
    with_rows(path, source)
}

fn with_rows(path: &Path, source: Source) -> Result<Source> {
    if source.rows() == 0 {
        return Err(Error::input(
            "table/no-rows",
            "The file has columns but no rows.",
            "Name a file with at least one row below its header.",
        )
        .in_file(path));
    }
    Ok(source)
}

/// Delimited text; read again in another encoding when its bytes are no UTF-8 and none was asked for.
fn text(path: &Path, input: open::Input, options: &Options) -> Result<Source> {
    let found = delimited::read(path, input, options);
    let Err(error) = &found else { return found };
    if error.code != "table/not-utf8" || options.encoding.is_some() {
        return found;
    }
    let bytes = open::bytes(path, &options.limits)?;
    // No text has these, in no encoding of one byte for a character.
    if bytes
        .iter()
        .any(|b| *b < b' ' && !b"\t\n\r\x0c".contains(b))
    {
        return found;
    }
    let encoding = Encoding::guess(&bytes);
    let input = open::open(path, Some(encoding), &options.limits)?;
    let mut source = delimited::read(path, input, options)?;
    source.warnings.push(Warning::new(
        "table/encoding",
        format!(
            "The text is not UTF-8; it was read as {}. Name another encoding with --encoding if letters \
             are wrong.",
            encoding.name()
        ),
    ));
    Ok(source)
}

/// Takes cells from Arrow columns in memory. `name` is what errors call the table. Such a table is
/// written as Parquet, which keeps its types.
///
/// # Errors
/// As of a file: names that are empty or double, nested columns, more than [`Limits`] allows;
/// `table/no-rows`, `table/no-columns`; what `batches` fails with.
pub fn from_batches(
    name: &str,
    schema: &arrow_schema::Schema,
    batches: impl IntoIterator<Item = Result<arrow_array::RecordBatch>>,
    options: &Options,
) -> Result<Source> {
    let path = Path::new(name);
    let error =
        |code, message: &str, remedy: &str| Err(Error::input(code, message, remedy).in_file(path));
    if schema.fields().is_empty() {
        return error(
            "table/no-columns",
            "The table has no columns.",
            "Give a table with at least one named column.",
        );
    }
    let batches = batches.into_iter();
    let source =
        columnar::collect(path, schema, batches, Format::Parquet, options, None).map_err(|e| {
            if e.place.file.is_none() {
                e.in_file(path)
            } else {
                e
            }
        })?;
    if source.rows() == 0 {
        return error(
            "table/no-rows",
            "The table has columns but no rows.",
            "Give a table with at least one row.",
        );
    }
    Ok(source)
}

/// Reads a file, infers what its columns mean (or takes [`Options::schema`]), and parses it.
///
/// # Errors
/// Those of [`read`] and [`infer`](crate::infer::infer); a cell that does not fit the kind the user
/// gave its column.
pub fn load(path: &Path, options: &Options, infer: &crate::infer::Options) -> Result<Loaded> {
    understood(read(path, options)?, options, infer)
}

/// [`load`] of cells that are there.
///
/// # Errors
/// As of [`load`], but for those of reading.
pub fn understood(
    mut source: Source,
    options: &Options,
    infer: &crate::infer::Options,
) -> Result<Loaded> {
    let mut warnings = std::mem::take(&mut source.warnings);
    let (schema, strict) = match &options.schema {
        Some(schema) => {
            source = crate::cut::by_schema(source, schema);
            (schema.clone(), parse::Fit::Every)
        }
        None => {
            source = crate::cut::found(source, infer);
            let (schema, more) = crate::infer::infer(&source, infer)?;
            warnings.extend(more);
            (
                schema,
                parse::Fit::Only(crate::infer::overruled(&source, infer)),
            )
        }
    };
    let format = source.format;
    let table = parse::table(source, Arc::new(schema), &strict, &mut warnings)?;
    warnings.extend(crate::infer::series::warning(&table));
    Ok(Loaded {
        table,
        format,
        warnings: Warning::grouped(warnings),
    })
}

/// Reads a further file (a hold-out, or a table to be judged) under `schema`: columns are matched
/// by name in any order, further columns are left out with a warning, further levels are welcome.
///
/// # Errors
/// Those of [`read`]; `table/column-missing`; `table/cell-does-not-fit` when more than one cell in
/// twenty of a column cannot be read as its kind.
pub fn load_with(path: &Path, schema: &Schema, options: &Options) -> Result<Loaded> {
    fitted(read(path, options)?, schema)
}

/// [`load_with`] of cells that are there.
///
/// # Errors
/// As of [`load_with`], but for those of reading.
pub fn fitted(mut source: Source, schema: &Schema) -> Result<Loaded> {
    let mut warnings = std::mem::take(&mut source.warnings);
    source = crate::cut::by_schema(source, schema);
    let extra: Vec<&str> = source
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .filter(|name| schema.position(name).is_none())
        .collect();
    if !extra.is_empty() {
        warnings.push(Warning::new(
            "table/column-extra",
            format!(
                "{}: columns that the schema does not have were left out: {}.",
                source.path.display(),
                crate::names::listed(&extra)
            ),
        ));
    }
    let format = source.format;
    let fit = parse::Fit::Only(Default::default());
    let table = parse::table(source, Arc::new(schema.clone()), &fit, &mut warnings)?;
    Ok(Loaded {
        table,
        format,
        warnings: Warning::grouped(warnings),
    })
}

/// Checks names from a header: none empty, none twice. `line` is the header's.
pub(crate) fn check_names(path: &Path, names: &[String], line: Option<u64>) -> Result<()> {
    let place = |e: Error| match line {
        Some(line) => e.in_file(path).at_line(line),
        None => e.in_file(path),
    };
    // Before any name is told: an error repeats names, and so does everything that follows.
    if let Some(i) = names.iter().position(|name| name.len() > NAME) {
        return Err(place(Error::input(
            "table/name-too-long",
            format!("The name of column {} is longer than {NAME} bytes.", i + 1),
            "Give the column a shorter name; a header without line breaks is often a row of data.",
        ))
        .in_column((i + 1).to_string()));
    }
    let mut seen = hashbrown::HashMap::new();
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(place(Error::input(
                "table/empty-column-name",
                format!("Column {} has no name.", i + 1),
                "Give each column a name in the header line; a first column without one is often \
                 an exported row number and can be removed.",
            ))
            .in_column((i + 1).to_string()));
        }
        if let Some(first) = seen.insert(name, i) {
            return Err(place(Error::input(
                "table/duplicate-column-name",
                format!("Columns {} and {} have the same name.", first + 1, i + 1),
                "Rename one of them.",
            ))
            .in_column(name.clone()));
        }
    }
    Ok(())
}

/// Which of `names` are kept under `options`, by position.
pub(crate) fn choose(path: &Path, names: &[String], options: &Options) -> Result<Vec<usize>> {
    // A name that no column has may be that of a struct.
    let dropped = |name: &String| {
        (options.drop.iter()).any(|d| d == name || !names.contains(d) && is_within(name, d))
    };
    if let Some(lost) = (options.drop.iter()).find(|d| !names.iter().any(|n| is_within(n, d))) {
        return Err(crate::names::no_such_column(
            "table/column-missing",
            lost,
            names.iter().map(String::as_str),
        )
        .in_file(path));
    }
    let kept: Vec<usize> = match &options.columns {
        None => (0..names.len()).filter(|&i| !dropped(&names[i])).collect(),
        Some(wanted) => {
            if let Some(lost) = wanted.iter().find(|w| !names.contains(w)) {
                return Err(crate::names::no_such_column(
                    "table/column-missing",
                    lost,
                    names.iter().map(String::as_str),
                )
                .in_file(path));
            }
            (0..names.len())
                .filter(|&i| wanted.contains(&names[i]) && !dropped(&names[i]))
                .collect()
        }
    };
    if kept.is_empty() && !options.drop.is_empty() {
        return Err(Error::input(
            "table/no-columns",
            "All columns were to be left out.",
            "Keep at least one: name fewer columns after --drop.",
        )
        .in_file(path));
    }
    if kept.len() > options.limits.columns {
        return Err(Error::input(
            "table/too-many-columns",
            format!(
                "The table has {} columns; the limit is {}.",
                kept.len(),
                options.limits.columns
            ),
            "Leave columns out with --drop, or raise the limit.",
        )
        .in_file(path));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_as_texts() {
        let numbers = |scale| Cells::Numbers {
            values: vec![1.5, f64::NAN, 1e300],
            scale,
            not_finite: 0,
        };
        let texts = |cells: &Cells| (0..3).map(|row| cells.text(row)).collect::<Vec<_>>();
        let told = |texts: [Option<&str>; 3]| texts.map(|t| t.map(str::to_owned)).to_vec();
        let found = texts(&numbers(None));
        assert_eq!(found, told([Some("1.5"), None, Some("1e300")]));
        assert_eq!(numbers(Some(2)).text(0).as_deref(), Some("1.50"));
        let found = texts(&Cells::Integers(vec![Some(-7), None]));
        assert_eq!(found, told([Some("-7"), None, None]));
        let instants = Cells::Instants {
            values: vec![Some(86_400_000_000), None],
            format: "%Y-%m-%d",
        };
        assert_eq!(texts(&instants), told([Some("1970-01-02"), None, None]));
    }
}
