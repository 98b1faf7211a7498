//! A fitted model and its sampling in blocks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use verdancy_relations::Form;
use verdancy_table::{Protection, Schema, Table, fill::Filler};

use super::{Config, Manifest};
use crate::parts::{Parts, Tensor, damaged};
use crate::source::Source;
use crate::{BLOCK, Model, Progress, Result, Stop, Subjects, folder};

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
        let Parts { head, tensors } = self.model.parts();
        folder::save(dir.as_ref(), &tensors, |weights| Manifest {
            format: folder::FORMAT,
            verdancy: env!("CARGO_PKG_VERSION").to_owned(),
            config: self.config.clone(),
            schema: self.schema.as_ref().clone(),
            protect: self.protect,
            fill: self.fill.clone(),
            people: self.people.clone(),
            relations: self.relations.as_deref().cloned(),
            stop: self.stop,
            weights,
            history: (self.history.iter())
                .filter(|p| p.is_finite())
                .cloned()
                .collect(),
            head,
        })
    }

    /// Reads the model in the folder `dir`.
    ///
    /// # Errors
    /// `model/not-found`, `model/unreadable`, `model/too-large`, `model/format` for a format of
    /// another release, `model/damaged` for everything that is not as it was saved.
    pub fn load(dir: impl AsRef<Path>) -> Result<Fitted> {
        let dir = dir.as_ref();
        let manifest: Manifest = folder::manifest(dir)?;
        let tensors = folder::tensors(dir, &manifest.weights)?;
        rebuild(manifest, tensors).map_err(|e| e.in_file(dir))
    }

    /// Its rows, before they are dealt to people.
    fn source(&self) -> Source<'_> {
        Source {
            schema: &self.schema,
            fill: &self.fill,
            relations: self.relations.as_ref(),
            model: &*self.model,
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
        let source = self.source();
        let Some(people) = &self.people else {
            return source.rows(rows, seed);
        };
        let line = people.line(seed);
        source.cut(rows, people.pool_rows(), seed, |pool| {
            self.ruled(people.pool(&source, &line, pool, seed)?)
        })
    }
}

/// The model of a manifest and its tensors.
fn rebuild(manifest: Manifest, tensors: BTreeMap<String, Tensor>) -> Result<Fitted> {
    let parts = Parts {
        head: manifest.head,
        tensors,
    };
    manifest.fill.check(&manifest.schema)?;
    if let Some(people) = &manifest.people {
        people.check(&manifest.schema)?;
    }
    let form = match &manifest.relations {
        Some(form) => {
            form.check(&manifest.schema).map_err(|_| damaged())?;
            form.schema()
        }
        None => &manifest.schema,
    };
    let config = manifest.config.check(&manifest.schema)?.config().clone();
    let model = config.restore(form, parts)?;
    Ok(Fitted {
        schema: Arc::new(manifest.schema),
        config,
        history: manifest.history,
        stop: manifest.stop,
        protect: manifest.protect,
        fill: manifest.fill,
        people: manifest.people,
        relations: manifest.relations.map(Arc::new),
        model,
    })
}
