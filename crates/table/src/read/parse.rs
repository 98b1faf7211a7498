//! From the cells of a file to the columns of a table, by what the schema says they mean.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::Warning;
use crate::raw::Texts;
use crate::raw::{Cells, RawColumn, Source};
use crate::text::{Number, date, says_missing};
use crate::{Column, ColumnSpec, Error, Kind, Levels, MISSING, Notation, Result, Schema, Table};

/// Which columns must fit their kind in every cell; in the others up to one cell in twenty may not,
/// and is read as missing with a warning.
pub(super) enum Fit {
    Every,
    Only(BTreeSet<String>),
}

impl Fit {
    fn strict(&self, name: &str) -> bool {
        match self {
            Fit::Every => true,
            Fit::Only(names) => names.contains(name),
        }
    }
}

/// Cells that were read as missing though they hold something.
#[derive(Default)]
struct Lost {
    said_missing: u64,
    not_finite: u64,
    unfit: u64,
    first_unfit: Option<usize>,
}

pub(super) fn table(
    source: Source,
    schema: Arc<Schema>,
    fit: &Fit,
    warnings: &mut Vec<Warning>,
) -> Result<Table> {
    let mut raw: Vec<RawColumn> = Vec::with_capacity(schema.columns.len());
    let Source {
        path,
        mut columns,
        lines,
        ..
    } = source;
    for spec in &schema.columns {
        let Some(at) = columns.iter().position(|c| c.name == spec.name) else {
            let names = columns.iter().map(|c| c.name.as_str());
            return Err(
                crate::names::no_such_column("table/column-missing", &spec.name, names)
                    .in_file(path)
                    .in_column(&spec.name),
            );
        };
        raw.push(columns.swap_remove(at));
    }
    drop(columns);
    let parsed: Vec<(Column, Lost)> = raw
        .into_par_iter()
        .zip(&schema.columns)
        .map(|(raw, spec)| column(Arc::unwrap_or_clone(raw.cells), spec))
        .collect();
    let mut out = Vec::with_capacity(parsed.len());
    for ((column, lost), spec) in parsed.into_iter().zip(&schema.columns) {
        let present = column.len() - column.missing();
        let bound = if fit.strict(&spec.name) {
            0
        } else {
            (present as u64 + lost.unfit) / 20
        };
        if lost.unfit > bound {
            let mut e = Error::input(
                "table/cell-does-not-fit",
                format!(
                    "{} cells cannot be read as {}.",
                    lost.unfit,
                    spec.kind.name()
                ),
                "Correct the cells, give the column another kind, or name the text that means missing \
                 (`--na`).",
            )
            .in_file(path)
            .in_column(&spec.name);
            if let Some(line) = lost.first_unfit.and_then(|row| lines.line(row as u64)) {
                e = e.at_line(line);
            }
            return Err(e);
        }
        let levels = column.levels().map_or(0, |l| l.levels.len());
        if spec.kind == Kind::Boolean && levels > 2 && fit.strict(&spec.name) {
            return Err(Error::input(
                "table/not-boolean",
                format!("The column has {levels} different values; a boolean has two."),
                "Give it the kind categorical, or name the text that means missing (`--na`).",
            )
            .in_file(path)
            .in_column(&spec.name));
        }
        lost.warn(&spec.name, &spec.kind, warnings);
        out.push(column);
    }
    Table::new(schema, out)
}

impl Lost {
    fn warn(&self, name: &str, kind: &Kind, warnings: &mut Vec<Warning>) {
        if self.not_finite > 0 {
            warnings.push(Warning::of_column(
                "table/not-finite",
                name,
                format_args!(
                    "{} cells are NaN or infinite; they were read as missing.",
                    self.not_finite
                ),
            ));
        }
        if self.said_missing + self.unfit > 0 {
            warnings.push(Warning::of_column(
                "table/read-as-missing",
                name,
                format_args!(
                    "{} cells are not {} ({} of them a usual sign for missing); they \
                     were read as missing. Name such signs with `--na`, or set the column's kind to \
                     categorical to keep them as values.",
                    self.said_missing + self.unfit,
                    kind.name(),
                    self.said_missing
                ),
            ));
        }
    }
}

