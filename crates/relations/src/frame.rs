//! A table under construction: columns by name, taken out and put in.

use serde::{Deserialize, Serialize};
use verdancy_table::{
    Column, ColumnSpec, Error, Kind, Levels, Result, Schema, Storage, Table, Task,
};

/// Columns with their meaning, all of one length.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub specs: Vec<ColumnSpec>,
    pub columns: Vec<Column>,
    pub rows: usize,
    /// Whose row each row is, where people have several.
    pub whose: Option<Vec<u32>>,
    /// The column that says who is who: no rule speaks of it.
    pub subject: Option<String>,
    /// Columns that stay columns of the form: what is to be predicted.
    pub firm: Vec<String>,
    /// Columns that a rule overwrites: no other rule may speak of them.
    pub settled: Vec<String>,
    /// The only column that a rule is sought for.
    pub wanted: Option<String>,
    /// A column that it has to follow from.
    pub needed: Option<String>,
    /// Whether it is to be computed though another column of the rule would be the better choice.
    pub solve: Solve,
}

/// Which column of a rule is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Solve {
    /// The one that is best computed.
    Best,
    /// Of a sum, the one that a rule is sought for.
    Wanted,
    /// The one that a rule is sought for, also from finer columns, which could be computed from it.
    Coarsely,
}

/// A cell of any column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Value {
    Missing,
    Level(String),
    Whole(i64),
    Real(f64),
}

impl Frame {
    pub(crate) fn of(table: &Table) -> Frame {
        let schema = table.schema();
        Frame {
            whose: table.subjects(),
            subject: schema.subject.clone(),
            firm: firm(schema),
            ..Frame::bare(
                schema.columns.clone(),
                table.columns().to_vec(),
                table.rows(),
            )
        }
    }

    /// Columns of which nothing is known but their meaning.
    pub(crate) fn bare(specs: Vec<ColumnSpec>, columns: Vec<Column>, rows: usize) -> Frame {
        Frame {
            specs,
            columns,
            rows,
            whose: None,
            subject: None,
            firm: Vec::new(),
            settled: Vec::new(),
            wanted: None,
            needed: None,
            solve: Solve::Best,
        }
    }

    /// Some of the columns.
    pub(crate) fn only(&self, names: &[String]) -> Frame {
        let kept: Vec<usize> = (0..self.specs.len())
            .filter(|&i| names.contains(&self.specs[i].name))
            .collect();
        Frame {
            specs: kept.iter().map(|&i| self.specs[i].clone()).collect(),
            columns: kept.iter().map(|&i| self.columns[i].clone()).collect(),
            rows: self.rows,
            whose: self.whose.clone(),
            subject: self.subject.clone(),
            firm: self.firm.clone(),
            settled: self.settled.clone(),
            wanted: self.wanted.clone(),
            needed: self.needed.clone(),
            solve: self.solve,
        }
    }

    /// Whole numbers that no person has twice: they number a person's rows, and follow no other rule.
    pub(crate) fn settle_numbers_of_rows(&mut self) {
        let Some(whose) = &self.whose else { return };
        let numbers_rows = |column: &Column| {
            let Column::Integers(values) = column else {
                return false;
            };
            let mut seen = std::collections::HashSet::new();
            (whose.iter().zip(values)).all(|(of, x)| x.is_none_or(|x| seen.insert((*of, x))))
        };
        let names = (self.specs.iter().zip(&self.columns))
            .filter(|(_, column)| numbers_rows(column))
            .map(|(spec, _)| spec.name.clone());
        self.settled.extend(names.collect::<Vec<_>>());
    }

    /// Every `step`th row.
    pub(crate) fn thinned(&self, step: usize) -> Frame {
        self.of_rows(&(0..self.rows).step_by(step.max(1)).collect::<Vec<_>>())
    }

    /// Some of the rows.
    pub(crate) fn of_rows(&self, rows: &[usize]) -> Frame {
        Frame {
            specs: self.specs.clone(),
            columns: self.columns.iter().map(|c| c.take(rows)).collect(),
            rows: rows.len(),
            whose: (self.whose.as_ref()).map(|w| rows.iter().map(|&r| w[r]).collect()),
            subject: self.subject.clone(),
            firm: self.firm.clone(),
            settled: self.settled.clone(),
            wanted: self.wanted.clone(),
            needed: self.needed.clone(),
            solve: self.solve,
        }
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.specs.iter().position(|s| s.name == name)
    }

    /// The column called `name`.
    ///
    /// # Errors
    /// An internal error when there is none: the form belongs to another table.
    pub(crate) fn column(&self, name: &str) -> Result<&Column> {
        self.position(name)
            .map(|at| &self.columns[at])
            .ok_or_else(strange)
    }

    pub(crate) fn take(&mut self, name: &str) -> Result<(ColumnSpec, Column)> {
        let at = self.position(name).ok_or_else(strange)?;
        Ok((self.specs.remove(at), self.columns.remove(at)))
    }

