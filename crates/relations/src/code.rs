//! Whole numbers that are codes: the number of a shop or a flight. What goes with a code hangs on its exact value, not
//! on how large it is, so a number between two codes is none. Codes are learned as categories.
//!
//! A column of many values is a code when the exact value says much more about another column than a range of
//! neighbouring values does: by 0.1 of mu+ or more, the bias-corrected probabilistic dependency (Piatetsky-Shapiro and
//! Matheus 1993; compared by Parciak et al., ICDE 2024), and by more than chance.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Kind, Levels, Result};

use crate::evidence::{Codes, believed};
use crate::frame::{Frame, numbers, spec, strange};

/// Values up to which models learn whole numbers as categories anyway, and the most codes.
const FEWEST: usize = 20;
const MOST: usize = 5_000;
/// By how much the exact value has to say more; where values are few, a step between two neighbours weighs more,
/// and this number over the number of values is asked for.
const GAIN: f64 = 0.1;
const GAIN_OF_FEW: f64 = 6.0;
/// Share of the rows whose codes enough people have.
const COVERED: f64 = 0.9;
/// Most levels of a column that codes are held against, and ranges that numbers are cut into.
const LEVELS: usize = 50;
const RANGES: usize = 8;

/// A column of codes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    spec: ColumnSpec,
    /// Its name in the form.
    name: String,
    /// The codes that enough people have, in order.
    codes: Vec<i64>,
}

impl Code {
    pub(crate) fn sentence(&self) -> String {
        format!("{} is a code, not a measure", self.spec.name)
    }

    pub(crate) fn encode(&self, frame: &mut Frame) -> Result<()> {
        let (_, column) = frame.take(&self.spec.name)?;
        let Column::Integers(values) = column else {
            return Err(strange());
        };
        let texts: Vec<Option<String>> = (values.iter())
            .map(|x| x.map(|x| self.nearest(x).to_string()))
            .collect();
        let levels = Levels::from_values(texts.iter().map(Option::as_deref));
        frame.put(
            spec(self.name.clone(), Kind::Categorical, self.spec.nullable),
            Column::Levels(levels),
        )
    }

    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let (_, column) = frame.take(&self.name)?;
        let Column::Levels(levels) = column else {
            return Err(strange());
        };
        let values = (0..frame.rows)
            .map(|row| levels.get(row).and_then(|text| text.parse().ok()))
            .collect();
        frame.put(self.spec.clone(), Column::Integers(values))
    }

    /// The code itself where enough people have it, else the nearest of those.
    fn nearest(&self, x: i64) -> i64 {
        let at = self.codes.partition_point(|c| *c < x);
        let around = [at.checked_sub(1), Some(at)];
        let known = around
            .into_iter()
            .flatten()
            .filter_map(|i| self.codes.get(i));
        known.copied().min_by_key(|c| c.abs_diff(x)).unwrap_or(x)
    }
}

/// The column at `at` as codes, if it is one: judged by the rows of `part`, stored as in `whole`.
pub(crate) fn find(part: &Frame, whole: &Frame, name: &str, least: usize) -> Option<Code> {
    let at = part.position(name)?;
    let Column::Integers(values) = &part.columns[at] else {
        return None;
    };
    if !part.may_go(at) || !part.modelled().contains(&at) {
        return None;
    }
    let filled = values.iter().flatten().count();
    let distinct: HashSet<i64> = values.iter().copied().flatten().collect();
    if distinct.len() <= FEWEST || distinct.len() > MOST || distinct.len() * 3 > filled {
        return None;
    }
    let mut order: Vec<i64> = distinct.into_iter().collect();
    order.sort_unstable();
    let exact = |x: i64| order.partition_point(|o| *o < x);
    let others = part.modelled().into_iter().filter(|i| *i != at);
    let tried = part.specs.len().pow(2);
    let hangs = others.filter_map(|i| events(part, i)).any(|events| {
        let rows: Vec<(usize, u32)> = (values.iter().zip(&events.codes))
            .filter_map(|(x, event)| Some((exact((*x)?), *event)))
            .collect();
        says_more(&rows, order.len(), events.count, tried)
    });
    hangs.then(|| stored(whole, name, least))?
}

