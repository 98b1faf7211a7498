//! Stand-ins for the columns that no model learns: keys, names, notes, constants.
//!
//! A [`Filler`] is learned from training rows but holds none of their values, except constants and
//! answers that many people gave: it keeps the share of missing cells of each column, how many rows
//! a person or key has where they repeat (sizes, tied to nobody), which columns hold the same
//! people, how cells are written (country, separators, groups, order, case, as far as at least five
//! rows share them), and for each form the number of one slice of its space that no training cell
//! stands in.
//!
//! Can a stand-in be a real value?
//!
//! * Keys and forms are numbered, and stand-ins come out of that free slice as long as it lasts, so
//!   none of them is a training value. That slice says of a small part of the space that nobody is
//!   in it, and nothing else. Numbers go on above the range then; other forms go on in the rest of
//!   their space, where one may be a training value by chance. A sequence is a count of rows and
//!   says nothing. UUIDs are random: two of them agree with a chance of 2^-122.
//! * Names are pairs out of public lists of the language that the training names are of; pairs that
//!   occur in the training rows lie outside the slice.
//! * Telephone, card, account, device, vehicle and social security numbers, network, web and e-mail
//!   addresses come from ranges that are never given to anybody, as far as there are such.
//! * Notes are made of Latin words.
//!
//! Row `i` of a column is a pure function of (filler, seed, column, `i`): each row has a place of
//! its own in a ChaCha stream, and keys are a keyed permutation of the row's number.

mod coded;
mod form;
mod group;
mod key;
mod notes;
mod numbers;
mod people;
mod permutation;
mod phone;
mod written;

use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{Column, Kind, Protection, Result, Schema, Storage, Table};
use people::People;
use permutation::mix;

/// What makes one cell from its row's number and random numbers.
type Value<'a> = Box<dyn FnMut(u64, &mut ChaCha8Rng) -> String + 'a>;

/// Words of a ChaCha stream that belong to one row: more than any value draws.
const WORDS: u128 = 1 << 12;

/// Regenerates the columns whose kind is not modelled. Holds no value of the training rows but
/// constants; row `i` of a column is a pure function of (filler, seed, `i`).
///
/// ```
/// use std::sync::Arc;
/// use verdancy_table::{Column, ColumnSpec, IdPattern, Kind, Protection, Schema, Table, fill::Filler};
///
/// let pattern = IdPattern::Mask { mask: "P-9999".into() };
/// let schema = Arc::new(Schema::of(vec![ColumnSpec {
///         name: "patient".into(),
///         kind: Kind::Id { pattern, unique: true },
///         source: "text".into(),
///         nullable: false,
///         notation: None,
///         part: None,
///     }]));
/// let train = Column::Strings(vec![Some("P-0042".into()), Some("P-7001".into())]);
/// let filler = Filler::learn(&Table::new(schema, vec![train])?, Protection::default());
/// let Column::Strings(keys) = filler.column(0, 0..1000, 7) else { unreachable!() };
/// assert!(!keys.contains(&Some("P-0042".into())));
/// assert_eq!(filler.column(0, 500..501, 7), Column::Strings(vec![keys[500].clone()]));
/// # Ok::<(), verdancy_table::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Filler {
    parts: Vec<Part>,
    schema: Schema,
}

/// What is kept of one column.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
struct Part {
    /// Share of missing cells.
    missing: f64,
    /// Keys and personal data: who they belong to, and how they are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    people: Option<People>,
    /// Notes: what many people wrote, with its share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    usual: Vec<(String, f64)>,
}

