//! Dates and times: finding how a column writes them, and reading and writing them so.
//!
//! An instant is a civil date and time, kept in microseconds. A fixed offset (`Z`, `+02:00`) is
//! part of the format; a cell with another offset is moved to the format's.

mod forms;
mod language;
mod parser;

use forms::{Marks, candidates};
pub(crate) use language::Language;
pub(crate) use parser::{Parser, choose, forms, split_offset, write};

use super::number::says_missing;

/// What was found out about a column's dates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub format: String,
    /// Share of the rows that it reads.
    pub share: f64,
    /// Another order of day and month reads as many rows.
    pub ambiguous: bool,
}

/// Most forms of one column.
const FORMS: usize = 4;
/// Fewest rows of a form beside others, and their share.
const FEWEST: u64 = 5;
const LEAST: f64 = 0.02;

/// The format that reads most of `texts` (distinct, each with its number of rows), when it reads at least `least`
/// of the rows that do not say that a date is missing.
pub(crate) fn find(texts: &[(&str, u32)], least: f64) -> Option<Found> {
    let sample = spread(texts, 60);
    let dated = sample.iter().filter(|t| may_be_date(t)).count();
    // Years alone, and words for missing dates, may be among them.
    let other = |t: &&&str| is_year(t) || says_missing(t) || is_null(t);
    let others = sample.iter().filter(other).count();
    if dated == 0 || (dated + others) * 5 < sample.len() * 4 {
        return None;
    }
    let there = |t: &str| !says_missing(t) && !is_null(t);
    if texts.iter().all(|(t, _)| there(t)) {
        return of_present(texts, least);
    }
    let present: Vec<(&str, u32)> = texts.iter().copied().filter(|(t, _)| there(t)).collect();
    let found = of_present(&present, least)?;
    // A word between a few dates is no sign for a missing one.
    (present.len() > 2).then(|| Found {
        share: found.share * rows(&present) as f64 / rows(texts).max(1) as f64,
        ..found
    })
}

/// True for a date of zeros, as databases write one that is missing: `0000-00-00`, `00.00.0000`.
pub(crate) fn is_null(text: &str) -> bool {
    let text = text.trim();
    text.len() >= 8
        && text.bytes().filter(|b| *b == b'0').count() >= 6
        && text
            .bytes()
            .all(|b| matches!(b, b'0' | b'-' | b'.' | b'/' | b':' | b' ' | b'T'))
}

fn rows(texts: &[(&str, u32)]) -> u64 {
    texts.iter().map(|(_, n)| u64::from(*n)).sum()
}

fn of_present(texts: &[(&str, u32)], least: f64) -> Option<Found> {
    if let Some(language) = language(texts) {
        let english: Vec<(String, u32)> = (texts.iter())
            .map(|(t, n)| (language.to_english(t), *n))
            .collect();
        let english: Vec<(&str, u32)> = english.iter().map(|(t, n)| (t.as_str(), *n)).collect();
        let found = one(&english, 0.8).filter(|found| found.share >= least)?;
        let format = in_language(&found.format, texts);
        return Some(Found { format, ..found });
    }
    match one(texts, 0.8) {
        Some(found) if found.share >= least => Some(found),
        _ => several(texts, least),
    }
}

/// The language of the names in `texts`, where they are not English.
fn language(texts: &[(&str, u32)]) -> Option<Language> {
    let sample = spread(texts, 60);
    let named = |t: &&&str| t.chars().filter(|c| c.is_alphabetic()).count() > 1;
    if sample.iter().filter(named).count() * 2 < sample.len() {
        return None;
    }
    let best = Language::all()
        .map(|language| (language.knows(&sample), language))
        .max_by_key(|(known, _)| *known)?;
    (best.0 * 5 >= sample.len() * 4 && best.0 > Language::english(&sample)).then_some(best.1)
}

/// `format`, which writes English names, for the language and form of names that write most of `texts`.
fn in_language(format: &str, texts: &[(&str, u32)]) -> String {
    let sample = spread(texts, 200);
    let same = |form: &String| {
        let parser = Parser::new(form);
        let back =
            |t: &&&str| parser.parse(t).and_then(|at| write(form, at)).as_deref() == Some(t.trim());
        sample.iter().filter(back).count()
    };
    let forms: Vec<String> = Language::all()
        .map(|language| format!("[{}]{format}", language.code()))
        .collect();
    let best = forms.into_iter().rev().max_by_key(same);
    best.unwrap_or_else(|| format.to_owned())
}

