//! Finding the delimiter from the first lines.

const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The delimiter that splits the header into several names and most of the first lines into as many
/// cells; a comma when none does. `whole` says that `head` is the whole text.
pub(super) fn delimiter(head: &[u8], whole: bool) -> u8 {
    let best = CANDIDATES
        .iter()
        .enumerate()
        .filter_map(|(order, &d)| {
            let (cells, share) = fit(head, whole, d)?;
            Some(((share * 1000.0) as u32, cells, usize::MAX - order, d))
        })
        .max();
    best.map_or(b',', |(_, _, _, d)| d)
}

/// Number of cells in the header, when several, and the share of lines with as many.
fn fit(head: &[u8], whole: bool, delimiter: u8) -> Option<(usize, f64)> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(head);
    let mut counts = Vec::new();
    let mut record = csv::ByteRecord::new();
    while counts.len() < 200 && reader.read_byte_record(&mut record).ok()? {
        counts.push(record.len());
    }
    if !whole && counts.len() < 200 && counts.len() > 1 {
        counts.pop();
    }
    let cells = *counts.first()?;
    let same = counts.iter().filter(|&&c| c == cells).count();
    (cells > 1).then(|| (cells, same as f64 / counts.len() as f64))
}
