//! Attacks by the nearest synthetic row in Gower's distance: numbers in units of their range, levels
//! 0 or 1, summed.
//!
//! Linkability: an attacker holds two halves of a row's columns and looks for the synthetic row nearest
//! to each; they are linked when it is the same. Inference: the attacker knows all columns but one and
//! guesses it from the nearest synthetic row; a number is guessed right within 5 %.

use rayon::prelude::*;

use super::{Tried, beyond, score};
use crate::Score;
use crate::learn::{sample, stream};
use crate::prepared::{Part, Prepared, Values};
use crate::score::absent;

/// Rows attacked on each side, for up to sixteen columns.
const ATTACKS: f64 = 300.0;
/// Most synthetic rows.
const SYNTHETIC: usize = 20_000;
/// Relative difference within which a number is guessed.
const NEARLY: f64 = 0.05;
/// Columns that are named.
const NAMED: usize = 5;

/// Rows as numbers: column after column; levels are codes.
struct Gower {
    /// One entry for each column: unit of a number, `None` for levels.
    units: Vec<Option<f32>>,
    synthetic: Vec<Vec<f32>>,
    /// Rows of the training table and of the test table that are attacked.
    attacked: [Vec<Vec<f32>>; 2],
}

impl Gower {
    fn new(p: &Prepared) -> Gower {
        let mut rng = stream(p.seed, 0x60E3);
        let most = (ATTACKS * (16.0 / p.columns.len() as f64).min(1.0)).max(100.0) as usize;
        let mut drawn = |part, rows, most| (part, sample(rows, most, &mut rng));
        let sets = [
            drawn(Part::Synthetic, p.rows.synthetic, SYNTHETIC),
            drawn(Part::Train, p.rows.train, most),
            drawn(Part::Test, p.rows.test, most),
        ];
        let units = (p.columns.iter())
            .map(|c| {
                let v = c.numeric()?;
                let (low, high) = (sets.iter())
                    .flat_map(|(part, rows)| rows.iter().map(|&row| part.of(v)[row]))
                    .filter(|x| !x.is_nan())
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                        (low.min(x), high.max(x))
                    });
                Some(if high > low { (high - low) as f32 } else { 1.0 })
            })
            .collect();
        let rows = |(part, rows): &(Part, Vec<usize>)| -> Vec<Vec<f32>> {
            (rows.iter())
                .map(|&row| {
                    (p.columns.iter())
                        .map(|c| match &c.values {
                            Values::Numeric(v) => part.of(v)[row] as f32,
                            Values::Levels(v) => part.of(&v.codes)[row] as f32,
                        })
                        .collect()
                })
                .collect()
        };
        Gower {
            synthetic: rows(&sets[0]),
            attacked: [rows(&sets[1]), rows(&sets[2])],
            units,
        }
    }

    /// The distance of two cells of column `c`.
    fn cell(&self, c: usize, x: f32, y: f32) -> f32 {
        match self.units[c] {
            Some(unit) => {
                let d = (x - y).abs() / unit;
                // A missing number is as far as can be.
                if d.is_nan() { 1.0 } else { d }
            }
            None => f32::from(u8::from(x != y)),
        }
    }

    /// For each of several sums over columns, the synthetic row where it is least. `sums` fills the
    /// sums of one synthetic row from the distances of its cells.
    fn nearest(&self, row: &[f32], count: usize, sums: impl Fn(&[f32], &mut [f32])) -> Vec<usize> {
        let mut best = vec![(f32::INFINITY, 0); count];
        let mut cells = vec![0.0; row.len()];
        let mut now = vec![0.0; count];
        for (at, other) in self.synthetic.iter().enumerate() {
            for (c, cell) in cells.iter_mut().enumerate() {
                *cell = self.cell(c, row[c], other[c]);
            }
            sums(&cells, &mut now);
            for (best, sum) in best.iter_mut().zip(&now) {
                if *sum < best.0 {
                    *best = (*sum, at);
                }
            }
        }
        best.into_iter().map(|(_, at)| at).collect()
    }

    /// True when `guess` is the cell, or nearly so.
    fn guessed(&self, c: usize, cell: f32, guess: f32) -> bool {
        match self.units[c] {
            None => cell == guess,
            Some(_) if cell.is_nan() || guess.is_nan() => cell.is_nan() && guess.is_nan(),
            Some(_) => (guess - cell).abs() <= NEARLY as f32 * (guess.abs() + 1e-12),
        }
    }
}

/// `linkability`: the attacker's halves are the columns at even and at odd places.
pub(crate) fn linkability(p: &Prepared) -> Score {
    if p.columns.len() < 2 {
        return absent("linkability", "fewer than two columns");
    }
    let gower = Gower::new(p);
    let halves = |cells: &[f32], sums: &mut [f32]| {
        sums[0] = cells.iter().step_by(2).sum();
        sums[1] = cells.iter().skip(1).step_by(2).sum();
    };
    let [on, off] = gower.attacked.each_ref().map(|rows| {
        let linked: usize = (rows.par_iter())
            .map(|row| gower.nearest(row, 2, halves))
            .map(|found| usize::from(found[0] == found[1]))
            .sum();
        Tried {
            attacks: rows.len() as f64,
            successes: linked as f64,
        }
    });
    score("linkability", on, off, Vec::new())
}

/// `inference`: every column in turn is the secret; the mean over columns.
pub(crate) fn inference(p: &Prepared) -> Score {
    let columns = p.columns.len();
    if columns < 2 {
        return absent("inference", "fewer than two columns");
    }
    let gower = Gower::new(p);
    let all_but = |cells: &[f32], sums: &mut [f32]| {
        let all: f32 = cells.iter().sum();
        (sums.iter_mut().zip(cells)).for_each(|(sum, cell)| *sum = all - cell);
    };
    let [on, off] = gower.attacked.each_ref().map(|rows| {
        let each: Vec<Vec<bool>> = (rows.par_iter())
            .map(|row| {
                let found = gower.nearest(row, columns, all_but);
                (found.iter().enumerate())
                    .map(|(c, &at)| gower.guessed(c, row[c], gower.synthetic[at][c]))
                    .collect()
            })
            .collect();
        (0..columns)
            .map(|c| Tried {
                attacks: rows.len() as f64,
                successes: each.iter().filter(|row| row[c]).count() as f64,
            })
            .collect::<Vec<Tried>>()
    });
    let mut worst: Vec<(String, f64)> = (p.columns.iter().zip(on.iter().zip(&off)))
        .map(|(c, (on, off))| (c.name.clone(), beyond(on.rate(), off.rate()).value.max(0.0)))
        .collect();
    worst.sort_by(|a, b| b.1.total_cmp(&a.1));
    worst.truncate(NAMED);
    let mean = |tried: &[Tried]| Tried {
        attacks: tried[0].attacks,
        successes: tried.iter().map(|t| t.successes).sum::<f64>() / columns as f64,
    };
    score("inference", mean(&on), mean(&off), worst)
}
