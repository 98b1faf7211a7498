//! Rows around cells that are given.
//!
//! A fitted model draws whole rows. To draw the rest of a row whose cells in some columns are known,
//! [`Conditional`] lets the model draw a pool of rows, and grows trees on them in which the known columns come first
//! (sequential CART: Reiter 2005). So conditions work for every method, are kept exactly and without rejection, and
//! cost no privacy: whatever is computed from a model's own rows says no more than the model does (post-processing).
//! The rules between columns are found anew in the pool, around the known columns: with a total that is given, one of
//! its terms is what is computed.

use std::collections::HashSet;
use std::sync::Arc;

use rayon::prelude::*;
use verdancy_relations::Form;
use verdancy_table::{Column, Protection, Schema, Table};

use crate::cart::{self, Cart};
use crate::encode::modelled;
use crate::rules::Kept;
use crate::{BLOCK, Error, Fitted, Result};

/// Rows of the pool.
const POOL: u64 = 32_768;
/// Pools that are looked through, at most, for levels which the first one lacks.
const PARTS: u64 = 4;
/// The pool's seed: what is learned from it depends on the model alone.
const SEED: u64 = 0x636f_6e64;
/// Times that a row is drawn again which breaks a rule.
const RETRIES: u64 = 20;
/// Fewest rows of the pool in a leaf.
const LEAF: u32 = 10;

/// Rows with cells that were given.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The rows.
    pub table: Table,
    /// Rows for which no draw keeps all rules: what is given leaves no room for it.
    pub in_conflict: usize,
}

/// A model that draws rows around given columns.
pub struct Conditional<'a> {
    fitted: &'a Fitted,
    /// The rules of the pool, around what is given.
    form: Option<Form>,
    /// The rules that the user added.
    rules: Option<Kept>,
    trees: Cart,
    /// Positions of the given columns in the schema.
    given: Vec<usize>,
    /// Their positions among the columns that the trees draw.
    places: Vec<usize>,
    pool: Table,
}

impl<'a> Conditional<'a> {
    /// Prepares for rows of `fitted` of which the columns called `names` are given. `held` are cells that are known
    /// already, by the place of their column among `names`: rows with their levels are looked for beyond the pool
    /// where it has none.
    ///
    /// # Errors
    /// `condition/unknown-column`, `condition/key-column` for a column that models replace.
    pub fn learn(
        fitted: &'a Fitted,
        names: &[String],
        held: &[(usize, &Column)],
    ) -> Result<Conditional<'a>> {
        let given = positions(&fitted.schema, names)?;
        let held: Vec<(usize, &Column)> = held
            .iter()
            .map(|(place, column)| (given[*place], *column))
            .collect();
        let pool = pool(fitted, &held)?;
        let form = (fitted.relations.as_ref())
            .and_then(|_| Form::learn_around(&pool, Protection::OFF, names));
        let rows = match &form {
            Some(form) => form.encode(&pool)?,
            None => pool.clone(),
        };
        let drawn = modelled(&rows);
        let place = |name: &String| {
            let at = rows.schema().position(name);
            at.and_then(|at| drawn.iter().position(|d| *d == at))
        };
        let places: Vec<usize> = (names.iter())
            .map(|name| place(name).ok_or_else(|| Error::internal("a given column is not drawn")))
            .collect::<Result<_>>()?;
        let params = cart::Params {
            min_samples_leaf: LEAF,
            ..cart::Params::default()
        };
        Ok(Conditional {
            trees: cart::conditional(&params, &rows, &places),
            rules: Kept::of(&fitted.schema, None)?,
            fitted,
            form,
            given,
            places,
            pool,
        })
    }

    /// Rows that the model drew, from which levels and ranges are known.
    pub fn pool(&self) -> &Table {
        &self.pool
    }

    /// The given columns of block `block`, drawn too, but those in `fixed` (by their place among the given ones).
    pub fn draw_given(
        &self,
        fixed: &[(usize, Column)],
        seed: u64,
        block: u64,
    ) -> Result<Vec<Column>> {
        let fixed: Vec<(usize, Column)> = (fixed.iter())
            .map(|(at, column)| (self.places[*at], column.clone()))
            .collect();
        let mut drawn = self.trees.around(&fixed, self.places.len(), seed, block);
        (self.places.iter())
            .map(|place| drawn[*place].take())
            .map(|column| column.ok_or_else(|| Error::internal("a given column is not drawn")))
            .collect()
    }

    /// Rows `first ..` of the sample with `seed`, whose given columns, in the order of their names, are `given`. `first` is a
    /// multiple of [`BLOCK`].
    ///
    /// # Errors
    /// An internal error when `given` are other columns.
    pub fn rows(&self, given: &[Column], first: u64, seed: u64) -> Result<Drawn> {
        let rows = given.first().map_or(0, Column::len);
        if given.len() != self.given.len() || given.iter().any(|c| c.len() != rows) {
            return Err(Error::internal("other columns are given than were named"));
        }
        let blocks: Vec<(Table, usize)> = (0..rows.div_ceil(BLOCK))
            .into_par_iter()
            .map(|number| {
                let from = number * BLOCK;
                let to = rows.min(from + BLOCK);
                let own: Vec<Column> = given.iter().map(|c| c.slice(from..to)).collect();
                self.block(&own, first / BLOCK as u64 + number as u64, seed)
            })
            .collect::<Result<_>>()?;
        let in_conflict = blocks.iter().map(|b| b.1).sum();
        let parts = blocks.into_iter().map(|b| b.0).collect();
        let table = Table::concat(&self.fitted.schema, parts)?;
        let decided = (self.form.as_ref()).map_or_else(Vec::new, Form::marked);
        Ok(Drawn {
            table: (self.fitted.fill).marked(table, first, seed, &decided),
            in_conflict,
        })
    }

    /// One block, and how many of its rows break a rule.
    fn block(&self, given: &[Column], block: u64, seed: u64) -> Result<(Table, usize)> {
        let mut best = self.attempt(given, block, seed, 0)?;
        let mut broken = self.broken(&best)?;
        for retry in 1..=RETRIES {
            if broken.is_empty() {
                break;
            }
            let next = self.attempt(given, block, seed, retry)?;
            let wrong = self.broken(&next)?;
            let rows = best.rows();
            let still: Vec<usize> = (broken.iter().copied())
                .filter(|row| wrong.contains(row))
                .collect();
            let better = |row: usize| broken.contains(&row) && !still.contains(&row);
            let from: Vec<usize> = (0..rows)
                .map(|row| if better(row) { rows + row } else { row })
                .collect();
            let schema = &self.fitted.schema;
            best = Table::concat(schema, vec![best, next])?.take(&from);
            broken = still;
        }
        Ok((best, broken.len()))
    }

    /// One draw of a block.
    fn attempt(&self, given: &[Column], block: u64, seed: u64, retry: u64) -> Result<Table> {
        let rows = given.first().map_or(0, Column::len);
        // A block is always drawn whole.
        let filled: Vec<usize> = (0..BLOCK).map(|row| row.min(rows.max(1) - 1)).collect();
        let fixed: Vec<(usize, Column)> = (self.places.iter().zip(given))
            .map(|(place, column)| (*place, column.take(&filled)))
            .collect();
        let drawn = (self.trees)
            .around(&fixed, usize::MAX, seed.wrapping_add(retry << 40), block)
            .into_iter()
            .map(|column| Some(column?.slice(0..rows)))
            .collect::<Option<Vec<Column>>>()
            .ok_or_else(|| Error::internal("a column has no trees"))?;
        let schema = &self.fitted.schema;
        let drawn = match &self.form {
            Some(form) => form.decode(schema, drawn)?,
            None => drawn,
        };
        let mut drawn = drawn.into_iter();
        let numbers = block * BLOCK as u64..block * BLOCK as u64 + rows as u64;
        let columns = (schema.columns.iter().enumerate())
            .map(|(at, spec)| {
                let own = match spec.kind.is_modelled() {
                    true => {
                        (drawn.next()).ok_or_else(|| Error::internal("a column is not drawn"))?
                    }
                    false => self.fitted.fill.column(at, numbers.clone(), seed),
                };
                let known = self.given.iter().position(|g| *g == at);
                Ok(known.map_or(own, |known| given[known].clone()))
            })
            .collect::<Result<Vec<Column>>>()?;
        let table = Table::new(schema.clone(), columns)?;
        let Some(rules) = &self.rules else {
            return Ok(table);
        };
        // What is given stays, also where a rule defines it.
        let mut columns = rules.defined(table)?.columns().to_vec();
        for (at, column) in self.given.iter().zip(given) {
            columns[*at] = column.clone();
        }
        Table::new(schema.clone(), columns)
    }

    /// Rows of `table` that break a rule, found or added.
    fn broken(&self, table: &Table) -> Result<Vec<usize>> {
        let mut wrong = match &self.fitted.relations {
            Some(form) => form.broken_rows(table)?,
            None => vec![false; table.rows()],
        };
        for row in (self.rules.iter()).flat_map(|rules| rules.against_added(table)) {
            wrong[row] = true;
        }
        Ok((0..wrong.len()).filter(|row| wrong[*row]).collect())
    }
}

