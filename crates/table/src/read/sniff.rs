//! Finding the delimiter from the first lines.

use super::header::{usual, widths};

const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The delimiter that splits most of the first lines into the same number of cells, several; a comma when
/// none does. `whole` says that `head` is the whole text.
pub(super) fn delimiter(head: &[u8], whole: bool) -> u8 {
    let best = CANDIDATES
        .iter()
        .enumerate()
        .filter_map(|(order, &d)| {
            let widths = widths(head, whole, d);
            let (cells, with) = usual(&widths)?;
            let share = with as f64 / widths.len() as f64;
            Some(((share * 1000.0) as u32, cells, usize::MAX - order, d))
        })
        .max();
    best.map_or(b',', |(_, _, _, d)| d)
}
