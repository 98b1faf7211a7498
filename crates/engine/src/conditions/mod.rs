//! Rows that meet a condition: filtered, around cells that are given, or with the shares that are asked for.
//!
//! Rows that the model draws anyway are filtered while more than one in twenty meets the condition: that is exactly
//! the model's distribution given the condition. Rarer ones are drawn around their cells by
//! [`Conditional`](verdancy_synth::Conditional), which rejects nothing but the cells that a range excludes.

mod balance;
mod filter;
mod given;

use verdancy_expression::Condition;
use verdancy_synth::Fitted;
use verdancy_table::{Column, Kind, Schema, Storage, Table};

use crate::journal::Journal;
use crate::{Document, Drawing, Error, Event, Input, Result, RunContext, Sampled, Stage};

/// What the rows of a sample have to be like.
#[derive(Debug, Clone, Default)]
pub enum Conditions {
    /// As the model draws them.
    #[default]
    None,
    /// Rows that meet an expression: `age > 60 and sex = 'F'`.
    Where(String),
    /// One row for each row of a table that has some of the columns.
    Given(Input),
    /// With these shares of the levels of a column: `outcome`, `outcome=0.5/0.5`, `outcome=yes:0.3/no:0.7`.
    Balance(String),
}

/// What rows are drawn for.
pub(crate) struct Asked<'a> {
    pub fitted: &'a Fitted,
    /// How many; `None` for one per given row.
    pub rows: Option<u64>,
    pub seed: u64,
}

impl Asked<'_> {
    fn count(&self) -> Result<u64> {
        counted(self.rows)
    }
}

/// The number of rows that is asked for.
fn counted(rows: Option<u64>) -> Result<u64> {
    rows.filter(|n| *n > 0).ok_or_else(|| {
        Error::input(
            "engine/no-rows-asked",
            "No rows were asked for.",
            "Ask for at least one with --rows.",
        )
    })
}

/// Rows on their way to where they go.
pub(crate) struct Sink<'a, 'j> {
    pub journal: &'a mut Journal<'j>,
    pub of: u64,
    pub written: u64,
    pub write: &'a mut dyn FnMut(Table) -> Result<()>,
}

impl Sink<'_, '_> {
    /// An error when the user stopped the sampling.
    fn go_on(&self) -> Result<()> {
        match self.journal.cancel.is_cancelled() {
            true => Err(Error::input(
                "engine/cancelled",
                "The sampling was stopped; no file was written.",
                "Start it again.",
            )),
            false => Ok(()),
        }
    }

    fn take(&mut self, table: Table) -> Result<()> {
        self.go_on()?;
        self.written += table.rows() as u64;
        (self.write)(table)?;
        self.journal.tell(Event::Sampling {
            rows: self.written,
            of: self.of,
        });
        Ok(())
    }
}

/// Draws rows that meet `conditions` into `sink`.
///
/// # Errors
/// `engine/no-rows-asked`; those of expressions; `condition/unknown-level`, `condition/impossible`, `condition/balance`,
/// `condition/given-rows`, `condition/too-many-patterns`.
pub(crate) fn draw(
    asked: &Asked<'_>,
    conditions: &Conditions,
    sink: &mut Sink<'_, '_>,
) -> Result<Sampled> {
    match conditions {
        Conditions::None => {
            for part in asked.fitted.sample(0..asked.count()?, asked.seed) {
                sink.take(part?)?;
            }
            Ok(Sampled {
                rows: sink.written,
                drawing: Drawing::Unconditional,
                rate: None,
                in_conflict: 0,
            })
        }
        Conditions::Where(text) => filter::draw(asked, text, sink),
        Conditions::Given(input) => given::draw(asked, input, sink),
        Conditions::Balance(text) => balance::draw(asked, text, sink),
    }
}

