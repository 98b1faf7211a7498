//! When a rule that holds in all rows is believed: when chance would hardly have made it.

use std::collections::HashMap;

use verdancy_table::Column;

use crate::frame::key;

/// By how much, in nats, the rows have to speak against chance, besides the number of rules tried.
const MARGIN: f64 = 20.0;
/// Most pairs of codes that a table is made for.
const TABLE: usize = 1 << 16;
/// Fewest rows that a rule has to be seen in.
pub(crate) const FEWEST: usize = 50;

/// True when `ln_p`, the log-probability of a rule under chance, is small enough after `tried` rules.
pub(crate) fn believed(ln_p: f64, tried: usize) -> bool {
    ln_p < -(MARGIN + (tried.max(1) as f64).ln())
}

/// Log-probability that `holds` would be true of all rows though its sides have nothing to do with each other:
/// from rows paired with others.
pub(crate) fn chance_of_all(rows: usize, holds: impl Fn(usize, usize) -> bool) -> f64 {
    if rows < 2 {
        return 0.0;
    }
    let shifts = [rows / 2, rows / 3 + 1, rows / 5 + 1, rows / 7 + 1];
    let (mut met, mut all) = (0usize, 0usize);
    for shift in shifts {
        for row in 0..rows {
            met += usize::from(holds(row, (row + shift) % rows));
            all += 1;
        }
    }
    rows as f64 * ((met + 1) as f64 / (all + 1) as f64).ln()
}

/// A column's cells by number, a missing cell like any other.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    pub codes: Vec<u32>,
    pub count: usize,
}

impl Codes {
    /// `None` when there are more than `most` different cells.
    pub(crate) fn of(column: &Column, most: usize) -> Option<Codes> {
        if let Column::Levels(levels) = column {
            let mut map: HashMap<u32, u32> = HashMap::new();
            let codes = (levels.codes.iter())
                .map(|c| {
                    let next = map.len() as u32;
                    *map.entry(*c).or_insert(next)
                })
                .collect();
            let count = map.len();
            return (count <= most).then_some(Codes { codes, count });
        }
        let mut map: HashMap<String, u32> = HashMap::new();
        let mut codes = Vec::with_capacity(column.len());
        for row in 0..column.len() {
            let next = map.len() as u32;
            codes.push(*map.entry(key(column, row)).or_insert(next));
            if map.len() > most {
                return None;
            }
        }
        Some(Codes {
            codes,
            count: map.len(),
        })
    }

    /// Both at once.
    pub(crate) fn with(&self, other: &Codes) -> Codes {
        let mut next = 0;
        let mut known: HashMap<usize, u32> = HashMap::new();
        // Of few codes, a table is faster.
        let all = self.count * other.count;
        let mut table = vec![u32::MAX; if all <= TABLE { all } else { 0 }];
        let codes = (self.codes.iter().zip(&other.codes))
            .map(|(a, b)| {
                let both = *a as usize * other.count + *b as usize;
                let code = match table.get_mut(both) {
                    Some(code) => code,
                    None => known.entry(both).or_insert(u32::MAX),
                };
                if *code == u32::MAX {
                    *code = next;
                    next += 1;
                }
                *code
            })
            .collect();
        Codes {
            codes,
            count: next as usize,
        }
    }

    /// Rows by code.
    pub(crate) fn rows(&self) -> Vec<Vec<u32>> {
        let mut rows = vec![Vec::new(); self.count];
        for (row, &code) in self.codes.iter().enumerate() {
            rows[code as usize].push(row as u32);
        }
        rows
    }

    /// Shares of the codes.
    fn shares(&self) -> Vec<f64> {
        let mut counts = vec![0.0; self.count];
        for &code in &self.codes {
            counts[code as usize] += 1.0;
        }
        let n = self.codes.len() as f64;
        counts.iter_mut().for_each(|c| *c /= n);
        counts
    }
}

/// When `b` is a function of `a`: the log-probability that it would be by chance.
pub(crate) fn function(a: &Codes, b: &Codes) -> Option<f64> {
    let mut first = vec![u32::MAX; a.count];
    let mut counts = vec![0u32; a.count];
    for (&x, &y) in a.codes.iter().zip(&b.codes) {
        let seen = &mut first[x as usize];
        if *seen == u32::MAX {
            *seen = y;
        } else if *seen != y {
            return None;
        }
        counts[x as usize] += 1;
    }
    let shares = b.shares();
    let mut known: HashMap<u32, f64> = HashMap::new();
    let alike = |m: u32| -> f64 {
        // The sum of powers, in logs: the greatest share decides.
        let most = shares.iter().copied().fold(0.0, f64::max);
        let rest: f64 = shares.iter().map(|p| (p / most).powi(m as i32)).sum();
        f64::from(m) * most.ln() + rest.ln()
    };
    let ln_p = (counts.iter().filter(|m| **m > 1))
        .map(|&m| *known.entry(m).or_insert_with(|| alike(m)))
        .sum();
    Some(ln_p)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use verdancy_table::Levels;

    use super::*;

    fn codes(values: impl Iterator<Item = u32>) -> Codes {
        let texts: Vec<String> = values.map(|v| v.to_string()).collect();
        let levels = Levels::from_values(texts.iter().map(|t| Some(t.as_str())));
        Codes::of(&Column::Levels(levels), 1000).unwrap()
    }

    #[test]
    fn functions_are_told_from_chance() {
        let a = codes((0..200).map(|i| i % 7));
        let b = codes((0..200).map(|i| i % 7 / 3));
        assert!(believed(function(&a, &b).unwrap(), 100));
        assert_eq!(function(&b, &a), None);
        // Unique values determine everything, and prove nothing.
        let unique = codes(0..200);
        assert!(!believed(function(&unique, &b).unwrap(), 1));
        // So does a column that hardly varies.
        let rare = codes((0..200).map(|i| u32::from(i == 7)));
        assert!(function(&a, &rare).is_none());
        let alone =
            codes((0..200).map(|i| u32::from(i == 7) * 9 + u32::from(i % 2 == 1 && i != 7)));
        let found = function(&alone, &rare).unwrap();
        assert!(!believed(found, 1), "{found}");
    }

    #[test]
    fn chance_is_seen_in_other_pairs() {
        let always = chance_of_all(100, |_, _| true);
        assert!(always.abs() < 1e-9);
        assert!(chance_of_all(100, |a, b| a / 50 == b / 50) < -20.0);
    }
}
