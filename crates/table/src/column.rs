//! The values of one column: five storage shapes, no downcasts, missing values explicit in each.
//!
//! Two views serve every consumer: [`Column::numbers`] (NaN is missing) and [`Column::levels`]
//! (codes into a dictionary, [`MISSING`] is missing).

use std::borrow::Cow;
use std::sync::Arc;

/// The code of a missing value in [`Levels::codes`].
pub const MISSING: u32 = u32::MAX;

/// Values of a column. Which variant belongs to which [`Kind`](crate::Kind) is fixed by
/// [`Kind::storage`](crate::Kind::storage).
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Real numbers; NaN is missing, infinities do not occur.
    Numbers(Vec<f64>),
    /// Whole numbers over the full `i64` range.
    Integers(Vec<Option<i64>>),
    /// Categories and booleans.
    Levels(Levels),
    /// Instants in microseconds since 1970-01-01, without a zone.
    Instants(Vec<Option<i64>>),
    /// Keys, names, notes: text that is regenerated, never learned.
    Strings(Vec<Option<String>>),
}

/// A dictionary-coded column: `codes[i]` indexes `levels`, or is [`MISSING`].
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// The distinct values as written in the source, in order of first appearance.
    pub levels: Arc<[String]>,
    /// One code per row.
    pub codes: Vec<u32>,
}

impl Levels {
    /// Codes `values` by order of first appearance.
    pub fn from_values<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Levels {
        let mut seen = std::collections::HashMap::new();
        let mut levels: Vec<String> = Vec::new();
        let codes = values
            .into_iter()
            .map(|v| match v {
                None => MISSING,
                Some(v) => *seen.entry(v.to_owned()).or_insert_with(|| {
                    levels.push(v.to_owned());
                    (levels.len() - 1) as u32
                }),
            })
            .collect();
        Levels {
            levels: levels.into(),
            codes,
        }
    }

    /// Adds the rows of `other`, joining its dictionary to this one.
    pub fn append(&mut self, other: Levels) {
        if self.codes.is_empty() {
            *self = other;
            return;
        }
        if Arc::ptr_eq(&self.levels, &other.levels) || self.levels == other.levels {
            self.codes.extend(other.codes);
            return;
        }
        let mut levels = self.levels.to_vec();
        let mut at: std::collections::HashMap<String, u32> = levels
            .iter()
            .enumerate()
            .map(|(i, l)| (l.clone(), i as u32))
            .collect();
        let map: Vec<u32> = other
            .levels
            .iter()
            .map(|l| {
                *at.entry(l.clone()).or_insert_with(|| {
                    levels.push(l.clone());
                    (levels.len() - 1) as u32
                })
            })
            .collect();
        self.levels = levels.into();
        self.codes.extend(other.codes.iter().map(|&c| {
            if c == MISSING {
                MISSING
            } else {
                map[c as usize]
            }
        }));
    }

    /// The same values under a dictionary of those that occur, in the same order: what other rows
    /// of the source held is forgotten.
    ///
    /// ```
    /// let whole = verdancy_table::Levels::from_values([Some("a"), Some("b"), Some("c")]);
    /// let part = verdancy_table::Levels { codes: vec![2, 0, 2], ..whole };
    /// let own = part.compact();
    /// assert_eq!(*own.levels, ["a".to_owned(), "c".to_owned()]);
    /// assert_eq!(own.codes, [1, 0, 1]);
    /// ```
    #[must_use]
    pub fn compact(&self) -> Levels {
        let mut place = vec![MISSING; self.levels.len()];
        for &code in &self.codes {
            if let Some(p) = place.get_mut(code as usize) {
                *p = 0;
            }
        }
        let mut levels = Vec::new();
        for (p, level) in place.iter_mut().zip(self.levels.iter()) {
            if *p != MISSING {
                *p = levels.len() as u32;
                levels.push(level.clone());
            }
        }
        let code = |&c: &u32| place.get(c as usize).copied().unwrap_or(MISSING);
        Levels {
            levels: levels.into(),
            codes: self.codes.iter().map(code).collect(),
        }
    }

