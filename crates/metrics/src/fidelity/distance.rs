//! Distances between two samples of one column.

/// Values that are there, in order.
pub(crate) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut v: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    v.sort_unstable_by(f64::total_cmp);
    v
}

/// Kolmogorov-Smirnov statistic and Wasserstein-1 distance of two sorted samples. A sample without
/// values is at KS distance 1 of one with values, and has no Wasserstein distance.
pub(crate) fn ks_wasserstein(a: &[f64], b: &[f64]) -> (f64, Option<f64>) {
    if a.is_empty() || b.is_empty() {
        let both = a.is_empty() && b.is_empty();
        return (if both { 0.0 } else { 1.0 }, both.then_some(0.0));
    }
    let (na, nb) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut ks, mut area) = (0, 0, 0.0f64, 0.0);
    let mut x = a[0].min(b[0]);
    loop {
        while i < a.len() && a[i] <= x {
            i += 1;
        }
        while j < b.len() && b[j] <= x {
            j += 1;
        }
        let gap = (i as f64 / na - j as f64 / nb).abs();
        ks = ks.max(gap);
        let next = match (a.get(i), b.get(j)) {
            (Some(&p), Some(&q)) => p.min(q),
            (Some(&p), None) => p,
            (None, Some(&q)) => q,
            (None, None) => break,
        };
        area += gap * (next - x);
        x = next;
    }
    (ks, area.is_finite().then_some(area))
}

/// Standard deviation (divisor n) of the values that are there; `None` when there is no spread.
pub(crate) fn deviation(sorted: &[f64]) -> Option<f64> {
    let (low, high) = (sorted.first()?, sorted.last()?);
    let n = sorted.len() as f64;
    let mean = sorted.iter().map(|x| x / n).sum::<f64>();
    let sd = (sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    (low < high && sd.is_finite() && sd > 0.0).then_some(sd)
}

/// How often each code below `levels` occurs.
pub(crate) fn counts(codes: &[u32], levels: usize) -> Vec<f64> {
    let mut out = vec![0.0; levels];
    for &c in codes {
        out[c as usize] += 1.0;
    }
    out
}

/// Total variation distance of two samples given as counts; whole counts give a result that does
/// not depend on the order of the levels.
pub(crate) fn total_variation(a: &[f64], b: &[f64]) -> f64 {
    let (na, nb): (f64, f64) = (a.iter().sum(), b.iter().sum());
    if na == 0.0 || nb == 0.0 {
        return if na == nb { 0.0 } else { 1.0 };
    }
    let sum: f64 = a.iter().zip(b).map(|(x, y)| (x * nb - y * na).abs()).sum();
    (sum / (2.0 * na * nb)).min(1.0)
}

/// Total variation distance after levels that cannot be told from "other" are one level: those that
/// only the second sample has, and those that are `few` in the first and absent from the second.
pub(crate) fn pooled_variation(a: &[f64], b: &[f64], few: &[bool]) -> f64 {
    let (mut x, mut y) = (vec![0.0], vec![0.0]);
    for ((&a, &b), &few) in a.iter().zip(b).zip(few) {
        if a == 0.0 || (few && b == 0.0) {
            x[0] += a;
            y[0] += b;
        } else {
            x.push(a);
            y.push(b);
        }
    }
    total_variation(&x, &y)
}

/// Jensen-Shannon distance (square root of the divergence in bits) of two samples given as counts.
pub(crate) fn jensen_shannon(a: &[f64], b: &[f64]) -> f64 {
    let (na, nb): (f64, f64) = (a.iter().sum(), b.iter().sum());
    if na == 0.0 || nb == 0.0 {
        return if na == nb { 0.0 } else { 1.0 };
    }
    let part = |p: f64, m: f64| if p > 0.0 { p * (p / m).log2() } else { 0.0 };
    let sum: f64 = (a.iter().zip(b))
        .map(|(x, y)| {
            let (p, q) = (x / na, y / nb);
            let m = 0.5 * (p + q);
            part(p, m) + part(q, m)
        })
        .sum();
    (0.5 * sum).clamp(0.0, 1.0).sqrt()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    #[test]
    fn ks_and_wasserstein_by_hand() {
        // scipy.stats: ks_2samp([1,2,2,5],[2,3]) = 0.25; wasserstein_distance = 1.0
        let (ks, w) = ks_wasserstein(&[1.0, 2.0, 2.0, 5.0], &[2.0, 3.0]);
        near(ks, 0.25);
        near(w.unwrap(), 1.0);
        assert_eq!(ks_wasserstein(&[1.0], &[]), (1.0, None));
        assert_eq!(ks_wasserstein(&[], &[]), (0.0, Some(0.0)));
        assert_eq!(ks_wasserstein(&[-1.5e308], &[1.5e308]).1, None);
    }

    #[test]
    fn distances_of_counts_by_hand() {
        near(total_variation(&[1.0, 1.0, 0.0], &[1.0, 0.0, 1.0]), 0.5);
        near(jensen_shannon(&[1.0, 0.0], &[0.0, 7.0]), 1.0);
        // scipy.spatial.distance.jensenshannon([.5,.5],[.25,.75],base=2)
        near(
            jensen_shannon(&[2.0, 2.0], &[1.0, 3.0]),
            0.220_895_768_849_017_35,
        );
        near(jensen_shannon(&[3.0, 0.0, 9.0], &[1.0, 0.0, 3.0]), 0.0);
    }

    #[test]
    fn rare_levels_and_their_stand_in_are_one() {
        let few = [false, false, true, true, true, false];
        let real = [50.0, 30.0, 8.0, 7.0, 5.0, 0.0];
        // A word for "other" in the place of all rare levels, and of all but one.
        near(
            pooled_variation(&real, &[50.0, 30.0, 0.0, 0.0, 0.0, 20.0], &few),
            0.0,
        );
        near(
            pooled_variation(&real, &[50.0, 30.0, 8.0, 0.0, 0.0, 12.0], &few),
            0.0,
        );
        // Rare levels that went to a common one, a common one that went to "other", and a rare level
        // that is there with another share: errors as ever.
        for other in [
            [70.0, 30.0, 0.0, 0.0, 0.0, 0.0],
            [50.0, 10.0, 8.0, 7.0, 5.0, 20.0],
            [50.0, 30.0, 20.0, 0.0, 0.0, 0.0],
        ] {
            let pooled = pooled_variation(&real, &other, &few);
            near(pooled, total_variation(&real, &other));
            assert!(pooled > 0.1);
        }
    }

    #[test]
    fn spread() {
        assert_eq!(deviation(&[2.0, 2.0]), None);
        assert_eq!(deviation(&[]), None);
        near(deviation(&[1.0, 3.0]).unwrap(), 1.0);
        assert_eq!(deviation(&[-1.5e308, 1.5e308]), None);
    }
}
