//! What the columns of a table do within a person: stay, number the person's rows, or vary.

use std::collections::{BTreeMap, HashMap};

use verdancy_table::{Column, Kind, MISSING, Schema, Table};

use super::assign::Feature;

/// Share of the people with several rows of whom it must hold.
const SHARE: f64 = 0.995;
/// Fewest people with several rows that it is told from.
const PEOPLE: usize = 20;
/// Where values were dealt at random among the rows, it would have to fail for so many times more
/// people than it does, and for at least [`PEOPLE`] / 2 of them: a flag that hardly any row has is
/// constant within most people whoever they are.
const BY_CHANCE: f64 = 10.0;
/// What is less alike within people than this is left to chance.
const LEAST_ALIKE: f64 = 0.1;

/// A column that stays the same within a person.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Constant {
    /// Its position in the schema.
    pub column: usize,
    /// True when also missing cells belong to the person; otherwise they come and go.
    pub missing: bool,
}

/// A column that numbers the rows of each person from `start` in steps of `step`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Numbering {
    /// Its position in the schema.
    pub column: usize,
    /// The number of everybody's first row.
    pub start: i64,
    /// From one row to the next.
    pub step: i64,
}

/// A column whose values are more alike within a person than among people.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Alike {
    /// Its position in the schema.
    pub column: usize,
    /// Intraclass correlation of its ranks, or for levels by how much two rows of a person agree
    /// more often than chance: from 0 to 1.
    pub share: f64,
}

/// The rows of each person of a table.
pub(super) struct People {
    pub rows: Vec<Vec<usize>>,
}

impl People {
    pub(super) fn of(subjects: &[u32]) -> People {
        let n = subjects.iter().max().map_or(0, |&last| last as usize + 1);
        let mut rows = vec![Vec::new(); n];
        for (row, &person) in subjects.iter().enumerate() {
            rows[person as usize].push(row);
        }
        People { rows }
    }

    fn several(&self) -> impl Iterator<Item = &[usize]> {
        self.rows.iter().filter(|r| r.len() > 1).map(Vec::as_slice)
    }

    /// The columns that stay the same within people.
    pub(super) fn constants(&self, table: &Table) -> Vec<Constant> {
        (0..table.columns().len())
            .filter(|&column| may_vary(table.schema(), column))
            .filter_map(|column| self.constant(table, column))
            .collect()
    }

    fn constant(&self, table: &Table, column: usize) -> Option<Constant> {
        let codes = codes(table.column(column));
        let present: Vec<Vec<u32>> = (self.several())
            .map(|rows| rows.iter().map(|&r| codes[r]).filter(|&c| c != MISSING))
            .map(|codes| codes.collect::<Vec<u32>>())
            .collect();
        let differ = |codes: &Vec<u32>| codes.iter().any(|c| *c != codes[0]);
        if !holds(
            present.iter().filter(|c| c.len() > 1).count(),
            present.iter().filter(|c| differ(c)).count(),
            by_chance(
                present.iter().map(Vec::len),
                codes.iter().copied().filter(|&c| c != MISSING),
            ),
        ) {
            return None;
        }
        let gaps: Vec<u32> = codes.iter().map(|&c| u32::from(c == MISSING)).collect();
        let broken = self
            .several()
            .filter(|rows| rows.iter().any(|&r| gaps[r] != gaps[rows[0]]));
        let people = self.several().count();
        // Without any missing cell, there is nothing to say of them.
        let missing = gaps.iter().all(|&g| g == 0)
            || holds(
                people,
                broken.count(),
                by_chance(self.several().map(<[usize]>::len), gaps.iter().copied()),
            );
        Some(Constant { column, missing })
    }

