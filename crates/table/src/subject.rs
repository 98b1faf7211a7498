//! Whose row a row is. Where a table has several rows of one person, what must hold of people
//! (splits, attacks, counts of who shares a value) does not follow from what holds of rows.

use std::collections::HashMap;

use crate::{Column, Table};

/// Instead of a subject column: each row is a person. A column of that name goes first.
pub const NO_SUBJECT: &str = "none";

impl Table {
    /// The subject of each row, numbered from 0 by first appearance; `None` when the schema names
    /// no subject column. A row whose subject cell is missing is a subject of its own.
    pub fn subjects(&self) -> Option<Vec<u32>> {
        let at = self.schema().subject_position()?;
        Some(numbered(self.column(at)))
    }

    /// Number of subjects; the number of rows when no subject column is named.
    pub fn people(&self) -> usize {
        self.subjects().map_or(self.rows(), |of| {
            of.iter().max().map_or(0, |&last| last as usize + 1)
        })
    }
}

fn numbered(column: &Column) -> Vec<u32> {
    match column {
        Column::Strings(cells) => number(cells.iter().map(Option::as_deref)),
        Column::Levels(l) => number((l.codes.iter()).map(|&c| l.levels.get(c as usize))),
        Column::Integers(cells) | Column::Instants(cells) => number(cells.iter().copied()),
        Column::Numbers(cells) => {
            number((cells.iter()).map(|x| (!x.is_nan()).then(|| x.to_bits())))
        }
    }
}

fn number<K: Eq + std::hash::Hash>(keys: impl Iterator<Item = Option<K>>) -> Vec<u32> {
    let mut seen: HashMap<K, u32> = HashMap::new();
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        next - 1
    };
    keys.map(|key| match key {
        Some(key) => *seen.entry(key).or_insert_with(&mut fresh),
        None => fresh(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Levels;

    #[test]
    fn subjects_are_numbered_by_first_appearance_and_missing_cells_stand_alone() {
        let text = |cells: &[Option<&str>]| {
            Column::Strings(cells.iter().map(|c| c.map(str::to_owned)).collect())
        };
        let cells = [Some("b"), None, Some("a"), Some("b"), None];
        assert_eq!(numbered(&text(&cells)), [0, 1, 2, 0, 3]);
        let levels = Column::Levels(Levels::from_values(cells));
        assert_eq!(numbered(&levels), [0, 1, 2, 0, 3]);
        let whole = Column::Integers(vec![Some(7), Some(7), None, Some(3)]);
        assert_eq!(numbered(&whole), [0, 0, 1, 2]);
    }
}