/// What of column `at` a code may go with: its levels, or ranges of its numbers.
fn events(frame: &Frame, at: usize) -> Option<Codes> {
    let column = &frame.columns[at];
    if let Column::Levels(_) = column {
        return Codes::of(column, LEVELS).filter(|codes| codes.count > 1);
    }
    if matches!(column, Column::Strings(_)) {
        return None;
    }
    let values = numbers(column);
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    if sorted.is_empty() {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..RANGES)
        .map(|i| sorted[i * sorted.len() / RANGES])
        .collect();
    edges.dedup();
    let none = edges.len() as u32 + 1;
    let codes = (values.iter())
        .map(|x| match x.is_nan() {
            true => none,
            false => edges.partition_point(|e| e <= x) as u32,
        })
        .collect();
    let count = edges.len() + 2;
    Some(Codes { codes, count })
}

/// True when exact values say more about events than pairs of neighbours do, paired whichever of the two ways says
/// more. `rows` are positions of values and events.
fn says_more(rows: &[(usize, u32)], values: usize, events: usize, tried: usize) -> bool {
    let fine = Counts::of(rows.iter().copied(), values, events);
    let paired = |phase: usize| {
        let pairs = rows.iter().map(|(x, e)| ((x + phase) / 2, *e));
        Counts::of(pairs, values / 2 + 1, events)
    };
    let (even, odd) = (paired(0), paired(1));
    let coarse = match even.mu(rows.len()) >= odd.mu(rows.len()) {
        true => even,
        false => odd,
    };
    let gain = fine.mu(rows.len()) - coarse.mu(rows.len());
    if gain < GAIN.max(GAIN_OF_FEW / values as f64) {
        return false;
    }
    // Twice the information that the exact value adds is chi-squared under chance.
    let added = 2.0 * (coarse.entropy() - fine.entropy());
    let freedom = (values / 2 * (events - 1)) as f64;
    believed(chi_squared_tail(added, freedom), tried)
}

/// Rows by value and event.
struct Counts {
    cells: Vec<f64>,
    events: usize,
}

impl Counts {
    fn of(rows: impl Iterator<Item = (usize, u32)>, values: usize, events: usize) -> Counts {
        let mut cells = vec![0.0; values * events];
        rows.for_each(|(x, event)| cells[x * events + event as usize] += 1.0);
        Counts { cells, events }
    }

    /// mu+ of events given values.
    fn mu(&self, n: usize) -> f64 {
        let n = n as f64;
        let (mut given, mut values) = (0.0, 0.0);
        let mut totals = vec![0.0; self.events];
        for row in self.cells.chunks(self.events) {
            let rows: f64 = row.iter().sum();
            if rows > 0.0 {
                values += 1.0;
                given += row.iter().map(|c| c * c).sum::<f64>() / rows / n;
                totals.iter_mut().zip(row).for_each(|(t, c)| *t += c);
            }
        }
        let alone: f64 = totals.iter().map(|t| (t / n) * (t / n)).sum();
        if alone >= 1.0 || n <= values {
            return 0.0;
        }
        (1.0 - (1.0 - given) / (1.0 - alone) * (n - 1.0) / (n - values)).max(0.0)
    }

    /// Entropy of events within values, in nats, times the rows.
    fn entropy(&self) -> f64 {
        let of = |row: &[f64]| {
            let rows: f64 = row.iter().sum();
            let some = row.iter().filter(|c| **c > 0.0);
            some.map(|c| -c * (c / rows).ln()).sum::<f64>()
        };
        self.cells.chunks(self.events).map(of).sum()
    }
}

/// Log-probability of a chi-squared variable beyond `x`, by the cube-root approximation of Wilson and Hilferty.
fn chi_squared_tail(x: f64, freedom: f64) -> f64 {
    let part = 2.0 / (9.0 * freedom);
    let z = ((x / freedom).cbrt() - (1.0 - part)) / part.sqrt();
    match z > 1.0 {
        // The tail of the normal distribution, by its first term.
        true => -0.5 * z * z - (z * (2.0 * std::f64::consts::PI).sqrt()).ln(),
        false => 0.0,
    }
}

