//! How much of the relation between two columns the synthetic rows keep.
//!
//! Columns are seen as events ([`super::events`]). A relation is what the joint table of two columns
//! has beyond its margins: Pearson's residuals, the covariance of each event of one column with each
//! event of the other over the root of its share under independence. For a pair, `kept` is the
//! projection of the synthetic rows' residuals on the training rows', over the training rows' squared
//! length, which is corrected for chance: 1 for fresh real rows in the mean whatever the numbers of
//! rows, 0 for shuffled columns. So the figure has no floor to be taken off, and its spread for fresh
//! real rows has a closed form.

use rayon::prelude::*;

use super::events::{Grain, View, views};
use super::pairs::choose;
use super::worst_first;
use crate::Score;
use crate::prepared::{Part, Prepared};
use crate::score::absent;

const ID: &str = "pair_error";
/// Probability that a table of unrelated columns has a pair that counts as related.
const CHANCE: f64 = 0.001;
/// Rows whose contributions are summed together.
const CHUNK: usize = 1_024;

/// The relations of the real rows: known before any synthetic row is.
#[derive(Debug, Clone)]
pub(crate) struct Relations {
    views: Vec<View>,
    pairs: Vec<Relation>,
    /// Pairs that were looked at, and pairs there are.
    looked: usize,
    all: usize,
    rows: usize,
    /// Variance of one real row's contribution to the figure.
    variance: f64,
}

/// A pair of views whose events do not occur independently in the real rows.
#[derive(Debug, Clone)]
struct Relation {
    views: (usize, usize),
    /// Residuals of the training rows.
    pattern: Vec<f64>,
    /// Their squared length, corrected for chance.
    square: f64,
    /// What chance adds to the squared length of one row's residuals.
    noise: f64,
    /// Cramér's V: 0 for independent columns, 1 where one determines the other.
    strength: f64,
}

/// How often the events of two views occur, together and alone.
struct Joint {
    width: usize,
    cells: Vec<f64>,
    a: Vec<f64>,
    b: Vec<f64>,
    rows: f64,
}

impl Joint {
    fn new(events: (usize, usize), rows: usize) -> Joint {
        Joint {
            width: events.1 + 1,
            cells: vec![0.0; (events.0 + 1) * (events.1 + 1)],
            a: vec![0.0; events.0 + 1],
            b: vec![0.0; events.1 + 1],
            rows: rows as f64,
        }
    }

    fn count(events: (usize, usize), codes: &[(&[u32], &[u32])]) -> Joint {
        let rows = codes.iter().map(|c| c.0.len()).sum();
        let mut joint = Joint::new(events, rows);
        let mut cells = vec![0u32; joint.cells.len()];
        for (a, b) in codes {
            for (&x, &y) in a.iter().zip(*b) {
                cells[x as usize * joint.width + y as usize] += 1;
            }
        }
        for (at, &n) in cells.iter().enumerate() {
            let n = f64::from(n);
            joint.cells[at] = n;
            joint.a[at / joint.width] += n;
            joint.b[at % joint.width] += n;
        }
        joint
    }

    /// Shares of the events of cell `(a, b)`: together, and alone.
    fn shares(&self, a: usize, b: usize) -> (f64, f64, f64) {
        let n = self.rows;
        (
            self.cells[a * self.width + b] / n,
            self.a[a] / n,
            self.b[b] / n,
        )
    }

    /// Cells of two events, without "none of them".
    fn events(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (a, b) = (self.a.len() - 1, self.width - 1);
        (0..a).flat_map(move |i| (0..b).map(move |j| (i, j)))
    }

    /// The unbiased covariance of two events.
    fn covariance(&self, a: usize, b: usize) -> f64 {
        let (both, x, y) = self.shares(a, b);
        (both - x * y) * self.rows / (self.rows - 1.0)
    }

    /// The scale of a cell's covariances: its share under independence, kept from vanishing where
    /// less than a row is expected.
    fn scale(&self, a: usize, b: usize) -> f64 {
        let (_, x, y) = self.shares(a, b);
        x * y + 1.0 / self.rows
    }

    /// The unbiased covariance over the root of its scale: a residual that does not depend on the
    /// margins to first order.
    fn residual(&self, a: usize, b: usize) -> f64 {
        self.covariance(a, b) / self.scale(a, b).sqrt()
    }

