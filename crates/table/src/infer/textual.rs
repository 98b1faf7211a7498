//! Columns of texts: numbers, dates, codes, keys, names and notes.

use super::numeric::{Whole, key, stamps, whole};
use super::{Guess, counted, name, personal};
use crate::notation::{exceeds_day, is_bounded};
use crate::raw::Texts;
use crate::text::{Number, Precision, number, says_missing};
use crate::text::{date, mask};
use crate::{Clock, DateFormat, Exception, IdPattern, Kind, Notation, Protection, Spoken, Warning};

/// Share of the filled cells that a kind must fit.
const LEAST: f64 = 0.95;
/// Share of the filled cells of a column of numbers that may be anything else, read as missing.
const ODD: f64 = 0.01;
/// Most texts that stand in the place of numbers, and most of them that are words.
const KINDS: usize = 16;
const WORDS: usize = 5;
/// Whole numbers beyond it are keys: a double does not hold them all.
const EXACT: u64 = 1 << 53;
/// Fewest rows of a constant, and of a level that is no free answer.
const FEWEST: u64 = Protection::DEFAULT.div_ceil(2) as u64;
/// Signs for missing are taken for such only beside more different numbers than this.
const FEW: u64 = 20;

/// What a column of `texts` is, in a file whose numbers have a decimal comma if `comma` says so.
pub(super) fn guess(column: &str, words: &[String], texts: &Texts, comma: bool) -> Guess {
    let values = counted(texts);
    let present: u64 = values.iter().map(|(_, n)| u64::from(*n)).sum();
    let distinct = values.len() as u64;
    let Some(&(first, _)) = values.first() else {
        return Kind::Missing.into();
    };
    let share = distinct as f64 / present as f64;
    let lonely = share > 0.5 && texts.rows() >= 10;
    if let Some(what) = personal::find(&values, words) {
        return Kind::Personal { what }.into();
    }
    let shared = present >= FEWEST || texts.rows() < 10;
    // A box that is ticked or empty.
    if distinct == 1 && present >= FEWEST && texts.rows() as u64 - present >= FEWEST {
        return Kind::Boolean.into();
    }
    if distinct == 1 && shared {
        return Kind::Constant {
            value: first.to_owned(),
        }
        .into();
    }
    let missing = texts.rows() as u64 - present;
    let empty = missing > 0;
    if let Some(guess) = digits_of_times(&values, empty) {
        return guess;
    }
    if let Some(guess) = numbers(words, &values, missing, comma) {
        return guess;
    }
    if let Some(guess) = dates(column, &values, empty) {
        let times =
            |kind: &Kind| matches!(kind, Kind::Datetime { format } if format.is_time_of_day());
        let longer = times(&guess.kind) && exceeds_day(&values);
        let durations = longer.then(|| durations(&values, missing)).flatten();
        return durations.unwrap_or(guess);
    }
    if let Some(guess) = durations(&values, missing) {
        return guess;
    }
    if let Some(guess) = answers_or_missing(&values, empty) {
        return guess;
    }
    let kind = if distinct == 1 && !shared {
        Kind::Text {
            words: mean_words(&values),
        }
    } else if distinct == 2 && !lonely {
        Kind::Boolean
    } else {
        words_or_codes(words, &values, present)
    };
    Guess {
        warnings: mixed_dates(column, &values),
        ..answers(words, kind, &values).into()
    }
}

/// `kind`, unless its rare levels are free answers or tell who somebody is: then the column is
/// text, of which only values of many people are kept.
fn answers(words: &[String], kind: Kind, values: &[(&str, u32)]) -> Kind {
    if !matches!(kind, Kind::Categorical | Kind::Boolean) {
        return kind;
    }
    if personal::free_answers(values, FEWEST as u32, words) {
        let rare: Vec<(&str, u32)> = (values.iter())
            .filter(|(_, n)| u64::from(*n) < FEWEST)
            .copied()
            .collect();
        let all = if rare.is_empty() { values } else { &rare };
        return Kind::Text {
            words: mean_words(all),
        };
    }
    kind
}

/// Mean number of words over the rows.
fn mean_words(values: &[(&str, u32)]) -> f64 {
    let rows: f64 = values.iter().map(|(_, n)| f64::from(*n)).sum();
    let words: f64 = values
        .iter()
        .map(|(t, n)| t.split_whitespace().count() as f64 * f64::from(*n))
        .sum();
    words / rows.max(1.0)
}

