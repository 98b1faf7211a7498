//! What the columns of an unknown table mean, from all of its rows.
//!
//! The rules, in order; the first that holds decides:
//! 1. nothing but missing cells: missing;
//! 2. names of people, e-mails, telephone, account, card and national numbers, addresses of people and
//!    machines, numbers of vehicles and devices, by what the cells are, however many of them differ;
//!    the column's name strengthens or weakens the evidence: personal;
//! 3. one value, in at least five rows: constant;
//! 4. numbers: whole numbers are integers unless they are keys; a usual sign for missing (`?`, `NA`)
//!    between more than 20 different numbers is read as missing with a warning, as are a few words
//!    and bounds (`<0.5`) in up to one cell in twenty; digits with leading zeros, and numbers
//!    mixed with codes (`V57`), are codes, never numbers;
//! 5. dates and times, under the order of day and month that fits all rows;
//! 6. two values: boolean (also 0 and 1, 1 and 2, or any two words);
//! 7. keys and free text, also free answers behind one usual value and levels that name somebody;
//!    every other text column is categorical.
//!
//! Whole numbers are a key when the column is named like one, when they count on in steps of one, or
//! when they repeat far less than independent values of the same range would by chance: a
//! measurement may happen to be unique, but then its range is wide. Texts of which more than half
//! are distinct are never modelled: their values would be those of single persons. They become keys
//! of the same mask, or text of the same length.

mod codes;
mod name;
pub(crate) mod numeric;
pub(crate) mod personal;
pub(crate) mod series;
mod settle;
mod subject;
mod target;
mod textual;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::names::{listed, no_such_column};
use crate::raw::{Cells, RawColumn, Source, Texts};
use crate::{ColumnSpec, Error, IdPattern, Kind, Notation, Personal, Result, Schema, Warning};

pub use codes::MissingCodes;
pub(crate) use textual::are_moments;

/// What the user knows about the table.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The column to be predicted.
    pub target: Option<String>,
    /// Time and event column.
    pub survival: Option<(String, String)>,
    /// The column that says whose row a row is; [`NO_SUBJECT`](crate::NO_SUBJECT) when each row is
    /// a person; inferred when `None`.
    pub subject: Option<String>,
    /// Kinds by column name; they win over inference.
    pub kinds: BTreeMap<String, Kind>,
    /// What to do with personal data and free text.
    pub text: TextMode,
    /// What becomes of numbers that stand for "missing".
    pub missing_codes: MissingCodes,
    /// What the user says of rules between columns.
    pub rules: Option<crate::Rules>,
}

/// What to do with personal data and free text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextMode {
    /// Replace them by fakes, and text by text of the same shape.
    #[default]
    Fake,
    /// Leave the columns out.
    Drop,
    /// Refuse the table.
    Error,
}

/// A column's kind, and what to tell about it.
struct Guess {
    kind: Kind,
    /// The type to be written back, where it differs from the file's.
    source: Option<&'static str>,
    /// Some filled cells are read as missing.
    lossy: bool,
    /// How its numbers are written.
    notation: Option<Notation>,
    warnings: Vec<Warning>,
}

impl From<Kind> for Guess {
    fn from(kind: Kind) -> Guess {
        Guess {
            kind,
            source: None,
            lossy: false,
            notation: None,
            warnings: Vec::new(),
        }
    }
}

