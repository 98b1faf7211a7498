//! Kinds that the user gave, with the details that were left out.

use crate::raw::{Cells, RawColumn};
use crate::text::{Number, is_uuid, mask, number};
use crate::{DateFormat, IdPattern, Kind};

/// `kind` with the details that the user left out, from the column's cells; `guess` is what
/// inference alone would say.
pub(super) fn settle(kind: &Kind, guess: Kind, column: &RawColumn) -> Kind {
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
                match number(text) {
                    Number::Integer(x) => add(x),
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
pub(super) fn pattern_of(column: &RawColumn) -> IdPattern {
    if let Some((low, high)) = whole_range(column) {
        // The ends themselves would be somebody's key.
        let (low, _) = super::numeric::decade(low, low);
        let (_, high) = super::numeric::decade(high, high);
        return IdPattern::Number { low, high };
    }
    match column.cells.as_ref() {
        Cells::Text(texts) if texts.distinct() > 0 => {
            if texts.iter().all(is_uuid) {
                return IdPattern::Uuid;
            }
            let texts: Vec<&str> = texts.iter().collect();
            IdPattern::Mask {
                mask: mask(texts.iter().copied()).0,
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
