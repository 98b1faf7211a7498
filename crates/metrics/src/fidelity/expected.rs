//! The figures of this group for fresh real samples, and their intervals.

use rayon::prelude::*;

use super::bins::Coded;
use super::categories;
use super::columns::scaled;
use super::distance::{deviation, jensen_shannon, pooled_variation, sorted, total_variation};
use super::resample::{BLOCKS, Block, Drawn, LANES, Lane, add, columns, head_sizes, population};
use crate::Result;
use crate::prepared::Prepared;

/// Draws of one figure.
pub(crate) type Draws = Vec<f64>;

/// Draws of all figures; empty where the table has none.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub ks: Draws,
    pub tv: Draws,
    pub pooled: Draws,
    pub shape: Draws,
    pub jensen_shannon: Draws,
    pub wasserstein: Draws,
    pub rare: Draws,
    pub skew: Draws,
    pub trend: Draws,
    pub correlation: Draws,
    /// Mean shape error of each column.
    pub columns: Vec<Option<f64>>,
    /// Mean trend error of each pair that trends are asked for.
    pub pairs: Vec<Option<f64>>,
}

/// What one column gives in each draw.
struct ColumnDraws {
    numeric: bool,
    shape: Draws,
    jensen_shannon: Draws,
    wasserstein: Option<Draws>,
    rare: Vec<(usize, usize)>,
    pooled: Option<Draws>,
    skew: Vec<Option<f64>>,
}

/// Draws fresh real samples of the sizes of training and synthetic rows and scores them.
pub(crate) fn expected(
    p: &Prepared,
    coded: &[Coded<'_>],
    trends: &[(usize, usize)],
    correlations: &[(usize, usize)],
) -> Result<Expected> {
    let people = population(p);
    let sizes = (p.rows.train, p.rows.synthetic);
    let blocks = people.draw(sizes, p.seed)?;
    let drawn = columns(p, &people, coded);
    let by_column: Vec<ColumnDraws> = (drawn.par_iter())
        .map(|column| column_draws(column, &blocks))
        .collect();
    let mut out = Expected::from_columns(&by_column);
    let scored = if head_sizes(sizes) == sizes {
        let scored = per_pair(&drawn, trends, &blocks);
        out.correlation = mean_of(scored.iter().filter_map(|x| x.correlation.as_ref()));
        scored
    } else {
        let all = per_pair(&drawn, correlations, &blocks);
        out.correlation = mean_of(all.iter().filter_map(|x| x.correlation.as_ref()));
        per_pair(&drawn, trends, &people.draw(head_sizes(sizes), p.seed)?)
    };
    out.trend = mean_of(scored.iter().map(|x| &x.trend));
    out.columns = by_column.iter().map(|c| mean(&c.shape)).collect();
    out.pairs = scored.iter().map(|x| mean(&x.trend)).collect();
    Ok(out)
}

/// The mean of the draws: what is expected of a fresh real sample. `None` without draws.
pub(crate) fn mean(draws: &[f64]) -> Option<f64> {
    let mean = draws.iter().sum::<f64>() / draws.len() as f64;
    mean.is_finite().then_some(mean)
}

impl Expected {
    fn from_columns(columns: &[ColumnDraws]) -> Expected {
        let of = |keep: &dyn Fn(&ColumnDraws) -> bool| {
            mean_of(columns.iter().filter(|c| keep(c)).map(|c| &c.shape))
        };
        let all = |f: &dyn Fn(usize) -> Option<f64>| -> Draws {
            (0..BLOCKS * LANES)
                .map(f)
                .collect::<Option<_>>()
                .unwrap_or_default()
        };
        Expected {
            ks: of(&|c| c.numeric),
            tv: of(&|c| !c.numeric),
            pooled: mean_of(columns.iter().filter_map(|c| c.pooled.as_ref())),
            shape: of(&|_| true),
            jensen_shannon: mean_of(columns.iter().map(|c| &c.jensen_shannon)),
            wasserstein: mean_of(columns.iter().filter_map(|c| c.wasserstein.as_ref())),
            rare: all(&|d| {
                let (seen, of) = (columns.iter().filter_map(|c| c.rare.get(d)))
                    .fold((0, 0), |s, x| (s.0 + x.0, s.1 + x.1));
                (of > 0).then(|| seen as f64 / of as f64)
            }),
            skew: all(&|d| {
                let some: Vec<f64> = (columns.iter())
                    .filter_map(|c| c.skew.get(d).copied().flatten())
                    .collect();
                (!some.is_empty()).then(|| some.iter().sum::<f64>() / some.len() as f64)
            }),
            ..Expected::default()
        }
    }
}

fn mean_of<'a>(draws: impl Iterator<Item = &'a Draws>) -> Draws {
    let (mut sum, mut n) = (vec![0.0; BLOCKS * LANES], 0);
    for draws in draws {
        for (s, x) in sum.iter_mut().zip(draws) {
            *s += x;
        }
        n += 1;
    }
    if n == 0 {
        return Vec::new();
    }
    sum.iter().map(|s| s / f64::from(n)).collect()
}

