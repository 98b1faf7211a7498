//! How one column becomes a numeric slot, a categorical slot, or both, and comes back.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, Kind, Levels, MISSING, Storage};

use super::quantile::{Interval, Quantile};

/// Numbers with at most this many distinct values are modelled as categories.
const MAX_DISCRETE: usize = 20;
/// Most levels of one column that are modelled one by one.
const MAX_LEVELS: usize = 1000;
/// A spike has at least this share of the rows,
const SPIKE_SHARE: f64 = 0.02;
/// this many rows,
const SPIKE_ROWS: usize = 20;
/// this many times the rows of the average other value,
const SPIKE_RATIO: f64 = 5.0;
/// and there are at most so many.
const MAX_SPIKES: usize = 16;

/// The code of a cell whose value the encoder has never seen; models treat it as masked.
pub const UNKNOWN: u32 = u32::MAX;

/// How numbers of a column are rounded and stored when they come back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grid {
    /// Real numbers with so many decimals.
    Decimals(Option<u8>),
    /// Whole numbers `origin + k * step`.
    Integers {
        /// One of the values.
        origin: i64,
        /// Greatest common step.
        step: i64,
    },
    /// Instants `origin + k * step` in microseconds.
    Instants {
        /// One of the values.
        origin: i64,
        /// Greatest common step.
        step: i64,
    },
}

/// The encoder of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnEncoder {
    /// Categories: one categorical slot.
    Category(Category),
    /// Few distinct numbers: one categorical slot, a level for each.
    Discrete {
        /// The values, one per level.
        values: Vec<f64>,
        /// True when a last level stands for missing cells.
        missing: bool,
        /// How values are written back.
        grid: Grid,
    },
    /// Many distinct numbers: one numeric slot, and a categorical one when there are spikes or
    /// missing cells (level 0 is "an ordinary number").
    Continuous {
        /// The map of ordinary numbers to normal ones.
        quantile: Quantile,
        /// Values with a level of their own.
        spikes: Vec<f64>,
        /// True when a last level stands for missing cells.
        missing: bool,
        /// How values are written back.
        grid: Grid,
    },
}

/// The level dictionary of a categorical column; rare levels share one code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// Level names of the training rows.
    #[serde(with = "names")]
    pub levels: Arc<[String]>,
    /// The code of each level.
    pub codes: Vec<u32>,
    /// Codes in use, without the one for missing.
    pub used: u32,
    /// Levels behind the shared code (the last of `used`), with cumulative shares.
    pub rare: Vec<(u32, f64)>,
    /// True when missing cells occur: their code is `used`.
    pub missing: bool,
}

/// Shared level names as a plain list.
mod names {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(names: &Arc<[String]>, to: S) -> Result<S::Ok, S::Error> {
        names.as_ref().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<[String]>, D::Error> {
        Vec::<String>::deserialize(from).map(Into::into)
    }
}

impl ColumnEncoder {
    /// Learns a column of training rows.
    pub fn fit(kind: &Kind, column: &Column) -> ColumnEncoder {
        if let Some(levels) = column.levels() {
            return ColumnEncoder::Category(Category::fit(levels));
        }
        let numbers = column.numbers().unwrap_or_default();
        let missing = numbers.iter().any(|v| v.is_nan());
        let grid = Grid::of(kind, column);
        let mut sorted: Vec<f64> = numbers.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let runs: Vec<(f64, usize)> = sorted
            .chunk_by(|a, b| a == b)
            .map(|r| (r[0], r.len()))
            .collect();
        let few = runs.len() <= MAX_DISCRETE && (runs.len() * 3 <= sorted.len() || runs.len() <= 2);
        if few {
            return ColumnEncoder::Discrete {
                values: runs.iter().map(|r| r.0).collect(),
                missing,
                grid,
            };
        }
        let spikes = spikes(runs, sorted.len());
        let rest = numbers.iter().copied().filter(|v| !spikes.contains(v));
        match Quantile::fit(rest) {
            Some(quantile) => ColumnEncoder::Continuous {
                quantile,
                spikes,
                missing,
                grid,
            },
            None => ColumnEncoder::Discrete {
                values: Vec::new(),
                missing,
                grid,
            },
        }
    }

    /// True when the column has a numeric slot.
    pub fn has_number(&self) -> bool {
        matches!(self, ColumnEncoder::Continuous { .. })
    }

    /// Levels of its categorical slot; 0 when it has none.
    pub fn slot_levels(&self) -> usize {
        match self {
            ColumnEncoder::Category(c) => c.used as usize + usize::from(c.missing),
            ColumnEncoder::Discrete {
                values, missing, ..
            } => values.len() + usize::from(*missing),
            ColumnEncoder::Continuous {
                spikes, missing, ..
            } if spikes.is_empty() && !missing => 0,
            ColumnEncoder::Continuous {
                spikes, missing, ..
            } => 1 + spikes.len() + usize::from(*missing),
        }
    }

