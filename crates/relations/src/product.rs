//! Numbers that are another one times, by or by the square of a third, or times a factor for each level of a
//! category.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Result, Storage};

use crate::coefficient::{is_plain, simple, spoken};
use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{Codes, FEWEST, believed, chance_of_all};
use crate::frame::{
    Frame, Solve, Value, decimals, grid, key, key_of, numbers, numeric, rounded, value,
};
use crate::terms::{Term, Terms};

/// Most numeric columns that products are sought among.
const MOST: usize = 40;
/// Most levels of a category that factors hang on.
const LEVELS: usize = 60;
/// Share of a unit that one of the other column's units is, below which a factor has to be plain.
const COARSE: f64 = 0.05;
/// Units of a product that says every row as near as rounding.
const EXACT: f64 = 1.5;
/// Halves of the last digit that rounding takes away, numbers half-way included and left out.
const HALF: f64 = 1.000_001;
const INSIDE: f64 = 0.999_999;
/// Fewest different values of a product and of one of its factors, and of the other.
const VALUES: usize = 10;
const FEW: usize = 3;

/// `factor * of * by ^ power`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Product {
    of: String,
    with: With,
    /// By how many units of the last digit training rows differ from it.
    pub units: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum With {
    Factor(f64),
    Power {
        factor: f64,
        by: String,
        power: i32,
    },
    Level {
        by: String,
        factors: Vec<(Value, f64)>,
    },
}

impl Product {
    fn exact(&self, frame: &Frame) -> Result<Vec<f64>> {
        let of = numbers(frame.column(&self.of)?);
        Ok(match &self.with {
            With::Factor(factor) => of.iter().map(|x| factor * x).collect(),
            With::Power { factor, by, power } => {
                let by = numbers(frame.column(by)?);
                of.iter()
                    .zip(by)
                    .map(|(x, y)| factor * x * y.powi(*power))
                    .collect()
            }
            With::Level { by, factors } => {
                let by = frame.column(by)?;
                let known: std::collections::HashMap<String, f64> =
                    factors.iter().map(|(v, f)| (key_of(v), *f)).collect();
                let factor = |row| known.get(&key(by, row)).copied().unwrap_or(f64::NAN);
                of.iter()
                    .enumerate()
                    .map(|(row, x)| x * factor(row))
                    .collect()
            }
        })
    }
}

impl Rule for Product {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let digits = decimals(spec);
        let values = self.exact(frame)?;
        let values = values.into_iter().map(|x| rounded(x, digits)).collect();
        Ok(Said::present(numeric(spec.kind.storage(), values)))
    }

    fn columns(&self) -> Vec<String> {
        let mut columns = vec![self.of.clone()];
        match &self.with {
            With::Factor(_) => {}
            With::Power { by, .. } | With::Level { by, .. } => columns.push(by.clone()),
        }
        columns
    }

    fn words(&self, name: &str) -> String {
        let of = &self.of;
        match &self.with {
            With::Factor(factor) if *factor == 1.0 => format!("{name} = {of}"),
            With::Factor(factor) => format!("{name} = {} x {of}", spoken(*factor)),
            With::Power { factor, by, power } => {
                let factor = if *factor == 1.0 {
                    String::new()
                } else {
                    format!("{} x ", spoken(*factor))
                };
                match power {
                    1 => format!("{name} = {factor}{of} x {by}"),
                    -1 => format!("{name} = {factor}{of} / {by}"),
                    power => format!("{name} = {factor}{of} / {by}^{}", -power),
                }
            }
            With::Level { by, .. } => format!("{name} is {of} times a factor of {by}"),
        }
    }

    fn units(&self) -> f64 {
        self.units
    }

    fn is_exact(&self) -> bool {
        self.units <= EXACT
    }
}

/// A numeric column and how finely it is rounded.
struct Numeric {
    at: usize,
    is_varied: bool,
    values: Vec<f64>,
    half: f64,
}

