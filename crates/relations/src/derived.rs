//! Columns that others determine: what all such rules have in common.

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Kind, Levels, Result};

use crate::frame::{Frame, decimals, mixed, next_present, numbers, spec, value};

/// Largest share of the rows that may be exceptions to a rule.
pub(crate) const EXCEPTIONS: f64 = 0.02;
const HOLDS: &str = "holds";

/// A column and how its values follow from those of others.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Derived<F> {
    /// The column.
    pub spec: ColumnSpec,
    /// True when the form leaves it out; otherwise it stays, and is overwritten where the rule says something.
    pub left_out: bool,
    /// A column of the form that says in which rows the rule holds, where there are exceptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<String>,
    pub function: F,
}

/// What a function says: values, and in which rows it says anything.
pub(crate) struct Said {
    pub column: Column,
    pub says: Vec<bool>,
}

impl Said {
    /// Values that are known wherever they are not missing.
    pub(crate) fn present(column: Column) -> Said {
        let says = (0..column.len())
            .map(|row| !column.is_missing(row))
            .collect();
        Said { column, says }
    }
}

/// How the values of a column follow from those of others.
pub(crate) trait Rule {
    /// What it says of the column of `spec`.
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said>;

    /// The columns that it looks at.
    fn columns(&self) -> Vec<String>;

    /// The rule of the column called `name` in words.
    fn words(&self, name: &str) -> String;

    /// True when training rows have what the rule says, but for rounding of the value itself.
    fn is_exact(&self) -> bool {
        true
    }

    /// By how many units of its last digit a value may differ from what the rule says: what it is computed
    /// from was rounded too.
    fn units(&self) -> f64 {
        0.0
    }
}

impl<F> Derived<F> {
    /// The same with its function as one of several kinds.
    pub(crate) fn into<G: From<F>>(self) -> Derived<G> {
        Derived {
            spec: self.spec,
            left_out: self.left_out,
            holds: self.holds,
            function: self.function.into(),
        }
    }
}

impl<F: Rule> Derived<F> {
    /// The columns that the rule speaks of.
    pub(crate) fn columns(&self) -> Vec<String> {
        let mut columns = self.function.columns();
        columns.push(self.spec.name.clone());
        columns
    }

    /// The rule in words.
    pub(crate) fn sentence(&self) -> String {
        let words = self.function.words(&self.spec.name);
        match self.holds {
            Some(_) => format!("{words}, with a few exceptions"),
            None => words,
        }
    }

    /// The number of rows that break the rule.
    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<usize>> {
        if self.holds.is_some() {
            // Exceptions are part of the rule.
            return Ok(Vec::new());
        }
        let said = self.function.of(frame, &self.spec)?;
        let column = frame.column(&self.spec.name)?;
        let wrong = wrong(&said, column, &self.spec, self.function.units());
        let against = |row: &usize| match self.left_out {
            // Nothing but the rule is left of the column.
            true => wrong[*row] || !said.says[*row] && !column.is_missing(*row),
            false => wrong[*row] && !column.is_missing(*row),
        };
        Ok((0..frame.rows).filter(against).collect())
    }

    pub(crate) fn encode(&self, frame: &mut Frame) -> Result<()> {
        if self.left_out {
            frame.take(&self.spec.name)?;
        }
        if let Some(name) = &self.holds {
            let said = self.function.of(frame, &self.spec)?;
            let column = frame.column(&self.spec.name)?;
            let wrong = wrong(&said, column, &self.spec, self.function.units());
            let levels = wrong.iter().map(|wrong| (!wrong).then_some(HOLDS));
            let levels = Column::Levels(Levels::from_values(levels.map(|l| l.or(Some("not")))));
            frame.put(spec(name.clone(), Kind::Boolean, false), levels)?;
        }
        Ok(())
    }

