//! `--balance`: the shares of a column's levels, as asked for.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use verdancy_synth::{BLOCK, Conditional};
use verdancy_table::{Column, Levels, Schema, Storage, Table};

use super::{Asked, Sink, levels, unknown_level};
use crate::{Drawing, Error, Result, Sampled};

/// Rows of the model that are looked through, for each row that is asked for.
const DRAWN: u64 = 20;
/// Rows that levels are known from.
const FIRST: u64 = 16_384;
/// Most levels of the column.
const LEVELS: usize = 1_000;

pub fn draw(asked: &Asked<'_>, text: &str, sink: &mut Sink<'_, '_>) -> Result<Sampled> {
    let rows = asked.count()?;
    let fitted = asked.fitted;
    let first = fitted.sample_all(0..FIRST, asked.seed)?;
    let (name, shares) = named(text);
    let at = column(&fitted.schema, name)?;
    let name = fitted.schema.columns[at].name.clone();
    let mut known = levels(&first, at);
    known.sort_by(|a, b| natural(&a.0, &b.0));
    if known.len() < 2 || known.len() > LEVELS {
        return Err(refused(format!("`{name}` has {} levels.", known.len())));
    }
    let shares = parsed(&name, shares.trim(), &known)?;
    let wanted = counts(&shares, rows);
    // Which row has which level: a function of the seed alone.
    let mut order: Vec<usize> = (wanted.iter().enumerate())
        .flat_map(|(level, n)| std::iter::repeat_n(level, *n as usize))
        .collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(asked.seed ^ 0x6261_6c61));
    let mut kept: Vec<(Table, Vec<usize>)> = Vec::new();
    let mut left = wanted.clone();
    let mut seen = 0;
    let last = rows.saturating_mul(DRAWN).max(FIRST);
    let others = fitted.sample(FIRST..last, asked.seed);
    for part in std::iter::once(Ok(first)).chain(others) {
        if left.iter().all(|n| *n == 0) {
            break;
        }
        let part = part?;
        seen += part.rows() as u64;
        let of = |row: usize| {
            let level = part.column(at).levels()?.get(row)?;
            shares.iter().position(|s| s.0 == level)
        };
        let mut own = Vec::new();
        let mut which = Vec::new();
        for row in 0..part.rows() {
            if let Some(level) = of(row).filter(|l| left[*l] > 0) {
                left[level] -= 1;
                own.push(row);
                which.push(level);
            }
        }
        kept.push((part.take(&own), which));
    }
    let mut in_conflict = 0;
    let rest: Vec<usize> = (left.iter().enumerate())
        .flat_map(|(level, n)| std::iter::repeat_n(level, *n as usize))
        .collect();
    let drawing = match rest.is_empty() {
        true => Drawing::Filtered,
        false => {
            let given = rest.iter().map(|level| Some(shares[*level].0.as_str()));
            let given = Column::Levels(Levels::from_values(given));
            let model = Conditional::learn(fitted, std::slice::from_ref(&name), &[(0, &given)])?;
            // Behind the rows that were looked through, so that no key comes twice.
            let drawn = model.rows(&[given], seen.next_multiple_of(BLOCK as u64), asked.seed)?;
            in_conflict = drawn.in_conflict;
            kept.push((drawn.table, rest));
            Drawing::Conditional
        }
    };
    sink.take(dealt(&fitted.schema, kept, &order, shares.len())?)?;
    Ok(Sampled {
        rows,
        drawing,
        rate: None,
        in_conflict,
    })
}

/// Rows by level, dealt to the places in `order`.
fn dealt(
    schema: &std::sync::Arc<Schema>,
    kept: Vec<(Table, Vec<usize>)>,
    order: &[usize],
    levels: usize,
) -> Result<Table> {
    let mut of_level: Vec<std::collections::VecDeque<usize>> = vec![Default::default(); levels];
    let mut begin = 0;
    let mut tables = Vec::new();
    for (table, which) in kept {
        for (row, level) in which.iter().enumerate() {
            of_level[*level].push_back(begin + row);
        }
        begin += table.rows();
        tables.push(table);
    }
    let from: Vec<usize> = (order.iter())
        .map(|level| of_level[*level].pop_front())
        .collect::<Option<_>>()
        .ok_or_else(|| Error::internal("a level has fewer rows than were counted"))?;
    Ok(Table::concat(schema, tables)?.take(&from))
}

/// The column and the shares in what was asked for.
pub fn named(text: &str) -> (&str, &str) {
    let (name, shares) = text.split_once('=').unwrap_or((text, ""));
    (name.trim(), shares)
}

/// The position of a column of levels.
pub fn column(schema: &Schema, name: &str) -> Result<usize> {
    let at = (schema.position(name))
        .ok_or_else(|| schema.no_such_column("condition/unknown-column", name))?;
    let kind = &schema.columns[at].kind;
    match kind.storage() {
        Storage::Levels => Ok(at),
        _ => Err(refused(format!("`{name}` is {}, not a category.", kind.name())).in_column(name)),
    }
}

