//! Fills the missing cells of a table, and says how well.
//!
//! How well is measured: some cells that are there are hidden, filled like the missing ones, and compared. Cells that a
//! rule between columns leaves empty (the number of pregnancies of men) are left so; what a rule computes from cells
//! that are there is computed.

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use verdancy_relations::Form;
use verdancy_synth::{impute as drawn, is_gap};
use verdancy_table::{Column, ColumnSpec, Format, Kind, Protection, Table};

use crate::journal::Journal;
use crate::load::load_saying;
use crate::run::on_threads;
use crate::{Error, Result, RunContext, Source, Stage};

/// Draws behind a mean, and behind the intervals of the check.
const MEAN_OF: usize = 20;
/// Rows that the check is made on, and cells of a column that it hides.
const CHECKED_ROWS: usize = 20_000;
const HIDDEN: usize = 500;
const HIDDEN_SHARE: f64 = 0.1;
/// Warnings of values that synthetic rows have in the place of real ones: here, none is replaced.
const OF_REPLACED: [&str; 2] = ["table/text-replaced", "table/taken-for-key"];
/// Most draws.
const MOST: usize = 100;

/// How missing cells are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// So many tables, each with one possible value in each cell.
    Draws(usize),
    /// One table with the most likely values: means of numbers and dates, the most frequent of levels.
    Mean,
}

/// What became of the missing cells of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Filled {
    /// The column.
    pub column: String,
    /// Cells that were missing.
    pub missing: usize,
    /// Of these, cells that were filled.
    pub filled: usize,
    /// Why the others were not.
    pub left: Option<String>,
    /// How well hidden cells were met.
    pub check: Option<Check>,
}

/// How well cells that are there were met when they were hidden.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Hidden cells.
    pub cells: usize,
    /// Of numbers and dates (in days): mean absolute error of the mean; of levels, the share of wrong ones.
    pub error: f64,
    /// The same for the median, or the most frequent level, of the column.
    pub baseline: f64,
    /// Of numbers and dates: the share of hidden cells within the 90 % interval of the draws.
    pub coverage: Option<f64>,
}

/// A table whose missing cells are filled.
#[derive(Debug, Clone)]
pub struct Imputation {
    /// One table per draw, or one of means.
    pub tables: Vec<Table>,
    /// Each column that had missing cells.
    pub columns: Vec<Filled>,
    /// How the table was written.
    pub format: Format,
}

/// Fills the missing cells of a table.
///
/// # Errors
/// Those of reading; `impute/no-gaps`; `impute/draws`.
pub fn impute(
    source: &Source,
    fill: Fill,
    seed: u64,
    threads: usize,
    context: RunContext<'_>,
) -> Result<Imputation> {
    if let Fill::Draws(n) = fill
        && !(1..=MOST).contains(&n)
    {
        return Err(Error::input(
            "impute/draws",
            format!("{n} draws were asked for."),
            format!("Ask for 1 to {MOST}."),
        ));
    }
    on_threads(threads, move || {
        let mut journal = Journal::open(context);
        // The table goes back to who has it: no value needs protection.
        let loaded = load_saying(source, Protection::OFF, &mut journal, |warning| {
            !OF_REPLACED.contains(&warning.code.as_str())
        })?;
        let table = loaded.table;
        let (tables, checks) = journal.stage(Stage::Sample, |_| {
            let form = Form::learn(&table, Protection::OFF);
            let draws = match fill {
                Fill::Draws(n) => n,
                Fill::Mean => MEAN_OF,
            };
            let tables = drawn(&table, draws, seed)?;
            let checks = checks(&table, seed)?;
            let tables = match fill {
                Fill::Draws(_) => tables,
                Fill::Mean => vec![mean(&table, &tables)?],
            };
            let ruled = |filled: Table| match &form {
                Some(form) => by_rules(form, &table, filled),
                None => Ok(filled),
            };
            let tables: Vec<Table> = tables.into_iter().map(ruled).collect::<Result<_>>()?;
            Ok((tables, checks))
        })?;
        let columns = summary(&table, &tables, &checks);
        Ok(Imputation {
            tables,
            columns,
            format: loaded.format,
        })
    })
}

/// Missing cells as the rules between columns say they are: computed, or empty.
fn by_rules(form: &Form, table: &Table, filled: Table) -> Result<Table> {
    let ruled = form.decode_table(table.schema(), &form.encode(&filled)?)?;
    let columns = (table.columns().iter())
        .zip(filled.columns().iter().zip(ruled.columns()))
        .zip(&table.schema().columns)
        .map(|((own, (filled, ruled)), spec)| {
            let n = own.len();
            if !spec.kind.is_modelled() || own.missing() == n {
                return Ok(filled.clone());
            }
            let from: Vec<usize> = (0..n)
                .map(|row| if is_gap(spec, own, row) { n + row } else { row })
                .collect();
            let both = vec![own.clone(), ruled.clone()];
            Ok(Column::concat(spec.kind.storage(), both)?.take(&from))
        })
        .collect::<Result<Vec<Column>>>()?;
    Table::new(table.schema().clone(), columns)
}

