//! Figures of ranking: area under the ROC curve with DeLong's variance, power at a low false
//! positive rate, Harrell's concordance.

/// An estimate and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    pub value: f64,
    pub error: f64,
}

impl Estimate {
    /// The 95 % interval, kept within 0 and 1.
    pub fn interval(self) -> (f64, f64) {
        let half = 1.96 * self.error;
        (
            (self.value - half).clamp(0.0, 1.0),
            (self.value + half).clamp(0.0, 1.0),
        )
    }
}

/// Ranks from 1, ties at their mean.
pub(crate) fn midranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let mut stop = start + 1;
        while stop < order.len() && values[order[stop]] == values[order[start]] {
            stop += 1;
        }
        let mean = (start + 1 + stop) as f64 / 2.0;
        for &i in &order[start..stop] {
            ranks[i] = mean;
        }
        start = stop;
    }
    ranks
}

/// An area under a ROC curve and the share of the other side that each row is above.
struct Placed {
    value: f64,
    positive: Vec<f64>,
    negative: Vec<f64>,
}

impl Placed {
    fn of(positive: &[f64], negative: &[f64]) -> Option<Placed> {
        let (m, n) = (positive.len(), negative.len());
        if m == 0 || n == 0 {
            return None;
        }
        let all: Vec<f64> = positive.iter().chain(negative).copied().collect();
        let joint = midranks(&all);
        let place = |joint: &[f64], own: &[f64], others: usize| -> Vec<f64> {
            (joint.iter().zip(midranks(own)))
                .map(|(j, o)| (j - o) / others as f64)
                .collect()
        };
        let positive = place(&joint[..m], positive, n);
        let negative = place(&joint[m..], negative, m);
        let value = positive.iter().sum::<f64>() / m as f64;
        Some(Placed {
            value,
            positive,
            negative,
        })
    }

    /// Several areas over the same negatives as one: their mean, weighed by their positives.
    fn of_folds(folds: &[Sides]) -> Option<Placed> {
        let all: Vec<Placed> = (folds.iter())
            .map(|(yes, no)| Placed::of(yes, no))
            .collect::<Option<_>>()?;
        let total: usize = all.iter().map(|p| p.positive.len()).sum();
        let weight = |p: &Placed| p.positive.len() as f64 / total as f64;
        let negatives = all.first()?.negative.len();
        Some(Placed {
            value: all.iter().map(|p| weight(p) * p.value).sum(),
            negative: (0..negatives)
                .map(|i| all.iter().map(|p| weight(p) * p.negative[i]).sum())
                .collect(),
            positive: all.into_iter().flat_map(|p| p.positive).collect(),
        })
    }

    /// Covariance of the two areas (DeLong, DeLong and Clarke-Pearson 1988).
    fn covariance(&self, other: &Placed) -> f64 {
        let of = |a: &[f64], b: &[f64], (x, y): (f64, f64)| {
            let k = a.len();
            if k < 2 {
                return 0.0;
            }
            let sum: f64 = a.iter().zip(b).map(|(a, b)| (a - x) * (b - y)).sum();
            sum / (k - 1) as f64 / k as f64
        };
        of(&self.positive, &other.positive, (self.value, other.value))
            + of(
                &self.negative,
                &other.negative,
                (1.0 - self.value, 1.0 - other.value),
            )
    }

    /// A perfect separation has no spread in the sample: one misplaced row is the least step.
    fn least_error(&self) -> f64 {
        let (m, n) = (self.positive.len() as f64, self.negative.len() as f64);
        0.5 / (m * n).sqrt() / m.min(n).sqrt()
    }
}

/// The area under the ROC curve: the chance that a value of `positive` is above one of `negative`,
/// ties counting half, with its standard error by DeLong, DeLong and Clarke-Pearson (1988).
/// `None` when a side is empty.
pub(crate) fn auc(positive: &[f64], negative: &[f64]) -> Option<Estimate> {
    let placed = Placed::of(positive, negative)?;
    let error = placed.covariance(&placed).sqrt();
    Some(Estimate {
        value: placed.value,
        error: error.max(placed.least_error()),
    })
}

