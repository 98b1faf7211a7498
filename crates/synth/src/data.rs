//! The rows that a run learns from, and what every attempt makes of them, made once.
//!
//! [`TrainingData`] holds the training and validation rows as they are. What methods learn from is [`Prepared`]: rows in
//! the form that keeps the rules between columns, with values of few people pooled, then encoded. It is made when first
//! asked for and kept, so that first answers and attempts share it. (The probe of the time that a training takes has few
//! validation rows, and so data of its own.)

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use verdancy_relations::Form;
use verdancy_table::fill::Filler;
use verdancy_table::{Protection, Table};

use crate::encode::{Encoded, Encoder};
use crate::protect::{Guard, Pooling};
use crate::source::Source;
use crate::{Error, Model, Result, Subjects};

/// Training and validation rows, of one schema, and how their values are protected.
pub struct TrainingData<'a> {
    train: &'a Table,
    validation: &'a Table,
    guard: Guard,
    people: OnceLock<Option<Subjects>>,
    filler: OnceLock<Filler>,
    prepared: Mutex<Vec<(Kept, Arc<Prepared>)>>,
}

/// The form that keeps the rules between columns, if they are kept.
type Kept = Option<Arc<Form>>;

impl<'a> TrainingData<'a> {
    /// `train` is learned from; choices during a fit (when to stop) use `validation` only. Values that fewer people share
    /// than `guard` asks for are pooled before anything learns from them.
    pub fn new(train: &'a Table, validation: &'a Table, guard: Guard) -> TrainingData<'a> {
        TrainingData {
            train,
            validation,
            guard,
            people: OnceLock::new(),
            filler: OnceLock::new(),
            prepared: Mutex::default(),
        }
    }

    /// The training rows, as they are.
    pub fn train(&self) -> &'a Table {
        self.train
    }

    /// The validation rows, as they are.
    pub fn validation(&self) -> &'a Table {
        self.validation
    }

    /// How values are protected.
    pub fn guard(&self) -> Guard {
        self.guard
    }

    /// How rows belong to people, from all rows as they are: levels that are pooled may number a person's rows.
    pub(crate) fn people(&self) -> Option<Subjects> {
        let learn = || Subjects::learn(self.train, self.guard.protect);
        self.people.get_or_init(learn).clone()
    }

    /// What regenerates the columns that no model draws.
    pub(crate) fn filler(&self) -> Filler {
        let learn = || Filler::learn(self.train, self.guard.protect);
        self.filler.get_or_init(learn).clone()
    }

    /// What methods learn from, in the form `form`.
    ///
    /// # Errors
    /// `synth/no-rows` without training rows, `synth/protect-too-large` with fewer people than have to share a value.
    pub(crate) fn prepared(&self, form: Option<&Arc<Form>>) -> Result<Arc<Prepared>> {
        let same = |known: &Kept| match (known, form) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let mut made = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, prepared)) = made.iter().find(|(known, _)| same(known)) {
            return Ok(prepared.clone());
        }
        let prepared = Arc::new(self.prepare(form)?);
        made.push((form.cloned(), prepared.clone()));
        Ok(prepared)
    }

    fn prepare(&self, form: Option<&Arc<Form>>) -> Result<Prepared> {
        if self.train.rows() == 0 {
            return Err(Error::input(
                "synth/no-rows",
                "There are no rows to learn from.",
                "Give a table with rows.",
            ));
        }
        let pooled = |train: &Table, validation: &Table| -> Result<(Table, Table)> {
            let pooling = Pooling::learn(train, self.guard)?;
            Ok((pooling.apply(train)?, pooling.apply(validation)?))
        };
        let (train, validation) = match form {
            None => pooled(self.train, self.validation)?,
            Some(form) => pooled(&form.encode(self.train)?, &form.encode(self.validation)?)?,
        };
        Ok(Prepared::new(train, validation, self.guard))
    }
}

/// What a method learns from: rows in their form, with values of few people pooled, and their encoding.
pub(crate) struct Prepared {
    /// The rows to learn.
    pub train: Table,
    /// The rows for choices during the fit.
    pub validation: Table,
    /// How values are protected.
    pub guard: Guard,
    filler: OnceLock<Filler>,
    encoder: OnceLock<Encoder>,
    encoded: OnceLock<Encoded>,
    held: OnceLock<Encoded>,
}

impl Prepared {
    pub fn new(train: Table, validation: Table, guard: Guard) -> Prepared {
        Prepared {
            train,
            validation,
            guard,
            filler: OnceLock::new(),
            encoder: OnceLock::new(),
            encoded: OnceLock::new(),
            held: OnceLock::new(),
        }
    }

    /// How many people share a value.
    pub fn protect(&self) -> Protection {
        self.guard.protect
    }

    /// The encoder of the columns.
    pub fn encoder(&self) -> &Encoder {
        let fit = || Encoder::fit(&self.train, self.guard.protect);
        self.encoder.get_or_init(fit)
    }

    /// The rows to learn, encoded.
    pub fn encoded(&self) -> &Encoded {
        let encode = || self.encoder().encode(&self.train);
        self.encoded.get_or_init(encode)
    }

    /// The rows for choices, encoded.
    pub fn held(&self) -> &Encoded {
        let encode = || self.encoder().encode(&self.validation);
        self.held.get_or_init(encode)
    }

    /// What regenerates the columns that no model draws.
    pub fn filler(&self) -> &Filler {
        let learn = || Filler::learn(&self.train, self.guard.protect);
        self.filler.get_or_init(learn)
    }

    /// The first rows of the sample with `seed` of a model of these rows.
    ///
    /// # Errors
    /// As [`Model::sample_block`].
    pub fn preview(&self, model: &dyn Model, rows: u64, seed: u64) -> Result<Table> {
        let source = Source {
            schema: self.train.schema(),
            fill: self.filler(),
            relations: None,
            model,
        };
        source.rows(0..rows, seed)
    }
}
