//! A fitted CTGAN: the generator, and the shares that conditions are drawn by.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use verdancy_table::Column;

use super::condition::Shares;
use super::generator::{Generator, Scratch};
use super::params::Params;
use crate::encode::Encoder;
use crate::heads::{self, Drawn, Heads};
use crate::parts::{Parts, damaged};
use crate::training::{random, stream};
use crate::{BLOCK, Model, Result, strata};

/// Outputs that the shifts of logits are found on at most.
const MOST_OUTPUTS: usize = 1 << 22;

/// Generator, encoders, shares, and the shifts of logits.
pub(super) struct Ctgan {
    encoder: Encoder,
    heads: Heads,
    generator: Generator,
    noise: usize,
    weights: Vec<f32>,
    shares: Shares,
    offsets: Vec<f32>,
}

impl Ctgan {
    /// The model of these weights; the shifts of its logits are found on `blocks` blocks at most.
    pub(super) fn learned(
        p: &Params,
        (encoder, heads, generator): (&Encoder, &Heads, &Generator),
        weights: &[f32],
        shares: &[f64],
        blocks: usize,
        seed: u64,
    ) -> Ctgan {
        let mut model = Ctgan {
            encoder: encoder.clone(),
            heads: heads.clone(),
            generator: generator.clone(),
            noise: p.embedding_dim as usize,
            weights: weights.to_vec(),
            shares: Shares::new(heads, shares),
            offsets: vec![0.0; heads.width],
        };
        if heads.width > 0 {
            let most = (MOST_OUTPUTS / (BLOCK * heads.width)).clamp(1, blocks);
            let logits: Vec<Vec<f32>> = (0..most)
                .into_par_iter()
                .map(|block| {
                    let at = (stream::CALIBRATION << 40) + block as u64;
                    model.outputs(&mut random(seed, at))
                })
                .collect();
            model.offsets = heads::calibrate(heads, shares, &logits.concat());
        }
        model
    }

    /// The outputs of a block of fresh noise and conditions; scalars are within -1 and 1.
    fn outputs(&self, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let (inputs, scalars) = (self.generator.inputs, self.heads.scalars);
        let mut scratch = Scratch::new(&self.generator, BLOCK, false);
        let slots = strata::uniforms(BLOCK, rng);
        let levels = strata::uniforms(BLOCK, rng);
        for (row, at) in slots.into_iter().zip(levels).enumerate() {
            let x0 = &mut scratch.x0[row * inputs..(row + 1) * inputs];
            (x0[..self.noise].iter_mut()).for_each(|x| *x = StandardNormal.sample(rng));
            if let Some(c) = self.shares.at(&self.heads, at) {
                x0[self.noise + c.output - scalars] = 1.0;
            }
        }
        (self.generator).forward(&self.weights, BLOCK, &mut scratch);
        let mut out = scratch.out;
        for row in out.chunks_exact_mut(self.heads.width.max(1)) {
            row[..scalars].iter_mut().for_each(|x| *x = x.tanh());
        }
        out
    }

    /// A block in slots.
    pub(super) fn drawn(&self, rng: &mut ChaCha8Rng) -> Result<Drawn> {
        let mut out = self.outputs(rng);
        heads::draw(&self.heads, &self.encoder, &mut out, &self.offsets, rng)
    }
}

impl Model for Ctgan {
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        let mut rng = heads::rows_of(seed, block);
        let drawn = self.drawn(&mut rng)?;
        Ok(self
            .encoder
            .decode(BLOCK, &drawn.numbers, &drawn.codes, || rng.random()))
    }

    fn parts(&self) -> Parts {
        let vectors = [
            ("weights", &self.weights[..]),
            ("offsets", &self.offsets[..]),
            ("shares", &self.shares.cumulated[..]),
        ];
        self.encoder.parts(vectors)
    }
}

/// Rebuilds a model from its parts.
///
/// # Errors
/// `model/damaged` when they do not fit together.
pub(crate) fn from_parts(p: &Params, mut parts: Parts) -> Result<Box<dyn Model>> {
    p.check()?;
    let encoder = Encoder::take(&mut parts)?;
    let heads = Heads::new(&encoder, 0);
    let generator = Generator::new(p, heads.width, heads.width - heads.scalars);
    let shares = Shares {
        cumulated: parts.floats("shares", heads.width - heads.scalars)?,
    };
    if !shares.fit(&heads) {
        return Err(damaged());
    }
    Ok(Box::new(Ctgan {
        weights: parts.floats("weights", generator.shape.size())?,
        offsets: parts.floats("offsets", heads.width)?,
        noise: p.embedding_dim as usize,
        shares,
        encoder,
        heads,
        generator,
    }))
}