    /// Adds a column.
    ///
    /// # Errors
    /// An internal error when it has another length or storage, or its name is taken.
    pub(crate) fn put(&mut self, spec: ColumnSpec, column: Column) -> Result<()> {
        if column.len() != self.rows
            || storage(&column) != spec.kind.storage()
            || self.position(&spec.name).is_some()
        {
            return Err(strange());
        }
        self.specs.push(spec);
        self.columns.push(column);
        Ok(())
    }

    /// Gives the column called `name` other values.
    pub(crate) fn set(&mut self, name: &str, column: Column) -> Result<()> {
        let at = self.position(name).ok_or_else(strange)?;
        if column.len() != self.rows || storage(&column) != self.specs[at].kind.storage() {
            return Err(strange());
        }
        self.columns[at] = column;
        Ok(())
    }

    /// Says whether cells of the column called `name` may be missing.
    pub(crate) fn allow_missing(&mut self, name: &str, nullable: bool) -> Result<()> {
        let at = self.position(name).ok_or_else(strange)?;
        self.specs[at].nullable = nullable;
        Ok(())
    }

    /// Positions of the columns that models learn and rules may speak of.
    pub(crate) fn modelled(&self) -> Vec<usize> {
        (0..self.specs.len())
            .filter(|&i| self.specs[i].kind.is_modelled())
            .filter(|&i| self.subject.as_ref() != Some(&self.specs[i].name))
            .filter(|&i| !self.settled.contains(&self.specs[i].name))
            .collect()
    }

    /// True for a column that rules are sought for.
    pub(crate) fn wants(&self, at: usize) -> bool {
        (self.wanted.as_ref()).is_none_or(|name| *name == self.specs[at].name)
    }

    /// True when a column may follow from these: they hold the one that it has to follow from.
    pub(crate) fn suits(&self, of: impl IntoIterator<Item = usize>) -> bool {
        let Some(needed) = &self.needed else {
            return true;
        };
        of.into_iter().any(|at| *needed == self.specs[at].name)
    }

    /// True for a column of numbers, moments not among them.
    pub(crate) fn is_number(&self, at: usize) -> bool {
        let storage = self.specs[at].kind.storage();
        matches!(storage, Storage::Numbers | Storage::Integers)
    }

    /// True for a column that may be left out of the form.
    pub(crate) fn may_go(&self, at: usize) -> bool {
        !self.firm.contains(&self.specs[at].name)
    }

    /// A name like `wish` that no column has.
    pub(crate) fn free_name(&self, wish: String) -> String {
        let mut name = wish;
        while self.position(&name).is_some() {
            name.push('_');
        }
        name
    }

    /// How many people have one of `rows`, counted up to `most`.
    pub(crate) fn people(&self, rows: &[u32], most: usize) -> usize {
        let Some(whose) = &self.whose else {
            return rows.len().min(most);
        };
        let mut seen = std::collections::HashSet::new();
        for &row in rows {
            seen.insert(whose[row as usize]);
            if seen.len() >= most {
                break;
            }
        }
        seen.len()
    }
}

/// Columns that are to be predicted.
fn firm(schema: &Schema) -> Vec<String> {
    let mut firm: Vec<String> = schema.target.iter().cloned().collect();
    if let Some(Task::Survival { time, event }) = &schema.task {
        firm.extend([time.clone(), event.clone()]);
    }
    firm
}

/// The error of a form that does not fit the columns it meets.
pub(crate) fn strange() -> Error {
    Error::internal("the rules of a model do not belong to its columns")
}

pub(crate) fn storage(column: &Column) -> Storage {
    match column {
        Column::Numbers(_) => Storage::Numbers,
        Column::Integers(_) => Storage::Integers,
        Column::Levels(_) => Storage::Levels,
        Column::Instants(_) => Storage::Instants,
        Column::Strings(_) => Storage::Strings,
    }
}

/// A new column of `kind`.
pub(crate) fn spec(name: String, kind: Kind, nullable: bool) -> ColumnSpec {
    ColumnSpec {
        name,
        kind,
        source: "text".to_owned(),
        nullable,
        notation: None,
        part: None,
    }
}

pub(crate) fn value(column: &Column, row: usize) -> Value {
    match column {
        Column::Numbers(v) if v[row].is_nan() => Value::Missing,
        Column::Numbers(v) => Value::Real(v[row]),
        Column::Integers(v) | Column::Instants(v) => v[row].map_or(Value::Missing, Value::Whole),
        Column::Levels(v) => v
            .get(row)
            .map_or(Value::Missing, |l| Value::Level(l.to_owned())),
        Column::Strings(_) => Value::Missing,
    }
}

/// The cell as a key: equal for equal cells of a column, and only for those.
pub(crate) fn key(column: &Column, row: usize) -> String {
    key_of(&value(column, row))
}