    /// Squared length of the residuals, and what chance adds to it, as if from one row: the variance
    /// of what a row changes.
    fn lengths(&self) -> (f64, f64) {
        let (mut square, mut noise) = (0.0, 0.0);
        for (a, b) in self.events() {
            let (both, x, y) = self.shares(a, b);
            let scale = self.scale(a, b);
            let (r, of) = (both - x * y, self.residual(a, b));
            let change =
                |u: f64, v: f64| (u * v - r) / scale.sqrt() - of / 2.0 * (y * u + x * v) / scale;
            let rows = [
                (both, 1.0 - x, 1.0 - y),
                (x - both, 1.0 - x, -y),
                (y - both, -x, 1.0 - y),
                (1.0 - x - y + both, -x, -y),
            ];
            square += of * of;
            noise += (rows.iter())
                .map(|&(share, u, v)| share.max(0.0) * change(u, v).powi(2))
                .sum::<f64>();
        }
        (square, noise)
    }

    /// How many standard deviations the squared length is over what independence gives, by the
    /// transform of Wilson and Hilferty of a gamma distribution with its first two moments.
    fn evidence(&self) -> f64 {
        let (mut mean, mut rare) = (0.0, 0.0);
        for (a, b) in self.events() {
            let (_, x, y) = self.shares(a, b);
            let expected = x * y * self.rows;
            mean += x * (1.0 - x) * y * (1.0 - y) / self.scale(a, b);
            rare += expected / (expected + 1.0).powi(2);
        }
        if mean <= 0.0 {
            return 0.0;
        }
        let shape = mean * mean / (2.0 * mean + rare);
        let ratio = self.lengths().0 * self.rows / mean;
        (ratio.cbrt() - 1.0 + 1.0 / (9.0 * shape)) * 3.0 * shape.sqrt()
    }
}

impl Relations {
    /// Finds the pairs of columns that are related in the real rows: those that the training and
    /// held-out rows together show beyond chance, all pairs that are looked at taken into account.
    pub fn learn(p: &Prepared) -> Relations {
        let views = views(p, Grain::Whole);
        let (pairs, all) = pairs_of(&views, p.seed);
        let codes =
            |part: Part| -> Vec<Vec<u32>> { views.par_iter().map(|v| v.codes(p, part)).collect() };
        let train = codes(Part::Train);
        let held_out: Vec<Vec<Vec<u32>>> = p.held_out().into_iter().map(codes).collect();
        let needed = normal_tail(CHANCE / pairs.len().max(1) as f64);
        let relation = |&(i, j): &(usize, usize)| {
            let events = (views[i].events, views[j].events);
            let mut real: Vec<(&[u32], &[u32])> = vec![(&train[i], &train[j])];
            let joint = Joint::count(events, &real);
            real.extend(held_out.iter().map(|c| (&*c[i], &*c[j])));
            if Joint::count(events, &real).evidence() < needed {
                return None;
            }
            Relation::new((i, j), &joint)
        };
        let mut out = Relations {
            looked: pairs.len(),
            all,
            rows: train.first().map_or(0, Vec::len),
            pairs: pairs.par_iter().filter_map(relation).collect(),
            views,
            variance: 0.0,
        };
        let joints = out.joints(&train);
        out.variance = variance(&out.contributions(&train, &joints));
        out
    }

    fn joints(&self, codes: &[Vec<u32>]) -> Vec<Joint> {
        (self.pairs.par_iter())
            .map(|pair| {
                let (i, j) = pair.views;
                let events = (self.views[i].events, self.views[j].events);
                Joint::count(events, &[(&codes[i], &codes[j])])
            })
            .collect()
    }

    fn strength(&self) -> f64 {
        self.pairs.iter().map(|pair| pair.strength).sum()
    }

    /// What each row adds to the figure: its mean is the share kept, before chance is corrected for.
    fn contributions(&self, codes: &[Vec<u32>], joints: &[Joint]) -> Vec<f64> {
        let rows = codes.first().map_or(0, Vec::len);
        let total = self.strength();
        let tables: Vec<Vec<f64>> = (self.pairs.par_iter().zip(joints))
            .map(|(pair, joint)| pair.contributions(joint, total))
            .collect();
        let mut out = vec![0.0; rows];
        out.par_chunks_mut(CHUNK).enumerate().for_each(|(at, out)| {
            for ((pair, joint), table) in self.pairs.iter().zip(joints).zip(&tables) {
                let (a, b) = (&codes[pair.views.0], &codes[pair.views.1]);
                let from = at * CHUNK;
                for (i, out) in out.iter_mut().enumerate() {
                    let (x, y) = (a[from + i] as usize, b[from + i] as usize);
                    *out += table[x * joint.width + y];
                }
            }
        });
        out
    }

