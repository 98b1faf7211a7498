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
    best.map_or_else(
        || if blanks(head, whole) { b' ' } else { b',' },
        |(_, _, _, d)| d,
    )
}

/// True for quoted cells with blanks between them, as R's `write.table` has them.
fn blanks(head: &[u8], whole: bool) -> bool {
    let widths = widths(head, whole, b' ');
    let Some(((first, rest), (usual, _))) = widths.split_first().zip(usual(&widths)) else {
        return false;
    };
    head.first() == Some(&b'"')
        && rest.len() > 2
        && rest.iter().all(|w| *w == usual)
        && (*first == usual || first + 1 == usual)
}