fn numerics(frame: &Frame) -> Vec<Numeric> {
    let all = Terms::of(frame).0.into_iter();
    let numeric = |term: Term| Numeric {
        at: term.at,
        is_varied: term.is_varied(VALUES),
        half: if term.decimals.is_some() { 0.5 } else { 1.0 } * term.unit,
        values: term.values,
    };
    let varied = all.filter(|term| term.is_varied(FEW));
    varied.take(MOST).map(numeric).collect()
}

/// The factors that rounding allows.
struct Factors {
    low: f64,
    high: f64,
}

impl Factors {
    const ALL: Factors = Factors {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    /// True when zero and what is beyond all numbers are no factors.
    fn is_bounded(&self) -> bool {
        self.low > 0.0 && self.high.is_finite() || self.high < 0.0 && self.low.is_finite()
    }

    /// Leaves those with which `bare` comes as near to `is` as `tolerance`; false when there is none.
    fn narrow(&mut self, is: f64, bare: f64, tolerance: f64) -> bool {
        if bare == 0.0 {
            return is.abs() <= tolerance;
        }
        let ends = ((is - tolerance) / bare, (is + tolerance) / bare);
        self.low = self.low.max(ends.0.min(ends.1));
        self.high = self.high.min(ends.0.max(ends.1));
        self.low <= self.high
    }
}

/// The rows that have all parts, with the product without its factor, and by which share rounding of its parts may
/// change it.
fn parts<'a>(
    is: &'a Numeric,
    of: &'a Numeric,
    by: Option<(&'a Numeric, i32)>,
) -> impl Iterator<Item = (usize, f64, f64)> + 'a {
    (0..is.values.len()).filter_map(move |row| {
        let (x, mut bare) = (of.values[row], of.values[row]);
        let mut slack = of.half / x.abs().max(of.half);
        if let Some((by, power)) = by {
            let y = by.values[row];
            bare *= y.powi(power);
            slack += f64::from(power.abs()) * by.half / y.abs().max(by.half);
        }
        (bare.is_finite() && !is.values[row].is_nan()).then_some((row, bare, slack))
    })
}

fn tolerance(is: &Numeric, slack: f64, said: f64) -> f64 {
    is.half * HALF + said.abs() * (1.01 * slack + 1e-9)
}

/// A product under trial: its parts in the rows that have all of them.
struct Trial<'a> {
    is: &'a Numeric,
    rows: Vec<usize>,
    /// The product without its factor, and by which share rounding of its parts may change it.
    bare: Vec<f64>,
    slack: Vec<f64>,
    /// How far from what is said a value may be, in halves of its last digit.
    half: f64,
}

