//! `--where`: rows of which an expression is true.

use verdancy_expression::Condition;
use verdancy_synth::{BLOCK, Conditional};
use verdancy_table::{Column, Table};

use super::{Asked, Sink, constant, ends, levels, sparse, unknown_level};
use crate::inspect::shown;
use crate::{Drawing, Error, Result, Sampled};

/// Least share of the model's rows that meet a condition for them to be filtered.
const FILTERED: f64 = 0.05;
/// Least share of cells in range, of those that are drawn for the condition's columns.
const LEAST: f64 = 1e-4;
/// Columns of a condition of which an error says what the model draws.
const COLUMNS: usize = 3;
/// Rows drawn for the condition's columns before the least share is held against what was found.
const BEGUN: u64 = 65_536;

pub fn draw(asked: &Asked<'_>, text: &str, sink: &mut Sink<'_, '_>) -> Result<Sampled> {
    let rows = asked.count()?;
    let fitted = asked.fitted;
    let condition = Condition::parse(text, &fitted.schema)?;
    let mut parts = fitted.sample(0..u64::MAX, asked.seed);
    let first = match parts.next() {
        Some(part) => part?,
        None => return Err(impossible(&condition, None)),
    };
    for (column, level) in condition.levels(&fitted.schema) {
        let at = fitted.schema.position(&column).unwrap_or_default();
        let known = levels(&first, at);
        if !known.iter().any(|k| k.0 == level) && !drawn_later(asked, at, &level)? {
            return Err(unknown_level(&column, &level, &known));
        }
    }
    let mut found = matching(&condition, &first);
    let rate = found.rows() as f64 / first.rows().max(1) as f64;
    if rate < FILTERED && (found.rows() as u64) < rows {
        return around(asked, &condition, rate, (rows, &first), sink);
    }
    loop {
        let left = rows - sink.written;
        if found.rows() as u64 >= left {
            sink.take(found.slice(0..left as usize))?;
            break;
        }
        sink.take(found)?;
        found = match parts.next() {
            Some(part) => matching(&condition, &part?),
            None => break,
        };
    }
    Ok(Sampled {
        rows: sink.written,
        drawing: Drawing::Filtered,
        rate: Some(rate),
        in_conflict: 0,
    })
}

fn matching(condition: &Condition, table: &Table) -> Table {
    let holds = condition.holds(table);
    let rows: Vec<usize> = (0..table.rows()).filter(|&row| holds[row]).collect();
    table.take(&rows)
}

/// Whether a level that the first rows lack occurs in those after them.
fn drawn_later(asked: &Asked<'_>, at: usize, level: &str) -> Result<bool> {
    for part in asked.fitted.sample(16_384..65_536, asked.seed) {
        let part = part?;
        let has = (part.column(at).levels()).is_some_and(|l| l.levels.iter().any(|x| x == level));
        if has {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rows around cells that meet the condition: fixed where it says what they equal, drawn until they meet it elsewhere.
fn around(
    asked: &Asked<'_>,
    condition: &Condition,
    rate: f64,
    (rows, first): (u64, &Table),
    sink: &mut Sink<'_, '_>,
) -> Result<Sampled> {
    let schema = &asked.fitted.schema;
    let names = condition.columns();
    let places: Vec<usize> = names.iter().filter_map(|n| schema.position(n)).collect();
    let fixed: Vec<(usize, Column)> = (condition.equalities(schema).into_iter())
        .filter_map(|e| {
            let own = names.iter().position(|n| *n == e.column)?;
            let kind = &schema.columns[places[own]].kind;
            Some((own, constant(kind, &e.value, BLOCK)?))
        })
        .collect();
    let held: Vec<(usize, &Column)> = fixed.iter().map(|(own, column)| (*own, column)).collect();
    let model = Conditional::learn(asked.fitted, names, &held)?;
    let mut given: Vec<Vec<Column>> = Vec::new();
    let (mut have, mut drawn, mut block) = (0_u64, 0_u64, 0_u64);
    while have < rows {
        sink.go_on()?;
        let columns = model.draw_given(&fixed, asked.seed, block)?;
        let holds = condition.holds(&sparse(schema, &places, &columns)?);
        let own: Vec<usize> = (0..BLOCK).filter(|&row| holds[row]).collect();
        block += 1;
        drawn += BLOCK as u64;
        have += own.len() as u64;
        given.push(columns.iter().map(|c| c.take(&own)).collect());
        if drawn >= BEGUN && (have as f64) < LEAST * drawn as f64 {
            return Err(impossible(condition, Some(first)));
        }
    }
    let mut columns = (0..places.len())
        .map(|at| {
            let storage = schema.columns[places[at]].kind.storage();
            let parts = given.iter().map(|g| g[at].clone()).collect();
            Ok(Column::concat(storage, parts)?.slice(0..rows as usize))
        })
        .collect::<Result<Vec<Column>>>()?;
    const AT_A_TIME: usize = 64 * BLOCK;
    let mut in_conflict = 0;
    for from in (0..rows as usize).step_by(AT_A_TIME) {
        let to = (rows as usize).min(from + AT_A_TIME);
        let own: Vec<Column> = columns.iter_mut().map(|c| c.slice(from..to)).collect();
        let drawn = model.rows(&own, from as u64, asked.seed)?;
        in_conflict += drawn.in_conflict;
        sink.take(drawn.table)?;
    }
    Ok(Sampled {
        rows,
        drawing: Drawing::Conditional,
        rate: Some(rate),
        in_conflict,
    })
}

/// The error of a condition that no row meets: how many meet its parts alone, and what the model draws in its columns.
fn impossible(condition: &Condition, first: Option<&Table>) -> Error {
    let mut remedy = "Widen the condition.".to_owned();
    if let Some(table) = first {
        let share = |part: &Condition| {
            let met = part.holds(table).iter().filter(|h| **h).count();
            100.0 * met as f64 / table.rows().max(1) as f64
        };
        let parts: Vec<String> = (condition.parts().iter())
            .map(|part| format!("{} ({:.1} % of the rows)", part.text(), share(part)))
            .collect();
        if !parts.is_empty() {
            remedy += &format!(" Its parts, each alone: {}.", parts.join("; "));
        }
        let drawn: Vec<String> = (condition.columns().iter())
            .filter_map(|name| drawn(condition, table, name))
            .take(COLUMNS)
            .collect();
        if !drawn.is_empty() {
            remedy += &format!(" The model draws {}.", drawn.join(", "));
        }
    }
    Error::input(
        "condition/impossible",
        "Fewer than one row in 10,000 that the model draws meets the condition.",
        remedy,
    )
}

/// What the model draws in a column of the condition: its ends where it has an order, how much of it is missing where
/// the condition asks for that.
fn drawn(condition: &Condition, table: &Table, name: &str) -> Option<String> {
    let at = table.schema().position(name)?;
    let (spec, column) = (&table.schema().columns[at], table.column(at));
    let ends = ends(column).and_then(|ends| shown(spec, column, ends));
    let missing = 100.0 * column.missing() as f64 / table.rows().max(1) as f64;
    let gaps = match (condition.asks_missing(at), missing > 0.0) {
        (false, _) => String::new(),
        (true, false) => " without missing cells".to_owned(),
        (true, true) => format!(" with {missing:.1} % of the cells missing"),
    };
    match ends {
        Some((low, high)) => Some(format!("`{name}` from {low} to {high}{gaps}")),
        None if gaps.is_empty() => None,
        None => Some(format!("`{name}`{gaps}")),
    }
}
