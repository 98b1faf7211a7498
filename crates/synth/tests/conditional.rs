//! Rows around given cells: kept exactly, with the rest as it goes with them, and with all rules.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{REAL, category, fit, fit_keeping, guard, table};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_synth::{BLOCK, Conditional, Method, impute};
use verdancy_table::{Column, Kind, Levels, Table};

/// Groups `a` (about 10), `b` (about 20) and `c` (about 30), a flag that goes with the number, gaps in some.
fn grouped(n: usize) -> Table {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let of: Vec<usize> = (0..n).map(|_| rng.random_range(0..3)).collect();
    let value: Vec<f64> = of
        .iter()
        .map(|g| 10.0 * (*g as f64 + 1.0) + rng.random_range(-2.0..2.0))
        .collect();
    let flag = value
        .iter()
        .map(|x| Some(if *x > 20.0 { "high" } else { "low" }));
    table(vec![
        (
            "group",
            Kind::Categorical,
            category(of.iter().map(|g| Some(["a", "b", "c"][*g]))),
        ),
        ("flag", Kind::Categorical, category(flag)),
        ("value", REAL, Column::Numbers(value)),
    ])
}

fn levels(values: &[&str], n: usize) -> Column {
    Column::Levels(Levels::from_values(
        (0..n).map(|i| Some(values[i % values.len()])),
    ))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(s, n), x| (s + x, n + 1.0));
    sum / n
}

/// A level that the model draws once in tens of thousands of rows may be given too: rows that hold it are looked for
/// beyond the pool.
#[test]
fn levels_that_are_hardly_ever_drawn_can_be_given() {
    let n = 50_000;
    let name = |i: usize| match i {
        0..30 => format!("rare {i}"),
        _ => ["a", "b"][i % 2].to_owned(),
    };
    let names: Vec<String> = (0..n).map(name).collect();
    let train = table(vec![
        (
            "group",
            Kind::Categorical,
            category(names.iter().map(|l| Some(l.as_str()))),
        ),
        (
            "value",
            REAL,
            Column::Numbers((0..n).map(|i| (i % 97) as f64).collect()),
        ),
    ]);
    let fitted = fit(Method::GaussianCopula, &train).unwrap();
    let rare: Vec<String> = names[..30].to_vec();
    let given = Column::Levels(Levels::from_values(rare.iter().map(|l| Some(l.as_str()))));
    let known = |held: &[(usize, &Column)]| {
        let model = Conditional::learn(&fitted, &["group".to_owned()], held).unwrap();
        let levels = model.pool().column(0).levels().unwrap();
        let all = (0..model.pool().rows()).filter_map(|row| levels.get(row));
        let seen: std::collections::BTreeSet<String> = all.map(str::to_owned).collect();
        let rare = seen.iter().filter(|l| l.starts_with("rare")).count();
        (model.pool().rows(), rare)
    };
    let (rows, few) = known(&[]);
    let (more, many) = known(&[(0, &given)]);
    assert!(few < many, "{few} and {many} of 30 levels");
    // Nothing else is added: the pool is the model's own rows.
    assert!(more - rows < 60, "{} rows more", more - rows);
}

#[test]
fn what_is_given_is_kept_and_the_rest_goes_with_it() {
    let train = grouped(900);
    for method in [Method::GaussianCopula, Method::Cart] {
        let fitted = fit(method, &train).unwrap();
        let model = Conditional::learn(&fitted, &["group".to_owned()], &[]).unwrap();
        let n = 2 * BLOCK + 44;
        let drawn = model.rows(&[levels(&["a", "c"], n)], 0, 5).unwrap();
        assert_eq!((drawn.table.rows(), drawn.in_conflict), (n, 0));
        let group = drawn.table.column(0).levels().unwrap();
        assert!((0..n).all(|row| group.get(row) == Some(["a", "c"][row % 2])));
        let Column::Numbers(values) = drawn.table.column(2) else {
            panic!("numbers")
        };
        let of = |which: usize| mean((0..n).filter(|r| r % 2 == which).map(|r| values[r]));
        assert!((of(0) - 10.0).abs() < 2.0, "{}: {}", method.name(), of(0));
        assert!((of(1) - 30.0).abs() < 2.0, "{}: {}", method.name(), of(1));
    }
}

#[test]
fn numbers_can_be_given_and_rows_depend_on_the_seed_alone() {
    let train = grouped(900);
    let fitted = fit(Method::Cart, &train).unwrap();
    let model = Conditional::learn(&fitted, &["value".to_owned()], &[]).unwrap();
    let given = Column::Numbers(
        (0..300)
            .map(|i| if i % 2 == 0 { 10.0 } else { 30.0 })
            .collect(),
    );
    let drawn = model
        .rows(std::slice::from_ref(&given), 0, 1)
        .unwrap()
        .table;
    assert_eq!(drawn.column(2), &given);
    let group = drawn.column(0).levels().unwrap();
    let right = (0..300)
        .filter(|r| group.get(*r) == Some(["a", "c"][r % 2]))
        .count();
    assert!(right > 285, "{right}");
    let again = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let same = again.install(|| {
        model
            .rows(std::slice::from_ref(&given), 0, 1)
            .unwrap()
            .table
    });
    assert_eq!(drawn.columns(), same.columns());
    let between = Column::Numbers(vec![15.0; 300]);
    let of = |seed| model.rows(std::slice::from_ref(&between), 0, seed).unwrap();
    assert!(of(1).table.columns() != of(2).table.columns());
}