    /// The columns that number the rows of each person, all in the order of the first of them.
    pub(super) fn numberings(&self, table: &Table) -> Vec<Numbering> {
        let mut found: Vec<(Numbering, Vec<i64>)> = Vec::new();
        for column in 0..table.columns().len() {
            let Some(values) = whole(table, column) else {
                continue;
            };
            let Some(numbering) = self.numbering(column, &values) else {
                continue;
            };
            let in_order = |first: &[i64]| {
                let place = |v: i64, n: &Numbering| (v - n.start) / n.step;
                let differ = |rows: &&[usize]| {
                    rows.iter()
                        .any(|&r| place(first[r], &found[0].0) != place(values[r], &numbering))
                };
                few(
                    self.several().count(),
                    self.several().filter(differ).count(),
                )
            };
            if found.first().is_none_or(|(_, first)| in_order(first)) {
                found.push((numbering, values));
            }
        }
        found.into_iter().map(|(numbering, _)| numbering).collect()
    }

    fn numbering(&self, column: usize, values: &[i64]) -> Option<Numbering> {
        let sorted: Vec<Vec<i64>> = (self.several())
            .map(|rows| {
                let mut v: Vec<i64> = rows.iter().map(|&r| values[r]).collect();
                v.sort_unstable();
                v
            })
            .collect();
        let start = most_frequent(sorted.iter().map(|v| v[0]))?;
        let step = most_frequent(sorted.iter().map(|v| v[1].wrapping_sub(v[0])))?;
        let numbers = |v: &Vec<i64>| {
            (v.iter().zip(0..)).all(|(&x, i): (_, i64)| {
                i.checked_mul(step).and_then(|d| d.checked_add(start)) == Some(x)
            })
        };
        let broken = sorted.iter().filter(|v| !numbers(v)).count();
        (step > 0 && sorted.len() >= PEOPLE && few(sorted.len(), broken)).then_some(Numbering {
            column,
            start,
            step,
        })
    }
}

impl People {
    /// How alike the values of the modelled columns but `others` are within people.
    pub(super) fn alike(&self, table: &Table, others: &[usize]) -> Vec<Alike> {
        let modelled = |at: &usize| table.schema().columns[*at].kind.is_modelled();
        (0..table.columns().len())
            .filter(modelled)
            .filter(|at| !others.contains(at))
            .filter_map(|column| {
                let share = match table.column(column).numbers() {
                    Some(values) => self.correlation(&Feature::ranks(&values)),
                    None => self.agreement(&codes(table.column(column))),
                }?;
                (share >= LEAST_ALIKE).then_some(Alike {
                    column,
                    share: share.min(1.0),
                })
            })
            .collect()
    }

    /// Intraclass correlation by one-way analysis of variance (Fisher 1925, section 40).
    fn correlation(&self, ranks: &Feature) -> Option<f64> {
        let Feature::Order(ranks) = ranks else {
            return None;
        };
        let groups: Vec<Vec<f64>> = (self.several())
            .map(|rows| {
                rows.iter()
                    .map(|&r| ranks[r])
                    .filter(|&x| x >= 0.0)
                    .collect()
            })
            .filter(|values: &Vec<f64>| values.len() > 1)
            .collect();
        if groups.len() < PEOPLE {
            return None;
        }
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let n: f64 = groups.iter().map(|g| g.len() as f64).sum();
        let all = groups.iter().flatten().sum::<f64>() / n;
        let (mut between, mut within, mut squares) = (0.0, 0.0, 0.0);
        for group in &groups {
            let own = mean(group);
            between += group.len() as f64 * (own - all).powi(2);
            within += group.iter().map(|x| (x - own).powi(2)).sum::<f64>();
            squares += (group.len() as f64).powi(2);
        }
        let people = groups.len() as f64;
        between /= people - 1.0;
        within /= n - people;
        let size = (n - squares / n) / (people - 1.0);
        let sum = between + (size - 1.0) * within;
        (sum > 0.0).then(|| (between - within) / sum)
    }

    /// How much more often two rows of a person agree than two rows of anybody, of what they
    /// could at most.
    fn agreement(&self, codes: &[u32]) -> Option<f64> {
        if self.several().count() < PEOPLE {
            return None;
        }
        let (mut agree, mut pairs) = (0.0, 0.0);
        for rows in self.several() {
            let n = rows.len() as f64;
            let own = counted(rows.iter().map(|&r| codes[r]));
            agree += own.values().map(|c| c * (c - 1.0)).sum::<f64>();
            pairs += n * (n - 1.0);
        }
        let all = codes.len() as f64;
        let chance: f64 = counted(codes.iter().copied())
            .values()
            .map(|c| (c / all).powi(2))
            .sum();
        (chance < 1.0).then(|| (agree / pairs - chance) / (1.0 - chance))
    }
}

