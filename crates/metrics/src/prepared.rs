//! The common view of the four tables that every figure is computed from.
//!
//! To the writers of figures: each group of metrics is a module with one door,
//! `pub(crate) fn scores(p: &Prepared) -> Result<Vec<Score>>` ([`crate::detection`],
//! [`crate::utility`], [`crate::privacy`], [`crate::fidelity`]); [`judge`](crate::judge) calls them
//! and holds the gates against what they return. Conventions:
//!
//! - [`Prepared::columns`] are the modelled columns of the training table, in its order; keys,
//!   names, notes and constants are left out. Dates are numeric (microseconds).
//! - Numeric cells are `f64`, missing is NaN. Levels are codes below [`Aligned::levels`]`.len()`
//!   in one dictionary for all four tables, in which missing is a level of its own
//!   ([`Aligned::missing`], named [`NA`]), and `1` and `1.0` are one level.
//! - `value` is the synthetic rows' figure, `floor` the same figure with real rows in their place
//!   (for scores of trained models: trained on the real training rows), `floor_interval` what a
//!   fresh real sample of the size of the synthetic rows would score. A gate that is not kept is
//!   "inconclusive" when `floor_interval` reaches over its limit too, so leave it `None` only where
//!   the number of rows cannot be the reason.
//! - A figure that does not apply has `value: None` and says why in `note`; its gate is then left
//!   out. `auroc` and `c_index` gates are left out where `floor` does not reach the limit;
//!   `utility_kept` is `None` where training on real rows learns nothing. The gate on
//!   `duplicates` is held against `value - floor`, so give both rates.
//! - Seeds: `ChaCha8Rng::seed_from_u64(p.seed)` with a `set_stream` of the module's own.

use std::borrow::Cow;
use std::collections::HashMap;

use rayon::prelude::*;
use verdancy_table::{Column, Error, Kind, MISSING, Table, Task};

use crate::{Inputs, Result};

/// The name of the level that missing cells are.
pub(crate) const NA: &str = "<na>";

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

/// A categorical or boolean column in one dictionary.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Aligned {
    /// Level names as first written, training rows' first; the last is [`NA`].
    pub levels: Vec<String>,
    /// Codes below `levels.len()`.
    pub codes: Parts<Vec<u32>>,
}

