//! A fitted TVAE.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use verdancy_table::Column;

use super::net::{Net, Scratch};
use super::params::Params;
use super::prior::Prior;
use crate::encode::{Encoded, Encoder};
use crate::heads::{self, Heads};
use crate::parts::{Parts, Tensor};
use crate::training::{random, stream};
use crate::{BLOCK, Model, Result};

/// Outputs that the shifts of logits are found on at most.
const MOST_OUTPUTS: usize = 1 << 22;
/// Blocks of latent points that they are found on at most.
const MOST_BLOCKS: usize = 32;

/// Network, encoders, the law of latent points, and the shifts of logits.
pub(super) struct Tvae {
    encoder: Encoder,
    heads: Heads,
    net: Net,
    weights: Vec<f32>,
    prior: Prior,
    offsets: Vec<f32>,
}

impl Tvae {
    /// The model of these weights, with what is learned once they are known.
    pub(super) fn learned(
        encoder: &Encoder,
        heads: &Heads,
        net: &Net,
        weights: &[f32],
        data: &Encoded,
        seed: u64,
    ) -> Result<Tvae> {
        let mut model = Tvae {
            encoder: encoder.clone(),
            heads: heads.clone(),
            net: net.clone(),
            weights: weights.to_vec(),
            prior: Prior::fit(net, heads, weights, data, seed),
            offsets: vec![0.0; heads.width],
        };
        let blocks = (MOST_OUTPUTS / (BLOCK * heads.width).max(1)).clamp(1, MOST_BLOCKS);
        let logits: Vec<Vec<f32>> = (0..blocks)
            .into_par_iter()
            .map(|block| {
                let mut rng = random(seed, (stream::CALIBRATION << 40 | 1 << 39) + block as u64);
                model.logits(&mut rng)
            })
            .collect();
        let shares = heads::shares(heads, data);
        model.offsets = heads::calibrate(heads, &shares, &logits.concat());
        Ok(model)
    }

    /// The logits of a block of fresh latent points.
    fn logits(&self, rng: &mut rand_chacha::ChaCha8Rng) -> Vec<f32> {
        let mut scratch = Scratch::new(&self.net, BLOCK);
        let noise: Vec<f32> = (0..BLOCK * self.net.latent)
            .map(|_| StandardNormal.sample(rng))
            .collect();
        self.prior.shape(&noise, &mut scratch.z);
        self.net.decode(&self.weights, BLOCK, &mut scratch);
        scratch.out
    }
}

impl Model for Tvae {
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        let mut rng = heads::rows_of(seed, block);
        let mut out = self.logits(&mut rng);
        let drawn = heads::draw(
            &self.heads,
            &self.encoder,
            &mut out,
            &self.offsets,
            &mut rng,
        )?;
        Ok(self
            .encoder
            .decode(BLOCK, &drawn.numbers, &drawn.codes, || rng.random()))
    }

    fn parts(&self) -> Parts {
        let vectors = [
            ("weights", &self.weights[..]),
            ("offsets", &self.offsets[..]),
            ("prior.mean", &self.prior.mean[..]),
        ];
        let mut parts = self.encoder.parts(vectors);
        let d = self.net.latent;
        let factor = Tensor::F32(vec![d, d], self.prior.factor.clone());
        parts.tensors.insert("prior.factor".to_owned(), factor);
        parts
    }
}

/// Rebuilds a model from its parts.
///
/// # Errors
/// `model/damaged` when they do not fit together.
pub(crate) fn from_parts(p: &Params, mut parts: Parts) -> Result<Box<dyn Model>> {
    p.check()?;
    let encoder = Encoder::take(&mut parts)?;
    let heads = Heads::new(&encoder, p.bins as usize);
    let net = Net::new(p, &heads);
    let d = net.latent;
    Ok(Box::new(Tvae {
        weights: parts.floats("weights", net.shape.size())?,
        offsets: parts.floats("offsets", heads.width)?,
        prior: Prior {
            mean: parts.floats("prior.mean", d)?,
            factor: parts.floats("prior.factor", d * d)?,
        },
        encoder,
        heads,
        net,
    }))
}