/// Infers the schema of `source`.
///
/// # Errors
/// `table/target-missing`, `table/column-missing` and the like when a named column is not there or
/// cannot serve; `table/text-refused` under [`TextMode::Error`].
pub fn infer(source: &Source, options: &Options) -> Result<(Schema, Vec<Warning>)> {
    let names = || source.columns.iter().map(|c| c.name.as_str());
    for name in options.kinds.keys() {
        if source.position(name).is_none() {
            return Err(no_such_column("table/column-missing", name, names()).in_file(&source.path));
        }
    }
    target::check_names(source, options)?;
    subject::check_name(source, options)?;
    let comma = has_decimal_commas(source);
    let guesses: Vec<Guess> = source
        .columns
        .par_iter()
        .map(|column| match options.kinds.get(&column.name) {
            Some(kind) => overridden(kind, guess(column, comma).kind, column),
            None => guess(column, comma),
        })
        .collect();
    let mut warnings = Vec::new();
    let mut coded = Vec::new();
    let mut columns = Vec::with_capacity(guesses.len());
    for (raw, mut guess) in source.columns.iter().zip(guesses) {
        if let (Cells::Text(texts), Kind::Numerical { .. } | Kind::Integer) =
            (raw.cells.as_ref(), &guess.kind)
        {
            let mut notation = guess
                .notation
                .take()
                .unwrap_or_else(|| Notation::of(&counted(texts)));
            notation.missing = Notation::sign_of_missing(&counted(texts), has_missing(&raw.cells));
            guess.notation = Some(notation).filter(|n| !n.is_plain());
        }
        if !raw.cells.is_text() {
            guess.notation = None;
        }
        warnings.extend(guess.warnings);
        // A number of a measurement is one, also where it has two values.
        if guess.kind == Kind::Boolean && is_number_part(raw) {
            guess.kind = Kind::Integer;
        }
        let mut spec = ColumnSpec {
            name: raw.name.clone(),
            kind: guess.kind,
            source: guess
                .source
                .map_or_else(|| raw.source.clone(), str::to_owned),
            nullable: guess.lossy || has_missing(&raw.cells),
            notation: guess.notation,
            part: raw.part.clone(),
        };
        let codes = codes::find(raw, &spec);
        let asked = options.missing_codes == MissingCodes::Mark;
        if !codes.is_empty() && (asked || codes::are_written_otherwise(raw, &codes)) {
            codes::mark(&mut spec, &codes, missing(&raw.cells));
            codes::written_without(raw, &mut spec, comma);
        } else if !codes.is_empty() {
            coded.push((spec.name.clone(), codes));
        }
        columns.push(spec);
    }
    warnings.extend(codes::warning(&coded));
    let mut schema = Schema {
        layout: source.layout.clone(),
        rules: options.rules.clone(),
        ..Schema::of(columns)
    };
    target::set(&mut schema, source, options, &mut warnings)?;
    subject::set(&mut schema, source, options, &mut warnings)?;
    text_mode(&mut schema, source, options, &mut warnings)?;
    Ok((schema, warnings))
}

/// Columns whose kind the user chose otherwise than inference, with its tolerance for a few words
/// between numbers, would have: all their cells must fit.
pub(crate) fn overruled(source: &Source, options: &Options) -> BTreeSet<String> {
    let comma = has_decimal_commas(source);
    let overruled = |column: &RawColumn| {
        let chosen = options.kinds.get(&column.name)?;
        let guess = guess(column, comma);
        (!guess.lossy || guess.kind.name() != chosen.name()).then(|| column.name.clone())
    };
    source.columns.iter().filter_map(overruled).collect()
}

fn guess(column: &RawColumn, comma: bool) -> Guess {
    if let (Some(part), Cells::Text(texts)) = (&column.part, column.cells.as_ref()) {
        match part.piece {
            crate::Piece::Key => return numeric::numbered(texts.iter()).into(),
            crate::Piece::Level => {
                let guess = textual::guess(&column.name, &[], texts, comma);
                let personal = matches!(guess.kind, Kind::Personal { .. });
                return if personal {
                    guess
                } else {
                    Kind::Categorical.into()
                };
            }
            _ => {}
        }
    }
    let words = name::words(&column.name);
    let mut guess = match column.cells.as_ref() {
        Cells::Text(texts) => textual::guess(&column.name, &words, texts, comma),
        Cells::Integers(values) => match telling_numbers(column, &words, values) {
            Some(guess) => guess,
            None => numeric::integers(&words, values).into(),
        },
        Cells::Numbers { values, scale, .. } => numeric::floats(&words, values, *scale).into(),
        Cells::Instants { values, format } => numeric::instants(values, format).into(),
    };
    if let Kind::Id {
        pattern: IdPattern::Number { low, high },
        ..
    } = &mut guess.kind
    {
        let most = crate::schema::greatest(column.source.trim_end_matches(crate::schema::NOT_NULL));
        *low = (*low).max(-most - 1);
        *high = (*high).min(most);
    }
    let pattern_of_numbers = matches!(
        &guess.kind,
        Kind::Id {
            pattern: IdPattern::Sequence { .. } | IdPattern::Number { .. },
            ..
        }
    );
    if pattern_of_numbers && !name::is_key(&words) {
        guess.warnings.push(Warning::of_column(
            "table/taken-for-key",
            &column.name,
            "its whole numbers hardly ever repeat though their range is narrow, so they are taken for keys \
             and numbered anew. If they measure something, give the column the kind integer.",
        ));
    }
    guess
}

