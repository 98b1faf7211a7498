//! Numbers that are another one's logarithm, root or square.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Result};

use crate::derived::{Derived, Rule, Said, accept};
use crate::evidence::{FEWEST, believed, chance_of_all};
use crate::frame::{Frame, decimals, numbers, numeric, rounded};
use crate::terms::{Term, Terms};

/// Most columns among which curves are sought.
const MOST: usize = 60;
/// Fewest different values of the column.
const VALUES: usize = 10;
/// Share of a value that the error of another library's function may be.
const ERROR: f64 = 1e-12;

/// A function of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Ln,
    Log10,
    Log2,
    /// The natural logarithm of one more.
    Ln1p,
    Root,
    Square,
    Exp,
}

const ALL: [By; 7] = [
    By::Ln,
    By::Log10,
    By::Log2,
    By::Ln1p,
    By::Root,
    By::Square,
    By::Exp,
];

impl By {
    fn of(self, x: f64) -> f64 {
        match self {
            By::Ln => x.ln(),
            By::Log10 => x.log10(),
            By::Log2 => x.log2(),
            By::Ln1p => x.ln_1p(),
            By::Root => x.sqrt(),
            By::Square => x * x,
            By::Exp => x.exp(),
        }
    }

    fn words(self, of: &str) -> String {
        match self {
            By::Ln => format!("ln {of}"),
            By::Log10 => format!("log10 {of}"),
            By::Log2 => format!("log2 {of}"),
            By::Ln1p => format!("ln (1 + {of})"),
            By::Root => format!("the square root of {of}"),
            By::Square => format!("{of}^2"),
            By::Exp => format!("e^{of}"),
        }
    }
}

/// A number as a function of another one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Curve {
    of: String,
    by: By,
}

impl Rule for Curve {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let digits = decimals(spec);
        let values = numbers(frame.column(&self.of)?).into_iter();
        let values = values.map(|x| rounded(self.by.of(x), digits)).collect();
        Ok(Said::present(numeric(spec.kind.storage(), values)))
    }

    fn columns(&self) -> Vec<String> {
        vec![self.of.clone()]
    }

    fn words(&self, name: &str) -> String {
        format!("{name} = {}", self.by.words(&self.of))
    }

    fn units(&self) -> f64 {
        ERROR
    }
}

/// The next column that is another one's logarithm, root, square or power of e.
pub(crate) fn find(frame: &Frame) -> Option<Derived<Curve>> {
    let terms = Terms::of(frame);
    let n = terms.len().min(MOST);
    let tried = n * n * ALL.len();
    let may_be = |is: &usize| frame.wants(terms[*is].at) && terms[*is].is_varied(VALUES);
    for is in (0..n).filter(may_be) {
        for of in (0..n).filter(|of| *of != is && frame.suits([terms[*of].at])) {
            // Of a number and its square, the square is computed.
            let is_square = is_said(&terms[of], &terms[is], By::Square, tried);
            let found = (ALL.into_iter())
                .filter(|by| !(is_square && *by == By::Root))
                .filter(|by| is_said(&terms[is], &terms[of], *by, tried))
                .map(|by| {
                    let of = frame.specs[terms[of].at].name.clone();
                    Curve { of, by }
                })
                .find_map(|curve| accept(frame, terms[is].at, curve));
            if let Some(found) = found.filter(|f| f.holds.is_none()) {
                return Some(found);
            }
        }
    }
    None
}

/// Whether every row has what the curve says, and chance would not make it so.
fn is_said(is: &Term, of: &Term, by: By, tried: usize) -> bool {
    let known = |row: &usize| !is.values[*row].is_nan() && !of.values[*row].is_nan();
    let says = |row: usize, other: usize| {
        let said = by.of(of.values[row]);
        let off = (rounded(said, is.decimals) - is.values[other]).abs();
        off <= ERROR * said.abs() + 1e-6 * is.unit
    };
    let rows = (0..is.values.len()).filter(known);
    // Most curves fail at the first row.
    if !rows.clone().all(|row| says(row, row)) {
        return false;
    }
    let rows: Vec<usize> = rows.collect();
    let ln_p = || chance_of_all(rows.len(), |x, y| says(rows[x], rows[y]));
    rows.len() >= FEWEST && believed(ln_p(), tried)
}
