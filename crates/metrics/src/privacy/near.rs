//! Distances between rows, and the rows nearest to a row by the crate `vpsearch`.
//!
//! [`Scale::Range`]: the sum over columns. For numbers the difference in units of the training rows'
//! range (a missing one stands half a range below the least); for levels 1 when they differ. The
//! fifty most frequent levels of a column are told apart; all rarer ones count as one, half as far
//! from the others. This is the L1 distance of min-max scaled and one-hot coded rows, one-hot at
//! half weight.
//!
//! [`Scale::Rank`]: the Euclidean distance of rows whose numbers are ranks among the real rows (from
//! 0 to 1, a missing one at -1) and whose levels are one-hot coded at half weight; twenty levels are
//! told apart, rarer and missing ones are none.

use rayon::prelude::*;
use vpsearch::{BestCandidate, MetricSpace, Tree};

use crate::learn::Rows;
use crate::prepared::{Aligned, Part, Parts, Prepared, Values};

const LANES: usize = 8;

/// How cells become coordinates, and coordinates a distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Numbers by their range, differences summed.
    Range,
    /// Numbers by their rank, differences squared and summed.
    Rank,
}

impl Scale {
    /// Levels of a column that are told apart.
    fn levels(self) -> usize {
        match self {
            Scale::Range => 50,
            Scale::Rank => 20,
        }
    }
}

/// Coded rows; a row is known by its number.
pub(crate) struct Space {
    scale: Scale,
    /// Numbers per row, padded to a multiple of the lanes.
    width: usize,
    numbers: Vec<f32>,
    /// Codes per row; 0 is a rare level.
    codes_width: usize,
    codes: Vec<u8>,
    rows: usize,
}

impl Space {
    /// Codes the rows in `sets`, one set after the other. Ranges and levels are those of the training
    /// rows, ranks those among the rows of `sets` that are training or test rows.
    pub fn new(p: &Prepared, sets: &[&Rows], scale: Scale) -> Space {
        let rows: usize = sets.iter().map(|s| s.rows.len()).sum();
        let width = p.numeric().len().next_multiple_of(LANES);
        let codes_width = p.categorical().len();
        let mut numbers = vec![0.0f32; rows * width];
        let mut codes = vec![0u8; rows * codes_width];
        let (mut number, mut level) = (0, 0);
        for column in &p.columns {
            match &column.values {
                Values::Numeric(v) => {
                    let place = placed(v, sets, scale);
                    let cells = sets.iter().flat_map(|set| {
                        let v = set.part.of(v);
                        set.rows.iter().map(|&i| v[i])
                    });
                    for (row, x) in cells.enumerate() {
                        numbers[row * width + number] = place(x);
                    }
                    number += 1;
                }
                Values::Levels(v) => {
                    let own = own_codes(v, sets, scale);
                    let cells = sets.iter().flat_map(|set| {
                        let v = set.part.of(&v.codes);
                        set.rows.iter().map(|&i| v[i])
                    });
                    for (row, code) in cells.enumerate() {
                        codes[row * codes_width + level] = own[code as usize];
                    }
                    level += 1;
                }
            }
        }
        Space {
            scale,
            width,
            numbers,
            codes_width,
            codes,
            rows,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    fn distance(&self, a: u32, b: u32) -> f32 {
        let (a, b) = (a as usize, b as usize);
        let mut lanes = [0.0f32; LANES];
        let x = &self.numbers[a * self.width..(a + 1) * self.width];
        let y = &self.numbers[b * self.width..(b + 1) * self.width];
        let pairs = x.chunks_exact(LANES).zip(y.chunks_exact(LANES));
        match self.scale {
            Scale::Range => pairs.for_each(|(x, y)| {
                for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
                    *lane += (x - y).abs();
                }
            }),
            Scale::Rank => pairs.for_each(|(x, y)| {
                for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
                    *lane += (x - y) * (x - y);
                }
            }),
        }
        let x = &self.codes[a * self.codes_width..(a + 1) * self.codes_width];
        let y = &self.codes[b * self.codes_width..(b + 1) * self.codes_width];
        let ends: u32 = (x.iter().zip(y))
            .map(|(&x, &y)| u32::from(x != y) * (u32::from(x != 0) + u32::from(y != 0)))
            .sum();
        let sum = lanes.iter().sum::<f32>();
        match self.scale {
            Scale::Range => sum + 0.5 * ends as f32,
            Scale::Rank => (sum + 0.25 * ends as f32).sqrt(),
        }
    }
}

