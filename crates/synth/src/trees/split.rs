//! The best split of a node, by what it adds to the likelihood of the rows in it.

use super::features::{Feature, Target};

/// Classes told apart in one node; the others count as one.
const TOLD: usize = 16;
/// What a level of an unordered feature gains by chance: half the levels, sorted by the target,
/// explain 2/pi of a chi-squared variable each.
const BY_CHANCE: f64 = 0.64;

/// A split of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// The feature.
    pub feature: usize,
    /// The bins that go left.
    pub left: Left,
    /// The likelihood-ratio statistic, less what chance gives.
    pub gain: f64,
}

/// The bins that go left.
#[derive(Debug, Clone, PartialEq)]
pub enum Left {
    /// Those below.
    Below(u16),
    /// These.
    Among(Vec<u16>),
}

/// What is counted of the rows of a bin, or of several.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    rows: f64,
    people: f64,
    sum: f64,
    told: [u32; TOLD],
}

impl Count {
    fn add(&mut self, other: &Count, classes: usize) {
        self.rows += other.rows;
        self.people += other.people;
        self.sum += other.sum;
        for (a, b) in self.told[..classes].iter_mut().zip(&other.told) {
            *a += b;
        }
    }

    fn less(&self, other: &Count, classes: usize) -> Count {
        let mut rest = *self;
        rest.rows -= other.rows;
        rest.people -= other.people;
        rest.sum -= other.sum;
        for (a, b) in rest.told[..classes].iter_mut().zip(&other.told) {
            *a -= b;
        }
        rest
    }
}

/// The statistic that is as rare by chance with `freedom` degrees of freedom as `gain` is with one
/// (Wilson and Hilferty 1931): a split among many classes has more ways to fit noise.
fn needed(gain: f64, freedom: usize) -> f64 {
    if freedom <= 1 {
        return gain;
    }
    let spread = |n: f64| 2.0 / (9.0 * n);
    let normal = (gain.cbrt() - 1.0 + spread(1.0)) / spread(1.0).sqrt();
    let n = freedom as f64;
    n * (1.0 - spread(n) + normal * spread(n).sqrt()).powi(3)
}

/// What stays between nodes, so that nothing is allocated anew.
pub struct Splitter<'a> {
    features: &'a [&'a Feature],
    target: &'a Target,
    people: Option<&'a [f32]>,
    least: f64,
    counts: Vec<Count>,
    touched: Vec<u16>,
    /// The class of the node that a class of the table is told as.
    told: Vec<u8>,
    totals: Vec<u32>,
    logs: Vec<f64>,
}

