//! Rare levels of categories.

use std::collections::HashMap;

use verdancy_table::{Levels, MISSING};

use super::{Change, Pooled, PooledTo, Whose};
use crate::encode::Census;

/// Words for "other", best first; a column that uses one for itself gets the next.
const OTHER: [&str; 4] = ["other", "(other)", "other values", "(other values)"];

/// Decides for one column. Rare levels go to a word for "other" when `least` people have them
/// together; fewer go to the most frequent level, and to missing cells where no level is left.
pub(super) fn pool(column: &Levels, least: usize, whose: &Whose<'_>) -> (Change, Option<Pooled>) {
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); column.levels.len()];
    for (row, &code) in column.codes.iter().enumerate() {
        if code != MISSING {
            rows[code as usize].push(whose.row(row));
        }
    }
    let mut census = Census::new(whose.people);
    let mut people = |of: &[u32]| census.count(of.iter().copied());
    let (mut rare, mut kept) = (Vec::new(), Vec::new());
    for (level, of) in rows.iter().enumerate() {
        if of.is_empty() {
            continue;
        }
        if people(of) < least {
            rare.push(level);
        } else {
            kept.push(level);
        }
    }
    if rare.is_empty() {
        return (Change::None, None);
    }
    let together: Vec<u32> = rare.iter().flat_map(|&l| rows[l].iter().copied()).collect();
    let frequent = kept.iter().copied().max_by_key(|&l| rows[l].len());
    let to = if people(&together) >= least {
        PooledTo::Other(other(column, &kept))
    } else if frequent.is_some() {
        PooledTo::Frequent
    } else {
        PooledTo::Missing
    };
    let name = match &to {
        PooledTo::Other(word) => Some(word.clone()),
        _ => frequent.map(|l| column.levels[l].clone()),
    };
    let map = rare
        .iter()
        .map(|&l| (column.levels[l].clone(), name.clone()))
        .collect();
    let pooled = Pooled {
        column: 0,
        values: rare.len(),
        rows: together.len(),
        to,
    };
    (Change::Levels(map), Some(pooled))
}

/// A level that means "other" already, or a word that no level of the column uses, written as most
/// of its levels are: in capitals, with a first capital, or small.
fn other(column: &Levels, kept: &[usize]) -> String {
    let is_other = |level: &&usize| column.levels[**level].trim().eq_ignore_ascii_case("other");
    if let Some(&level) = kept.iter().find(is_other) {
        return column.levels[level].clone();
    }
    let used = |word: &str| {
        column
            .levels
            .iter()
            .any(|l| l.trim().eq_ignore_ascii_case(word))
    };
    let word = (OTHER.iter().map(|w| (*w).to_owned()))
        .chain((2..).map(|i| format!("other {i}")))
        .find(|w| !used(w))
        .unwrap_or_default();
    let most = |is: fn(&str) -> bool| {
        2 * kept.iter().filter(|&&l| is(&column.levels[l])).count() > kept.len()
    };
    if most(|l| {
        l.chars().filter(|c| c.is_uppercase()).count() > 1 && !l.chars().any(char::is_lowercase)
    }) {
        word.to_uppercase()
    } else if most(|l| l.chars().next().is_some_and(char::is_uppercase)) {
        let mut done = false;
        (word.chars())
            .map(|c| {
                if c.is_alphabetic() && !std::mem::replace(&mut done, true) {
                    c.to_ascii_uppercase()
                } else {
                    c
                }
            })
            .collect()
    } else {
        word
    }
}

/// The column with its rare levels replaced; its dictionary holds what occurs.
pub(super) fn apply(column: &Levels, map: &HashMap<String, Option<String>>) -> Levels {
    let mut levels: Vec<String> = column.levels.to_vec();
    let mut place: HashMap<String, u32> = (levels.iter().cloned()).zip(0..).collect();
    let codes: Vec<u32> = (0..column.levels.len())
        .map(|code| match map.get(&column.levels[code]) {
            None => code as u32,
            Some(None) => MISSING,
            Some(Some(name)) => *place.entry(name.clone()).or_insert_with(|| {
                levels.push(name.clone());
                levels.len() as u32 - 1
            }),
        })
        .collect();
    let code = |&c: &u32| codes.get(c as usize).copied().unwrap_or(MISSING);
    Levels {
        codes: column.codes.iter().map(code).collect(),
        levels: levels.into(),
    }
    .compact()
}