    /// The spread (standard deviation) of the share that a real sample of `rows` rows keeps.
    fn spread(&self, rows: usize) -> f64 {
        let (n, m) = (self.rows as f64, rows as f64);
        let total = self.strength();
        let second: f64 = (self.pairs.iter())
            .map(|pair| (pair.strength / pair.square / total).powi(2) * pair.noise)
            .sum();
        (self.variance * (1.0 / n + 1.0 / m) + second * (1.0 / (n * m) + 2.0 / (n * n))).sqrt()
    }

    /// The figure for the synthetic rows.
    pub fn score(&self, p: &Prepared) -> Score {
        if self.pairs.is_empty() {
            return absent(
                ID,
                "no two columns of the real rows are related beyond chance",
            );
        }
        let codes: Vec<Vec<u32>> = (self.views.par_iter())
            .map(|v| v.codes(p, Part::Synthetic))
            .collect();
        let rows = codes.first().map_or(0, Vec::len);
        if rows < 2 {
            return absent(ID, "fewer than two synthetic rows");
        }
        let joints = self.joints(&codes);
        let total = self.strength();
        let kept: Vec<f64> = (self.pairs.par_iter().zip(&joints))
            .map(|(pair, joint)| pair.kept(joint))
            .collect();
        let mean: f64 = (self.pairs.iter().zip(&kept))
            .map(|(pair, kept)| pair.strength / total * kept)
            .sum();
        let spread = self.spread(rows);
        let own = (variance(&self.contributions(&codes, &joints)) / rows as f64).sqrt();
        let error = (1.0 - mean).abs();
        let worst = (self.pairs.iter().zip(&kept))
            .map(|(pair, kept)| (self.name(pair), pair.strength * (1.0 - kept).abs()))
            .collect();
        let related = self.pairs.len();
        let sampled = match self.looked < self.all {
            true => format!(" of {} that were drawn", self.looked),
            false => format!(" of {}", self.all),
        };
        Score {
            id: ID.to_owned(),
            value: Some(error),
            // Mean and 95 % point of the size of a normal number.
            floor: Some((2.0 / std::f64::consts::PI).sqrt() * spread),
            floor_interval: Some((0.0, 1.96 * spread)),
            interval: Some(((error - 1.96 * own).max(0.0), error + 1.96 * own)),
            note: Some(format!(
                "{related}{sampled} pairs are related in the real rows, of which {:.0} % is kept",
                // Never "-0".
                (100.0 * mean).round() + 0.0
            )),
            worst: worst_first(worst),
            parts: vec![("kept".to_owned(), mean)],
        }
    }

    fn name(&self, pair: &Relation) -> String {
        let name = |i: usize| &self.views[i].name;
        format!("{} × {}", name(pair.views.0), name(pair.views.1))
    }
}

impl Relation {
    /// The relation of the training rows; `None` when these alone do not show any.
    fn new(views: (usize, usize), train: &Joint) -> Option<Relation> {
        if train.rows < 2.0 {
            return None;
        }
        let (length, noise) = train.lengths();
        let square = length - noise / train.rows;
        let pattern = (train.events())
            .map(|(a, b)| train.residual(a, b))
            .collect();
        let least = (train.a.len() - 1).min(train.b.len() - 1);
        (square > 0.0).then(|| Relation {
            views,
            pattern,
            square,
            noise,
            strength: (square / (least as f64 - 1.0).max(1.0)).sqrt().min(1.0),
        })
    }

    /// The share of the relation that other rows keep.
    fn kept(&self, other: &Joint) -> f64 {
        let product: f64 = (other.events().zip(&self.pattern))
            .map(|((a, b), w)| w * other.residual(a, b))
            .sum();
        product / self.square
    }

    /// What a row in each cell adds to the figure: by its two events together, and by what it changes
    /// in the margins that the residuals are scaled by.
    fn contributions(&self, joint: &Joint, total: f64) -> Vec<f64> {
        let width = joint.width;
        let mut of = vec![0.0; joint.cells.len()];
        let (mut by_a, mut by_b) = (vec![0.0; joint.a.len()], vec![0.0; width]);
        for ((a, b), w) in joint.events().zip(&self.pattern) {
            let (_, x, y) = joint.shares(a, b);
            let scale = joint.scale(a, b);
            of[a * width + b] = w / scale.sqrt();
            let half = w * joint.residual(a, b) / (2.0 * scale);
            by_a[a] += half * y;
            by_b[b] += half * x;
        }
        let n = joint.rows;
        let mean =
            |of: &[f64], rows: &[f64]| -> f64 { of.iter().zip(rows).map(|(w, k)| w * k / n).sum() };
        let over_b: Vec<f64> = of
            .chunks_exact(width)
            .map(|row| mean(row, &joint.b))
            .collect();
        let mut over_a = vec![0.0; width];
        for (row, k) in of.chunks_exact(width).zip(&joint.a) {
            for (sum, w) in over_a.iter_mut().zip(row) {
                *sum += w * k / n;
            }
        }
        let level = mean(&over_b, &joint.a) + mean(&by_a, &joint.a) + mean(&by_b, &joint.b);
        let share = self.strength / self.square / total;
        (of.iter().enumerate())
            .map(|(at, w)| {
                let (a, b) = (at / width, at % width);
                share * (w - over_b[a] - by_a[a] - over_a[b] - by_b[b] + level)
            })
            .collect()
    }
}

