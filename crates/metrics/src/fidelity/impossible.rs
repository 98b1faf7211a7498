//! Combinations that real rows never have: two levels, or a level and a missing cell, or none of a
//! group of flags of which one is always set.
//!
//! That a combination is in no training row is evidence only where chance alone would have made it
//! several times. Some of those that are left are rare, not impossible; how often real rows have
//! one is known from held-out rows, and from the training rows themselves: a row that is alone with
//! its combination would be the first to have it, had it been held out.

use rayon::prelude::*;

use super::events::{Grain, View, views};
use super::exactly_one::{Group, groups};
use super::relations::pairs_of;
use super::worst_first;
use crate::Score;
use crate::prepared::{Part, Prepared};
use crate::score::absent;

const ID: &str = "impossible";
/// Rows that a combination has to be expected in, were the columns independent, for its absence to
/// be evidence; and by how much (in nats) this has to outweigh the number of combinations.
const EXPECTED: f64 = 5.0;
const MARGIN: f64 = 3.0;

/// What no training row has.
#[derive(Debug, Clone)]
pub(crate) struct Impossible {
    views: Vec<View>,
    pairs: Vec<Absent>,
    groups: Vec<Group>,
    /// Real rows with a combination that no other row has, of how many.
    real: (usize, usize),
}

/// The absent combinations of two views.
#[derive(Debug, Clone)]
struct Absent {
    views: (usize, usize),
    width: usize,
    cells: Vec<bool>,
}

/// The joint counts of two views, and how many rows independence would give a cell.
struct Counts {
    width: usize,
    cells: Vec<u32>,
    expected: Vec<f64>,
}

impl Counts {
    fn new(views: &[View], codes: &[Vec<u32>], (i, j): (usize, usize)) -> Counts {
        let (height, width) = (views[i].events + 1, views[j].events + 1);
        let mut cells = vec![0u32; height * width];
        for (&x, &y) in codes[i].iter().zip(&codes[j]) {
            cells[x as usize * width + y as usize] += 1;
        }
        let (mut a, mut b) = (vec![0.0; height], vec![0.0; width]);
        for (at, &n) in cells.iter().enumerate() {
            a[at / width] += f64::from(n);
            b[at % width] += f64::from(n);
        }
        // "None of the events" says nothing.
        (a[height - 1], b[width - 1]) = (0.0, 0.0);
        let rows = codes[i].len() as f64;
        let expected = (0..cells.len())
            .map(|at| a[at / width] * b[at % width] / rows)
            .collect();
        Counts {
            width,
            cells,
            expected,
        }
    }

    /// The cells with `rows` rows where at least `least` are expected.
    fn with(&self, rows: u32, least: f64) -> Option<Vec<bool>> {
        let cells: Vec<bool> = (self.cells.iter().zip(&self.expected))
            .map(|(&n, &e)| n == rows && e >= least)
            .collect();
        cells.contains(&true).then_some(cells)
    }
}

impl Absent {
    fn new(views: (usize, usize), width: usize, cells: Vec<bool>) -> Absent {
        Absent {
            views,
            width,
            cells,
        }
    }

    /// Marks the rows that have one of the cells; how many do.
    fn mark(&self, codes: &[Vec<u32>], rows: &mut [bool]) -> usize {
        let (a, b) = (&codes[self.views.0], &codes[self.views.1]);
        let mut found = 0;
        for ((&x, &y), row) in a.iter().zip(b).zip(rows) {
            if self.cells[x as usize * self.width + y as usize] {
                *row = true;
                found += 1;
            }
        }
        found
    }
}