impl<'a> Trial<'a> {
    /// `None` when a few rows already show that there is no factor.
    fn new(is: &'a Numeric, of: &Numeric, by: Option<(&Numeric, i32)>) -> Option<Trial<'a>> {
        // Most trials end here, after two or three rows.
        let mut range = Factors::ALL;
        for (row, bare, slack) in parts(is, of, by) {
            let value = is.values[row];
            if !range.narrow(value, bare, tolerance(is, slack, value)) {
                return None;
            }
        }
        if !range.is_bounded() {
            return None;
        }
        let trial = Trial::of(is, of, by);
        (trial.rows.len() >= FEWEST).then_some(trial)
    }

    /// All rows that have all parts.
    fn of(is: &'a Numeric, of: &Numeric, by: Option<(&Numeric, i32)>) -> Trial<'a> {
        let mut trial = Trial {
            is,
            rows: Vec::new(),
            bare: Vec::new(),
            slack: Vec::new(),
            half: HALF,
        };
        for (row, bare, slack) in parts(is, of, by) {
            trial.rows.push(row);
            trial.bare.push(bare);
            trial.slack.push(slack);
        }
        trial
    }

    fn tolerance(&self, at: usize, said: f64) -> f64 {
        tolerance(self.is, self.slack[at], said)
    }

    /// The shortest factor that fits rows `among`, if there is one: each row leaves a range of factors that
    /// rounding allows.
    fn factor(&self, among: &[usize]) -> Option<f64> {
        // Exact parts first, then parts that were rounded.
        (self.factor_within(among, 0.0)).or_else(|| self.factor_within(among, 1.0))
    }

    fn factor_within(&self, among: &[usize], slack: f64) -> Option<f64> {
        let mut range = Factors::ALL;
        for &at in among {
            let (is, bare) = (self.is.values[self.rows[at]], self.bare[at]);
            let exact = self.is.half * self.half + 1e-12 * is.abs();
            let tolerance = exact + slack * (self.tolerance(at, is) - exact);
            if !range.narrow(is, bare, tolerance) {
                return None;
            }
        }
        let factor = match range.is_bounded() {
            true => simple(range.low, range.high),
            false => 0.0,
        };
        (factor != 0.0).then_some(factor)
    }

    /// True when other rows would not do as well.
    fn is_no_chance(&self, factors: &[f64], tried: usize) -> bool {
        let holds = |x: usize, y: usize| {
            let said = factors[x] * self.bare[x];
            (self.is.values[self.rows[y]] - said).abs() <= self.tolerance(x, said)
        };
        believed(chance_of_all(self.rows.len(), holds), tried)
    }

    fn all(&self) -> Vec<usize> {
        (0..self.rows.len()).collect()
    }
}

/// What is sought, the simplest first.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sought {
    Factor,
    Level,
    Power(i32),
}

const SOUGHT: [Sought; 5] = [
    Sought::Factor,
    Sought::Power(1),
    Sought::Level,
    Sought::Power(-1),
    Sought::Power(-2),
];

/// The next column that is another one times a constant, to the last digit: prices that were rounded half-way either
/// way are left to the sum that they are part of.
pub(crate) fn exact(frame: &Frame) -> Option<Derived<Product>> {
    let all = numerics(frame);
    let tried = all.len().pow(2);
    let says_all = |found: &Derived<Product>, is: &Numeric| {
        let said = found.function.of(frame, &found.spec);
        said.is_ok_and(|said| {
            let said = numbers(&said.column);
            let near = |(x, y): (&f64, &f64)| y.is_nan() || (x - y).abs() <= 1e-6 * is.half;
            said.iter().zip(&is.values).all(near)
        })
    };
    let one = |is: &Numeric| {
        let others =
            (all.iter()).filter(|of| of.is_varied && of.at != is.at && frame.suits([of.at]));
        // A factor at the end of its range leaves numbers half-way, which may be rounded either way.
        let mut found = others
            .flat_map(|of| [HALF, INSIDE].map(|half| by_factor(frame, is, of, (tried, half))));
        found.find_map(|found| found.filter(|found| says_all(found, is)))
    };
    let wanted = (all.iter()).filter(|is| is.is_varied && frame.wants(is.at));
    wanted.into_iter().find_map(one)
}

/// The next product in the frame: the first that says every row to the last digit, else the first.
pub(crate) fn find(frame: &Frame, least: usize) -> Option<Derived<Product>> {
    let all = numerics(frame);
    let tried = all.len().pow(3) * 3 + frame.specs.len() * all.len().pow(2);
    let categories = categories(frame);
    let mut near = None;
    for sought in SOUGHT {
        for is in all.iter().filter(|is| is.is_varied && frame.wants(is.at)) {
            for of in all.iter().filter(|of| of.at != is.at) {
                let alone = of.is_varied && frame.suits([of.at]);
                let by = |by: &&Numeric| {
                    let others = by.at != is.at && by.at != of.at;
                    let once = sought != Sought::Power(1) || of.at < by.at;
                    let varied = of.is_varied || sought == Sought::Power(1) && by.is_varied;
                    others && once && varied && frame.suits([of.at, by.at])
                };
                let found: Vec<Derived<Product>> = match sought {
                    Sought::Factor | Sought::Level if !alone => Vec::new(),
                    Sought::Factor => Vec::from_iter(by_factor(frame, is, of, (tried, HALF))),
                    Sought::Level => {
                        Vec::from_iter(by_level(frame, is, of, &categories, (least, tried)))
                    }
                    Sought::Power(power) => (all.iter().filter(by))
                        .filter_map(|by| by_power(frame, is, of, (by, power), tried))
                        .collect(),
                };
                for found in found {
                    match found.function.is_exact() {
                        true => return Some(found),
                        false => near = near.or(Some(found)),
                    }
                }
            }
        }
    }
    near
}

fn by_factor(
    frame: &Frame,
    is: &Numeric,
    of: &Numeric,
    (tried, half): (usize, f64),
) -> Option<Derived<Product>> {
    let mut trial = Trial::new(is, of, None)?;
    trial.half = half;
    let factor = trial.factor(&trial.all())?;
    let sure = trial.is_no_chance(&vec![factor; trial.rows.len()], tried);
    // Where most digits are rounded away, many factors do: a whole number of hours is no 98th part of a clock time.
    let coarse = factor.abs() * of.half < COARSE * is.half && !is_plain(factor);
    if !sure || coarse || frame.solve < Solve::Coarsely && is_better_reversed(is, of, factor) {
        return None;
    }
    judged(frame, is, product(frame, of, With::Factor(factor)))
}

/// True when one of the parts follows from the product to the last digit, and the product is the coarser of the two:
/// clicks are a count, and their share of all views is computed from them.
fn is_better_solved(trial: &Trial<'_>, of: &Numeric, (by, power): (&Numeric, i32)) -> bool {
    let is = trial.is;
    // How far one of the last digit of a part moves the product, in the middle of all rows.
    let moves = |part: &Numeric, times: i32| {
        let share = |&row: &usize| {
            let (product, x) = (is.values[row].abs(), part.values[row].abs());
            f64::from(times.abs()) * product * part.half / x
        };
        let mut all: Vec<f64> = trial
            .rows
            .iter()
            .map(share)
            .filter(|x| x.is_finite())
            .collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).is_some_and(|x| *x < 0.99 * is.half)
    };
    let solved = |part: &Numeric, from: &Numeric, with: (&Numeric, i32)| {
        let back = Trial::new(part, from, Some(with));
        back.is_some_and(|back| back.factor_within(&back.all(), 0.0).is_some())
    };
    moves(of, 1) && solved(of, is, (by, -power))
        || power == 1 && moves(by, 1) && solved(by, is, (of, -1))
        || power == -1 && moves(by, 1) && solved(by, of, (is, -1))
}