fn column_draws(column: &Drawn, blocks: &[Block]) -> ColumnDraws {
    let mut out = ColumnDraws {
        numeric: column.numbers.is_some(),
        shape: Vec::new(),
        jensen_shannon: Vec::new(),
        wasserstein: None,
        rare: Vec::new(),
        pooled: column.numbers.is_none().then(Vec::new),
        skew: Vec::new(),
    };
    let held = held(column);
    for block in blocks {
        let (a, b) = level_counts(column, block);
        for lane in 0..LANES {
            let (x, y, few) = unmatched(&a, &b, &held, &column.few, lane);
            out.jensen_shannon.push(jensen_shannon(&x, &y));
            if column.numbers.is_none() {
                out.shape.push(total_variation(&x, &y));
                out.rare.push(categories::rare(&x, &y));
                if let Some(pooled) = &mut out.pooled {
                    pooled.push(pooled_variation(&x, &y, &few));
                }
                out.skew.push(categories::skew(&x, &y));
            }
        }
    }
    if let Some(numbers) = &column.numbers {
        let (ks, area) = ks_draws(numbers, blocks);
        out.shape = ks;
        let spread = deviation(&sorted(numbers));
        out.wasserstein = area.into_iter().map(|x| scaled(Some(x), spread)).collect();
    }
    out
}

/// How many rows of the population have each level.
fn held(column: &Drawn) -> Vec<u32> {
    let mut out = vec![0; column.levels];
    column.codes.iter().for_each(|&c| out[c as usize] += 1);
    out
}

fn level_counts(column: &Drawn, block: &Block) -> (Vec<Lane>, Vec<Lane>) {
    let mut a = vec![[0.0; LANES]; column.levels];
    let mut b = a.clone();
    for ((&c, x), y) in column.codes.iter().zip(&block.a).zip(&block.b) {
        add(&mut a[c as usize], x);
        add(&mut b[c as usize], y);
    }
    (a, b)
}

/// The counts of one draw, and which levels are few; a level that the population holds once is one
/// level in each sample.
fn unmatched(
    a: &[Lane],
    b: &[Lane],
    held: &[u32],
    few: &[bool],
    lane: usize,
) -> (Vec<f64>, Vec<f64>, Vec<bool>) {
    let (mut x, mut y) = (Vec::with_capacity(a.len()), Vec::with_capacity(a.len()));
    let mut rare = Vec::with_capacity(a.len());
    for (level, ((a, b), &rows)) in a.iter().zip(b).zip(held).enumerate() {
        let few = few.get(level) == Some(&true);
        let (a, b) = (f64::from(a[lane]), f64::from(b[lane]));
        if rows == 1 {
            x.extend([a, 0.0]);
            y.extend([0.0, b]);
            rare.extend([few; 2]);
        } else {
            x.push(a);
            y.push(b);
            rare.push(few);
        }
    }
    (x, y, rare)
}

/// KS statistic and Wasserstein distance of each draw.
fn ks_draws(numbers: &[f64], blocks: &[Block]) -> (Draws, Draws) {
    let mut order: Vec<u32> = (0..numbers.len() as u32)
        .filter(|&i| !numbers[i as usize].is_nan())
        .collect();
    order.sort_unstable_by(|&i, &j| numbers[i as usize].total_cmp(&numbers[j as usize]));
    let (mut ks, mut area) = (Vec::new(), Vec::new());
    for block in blocks {
        let (mut na, mut nb) = ([0.0f32; LANES], [0.0f32; LANES]);
        for &i in &order {
            add(&mut na, &block.a[i as usize]);
            add(&mut nb, &block.b[i as usize]);
        }
        let (na, nb) = (na.map(|x| 1.0 / x.max(1.0)), nb.map(|x| 1.0 / x.max(1.0)));
        let (mut a, mut b) = ([0.0f32; LANES], [0.0f32; LANES]);
        let (mut most, mut sum) = ([0.0f32; LANES], [0.0f64; LANES]);
        for (at, &i) in order.iter().enumerate() {
            add(&mut a, &block.a[i as usize]);
            add(&mut b, &block.b[i as usize]);
            let x = numbers[i as usize];
            let Some(width) = order.get(at + 1).map(|&j| numbers[j as usize] - x) else {
                break;
            };
            if width > 0.0 {
                for l in 0..LANES {
                    let gap = (a[l] * na[l] - b[l] * nb[l]).abs();
                    most[l] = most[l].max(gap);
                    sum[l] += f64::from(gap) * width;
                }
            }
        }
        ks.extend(most.map(f64::from));
        area.extend(sum);
    }
    (ks, area)
}