/// The kind that the user chose, with a warning when it makes a model learn personal data.
fn overridden(kind: &Kind, found: Kind, column: &RawColumn) -> Guess {
    let what = match found {
        Kind::Personal { what } if kind.is_modelled() => Some(what),
        _ => None,
    };
    let mut guess: Guess = settle::settle(kind, found, column).into();
    if let Some(what) = what {
        guess.warnings.push(Warning::of_column(
            "table/personal-learned",
            &column.name,
            format_args!(
                "its cells are {}, but it was given the kind {}: its real values are learned and will be in \
                 the model and in the synthetic rows. Give it the kind personal to have them replaced.",
                what.plural(),
                kind.name()
            ),
        ));
    }
    guess
}

/// What whole numbers are that are named, or written, like numbers that tell who someone is.
fn telling_numbers(column: &RawColumn, words: &[String], values: &[Option<i64>]) -> Option<Guess> {
    let (low, high) = values
        .iter()
        .flatten()
        .fold((i64::MAX, i64::MIN), |(low, high), &x| {
            (low.min(x), high.max(x))
        });
    if low > high || !personal::may_be_numbers(words, low, high) {
        return None;
    }
    let texts = Cells::Integers(values.to_vec()).into_texts();
    let mut guess = textual::guess(&column.name, words, &texts, false);
    if let Kind::Personal { what } = guess.kind {
        let most = low.unsigned_abs().max(high.unsigned_abs());
        if !has_room(&column.source, what, most) {
            guess.source = Some("Utf8");
        }
        return Some(guess);
    }
    personal::is_named(words).then_some(guess)
}

/// True when all stand-ins for numbers of up to as many digits as `most` has are numbers of the type `source`.
fn has_room(source: &str, what: Personal, most: u64) -> bool {
    // The others may be given signs, or blanks between their digits.
    let digits = matches!(
        what,
        Personal::Postcode | Personal::CreditCard | Personal::Imei
    );
    // One that is invented without an example has five.
    let width = most.max(10_000).to_string().len() as u32;
    let greatest = crate::schema::greatest(source.trim_end_matches(crate::schema::NOT_NULL));
    digits
        && 10_i64
            .checked_pow(width)
            .is_some_and(|end| end - 1 <= greatest)
}

/// Applies [`Options::text`] to the personal and text columns that inference found.
fn text_mode(
    schema: &mut Schema,
    source: &Source,
    options: &Options,
    warnings: &mut Vec<Warning>,
) -> Result<()> {
    let found: Vec<String> = schema
        .columns
        .iter()
        .filter(|c| matches!(c.kind, Kind::Personal { .. } | Kind::Text { .. }))
        // The subject has to stay when text is dropped: without it, people cannot be kept together.
        .filter(|c| options.text != TextMode::Drop || schema.subject.as_ref() != Some(&c.name))
        .map(|c| c.name.clone())
        .collect();
    let Some(first) = found.first() else {
        return Ok(());
    };
    let list = told(schema);
    match options.text {
        TextMode::Fake => warnings.push(Warning::new(
            "table/text-replaced",
            format!(
                "Personal data or free text, by what the cells are: {list}. Their values are \
                 replaced by fakes, not modelled. Drop them with `--text drop`, or give a column \
                 another kind."
            ),
        )),
        TextMode::Drop => {
            schema.columns.retain(|c| !found.contains(&c.name));
            if schema.columns.is_empty() {
                return Err(Error::input(
                    "table/no-columns",
                    "All columns hold personal data or free text, and those were to be dropped.",
                    "Use `--text fake`, or give columns another kind.",
                )
                .in_file(&source.path));
            }
            warnings.push(Warning::new(
                "table/text-dropped",
                format!("Personal data or free text was left out: {list}."),
            ));
        }
        TextMode::Error => {
            return Err(Error::input(
                "table/text-refused",
                format!("The table holds personal data or free text: {list}."),
                "Remove these columns, give them another kind, or use `--text fake` or `--text drop`.",
            )
            .in_file(&source.path)
            .in_column(first));
        }
    }
    Ok(())
}