    /// Codes of the categorical slot for each row of `column`.
    pub fn codes(&self, column: &Column) -> Vec<u32> {
        match self {
            ColumnEncoder::Category(c) => c.encode(column.levels()),
            ColumnEncoder::Discrete {
                values, missing, ..
            } => self.numbers(column, |v| {
                match values.binary_search_by(|x| x.total_cmp(&v)) {
                    _ if v.is_nan() => {
                        if *missing {
                            values.len() as u32
                        } else {
                            UNKNOWN
                        }
                    }
                    Ok(i) => i as u32,
                    Err(_) => UNKNOWN,
                }
            }),
            ColumnEncoder::Continuous {
                spikes, missing, ..
            } => self.numbers(column, |v| {
                if v.is_nan() {
                    if *missing {
                        1 + spikes.len() as u32
                    } else {
                        UNKNOWN
                    }
                } else {
                    spikes
                        .iter()
                        .position(|&s| s == v)
                        .map_or(0, |i| 1 + i as u32)
                }
            }),
        }
    }

    /// Rank intervals of the numeric slot for each row of `column`.
    pub fn intervals(&self, column: &Column) -> Vec<Interval> {
        match self {
            ColumnEncoder::Continuous {
                quantile, spikes, ..
            } => self.numbers(column, |v| {
                if v.is_nan() || spikes.contains(&v) {
                    Interval::NONE
                } else {
                    quantile.interval(v)
                }
            }),
            _ => Vec::new(),
        }
    }

    fn numbers<T>(&self, column: &Column, f: impl Fn(f64) -> T) -> Vec<T> {
        column
            .numbers()
            .unwrap_or_default()
            .iter()
            .map(|&v| f(v))
            .collect()
    }

    /// Rows from their slots: `normals` of the numeric slot, `codes` of the categorical one (each
    /// empty when there is none); `draws` are uniform numbers for the members of shared codes.
    pub fn decode(&self, normals: &[f32], codes: &[u32], draws: &[f32]) -> Column {
        match self {
            ColumnEncoder::Category(c) => c.decode(codes, draws),
            ColumnEncoder::Discrete { values, grid, .. } => {
                let number = |i: usize| codes.get(i).and_then(|&c| values.get(c as usize)).copied();
                grid.column(draws.len(), number)
            }
            ColumnEncoder::Continuous {
                quantile,
                spikes,
                grid,
                ..
            } => {
                let number = |i: usize| match codes.get(i).map_or(0, |&c| c as usize) {
                    0 => Some(quantile.from_normal(f64::from(normals[i]))),
                    c => spikes.get(c - 1).copied(),
                };
                grid.column(draws.len(), number)
            }
        }
    }
}

/// Values far more common than the rest, most common first.
fn spikes(mut runs: Vec<(f64, usize)>, rows: usize) -> Vec<f64> {
    runs.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.total_cmp(&b.0)));
    let (mut rest_rows, mut rest_values) = (rows as f64, runs.len() as f64);
    let mut found = Vec::new();
    for (value, count) in runs.into_iter().take(MAX_SPIKES) {
        let n = count as f64;
        rest_rows -= n;
        rest_values -= 1.0;
        let usual = rest_rows / f64::max(rest_values, 1.0);
        if n < SPIKE_SHARE * rows as f64 || count < SPIKE_ROWS || n < SPIKE_RATIO * usual {
            break;
        }
        found.push(value);
    }
    found
}

impl Grid {
    fn of(kind: &Kind, column: &Column) -> Grid {
        let whole = |values: &[Option<i64>]| {
            let mut seen = values.iter().flatten();
            let origin = seen.next().copied().unwrap_or(0);
            let step = seen.fold(0_u64, |g, &v| gcd(g, v.abs_diff(origin)));
            (origin, i64::try_from(step).unwrap_or(1).max(1))
        };
        match (column, kind) {
            (Column::Integers(v), _) => {
                let (origin, step) = whole(v);
                Grid::Integers { origin, step }
            }
            (Column::Instants(v), _) => {
                let (origin, step) = whole(v);
                Grid::Instants { origin, step }
            }
            (_, Kind::Numerical { decimals }) => Grid::Decimals(*decimals),
            _ => Grid::Decimals(None),
        }
    }