/// What the texts of a column are as numbers, in rows.
#[derive(Default)]
struct Tally<'a> {
    ints: Vec<(i64, u64)>,
    precision: Precision,
    /// Rows of reals, and distinct reals that are not whole.
    reals: u64,
    fractions: u64,
    /// Distinct numbers.
    different: u64,
    /// Rows that say that a value is missing, and the texts of those that several rows have.
    signs: u64,
    signs_of_several: Vec<(&'a str, u64)>,
    /// How many of the exceptions are such signs.
    signs_kept: usize,
    rows_of_signs_kept: u64,
    /// Texts in the place of numbers that several rows have.
    exceptions: Vec<(&'a str, u64)>,
    /// Rows of anything else; distinct words among them; rows of what is neither word nor bound.
    others: u64,
    kinds_of_words: u64,
    odd: u64,
}

impl<'a> Tally<'a> {
    /// `None` when a text says that the column holds no measurements, or when more than `odd` of the rows hold
    /// something else with digits.
    fn of(
        notation: &Notation,
        values: &[(&'a str, u32)],
        present: u64,
        odd: f64,
    ) -> Option<Tally<'a>> {
        let mut all = Tally::default();
        for (text, rows) in values {
            let rows = u64::from(*rows);
            match notation.number(text) {
                Number::Padded => return None,
                Number::Integer(x) if x.unsigned_abs() > EXACT => return None,
                Number::Real { value, .. } if value.abs() > EXACT as f64 && is_digits(text) => {
                    return None;
                }
                Number::Integer(x) => {
                    all.different += 1;
                    all.ints.push((x, rows));
                }
                Number::Real {
                    value,
                    decimals,
                    significant,
                } => {
                    all.different += 1;
                    all.reals += rows;
                    all.fractions += u64::from(value.fract() != 0.0);
                    all.precision.add(decimals, significant);
                    if value.fract() == 0.0 && value.abs() < 9e15 {
                        all.ints.push((value as i64, rows));
                    }
                }
                Number::NotFinite => all.sign(text, rows),
                Number::Other if says_missing(text) => all.sign(text, rows),
                Number::Other => all.other(notation, text, rows),
            }
            if all.odd as f64 > odd * present as f64 {
                return None;
            }
        }
        Some(all)
    }

    fn other(&mut self, notation: &Notation, text: &'a str, rows: u64) {
        let bound = is_bound(notation, text);
        if rows >= FEWEST && (bound || is_word(text) || is_dash(text)) {
            self.exceptions.push((text.trim(), rows));
            return;
        }
        self.others += rows;
        if bound {
            return;
        }
        if text.bytes().any(|b| b.is_ascii_digit()) {
            self.odd += rows;
        } else {
            self.kinds_of_words += 1;
        }
    }

    fn sign(&mut self, text: &'a str, rows: u64) {
        self.signs += rows;
        if rows >= FEWEST {
            self.signs_of_several.push((text.trim(), rows));
        }
    }

    /// A sign comes back where a value is missing; beside empty cells, signs that several rows have are exceptions,
    /// so that both come back.
    fn tell_signs_apart(&mut self, empty: bool) {
        if self.different <= FEW || !empty {
            return;
        }
        self.rows_of_signs_kept = self.signs_of_several.iter().map(|s| s.1).sum();
        self.signs -= self.rows_of_signs_kept;
        self.signs_kept = self.signs_of_several.len();
        self.exceptions.append(&mut self.signs_of_several);
    }

    fn excepted(&self) -> u64 {
        self.exceptions.iter().map(|e| e.1).sum()
    }

    /// True when the column holds numbers, and little else, in its `present` filled rows.
    fn is_of_numbers(&self, present: u64) -> bool {
        let excepted = self.excepted();
        let stray = self.signs + self.others;
        let words = self.exceptions.iter().filter(|e| !is_bounded(e.0)).count();
        let measured = present.saturating_sub(excepted + stray);
        if self.different == 0 || self.kinds_of_words > WORDS as u64 {
            return false;
        }
        if excepted > 0
            && (self.different <= FEW
                || words > WORDS + self.signs_kept
                || self.exceptions.len() > KINDS
                || measured + self.rows_of_signs_kept < excepted)
        {
            return false;
        }
        let enough = measured as f64 >= LEAST * (measured + self.others) as f64;
        stray == 0 || self.different > FEW && measured > 0 && enough
    }
}

fn numbers(words: &[String], values: &[(&str, u32)], missing: u64, comma: bool) -> Option<Guess> {
    let present: u64 = values.iter().map(|(_, n)| u64::from(*n)).sum();
    let notation = Notation::of_file(values, comma);
    let mut all = Tally::of(&notation, values, present, ODD)?;
    all.tell_signs_apart(missing > 0);
    if !all.is_of_numbers(present) {
        return None;
    }
    if personal::is_postcode(words) {
        return Some(Kind::Categorical.into());
    }
    let whole = all.reals == 0 || (all.fractions == 0 && !precision_is_exponent(values));
    let mut guess: Guess = if whole {
        let mut guess: Guess = integers(words, values, std::mem::take(&mut all.ints)).into();
        let rest = present - all.excepted() - all.signs - all.others;
        if all.reals > 0 && all.reals == rest {
            guess.source = Some("Float64");
        }
        guess
    } else {
        Kind::Numerical {
            decimals: all.precision.decimals(),
        }
        .into()
    };
    guess.notation = Some(notation);
    excepted(&mut guess, &all, missing);
    if matches!(guess.kind, Kind::Datetime { .. }) {
        guess.lossy |= all.excepted() > 0;
        guess.notation = Notation::sign_among(values, missing > 0, says_missing).map(missing_as);
    }
    Some(guess)
}

/// Notes the texts that stand in the place of the numbers of `guess`.
fn excepted(guess: &mut Guess, all: &Tally<'_>, missing: u64) {
    let (excepted, stray) = (all.excepted(), all.signs + all.others);
    guess.lossy = stray > 0;
    if excepted == 0 || !matches!(guess.kind, Kind::Integer | Kind::Numerical { .. }) {
        return;
    }
    guess.lossy = true;
    if guess.kind == Kind::Integer {
        // A whole number has no room for a mark.
        guess.kind = Kind::Numerical { decimals: Some(0) };
    }
    let without = (excepted + stray + missing).max(1);
    let exception = |(text, rows): &(&str, u64)| Exception {
        text: (*text).to_owned(),
        share: (rows * 10_000 / without) as u32,
    };
    if let Some(notation) = &mut guess.notation {
        notation.exceptions = all.exceptions.iter().map(exception).collect();
    }
}

/// Durations as on a clock, or with units, which become seconds.
fn durations(values: &[(&str, u32)], missing: u64) -> Option<Guess> {
    let timed = with_digits(values);
    let notation = match Clock::of(&timed, LEAST) {
        Some(clock) => Notation {
            clock: Some(clock),
            ..Notation::default()
        },
        None => Notation {
            spoken: Some(Spoken::of(&timed, LEAST)?),
            ..Notation::default()
        },
    };
    let present: u64 = values.iter().map(|(_, n)| u64::from(*n)).sum();
    let mut all = Tally::of(&notation, values, present, 1.0 - LEAST)?;
    all.tell_signs_apart(missing > 0);
    if timed.len() < values.len() && !all.is_of_numbers(present) {
        return None;
    }
    let mut guess = Guess {
        notation: Some(notation),
        ..Kind::Integer.into()
    };
    excepted(&mut guess, &all, missing);
    Some(guess)
}

/// The texts that are more than words.
fn with_digits<'a>(values: &[(&'a str, u32)]) -> Vec<(&'a str, u32)> {
    let digits = |text: &str| text.bytes().any(|b| b.is_ascii_digit());
    values.iter().copied().filter(|(t, _)| digits(t)).collect()
}

