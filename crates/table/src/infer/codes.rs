//! Numbers that stand for "missing": -99, 999 and the like, far from all other values of their column.

use super::counted;
use crate::names::listed;
use crate::raw::{Cells, RawColumn};
use crate::{ColumnSpec, Exception, Kind, Notation, Warning};

/// What becomes of numbers that stand for "missing".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingCodes {
    /// They stay numbers; a warning names them.
    #[default]
    Keep,
    /// They are no numbers, but [exceptions](Notation::exceptions), which are written back as they came.
    Mark,
}

/// Fewest rows of a code.
const FEWEST: u64 = 5;
/// Fewest different values beside it.
const VALUES: usize = 10;
/// How far it is from the other values, as a share of what they span.
const APART: f64 = 0.25;
/// How many times more rows it has than any of the others, where it is nearer.
const SPIKE: u64 = 10;

/// A number with its rows, and how it is written.
struct Value {
    x: f64,
    rows: u64,
    text: String,
}

/// The texts of codes in a column of numbers, with their rows.
pub(super) fn find(column: &RawColumn, spec: &ColumnSpec) -> Vec<(String, u64)> {
    if !matches!(spec.kind, Kind::Integer | Kind::Numerical { .. }) || !may_hold(&column.cells) {
        return Vec::new();
    }
    let values = values(&column.cells, spec.notation.as_ref());
    let (mut codes, mut rest): (Vec<Value>, Vec<Value>) = values
        .into_iter()
        .partition(|v| is_code(v.x) && v.rows >= FEWEST);
    // A number that lies among the others is one of them, and may make another one lie among them.
    loop {
        if codes.is_empty() || rest.len() < VALUES {
            return Vec::new();
        }
        let Some(at) = codes.iter().position(|code| !is_apart(code, &rest)) else {
            break;
        };
        rest.push(codes.swap_remove(at));
    }
    codes.sort_by(|a, b| a.x.total_cmp(&b.x));
    codes.into_iter().map(|v| (v.text, v.rows)).collect()
}

/// A glance at typed cells before they are written as texts.
fn may_hold(cells: &Cells) -> bool {
    match cells {
        Cells::Text(_) => true,
        Cells::Integers(values) => values.iter().flatten().any(|x| is_code(*x as f64)),
        Cells::Numbers { values, .. } => values.iter().any(|x| is_code(*x)),
        Cells::Instants { .. } => false,
    }
}

fn values(cells: &Cells, notation: Option<&Notation>) -> Vec<Value> {
    let texts = match cells {
        Cells::Text(texts) => std::borrow::Cow::Borrowed(texts),
        typed => std::borrow::Cow::Owned(typed.clone().into_texts()),
    };
    let plain = Notation::default();
    let notation = notation.unwrap_or(&plain);
    (counted(&texts).into_iter())
        .filter_map(|(text, rows)| {
            Some(Value {
                x: notation.value(text)?,
                rows: u64::from(rows),
                text: text.trim().to_owned(),
            })
        })
        .collect()
}

/// True for numbers that people write where they have none: -1, -9, -99, 99, 98, 777, 8888, -999.25, ...
fn is_code(x: f64) -> bool {
    // Of well logs, and of weather models.
    if x == -999.25 || [1e20, 1e30, 9.969_209_968_386_87e36].contains(&x.abs()) {
        return true;
    }
    let whole = x.trunc().abs();
    let fraction = (x.abs() - whole).abs();
    // Weather stations have one digit after the point: 99.9, 999.9.
    let nines = fraction == 0.0 || (fraction - 0.9).abs() < 1e-6 && whole >= 99.0;
    if !nines || whole > 99_999_999.0 {
        return false;
    }
    let digits = format!("{whole}");
    let (last, before) = digits
        .as_bytes()
        .split_last()
        .map_or((b'0', &[][..]), |(l, b)| (*l, b));
    let same = before.iter().all(|b| *b == last);
    let nines = before.iter().all(|b| *b == b'9') && matches!(last, b'7' | b'8' | b'9');
    let repeated = same && matches!(last, b'7' | b'8' | b'9') || nines;
    if x < 0.0 {
        repeated || x == -1.0
    } else {
        repeated && digits.len() > 1
    }
}

/// True for a code outside of the range of `rest`, and far from it or much more frequent.
fn is_apart(code: &Value, rest: &[Value]) -> bool {
    let low = rest.iter().map(|v| v.x).fold(f64::INFINITY, f64::min);
    let high = rest.iter().map(|v| v.x).fold(f64::NEG_INFINITY, f64::max);
    let gap = if code.x > high {
        code.x - high
    } else {
        low - code.x
    };
    if gap <= 0.0 || code.x < 0.0 && low < 0.0 && gap < high - low {
        return false;
    }
    let most = rest.iter().map(|v| v.rows).max().unwrap_or(0);
    gap >= APART * (high - low) && code.x != -1.0 || code.rows >= SPIKE * most
}

