//! Train, validation and test rows: seeded, stratified on the target where that is possible.

use crate::{Schema, Table};

/// The shares of rows kept aside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SplitShares {
    /// Share of rows for choices (early stopping).
    pub validation: f64,
    /// Share of rows for the verdict.
    pub test: f64,
}

/// Row numbers of the three parts; together they are all rows, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows that models learn from.
    pub train: Vec<usize>,
    /// Rows that choices are made on.
    pub validation: Vec<usize>,
    /// Rows that only the verdict sees.
    pub test: Vec<usize>,
}

/// Splits `table`; a pure function of the table's size, its target's classes and `seed`.
pub fn split(table: &Table, shares: SplitShares, seed: u64) -> Split {
    use rand::SeedableRng;
    use rand::seq::SliceRandom;
    let n = table.rows();
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed ^ 0x5_1117);
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut rng);
    if let Some(key) = strata(table.schema(), table) {
        let mut counts = std::collections::HashMap::new();
        let mut ranked: Vec<(f64, usize)> = Vec::with_capacity(n);
        let mut totals = std::collections::HashMap::new();
        for &i in &order {
            *totals.entry(key[i]).or_insert(0usize) += 1;
        }
        for &i in &order {
            let seen = counts.entry(key[i]).or_insert(0usize);
            ranked.push(((*seen as f64 + 0.5) / totals[&key[i]] as f64, i));
            *seen += 1;
        }
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        order = ranked.into_iter().map(|(_, i)| i).collect();
    }
    let test = (shares.test * n as f64).round() as usize;
    let validation = (shares.validation * n as f64).round() as usize;
    let test = test.min(n.saturating_sub(1));
    let validation = validation.min(n - test);
    let mut parts = Split {
        test: order[..test].to_vec(),
        validation: order[test..test + validation].to_vec(),
        train: order[test + validation..].to_vec(),
    };
    parts.train.sort_unstable();
    parts.validation.sort_unstable();
    parts.test.sort_unstable();
    parts
}

fn strata(schema: &Schema, table: &Table) -> Option<Vec<u32>> {
    let levels = table.column(schema.target_position()?).levels()?;
    (levels.levels.len() <= 20).then(|| levels.codes.clone())
}
