//! What a user may set, and the defaults that depend on the table's size.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use verdancy_relations::Form;
use verdancy_table::{Schema, Table};

use crate::adjust::{Answer, Symptoms};
use crate::checkpoint::of_prepared;
use crate::data::Prepared;
use crate::model::Learned;
use crate::neural::Precision;
use crate::params::Param;
use crate::parts::Parts;
use crate::recipe::Recipe;
use crate::search::Dimension;
use crate::session::Session;
use crate::{
    Checkpoints, Cost, Fitted, Mode, Model, Odd, Peek, Result, Run, TableSize, TrainingData,
    Unfitted, arf, autoregressive, cart, copula, ctgan, polish, tabddpm, tvae,
};

/// A synthesizer by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Diffusion over mixed columns.
    Tabddpm,
    /// A multivariate normal behind the columns' marginals.
    GaussianCopula,
    /// Sequential classification and regression trees.
    Cart,
    /// Adversarial random forests.
    Arf,
    /// A variational autoencoder.
    Tvae,
    /// A conditional generative adversarial network.
    Ctgan,
    /// An autoregressive network of any order.
    Autoregressive,
}

/// A method with its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Config {
    /// Diffusion.
    Tabddpm(tabddpm::Params),
    /// Copula.
    GaussianCopula(copula::Params),
    /// Trees.
    Cart(cart::Params),
    /// Forests.
    Arf(arf::Params),
    /// Autoencoder.
    Tvae(tvae::Params),
    /// Adversarial network.
    Ctgan(ctgan::Params),
    /// Autoregressive network.
    Autoregressive(autoregressive::Params),
}

impl Method {
    /// All methods.
    pub const ALL: [Method; 7] = [
        Method::Tabddpm,
        Method::GaussianCopula,
        Method::Cart,
        Method::Arf,
        Method::Tvae,
        Method::Ctgan,
        Method::Autoregressive,
    ];

    /// Name as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Method::Tabddpm => "tabddpm",
            Method::GaussianCopula => "gaussian_copula",
            Method::Cart => "cart",
            Method::Arf => "arf",
            Method::Tvae => "tvae",
            Method::Ctgan => "ctgan",
            Method::Autoregressive => "autoregressive",
        }
    }

    /// Name as people write it.
    pub fn title(self) -> &'static str {
        match self {
            Method::Tabddpm => "TabDDPM",
            Method::GaussianCopula => "Gaussian copula",
            Method::Cart => "CART",
            Method::Arf => "ARF",
            Method::Tvae => "TVAE",
            Method::Ctgan => "CTGAN",
            Method::Autoregressive => "Autoregressive",
        }
    }

    /// The method with this [name](Method::name).
    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|m| m.name() == name)
    }

    /// True when it learns in passes over the rows, and so has a loss for each.
    pub fn has_epochs(self) -> bool {
        self.params().iter().any(|p| p.name == "n_iter")
    }

    /// True when its training loss falls as it learns; the losses of adversarial networks say nothing
    /// alone.
    pub fn loss_falls(self) -> bool {
        self != Method::Ctgan
    }

    /// Its parameter table.
    pub fn params(self) -> Vec<Param> {
        match self {
            Method::Tabddpm => tabddpm::Params::table(),
            Method::GaussianCopula => copula::Params::table(),
            Method::Cart => cart::Params::table(),
            Method::Arf => arf::Params::table(),
            Method::Tvae => tvae::Params::table(),
            Method::Ctgan => ctgan::Params::table(),
            Method::Autoregressive => autoregressive::Params::table(),
        }
    }
}

impl Config {
    /// The defaults of `method` for a table of `size` in `mode`.
    pub fn defaults(method: Method, size: TableSize, mode: Mode) -> Config {
        match method {
            Method::Tabddpm => Config::Tabddpm(tabddpm::defaults(size, mode)),
            Method::GaussianCopula => Config::GaussianCopula(copula::Params::default()),
            Method::Cart => Config::Cart(cart::defaults(size, mode)),
            Method::Arf => Config::Arf(arf::defaults(size, mode)),
            Method::Tvae => Config::Tvae(tvae::defaults(size, mode)),
            Method::Ctgan => Config::Ctgan(ctgan::defaults(size, mode)),
            Method::Autoregressive => Config::Autoregressive(autoregressive::defaults(size, mode)),
        }
    }