/// The columns of personal data and of free text, by what they hold.
fn told(schema: &Schema) -> String {
    let mut found: Vec<(&'static str, Vec<&str>)> = Vec::new();
    for column in &schema.columns {
        let what = match &column.kind {
            Kind::Personal { what } => what.plural(),
            Kind::Text { .. } => "free text",
            _ => continue,
        };
        match found.iter_mut().find(|(w, _)| *w == what) {
            Some((_, names)) => names.push(&column.name),
            None => found.push((what, vec![&column.name])),
        }
    }
    let parts: Vec<String> = found
        .iter()
        .map(|(what, names)| format!("{} ({what})", listed(names)))
        .collect();
    parts.join("; ")
}

fn is_number_part(column: &RawColumn) -> bool {
    let number = |part: &crate::Part| matches!(part.piece, crate::Piece::Number { .. });
    column.part.as_ref().is_some_and(number)
}

/// Cells without a value.
fn missing(cells: &Cells) -> u64 {
    let count = match cells {
        Cells::Text(texts) => texts
            .codes()
            .iter()
            .filter(|c| **c == crate::MISSING)
            .count(),
        Cells::Numbers { values, .. } => values.iter().filter(|x| x.is_nan()).count(),
        Cells::Integers(values) | Cells::Instants { values, .. } => {
            values.iter().filter(|x| x.is_none()).count()
        }
    };
    count as u64
}

fn has_missing(cells: &Cells) -> bool {
    match cells {
        Cells::Text(texts) => texts.codes().contains(&crate::MISSING),
        Cells::Numbers { values, .. } => values.iter().any(|x| x.is_nan()),
        Cells::Integers(values) | Cells::Instants { values, .. } => {
            values.iter().any(Option::is_none)
        }
    }
}

/// True for kinds of columns that may hide several values.
fn hides_parts(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Categorical
            | Kind::Text { .. }
            | Kind::Id {
                pattern: IdPattern::Mask { .. },
                ..
            }
    )
}

/// True when nothing but its texts is known of a column, such as of keys and notes.
pub(crate) fn is_opaque(column: &RawColumn) -> bool {
    hides_parts(&guess(column, false).kind)
}

/// True when a column tells one row from another, or nothing is known of it.
pub(crate) fn is_telling(column: &RawColumn) -> bool {
    matches!(
        guess(column, false).kind,
        Kind::Id { .. } | Kind::Personal { .. } | Kind::Text { .. }
    )
}

/// True when numbers of a text file have a decimal comma. Where commas are between cells, none has.
fn has_decimal_commas(source: &Source) -> bool {
    let crate::Format::Csv { dialect, .. } = source.format else {
        return false;
    };
    let texts = source
        .columns
        .iter()
        .filter_map(|c| match c.cells.as_ref() {
            Cells::Text(texts) => Some(texts),
            _ => None,
        });
    dialect.delimiter != b','
        && texts.into_iter().any(|texts| {
            let some: Vec<(&str, u32)> = texts.iter().take(200).map(|t| (t, 1)).collect();
            let notation = Notation::of(&some);
            let numbers = some
                .iter()
                .filter(|v| notation.value(v.0).is_some())
                .count();
            notation.comma && numbers * 10 >= some.len() * 9
        })
}

/// The distinct texts, each with its number of rows.
pub(crate) fn counted(texts: &Texts) -> Vec<(&str, u32)> {
    texts
        .iter()
        .zip(texts.counts())
        .filter(|(_, n)| *n > 0)
        .collect()
}
