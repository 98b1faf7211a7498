//! Levels that do not occur beyond a number: nobody under 16 drives, and who borrows more than four fifths is insured.

use serde::{Deserialize, Serialize};
use verdancy_table::{Result, Storage};

use crate::evidence::{Codes, FEWEST, believed};
use crate::frame::{Frame, Value, key, key_of, numbers, value};
use crate::threshold::shortest;

/// Most levels of a column, most columns of a kind, and most rules.
const LEVELS: usize = 12;
const COLUMNS: usize = 60;
const RULES: usize = 200;
/// Rows before the end of a level, as a share of all and at least, among which it has to have this part of its share of all
/// rows: a hard end has that, a thin tail has not.
const BEFORE: (f64, usize) = (0.05, 50);
const DENSE: f64 = 0.8;
/// How many rows further on a cell looks for another one to change places with.
const REACH: usize = 2_000;

/// The rules, of columns of the form.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Implied {
    rules: Vec<Beyond>,
}

/// A level that does not occur beyond a number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beyond {
    of: String,
    level: Value,
    by: String,
    end: f64,
    /// True when it does not occur from the end on; else, when it does not occur below it.
    above: bool,
}

impl Beyond {
    fn sentence(&self) -> String {
        let Beyond { of, by, end, .. } = self;
        let level = match &self.level {
            Value::Level(level) => level.as_str(),
            _ => "missing",
        };
        match self.above {
            true => format!("{of} is never {level} where {by} is {end} or more"),
            false => format!("{of} is never {level} where {by} is less than {end}"),
        }
    }

    fn bans(&self, x: f64) -> bool {
        if self.above {
            x >= self.end
        } else {
            x < self.end
        }
    }

    fn broken(&self, frame: &Frame) -> Result<Vec<usize>> {
        let (of, by) = (frame.column(&self.of)?, numbers(frame.column(&self.by)?));
        let level = key_of(&self.level);
        let wrong = |row: &usize| self.bans(by[*row]) && key(of, *row) == level;
        Ok((0..frame.rows).filter(wrong).collect())
    }
}

impl Implied {
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.rules.iter().map(Beyond::sentence).collect()
    }

    /// Keeps the rules that are wished for, by their words; `None` when none is left.
    pub(crate) fn retain(mut self, wished: impl Fn(&String) -> bool) -> Option<Implied> {
        self.rules.retain(|rule| wished(&rule.sentence()));
        (!self.rules.is_empty()).then_some(self)
    }

    /// The columns that it speaks of.
    pub(crate) fn names(&self) -> Vec<String> {
        (self.rules.iter())
            .flat_map(|rule| [rule.of.clone(), rule.by.clone()])
            .collect()
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<Vec<usize>>> {
        self.rules.iter().map(|rule| rule.broken(frame)).collect()
    }

    /// Lets cells of the levels change places with those of other rows until no level is beyond its numbers. One that fits
    /// no other row becomes the level of the next row that fits.
    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let mut done: Vec<&String> = Vec::new();
        for rule in &self.rules {
            if done.contains(&&rule.of) {
                continue;
            }
            done.push(&rule.of);
            let own: Vec<&Beyond> = self.rules.iter().filter(|r| r.of == rule.of).collect();
            exchange(frame, &rule.of, &own)?;
        }
        Ok(())
    }
}

fn exchange(frame: &mut Frame, name: &str, rules: &[&Beyond]) -> Result<()> {
    let column = frame.column(name)?;
    let rows = frame.rows;
    let cells: Vec<String> = (0..rows).map(|row| key(column, row)).collect();
    let bans: Vec<(String, Vec<bool>)> = (rules.iter())
        .map(|rule| {
            let by = numbers(frame.column(&rule.by)?);
            Ok((
                key_of(&rule.level),
                by.iter().map(|x| rule.bans(*x)).collect(),
            ))
        })
        .collect::<Result<_>>()?;
    let fits = |row: usize, cell: &str| {
        !bans
            .iter()
            .any(|(level, there)| level == cell && there[row])
    };
    let mut from: Vec<usize> = (0..rows).collect();
    let mut changed = false;
    for row in 0..rows {
        let own = &cells[from[row]];
        if fits(row, own) {
            continue;
        }
        let near = || (1..rows.min(REACH)).map(|step| (row + step) % rows);
        let fitting = |other: &usize| fits(row, &cells[from[*other]]);
        if let Some(other) = near().find(|other| fitting(other) && fits(*other, own)) {
            from.swap(row, other);
        } else if let Some(other) = near().find(fitting) {
            from[row] = from[other];
        } else {
            continue;
        }
        changed = true;
    }
    if changed {
        let column = frame.column(name)?.take(&from);
        frame.set(name, column)?;
    }
    Ok(())
}

