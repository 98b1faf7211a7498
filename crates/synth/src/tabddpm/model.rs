//! A fitted TabDDPM.

use rand::RngExt;
use serde::{Deserialize, Serialize};
use verdancy_table::Column;

use super::masked::Masked;
use super::multinomial::Multinomial;
use super::params::{Params, ProcessName};
use super::process::Process;
use super::sample;
use crate::encode::{Encoded, Encoder, UNKNOWN};
use crate::neural::{Layout, Net, Panels, Scratch};
use crate::parts::{Parts, Tensor, damaged};
use crate::{BLOCK, Error, Model, Result};

/// Weights, encoders and process.
pub(super) struct TabDdpm {
    layout: Layout,
    encoder: Encoder,
    process: Box<dyn Process>,
    weights: Vec<f32>,
    panels: Panels,
    head: Head,
}

impl TabDdpm {
    pub(super) fn new(p: &Params, encoder: Encoder, head: Head, weights: Vec<f32>) -> TabDdpm {
        let layout = super::layout(p, &encoder);
        TabDdpm {
            panels: Panels::for_sampling(&layout, p.precision, &weights),
            process: head.process(p, &encoder),
            layout,
            encoder,
            weights,
            head,
        }
    }
}

/// The model's own facts in the manifest.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Head {
    /// Cumulative shares of the target's levels, when it is drawn first.
    label: Option<Vec<f32>>,
}

impl Head {
    /// Learns the shares of the label, when it is to be drawn first.
    pub(super) fn learn(params: &Params, encoder: &Encoder, train: &Encoded) -> Head {
        let slots = encoder.levels.len();
        let label = encoder
            .target
            .filter(|_| params.label_conditioning)
            .map(|target| {
                let mut counts = vec![0_u64; encoder.levels[target]];
                for row in 0..train.rows {
                    let code = train.codes[row * slots + target];
                    if code != UNKNOWN {
                        counts[code as usize] += 1;
                    }
                }
                let total = counts.iter().sum::<u64>().max(1) as f64;
                let mut sum = 0;
                counts
                    .iter()
                    .map(|c| {
                        sum += c;
                        (sum as f64 / total) as f32
                    })
                    .collect()
            });
        Head { label }
    }

    /// The process that `params` name.
    pub(super) fn process(&self, params: &Params, encoder: &Encoder) -> Box<dyn Process> {
        match params.process {
            ProcessName::Masked => Box::new(Masked {
                steps: params.sampler_steps as usize,
                label: self.label.clone(),
            }),
            ProcessName::Multinomial => Box::new(Multinomial::new(
                params.timesteps as usize,
                encoder,
                self.label.clone(),
            )),
        }
    }
}

impl Model for TabDdpm {
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        let net = Net {
            layout: &self.layout,
            weights: &self.weights,
            panels: &self.panels,
        };
        let mut scratch = Scratch::for_sampling(net.layout, net.panels, BLOCK);
        let drawn = sample::draw(
            net,
            &self.encoder,
            self.process.as_ref(),
            &mut scratch,
            seed,
            block,
        );
        if drawn.numbers.iter().any(|v| !v.is_finite()) {
            return Err(Error::internal(
                "the model drew a number that is not finite",
            ));
        }
        let mut rng = crate::training::random(seed ^ 0x5a4d_0002, block);
        Ok(self
            .encoder
            .decode(BLOCK, &drawn.numbers, &drawn.codes, || rng.random()))
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::default();
        let encoder = self.encoder.store(&mut parts);
        parts.tensors.insert(
            "weights".into(),
            Tensor::F32(vec![self.weights.len()], self.weights.clone()),
        );
        parts.head = serde_json::json!({ "encoder": encoder, "model": self.head });
        parts
    }
}

/// Rebuilds a model from its parts.
///
/// # Errors
/// `model/damaged` when they do not fit together.
pub(crate) fn from_parts(params: &Params, mut parts: Parts) -> Result<Box<dyn Model>> {
    params.check()?;
    let mut part = |name: &str| {
        parts
            .head
            .get_mut(name)
            .map(serde_json::Value::take)
            .ok_or_else(damaged)
    };
    let (encoder, head) = (part("encoder")?, part("model")?);
    let head: Head = serde_json::from_value(head).map_err(|_| damaged())?;
    let encoder = Encoder::restore(encoder, &mut parts)?;
    let layout = super::layout(params, &encoder);
    let weights = parts.floats("weights", layout.size())?;
    if let Some(shares) = &head.label {
        let fits = encoder
            .target
            .is_some_and(|t| encoder.levels[t] == shares.len())
            && !shares.is_empty();
        if !fits {
            return Err(damaged());
        }
    }
    Ok(Box::new(TabDdpm::new(params, encoder, head, weights)))
}