/// Scores of two sides: those that should be higher, and the others.
pub(crate) type Sides = (Vec<f64>, Vec<f64>);

/// The area less what the division of the rows explains, and the share of its variance that is
/// left. Each fold has positives of its own and scores of the same negatives; the area is their mean.
/// `controls` (folds likewise) are scores that know nothing of the sides: their areas are 1/2 but for the
/// division, and how much they move this one is taken from DeLong's covariances (the method of
/// control variates).
pub(crate) fn controlled_auc(folds: &[Sides], controls: &[Vec<Sides>]) -> Option<(Estimate, f64)> {
    let own = Placed::of_folds(folds)?;
    let controls: Vec<Placed> = (controls.iter())
        .filter_map(|folds| Placed::of_folds(folds))
        .collect();
    let variance = own.covariance(&own);
    let with: Vec<f64> = controls.iter().map(|c| own.covariance(c)).collect();
    let mut between: Vec<f64> = (controls.iter())
        .flat_map(|a| controls.iter().map(|b| a.covariance(b)))
        .collect();
    let k = controls.len();
    (0..k).for_each(|i| between[i * (k + 1)] *= 1.0 + 1e-6);
    let weights = super::linear::solve(&mut between, &with).unwrap_or_else(|| vec![0.0; k]);
    let tilt: f64 = (weights.iter().zip(&controls))
        .map(|(w, c)| w * (c.value - 0.5))
        .sum();
    let explained: f64 = weights.iter().zip(&with).map(|(w, c)| w * c).sum();
    let rest = (variance - explained).max(0.0);
    let estimate = Estimate {
        value: (own.value - tilt).clamp(0.0, 1.0),
        error: rest.sqrt().max(own.least_error()),
    };
    let left = if variance > 0.0 { rest / variance } else { 1.0 };
    Some((estimate, left.clamp(0.05, 1.0)))
}

/// The interval (95 %) of the area when the two sides do not differ.
pub(crate) fn null_interval(m: usize, n: usize) -> (f64, f64) {
    null_interval_left(m, n, 1.0)
}

/// The same when only the share `left` of the variance is left.
pub(crate) fn null_interval_left(m: usize, n: usize, left: f64) -> (f64, f64) {
    let (m, n) = (m.max(1) as f64, n.max(1) as f64);
    let half = 1.96 * ((m + n + 1.0) / (12.0 * m * n) * left).sqrt();
    ((0.5 - half).max(0.0), (0.5 + half).min(1.0))
}

/// The share of `positive` above the threshold that at most `rate` of `negative` are above.
pub(crate) fn power_at(positive: &[f64], negative: &[f64], rate: f64) -> f64 {
    let mut sorted = negative.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let allowed = (rate * negative.len() as f64).floor() as usize;
    let Some(&threshold) = sorted.get(allowed) else {
        return 1.0;
    };
    positive.iter().filter(|&&s| s > threshold).count() as f64 / positive.len().max(1) as f64
}

/// A figure of a model on test rows, and how much each of them moves it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scored {
    pub value: f64,
    /// Influence of each test row; the sum of their squares is the figure's variance.
    pub influence: Vec<f64>,
}

impl Scored {
    /// The figure with its standard error.
    pub fn estimate(&self) -> Estimate {
        let error = self.influence.iter().map(|x| x * x).sum::<f64>().sqrt();
        Estimate {
            value: self.value,
            error,
        }
    }

    /// This figure over `other`, both on the same test rows.
    pub fn over(&self, other: &Scored) -> Scored {
        let value = self.value / other.value;
        let influence = (self.influence.iter().zip(&other.influence))
            .map(|(a, b)| (a - value * b) / other.value)
            .collect();
        Scored { value, influence }
    }

    /// The mean of several figures on the same test rows; `None` of none.
    pub fn mean(all: &[Scored]) -> Option<Scored> {
        let k = all.len() as f64;
        let rows = all.first()?.influence.len();
        Some(Scored {
            value: all.iter().map(|s| s.value).sum::<f64>() / k,
            influence: (0..rows)
                .map(|i| all.iter().map(|s| s.influence[i]).sum::<f64>() / k)
                .collect(),
        })
    }
}