/// The most likely value of each missing cell, from several draws.
fn mean(table: &Table, draws: &[Table]) -> Result<Table> {
    let columns = (0..table.columns().len())
        .map(|at| {
            let (own, spec) = (table.column(at), &table.schema().columns[at]);
            let gap: Vec<bool> = (0..own.len()).map(|row| is_gap(spec, own, row)).collect();
            if !gap.contains(&true) || !spec.kind.is_modelled() {
                return Ok(own.clone());
            }
            let drawn: Vec<&Column> = draws.iter().map(|d| d.column(at)).collect();
            Ok(middle(own, &gap, &drawn, &spec.kind))
        })
        .collect::<Result<Vec<Column>>>()?;
    Table::new(table.schema().clone(), columns)
}

fn middle(own: &Column, gap: &[bool], drawn: &[&Column], kind: &Kind) -> Column {
    let rows = 0..own.len();
    let of = |row: usize| {
        let values: Vec<f64> = (drawn.iter()).filter_map(|c| number(c, row)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    match own {
        Column::Numbers(v) => {
            let p = match kind {
                Kind::Numerical { decimals: Some(d) } if *d <= 15 => {
                    Some(10_f64.powi(i32::from(*d)))
                }
                _ => None,
            };
            let rounded = |x: f64| p.map_or(x, |p| (x * p).round() / p);
            Column::Numbers(
                rows.map(|row| match gap[row] {
                    true => of(row).map_or(f64::NAN, rounded),
                    false => v[row],
                })
                .collect(),
            )
        }
        Column::Integers(v) => Column::Integers(
            rows.map(|row| v[row].or_else(|| of(row).map(|x| x.round() as i64)))
                .collect(),
        ),
        Column::Instants(v) => {
            // Whole days where all moments are.
            let day = 86_400_000_000_i64;
            let whole = v.iter().flatten().all(|m| m % day == 0);
            let unit = if whole { day as f64 } else { 1e6 };
            let rounded = |x: f64| ((x / unit).round() * unit) as i64;
            Column::Instants(
                rows.map(|row| v[row].or_else(|| of(row).map(rounded)))
                    .collect(),
            )
        }
        Column::Levels(v) => {
            let most = |row: usize| {
                let mut counts = std::collections::BTreeMap::new();
                for level in drawn.iter().filter_map(|c| c.levels()?.get(row)) {
                    *counts.entry(level).or_insert(0_usize) += 1;
                }
                counts
                    .into_iter()
                    .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))
                    .map(|(level, _)| level)
            };
            Column::Levels(verdancy_table::Levels::from_values(
                rows.map(|row| v.get(row).or_else(|| most(row))),
            ))
        }
        Column::Strings(v) => Column::Strings(v.clone()),
    }
}

fn number(column: &Column, row: usize) -> Option<f64> {
    match column {
        Column::Numbers(v) => Some(v[row]).filter(|x| !x.is_nan()),
        Column::Integers(v) => v[row].map(|x| x as f64),
        Column::Instants(v) => v[row].map(|x| x as f64),
        Column::Levels(_) | Column::Strings(_) => None,
    }
}

/// Cells that the check hides, by column.
fn hidden(table: &Table, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x6869_6465);
    (table.columns().iter().zip(&table.schema().columns))
        .map(|(column, spec)| {
            let known: Vec<usize> = (0..column.len())
                .filter(|row| !column.is_missing(*row))
                .collect();
            let some = column.missing() > 0 && known.len() >= 20 && spec.kind.is_modelled();
            let count = match some {
                true => ((known.len() as f64 * HIDDEN_SHARE) as usize).clamp(1, HIDDEN),
                false => 0,
            };
            let chosen = index::sample(&mut rng, known.len().max(1), count);
            chosen.into_iter().map(|at| known[at]).collect()
        })
        .collect()
}

/// How well hidden cells of each column are met.
fn checks(table: &Table, seed: u64) -> Result<Vec<Option<Check>>> {
    let every = table.rows().div_ceil(CHECKED_ROWS).max(1);
    let rows: Vec<usize> = (0..table.rows()).step_by(every).collect();
    let table = &table.take(&rows);
    let hidden = hidden(table, seed);
    let columns = (table.columns().iter().zip(&hidden))
        .map(|(column, rows)| without(column, rows))
        .collect();
    let Ok(draws) = drawn(&Table::new(table.schema().clone(), columns)?, MEAN_OF, seed) else {
        return Ok(vec![None; hidden.len()]);
    };
    Ok((hidden.iter().enumerate())
        .map(|(at, rows)| {
            let drawn: Vec<&Column> = draws.iter().map(|d| d.column(at)).collect();
            check(table.column(at), &drawn, rows)
        })
        .collect())
}