    /// Which method this configures.
    pub fn method(&self) -> Method {
        match self {
            Config::Tabddpm(_) => Method::Tabddpm,
            Config::GaussianCopula(_) => Method::GaussianCopula,
            Config::Cart(_) => Method::Cart,
            Config::Arf(_) => Method::Arf,
            Config::Tvae(_) => Method::Tvae,
            Config::Ctgan(_) => Method::Ctgan,
            Config::Autoregressive(_) => Method::Autoregressive,
        }
    }

    /// What the method is.
    fn recipe(&self) -> &dyn Recipe {
        match self {
            Config::Tabddpm(p) => p,
            Config::GaussianCopula(p) => p,
            Config::Cart(p) => p,
            Config::Arf(p) => p,
            Config::Tvae(p) => p,
            Config::Ctgan(p) => p,
            Config::Autoregressive(p) => p,
        }
    }

    fn recipe_mut(&mut self) -> &mut dyn Recipe {
        match self {
            Config::Tabddpm(p) => p,
            Config::GaussianCopula(p) => p,
            Config::Cart(p) => p,
            Config::Arf(p) => p,
            Config::Tvae(p) => p,
            Config::Ctgan(p) => p,
            Config::Autoregressive(p) => p,
        }
    }

    /// Arithmetic of training.
    pub fn precision(&self) -> Precision {
        self.recipe().precision()
    }

    /// Sweeps that are put over its rows.
    pub fn polish(&self) -> u32 {
        self.recipe().polish()
    }

    /// Parameters outside their recommended ranges.
    pub fn odd(&self) -> Vec<Odd> {
        self.recipe().odd()
    }

    /// Changes what may correct an attempt with these symptoms; nothing changes unless the answer says so.
    pub fn adjust(&mut self, symptoms: &Symptoms) -> Answer {
        self.recipe_mut().adjust(symptoms)
    }

    /// The parameters that a search goes through.
    pub fn search(&self) -> &'static [Dimension] {
        self.recipe().search()
    }

    /// Rebuilds a model from its parts; `form` are the columns that it draws.
    ///
    /// # Errors
    /// `model/damaged` when the parts do not fit together.
    pub(crate) fn restore(&self, form: &Schema, parts: Parts) -> Result<Box<dyn Model>> {
        polish::restore(parts, |parts| self.recipe().restore(form, parts))
    }

    /// Sets one parameter by name, the value as text (`hidden`, `512`).
    ///
    /// # Errors
    /// `config/unknown-parameter` or `config/bad-value`.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        self.recipe_mut().set(name, value)
    }

    /// Checks the values against their ranges.
    ///
    /// # Errors
    /// `config/out-of-range`.
    pub fn in_range(&self) -> Result<()> {
        self.recipe().check()
    }

    /// Checks the values against their ranges and the schema.
    ///
    /// # Errors
    /// `config/out-of-range`, and what the method says of the schema.
    pub fn check(self, _schema: &Schema) -> Result<Checked> {
        self.in_range()?;
        Ok(Checked {
            config: self,
            relations: None,
        })
    }
}

/// A configuration that was checked against a schema: the only thing that can be fitted.
#[derive(Debug, Clone)]
pub struct Checked {
    config: Config,
    relations: Option<Arc<Form>>,
}

impl Checked {
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

    /// Learns rows in the form that they were prepared in. Samples on the way are shown as tables of `schema`.
    fn learn(
        &self,
        schema: &Arc<Schema>,
        data: &Prepared,
        run: &mut Run<'_>,
    ) -> Result<Learned, Unfitted> {
        let method = self.config.method();
        let fingerprint = match &run.checkpoint {
            Some(_) if method.has_epochs() => of_prepared(&self.config, data, run),
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
