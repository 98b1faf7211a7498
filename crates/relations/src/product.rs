//! Numbers that are another one times, by or by the square of a third, or times a factor for each level of a
//! category.

mod levels;
mod trial;

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Kind, Result, Storage};

use crate::coefficient::{is_plain, spoken};
use crate::derived::{Derived, Rule, Said, accept};
use crate::frame::{Frame, Solve, Value, decimals, grid, key, key_of, numbers, numeric};
use crate::rounding::Rounding;

pub(crate) use levels::of_pairs;
use levels::{by_level, categories};
use trial::{Numeric, Trial, numerics};

/// Most numeric columns that products are sought among.
const MOST: usize = 40;
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
    #[serde(default, skip_serializing_if = "Rounding::is_nearest")]
    rounding: Rounding,
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
    Pair {
        by: [String; 2],
        factors: Vec<([Value; 2], f64)>,
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
            With::Pair { by, factors } => {
                let by = [frame.column(&by[0])?, frame.column(&by[1])?];
                let known: std::collections::HashMap<[String; 2], f64> = (factors.iter())
                    .map(|(pair, f)| ([key_of(&pair[0]), key_of(&pair[1])], *f))
                    .collect();
                let factor = |row| known.get(&by.map(|by| key(by, row)));
                (of.iter().enumerate())
                    .map(|(row, x)| factor(row).map_or(f64::NAN, |f| x * f))
                    .collect()
            }
        })
    }
}

impl Product {
    /// The two columns of levels that a factor hangs on: what nothing simpler says.
    pub(crate) fn pair(&self) -> Option<&[String; 2]> {
        match &self.with {
            With::Pair { by, .. } => Some(by),
            With::Factor(_) | With::Power { .. } | With::Level { .. } => None,
        }
    }
}

impl Rule for Product {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let digits = decimals(spec);
        let values = self.exact(frame)?;
        let values = (values.into_iter())
            .map(|x| self.rounding.round(x, digits))
            .collect();
        Ok(Said::present(numeric(spec.kind.storage(), values)))
    }

    fn columns(&self) -> Vec<String> {
        let mut columns = vec![self.of.clone()];
        match &self.with {
            With::Factor(_) => {}
            With::Power { by, .. } | With::Level { by, .. } => columns.push(by.clone()),
            With::Pair { by, .. } => columns.extend_from_slice(by),
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
                let how = self.rounding.words();
                match power {
                    1 => format!("{name} = {factor}{of} x {by}{how}"),
                    -1 => format!("{name} = {factor}{of} / {by}{how}"),
                    power => format!("{name} = {factor}{of} / {by}^{}{how}", -power),
                }
            }
            With::Level { by, .. } => format!("{name} is {of} times a factor of {by}"),
            With::Pair { by: [a, b], .. } => {
                format!("{name} is {of} times a factor of {a} and {b}")
            }
        }
    }

    fn units(&self) -> f64 {
        self.units
    }

    fn is_exact(&self) -> bool {
        self.units <= EXACT
    }
}

/// What is sought, the simplest first.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sought {
    Factor,
    Level,
    Power(i32),
    /// A quotient that is rounded down or up.
    Whole,
}

const SOUGHT: [Sought; 6] = [
    Sought::Factor,
    Sought::Power(1),
    Sought::Whole,
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
    let categories = categories(frame, |at| {
        frame.specs[at].kind.storage() != Storage::Numbers
    });
    let mut near = None;
    for sought in SOUGHT {
        for is in all.iter().filter(|is| is.is_varied && frame.wants(is.at)) {
            for of in all.iter().filter(|of| of.at != is.at) {
                let alone = of.is_varied && frame.suits([of.at]);
                let by = |by: &&Numeric| {
                    let others = by.at != is.at && by.at != of.at;
                    let once = sought != Sought::Power(1) || of.at < by.at;
                    // Of two columns of few values, the product is what says something.
                    let varied = of.is_varied || by.is_varied || sought == Sought::Power(1);
                    others && once && varied && frame.suits([of.at, by.at])
                };
                let found: Vec<Derived<Product>> = match sought {
                    Sought::Factor | Sought::Level if !alone => Vec::new(),
                    Sought::Factor => Vec::from_iter(by_factor(frame, is, of, (tried, HALF))),
                    Sought::Level => {
                        Vec::from_iter(by_level(frame, is, of, &categories, (least, tried)))
                    }
                    Sought::Power(power) => (all.iter().filter(by))
                        .filter_map(|by| {
                            let found = by_power(frame, is, of, (by, power), tried)?;
                            let varied = of.is_varied || by.is_varied;
                            (varied || found.function.is_exact()).then_some(found)
                        })
                        .collect(),
                    Sought::Whole => (all.iter().filter(by))
                        .filter_map(|by| whole(frame, is, of, by, tried))
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
        rounding: Rounding::Nearest,
    }
}

/// A whole number that is a quotient rounded down or up: days that a pack lasts.
fn whole(
    frame: &Frame,
    is: &Numeric,
    of: &Numeric,
    by: &Numeric,
    tried: usize,
) -> Option<Derived<Product>> {
    if frame.specs[is.at].kind != Kind::Integer {
        return None;
    }
    [(Rounding::Down, 0.5), (Rounding::Up, -0.5)]
        .into_iter()
        .find_map(|(rounding, shift)| {
            let says = |row: usize| {
                let (x, said) = (is.values[row], of.values[row] / by.values[row]);
                x.is_nan() || !said.is_finite() || rounding.round(said, Some(0)) == x
            };
            // Most fail at once.
            if !(0..is.values.len()).all(says) {
                return None;
            }
            // To the nearest number it is a quotient once it is moved by half of one.
            let moved = Numeric {
                values: is.values.iter().map(|x| x + shift).collect(),
                ..*is
            };
            let trial = Trial::new(&moved, of, Some((by, -1)))?;
            let factor = trial.factor_within(&trial.all(), 0.0)?;
            let sure = trial.is_no_chance(&vec![factor; trial.rows.len()], tried);
            if factor != 1.0 || !sure || !depends(&trial, by, (factor, -1)) {
                return None;
            }
            let name = frame.specs[by.at].name.clone();
            let with = With::Power {
                factor,
                by: name,
                power: -1,
            };
            let product = Product {
                rounding,
                ..product(frame, of, with)
            };
            accept(frame, is.at, product).filter(|found| found.holds.is_none())
        })
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
        With::Power { .. } | With::Level { .. } | With::Pair { .. } => 3.0,
    };
    let of = frame.position(&product.of)?;
    let finer = |is: f64, of: f64| is > of * 1.5;
    let level = matches!(product.with, With::Level { .. } | With::Pair { .. });
    if off > most || level && finer(grid(&is.values), grid(&numbers(&frame.columns[of]))) {
        return None;
    }
    product.units = off.ceil() + 0.5;
    accept(frame, is.at, product)
}
