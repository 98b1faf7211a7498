//! `--given`: one row for each row of a table that has some of the columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use verdancy_synth::Conditional;
use verdancy_table::{Column, Schema, Table, read};

use super::{Asked, Sink, ends, levels};
use crate::inspect::shown;
use crate::journal::Journal;
use crate::{Drawing, Error, Input, Result, Sampled};

/// Most different sets of cells that are given.
const PATTERNS: usize = 64;
/// Share of the range of what a model draws from which a value beyond it is far away.
const FAR: f64 = 0.1;

pub fn draw(asked: &Asked<'_>, input: &Input, sink: &mut Sink<'_, '_>) -> Result<Sampled> {
    let fitted = asked.fitted;
    let table = known(input, &fitted.schema, sink.journal)?;
    let rows = count(&table, asked.rows)?;
    sink.of = rows;
    let mut parts: Vec<Option<(Table, Vec<usize>)>> = Vec::new();
    let mut in_conflict = 0;
    for (mask, own) in patterns(&table)? {
        let (names, columns): (Vec<String>, Vec<Column>) = (table.schema().columns.iter())
            .zip(table.columns())
            .zip(&mask)
            .filter(|(_, has)| **has)
            .map(|((spec, column), _)| (spec.name.clone(), column.take(&own)))
            .unzip();
        let rows = match names.is_empty() {
            true => fitted.sample_all(0..own.len() as u64, asked.seed)?,
            false => {
                let held: Vec<(usize, &Column)> = columns.iter().enumerate().collect();
                let model = Conditional::learn(fitted, &names, &held)?;
                for (name, column) in names.iter().zip(&columns) {
                    check_levels(name, column, model.pool())?;
                    check_range(name, column, model.pool(), sink.journal);
                }
                let drawn = model.rows(&columns, 0, asked.seed)?;
                in_conflict += drawn.in_conflict;
                drawn.table
            }
        };
        parts.push(Some((rows, own)));
    }
    sink.take(in_order(&fitted.schema, parts, rows as usize)?)?;
    Ok(Sampled {
        rows,
        drawing: Drawing::Conditional,
        rate: None,
        in_conflict,
    })
}

/// The rows of the table of given cells, which are those that are drawn.
pub fn count(table: &Table, asked: Option<u64>) -> Result<u64> {
    let rows = table.rows() as u64;
    if asked.is_some_and(|n| n != rows) || rows == 0 {
        return Err(Error::input(
            "condition/given-rows",
            format!("The table of given cells has {rows} rows; one row is drawn for each."),
            "Leave --rows out, and give at least one row.",
        ));
    }
    Ok(rows)
}

/// The given cells, under the model's schema.
pub fn known(input: &Input, schema: &Schema, journal: &mut Journal<'_>) -> Result<Table> {
    let source = input.read(&read::Options::default())?;
    let has = |name: &str| source.columns.iter().any(|c| c.name == name);
    let specs: Vec<_> = (schema.columns.iter())
        .filter(|spec| has(&spec.name) || spec.part.as_ref().is_some_and(|p| has(&p.of)))
        .cloned()
        .collect();
    let place = |e: Error| match input.file() {
        Some(file) => e.in_file(file),
        None => e,
    };
    let named = |name: &str| {
        specs
            .iter()
            .any(|s| s.name == name || s.part.as_ref().is_some_and(|p| p.of == name))
    };
    if let Some(lost) = source.columns.iter().find(|c| !named(&c.name)) {
        return Err(place(
            schema.no_such_column("condition/unknown-column", &lost.name),
        ));
    }
    if let Some(key) = specs.iter().find(|s| !s.kind.is_modelled()) {
        return Err(place(
            Error::input(
                "condition/key-column",
                format!(
                    "The values of `{}` are replaced, not learned, so that they cannot be given.",
                    key.name
                ),
                "Leave the column out.",
            )
            .in_column(&key.name),
        ));
    }
    let loaded = read::fitted(source, &Schema::of(specs)).map_err(place)?;
    for warning in loaded.warnings {
        journal.warn(&warning.code, warning.message);
    }
    Ok(loaded.table)
}

/// Rows by which of their cells are given.
fn patterns(table: &Table) -> Result<BTreeMap<Vec<bool>, Vec<usize>>> {
    let mut found: BTreeMap<Vec<bool>, Vec<usize>> = BTreeMap::new();
    for row in 0..table.rows() {
        let mask = table.columns().iter().map(|c| !c.is_missing(row)).collect();
        found.entry(mask).or_default().push(row);
    }
    if found.len() > PATTERNS {
        return Err(Error::input(
            "condition/too-many-patterns",
            format!(
                "The given rows have cells in {} different sets of columns; at most {PATTERNS} are possible.",
                found.len()
            ),
            "Give the same columns in each row, or use `verdancy impute` to fill the gaps of a table.",
        ));
    }
    Ok(found)
}

/// Checks that the model draws each level that is given.
fn check_levels(name: &str, column: &Column, pool: &Table) -> Result<()> {
    let Some(own) = column.levels() else {
        return Ok(());
    };
    let at = pool.schema().position(name).unwrap_or_default();
    let known = levels(pool, at);
    let strange = |row: &usize| {
        own.get(*row)
            .is_some_and(|l| !known.iter().any(|k| k.0 == l))
    };
    let count = (0..column.len()).filter(strange).count();
    match count {
        0 => Ok(()),
        _ => Err(Error::input(
            "condition/unknown-level",
            format!("{count} of the given cells in `{name}` hold a level that the model does not draw; levels of few people are not learned."),
            "Give levels that occur in the synthetic table.",
        )
        .in_column(name)),
    }
}

/// Warns of numbers and dates far from all that the model draws.
fn check_range(name: &str, column: &Column, pool: &Table, journal: &mut Journal<'_>) {
    let at = pool.schema().position(name).unwrap_or_default();
    let (Some(own), Some((low, high))) = (column.numbers(), ends(pool.column(at))) else {
        return;
    };
    let far = FAR * (high - low);
    let count = (own.iter())
        .filter(|x| x.is_finite() && (**x < low - far || **x > high + far))
        .count();
    let range = shown(&pool.schema().columns[at], pool.column(at), (low, high));
    if let (true, Some((low, high))) = (count > 0, range) {
        journal.warn(
            "condition/out-of-range",
            format!(
                "{count} of the given cells in `{name}` are far from what the model draws ({low} to {high}); the rest of \
                 these rows is drawn as for the nearest value."
            ),
        );
    }
}

/// The parts, each with its rows' places, as one table.
fn in_order(
    schema: &Arc<Schema>,
    parts: Vec<Option<(Table, Vec<usize>)>>,
    rows: usize,
) -> Result<Table> {
    let mut from = vec![0; rows];
    let mut tables = Vec::new();
    let mut begin = 0;
    for (table, places) in parts.into_iter().flatten() {
        for (at, place) in places.iter().enumerate() {
            from[*place] = begin + at;
        }
        begin += table.rows();
        tables.push(table);
    }
    Ok(Table::concat(schema, tables)?.take(&from))
}
