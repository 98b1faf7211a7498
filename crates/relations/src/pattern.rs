//! Columns of few values that exclude one another: one-hot groups, tick boxes, closed sets of combinations.
//! They become one column whose levels are the combinations that occur.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Kind, Levels, Result, Storage};

use crate::evidence::Codes;
use crate::frame::{Frame, Value, column_of, key, key_of, spec, value};

/// Most different cells of a column, and most combinations of a group.
const CELLS: usize = 60;
const PATTERNS: usize = 500;
/// Most columns of a group.
const COLUMNS: usize = 40;
/// Rows that a combination has to be expected in for its absence to be evidence; by how much (in nats) this
/// has to outweigh the number of combinations looked at.
const EXPECTED: f64 = 5.0;
const MARGIN: f64 = 3.0;
/// Largest share of rows whose combination too few people have.
const RARE: f64 = 0.005;

/// A group of columns and the combinations that occur.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pattern {
    specs: Vec<ColumnSpec>,
    name: String,
    /// The combinations, the most frequent first.
    patterns: Vec<Vec<Value>>,
    #[serde(skip)]
    index: OnceLock<HashMap<String, usize>>,
}

impl Pattern {
    fn of(frame: &Frame, specs: Vec<ColumnSpec>, patterns: Vec<Vec<Value>>) -> Pattern {
        let names: Vec<&str> = specs.iter().map(|s| s.name.as_str()).collect();
        Pattern {
            name: frame.free_name(names.join(" with ")),
            specs,
            patterns,
            index: OnceLock::new(),
        }
    }

    /// How many combinations there are.
    pub(crate) fn count(&self) -> usize {
        self.patterns.len()
    }

    pub(crate) fn sentence(&self) -> String {
        let names: Vec<&str> = self.specs.iter().map(|s| s.name.as_str()).collect();
        format!(
            "{} occur in {} combinations only",
            names.join(", "),
            self.patterns.len()
        )
    }

    fn index(&self) -> &HashMap<String, usize> {
        self.index.get_or_init(|| {
            let name = |p: &Vec<Value>| p.iter().map(key_of).collect::<Vec<_>>().join("\u{1}");
            self.patterns
                .iter()
                .enumerate()
                .map(|(at, p)| (name(p), at))
                .collect()
        })
    }

    /// The columns that it speaks of.
    pub(crate) fn names(&self) -> Vec<String> {
        self.specs.iter().map(|s| s.name.clone()).collect()
    }

    fn columns<'a>(&self, frame: &'a Frame) -> Result<Vec<&'a Column>> {
        self.specs.iter().map(|s| frame.column(&s.name)).collect()
    }

    fn known(&self, columns: &[&Column], row: usize) -> Option<usize> {
        let key = columns
            .iter()
            .map(|c| key(c, row))
            .collect::<Vec<_>>()
            .join("\u{1}");
        self.index().get(&key).copied()
    }

    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<usize>> {
        let columns = self.columns(frame)?;
        Ok((0..frame.rows)
            .filter(|&row| self.known(&columns, row).is_none())
            .collect())
    }

    pub(crate) fn encode(&self, frame: &mut Frame) -> Result<()> {
        let columns = self.columns(frame)?;
        let levels: Vec<String> = (0..self.patterns.len()).map(|at| at.to_string()).collect();
        let nearest = |row: usize| {
            let cells: Vec<Value> = columns.iter().map(|c| value(c, row)).collect();
            let alike = |p: &Vec<Value>| p.iter().zip(&cells).filter(|(a, b)| a == b).count();
            let best = self.patterns.iter().map(alike).max().unwrap_or(0);
            self.patterns
                .iter()
                .position(|p| alike(p) == best)
                .unwrap_or(0)
        };
        let codes = (0..frame.rows)
            .map(|row| self.known(&columns, row).unwrap_or_else(|| nearest(row)) as u32)
            .collect();
        let joint = Column::Levels(Levels {
            levels: levels.into(),
            codes,
        });
        for spec in &self.specs {
            frame.take(&spec.name)?;
        }
        frame.put(spec(self.name.clone(), Kind::Categorical, false), joint)
    }

    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        let (_, joint) = frame.take(&self.name)?;
        let missing = vec![Value::Missing; self.specs.len()];
        let patterns: Vec<&Vec<Value>> = (0..frame.rows)
            .map(|row| {
                let level = joint
                    .levels()
                    .and_then(|l| l.get(row)?.parse::<usize>().ok());
                level
                    .and_then(|at| self.patterns.get(at))
                    .or(self.patterns.first())
                    .unwrap_or(&missing)
            })
            .collect();
        for (at, spec) in self.specs.iter().enumerate() {
            let values = patterns
                .iter()
                .map(|p| p.get(at).unwrap_or(&Value::Missing));
            let column = column_of(spec.kind.storage(), values);
            frame.put(spec.clone(), column)?;
        }
        Ok(())
    }
}