impl Filler {
    /// Learns from `train` what the module's description says.
    pub fn learn(train: &Table, protect: Protection) -> Filler {
        let subjects = train.subjects();
        // Fewer than usual would make a form of each odd cell.
        let fewest = protect.levels().max(Protection::default().levels());
        let n = train.rows().max(1) as f64;
        let subject = train.schema().subject_position();
        let mut people = people::learn(train, fewest);
        let parts = (train.schema().columns.iter())
            .zip(train.columns())
            .zip(&mut people)
            .enumerate()
            .map(|(at, ((spec, column), people))| Part {
                // A subject's cells are people, not rows.
                missing: if subject == Some(at) {
                    0.0
                } else {
                    column.missing() as f64 / n
                },
                people: people.take(),
                usual: match (&spec.kind, column) {
                    (Kind::Text { .. }, Column::Strings(cells)) => {
                        notes::usual(cells, subjects.as_deref(), fewest)
                    }
                    _ => Vec::new(),
                },
            })
            .collect();
        Filler {
            parts,
            schema: train.schema().as_ref().clone(),
        }
    }

    /// `table`, whose first row is row `start` of the sample with `seed`, with what stands in the place of numbers
    /// where they have none: each [exception](crate::Notation::exceptions) in its share. Columns that are `decided`
    /// have it already.
    pub fn marked(&self, table: Table, start: u64, seed: u64, decided: &[&str]) -> Table {
        let excepted = |spec: &crate::ColumnSpec| {
            spec.notation
                .as_ref()
                .is_some_and(|n| !n.exceptions.is_empty())
                && !decided.contains(&spec.name.as_str())
        };
        if !self.schema.columns.iter().any(excepted) {
            return table;
        }
        let schema = table.schema().clone();
        let columns = (self.schema.columns.iter().zip(table.columns()).enumerate())
            .map(|(at, (spec, column))| match (&spec.notation, column) {
                (Some(notation), Column::Numbers(values)) if excepted(spec) => {
                    let mut rng = Rows::new(seed, 2 * at as u64 + 1);
                    let mark = |(row, x): (usize, &f64)| {
                        if !x.is_nan() {
                            return *x;
                        }
                        let mut left = rng.at(start + row as u64).random_range(0..10_000_u32);
                        for (i, exception) in notation.exceptions.iter().enumerate() {
                            if left < exception.share {
                                return crate::Notation::mark(i);
                            }
                            left -= exception.share;
                        }
                        f64::NAN
                    };
                    Column::Numbers(values.iter().enumerate().map(mark).collect())
                }
                _ => column.clone(),
            })
            .collect();
        // The same columns with the same lengths make a table again.
        Table::new(schema, columns).unwrap_or(table)
    }

    /// Rows `rows` of column `column` (a position in the schema). A column of a modelled kind, or
    /// one that is not there, comes back with all cells missing.
    pub fn column(&self, column: usize, rows: Range<u64>, seed: u64) -> Column {
        self.cells(column, &rows.collect::<Vec<u64>>(), seed)
    }

