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
    strata::spread(encoder, &mut drawn.numbers, &drawn.codes, &mut rngs[0]);
    drawn
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