/// Draws of one pair.
struct PairDraws {
    trend: Draws,
    /// Differences of correlation, where both columns are numeric.
    correlation: Option<Draws>,
}

fn per_pair(drawn: &[Drawn], pairs: &[(usize, usize)], blocks: &[Block]) -> Vec<PairDraws> {
    let shares: Vec<(Vec<Lane>, Vec<Lane>)> = blocks.par_iter().map(Block::shares).collect();
    let standard: Vec<Option<Vec<f32>>> = drawn.par_iter().map(standardised).collect();
    pairs
        .par_iter()
        .map(|&(i, j)| match (&standard[i], &standard[j]) {
            (Some(x), Some(y)) => {
                let deltas: Draws = blocks.iter().flat_map(|b| deltas(x, y, b)).collect();
                PairDraws {
                    trend: deltas.iter().map(|d| d / 2.0).collect(),
                    correlation: Some(deltas),
                }
            }
            _ => PairDraws {
                trend: cells(&drawn[i], &drawn[j], &shares),
                correlation: None,
            },
        })
        .collect()
}

fn standardised(column: &Drawn) -> Option<Vec<f32>> {
    let numbers = column.numbers.as_ref()?;
    let values = sorted(numbers);
    let n = values.len() as f64;
    let mean = values.iter().map(|x| x / n).sum::<f64>();
    let sd = deviation(&values).unwrap_or(1.0);
    Some(
        (numbers.iter())
            .map(|x| ((x - mean) / sd) as f32)
            .map(|z| if z.is_infinite() { 0.0 } else { z })
            .collect(),
    )
}

/// Absolute differences of the correlation of two columns between the samples.
fn deltas(x: &[f32], y: &[f32], block: &Block) -> Vec<f64> {
    let a = correlation(x, y, &block.a);
    let b = correlation(x, y, &block.b);
    let delta = |(a, b): (f32, f32)| {
        if (a - b).is_finite() {
            (a - b).abs()
        } else {
            0.0
        }
    };
    a.into_iter().zip(b).map(|x| f64::from(delta(x))).collect()
}

fn correlation(x: &[f32], y: &[f32], weights: &[Lane]) -> Lane {
    let mut s = [[0.0f32; LANES]; 6];
    for ((&x, &y), w) in x.iter().zip(y).zip(weights) {
        if x.is_nan() || y.is_nan() {
            continue;
        }
        let terms = [1.0, x, y, x * x, y * y, x * y];
        for (s, t) in s.iter_mut().zip(terms) {
            for l in 0..LANES {
                s[l] += t * w[l];
            }
        }
    }
    std::array::from_fn(|l| {
        let [n, x, y, xx, yy, xy] = s.map(|s| s[l]);
        (xy - x * y / n) / ((xx - x * x / n) * (yy - y * y / n)).sqrt()
    })
}

/// Total variation of the contingency table of two columns between the samples.
fn cells(a: &Drawn, b: &Drawn, shares: &[(Vec<Lane>, Vec<Lane>)]) -> Draws {
    let (ids, held) = ids(a, b);
    let mut out = Vec::with_capacity(BLOCKS * LANES);
    let mut table = vec![[0.0f32; LANES]; held.len()];
    for (difference, sum) in shares {
        table.iter_mut().for_each(|cell| *cell = [0.0; LANES]);
        let mut total = [0.0f32; LANES];
        for ((&id, d), s) in ids.iter().zip(difference).zip(sum) {
            if held[id as usize] == 1 {
                add(&mut total, s);
            } else {
                add(&mut table[id as usize], d);
            }
        }
        for cell in &table {
            for l in 0..LANES {
                total[l] += cell[l].abs();
            }
        }
        out.extend(total.map(|t| f64::from(0.5 * t).min(1.0)));
    }
    out
}

/// The occupied cells of two columns' contingency table, numbered: each row's cell, each cell's rows.
fn ids(a: &Drawn, b: &Drawn) -> (Vec<u32>, Vec<u32>) {
    let width = b.levels as u64;
    let cell = |(x, y): (&u32, &u32)| u64::from(*x) * width + u64::from(*y);
    let cells: Vec<u64> = a.codes.iter().zip(&b.codes).map(cell).collect();
    let size = a.levels.saturating_mul(b.levels);
    let mut held = Vec::new();
    let mut count = |id: &mut u32| {
        if *id == u32::MAX {
            *id = held.len() as u32;
            held.push(0u32);
        }
        held[*id as usize] += 1;
        *id
    };
    let ids = if size <= 1 << 20 {
        let mut at = vec![u32::MAX; size];
        cells.iter().map(|&c| count(&mut at[c as usize])).collect()
    } else {
        let mut at = std::collections::HashMap::new();
        (cells.iter())
            .map(|&c| count(at.entry(c).or_insert(u32::MAX)))
            .collect()
    };
    (ids, held)
}
