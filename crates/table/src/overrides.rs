//! What the user says about a table before it is inferred: the kinds of some columns, the target,
//! the task. Comes from `schema.toml` or SDV metadata and goes into inference.

use std::collections::BTreeMap;

use crate::infer::Options;
use crate::read::{Cells, RawColumn};
use crate::{DateFormat, IdPattern, Kind, Rules, Shape, Task};

/// Facts that win over inference. A kind may leave out details (a date's format, a key's pattern,
/// the decimals of a number, the length of a text): those are still inferred.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// The column to be predicted.
    pub target: Option<String>,
    /// What kind of prediction the table is for.
    pub task: Option<Task>,
    /// The column that says whose row a row is; [`NO_SUBJECT`](crate::NO_SUBJECT) when each row is
    /// a person.
    pub subject: Option<String>,
    /// Kinds by column name.
    pub kinds: BTreeMap<String, Kind>,
    /// Rules between columns.
    pub rules: Option<Rules>,
}

impl Overrides {
    /// Puts these facts into `options`. What is set there already (by an argument of the command,
    /// say) stays.
    pub fn apply(&self, options: &mut Options) {
        if options.target.is_none() && options.survival.is_none() {
            options.target.clone_from(&self.target);
            if let Some(Task::Survival { time, event }) = &self.task {
                options.survival = Some((time.clone(), event.clone()));
            }
        }
        if options.subject.is_none() {
            options.subject.clone_from(&self.subject);
        }
        if options.rules.is_none() {
            options.rules.clone_from(&self.rules);
        }
        for (name, kind) in &self.kinds {
            options
                .kinds
                .entry(name.clone())
                .or_insert_with(|| kind.clone());
        }
        for rule in (self.rules.iter()).flat_map(|rules| &rules.add) {
            if let Shape::Unique(columns) = rule.shape()
                && let [column] = &columns[..]
            {
                // A key: its stand-ins never repeat.
                options.kinds.entry(column.clone()).or_insert(Kind::Id {
                    pattern: IdPattern::default(),
                    unique: true,
                });
            }
        }
        let kind = match &self.task {
            Some(Task::Classification) => Kind::Categorical,
            Some(Task::Regression) => Kind::Numerical { decimals: None },
            _ => return,
        };
        if let Some(target) = &self.target {
            options.kinds.entry(target.clone()).or_insert(kind);
        }
    }
}

/// `kind` with the details that the user left out, from the column's cells; `guess` is what
/// inference alone would say.
pub(crate) fn settle(kind: &Kind, guess: Kind, column: &RawColumn) -> Kind {
    match (kind, guess) {
        (Kind::Numerical { decimals: None }, Kind::Numerical { decimals }) => {
            Kind::Numerical { decimals }
        }
        (Kind::Numerical { decimals: None }, _) if whole_range(column).is_some() => Kind::Integer,
        (Kind::Datetime { format }, guess) if format.0.is_empty() => {
            match (column.cells.as_ref(), guess) {
                (_, Kind::Datetime { format }) => Kind::Datetime { format },
                (Cells::Instants { format, .. }, _) => Kind::Datetime {
                    format: DateFormat((*format).to_owned()),
                },
                _ => Kind::Datetime {
                    format: DateFormat("%Y-%m-%d".to_owned()),
                },
            }
        }
        (Kind::Id { pattern, unique }, guess) if *pattern == IdPattern::default() => Kind::Id {
            pattern: match guess {
                Kind::Id { pattern, .. } => pattern,
                _ => pattern_of(column),
            },
            unique: *unique,
        },
        (Kind::Text { words }, guess) if *words <= 0.0 => match guess {
            Kind::Text { .. } | Kind::Id { .. } | Kind::Personal { .. } => guess,
            _ => Kind::Text {
                words: mean_words(column),
            },
        },
        _ => kind.clone(),
    }
}

/// Greatest whole number up to which floating point holds all of them.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Least and greatest value when all values are whole numbers.
fn whole_range(column: &RawColumn) -> Option<(i64, i64)> {
    let mut range: Option<(i64, i64)> = None;
    let mut add = |x: i64| {
        range = Some(range.map_or((x, x), |(low, high)| (low.min(x), high.max(x))));
    };
    match column.cells.as_ref() {
        Cells::Text(texts) => {
            for text in texts.iter() {
                match crate::infer::number(text) {
                    crate::infer::Number::Integer(x) => add(x),
                    _ => return None,
                }
            }
        }
        Cells::Integers(v) => v.iter().copied().flatten().for_each(add),
        Cells::Numbers { values, .. } => {
            for x in values.iter().filter(|x| !x.is_nan()) {
                if x.fract() != 0.0 || x.abs() > EXACT {
                    return None;
                }
                add(*x as i64);
            }
        }
        Cells::Instants { .. } => return None,
    }
    range
}

/// The pattern that a column has as a key, whatever inference takes it for.
pub(crate) fn pattern_of(column: &RawColumn) -> IdPattern {
    if let Some((low, high)) = whole_range(column) {
        // The ends themselves would be somebody's key.
        let (low, _) = crate::infer::numeric::decade(low, low);
        let (_, high) = crate::infer::numeric::decade(high, high);
        return IdPattern::Number { low, high };
    }
    match column.cells.as_ref() {
        Cells::Text(texts) if texts.distinct() > 0 => {
            if texts.iter().all(crate::infer::is_uuid) {
                return IdPattern::Uuid;
            }
            let texts: Vec<&str> = texts.iter().collect();
            IdPattern::Mask {
                mask: crate::infer::mask(texts.iter().copied()).0,
            }
        }
        _ => IdPattern::Sequence { start: 1 },
    }
}

fn mean_words(column: &RawColumn) -> f64 {
    let Cells::Text(texts) = column.cells.as_ref() else {
        return 1.0;
    };
    let (mut words, mut rows) = (0.0, 0.0);
    for (text, n) in texts.iter().zip(texts.counts()) {
        words += text.split_whitespace().count() as f64 * f64::from(n);
        rows += f64::from(n);
    }
    f64::max(words / f64::max(rows, 1.0), 1.0)
}