#[test]
fn a_rule_holds_around_a_total_that_is_given() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let (net, tax): (Vec<i64>, Vec<i64>) = (0..600)
        .map(|_| (rng.random_range(100..900), rng.random_range(1..80)))
        .unzip();
    let total: Vec<Option<i64>> = net.iter().zip(&tax).map(|(a, b)| Some(a + b)).collect();
    let train = table(vec![
        (
            "net",
            Kind::Integer,
            Column::Integers(net.into_iter().map(Some).collect()),
        ),
        (
            "tax",
            Kind::Integer,
            Column::Integers(tax.into_iter().map(Some).collect()),
        ),
        ("total", Kind::Integer, Column::Integers(total)),
    ]);
    let fitted = fit_keeping(Method::Cart, &train, guard(5)).unwrap();
    let model = Conditional::learn(&fitted, &["total".to_owned()], &[]).unwrap();
    let given = Column::Integers((0..256).map(|i| Some(200 + i * 2)).collect());
    let drawn = model.rows(std::slice::from_ref(&given), 0, 1).unwrap();
    assert_eq!(drawn.table.column(2), &given);
    assert_eq!(drawn.in_conflict, 0);
    let number = |at: usize, row: usize| drawn.table.column(at).numbers().unwrap()[row];
    assert!((0..256).all(|row| number(0, row) + number(1, row) == number(2, row)));
}

#[test]
fn a_column_that_is_not_learned_cannot_be_given() {
    let fitted = fit(Method::GaussianCopula, &grouped(200)).unwrap();
    let refused = |name: &str| match Conditional::learn(&fitted, &[name.to_owned()], &[]) {
        Ok(_) => panic!("{name} was taken"),
        Err(e) => e.code,
    };
    assert_eq!(refused("nothing"), "condition/unknown-column");
}

/// `grouped`, with every fifth value and every seventh group hidden.
fn gappy(n: usize) -> (Table, Table) {
    let whole = grouped(n);
    let mut columns = whole.columns().to_vec();
    if let Column::Levels(l) = &mut columns[0] {
        (0..n)
            .step_by(7)
            .for_each(|row| l.codes[row] = verdancy_table::MISSING);
    }
    if let Column::Numbers(v) = &mut columns[2] {
        (0..n).step_by(5).for_each(|row| v[row] = f64::NAN);
    }
    (Table::new(whole.schema().clone(), columns).unwrap(), whole)
}

fn numbers(table: &Table) -> Vec<f64> {
    table.column(2).numbers().unwrap().into_owned()
}

#[test]
fn only_missing_cells_are_filled_and_they_go_with_the_others() {
    let (table, whole) = gappy(700);
    let draws = impute(&table, 3, 1).unwrap();
    assert_eq!(draws.len(), 3);
    for draw in &draws {
        for at in 0..3 {
            let (own, drawn) = (table.column(at), draw.column(at));
            assert_eq!(drawn.missing(), 0);
            let known: Vec<usize> = (0..700).filter(|row| !own.is_missing(*row)).collect();
            assert_eq!(own.take(&known).numbers(), drawn.take(&known).numbers());
            if let (Some(a), Some(b)) = (own.levels(), drawn.levels()) {
                assert!(known.iter().all(|row| a.get(*row) == b.get(*row)));
            }
        }
        let (real, drawn) = (
            whole.column(0).levels().unwrap(),
            draw.column(0).levels().unwrap(),
        );
        // Rows of which the value is known tell their group.
        let told: Vec<usize> = (0..700).step_by(7).filter(|row| row % 5 != 0).collect();
        let right = told
            .iter()
            .filter(|row| real.get(**row) == drawn.get(**row))
            .count();
        assert!(right * 20 > told.len() * 18, "{right} of {}", told.len());
    }
    // Values are spread around those of their group, two to either side.
    let (real, drawn) = (numbers(&whole), numbers(&draws[0]));
    let gap: Vec<usize> = (0..700).step_by(5).filter(|row| row % 7 != 0).collect();
    let off = mean(gap.iter().map(|row| drawn[*row] - real[*row]));
    let far = mean(gap.iter().map(|row| (drawn[*row] - real[*row]).abs()));
    assert!(off.abs() < 0.8 && far < 2.0, "{off} {far}");
    assert_ne!(draws[0].columns(), draws[1].columns());
    assert_eq!(
        draws[2].columns(),
        impute(&table, 3, 1).unwrap()[2].columns()
    );
}

#[test]
fn a_table_without_gaps_is_refused() {
    assert_eq!(
        impute(&grouped(50), 2, 1).unwrap_err().code,
        "impute/no-gaps"
    );
}