/// True for dates and times in any form.
pub(crate) fn are_moments(values: &[(&str, u32)]) -> bool {
    let whole = |(text, n): &(&str, u32)| match number(text) {
        Number::Integer(x) => Some((x, u64::from(*n))),
        _ => None,
    };
    let wholes = || values.iter().map(whole).collect::<Option<Vec<_>>>();
    digits_of_times(values, false).is_some()
        || date::find(values, LEAST).is_some()
        || wholes().is_some_and(|w| matches!(integers(&[], values, w), Kind::Datetime { .. }))
}

fn is_digits(text: &str) -> bool {
    let text = text.trim();
    text.strip_prefix('-')
        .unwrap_or(text)
        .bytes()
        .all(|b| b.is_ascii_digit())
}

/// True for a word or two in the place of a number.
fn is_word(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters > 0 && text.chars().count() <= 24 && !text.bytes().any(|b| b.is_ascii_digit())
}

/// Tells texts that number things as `like` does: a sign or letters, then at least four digits, `#1001`.
fn is_numbered(like: &str) -> impl Fn(&str) -> bool {
    let first = like.chars().next().unwrap_or(' ');
    let (length, letters) = (like.len(), !first.is_ascii_digit());
    move |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        letters && text.len() == length && digits >= 4 && !text.contains(['.', ' '])
    }
}

