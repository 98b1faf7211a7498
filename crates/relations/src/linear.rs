//! Numbers that are others times constants, added up: a temperature in another unit, a weighted grade.

use crate::derived::{Derived, accept};
use crate::evidence::{believed, chance_of_all};
use crate::fit::{Fit, Line};
use crate::frame::{Frame, Solve};
use crate::rounding::Rounding;
use crate::sum::Sum;
use crate::terms::{Terms, combinations};

/// Most columns among which one of one, two or three others is sought.
const MOST: [usize; 3] = [40, 30, 16];
/// Fewest different values of the column.
const VALUES: usize = 10;

/// The next column that is one other times a constant, and another constant, to the last digit.
pub(crate) fn of_one(frame: &Frame) -> Option<Derived<Sum>> {
    find(frame, 1, true)
}

/// The next column that is one, two or three others times constants, added up and rounded.
pub(crate) fn of_several(frame: &Frame) -> Option<Derived<Sum>> {
    (1..=3).find_map(|count| find(frame, count, false))
}

fn find(frame: &Frame, count: usize, exact: bool) -> Option<Derived<Sum>> {
    let terms = Terms::of(frame);
    let n = terms.len().min(MOST[count - 1]);
    let tried = n.pow(count as u32 + 2).max(1);
    let may_be = |is: &usize| frame.wants(terms[*is].at) && terms[*is].is_varied(VALUES);
    for is in (0..n).filter(may_be) {
        for of in combinations(n - 1, count) {
            let of: Vec<usize> = of.into_iter().map(|i| i + usize::from(i >= is)).collect();
            if frame.suits(of.iter().map(|i| terms[*i].at))
                && let Some(line) = best(&terms, is, &of, (tried, frame.solve))
                && (line.exact || !exact)
                && (frame.solve > Solve::Best || !line.is_sum())
                && let Some(found) =
                    accept(frame, terms[is].at, sum(frame, &terms, (is, &of), line))
                && found.holds.is_none()
            {
                return Some(found);
            }
        }
    }
    None
}

fn sum(frame: &Frame, terms: &Terms, (is, of): (usize, &[usize]), line: Line) -> Sum {
    let name = |i: &usize| frame.specs[terms[*i].at].name.clone();
    let rounding = Rounding::of(line.constant, terms[is].unit);
    let (constant, exact) = match rounding {
        Rounding::Nearest => (line.constant, line.exact),
        Rounding::Down | Rounding::Up => (0.0, true),
    };
    Sum {
        constant,
        terms: of.iter().map(name).zip(line.of).collect(),
        exact,
        rounding,
    }
}

fn fit<'a>(terms: &'a Terms, is: usize, of: &[usize]) -> Option<Fit<'a>> {
    let values = of.iter().map(|i| terms[*i].values.as_slice()).collect();
    Fit::new(&terms[is], values, true)
}

/// The simplest line that says column `is`; `None` where another of the columns is better computed, or chance would
/// make it so.
fn best(terms: &Terms, is: usize, of: &[usize], (tried, solve): (usize, Solve)) -> Option<Line> {
    let fit = fit(terms, is, of)?;
    let line = fit.simplest()?;
    // What is computed from a finer column says less than that column.
    let finer = |(i, c): &(&usize, &f64)| c.abs() * terms[**i].unit < 0.99 * terms[is].unit;
    let is_better = |(other, _): (&usize, &f64)| {
        let others: Vec<usize> = of
            .iter()
            .map(|i| if i == other { is } else { *i })
            .collect();
        self::fit(terms, *other, &others).is_some_and(|f| f.simplest().is_some())
    };
    let reversed = solve < Solve::Coarsely && of.iter().zip(&line.of).filter(finer).any(is_better);
    (!reversed && is_no_chance(&fit, &line, tried)).then_some(line)
}

/// Each column in its turn from another row: none may be idle.
fn is_no_chance(fit: &Fit<'_>, line: &Line, tried: usize) -> bool {
    let off = |row: usize| {
        let terms = fit.of.iter().zip(&line.of);
        line.constant + terms.map(|(x, c)| c * x[row]).sum::<f64>() - fit.is[row]
    };
    let sides = (fit.of.iter().copied().zip(line.of.iter().copied())).chain([(fit.is, -1.0)]);
    sides.into_iter().all(|(own, c)| {
        let mixed = |x: usize, y: usize| {
            let (x, y) = (fit.rows[x], fit.rows[y]);
            fit.is_near(off(x) + c * (own[y] - own[x]))
        };
        believed(chance_of_all(fit.rows.len(), mixed), tried)
    })
}