    /// The value of row `row`; `None` when missing or out of range.
    pub fn get(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        self.levels.get(code as usize).map(String::as_str)
    }
}

impl Column {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Numbers(v) => v.len(),
            Column::Integers(v) | Column::Instants(v) => v.len(),
            Column::Levels(v) => v.codes.len(),
            Column::Strings(v) => v.len(),
        }
    }

    /// True when there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True where row `row` is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Column::Numbers(v) => v[row].is_nan(),
            Column::Integers(v) | Column::Instants(v) => v[row].is_none(),
            Column::Levels(v) => v.codes[row] == MISSING,
            Column::Strings(v) => v[row].is_none(),
        }
    }

    /// Number of missing rows.
    pub fn missing(&self) -> usize {
        (0..self.len()).filter(|&i| self.is_missing(i)).count()
    }

    /// The column as `f64`, NaN where missing; `None` for levels and strings. Instants are in
    /// microseconds; integers beyond 2^53 are rounded.
    pub fn numbers(&self) -> Option<Cow<'_, [f64]>> {
        match self {
            Column::Numbers(v) => Some(Cow::Borrowed(v)),
            Column::Integers(v) | Column::Instants(v) => Some(Cow::Owned(
                v.iter().map(|x| x.map_or(f64::NAN, |x| x as f64)).collect(),
            )),
            Column::Levels(_) | Column::Strings(_) => None,
        }
    }

    /// The dictionary of a categorical or boolean column; `None` for all others.
    pub fn levels(&self) -> Option<&Levels> {
        match self {
            Column::Levels(v) => Some(v),
            _ => None,
        }
    }

    /// The rows named by `rows`, in that order. Out-of-range rows are a caller's bug and panic as
    /// slice indexing does.
    pub fn take(&self, rows: &[usize]) -> Column {
        match self {
            Column::Numbers(v) => Column::Numbers(rows.iter().map(|&i| v[i]).collect()),
            Column::Integers(v) => Column::Integers(rows.iter().map(|&i| v[i]).collect()),
            Column::Instants(v) => Column::Instants(rows.iter().map(|&i| v[i]).collect()),
            Column::Levels(v) => Column::Levels(Levels {
                levels: v.levels.clone(),
                codes: rows.iter().map(|&i| v.codes[i]).collect(),
            }),
            Column::Strings(v) => Column::Strings(rows.iter().map(|&i| v[i].clone()).collect()),
        }
    }

    /// The values of all `parts`, one after the other. Dictionaries that differ are joined.
    ///
    /// # Errors
    /// An internal error when a part is stored otherwise than `storage`.
    pub fn concat(storage: crate::schema::Storage, parts: Vec<Column>) -> crate::Result<Column> {
        use crate::schema::Storage;
        let mut out = match storage {
            Storage::Numbers => Column::Numbers(Vec::new()),
            Storage::Integers => Column::Integers(Vec::new()),
            Storage::Instants => Column::Instants(Vec::new()),
            Storage::Strings => Column::Strings(Vec::new()),
            Storage::Levels => Column::Levels(Levels {
                levels: Arc::new([]),
                codes: Vec::new(),
            }),
        };
        for part in parts {
            match (&mut out, part) {
                (Column::Numbers(a), Column::Numbers(b)) => a.extend(b),
                (Column::Integers(a), Column::Integers(b))
                | (Column::Instants(a), Column::Instants(b)) => a.extend(b),
                (Column::Strings(a), Column::Strings(b)) => a.extend(b),
                (Column::Levels(a), Column::Levels(b)) => a.append(b),
                _ => {
                    return Err(crate::Error::internal(
                        "the parts of a column differ in storage",
                    ));
                }
            }
        }
        Ok(out)
    }
}
