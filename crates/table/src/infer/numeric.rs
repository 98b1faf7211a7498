//! Whole numbers, reals and instants: which are measurements and which are keys.

use super::{name, personal};
use crate::text::{Number, Precision, number};
use crate::{DateFormat, IdPattern, Kind, Protection};

/// What the values of a column of whole numbers look like.
pub(super) struct Whole {
    pub present: u64,
    pub distinct: u64,
    pub low: i64,
    pub high: i64,
    /// The lowest values, and the highest, as many as hide each other.
    front: Vec<i64>,
    back: std::collections::VecDeque<i64>,
}

/// Fewest keys behind a bound of a range of keys.
const FEWEST: usize = Protection::DEFAULT.div_ceil(2) as usize;

impl Whole {
    /// Facts of values in ascending order with their rows.
    pub(super) fn of(values: impl Iterator<Item = (i64, u64)>) -> Whole {
        let mut all = Whole {
            present: 0,
            distinct: 0,
            low: i64::MAX,
            high: i64::MIN,
            front: Vec::new(),
            back: std::collections::VecDeque::new(),
        };
        for (x, rows) in values {
            all.present += rows;
            all.distinct += 1;
            all.low = all.low.min(x);
            all.high = all.high.max(x);
            if all.front.len() < FEWEST {
                all.front.push(x);
            }
            all.back.push_back(x);
            if all.back.len() > FEWEST {
                all.back.pop_front();
            }
        }
        all
    }

    /// A range around the values whose ends are nobody's own: borders of the decade, hundred,
    /// thousand, ... that at least five of the outermost values share.
    fn outward(&self) -> (i64, i64) {
        let inner = self.front.last().copied().unwrap_or(self.low);
        let outer = self.back.front().copied().unwrap_or(self.high);
        let (low, _) = decade(self.low, inner);
        let (_, high) = decade(outer, self.high);
        (if low == 0 && self.low > 0 { 1 } else { low }, high)
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

/// The borders of the least power of ten that holds both numbers between its multiples.
pub(crate) fn decade(a: i64, b: i64) -> (i64, i64) {
    let mut step = 10i64;
    while a.div_euclid(step) != b.div_euclid(step) {
        match step.checked_mul(10) {
            Some(next) => step = next,
            None => {
                return (
                    if a < 0 { i64::MIN } else { 0 },
                    if b < 0 { -1 } else { i64::MAX },
                );
            }
        }
    }
    let low = a.div_euclid(step).saturating_mul(step);
    (low, low.saturating_add(step - 1))
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
    let (low, high) = v.outward();
    let number = IdPattern::Number { low, high };
    if unique && v.present >= 10 && v.span() == v.present as f64 {
        return id(IdPattern::Sequence { start: low });
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
    Some(
        if name::is_of_someone(words) || personal::is_of_people(words) {
            distinct > 20 || !often && distinct * 2 > present
        } else {
            distinct * 2 > present || distinct > 1000 || distinct > 100 && !often
        },
    )
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
            let parser = crate::text::date::Parser::new("%Y%m%d");
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
        _ if stamps(sorted.iter().copied()) => Kind::Datetime {
            format: DateFormat(STAMP.to_owned()),
        },
        _ => whole(words, &facts),
    }
}

/// Date and time in fourteen digits.
const STAMP: &str = "%Y%m%d%H%M%S";

/// True when all numbers are date and time in fourteen digits, which no measurement is by chance.
pub(super) fn stamps(mut values: impl Iterator<Item = i64>) -> bool {
    let parser = crate::text::date::Parser::new(STAMP);
    values.all(|x| {
        (19_000_101_000_000..=21_001_231_235_959).contains(&x)
            && parser.parse(&x.to_string()).is_some()
    })
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
        && let Some(value) = crate::text::date::write(format, first)
    {
        return Kind::Constant { value };
    }
    Kind::Datetime {
        format: DateFormat(format.to_owned()),
    }
}

/// How the `numbers` of composed keys are made anew: with as many digits where they are filled up with zeros.
pub(super) fn numbered<'a>(numbers: impl Iterator<Item = &'a str>) -> Kind {
    let numbers: Vec<&str> = numbers.collect();
    let width = numbers.iter().map(|n| n.len()).max().unwrap_or(1);
    let padded = numbers.iter().any(|n| n.len() > 1 && n.starts_with('0'));
    let alike = numbers.iter().all(|n| n.len() == width);
    let pattern = if padded || alike {
        IdPattern::Mask {
            mask: "9".repeat(width),
        }
    } else {
        IdPattern::Number {
            low: 1,
            high: 10_i64.pow(width as u32) - 1,
        }
    };
    Kind::Id {
        pattern,
        unique: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_a_range_of_keys_are_nobodys_own() {
        let range = |values: &[i64]| Whole::of(values.iter().map(|&x| (x, 1))).outward();
        assert_eq!(range(&[1, 2, 3, 4, 5, 6, 7]), (1, 9));
        assert_eq!(
            range(&[10_427, 10_431, 10_440, 10_490, 10_499, 48_112]),
            (10_400, 99_999)
        );
        assert_eq!(range(&[7, 5_000, 5_001, 5_002, 5_003, 5_004]), (1, 5_009));
        assert_eq!(range(&[-42, -41, -40, -39, -38]), (-100, -1));
        assert_eq!(range(&[5, i64::MAX]), (1, i64::MAX));
        assert_eq!(decade(i64::MIN, i64::MAX), (i64::MIN, i64::MAX));
    }

    #[test]
    fn numbers_keep_their_zeros() {
        let pattern = |numbers: &[&str]| match numbered(numbers.iter().copied()) {
            Kind::Id { pattern, .. } => pattern,
            other => panic!("{other:?}"),
        };
        let mask = |mask: &str| IdPattern::Mask { mask: mask.into() };
        assert_eq!(pattern(&["001", "212"]), mask("999"));
        assert_eq!(pattern(&["1001", "2120"]), mask("9999"));
        assert_eq!(
            pattern(&["7", "85"]),
            IdPattern::Number { low: 1, high: 99 }
        );
    }
}
