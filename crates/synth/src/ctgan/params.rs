//! Parameters of CTGAN and their size-dependent defaults.

use crate::search::{Dimension, Scale, dimension};
use crate::{Mode, TableSize, parameters};

parameters! {
    /// Parameters of CTGAN.
    pub struct Params {
        /// Passes over the training rows (epochs).
        n_iter: u32 = 300, "1 to 1000000", |v| (1..=1_000_000).contains(v);
        /// Rows of one optimiser step, in whole packs.
        batch_size: u32 = 250, "1 to 65536", |v| (1..=65_536).contains(v);
        /// Floating-point work of training at most, in TFLOP; 0 for no bound. Bounds n_iter.
        work: f64 = 2.0, "0 or more", |v| *v >= 0.0 && v.is_finite();
        /// Width of the hidden layers of generator and critic (two each).
        hidden: u32 = 128, "4 to 4096", |v| (4..=4096).contains(v);
        /// Numbers of noise that a row is made from.
        embedding_dim: u32 = 128, "1 to 1024", |v| (1..=1024).contains(v);
        /// Rows that the critic sees together.
        pac: u32 = 10, "1 to 100", |v| (1..=100).contains(v);
        /// Weight of the gradient penalty.
        gradient_penalty: f64 = 10.0, "0 to 1000", |v| (0.0..=1000.0).contains(v);
        /// Temperature of the categories that the generator shows to the critic.
        tau: f64 = 0.2, "0.05 to 5", |v| (0.05..=5.0).contains(v);
        /// Share of the critic's units dropped while training.
        dropout: f64 = 0.5, "0 to 0.9", |v| (0.0..=0.9).contains(v);
        /// Learning rate of generator and critic.
        learning_rate: f64 = 1e-3, "above 0, up to 1", |v| *v > 0.0 && *v <= 1.0;
        /// Decoupled weight decay of the generator.
        weight_decay: f64 = 1e-6, "0 to 1", |v| (0.0..=1.0).contains(v);
        /// Share of the moving average of the generator kept per step; rows are drawn from the average.
        ema: f64 = 0.995, "0 to 0.99999", |v| (0.0..=0.99999).contains(v);
        /// Checks without rows closer to the validation rows before training stops; 0 never stops.
        patience: u32 = 12, "0 to 1000", |v| *v <= 1000;
        /// Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others.
        polish: u32 = 0, "0 to 2", |v| *v <= crate::polish::MOST;
    }
}

/// The defaults for a table of `size` in `mode`.
pub fn defaults(size: TableSize, mode: Mode) -> Params {
    let small = size.rows < 1_000;
    Params {
        batch_size: match size.rows {
            0..1_000 => 60,
            1_000..5_000 => 120,
            _ => 250,
        },
        work: match mode {
            Mode::Speed => 0.7,
            Mode::Balanced => 2.0,
            Mode::Quality => 15.0,
        },
        hidden: match mode {
            Mode::Speed | Mode::Balanced => 128,
            Mode::Quality => 256,
        },
        embedding_dim: if small { 64 } else { 128 },
        ..Params::default()
    }
}

/// What a search goes through.
pub(crate) const SEARCH: [Dimension; 5] = [
    dimension("hidden", 64.0, 512.0, Scale::Width),
    dimension("batch_size", 64.0, 1024.0, Scale::Power),
    dimension("learning_rate", 5e-5, 2e-3, Scale::Log),
    dimension("dropout", 0.0, 0.6, Scale::Linear),
    dimension("tau", 0.1, 1.0, Scale::Log),
];
