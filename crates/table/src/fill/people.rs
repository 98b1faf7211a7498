//! Who stands in for whom: how often people repeat, which columns hold the same people, and how
//! their stand-ins are written.
//!
//! Three relations between columns are looked for, and only numbers are kept of them:
//! * columns that are functions of each other, one to one (an employee and the employee's e-mail),
//!   stay in step: a row has one number for both;
//! * a column that follows from another (the town of a customer) stays a function of it;
//! * columns over the same people (sender and receiver, a key and its foreign copies) draw from one
//!   pool: one number is one stand-in in both.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::coded::{Coded, follows, same_people};
use super::form::{Form, Person, Slot, language};
use super::group::Groups;
use super::key::Free;
use super::permutation::{Permutation, mix};
use super::written;
use crate::infer::personal::{lexicon, names};
use crate::{Column, Kind, Personal, Schema, Table};

/// Most columns whose relations are looked for.
const COLUMNS: usize = 64;
/// Most forms of one column.
const FORMS: usize = 12;
/// Most distinct cells whose forms are counted.
const CELLS: usize = 20_000;
/// The fixed order of names; public, the same for all models.
const NAMES: u64 = 0x6e61_6d65;

/// The people of one column, and how they are written.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct People {
    /// The column that this one is in step with; itself when it goes alone.
    pub step: usize,
    /// The column whose stand-ins it shares; itself when they are its own.
    pub pool: usize,
    /// The column that stands for all that name the same people.
    pub same: usize,
    /// The number of the first of its people within the pool.
    pub first: u64,
    /// How many people there are in a column that follows from another; 0 elsewhere.
    #[serde(default)]
    pub follows: u64,
    /// How many people there are where their number does not grow with the rows; 0 elsewhere.
    #[serde(default)]
    pub closed: u64,
    /// Rows per person, where people repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Groups>,
    /// The part of a key space that no key of the pool stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<Free>,
    /// How stand-ins of this pool are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<Form>,
    /// Which names the people have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Names>,
}

impl People {
    /// Guards against a damaged file of a table of `columns`.
    pub(super) fn is_sane(&self, columns: usize) -> bool {
        self.step < columns
            && self.pool < columns
            && self.same < columns
            && self.first < 1 << 40
            && self.groups.as_ref().is_none_or(Groups::is_sane)
            && self.free.as_ref().is_none_or(Free::is_sane)
            && self.forms.iter().all(Form::is_sane)
            && self
                .names
                .as_ref()
                .and_then(|n| n.free.as_ref())
                .is_none_or(Free::is_sane)
    }
}

/// The names of invented people: a language, and the part of its pairs that nobody has.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Names {
    locale: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    free: Option<Free>,
}

impl Names {
    fn learn(cells: &[&str]) -> Names {
        let locale = locale_of(cells);
        let size = pairs(locale);
        let mut taken = Vec::new();
        for cell in cells {
            let words: Vec<&str> = cell
                .split(|c: char| !c.is_alphabetic())
                .filter(|w| !w.is_empty())
                .collect();
            let mut words = words[..words.len().min(8)].to_vec();
            // Names that are written without blanks.
            if let [whole] = words[..]
                && names::parts(whole).is_some()
                && whole.starts_with(|c: char| c >= '\u{3040}')
            {
                words = (whole.char_indices().skip(1).take(2))
                    .flat_map(|(i, _)| [&whole[..i], &whole[i..]])
                    .collect();
            }
            for given in &words {
                let Some(g) = lexicon::given_place(locale, given) else {
                    continue;
                };
                for family in &words {
                    if let Some(f) = lexicon::family_place(locale, family) {
                        taken.push(place_of(locale, u128::from(g), u128::from(f)));
                    }
                }
            }
        }
        Names {
            locale: language(locale).code.to_owned(),
            free: Free::of(size, &taken),
        }
    }

    pub(super) fn locale(&self) -> usize {
        lexicon::position(&self.locale)
    }