    /// The storage that this grid fills.
    pub fn storage(self) -> Storage {
        match self {
            Grid::Decimals(_) => Storage::Numbers,
            Grid::Integers { .. } => Storage::Integers,
            Grid::Instants { .. } => Storage::Instants,
        }
    }

    fn column(self, rows: usize, number: impl Fn(usize) -> Option<f64>) -> Column {
        let snap = |origin: i64, step: i64| {
            (0..rows)
                .map(|i| {
                    number(i).map(|v| {
                        if step == 1 {
                            return v.round() as i64;
                        }
                        let steps = ((v - origin as f64) / step as f64).round() as i64;
                        origin.saturating_add(steps.saturating_mul(step))
                    })
                })
                .collect()
        };
        match self {
            Grid::Decimals(decimals) => {
                let scale = decimals
                    .filter(|&d| d <= 15)
                    .map(|d| 10_f64.powi(i32::from(d)));
                let round = |v: f64| match scale {
                    Some(s) if (v * s).abs() < 9e15 => (v * s).round() / s,
                    _ => v,
                };
                Column::Numbers(
                    (0..rows)
                        .map(|i| number(i).map_or(f64::NAN, round))
                        .collect(),
                )
            }
            Grid::Integers { origin, step } => Column::Integers(snap(origin, step)),
            Grid::Instants { origin, step } => Column::Instants(snap(origin, step)),
        }
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Category {
    fn fit(column: &Levels) -> Category {
        // The dictionary may know levels of validation and test rows.
        let column = &column.compact();
        let mut counts = vec![0_usize; column.levels.len()];
        let mut missing = false;
        for &code in &column.codes {
            if code == MISSING {
                missing = true;
            } else {
                counts[code as usize] += 1;
            }
        }
        let rows = column.codes.len();
        let mut order: Vec<usize> = (0..counts.len()).filter(|&i| counts[i] > 0).collect();
        order.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
        let least = if rows < 1000 { 3 } else { 5 };
        let kept = order
            .iter()
            .take(MAX_LEVELS)
            .take_while(|&&i| counts[i] >= least)
            .count();
        let kept = if order.len() - kept < 2 {
            order.len()
        } else {
            kept
        };
        let mut codes = vec![UNKNOWN; counts.len()];
        for (code, &level) in order[..kept].iter().enumerate() {
            codes[level] = code as u32;
        }
        let pooled: usize = order[kept..].iter().map(|&i| counts[i]).sum();
        let mut sum = 0;
        let rare: Vec<(u32, f64)> = order[kept..]
            .iter()
            .map(|&level| {
                codes[level] = kept as u32;
                sum += counts[level];
                (level as u32, sum as f64 / pooled as f64)
            })
            .collect();
        let used = kept as u32 + u32::from(!rare.is_empty());
        Category {
            levels: column.levels.clone(),
            codes,
            used,
            rare,
            missing,
        }
    }

    fn encode(&self, column: Option<&Levels>) -> Vec<u32> {
        let Some(column) = column else {
            return Vec::new();
        };
        let map: Vec<u32> =
            if Arc::ptr_eq(&column.levels, &self.levels) || column.levels == self.levels {
                self.codes.clone()
            } else {
                let known: std::collections::HashMap<&str, u32> = self
                    .levels
                    .iter()
                    .map(String::as_str)
                    .zip(self.codes.iter().copied())
                    .collect();
                column
                    .levels
                    .iter()
                    .map(|l| known.get(l.as_str()).copied().unwrap_or(UNKNOWN))
                    .collect()
            };
        let missing = if self.missing { self.used } else { UNKNOWN };
        column
            .codes
            .iter()
            .map(|&c| {
                if c == MISSING {
                    missing
                } else {
                    map[c as usize]
                }
            })
            .collect()
    }

    fn decode(&self, codes: &[u32], draws: &[f32]) -> Column {
        let mut level_of = vec![MISSING; self.used as usize + 1];
        for (level, &code) in self.codes.iter().enumerate() {
            if let Some(slot) = level_of.get_mut(code as usize) {
                *slot = level as u32;
            }
        }
        let shared = if self.rare.is_empty() {
            UNKNOWN
        } else {
            self.used - 1
        };
        level_of[self.used as usize] = MISSING;
        let codes = (0..draws.len())
            .map(|i| match codes.get(i) {
                Some(&c) if c == shared => {
                    let at = self
                        .rare
                        .partition_point(|r| r.1 <= f64::from(draws[i]))
                        .min(self.rare.len() - 1);
                    self.rare[at].0
                }
                Some(&c) => level_of.get(c as usize).copied().unwrap_or(MISSING),
                None => MISSING,
            })
            .collect();
        Column::Levels(Levels {
            levels: self.levels.clone(),
            codes,
        })
    }
}
