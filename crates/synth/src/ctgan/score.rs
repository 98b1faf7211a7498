//! How far drawn rows are from validation rows: the total variation distance between the tables of
//! two columns each, averaged over pairs of columns. The losses of a generator and its critic do not
//! say which checkpoint is better; this does.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::encode::{Encoded, Encoder, UNKNOWN, distribution};
use crate::heads::Drawn;

/// Bins of a number.
const BINS: u16 = 8;
/// Levels of a category that are told apart; the most common come first.
const LEVELS: u32 = 14;
/// Pairs of columns at most, evenly spread.
const PAIRS: usize = 400;

/// Rows as coarse codes, one column after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coarse {
    columns: Vec<Vec<u16>>,
    rows: usize,
}

impl Coarse {
    /// Of real rows.
    pub(super) fn of(encoder: &Encoder, data: &Encoded) -> Coarse {
        let ranks: Vec<f32> = (data.intervals.iter())
            .map(|i| 0.5 * (i.low + i.high))
            .collect();
        Coarse::new(encoder, &data.codes, &ranks, data.rows)
    }

    /// Of drawn rows.
    pub(super) fn drawn(encoder: &Encoder, drawn: &[Drawn]) -> Coarse {
        let codes: Vec<u32> = (drawn.iter())
            .flat_map(|d| d.codes.iter().copied())
            .collect();
        let ranks: Vec<f32> = (drawn.iter())
            .flat_map(|d| d.numbers.iter().map(|x| distribution(f64::from(*x)) as f32))
            .collect();
        Coarse::new(encoder, &codes, &ranks, drawn.len() * crate::BLOCK)
    }

    fn new(encoder: &Encoder, codes: &[u32], ranks: &[f32], rows: usize) -> Coarse {
        let (numbers, slots) = (encoder.numbers, encoder.levels.len());
        let own = |row: usize, column: usize| -> u16 {
            let code = encoder.code_slot[column].map_or(0, |s| codes[row * slots + s]);
            let code = if code == UNKNOWN {
                LEVELS + 1
            } else {
                code.min(LEVELS)
            } as u16;
            let rank = encoder.number_slot[column].map_or(f32::NAN, |s| ranks[row * numbers + s]);
            if rank.is_nan() || code > 0 {
                return code;
            }
            100 + ((rank * f32::from(BINS)) as u16).min(BINS - 1)
        };
        let columns = (0..encoder.columns.len())
            .map(|column| (0..rows).map(|row| own(row, column)).collect())
            .collect();
        Coarse { columns, rows }
    }

    /// The distance from `other`: 0 for the same shares, 1 for rows with nothing in common.
    pub(super) fn distance(&self, other: &Coarse) -> f64 {
        let d = self.columns.len();
        let all: Vec<(usize, usize)> = match d {
            0 => return 0.0,
            1 => vec![(0, 0)],
            _ => (0..d)
                .flat_map(|i| (i + 1..d).map(move |j| (i, j)))
                .collect(),
        };
        let pairs: Vec<(usize, usize)> = (all.iter())
            .step_by(all.len().div_ceil(PAIRS))
            .copied()
            .collect();
        let far: Vec<f64> = (pairs.par_iter())
            .map(|&(i, j)| {
                let mut shares: HashMap<(u16, u16), f64> = HashMap::new();
                for (rows, sign) in [(self, 1.0), (other, -1.0)] {
                    let one = sign / rows.rows.max(1) as f64;
                    for cell in rows.columns[i].iter().zip(&rows.columns[j]) {
                        *shares.entry((*cell.0, *cell.1)).or_default() += one;
                    }
                }
                // In order, so that the sum does not depend on the map's own.
                let mut cells: Vec<((u16, u16), f64)> = shares.into_iter().collect();
                cells.sort_unstable_by_key(|c| c.0);
                0.5 * cells.iter().map(|c| c.1.abs()).sum::<f64>()
            })
            .collect();
        far.iter().sum::<f64>() / far.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_are_at_0_and_others_at_their_distance() {
        let rows = |b: &[u16]| Coarse {
            columns: vec![vec![0, 0, 1, 1], b.to_vec()],
            rows: 4,
        };
        let a = rows(&[0, 0, 1, 1]);
        assert_eq!(a.distance(&a), 0.0);
        assert_eq!(a.distance(&rows(&[0, 0, 1, 0])), 0.25);
        assert_eq!(a.distance(&rows(&[1, 1, 0, 0])), 1.0);
    }
}
