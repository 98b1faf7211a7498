//! Dropout: units are set to 0 at random while training, the others scaled up.

use rand::{Rng, RngExt};

use super::super::simd;

/// Which units of a pass are kept, as factors.
#[derive(Debug, Clone, Default)]
pub struct Dropout {
    keep: Vec<f32>,
}

impl Dropout {
    /// Draws factors for `units` units; `rate` 0 keeps all.
    pub fn draw(&mut self, units: usize, rate: f32, rng: &mut impl Rng) {
        self.keep.clear();
        if rate <= 0.0 {
            return;
        }
        let (limit, scale) = ((f64::from(rate) * 256.0).round() as u8, 1.0 / (1.0 - rate));
        self.keep.resize(units, 0.0);
        for chunk in self.keep.chunks_mut(8) {
            let bits: [u8; 8] = rng.random::<u64>().to_le_bytes();
            for (k, b) in chunk.iter_mut().zip(bits) {
                *k = if b < limit { 0.0 } else { scale };
            }
        }
    }

    /// Applies the factors to outputs, to gradients, or to directions: all three are the same.
    pub fn apply(&self, values: &mut [f32]) {
        if !self.keep.is_empty() {
            simd::scale(values, &self.keep);
        }
    }
}