impl<'a> Splitter<'a> {
    /// For trees on `features` of `rows` rows; leaves have at least `least` people.
    pub fn new(
        features: &'a [&'a Feature],
        target: &'a Target,
        people: Option<&'a [f32]>,
        least: f64,
        rows: usize,
    ) -> Splitter<'a> {
        let bins = features.iter().map(|f| f.bins).max().unwrap_or(0);
        Splitter {
            features,
            target,
            people,
            least,
            counts: vec![Count::default(); bins],
            touched: Vec::with_capacity(bins),
            told: vec![0; target.classes],
            totals: vec![0; target.classes],
            logs: (0..=rows)
                .map(|n| {
                    if n == 0 {
                        0.0
                    } else {
                        n as f64 * (n as f64).ln()
                    }
                })
                .collect(),
        }
    }

    /// The best split of the rows `rows` on one of the features `among` (all of them without), if one
    /// gains more than `gain` does between two classes.
    pub fn best(&mut self, rows: &[u32], gain: f64, among: Option<&[usize]>) -> Option<Split> {
        let classes = self.tell(rows);
        let whole = self.whole(rows);
        if whole.people < 2.0 * self.least {
            return None;
        }
        let (mut spread, mut best) = (0.0, None::<Split>);
        if let Some(scores) = &self.target.scores {
            let mean = whole.sum / whole.rows;
            let squares = |row: &u32| (f64::from(scores[*row as usize]) - mean).powi(2);
            spread = rows.iter().map(squares).sum();
            if spread <= 1e-9 {
                return None;
            }
        } else if classes < 2 {
            return None;
        }
        let gain = needed(gain, classes.max(2) - 1);
        for place in 0..among.map_or(self.features.len(), <[usize]>::len) {
            let feature = among.map_or(place, |among| among[place]);
            self.count(feature, rows, classes);
            let floor = best.as_ref().map_or(gain, |b| b.gain);
            if let Some(found) = self.scan(feature, &whole, classes, spread, floor) {
                best = Some(found);
            }
            for &bin in &self.touched {
                self.counts[usize::from(bin)] = Count::default();
            }
        }
        best
    }

    /// Tells the most frequent classes of the node apart; gives how many are told.
    fn tell(&mut self, rows: &[u32]) -> usize {
        if self.target.scores.is_some() {
            return 0;
        }
        let class = |row: &u32| usize::from(self.target.class[*row as usize]);
        let mut seen: Vec<usize> = Vec::new();
        for row in rows {
            let c = class(row);
            if self.totals[c] == 0 {
                seen.push(c);
            }
            self.totals[c] += 1;
        }
        seen.sort_unstable_by_key(|&c| (std::cmp::Reverse(self.totals[c]), c));
        for (place, &c) in seen.iter().enumerate() {
            self.told[c] = place.min(TOLD - 1) as u8;
            self.totals[c] = 0;
        }
        seen.len().min(TOLD)
    }

    fn one(&self, row: u32) -> Count {
        let mut one = Count {
            rows: 1.0,
            people: self.people.map_or(1.0, |p| f64::from(p[row as usize])),
            ..Count::default()
        };
        match &self.target.scores {
            Some(scores) => one.sum = f64::from(scores[row as usize]),
            None => {
                let class = usize::from(self.target.class[row as usize]);
                one.told[usize::from(self.told[class])] = 1;
            }
        }
        one
    }

    fn whole(&self, rows: &[u32]) -> Count {
        let mut whole = Count::default();
        for &row in rows {
            whole.add(&self.one(row), TOLD);
        }
        whole
    }

    fn count(&mut self, feature: usize, rows: &[u32], classes: usize) {
        let feature = self.features[feature];
        self.touched.clear();
        for &row in rows {
            let bin = feature.of[row as usize];
            let one = self.people.map_or(1.0, |p| f64::from(p[row as usize]));
            let count = &mut self.counts[usize::from(bin)];
            if count.rows == 0.0 {
                self.touched.push(bin);
            }
            count.rows += 1.0;
            count.people += one;
            match &self.target.scores {
                Some(scores) => count.sum += f64::from(scores[row as usize]),
                None => {
                    let class = usize::from(self.target.class[row as usize]);
                    count.told[usize::from(self.told[class])] += 1;
                }
            }
        }
        self.touched.sort_unstable();
        if !feature.ordered {
            let counts = &self.counts;
            let mean = |bin: &u16| {
                let c = &counts[usize::from(*bin)];
                if classes > 0 {
                    f64::from(c.told[0]) / c.rows
                } else {
                    c.sum / c.rows
                }
            };
            self.touched.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
        }
    }

    /// The best place among the touched bins.
    fn scan(
        &self,
        feature: usize,
        whole: &Count,
        classes: usize,
        spread: f64,
        floor: f64,
    ) -> Option<Split> {
        let ordered = self.features[feature].ordered;
        let chance = if ordered {
            0.0
        } else {
            BY_CHANCE * (self.touched.len() as f64 - 2.0).max(0.0)
        };
        let alone = self.fit(whole, classes);
        let (mut left, mut best) = (Count::default(), (floor, None));
        for (place, &bin) in self.touched.iter().enumerate() {
            if place > 0 && left.people >= self.least && whole.people - left.people >= self.least {
                let right = whole.less(&left, classes);
                let explained = self.fit(&left, classes) + self.fit(&right, classes) - alone;
                let gain = if classes > 0 {
                    2.0 * explained
                } else {
                    -whole.rows * (1.0 - explained / spread).max(1e-9).ln()
                } - chance;
                if gain > best.0 {
                    best = (gain, Some(place));
                }
            }
            left.add(&self.counts[usize::from(bin)], classes);
        }
        let place = best.1?;
        Some(Split {
            feature,
            left: if ordered {
                Left::Below(self.touched[place])
            } else {
                Left::Among(self.touched[..place].to_vec())
            },
            gain: best.0,
        })
    }

    /// The log-likelihood of classes, or the sum of squares that a mean explains.
    fn fit(&self, count: &Count, classes: usize) -> f64 {
        if classes == 0 {
            return count.sum * count.sum / count.rows;
        }
        let log = |n: u32| self.logs[n as usize];
        let own: f64 = count.told[..classes].iter().map(|&n| log(n)).sum();
        own - log(count.rows as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::needed;

    #[test]
    fn more_classes_need_a_larger_statistic() {
        // Quantiles of chi-squared variables at the tail of 6.635 with one degree of freedom (1 %).
        for (freedom, quantile) in [(1, 6.635), (2, 9.210), (5, 15.086), (15, 30.578)] {
            assert!(
                (needed(6.635, freedom) - quantile).abs() < 0.15,
                "{freedom}"
            );
        }
    }
}
