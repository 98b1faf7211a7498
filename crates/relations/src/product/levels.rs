//! Numbers that are another one times a factor for each level of a category, or of two.

use std::collections::HashMap;

use crate::derived::Derived;
use crate::evidence::{Codes, FEWEST};
use crate::frame::{Frame, value};
use crate::product::trial::{Factors, Numeric, Trial, numerics};
use crate::product::{Product, With, judged, product};

/// Most levels of a category that factors hang on, most levels of two together, and most categories that are paired.
const LEVELS: usize = 60;
const PAIRS: usize = 240;
const PAIRED: usize = 16;
/// Least share of the rows whose pairs of levels enough people have.
const COVERED: f64 = 0.9;

/// The next column that is another one times a factor for each two levels: an instalment of a loan by its rate and term.
pub(crate) fn of_pairs(frame: &Frame, least: usize) -> Option<Derived<Product>> {
    let all = numerics(frame);
    let categories = categories(frame, |_| true);
    let tried = all.len().pow(2) * categories.len().pow(2);
    let pairs = pairs(frame, &categories);
    let wanted = (all.iter()).filter(|is| is.is_varied && frame.wants(is.at));
    wanted.into_iter().find_map(|is| {
        let others =
            (all.iter()).filter(|of| of.is_varied && of.at != is.at && frame.suits([of.at]));
        others
            .into_iter()
            .find_map(|of| by_pair(frame, is, of, &pairs, (least, tried)))
    })
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
pub(super) fn categories(frame: &Frame, may_be: impl Fn(usize) -> bool) -> Vec<(usize, Codes)> {
    (frame.modelled().into_iter().filter(|at| may_be(*at)))
        .filter_map(|at| Some((at, Codes::of(&frame.columns[at], LEVELS)?)))
        .filter(|(_, codes)| codes.count > 1)
        .collect()
}

pub(super) fn by_level(
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
        let by_code: HashMap<u32, f64> = factors
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

/// Two categories, and their levels together.
struct Pair {
    by: [usize; 2],
    codes: Codes,
}

/// The pairs of categories that factors may hang on: those that are all different would explain anything.
fn pairs(frame: &Frame, categories: &[(usize, Codes)]) -> Vec<Pair> {
    let few = &categories[..categories.len().min(PAIRED)];
    let all = (few.iter().enumerate())
        .flat_map(|(i, first)| few[i + 1..].iter().map(move |second| (first, second)));
    all.map(|(first, second)| Pair {
        by: [first.0, second.0],
        codes: first.1.with(&second.1),
    })
    .filter(|pair| pair.codes.count <= PAIRS && pair.codes.count * 4 <= frame.rows)
    .collect()
}

/// Whether each pair of levels has a factor, as far as rounding says: most have none after a few rows.
fn may_have_factors(plain: &Trial<'_>, codes: &Codes) -> bool {
    let mut ranges = vec![Factors::ALL; codes.count];
    (plain.rows.iter().enumerate()).all(|(at, row)| {
        let is = plain.is.values[*row];
        let range = &mut ranges[codes.codes[*row] as usize];
        range.narrow(is, plain.bare[at], plain.tolerance(at, is))
    })
}

/// The factor of each pair of levels that enough people have.
fn by_pair(
    frame: &Frame,
    is: &Numeric,
    of: &Numeric,
    pairs: &[Pair],
    (least, tried): (usize, usize),
) -> Option<Derived<Product>> {
    let plain = &Trial::of(is, of, None);
    if plain.rows.len() < FEWEST || !may_have_levels(plain) {
        return None;
    }
    let others = |pair: &&Pair| !pair.by.contains(&is.at) && !pair.by.contains(&of.at);
    let fits = |pair: &&Pair| may_have_factors(plain, &pair.codes);
    (pairs.iter().filter(others).filter(fits)).find_map(|pair| {
        let with = factors(frame, plain, pair, (least, tried))?;
        judged(frame, is, product(frame, of, with))
    })
}

fn factors(
    frame: &Frame,
    plain: &Trial<'_>,
    pair: &Pair,
    (least, tried): (usize, usize),
) -> Option<With> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); pair.codes.count];
    for (at, &row) in plain.rows.iter().enumerate() {
        members[pair.codes.codes[row] as usize].push(at);
    }
    let rows_of = |m: &[usize]| -> Vec<u32> { m.iter().map(|&at| plain.rows[at] as u32).collect() };
    members.retain(|m| frame.people(&rows_of(m), least) >= least);
    let covered: usize = members.iter().map(Vec::len).sum();
    if (covered as f64) < COVERED * plain.rows.len() as f64 {
        return None;
    }
    let found = members.iter().map(|m| pair_factor(plain, m));
    let found = found.collect::<Option<Vec<f64>>>()?;
    let mut of_rows = vec![f64::NAN; plain.rows.len()];
    for (m, factor) in members.iter().zip(&found) {
        m.iter().for_each(|&at| of_rows[at] = *factor);
    }
    if found.iter().all(|f| *f == found[0]) || !plain.is_no_chance(&of_rows, tried) {
        return None;
    }
    let cell = |by: usize, m: &[usize]| value(&frame.columns[by], plain.rows[m[0]]);
    Some(With::Pair {
        by: pair.by.map(|by| frame.specs[by].name.clone()),
        factors: (members.iter().zip(&found))
            .map(|(m, f)| (pair.by.map(|by| cell(by, m)), *f))
            .collect(),
    })
}

/// The factor of some rows; zero where all are zero.
fn pair_factor(plain: &Trial<'_>, among: &[usize]) -> Option<f64> {
    let zero = among
        .iter()
        .all(|&at| plain.is.values[plain.rows[at]] == 0.0);
    if zero { Some(0.0) } else { plain.factor(among) }
}
