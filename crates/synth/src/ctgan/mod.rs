//! CTGAN: a conditional generative adversarial network of mixed rows (Xu et al. 2019, "Modeling
//! tabular data using conditional GAN"): Wasserstein distance with gradient penalty, packs of rows,
//! training by sampling.
//!
//! What differs from the paper: numbers are scalars on the scale of their ranks instead of modes;
//! layers are normalised per row instead of per batch; one batch of made rows serves critic and
//! generator; the generator is a moving average of itself; the checkpoint whose rows are closest to
//! the validation rows is kept; and logits are shifted so that each column's shares are those of the
//! training rows.

mod condition;
mod critic;
mod generator;
mod model;
mod params;
mod score;
mod train;

pub(crate) use model::from_parts;
pub(crate) use params::SEARCH;
pub use params::{Params, defaults};

use verdancy_table::Table;

use crate::data::Prepared;
use crate::heads::{self, Heads};
use crate::model::Learned;
use crate::neural::AdamW;
use crate::session::Session;
use crate::training::{self, Course, random, stream};
use crate::{Cost, Result, Unfitted};
use critic::Critic;
use generator::Generator;
use score::Coarse;

/// Blocks that the shifts of logits are found on, and those of a check.
const BLOCKS: [usize; 2] = [32, 12];

/// Learns the training rows; the validation rows decide which checkpoint is kept.
///
/// # Errors
/// [`Unfitted::Diverged`] when the loss is not finite.
pub(crate) fn fit(p: &Params, data: &Prepared, run: &mut Session<'_>) -> Result<Learned, Unfitted> {
    let (encoder, encoded, held) = (data.encoder(), data.encoded(), data.held());
    let heads = Heads::new(encoder, 0);
    let (generator, critic) = nets(p, &heads);
    let course = course(p, (&generator, &critic), data.train.rows());
    let shape = &generator.shape;
    let weights = (shape.size(), |rng: &mut _| shape.init(rng));
    let mut state = training::begin(weights, None, course.steps, run)?;
    let rival = match state.rival.take() {
        Some(rival) if rival.params.len() == critic.shape.size() => rival,
        Some(_) => return Err(crate::state::damaged().into()),
        None => {
            let weights = critic.shape.init(&mut random(run.seed, stream::RIVAL));
            AdamW::new(weights, 0.0, 0.0, f64::INFINITY)
        }
    };
    state.rival = Some(rival);
    let looks = Looks {
        params: p,
        data,
        heads: &heads,
        generator: &generator,
        shares: heads::shares(&heads, encoded),
        reference: Coarse::of(encoder, held),
        seed: run.seed,
    };
    if heads.width == 0 {
        return Ok(looks.learned(&vec![0.0; generator.shape.size()]));
    }
    let nets = (&generator, &critic);
    let outputs = (&heads, &encoder.gate[..]);
    let mut gan = train::Gan::new(p, nets, outputs, encoded, &looks, course, run.seed);
    let trained = training::train(course, &mut gan, state, run)?;
    Ok(Learned {
        history: trained.history,
        stop: trained.stop,
        ..looks.learned(&trained.weights)
    })
}

fn nets(p: &Params, heads: &Heads) -> (Generator, Critic) {
    let conditions = heads.width - heads.scalars;
    let generator = Generator::new(p, heads.width, conditions);
    (generator, Critic::new(p, heads.width))
}

fn course(p: &Params, (generator, critic): (&Generator, &Critic), rows: usize) -> Course {
    let pac = p.pac as usize;
    // Whole packs; of fewer rows than a pack has, some are drawn more than once.
    let batch = ((p.batch_size as usize).min(rows) / pac).max(1) * pac;
    Course::plan(rows, batch, p.n_iter, p.work, flops(p, generator, critic))
}

/// Operations of a step for each of its rows: the generator forward and back; the critic forward and
/// back on real and made rows, on points between them with the way along the tangent, and once more
/// for the generator.
fn flops(p: &Params, generator: &Generator, critic: &Critic) -> f64 {
    3.0 * generator.flops() + 12.0 * critic.flops() / f64::from(p.pac)
}

/// What is made of weights: models, their rows, and how far these are from the validation rows.
struct Looks<'a> {
    params: &'a Params,
    data: &'a Prepared,
    heads: &'a Heads,
    generator: &'a Generator,
    shares: Vec<f64>,
    reference: Coarse,
    seed: u64,
}

impl Looks<'_> {
    fn model(&self, weights: &[f32], blocks: usize) -> model::Ctgan {
        let parts = (self.data.encoder(), self.heads, self.generator);
        model::Ctgan::learned(self.params, parts, weights, &self.shares, blocks, self.seed)
    }

    fn learned(&self, weights: &[f32]) -> Learned {
        Learned::of(self.model(weights, BLOCKS[0]))
    }
}

impl train::Checked for Looks<'_> {
    fn distance(&self, weights: &[f32]) -> Option<f64> {
        if self.data.validation.rows() == 0 {
            return None;
        }
        let model = self.model(weights, BLOCKS[1]);
        let drawn: Result<Vec<heads::Drawn>> = (0..BLOCKS[1] as u64)
            .map(|block| model.drawn(&mut random(self.seed, (stream::VALIDATION << 40) + block)))
            .collect();
        // Rows that are no rows are as far as any can be; the loss will say so, too.
        Some(drawn.map_or(1.0, |drawn| {
            self.reference
                .distance(&Coarse::drawn(self.data.encoder(), &drawn))
        }))
    }

    fn preview(&self, weights: &[f32], rows: u64) -> Result<Table> {
        let model = self.model(weights, BLOCKS[0]);
        self.data.preview(&model, rows, self.seed)
    }
}

/// Counted work and memory of a training.
pub(crate) fn cost(p: &Params, data: &Prepared) -> Cost {
    let (heads, rows) = (Heads::new(data.encoder(), 0), data.train.rows());
    let (generator, critic) = nets(p, &heads);
    let course = course(p, (&generator, &critic), rows);
    // Weights, their average, the best average, two moments, a gradient for each of two shards;
    // activations and gradients of a batch; the rows of each level.
    let weights = (generator.shape.size() + critic.shape.size()) as u64 * 4 * 7;
    let row = 12 * u64::from(p.hidden) + 6 * generator.inputs as u64 + 12 * heads.width as u64;
    let levels = (rows * heads.groups.len()) as u64 * 4;
    Cost {
        flops: flops(p, &generator, &critic) * course.batch as f64 * course.steps as f64,
        bytes: weights + row * 4 * course.batch as u64 + levels,
    }
}