/// The one form that reads most of the rows, when it reads `needed` of a sample of the texts.
fn one(texts: &[(&str, u32)], needed: f64) -> Option<Found> {
    let sample: Vec<&str> = spread(texts, 60);
    if sample.iter().filter(|t| may_be_date(t)).count() as f64 + 1e-9 < needed * sample.len() as f64
    {
        return None;
    }
    let needed = (sample.len() as f64 * needed).ceil() as usize;
    let suffix = common_offset(&sample);
    let body = |t: &&str| match suffix {
        Some(_) => Marks::of(split_offset(t.trim()).0),
        None => Marks::of(t),
    };
    let marks: Vec<Marks> = sample.iter().map(body).collect();
    let mut alive: Vec<(String, usize)> = candidates(suffix.as_deref())
        .iter()
        .filter_map(|candidate| {
            let likely = marks.iter().filter(|m| candidate.may_read(**m)).count();
            if likely < needed {
                return None;
            }
            let parser = Parser::new(&candidate.form);
            let reads = |(text, m): &(&&str, &Marks)| {
                candidate.may_read(**m) && parser.parse(text).is_some()
            };
            let good = sample.iter().zip(&marks).filter(reads).count();
            (good >= needed).then(|| (candidate.form.clone(), good))
        })
        .collect();
    alive.sort_by_key(|(_, good)| std::cmp::Reverse(*good));
    alive.truncate(6);
    let total = rows(texts);
    let mut read: Vec<(u64, usize, String, String)> = alive
        .into_iter()
        .map(|(format, _)| {
            let parser = Parser::new(&format);
            let read: Vec<(&str, u32)> = (texts.iter().copied())
                .filter(|(t, _)| parser.parse(t).is_some())
                .collect();
            let (written, same) = as_written(&format, &read);
            (rows(&read), same, format, written)
        })
        .collect();
    // Of those that read as many rows, the first that writes most of them back as they are.
    read.sort_by_key(|(rows, same, ..)| std::cmp::Reverse((*rows, *same)));
    let (most, same, format, written) = read.first()?.clone();
    let swapped = swapped(&format);
    let ambiguous = (read.iter()).any(|(rows, as_many, f, _)| {
        *rows == most && *as_many == same && *f != format && *f == swapped
    });
    Some(Found {
        format: written,
        share: most as f64 / total.max(1) as f64,
        ambiguous,
    })
}

/// A form with day and month in each other's place.
fn swapped(form: &str) -> String {
    form.replace("%d", "\0")
        .replace("%m", "%d")
        .replace('\0', "%m")
}

/// The forms of a column that has several: one after the other, each reads what those before it do not.
fn several(texts: &[(&str, u32)], least: f64) -> Option<Found> {
    let total = rows(texts);
    if texts.len() < 10 {
        return None;
    }
    let mut rest: Vec<(&str, u32)> = texts.to_vec();
    let mut found: Vec<(String, u64)> = Vec::new();
    while found.len() < FORMS && !rest.is_empty() {
        let form = match one(&rest, 0.2) {
            Some(next) if forms::is_dated(&next.format) => next.format,
            _ if !found.is_empty() && rest.iter().all(|(t, _)| is_year(t)) => "%Y".to_owned(),
            _ => break,
        };
        let parser = Parser::new(&form);
        let before = rows(&rest);
        rest.retain(|(t, _)| parser.parse(t).is_none());
        let read = before - rows(&rest);
        if read < FEWEST || (read as f64) < LEAST * total as f64 {
            break;
        }
        let order = |f: &String| f.replace("%-", "%").replace("%e", "%d");
        // Day and month in either order tell nothing of either.
        if found
            .iter()
            .any(|(f, _)| order(f) == swapped(&order(&form)))
        {
            return None;
        }
        found.push((form, read));
    }
    let read: u64 = found.iter().map(|f| f.1).sum();
    let share = read as f64 / total.max(1) as f64;
    (found.len() > 1 && share >= least).then(|| Found {
        format: joined(&found, texts),
        share,
        ambiguous: false,
    })
}

fn is_year(text: &str) -> bool {
    let text = text.trim();
    text.len() == 4 && text.parse::<u32>().is_ok_and(|y| (1800..2200).contains(&y))
}

