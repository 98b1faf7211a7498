//! Columns that are a function of one or two others: a town's country, a recoding, a composed code.

use std::collections::HashMap;
use std::sync::OnceLock;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use verdancy_table::{Column, ColumnSpec, Result, Storage};

use crate::derived::{Derived, Rule, Said, accept, ordered};
use crate::evidence::{Codes, FEWEST, believed, function};
use crate::frame::{Frame, Value, column_of, key, key_of, value};

/// Most different cells of a column that determines another, and of each of two.
const CELLS: usize = 5_000;
const CELLS_OF_TWO: usize = 100;
/// Most columns of which two together are tried.
const PAIRS_OF: usize = 24;
/// Share of the rows whose cells enough people have.
const COVERED: f64 = 0.9;

/// Values by those of other columns; each entry is shared by as many people as protection asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lookup {
    pub from: Vec<String>,
    entries: Vec<(Vec<Value>, Value)>,
    /// True when every training row has an entry: another whole number is as the nearest of theirs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    nearest: bool,
    #[serde(skip)]
    index: OnceLock<HashMap<String, usize>>,
}

impl Lookup {
    fn index(&self) -> &HashMap<String, usize> {
        self.index.get_or_init(|| {
            let key =
                |values: &Vec<Value>| values.iter().map(key_of).collect::<Vec<_>>().join("\u{1}");
            (self.entries.iter().enumerate())
                .map(|(at, (from, _))| (key(from), at))
                .collect()
        })
    }

    /// The value of the nearest whole number.
    fn nearest(&self, from: &Column, row: usize) -> Option<&Value> {
        let Value::Whole(x) = value(from, row) else {
            return None;
        };
        let far = |(key, _): &&(Vec<Value>, Value)| match key[..] {
            [Value::Whole(other)] => Some(x.abs_diff(other)),
            _ => None,
        };
        let known = (self.entries.iter()).filter(|entry| self.nearest && far(entry).is_some());
        known.min_by_key(far).map(|(_, value)| value)
    }

    /// Learns the entries that enough people share; `None` when they cover too few rows.
    fn learn(
        frame: &Frame,
        from: &[usize],
        codes: &Codes,
        to: usize,
        least: usize,
    ) -> Option<Lookup> {
        let mut covered = 0;
        let mut entries = Vec::new();
        for rows in codes.rows() {
            if frame.people(&rows, least) < least {
                continue;
            }
            covered += rows.len();
            let row = rows[0] as usize;
            let key = from
                .iter()
                .map(|&c| value(&frame.columns[c], row))
                .collect();
            entries.push((key, value(&frame.columns[to], row)));
        }
        (covered as f64 >= COVERED * frame.rows as f64).then(|| Lookup {
            from: from.iter().map(|&c| frame.specs[c].name.clone()).collect(),
            entries,
            nearest: covered == frame.rows,
            index: OnceLock::new(),
        })
    }
}

impl Rule for Lookup {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        let from: Vec<&Column> = (self.from.iter())
            .map(|name| frame.column(name))
            .collect::<Result<_>>()?;
        let index = self.index();
        let found: Vec<Option<&Value>> = (0..frame.rows)
            .map(|row| {
                let key = from
                    .iter()
                    .map(|c| key(c, row))
                    .collect::<Vec<_>>()
                    .join("\u{1}");
                let entry = index.get(&key).map(|&at| &self.entries[at].1);
                entry.or_else(|| self.nearest(from[0], row))
            })
            .collect();
        let missing = Value::Missing;
        Ok(Said {
            says: found.iter().map(Option::is_some).collect(),
            column: column_of(
                spec.kind.storage(),
                found.iter().map(|v| v.unwrap_or(&missing)),
            ),
        })
    }

    fn columns(&self) -> Vec<String> {
        self.from.clone()
    }

    fn words(&self, name: &str) -> String {
        format!("{name} follows from {}", self.from.join(" and "))
    }
}