/// The coordinate of a number.
fn placed(v: &Parts<Vec<f64>>, sets: &[&Rows], scale: Scale) -> Box<dyn Fn(f64) -> f32> {
    match scale {
        Scale::Range => {
            let known = || v.train.iter().filter(|x| !x.is_nan());
            let low = known().copied().fold(f64::INFINITY, f64::min);
            let high = known().copied().fold(f64::NEG_INFINITY, f64::max);
            let unit = if high > low { 1.0 / (high - low) } else { 1.0 };
            Box::new(move |x| {
                let x = (x - low) * unit;
                if x.is_finite() { x as f32 } else { -0.5 }
            })
        }
        Scale::Rank => {
            let mut sorted: Vec<f64> = real(sets)
                .flat_map(|set| set.rows.iter().map(|&i| set.part.of(v)[i]))
                .filter(|x| !x.is_nan())
                .collect();
            sorted.sort_by(f64::total_cmp);
            let n = sorted.len().max(1) as f64;
            Box::new(move |x| {
                if x.is_nan() {
                    return -1.0;
                }
                let below = sorted.partition_point(|&y| y < x);
                let to = sorted.partition_point(|&y| y <= x);
                ((below + to) as f64 / 2.0 / n) as f32
            })
        }
    }
}

/// The sets of training and of test rows.
fn real<'a>(sets: &'a [&Rows]) -> impl Iterator<Item = &'a Rows> {
    (sets.iter().copied()).filter(|set| matches!(set.part, Part::Train | Part::Test))
}

/// The code of each level: from 1 for the most frequent, 0 for those that are not told apart.
fn own_codes(v: &Aligned, sets: &[&Rows], scale: Scale) -> Vec<u8> {
    let mut counts = vec![0usize; v.levels.len()];
    match scale {
        Scale::Range => v.codes.train.iter().for_each(|&c| counts[c as usize] += 1),
        Scale::Rank => {
            for set in real(sets) {
                let codes = set.part.of(&v.codes);
                (set.rows.iter()).for_each(|&i| counts[codes[i] as usize] += 1);
            }
            counts[v.missing() as usize] = 0;
        }
    }
    let mut order: Vec<usize> = (0..counts.len()).filter(|&l| counts[l] > 0).collect();
    order.sort_by_key(|&l| (std::cmp::Reverse(counts[l]), l));
    let mut own = vec![0u8; counts.len()];
    for (at, &l) in order.iter().take(scale.levels()).enumerate() {
        own[l] = at as u8 + 1;
    }
    own
}

#[derive(Clone, Copy)]
struct Point(u32);

impl MetricSpace for Point {
    type UserData = Space;
    type Distance = f32;

    fn distance(&self, other: &Point, space: &Space) -> f32 {
        space.distance(self.0, other.0)
    }
}

/// A near row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    pub distance: f32,
    /// Its number in the space.
    pub row: u32,
}

/// The best few so far, nearest first.
struct Few {
    most: usize,
    not: u32,
    found: Vec<Near>,
}

impl BestCandidate<Point, ()> for Few {
    type Output = Vec<Near>;

    fn consider(&mut self, point: &Point, distance: f32, _: usize, _: &Space) {
        if point.0 == self.not || (self.found.len() == self.most && distance >= self.distance()) {
            return;
        }
        if self.found.len() == self.most {
            self.found.pop();
        }
        let at = self.found.partition_point(|n| n.distance <= distance);
        let row = point.0;
        self.found.insert(at, Near { distance, row });
    }

    fn distance(&self) -> f32 {
        match self.found.last() {
            Some(last) if self.found.len() == self.most => last.distance,
            _ => f32::MAX,
        }
    }

    fn result(self, _: &Space) -> Vec<Near> {
        self.found
    }
}

/// Some rows of a space, ready to be searched.
pub(crate) struct Index<'a> {
    space: &'a Space,
    tree: Tree<Point, (), ()>,
}

impl<'a> Index<'a> {
    pub fn new(space: &'a Space, rows: impl IntoIterator<Item = usize>) -> Index<'a> {
        let points: Vec<Point> = rows.into_iter().map(|r| Point(r as u32)).collect();
        Index {
            space,
            tree: Tree::new_with_user_data_ref(&points, space),
        }
    }

    /// For each row of `queries`, the `most` nearest indexed rows other than itself, nearest first.
    pub fn nearest(&self, queries: std::ops::Range<usize>, most: usize) -> Vec<Vec<Near>> {
        queries
            .into_par_iter()
            .with_min_len(64)
            .map(|q| {
                let few = Few {
                    most,
                    not: q as u32,
                    found: Vec::with_capacity(most + 1),
                };
                self.tree
                    .find_nearest_custom(&Point(q as u32), self.space, few)
            })
            .collect()
    }
}
