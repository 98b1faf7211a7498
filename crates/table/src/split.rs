//! Train, validation and test rows: seeded, by whole subjects, and stratified where the target (or
//! the event of a survival table) has few classes.
//!
//! All rows of a subject are in one part: a person whose rows are in two parts is no unseen person,
//! and hides leaks. Where the table names no subject, each row is one; each part then has each class
//! in proportion, to within one row.

use std::collections::HashMap;

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

/// Splits `table`; a pure function of the table's size, its subjects, its target's classes and
/// `seed`. At least one subject is left for training; shares that are no shares count as 0 or 1.
///
/// Shares are of rows, as closely as whole subjects allow; a part has at most twice its share of
/// the subjects (at least one), so that a few with very many rows do not leave the training rows
/// to themselves.
pub fn split(table: &Table, shares: SplitShares, seed: u64) -> Split {
    use rand::SeedableRng;
    use rand::seq::SliceRandom;
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed ^ 0x5_1117);
    let groups = Groups::of(table);
    let mut order: Vec<usize> = (0..groups.sizes.len()).collect();
    order.shuffle(&mut rng);
    if let Some(class) = groups.classes {
        order = evenly(&order, &groups.sizes, &class);
    }
    let mut part = vec![TRAIN; groups.sizes.len()];
    take(&mut part, TEST, shares.test, &order, &groups.sizes);
    take(
        &mut part,
        VALIDATION,
        shares.validation,
        &order,
        &groups.sizes,
    );
    let rows = |wanted: u8| {
        let of = |row: &usize| part[groups.of[*row] as usize] == wanted;
        (0..table.rows()).filter(of).collect()
    };
    Split {
        train: rows(TRAIN),
        validation: rows(VALIDATION),
        test: rows(TEST),
    }
}

const TRAIN: u8 = 0;
const VALIDATION: u8 = 1;
const TEST: u8 = 2;

/// The subjects of a table, or its rows.
struct Groups {
    /// The group of each row.
    of: Vec<u32>,
    /// Rows of each group.
    sizes: Vec<usize>,
    /// The class of each group, when there are few.
    classes: Option<Vec<u32>>,
}

impl Groups {
    fn of(table: &Table) -> Groups {
        let row_classes = strata(table.schema(), table);
        let Some(of) = table.subjects() else {
            return Groups {
                of: (0..table.rows() as u32).collect(),
                sizes: vec![1; table.rows()],
                classes: row_classes,
            };
        };
        let mut sizes = vec![0; of.iter().max().map_or(0, |&last| last as usize + 1)];
        for &group in &of {
            sizes[group as usize] += 1;
        }
        let classes = row_classes.map(|rows| most_frequent(&of, sizes.len(), &rows));
        Groups { of, sizes, classes }
    }
}

/// The most frequent class of each group; of several, the least.
fn most_frequent(of: &[u32], groups: usize, rows: &[u32]) -> Vec<u32> {
    let mut counts: HashMap<(u32, u32), usize> = HashMap::new();
    for (&group, &class) in of.iter().zip(rows) {
        *counts.entry((group, class)).or_insert(0) += 1;
    }
    let mut best: Vec<(usize, std::cmp::Reverse<u32>)> =
        vec![(0, std::cmp::Reverse(u32::MAX)); groups];
    for ((group, class), count) in counts {
        let slot = &mut best[group as usize];
        *slot = (*slot).max((count, std::cmp::Reverse(class)));
    }
    best.into_iter().map(|(_, class)| class.0).collect()
}

/// The groups of `order`, each class spread evenly over the whole order by its rows.
fn evenly(order: &[usize], sizes: &[usize], class: &[u32]) -> Vec<usize> {
    let mut totals: HashMap<u32, usize> = HashMap::new();
    for &group in order {
        *totals.entry(class[group]).or_insert(0) += sizes[group];
    }
    let mut counts: HashMap<u32, usize> = HashMap::new();
    let mut ranked: Vec<(f64, usize)> = Vec::with_capacity(order.len());
    for &group in order {
        let seen = counts.entry(class[group]).or_insert(0);
        let middle = *seen as f64 + 0.5 * sizes[group] as f64;
        ranked.push((middle / totals[&class[group]] as f64, group));
        *seen += sizes[group];
    }
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    ranked.into_iter().map(|(_, group)| group).collect()
}

