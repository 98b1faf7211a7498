//! The fitted copula: one latent normal per column (and one per column's gaps), joined by a
//! Cholesky factor.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use verdancy_table::{Column, Storage};

use super::marginal::Marginal;
use crate::{BLOCK, Error, Model, Result, strata};

/// Which cells of a column are missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gaps {
    /// None.
    None,
    /// Those whose latent variable lies at or above a cut.
    Above {
        /// Position of the latent variable.
        latent: usize,
        /// The cut.
        cut: f64,
    },
}

/// One modelled column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnModel {
    /// How its values are stored.
    pub storage: Storage,
    /// Its distribution.
    pub marginal: Marginal,
    /// Its latent variable; `None` when it has only one value.
    pub latent: Option<usize>,
    /// Its missing cells.
    pub gaps: Gaps,
}

/// The fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Copula {
    /// Modelled columns, in schema order.
    pub columns: Vec<ColumnModel>,
    /// Rows of the lower Cholesky factor of the latent correlations; row `i` has `i + 1` entries.
    pub factor: Vec<Vec<f64>>,
}

/// The generator of block `block`: a stream of its own under the seed.
fn generator(seed: u64, block: u64) -> ChaCha8Rng {
    let mut key = *b"........gaussian copula sampling";
    key[..8].copy_from_slice(&seed.to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(block);
    rng
}

impl Copula {
    /// Latent scores of a block: one row of [`BLOCK`] scores per latent variable.
    fn latent(&self, seed: u64, block: u64) -> Vec<f64> {
        let mut rng = generator(seed, block);
        let d = self.factor.len();
        let mut noise: Vec<f64> = (0..d * BLOCK)
            .map(|_| StandardNormal.sample(&mut rng))
            .collect();
        strata::uncorrelate(&mut noise, BLOCK);
        let mut out = vec![0.0; d * BLOCK];
        for (weights, to) in self.factor.iter().zip(out.chunks_exact_mut(BLOCK)) {
            for (&w, from) in weights.iter().zip(noise.chunks_exact(BLOCK)) {
                if w != 0.0 {
                    for (t, f) in to.iter_mut().zip(from) {
                        *t += w * f;
                    }
                }
            }
        }
        for scores in out.chunks_exact_mut(BLOCK) {
            strata::scores(scores, &mut rng);
        }
        out
    }
}

impl Model for Copula {
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>> {
        let latent = self.latent(seed, block);
        let scores = |i: usize| &latent[i * BLOCK..(i + 1) * BLOCK];
        let zeros = [0.0; BLOCK];
        self.columns
            .iter()
            .map(|c| {
                let own = c.latent.map_or(&zeros[..], scores);
                let column = match c.gaps {
                    Gaps::None => c.marginal.column(c.storage, own, |_| false),
                    Gaps::Above { latent, cut } => {
                        let gaps = scores(latent);
                        c.marginal.column(c.storage, own, |i| gaps[i] >= cut)
                    }
                };
                column.ok_or_else(|| Error::internal("a marginal has the wrong storage"))
            })
            .collect()
    }

    fn parts(&self) -> crate::parts::Parts {
        super::parts::take_apart(self)
    }
}