/// True for dashes or stars in the place of a number, also behind a currency: `$-`, `*****`.
fn is_dash(text: &str) -> bool {
    let text = text.trim();
    text.contains(['-', '*', '#', '\u{2013}', '\u{2014}'])
        && text.chars().count() <= 8
        && !text.chars().any(char::is_alphanumeric)
}

/// True for a bound on a number: `<0.5`, `>= 90`, `~3`, `85+`.
fn is_bound(notation: &Notation, text: &str) -> bool {
    let is_number = |text: &str| {
        [number(text), notation.number(text)]
            .iter()
            .any(|n| matches!(n, Number::Integer(_) | Number::Real { .. }))
    };
    let bare = text
        .trim()
        .trim_start_matches(['<', '>', '=', '~', '≤', '≥']);
    is_bounded(text) && is_number(bare.strip_suffix('+').unwrap_or(bare).trim())
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
    let facts = Whole::of(merged.iter().copied());
    let values = &with_digits(values);
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
    if let Some(format) = digits_of_dates(merged.iter().map(|x| x.0), values) {
        return Kind::Datetime { format };
    }
    if stamps(merged.iter().map(|x| x.0)) {
        return Kind::Datetime {
            format: DateFormat("%Y%m%d%H%M%S".to_owned()),
        };
    }
    whole(words, &facts)
}

/// Fewest different numbers that are all dates, which is no chance.
const DATES: usize = 20;

/// Dates and times in eight, ten or twelve digits.
fn digits_of_dates(
    numbers: impl Iterator<Item = i64>,
    values: &[(&str, u32)],
) -> Option<DateFormat> {
    let format = match values.first()?.0.trim().len() {
        8 => "%Y%m%d",
        10 => "%Y%m%d%H",
        12 => "%Y%m%d%H%M",
        _ => return None,
    };
    let century = |x: i64| {
        let year = x.to_string().get(..4)?.parse::<u32>().ok()?;
        (1900..2100).contains(&year).then_some(())
    };
    let parser = date::Parser::new(format);
    let mut different = 0;
    for x in numbers {
        different += 1;
        century(x)?;
        parser.parse(&x.to_string())?;
    }
    (different >= DATES && values.iter().all(|(t, _)| is_digits(t)))
        .then(|| DateFormat(format.to_owned()))
}

/// Times of day in four or six digits, some of which begin with a zero.
fn digits_of_times(values: &[(&str, u32)], empty: bool) -> Option<Guess> {
    if values.iter().any(|(t, _)| says_missing(t)) {
        let timed = values.iter().copied().filter(|(t, _)| !says_missing(t));
        let guess = digits_of_times(&timed.collect::<Vec<_>>(), empty)?;
        return Some(Guess {
            lossy: true,
            notation: Notation::sign_among(values, empty, says_missing).map(missing_as),
            ..guess
        });
    }
    let format = match values.first()?.0.trim().len() {
        4 => "%H%M",
        6 => "%H%M%S",
        _ => return None,
    };
    let parser = date::Parser::new(format);
    let fits = |v: &(&str, u32)| parser.parse(v.0).is_some();
    let all = values
        .iter()
        .all(|v| is_digits(v.0) && v.0.trim().len() == values[0].0.trim().len());
    let padded = values.iter().any(|v| v.0.trim().starts_with('0'));
    (values.len() >= DATES && all && padded && values.iter().all(fits)).then(|| {
        Kind::Datetime {
            format: DateFormat(format.to_owned()),
        }
        .into()
    })
}

