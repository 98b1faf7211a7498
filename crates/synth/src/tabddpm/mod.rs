//! TabDDPM: diffusion over mixed rows (Kotelnikov et al. 2023), with a process, a training and a
//! sampler that have moved on since; the paper's process is kept as `process = multinomial`.
//!
//! `fit` encodes the table, trains a residual MLP to undo noise, watches validation rows while
//! it does so, and keeps the averaged weights that did best there.

mod batch;
mod check;
mod masked;
mod model;
mod multinomial;
mod params;
mod process;
mod recommended;
mod sample;
#[cfg(test)]
mod tests;
mod train;

pub(crate) use model::from_parts;
pub(crate) use params::SEARCH;
pub use params::{Params, ProcessName, SIZES, SizeRow, defaults};
pub(crate) use recommended::outside;
pub use recommended::{RECOMMENDED, Recommended};

use crate::data::Prepared;
use crate::encode::{Encoded, Encoder};
use crate::model::Learned;
use crate::neural::Layout;
use crate::session::Session;
use crate::{Cost, Result, Unfitted, training};

/// Rows drawn from the copula.
const INDEPENDENT: u64 = 4096;

fn layout(p: &Params, encoder: &Encoder) -> Layout {
    Layout::new(
        encoder.numbers,
        encoder.levels.clone(),
        p.hidden as usize,
        p.blocks as usize,
    )
}

/// Learns the training rows; the validation rows decide when to stop.
///
/// # Errors
/// [`Unfitted::Diverged`] when the loss is not finite.
pub(crate) fn fit(p: &Params, data: &Prepared, run: &mut Session<'_>) -> Result<Learned, Unfitted> {
    let (encoder, encoded, held) = (data.encoder(), data.encoded(), data.held());
    let layout = layout(p, encoder);
    let head = model::Head::learn(p, encoder, encoded);
    let learned =
        |weights: Vec<f32>| model::TabDdpm::new(p, encoder.clone(), head.clone(), weights);
    if encoder.columns.is_empty() {
        return Ok(Learned::of(learned(vec![0.0; layout.size()])));
    }
    let independent = independent(p, data, run)?;
    let process = head.process(p, encoder);
    let watched = check::Watched {
        train: encoded,
        validation: held,
        independent: independent.as_ref().filter(|_| watching(p, data)),
        head: &head,
    };
    let seed = run.seed;
    let preview = |weights: &[f32], rows: u64| data.preview(&learned(weights.to_vec()), rows, seed);
    let course = train::course(p, &layout, data.train.rows());
    let start = training::earlier(run);
    let weights = (layout.size(), |rng: &mut _| layout.init(rng));
    let mut state = training::begin(weights, start, course.steps, run)?;
    let mixed = independent.as_ref().filter(|_| p.prior > 0.0);
    let lesson = train::Lesson {
        params: p,
        layout: &layout,
        encoder,
        process: process.as_ref(),
        data: encoded,
        prior: mixed.map(|rows| batch::Prior {
            rows,
            share: p.prior,
        }),
        checks: check::Checks::new(p, &layout, encoder, process.as_ref(), &watched, seed),
        preview: &preview,
    };
    let mut denoiser = train::Denoiser::new(lesson, course, &mut state, seed);
    let trained = training::train(course, &mut denoiser, state, run)?;
    Ok(Learned {
        history: trained.history,
        stop: trained.stop,
        ..Learned::of(learned(trained.weights))
    })
}

/// Counted work and memory of a training.
pub(crate) fn cost(p: &Params, data: &Prepared) -> Cost {
    let layout = layout(p, data.encoder());
    let course = train::course(p, &layout, data.train.rows());
    let flops = 3.0 * layout.flops() as f64 * course.batch as f64 * course.steps as f64;
    // Weights, their average, the best average, two moments, a gradient for each of four shards;
    // the large matrices twice more as words; activations of a batch, forward and backward.
    let weights = layout.size() as u64 * 4 * 10;
    let activations = course.batch as u64 * (u64::from(p.hidden) * 8 * u64::from(p.blocks)) * 4;
    Cost {
        flops,
        bytes: weights + activations,
    }
}

/// True when samples are compared with training rows on the way.
fn watching(p: &Params, data: &Prepared) -> bool {
    p.process == ProcessName::Masked
        && p.copy_limit < 1.0
        && data.validation.rows() > 0
        && data.train.rows() <= check::COPY_ROWS
}

/// Rows drawn from a Gaussian copula of the training rows, which cannot copy: where samples are to
/// be compared with training rows, and where they are mixed into the batches.
fn independent(p: &Params, data: &Prepared, run: &Session<'_>) -> Result<Option<Encoded>> {
    if p.prior == 0.0 && !watching(p, data) {
        return Ok(None);
    }
    let copula = crate::copula::fit(&crate::copula::Params::default(), data)?;
    let rows = data.preview(&copula, INDEPENDENT, run.seed)?;
    Ok(Some(data.encoder().encode(&rows)))
}
