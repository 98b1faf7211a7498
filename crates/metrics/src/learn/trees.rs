//! Gradient boosted trees: XGBoost's method and usual settings (depth 6, learning rate 0.1, L2 1),
//! by the crate `forust-ml`. Several fits run beside one another; each is single-threaded, so the
//! result does not depend on the number of threads.

use forust_ml::data::Matrix;
use forust_ml::gradientbooster::GradientBooster;
use forust_ml::objective::ObjectiveType;
use forust_ml::sampler::SampleMethod;
use rayon::prelude::*;

use super::Features;
use crate::{Error, Result};

/// Rows below which numbers are put in fewer bins.
pub(crate) const SMALL: usize = 2_000;

/// How trees are grown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Number of trees.
    pub trees: usize,
    /// Number of models whose mean is taken; when more than one, each tree sees other rows.
    pub bags: u64,
    /// Seed of those rows.
    pub seed: u64,
}

fn booster(
    settings: Settings,
    rows: usize,
    objective: ObjectiveType,
    bag: Option<u64>,
) -> GradientBooster {
    let regression = matches!(objective, ObjectiveType::SquaredLoss);
    let booster = GradientBooster::default()
        .set_objective_type(objective)
        .set_iterations(settings.trees)
        .set_learning_rate(0.1)
        .set_max_depth(6)
        .set_nbins(if rows < SMALL { 63 } else { 255 })
        .set_l2(1.0)
        .set_min_leaf_weight(if regression { 5.0 } else { 1.0 })
        .set_initialize_base_score(true)
        .set_tiled_histograms(true)
        .set_parallel(false);
    match bag {
        None => booster,
        Some(bag) => booster
            .set_sample_method(SampleMethod::Random)
            .set_subsample(0.8)
            .set_seed(settings.seed.wrapping_add(bag)),
    }
}

/// Fits one model and predicts `test`; scores are log-odds or the mean itself.
fn fit_predict(
    x: &Features,
    y: &[f64],
    test: &Features,
    regression: bool,
    settings: Settings,
) -> Result<Vec<f64>> {
    let used = informative(x);
    let mean = y.iter().sum::<f64>() / y.len().max(1) as f64;
    let flat = y.iter().all(|&v| v == y[0]);
    if used.is_empty() || flat || x.rows < 2 {
        return Ok(vec![if regression { mean } else { 0.0 }; test.rows]);
    }
    let (x, test) = (x.only(&used), test.only(&used));
    // Unit scale, so that regularisation does not depend on the target's unit.
    let sd = (y.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / y.len() as f64).sqrt();
    let scaled: Vec<f64> = match regression {
        true => y.iter().map(|v| (v - mean) / sd).collect(),
        false => y.to_vec(),
    };
    let bags: Vec<Option<u64>> = match settings.bags {
        0 | 1 => vec![None],
        n => (0..n).map(Some).collect(),
    };
    let fits: Vec<Vec<f64>> = bags
        .par_iter()
        .map(|&bag| {
            let objective = match regression {
                true => ObjectiveType::SquaredLoss,
                false => ObjectiveType::LogLoss,
            };
            let mut model = booster(settings, x.rows, objective, bag);
            model
                .fit_unweighted(&Matrix::new(&x.data, x.rows, x.columns), &scaled, None)
                .map_err(|e| {
                    Error::internal("boosted trees could not be fitted").caused_by(e.to_string())
                })?;
            Ok(model.predict(&Matrix::new(&test.data, test.rows, test.columns), false))
        })
        .collect::<Result<_>>()?;
    let n = fits.len() as f64;
    let mut out = vec![0.0; test.rows];
    for fit in &fits {
        for (o, f) in out.iter_mut().zip(fit) {
            *o += f / n;
        }
    }
    if regression {
        out.iter_mut().for_each(|o| *o = *o * sd + mean);
    }
    Ok(out)
}

/// Columns with at least two values.
fn informative(x: &Features) -> Vec<usize> {
    (0..x.columns)
        .filter(|&c| {
            let column = &x.data[c * x.rows..(c + 1) * x.rows];
            let mut values = column.iter().filter(|v| !v.is_nan());
            let Some(first) = values.next() else {
                return false;
            };
            values.any(|v| v != first) || column.iter().any(|v| v.is_nan())
        })
        .collect()
}

impl Features {
    fn only(&self, columns: &[usize]) -> Features {
        let mut data = Vec::with_capacity(self.rows * columns.len());
        for &c in columns {
            data.extend_from_slice(&self.data[c * self.rows..(c + 1) * self.rows]);
        }
        Features {
            rows: self.rows,
            columns: columns.len(),
            data,
        }
    }
}

/// Scores of the rows of `test`, higher for those that look like rows where `y` is true.
pub(crate) fn classify(
    x: &Features,
    y: &[bool],
    test: &Features,
    settings: Settings,
) -> Result<Vec<f64>> {
    let y: Vec<f64> = y.iter().map(|&v| f64::from(u8::from(v))).collect();
    fit_predict(x, &y, test, false, settings)
}

/// Predictions of a number for the rows of `test`.
pub(crate) fn regress(
    x: &Features,
    y: &[f64],
    test: &Features,
    settings: Settings,
) -> Result<Vec<f64>> {
    fit_predict(x, y, test, true, settings)
}
