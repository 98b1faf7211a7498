//! A fitted model and its sampling in blocks.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use verdancy_relations::Form;
use verdancy_table::{Column, Protection, Schema, Table, fill::Filler};

use crate::rules::Kept;
use crate::subjects::Subjects;
use crate::{BLOCK, Config, Model, Progress, Result, Stop};

/// Blocks handed out together; bounds memory while streaming.
const CHUNK: u64 = 64;

/// A fitted synthesizer: the only thing that can sample.
pub struct Fitted {
    /// The columns it returns.
    pub schema: Arc<Schema>,
    /// The configuration it was fitted with.
    pub config: Config,
    /// The training history, empty for methods without one.
    pub history: Vec<Progress>,
    /// Why training ended.
    pub stop: Stop,
    /// How many people share each value that it holds.
    pub protect: Protection,
    /// Columns that are regenerated.
    pub fill: Filler,
    /// How rows belong to people, where the table names whose row a row is.
    pub people: Option<Subjects>,
    /// Rules between columns that its rows keep; the model draws rows in their form.
    pub relations: Option<Arc<Form>>,
    /// The model proper.
    pub model: Box<dyn Model>,
}

impl Fitted {
    /// A model of `train`, learned in one go, whose rows keep no rules and are each a person.
    pub(crate) fn of(
        train: &Table,
        config: Config,
        (protect, fill): (Protection, Filler),
        model: impl Model + 'static,
    ) -> Fitted {
        Fitted {
            schema: train.schema().clone(),
            config,
            history: Vec::new(),
            stop: Stop::Completed,
            protect,
            fill,
            people: None,
            relations: None,
            model: Box::new(model),
        }
    }

    /// Rows `rows` of the sample with `seed`, in tables of at most 16,384 rows, in order; each is
    /// drawn when asked for, on all threads of the current rayon pool.
    pub fn sample(&self, rows: Range<u64>, seed: u64) -> impl Iterator<Item = Result<Table>> + '_ {
        let block = BLOCK as u64;
        let mut at = rows.start;
        std::iter::from_fn(move || {
            if at >= rows.end {
                return None;
            }
            let end = rows.end.min((at / (block * CHUNK) + 1) * block * CHUNK);
            let range = at..end;
            at = end;
            Some(self.chunk(range, seed))
        })
    }

    /// Rows `rows` as one table.
    ///
    /// # Errors
    /// As [`Model::sample_block`].
    pub fn sample_all(&self, rows: Range<u64>, seed: u64) -> Result<Table> {
        let parts: Vec<Table> = self.sample(rows, seed).collect::<Result<_>>()?;
        Table::concat(&self.schema, parts)
    }

    /// The same model with another number of network calls per row (TabDDPM's masked process; other
    /// models are unchanged): fewer are faster, more follow the learned distribution closer.
    ///
    /// # Errors
    /// `config/out-of-range`.
    pub fn with_sampler_steps(mut self, steps: u32) -> Result<Fitted> {
        if let Config::Tabddpm(p) = &mut self.config {
            p.sampler_steps = steps;
            p.check()?;
            let form = (self.relations.as_ref()).map_or(&*self.schema, |form| form.schema());
            self.model = self.config.restore(form, self.model.parts())?;
        }
        Ok(self)
    }

    /// Writes the model to the folder `dir` (created, or replaced when it holds a model): beside it
    /// first and then renamed, so that `dir` is never half written.
    ///
    /// # Errors
    /// `model/not-a-model` when `dir` holds something else, `model/too-large`, `model/unwritable`.
    pub fn save(&self, dir: impl AsRef<Path>) -> Result<()> {
        crate::file::save(self, dir.as_ref())
    }

    /// Reads the model in the folder `dir`.
    ///
    /// # Errors
    /// `model/not-found`, `model/unreadable`, `model/too-large`, `model/format` for a format of
    /// another release, `model/damaged` for everything that is not as it was saved.
    pub fn load(dir: impl AsRef<Path>) -> Result<Fitted> {
        crate::file::load(dir.as_ref())
    }

    /// The modelled columns of a block, with all rules kept.
    pub(crate) fn modelled(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        let decoded = |seed: u64| {
            let drawn = self.model.sample_block(seed, block)?;
            match &self.relations {
                Some(form) => form.decode(&self.schema, drawn),
                None => Ok(drawn),
            }
        };
        match Kept::of(&self.schema, self.relations.as_ref())? {
            Some(rules) => rules.keep(decoded(seed)?, |again| decoded(seed ^ again << 40)),
            None => decoded(seed),
        }
    }

    /// The rules once more, in rows that were dealt to people: what stays the same within a person came from
    /// another row.
    fn ruled(&self, table: Table) -> Result<Table> {
        match &self.relations {
            Some(form) => form.decode_table(&self.schema, &form.encode(&table)?),
            None => Ok(table),
        }
    }

    fn chunk(&self, rows: Range<u64>, seed: u64) -> Result<Table> {
        let unit = (self.people.as_ref()).map_or(BLOCK as u64, Subjects::pool_rows);
        let units = rows.start / unit..rows.end.div_ceil(unit);
        let first = units.start * unit;
        let people = self
            .people
            .as_ref()
            .map(|people| (people, people.line(seed)));
        let drawn: Vec<Table> = units
            .into_par_iter()
            .map(|number| match &people {
                Some((people, line)) => self.ruled(people.pool(self, line, number, seed)?),
                None => self.block(number, seed),
            })
            .collect::<Result<_>>()?;
        let decided = (self.relations.as_ref()).map_or_else(Vec::new, |form| form.marked());
        let whole = Table::concat(&self.schema, drawn)?;
        let whole = self.fill.marked(whole, first, seed, &decided);
        let (from, to) = ((rows.start - first) as usize, (rows.end - first) as usize);
        Ok(if from == 0 && to == whole.rows() {
            whole
        } else {
            whole.slice(from..to)
        })
    }

    /// Block `block` of a table whose rows are each a person.
    fn block(&self, block: u64, seed: u64) -> Result<Table> {
        let rows = block * BLOCK as u64..(block + 1) * BLOCK as u64;
        let mut modelled = self.modelled(seed, block)?.into_iter();
        let columns = (self.schema.columns.iter().enumerate())
            .map(|(i, spec)| {
                if spec.kind.is_modelled() {
                    modelled
                        .next()
                        .ok_or_else(|| crate::Error::internal("a model left out a column"))
                } else {
                    Ok(self.fill.column(i, rows.clone(), seed))
                }
            })
            .collect::<Result<Vec<_>>>()?;
        Table::new(self.schema.clone(), columns)
    }
}
