//! What the columns of a table do within a person: stay, number the person's rows, or vary.

use std::collections::HashMap;

use verdancy_table::{Column, Kind, MISSING, Schema, Table};

/// Share of the people with several rows of whom it must hold.
const SHARE: f64 = 0.995;
/// Fewest people with several rows that it is told from.
const PEOPLE: usize = 20;
/// Where values were dealt at random among the rows, it would have to fail for so many times more
/// people than it does, and for at least [`PEOPLE`] / 2 of them: a flag that hardly any row has is
/// constant within most people whoever they are.
const BY_CHANCE: f64 = 10.0;

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
    let mut counts: HashMap<u32, f64> = HashMap::new();
    let mut all = 0.0;
    for value in values {
        *counts.entry(value).or_insert(0.0) += 1.0;
        all += 1.0;
    }
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