/// The area under the ROC curve of `scores`. `None` when all rows are on one side.
pub(crate) fn area(scores: &[f64], positive: &[bool]) -> Option<Scored> {
    let side =
        |keep: bool| -> Vec<usize> { (0..scores.len()).filter(|&i| positive[i] == keep).collect() };
    let (yes, no) = (side(true), side(false));
    if yes.is_empty() || no.is_empty() {
        return None;
    }
    let joint = midranks(scores);
    let own = |rows: &[usize]| midranks(&rows.iter().map(|&i| scores[i]).collect::<Vec<_>>());
    let (m, n) = (yes.len() as f64, no.len() as f64);
    let mut placed = vec![0.0; scores.len()];
    for (&i, own) in yes.iter().zip(own(&yes)) {
        placed[i] = (joint[i] - own) / n;
    }
    for (&i, own) in no.iter().zip(own(&no)) {
        placed[i] = 1.0 - (joint[i] - own) / m;
    }
    let value = yes.iter().map(|&i| placed[i]).sum::<f64>() / m;
    let influence = (placed.iter().zip(positive))
        .map(|(v, &p)| (v - value) / if p { m } else { n })
        .collect();
    Some(Scored { value, influence })
}

/// The share of variance explained; `None` when `truth` does not vary.
pub(crate) fn r_squared(predicted: &[f64], truth: &[f64]) -> Option<Scored> {
    let n = truth.len() as f64;
    let mean = truth.iter().sum::<f64>() / n;
    let total: f64 = truth.iter().map(|y| (y - mean).powi(2)).sum();
    if total.is_nan() || total <= 0.0 {
        return None;
    }
    let errors = || predicted.iter().zip(truth).map(|(p, y)| (p - y).powi(2));
    let value = 1.0 - errors().sum::<f64>() / total;
    let influence = (errors().zip(truth))
        .map(|(e, y)| ((1.0 - value) * (y - mean).powi(2) - e) / total)
        .collect();
    Some(Scored { value, influence })
}

