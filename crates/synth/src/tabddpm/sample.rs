//! Drawing blocks of rows.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::process::{Drawn, Process};
use crate::BLOCK;
use crate::encode::Encoder;
use crate::neural::{Net, Scratch};
use crate::strata;

/// Draws block `block` in slots; each row has its own random numbers.
pub(super) fn draw(
    net: Net<'_>,
    encoder: &Encoder,
    process: &dyn Process,
    scratch: &mut Scratch,
    seed: u64,
    block: u64,
) -> Drawn {
    let mut rngs = rows(seed, block);
    let mut drawn = process.sample(encoder, &mut rngs, &mut |input, out| {
        let answer = scratch.forward(net, input);
        out.clear();
        out.extend_from_slice(answer);
    });
    spread(encoder, &mut drawn, &mut rngs[0]);
    drawn
}

/// Spreads the numbers of each slot evenly over its distribution, which is normal by the encoding,
/// among the rows that hold a number there.
fn spread(encoder: &Encoder, drawn: &mut Drawn, rng: &mut ChaCha8Rng) {
    let (numbers, slots) = (encoder.numbers, encoder.levels.len());
    for (slot, gate) in encoder.gate.iter().enumerate() {
        let held = |row: &usize| gate.is_none_or(|g| drawn.codes[row * slots + g] == 0);
        let own: Vec<usize> = (0..BLOCK).filter(held).collect();
        let mut scores: Vec<f64> = (own.iter())
            .map(|row| f64::from(drawn.numbers[row * numbers + slot]))
            .collect();
        strata::scores(&mut scores, rng);
        for (row, score) in own.iter().zip(scores) {
            drawn.numbers[row * numbers + slot] = score as f32;
        }
    }
}

/// The random numbers of each row of a block.
pub(super) fn rows(seed: u64, block: u64) -> Vec<ChaCha8Rng> {
    let base = ChaCha8Rng::seed_from_u64(seed ^ 0x5a4d_0001);
    (0..BLOCK as u64)
        .map(|i| {
            let mut rng = base.clone();
            rng.set_stream(block * BLOCK as u64 + i);
            rng
        })
        .collect()
}
