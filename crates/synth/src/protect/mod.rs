//! Values of few people leave a table before anything learns from it.
//!
//! [`Pooling::learn`] decides on training rows: levels of a category that fewer people have than
//! the column's threshold go to a word for "other", rare values of discrete numbers are replaced by
//! the mean of a group of neighbours, and a column with fewer people than that is emptied.
//! [`Pooling::apply`] carries it out, on validation rows too. Numbers with many values are left to
//! [`Quantile::protected`](crate::encode::Quantile::protected), which needs the rows as they are.
//!
//! Each column has a threshold of its own, by chance up to two above the least, so that a level
//! which does not occur proves nothing about how many people have it.

mod levels;
mod numbers;

use std::collections::HashMap;

use rayon::prelude::*;
use verdancy_table::{Column, Protection, Table};

use crate::encode::is_discrete;
use crate::{Error, Result};

/// What a fit may say, and the seed that thresholds are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guard {
    /// How many people have to share a value.
    pub protect: Protection,
    /// The seed of the thresholds: the same for all models of a run.
    pub seed: u64,
}

impl Guard {
    /// No protection.
    pub const OFF: Guard = Guard {
        protect: Protection::OFF,
        seed: 0,
    };

    /// Fewest people behind a level of the column `name`.
    fn threshold(self, name: &str) -> usize {
        let hash = blake3::Hasher::new()
            .update(&self.seed.to_le_bytes())
            .update(name.as_bytes())
            .finalize();
        let more = usize::from(hash.as_bytes()[0]) % 3;
        let least = self.protect.levels();
        (least + more).min(self.protect.numbers().max(least))
    }
}

/// What became of a column's rare values, in counts only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pooled {
    /// Position of the column.
    pub column: usize,
    /// Levels or values that few people have.
    pub values: usize,
    /// Rows that had them.
    pub rows: usize,
    /// Where they went.
    pub to: PooledTo,
}

/// Where rare values went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PooledTo {
    /// To this word for "other".
    Other(String),
    /// To the most frequent level.
    Frequent,
    /// To means of neighbouring values.
    Neighbours,
    /// Nowhere: the cells are missing now.
    Missing,
}

/// The changes to each column.
#[derive(Debug, Clone, Default)]
pub struct Pooling {
    changes: Vec<Change>,
    /// What was pooled, by column.
    pub pooled: Vec<Pooled>,
}

#[derive(Debug, Clone)]
enum Change {
    None,
    /// Levels that become another one, or missing.
    Levels(HashMap<String, Option<String>>),
    /// Sorted values that become another.
    Numbers(Vec<(f64, f64)>),
    /// No value stays.
    Empty,
}

impl Pooling {
    /// Decides what is pooled, from training rows.
    ///
    /// # Errors
    /// `synth/protect-too-large` when the table has fewer people than values need.
    pub fn learn(train: &Table, guard: Guard) -> Result<Pooling> {
        if guard.protect.is_off() {
            return Ok(Pooling::default());
        }
        let subjects = train.subjects();
        let people = match &subjects {
            Some(_) => train.people(),
            None => train.rows(),
        };
        if people < guard.protect.numbers() && people > 0 {
            return Err(too_large(people));
        }
        let whose = Whose {
            subjects: subjects.as_deref(),
            people,
        };
        let specs = &train.schema().columns;
        let found: Vec<(Change, Option<Pooled>)> = (specs.par_iter().zip(train.columns()))
            .enumerate()
            .map(|(i, (spec, column))| {
                if !spec.kind.is_modelled() {
                    return (Change::None, None);
                }
                let least = guard.threshold(&spec.name);
                let (change, pooled) = match column {
                    Column::Levels(of) => levels::pool(of, least, &whose),
                    _ => numbers::pool(&spec.kind, column, least, guard.protect.numbers(), &whose),
                };
                (change, pooled.map(|p| Pooled { column: i, ..p }))
            })
            .collect();
        let (changes, pooled): (Vec<Change>, Vec<Option<Pooled>>) = found.into_iter().unzip();
        Ok(Pooling {
            changes,
            pooled: pooled.into_iter().flatten().collect(),
        })
    }

    /// A table of the same schema with its rare values pooled.
    ///
    /// # Errors
    /// An internal error when the table has another shape.
    pub fn apply(&self, table: &Table) -> Result<Table> {
        if self.pooled.is_empty() {
            return Ok(table.clone());
        }
        let columns = (self.changes.par_iter().zip(table.columns()))
            .map(|(change, column)| match (change, column) {
                (Change::Levels(map), Column::Levels(of)) => Column::Levels(levels::apply(of, map)),
                (Change::Numbers(map), column) => numbers::apply(column, map),
                (Change::Empty, column) => numbers::emptied(column),
                (_, column) => column.clone(),
            })
            .collect();
        Table::new(table.schema().clone(), columns)
    }
}

/// Whose row each row is.
struct Whose<'a> {
    subjects: Option<&'a [u32]>,
    people: usize,
}

impl Whose<'_> {
    fn row(&self, row: usize) -> u32 {
        self.subjects.map_or(row as u32, |of| of[row])
    }
}

fn too_large(people: usize) -> Error {
    Error::input(
        "synth/protect-too-large",
        format!("There are {people} people to learn from: fewer than have to share each value."),
        "Protect values of fewer people with --protect, or give a table of more people.",
    )
}
