//! Synthetic rows that equal a training row in all modelled columns, beyond chance.
//!
//! How many rows equal one by chance depends on the space: where a table has a few thousand possible
//! rows, a good share of fresh rows equals a training row and copies nothing. Two controls tell
//! chance from copying:
//!
//! - *Held-out rows*: a synthetic row that is no copy equals a held-out row as often as a training
//!   row, per row of each. Equal numbers of both are compared, and their labels are dealt anew to see
//!   what chance does. This holds in every space, but with few equal rows it shows little.
//! - *Twins*: how often real rows have a twin among the training rows. Sharper in a space where rows
//!   hardly ever meet, and used only where held-out rows have as many synthetic twins as real ones
//!   (else rows were made distinct, or the synthetic rows crowd in a few places).
//!
//! Where the table names people, those are counted: a row that a person has three times is held by one
//! person, and the labels are dealt to people.
//!
//! The figure is the excess where one of the two shows that there is one, and 0 where chance explains
//! it (one-sided at 1 % for each).

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::cells::number_bits;
use super::people::People;
use crate::Score;
use crate::learn::{Rows, stream};
use crate::prepared::{Part, Prepared, Values};

/// Deals of the labels.
const DEALS: u64 = 200;
/// Standard normal quantile of 99 %.
const SURE: f64 = 2.33;

/// The share of synthetic rows that equal a training row beyond chance.
pub(crate) fn score(p: &Prepared) -> Score {
    let rows = Counted::of(p);
    let held_out = rows.by_held_out(p.seed);
    let twins = rows.by_twins();
    let excess = match twins {
        Some(twins) if twins.sure() > held_out.sure() => twins,
        _ => held_out,
    };
    let value = if excess.sure() > 0.0 {
        excess.value
    } else {
        0.0
    };
    let half = SURE * excess.error;
    let who = if p.subjects.train.is_some() {
        "people"
    } else {
        "rows"
    };
    let per_thousand = |pairs: f64, real: f64| 1e3 * pairs / rows.synthetic / real.max(1.0);
    Score {
        id: "duplicates".to_owned(),
        value: Some(value),
        floor: Some(0.0),
        floor_interval: Some((0.0, 0.0)),
        interval: Some((
            (excess.value - half).clamp(0.0, value),
            (excess.value + half).clamp(value, 1.0),
        )),
        note: Some(format!(
            "{} of {} synthetic rows equal a training row, {} a held-out row ({} training {who}, {} held-out {who})",
            rows.equal(|e| e.train),
            rows.synthetic,
            rows.equal(|e| e.held_out),
            rows.train,
            rows.held_out
        )),
        worst: Vec::new(),
        parts: [
            (
                "equal_to_training",
                rows.equal(|e| e.train) / rows.synthetic,
            ),
            (
                "equal_to_held_out",
                rows.equal(|e| e.held_out) / rows.synthetic,
            ),
            (
                "pairs_per_1000_training",
                per_thousand(rows.pairs(|e| e.train), rows.train),
            ),
            (
                "pairs_per_1000_held_out",
                per_thousand(rows.pairs(|e| e.held_out), rows.held_out),
            ),
            ("excess", excess.value),
            ("chance", half),
        ]
        .map(|(name, x)| (name.to_owned(), x))
        .into(),
    }
}

/// An excess and its standard error by chance.
#[derive(Debug, Clone, Copy)]
struct Excess {
    value: f64,
    error: f64,
}

impl Excess {
    fn sure(self) -> f64 {
        self.value - SURE * self.error
    }
}

/// How many people of the real tables have a row, and how often it is synthetic.
#[derive(Debug, Clone, Copy, Default)]
struct Equal {
    train: u32,
    held_out: u32,
    synthetic: u32,
}

/// Rows counted; held-out rows are test and validation rows.
struct Counted {
    /// Different rows, in the order of their first appearance.
    rows: Vec<Equal>,
    /// Real people and the different rows that each has, by position in `rows`; training people
    /// first.
    held: Vec<(u32, usize)>,
    /// People; rows where the table names none.
    train: f64,
    held_out: f64,
    synthetic: f64,
    /// Training rows of a person, in the mean; 1 where the table names none.
    rows_each: f64,
}