/// A column of few values.
struct Discrete {
    at: usize,
    codes: Codes,
    rows: Vec<Vec<u32>>,
}

/// The groups of the frame.
pub(crate) fn find(frame: &Frame, least: usize) -> Vec<Pattern> {
    let discrete: Vec<Discrete> = (frame.modelled().into_iter())
        .filter(|&i| frame.may_go(i) && may_be(frame, i))
        .filter_map(|at| {
            let codes = Codes::of(&frame.columns[at], CELLS)?;
            let rows = codes.rows();
            (codes.count > 1).then_some(Discrete { at, codes, rows })
        })
        .collect();
    let mut links = exclusions(frame, &discrete);
    links.extend(one_hot(frame, &discrete));
    links.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut groups: Vec<Vec<usize>> = (0..discrete.len()).map(|i| vec![i]).collect();
    let mut home: Vec<usize> = (0..discrete.len()).collect();
    // Joined as long as the combinations stay few, the strongest link first.
    for (_, a, b) in links {
        let (x, y) = (home[a], home[b]);
        if x == y || groups[x].len() + groups[y].len() > COLUMNS {
            continue;
        }
        let mut union = groups[x].clone();
        union.extend(&groups[y]);
        if counted(frame, &discrete, &union, least).is_some() {
            union.sort_unstable();
            groups[y].clear();
            union.iter().for_each(|&i| home[i] = x);
            groups[x] = union;
        }
    }
    (groups.iter().filter(|g| g.len() > 1))
        .filter_map(|group| {
            let patterns = counted(frame, &discrete, group, least)?;
            let specs = names_of(frame, &discrete, group);
            Some(Pattern::of(frame, specs, patterns))
        })
        .collect()
}

/// The combinations of the columns called `names`, which a user wants kept; `None` when there are more than 500, or
/// fewer than two that enough people have. Beside it, the rows that have others.
pub(crate) fn pinned(frame: &Frame, names: &[String], least: usize) -> Option<(Pattern, usize)> {
    let mut columns = Vec::new();
    for name in names {
        let at = frame.position(name).filter(|at| frame.may_go(*at))?;
        let codes = Codes::of(&frame.columns[at], 2 * PATTERNS)?;
        let rows = codes.rows();
        columns.push(Discrete { at, codes, rows });
    }
    let group: Vec<usize> = (0..columns.len()).collect();
    let (patterns, rare) = combinations(frame, &columns, &group, least)?;
    let known = (2..=PATTERNS).contains(&patterns.len());
    known.then(|| {
        let specs = names_of(frame, &columns, &group);
        (Pattern::of(frame, specs, patterns), rare)
    })
}

fn names_of(frame: &Frame, all: &[Discrete], group: &[usize]) -> Vec<ColumnSpec> {
    let spec = |i: &usize| frame.specs[all[*i].at].clone();
    group.iter().map(spec).collect()
}

fn may_be(frame: &Frame, at: usize) -> bool {
    match frame.specs[at].kind.storage() {
        Storage::Levels => true,
        Storage::Integers => Codes::of(&frame.columns[at], 12).is_some(),
        _ => false,
    }
}

/// The combinations of a group that enough people have; `None` when there are too many, or too many rows have
/// none of them.
fn counted(
    frame: &Frame,
    all: &[Discrete],
    group: &[usize],
    least: usize,
) -> Option<Vec<Vec<Value>>> {
    let (patterns, rare) = combinations(frame, all, group, least)?;
    let few = patterns.len() <= PATTERNS && patterns.len() * 8 <= frame.rows;
    let enough = few && rare as f64 <= RARE * frame.rows as f64 && patterns.len() > 1;
    enough.then_some(patterns)
}