impl Aligned {
    /// The code of missing cells: the last level, there even when no cell is missing.
    pub fn missing(&self) -> u32 {
        self.levels.len() as u32 - 1
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
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prepared {
    /// Judged columns, in the training table's order.
    pub columns: Vec<Judged>,
    /// Row counts.
    pub rows: Parts<usize>,
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
}

impl Prepared {
    /// Brings the tables into one view. The training table's schema says which columns are judged
    /// and as what; columns are found by name, so order does not matter, and a column that another
    /// table stores otherwise is converted.
    ///
    /// # Errors
    /// `metrics/schema-mismatch` when a judged column is not there; `metrics/no-rows`.
    pub fn new(inputs: &Inputs<'_>) -> Result<Prepared> {
        let tables = Parts {
            train: inputs.train,
            validation: inputs.validation.filter(|v| v.rows() > 0),
            test: inputs.test,
            synthetic: inputs.synthetic,
        };
        for (name, table) in [
            ("training", tables.train),
            ("test", tables.test),
            ("synthetic", tables.synthetic),
        ] {
            if table.rows() == 0 {
                return Err(Error::input(
                    "metrics/no-rows",
                    format!("The {name} table has no rows."),
                    "Judge tables that have at least one row each.",
                ));
            }
        }
        let schema = tables.train.schema();
        let judged: Vec<usize> = (0..schema.columns.len())
            .filter(|&i| schema.columns[i].kind.is_modelled())
            .collect();
        for &i in &judged {
            let name = &schema.columns[i].name;
            for (which, table) in [
                ("validation", tables.validation),
                ("test", Some(tables.test)),
                ("synthetic", Some(tables.synthetic)),
            ] {
                if table.is_some_and(|t| t.schema().position(name).is_none()) {
                    return Err(Error::input(
                        "metrics/schema-mismatch",
                        format!("The {which} table lacks a column that the training table has."),
                        "Give tables with the same column names.",
                    )
                    .in_column(name.clone()));
                }
            }
        }
        let columns: Vec<Judged> = judged
            .par_iter()
            .map(|&i| judged_column(&tables, i))
            .collect();
        let place = |name: &str| columns.iter().position(|c| c.name == name);
        let survival = match &schema.task {
            Some(Task::Survival { time, event }) => place(time).zip(place(event)),
            _ => None,
        };
        Ok(Prepared {
            rows: tables.map(|t| t.rows()),
            target: schema.target.as_deref().and_then(place),
            task: schema.task.clone(),
            survival,
            missing: missing(&tables),
            columns,
            seed: inputs.seed,
        })
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

fn judged_column(tables: &Parts<&Table>, i: usize) -> Judged {
    let spec = &tables.train.schema().columns[i];
    // Presence was checked before; position 0 is never reached.
    let columns = tables.map(|t| t.column(t.schema().position(&spec.name).unwrap_or(0)));
    let values = match &spec.kind {
        Kind::Categorical | Kind::Boolean => Values::Levels(align(&columns)),
        _ => Values::Numeric(columns.map(|c| numbers(c))),
    };
    Judged {
        name: spec.name.clone(),
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
fn own_levels(column: &Column) -> Cow<'_, verdancy_table::Levels> {
    use verdancy_table::Levels;
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

fn align(columns: &Parts<&Column>) -> Aligned {
    let own = columns.map(|c| own_levels(c));
    let mut levels: Vec<String> = Vec::new();
    let mut at: HashMap<String, u32> = HashMap::new();
    let used = own.map(|l| {
        let mut used = vec![false; l.levels.len()];
        for &c in l.codes.iter().filter(|&&c| c != MISSING) {
            used[c as usize] = true;
        }
        used
    });
    // Levels are numbers when all that the training rows have are.
    let numbers = (own.train.levels.iter().zip(&used.train))
        .all(|(name, used)| !used || number_key(name).is_some());
    let mut map = |l: &verdancy_table::Levels, used: &[bool]| -> Vec<u32> {
        (l.levels.iter().zip(used))
            .map(|(name, &used)| {
                if !used {
                    return MISSING;
                }
                let key = numbers.then(|| number_key(name)).flatten();
                *at.entry(key.unwrap_or_else(|| name.clone()))
                    .or_insert_with(|| {
                        levels.push(name.clone());
                        levels.len() as u32 - 1
                    })
            })
            .collect()
    };
    let maps = Parts {
        train: map(&own.train, &used.train),
        validation: (own.validation.as_ref().zip(used.validation.as_ref())).map(|(l, u)| map(l, u)),
        test: map(&own.test, &used.test),
        synthetic: map(&own.synthetic, &used.synthetic),
    };
    let na = levels.len() as u32;
    levels.push(NA.to_owned());
    let recode = |l: &verdancy_table::Levels, m: &[u32]| {
        (l.codes.iter())
            .map(|&c| m.get(c as usize).copied().unwrap_or(na))
            .collect::<Vec<u32>>()
    };
    Aligned {
        codes: Parts {
            train: recode(&own.train, &maps.train),
            validation: (own.validation.as_ref())
                .zip(maps.validation.as_ref())
                .map(|(l, m)| recode(l, m)),
            test: recode(&own.test, &maps.test),
            synthetic: recode(&own.synthetic, &maps.synthetic),
        },
        levels,
    }
}

/// One spelling for all spellings of a number (12 digits); `None` for other text.
fn number_key(s: &str) -> Option<String> {
    let x: f64 = s.trim().parse().ok()?;
    (!x.is_nan()).then(|| format!("{x:.11e}"))
}