/// Gives groups to `wanted`, in order, as long as that brings it nearer to its share of the rows.
fn take(part: &mut [u8], wanted: u8, share: f64, order: &[usize], sizes: &[usize]) {
    let share = if share > 0.0 { share.min(1.0) } else { 0.0 };
    let rows = (share * sizes.iter().sum::<usize>() as f64).round() as usize;
    let left = part.iter().filter(|&&p| p == TRAIN).count();
    let most = (2.0 * share * sizes.len() as f64).round().max(1.0) as usize;
    let most = most.min(left.saturating_sub(1));
    let (mut taken, mut groups) = (0, 0);
    for &group in order {
        if taken >= rows || groups >= most {
            break;
        }
        if part[group] == TRAIN && sizes[group] < 2 * (rows - taken) {
            part[group] = wanted;
            taken += sizes[group];
            groups += 1;
        }
    }
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
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::{Column, ColumnSpec, IdPattern, Kind, Levels};

    fn table(classes: &[u8], task: Option<Task>) -> Table {
        let names: Vec<String> = classes.iter().map(|c| format!("class {c}")).collect();
        let schema = Schema {
            target: task.is_none().then(|| "y".to_owned()),
            task,
            ..Schema::of(vec![ColumnSpec {
                name: "y".into(),
                kind: Kind::Categorical,
                source: "text".into(),
                nullable: false,
                notation: None,
                part: None,
            }])
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

    /// A table whose subjects have so many rows and such classes, its rows in mixed order.
    fn visits(subjects: &[(usize, u8)], seed: u64) -> Table {
        use rand::SeedableRng;
        use rand::seq::SliceRandom;
        let mut rows: Vec<(usize, u8)> = (subjects.iter().enumerate())
            .flat_map(|(s, &(size, class))| std::iter::repeat_n((s, class), size))
            .collect();
        rows.shuffle(&mut rand_chacha::ChaCha8Rng::seed_from_u64(seed));
        let spec = |name: &str, kind| ColumnSpec {
            name: name.into(),
            kind,
            source: "text".into(),
            nullable: false,
            notation: None,
            part: None,
        };
        let schema = Schema {
            target: Some("y".into()),
            subject: Some("who".into()),
            ..Schema::of(vec![
                spec(
                    "who",
                    Kind::Id {
                        pattern: IdPattern::default(),
                        unique: false,
                    },
                ),
                spec("y", Kind::Categorical),
            ])
        };
        let names: Vec<String> = rows.iter().map(|(_, c)| c.to_string()).collect();
        let who = rows.iter().map(|(s, _)| Some(format!("P{s}"))).collect();
        let levels = Levels::from_values(names.iter().map(|n| Some(n.as_str())));
        let columns = vec![Column::Strings(who), Column::Levels(levels)];
        Table::new(Arc::new(schema), columns).unwrap()
    }

    fn people(table: &Table, rows: &[usize]) -> BTreeSet<u32> {
        let of = table.subjects().unwrap();
        rows.iter().map(|&row| of[row]).collect()
    }

    #[test]
    fn rows_of_one_person_were_in_training_and_test_rows() {
        let t = visits(&[(4, 0); 300], 5);
        let parts = split(&t, SHARES, 1);
        let sizes = [&parts.train, &parts.validation, &parts.test].map(|p| people(&t, p).len());
        assert_eq!(sizes, [210, 30, 60]);
        assert!(people(&t, &parts.train).is_disjoint(&people(&t, &parts.test)));
    }

    #[test]
    fn classes_of_subjects_are_in_proportion() {
        let subjects: Vec<(usize, u8)> = (0..200).map(|i| (3, u8::from(i % 10 == 0))).collect();
        let t = visits(&subjects, 9);
        let classes = t.column(1).levels().unwrap();
        for seed in 0..20 {
            let parts = split(&t, SHARES, seed);
            let ones = |rows: &[usize]| {
                rows.iter()
                    .filter(|&&r| classes.get(r) == Some("1"))
                    .count()
            };
            assert_eq!([ones(&parts.test), ones(&parts.validation)], [12, 6]);
        }
    }

    #[test]
    fn a_person_with_half_of_the_rows_is_learned_from_and_the_others_are_divided() {
        let mut subjects = vec![(1, 0); 40];
        subjects.push((400, 0));
        let t = visits(&subjects, 2);
        let parts = split(&t, SHARES, 3);
        let sizes = [&parts.train, &parts.validation, &parts.test].map(|p| people(&t, p).len());
        assert_eq!(sizes, [17, 8, 16]);
    }

    proptest! {
        #[test]
        fn no_subject_is_ever_in_two_parts(
            subjects in prop::collection::vec((1usize..30, 0u8..4), 1..120),
            seed in any::<u64>(),
            test in 0.0f64..0.5,
        ) {
            let t = visits(&subjects, seed);
            let shares = SplitShares { validation: 0.1, test };
            let parts = split(&t, shares, seed);
            prop_assert_eq!(&parts, &split(&t, shares, seed));
            prop_assert_eq!(all(&parts), (0..t.rows()).collect::<Vec<_>>());
            prop_assert!(!parts.train.is_empty());
            let found = [&parts.train, &parts.validation, &parts.test].map(|p| people(&t, p));
            prop_assert_eq!(found.iter().map(BTreeSet::len).sum::<usize>(), subjects.len());
            // With enough subjects of like size, the share is met to within half of the largest, unless the
            // part has as many subjects as it may.
            let most = (2.0 * test * subjects.len() as f64).round().max(1.0) as usize;
            if subjects.len() >= 60 && found[2].len() < most {
                let wanted = (test * t.rows() as f64).round();
                prop_assert!((parts.test.len() as f64 - wanted).abs() <= 15.0);
            }
        }

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
                // The validation rows lie between two cuts through the evenly spread classes. At each, every
                // class is off by half a row, and the cut by as much for each class: the sum of the classes is
                // a whole number of rows.
                let bound = 1.0 + 5.5 * total / n as f64;
                prop_assert!((count(&parts.validation) - 0.1 * total).abs() <= bound);
            }
        }
    }
}
