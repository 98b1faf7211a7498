//! Columns of texts: numbers, dates, codes, keys, names and notes.

use super::number::{Number, Precision, number, says_missing};
use super::numeric::{Whole, key, whole};
use super::{Guess, Written, about, counted, date, mask, name, personal};
use crate::read::Texts;
use crate::{DateFormat, IdPattern, Kind, Warning};

/// Share of the filled cells that a kind must fit.
const LEAST: f64 = 0.95;
/// Signs for missing are taken for such only beside more different numbers than this.
const FEW: u64 = 20;

pub(super) fn guess(column: &str, words: &[String], texts: &Texts) -> Guess {
    let values = counted(texts);
    let present: u64 = values.iter().map(|(_, n)| u64::from(*n)).sum();
    let distinct = values.len() as u64;
    let Some(&(first, _)) = values.first() else {
        return Kind::Missing.into();
    };
    let share = distinct as f64 / present as f64;
    let varied = distinct > 2 || share > 0.5;
    let lonely = share > 0.5 && texts.rows() >= 10;
    let someone = (varied && (distinct > 1 || lonely))
        .then(|| {
            personal::by_form(&values, words).or_else(|| personal::by_name(&values, words, share))
        })
        .flatten();
    if let Some(what) = someone {
        return Kind::Personal { what }.into();
    }
    if distinct == 1 && (!lonely || number(first) != Number::Other) {
        return Kind::Constant {
            value: first.to_owned(),
        }
        .into();
    }
    if let Some(guess) = numbers(column, words, &values, present) {
        return guess;
    }
    if let Some(guess) = dates(column, &values) {
        return guess;
    }
    if distinct == 2 && !lonely {
        return Kind::Boolean.into();
    }
    Guess {
        warnings: mixed_dates(column, &values),
        ..words_or_codes(words, &values, present).into()
    }
}

fn numbers(column: &str, words: &[String], values: &[(&str, u32)], present: u64) -> Option<Guess> {
    let written = Written::of(values.iter().map(|(t, _)| *t));
    let mut ints: Vec<(i64, u64)> = Vec::new();
    let mut precision = Precision::default();
    let (mut reals, mut fractions, mut different) = (0u64, 0u64, 0u64);
    let (mut signs, mut others, mut kinds_of_others) = (0u64, 0u64, 0u64);
    for (text, rows) in values {
        let rows = u64::from(*rows);
        match written.number(text) {
            Number::Integer(x) => {
                different += 1;
                ints.push((x, rows));
            }
            Number::Real {
                value,
                decimals,
                significant,
            } => {
                different += 1;
                reals += rows;
                fractions += u64::from(value.fract() != 0.0);
                precision.add(decimals, significant);
                if value.fract() == 0.0 && value.abs() < 9e15 {
                    ints.push((value as i64, rows));
                }
            }
            Number::Padded => return None,
            Number::NotFinite => signs += rows,
            Number::Other if says_missing(text) => signs += rows,
            Number::Other => {
                others += rows;
                kinds_of_others += u64::from(!is_bound(text));
                let wordy = !text.bytes().any(|b| b.is_ascii_digit());
                if !(wordy || is_bound(text)) || kinds_of_others > 5 {
                    return None;
                }
            }
        }
    }
    let stray = signs + others;
    let enough = (present - stray) as f64 >= LEAST * present as f64;
    let only_signs = others == 0 && present > stray;
    if different == 0 || (stray > 0 && (different <= FEW || !(only_signs || enough))) {
        return None;
    }
    if personal::is_postcode(words) {
        return Some(Kind::Categorical.into());
    }
    let mut guess: Guess = if reals == 0 || (fractions == 0 && !precision_is_exponent(values)) {
        let all_pointed = reals == present - stray;
        let mut guess: Guess = integers(words, values, ints).into();
        if reals > 0 && all_pointed {
            guess.source = Some("Float64");
        }
        guess
    } else {
        Kind::Numerical {
            decimals: precision.decimals(),
        }
        .into()
    };
    guess.lossy = stray > 0;
    if !written.is_plain() && guess.kind.is_modelled() {
        guess.warnings.push(Warning::new(
            "table/number-format",
            format!(
                "{}its numbers are written with commas or signs of currency or percent; they are \
                 read as numbers and will be written plainly.",
                about(column)
            ),
        ));
    }
    Some(guess)
}

