//! Train, validation and test rows: seeded, and stratified where the target (or the event of a
//! survival table) has few classes: each part then has each class in proportion, to within one
//! row.

use crate::{Schema, Table, Task};

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

/// Splits `table`; a pure function of the table's size, its target's classes and `seed`. At least
/// one row is left for training; shares that are no shares count as 0 or 1.
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
    let part = |share: f64, most: usize| {
        let share = if share > 0.0 { share.min(1.0) } else { 0.0 };
        ((share * n as f64).round() as usize).min(most)
    };
    let test = part(shares.test, n.saturating_sub(1));
    let validation = part(shares.validation, n.saturating_sub(test + 1));
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

/// The class of each row, when there are few.
fn strata(schema: &Schema, table: &Table) -> Option<Vec<u32>> {
    let event = match &schema.task {
        Some(Task::Survival { event, .. }) => schema.position(event),
        _ => None,
    };
    [schema.target_position(), event]
        .into_iter()
        .flatten()
        .filter_map(|at| table.column(at).levels())
        .find(|levels| levels.levels.len() <= 20)
        .map(|levels| levels.codes.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{Column, ColumnSpec, Kind, Levels};

    fn table(classes: &[u8], task: Option<Task>) -> Table {
        let names: Vec<String> = classes.iter().map(|c| format!("class {c}")).collect();
        let schema = Schema {
            target: task.is_none().then(|| "y".to_owned()),
            task,
            subject: None,
            columns: vec![ColumnSpec {
                name: "y".into(),
                kind: Kind::Categorical,
                source: "text".into(),
                nullable: false,
            }],
        };
        let levels = Levels::from_values(names.iter().map(|n| Some(n.as_str())));
        Table::new(Arc::new(schema), vec![Column::Levels(levels)]).unwrap()
    }

    const SHARES: SplitShares = SplitShares {
        validation: 0.1,
        test: 0.2,
    };

    fn all(split: &Split) -> Vec<usize> {
        let mut rows = [&split.train[..], &split.validation, &split.test].concat();
        rows.sort_unstable();
        rows
    }

    #[test]
    fn tiny_tables_keep_a_row_for_training() {
        for n in 0..4usize {
            let t = table(&vec![0; n], None);
            for (validation, test) in [(0.1, 0.2), (0.5, 0.5), (1.0, 1.0), (f64::NAN, -1.0)] {
                let parts = split(&t, SplitShares { validation, test }, 1);
                assert_eq!(all(&parts), (0..n).collect::<Vec<_>>());
                assert_eq!(parts.train.is_empty(), n == 0);
            }
        }
    }

    #[test]
    fn a_seed_is_a_split() {
        let t = table(&(0..200).map(|i| (i % 3) as u8).collect::<Vec<_>>(), None);
        assert_eq!(split(&t, SHARES, 7), split(&t, SHARES, 7));
        assert_ne!(split(&t, SHARES, 7), split(&t, SHARES, 8));
    }

    #[test]
    fn events_of_survival_tables_are_in_proportion() {
        let task = Task::Survival {
            time: "t".into(),
            event: "y".into(),
        };
        let classes: Vec<u8> = (0..1000).map(|i| u8::from(i % 50 == 0)).collect();
        let parts = split(&table(&classes, Some(task)), SHARES, 3);
        let events = |rows: &[usize]| rows.iter().filter(|&&i| classes[i] == 1).count();
        assert_eq!((events(&parts.test), events(&parts.validation)), (4, 2));
    }

    proptest! {
        #[test]
        fn parts_are_disjoint_complete_and_in_proportion(
            classes in prop::collection::vec(0u8..5, 1..400),
            seed in any::<u64>(),
        ) {
            let parts = split(&table(&classes, None), SHARES, seed);
            let n = classes.len();
            prop_assert_eq!(all(&parts), (0..n).collect::<Vec<_>>());
            prop_assert_eq!(parts.test.len(), ((n as f64 * 0.2).round() as usize).min(n - 1));
            for class in 0..5 {
                let count = |rows: &[usize]| {
                    rows.iter().filter(|&&i| classes[i] == class).count() as f64
                };
                let total = classes.iter().filter(|&&c| c == class).count() as f64;
                prop_assert!((count(&parts.test) - 0.2 * total).abs() <= 1.5);
                prop_assert!((count(&parts.validation) - 0.1 * total).abs() <= 1.5);
            }
        }
    }
}
