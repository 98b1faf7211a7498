//! The values of one column: five storage shapes, no downcasts, missing values explicit in each.
//!
//! Two views serve every consumer: [`Column::numbers`] (NaN is missing) and [`Column::levels`]
//! (codes into a dictionary, [`MISSING`] is missing).

use std::borrow::Cow;
use std::collections::HashMap;
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
    ///
    /// ```
    /// use verdancy_table::{Levels, MISSING};
    /// let colours = Levels::from_values([Some("red"), None, Some("blue"), Some("red")]);
    /// assert_eq!(colours.codes, [0, MISSING, 1, 0]);
    /// assert_eq!(colours.get(2), Some("blue"));
    /// ```
    pub fn from_values<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Levels {
        let mut seen: HashMap<&'a str, u32> = HashMap::new();
        let mut levels: Vec<String> = Vec::new();
        let codes = values
            .into_iter()
            .map(|v| match v {
                None => MISSING,
                Some(v) => *seen.entry(v).or_insert_with(|| {
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
        let own = std::mem::replace(
            self,
            Levels {
                levels: Arc::new([]),
                codes: Vec::new(),
            },
        );
        *self = Levels::concat(vec![own, other]);
    }

    /// The rows of all `parts`, one after the other. Parts that share a dictionary are not
    /// recoded; dictionaries that differ are joined in order, each of them read once in a row.
    pub fn concat(parts: Vec<Levels>) -> Levels {
        let rows: usize = parts.iter().map(|p| p.codes.len()).sum();
        // Parts without rows say nothing, unless there are none with rows.
        let mut parts = parts
            .into_iter()
            .filter(|p| rows == 0 || !p.codes.is_empty());
        let Some(mut out) = parts.next() else {
            return Levels {
                levels: Arc::new([]),
                codes: Vec::new(),
            };
        };
        out.codes.reserve(rows - out.codes.len());
        let mut joined: Option<Joined> = None;
        for part in parts {
            let same = match &joined {
                None => Arc::ptr_eq(&out.levels, &part.levels) || out.levels == part.levels,
                Some(_) => false,
            };
            if same {
                out.codes.extend(part.codes);
                continue;
            }
            let joined = joined.get_or_insert_with(|| Joined::new(&out.levels));
            let map = joined.map(&part.levels);
            out.codes.extend(part.codes.iter().map(|&c| {
                if c == MISSING {
                    MISSING
                } else {
                    map[c as usize]
                }
            }));
        }
        if let Some(joined) = joined {
            out.levels = joined.levels.into();
        }
        out
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

/// Dictionaries being joined.
struct Joined {
    levels: Vec<String>,
    codes: HashMap<String, u32>,
    last: Option<(Arc<[String]>, Vec<u32>)>,
}

impl Joined {
    fn new(levels: &Arc<[String]>) -> Joined {
        let mut joined = Joined {
            levels: Vec::new(),
            codes: HashMap::new(),
            last: None,
        };
        joined.map(levels);
        joined
    }

    /// The codes of `levels` in the joined dictionary.
    fn map(&mut self, levels: &Arc<[String]>) -> &[u32] {
        let map = match self.last.take() {
            Some((last, map)) if Arc::ptr_eq(&last, levels) => map,
            _ => levels
                .iter()
                .map(|level| match self.codes.get(level) {
                    Some(&code) => code,
                    None => {
                        let code = self.levels.len() as u32;
                        self.levels.push(level.clone());
                        self.codes.insert(level.clone(), code);
                        code
                    }
                })
                .collect(),
        };
        &self.last.insert((levels.clone(), map)).1
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
        match self {
            Column::Numbers(v) => v.iter().filter(|x| x.is_nan()).count(),
            Column::Integers(v) | Column::Instants(v) => v.iter().filter(|x| x.is_none()).count(),
            Column::Levels(v) => v.codes.iter().filter(|&&c| c == MISSING).count(),
            Column::Strings(v) => v.iter().filter(|x| x.is_none()).count(),
        }
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

    /// Rows `rows`; out-of-range rows panic as slice indexing does.
    pub fn slice(&self, rows: std::ops::Range<usize>) -> Column {
        match self {
            Column::Numbers(v) => Column::Numbers(v[rows].to_vec()),
            Column::Integers(v) => Column::Integers(v[rows].to_vec()),
            Column::Instants(v) => Column::Instants(v[rows].to_vec()),
            Column::Levels(v) => Column::Levels(Levels {
                levels: v.levels.clone(),
                codes: v.codes[rows].to_vec(),
            }),
            Column::Strings(v) => Column::Strings(v[rows].to_vec()),
        }
    }

    /// The values of all `parts`, one after the other. Dictionaries that differ are joined.
    ///
    /// # Errors
    /// An internal error when a part is stored otherwise than `storage`.
    pub fn concat(storage: crate::schema::Storage, parts: Vec<Column>) -> crate::Result<Column> {
        use crate::schema::Storage;
        let rows: usize = parts.iter().map(Column::len).sum();
        let differ = || crate::Error::internal("the parts of a column differ in storage");
        macro_rules! joined {
            ($variant:ident) => {{
                let mut out = Vec::with_capacity(rows);
                for part in parts {
                    match part {
                        Column::$variant(v) => out.extend(v),
                        _ => return Err(differ()),
                    }
                }
                Column::$variant(out)
            }};
        }
        Ok(match storage {
            Storage::Numbers => joined!(Numbers),
            Storage::Integers => joined!(Integers),
            Storage::Instants => joined!(Instants),
            Storage::Strings => joined!(Strings),
            Storage::Levels => Column::Levels(Levels::concat(
                parts
                    .into_iter()
                    .map(|part| match part {
                        Column::Levels(v) => Ok(v),
                        _ => Err(differ()),
                    })
                    .collect::<crate::Result<_>>()?,
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::Storage;

    fn values(levels: &Levels) -> Vec<Option<&str>> {
        (0..levels.codes.len()).map(|i| levels.get(i)).collect()
    }

    #[test]
    fn a_shared_dictionary_stays_shared() {
        let a = Levels::from_values([Some("x"), Some("y")]);
        let b = Levels {
            levels: a.levels.clone(),
            codes: vec![1, MISSING],
        };
        let whole = Levels::concat(vec![a.clone(), b.clone(), b]);
        assert!(Arc::ptr_eq(&whole.levels, &a.levels));
        assert_eq!(whole.codes, [0, 1, 1, MISSING, 1, MISSING]);
    }

    #[test]
    fn a_dictionary_without_rows_is_kept() {
        let a = Levels::from_values([Some("x"), Some("y")]);
        let empty = Levels {
            levels: a.levels.clone(),
            codes: Vec::new(),
        };
        assert_eq!(Levels::concat(vec![empty.clone(), empty]).levels, a.levels);
        assert!(Levels::concat(Vec::new()).levels.is_empty());
    }

    #[test]
    fn parts_of_another_storage_are_refused() {
        let parts = vec![Column::Numbers(vec![1.0])];
        assert!(Column::concat(Storage::Integers, parts.clone()).is_err());
        assert!(Column::concat(Storage::Levels, parts).is_err());
    }

    #[test]
    fn missing_cells_are_counted_in_each_storage() {
        for column in [
            Column::Numbers(vec![1.0, f64::NAN]),
            Column::Integers(vec![None, Some(1)]),
            Column::Instants(vec![None, Some(1)]),
            Column::Levels(Levels::from_values([None, Some("a")])),
            Column::Strings(vec![None, Some("a".into())]),
        ] {
            assert_eq!(column.missing(), 1);
            assert_eq!((0..2).filter(|&i| column.is_missing(i)).count(), 1);
            // As text: NaN is not equal to itself.
            let shown = |c: Column| format!("{c:?}");
            assert_eq!(shown(column.slice(1..2)), shown(column.take(&[1])));
        }
    }

    proptest! {
        #[test]
        fn joined_dictionaries_keep_all_values(
            parts in prop::collection::vec(
                prop::collection::vec(prop::option::of("[a-e]"), 0..8), 0..6)
        ) {
            let levels: Vec<Levels> = parts
                .iter()
                .map(|p| Levels::from_values(p.iter().map(Option::as_deref)))
                .collect();
            let flat: Vec<Option<&str>> = parts.iter().flatten().map(Option::as_deref).collect();
            let joined = Levels::concat(levels.clone());
            prop_assert_eq!(values(&joined), flat.clone());
            prop_assert_eq!(joined.clone(), Levels::from_values(flat));
            let mut one_by_one = Levels::concat(Vec::new());
            for part in levels {
                one_by_one.append(part);
            }
            prop_assert_eq!(values(&one_by_one), values(&joined));
        }
    }
}
