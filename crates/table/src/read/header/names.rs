//! The names of columns, from the lines of a header.

use csv::ByteRecord;

use super::Start;
use super::lines::{cell, is_measured};
use crate::layout::Heading;
use crate::raw::BadCell;
use crate::read::delimited::bad_cell;
use crate::{Result, Warning};

/// What a header says.
pub(in crate::read) struct Header {
    /// The names of the columns.
    pub names: Vec<String>,
    /// The cells of the header, where they are not just the names.
    pub headings: Vec<Heading>,
    /// What was assumed.
    pub warnings: Vec<Warning>,
}

impl Header {
    /// The names in `lines`, blanks around them aside. Columns without one are named by their position, as
    /// pandas names them.
    ///
    /// # Errors
    /// `table/not-utf8`, `table/nul-byte`.
    pub(in crate::read) fn of(lines: &[ByteRecord], start: Start) -> Result<Header> {
        let cells = lines
            .iter()
            .map(|line| texts(line, start.row_names))
            .collect::<Result<Vec<_>>>()?;
        let first = cells.first().cloned().unwrap_or_default();
        let mut names: Vec<String> = match cells.as_slice() {
            [_, _, ..] => composed(&cells),
            _ => first.iter().map(|name| name.trim().to_owned()).collect(),
        };
        let mut warnings = Vec::new();
        if !names.iter().all(String::is_empty) {
            warnings.extend(unnamed(&mut names));
        }
        warnings.extend(before(start));
        warnings.extend(several(start));
        let number = |name: &String| name.parse::<f64>().is_ok();
        if !names.is_empty() && names.iter().all(number) {
            warnings.push(like_data("All column names are numbers"));
        }
        let blanks = first
            .iter()
            .any(|name| !name.is_empty() && name.trim() != name);
        let headings = (blanks || cells.len() > 1).then(|| headings(&names, &cells));
        Ok(Header {
            names,
            headings: headings.unwrap_or_default(),
            warnings,
        })
    }
}

fn texts(line: &ByteRecord, row_names: bool) -> Result<Vec<String>> {
    let mut texts = vec![String::new(); usize::from(row_names)];
    for (i, name) in line.iter().enumerate() {
        let bad = |what| bad_cell(what).in_column((i + 1).to_string());
        let name = std::str::from_utf8(name).map_err(|_| bad(BadCell::NotUtf8))?;
        if name.contains('\0') {
            return Err(bad(BadCell::Nul));
        }
        texts.push(name.to_owned());
    }
    Ok(texts)
}

/// What stood in the lines of the header for each column.
fn headings(names: &[String], cells: &[Vec<String>]) -> Vec<Heading> {
    let of = |at: usize| {
        cells
            .iter()
            .map(move |line| line.get(at).cloned().unwrap_or_default())
    };
    (names.iter().enumerate())
        .map(|(at, column)| Heading {
            column: column.clone(),
            lines: of(at).collect(),
        })
        .collect()
}

/// One name from several lines: the first line's where it names each column, else the group and what stands
/// below it.
fn composed(cells: &[Vec<String>]) -> Vec<String> {
    let trimmed =
        |line: &[String]| -> Vec<String> { line.iter().map(|c| c.trim().to_owned()).collect() };
    let first = trimmed(&cells[0]);
    if is_complete(&first) {
        return first;
    }
    let second = trimmed(&cells[1]);
    let mut group = String::new();
    let groups: Vec<String> = (first.iter())
        .map(|name| {
            if !name.is_empty() {
                group.clone_from(name);
            }
            group.clone()
        })
        .collect();
    let mut names: Vec<String> = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let alone = groups.iter().filter(|g| *g == group).count() == 1;
        let below = second.get(at).map_or("", String::as_str);
        let name = match (group.as_str(), below) {
            ("", below) => below.to_owned(),
            (group, below) if alone || below.is_empty() => group.to_owned(),
            (group, below) => format!("{group}: {below}"),
        };
        let taken = |name: &String| names.contains(name);
        let mut new = name.clone();
        let mut n = 2;
        while !new.is_empty() && taken(&new) {
            new = format!("{name} ({n})");
            n += 1;
        }
        names.push(new);
    }
    names
}

/// True when each column has a name of its own.
fn is_complete(names: &[String]) -> bool {
    let mut seen = std::collections::HashSet::new();
    names
        .iter()
        .all(|name| !name.is_empty() && seen.insert(name))
}

/// Names the columns that have no name.
fn unnamed(names: &mut [String]) -> Option<Warning> {
    let unnamed: Vec<usize> = (0..names.len()).filter(|&i| names[i].is_empty()).collect();
    for &i in &unnamed {
        let mut name = format!("Unnamed: {i}");
        while names.contains(&name) {
            name.push('_');
        }
        names[i] = name;
    }
    let first = unnamed.first()?;
    let more = match unnamed.len() {
        1 => format!("Column {} has no name", first + 1),
        n => format!(
            "{n} columns have no name, the first is column {}",
            first + 1
        ),
    };
    Some(Warning::new(
        "table/unnamed-column",
        format!(
            "{more}: called {}. A first column without a name is often an exported row number.",
            names[*first]
        ),
    ))
}

fn before(start: Start) -> Option<Warning> {
    let lines = match start.skip {
        0 => return None,
        1 => "1 line was".to_owned(),
        n => format!("{n} lines were"),
    };
    Some(Warning::new(
        "table/lines-before-header",
        format!(
            "{lines} before the header left out. Say how many with --skip-rows if that is wrong."
        ),
    ))
}

fn several(start: Start) -> Option<Warning> {
    (start.more > 0).then(|| {
        Warning::new(
            "table/header-lines",
            format!(
                "The header has {} lines: columns are named by the first, and by the second where the first \
                 names a group of columns. All are written back.",
                start.more + 1
            ),
        )
    })
}

fn like_data(why: &str) -> Warning {
    Warning::new(
        "table/header-looks-like-data",
        format!(
            "{why}: the file may lack a header line, and then its first row was taken for one. Add a line \
             with the names of the columns."
        ),
    )
}

/// A warning when the first of `records` looks like the rows below it: its numbers stand above numbers, and each
/// of its words is found again in its column.
pub(in crate::read) fn headless(records: &[ByteRecord]) -> Option<Warning> {
    let (header, below) = records.split_first()?;
    if below.len() < 5 {
        return None;
    }
    let (mut words, mut numbers) = (0, 0);
    for at in 0..header.len() {
        let name = cell(header, at);
        let column: Vec<&str> = (below.iter())
            .map(|record| cell(record, at))
            .filter(|t| !t.is_empty())
            .collect();
        let different: std::collections::HashSet<&&str> = column.iter().collect();
        let typed = column.iter().filter(|t| is_measured(t)).count() * 10 >= column.len() * 9;
        match (is_measured(name), typed) {
            (true, true) => numbers += 1,
            (false, false) if column.contains(&name) => words += 1,
            // Too many words to meet one of them again.
            (false, false) if different.len() * 2 > column.len() => {}
            _ => return None,
        }
    }
    (words > 0 && numbers > 0 || words > 1)
        .then(|| like_data("The column names look like the rows below them"))
}