fn dates(column: &str, values: &[(&str, u32)], empty: bool) -> Option<Guess> {
    let found = date::find(values, LEAST)?;
    let mut guess: Guess = Kind::Datetime {
        format: DateFormat(found.format.clone()),
    }
    .into();
    if found.ambiguous {
        guess.warnings.push(Warning::of_column(
            "table/ambiguous-date",
            column,
            format_args!(
                "day and month could be in either order; it is read as {}. Set the format in the schema if \
                 that is wrong.",
                found.format
            ),
        ));
    }
    guess.lossy = found.share < 1.0;
    guess.notation = Notation::sign_among(values, empty, |t| says_missing(t) || date::is_null(t))
        .map(missing_as);
    Some(guess)
}

/// A column in which `sign` stands for missing values.
fn missing_as(sign: String) -> Notation {
    Notation {
        missing: Some(sign),
        ..Notation::default()
    }
}

/// A yes and a no, and one word for cells that have neither.
fn answers_or_missing(values: &[(&str, u32)], empty: bool) -> Option<Guess> {
    const ANSWERS: [(&str, &str); 17] = [
        ("true", "false"),
        ("t", "f"),
        ("yes", "no"),
        ("y", "n"),
        ("1", "0"),
        ("1", "2"),
        ("ja", "nein"),
        ("j", "n"),
        ("wahr", "falsch"),
        ("oui", "non"),
        ("o", "n"),
        ("vrai", "faux"),
        ("si", "no"),
        ("sí", "no"),
        ("s", "n"),
        ("ja", "nee"),
        ("ja", "nej"),
    ];
    let (signs, mut answers): (Vec<&str>, Vec<&str>) =
        values.iter().map(|v| v.0).partition(|t| says_missing(t));
    let ([sign], false, 2) = (signs.as_slice(), empty, answers.len()) else {
        return None;
    };
    answers.sort_by_key(|a| a.to_lowercase());
    let is = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b);
    let pair = |(yes, no): &(&str, &str)| {
        is(answers[0], yes) && is(answers[1], no) || is(answers[0], no) && is(answers[1], yes)
    };
    ANSWERS.iter().any(pair).then(|| Guess {
        lossy: true,
        notation: Some(missing_as((*sign).to_owned())),
        ..Kind::Boolean.into()
    })
}

fn mixed_dates(column: &str, values: &[(&str, u32)]) -> Vec<Warning> {
    if !date::mixed_order(values, LEAST) {
        return Vec::new();
    }
    vec![Warning::of_column(
        "table/mixed-date-order",
        column,
        "day and month change places from row to row, so it is not read as dates. Write all dates in one \
         order.",
    )]
}

fn words_or_codes(words: &[String], values: &[(&str, u32)], present: u64) -> Kind {
    let distinct = values.len() as u64;
    let share = distinct as f64 / present as f64;
    let unique = distinct == present;
    let texts = || values.iter().map(|(t, _)| *t);
    let part = |is: fn(&str) -> bool| texts().filter(|t| is(t)).count() as f64 / distinct as f64;
    if texts().all(crate::text::is_uuid) {
        return Kind::Id {
            pattern: IdPattern::Uuid,
            unique,
        };
    }
    let id = || Kind::Id {
        pattern: IdPattern::Mask {
            mask: crate::text::hexadecimal(texts()).unwrap_or_else(|| mask(texts()).0),
        },
        unique,
    };
    // Levels that few people share are kept by nobody: a column of little else is no category.
    let shared: u64 = (values.iter().map(|(_, n)| u64::from(*n)))
        .filter(|n| *n >= FEWEST)
        .sum();
    let pooled = distinct > 20 && shared * 5 < present && texts().all(is_numbered(values[0].0));
    match key(words, distinct, present) {
        Some(true) => return id(),
        Some(false) if !pooled => return Kind::Categorical,
        _ => {}
    }
    if crate::text::hexadecimal(texts()).is_some_and(|m| m.len() >= 16) {
        return id();
    }
    let mean_words = mean_words(values);
    let note = (mean_words >= 5.0 && share > 0.2) || (mean_words >= 12.0 && distinct > 100);
    if !note && share <= 0.5 && !pooled {
        return Kind::Categorical;
    }
    let coded = part(|t| t.bytes().any(|b| b.is_ascii_digit())) > 0.5;
    if !note && mean_words < 2.5 && coded {
        return id();
    }
    Kind::Text { words: mean_words }
}
