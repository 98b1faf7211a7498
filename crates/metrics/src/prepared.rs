//! The common view of the four tables that every figure is computed from.
//!
//! To the writers of figures: a [`Metric`](crate::metric::Metric) is a card and a computation from
//! [`Prepared`]; [`Judge`](crate::Judge) runs the computations and holds the gates against what they
//! return. Conventions:
//!
//! - [`Prepared::columns`] are the modelled columns of the training table, in its order; keys,
//!   names, notes and constants are left out. Dates are numeric (microseconds).
//! - Numeric cells are `f64`, missing is NaN. Levels are codes below [`Aligned::levels`]`.len()`
//!   in one dictionary for all four tables, in which missing is a level of its own
//!   ([`Aligned::missing`], named [`NA`]), and `1` and `1.0` are one level.
//! - `value` is the synthetic rows' figure, `floor` the same figure with real rows in their place
//!   (for scores of trained models: trained on the real training rows), `floor_interval` what a
//!   fresh real sample of the size of the synthetic rows would score. A gate that is not kept is
//!   inconclusive when `floor_interval` reaches over its limit too, so leave it `None` only where
//!   the number of rows cannot be the reason.
//! - What depends on the real rows alone goes into [`Prepared::kept`], so that it is computed once for all
//!   synthetic tables that a judge is asked about.
//! - A figure that does not apply has `value: None` and says why in `note`; its gate is then left
//!   out. `auroc` and `c_index` gates are left out where `floor` does not reach the limit;
//!   `utility_kept` is `None` where training on real rows learns nothing. The floor
//!   of a figure of privacy is what it is without a leak.
//! - Seeds: `ChaCha8Rng::seed_from_u64(p.seed)` with a `set_stream` of the module's own.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;
use verdancy_table::{Column, Error, Kind, Levels, MISSING, Table, Task};

use crate::Result;
use crate::memo::Memos;

/// Validation rows below which predictors are tested on training rows too.
const POOLED_BELOW: usize = 1_000;

/// The name of the level that missing cells are.
pub(crate) const NA: &str = "<na>";

/// The real rows that synthetic rows are held against.
#[derive(Clone, Copy)]
pub struct Real<'a> {
    /// Rows that the model learned from.
    pub train: &'a Table,
    /// Real rows that give the floors.
    pub test: &'a Table,
    /// Real rows that choices were made on: used to choose the strongest attack. Without them the
    /// maximum over the attacks is reported.
    pub validation: Option<&'a Table>,
    /// True when the maker of the synthetic rows has not seen the test rows. Otherwise what needs
    /// unseen rows is not judged.
    pub unseen: bool,
}

/// Something for each of the four tables.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parts<T> {
    pub train: T,
    pub validation: Option<T>,
    pub test: T,
    pub synthetic: T,
}

impl<T> Parts<T> {
    pub(crate) fn map<'a, U>(&'a self, mut f: impl FnMut(&'a T) -> U) -> Parts<U> {
        Parts {
            train: f(&self.train),
            validation: self.validation.as_ref().map(&mut f),
            test: f(&self.test),
            synthetic: f(&self.synthetic),
        }
    }
}

/// Which of the judged tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Train,
    Validation,
    Test,
    Synthetic,
}

impl Part {
    /// That part of `parts`; the training part where there is no validation part.
    pub fn of<T>(self, parts: &Parts<T>) -> &T {
        match self {
            Part::Train => &parts.train,
            Part::Validation => parts.validation.as_ref().unwrap_or(&parts.train),
            Part::Test => &parts.test,
            Part::Synthetic => &parts.synthetic,
        }
    }
}

/// A categorical or boolean column in one dictionary.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Aligned {
    /// Level names as first written: those of real rows, training rows' first, then [`NA`], then
    /// those that only synthetic rows have. So codes of real rows are the same for all of them.
    pub levels: Vec<String>,
    /// Codes below `levels.len()`.
    pub codes: Parts<Vec<u32>>,
    /// The code of missing cells.
    missing: u32,
    /// True when levels are numbers, and `1` and `1.0` are one.
    numbers: bool,
}

impl Aligned {
    /// The code of missing cells, a level of its own even when no cell is missing.
    pub fn missing(&self) -> u32 {
        self.missing
    }
}