    /// Person number `index`: families differ until all were used once.
    pub(super) fn person(&self, index: u64, key: u64) -> Person {
        let locale = self.locale();
        let names = language(locale);
        let (given, family) = (
            names.given.len().max(1) as u128,
            names.family.len().max(1) as u128,
        );
        let size = pairs(locale);
        let (start, width) = self.free.as_ref().map_or((0, size), |f| f.range(size));
        let index = u128::from(index);
        let at = if index < width {
            start + (index + u128::from(mix(key)) % width) % width
        } else {
            (start + index) % size
        };
        let (round, f) = (at / family, at % family);
        let g = Permutation::new(given, NAMES ^ 1)
            .apply((round + u128::from(mix(f as u64)) % given) % given);
        Person {
            given: names.given.get(g as usize).copied().unwrap_or("Anna"),
            family: (names.family)
                .get(Permutation::new(family, NAMES).apply(f) as usize)
                .copied()
                .unwrap_or("Smith"),
            round: (index / family) as u64,
        }
    }
}

/// How many pairs of names a language has.
fn pairs(locale: usize) -> u128 {
    let names = language(locale);
    names.given.len().max(1) as u128 * names.family.len().max(1) as u128
}

/// The place of a pair of names.
fn place_of(locale: usize, given: u128, family: u128) -> u128 {
    let names = language(locale);
    let (n, m) = (
        names.given.len().max(1) as u128,
        names.family.len().max(1) as u128,
    );
    let f = Permutation::new(m, NAMES).invert(family);
    let g = Permutation::new(n, NAMES ^ 1).invert(given);
    let round = (g + n - u128::from(mix(f as u64)) % n) % n;
    round * m + f
}

