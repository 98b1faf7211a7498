//! What a method is to the rest of the crate: a [`Recipe`] on its parameters. [`Config`](crate::Config) says
//! which one it is in one place and asks it for all else, so that a further method is one more implementation.

use verdancy_table::Schema;

use crate::adjust::{self, Answer, Symptoms};
use crate::data::Prepared;
use crate::model::Learned;
use crate::neural::Precision;
use crate::parts::Parts;
use crate::search::Dimension;
use crate::session::Session;
use crate::{
    Cost, Model, Result, TableSize, Unfitted, arf, autoregressive, cart, copula, ctgan, params,
    tabddpm, tvae,
};

/// A parameter outside the range that works on any table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odd {
    /// Parameter.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// What to use instead.
    pub good: f64,
}

/// A method with its parameters.
pub(crate) trait Recipe {
    /// Sweeps that are put over its rows.
    fn polish(&self) -> u32;

    /// Checks the values against their ranges.
    ///
    /// # Errors
    /// `config/out-of-range`.
    fn check(&self) -> Result<()>;

    /// Sets one parameter by name, the value as text.
    ///
    /// # Errors
    /// `config/unknown-parameter` or `config/bad-value`.
    fn set(&mut self, name: &str, value: &str) -> Result<()>;

    /// What learning `data` will take, counted, without the polish.
    fn cost(&self, data: &Prepared) -> Cost;

    /// Learns the training rows of `data`; choices during the fit use its validation rows only.
    ///
    /// # Errors
    /// As [`Checked::fit`](crate::Checked::fit).
    fn fit(&self, data: &Prepared, run: &mut Session<'_>) -> Result<Learned, Unfitted>;

    /// Rebuilds a model from its parts; `form` are the columns that it draws.
    ///
    /// # Errors
    /// `model/damaged` when the parts do not fit together.
    fn restore(&self, form: &Schema, parts: Parts) -> Result<Box<dyn Model>>;

    /// Arithmetic of training.
    fn precision(&self) -> Precision {
        Precision::Single
    }

    /// Parameters outside their recommended ranges.
    fn odd(&self) -> Vec<Odd> {
        Vec::new()
    }

    /// Changes what may correct an attempt with these symptoms.
    fn adjust(&mut self, symptoms: &Symptoms) -> Answer;

    /// The parameters that a search goes through.
    fn search(&self) -> &'static [Dimension];
}

/// The parts of a recipe that are the same for every struct of parameters.
macro_rules! common {
    () => {
        fn polish(&self) -> u32 {
            self.polish
        }

        fn check(&self) -> Result<()> {
            self.check()
        }

        fn set(&mut self, name: &str, value: &str) -> Result<()> {
            params::set(self, name, value)
        }
    };
}

impl Recipe for copula::Params {
    common!();

    fn cost(&self, data: &Prepared) -> Cost {
        Cost {
            flops: 0.0,
            bytes: (data.train.rows() * TableSize::of(&data.train).columns * 16) as u64,
        }
    }

    fn fit(&self, data: &Prepared, _run: &mut Session<'_>) -> Result<Learned, Unfitted> {
        Ok(Learned::of(copula::fit(self, data)?))
    }

    fn restore(&self, form: &Schema, parts: Parts) -> Result<Box<dyn Model>> {
        copula::from_parts(form, parts)
    }

    fn adjust(&mut self, _symptoms: &Symptoms) -> Answer {
        Answer::Stop("The copula has nothing to adjust.")
    }

    fn search(&self) -> &'static [Dimension] {
        &copula::SEARCH
    }
}

/// A recipe whose module has `cost`, `fit` and `from_parts`; `$adjust` answers symptoms.
macro_rules! recipe {
    ($module:ident, $adjust:expr $(, $more:item)*) => {
        impl Recipe for $module::Params {
            common!();

            fn cost(&self, data: &Prepared) -> Cost {
                $module::cost(self, data)
            }

            fn fit(&self, data: &Prepared, run: &mut Session<'_>) -> Result<Learned, Unfitted> {
                $module::fit(self, data, run)
            }

            fn restore(&self, _form: &Schema, parts: Parts) -> Result<Box<dyn Model>> {
                $module::from_parts(self, parts)
            }

            fn adjust(&mut self, symptoms: &Symptoms) -> Answer {
                let adjust: fn(&mut Self, &Symptoms) -> Answer = $adjust;
                adjust(self, symptoms)
            }

            fn search(&self) -> &'static [Dimension] {
                &$module::SEARCH
            }

            $($more)*
        }
    };
}

recipe!(cart, adjust::sequence);
recipe!(arf, adjust::forest);
recipe!(autoregressive, |p, s| adjust::network(
    p,
    autoregressive::Params::check,
    s
));
recipe!(tvae, |p, s| adjust::network(p, tvae::Params::check, s));
recipe!(ctgan, |p, s| adjust::network(p, ctgan::Params::check, s));
recipe!(
    tabddpm,
    adjust::diffusion,
    fn precision(&self) -> Precision {
        self.precision
    },
    fn odd(&self) -> Vec<Odd> {
        (tabddpm::outside(self).into_iter())
            .map(|(r, value)| Odd {
                name: r.name,
                value,
                good: r.good,
            })
            .collect()
    }
);

#[cfg(test)]
mod tests;
