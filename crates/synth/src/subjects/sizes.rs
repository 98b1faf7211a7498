//! How many rows people have: counts by size, and a line of people that a sample walks along.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use verdancy_table::merged_sizes;

/// How many people have so many rows. Sizes that too few people have are merged with their
/// neighbours, so that nobody is known by the number of their rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Sizes(BTreeMap<u64, u64>);

/// Where a row of a sample belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The person, from 0.
    pub person: u64,
    /// The person's first row.
    pub start: u64,
    /// The person's rows.
    pub size: u64,
}

/// The people of a sample, one after the other without end: a pure function of sizes and seed.
pub(crate) struct Line {
    /// Where each person of one round ends.
    ends: Vec<u64>,
    /// The person of the round that row 0 belongs to.
    first: usize,
}

impl Sizes {
    /// Counts `sizes`, merged as [`merged_sizes`] does.
    pub(super) fn learn(sizes: impl IntoIterator<Item = u64>, least: usize) -> Sizes {
        Sizes(merged_sizes(sizes, least))
    }

    /// Guards against a damaged file.
    pub(super) fn is_sane(&self) -> bool {
        let rows = self.0.iter().try_fold(0u64, |sum, (size, people)| {
            sum.checked_add(size.checked_mul(*people)?)
        });
        let people: u64 = self.0.values().fold(0, |sum, n| sum.saturating_add(*n));
        !self.0.contains_key(&0) && people < 1 << 32 && rows.is_some_and(|r| r > 0 && r < 1 << 40)
    }

    /// The greatest size.
    pub(super) fn largest(&self) -> u64 {
        self.0.last_key_value().map_or(1, |(&size, _)| size)
    }

    /// The people of the sample with `seed`. Each round has every person once, in a fixed random
    /// order; the seed says where the sample begins.
    pub(super) fn line(&self, seed: u64) -> Line {
        let mut ends: Vec<u64> = (self.0.iter())
            .flat_map(|(&size, &people)| std::iter::repeat_n(size, people as usize))
            .collect();
        ends.shuffle(&mut ChaCha8Rng::seed_from_u64(0x7065_6f70));
        let mut end = 0;
        for size in &mut ends {
            end += *size;
            *size = end;
        }
        let first = (super::mix(seed ^ 0x6c69_6e65) % ends.len().max(1) as u64) as usize;
        Line { ends, first }
    }
}

impl Line {
    /// The person of row `row`.
    pub(super) fn at(&self, row: u64) -> Place {
        let start_of = |i: usize| if i == 0 { 0 } else { self.ends[i - 1] };
        let round = self.ends.last().copied().unwrap_or(1).max(1);
        let along = row + start_of(self.first);
        let within = along % round;
        let i = self.ends.partition_point(|&end| end <= within);
        let person = along / round * self.ends.len() as u64 + i as u64 - self.first as u64;
        Place {
            person,
            start: row - (within - start_of(i)),
            size: self.ends[i] - start_of(i),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_of_few_people_are_merged_into_the_nearest() {
        let mut all = [vec![1; 30], vec![2; 20], vec![3; 6]].concat();
        all.extend([4, 9, 11, 137]);
        let sizes = Sizes::learn(all.clone(), 5);
        assert!(sizes.0.values().all(|&n| n >= 5), "{sizes:?}");
        assert_eq!(sizes.0.values().sum::<u64>(), 60);
        assert_eq!((sizes.0[&1], sizes.0[&2]), (30, 20));
        assert!(!sizes.0.contains_key(&137), "nobody is known by 137 rows");
        let exact = Sizes::learn(all, 1);
        assert_eq!(exact.largest(), 137);
        assert_eq!(Sizes::learn([7, 9], 5).0, [(8, 2)].into());
    }

    proptest! {
        #[test]
        fn a_line_has_everybody_once_a_round_without_gap(
            sizes in prop::collection::vec(1u64..40, 1..80),
            least in 1usize..8,
            seed in any::<u64>(),
        ) {
            let merged = Sizes::learn(sizes.iter().copied(), least);
            prop_assert!(merged.is_sane());
            prop_assert_eq!(merged.0.values().sum::<u64>(), sizes.len() as u64);
            if sizes.len() >= least {
                prop_assert!(merged.0.values().all(|&n| n >= least as u64));
            }
            let line = merged.line(seed);
            let round: u64 = merged.0.iter().map(|(s, n)| s * n).sum();
            let mut counts = BTreeMap::new();
            let (mut row, mut person) = (0, 0);
            while row < round {
                let place = line.at(row);
                prop_assert_eq!((place.person, place.start), (person, row));
                prop_assert_eq!(line.at(row + place.size - 1), place);
                *counts.entry(place.size).or_insert(0u64) += 1;
                row += place.size;
                person += 1;
            }
            prop_assert_eq!(row, round);
            prop_assert_eq!(counts, merged.0);
        }
    }
}
