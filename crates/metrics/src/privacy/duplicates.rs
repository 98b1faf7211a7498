//! Rows that equal a training row in all modelled columns.
//!
//! The floor is how often a real row has a twin among the training rows. All real rows speak for
//! it: test and validation rows, and each training row against the others, because a few dozen
//! test rows alone would leave it uncertain by as much as the limit. Only where the test rows
//! surely differ from that (they share rows with the training rows, say), they speak alone.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::Score;
use crate::learn::Part;
use crate::prepared::{Prepared, Values};

/// The share of synthetic rows that equal a training row; the floor is that of real rows.
pub(crate) fn score(p: &Prepared) -> Score {
    let mut known: HashMap<u128, usize> = HashMap::new();
    for key in keys(p, Part::Train, p.rows.train) {
        *known.entry(key).or_default() += 1;
    }
    let hits = |part: Part, rows: usize| {
        (keys(p, part, rows).iter())
            .filter(|k| known.contains_key(k))
            .count()
    };
    let validation = p.rows.validation.unwrap_or(0);
    let twins: usize = known.values().filter(|n| **n > 1).sum();
    let tested = hits(Part::Test, p.rows.test);
    let all = p.rows.train + p.rows.test + validation;
    let share = |hits: usize, rows: usize| hits as f64 / rows as f64;
    let own = share(tested, p.rows.test);
    let pooled = share(twins + tested + hits(Part::Validation, validation), all);
    let (low, high) = wilson(own, p.rows.test as f64);
    let (floor, real) = if (low..=high).contains(&pooled) {
        (pooled, all)
    } else {
        (own, p.rows.test)
    };
    let hits = hits(Part::Synthetic, p.rows.synthetic);
    let value = hits as f64 / p.rows.synthetic as f64;
    Score {
        id: "duplicates".to_owned(),
        value: Some(value),
        floor: Some(floor),
        floor_interval: Some(fresh(floor, real, p.rows.synthetic)),
        interval: Some(wilson(value, p.rows.synthetic as f64)),
        note: Some(format!(
            "{hits} of {} synthetic rows equal a training row",
            p.rows.synthetic
        )),
        worst: Vec::new(),
        parts: Vec::new(),
    }
}

/// What a fresh sample of `fresh` rows would show, when `tested` rows showed `share`.
fn fresh(share: f64, tested: usize, fresh: usize) -> (f64, f64) {
    let n = 1.0 / (1.0 / tested as f64 + 1.0 / fresh as f64);
    wilson(share, n)
}

/// Wilson's interval (95 %) of a share seen in `n` rows.
fn wilson(share: f64, n: f64) -> (f64, f64) {
    let z2 = 1.96f64 * 1.96;
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = (z2 * (share * (1.0 - share) / n + z2 / (4.0 * n * n))).sqrt() / (1.0 + z2 / n);
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// One key per row: equal rows have equal keys, numbers compared as values to 12 digits.
fn keys(p: &Prepared, part: Part, rows: usize) -> Vec<u128> {
    let mut state: Vec<(DefaultHasher, DefaultHasher)> = (0..rows)
        .map(|_| {
            let mut second = DefaultHasher::new();
            1u8.hash(&mut second);
            (DefaultHasher::new(), second)
        })
        .collect();
    for column in &p.columns {
        match &column.values {
            Values::Numeric(v) => {
                for ((a, b), x) in state.iter_mut().zip(part.of(v)) {
                    let bits = number_bits(*x);
                    bits.hash(a);
                    bits.hash(b);
                }
            }
            Values::Levels(v) => {
                for ((a, b), code) in state.iter_mut().zip(part.of(&v.codes)) {
                    code.hash(a);
                    code.hash(b);
                }
            }
        }
    }
    state
        .into_iter()
        .map(|(a, b)| (u128::from(a.finish()) << 64) | u128::from(b.finish()))
        .collect()
}

/// The bits of a number rounded to about 12 digits; all missing values have the same.
fn number_bits(x: f64) -> u64 {
    if x.is_nan() {
        return u64::MAX;
    }
    if x == 0.0 {
        return 0;
    }
    // 12 decimal digits are just under 40 bits of mantissa: 13 of 53 are rounded away.
    (x.to_bits() + (1 << 12)) >> 13
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_values() {
        assert_eq!(number_bits(0.1 + 0.2), number_bits(0.3));
        assert_eq!(number_bits(-0.0), number_bits(0.0));
        assert_ne!(number_bits(0.3), number_bits(0.300_000_001));
        assert_ne!(number_bits(1.0), number_bits(-1.0));
        assert_ne!(number_bits(20_001_231.0), number_bits(20_001_232.0));
    }

    #[test]
    fn an_unseen_share_is_not_certain() {
        let (low, high) = fresh(0.0, 60, 300);
        assert!(low == 0.0 && high > 0.05 && high < 0.08);
    }
}