/// True when `of` follows from `is` to the last digit as well, and `is` is the coarser of the two: what is computed
/// from a finer column says less than that column.
fn is_better_reversed(is: &Numeric, of: &Numeric, factor: f64) -> bool {
    let back = || {
        let trial = Trial::new(of, is, None)?;
        trial.factor_within(&trial.all(), 0.0)
    };
    factor.abs() * of.half < 0.99 * is.half && back().is_some()
}

fn by_power(
    frame: &Frame,
    is: &Numeric,
    of: &Numeric,
    (by, power): (&Numeric, i32),
    tried: usize,
) -> Option<Derived<Product>> {
    let trial = Trial::new(is, of, Some((by, power)))?;
    let factor = trial.factor(&trial.all())?;
    let sure = trial.is_no_chance(&vec![factor; trial.rows.len()], tried);
    let reversed = || frame.solve < Solve::Coarsely && is_better_solved(&trial, of, (by, power));
    if !sure || !depends(&trial, by, (factor, power)) || reversed() {
        return None;
    }
    let by = frame.specs[by.at].name.clone();
    judged(
        frame,
        is,
        product(frame, of, With::Power { factor, by, power }),
    )
}

fn product(frame: &Frame, of: &Numeric, with: With) -> Product {
    Product {
        of: frame.specs[of.at].name.clone(),
        with,
        units: 0.0,
    }
}

/// True when the third column matters: with its values of other rows the product fails.
fn depends(trial: &Trial<'_>, by: &Numeric, (factor, power): (f64, i32)) -> bool {
    let n = trial.rows.len();
    let wrong = (0..n).filter(|&at| {
        let other = by.values[trial.rows[(at + n / 2) % n]];
        let said = factor * trial.bare[at] * (other / by.values[trial.rows[at]]).powi(power);
        (trial.is.values[trial.rows[at]] - said).abs() > trial.tolerance(at, said)
    });
    wrong.count() * 10 > n
}