impl Impossible {
    /// Finds what no training row has.
    pub fn learn(p: &Prepared) -> Impossible {
        let views = views(p, Grain::Discrete);
        let (pairs, _) = pairs_of(&views, p.seed);
        let train = codes(&views, p, Part::Train);
        let counts: Vec<Counts> = (pairs.par_iter())
            .map(|&pair| Counts::new(&views, &train, pair))
            .collect();
        let judged: usize = (counts.iter())
            .map(|c| c.expected.iter().filter(|&&e| e >= EXPECTED).count())
            .sum();
        let least = EXPECTED.max((judged.max(1) as f64).ln() + MARGIN);
        let cells = |rows: u32| -> Vec<Absent> {
            (pairs.par_iter().zip(&counts))
                .filter_map(|(&pair, c)| Some(Absent::new(pair, c.width, c.with(rows, least)?)))
                .collect()
        };
        let mut out = Impossible {
            pairs: cells(0),
            groups: groups(p),
            views,
            real: (0, 0),
        };
        let mut alone = vec![false; train.first().map_or(0, Vec::len)];
        for pair in cells(1) {
            pair.mark(&train, &mut alone);
        }
        out.real = (alone.iter().filter(|&&row| row).count(), alone.len());
        for part in p.held_out() {
            let (rows, _) = out.found(p, part);
            out.real.0 += rows.iter().filter(|&&row| row).count();
            out.real.1 += rows.len();
        }
        out
    }

    /// Which rows of one table have such a combination, and how many have each, by name.
    fn found(&self, p: &Prepared, part: Part) -> (Vec<bool>, Vec<(String, usize)>) {
        let codes = codes(&self.views, p, part);
        let mut rows = vec![false; (*part.of(&p.rows)).min(super::bins::HEAD)];
        let mut by_name = Vec::new();
        for pair in &self.pairs {
            let found = pair.mark(&codes, &mut rows);
            let name = |i: usize| &self.views[i].name;
            by_name.push((
                format!("{} × {}", name(pair.views.0), name(pair.views.1)),
                found,
            ));
        }
        for group in &self.groups {
            let broken = group.broken(p, part);
            by_name.push((
                group.name.clone(),
                broken.iter().filter(|&&row| row).count(),
            ));
            rows.iter_mut().zip(broken).for_each(|(row, b)| *row |= b);
        }
        (rows, by_name)
    }

    /// The figure for the synthetic rows.
    pub fn score(&self, p: &Prepared) -> Score {
        if self.pairs.is_empty() && self.groups.is_empty() {
            return absent(
                ID,
                "no combination is absent from the training rows that chance would have made",
            );
        }
        let (rows, by_name) = self.found(p, Part::Synthetic);
        let m = rows.len() as f64;
        let share = rows.iter().filter(|&&row| row).count() as f64 / m;
        let (k, n) = (self.real.0 as f64, self.real.1 as f64);
        let real = k / n;
        let value = (share - real).max(0.0);
        let variance = |k: f64, n: f64| {
            let q = (k + 0.5) / (n + 1.0);
            q * (1.0 - q)
        };
        let spread = (variance(k, n) * (1.0 / m + 1.0 / n)).sqrt();
        let own = 1.96 * (variance(share * m, m) / m + variance(k, n) / n).sqrt();
        let worst = by_name.into_iter().map(|w| (w.0, w.1 as f64 / m)).collect();
        Score {
            id: ID.to_owned(),
            value: Some(value),
            // Mean and 95 % point of what is left of a normal number above 0.
            floor: Some(spread / (2.0 * std::f64::consts::PI).sqrt()),
            floor_interval: Some((0.0, (1.96 * spread).min(1.0))),
            interval: Some(((value - own).max(0.0), (value + own).min(1.0))),
            note: Some(format!(
                "{:.1} % of the synthetic rows and {:.1} % of fresh real rows have a combination that no training row has",
                100.0 * share,
                100.0 * real
            )),
            worst: worst_first(worst),
            parts: vec![("synthetic".to_owned(), share), ("real".to_owned(), real)],
        }
    }
}

fn codes(views: &[View], p: &Prepared, part: Part) -> Vec<Vec<u32>> {
    views.par_iter().map(|v| v.codes(p, part)).collect()
}