/// Harrell's concordance index: of the pairs in which the earlier time is an event, the share in
/// which its risk is the higher one, ties of risk counting half. A time that is an event comes
/// before an equal one that is censored. `None` when there is no such pair.
pub(crate) fn concordance(risk: &[f64], time: &[f64], event: &[bool]) -> Option<Scored> {
    let n = risk.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| time[a].total_cmp(&time[b]).then(event[b].cmp(&event[a])));
    let (mut good, mut pairs) = (vec![0.0f64; n], vec![0.0f64; n]);
    for (at, &i) in order.iter().enumerate() {
        if !event[i] {
            continue;
        }
        for &j in &order[at + 1..] {
            if time[j] == time[i] && event[j] {
                continue;
            }
            let score = match risk[i].total_cmp(&risk[j]) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
            good[i] += score;
            good[j] += score;
            pairs[i] += 1.0;
            pairs[j] += 1.0;
        }
    }
    let total = pairs.iter().sum::<f64>() / 2.0;
    if total == 0.0 {
        return None;
    }
    let value = good.iter().sum::<f64>() / 2.0 / total;
    let influence = (good.iter().zip(&pairs))
        .map(|(g, p)| (g - value * p) / total)
        .collect();
    Some(Scored { value, influence })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn area_counts_pairs() {
        // Pairs by hand: (3>1) (3>2) (2>1) (2=2) -> 3.5 of 4.
        let a = auc(&[3.0, 2.0], &[1.0, 2.0]).unwrap();
        assert!((a.value - 0.875).abs() < 1e-12);
        assert!(auc(&[], &[1.0]).is_none());
    }

    #[test]
    fn delong_by_hand() {
        // Placements of the positives: 1, 1/2, 1; of the negatives: 2/3, 1.
        let a = auc(&[0.9, 0.5, 0.8], &[0.6, 0.1]).unwrap();
        let value = 5.0 / 6.0;
        assert!((a.value - value).abs() < 1e-12);
        let v10 = [1.0f64, 0.5, 1.0]
            .map(|x| (x - value).powi(2))
            .iter()
            .sum::<f64>()
            / 2.0;
        let v01 = [2.0f64 / 3.0, 1.0]
            .map(|x| (x - value).powi(2))
            .iter()
            .sum::<f64>();
        assert!((a.error - (v10 / 3.0 + v01 / 2.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_control_takes_the_tilt_away_and_no_more() {
        // Two sides that differ in a trait that a score follows, and nothing else.
        let trait_of = |i: usize, shift: f64| ((i * 37) % 50) as f64 / 50.0 + shift;
        let noise = |i: usize| ((i * 29) % 50) as f64 / 200.0;
        let control = (
            (0..50).map(|i| trait_of(i, 0.2)).collect::<Vec<f64>>(),
            (0..50).map(|i| trait_of(i, 0.0)).collect::<Vec<f64>>(),
        );
        let score = |of: &[f64], more: f64| -> Vec<f64> {
            (of.iter().enumerate())
                .map(|(i, t)| t + noise(i) + more)
                .collect()
        };
        let (yes, no) = (score(&control.0, 0.0), score(&control.1, 0.0));
        let plain = auc(&yes, &no).unwrap();
        let (held, left) =
            controlled_auc(&[(yes.clone(), no.clone())], &[vec![control.clone()]]).unwrap();
        assert!(
            plain.value > 0.6 && (held.value - 0.5).abs() < 0.03,
            "{held:?}"
        );
        assert!(left < 0.3 && held.error < plain.error);
        // What the sides really differ in stays.
        let (more, _) =
            controlled_auc(&[(score(&control.0, 0.3), no.clone())], &[vec![control]]).unwrap();
        assert!(more.value > held.value + 0.15, "{more:?}");
        // No control: the plain area.
        let (same, all) = controlled_auc(&[(yes, no)], &[]).unwrap();
        assert_eq!((same, all), (plain, 1.0));
    }

    #[test]
    fn influence_gives_the_same_area() {
        let scores = [0.9, 0.6, 0.5, 0.1, 0.8];
        let positive = [true, false, true, false, true];
        let a = area(&scores, &positive).unwrap();
        let b = auc(&[0.9, 0.5, 0.8], &[0.6, 0.1]).unwrap();
        assert!((a.value - b.value).abs() < 1e-12);
        assert!((a.influence.iter().sum::<f64>()).abs() < 1e-12);
        let same = a.over(&a);
        assert!(same.value == 1.0 && same.estimate().error == 0.0);
    }

    #[test]
    fn r_squared_by_hand() {
        let r = r_squared(&[1.0, 2.0, 2.0], &[1.0, 2.0, 3.0]).unwrap();
        assert!((r.value - 0.5).abs() < 1e-12);
        assert!(r_squared(&[1.0], &[1.0]).is_none());
    }

    #[test]
    fn concordance_skips_pairs_without_order() {
        // Row 1 is censored at 2: only rows 0 (event at 1) and 2 (event at 3) open pairs.
        let time = [1.0, 2.0, 3.0, 4.0];
        let event = [true, false, true, false];
        let c = concordance(&[4.0, 9.0, 2.0, 3.0], &time, &event).unwrap();
        // Pairs (0,1) wrong, (0,2) right, (0,3) right, (2,3) wrong.
        assert!((c.value - 0.5).abs() < 1e-12);
        // A tie in time with a censored row is a pair, whichever stands first.
        let a = concordance(&[2.0, 1.0], &[5.0, 5.0], &[true, false]).unwrap();
        let b = concordance(&[1.0, 2.0], &[5.0, 5.0], &[false, true]).unwrap();
        assert_eq!((a.value, b.value), (1.0, 1.0));
    }

    #[test]
    fn power_is_counted_above_the_threshold() {
        let negative: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(power_at(&[98.5, 99.5, 5.0, 98.0], &negative, 0.01), 0.5);
    }
}
