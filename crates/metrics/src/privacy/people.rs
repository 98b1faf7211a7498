//! Rows taken together by person: an attack is on people, and a person with many rows is attacked
//! with all of them.

use crate::learn::Rows;
use crate::prepared::Prepared;

/// Whose rows the rows of a set are.
#[derive(Debug, Clone)]
pub(crate) struct People {
    /// Person of each row, numbered from 0 by first appearance in the set.
    of: Vec<u32>,
    count: usize,
}

impl People {
    /// The people of `set`; each row is a person where the table names no subjects.
    pub fn of(p: &Prepared, set: &Rows) -> People {
        let Some(subjects) = set.part.of(&p.subjects) else {
            let count = set.rows.len();
            return People {
                of: (0..count as u32).collect(),
                count,
            };
        };
        let most = subjects.iter().max().map_or(0, |&s| s as usize + 1);
        let mut number = vec![u32::MAX; most];
        let mut count = 0;
        let of = (set.rows.iter())
            .map(|&row| {
                let own = &mut number[subjects[row] as usize];
                if *own == u32::MAX {
                    *own = count;
                    count += 1;
                }
                *own
            })
            .collect();
        People {
            of,
            count: count as usize,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The rows of the people numbered below `cut`, and those of the others.
    pub fn split(&self, rows: &[usize], cut: usize) -> (Vec<usize>, Vec<usize>) {
        let below = |keep: bool| {
            (rows.iter().zip(&self.of))
                .filter(|(_, person)| ((**person as usize) < cut) == keep)
                .map(|(row, _)| *row)
                .collect()
        };
        (below(true), below(false))
    }

    /// What is said of people, row by row.
    pub fn spread<T: Copy>(&self, of_people: &[T]) -> impl Iterator<Item = T> {
        self.of.iter().map(|&person| of_people[person as usize])
    }

    /// Each person's mean of a score of rows.
    pub fn mean(&self, scores: &[f64]) -> Vec<f64> {
        if self.count == scores.len() {
            return scores.to_vec();
        }
        let mut sums = vec![(0.0, 0u32); self.count];
        for (&person, score) in self.of.iter().zip(scores) {
            let (sum, rows) = &mut sums[person as usize];
            *sum += score;
            *rows += 1;
        }
        (sums.iter())
            .map(|(sum, rows)| sum / f64::from((*rows).max(1)))
            .collect()
    }
}
