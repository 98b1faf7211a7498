//! Columns of dates in the place of some of which a word stands: `ongoing` where a contract has no end, `NA` beside
//! cells that are empty. Both come back, and a model learns who has which.

use crate::infer::are_moments;
use crate::raw::Texts;
use crate::text::{date, says_missing};

/// Most words of a column, other than those that say that a value is missing.
const WORDS: usize = 5;
/// Fewest rows of a word that is no slip, and fewest different moments.
const ROWS: u32 = 5;
const MOMENTS: usize = 20;

/// True for a text that is no date: one without digits, or of nothing but zeros.
pub(super) fn is_word(text: &str) -> bool {
    !text.bytes().any(|b| b.is_ascii_digit()) || date::is_null(text)
}

fn is_sign(text: &str) -> bool {
    says_missing(text) || date::is_null(text)
}

/// True when `words`, with their rows, are more than a few that stand in the place of values.
pub(super) fn are_many(words: &[(&str, u32)]) -> bool {
    words.iter().filter(|(t, _)| !is_sign(t)).count() > WORDS
}

/// True when the cells of `texts` are dates or times, `moments`, and `words` in the place of some, each with its
/// rows. One sign for missing dates, where no cell is empty, is no such word.
pub(super) fn is_mixed(words: &[(&str, u32)], moments: &[(&str, u32)], texts: &Texts) -> bool {
    let rows = |of: &[(&str, u32)]| of.iter().map(|v| u64::from(v.1)).sum::<u64>();
    let only_signs = words.iter().all(|(t, _)| is_sign(t));
    let empty = rows(words) + rows(moments) < texts.rows() as u64;
    words.iter().any(|(_, n)| *n >= ROWS)
        && (empty || !only_signs)
        && moments.len() > MOMENTS
        && rows(words) <= rows(moments)
        && are_moments(moments)
}
