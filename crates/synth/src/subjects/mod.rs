//! Synthetic people: rows of a model, dealt to people who have as many rows as real ones do.
//!
//! The model stays a model of rows. What is learned besides are aggregates: how many people have
//! how many rows, which columns stay the same within a person (sex, birth year), and which ones
//! number a person's rows (visit 1, 2, 3). A sample is drawn in pools of rows; in each pool,
//! `assign` deals the rows to people, so that what stays the same agrees and what varies is as alike
//! within a person as it is within real ones. The columns that stay the same are then those of one
//! row of the person, and numbers count up. All rows of a synthetic person have one new key.
//!
//! What is not learned: how a person's rows follow each other in time, and whether people with
//! many rows are other people than those with few.

mod assign;
mod roles;
mod sizes;

use std::ops::Range;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use verdancy_table::{Column, Levels, Protection, Schema, Table};

use crate::source::Source;
use crate::{BLOCK, Error, Result};
use assign::{Feature, Wanted, Weighted, assign};
use roles::{Alike, Constant, Numbering, People};
pub(crate) use sizes::Line;
use sizes::{Place, Sizes};

/// Least and greatest rows of a pool; each a multiple of [`BLOCK`], the greatest what is drawn at a
/// time. The more rows, the better those of a person agree.
const POOL: (u64, u64) = (1024, 16_384);
/// A pool holds so many of the largest people.
const LARGEST: u64 = 16;

/// How much it counts that varying values are as alike within a person as they were, beside that
/// what stays the same agrees: the latter is overwritten where it does not.
const ALIKE: f64 = 0.25;

/// What is known of people as a whole: aggregates, never a key or a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subjects {
    /// Position of the subject column in the schema.
    column: usize,
    sizes: Sizes,
    /// Share of the people with one row who have no key.
    nameless: f64,
    /// True when the rows of a person stand together.
    together: bool,
    constants: Vec<Constant>,
    numberings: Vec<Numbering>,
    alike: Vec<Alike>,
}

/// A row of a pool before it is drawn: whose it is, and which row of the model it comes from.
#[derive(Debug, Clone, Copy)]
struct Slot {
    place: Place,
    /// Number of the row within its person, from 0.
    number: u64,
    /// Position of the person in the pool.
    person: usize,
    /// The model's row.
    own: usize,
}

impl Subjects {
    /// Learns how the rows of `train` belong to people; `None` when the table names no subject or
    /// has no rows. Numbers of rows that fewer than [`Protection::levels`] people have are merged.
    pub fn learn(train: &Table, protection: Protection) -> Option<Subjects> {
        let column = train.schema().subject_position()?;
        let of = train.subjects().filter(|of| !of.is_empty())?;
        let people = People::of(&of);
        let alone = people.rows.iter().filter(|rows| rows.len() == 1).count();
        let beside = of.windows(2).filter(|w| w[0] == w[1]).count();
        let sizes = people.rows.iter().map(|rows| rows.len() as u64);
        let (constants, numberings) = (people.constants(train), people.numberings(train));
        let others: Vec<usize> = (constants.iter().map(|c| c.column))
            .chain(numberings.iter().map(|n| n.column))
            .collect();
        Some(Subjects {
            column,
            sizes: Sizes::learn(sizes, protection.levels()),
            nameless: train.column(column).missing() as f64 / alone.max(1) as f64,
            together: 2 * beside >= of.len() - people.rows.len(),
            alike: people.alike(train, &others),
            constants,
            numberings,
        })
    }

    /// Checks that this belongs to `schema` (after reading it from a model file).
    ///
    /// # Errors
    /// `model/damaged`.
    pub(crate) fn check(&self, schema: &Schema) -> Result<()> {
        let known = |at: usize| at < schema.columns.len() && at != self.column;
        let modelled = |at: usize| known(at) && schema.columns[at].kind.is_modelled();
        let sane = schema.subject_position() == Some(self.column)
            && self.sizes.is_sane()
            && (0.0..=1.0).contains(&self.nameless)
            && self.constants.iter().all(|c| known(c.column))
            && (self.numberings.iter()).all(|n| modelled(n.column) && n.step > 0)
            && (self.alike.iter()).all(|a| modelled(a.column) && (0.0..=1.0).contains(&a.share));
        if sane {
            Ok(())
        } else {
            Err(crate::parts::damaged())
        }
    }

