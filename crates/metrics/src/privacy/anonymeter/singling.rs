//! Singling out: a statement that is true of exactly one synthetic row is tried on the training rows
//! and on the test rows, and succeeds where it is true of exactly one.
//!
//! With one column: its least and greatest value, values that occur once, the only missing cell. With
//! several: three cells of a synthetic row, numbers as "at least" above the median and "at most" below.

use std::collections::HashSet;

use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::{Tried, score};
use crate::Score;
use crate::learn::{sample, stream};
use crate::prepared::{Part, Prepared, Values};
use crate::privacy::duplicates;
use crate::score::absent;

/// Statements tried.
const ATTACKS: usize = 500;
/// Columns of a statement on several.
const COLUMNS: usize = 3;
/// Statements made for each that is tried, at most.
const PATIENCE: usize = 50;

/// Something that is true of a cell or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Says {
    Missing,
    /// The number, by its bits.
    AtMost(u64),
    AtLeast(u64),
    Is(u64),
    Level(u32),
}

/// A statement on some columns.
type Statement = Vec<(usize, Says)>;

/// `singling_out_one`.
pub(crate) fn one(p: &Prepared) -> Score {
    let synthetic = distinct(p, Part::Synthetic, p.rows.synthetic);
    let mut all: Vec<Statement> = (0..p.columns.len())
        .flat_map(|c| of_column(p, c, &synthetic))
        .map(|says| vec![says])
        .collect();
    all.shuffle(&mut stream(p.seed, 0x5106));
    let singling = all
        .into_iter()
        .filter(|s| singles(p, Part::Synthetic, &synthetic, s));
    tried(
        p,
        "singling_out_one",
        &singling.take(ATTACKS).collect::<Vec<_>>(),
    )
}

/// `singling_out_several`.
pub(crate) fn several(p: &Prepared) -> Score {
    let synthetic = distinct(p, Part::Synthetic, p.rows.synthetic);
    let medians: Vec<f64> = (p.columns.iter())
        .map(|c| c.numeric().map_or(f64::NAN, |v| median(&v.synthetic)))
        .collect();
    let mut rng = stream(p.seed, 0x5107);
    let width = COLUMNS.min(p.columns.len());
    let mut seen: HashSet<Statement> = HashSet::new();
    let mut found: Vec<Statement> = Vec::new();
    for _ in 0..PATIENCE {
        let batch: Vec<Statement> = (0..ATTACKS)
            .map(|_| {
                let row = synthetic[rng.random_range(0..synthetic.len())];
                let mut columns = sample(p.columns.len(), width, &mut rng);
                columns.sort_unstable();
                let says = |c: usize| (c, of_cell(p, c, row, medians[c]));
                columns.into_iter().map(says).collect()
            })
            .collect();
        let good: Vec<bool> = (batch.par_iter())
            .map(|s| singles(p, Part::Synthetic, &synthetic, s))
            .collect();
        for (statement, good) in batch.into_iter().zip(good) {
            if good && found.len() < ATTACKS && seen.insert(statement.clone()) {
                found.push(statement);
            }
        }
        if found.len() == ATTACKS {
            break;
        }
    }
    tried(p, "singling_out_several", &found)
}

/// Rows of a table, equal ones once.
fn distinct(p: &Prepared, part: Part, rows: usize) -> Vec<usize> {
    let mut seen = HashSet::new();
    (duplicates::keys(p, part, rows).into_iter().enumerate())
        .filter(|(_, key)| seen.insert(*key))
        .map(|(row, _)| row)
        .collect()
}

