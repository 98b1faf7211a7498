//! The parameters that are searched, with their ranges, and what proposes values for them.

use rand::Rng;
use tpe::density_estimation::DefaultEstimatorBuilder;
use tpe::{TpeOptimizer, parzen_estimator, range};
use verdancy_synth::{Config, Method};

use super::Trial;
use crate::{Error, Result};

/// A parameter between two values.
struct Dimension {
    name: &'static str,
    low: f64,
    high: f64,
    scale: Scale,
}

/// How values lie between the ends, and how they are written.
#[derive(Clone, Copy)]
enum Scale {
    /// Any number.
    Linear,
    /// Any positive number, by ratio.
    Log,
    /// Whole numbers.
    Whole,
    /// Whole numbers, by ratio.
    Count,
    /// Powers of two, by ratio.
    Power,
    /// Multiples of 32, by ratio.
    Width,
}

const fn dimension(name: &'static str, low: f64, high: f64, scale: Scale) -> Dimension {
    Dimension {
        name,
        low,
        high,
        scale,
    }
}

/// The work bound keeps every trial within the mode's budget, so width and depth cost passes.
const TABDDPM: [Dimension; 7] = [
    dimension("hidden", 64.0, 512.0, Scale::Width),
    dimension("blocks", 1.0, 5.0, Scale::Whole),
    dimension("batch_size", 32.0, 1024.0, Scale::Power),
    dimension("learning_rate", 3e-4, 5e-3, Scale::Log),
    dimension("dropout", 0.0, 0.3, Scale::Linear),
    dimension("smoothing", 0.0, 0.3, Scale::Linear),
    dimension("prior", 0.0, 0.8, Scale::Linear),
];
const COPULA: [Dimension; 1] = [dimension("shrinkage", 0.0, 0.5, Scale::Linear)];
const CART: [Dimension; 3] = [
    dimension("min_samples_leaf", 5.0, 100.0, Scale::Count),
    dimension("min_split_gain", 2.0, 32.0, Scale::Log),
    dimension("smoothing", 0.0, 4.0, Scale::Linear),
];

const ARF: [Dimension; 2] = [
    dimension("min_samples_leaf", 5.0, 100.0, Scale::Count),
    dimension("smoothing", 0.0, 4.0, Scale::Linear),
];

const TVAE: [Dimension; 5] = [
    dimension("hidden", 64.0, 512.0, Scale::Width),
    dimension("embedding_dim", 8.0, 256.0, Scale::Power),
    dimension("batch_size", 32.0, 1024.0, Scale::Power),
    dimension("learning_rate", 3e-4, 1e-2, Scale::Log),
    dimension("loss_factor", 0.5, 8.0, Scale::Log),
];

const CTGAN: [Dimension; 5] = [
    dimension("hidden", 64.0, 512.0, Scale::Width),
    dimension("batch_size", 64.0, 1024.0, Scale::Power),
    dimension("learning_rate", 5e-5, 2e-3, Scale::Log),
    dimension("dropout", 0.0, 0.6, Scale::Linear),
    dimension("tau", 0.1, 1.0, Scale::Log),
];

const AUTOREGRESSIVE: [Dimension; 4] = [
    dimension("hidden", 64.0, 512.0, Scale::Width),
    dimension("batch_size", 32.0, 1024.0, Scale::Power),
    dimension("learning_rate", 3e-4, 1e-2, Scale::Log),
    dimension("bins", 8.0, 256.0, Scale::Count),
];

impl Dimension {
    fn is_ratio(&self) -> bool {
        matches!(
            self.scale,
            Scale::Log | Scale::Count | Scale::Power | Scale::Width
        )
    }

    /// From a value to the line that is searched.
    fn inner(&self, x: f64) -> f64 {
        if self.is_ratio() { x.ln() } else { x }
    }

    /// From that line to a value as users write it.
    fn text(&self, u: f64) -> String {
        let x = if self.is_ratio() { u.exp() } else { u };
        match self.scale {
            Scale::Linear => format!("{}", (x * 1000.0).round() / 1000.0),
            Scale::Log => format!("{}", (x * 1e6).round() / 1e6),
            Scale::Whole | Scale::Count => format!("{}", x.round()),
            Scale::Power => format!("{}", x.log2().round().exp2()),
            Scale::Width => format!("{}", (x / 32.0).round().max(1.0) * 32.0),
        }
    }
}

/// The dimensions that are free, each with its estimator.
pub(super) struct Space {
    method: Method,
    free: Vec<(&'static Dimension, TpeOptimizer<DefaultEstimatorBuilder>)>,
    asked: Vec<f64>,
}

impl Space {
    /// The space of `method`, without what the user has `taken` in hand.
    pub(super) fn of(method: Method, taken: &[&str]) -> Result<Space> {
        let all: &'static [Dimension] = match method {
            Method::Tabddpm => &TABDDPM,
            Method::GaussianCopula => &COPULA,
            Method::Cart => &CART,
            Method::Arf => &ARF,
            Method::Tvae => &TVAE,
            Method::Ctgan => &CTGAN,
            Method::Autoregressive => &AUTOREGRESSIVE,
        };
        let free = (all.iter())
            .filter(|d| !taken.contains(&d.name))
            .map(|d| {
                // The upper end of a range is open there.
                let range = range(d.inner(d.low), d.inner(d.high) + 1e-9).map_err(failed)?;
                Ok((d, TpeOptimizer::new(parzen_estimator(), range)))
            })
            .collect::<Result<_>>()?;
        Ok(Space {
            method,
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
            let mut space = Space::of(method, &["blocks"]).unwrap();
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
