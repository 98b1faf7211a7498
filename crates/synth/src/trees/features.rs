//! What trees see: bins of each column's slots, and a column as the target of a tree.

use verdancy_table::Column;

use super::GOLDEN;
use crate::encode::{ColumnEncoder, Encoded, Encoder, Interval, UNKNOWN, quantile};

/// A slot in bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// The bin of each row.
    pub of: Vec<u16>,
    /// Bins.
    pub bins: usize,
    /// True when neighbouring bins are alike.
    pub ordered: bool,
}

/// How a column's slots become bins: as learned, for rows that are drawn too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bins {
    /// Levels of the categorical slot and one for unknown codes; 0 without one.
    pub codes: usize,
    /// True for discrete numbers, whose levels are in the order of their values.
    pub ordered: bool,
    /// Bins of the numeric slot; 0 without one.
    pub numbers: usize,
}

impl Bins {
    /// The bin of a code.
    pub fn code(self, code: u32) -> u16 {
        (code as usize).min(self.codes - 1) as u16
    }

    /// The bin of a rank interval: 0 where there is no number.
    pub fn number(self, interval: Interval) -> u16 {
        let middle = 0.5 * (interval.low + interval.high);
        if middle.is_nan() {
            return 0;
        }
        1 + ((middle * self.numbers as f32) as usize).min(self.numbers - 1) as u16
    }

    /// The features of a drawn column: those of the cells as they are written, as in training.
    pub fn again(self, encoder: &ColumnEncoder, column: &Column) -> Vec<Vec<u16>> {
        let mut features = Vec::new();
        if self.codes > 0 {
            let codes = encoder.codes(column);
            features.push(codes.into_iter().map(|c| self.code(c)).collect());
        }
        if self.numbers > 0 {
            let intervals = encoder.intervals(column);
            features.push(intervals.into_iter().map(|i| self.number(i)).collect());
        }
        features
    }

    /// Bins of each feature, and whether they are in order.
    pub fn shapes(self) -> impl Iterator<Item = (usize, bool)> {
        let codes = (self.codes > 0).then_some((self.codes, self.ordered));
        let numbers = (self.numbers > 0).then_some((self.numbers + 1, true));
        codes.into_iter().chain(numbers)
    }
}

/// The features of all columns.
pub struct Features {
    /// Bins of each column.
    pub bins: Vec<Bins>,
    /// Features of each column.
    columns: Vec<Vec<Feature>>,
}

impl Features {
    /// The features of `encoded`, every `every`th row; at least about `people` rows to a bin.
    pub fn learn(encoder: &Encoder, encoded: &Encoded, people: usize, every: usize) -> Features {
        let rows = (0..encoded.rows).step_by(every);
        let slots = encoder.levels.len();
        let code = |row: usize, slot: usize| encoded.codes[row * slots + slot];
        let interval = |row: usize, slot: usize| encoded.intervals[row * encoder.numbers + slot];
        let (mut bins, mut columns) = (Vec::new(), Vec::new());
        for (i, column) in encoder.columns.iter().enumerate() {
            let cells = encoder.number_slot[i].map_or(0, |slot| {
                (rows.clone())
                    .filter(|&row| !interval(row, slot).low.is_nan())
                    .count()
            });
            let own = Bins {
                codes: encoder.code_slot[i].map_or(0, |slot| encoder.levels[slot] + 1),
                ordered: matches!(column, ColumnEncoder::Discrete { .. }),
                numbers: encoder.number_slot[i].map_or(0, |_| number_bins(cells, people)),
            };
            let codes = encoder.code_slot[i].map(|slot| -> Vec<u16> {
                rows.clone().map(|row| own.code(code(row, slot))).collect()
            });
            let numbers = encoder.number_slot[i].map(|slot| -> Vec<u16> {
                (rows.clone())
                    .map(|row| own.number(interval(row, slot)))
                    .collect()
            });
            let features = (codes.into_iter().chain(numbers))
                .zip(own.shapes())
                .map(|(of, (bins, ordered))| Feature { of, bins, ordered })
                .collect();
            bins.push(own);
            columns.push(features);
        }
        Features { bins, columns }
    }