/// The forms as one format. A form that says less than the first is for moments that it says all of, unless many
/// of the moments that are written out have such a value; then, and for forms that say as much, a share decides.
fn joined(found: &[(String, u64)], texts: &[(&str, u32)]) -> String {
    let total: u64 = found.iter().map(|f| f.1).sum();
    let mut order: Vec<&(String, u64)> = found.iter().collect();
    order.sort_by_key(|(form, n)| std::cmp::Reverse((forms::parts(form).len(), *n)));
    let (first, parser) = (&order[0].0, Parser::new(&order[0].0));
    let mut format = first.clone();
    for (form, read) in &order[1..] {
        let coarse = Parser::new(form);
        let less = forms::parts(form).len() < forms::parts(first).len();
        let exact = |(t, _): &&(&str, u32)| {
            let at = parser.parse(t);
            at.is_some_and(|at| write(form, at).and_then(|t| coarse.parse(&t)) == Some(at))
        };
        let alike: u64 = texts.iter().filter(exact).map(|(_, n)| u64::from(*n)).sum();
        format.push('|');
        if !less || alike * 4 > *read {
            format.push_str(&format!("{}:", (read * 100 + total / 2) / total.max(1)));
        }
        format.push_str(form);
    }
    format
}

/// True when each text is a date under one order of day and month or the other, but neither order
/// serves at least `least` of the rows.
pub(crate) fn mixed_order(texts: &[(&str, u32)], least: f64) -> bool {
    let total: u64 = texts.iter().map(|(_, n)| u64::from(*n)).sum();
    [
        ("%d/%m/%Y", "%m/%d/%Y"),
        ("%d-%m-%Y", "%m-%d-%Y"),
        ("%d.%m.%Y", "%m.%d.%Y"),
    ]
    .iter()
    .any(|(a, b)| {
        let (a, b) = (Parser::new(a), Parser::new(b));
        let first = texts
            .first()
            .is_some_and(|(t, _)| a.parse(t).is_some() || b.parse(t).is_some());
        if !first {
            return false;
        }
        let (mut one, mut other, mut any) = (0u64, 0u64, 0u64);
        for (text, n) in texts {
            let (x, y) = (a.parse(text).is_some(), b.parse(text).is_some());
            one += u64::from(x) * u64::from(*n);
            other += u64::from(y) * u64::from(*n);
            any += u64::from(x || y) * u64::from(*n);
        }
        let enough = |n: u64| n as f64 >= least * total.max(1) as f64;
        enough(any) && !enough(one) && !enough(other)
    })
}

fn spread<'a>(texts: &[(&'a str, u32)], most: usize) -> Vec<&'a str> {
    let step = texts.len().div_ceil(most).max(1);
    texts.iter().step_by(step).map(|(t, _)| *t).collect()
}

fn may_be_date(text: &str) -> bool {
    let text = text.trim();
    (4..=40).contains(&text.len())
        && text.chars().all(|c| c.is_ascii() || c.is_alphabetic())
        && text.bytes().any(|b| b.is_ascii_digit())
        && text
            .bytes()
            .any(|b| matches!(b, b'-' | b'/' | b'.' | b':' | b' ') || b.is_ascii_alphabetic())
        && text.parse::<f64>().is_err()
}

fn common_offset(sample: &[&str]) -> Option<String> {
    let first = sample.iter().find_map(|t| {
        let t = t.trim();
        let (body, offset) = split_offset(t);
        offset.map(|o| (t[body.len()..].to_owned(), o))
    })?;
    let same = sample
        .iter()
        .filter_map(|t| split_offset(t.trim()).1)
        .all(|o| o == first.1);
    let colon = first.0.contains(':');
    Some(match (same, colon) {
        (true, _) => first.0,
        (false, true) => "+00:00".to_owned(),
        (false, false) => "+0000".to_owned(),
    })
}