/// The combinations of a group that enough people have, and the rows that have others; `None` when there are far
/// too many.
fn combinations(
    frame: &Frame,
    all: &[Discrete],
    group: &[usize],
    least: usize,
) -> Option<(Vec<Vec<Value>>, usize)> {
    let mut joint: Option<Codes> = None;
    for &i in group {
        let with = match joint {
            None => all[i].codes.clone(),
            Some(joint) => joint.with(&all[i].codes),
        };
        if with.count > PATTERNS * 2 {
            return None;
        }
        joint = Some(with);
    }
    let mut rows = joint?.rows();
    rows.sort_by_key(|r| std::cmp::Reverse(r.len()));
    let enough = |r: &Vec<u32>| frame.people(r, least) >= least;
    let rare: usize = rows.iter().filter(|r| !enough(r)).map(Vec::len).sum();
    rows.retain(enough);
    let cells = |row: u32| {
        let cell = |&i: &usize| value(&frame.columns[all[i].at], row as usize);
        group.iter().map(cell).collect()
    };
    Some((rows.iter().map(|r| cells(r[0])).collect(), rare))
}

/// Pairs of columns of which some cells never meet though chance would have made them meet, by how often.
fn exclusions(frame: &Frame, all: &[Discrete]) -> Vec<(f64, usize, usize)> {
    let n = frame.rows as f64;
    let mut pairs = Vec::new();
    let mut looked = 0usize;
    for (i, a) in all.iter().enumerate() {
        for (j, b) in all.iter().enumerate().skip(i + 1) {
            let mut cells = vec![0u32; a.codes.count * b.codes.count];
            for (x, y) in a.codes.codes.iter().zip(&b.codes.codes) {
                cells[*x as usize * b.codes.count + *y as usize] += 1;
            }
            let mut most: f64 = 0.0;
            for (at, count) in cells.iter().enumerate() {
                let expected = a.rows[at / b.codes.count].len() as f64
                    * b.rows[at % b.codes.count].len() as f64
                    / n;
                looked += usize::from(expected >= EXPECTED);
                if *count == 0 {
                    most = most.max(expected);
                }
            }
            pairs.push((most, i, j));
        }
    }
    let least = EXPECTED.max((looked.max(1) as f64).ln() + MARGIN);
    pairs.retain(|p| p.0 >= least);
    pairs
}

/// Links between flags of which exactly one, or at most one, is set in each row.
fn one_hot(frame: &Frame, all: &[Discrete]) -> Vec<(f64, usize, usize)> {
    // The rarer cell of a column of two is the one that is set.
    let set: BTreeMap<usize, &Vec<u32>> = (all.iter().enumerate())
        .filter(|(_, d)| d.codes.count == 2)
        .filter_map(|(i, d)| Some((i, d.rows.iter().min_by_key(|r| r.len())?)))
        .collect();
    let mut free: Vec<usize> = set.keys().copied().collect();
    let mut links = Vec::new();
    while let Some(first) = free.first().copied() {
        let mut taken = vec![false; frame.rows];
        let mut members = Vec::new();
        for &i in &free {
            let alone = !set[&i].iter().any(|r| taken[*r as usize]);
            if alone && frame.specs[all[i].at].kind == frame.specs[all[first].at].kind {
                set[&i].iter().for_each(|r| taken[*r as usize] = true);
                members.push(i);
            }
        }
        let covered = taken.iter().filter(|t| **t).count();
        let shares: Vec<f64> = members
            .iter()
            .map(|i| set[i].len() as f64 / frame.rows as f64)
            .collect();
        let none: f64 = shares.iter().map(|p| 1.0 - p).product();
        let one: f64 = shares.iter().map(|p| none * p / (1.0 - p).max(1e-9)).sum();
        let surprising = frame.rows as f64 * (1.0 - one) >= 2.0 * EXPECTED;
        if members.len() > 2 && covered == frame.rows && surprising {
            links.extend(members.windows(2).map(|w| (f64::MAX, w[0], w[1])));
            free.retain(|i| !members.contains(i));
        } else {
            free.retain(|i| *i != first);
        }
    }
    links
}
