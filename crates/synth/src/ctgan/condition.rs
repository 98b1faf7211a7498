//! Conditions: a categorical slot and one of its levels, by which training rows are drawn, so that
//! rare levels are seen often enough (training by sampling).

use rand::{Rng, RngExt};

use crate::encode::{Encoded, UNKNOWN};
use crate::heads::Heads;

/// A slot (a group of the outputs) and the output that it should choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) group: usize,
    pub(super) output: usize,
}

/// The shares of levels: by them conditions are drawn when rows are sampled.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shares {
    /// Cumulated within each group.
    pub(super) cumulated: Vec<f32>,
}

impl Shares {
    /// From the share of each output.
    pub(super) fn new(heads: &Heads, shares: &[f64]) -> Shares {
        let mut cumulated = vec![0.0; heads.width - heads.scalars];
        for group in &heads.groups {
            let mut sum = 0.0;
            for at in group.start..group.start + group.levels {
                sum += shares[at];
                cumulated[at - heads.scalars] = sum as f32;
            }
        }
        Shares { cumulated }
    }

    /// True when they can be those of `heads`: not decreasing within a group.
    pub(super) fn fit(&self, heads: &Heads) -> bool {
        self.cumulated.len() == heads.width - heads.scalars
            && heads.groups.iter().all(|group| {
                let own = &self.cumulated[group.start - heads.scalars..][..group.levels];
                own.windows(2).all(|w| w[0] <= w[1]) && own.iter().all(|s| *s >= 0.0)
            })
    }

    /// The condition for two uniform numbers.
    pub(super) fn at(&self, heads: &Heads, (slot, level): (f32, f32)) -> Option<Condition> {
        let group =
            ((slot * heads.groups.len() as f32) as usize).min(heads.groups.len().max(1) - 1);
        let own = heads.groups.get(group)?;
        let shares = &self.cumulated[own.start - heads.scalars..][..own.levels];
        let level = shares.partition_point(|s| *s <= level).min(own.levels - 1);
        Some(Condition {
            group,
            output: own.start + level,
        })
    }
}

/// The training rows of each level.
pub(super) struct Sampler {
    /// The groups that have rows.
    groups: Vec<usize>,
    /// By output, without the scalars: where its rows begin.
    starts: Vec<usize>,
    rows: Vec<u32>,
    /// By output: cumulated weights by log(1 + count), within each group.
    weights: Vec<f64>,
    scalars: usize,
    all: usize,
}

impl Sampler {
    pub(super) fn new(heads: &Heads, data: &Encoded) -> Sampler {
        let slots = heads.groups.len();
        let scalars = heads.scalars;
        let mut counts = vec![0_usize; heads.width - scalars];
        let output = |row: usize, slot: usize| match data.codes[row * slots + slot] {
            UNKNOWN => None,
            code => Some(heads.groups[slot].start - scalars + code as usize),
        };
        for row in 0..data.rows {
            for slot in 0..slots {
                if let Some(at) = output(row, slot) {
                    counts[at] += 1;
                }
            }
        }
        let mut starts = vec![0; counts.len() + 1];
        for (i, count) in counts.iter().enumerate() {
            starts[i + 1] = starts[i] + count;
        }
        let mut next = starts.clone();
        let mut rows = vec![0_u32; starts[counts.len()]];
        for row in 0..data.rows {
            for slot in 0..slots {
                if let Some(at) = output(row, slot) {
                    rows[next[at]] = row as u32;
                    next[at] += 1;
                }
            }
        }
        let mut weights = vec![0.0; counts.len()];
        let mut groups = Vec::new();
        for (i, group) in heads.groups.iter().enumerate() {
            let mut sum = 0.0;
            for at in group.start - scalars..group.start - scalars + group.levels {
                sum += (counts[at] as f64).ln_1p();
                weights[at] = sum;
            }
            if sum > 0.0 {
                groups.push(i);
            }
        }
        Sampler {
            groups,
            starts,
            rows,
            weights,
            scalars,
            all: data.rows,
        }
    }

    /// A condition, and a training row that meets it; any row where there are no categories.
    pub(super) fn draw(&self, heads: &Heads, rng: &mut impl Rng) -> (Option<Condition>, usize) {
        if self.groups.is_empty() {
            return (None, rng.random_range(0..self.all));
        }
        let group = self.groups[rng.random_range(0..self.groups.len())];
        let own = heads.groups[group];
        let first = own.start - self.scalars;
        let weights = &self.weights[first..first + own.levels];
        let at = rng.random::<f64>() * weights[own.levels - 1];
        let level = weights.partition_point(|w| *w <= at).min(own.levels - 1);
        let rows = &self.rows[self.starts[first + level]..self.starts[first + level + 1]];
        let row = match rows.len() {
            0 => rng.random_range(0..self.all),
            n => rows[rng.random_range(0..n)] as usize,
        };
        let condition = Condition {
            group,
            output: own.start + level,
        };
        (Some(condition), row)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::encode::{ColumnEncoder, Encoder, Grid};

    #[test]
    fn rare_levels_are_drawn_more_often_and_rows_meet_their_condition() {
        let few = |n: u8| ColumnEncoder::Discrete {
            values: (0..n).map(f64::from).collect(),
            missing: false,
            grid: Grid::Decimals(None),
        };
        let encoder = Encoder::new(vec![few(2), few(3)], None);
        let heads = Heads::new(&encoder, 0);
        // One row in a hundred has level 1 of the first slot; level 2 of the second has none.
        let code = |row: u32| [u32::from(row.is_multiple_of(100)), row % 2];
        let data = Encoded {
            rows: 1000,
            intervals: Vec::new(),
            codes: (0..1000).flat_map(code).collect(),
        };
        let sampler = Sampler::new(&heads, &data);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut first, mut rare) = (0, 0);
        for _ in 0..4000 {
            let (condition, row) = sampler.draw(&heads, &mut rng);
            let Some(c) = condition else {
                panic!("there are categories");
            };
            let own = heads.groups[c.group].start as u32 + data.codes[row * 2 + c.group];
            assert_eq!(own as usize, c.output);
            first += usize::from(c.group == 0);
            rare += usize::from(c.output == 1);
        }
        // ln(11) / (ln(11) + ln(991)) is 0.258.
        let share = rare as f64 / first as f64;
        assert!((share - 0.258).abs() < 0.05, "{share}");
        assert!((1800..2200).contains(&first), "{first}");
        let shares = crate::heads::shares(&heads, &data);
        let shares = Shares::new(&heads, &shares);
        assert!(shares.fit(&heads));
        let at = |slot, level| shares.at(&heads, (slot, level)).map(|c| c.output);
        assert_eq!(at(0.1, 0.5), Some(0));
        assert_eq!(at(0.1, 0.995), Some(1));
        assert_eq!(at(0.9, 0.999), Some(3));
    }
}
