//! The subject: the column that says whose row a row is, where people have several rows.
//!
//! A subject that the user names is taken if its values repeat. Otherwise it is inferred, because a
//! table that is divided by rows though people have several hides leaks: the same person is then
//! among the training and the test rows. Candidates are, in this order of preference:
//!
//! 1. columns named for a person (`patient_id`, `CustomerNr`, `user`) that hold keys, whole numbers
//!    or codes. One repeated value is enough: keeping the rows of a key together costs nothing;
//! 2. personal data that only one person has (full names, e-mails, social security numbers, ...);
//! 3. other columns named like keys that repeat (`id`, `order_id`) and UUIDs, unless they are named
//!    for a thing or a place that many people share (`site_id`, `product_id`, `doctor`).
//!
//! Candidates of 2 and 3 have to share their value with another row in half of the rows: fewer
//! repeats may be chance (two people of one name) or mistyped keys. They are passed over when
//! another column names each row's person once, for then each row is a person. All need at least
//! [`LEAST`] different values: fewer people can neither be divided into three parts nor hide among
//! each other, and columns of so few values are groups more often than people. Of several
//! candidates of one rank, the one with the most different values is taken: a member of a
//! household is nearer to a person than the household.
//!
//! Columns whose kind the user has set to anything but a key or personal data are never inferred.

use super::{Options, name};
use crate::names::no_such_column;
use crate::raw::{Cells, RawColumn, Source};
use crate::{Error, IdPattern, Kind, NO_SUBJECT, Personal, Result, Schema, Task, Warning};

/// Fewest different values of a subject that is inferred.
const LEAST: usize = 20;
/// Share of the rows that have to share their value with another row, where a column is not named
/// for a person.
const REPEATED: f64 = 0.5;
/// A person's name or number stands in so many of the rows when it tells each row's person.
const PRESENT: f64 = 0.9;

/// Words for people.
const PEOPLE: &str = "\
    animal applicant beneficiary borrower buyer candidate cardholder child citizen client cust \
    customer donor emp employee guest individual infant insured kunde kunden learner member \
    mother mrn owner participant passenger pat patient person player policyholder proband pt \
    pupil resident respondent reviewer shopper student subj subject subscriber teilnehmer \
    tenant uid user usubj visitor voter worker";

/// Words for what many people share: a key named so tells nobody.
const SHARED: &str = "\
    agent aircraft airline airport album area article artist bank batch book branch broker \
    building campaign car carrier category center centre channel city class clinic club \
    company country county course department dept dest destination device diagnosis district \
    doctor driver drug employer film flight gene group hospital host instructor ip item lab \
    league listing location lot mac machine manager medication merchant movie nurse office \
    operator organization origin physician plane practice procedure product provider region \
    room route school segment seller sensor server shop site sku station status store \
    supervisor supplier surgeon teacher type vendor";

/// Words for what belongs to one person or household, where they stand before `id` in one word.
const EVENTS: &str = "\
    account admission booking card case claim contract encounter family household invoice loan \
    order policy session stay transaction visit";

/// Words for amounts: what stands behind one of them is counted or measured, and names nobody (`sum_insured`).
const AMOUNTS: &str = "\
    amount average avg balance count fee income limit max maximum mean median min minimum num \
    number paid pct per percent premium price rate score share sum total value";

/// Endings of names of keys.
const KEYS: &str = "\
    code id identifier ids key nbr no nr num number";

/// How often the values of a column repeat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Repeats {
    /// Filled cells.
    present: usize,
    /// Different values.
    distinct: usize,
    /// Filled cells that share their value with another one.
    shared: usize,
}

/// What speaks for a candidate; the greatest is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Key,
    Personal,
    Person,
}

/// Checks that the named column is there.
pub(super) fn check_name(source: &Source, options: &Options) -> Result<()> {
    match &options.subject {
        Some(name) if source.position(name).is_none() && name != NO_SUBJECT => {
            let names = source.columns.iter().map(|c| c.name.as_str());
            Err(no_such_column("table/subject-missing", name, names).in_file(&source.path))
        }
        _ => Ok(()),
    }
}

