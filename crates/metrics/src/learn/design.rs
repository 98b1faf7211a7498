//! Rows as linear models see them: numbers standardised on the rows that the model learns from,
//! missing numbers at the mean with a column of their own, levels one-hot. Stored sparse, since a
//! row has one entry per column of the table however many levels there are.

use super::Rows;
use crate::prepared::{Prepared, Values};

/// How a column of the table maps to columns of the design.
#[derive(Debug, Clone)]
enum Coded {
    Number {
        at: usize,
        missing: Option<usize>,
        mean: f64,
        scale: f64,
    },
    /// Design column of each level; `None` for those too rare to have one.
    Levels(Vec<Option<usize>>),
}

/// The map from table rows to design rows.
#[derive(Debug, Clone)]
pub(crate) struct Design {
    coded: Vec<(usize, Coded)>,
    /// Number of design columns.
    pub width: usize,
}

/// Design rows: entries of row `i` are at `starts[i]..starts[i + 1]`.
#[derive(Debug, Clone)]
pub(crate) struct Sparse {
    pub width: usize,
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
}

impl Sparse {
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Entries of row `i`: design column and value, columns ascending.
    pub fn row(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + Clone + '_ {
        let range = self.starts[i]..self.starts[i + 1];
        (self.columns[range.clone()].iter())
            .zip(&self.values[range])
            .map(|(&c, &v)| (c as usize, v))
    }

    pub fn dot(&self, i: usize, weights: &[f64]) -> f64 {
        self.row(i).map(|(c, v)| v * weights[c]).sum()
    }

    pub fn take(&self, rows: &[usize]) -> Sparse {
        let mut out = Sparse::empty(self.width);
        for &i in rows {
            for (c, v) in self.row(i) {
                out.columns.push(c as u32);
                out.values.push(v);
            }
            out.starts.push(out.columns.len());
        }
        out
    }

    fn empty(width: usize) -> Sparse {
        Sparse {
            width,
            starts: vec![0],
            columns: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Rows given densely.
    pub fn dense(width: usize, rows: impl IntoIterator<Item = Vec<f64>>) -> Sparse {
        let mut out = Sparse::empty(width);
        for row in rows {
            for (c, v) in row.into_iter().enumerate() {
                out.columns.push(c as u32);
                out.values.push(v);
            }
            out.starts.push(out.columns.len());
        }
        out
    }
}

impl Design {
    /// Learns means, scales and levels from the rows in `sets`. One-hot columns are at most about
    /// `budget` in all; rarer levels have none.
    pub fn learn(p: &Prepared, sets: &[&Rows], without: &[usize], budget: usize) -> Design {
        let categorical = p.columns.iter().filter(|c| c.levels().is_some()).count();
        let most = (budget / categorical.max(1)).clamp(2, 50);
        let mut coded = Vec::new();
        let mut width = 0;
        for (at, column) in p.columns.iter().enumerate() {
            if without.contains(&at) {
                continue;
            }
            match &column.values {
                Values::Numeric(v) => {
                    let values = || {
                        sets.iter().flat_map(|s| {
                            let v = s.part.of(v);
                            s.rows.iter().map(move |&i| v[i])
                        })
                    };
                    let n = values().filter(|x| !x.is_nan()).count().max(1) as f64;
                    let mean = values().filter(|x| !x.is_nan()).sum::<f64>() / n;
                    let variance = values()
                        .filter(|x| !x.is_nan())
                        .map(|x| (x - mean).powi(2))
                        .sum::<f64>()
                        / n;
                    let missing = values().any(f64::is_nan).then_some(width + 1);
                    let sd = variance.sqrt();
                    coded.push((
                        at,
                        Coded::Number {
                            at: width,
                            missing,
                            mean,
                            scale: if sd > 0.0 && sd.is_finite() {
                                1.0 / sd
                            } else {
                                0.0
                            },
                        },
                    ));
                    width += 1 + usize::from(missing.is_some());
                }
                Values::Levels(v) => {
                    let mut counts = vec![0usize; v.levels.len()];
                    for set in sets {
                        let codes = set.part.of(&v.codes);
                        set.rows
                            .iter()
                            .for_each(|&i| counts[codes[i] as usize] += 1);
                    }
                    let mut order: Vec<usize> =
                        (0..counts.len()).filter(|&l| counts[l] > 0).collect();
                    order.sort_by_key(|&l| (std::cmp::Reverse(counts[l]), l));
                    order.truncate(most);
                    let mut places = vec![None; counts.len()];
                    for l in order {
                        places[l] = Some(width);
                        width += 1;
                    }
                    coded.push((at, Coded::Levels(places)));
                }
            }
        }
        Design { coded, width }
    }

    /// The rows in `sets`, one set after the other.
    pub fn rows(&self, p: &Prepared, sets: &[&Rows]) -> Sparse {
        let mut out = Sparse::empty(self.width);
        for set in sets {
            for &i in &set.rows {
                for (at, coded) in &self.coded {
                    let mut push = |column: usize, value: f64| {
                        out.columns.push(column as u32);
                        out.values.push(value);
                    };
                    match (coded, &p.columns[*at].values) {
                        (
                            Coded::Number {
                                at,
                                missing,
                                mean,
                                scale,
                            },
                            Values::Numeric(v),
                        ) => {
                            let x = set.part.of(v)[i];
                            if !x.is_nan() {
                                push(*at, ((x - mean) * scale).clamp(-50.0, 50.0));
                            } else if let Some(missing) = missing {
                                push(*missing, 1.0);
                            }
                        }
                        (Coded::Levels(places), Values::Levels(v)) => {
                            if let Some(at) = places[set.part.of(&v.codes)[i] as usize] {
                                push(at, 1.0);
                            }
                        }
                        _ => {}
                    }
                }
                out.starts.push(out.columns.len());
            }
        }
        out
    }
}
