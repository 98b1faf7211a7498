//! Forms of telephone numbers: country code, brackets and groups stay, and the area code where many
//! share it; the subscriber's number begins with a zero, as none does, or is one of those that are
//! kept for fiction (555-01xx in each area of North America).

use super::form::Slot;
use super::written::{DIGITS, NONZERO, mask, of, text};

/// What the digits of a number are for.
struct Plan {
    /// How many digits there are.
    total: usize,
    /// How many digits in front are the country's.
    country: usize,
    /// Where the area code begins and ends; equal when there is none.
    area: (usize, usize),
    /// The digit that no subscriber's number begins with.
    barrier: Option<usize>,
    /// A number of North America.
    american: bool,
    plus: bool,
}

impl Plan {
    fn of(cell: &str) -> Plan {
        let groups: Vec<&str> = cell
            .split(|c: char| !c.is_ascii_digit())
            .filter(|g| !g.is_empty())
            .collect();
        let sizes: Vec<usize> = groups.iter().map(|g| g.len()).collect();
        let first = groups.first().map_or("", |g| g);
        let plus = cell.starts_with('+');
        let digits = groups.concat();
        let country = match digits.strip_prefix("00") {
            Some(behind) if groups.len() > 1 && !plus => 2 + country_code(behind),
            _ if plus => country_code(&digits),
            _ => 0,
        };
        // The groups behind the country code; the first may be cut.
        let mut national = Vec::new();
        let (mut at, mut start) = (0, country);
        for size in &sizes {
            at += size;
            if at > country {
                national.push(*size - country.saturating_sub(at - size));
            }
        }
        if national.len() < 2 {
            start = digits.len();
        }
        let american = (!plus && national == [3, 3, 4])
            || (!plus && national == [10] && !cell.starts_with('0'))
            || (plus && first.starts_with('1') && national.iter().sum::<usize>() == 10)
            || (national == [1, 3, 3, 4] && first == "1");
        let area = national.first().copied().unwrap_or(0);
        Plan {
            total: digits.len(),
            country,
            area: (start, start + area),
            barrier: barrier(&sizes, country),
            american,
            plus,
        }
    }
}

/// Where the last long group begins.
fn barrier(sizes: &[usize], country: usize) -> Option<usize> {
    let mut found = None;
    let mut at = 0;
    for (i, &size) in sizes.iter().enumerate() {
        if size >= 4 && (i > 0 || sizes.len() == 1) {
            let whole = sizes.len() == 1 || size >= 9;
            found = Some(if whole {
                at + size.saturating_sub(7).max(country)
            } else {
                at
            });
        }
        at += size;
    }
    found
}

/// The form of a telephone number; `fine` keeps the area code.
pub(super) fn slots(cell: &str, fine: bool) -> Vec<Slot> {
    let plan = Plan::of(cell);
    let mut n = 0;
    cell.chars()
        .map(|c| {
            if !c.is_ascii_digit() {
                return if c.is_alphabetic() {
                    mask(c, false)
                } else {
                    text(c)
                };
            }
            n += 1;
            digit(&plan, c, n - 1, fine)
        })
        .collect()
}

fn digit(plan: &Plan, c: char, n: usize, fine: bool) -> Slot {
    if n < plan.country {
        return text(c);
    }
    if plan.american {
        return match plan.total - n {
            10 => of("23456789"),
            5..=7 => text("5"),
            4 => text("0"),
            3 => text("1"),
            11.. => text(c),
            _ => of(DIGITS),
        };
    }
    let (start, end) = plan.area;
    if plan.barrier == Some(n) {
        text("0")
    } else if (c == '0' && n == 0) || (fine && n >= start && n < end && n + 4 < plan.total) {
        text(c)
    } else if n == start || (n == 1 && !plan.plus) {
        of(NONZERO)
    } else {
        of(DIGITS)
    }
}

/// How many digits of a number behind a plus are the country's.
fn country_code(digits: &str) -> usize {
    const TWO: &str = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 \
                       58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98";
    let two = |d: &str| TWO.split(' ').any(|code| code == d);
    let size = match digits.get(..2) {
        _ if digits.starts_with(['1', '7']) => 1,
        Some(d) if two(d) => 2,
        _ => 3,
    };
    size.min(digits.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(cell: &str, fine: bool) -> String {
        let slots = slots(cell, fine);
        let each = slots.iter().map(|s| match s {
            Slot::Text(t) => t.as_str(),
            _ => "#",
        });
        each.collect()
    }

    #[test]
    fn country_and_groups_stay_and_nobody_is_called() {
        assert_eq!(fixed("+49 171 1234567", false), "+49 ### 0######");
        assert_eq!(fixed("+49 30 1234567", true), "+49 30 0######");
        assert_eq!(fixed("+353 1 234 5678", true), "+353 1 ### 0###");
        assert_eq!(fixed("(415) 555-2671", false), "(###) 555-01##");
        assert_eq!(fixed("+1 415 555 2671", false), "+1 ### 555 01##");
        assert_eq!(fixed("0171/1234567", true), "0171/0######");
        assert_eq!(fixed("01711234567", false), "0###0######");
        assert_eq!(fixed("0049 171 1234567", false), "0049 ### 0######");
    }
}
