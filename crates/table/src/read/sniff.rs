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

/// True when a blank follows each delimiter, and a quote some of them: the blank belongs to neither cell.
pub(super) fn blanks_follow(head: &[u8], delimiter: u8) -> bool {
    if delimiter == b' ' || delimiter == b'\t' {
        return false;
    }
    let after = |text: &[u8]| {
        head.windows(1 + text.len())
            .filter(|w| w[0] == delimiter && &w[1..] == text)
            .count()
    };
    let all = head.iter().filter(|b| **b == delimiter).count();
    after(b" \"") > 0 && after(b" ") * 10 >= all * 9 && after(b"\"") == 0
}

/// `head` without the blanks behind delimiters.
pub(super) fn without_blanks(head: &[u8], delimiter: u8) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(head.len());
    for &byte in head {
        let last = out.last().copied();
        if !(byte == b' ' && last == Some(delimiter)) {
            out.push(byte);
        }
    }
    out
}
