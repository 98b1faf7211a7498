//! Shares of categories, the rare ones pooled.

use std::collections::HashMap;

use verdancy_table::{Levels, MISSING};

use crate::figures::Bar;

/// A category that fewer training rows than this have is never named.
pub const RARE: usize = 5;

/// The `top` most frequent categories of the training rows, then the others pooled, then missing
/// cells. Shares are of all rows.
pub fn categories(real: &Levels, synthetic: &Levels, top: usize) -> Vec<Bar> {
    let (real_counts, real_missing) = counts(real);
    let (synthetic_counts, synthetic_missing) = counts(synthetic);
    let share = |n: usize, levels: &Levels| n as f64 / levels.codes.len().max(1) as f64;

    let mut order: Vec<(&str, usize)> = real_counts.iter().map(|(k, v)| (*k, *v)).collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let frequent = order.iter().take_while(|(_, n)| *n >= RARE).count();
    let named = frequent.min(top);

    let mut bars = Vec::with_capacity(named + 2);
    let mut left = (
        real.codes.len() - real_missing,
        synthetic.codes.len() - synthetic_missing,
    );
    for (name, n) in order.iter().take(named) {
        let m = synthetic_counts.get(name).copied().unwrap_or(0);
        left = (left.0 - n, left.1 - m);
        bars.push(Bar {
            label: if name.is_empty() {
                "(empty)".to_owned()
            } else {
                (*name).to_owned()
            },
            real: share(*n, real),
            synthetic: share(m, synthetic),
            pooled: false,
        });
    }
    if left.0 + left.1 > 0 {
        let levels = order.len() - named;
        bars.push(Bar {
            label: match levels {
                0 | 1 => "other".to_owned(),
                n => format!("other ({n})"),
            },
            real: share(left.0, real),
            synthetic: share(left.1, synthetic),
            pooled: true,
        });
    }
    if real_missing + synthetic_missing > 0 {
        bars.push(Bar {
            label: "missing".to_owned(),
            real: share(real_missing, real),
            synthetic: share(synthetic_missing, synthetic),
            pooled: true,
        });
    }
    bars
}

fn counts(levels: &Levels) -> (HashMap<&str, usize>, usize) {
    let mut by_code = vec![0_usize; levels.levels.len()];
    let mut missing = 0;
    for &code in &levels.codes {
        match by_code.get_mut(code as usize) {
            Some(n) if code != MISSING => *n += 1,
            _ => missing += 1,
        }
    }
    let named = levels
        .levels
        .iter()
        .zip(by_code)
        .filter(|(_, n)| *n > 0)
        .map(|(l, n)| (l.as_str(), n))
        .collect();
    (named, missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(parts: &[(Option<&str>, usize)]) -> Levels {
        Levels::from_values(parts.iter().flat_map(|(v, n)| std::iter::repeat_n(*v, *n)))
    }

    #[test]
    fn rare_categories_are_pooled() {
        let real = levels(&[
            (Some("a"), 50),
            (Some("b"), 41),
            (Some("secret"), 4),
            (Some("x"), 1),
            (None, 4),
        ]);
        let synthetic = levels(&[(Some("secret"), 10), (Some("a"), 90)]);
        let bars = categories(&real, &synthetic, 8);
        let labels: Vec<&str> = bars.iter().map(|b| b.label.as_str()).collect();
        assert_eq!(labels, ["a", "b", "other (2)", "missing"]);
        assert!((bars[2].real - 0.05).abs() < 1e-12);
        assert!((bars[2].synthetic - 0.10).abs() < 1e-12);
        let sum: f64 = bars.iter().map(|b| b.real).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }

    #[test]
    fn no_more_than_the_top() {
        let names: Vec<String> = (0..30).map(|i| format!("l{i:02}")).collect();
        let parts: Vec<(Option<&str>, usize)> =
            names.iter().map(|n| (Some(n.as_str()), 9)).collect();
        let real = levels(&parts);
        let bars = categories(&real, &real, 8);
        assert_eq!(bars.len(), 9);
        assert_eq!(bars[8].label, "other (22)");
    }

    #[test]
    fn no_rows() {
        assert!(categories(&levels(&[]), &levels(&[]), 8).is_empty());
    }
}
