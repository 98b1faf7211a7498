//! Whole numbers, reals and instants: which are measurements and which are keys.

use super::name;
use super::number::{Number, Precision, number};
use crate::{DateFormat, IdPattern, Kind};

/// What the values of a column of whole numbers look like.
pub(super) struct Whole {
    pub present: u64,
    pub distinct: u64,
    pub low: i64,
    pub high: i64,
}

impl Whole {
    pub(super) fn of(values: impl Iterator<Item = (i64, u64)>) -> Whole {
        let mut all = Whole {
            present: 0,
            distinct: 0,
            low: i64::MAX,
            high: i64::MIN,
        };
        for (x, rows) in values {
            all.present += rows;
            all.distinct += 1;
            all.low = all.low.min(x);
            all.high = all.high.max(x);
        }
        all
    }

    /// Rows that would repeat an earlier value if values were drawn evenly and independently from
    /// the range; any other independent draw repeats more.
    fn repeats_by_chance(&self) -> f64 {
        let n = self.present as f64;
        n * (n - 1.0) / 2.0 / self.span()
    }

    fn span(&self) -> f64 {
        self.high as f64 - self.low as f64 + 1.0
    }
}

/// The kind of a column of whole numbers.
pub(super) fn whole(words: &[String], v: &Whole) -> Kind {
    if v.distinct == 2 {
        return Kind::Boolean;
    }
    if name::is_time(words) && !name::is_key(words) {
        return Kind::Integer;
    }
    let unique = v.distinct == v.present;
    let repeats = (v.present - v.distinct) as f64;
    let id = |pattern| Kind::Id { pattern, unique };
    let number = IdPattern::Number {
        low: v.low,
        high: v.high,
    };
    if unique && v.present >= 10 && v.span() == v.present as f64 {
        return id(IdPattern::Sequence { start: v.low });
    }
    let chance = v.repeats_by_chance();
    if chance >= 8.0 && repeats < chance * 0.02 && repeats < v.present as f64 * 0.05 {
        return id(number);
    }
    match key(words, v.distinct, v.present) {
        Some(true) => id(number),
        Some(false) => Kind::Categorical,
        None => Kind::Integer,
    }
}

/// For columns named like keys: true when they are keys, false when they number a few things that
/// many rows share (departments, sites).
pub(super) fn key(words: &[String], distinct: u64, present: u64) -> Option<bool> {
    if !name::is_key(words) {
        return None;
    }
    let often = present >= distinct * 20;
    Some(if name::is_of_someone(words) {
        distinct > 20 || !often && distinct * 2 > present
    } else {
        distinct * 2 > present || distinct > 1000 || distinct > 100 && !often
    })
}

pub(super) fn integers(words: &[String], values: &[Option<i64>]) -> Kind {
    let mut sorted: Vec<i64> = values.iter().copied().flatten().collect();
    sorted.sort_unstable();
    let facts = Whole::of(
        sorted
            .chunk_by(|a, b| a == b)
            .map(|c| (c[0], c.len() as u64)),
    );
    match facts.distinct {
        0 => Kind::Missing,
        1 => Kind::Constant {
            value: facts.low.to_string(),
        },
        _ if name::is_date(words) && facts.low >= 19_000_101 && facts.high <= 21_001_231 => {
            let parser = super::date::Parser::new("%Y%m%d");
            if sorted
                .iter()
                .all(|x| parser.parse(&x.to_string()).is_some())
            {
                Kind::Datetime {
                    format: DateFormat("%Y%m%d".to_owned()),
                }
            } else {
                whole(words, &facts)
            }
        }
        _ => whole(words, &facts),
    }
}

pub(super) fn floats(words: &[String], values: &[f64], scale: Option<u8>) -> Kind {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else {
        return Kind::Missing;
    };
    if low == high {
        return Kind::Constant {
            value: low.to_string(),
        };
    }
    let exact = 9_007_199_254_740_992.0;
    if scale.unwrap_or(0) == 0
        && low >= -exact
        && high <= exact
        && sorted.iter().all(|x| x.fract() == 0.0)
    {
        let runs = sorted.chunk_by(|a, b| a == b);
        return whole(
            words,
            &Whole::of(runs.map(|c| (c[0] as i64, c.len() as u64))),
        );
    }
    if let Some(scale) = scale {
        return Kind::Numerical {
            decimals: Some(scale),
        };
    }
    sorted.dedup();
    let mut precision = Precision::default();
    for x in &sorted {
        if let Number::Real {
            decimals,
            significant,
            ..
        } = number(&format!("{x:e}"))
        {
            precision.add(decimals, significant);
        }
    }
    Kind::Numerical {
        decimals: precision.decimals(),
    }
}

pub(super) fn instants(values: &[Option<i64>], format: &'static str) -> Kind {
    let mut present = values.iter().flatten();
    let Some(&first) = present.next() else {
        return Kind::Missing;
    };
    if present.all(|x| *x == first)
        && let Some(value) = super::date::write(format, first)
    {
        return Kind::Constant { value };
    }
    Kind::Datetime {
        format: DateFormat(format.to_owned()),
    }
}