fn column(cells: Cells, spec: &ColumnSpec) -> (Column, Lost) {
    let mut lost = Lost::default();
    let marked = spec
        .notation
        .as_ref()
        .is_some_and(|n| !n.exceptions.is_empty());
    let column = match (cells, &spec.kind) {
        (cells, Kind::Numerical { .. }) if marked => {
            from_texts(cells.into_texts(), spec, &mut lost)
        }
        (
            Cells::Numbers {
                values, not_finite, ..
            },
            Kind::Numerical { .. },
        ) => {
            lost.not_finite = not_finite;
            Column::Numbers(values)
        }
        (
            Cells::Numbers {
                values, not_finite, ..
            },
            Kind::Integer,
        ) => {
            lost.not_finite = not_finite;
            let whole = |(row, x): (usize, f64)| {
                let fits = x.fract() == 0.0 && x.abs() < 9.3e18;
                if !fits && !x.is_nan() {
                    lost.unfit(row, 1);
                }
                fits.then_some(x as i64)
            };
            Column::Integers(values.into_iter().enumerate().map(whole).collect())
        }
        (Cells::Integers(values), Kind::Integer) => Column::Integers(values),
        (Cells::Integers(values), Kind::Numerical { .. }) => Column::Numbers(
            values
                .into_iter()
                .map(|x| x.map_or(f64::NAN, |x| x as f64))
                .collect(),
        ),
        (Cells::Instants { values, .. }, Kind::Datetime { .. }) => Column::Instants(values),
        (Cells::Text(texts), _) => from_texts(texts, spec, &mut lost),
        (cells, _) => from_texts(cells.into_texts(), spec, &mut lost),
    };
    (column, lost)
}

impl Lost {
    fn unfit(&mut self, row: usize, rows: u64) {
        self.unfit += rows;
        self.first_unfit = Some(self.first_unfit.map_or(row, |first| first.min(row)));
    }
}

/// What one distinct text becomes.
enum Seen<T> {
    Value(T),
    SaysMissing,
    NotFinite,
    Unfit,
}

fn from_texts(texts: Texts, spec: &ColumnSpec, lost: &mut Lost) -> Column {
    let counted = || texts.iter().zip(texts.counts()).collect::<Vec<_>>();
    let written = match (&spec.kind, &spec.notation) {
        (_, Some(notation)) => notation.clone(),
        (Kind::Numerical { .. } | Kind::Integer, None) => Notation::of(&counted()),
        _ => Notation::default(),
    };
    let kind = &spec.kind;
    match kind {
        Kind::Numerical { .. } => Column::Numbers(
            each(&texts, lost, |text| match written.marked(text) {
                Some(mark) => Seen::Value(mark),
                None => match written.number(text) {
                    Number::Integer(x) => Seen::Value(x as f64),
                    Number::Real { value, .. } => Seen::Value(value),
                    Number::Padded => text.trim().parse().map_or(Seen::Unfit, Seen::Value),
                    Number::NotFinite => Seen::NotFinite,
                    Number::Other => Seen::Unfit,
                },
            })
            .into_iter()
            .map(|x| x.unwrap_or(f64::NAN))
            .collect(),
        ),
        Kind::Integer => Column::Integers(each(&texts, lost, |text| match written.number(text) {
            Number::Integer(x) => Seen::Value(x),
            Number::Real { value, .. } if value.fract() == 0.0 && value.abs() < 9e15 => {
                Seen::Value(value as i64)
            }
            Number::Padded => text.trim().parse().map_or(Seen::Unfit, Seen::Value),
            Number::NotFinite => Seen::NotFinite,
            Number::Real { .. } | Number::Other => Seen::Unfit,
        })),
        Kind::Datetime { format } => {
            let parser = date::Parser::new(&format.0);
            Column::Instants(each(&texts, lost, |text| match parser.parse(text) {
                Some(at) => Seen::Value(at),
                None if date::is_null(text) => Seen::SaysMissing,
                None => Seen::Unfit,
            }))
        }
        Kind::Categorical | Kind::Boolean => {
            let texts = match &written.missing {
                Some(sign) => texts.map(|t| (t != sign).then_some(t)),
                None => texts,
            };
            Column::Levels(Levels {
                levels: texts.iter().map(str::to_owned).collect(),
                codes: texts.codes().to_vec(),
            })
        }
        Kind::Id { .. }
        | Kind::Personal { .. }
        | Kind::Text { .. }
        | Kind::Constant { .. }
        | Kind::Missing => Column::Strings(
            (0..texts.rows())
                .map(|row| texts.get(row).map(str::to_owned))
                .collect(),
        ),
    }
}

fn each<T: Copy>(texts: &Texts, lost: &mut Lost, read: impl Fn(&str) -> Seen<T>) -> Vec<Option<T>> {
    let mut bad: Vec<Option<Seen<T>>> = Vec::new();
    let values: Vec<Option<T>> = texts
        .iter()
        .enumerate()
        .map(|(code, text)| match read(text) {
            Seen::Value(v) => Some(v),
            other => {
                bad.resize_with(code + 1, || None);
                bad[code] = Some(match other {
                    Seen::Unfit if says_missing(text) => Seen::SaysMissing,
                    other => other,
                });
                None
            }
        })
        .collect();
    let mut out = Vec::with_capacity(texts.rows());
    for (row, &code) in texts.codes().iter().enumerate() {
        if code == MISSING {
            out.push(None);
            continue;
        }
        let value = values[code as usize];
        if value.is_none() {
            match bad.get(code as usize) {
                Some(Some(Seen::SaysMissing)) => lost.said_missing += 1,
                Some(Some(Seen::NotFinite)) => lost.not_finite += 1,
                _ => lost.unfit(row, 1),
            }
        }
        out.push(value);
    }
    out
}
