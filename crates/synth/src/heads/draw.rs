//! Rows of a block from logits: each group's chance is spread evenly over the block.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Heads;
use crate::encode::{Encoder, quantile};
use crate::neural::softmax;
use crate::{BLOCK, Error, Result, strata};

/// Rows in slots.
pub(crate) struct Drawn {
    /// `rows x numbers` normal deviates.
    pub(crate) numbers: Vec<f32>,
    /// `rows x slots` codes.
    pub(crate) codes: Vec<u32>,
}

/// The random numbers of a block.
pub(crate) fn rows_of(seed: u64, block: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5a4d_0003);
    rng.set_stream(block);
    rng
}

/// Draws a block from its outputs (which are used up), `offsets` added to them.
///
/// # Errors
/// An internal error when an output is not a number.
pub(crate) fn draw(
    heads: &Heads,
    encoder: &Encoder,
    out: &mut [f32],
    offsets: &[f32],
    rng: &mut ChaCha8Rng,
) -> Result<Drawn> {
    let (slots, numbers) = (heads.slots, heads.numbers);
    let mut drawn = Drawn {
        numbers: vec![0.0; BLOCK * numbers],
        codes: vec![0; BLOCK * slots],
    };
    if out.iter().any(|v| !v.is_finite()) {
        return Err(Error::internal(
            "the model drew a number that is not finite",
        ));
    }
    for (i, group) in heads.groups.iter().enumerate() {
        let uniforms = strata::uniforms(BLOCK, rng);
        for (row, u) in uniforms.into_iter().enumerate() {
            let from = row * heads.width + group.start;
            let own = &mut out[from..from + group.levels];
            let shift = &offsets[group.start..group.start + group.levels];
            own.iter_mut().zip(shift).for_each(|(x, o)| *x += o);
            softmax(own);
            let code = pick(own, u);
            if i < slots {
                drawn.codes[row * slots + i] = code as u32;
            } else {
                let within: f64 = rng.random();
                let rank = (code as f64 + within) / heads.bins as f64;
                drawn.numbers[row * numbers + i - slots] = quantile(rank) as f32;
            }
        }
    }
    if heads.scalars > 0 {
        for row in 0..BLOCK {
            for slot in 0..numbers {
                let x = f64::from(out[row * heads.width + slot]);
                drawn.numbers[row * numbers + slot] = quantile(0.5 * x + 0.5) as f32;
            }
        }
    }
    strata::spread(encoder, &mut drawn.numbers, &drawn.codes, rng);
    Ok(drawn)
}

/// Draws one group of a block from its outputs, `offsets` added to them, into `codes`; rows in which the group's
/// gate is closed get none.
///
/// # Errors
/// An internal error when an output is not a number.
pub(crate) fn draw_group(
    heads: &Heads,
    group: usize,
    (out, offsets): (&mut [f32], &[f32]),
    codes: &mut [u32],
    rng: &mut ChaCha8Rng,
) -> Result<()> {
    let (own, groups) = (heads.groups[group], heads.groups.len());
    for (row, u) in strata::uniforms(BLOCK, rng).into_iter().enumerate() {
        let closed = |gate: usize| codes[row * groups + gate] != heads.groups[gate].start as u32;
        if own.gate.is_some_and(closed) {
            continue;
        }
        let from = row * heads.width + own.start;
        let shares = &mut out[from..from + own.levels];
        if shares.iter().any(|v| !v.is_finite()) {
            return Err(Error::internal(
                "the model drew a number that is not finite",
            ));
        }
        let shift = &offsets[own.start..own.start + own.levels];
        shares.iter_mut().zip(shift).for_each(|(x, o)| *x += o);
        softmax(shares);
        codes[row * groups + group] = (own.start + pick(shares, u)) as u32;
    }
    Ok(())
}

/// Rows in slots from the codes of a block: each number at random within its bin, and then spread evenly.
pub(crate) fn placed(
    heads: &Heads,
    encoder: &Encoder,
    codes: &[u32],
    rng: &mut ChaCha8Rng,
) -> Drawn {
    let (slots, numbers, groups) = (heads.slots, heads.numbers, heads.groups.len());
    let mut drawn = Drawn {
        numbers: vec![0.0; BLOCK * numbers],
        codes: vec![0; BLOCK * slots],
    };
    for row in 0..BLOCK {
        for (i, group) in heads.groups.iter().enumerate() {
            let code = codes[row * groups + i].saturating_sub(group.start as u32);
            if i < slots {
                drawn.codes[row * slots + i] = code;
            } else {
                let within: f64 = rng.random();
                let bin = (code as usize).min(heads.bins - 1);
                let rank = (bin as f64 + within) / heads.bins as f64;
                drawn.numbers[row * numbers + i - slots] = quantile(rank) as f32;
            }
        }
    }
    strata::spread(encoder, &mut drawn.numbers, &drawn.codes, rng);
    drawn
}

/// The level at the share `u` of the cumulated shares.
fn pick(shares: &[f32], u: f32) -> usize {
    let mut sum = 0.0;
    for (level, share) in shares.iter().enumerate() {
        sum += share;
        if u < sum {
            return level;
        }
    }
    // Rounding left the sum under 1: the last level that can occur.
    (shares.iter().rposition(|s| *s > 0.0)).unwrap_or(0)
}
