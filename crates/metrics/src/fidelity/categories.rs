//! Rare levels and level frequencies of a categorical column, from counts.

use super::bins::FEW;

/// A level is rare when it has less than this share of the training rows.
const RARE: f64 = 0.05;
/// Rows that a rare level has to be expected to have to be counted: a fresh real sample of that size then misses it once
/// in more than a hundred times. Levels with at most [`FEW`] training rows may have been left out to protect people.
const RARE_ROWS: f64 = 5.0;
/// Rows that a level has to have, and to be expected, for its frequency to be compared.
const SKEW_ROWS: f64 = 30.0;

/// Rare levels of the training rows: how many occur in the other rows, of how many that should.
pub(crate) fn rare(train: &[f64], other: &[f64]) -> (usize, usize) {
    let (n, m): (f64, f64) = (train.iter().sum(), other.iter().sum());
    (train.iter().zip(other))
        .filter(|(t, _)| **t / n < RARE && **t > f64::from(FEW) && **t / n * m >= RARE_ROWS)
        .fold((0, 0), |(seen, all), (_, o)| {
            (seen + usize::from(*o > 0.0), all + 1)
        })
}

/// Mean over levels of `|ln(share in other / share in train)|`. Levels with too few rows are taken
/// together as one, which counts when it has enough. `None` when nothing has enough rows.
pub(crate) fn skew(train: &[f64], other: &[f64]) -> Option<f64> {
    let (n, m): (f64, f64) = (train.iter().sum(), other.iter().sum());
    let enough = |t: f64| t >= SKEW_ROWS && t / n * m >= SKEW_ROWS;
    let log_ratio = |t: f64, o: f64| {
        (((o + 0.5) / (m + 1.0)) / ((t + 0.5) / (n + 1.0)))
            .ln()
            .abs()
    };
    let (mut sum, mut levels, mut rest) = (0.0, 0usize, (0.0, 0.0));
    for (&t, &o) in train.iter().zip(other) {
        if enough(t) {
            sum += log_ratio(t, o);
            levels += 1;
        } else {
            rest = (rest.0 + t, rest.1 + o);
        }
    }
    if enough(rest.0) {
        sum += log_ratio(rest.0, rest.1);
        levels += 1;
    }
    (levels > 0).then(|| sum / levels as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_levels_need_support() {
        // 1,000 rows: shares 89 %, 4 %, 1.5 %, 4.6 %, 0.9 %; the last has so few rows that it may be left out.
        let train = [890.0, 40.0, 15.0, 46.0, 9.0];
        assert_eq!(rare(&train, &[900.0, 0.0, 1.0, 99.0, 0.0]), (2, 3));
        // A synthetic table of 100 rows: no level but the common one is expected 5 times.
        assert_eq!(rare(&train, &[100.0, 0.0, 0.0, 0.0, 0.0]), (0, 0));
    }

    #[test]
    fn skew_is_the_mean_log_ratio() {
        assert_eq!(skew(&[50.0, 50.0, 3.0], &[50.0, 50.0, 3.0]), Some(0.0));
        let s = skew(&[500.0, 500.0], &[250.0, 750.0]).unwrap_or(f64::NAN);
        let by_hand = ((250.5f64 / 500.5).ln().abs() + (750.5f64 / 500.5).ln()) / 2.0;
        assert!((s - by_hand).abs() < 1e-12);
        assert_eq!(skew(&[10.0, 9.0], &[10.0, 9.0]), None);
        // Many small levels are one.
        assert_eq!(skew(&[4.0; 100], &[4.0; 100]), Some(0.0));
    }
}