/// `format` with the paddings, cases and decimals that write most of `texts` back as they are, and how many of a
/// sample it does.
fn as_written(format: &str, texts: &[(&str, u32)]) -> (String, usize) {
    let sample = spread(texts, 400);
    let parser = Parser::new(format);
    let pairs: Vec<(&str, i64)> = sample
        .iter()
        .filter_map(|t| parser.parse(t).map(|at| (t.trim(), at)))
        .collect();
    let mut forms = vec![format.to_owned()];
    let mut widen = |from: &[&str], to: &[&str]| {
        let more: Vec<String> = forms
            .iter()
            .map(|f| {
                from.iter()
                    .zip(to)
                    .fold(f.clone(), |f, (from, to)| f.replace(from, to))
            })
            .collect();
        forms.extend(more);
        forms.dedup();
    };
    widen(&["%d", "%m"], &["%-d", "%-m"]);
    widen(&["%H", "%I"], &["%-H", "%-I"]);
    widen(&["%d"], &["%e"]);
    widen(&["%b", "%B"], &["%^b", "%^B"]);
    widen(&["%p"], &["%P"]);
    if format.contains("%.f") {
        let plain = forms.clone();
        for digits in 1..=9 {
            let with = format!("%.{digits}f");
            forms.extend(plain.iter().map(|form| form.replace("%.f", &with)));
        }
    }
    let same = |form: &String| {
        pairs
            .iter()
            .filter(|(text, at)| write(form, *at).as_deref() == Some(text))
            .count()
    };
    (forms.into_iter().rev())
        .map(|form| (same(&form), form))
        .max_by_key(|(same, _)| *same)
        .map_or_else(|| (format.to_owned(), 0), |(same, form)| (form, same))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn found(texts: &[&str]) -> Option<Found> {
        let texts: Vec<(&str, u32)> = texts.iter().map(|t| (*t, 1)).collect();
        find(&texts, 0.95)
    }

    #[test]
    fn formats_are_found_and_write_the_same_text() {
        for texts in [
            &["2013-01-31", "2014-12-01"][..],
            &["2013-01-01T10:00:00Z", "2013-11-05T23:10:09Z"],
            &["2013-01-01 10:00:00.250", "2013-01-02 11:10:01.500"],
            &["1/31/2013", "12/1/2014"],
            &["01/31/2013", "12/01/2014"],
            &["31.01.2013", "01.12.2014"],
            &["1/31/2013 7:05", "12/1/2014 13:45"],
            &["31-JAN-2013", "01-DEC-2014"],
            &["5 January 2013", "15 March 2014"],
            &["January 5, 2013", "March 15, 2014"],
            &["2013-01-01T10:00:00+02:00", "2013-03-01T10:00:00+02:00"],
            &["10:15:00", "23:59:59"],
            &["2013-01", "2014-12"],
            &["Mar 2013", "Dec 2014"],
            &["2013-Q1", "2014-Q4"],
            &["Q2 2013", "Q3 2014"],
            &["01/31/2013 03:15 PM", "12/01/2014 11:05 AM"],
        ] {
            let found = found(texts).unwrap();
            let parser = Parser::new(&found.format);
            for text in texts {
                let at = parser.parse(text).unwrap();
                assert_eq!(
                    write(&found.format, at).as_deref(),
                    Some(*text),
                    "{found:?}"
                );
            }
        }
    }

    #[test]
    fn the_order_that_fits_all_rows_wins() {
        assert_eq!(
            found(&["01/02/2020", "13/02/2020"]).unwrap().format,
            "%d/%m/%Y"
        );
        assert_eq!(
            found(&["01/02/2020", "02/13/2020"]).unwrap().format,
            "%m/%d/%Y"
        );
        assert!(found(&["01/02/2020", "02/03/2020"]).unwrap().ambiguous);
        let mixed = [("13/02/2020", 1), ("02/13/2020", 1)];
        assert_eq!(find(&mixed, 0.95), None);
        assert!(mixed_order(&mixed, 0.95));
    }

    #[test]
    fn offsets_that_vary_meet_in_utc() {
        let found = found(&["2013-01-01T10:00:00+02:00", "2013-07-01T10:00:00+01:00"]).unwrap();
        let parser = Parser::new(&found.format);
        let at = parser.parse("2013-01-01T10:00:00+02:00").unwrap();
        assert_eq!(
            write(&found.format, at).as_deref(),
            Some("2013-01-01T08:00:00+00:00")
        );
    }

    #[test]
    fn numbers_and_words_are_no_dates() {
        for texts in [
            &["2013", "2014"][..],
            &["1.5", "2.5"],
            &["C22 C26", "B5"],
            &["250.83", "V57"],
            &["[0-10)", "[10-20)"],
        ] {
            assert_eq!(found(texts), None, "{texts:?}");
        }
    }
}