/// The levels that a column has.
fn levels(column: &Column) -> HashSet<String> {
    let all = column.levels().into_iter();
    let all = all.flat_map(|l| (0..l.codes.len()).filter_map(move |row| l.get(row)));
    all.map(str::to_owned).collect()
}

/// Rows that the model draws; behind them, such as hold a level of `held` that these lack.
fn pool(fitted: &Fitted, held: &[(usize, &Column)]) -> Result<Table> {
    let mut pool = fitted.sample_all(0..POOL, SEED)?;
    let lacks = |pool: &Table| -> Vec<(usize, HashSet<String>)> {
        let of = |(at, column): &(usize, &Column)| {
            let known = levels(pool.column(*at));
            let new: HashSet<String> = levels(column).difference(&known).cloned().collect();
            (!new.is_empty()).then_some((*at, new))
        };
        held.iter().filter_map(of).collect()
    };
    for part in 1..PARTS {
        let lacking = lacks(&pool);
        if lacking.is_empty() {
            break;
        }
        let more = fitted.sample_all(part * POOL..(part + 1) * POOL, SEED)?;
        let holds = |row: &usize| {
            lacking.iter().any(|(at, new)| {
                let own = more.column(*at).levels().and_then(|l| l.get(*row));
                own.is_some_and(|l| new.contains(l))
            })
        };
        let rows: Vec<usize> = (0..more.rows()).filter(holds).collect();
        pool = Table::concat(&fitted.schema, vec![pool, more.take(&rows)])?;
    }
    Ok(pool)
}

/// Positions of columns that can be given.
fn positions(schema: &Arc<Schema>, names: &[String]) -> Result<Vec<usize>> {
    (names.iter())
        .map(|name| {
            let at = schema.position(name).ok_or_else(|| {
                Error::input(
                    "condition/unknown-column",
                    format!("The model has no column called `{name}`."),
                    "Leave it out, or correct its name.",
                )
                .in_column(name)
            })?;
            match schema.columns[at].kind.is_modelled() {
                true => Ok(at),
                false => Err(Error::input(
                    "condition/key-column",
                    format!("The values of `{name}` are replaced, not learned, so that they cannot be given."),
                    "Leave the column out.",
                )
                .in_column(name)),
            }
        })
        .collect()
}