/// Checks what can be checked of `conditions` without a model, by the schema that it has: names and kinds of columns, the
/// expression, the table of given cells. Which levels a model draws, and what is possible, only drawing shows.
///
/// # Errors
/// `engine/no-rows-asked`; those of expressions; `condition/unknown-column`, `condition/key-column`, `condition/balance`,
/// `condition/given-rows`; those of reading a table and the schema.
pub fn check_conditions(
    conditions: &Conditions,
    rows: Option<u64>,
    schema: &Document,
    context: RunContext<'_>,
) -> Result<()> {
    let schema = Schema::from_toml(&schema.read()?).map_err(|e| schema.place(e))?;
    let mut journal = Journal::open(context);
    match conditions {
        Conditions::Given(input) => {
            let given =
                journal.stage(Stage::Read, |journal| given::known(input, &schema, journal))?;
            return given::count(&given, rows).map(drop);
        }
        Conditions::None => {}
        Conditions::Where(text) => drop(Condition::parse(text, &schema)?),
        Conditions::Balance(text) => drop(balance::column(&schema, balance::named(text).0)?),
    }
    counted(rows).map(drop)
}

/// A column of `storage` without cells.
fn empty(storage: Storage, rows: usize) -> Column {
    match storage {
        Storage::Numbers => Column::Numbers(vec![f64::NAN; rows]),
        Storage::Integers => Column::Integers(vec![None; rows]),
        Storage::Instants => Column::Instants(vec![None; rows]),
        Storage::Levels => {
            let none = std::iter::repeat_n(None, rows);
            Column::Levels(verdancy_table::Levels::from_values(none))
        }
        Storage::Strings => Column::Strings(vec![None; rows]),
    }
}

/// A table of `schema` of which only the columns at `places` have cells.
fn sparse(schema: &std::sync::Arc<Schema>, places: &[usize], columns: &[Column]) -> Result<Table> {
    let rows = columns.first().map_or(0, Column::len);
    let all = (schema.columns.iter().enumerate())
        .map(|(at, spec)| match places.iter().position(|p| *p == at) {
            Some(own) => columns[own].clone(),
            None => empty(spec.kind.storage(), rows),
        })
        .collect();
    Table::new(schema.clone(), all)
}

/// `rows` times the same value in a column of `kind`; `None` where it is no value of it.
fn constant(kind: &Kind, value: &verdancy_expression::Literal, rows: usize) -> Option<Column> {
    use verdancy_expression::Literal;
    Some(match (kind.storage(), value) {
        (Storage::Numbers, Literal::Number(x)) => Column::Numbers(vec![*x; rows]),
        (Storage::Integers, Literal::Number(x)) if x.fract() == 0.0 && x.abs() < 9e15 => {
            Column::Integers(vec![Some(*x as i64); rows])
        }
        (Storage::Instants, Literal::Moment(m)) => Column::Instants(vec![Some(*m); rows]),
        (Storage::Levels, Literal::Text(t)) => {
            let same = std::iter::repeat_n(Some(t.as_str()), rows);
            Column::Levels(verdancy_table::Levels::from_values(same))
        }
        _ => return None,
    })
}

/// The smallest and the largest value of an ordered column; `None` for others, and where all is missing.
fn ends(column: &Column) -> Option<(f64, f64)> {
    let numbers = column.numbers()?;
    let known = || numbers.iter().copied().filter(|x| x.is_finite());
    Some((known().reduce(f64::min)?, known().reduce(f64::max)?))
}

/// The levels of column `at` that occur in `pool`, the most frequent first.
fn levels(pool: &Table, at: usize) -> Vec<(String, usize)> {
    let Some(column) = pool.column(at).levels() else {
        return Vec::new();
    };
    let mut counts = std::collections::BTreeMap::new();
    for row in 0..pool.rows() {
        if let Some(level) = column.get(row) {
            *counts.entry(level.to_owned()).or_insert(0_usize) += 1;
        }
    }
    let mut found: Vec<(String, usize)> = counts.into_iter().collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found
}

/// The error of a level that the model does not know.
fn unknown_level(column: &str, level: &str, known: &[(String, usize)]) -> Error {
    let wanted = level.to_lowercase();
    let mut near: Vec<&str> = known.iter().map(|k| k.0.as_str()).collect();
    let alike = |x: &str| strsim::jaro_winkler(&wanted, &x.to_lowercase());
    near.sort_by(|a, b| alike(b).total_cmp(&alike(a)));
    near.truncate(3);
    let remedy = match near.is_empty() {
        true => "The model draws no level of it at all.".to_owned(),
        false => format!("The nearest that it draws: {}.", near.join(", ")),
    };
    Error::input(
        "condition/unknown-level",
        format!(
            "The model draws no \"{level}\" in `{column}`; levels of few people are not learned."
        ),
        remedy,
    )
    .in_column(column)
}