/// The language that most words of the cells are names of.
fn locale_of(cells: &[&str]) -> usize {
    let mut counts = vec![0u64; lexicon::LOCALES.len()];
    let mut add = |word: &str| {
        let mut bits = lexicon::known(word).locales;
        while bits != 0 {
            counts[bits.trailing_zeros() as usize] += 1;
            bits &= bits - 1;
        }
    };
    for cell in cells.iter().step_by(cells.len().div_ceil(2000).max(1)) {
        let lower = cell.to_lowercase();
        for word in lower
            .split(|c: char| !c.is_alphabetic())
            .filter(|w| !w.is_empty())
        {
            let ideographs = word.chars().next().is_some_and(|c| c >= '\u{3000}');
            if ideographs && names::full(word) > 0.0 {
                add(word.get(..3).unwrap_or(word));
            }
            add(word);
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    // The first is the richest list; another has to say clearly more.
    if counts.first().is_some_and(|&first| first * 10 >= most * 9) {
        return 0;
    }
    counts.iter().position(|&n| n == most).unwrap_or(0)
}

/// What is kept of the people in each column of `train`; `None` for columns without any. Forms and
/// sizes of groups are those of at least `fewest` people.
pub(super) fn learn(train: &Table, fewest: usize) -> Vec<Option<People>> {
    let (schema, subjects) = (train.schema(), train.subjects());
    let mut out: Vec<Option<People>> = schema.columns.iter().map(|_| None).collect();
    let mut columns: Vec<Coded<'_>> = (schema.columns.iter().zip(train.columns()).enumerate())
        .filter_map(|(at, (spec, column))| match (&spec.kind, column) {
            (Kind::Id { .. }, Column::Strings(cells)) => {
                Some(Coded::new(at, None, cells, subjects.as_deref()))
            }
            (Kind::Personal { what }, Column::Strings(cells)) => {
                Some(Coded::new(at, Some(*what), cells, subjects.as_deref()))
            }
            _ => None,
        })
        .collect();
    // A subject leads: whatever is in step with it is numbered as people are, not as rows.
    let subject = schema.subject_position();
    columns.sort_by_key(|c| Some(c.at) != subject);
    for (i, column) in columns.iter().enumerate() {
        let mut people = relate(&columns, i, &out, schema, fewest);
        if subject == Some(column.at) {
            people.groups = None;
            people.closed = 0;
        }
        out[column.at] = Some(people);
    }
    for column in &columns {
        let root = root(&out, column.at);
        if let Some(people) = &mut out[column.at] {
            people.same = root;
        }
    }
    write(&columns, &mut out, train, fewest);
    out
}

/// The relations of column `i` to those before it.
fn relate(
    columns: &[Coded<'_>],
    i: usize,
    out: &[Option<People>],
    schema: &Schema,
    fewest: usize,
) -> People {
    let own = &columns[i];
    let mut people = People {
        step: own.at,
        pool: own.at,
        same: own.at,
        first: 0,
        follows: 0,
        closed: 0,
        groups: None,
        free: None,
        forms: Vec::new(),
        names: None,
    };
    let before = &columns[..i.min(COLUMNS)];
    let leads = |c: &&Coded<'_>| {
        out[c.at]
            .as_ref()
            .is_some_and(|p| p.step == c.at && p.follows == 0)
    };
    // Who declares a key unique has no value twice, whatever the real rows have.
    let declared = matches!(schema.columns[own.at].kind, Kind::Id { unique: true, .. });
    let unique = declared && !own.is_unique();
    let several = own.distinct() > 1 && !unique;
    if several
        && let Some(lead) = before
            .iter()
            .filter(leads)
            .find(|c| follows(c, own) && follows(own, c))
    {
        people.step = lead.at;
    } else if several
        && let Some(lead) = before.iter().filter(leads).find(|c| {
            !c.is_unique() && own.what.is_some() && own.distinct() < c.distinct() && follows(c, own)
        })
    {
        people.step = lead.at;
        people.follows = own.distinct() as u64;
    }
    if people.step == own.at && !unique {
        people.groups = groups(own, fewest);
        let repeats = own.distinct() * 2 <= own.present;
        if repeats && (own.what.is_some() || is_copy(columns, i)) {
            people.closed = own.distinct() as u64;
        }
    }
    for c in before {
        let both = same_people(c, own);
        let Some(other) = out[c.at].as_ref().filter(|p| p.pool == c.at) else {
            continue;
        };
        let kinds = own.what.is_some()
            || same_keys(&schema.columns[c.at].kind, &schema.columns[own.at].kind);
        if both > 0 && kinds {
            people.pool = c.at;
            people.first = other.first + (c.distinct() - both) as u64;
            // A key's copies point at keys that there are.
            if c.is_unique() || own.distinct() <= both {
                people.first = other.first;
            }
            break;
        }
    }
    people
}

/// Keys of one form.
fn same_keys(a: &Kind, b: &Kind) -> bool {
    matches!((a, b), (Kind::Id { pattern: a, .. }, Kind::Id { pattern: b, .. })
        if std::mem::discriminant(a) == std::mem::discriminant(b) || !matches!((a, b), (crate::IdPattern::Uuid, _) | (_, crate::IdPattern::Uuid)))
}

/// True when another column before holds the same keys.
fn is_copy(columns: &[Coded<'_>], i: usize) -> bool {
    columns[..i]
        .iter()
        .any(|c| c.is_unique() && same_people(c, &columns[i]) > 0)
}

fn groups(column: &Coded<'_>, fewest: usize) -> Option<Groups> {
    (!column.is_unique())
        .then(|| Groups::of(column, fewest))
        .flatten()
}

/// The column that stands for all that `at` is in step or shares stand-ins with.
fn root(out: &[Option<People>], at: usize) -> usize {
    let mut at = at;
    // Relations lead to columns that were looked at before, so this ends.
    while let Some(people) = &out[at] {
        at = match people {
            p if p.step != at && p.follows == 0 => p.step,
            p if p.pool != at => p.pool,
            _ => return at,
        };
    }
    at
}

/// How the stand-ins of each pool are written, and who the people are.
fn write(columns: &[Coded<'_>], out: &mut [Option<People>], train: &Table, fewest: usize) {
    let mut pools: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut sames: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, column) in columns.iter().enumerate() {
        if let Some(people) = &out[column.at] {
            pools.entry(people.pool).or_default().push(i);
            sames.entry(people.same).or_default().push(i);
        }
    }
    for (same, members) in &sames {
        let named: Vec<&str> = members
            .iter()
            .filter(|&&i| {
                matches!(
                    columns[i].what,
                    Some(Personal::Name | Personal::Email | Personal::Username)
                )
            })
            .flat_map(|&i| columns[i].texts.iter().copied())
            .collect();
        if let Some(people) = &mut out[*same]
            && members.iter().any(|&i| columns[i].what.is_some())
        {
            people.names = Some(Names::learn(&named));
        }
    }
    for (pool, members) in &pools {
        let cells: Vec<(&str, u32)> = members
            .iter()
            .flat_map(|&i| {
                columns[i]
                    .texts
                    .iter()
                    .copied()
                    .zip(columns[i].people.iter().copied())
            })
            .collect();
        let real: Vec<&str> = cells.iter().map(|(t, _)| *t).collect();
        let first = &columns[members[0]];
        let Some(what) = first.what else {
            if let Kind::Id { pattern, .. } = &train.schema().columns[*pool].kind
                && let Some(people) = &mut out[*pool]
            {
                people.free = Free::learn(pattern, real.into_iter());
            }
            continue;
        };
        let locale = match what {
            Personal::Name | Personal::Email => {
                let same = out[*pool].as_ref().map_or(*pool, |p| p.same);
                out[same]
                    .as_ref()
                    .and_then(|p| p.names.as_ref())
                    .map_or(0, Names::locale)
            }
            _ => locale_of(&real),
        };
        let forms = forms(what, &cells, locale, fewest);
        if let Some(people) = &mut out[*pool] {
            people.forms = forms;
            if people.names.is_none() && !matches!(what, Personal::Name | Personal::Email) {
                people.names = Some(Names {
                    locale: language(locale).code.to_owned(),
                    free: None,
                });
            }
        }
    }
}

/// The forms that enough people share, with their shares; cells with the people who have them.
fn forms(what: Personal, cells: &[(&str, u32)], locale: usize, fewest: usize) -> Vec<Form> {
    let cells: Vec<(&str, u32)> = cells
        .iter()
        .step_by(cells.len().div_ceil(CELLS).max(1))
        .copied()
        .collect();
    let count = |fine: bool| {
        let mut counts: BTreeMap<Vec<Slot>, (u64, u64)> = BTreeMap::new();
        let domains = Domains::of(&cells, what, fewest);
        for (text, rows) in &cells {
            let slots = match what {
                Personal::Email => domains.slots(text),
                _ => written::slots(what, text, fine),
            };
            if let Some(slots) = slots {
                let count = counts.entry(slots).or_default();
                count.0 += 1;
                count.1 += u64::from(*rows);
            }
        }
        counts
    };
    // What only some share stays where at least so many different people have it.
    let fine: BTreeMap<Vec<Slot>, (u64, u64)> = count(true)
        .into_iter()
        .filter(|(_, (people, _))| *people >= fewest as u64)
        .collect();
    let covered: u64 = fine.values().map(|c| c.1).sum();
    let all: u64 = cells.iter().map(|(_, n)| u64::from(*n)).sum();
    let mut found: Vec<(Vec<Slot>, u64)> = if covered * 10 >= all * 8 {
        fine.into_iter().map(|(s, c)| (s, c.1)).collect()
    } else {
        count(false)
            .into_iter()
            .filter(|(_, (_, rows))| *rows >= fewest as u64)
            .map(|(s, c)| (s, c.1))
            .collect()
    };
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(FORMS);
    if found.is_empty() {
        found.push((written::usual(what), 1));
    }
    let total: u64 = found.iter().map(|(_, n)| n).sum();
    let real: Vec<&str> = cells.iter().map(|(t, _)| t.trim()).collect();
    found
        .into_iter()
        .map(|(slots, n)| {
            let share = n as f64 / total as f64;
            let form = Form::learn(share, slots, locale, &real);
            let short = matches!(what, Personal::FirstName | Personal::LastName)
                && form.width(locale) < real.len() as u128;
            match (short, form.slots.as_slice()) {
                // Too few names are left that nobody has: two become one.
                (true, [slot @ (Slot::Given(_) | Slot::Family(_))]) => {
                    let slots = vec![slot.clone(), Slot::Text("-".to_owned()), slot.clone()];
                    Form::learn(share, slots, locale, &real)
                }
                _ => form,
            }
        })
        .collect()
}

/// The domains of e-mail addresses: each frequent one gets one that is kept for examples.
struct Domains<'a>(Vec<(&'a str, String)>);

impl<'a> Domains<'a> {
    fn of(cells: &[(&'a str, u32)], what: Personal, fewest: usize) -> Domains<'a> {
        const WORDS: [&str; 12] = [
            "post", "mail", "home", "office", "web", "inbox", "letters", "net", "box", "city",
            "north", "south",
        ];
        if what != Personal::Email {
            return Domains(Vec::new());
        }
        let mut counts: HashMap<&str, u64> = HashMap::new();
        for (text, rows) in cells {
            if let Some((_, domain)) = text.trim().rsplit_once('@') {
                *counts.entry(domain).or_insert(0) += u64::from(*rows);
            }
        }
        let mut known: Vec<(&str, u64)> = counts.into_iter().collect();
        known.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let taken: HashSet<String> = known.iter().map(|(d, _)| d.to_lowercase()).collect();
        let mut free = (0..)
            .flat_map(|round| WORDS.iter().map(move |w| (w, round)))
            .map(|(w, round)| match round {
                0 => format!("@{w}.example"),
                n => format!("@{w}{n}.example"),
            })
            .filter(|d| !taken.contains(&d[1..]));
        let mut out = Vec::new();
        for (domain, _) in known
            .iter()
            .filter(|(_, n)| *n >= fewest as u64)
            .take(FORMS)
        {
            if let Some(stand_in) = free.next() {
                out.push((*domain, stand_in));
            }
        }
        if let Some(stand_in) = free.next() {
            out.push(("", stand_in));
        }
        Domains(out)
    }

    fn slots(&self, cell: &str) -> Option<Vec<Slot>> {
        let (user, domain) = cell.trim().rsplit_once('@')?;
        let (_, stand_in) = self
            .0
            .iter()
            .find(|(d, _)| *d == domain)
            .or(self.0.last())?;
        Some(written::email(user, stand_in))
    }
}

/// Writes stand-in number `index` of a pool.
pub(super) fn stand_in(
    what: Personal,
    pool: &People,
    names: &Names,
    index: u64,
    key: u64,
    person_key: u64,
) -> String {
    let Some(form) = super::form::choose(&pool.forms, index, key) else {
        return String::new();
    };
    let locale = match what {
        Personal::Name | Personal::Email => names.locale(),
        _ => pool.names.as_ref().map_or(names.locale(), Names::locale),
    };
    let of_people = form.is_of_people();
    let person = of_people.then(|| names.person(index, person_key));
    let text = form.write(Some(what), index, key, locale, person);
    // Forms that leave out the given name tell people of one family name apart by a number.
    let whole = form.slots.iter().any(|s| matches!(s, Slot::PersonGiven(_)))
        && form
            .slots
            .iter()
            .any(|s| matches!(s, Slot::PersonFamily(_)));
    match person {
        Some(p) if !whole && p.round > 0 => match text.rsplit_once('@') {
            Some((user, domain)) => format!("{user}{}@{domain}", p.round + 1),
            None => text,
        },
        _ => text,
    }
}