    /// Gives column `at` other cells, in bins.
    pub fn replace(&mut self, at: usize, cells: Vec<Vec<u16>>) {
        for (feature, of) in self.columns[at].iter_mut().zip(cells) {
            feature.of = of;
        }
    }

    /// The features of one column.
    pub fn column(&self, at: usize) -> &[Feature] {
        &self.columns[at]
    }

    /// The features of the columns at `columns`, in that order.
    pub fn of(&self, columns: &[usize]) -> Vec<&Feature> {
        columns.iter().flat_map(|&c| &self.columns[c]).collect()
    }
}

/// What a tree predicts.
pub struct Target {
    /// The rows that have it.
    pub rows: Vec<u32>,
    /// The class of each of all rows (of numbers: its bin).
    pub class: Vec<u16>,
    /// Number of classes.
    pub classes: usize,
    /// The normal score of each row, of numbers.
    pub scores: Option<Vec<f32>>,
}

impl Target {
    /// The categorical slot of `column`, if it has one.
    pub fn code(
        encoder: &Encoder,
        encoded: &Encoded,
        column: usize,
        every: usize,
    ) -> Option<Target> {
        let slot = encoder.code_slot[column]?;
        let slots = encoder.levels.len();
        let codes: Vec<u32> = (0..encoded.rows)
            .step_by(every)
            .map(|row| encoded.codes[row * slots + slot])
            .collect();
        Some(Target {
            rows: (0..codes.len() as u32)
                .filter(|&row| codes[row as usize] != UNKNOWN)
                .collect(),
            class: codes
                .iter()
                .map(|&c| c.min(u32::from(u16::MAX)) as u16)
                .collect(),
            classes: encoder.levels[slot],
            scores: None,
        })
    }

    /// The numeric slot of `column` in `bins` bins, if it has one: a value that spans several bins goes to one of
    /// them by the row's place, evenly.
    pub fn number(
        encoder: &Encoder,
        encoded: &Encoded,
        column: usize,
        bins: usize,
        every: usize,
    ) -> Option<Target> {
        let slot = encoder.number_slot[column]?;
        let intervals: Vec<Interval> = (0..encoded.rows)
            .step_by(every)
            .map(|row| encoded.intervals[row * encoder.numbers + slot])
            .collect();
        let spread = |(row, i): (usize, &Interval)| {
            let at = (row as f64 * GOLDEN).fract() as f32;
            let rank = i.low + (i.high - i.low) * at;
            ((rank * bins as f32) as usize).min(bins - 1) as u16
        };
        Some(Target {
            rows: (0..intervals.len() as u32)
                .filter(|&row| !intervals[row as usize].low.is_nan())
                .collect(),
            class: intervals.iter().enumerate().map(spread).collect(),
            classes: bins,
            scores: Some(
                (intervals.iter())
                    .map(|i| quantile(f64::from(0.5 * (i.low + i.high))).clamp(-4.0, 4.0) as f32)
                    .collect(),
            ),
        })
    }
}

/// Bins of a number with `cells` cells, of which each bin should have `people` at least.
fn number_bins(cells: usize, people: usize) -> usize {
    (cells / people.max(1)).clamp(1, 256)
}

/// The share of a person that each row is, every `every`th row: rows add up to at most as many people
/// as there are.
pub fn shares(of: &[u32], every: usize) -> Vec<f32> {
    let mut counts = vec![0_u32; of.iter().map(|&p| p as usize + 1).max().unwrap_or(0)];
    for &person in of.iter().step_by(every) {
        counts[person as usize] += 1;
    }
    (of.iter().step_by(every))
        .map(|&person| 1.0 / counts[person as usize] as f32)
        .collect()
}
