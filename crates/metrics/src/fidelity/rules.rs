//! Rules between columns: how many rows break the one that is broken most. What a rule is, and which rows break it, the
//! caller says; they are found in training rows, or were added by a user.

use crate::Score;
use crate::prepared::Prepared;
use crate::score::absent;

const ID: &str = "rules_broken";

/// The share of synthetic rows that break a rule, of the rule that is broken most.
pub(crate) fn rules_broken(p: &Prepared) -> Score {
    let Some(found) = p.rules.as_deref().filter(|r| !r.synthetic.is_empty()) else {
        return absent(ID, "no rule between columns is known");
    };
    let share = |rows: usize, of: usize| rows as f64 / of.max(1) as f64;
    let most = |rules: &[(String, usize)], of: usize| {
        rules.iter().map(|r| share(r.1, of)).fold(0.0, f64::max)
    };
    let mut worst: Vec<(String, f64)> = (found.synthetic.iter())
        .filter(|r| r.1 > 0)
        .map(|r| (r.0.clone(), share(r.1, p.rows.synthetic)))
        .collect();
    worst.sort_by(|a, b| b.1.total_cmp(&a.1));
    let broken = worst.len() as f64;
    worst.truncate(10);
    Score {
        value: Some(most(&found.synthetic, p.rows.synthetic)),
        floor: Some(most(&found.real, p.rows.test)),
        worst,
        parts: vec![
            ("rules".to_owned(), found.synthetic.len() as f64),
            ("rules_broken".to_owned(), broken),
        ],
        ..Score::new(ID)
    }
}