/// The values of a judged column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    /// Numbers and dates; NaN is missing.
    Numeric(Parts<Vec<f64>>),
    /// Categories and booleans.
    Levels(Aligned),
}

/// A judged column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub name: String,
    /// True for dates and times, whose numbers are microseconds since 1970 (UTC).
    pub date: bool,
    pub values: Values,
}

impl Judged {
    pub fn numeric(&self) -> Option<&Parts<Vec<f64>>> {
        match &self.values {
            Values::Numeric(v) => Some(v),
            Values::Levels(_) => None,
        }
    }

    pub fn levels(&self) -> Option<&Aligned> {
        match &self.values {
            Values::Levels(v) => Some(v),
            Values::Numeric(_) => None,
        }
    }
}

/// The four tables, column by column.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    /// Judged columns, in the training table's order.
    pub columns: Vec<Judged>,
    /// Row counts.
    pub rows: Parts<usize>,
    /// Whose row each real row is, numbered in each table by itself; `None` where the table names no
    /// subjects ([`Table::subjects`]).
    pub subjects: Parts<Option<Vec<u32>>>,
    /// Position in `columns` of the column to be predicted.
    pub target: Option<usize>,
    /// What the table is used to predict, when the schema says so.
    pub task: Option<Task>,
    /// Positions in `columns` of follow-up time and event.
    pub survival: Option<(usize, usize)>,
    /// Shares of missing cells, of all columns that the tables share, judged or not.
    pub missing: Vec<(String, Parts<f64>)>,
    /// Seed of everything random.
    pub seed: u64,
    /// True when the maker of the synthetic rows has not seen the test rows.
    pub unseen: bool,
    /// True when the judge serves choices: the test rows are validation rows.
    pub chooses: bool,
    /// Rules between columns with the rows that break them, where rules are known.
    pub rules: Option<Arc<RulesFound>>,
    /// What is known of the real rows alone.
    pub kept: Arc<Memos>,
}

/// Each rule in words with the rows that break it, of the synthetic rows and of unseen real ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RulesFound {
    pub synthetic: Vec<(String, usize)>,
    pub real: Vec<(String, usize)>,
}

impl Prepared {
    /// Brings the real tables into one view; the synthetic part has no rows yet. The training
    /// table's schema says which columns are judged and as what; columns are found by name, so order
    /// does not matter, and a column that another table stores otherwise is converted.
    ///
    /// # Errors
    /// `metrics/schema-mismatch` when a judged column is not there; `metrics/no-rows`.
    pub fn real(real: Real<'_>, seed: u64) -> Result<Prepared> {
        let tables = Parts {
            train: real.train,
            validation: real.validation.filter(|v| v.rows() > 0),
            test: real.test,
            synthetic: real.train,
        };
        let schema = tables.train.schema();
        let judged: Vec<usize> = (0..schema.columns.len())
            .filter(|&i| schema.columns[i].kind.is_modelled())
            .collect();
        let names: Vec<&str> = (judged.iter())
            .map(|&i| schema.columns[i].name.as_str())
            .collect();
        for (which, table) in [
            ("training", Some(tables.train)),
            ("validation", tables.validation),
            ("test", Some(tables.test)),
        ] {
            table.map_or(Ok(()), |t| check(which, t, &names))?;
        }
        let columns: Vec<Judged> = judged
            .par_iter()
            .map(|&i| real_column(&tables, i))
            .collect();
        let place = |name: &str| columns.iter().position(|c| c.name == name);
        let survival = match &schema.task {
            Some(Task::Survival { time, event }) => place(time).zip(place(event)),
            _ => None,
        };
        let mut rows = tables.map(|t| t.rows());
        rows.synthetic = 0;
        let mut subjects = tables.map(|t| t.subjects());
        subjects.synthetic = None;
        Ok(Prepared {
            rows,
            subjects,
            target: schema.target.as_deref().and_then(place),
            task: schema.task.clone(),
            survival,
            missing: missing(&tables),
            columns,
            seed,
            unseen: real.unseen,
            chooses: false,
            rules: None,
            kept: Arc::default(),
        })
    }

