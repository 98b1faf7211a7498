//! Learners that figures are made with: boosted trees, logistic regression, Cox regression.

use crate::prepared::{Part, Prepared, Values};

pub(crate) mod cox;
pub(crate) mod design;
pub(crate) mod linear;
pub(crate) mod logistic;
#[cfg(test)]
pub(crate) mod made;
pub(crate) mod rank;
pub(crate) mod trees;

/// Named rows of one of the tables.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub part: Part,
    pub rows: Vec<usize>,
}

impl Rows {
    pub fn new(part: Part, rows: Vec<usize>) -> Rows {
        Rows { part, rows }
    }
}

/// Numbers column after column, NaN for missing: what trees learn from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Features {
    pub rows: usize,
    pub columns: usize,
    pub data: Vec<f64>,
}

impl Features {
    /// The judged columns of the rows in `sets`, one set after the other, without the columns at
    /// the positions `without`. Levels become their codes.
    pub fn new(p: &Prepared, sets: &[&Rows], without: &[usize]) -> Features {
        let rows = sets.iter().map(|s| s.rows.len()).sum();
        let mut data = Vec::new();
        let mut columns = 0;
        for (at, column) in p.columns.iter().enumerate() {
            if without.contains(&at) {
                continue;
            }
            columns += 1;
            for set in sets {
                match &column.values {
                    Values::Numeric(v) => {
                        let v = set.part.of(v);
                        data.extend(set.rows.iter().map(|&i| v[i]));
                    }
                    Values::Levels(v) => {
                        let codes = set.part.of(&v.codes);
                        data.extend(set.rows.iter().map(|&i| f64::from(codes[i])));
                    }
                }
            }
        }
        Features {
            rows,
            columns,
            data,
        }
    }

    /// The rows named by `rows`, in that order.
    pub fn take(&self, rows: &[usize]) -> Features {
        let mut data = Vec::with_capacity(rows.len() * self.columns);
        for column in self.data.chunks_exact(self.rows.max(1)) {
            data.extend(rows.iter().map(|&i| column[i]));
        }
        Features {
            rows: rows.len(),
            columns: self.columns,
            data,
        }
    }
}

/// A random sample of at most `cap` of the numbers below `n`, in random order.
pub(crate) fn sample(n: usize, cap: usize, rng: &mut rand_chacha::ChaCha8Rng) -> Vec<usize> {
    use rand::seq::SliceRandom;
    let mut all: Vec<usize> = (0..n).collect();
    all.shuffle(rng);
    all.truncate(cap);
    all
}

/// A generator of the judgement's `seed` for one purpose.
pub(crate) fn stream(seed: u64, purpose: u64) -> rand_chacha::ChaCha8Rng {
    use rand::SeedableRng;
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(purpose);
    rng
}