/// False for the subject, and for what has one value or none anyway.
fn may_vary(schema: &Schema, column: usize) -> bool {
    let kind = &schema.columns[column].kind;
    schema.subject_position() != Some(column)
        && !matches!(
            kind,
            Kind::Constant { .. } | Kind::Missing | Kind::Text { .. }
        )
        && !matches!(kind, Kind::Id { unique: true, .. })
}

fn few(people: usize, broken: usize) -> bool {
    broken as f64 <= (1.0 - SHARE) * people as f64
}

/// True when what fails for `broken` of `people` would fail for far more by chance.
fn holds(people: usize, broken: usize, chance: f64) -> bool {
    people >= PEOPLE
        && few(people, broken)
        && chance >= BY_CHANCE * broken as f64
        && chance >= PEOPLE as f64 / 2.0
}

/// How many groups of such sizes would hold different values if these were dealt among them.
fn by_chance(sizes: impl Iterator<Item = usize>, values: impl Iterator<Item = u32>) -> f64 {
    let counts = counted(values);
    let all: f64 = counts.values().sum();
    let mut shares: Vec<f64> = counts
        .into_values()
        .map(|n| n / f64::max(all, 1.0))
        .collect();
    shares.sort_unstable_by(f64::total_cmp);
    let mut known: HashMap<usize, f64> = HashMap::new();
    sizes
        .map(|size| {
            *known.entry(size).or_insert_with(|| {
                let same: f64 = shares.iter().map(|p| p.powi(size as i32)).sum();
                if size > 1 { 1.0 - same } else { 0.0 }
            })
        })
        .sum()
}

/// Rows of each value.
fn counted(values: impl Iterator<Item = u32>) -> BTreeMap<u32, f64> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0.0) += 1.0;
    }
    counts
}

/// The most frequent value; of several, the least.
fn most_frequent(values: impl Iterator<Item = i64>) -> Option<i64> {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for value in values {
        *counts.entry(value).or_insert(0) += 1;
    }
    (counts.into_iter())
        .max_by_key(|&(value, n)| (n, std::cmp::Reverse(value)))
        .map(|(value, _)| value)
}

/// A number for each different value, [`MISSING`] for missing cells.
fn codes(column: &Column) -> Vec<u32> {
    fn of<K: Eq + std::hash::Hash>(cells: impl Iterator<Item = Option<K>>) -> Vec<u32> {
        let mut seen: HashMap<K, u32> = HashMap::new();
        cells
            .map(|cell| {
                cell.map_or(MISSING, |key| {
                    let next = seen.len() as u32;
                    *seen.entry(key).or_insert(next)
                })
            })
            .collect()
    }
    match column {
        Column::Levels(v) => v.codes.clone(),
        Column::Integers(v) | Column::Instants(v) => of(v.iter().copied()),
        Column::Numbers(v) => of(v.iter().map(|x| (!x.is_nan()).then(|| (x + 0.0).to_bits()))),
        Column::Strings(v) => of(v.iter().map(Option::as_deref)),
    }
}

/// The values of a modelled column when all cells hold whole numbers.
fn whole(table: &Table, column: usize) -> Option<Vec<i64>> {
    match table.column(column) {
        Column::Integers(v) => v.iter().copied().collect(),
        Column::Numbers(v) => (v.iter())
            .map(|&x| (x.fract() == 0.0 && x.abs() < 1e15).then_some(x as i64))
            .collect(),
        Column::Levels(v) => {
            let levels: Vec<Option<i64>> = v.levels.iter().map(|l| number(l)).collect();
            let value = |&code: &u32| levels.get(code as usize).copied().flatten();
            v.codes.iter().map(value).collect()
        }
        Column::Instants(_) | Column::Strings(_) => None,
    }
}

/// A whole number that is written back just so.
fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|x: &i64| x.to_string() == text)
}
