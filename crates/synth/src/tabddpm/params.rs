//! Parameters of TabDDPM and their size-dependent defaults.

use crate::search::{Dimension, Scale, dimension};
use serde::{Deserialize, Serialize};

use crate::neural::Precision;
use crate::{Mode, TableSize, parameters};

/// The noise process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessName {
    /// Continuous time: variance-exploding noise on numbers, masking of categories.
    Masked,
    /// The paper's: T discrete steps, Gaussian and multinomial diffusion.
    Multinomial,
}

parameters! {
    /// Parameters of TabDDPM.
    pub struct Params {
        /// Passes over the training rows (epochs).
        n_iter: u32 = 300, "1 to 1000000", |v| (1..=1_000_000).contains(v);
        /// Rows of one optimiser step.
        batch_size: u32 = 64, "1 to 65536", |v| (1..=65_536).contains(v);
        /// Floating-point work of training at most, in TFLOP; 0 for no bound. Bounds n_iter.
        work: f64 = 10.0, "0 or more", |v| *v >= 0.0 && v.is_finite();
        /// Width of the network.
        hidden: u32 = 256, "4 to 4096", |v| (4..=4096).contains(v);
        /// Residual blocks of the network.
        blocks: u32 = 3, "1 to 16", |v| (1..=16).contains(v);
        /// Arithmetic of the network's large products: single (f32), or bf16 (factors rounded to bf16, sums in f32), which is the default where the processor has instructions for it.
        precision: Precision = Precision::Single, "single or bf16", |_| true;
        /// Share of inner units dropped while training.
        dropout: f64 = 0.0, "0 to 0.9", |v| (0.0..=0.9).contains(v);
        /// Highest learning rate; warm-up and linear decay around it.
        learning_rate: f64 = 1e-3, "above 0, up to 1", |v| *v > 0.0 && *v <= 1.0;
        /// Decoupled weight decay of AdamW.
        weight_decay: f64 = 0.0, "0 to 1", |v| (0.0..=1.0).contains(v);
        /// Greatest norm of a gradient; larger ones are scaled down.
        clip: f64 = 1.0, "above 0", |v| *v > 0.0;
        /// Share of the moving average of the weights kept per step; rows are drawn from the average.
        ema: f64 = 0.999, "0 to 0.99999", |v| (0.0..=0.99999).contains(v);
        /// Noise added to the training rows, in standard deviations of the encoded numbers, so that no single row can be learned by heart.
        smoothing: f64 = 0.0, "0 to 0.9", |v| (0.0..=0.9).contains(v);
        /// Share of the training rows of a batch that are replaced by rows of a Gaussian copula of them, which steadies small tables and cannot copy.
        prior: f64 = 0.0, "0 to 0.9", |v| (0.0..=0.9).contains(v);
        /// The noise process: masked, or multinomial as in the paper.
        process: ProcessName = ProcessName::Masked, "masked or multinomial", |_| true;
        /// Diffusion steps T of the multinomial process.
        timesteps: u32 = 1000, "2 to 100000", |v| (2..=100_000).contains(v);
        /// Network calls to draw a row (masked process).
        sampler_steps: u32 = 24, "2 to 10000", |v| (2..=10_000).contains(v);
        /// Draw a categorical target first, with its own shares, and the rest given it.
        label_conditioning: bool = true, "true or false", |_| true;
        /// Checks without a better validation loss before training stops; 0 never stops.
        patience: u32 = 6, "0 to 1000", |v| *v <= 1000;
        /// Copy share on validation rows, above a Gaussian copula's, at which training stops; 1 never stops (masked process, up to 5,000 rows).
        copy_limit: f64 = 0.15, "0 to 1", |v| (0.0..=1.0).contains(v);
        /// Sweeps over the drawn rows: in each, every column is drawn anew from a tree on all others.
        polish: u32 = 0, "0 to 2", |v| *v <= crate::polish::MOST;
    }
}

/// A row of the table of size-dependent defaults.
pub struct SizeRow {
    /// Name of the size class.
    pub name: &'static str,
    /// Fewer training rows than this.
    pub under: usize,
    /// Passes over the training rows.
    pub n_iter: u32,
    /// Batch size up to 20 columns, up to 30, and above.
    pub batch: [u32; 3],
}

/// Size-dependent defaults: n_iter and batch size by rows and columns.
pub const SIZES: [SizeRow; 4] = [
    SizeRow {
        name: "small",
        under: 1_000,
        n_iter: 300,
        batch: [64, 64, 64],
    },
    SizeRow {
        name: "medium",
        under: 5_000,
        n_iter: 400,
        batch: [128, 256, 256],
    },
    SizeRow {
        name: "large",
        under: 20_000,
        n_iter: 500,
        batch: [256, 256, 256],
    },
    SizeRow {
        name: "x-large",
        under: usize::MAX,
        n_iter: 600,
        batch: [512, 512, 512],
    },
];

/// The defaults for a table of `size` in `mode`.
pub fn defaults(size: TableSize, mode: Mode) -> Params {
    let row = SIZES
        .iter()
        .find(|s| size.rows < s.under)
        .unwrap_or(&SIZES[3]);
    let wide = usize::from(size.columns > 20) + usize::from(size.columns > 30);
    let small = size.rows < 1_000;
    Params {
        n_iter: row.n_iter,
        batch_size: row.batch[wide],
        work: match mode {
            Mode::Speed => 1.5,
            Mode::Balanced => 10.0,
            Mode::Quality => 80.0,
        },
        hidden: match mode {
            _ if small => 128,
            Mode::Speed | Mode::Balanced => 256,
            Mode::Quality => 384,
        },
        precision: Precision::fastest(),
        ema: if small { 0.99 } else { 0.999 },
        smoothing: if small { 0.1 } else { 0.0 },
        prior: if small { 0.5 } else { 0.0 },
        ..Params::default()
    }
}

/// What a search goes through. The bound on work keeps every trial within the mode's budget, so that width and
/// depth cost passes.
pub(crate) const SEARCH: [Dimension; 7] = [
    dimension("hidden", 64.0, 512.0, Scale::Width),
    dimension("blocks", 1.0, 5.0, Scale::Whole),
    dimension("batch_size", 32.0, 1024.0, Scale::Power),
    dimension("learning_rate", 3e-4, 5e-3, Scale::Log),
    dimension("dropout", 0.0, 0.3, Scale::Linear),
    dimension("smoothing", 0.0, 0.3, Scale::Linear),
    dimension("prior", 0.0, 0.8, Scale::Linear),
];