/// Makes the numbers `codes` exceptions of the column.
pub(super) fn mark(spec: &mut ColumnSpec, codes: &[(String, u64)], missing: u64) {
    if spec.kind == Kind::Integer {
        // A whole number has no room for a mark.
        spec.kind = Kind::Numerical { decimals: Some(0) };
    }
    let notation = spec.notation.get_or_insert_default();
    // Rows without a number; the share of exceptions that were there falls with them.
    let without = (missing + codes.iter().map(|c| c.1).sum::<u64>()).max(1);
    for exception in &mut notation.exceptions {
        exception.share = (u64::from(exception.share) * missing / without) as u32;
    }
    notation
        .exceptions
        .extend(codes.iter().map(|(text, rows)| Exception {
            text: text.clone(),
            share: (rows * 10_000 / without) as u32,
        }));
    spec.nullable = true;
}

/// True when all other numbers of a text file have a point or a comma and the codes have none: they are words.
pub(super) fn are_written_otherwise(column: &RawColumn, codes: &[(String, u64)]) -> bool {
    let Cells::Text(texts) = column.cells.as_ref() else {
        return false;
    };
    let pointed = |t: &str| t.contains(['.', ',']);
    let is_code = |t: &str| codes.iter().any(|c| c.0 == t.trim());
    codes.iter().all(|c| !pointed(&c.0)) && texts.iter().all(|t| is_code(t) || pointed(t))
}

/// How the numbers of a text file are written, its codes aside.
pub(super) fn written_without(column: &RawColumn, spec: &mut ColumnSpec, comma: bool) {
    let (Cells::Text(texts), Some(notation)) = (column.cells.as_ref(), &mut spec.notation) else {
        return;
    };
    let values: Vec<(&str, u32)> = counted(texts)
        .into_iter()
        .filter(|(t, _)| notation.marked(t).is_none())
        .collect();
    *notation = Notation {
        exceptions: std::mem::take(&mut notation.exceptions),
        missing: notation.missing.take(),
        ..Notation::of_file(&values, comma)
    };
}

/// Says which numbers may stand for "missing".
pub(super) fn warning(found: &[(String, Vec<(String, u64)>)]) -> Option<Warning> {
    if found.is_empty() {
        return None;
    }
    let told = |(name, codes): &(String, Vec<(String, u64)>)| {
        let texts: Vec<&str> = codes.iter().map(|c| c.0.as_str()).collect();
        format!("{name} ({})", texts.join(", "))
    };
    let list: Vec<String> = found.iter().map(told).collect();
    let mut warning = Warning::new(
        "table/missing-codes",
        format!(
            "Numbers that may mean \"missing\", far from all other values of their columns: {}. They are learned \
             as numbers; with --missing-codes mark they are not, and are written back as they came.",
            listed(&list)
        ),
    );
    warning.columns = found.iter().map(|(name, _)| name.clone()).collect();
    Some(warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_numbers() {
        for x in [
            -1.0, -9.0, -99.0, -999.0, 99.0, 98.0, 97.0, 999.0, 888.0, 9999.0, 99.9, 999.9, -999.25,
        ] {
            assert!(is_code(x), "{x}");
        }
        for x in [
            0.0, 1.0, 9.0, 7.0, 12.0, 100.0, 990.0, -98.5, -2.0, 55.0, 9.9,
        ] {
            assert!(!is_code(x), "{x}");
        }
    }

    fn value(x: f64, rows: u64) -> Value {
        Value {
            x,
            rows,
            text: x.to_string(),
        }
    }

    #[test]
    fn a_code_is_far_away_or_frequent() {
        let ages: Vec<Value> = (18..95).map(|x| value(f64::from(x), 6)).collect();
        assert!(is_apart(&value(999.0, 8), &ages));
        assert!(is_apart(&value(-9.0, 8), &ages));
        assert!(
            is_apart(&value(99.0, 70), &ages),
            "more than ten times as many"
        );
        assert!(!is_apart(&value(99.0, 8), &ages));
        assert!(!is_apart(&value(-1.0, 20), &ages));
        assert!(is_apart(&value(-1.0, 80), &ages));
        let degrees: Vec<Value> = (-30..30).map(|x| value(f64::from(x), 6)).collect();
        assert!(is_apart(&value(-99.0, 9), &degrees));
        assert!(
            !is_apart(&value(-77.0, 9), &degrees),
            "nearer to cold days than they are to each other"
        );
    }
}
