//! A fitted autoregressive network.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use verdancy_table::Column;

use super::net::{Net, Scratch};
use super::params::Params;
use crate::encode::{Encoded, Encoder};
use crate::heads::{self, Heads};
use crate::neural::layers::NONE;
use crate::parts::Parts;
use crate::training::{random, stream};
use crate::{BLOCK, Model, Result};

/// Blocks that the shifts of logits are found on.
const CALIBRATED: u64 = 8;

/// Network, encoders, and the shifts of logits.
pub(super) struct Autoregressive {
    encoder: Encoder,
    heads: Heads,
    net: Net,
    weights: Vec<f32>,
    offsets: Vec<f32>,
}

impl Autoregressive {
    /// The model of these weights, with shifts of logits that give each column the shares that it has in `data`.
    ///
    /// # Errors
    /// An internal error when an output is not a number.
    pub(super) fn learned(
        (encoder, heads, net): (&Encoder, &Heads, &Net),
        weights: &[f32],
        data: &Encoded,
        seed: u64,
    ) -> Result<Autoregressive> {
        let mut model = Autoregressive {
            encoder: encoder.clone(),
            heads: heads.clone(),
            net: net.clone(),
            weights: weights.to_vec(),
            offsets: vec![0.0; heads.width],
        };
        let said: Vec<Vec<f32>> = (0..CALIBRATED)
            .into_par_iter()
            .map(|block| {
                let mut rng = random(seed, (stream::CALIBRATION << 40) + block);
                let mut said = vec![0.0; BLOCK * heads.width];
                model.codes(&mut rng, Some(&mut said)).map(|_| said)
            })
            .collect::<Result<_>>()?;
        let shares = heads::shares(heads, data);
        model.offsets = heads::calibrate(heads, &shares, &said.concat());
        Ok(model)
    }

    /// Draws the codes of a block, group by group; `said` receives the logits that each group was drawn from.
    fn codes(&self, rng: &mut ChaCha8Rng, mut said: Option<&mut [f32]>) -> Result<Vec<u32>> {
        let (heads, width) = (&self.heads, self.heads.width);
        let mut codes = vec![NONE; BLOCK * heads.groups.len()];
        let mut scratch = Scratch::new(&self.net, BLOCK);
        for group in self.order(rng) {
            (self.net).forward(&self.weights, BLOCK, &codes, &mut scratch);
            if let Some(said) = said.as_mut() {
                let own = heads.groups[group];
                for row in 0..BLOCK {
                    let at = row * width + own.start..row * width + own.start + own.levels;
                    said[at.clone()].copy_from_slice(&scratch.out[at]);
                }
            }
            let logits = (&mut scratch.out[..], &self.offsets[..]);
            heads::draw_group(heads, group, logits, &mut codes, rng)?;
        }
        Ok(codes)
    }

    /// The order of a block's groups: at random, but whether there is a number before which it is.
    fn order(&self, rng: &mut ChaCha8Rng) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.heads.groups.len()).collect();
        order.shuffle(rng);
        let mut place = vec![0; order.len()];
        for (at, group) in order.iter().enumerate() {
            place[*group] = at;
        }
        for group in 0..order.len() {
            if let Some(gate) = self.heads.groups[group].gate
                && place[gate] > place[group]
            {
                order.swap(place[gate], place[group]);
                place.swap(gate, group);
            }
        }
        order
    }
}

impl Model for Autoregressive {
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        let mut rng = heads::rows_of(seed, block);
        let codes = self.codes(&mut rng, None)?;
        let drawn = heads::placed(&self.heads, &self.encoder, &codes, &mut rng);
        Ok(self
            .encoder
            .decode(BLOCK, &drawn.numbers, &drawn.codes, || rng.random()))
    }

    fn parts(&self) -> Parts {
        let vectors = [
            ("weights", &self.weights[..]),
            ("offsets", &self.offsets[..]),
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
    let heads = Heads::new(&encoder, p.bins as usize);
    let net = Net::new(p, &heads);
    Ok(Box::new(Autoregressive {
        weights: parts.floats("weights", net.shape.size())?,
        offsets: parts.floats("offsets", heads.width)?,
        encoder,
        heads,
        net,
    }))
}