    /// The same with the synthetic rows.
    ///
    /// # Errors
    /// As [`Prepared::real`].
    pub fn with(&self, synthetic: &Table) -> Result<Prepared> {
        let names: Vec<&str> = self.columns.iter().map(|c| c.name.as_str()).collect();
        check("synthetic", synthetic, &names)?;
        let at = |name: &str| synthetic.schema().position(name);
        let mut p = self.clone();
        p.rows.synthetic = synthetic.rows();
        p.columns.par_iter_mut().for_each(|column| {
            // Presence was checked before.
            let Some(from) = at(&column.name).map(|i| synthetic.column(i)) else {
                return;
            };
            match &mut column.values {
                Values::Numeric(v) => v.synthetic = numbers(from),
                Values::Levels(v) => v.add_synthetic(from),
            }
        });
        p.missing.retain_mut(|(name, share)| {
            let found = at(name).map(|i| synthetic.column(i).missing());
            share.synthetic = found.unwrap_or(0) as f64 / synthetic.rows() as f64;
            found.is_some()
        });
        Ok(p)
    }

    /// True when training rows are tested on besides: a judge that serves choices has few others.
    pub fn pools(&self) -> bool {
        self.chooses && self.rows.test < POOLED_BELOW
    }

    /// The parts with real rows besides the training rows.
    pub fn held_out(&self) -> Vec<Part> {
        let mut parts = vec![Part::Test];
        if self.rows.validation.is_some() {
            parts.push(Part::Validation);
        }
        parts
    }

    /// Positions of the numeric columns.
    pub fn numeric(&self) -> Vec<usize> {
        self.positions(|c| c.numeric().is_some())
    }

    /// Positions of the categorical columns.
    pub fn categorical(&self) -> Vec<usize> {
        self.positions(|c| c.levels().is_some())
    }

    fn positions(&self, keep: impl Fn(&Judged) -> bool) -> Vec<usize> {
        (0..self.columns.len())
            .filter(|&i| keep(&self.columns[i]))
            .collect()
    }
}

fn missing(tables: &Parts<&Table>) -> Vec<(String, Parts<f64>)> {
    let schema = tables.train.schema();
    (schema.columns.par_iter())
        .filter_map(|spec| {
            let share = |t: &Table| {
                let at = t.schema().position(&spec.name)?;
                Some(t.column(at).missing() as f64 / t.rows() as f64)
            };
            let parts = Parts {
                train: share(tables.train)?,
                validation: tables.validation.and_then(share),
                test: share(tables.test)?,
                synthetic: share(tables.synthetic)?,
            };
            Some((spec.name.clone(), parts))
        })
        .collect()
}

/// Refuses a table without rows, or without one of the judged columns.
fn check(which: &str, table: &Table, names: &[&str]) -> Result<()> {
    if table.rows() == 0 {
        return Err(Error::input(
            "metrics/no-rows",
            format!("The {which} table has no rows."),
            "Judge tables that have at least one row each.",
        ));
    }
    match names.iter().find(|n| table.schema().position(n).is_none()) {
        None => Ok(()),
        Some(name) => Err(Error::input(
            "metrics/schema-mismatch",
            format!("The {which} table lacks a column that the training table has."),
            "Give tables with the same column names.",
        )
        .in_column(*name)),
    }
}

fn real_column(tables: &Parts<&Table>, i: usize) -> Judged {
    let spec = &tables.train.schema().columns[i];
    // Presence was checked before; position 0 is never reached.
    let columns = tables.map(|t| t.column(t.schema().position(&spec.name).unwrap_or(0)));
    let values = match &spec.kind {
        Kind::Categorical | Kind::Boolean => Values::Levels(align(&columns)),
        _ => Values::Numeric(Parts {
            train: numbers(columns.train),
            validation: columns.validation.map(numbers),
            test: numbers(columns.test),
            synthetic: Vec::new(),
        }),
    };
    Judged {
        name: spec.name.clone(),
        date: matches!(spec.kind, Kind::Datetime { .. }),
        values,
    }
}

/// The cells as numbers; what is none is missing.
fn numbers(column: &Column) -> Vec<f64> {
    let parse = |s: &str| s.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    let nan = |x: Option<f64>| x.unwrap_or(f64::NAN);
    match column {
        Column::Levels(l) => {
            let of: Vec<f64> = l.levels.iter().map(|s| nan(parse(s))).collect();
            l.codes
                .iter()
                .map(|&c| of.get(c as usize).copied().unwrap_or(f64::NAN))
                .collect()
        }
        Column::Strings(v) => v
            .iter()
            .map(|s| nan(s.as_deref().and_then(parse)))
            .collect(),
        _ => column.numbers().map_or_else(Vec::new, Cow::into_owned),
    }
}