fn refused(message: String) -> Error {
    Error::input(
        "condition/balance",
        message,
        "Name a category with a share for each level, for example outcome=yes:0.5/no:0.5, or its name alone for equal shares.",
    )
}

/// Levels with their shares, which add up to 1.
fn parsed(name: &str, text: &str, known: &[(String, usize)]) -> Result<Vec<(String, f64)>> {
    if text.is_empty() || text == "equal" {
        return Ok(known
            .iter()
            .map(|k| (k.0.clone(), 1.0 / known.len() as f64))
            .collect());
    }
    let parts: Vec<&str> = text.split(['/', ',']).map(str::trim).collect();
    let share = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|x| x.is_finite() && *x >= 0.0)
    };
    let plain: Option<Vec<f64>> = parts.iter().map(|p| share(p)).collect();
    let mut found: Vec<(String, f64)> = match plain {
        // Shares alone are those of the levels in their order.
        Some(shares) if shares.len() == known.len() => known
            .iter()
            .zip(shares)
            .map(|(k, s)| (k.0.clone(), s))
            .collect(),
        Some(shares) => {
            return Err(refused(format!(
                "`{name}` has {} levels, and {} shares are given.",
                known.len(),
                shares.len()
            )));
        }
        None => (parts.iter())
            .map(|part| {
                let (level, of) = part
                    .rsplit_once(':')
                    .ok_or_else(|| refused(format!("\"{part}\" is no level with a share.")))?;
                let level = level.trim();
                let of = share(of).ok_or_else(|| {
                    refused(format!("The share of \"{level}\" is no number from 0."))
                })?;
                match known.iter().any(|k| k.0 == level) {
                    true => Ok((level.to_owned(), of)),
                    false => Err(unknown_level(name, level, known)),
                }
            })
            .collect::<Result<_>>()?,
    };
    let sum: f64 = found.iter().map(|f| f.1).sum();
    // Shares, or percentages.
    let whole = if sum > 1.5 { 100.0 } else { 1.0 };
    if (sum - whole).abs() > 1e-6 * whole {
        return Err(refused(format!("The shares add up to {sum}, not to 1.")));
    }
    let mut names: Vec<&String> = found.iter().map(|f| &f.0).collect();
    names.sort();
    names.dedup();
    if names.len() < found.len() {
        return Err(refused("A level is named twice.".to_owned()));
    }
    found.iter_mut().for_each(|f| f.1 /= sum);
    Ok(found)
}

/// Rows for each share, by the largest remainder.
fn counts(shares: &[(String, f64)], rows: u64) -> Vec<u64> {
    let exact: Vec<f64> = shares.iter().map(|s| s.1 * rows as f64).collect();
    let mut counts: Vec<u64> = exact.iter().map(|x| x.floor() as u64).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| {
        exact[*b]
            .fract()
            .total_cmp(&exact[*a].fract())
            .then(a.cmp(b))
    });
    let short = rows - counts.iter().sum::<u64>().min(rows);
    order
        .iter()
        .take(short as usize)
        .for_each(|at| counts[*at] += 1);
    counts
}

/// Numbers by size, before texts in their order.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => x.total_cmp(&y),
        (Ok(_), Err(_)) => std::cmp::Ordering::Less,
        (Err(_), Ok(_)) => std::cmp::Ordering::Greater,
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn known() -> Vec<(String, usize)> {
        ["0", "1", "10", "a"]
            .iter()
            .map(|l| ((*l).to_owned(), 5))
            .collect()
    }

    #[test]
    fn shares_are_equal_by_order_or_by_name() {
        let shares = |text: &str| parsed("c", text, &known()).unwrap();
        assert!(shares("").iter().all(|s| s.1 == 0.25));
        assert_eq!(shares("0.1/0.2/0.3/0.4")[1], ("1".to_owned(), 0.2));
        assert_eq!(
            shares("a:75, 0:25"),
            [("a".to_owned(), 0.75), ("0".to_owned(), 0.25)]
        );
    }

    #[test]
    fn mistaken_shares_are_refused() {
        for (text, code) in [
            ("0.5/0.5", "condition/balance"),
            ("a:0.5/b:0.5", "condition/unknown-level"),
            ("a:0.5/0:0.6", "condition/balance"),
            ("a:0.5/a:0.5", "condition/balance"),
            ("a:-1/0:2", "condition/balance"),
            ("a=1", "condition/balance"),
        ] {
            assert_eq!(
                parsed("c", text, &known()).unwrap_err().code,
                code,
                "{text}"
            );
        }
    }

    #[test]
    fn counts_add_up() {
        let shares = [
            ("a".to_owned(), 0.335),
            ("b".to_owned(), 0.335),
            ("c".to_owned(), 0.33),
        ];
        assert_eq!(counts(&shares, 10), [4, 3, 3]);
        assert_eq!(counts(&shares, 1), [1, 0, 0]);
    }

    #[test]
    fn levels_are_ordered_as_people_do() {
        let mut levels = ["b", "10", "9", "a"];
        levels.sort_by(|a, b| natural(a, b));
        assert_eq!(levels, ["9", "10", "a", "b"]);
    }
}