impl Counted {
    fn of(p: &Prepared) -> Counted {
        let mut at: HashMap<u128, usize> = HashMap::new();
        let mut rows: Vec<Equal> = Vec::new();
        let mut places = |part: Part, n: usize| -> Vec<usize> {
            (keys(p, part, n).into_iter())
                .map(|key| {
                    *at.entry(key).or_insert_with(|| {
                        rows.push(Equal::default());
                        rows.len() - 1
                    })
                })
                .collect()
        };
        let (mut held, mut all) = (Vec::new(), 0);
        let mut people = |part: Part, n: usize| {
            let all_rows = Rows::new(part, (0..n).collect());
            let people = People::of(p, &all_rows);
            let whose: Vec<u32> = (0..people.count() as u32).map(|i| all + i).collect();
            all += people.count() as u32;
            let mut own: Vec<(u32, usize)> = people.spread(&whose).zip(places(part, n)).collect();
            own.sort_unstable();
            own.dedup();
            held.extend(own);
            people.count()
        };
        let train = people(Part::Train, p.rows.train);
        let held_out = people(Part::Test, p.rows.test)
            + (p.rows.validation).map_or(0, |n| people(Part::Validation, n));
        let synthetic = places(Part::Synthetic, p.rows.synthetic);
        for &(person, at) in &held {
            let row = &mut rows[at];
            *(if (person as usize) < train {
                &mut row.train
            } else {
                &mut row.held_out
            }) += 1;
        }
        synthetic.iter().for_each(|&at| rows[at].synthetic += 1);
        Counted {
            rows,
            held,
            train: train as f64,
            held_out: held_out as f64,
            synthetic: p.rows.synthetic as f64,
            rows_each: p.rows.train as f64 / train.max(1) as f64,
        }
    }

    /// Synthetic rows that equal one of the rows that `of` counts.
    fn equal(&self, of: impl Fn(&Equal) -> u32) -> f64 {
        let hit = self.rows.iter().filter(|e| of(e) > 0);
        hit.map(|e| f64::from(e.synthetic)).sum()
    }

    /// Pairs of a synthetic row and an equal row that `of` counts.
    fn pairs(&self, of: impl Fn(&Equal) -> u32) -> f64 {
        (self.rows.iter())
            .map(|e| f64::from(e.synthetic) * f64::from(of(e)))
            .sum()
    }

    /// Against held-out rows: as many training as held-out people are drawn, and the share of
    /// synthetic rows that equal a row of theirs is compared; scaled to all training people.
    fn by_held_out(&self, seed: u64) -> Excess {
        let is_hit = |e: &Equal| e.synthetic > 0 && e.train + e.held_out > 0;
        let hit: Vec<Equal> = self.rows.iter().copied().filter(is_hit).collect();
        let drawn = self.train.min(self.held_out);
        let scale = self.train / drawn.max(1.0) / self.synthetic;
        let most = (hit.iter().map(|e| e.train + e.held_out).max()).unwrap_or(0);
        let [train, held_out] =
            [self.train, self.held_out].map(|n| chances(most as usize, n, drawn));
        // `members` of the people that have each row are taken to be training people.
        let difference = |members: &[u32]| -> f64 {
            (hit.iter().zip(members))
                .map(|(e, &a)| {
                    let b = e.train + e.held_out - a;
                    f64::from(e.synthetic) * (train[a as usize] - held_out[b as usize])
                })
                .sum()
        };
        let holders = self.holders(is_hit);
        let squares: f64 = (0..DEALS)
            .map(|deal| {
                let mut rng = stream(seed, 0xD0B1_0000 + deal);
                difference(&self.deal(&holders, hit.len(), &mut rng)).powi(2)
            })
            .sum();
        let members: Vec<u32> = hit.iter().map(|e| e.train).collect();
        Excess {
            value: difference(&members) * scale,
            error: (squares / DEALS as f64).sqrt() * scale,
        }
    }

    /// The people who have a row that `keep` keeps, each with the rows of theirs, numbered among
    /// those kept.
    fn holders(&self, keep: impl Fn(&Equal) -> bool) -> Vec<Vec<usize>> {
        let mut number = 0;
        let numbers: Vec<Option<usize>> = (self.rows.iter())
            .map(|e| {
                keep(e).then(|| {
                    number += 1;
                    number - 1
                })
            })
            .collect();
        (self.held.chunk_by(|a, b| a.0 == b.0))
            .map(|own| own.iter().filter_map(|&(_, at)| numbers[at]).collect())
            .filter(|own: &Vec<usize>| !own.is_empty())
            .collect()
    }