fn of_column(p: &Prepared, c: usize, synthetic: &[usize]) -> Vec<(usize, Says)> {
    let mut says = Vec::new();
    match &p.columns[c].values {
        Values::Numeric(v) => {
            let cells = || synthetic.iter().map(|&row| v.synthetic[row]);
            let mut known: Vec<f64> = cells().filter(|x| !x.is_nan()).collect();
            known.sort_by(f64::total_cmp);
            if known.len() + 1 == synthetic.len() {
                says.push(Says::Missing);
            }
            if let (Some(low), Some(high)) = (known.first(), known.last()) {
                says.push(Says::AtMost(low.to_bits()));
                says.push(Says::AtLeast(high.to_bits()));
            }
            let once = known.chunk_by(|a, b| a == b).filter(|run| run.len() == 1);
            says.extend(once.map(|run| Says::Is(run[0].to_bits())));
        }
        Values::Levels(v) => {
            let mut counts = vec![0u32; v.levels.len()];
            (synthetic.iter()).for_each(|&row| counts[v.codes.synthetic[row] as usize] += 1);
            let once = (0u32..).zip(counts).filter(|(_, n)| *n == 1);
            says.extend(once.map(|(code, _)| Says::Level(code)));
        }
    }
    says.into_iter().map(|s| (c, s)).collect()
}

fn of_cell(p: &Prepared, c: usize, row: usize, median: f64) -> Says {
    match &p.columns[c].values {
        Values::Levels(v) => Says::Level(v.codes.synthetic[row]),
        Values::Numeric(v) => match v.synthetic[row] {
            x if x.is_nan() => Says::Missing,
            x if x > median => Says::AtLeast(x.to_bits()),
            x => Says::AtMost(x.to_bits()),
        },
    }
}

fn median(values: &[f64]) -> f64 {
    let mut known: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    let n = known.len();
    if n == 0 {
        return f64::NAN;
    }
    0.5 * (known[(n - 1) / 2] + known[n / 2])
}

/// True when the statement is true of exactly one of the rows.
fn singles(p: &Prepared, part: Part, rows: &[usize], statement: &Statement) -> bool {
    let holds = |&&row: &&usize| {
        (statement.iter()).all(|(c, says)| match (&p.columns[*c].values, says) {
            (Values::Levels(v), Says::Level(code)) => part.of(&v.codes)[row] == *code,
            (Values::Numeric(v), says) => {
                let x = part.of(v)[row];
                match says {
                    Says::Missing => x.is_nan(),
                    Says::AtMost(y) => x <= f64::from_bits(*y),
                    Says::AtLeast(y) => x >= f64::from_bits(*y),
                    Says::Is(y) => x == f64::from_bits(*y),
                    Says::Level(_) => false,
                }
            }
            _ => false,
        })
    };
    rows.iter().filter(holds).take(2).count() == 1
}

/// The statements tried on training rows and on test rows.
fn tried(p: &Prepared, id: &str, statements: &[Statement]) -> Score {
    if statements.is_empty() {
        return absent(id, "no statement is true of exactly one synthetic row");
    }
    let sides = [(Part::Train, p.rows.train), (Part::Test, p.rows.test)]
        .map(|(part, rows)| (part, distinct(p, part, rows)));
    let [on, off] = sides.each_ref().map(|(part, rows)| {
        let successes: usize = (statements.par_iter())
            .map(|s| usize::from(singles(p, *part, rows, s)))
            .sum();
        Tried {
            attacks: statements.len() as f64,
            successes: successes as f64,
        }
    });
    let synthetic = distinct(p, Part::Synthetic, p.rows.synthetic).len();
    let [n, m] = sides.each_ref().map(|(_, rows)| rows.len() as f64);
    let fair = Tried {
        successes: (off.successes * for_size(n, m, synthetic as f64)).min(off.attacks),
        ..off
    };
    score(id, on, fair, Vec::new())
}

/// How much more often statements that are true of one in `synthetic` rows, and so of about so many
/// real ones at most, single out in `n` rows than in `m` (Cohen and Nissim 2020): control rows are
/// usually fewer.
fn for_size(n: f64, m: f64, synthetic: f64) -> f64 {
    let weight = 1.0 / synthetic.max(2.0);
    let integral = |n: f64| (1.0 - (n * weight + 1.0) * (1.0 - weight).powf(n)) / (n + 1.0);
    integral(n) / integral(m)
}