/// Sets the subject that the user named, or infers one, and makes its column a key.
pub(super) fn set(
    schema: &mut Schema,
    source: &Source,
    options: &Options,
    warnings: &mut Vec<Warning>,
) -> Result<()> {
    let at = match &options.subject {
        Some(name) => match schema.position(name) {
            Some(at) => {
                named(schema, source, at)?;
                at
            }
            None => {
                schema.subject = Some(NO_SUBJECT.to_owned());
                return Ok(());
            }
        },
        None => match inferred(schema, source, options) {
            Some(at) => at,
            None => return Ok(()),
        },
    };
    let spec = &mut schema.columns[at];
    let pattern = match &spec.kind {
        Kind::Personal { .. } => None,
        Kind::Id { pattern, .. } if *pattern != IdPattern::default() => Some(pattern.clone()),
        _ => Some(super::settle::pattern_of(&source.columns[at])),
    };
    if let Some(pattern) = pattern {
        spec.kind = Kind::Id {
            pattern,
            unique: false,
        };
    }
    let name = spec.name.clone();
    let found = repeats(&source.columns[at].cells);
    let people = found.distinct + source.rows() - found.present;
    let hint = match options.subject {
        Some(_) => "",
        None => " If each row is a person, say so: subject none.",
    };
    warnings.push(Warning::new(
        "table/subject",
        format!(
            "Several rows per {name} ({people} people, {} rows): rows of one person stay together \
             in training, validation and test rows; their order in time is not learned.{hint}",
            source.rows()
        ),
    ));
    schema.subject = Some(name);
    Ok(())
}

/// Checks the column that the user named.
fn named(schema: &Schema, source: &Source, at: usize) -> Result<()> {
    let column = &source.columns[at];
    let unfit = |code, message: String, remedy: &str| {
        Err(Error::input(code, message, remedy)
            .in_file(&source.path)
            .in_column(&column.name))
    };
    if predicted(schema, &column.name) {
        return unfit(
            "table/subject-is-target",
            "The subject column is also to be predicted.".to_owned(),
            "Name another column with --subject or another target.",
        );
    }
    let found = repeats(&column.cells);
    if found.distinct < 2 {
        return unfit(
            "table/subject-constant",
            "The subject column has the same value in all rows, so there is one person at most."
                .to_owned(),
            "Name the column that says whose row a row is, or say `--subject none`.",
        );
    }
    if found.shared == 0 {
        return unfit(
            "table/subject-unique",
            format!(
                "The subject column has another value in each of its {} cells, so no two rows \
                 belong to one person.",
                found.present
            ),
            "Name a column whose values repeat, or say `--subject none`: each row is a person.",
        );
    }
    Ok(())
}

/// True for the target, and for time and event of a survival table.
fn predicted(schema: &Schema, name: &str) -> bool {
    let of_task = match &schema.task {
        Some(Task::Survival { time, event }) => time == name || event == name,
        _ => false,
    };
    of_task || schema.target.as_deref() == Some(name)
}

/// The best candidate.
fn inferred(schema: &Schema, source: &Source, options: &Options) -> Option<usize> {
    let mut found: Vec<(Rank, Repeats, usize)> = Vec::new();
    let mut alone = false;
    for (at, spec) in schema.columns.iter().enumerate() {
        let set_otherwise = options.kinds.get(&spec.name).is_some_and(|kind| {
            !matches!(kind, Kind::Id { unique: false, .. } | Kind::Personal { .. })
        });
        let Some(rank) = rank(&spec.name, &spec.kind, &source.columns[at]) else {
            continue;
        };
        let repeats = repeats(&source.columns[at].cells);
        let most = repeats.present as f64 >= PRESENT * source.rows() as f64;
        alone |= rank > Rank::Key && most && repeats.shared == 0;
        let enough = match rank {
            Rank::Person => repeats.shared > 0,
            _ => repeats.shared as f64 >= REPEATED * repeats.present as f64,
        };
        if enough && repeats.distinct >= LEAST && !set_otherwise && !predicted(schema, &spec.name) {
            found.push((rank, repeats, at));
        }
    }
    found.retain(|&(rank, _, _)| rank == Rank::Person || !alone);
    (found.into_iter())
        .max_by_key(|&(rank, repeats, at)| (rank, repeats.distinct, std::cmp::Reverse(at)))
        .map(|(_, _, at)| at)
}

