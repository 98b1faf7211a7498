//! An autoregressive network that knows any order of the columns (Uria, Murray and Larochelle 2014; Hoogeboom et al.
//! 2022, "Autoregressive diffusion models"): from the columns that are there, it predicts each of the others.
//!
//! Numbers are bins of their ranks. A step of training hides a random number of random columns of each row and weighs
//! the cross-entropy of these so that its mean is the likelihood of a row, over all orders. A row is drawn column by
//! column, in an order that each block has of its own. Logits are shifted so that each column's mean shares are those of the
//! training rows, and the numbers of a block are spread evenly over their distribution.

mod model;
mod net;
mod params;
mod train;

pub(crate) use model::from_parts;
pub(crate) use params::SEARCH;
pub use params::{Params, defaults};

use crate::data::Prepared;
use crate::heads::Heads;
use crate::model::Learned;
use crate::session::Session;
use crate::training::{self, Course};
use crate::{Cost, Unfitted};
use net::Net;

/// Learns the training rows; the validation rows decide when to stop.
///
/// # Errors
/// [`Unfitted::Diverged`] when the loss is not finite.
pub(crate) fn fit(p: &Params, data: &Prepared, run: &mut Session<'_>) -> Result<Learned, Unfitted> {
    let (encoder, encoded) = (data.encoder(), data.encoded());
    let heads = Heads::new(encoder, p.bins as usize);
    let net = Net::new(p, &heads);
    let course = course(p, &net, data.train.rows());
    let seed = run.seed;
    let learned = |weights: &[f32]| {
        let layers = (encoder, &heads, &net);
        model::Autoregressive::learned(layers, weights, encoded, seed)
    };
    if heads.width == 0 {
        return Ok(Learned::of(learned(&vec![0.0; net.shape.size()])?));
    }
    let start = training::earlier(run);
    let weights = (net.shape.size(), |rng: &mut _| net.shape.init(rng));
    let state = training::begin(weights, start, course.steps, run)?;
    let preview = |weights: &[f32], rows: u64| data.preview(&learned(weights)?, rows, seed);
    let lesson = train::Lesson {
        params: p,
        net: &net,
        heads: &heads,
        data: encoded,
        held: data.held(),
        preview: &preview,
    };
    let mut network = train::Network::new(lesson, state.step, course, seed);
    let trained = training::train(course, &mut network, state, run)?;
    Ok(Learned {
        history: trained.history,
        stop: trained.stop,
        ..Learned::of(learned(&trained.weights)?)
    })
}

fn course(p: &Params, net: &Net, rows: usize) -> Course {
    let batch = (p.batch_size as usize).min(rows).max(1);
    Course::plan(rows, batch, p.n_iter, p.work, 3.0 * net.flops())
}

/// Counted work and memory of a training.
pub(crate) fn cost(p: &Params, data: &Prepared) -> Cost {
    let heads = Heads::new(data.encoder(), p.bins as usize);
    let net = Net::new(p, &heads);
    let course = course(p, &net, data.train.rows());
    // Weights, their average, the best average, two moments, a gradient for each of two shards; activations and
    // gradients of a batch.
    let weights = net.shape.size() as u64 * 4 * 7;
    let row = 6 * u64::from(p.hidden) + 2 * heads.width as u64;
    Cost {
        flops: 3.0 * net.flops() * course.batch as f64 * course.steps as f64,
        bytes: weights + row * 4 * course.batch as u64,
    }
}
