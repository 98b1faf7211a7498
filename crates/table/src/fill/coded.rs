//! Columns of keys and personal data as codes, with the rows and the people behind each value.

use std::collections::{HashMap, HashSet};

use crate::Personal;

/// The code of a missing cell.
const NONE: u32 = u32::MAX;

/// One column, coded.
pub(super) struct Coded<'a> {
    /// The column's position in the schema.
    pub at: usize,
    /// The kind of personal data; `None` for keys.
    pub what: Option<Personal>,
    /// The value of each row, [`NONE`] where the cell is missing.
    pub codes: Vec<u32>,
    /// Different values, in the order of their first appearance.
    pub texts: Vec<&'a str>,
    /// How many rows have each value.
    pub rows: Vec<u32>,
    /// How many people have each value; rows where the table names no people.
    pub people: Vec<u32>,
    /// Cells that are not missing.
    pub present: usize,
}

impl<'a> Coded<'a> {
    /// Codes `cells`, whose rows are those of `subjects` where these are known.
    pub(super) fn new(
        at: usize,
        what: Option<Personal>,
        cells: &'a [Option<String>],
        subjects: Option<&[u32]>,
    ) -> Coded<'a> {
        let mut index: HashMap<&str, u32> = HashMap::new();
        let (mut texts, mut rows, mut present) = (Vec::new(), Vec::new(), 0);
        let codes: Vec<u32> = cells
            .iter()
            .map(|cell| {
                let Some(cell) = cell.as_deref() else {
                    return NONE;
                };
                present += 1;
                let code = *index.entry(cell).or_insert_with(|| {
                    texts.push(cell);
                    rows.push(0);
                    texts.len() as u32 - 1
                });
                rows[code as usize] += 1;
                code
            })
            .collect();
        let people = match subjects {
            None => rows.clone(),
            Some(subjects) => people(&codes, subjects, texts.len()),
        };
        Coded {
            at,
            what,
            codes,
            texts,
            rows,
            people,
            present,
        }
    }

    pub(super) fn distinct(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn is_unique(&self) -> bool {
        self.distinct() == self.present
    }
}

/// Whether each value of `a` goes with one value of `b`, in the rows that have both.
pub(super) fn follows(a: &Coded<'_>, b: &Coded<'_>) -> bool {
    let mut of = vec![NONE; a.distinct()];
    let mut both = 0usize;
    for (&x, &y) in a.codes.iter().zip(&b.codes) {
        if x == NONE || y == NONE {
            continue;
        }
        both += 1;
        let slot = &mut of[x as usize];
        if *slot != NONE && *slot != y {
            return false;
        }
        *slot = y;
    }
    both * 2 >= a.present.min(b.present) && both >= 2
}

/// Whether the smaller set of values is, at least by half, part of the larger one.
pub(super) fn same_people(a: &Coded<'_>, b: &Coded<'_>) -> usize {
    if a.what != b.what {
        return 0;
    }
    let (small, large) = if a.distinct() < b.distinct() {
        (a, b)
    } else {
        (b, a)
    };
    let known: HashSet<&str> = large.texts.iter().copied().collect();
    let both = small.texts.iter().filter(|t| known.contains(*t)).count();
    if both * 2 >= small.distinct().max(1) {
        both
    } else {
        0
    }
}

/// How many different people have each of `values` codes.
fn people(codes: &[u32], subjects: &[u32], values: usize) -> Vec<u32> {
    let mut held: Vec<(u32, u32)> = (codes.iter().copied().zip(subjects.iter().copied()))
        .filter(|(code, _)| *code != NONE)
        .collect();
    held.sort_unstable();
    held.dedup();
    let mut out = vec![0; values];
    held.iter().for_each(|&(code, _)| out[code as usize] += 1);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_counted_once_for_a_value() {
        let cells = ["a", "a", "b", "a"].map(|x| Some(x.to_owned()));
        let coded = Coded::new(0, None, &cells, Some(&[7, 7, 7, 9]));
        assert_eq!((coded.rows, coded.people), (vec![3, 1], vec![2, 1]));
        let rows = Coded::new(0, None, &cells, None);
        assert_eq!(rows.people, rows.rows);
    }
}
