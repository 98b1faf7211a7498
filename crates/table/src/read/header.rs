//! Where a delimited text begins: lines before the header, a header of several lines, one that is a name short.

mod lines;
mod names;

pub(super) use names::{Header, headless};

/// Records looked at.
const LOOKED: usize = 200;
/// Most records before the header.
const MOST: usize = 30;
/// Share of the records from the header on that have its width.
const SHARE: f64 = 0.9;

/// The widths of the first records of `head`; the last one is left out where `head` may cut it.
pub(super) fn widths(head: &[u8], whole: bool, delimiter: u8) -> Vec<usize> {
    records(head, whole, delimiter)
        .iter()
        .map(csv::ByteRecord::len)
        .collect()
}

pub(super) fn records(head: &[u8], whole: bool, delimiter: u8) -> Vec<csv::ByteRecord> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(head);
    let mut all = Vec::new();
    let mut record = csv::ByteRecord::new();
    while all.len() < LOOKED && reader.read_byte_record(&mut record).unwrap_or(false) {
        all.push(record.clone());
    }
    if !whole && all.len() < LOOKED && all.len() > 1 {
        all.pop();
    }
    all
}

/// The most common width above one, and how many records have it.
pub(super) fn usual(widths: &[usize]) -> Option<(usize, usize)> {
    let count = |w: usize| widths.iter().filter(|x| **x == w).count();
    let several = widths.iter().copied().filter(|w| *w > 1);
    several.map(|w| (count(w), w)).max().map(|(n, w)| (w, n))
}

/// What stands before the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Start {
    /// Records before the header.
    pub skip: usize,
    /// True when the header lacks the name of the first column, as R writes row names.
    pub row_names: bool,
    /// Lines of the header after its first.
    pub more: usize,
}

/// Where the header is: after `skip` records, or where it is found.
pub(super) fn start(records: &[csv::ByteRecord], skip: Option<usize>) -> Start {
    let found = match skip {
        Some(skip) => Start {
            skip,
            ..Start::default()
        },
        None => first(records),
    };
    Start {
        more: lines::more(records.get(found.skip..).unwrap_or_default()),
        ..found
    }
}

/// The first record of the header, by the widths of the records: the first that has the width of nearly all that
/// follow, when those before it have not.
fn first(records: &[csv::ByteRecord]) -> Start {
    let widths: Vec<usize> = records.iter().map(csv::ByteRecord::len).collect();
    let Some((width, _)) = usual(&widths) else {
        return Start::default();
    };
    if widths.len() < 3 {
        return Start::default();
    }
    if widths[0] == width {
        return Start {
            skip: padded(records),
            ..Start::default()
        };
    }
    let fits = |from: usize| {
        let rest = &widths[from..];
        rest.len() >= 3
            && rest.iter().filter(|w| **w == width).count() as f64 >= SHARE * rest.len() as f64
    };
    // A delimiter at the end of each row is no cell.
    let open = |r: &csv::ByteRecord| {
        r.iter()
            .next_back()
            .is_some_and(|c| c.trim_ascii().is_empty())
    };
    let trailing = records[1..].iter().filter(|r| r.len() == width).all(open);
    if widths[0] + 1 == width && fits(1) && trailing {
        return Start::default();
    }
    if widths[0] + 1 == width && fits(1) && named(&records[0]) && !named(&records[1]) {
        return Start {
            row_names: true,
            ..Start::default()
        };
    }
    (1..widths.len().min(MOST + 1))
        .find(|&at| widths[at] == width && named(&records[at]) && fits(at))
        .map_or_else(Start::default, |skip| Start {
            skip,
            ..Start::default()
        })
}

/// Titles that are as wide as the table, as spreadsheets export them: one cell, and nothing in the others.
fn padded(records: &[csv::ByteRecord]) -> usize {
    let filled = |r: &csv::ByteRecord| r.iter().filter(|c| !c.trim_ascii().is_empty()).count();
    let bare = |r: &&csv::ByteRecord| r.len() > 2 && filled(r) * 3 <= r.len();
    let title = |r: &&csv::ByteRecord| bare(r) && !lines::groups(r);
    let titles = records.iter().take(MOST).take_while(title).count();
    if records.get(titles).is_some_and(lines::groups) && lines::more(&records[titles..]) > 0 {
        return titles;
    }
    let titles = records.iter().take(MOST).take_while(bare).count();
    let header = records
        .get(titles)
        .is_some_and(|r| named(r) && filled(r) * 10 >= r.len() * 9);
    if header { titles } else { 0 }
}

/// True for a record that may be a header: nearly all cells filled, and hardly any a number.
fn named(record: &csv::ByteRecord) -> bool {
    let filled = record
        .iter()
        .filter(|cell| !cell.trim_ascii().is_empty())
        .count();
    let number = |cell: &[u8]| {
        std::str::from_utf8(cell).is_ok_and(|t| t.trim().replace(',', ".").parse::<f64>().is_ok())
    };
    let numbers = record.iter().filter(|cell| number(cell)).count();
    filled * 2 > record.len() && numbers * 5 <= filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, delimiter: u8) -> Start {
        start(&records(text.as_bytes(), true, delimiter), None)
    }

    #[test]
    fn lines_before_the_header_are_found() {
        let skip = |text: &str| of(text, b';').skip;
        assert_eq!(
            skip("Report;2024\n\nby;me\na;b;c\n1;2;3\n4;5;6\n7;8;9\n"),
            2
        );
        assert_eq!(skip("Title\na;b;c\n1;2;3\n4;5;6\n7;8;9\n"), 1);
        assert_eq!(skip("a;b;c\n1;2;3\n4;5\n7;8;9\n"), 0);
        assert_eq!(
            skip("a;b\n1;2;3\n4;5;6\n7;8;9\n"),
            0,
            "no record that could be a header"
        );
        assert_eq!(skip("a\nb\nc\n"), 0);
    }

    #[test]
    fn a_header_that_is_one_short_is_of_row_names() {
        let text = "a,b\n1,x,2\n2,y,3\n3,z,4\n";
        assert!(of(text, b',').row_names);
        assert!(!of("a,b\n1,2\n3,4\n", b',').row_names);
    }
}