/// All look-ups of the frame, in an order in which each can be undone after those behind it.
pub(crate) fn find(frame: &Frame, least: usize) -> Vec<Derived<Lookup>> {
    let n = frame.rows;
    let all = frame.modelled();
    let codes: HashMap<usize, Codes> = all
        .par_iter()
        .filter_map(|&i| Some((i, Codes::of(&frame.columns[i], CELLS.min(n))?)))
        .filter(|(_, c)| c.count > 1)
        .collect();
    if n < FEWEST {
        return Vec::new();
    }
    let determines = |i: &&usize| {
        codes.get(*i).is_some_and(|c| c.count * 5 <= n)
            && !matches!(
                frame.specs[**i].kind.storage(),
                Storage::Numbers | Storage::Instants
            )
    };
    let from: Vec<usize> = all.iter().filter(determines).copied().collect();
    let tried = from.len() * all.len();
    let mut edges: Vec<(usize, usize)> = (from.par_iter())
        .flat_map_iter(|&a| all.iter().map(move |&b| (a, b)))
        .filter(|(a, b)| a != b)
        .filter(|(a, b)| {
            let (Some(x), Some(y)) = (codes.get(a), codes.get(b)) else {
                return false;
            };
            function(x, y).is_some_and(|ln_p| believed(ln_p, tried))
        })
        .collect();
    // The determinant of fewest levels first; of a recoding, texts before numbers.
    let numeric = |i: usize| frame.specs[i].kind.is_numeric();
    edges.sort_by_key(|&(a, b)| (codes[&a].count, numeric(a), a, b));
    let mut out = Vec::new();
    // What each column follows from, so far.
    let mut above: HashMap<usize, usize> = HashMap::new();
    for (a, b) in edges {
        let rooted = std::iter::successors(Some(a), |at| above.get(at).copied()).any(|at| at == b);
        if above.contains_key(&b) || rooted {
            continue;
        }
        if let Some(lookup) = Lookup::learn(frame, &[a], &codes[&a], b, least)
            && let Some(found) = accept(frame, b, lookup)
        {
            above.insert(b, a);
            out.push(found);
        }
    }
    let free: Vec<usize> = (from.into_iter())
        .filter(|i| !above.contains_key(i) && codes[i].count <= CELLS_OF_TWO)
        .take(PAIRS_OF)
        .collect();
    out.extend(of_two(frame, &free, &codes, &above, least));
    ordered(out)
}

/// The look-up of one column by another.
pub(crate) fn of_one(
    frame: &Frame,
    from: usize,
    to: usize,
    least: usize,
) -> Option<Derived<Lookup>> {
    let of = |at: usize| Codes::of(&frame.columns[at], CELLS).filter(|codes| codes.count > 1);
    let is_number = matches!(
        frame.specs[from].kind.storage(),
        Storage::Numbers | Storage::Instants
    );
    if is_number || frame.rows < FEWEST {
        return None;
    }
    let codes = of(from).filter(|codes| codes.count * 5 <= frame.rows)?;
    let tried = frame.specs.len() * frame.specs.len();
    if !function(&codes, &of(to)?).is_some_and(|ln_p| believed(ln_p, tried)) {
        return None;
    }
    accept(frame, to, Lookup::learn(frame, &[from], &codes, to, least)?)
}

/// Levels that follow from two columns together, and from neither alone.
fn of_two(
    frame: &Frame,
    free: &[usize],
    codes: &HashMap<usize, Codes>,
    above: &HashMap<usize, usize>,
    least: usize,
) -> Vec<Derived<Lookup>> {
    let to: Vec<usize> = (frame.modelled().into_iter())
        .filter(|i| !above.contains_key(i) && codes.contains_key(i))
        .filter(|&i| frame.specs[i].kind.storage() == Storage::Levels)
        .collect();
    let tried = free.len() * free.len() * to.len();
    let mut used: Vec<usize> = Vec::new();
    let mut out = Vec::new();
    for &b in &to {
        let mut best: Option<(usize, Derived<Lookup>, usize, usize)> = None;
        for (at, &x) in free.iter().enumerate() {
            for &y in &free[at + 1..] {
                let taken = |i: usize| {
                    i == b
                        || used.contains(&i)
                            && out
                                .iter()
                                .any(|d: &Derived<Lookup>| d.spec.name == frame.specs[i].name)
                };
                if taken(x) || taken(y) || used.contains(&b) {
                    continue;
                }
                let both = codes[&x].with(&codes[&y]);
                let fits = both.count * 5 <= frame.rows
                    && best.as_ref().is_none_or(|(count, ..)| both.count < *count)
                    && function(&both, &codes[&b]).is_some_and(|ln_p| believed(ln_p, tried));
                if fits
                    && let Some(lookup) = Lookup::learn(frame, &[x, y], &both, b, least)
                    && let Some(found) = accept(frame, b, lookup)
                {
                    best = Some((both.count, found, x, y));
                }
            }
        }
        if let Some((_, found, x, y)) = best {
            used.extend([b, x, y]);
            out.push(found);
        }
    }
    out
}
