//! Groups of flags of which exactly one is set in each training row, as one-hot coding makes them.
//! That two are set shows in pairs; that none is shows here only.

use super::bins::head;
use crate::prepared::{Judged, Part, Prepared, Values};

/// Rows that would have none or several flags set, if the flags were independent, for a group to be
/// believed.
const EVIDENCE: f64 = 10.0;
/// Spellings of a flag that is not set, and of one that is.
const SPELLINGS: [(&str, &str); 5] = [
    ("0", "1"),
    ("false", "true"),
    ("no", "yes"),
    ("n", "y"),
    ("f", "t"),
];

/// A column of two values, one of which says "set".
#[derive(Debug, Clone, PartialEq)]
struct Flag {
    column: usize,
    /// Codes of "not set" and "set", of a column of levels; the numbers 0 and 1 otherwise.
    codes: Option<(u32, u32)>,
}

/// Flags of which exactly one is set in each training row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    flags: Vec<Flag>,
    /// Its columns' names.
    pub name: String,
}

/// Which rows have a flag, a bit each.
type Bits = Vec<u64>;

/// The groups of the training rows.
pub(crate) fn groups(p: &Prepared) -> Vec<Group> {
    let found: Vec<(Flag, Bits)> = (p.columns.iter().enumerate())
        .filter_map(|(i, column)| flag(i, column))
        .map(|flag| {
            let set = flag.set(p, Part::Train);
            let bits = (set.chunks(64))
                .map(|rows| {
                    (rows.iter().rev()).fold(0, |b, &s| b << 1 | u64::from(s == Some(true)))
                })
                .collect();
            (flag, bits)
        })
        .collect();
    let rows = p.rows.train.min(super::bins::HEAD);
    let stems: Vec<&str> = (found.iter())
        .map(|(flag, _)| stem(&p.columns[flag.column].name))
        .collect();
    let mut free = vec![true; found.len()];
    let mut out = Vec::new();
    // Columns named alike first, then any.
    for alike in [true, false] {
        for first in 0..found.len() {
            if !free[first] {
                continue;
            }
            let others = (first + 1..found.len())
                .filter(|&i| free[i] && (!alike || stems[i] == stems[first]));
            let Some(members) = cover(&found, first, others, rows) else {
                continue;
            };
            members.iter().for_each(|&i| free[i] = false);
            let flags: Vec<Flag> = members.iter().map(|&i| found[i].0.clone()).collect();
            let names: Vec<&str> = (flags.iter())
                .map(|f| p.columns[f.column].name.as_str())
                .collect();
            out.push(Group {
                name: format!("exactly one of {}", names.join(", ")),
                flags,
            });
        }
    }
    out
}

/// `first` and those of `others` that exclude it and one another, when together they are set in
/// each row and chance does not explain it.
fn cover(
    found: &[(Flag, Bits)],
    first: usize,
    others: impl Iterator<Item = usize>,
    rows: usize,
) -> Option<Vec<usize>> {
    let count = |bits: &Bits| bits.iter().map(|b| b.count_ones() as usize).sum::<usize>();
    let mut members = vec![first];
    let mut union = found[first].1.clone();
    for i in others {
        if count(&union) == rows {
            break;
        }
        let bits = &found[i].1;
        if union.iter().zip(bits).all(|(a, b)| a & b == 0) {
            union.iter_mut().zip(bits).for_each(|(a, b)| *a |= b);
            members.push(i);
        }
    }
    if members.len() < 2 || count(&union) != rows {
        return None;
    }
    let shares: Vec<f64> = (members.iter())
        .map(|&i| count(&found[i].1) as f64 / rows as f64)
        .collect();
    let none: f64 = shares.iter().map(|p| 1.0 - p).product();
    let one: f64 = shares.iter().map(|p| none * p / (1.0 - p)).sum();
    (rows as f64 * (1.0 - one) >= EVIDENCE).then_some(members)
}

/// The column as a flag, when its training rows have two values that read like one, and no missing
/// cell.
fn flag(column: usize, judged: &Judged) -> Option<Flag> {
    let codes = match &judged.values {
        Values::Numeric(v) => {
            let train = head(&v.train);
            let two = train.iter().all(|&x| x == 0.0 || x == 1.0);
            let both = train.contains(&0.0) && train.contains(&1.0);
            (two && both).then_some(None)?
        }
        Values::Levels(l) => {
            let mut codes = head(&l.codes.train).to_vec();
            codes.sort_unstable();
            codes.dedup();
            let &[a, b] = codes.as_slice() else {
                return None;
            };
            let name = |c: u32| l.levels[c as usize].trim().to_lowercase();
            let (x, y) = (name(a), name(b));
            let is = |text: &str, word: &str| {
                text == word || text.parse::<f64>().is_ok_and(|x| word.parse() == Ok(x))
            };
            SPELLINGS.iter().find_map(|(off, on)| {
                if is(&x, off) && is(&y, on) {
                    Some(Some((a, b)))
                } else {
                    (is(&y, off) && is(&x, on)).then_some(Some((b, a)))
                }
            })?
        }
    };
    Some(Flag { column, codes })
}

impl Flag {
    /// Whether the flag is set in the first rows of one table; `None` where it has another value.
    fn set(&self, p: &Prepared, part: Part) -> Vec<Option<bool>> {
        let of = |off: bool, on: bool| (off || on).then_some(on);
        match (&p.columns[self.column].values, self.codes) {
            (Values::Levels(l), Some((off, on))) => (head(part.of(&l.codes).as_slice()).iter())
                .map(|&c| of(c == off, c == on))
                .collect(),
            (Values::Numeric(v), _) => (head(part.of(v).as_slice()).iter())
                .map(|&x| of(x == 0.0, x == 1.0))
                .collect(),
            (Values::Levels(l), None) => vec![None; part.of(&l.codes).len()],
        }
    }
}

impl Group {
    /// Which of the first rows of one table have none or several flags set; rows with a cell that is
    /// neither are not counted.
    pub fn broken(&self, p: &Prepared, part: Part) -> Vec<bool> {
        let mut set: Vec<Option<u32>> = Vec::new();
        for flag in &self.flags {
            let cells = flag.set(p, part);
            set.resize(cells.len(), Some(0));
            for (sum, cell) in set.iter_mut().zip(cells) {
                *sum = sum.zip(cell).map(|(sum, cell)| sum + u32::from(cell));
            }
        }
        set.into_iter().map(|n| n.is_some_and(|n| n != 1)).collect()
    }
}

/// A column's name without its last part: `race` of `race_2`.
fn stem(name: &str) -> &str {
    let digits = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if digits.len() < name.len() {
        return digits.trim_end_matches(['_', '-', '.', ' ', ':', '=']);
    }
    name.rsplit_once(['_', '-', '.', ' ', ':', '='])
        .map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_alike() {
        assert_eq!(stem("race_12"), "race");
        assert_eq!(stem("race3"), "race");
        assert_eq!(stem("job=clerk"), "job");
        assert_eq!(stem("alive"), "alive");
    }
}