    /// The cells of the rows `rows`, in that order: as in [`Filler::column`], but of any rows, so
    /// that several rows of a table can have the cell of one.
    pub fn cells(&self, column: usize, rows: &[u64], seed: u64) -> Column {
        let n = rows.len();
        let (Some(spec), Some(part)) = (self.schema.columns.get(column), self.parts.get(column))
        else {
            return Column::Strings(vec![None; n]);
        };
        match spec.kind.storage() {
            Storage::Numbers => return Column::Numbers(vec![f64::NAN; n]),
            Storage::Integers => return Column::Integers(vec![None; n]),
            Storage::Instants => return Column::Instants(vec![None; n]),
            Storage::Levels => return Column::Levels(crate::Levels::from_values(vec![None; n])),
            Storage::Strings => {}
        }
        let stream = column as u64;
        let mut rng = Rows::new(seed, 2 * stream);
        let mut fill = |mut value: Value<'_>| {
            let cells = rows.iter().map(|&row| {
                if part.missing <= 0.0 {
                    return Some(value(row, rng.at(row)));
                }
                let rng = rng.at(row);
                let present = rng.random::<f64>() >= part.missing;
                present.then(|| value(row, rng))
            });
            Column::Strings(cells.collect())
        };
        match (&spec.kind, &part.people) {
            (Kind::Id { pattern, .. }, Some(people)) => {
                let pattern = match self.schema.columns.get(people.pool).map(|c| &c.kind) {
                    Some(Kind::Id { pattern, .. }) => pattern,
                    _ => pattern,
                };
                let mut keys = key::Keys::new(
                    pattern,
                    self.people(people.pool).and_then(|p| p.free.as_ref()),
                    crate::schema::greatest(spec.arrow_type().0),
                    seed,
                    people.pool as u64,
                );
                let number = self.numbers(people, seed);
                fill(Box::new(move |row, _| keys.key(number(row))))
            }
            (Kind::Personal { what }, Some(people)) => {
                let pool = self.people(people.pool).unwrap_or(people);
                let names = self.people(people.same).and_then(|p| p.names.as_ref());
                let Some(names) = names.or(pool.names.as_ref()) else {
                    return Column::Strings(vec![None; n]);
                };
                let key = |of: usize| mix(seed ^ mix(of as u64 ^ 0x7065_6f70_6c65));
                let (own, same) = (key(people.pool), key(people.same) ^ 1);
                let number = self.numbers(people, seed);
                fill(Box::new(move |row, _| {
                    people::stand_in(*what, pool, names, number(row), own, same)
                }))
            }
            (Kind::Text { words }, _) => fill(Box::new(|_, rng| {
                let mut at = if part.usual.is_empty() {
                    1.0
                } else {
                    rng.random::<f64>()
                };
                for (text, share) in &part.usual {
                    at -= share;
                    if at < 0.0 {
                        return text.clone();
                    }
                }
                notes::text(*words, rng)
            })),
            (Kind::Constant { value }, _) => fill(Box::new(|_, _| value.clone())),
            _ => Column::Strings(vec![None; n]),
        }
    }

    /// True when `column` holds one value for each value of the column `lead`: its cells are then
    /// asked for by the same numbers, [`Filler::cells`].
    pub fn goes_with(&self, column: usize, lead: usize) -> bool {
        self.people(column)
            .is_some_and(|people| people.step == lead)
    }

    fn people(&self, column: usize) -> Option<&People> {
        self.parts.get(column)?.people.as_ref()
    }

    /// The number of whom each row belongs to.
    fn numbers(&self, people: &People, seed: u64) -> impl Fn(u64) -> u64 + use<> {
        let step = self.people(people.step).unwrap_or(people);
        let closed = step.closed;
        let groups = step.groups.as_ref();
        let places = groups.map(|g| g.places(seed, people.step as u64, closed > 0));
        let (first, follows) = (people.first, people.follows);
        move |row| {
            let number = places.as_ref().map_or(row, |p| p.key_of(row));
            let number = if closed > 0 { number % closed } else { number };
            let number = if follows > 0 {
                mix(number) % follows
            } else {
                number
            };
            first + number
        }
    }

    /// Checks that the filler belongs to `schema` (after reading it from a model file).
    ///
    /// # Errors
    /// `model/schema-mismatch`.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let columns = self.parts.len();
        let sane = self.parts.iter().all(|p| {
            (0.0..=1.0).contains(&p.missing)
                && p.people.as_ref().is_none_or(|p| p.is_sane(columns))
                && p.usual.iter().all(|(_, share)| (0.0..=1.0).contains(share))
        });
        if sane && self.parts.len() == schema.columns.len() && self.schema == *schema {
            Ok(())
        } else {
            Err(crate::Error::input(
                "model/schema-mismatch",
                "The model's parts do not belong together.",
                "Use an unchanged model folder.",
            ))
        }
    }
}

/// A ChaCha stream with a place for each row.
struct Rows(ChaCha8Rng);

impl Rows {
    fn new(seed: u64, stream: u64) -> Rows {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x6669_6c6c);
        rng.set_stream(stream);
        Rows(rng)
    }

    fn at(&mut self, row: u64) -> &mut ChaCha8Rng {
        self.0.set_word_pos(u128::from(row) * WORDS);
        &mut self.0
    }
}

#[cfg(test)]
mod tests;