    /// How many of the people who have each of `rows` rows are training people when labels are dealt
    /// anew.
    fn deal(&self, holders: &[Vec<usize>], rows: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
        let (mut members, mut all) = (self.train, self.train + self.held_out);
        let mut out = vec![0; rows];
        for own in holders {
            if rng.random::<f64>() * all < members {
                members -= 1.0;
                own.iter().for_each(|&row| out[row] += 1);
            }
            all -= 1.0;
        }
        out
    }

    /// Against the share of real rows that have a twin among the training rows; `None` where the
    /// held-out rows say that synthetic rows do not meet real rows as real rows do. Where held-out
    /// rows meet training rows more often than these meet each other (they share rows, say), the
    /// held-out rows speak alone.
    fn by_twins(&self) -> Option<Excess> {
        let sum = |of: &dyn Fn(&Equal) -> u32| -> f64 {
            self.rows.iter().map(|e| f64::from(of(e))).sum()
        };
        // A row of a person who has many says little beside the others.
        let real = |of: &dyn Fn(&Equal) -> u32, met: &dyn Fn(&Equal) -> bool, people: f64| Share {
            count: sum(&|e| if met(e) { of(e) } else { 0 }),
            total: sum(of),
            independent: people,
        };
        let synthetic = |of: fn(&Equal) -> u32| Share {
            count: self.equal(of),
            total: self.synthetic,
            independent: self.synthetic / self.rows_each,
        };
        let met = real(&|e| e.train, &|e| e.held_out > 0, self.train);
        let crowd = Excess::between(synthetic(|e| e.held_out), met);
        if crowd.sure() > 0.0 {
            return None;
        }
        let held_out = real(&|e| e.held_out, &|e| e.train > 0, self.held_out);
        // Two training rows that are twins are both counted.
        let train = real(&|e| e.train, &|e| e.train > 1, 0.5 * self.train);
        let real = if Excess::between(held_out, train).sure() > 0.0 {
            held_out
        } else {
            Share {
                count: train.count + held_out.count,
                total: train.total + held_out.total,
                independent: train.independent + held_out.independent,
            }
        };
        Some(Excess::between(synthetic(|e| e.train), real))
    }
}

/// A share of rows, and how many independent rows it rests on.
#[derive(Debug, Clone, Copy)]
struct Share {
    count: f64,
    total: f64,
    independent: f64,
}

impl Excess {
    /// One share above another. The error is of two samples with the same share, which is taken to be
    /// no less than one row in them.
    fn between(one: Share, other: Share) -> Excess {
        let all = one.total + other.total;
        let common = ((one.count + other.count) / all).max(1.0 / all);
        let each = 1.0 / one.independent + 1.0 / other.independent;
        Excess {
            value: one.count / one.total - other.count / other.total,
            error: (common * (1.0 - common) * each).max(0.0).sqrt(),
        }
    }
}

/// The chance that a draw of `drawn` from `all` rows holds one of `c` of them, for `c` up to `most`.
fn chances(most: usize, all: f64, drawn: f64) -> Vec<f64> {
    let mut missed = 1.0;
    let mut out = vec![0.0];
    for c in 0..most {
        let c = c as f64;
        missed *= (all - drawn - c).max(0.0) / (all - c).max(1.0);
        out.push(1.0 - missed);
    }
    out
}
/// One key per row: equal rows have equal keys, numbers compared as values to 12 digits.
pub(super) fn keys(p: &Prepared, part: Part, rows: usize) -> Vec<u128> {
    let mut state: Vec<(DefaultHasher, DefaultHasher)> = (0..rows)
        .map(|_| {
            let mut second = DefaultHasher::new();
            1u8.hash(&mut second);
            (DefaultHasher::new(), second)
        })
        .collect();
    for column in &p.columns {
        match &column.values {
            Values::Numeric(v) => {
                for ((a, b), x) in state.iter_mut().zip(part.of(v)) {
                    let bits = number_bits(*x);
                    bits.hash(a);
                    bits.hash(b);
                }
            }
            Values::Levels(v) => {
                for ((a, b), code) in state.iter_mut().zip(part.of(&v.codes)) {
                    code.hash(a);
                    code.hash(b);
                }
            }
        }
    }
    state
        .into_iter()
        .map(|(a, b)| (u128::from(a.finish()) << 64) | u128::from(b.finish()))
        .collect()
}
