//! Which rows a step learns from, and the random numbers of each purpose.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Streams of random numbers, by purpose.
pub(crate) mod stream {
    pub(crate) const INIT: u64 = 1;
    pub(crate) const SHUFFLE: u64 = 2;
    pub(crate) const VALIDATION: u64 = 3;
    pub(crate) const COPIES: u64 = 4;
    pub(crate) const CALIBRATION: u64 = 5;
    pub(crate) const RIVAL: u64 = 6;
    pub(crate) const STEPS: u64 = 1 << 32;
}

/// The random numbers of one purpose.
pub(crate) fn random(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// Rows in shuffled passes, cut into batches and these into shards.
pub(crate) struct Batches {
    order: Vec<usize>,
    at: usize,
    shuffler: ChaCha8Rng,
    /// Rows of the batch at hand.
    pub(crate) picked: Vec<usize>,
    batch: usize,
}

impl Batches {
    /// Those of `rows` rows after `steps` steps of `batch` rows.
    pub(crate) fn after(steps: u64, rows: usize, batch: usize, seed: u64) -> Batches {
        let mut shuffler = random(seed, stream::SHUFFLE);
        let mut order: Vec<usize> = (0..rows).collect();
        let taken = steps * batch as u64;
        let shuffles = taken.div_ceil(rows.max(1) as u64);
        for _ in 0..shuffles {
            order.shuffle(&mut shuffler);
        }
        Batches {
            at: rows - (shuffles * rows as u64 - taken) as usize,
            order,
            shuffler,
            picked: Vec::with_capacity(batch),
            batch,
        }
    }

    /// Picks the next batch.
    pub(crate) fn advance(&mut self) {
        self.picked.clear();
        while self.picked.len() < self.batch {
            if self.at == self.order.len() {
                self.order.shuffle(&mut self.shuffler);
                self.at = 0;
            }
            let take = (self.batch - self.picked.len()).min(self.order.len() - self.at);
            (self.picked).extend_from_slice(&self.order[self.at..self.at + take]);
            self.at += take;
        }
    }

    /// Shards of one batch: fixed by its size, whatever the number of threads.
    pub(crate) fn shards(batch: usize) -> usize {
        if batch < 32 { 1 } else { 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_after_some_steps_are_those_of_a_whole_run() {
        let mut whole = Batches::after(0, 13, 5, 3);
        for step in 0..20 {
            let mut later = Batches::after(step, 13, 5, 3);
            whole.advance();
            later.advance();
            assert_eq!(whole.picked, later.picked, "step {step}");
        }
        let mut seen: Vec<usize> = Vec::new();
        let mut fresh = Batches::after(0, 12, 4, 1);
        for _ in 0..3 {
            fresh.advance();
            seen.extend(&fresh.picked);
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..12).collect::<Vec<_>>());
    }
}
