//! What a user may set, and the defaults that depend on the table's size.

use serde::{Deserialize, Serialize};
use verdancy_table::Schema;

use super::Checked;
use crate::adjust::{Answer, Symptoms};
use crate::neural::Precision;
use crate::params::Param;
use crate::parts::Parts;
use crate::recipe::Recipe;
use crate::search::Dimension;
use crate::{
    Mode, Model, Odd, Result, TableSize, arf, autoregressive, cart, copula, ctgan, polish, tabddpm,
    tvae,
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
    pub(super) fn recipe(&self) -> &dyn Recipe {
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
        Ok(Checked::of(self))
    }
}
