//! How many rows share a key, where keys repeat: the sizes of groups, never the keys.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::permutation::{Permutation, mix};

/// Least and greatest number of rows that are mixed among each other where the training keys were
/// not sorted. Between them it is eight times the largest group: enough to scatter it, and few
/// enough that the last, cut window takes rows from few groups.
const WINDOW: (u64, u64) = (256, 1 << 20);

/// The sizes of groups of equal keys.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Groups {
    /// How many keys have so many rows.
    sizes: BTreeMap<u64, u64>,
    /// True when the rows of a key stand together.
    sorted: bool,
    #[serde(skip)]
    line: Line,
}

/// The ends of all groups in a fixed random order, laid out when first needed.
#[derive(Debug, Clone, Default)]
struct Line(OnceLock<Arc<[u64]>>);

impl PartialEq for Line {
    fn eq(&self, _: &Line) -> bool {
        true
    }
}

impl Groups {
    /// Counts the groups of `keys`; `None` when there is no key.
    pub(super) fn learn(keys: &[Option<String>]) -> Option<Groups> {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for key in keys.iter().flatten() {
            *counts.entry(key).or_insert(0) += 1;
        }
        let repeats: u64 = counts.values().map(|c| c - 1).sum();
        let present: Vec<&String> = keys.iter().flatten().collect();
        let together = present.windows(2).filter(|w| w[0] == w[1]).count() as u64;
        let mut sizes = BTreeMap::new();
        for count in counts.into_values() {
            *sizes.entry(count).or_insert(0) += 1;
        }
        (!sizes.is_empty()).then(|| Groups {
            sizes,
            sorted: 2 * together >= repeats,
            line: Line::default(),
        })
    }

    /// Guards against a damaged file.
    pub(super) fn is_sane(&self) -> bool {
        let rows = self.sizes.iter().try_fold(0u64, |sum, (size, count)| {
            sum.checked_add(size.checked_mul(*count)?)
        });
        rows.is_some_and(|r| r > 0 && r < 1 << 40) && !self.sizes.contains_key(&0)
    }

    /// The keys of rows under a seed.
    pub(super) fn places(&self, seed: u64, stream: u64) -> Places {
        let ends = self.line.0.get_or_init(|| {
            let mut sizes: Vec<u64> = self
                .sizes
                .iter()
                .flat_map(|(&size, &count)| std::iter::repeat_n(size, count as usize))
                .collect();
            sizes.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
            let mut end = 0;
            for size in &mut sizes {
                end += *size;
                *size = end;
            }
            sizes.into()
        });
        let key = mix(seed ^ mix(stream.wrapping_add(0x67_726f)));
        let mut places = Places {
            ends: ends.clone(),
            offset: key % ends.last().copied().unwrap_or(1).max(1),
            first: 0,
            mixed: (!self.sorted).then(|| {
                let largest = self.sizes.last_key_value().map_or(1, |(&size, _)| size);
                let window = largest.saturating_mul(8).clamp(WINDOW.0, WINDOW.1);
                (window, Permutation::new(u128::from(window), key))
            }),
        };
        places.first = places.group(places.offset);
        places
    }
}

/// Which key each row has: the line of groups, repeated without end from some place on.
pub(super) struct Places {
    ends: Arc<[u64]>,
    offset: u64,
    first: u64,
    mixed: Option<(u64, Permutation)>,
}

impl Places {
    /// The number of the key of `row`, counted from 0.
    pub(super) fn key_of(&self, row: u64) -> u64 {
        let at = match &self.mixed {
            Some((window, p)) => row / window * window + p.apply(u128::from(row % window)) as u64,
            None => row,
        };
        self.group(at + self.offset) - self.first
    }

    fn group(&self, at: u64) -> u64 {
        let rows = self.ends.last().copied().unwrap_or(1).max(1);
        let within = self.ends.partition_point(|&end| end <= at % rows);
        at / rows * self.ends.len() as u64 + within as u64
    }
}
