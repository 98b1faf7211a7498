//! Numbers that are another one, or two multiplied, less or more a rate: quantity x price less a discount.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Result};

use crate::coefficient::spoken;
use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{believed, chance_of_all};
use crate::fit::{Fit, Line};
use crate::frame::{Frame, decimals, numbers, numeric, rounded};
use crate::terms::Terms;

/// Most columns among which rates are sought.
const MOST: usize = 16;
/// Fewest different values of the column.
const VALUES: usize = 10;

/// `of * by * (1 + slope * rate)`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    of: String,
    by: Option<String>,
    rate: String,
    slope: f64,
    /// True when training rows are what is said to the last digit.
    exact: bool,
}

impl Rule for Rate {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let digits = decimals(spec);
        let rate = numbers(frame.column(&self.rate)?);
        let mut values = numbers(frame.column(&self.of)?);
        if let Some(by) = &self.by {
            let by = numbers(frame.column(by)?);
            values.iter_mut().zip(by).for_each(|(x, y)| *x *= y);
        }
        let said = |(x, r): (f64, f64)| rounded(x + x * r * self.slope, digits);
        let values = values.into_iter().zip(rate).map(said).collect();
        Ok(Said::present(numeric(spec.kind.storage(), values)))
    }

    fn columns(&self) -> Vec<String> {
        let by = self.by.iter();
        [&self.of, &self.rate]
            .into_iter()
            .chain(by)
            .cloned()
            .collect()
    }

    fn words(&self, name: &str) -> String {
        let by = self
            .by
            .as_ref()
            .map_or_else(String::new, |by| format!(" x {by}"));
        let sign = if self.slope < 0.0 { "-" } else { "+" };
        let slope = match self.slope.abs() {
            1.0 => String::new(),
            slope => format!("{} x ", spoken(slope)),
        };
        let (of, rate) = (&self.of, &self.rate);
        format!("{name} = {of}{by} x (1 {sign} {slope}{rate})")
    }

    fn units(&self) -> f64 {
        if self.exact { 1e-6 } else { 1.0 }
    }
}

/// The next column that is one or two others times a constant and a rate.
pub(crate) fn find(frame: &Frame) -> Option<Derived<Rate>> {
    let terms = Terms::of(frame);
    let n = terms.len().min(MOST);
    let tried = n.pow(4).max(1);
    let varied: Vec<usize> = (0..n).filter(|&i| terms[i].is_varied(VALUES)).collect();
    for &of in &varied {
        for by in std::iter::once(None).chain((0..n).map(Some)) {
            // Two that vary are multiplied in one order only.
            let again = by.is_some_and(|by| by == of || by < of && varied.contains(&by));
            if again {
                continue;
            }
            let base = multiplied(&terms[of].values, by.map(|by| terms[by].values.as_slice()));
            let suits = |rate: &usize| {
                let columns = [Some(of), by, Some(*rate)];
                frame.suits(columns.into_iter().flatten().map(|i| terms[i].at))
            };
            for rate in (0..n)
                .filter(|&rate| rate != of && Some(rate) != by)
                .filter(suits)
            {
                let rated = multiplied(&base, Some(&terms[rate].values));
                let others = |is: &&usize| {
                    frame.wants(terms[**is].at) && ![Some(of), by, Some(rate)].contains(&Some(**is))
                };
                for &is in varied.iter().filter(others) {
                    let trial = Trial {
                        terms: &terms,
                        is,
                        of,
                        by,
                        rate,
                    };
                    if let Some(found) = trial.found(frame, (&base, &rated), tried) {
                        return Some(found);
                    }
                }
            }
        }
    }
    None
}

fn multiplied(x: &[f64], y: Option<&[f64]>) -> Vec<f64> {
    match y {
        Some(y) => x.iter().zip(y).map(|(x, y)| x * y).collect(),
        None => x.to_vec(),
    }
}

/// Columns under trial.
struct Trial<'a> {
    terms: &'a Terms,
    is: usize,
    of: usize,
    by: Option<usize>,
    rate: usize,
}

impl Trial<'_> {
    fn found(
        &self,
        frame: &Frame,
        (base, rated): (&[f64], &[f64]),
        tried: usize,
    ) -> Option<Derived<Rate>> {
        let fit = Fit::new(&self.terms[self.is], vec![base, rated], false)?;
        let line = fit.simplest()?;
        // Less or more a rate is one less or more it: other constants only fit.
        if line.of[0] != 1.0 || !self.is_no_chance(&fit, &line, tried) {
            return None;
        }
        let name = |i: usize| frame.specs[self.terms[i].at].name.clone();
        let rate = Rate {
            of: name(self.of),
            by: self.by.map(name),
            rate: name(self.rate),
            slope: line.of[1],
            exact: line.exact,
        };
        let found = accept(frame, self.terms[self.is].at, rate)?;
        found.holds.is_none().then_some(found)
    }

    /// Each column in its turn from another row: none may be idle.
    fn is_no_chance(&self, fit: &Fit<'_>, line: &Line, tried: usize) -> bool {
        let columns = [Some(self.of), self.by, Some(self.rate), Some(self.is)];
        columns.into_iter().flatten().all(|own| {
            let mixed = |x: usize, y: usize| {
                let (x, y) = (fit.rows[x], fit.rows[y]);
                let at =
                    |column: usize| self.terms[column].values[if column == own { y } else { x }];
                let base = at(self.of) * self.by.map_or(1.0, at);
                fit.is_near(base * (line.of[0] + line.of[1] * at(self.rate)) - at(self.is))
            };
            believed(chance_of_all(fit.rows.len(), mixed), tried)
        })
    }
}