    /// What was said; where cells may not be missing, one that was drawn beyond what the rule knows has what the next
    /// row has.
    fn filled(&self, said: Said) -> Column {
        let column = said.column;
        let n = column.len();
        if self.spec.nullable || column.missing() == 0 || column.missing() == n {
            return column;
        }
        let from = |row: usize| match column.is_missing(row) {
            true => next_present(&column, row).unwrap_or(row),
            false => row,
        };
        column.take(&(0..n).map(from).collect::<Vec<_>>())
    }

    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let said = self.function.of(frame, &self.spec)?;
        if let Some(name) = &self.holds {
            let (_, holds) = frame.take(name)?;
            let drawn = frame.column(&self.spec.name)?;
            let holds = |row: usize| holds.levels().and_then(|l| l.get(row)) == Some(HOLDS);
            let over = |row: usize| said.says[row] && !drawn.is_missing(row) && holds(row);
            let column = mixed(drawn, &said.column, over);
            return frame.set(&self.spec.name, column);
        }
        if self.left_out {
            return frame.put(self.spec.clone(), self.filled(said));
        }
        let drawn = frame.column(&self.spec.name)?;
        let over = |row: usize| said.says[row] && !drawn.is_missing(row);
        let column = mixed(drawn, &said.column, over);
        frame.set(&self.spec.name, column)
    }
}

/// Rows in which `column` is not what was said.
fn wrong(said: &Said, column: &Column, spec: &ColumnSpec, units: f64) -> Vec<bool> {
    if units == 0.0 || !spec.kind.is_numeric() {
        return (0..column.len())
            .map(|row| said.says[row] && value(&said.column, row) != value(column, row))
            .collect();
    }
    let (is, should) = (numbers(column), numbers(&said.column));
    let near = |x: f64, y: f64| {
        let unit = decimals(spec).map_or(1e-9 * y.abs().max(1e-9), |d| 10_f64.powi(-i32::from(d)));
        (x - y).abs() <= units * unit + 1e-9 * y.abs()
    };
    (0..is.len())
        .map(|row| {
            let (x, y) = (is[row], should[row]);
            said.says[row] && !(x.is_nan() && y.is_nan()) && !near(x, y)
        })
        .collect()
}

/// A rule for column `at` of the frame, when no row breaks it: left out of the form where the rule also says
/// which cells are missing.
pub(crate) fn accept<F: Rule>(frame: &Frame, at: usize, function: F) -> Option<Derived<F>> {
    let spec = frame.specs[at].clone();
    let column = &frame.columns[at];
    let said = function.of(frame, &spec).ok()?;
    let wrong = wrong(&said, column, &spec, function.units());
    let broken = (0..frame.rows)
        .filter(|&row| wrong[row] && !column.is_missing(row))
        .count();
    if broken as f64 > EXCEPTIONS * frame.rows as f64 {
        return None;
    }
    if broken > 0 {
        return Some(Derived {
            left_out: false,
            holds: Some(frame.free_name(format!("{} as computed", spec.name))),
            spec,
            function,
        });
    }
    let silent = (0..frame.rows)
        .any(|row| !said.says[row] && !column.is_missing(row) || said.says[row] && wrong[row]);
    let unsure = (0..frame.rows)
        .any(|row| said.says[row] && column.is_missing(row) && !said.column.is_missing(row));
    Some(Derived {
        left_out: !silent && !unsure && frame.may_go(at),
        holds: None,
        spec,
        function,
    })
}

/// Rules that use a column come before the rule that leaves it out: undone in reverse, each finds its columns.
pub(crate) fn ordered<F: Rule>(mut rules: Vec<Derived<F>>) -> Vec<Derived<F>> {
    let mut out = Vec::with_capacity(rules.len());
    while !rules.is_empty() {
        let at = (0..rules.len())
            .find(|&i| {
                !(rules.iter().enumerate()).any(|(j, rule)| {
                    j != i && rule.function.columns().contains(&rules[i].spec.name)
                })
            })
            .unwrap_or(0);
        out.push(rules.remove(at));
    }
    out
}