/// What speaks for a column by its name and kind; `None` when it tells nobody.
fn rank(column: &str, kind: &Kind, raw: &RawColumn) -> Option<Rank> {
    let words = name::words(column);
    let keyed = words.len() > 1 && last_is(&words, KEYS);
    let stem = &words[..words.len() - usize::from(keyed)];
    let measured = stem.iter().rev().skip(1).any(|word| among(word, AMOUNTS));
    let person = last_is(stem, PEOPLE) && !measured
        || (KEYS.split(' '))
            .filter_map(|key| words.last()?.strip_suffix(key))
            .any(|start| among(start, PEOPLE));
    let key = match kind {
        Kind::Id { .. } => true,
        Kind::Integer => person,
        Kind::Categorical => person && (keyed || coded(raw)),
        Kind::Personal { what } => {
            let one = matches!(
                what,
                Personal::Name
                    | Personal::Email
                    | Personal::Phone
                    | Personal::Ssn
                    | Personal::Iban
                    | Personal::CreditCard
                    | Personal::Username
            );
            let shared = words.iter().any(|w| among(w, SHARED));
            return match (person, one && !shared) {
                (true, _) => Some(Rank::Person),
                (false, true) => Some(Rank::Personal),
                (false, false) => None,
            };
        }
        _ => false,
    };
    if key && person {
        return Some(Rank::Person);
    }
    let event = (KEYS.split(' '))
        .filter_map(|key| words.last()?.strip_suffix(key))
        .any(|start| among(start, EVENTS));
    // The key of the table's own things: with many rows each, it looks like a category.
    let own = matches!(kind, Kind::Id { .. } | Kind::Integer | Kind::Categorical)
        && (event || words == ["id"] || words == ["record", "id"]);
    let other = match kind {
        // Codes of another name (cabins, weeks) may look like keys.
        Kind::Id { pattern, .. } => name::is_key(&words) || *pattern == IdPattern::Uuid,
        _ => false,
    };
    let other = other && !words.iter().any(|w| among(w, SHARED));
    (own || other).then_some(Rank::Key)
}

fn last_is(words: &[String], list: &str) -> bool {
    words.last().is_some_and(|word| among(word, list))
}

/// True when `list` holds `word` between its blanks.
fn among(word: &str, list: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// True when most of the different texts hold a digit, as codes do and words do not.
fn coded(raw: &RawColumn) -> bool {
    match raw.cells.as_ref() {
        Cells::Text(texts) => {
            let digits = |t: &&str| t.bytes().any(|b| b.is_ascii_digit());
            texts.iter().filter(digits).count() * 2 > texts.distinct()
        }
        Cells::Integers(_) => true,
        Cells::Numbers { .. } | Cells::Instants { .. } => false,
    }
}

fn repeats(cells: &Cells) -> Repeats {
    fn of<K: Ord>(mut keys: Vec<K>) -> Repeats {
        keys.sort_unstable();
        count(keys.chunk_by(|a, b| a == b).map(<[K]>::len))
    }
    match cells {
        Cells::Text(texts) => count(texts.counts().into_iter().map(|n| n as usize)),
        Cells::Integers(v) => of(v.iter().flatten().collect()),
        Cells::Instants { values, .. } => of(values.iter().flatten().collect()),
        Cells::Numbers { values, .. } => {
            let present = values.iter().filter(|x| !x.is_nan());
            of(present.map(|x| (x + 0.0).to_bits()).collect())
        }
    }
}

fn count(rows: impl Iterator<Item = usize>) -> Repeats {
    let mut found = Repeats::default();
    for n in rows.filter(|&n| n > 0) {
        found.present += n;
        found.distinct += 1;
        found.shared += if n > 1 { n } else { 0 };
    }
    found
}
