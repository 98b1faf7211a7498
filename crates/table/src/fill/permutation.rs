//! A keyed permutation of 0..n with random access and an inverse: a Feistel network over the next
//! even number of bits, walked until it lands in the range. It scatters; it is no cipher.

/// Greatest `n`.
pub(super) const GREATEST: u128 = 1 << 120;

const ROUNDS: usize = 6;

#[derive(Debug, Clone)]
pub(super) struct Permutation {
    n: u128,
    half: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// A permutation of `0..n` (`n` from 1 to [`GREATEST`]) for each `key`.
    pub(super) fn new(n: u128, key: u64) -> Permutation {
        let n = n.clamp(1, GREATEST);
        let bits = (128 - (n - 1).leading_zeros()).max(2);
        let mut keys = [0; ROUNDS];
        for (i, k) in keys.iter_mut().enumerate() {
            *k = mix(key ^ mix(i as u64 + 1));
        }
        Permutation {
            n,
            half: bits.div_ceil(2),
            keys,
        }
    }

    /// Where `x` goes; `x` below n.
    pub(super) fn apply(&self, x: u128) -> u128 {
        self.walk(x, |p, l, r| {
            p.keys
                .iter()
                .fold((l, r), |(l, r), k| (r, l ^ p.round(r, *k)))
        })
    }

    /// What goes to `y`; `y` below n.
    pub(super) fn invert(&self, y: u128) -> u128 {
        self.walk(y, |p, l, r| {
            p.keys
                .iter()
                .rev()
                .fold((l, r), |(l, r), k| (r ^ p.round(l, *k), l))
        })
    }

    fn walk(&self, mut x: u128, step: impl Fn(&Permutation, u64, u64) -> (u64, u64)) -> u128 {
        let mask = (1u128 << self.half) - 1;
        loop {
            let (l, r) = step(self, (x >> self.half) as u64, (x & mask) as u64);
            x = (u128::from(l) << self.half) | u128::from(r);
            if x < self.n {
                return x;
            }
        }
    }

    fn round(&self, x: u64, key: u64) -> u64 {
        mix(x ^ key) & (u64::MAX >> (64 - self.half))
    }
}

/// Mixes the bits of `x` (the finalizer of SplitMix64).
pub(super) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_taken_once() {
        for n in [1, 2, 3, 10, 255, 256, 257, 5000] {
            let p = Permutation::new(n, 42);
            let mut seen = vec![false; n as usize];
            for x in 0..n {
                let y = p.apply(x);
                assert_eq!(p.invert(y), x);
                assert!(!std::mem::replace(&mut seen[y as usize], true));
            }
        }
    }

    #[test]
    fn large_ranges_are_inverted() {
        for n in [u128::from(u64::MAX), GREATEST, 1 << 119] {
            let p = Permutation::new(n, 7);
            for x in [0, 1, n / 2, n - 1] {
                let y = p.apply(x);
                assert!(y < n);
                assert_eq!(p.invert(y), x);
            }
        }
    }

    #[test]
    fn keys_and_places_scatter() {
        let n = 100_000;
        let (a, b) = (Permutation::new(n, 1), Permutation::new(n, 2));
        let same = (0..n).filter(|&x| a.apply(x) == b.apply(x)).count();
        assert!(same < 20, "{same} places agree");
        // The images of the first half stand evenly in both halves.
        let low = (0..n / 2).filter(|&x| a.apply(x) < n / 2).count();
        assert!((24_000..26_000).contains(&low), "{low}");
    }
}