/// Pairs of views of different columns, at most as many as are judged elsewhere.
pub(crate) fn pairs_of(views: &[View], seed: u64) -> (Vec<(usize, usize)>, usize) {
    let everything: Vec<usize> = (0..views.len()).collect();
    let (mut pairs, all) = choose(&everything, seed);
    let before = pairs.len();
    pairs.retain(|&(i, j)| views[i].column != views[j].column);
    let all = if before < all { all } else { pairs.len() };
    (pairs, all)
}

/// The standard normal number that is exceeded with this (small) probability, by the bound of the
/// tail by the density over the number.
fn normal_tail(probability: f64) -> f64 {
    let density = (2.0 * std::f64::consts::PI).sqrt();
    (0..8).fold(3.0, |z: f64, _| {
        (-2.0 * (probability * density * z).ln()).max(1.0).sqrt()
    })
}

fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two columns by the rows of their contingency table.
    fn joint(table: &[&[u32]]) -> Joint {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (i, row) in table.iter().enumerate() {
            for (j, &n) in row.iter().enumerate() {
                a.extend(vec![i as u32; n as usize]);
                b.extend(vec![j as u32; n as usize]);
            }
        }
        Joint::count((table.len(), table[0].len()), &[(&a, &b)])
    }

    #[test]
    fn the_squared_length_is_phi_squared() {
        // scipy.stats.chi2_contingency(t, correction=False).statistic / 10,000 for ten thousand rows;
        // the scale differs by a ten-thousandth of a row's share, the covariance by n / (n - 1).
        let t = joint(&[&[2_400, 1_300, 300], &[900, 2_600, 2_500]]);
        let (square, _) = t.lengths();
        assert!((square - 0.254_554_473_304).abs() < 2e-3, "{square}");
        let one = joint(&[&[30, 0], &[0, 70]]);
        assert!(Relation::new((0, 1), &one).is_some_and(|r| (0.9..1.0).contains(&r.strength)));
    }

    #[test]
    fn shuffled_tables_keep_nothing_and_the_same_table_keeps_all() {
        let t = joint(&[&[240, 130, 30], &[90, 260, 250]]);
        let relation = Relation::new((0, 1), &t).map(|r| (r.kept(&t), r));
        let Some((own, relation)) = relation else {
            panic!("no relation");
        };
        // With its own noise, which is corrected for.
        assert!((1.0..1.05).contains(&own), "{own}");
        // The products of the margins, and half of either.
        let flat = joint(&[&[132, 156, 112], &[198, 234, 168]]);
        assert!(relation.kept(&flat).abs() < 1e-12);
        let half = joint(&[&[372, 286, 142], &[288, 494, 418]]);
        assert!((relation.kept(&half) - own / 2.0).abs() < 1e-3);
    }

    #[test]
    fn what_rows_add_is_the_share_kept() {
        let (t, other) = (
            joint(&[&[240, 130, 30], &[90, 260, 250]]),
            joint(&[&[40, 30, 5], &[9, 22, 44]]),
        );
        let Some(relation) = Relation::new((0, 1), &t) else {
            panic!("no relation");
        };
        let of = relation.contributions(&other, relation.strength);
        let mean: f64 = of.iter().zip(&other.cells).map(|(x, n)| x * n).sum::<f64>() / other.rows;
        let biased = (other.rows - 1.0) / other.rows;
        assert!((mean - relation.kept(&other) * biased).abs() < 1e-12);
    }

    #[test]
    fn evidence_is_that_of_the_chi_squared_test() {
        // scipy.stats.norm.isf(scipy.stats.chi2.sf(chi2, 2)) of these tables.
        let near = |t: &Joint, z: f64| assert!((t.evidence() - z).abs() < 0.15, "{}", t.evidence());
        near(&joint(&[&[200, 200, 200], &[200, 230, 170]]), 1.258_717);
        near(&joint(&[&[200, 200, 200], &[180, 260, 160]]), 3.016_366);
        assert!((normal_tail(1e-4) - 3.719).abs() < 0.03);
        assert!((normal_tail(5e-7) - 4.892).abs() < 0.03);
    }
}