/// Whether few factors could explain the first rows: numbers that have nothing to do with each other have as many
/// ratios as rows.
fn may_have_levels(plain: &Trial<'_>) -> bool {
    const LOOKED: usize = 200;
    let looked = LOOKED.min(plain.rows.len());
    let mut ratios: Vec<(f64, f64)> = (0..looked)
        .filter(|at| plain.bare[*at] != 0.0)
        .map(|at| {
            let is = plain.is.values[plain.rows[at]];
            let ratio = is / plain.bare[at];
            (ratio, (plain.tolerance(at, is) / plain.bare[at]).abs())
        })
        .collect();
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let apart = ratios
        .windows(2)
        .filter(|w| w[1].0 - w[0].0 > w[0].1 + w[1].1);
    apart.count() < LEVELS.min(looked / 2)
}

/// The columns that factors may hang on, with their levels.
fn categories(frame: &Frame) -> Vec<(usize, Codes)> {
    let may_be = |at: &usize| frame.specs[*at].kind.storage() != Storage::Numbers;
    (frame.modelled().into_iter().filter(may_be))
        .filter_map(|at| Some((at, Codes::of(&frame.columns[at], LEVELS)?)))
        .filter(|(_, codes)| codes.count > 1)
        .collect()
}

fn by_level(
    frame: &Frame,
    is: &Numeric,
    of: &Numeric,
    categories: &[(usize, Codes)],
    (least, tried): (usize, usize),
) -> Option<Derived<Product>> {
    let plain = &Trial::of(is, of, None);
    if plain.rows.len() < FEWEST || !may_have_levels(plain) {
        return None;
    }
    let others = (categories.iter()).filter(|(by, _)| *by != is.at && *by != of.at);
    for (by, codes) in others {
        let by = *by;
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); codes.count];
        for (at, &row) in plain.rows.iter().enumerate() {
            members[codes.codes[row] as usize].push(at);
        }
        // A factor is the aggregate of many rows.
        let Some(factors) = members
            .iter()
            .filter(|m| !m.is_empty())
            .map(|m| {
                let rows: Vec<u32> = m.iter().map(|&at| plain.rows[at] as u32).collect();
                let shared = frame.people(&rows, least) >= least;
                shared
                    .then(|| plain.factor(m))
                    .flatten()
                    .map(|f| (rows[0] as usize, f))
            })
            .collect::<Option<Vec<(usize, f64)>>>()
        else {
            continue;
        };
        if factors.iter().all(|(_, f)| *f == factors[0].1) {
            continue;
        }
        let by_code: std::collections::HashMap<u32, f64> = factors
            .iter()
            .map(|(row, f)| (codes.codes[*row], *f))
            .collect();
        let of_rows: Vec<f64> = (plain.rows.iter())
            .map(|&row| by_code.get(&codes.codes[row]).copied().unwrap_or(f64::NAN))
            .collect();
        if !plain.is_no_chance(&of_rows, tried) {
            continue;
        }
        let with = With::Level {
            by: frame.specs[by].name.clone(),
            factors: (factors.iter())
                .map(|(row, f)| (value(&frame.columns[by], *row), *f))
                .collect(),
        };
        if let Some(found) = judged(frame, is, product(frame, of, with)) {
            return Some(found);
        }
    }
    None
}

/// The product as a rule, with what rounding leaves of it.
fn judged(frame: &Frame, is: &Numeric, mut product: Product) -> Option<Derived<Product>> {
    let said = product.exact(frame).ok()?;
    let off = (said.iter().zip(&is.values))
        .filter(|(x, y)| !x.is_nan() && !y.is_nan())
        .map(|(x, y)| (x - y).abs() / (2.0 * is.half))
        .fold(0.5, f64::max)
        - 1e-6;
    // What is computed from coarser numbers has lost too much.
    let most = match product.with {
        With::Factor(_) => 1.0,
        With::Power { .. } | With::Level { .. } => 3.0,
    };
    let of = frame.position(&product.of)?;
    let finer = |is: f64, of: f64| is > of * 1.5;
    let level = matches!(product.with, With::Level { .. });
    if off > most || level && finer(grid(&is.values), grid(&numbers(&frame.columns[of]))) {
        return None;
    }
    product.units = off.ceil() + 0.5;
    accept(frame, is.at, product)
}
