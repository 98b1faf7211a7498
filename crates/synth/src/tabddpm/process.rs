//! What a noise process has to do: corrupt rows, score the network's answer, draw rows.

use rand_chacha::ChaCha8Rng;

use super::batch::Batch;
use crate::encode::Encoder;
use crate::neural::{Input, Layout};

/// Rows in slots, as a sampler yields them.
pub(super) struct Drawn {
    /// `rows x numbers` normal deviates.
    pub(super) numbers: Vec<f32>,
    /// `rows x slots` codes.
    pub(super) codes: Vec<u32>,
}

/// A noise process over mixed rows.
pub(super) trait Process: Send + Sync {
    /// Fills `numbers`, `noised`, `time`, `goal` and `clock` of a loaded batch.
    fn corrupt(&self, encoder: &Encoder, batch: &mut Batch, rng: &mut ChaCha8Rng);

    /// Loss of the network's answer `out`, summed over rows and averaged over columns; `out` is
    /// replaced by its gradient times `scale`.
    fn loss(&self, layout: &Layout, batch: &Batch, out: &mut [f32], scale: f32) -> f64;

    /// Draws as many rows as there are `rngs`, each from its own random numbers.
    fn sample(
        &self,
        encoder: &Encoder,
        rngs: &mut [ChaCha8Rng],
        network: &mut dyn FnMut(Input<'_>, &mut Vec<f32>),
    ) -> Drawn;
}