/// The codes of a column in its own dictionary, whatever its storage.
fn own_levels(column: &Column) -> Cow<'_, Levels> {
    let text = |v: Vec<Option<String>>| Levels::from_values(v.iter().map(Option::as_deref));
    match column {
        Column::Levels(l) => Cow::Borrowed(l),
        Column::Strings(v) => Cow::Owned(Levels::from_values(v.iter().map(Option::as_deref))),
        Column::Integers(v) | Column::Instants(v) => {
            Cow::Owned(text(v.iter().map(|x| x.map(|x| x.to_string())).collect()))
        }
        Column::Numbers(v) => Cow::Owned(text(
            (v.iter().map(|x| (!x.is_nan()).then(|| x.to_string()))).collect(),
        )),
    }
}

/// The real rows of a column in one dictionary.
fn align(columns: &Parts<&Column>) -> Aligned {
    let train = own_levels(columns.train);
    // Levels are numbers when all that the training rows have are.
    let numbers = (train.levels.iter().zip(used(&train)))
        .all(|(name, used)| !used || number_key(name).is_some());
    let mut dictionary = Dictionary {
        numbers,
        levels: Vec::new(),
        at: HashMap::new(),
    };
    let train = dictionary.codes(&train);
    let validation = (columns.validation).map(|c| dictionary.codes(&own_levels(c)));
    let test = dictionary.codes(&own_levels(columns.test));
    let missing = dictionary.levels.len() as u32;
    let known = |codes: Vec<Option<u32>>| -> Vec<u32> {
        codes.into_iter().map(|c| c.unwrap_or(missing)).collect()
    };
    let codes = Parts {
        train: known(train),
        validation: validation.map(known),
        test: known(test),
        synthetic: Vec::new(),
    };
    dictionary.levels.push(NA.to_owned());
    Aligned {
        levels: dictionary.levels,
        codes,
        missing,
        numbers,
    }
}

impl Aligned {
    /// Adds the synthetic rows, with the levels that only they have at the end.
    fn add_synthetic(&mut self, column: &Column) {
        let missing = self.missing;
        let mut dictionary = Dictionary {
            numbers: self.numbers,
            at: HashMap::new(),
            levels: std::mem::take(&mut self.levels),
        };
        for (code, name) in dictionary.levels.iter().enumerate() {
            if code as u32 != missing {
                let key = dictionary.key(name);
                dictionary.at.insert(key, code as u32);
            }
        }
        let codes = dictionary.codes(&own_levels(column));
        self.codes.synthetic = codes.into_iter().map(|c| c.unwrap_or(missing)).collect();
        self.levels = dictionary.levels;
    }
}

/// Level names and their codes, while tables are brought into one dictionary.
struct Dictionary {
    numbers: bool,
    levels: Vec<String>,
    at: HashMap<String, u32>,
}

impl Dictionary {
    fn key(&self, name: &str) -> String {
        let number = self.numbers.then(|| number_key(name)).flatten();
        number.unwrap_or_else(|| name.to_owned())
    }

    /// The codes of a column's cells, `None` for missing; new levels are added.
    fn codes(&mut self, column: &Levels) -> Vec<Option<u32>> {
        let map: Vec<Option<u32>> = (column.levels.iter().zip(used(column)))
            .map(|(name, used)| {
                let key = used.then(|| self.key(name))?;
                let next = self.levels.len() as u32;
                Some(*self.at.entry(key).or_insert_with(|| {
                    self.levels.push(name.clone());
                    next
                }))
            })
            .collect();
        (column.codes.iter())
            .map(|&c| map.get(c as usize).copied().flatten())
            .collect()
    }
}

/// Which levels of a dictionary occur.
fn used(column: &Levels) -> Vec<bool> {
    let mut used = vec![false; column.levels.len()];
    for &c in column.codes.iter().filter(|&&c| c != MISSING) {
        used[c as usize] = true;
    }
    used
}

/// One spelling for all spellings of a number (12 digits); `None` for other text.
fn number_key(s: &str) -> Option<String> {
    let x: f64 = s.trim().parse().ok()?;
    (!x.is_nan()).then(|| format!("{x:.11e}"))
}
