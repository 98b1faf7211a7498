//! Stand-ins for the columns that no model learns: keys, names, notes, constants.
//!
//! A [`Filler`] is learned from training rows but holds none of their values except constants: it
//! keeps the share of missing cells of each column, how many rows share a key where keys repeat,
//! and for keys the number of one slice of their space that no training key stands in.
//!
//! Can a stand-in be a real value?
//!
//! * Keys of a range or a mask come out of that free slice as long as it lasts, so none of them is
//!   a training key. Numbers go on above the range then; masks go on in the rest of their space,
//!   where one may be a training key by chance. A sequence is a count of rows and says nothing.
//!   UUIDs are random: two of them agree with a chance of 2^-122.
//! * Telephone, card, account and social security numbers, network addresses, web and e-mail
//!   addresses come from ranges that are never given to anybody. Names, streets and cities come
//!   from public lists without looking at the data: a common first name may well occur in both.
//! * Notes are made of Latin words.
//!
//! Row `i` of a column is a pure function of (filler, seed, column, `i`): each row has a place of
//! its own in a ChaCha stream, and keys are a keyed permutation of the row's number.

mod group;
mod key;
mod permutation;
mod personal;

use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{Column, Kind, Result, Schema, Storage, Table};
use group::Groups;
use key::Free;

/// What makes one cell from its row's number and random numbers.
type Value<'a> = Box<dyn FnMut(u64, &mut ChaCha8Rng) -> String + 'a>;

/// Words of a ChaCha stream that belong to one row: more than any value draws.
const WORDS: u128 = 1 << 12;

/// Regenerates the columns whose kind is not modelled. Holds no value of the training rows but
/// constants; row `i` of a column is a pure function of (filler, seed, `i`).
///
/// ```
/// use std::sync::Arc;
/// use verdancy_table::{Column, ColumnSpec, IdPattern, Kind, Schema, Table, fill::Filler};
///
/// let pattern = IdPattern::Mask { mask: "P-9999".into() };
/// let schema = Arc::new(Schema {
///     target: None,
///     task: None,
///     subject: None,
///     columns: vec![ColumnSpec {
///         name: "patient".into(),
///         kind: Kind::Id { pattern, unique: true },
///         source: "text".into(),
///         nullable: false,
///     }],
/// });
/// let train = Column::Strings(vec![Some("P-0042".into()), Some("P-7001".into())]);
/// let filler = Filler::learn(&Table::new(schema, vec![train])?);
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
    /// The slice of the key space without training keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    free: Option<Free>,
    /// Rows per key, where keys repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    groups: Option<Groups>,
}

impl Filler {
    /// Learns the shares of missing cells, the sizes of groups of equal keys, and the free parts of
    /// key spaces from `train`.
    pub fn learn(train: &Table) -> Filler {
        let n = train.rows().max(1) as f64;
        let subject = train.schema().subject_position();
        let parts = train
            .schema()
            .columns
            .iter()
            .zip(train.columns())
            .enumerate()
            .map(|(at, (spec, column))| {
                let mut part = Part {
                    missing: column.missing() as f64 / n,
                    ..Part::default()
                };
                if let (Kind::Id { pattern, unique }, Column::Strings(keys)) = (&spec.kind, column)
                {
                    part.free = Free::learn(pattern, keys);
                    part.groups = (!unique).then(|| Groups::learn(keys)).flatten();
                }
                if subject == Some(at) {
                    // Its cells are people, not rows: how many rows they have is not said here.
                    part.missing = 0.0;
                    part.groups = None;
                }
                part
            })
            .collect();
        Filler {
            parts,
            schema: train.schema().as_ref().clone(),
        }
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
        match &spec.kind {
            Kind::Id { pattern, .. } => {
                let mut keys = key::Keys::new(
                    pattern,
                    part.free.as_ref(),
                    key::greatest(&spec.source),
                    seed,
                    stream,
                );
                let place = part.groups.as_ref().map(|g| g.places(seed, stream));
                fill(Box::new(move |row, _| {
                    let index = place.as_ref().map_or(row, |p| p.key_of(row));
                    keys.key(index)
                }))
            }
            Kind::Personal { what } => fill(Box::new(|_, rng| personal::fake(*what, rng))),
            Kind::Text { words } => fill(Box::new(|_, rng| personal::text(*words, rng))),
            Kind::Constant { value } => fill(Box::new(|_, _| value.clone())),
            _ => Column::Strings(vec![None; n]),
        }
    }

    /// Checks that the filler belongs to `schema` (after reading it from a model file).
    ///
    /// # Errors
    /// `model/schema-mismatch`.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let sane = self.parts.iter().all(|p| {
            (0.0..=1.0).contains(&p.missing) && p.groups.as_ref().is_none_or(Groups::is_sane)
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
