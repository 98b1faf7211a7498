//! How many rows share a key, where keys repeat: the sizes of groups, never the keys. The size of a
//! group of few people is merged with others until enough groups have it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::coded::Coded;
use super::permutation::{Permutation, mix};
use crate::merged_sizes;

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
    /// The groups of a coded column; `None` when there is none. Those that fewer than `fewest` people
    /// have a row of are protected.
    pub(super) fn of(column: &Coded<'_>, fewest: usize) -> Option<Groups> {
        let repeats: u64 = (column.rows.iter())
            .map(|&c| u64::from(c.saturating_sub(1)))
            .sum();
        let present: Vec<u32> = (column.codes.iter().copied())
            .filter(|&c| c != u32::MAX)
            .collect();
        let together = present.windows(2).filter(|w| w[0] == w[1]).count() as u64;
        let (large, small): (Vec<_>, Vec<_>) = (column.rows.iter().zip(&column.people))
            .partition(|(_, people)| **people as usize >= fewest);
        let mut sizes = merged_sizes(small.iter().map(|(rows, _)| u64::from(**rows)), fewest);
        for (&rows, _) in large {
            *sizes.entry(u64::from(rows)).or_insert(0) += 1;
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

    /// The keys of rows under a seed. Where the keys are a closed set, all rows are mixed among each
    /// other, so that as many rows as there were have each key as often as its rows were.
    pub(super) fn places(&self, seed: u64, stream: u64, closed: bool) -> Places {
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
                let window = match ends.last() {
                    Some(&rows) if closed => rows.max(1),
                    _ => largest.saturating_mul(8).clamp(WINDOW.0, WINDOW.1),
                };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_few_people_is_not_known_by_its_size() {
        let cells: Vec<Option<String>> = (0..40)
            .flat_map(|key| vec![Some(format!("k{key}")); if key < 35 { 2 } else { 4 }])
            .chain(vec![Some("regular".to_owned()); 30])
            .collect();
        let sizes = |subjects: Option<&[u32]>, fewest| {
            let column = Coded::new(0, None, &cells, subjects);
            Groups::of(&column, fewest).map(|groups| groups.sizes)
        };
        // Rows are people: thirty of them share the largest.
        assert_eq!(sizes(None, 5), Some([(2, 35), (4, 5), (30, 1)].into()));
        assert_eq!(sizes(None, 6), Some([(2, 30), (3, 10), (30, 1)].into()));
        // One person has all of the largest.
        let people: Vec<u32> = (0..cells.len() as u32).map(|row| row.min(90)).collect();
        let merged = sizes(Some(&people), 5);
        assert!(
            merged
                .as_ref()
                .is_some_and(|m| !m.contains_key(&30) && m.values().all(|n| *n >= 5)),
            "{merged:?}"
        );
    }
}