/// Numbers in order, with their rows.
type Sorted = Vec<(f64, u32)>;

/// The levels that do not occur beyond a number, where chance would hardly keep them away.
pub(crate) fn find(frame: &Frame, least: usize) -> Option<Implied> {
    if frame.rows < FEWEST {
        return None;
    }
    let all = frame.modelled();
    let by: Vec<(usize, [Sorted; 2])> = (all.iter())
        .filter(|at| frame.is_number(**at))
        .take(COLUMNS)
        .map(|at| {
            let up = sorted(&numbers(&frame.columns[*at]));
            let down = up.iter().rev().copied().collect();
            (*at, [up, down])
        })
        .collect();
    let levels = (all.iter())
        .filter(|at| frame.specs[**at].kind.storage() == Storage::Levels && frame.may_go(**at))
        .filter_map(|at| Some((*at, Codes::of(&frame.columns[*at], LEVELS)?)))
        .filter(|(_, codes)| codes.count > 1);
    let tried = 2 * LEVELS * all.len() * by.len().max(1);
    let mut rules = Vec::new();
    for (of, codes) in levels.take(COLUMNS) {
        for (at, [up, down]) in &by {
            for (above, values) in [(true, up), (false, down)] {
                let ends = ends(frame, &codes, values, (least, tried));
                rules.extend(ends.into_iter().map(|(row, end)| Beyond {
                    of: frame.specs[of].name.clone(),
                    level: value(&frame.columns[of], row),
                    by: frame.specs[*at].name.clone(),
                    end,
                    above,
                }));
            }
        }
    }
    rules.truncate(RULES);
    (!rules.is_empty()).then_some(Implied { rules })
}

/// The numbers that are not missing, with their rows, the smallest first.
fn sorted(values: &[f64]) -> Sorted {
    let known = values.iter().enumerate().filter(|(_, x)| !x.is_nan());
    let mut known: Sorted = known.map(|(row, x)| (*x, row as u32)).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    known
}

/// For each level that does not occur behind some place of `values`, one of its rows and the end. `values` are in order,
/// either way.
fn ends(
    frame: &Frame,
    codes: &Codes,
    values: &[(f64, u32)],
    (least, tried): (usize, usize),
) -> Vec<(usize, f64)> {
    let n = values.len();
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); codes.count];
    for (place, (_, row)) in values.iter().enumerate() {
        places[codes.codes[*row as usize] as usize].push(place);
    }
    let before = BEFORE.1.max((BEFORE.0 * n as f64) as usize);
    let mut found = Vec::new();
    for own in places {
        let Some(&last) = own.last() else {
            continue;
        };
        // Other levels may have the same number.
        let same = |place: &usize| values[*place].0 == values[last].0;
        let end = (last..n).take_while(same).last().unwrap_or(last);
        let beyond = n - end - 1;
        let share = own.len() as f64 / n as f64;
        let sure = believed(beyond as f64 * (1.0 - share).ln(), tried);
        let near = own.iter().filter(|place| **place + before > end);
        let near: Vec<u32> = near.map(|place| values[*place].1).collect();
        let dense = near.len() as f64 >= DENSE * share * before.min(end + 1) as f64;
        let outside: Vec<u32> = values[end + 1..].iter().map(|v| v.1).collect();
        let shared = |rows: &[u32]| frame.people(rows, least) >= least;
        if !sure || !dense || !shared(&near) || !shared(&outside) {
            continue;
        }
        let (low, high) = (values[end].0, values[end + 1].0);
        // Going up, the end is the first number that is banned; going down, the first that is not.
        let end_at = match low < high {
            true => shortest(low, high),
            false => shortest(high, low),
        };
        found.push((values[last].1 as usize, end_at));
    }
    found
}