    /// Rows that are drawn together, from a multiple of their number on.
    pub(crate) fn pool_rows(&self) -> u64 {
        (self.sizes.largest().saturating_mul(LARGEST))
            .clamp(POOL.0, POOL.1)
            .next_power_of_two()
    }

    /// The people of the sample with `seed`, for [`Subjects::pool`].
    pub(crate) fn line(&self, seed: u64) -> Line {
        self.sizes.line(seed)
    }

    /// Pool number `pool` of the sample with `seed`, whose people are `line`: a pure function of
    /// these and the model.
    pub(crate) fn pool(
        &self,
        source: &Source<'_>,
        line: &Line,
        pool: u64,
        seed: u64,
    ) -> Result<Table> {
        let n = self.pool_rows();
        let rows = pool * n..(pool + 1) * n;
        let people = people_of(line, &rows);
        let mut columns = modelled(
            source,
            rows.start / BLOCK as u64..rows.end / BLOCK as u64,
            seed,
        )?;
        let before = people.first().filter(|p| p.start < rows.start);
        if let Some(place) = before {
            // A person of an earlier pool is like that pool's last row: see `like`.
            let last = (place.start / n + 1) * n - 1;
            let block = last / BLOCK as u64;
            let known = modelled(source, block..block + 1, seed)?;
            let row = (last % BLOCK as u64) as usize;
            columns = join(source, columns, known.iter().map(|c| c.slice(row..row + 1)))?;
        }
        let like = |place: &Place| {
            // Who is in several pools has to be somebody whom each of them can know without
            // dealing the rows of the others: the last row of the first of these pools.
            if place.start < rows.start {
                Some(n as usize)
            } else {
                (place.start + place.size > rows.end).then_some(n as usize - 1)
            }
        };
        let (mut slots, leaders) = self.deal(source, &columns, &people, &rows, like, seed);
        if !self.together {
            slots.shuffle(&mut ChaCha8Rng::seed_from_u64(mix(seed ^ mix(pool))));
        }
        self.table(source, &columns, &slots, &leaders, rows, seed)
    }

    /// Deals the model's rows to people. Gives the slots, person by person, and for each person
    /// the rows that what stays the same is taken from, the best first.
    fn deal(
        &self,
        source: &Source<'_>,
        columns: &[Column],
        people: &[Place],
        rows: &Range<u64>,
        like: impl Fn(&Place) -> Option<usize>,
        seed: u64,
    ) -> (Vec<Slot>, Vec<Vec<usize>>) {
        let places = modelled_places(source.schema);
        let column = |at: usize| places.iter().position(|&p| p == at).map(|i| &columns[i]);
        let features = self.features(column, mix(seed ^ mix(rows.start ^ 0x616c_696b)));
        let n = (rows.end - rows.start) as usize;
        let numbers = |place: &Place| {
            let end = (place.start + place.size).min(rows.end);
            place.start.max(rows.start) - place.start..end - place.start
        };
        let numbering = (self.numberings.first()).and_then(|n| column(n.column));
        let (layers, layer_of) = match numbering.and_then(values) {
            Some(values) => layered(&values[..n], people.iter().flat_map(numbers).collect()),
            None => (vec![(0..n).collect()], Vec::new()),
        };
        let layer = |number: u64| layer_of.binary_search(&number).unwrap_or(0);
        let wanted: Vec<Wanted> = (people.iter())
            .map(|place| Wanted {
                layers: numbers(place).map(layer).collect(),
                like: like(place),
            })
            .collect();
        let dealt = assign(&features, layers, &wanted, seed ^ rows.start);
        let mut slots = Vec::with_capacity(n);
        let mut leaders = Vec::with_capacity(people.len());
        for (person, (place, own)) in people.iter().zip(dealt).enumerate() {
            slots.extend(numbers(place).zip(&own).map(|(number, &own)| Slot {
                place: *place,
                number,
                person,
                own,
            }));
            leaders.push(match wanted[person].like {
                Some(row) => vec![row],
                None => {
                    let mut rotated = own;
                    let first = mix(seed ^ mix(place.person)) as usize % rotated.len().max(1);
                    rotated.rotate_left(first);
                    rotated
                }
            });
        }
        (slots, leaders)
    }