/// True for a bound on a number: `<0.5`, `>= 90`, `~3`.
fn is_bound(text: &str) -> bool {
    let bare = text
        .trim()
        .trim_start_matches(['<', '>', '=', '~', '≤', '≥']);
    bare.len() < text.trim().len()
        && matches!(number(bare), Number::Integer(_) | Number::Real { .. })
}

/// True when whole values are written with an exponent, as only reals are.
fn precision_is_exponent(values: &[(&str, u32)]) -> bool {
    values
        .iter()
        .any(|(t, _)| t.contains(['e', 'E']) && matches!(number(t), Number::Real { .. }))
}

fn integers(words: &[String], values: &[(&str, u32)], mut ints: Vec<(i64, u64)>) -> Kind {
    ints.sort_unstable();
    let merged: Vec<(i64, u64)> = ints
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| (same[0].0, same.iter().map(|x| x.1).sum()))
        .collect();
    let facts = Whole::of(merged.into_iter());
    if name::is_date(words)
        && facts.low >= 19_000_101
        && facts.high <= 21_001_231
        && let parser = date::Parser::new("%Y%m%d")
        && values.iter().all(|(t, _)| parser.parse(t).is_some())
    {
        return Kind::Datetime {
            format: DateFormat("%Y%m%d".to_owned()),
        };
    }
    if facts.distinct < 2 {
        return Kind::Integer;
    }
    whole(words, &facts)
}

fn dates(column: &str, values: &[(&str, u32)]) -> Option<Guess> {
    let found = date::find(values, LEAST)?;
    let mut guess: Guess = Kind::Datetime {
        format: DateFormat(found.format.clone()),
    }
    .into();
    if found.ambiguous {
        guess.warnings.push(Warning::new(
            "table/ambiguous-date",
            format!(
                "{}day and month could stand in either order; it is read as {}. Set the format in \
                 the schema if that is wrong.",
                about(column),
                found.format
            ),
        ));
    }
    guess.lossy = found.share < 1.0;
    Some(guess)
}

fn mixed_dates(column: &str, values: &[(&str, u32)]) -> Vec<Warning> {
    if !date::mixed_order(values, LEAST) {
        return Vec::new();
    }
    vec![Warning::new(
        "table/mixed-date-order",
        format!(
            "{}day and month change places from row to row, so it is not read as dates. Write all \
             dates in one order.",
            about(column)
        ),
    )]
}

fn words_or_codes(words: &[String], values: &[(&str, u32)], present: u64) -> Kind {
    let distinct = values.len() as u64;
    let share = distinct as f64 / present as f64;
    let unique = distinct == present;
    let texts = || values.iter().map(|(t, _)| *t);
    let part = |is: fn(&str) -> bool| texts().filter(|t| is(t)).count() as f64 / distinct as f64;
    if texts().all(mask::is_uuid) {
        return Kind::Id {
            pattern: IdPattern::Uuid,
            unique,
        };
    }
    let id = || Kind::Id {
        pattern: IdPattern::Mask {
            mask: mask::hexadecimal(texts()).unwrap_or_else(|| mask(texts()).0),
        },
        unique,
    };
    match key(words, distinct, present) {
        Some(true) => return id(),
        Some(false) => return Kind::Categorical,
        None => {}
    }
    if mask::hexadecimal(texts()).is_some_and(|m| m.len() >= 16) {
        return id();
    }
    let mean_words = values
        .iter()
        .map(|(t, n)| t.split_whitespace().count() as f64 * f64::from(*n))
        .sum::<f64>()
        / present as f64;
    let note = (mean_words >= 5.0 && share > 0.2) || (mean_words >= 12.0 && distinct > 100);
    if !note && share <= 0.5 {
        return Kind::Categorical;
    }
    let coded = part(|t| t.bytes().any(|b| b.is_ascii_digit())) > 0.5;
    if !note && mean_words < 2.5 && coded {
        return id();
    }
    Kind::Text { words: mean_words }
}
