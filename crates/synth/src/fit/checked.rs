//! A configuration that was checked, and learning with it.

use std::sync::Arc;

use verdancy_relations::Form;
use verdancy_table::{Schema, Table};

use super::{Config, Fitted, Run};
use crate::data::Prepared;
use crate::model::Learned;
use crate::print::{self, Grounds};
use crate::session::Session;
use crate::{Checkpoints, Cost, Peek, Result, TrainingData, Unfitted, polish};

/// A configuration that was checked against a schema: the only thing that can be fitted.
#[derive(Debug, Clone)]
pub struct Checked {
    config: Config,
    relations: Option<Arc<Form>>,
}

impl Checked {
    /// A configuration whose rows keep no rules.
    pub(super) fn of(config: Config) -> Checked {
        Checked {
            config,
            relations: None,
        }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The form that keeps the rules between columns.
    pub(crate) fn relations(&self) -> Option<&Arc<Form>> {
        self.relations.as_ref()
    }

    /// The same, for rows whose rules `relations` are kept by construction: learned are the rows in their form.
    #[must_use]
    pub fn keeping(self, relations: Option<Arc<Form>>) -> Checked {
        Checked { relations, ..self }
    }

    /// What learning `data` will take, counted.
    ///
    /// # Errors
    /// `synth/no-rows`, `synth/protect-too-large`.
    pub fn cost(&self, data: &TrainingData<'_>) -> Result<Cost> {
        let data = data.prepared(self.relations())?;
        let method = self.config.recipe().cost(&data);
        let polish = polish::cost(self.config.polish(), &data);
        Ok(Cost {
            flops: method.flops + polish.flops,
            bytes: method.bytes + polish.bytes,
        })
    }

    /// Learns the training rows of `data`; choices during the fit (when to stop) use its validation rows only.
    ///
    /// # Errors
    /// `synth/no-rows` without training rows, `synth/protect-too-large` with fewer people than
    /// have to share a value; [`Unfitted::Diverged`] when the loss is not finite.
    pub fn fit(&self, data: &TrainingData<'_>, run: &mut Run<'_>) -> Result<Fitted, Unfitted> {
        let prepared = data.prepared(self.relations())?;
        let learned = self.learn(data.train().schema(), &prepared, run)?;
        let (schema, fill) = match &self.relations {
            None => (prepared.train.schema(), prepared.filler().clone()),
            Some(_) => (data.train().schema(), data.filler()),
        };
        Ok(Fitted {
            schema: schema.clone(),
            config: self.config.clone(),
            history: learned.history,
            stop: learned.stop,
            protect: prepared.protect(),
            fill,
            people: data.people(),
            relations: self.relations.clone(),
            model: learned.model,
        })
    }

    /// A hash over everything that the course of a training on `data` depends on.
    pub(crate) fn fingerprint(&self, data: &Prepared, run: &Run<'_>) -> String {
        print::fingerprint(&Grounds {
            config: &self.config,
            data,
            seed: run.seed,
            start: run.start.map(|earlier| &*earlier.model),
            looks: run.peek.as_ref().map(|p| (p.at, p.rows, p.flat)),
            context: run.checkpoint.as_ref().map(|c| c.context),
        })
    }

    /// Learns rows in the form that they were prepared in. Samples on the way are shown as tables of `schema`.
    fn learn(
        &self,
        schema: &Arc<Schema>,
        data: &Prepared,
        run: &mut Run<'_>,
    ) -> Result<Learned, Unfitted> {
        let method = self.config.method();
        let fingerprint = match &run.checkpoint {
            Some(_) if method.has_epochs() => self.fingerprint(data, run),
            _ => String::new(),
        };
        let looks = run.peek.as_ref().map(|p| (p.at, p.rows, p.flat));
        let mut seen = run.peek.as_mut().map(|peek| &mut *peek.good);
        let mut good = |rows: &Table| {
            let Some(good) = seen.as_mut() else {
                return false;
            };
            match &self.relations {
                None => good(rows),
                Some(form) => form
                    .decode_table(schema, rows)
                    .is_ok_and(|rows| good(&rows)),
            }
        };
        let start = run
            .start
            .filter(|earlier| earlier.config.method() == method);
        let mut session = Session {
            seed: run.seed,
            cancel: run.cancel.clone(),
            deadline: run.deadline,
            clock: run.clock,
            start: start.map(|earlier| &*earlier.model),
            peek: looks.map(|(at, rows, flat)| Peek {
                at,
                rows,
                flat,
                good: &mut good,
            }),
            checkpoint: run.checkpoint.as_mut().map(|c| Checkpoints {
                every: c.every,
                context: c.context,
                resume: c.resume.take(),
                save: &mut *c.save,
            }),
            fingerprint,
            listen: &mut *run.listen,
        };
        let learned = self.config.recipe().fit(data, &mut session)?;
        Ok(polish::over(learned, self.config.polish(), data, &session))
    }
}
