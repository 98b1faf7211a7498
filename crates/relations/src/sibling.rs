//! Levels that too few people have, where others follow from them: they become a sibling of which the same
//! follows, and not a word for "other", of which nothing would.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, Result, Storage};

use crate::evidence::{Codes, FEWEST, believed, function};
use crate::frame::{Frame, Value, column_of, key, key_of, storage, value};

/// Most different levels.
const LEVELS: usize = 5_000;
/// Share of the rows whose levels enough people have.
const COVERED: f64 = 0.9;

/// The levels of a column that enough people have, by what follows from them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Siblings {
    of: String,
    /// Columns that several levels share, and other names of the level.
    shared: Vec<String>,
    names: Vec<String>,
    /// Each level with its shared values, its other names, and its weight.
    levels: Vec<Level>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Level {
    level: Value,
    shared: Vec<Value>,
    names: Vec<Value>,
    rows: usize,
}

impl Siblings {
    /// The columns that it speaks of, the one with siblings first.
    pub(crate) fn columns(&self) -> Vec<String> {
        let own = std::iter::once(&self.of);
        own.chain(&self.shared)
            .chain(&self.names)
            .cloned()
            .collect()
    }

    /// Gives rows with another level a sibling of theirs.
    pub(crate) fn encode(&self, frame: &mut Frame) -> Result<()> {
        let known: std::collections::HashSet<String> =
            self.levels.iter().map(|l| key_of(&l.level)).collect();
        let join = |values: Vec<String>| values.join("\u{1}");
        let mut groups: HashMap<String, Vec<&Level>> = HashMap::new();
        for level in &self.levels {
            groups
                .entry(join(level.shared.iter().map(key_of).collect()))
                .or_default()
                .push(level);
        }
        let own = frame.column(&self.of)?;
        let shared: Vec<&Column> = self
            .shared
            .iter()
            .map(|n| frame.column(n))
            .collect::<Result<_>>()?;
        let chosen: Vec<Option<&Level>> = (0..frame.rows)
            .map(|row| {
                if known.contains(&key(own, row)) {
                    return None;
                }
                let cells: Vec<String> = shared.iter().map(|c| key(c, row)).collect();
                let nearest = || {
                    let alike = |l: &&Level| {
                        (l.shared.iter().zip(&cells))
                            .filter(|(a, b)| key_of(a) == **b)
                            .count()
                    };
                    let most = self.levels.iter().map(|l| alike(&l)).max()?;
                    Some(self.levels.iter().filter(|l| alike(l) == most).collect())
                };
                let group = match groups.get(&join(cells.clone())) {
                    Some(group) => group.clone(),
                    // No level of the same: one of nearly the same, with all that follows from it.
                    None => nearest()?,
                };
                let all: usize = group.iter().map(|l| l.rows).sum();
                // In turn, as often as each occurs.
                let mut at = row.wrapping_mul(7_919) % all.max(1);
                group.iter().copied().find(|l| {
                    let found = at < l.rows;
                    at = at.saturating_sub(l.rows);
                    found
                })
            })
            .collect();
        let mut changed = Vec::new();
        let columns = std::iter::once(&self.of)
            .chain(&self.names)
            .chain(&self.shared);
        for (at, name) in columns.enumerate() {
            let column = frame.column(name)?;
            let of = |level: &Level| match at.checked_sub(1) {
                None => level.level.clone(),
                Some(at) => (level.names.get(at))
                    .or_else(|| level.shared.get(at - level.names.len()))
                    .cloned()
                    .unwrap_or(Value::Missing),
            };
            let values: Vec<Value> = (0..frame.rows)
                .map(|row| chosen[row].map_or_else(|| value(column, row), &of))
                .collect();
            changed.push((name.clone(), column_of(storage(column), values.iter())));
        }
        for (name, column) in changed {
            frame.set(&name, column)?;
        }
        Ok(())
    }
}

/// The columns from which other columns follow: those with rare levels, or all of them for a closer look at more
/// rows.
pub(crate) fn find(frame: &Frame, least: usize, every: bool) -> Vec<Siblings> {
    if frame.rows < FEWEST {
        return Vec::new();
    }
    let all = frame.modelled();
    let codes: HashMap<usize, Codes> = (all.iter())
        .filter_map(|&i| Some((i, Codes::of(&frame.columns[i], LEVELS)?)))
        .filter(|(_, c)| c.count > 1)
        .collect();
    let tried = all.len() * all.len();
    let follows = |a: usize, b: usize| {
        (codes.get(&a).zip(codes.get(&b)))
            .and_then(|(x, y)| function(x, y))
            .is_some_and(|ln_p| believed(ln_p, tried))
    };
    let mut done: Vec<usize> = Vec::new();
    let mut out = Vec::new();
    for &of in &all {
        let Some(own) = codes.get(&of) else { continue };
        let texts = frame.specs[of].kind.storage() == Storage::Levels;
        if !texts || own.count * 5 > frame.rows || done.contains(&of) {
            continue;
        }
        let dependent: Vec<usize> = all
            .iter()
            .copied()
            .filter(|&b| b != of && follows(of, b))
            .collect();
        let (names, shared): (Vec<usize>, Vec<usize>) =
            dependent.into_iter().partition(|&b| follows(b, of));
        if names.is_empty() && shared.is_empty() {
            continue;
        }
        let cells = |of: &[usize], row: u32| -> Vec<Value> {
            of.iter()
                .map(|&i| value(&frame.columns[i], row as usize))
                .collect()
        };
        let (mut levels, mut covered) = (Vec::new(), 0);
        for rows in own.rows() {
            if frame.people(&rows, least) >= least {
                covered += rows.len();
                levels.push(Level {
                    level: value(&frame.columns[of], rows[0] as usize),
                    shared: cells(&shared, rows[0]),
                    names: cells(&names, rows[0]),
                    rows: rows.len(),
                });
            }
        }
        let complete = levels.len() == own.count;
        if !every && (complete || (covered as f64) < COVERED * frame.rows as f64) {
            continue;
        }
        let named = |of: &[usize]| of.iter().map(|&i| frame.specs[i].name.clone()).collect();
        done.extend(&names);
        out.push(Siblings {
            of: frame.specs[of].name.clone(),
            shared: named(&shared),
            names: named(&names),
            levels,
        });
    }
    out
}
