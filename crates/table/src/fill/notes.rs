//! Notes: meaningless words of the same number, and values that many people share.

use std::collections::{BTreeMap, BTreeSet};

use fake::Fake;
use fake::faker::lorem::en as lorem;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::infer::personal;

/// Least share of the filled cells that a value of a text column has to have to be kept.
const LEAST: f64 = 0.05;

/// The values of a text column that stand in many people's cells, with their shares of the filled
/// cells: the answer that most give, beside the free ones. None of them names anybody.
pub(super) fn usual(
    cells: &[Option<String>],
    subjects: Option<&[u32]>,
    fewest: usize,
) -> Vec<(String, f64)> {
    // Of each value the cells, and the people who gave it.
    let mut counts: BTreeMap<&str, (u64, BTreeSet<u32>)> = BTreeMap::new();
    for (row, cell) in cells.iter().enumerate() {
        if let Some(cell) = cell {
            let (cells, people) = counts.entry(cell).or_default();
            *cells += 1;
            if people.len() < fewest {
                people.insert(subjects.map_or(row as u32, |of| of[row]));
            }
        }
    }
    let present: u64 = counts.values().map(|(cells, _)| cells).sum();
    let shared = counts
        .into_iter()
        .map(|(text, (n, people))| (text, n, people.len()));
    let kept = shared.filter(|&(text, n, people)| {
        people >= fewest
            && n as f64 >= LEAST * present as f64
            && personal::within::carried(text).is_none()
            && personal::find(&[(text, 1)], &[]).is_none()
    });
    kept.map(|(text, n, _)| (text.to_owned(), n as f64 / present as f64))
        .collect()
}

/// Words around the mean `words`: between half and one and a half times as many. From four words
/// on they stand in sentences.
pub(super) fn text(words: f64, rng: &mut ChaCha8Rng) -> String {
    let mean = if words.is_finite() {
        words.clamp(1.0, 2000.0)
    } else {
        1.0
    };
    let drawn = mean * rng.random_range(0.5..1.5) + rng.random::<f64>();
    let count = drawn.floor().max(1.0) as usize;
    let mut out = String::new();
    let mut left = 0usize;
    for i in 0..count {
        let word: &str = lorem::Word().fake_with_rng(rng);
        if mean < 4.0 {
            if i > 0 {
                out.push(' ');
            }
            out.push_str(word);
            continue;
        }
        if left == 0 {
            if i > 0 {
                out.push_str(". ");
            }
            left = rng.random_range(6..15);
            let mut letters = word.chars();
            out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
            out.push_str(letters.as_str());
        } else {
            out.push(' ');
            out.push_str(word);
        }
        left -= 1;
    }
    if mean >= 4.0 {
        out.push('.');
    }
    out
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn texts_have_about_as_many_words() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for mean in [1.5, 3.0, 12.0, 60.0] {
            let n = 4000;
            let words: usize = (0..n)
                .map(|_| text(mean, &mut rng).split_whitespace().count())
                .sum();
            let got = words as f64 / f64::from(n);
            assert!((got - mean).abs() < 0.1 * mean, "{mean}: {got}");
        }
        assert!(!text(f64::NAN, &mut rng).is_empty());
    }

    #[test]
    fn only_what_many_share_and_nobody_is_named_by_is_kept() {
        let mut cells: Vec<Option<String>> = vec![Some("No".into()); 60];
        cells.extend(vec![Some("Dr. Anna Meier".into()); 20]);
        cells.extend((0..20).map(|i| Some(format!("it began {i} years ago"))));
        cells.push(None);
        assert_eq!(usual(&cells, None, 5), [("No".to_owned(), 0.6)]);
        // All of one person: nobody else gave that answer.
        assert_eq!(usual(&cells, Some(&vec![0; cells.len()]), 5), []);
    }
}