    /// What the rows of one person should have in common.
    fn features<'a>(
        &self,
        column: impl Fn(usize) -> Option<&'a Column>,
        seed: u64,
    ) -> Vec<Weighted> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut features: Vec<Weighted> = Vec::new();
        for constant in &self.constants {
            let found = column(constant.column).and_then(feature);
            features.extend(found.map(|f| match constant.missing {
                true => (f, 1.0),
                false => (f.filled(&mut rng), 1.0),
            }));
        }
        for alike in &self.alike {
            let found = column(alike.column).and_then(feature);
            let weight = ALIKE * alike.share;
            features.extend(found.map(|f| (f.blurred(alike.share, &mut rng), weight)));
        }
        features
    }

    /// The rows of a pool.
    fn table(
        &self,
        source: &Source<'_>,
        columns: &[Column],
        slots: &[Slot],
        leaders: &[Vec<usize>],
        rows: Range<u64>,
        seed: u64,
    ) -> Result<Table> {
        let mut modelled = columns.iter();
        let mut out = Vec::with_capacity(source.schema.columns.len());
        for (at, spec) in source.schema.columns.iter().enumerate() {
            let constant = self.constants.iter().find(|c| c.column == at);
            let numbering = self.numberings.iter().find(|n| n.column == at);
            out.push(if spec.kind.is_modelled() {
                let column = (modelled.next())
                    .ok_or_else(|| Error::internal("a model left out a column"))?;
                match (numbering, constant) {
                    (Some(numbering), _) => numbered(column, numbering, slots),
                    (None, Some(constant)) => kept(column, constant, slots, leaders),
                    (None, None) => {
                        column.take(&slots.iter().map(|s| s.own).collect::<Vec<usize>>())
                    }
                }
            } else if at == self.column {
                self.keys(source, slots, seed)
            } else if source.fill.goes_with(at, self.column) {
                let people: Vec<u64> = slots.iter().map(|s| s.place.person).collect();
                source.fill.cells(at, &people, seed)
            } else if constant.is_some() {
                let starts: Vec<u64> = slots.iter().map(|s| s.place.start).collect();
                source.fill.cells(at, &starts, seed)
            } else {
                source.fill.column(at, rows.clone(), seed)
            });
        }
        Table::new(source.schema.clone(), out)
    }

    /// The subject column: one key a person.
    fn keys(&self, source: &Source<'_>, slots: &[Slot], seed: u64) -> Column {
        let people: Vec<u64> = slots.iter().map(|s| s.place.person).collect();
        let keys = source.fill.cells(self.column, &people, seed);
        let Column::Strings(mut cells) = keys else {
            return keys;
        };
        for (cell, slot) in cells.iter_mut().zip(slots) {
            let chance = mix(seed ^ mix(slot.place.person ^ 0x6e61_6d65)) as f64 / u64::MAX as f64;
            if slot.place.size == 1 && chance < self.nameless {
                *cell = None;
            }
        }
        Column::Strings(cells)
    }
}

/// The people that have a row among `rows`.
fn people_of(line: &Line, rows: &Range<u64>) -> Vec<Place> {
    let mut people = Vec::new();
    let mut at = rows.start;
    while at < rows.end {
        let place = line.at(at);
        people.push(place);
        at = place.start + place.size;
    }
    people
}

/// Positions of the modelled columns in the schema.
fn modelled_places(schema: &Schema) -> Vec<usize> {
    (schema.columns.iter().enumerate())
        .filter(|(_, spec)| spec.kind.is_modelled())
        .map(|(at, _)| at)
        .collect()
}

