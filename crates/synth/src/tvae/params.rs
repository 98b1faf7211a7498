//! Parameters of TVAE and their size-dependent defaults.

use crate::search::{Dimension, Scale, dimension};
use crate::{Mode, TableSize, parameters};

parameters! {
    /// Parameters of TVAE.
    pub struct Params {
        /// Passes over the training rows (epochs).
        n_iter: u32 = 300, "1 to 1000000", |v| (1..=1_000_000).contains(v);
        /// Rows of one optimiser step.
        batch_size: u32 = 256, "1 to 65536", |v| (1..=65_536).contains(v);
        /// Floating-point work of training at most, in TFLOP; 0 for no bound. Bounds n_iter.
        work: f64 = 1.5, "0 or more", |v| *v >= 0.0 && v.is_finite();
        /// Width of the hidden layers of encoder and decoder (two each).
        hidden: u32 = 128, "4 to 4096", |v| (4..=4096).contains(v);
        /// Dimensions of the latent space.
        embedding_dim: u32 = 64, "1 to 1024", |v| (1..=1024).contains(v);
        /// Equal bins of a number's ranks, which the decoder chooses from.
        bins: u32 = 32, "2 to 512", |v| (2..=512).contains(v);
        /// Weight of the reconstruction against the Kullback-Leibler divergence.
        loss_factor: f64 = 2.0, "above 0, up to 1000", |v| *v > 0.0 && *v <= 1000.0;
        /// Highest learning rate; warm-up and linear decay around it.
        learning_rate: f64 = 2e-3, "above 0, up to 1", |v| *v > 0.0 && *v <= 1.0;
        /// Decoupled weight decay of AdamW.
        weight_decay: f64 = 1e-5, "0 to 1", |v| (0.0..=1.0).contains(v);
        /// Share of the moving average of the weights kept per step; rows are drawn from the average.
        ema: f64 = 0.995, "0 to 0.99999", |v| (0.0..=0.99999).contains(v);
        /// Checks without a better validation loss before training stops; 0 never stops.
        patience: u32 = 5, "0 to 1000", |v| *v <= 1000;
        /// Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others.
        polish: u32 = 0, "0 to 2", |v| *v <= crate::polish::MOST;
    }
}

/// The defaults for a table of `size` in `mode`.
pub fn defaults(size: TableSize, mode: Mode) -> Params {
    Params {
        batch_size: match size.rows {
            0..1_000 => 64,
            1_000..5_000 => 128,
            _ => 256,
        },
        work: match mode {
            Mode::Speed => 0.5,
            Mode::Balanced => 1.5,
            Mode::Quality => 12.0,
        },
        hidden: match mode {
            Mode::Speed | Mode::Balanced => 128,
            Mode::Quality => 256,
        },
        // A bin that hardly any row is in cannot be learned.
        bins: (size.rows / 50).clamp(4, 32) as u32,
        ..Params::default()
    }
}

/// What a search goes through.
pub(crate) const SEARCH: [Dimension; 5] = [
    dimension("hidden", 64.0, 512.0, Scale::Width),
    dimension("embedding_dim", 8.0, 256.0, Scale::Power),
    dimension("batch_size", 32.0, 1024.0, Scale::Power),
    dimension("learning_rate", 3e-4, 1e-2, Scale::Log),
    dimension("loss_factor", 0.5, 8.0, Scale::Log),
];