/// [`key`] of a cell that was taken out.
pub(crate) fn key_of(value: &Value) -> String {
    match value {
        Value::Missing => "\u{0}".to_owned(),
        Value::Level(text) => text.clone(),
        Value::Whole(x) => x.to_string(),
        Value::Real(x) => (*x + 0.0).to_bits().to_string(),
    }
}

/// A column of values; those that do not fit the storage are missing.
pub(crate) fn column_of<'a>(storage: Storage, values: impl Iterator<Item = &'a Value>) -> Column {
    let whole = |v: &Value| match v {
        Value::Whole(x) => Some(*x),
        _ => None,
    };
    match storage {
        Storage::Numbers => Column::Numbers(
            values
                .map(|v| match v {
                    Value::Real(x) => *x,
                    _ => f64::NAN,
                })
                .collect(),
        ),
        Storage::Integers => Column::Integers(values.map(whole).collect()),
        Storage::Instants => Column::Instants(values.map(whole).collect()),
        Storage::Levels => Column::Levels(Levels::from_values(values.map(|v| match v {
            Value::Level(text) => Some(text.as_str()),
            _ => None,
        }))),
        Storage::Strings => Column::Strings(values.map(|_| None).collect()),
    }
}

/// The next row, in a circle, in which a column has a value.
pub(crate) fn next_present(column: &Column, row: usize) -> Option<usize> {
    let n = column.len();
    (1..n)
        .map(|step| (row + step) % n)
        .find(|&other| !column.is_missing(other))
}

/// Cell `row` of `ours`, or of `theirs` where `other` says so: columns of one storage, mixed.
pub(crate) fn mixed(ours: &Column, theirs: &Column, other: impl Fn(usize) -> bool) -> Column {
    let values: Vec<Value> = (0..ours.len())
        .map(|row| value(if other(row) { theirs } else { ours }, row))
        .collect();
    column_of(storage(ours), values.iter())
}

/// Numbers of a column, NaN where missing; whole numbers and instants up to 2^53 exactly.
pub(crate) fn numbers(column: &Column) -> Vec<f64> {
    column
        .numbers()
        .map_or_else(|| vec![f64::NAN; column.len()], |v| v.into_owned())
}

/// A numeric column of `storage` from numbers.
pub(crate) fn numeric(storage: Storage, values: Vec<f64>) -> Column {
    let whole = |x: f64| (x.is_finite() && x.abs() < 9e18).then(|| x.round() as i64);
    match storage {
        Storage::Integers => Column::Integers(values.into_iter().map(whole).collect()),
        Storage::Instants => Column::Instants(values.into_iter().map(whole).collect()),
        _ => Column::Numbers(
            values
                .into_iter()
                .map(|x| if x.is_finite() { x } else { f64::NAN })
                .collect(),
        ),
    }
}

/// Digits after the point that a column's numbers have; `None` when they are not bounded.
pub(crate) fn decimals(spec: &ColumnSpec) -> Option<u8> {
    match spec.kind {
        Kind::Integer => Some(0),
        Kind::Numerical { decimals } => decimals,
        _ => None,
    }
}

/// `x` rounded to the column's digits.
pub(crate) fn rounded(x: f64, decimals: Option<u8>) -> f64 {
    match decimals {
        Some(d) if d <= 15 => {
            let p = 10_f64.powi(i32::from(d));
            let scaled = (x * p).round();
            if scaled.abs() < 9e15 {
                scaled / p + 0.0
            } else {
                x
            }
        }
        _ => x,
    }
}

/// The variance of numbers, NaN left out.
pub(crate) fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let known = values.filter(|x| !x.is_nan());
    let n = known.clone().count().max(1) as f64;
    let mean = known.clone().sum::<f64>() / n;
    known.map(|x| (x - mean).powi(2)).sum::<f64>() / n
}

/// The largest power of ten, times one, two or five, that all numbers are multiples of; 0 when there is none.
pub(crate) fn grid(values: &[f64]) -> f64 {
    let fits = |step: f64| {
        let whole = |x: &f64| {
            let times = (x / step).round();
            *x == 0.0 || times != 0.0 && (x / step - times).abs() < 1e-6
        };
        values.iter().filter(|x| !x.is_nan()).all(whole)
    };
    let steps = (-9..13)
        .rev()
        .flat_map(|p| [5.0, 2.0, 1.0].map(|m| m * 10_f64.powi(p)));
    steps.into_iter().find(|s| fits(*s)).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_are_the_largest_step() {
        assert_eq!(grid(&[100.0, 2_500.0, 0.0, f64::NAN]), 100.0);
        assert_eq!(grid(&[1.25, 3.5]), 0.05);
        assert_eq!(grid(&[3.0, -7.0]), 1.0);
        assert_eq!(grid(&[0.1 + 0.2, 12_345.6]), 0.1);
        assert_eq!(grid(&[std::f64::consts::PI, 1.0]), 0.0);
    }
}
