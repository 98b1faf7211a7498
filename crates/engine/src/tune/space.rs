//! The parameters that are searched, with their ranges, and what proposes values for them.

use rand::Rng;
use tpe::density_estimation::DefaultEstimatorBuilder;
use tpe::{TpeOptimizer, parzen_estimator, range};
use verdancy_synth::{Config, Dimension, Method};

use super::Trial;
use crate::{Error, Result};

/// The dimensions that are free, each with its estimator.
pub(super) struct Space {
    method: Method,
    free: Vec<(&'static Dimension, TpeOptimizer<DefaultEstimatorBuilder>)>,
    asked: Vec<f64>,
}

impl Space {
    /// The space of the method of `config`, without what the user has `taken` in hand.
    pub(super) fn of(config: &Config, taken: &[&str]) -> Result<Space> {
        let free = (config.search().iter())
            .filter(|d| !taken.contains(&d.name))
            .map(|d| {
                // The upper end of a range is open there.
                let range = range(d.inner(d.low), d.inner(d.high) + 1e-9).map_err(failed)?;
                Ok((d, TpeOptimizer::new(parzen_estimator(), range)))
            })
            .collect::<Result<_>>()?;
        Ok(Space {
            method: config.method(),
            free,
            asked: Vec::new(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.free.is_empty()
    }

    /// A configuration to try: `base` with a value for each free dimension.
    pub(super) fn propose(&mut self, base: &Config, rng: &mut impl Rng) -> Result<Config> {
        let mut config = base.clone();
        self.asked.clear();
        for (dimension, estimator) in &mut self.free {
            let u = estimator.ask(rng).map_err(failed)?;
            self.asked.push(u);
            config.set(dimension.name, &dimension.text(u))?;
        }
        Ok(config)
    }

    /// What became of the configuration that was proposed last.
    pub(super) fn tell(&mut self, trial: Option<&Trial>) {
        let Some(trial) = trial else { return };
        for ((_, estimator), u) in self.free.iter_mut().zip(&self.asked) {
            // A value out of its range cannot be told, and need not be.
            let _ = estimator.tell(*u, trial.mean());
        }
    }

    /// Trials that were not proposed here, such as the defaults.
    pub(super) fn learn_from(&mut self, trials: &[Trial]) {
        for trial in trials.iter().filter(|t| t.config.method() == self.method) {
            let values = serde_json::to_value(&trial.config).unwrap_or_default();
            for (dimension, estimator) in &mut self.free {
                if let Some(x) = values[dimension.name].as_f64() {
                    let _ = estimator.tell(dimension.inner(x), trial.mean());
                }
            }
        }
    }
}

fn failed(e: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::internal("the search proposes no value").caused_by(e)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::SeedableRng;
    use verdancy_synth::{Mode, TableSize};

    use super::*;

    #[test]
    fn every_proposal_is_within_the_ranges_of_its_parameters() {
        let size = TableSize {
            rows: 300,
            columns: 5,
        };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        for method in Method::ALL {
            let base = Config::defaults(method, size, Mode::Balanced);
            let mut space = Space::of(&base, &["blocks"]).unwrap();
            for _ in 0..200 {
                let config = space.propose(&base, &mut rng).unwrap();
                config.in_range().unwrap();
                if let Config::Tabddpm(p) = &config {
                    assert_eq!(p.blocks, 3, "what is taken stays");
                    assert!(p.batch_size.is_power_of_two() && p.hidden % 32 == 0);
                }
            }
        }
    }
}