fn without(column: &Column, rows: &[usize]) -> Column {
    let mut column = column.clone();
    for &row in rows {
        match &mut column {
            Column::Numbers(v) => v[row] = f64::NAN,
            Column::Integers(v) | Column::Instants(v) => v[row] = None,
            Column::Levels(v) => v.codes[row] = verdancy_table::MISSING,
            Column::Strings(v) => v[row] = None,
        }
    }
    column
}

fn check(own: &Column, drawn: &[&Column], rows: &[usize]) -> Option<Check> {
    if rows.is_empty() {
        return None;
    }
    let n = rows.len() as f64;
    if let Some(levels) = own.levels() {
        let mut counts = std::collections::BTreeMap::new();
        for row in (0..own.len()).filter(|row| !rows.contains(row)) {
            if let Some(level) = levels.get(row) {
                *counts.entry(level).or_insert(0_usize) += 1;
            }
        }
        let usual = counts
            .iter()
            .max_by_key(|(_, n)| **n)
            .map(|(level, _)| *level);
        let met = |row: usize| {
            let mut votes = std::collections::BTreeMap::new();
            for level in drawn.iter().filter_map(|c| c.levels()?.get(row)) {
                *votes.entry(level).or_insert(0_usize) += 1;
            }
            let first = votes
                .into_iter()
                .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)));
            first.map(|f| f.0) == levels.get(row)
        };
        let wrong = rows.iter().filter(|row| !met(**row)).count() as f64;
        let unusual = rows.iter().filter(|row| levels.get(**row) != usual).count() as f64;
        return Some(Check {
            cells: rows.len(),
            error: wrong / n,
            baseline: unusual / n,
            coverage: None,
        });
    }
    let unit = if matches!(own, Column::Instants(_)) {
        86_400e6
    } else {
        1.0
    };
    let hidden: std::collections::HashSet<usize> = rows.iter().copied().collect();
    let mut known: Vec<f64> = (0..own.len())
        .filter(|row| !hidden.contains(row))
        .filter_map(|row| number(own, row))
        .collect();
    known.sort_by(f64::total_cmp);
    let median = *known.get(known.len() / 2)?;
    let (mut error, mut baseline, mut within) = (0.0, 0.0, 0.0);
    for &row in rows {
        let real = number(own, row)?;
        let mut values: Vec<f64> = drawn.iter().filter_map(|c| number(c, row)).collect();
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        error += (mean - real).abs() / unit;
        baseline += (median - real).abs() / unit;
        // A value from the distribution of 20 draws lies between the lowest and the highest in 19 of 21 cases.
        if let (Some(low), Some(high)) = (values.first(), values.last()) {
            within += f64::from(u8::from(*low <= real && real <= *high));
        }
    }
    Some(Check {
        cells: rows.len(),
        error: error / n,
        baseline: baseline / n,
        coverage: Some(within / n),
    })
}

/// What became of each column with missing cells.
fn summary(table: &Table, tables: &[Table], checks: &[Option<Check>]) -> Vec<Filled> {
    (table.schema().columns.iter().enumerate())
        .map(|(at, spec)| (at, spec, gaps(spec, table.column(at))))
        .filter(|(.., missing)| *missing > 0)
        .map(|(at, spec, missing)| {
            let still = tables.first().map_or(missing, |t| gaps(spec, t.column(at)));
            let left = match still {
                0 => None,
                _ if !spec.kind.is_modelled() => Some(not_filled(&spec.kind)),
                n if n == table.rows() => Some("the column has no cell".to_owned()),
                n => Some(format!("a rule between columns leaves {n} cells empty")),
            };
            Filled {
                column: spec.name.clone(),
                missing,
                filled: missing - still,
                left,
                check: checks.get(at).copied().flatten(),
            }
        })
        .collect()
}

/// Why cells of a kind that is not learned stay empty.
fn not_filled(kind: &Kind) -> String {
    match kind {
        Kind::Id { .. } => {
            "keys are not filled; if its cells are no keys, give it another kind in a schema"
                .to_owned()
        }
        Kind::Personal { .. } | Kind::Text { .. } => {
            "personal data and free text are not filled".to_owned()
        }
        Kind::Missing => "the column has no cell".to_owned(),
        other => format!("{} cells are not filled", other.name()),
    }
}

/// Empty cells of a column.
fn gaps(spec: &ColumnSpec, column: &Column) -> usize {
    (0..column.len())
        .filter(|row| is_gap(spec, column, *row))
        .count()
}