/// The codes that enough people have, where these are nearly all rows.
fn stored(frame: &Frame, name: &str, least: usize) -> Option<Code> {
    let at = frame.position(name)?;
    let Column::Integers(values) = &frame.columns[at] else {
        return None;
    };
    let mut rows: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for (row, x) in values.iter().enumerate() {
        if let Some(x) = x {
            rows.entry(*x).or_default().push(row as u32);
        }
    }
    let filled: usize = rows.values().map(Vec::len).sum();
    rows.retain(|_, of| frame.people(of, least) >= least);
    let covered: usize = rows.values().map(Vec::len).sum();
    let enough = rows.len() > 1 && covered as f64 >= COVERED * filled as f64;
    enough.then(|| Code {
        spec: frame.specs[at].clone(),
        name: frame.free_name(format!("{name} (code)")),
        codes: rows.into_keys().collect(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand::RngExt;
    use verdancy_table::Protection;

    use super::*;
    use crate::Form;
    use crate::tests::{Cells, rng, table};

    #[test]
    fn shops_are_codes_and_ages_are_not() {
        let mut rng = rng(41);
        let shops: Vec<i64> = (0..120).map(|_| rng.random_range(1_000..9_999)).collect();
        let big: Vec<bool> = shops.iter().map(|_| rng.random_range(0..2) == 0).collect();
        let (mut shop, mut kind, mut age, mut retired) = (vec![], vec![], vec![], vec![]);
        for _ in 0..4_000 {
            let at = rng.random_range(0..shops.len());
            shop.push(Some(shops[at]));
            let usual = rng.random_range(0..20) > 0;
            kind.push(Some(
                if big[at] == usual { "big" } else { "small" }.to_owned(),
            ));
            let years = rng.random_range(18..90);
            age.push(Some(years));
            let is = years > 64 && rng.random_range(0..20) > 0;
            retired.push(Some(if is { "yes" } else { "no" }.to_owned()));
        }
        let real = table(vec![
            ("shop", Cells::Whole(shop)),
            ("kind", Cells::Level(kind)),
            ("age", Cells::Whole(age)),
            ("retired", Cells::Level(retired)),
        ]);
        let form = Form::learn(&real, Protection::default()).unwrap();
        let inner = form.encode(&real).unwrap();
        assert!(inner.schema().position("shop (code)").is_some());
        assert!(inner.schema().position("age").is_some());
        let back = form.decode_table(real.schema(), &inner).unwrap();
        assert_eq!(back.column(0), real.column(0));
    }

    #[test]
    fn codes_of_few_people_do_not_leave() {
        let mut rng = rng(42);
        let (mut shop, mut kind) = (vec![], vec![]);
        for row in 0..3_000 {
            // One in a hundred rows has a shop of its own.
            let at = if row % 100 == 7 {
                50_000 + row
            } else {
                rng.random_range(0..60) * 7 + 300
            };
            shop.push(Some(at));
            kind.push(Some(format!("kind {}", (at * 7919) % 3)));
        }
        let real = table(vec![
            ("shop", Cells::Whole(shop)),
            ("kind", Cells::Level(kind)),
        ]);
        let code = stored(&Frame::of(&real), "shop", 12).unwrap();
        assert_eq!(code.codes.len(), 60);
        assert_eq!(code.nearest(50_007), 300 + 59 * 7);
        assert_eq!(code.nearest(300), 300);
    }

    #[test]
    fn numbers_that_have_nothing_to_do_with_others_are_no_codes() {
        for seed in 0..30 {
            let mut rng = rng(500 + seed);
            let n = [300, 1_500, 6_000][seed as usize % 3];
            let most = rng.random_range(25..400);
            let x: Vec<i64> = (0..n).map(|_| rng.random_range(0..most)).collect();
            // One hangs smoothly on the number, one not at all.
            let smooth = x.iter().map(|x| Some((x * 3 + 20) / most));
            let free = (0..n).map(|_| Some(rng.random_range(0..4))).collect();
            let real = table(vec![
                ("smooth", Cells::Whole(smooth.collect())),
                ("free", Cells::Whole(free)),
                ("x", Cells::Whole(x.into_iter().map(Some).collect())),
            ]);
            let frame = Frame::of(&real);
            assert!(find(&frame, &frame, "x", 1).is_none(), "seed {seed}");
        }
    }
}