/// The modelled columns of blocks of the model.
fn modelled(source: &Source<'_>, blocks: Range<u64>, seed: u64) -> Result<Vec<Column>> {
    let drawn: Vec<Vec<Column>> = blocks
        .into_par_iter()
        .map(|block| source.modelled(seed, block))
        .collect::<Result<_>>()?;
    let mut parts = drawn.into_iter();
    let first = parts.next().unwrap_or_default();
    let mut columns: Vec<Vec<Column>> = first.into_iter().map(|c| vec![c]).collect();
    for part in parts {
        for (column, more) in columns.iter_mut().zip(part) {
            column.push(more);
        }
    }
    (modelled_places(source.schema).iter().zip(columns))
        .map(|(&at, parts)| Column::concat(source.schema.columns[at].kind.storage(), parts))
        .collect()
}

/// `columns` with further rows below.
fn join(
    source: &Source<'_>,
    columns: Vec<Column>,
    more: impl Iterator<Item = Column>,
) -> Result<Vec<Column>> {
    (modelled_places(source.schema)
        .iter()
        .zip(columns.into_iter().zip(more)))
    .map(|(&at, (a, b))| Column::concat(source.schema.columns[at].kind.storage(), vec![a, b]))
    .collect()
}

fn feature(column: &Column) -> Option<Feature> {
    match column {
        Column::Levels(levels) => Some(Feature::Class(levels.codes.clone())),
        other => other.numbers().map(|values| Feature::ranks(&values)),
    }
}

/// The model's rows by the number that they will have within their person: those with the least
/// `values` get the least of the `wanted` numbers. Gives the rows of each number, and the numbers.
fn layered(values: &[f64], mut wanted: Vec<u64>) -> (Vec<Vec<usize>>, Vec<u64>) {
    wanted.sort_unstable();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut order = order.into_iter();
    let (mut layers, mut numbers) = (Vec::new(), Vec::new());
    for same in wanted.chunk_by(|a, b| a == b) {
        numbers.push(same[0]);
        layers.push(order.by_ref().take(same.len()).collect());
    }
    (layers, numbers)
}

/// The numbers of a column that numbers rows; what is no number comes last.
fn values(column: &Column) -> Option<Vec<f64>> {
    match column {
        Column::Levels(levels) => {
            let level = |text: &String| text.parse().unwrap_or(f64::NAN);
            let known: Vec<f64> = levels.levels.iter().map(level).collect();
            let value = |&code: &u32| known.get(code as usize).copied().unwrap_or(f64::NAN);
            Some(levels.codes.iter().map(value).collect())
        }
        other => other.numbers().map(|values| values.into_owned()),
    }
}

/// A column that numbers each person's rows, stored as `column` is.
fn numbered(column: &Column, numbering: &Numbering, slots: &[Slot]) -> Column {
    let number = |slot: &Slot| {
        (numbering.start).wrapping_add(numbering.step.wrapping_mul(slot.number as i64))
    };
    match column {
        Column::Levels(_) => {
            let texts: Vec<String> = slots.iter().map(|s| number(s).to_string()).collect();
            Column::Levels(Levels::from_values(texts.iter().map(|t| Some(t.as_str()))))
        }
        Column::Numbers(_) => Column::Numbers(slots.iter().map(|s| number(s) as f64).collect()),
        _ => Column::Integers(slots.iter().map(|s| Some(number(s))).collect()),
    }
}

/// A column that stays the same within each person.
fn kept(column: &Column, constant: &Constant, slots: &[Slot], leaders: &[Vec<usize>]) -> Column {
    let leader: Vec<Option<usize>> = (leaders.iter())
        .map(|rows| {
            let present = rows.iter().find(|&&row| !column.is_missing(row));
            let first = rows.first();
            if constant.missing {
                first
            } else {
                present.or(first)
            }
            .copied()
        })
        .collect();
    let rows: Vec<usize> = (slots.iter())
        .map(|slot| {
            let gap = !constant.missing && column.is_missing(slot.own);
            if gap {
                slot.own
            } else {
                leader[slot.person].unwrap_or(slot.own)
            }
        })
        .collect();
    column.take(&rows)
}

/// SplitMix64's finisher: one number from another, as if at random (Steele, Lea and Flood 2014).
fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
