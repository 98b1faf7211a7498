//! Numbers that count how many of some columns have a level: illnesses of a patient, boxes that are ticked.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Result, Storage};

use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{Codes, FEWEST, believed, chance_of_all};
use crate::frame::{Frame, Value, key, key_of, numbers, numeric, value};

/// Most columns that are counted.
const MOST: usize = 60;
/// Fewest of them.
const FEWEST_COUNTED: usize = 3;

/// How many of the columns have their level.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    of: Vec<(String, Value)>,
}

impl Rule for Count {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let mut counts = vec![0.0; frame.rows];
        for (name, level) in &self.of {
            let (column, level) = (frame.column(name)?, key_of(level));
            let has = (0..frame.rows).filter(|&row| key(column, row) == level);
            has.for_each(|row| counts[row] += 1.0);
        }
        Ok(Said::present(numeric(spec.kind.storage(), counts)))
    }

    fn columns(&self) -> Vec<String> {
        self.of.iter().map(|(name, _)| name.clone()).collect()
    }

    fn words(&self, name: &str) -> String {
        let of = self.columns();
        let (last, others) = of
            .split_last()
            .map_or((String::new(), &[][..]), |(l, o)| (l.clone(), o));
        let level = match &self.of[..] {
            [(_, Value::Level(first)), others @ ..]
                if others
                    .iter()
                    .all(|(_, l)| *l == Value::Level(first.clone())) =>
            {
                format!("are {first}")
            }
            _ => "hold".to_owned(),
        };
        let others = others.join(", ");
        format!("{name} is how many of {others} and {last} {level}")
    }
}

/// A column of two levels.
struct Flag {
    at: usize,
    rows: Vec<bool>,
    /// What rows have where it is set.
    set: Value,
}

/// The rule of column `at`, if it counts the levels of columns that are side by side.
pub(crate) fn find(frame: &Frame, at: usize) -> Option<Derived<Count>> {
    if !frame.specs[at].kind.is_numeric() || frame.rows < FEWEST {
        return None;
    }
    let is = numbers(&frame.columns[at]);
    let could_count = |x: &f64| x.fract() == 0.0 && (0.0..=MOST as f64).contains(x);
    if !is.iter().all(could_count) {
        return None;
    }
    let flags: Vec<Flag> = (frame.modelled().into_iter())
        .filter(|&i| i != at && frame.specs[i].kind.storage() == Storage::Levels)
        .filter_map(|i| flag(&frame.columns[i], i, &is))
        .take(MOST)
        .collect();
    // How many of the first flags are set, row by row.
    let mut counts = vec![vec![0.0; frame.rows]];
    for (n, flag) in flags.iter().enumerate() {
        let next = (counts[n].iter().zip(&flag.rows)).map(|(x, set)| x + f64::from(u8::from(*set)));
        counts.push(next.collect());
    }
    let n = flags.len();
    for length in (FEWEST_COUNTED..=n).rev() {
        for first in 0..=n - length {
            let (low, high) = (&counts[first], &counts[first + length]);
            let says = |row: usize, other: usize| high[row] - low[row] == is[other];
            if !(0..frame.rows).all(|row| says(row, row))
                || !believed(chance_of_all(frame.rows, says), frame.specs.len() * n * n)
            {
                continue;
            }
            let of = (flags[first..first + length].iter())
                .map(|f| (frame.specs[f.at].name.clone(), f.set.clone()))
                .collect();
            return accept(frame, at, Count { of }).filter(|found| found.left_out);
        }
    }
    None
}

/// The column as a flag: set is the level with the greater numbers.
fn flag(column: &Column, at: usize, is: &[f64]) -> Option<Flag> {
    let codes = Codes::of(column, 2).filter(|codes| codes.count == 2)?;
    let mean = |level: u32| {
        let own = (codes.codes.iter().zip(is)).filter(|(code, _)| **code == level);
        let (n, sum) = own.fold((0.0, 0.0), |(n, sum), (_, x)| (n + 1.0, sum + x));
        sum / n
    };
    let set = u32::from(mean(1) > mean(0));
    let row = codes.codes.iter().position(|code| *code == set)?;
    Some(Flag {
        at,
        rows: codes.codes.iter().map(|code| *code == set).collect(),
        set: value(column, row),
    })
}
