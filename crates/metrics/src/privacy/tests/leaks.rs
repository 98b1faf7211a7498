//! Planted leaks are red, independent samples are not: by the gates of the standard profile.

use rand::RngExt;
use verdancy_table::{Column, Kind, Levels, Table};

use crate::learn::made::{leaking, prepared, table, table_of};
use crate::learn::{sample, stream};
use crate::prepared::Prepared;
use crate::{Profile, Score, Status, catalogue, gate};

const GATES: [&str; 4] = [
    "membership_auc",
    "membership_tpr",
    "nearer_to_train",
    "duplicates",
];

fn scores(p: &Prepared) -> Vec<Score> {
    (catalogue::jobs(|card| GATES.contains(&card.id)).iter())
        .flat_map(|job| (job.run)(p).unwrap().scores)
        .collect()
}

/// The gates that are red, with their figures.
fn red(p: &Prepared) -> Vec<String> {
    let profile = Profile::load("standard").unwrap();
    (gate::gates(&profile, &scores(p), true).into_iter())
        .filter(|g| g.status == Status::Red)
        .map(|g| format!("{} {:.3}", g.id, g.value.unwrap()))
        .collect()
}

struct Real {
    train: Table,
    validation: Table,
    test: Table,
}

impl Real {
    /// Three fifths, one fifth and one fifth of `rows`.
    fn of(rows: &Table) -> Real {
        let n = rows.rows();
        Real {
            train: rows.slice(0..n * 3 / 5),
            validation: rows.slice(n * 3 / 5..n * 4 / 5),
            test: rows.slice(n * 4 / 5..n),
        }
    }

    fn red(&self, synthetic: &Table, chooses: bool, seed: u64) -> Vec<String> {
        let validation = chooses.then_some(&self.validation);
        red(&prepared(
            &self.train,
            validation,
            &self.test,
            synthetic,
            seed,
        ))
    }
}

/// Numbers, categories and a column of many rare levels.
fn people(rows: usize, seed: u64) -> Table {
    let made = table(rows, seed);
    let mut rng = stream(seed, 2);
    let codes: Vec<String> = (0..rows)
        .map(|_| format!("d{:.0}", (rng.random::<f64>() * 8.0).exp()))
        .collect();
    let mut columns: Vec<(&str, Kind, Column)> = vec![(
        "code",
        Kind::Categorical,
        Column::Levels(Levels::from_values(codes.iter().map(|c| Some(c.as_str())))),
    )];
    for (spec, column) in made.schema().columns.iter().zip(made.columns()) {
        columns.push((&spec.name, spec.kind.clone(), column.clone()));
    }
    table_of(columns)
}

/// The table with the column called `name` from `other`, in another order.
fn with_column(table: &Table, name: &str, other: &Table, seed: u64) -> Table {
    let n = table.rows();
    let order = sample(n, n, &mut stream(seed, 3));
    let columns = (table
        .schema()
        .columns
        .iter()
        .zip(table.columns())
        .enumerate())
    .map(|(i, (spec, column))| match spec.name == name {
        true => other.column(i).take(&order),
        false => column.clone(),
    })
    .collect();
    Table::new(table.schema().clone(), columns).unwrap()
}

/// Numbers moved by up to `share` of their standard deviation, either way.
pub(super) fn jittered(table: &Table, share: f64, seed: u64) -> Table {
    let mut rng = stream(seed, 4);
    let columns = (table.columns().iter())
        .map(|column| match column {
            Column::Numbers(v) => {
                let known: Vec<f64> = v.iter().copied().filter(|x| !x.is_nan()).collect();
                let n = known.len() as f64;
                let mean = known.iter().sum::<f64>() / n;
                let sd = (known.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
                let mut moved = |x: &f64| x + share * sd * (2.0 * rng.random::<f64>() - 1.0);
                Column::Numbers(v.iter().map(&mut moved).collect())
            }
            other => other.clone(),
        })
        .collect();
    Table::new(table.schema().clone(), columns).unwrap()
}

#[test]
fn planted_leaks_are_red() {
    planted(500);
}

#[test]
#[ignore = "a minute: run with --run-ignored only"]
fn planted_leaks_are_red_in_larger_tables() {
    planted(2_000);
}

/// Every leak is red on at least nine of ten tables of `rows` real rows.
fn planted(rows: usize) {
    let copied = |percent: usize| {
        move |real: &Real, fresh: &Table, _: u64| {
            let n = fresh.rows();
            let k = n * percent / 100;
            Table::concat(
                fresh.schema(),
                vec![real.train.slice(0..k), fresh.slice(k..n)],
            )
            .unwrap()
        }
    };
    type Leak = Box<dyn Fn(&Real, &Table, u64) -> Table>;
    let leaks: [(&str, Leak); 7] = [
        ("2 % copied", Box::new(copied(2))),
        ("5 % copied", Box::new(copied(5))),
        ("10 % copied", Box::new(copied(10))),
        (
            "one column copied",
            Box::new(|real, fresh, seed| with_column(fresh, "x", &real.train, seed)),
        ),
        (
            "one person's rows",
            Box::new(|real, fresh, _| {
                let n = fresh.rows();
                let person = real.train.take(&vec![0; n / 50]);
                Table::concat(fresh.schema(), vec![person, fresh.slice(n / 50..n)]).unwrap()
            }),
        ),
        (
            "unique levels",
            Box::new(|real, fresh, seed| with_column(fresh, "code", &real.train, seed)),
        ),
        (
            "neighbours jittered",
            Box::new(|real, _, seed| jittered(&real.train, 0.01, seed)),
        ),
    ];
    for chooses in [true, false] {
        for (name, leak) in &leaks {
            let found: Vec<Vec<String>> = (0..10)
                .map(|seed| {
                    let real = Real::of(&people(rows, 10 * seed));
                    let fresh = people(real.train.rows(), 10 * seed + 1);
                    real.red(&leak(&real, &fresh, seed), chooses, seed)
                })
                .collect();
            let count = found.iter().filter(|f| !f.is_empty()).count();
            println!("{rows} rows, chooses {chooses}, {name}: {count} of 10; {found:?}");
            assert!(count >= 9, "{rows} rows, {name}: {count} of 10");
        }
    }
}

/// How many of 20 independent samples are red.
fn false_alarms(name: &str, make: impl Fn(usize, u64) -> (Table, Table), rows: usize) {
    for chooses in [true, false] {
        let found: Vec<Vec<String>> = (0..20)
            .map(|seed| {
                let (real, fresh) = make(rows, 10 * seed + 1_000);
                Real::of(&real).red(&fresh, chooses, seed)
            })
            .collect();
        let count = found.iter().filter(|f| !f.is_empty()).count();
        println!("{name}, {rows} rows, chooses {chooses}: {count} of 20; {found:?}");
        assert!(count <= 1, "{name}, {rows} rows: {count} of 20 are red");
    }
}

fn independent(rows: usize, seed: u64) -> (Table, Table) {
    (people(rows, seed), people(rows * 3 / 5, seed + 1))
}

#[test]
fn independent_samples_are_not_red() {
    for rows in [160, 500, 1_600] {
        false_alarms("people", independent, rows);
    }
}

#[test]
#[ignore = "a minute: run with --run-ignored only"]
fn independent_large_samples_are_not_red() {
    false_alarms("people", independent, 5_000);
}

/// Rows of a space of 3^8 possible ones, some levels rarer.
fn finite(rows: usize, seed: u64) -> Vec<[u32; 8]> {
    let mut rng = stream(seed, 5);
    (0..rows)
        .map(|_| {
            std::array::from_fn(|c| {
                let u: f64 = rng.random();
                u32::from(u < 0.55) + u32::from(u < 0.2 - 0.02 * c as f64)
            })
        })
        .collect()
}

fn categorical(rows: &[[u32; 8]]) -> Table {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    table_of(
        (names.iter().enumerate())
            .map(|(c, name)| {
                let levels = rows.iter().map(|r| Some(["l", "m", "n"][r[c] as usize]));
                let column = Column::Levels(Levels::from_values(levels));
                (*name, Kind::Categorical, column)
            })
            .collect(),
    )
}

/// `most` different rows, in random order.
fn distinct(most: usize, seed: u64) -> Vec<[u32; 8]> {
    let mut seen = std::collections::HashSet::new();
    let mut rows = finite(8 * most, seed);
    rows.retain(|r| seen.insert(*r));
    let order = sample(rows.len(), most, &mut stream(seed, 7));
    order.into_iter().map(|i| rows[i]).collect()
}

#[test]
fn finite_spaces_are_no_copying() {
    for rows in [1_000, 3_000] {
        let with = |n: usize, seed: u64| {
            let fresh = categorical(&finite(n * 3 / 5, seed + 1));
            (categorical(&finite(n, seed)), fresh)
        };
        false_alarms("with replacement", with, rows);
        let without = |n: usize, seed: u64| {
            let fresh = distinct(n * 3 / 5, seed + 1);
            (categorical(&distinct(n, seed)), categorical(&fresh))
        };
        false_alarms("without replacement", without, rows);
    }
}

#[test]
fn copies_in_a_finite_space_are_red() {
    // One in twenty cannot be told from chance there: most rows have twins anyway.
    let found: Vec<Vec<String>> = (0..10)
        .map(|seed| {
            let real = categorical(&distinct(3_000, 10 * seed));
            let real = Real::of(&real);
            let n = real.train.rows();
            let fresh = categorical(&finite(n, 10 * seed + 1));
            let copied = vec![real.train.slice(0..n / 5), fresh.slice(n / 5..n)];
            let synthetic = Table::concat(fresh.schema(), copied).unwrap();
            real.red(&synthetic, true, seed)
        })
        .collect();
    let count = found.iter().filter(|f| !f.is_empty()).count();
    println!("{count} of 10: {found:?}");
    assert!(count >= 9, "{count} of 10");
}

/// Patients with four visits each: what does not change, and what does.
fn visits(patients: usize, seed: u64, subject: bool) -> Table {
    let mut rng = stream(seed, 6);
    let mut normal = || (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    let mut names: Vec<String> = Vec::new();
    let mut cells: [Vec<f64>; 4] = Default::default();
    for patient in 0..patients {
        let own = [normal(), normal(), normal(), normal()];
        for _ in 0..4 {
            names.push(format!("p{seed}-{patient}"));
            for (column, own) in cells.iter_mut().zip(own) {
                column.push(own + 0.5 * normal());
            }
        }
    }
    let ids = Column::Strings(names.into_iter().map(Some).collect());
    let [a, b, c, d] = cells.map(Column::Numbers);
    let number = || Kind::Numerical { decimals: None };
    let table = table_of(vec![
        (
            "patient",
            Kind::Id {
                pattern: verdancy_table::IdPattern::default(),
                unique: false,
            },
            ids,
        ),
        ("a", number(), a),
        ("b", number(), b),
        ("c", number(), c),
        ("d", number(), d),
    ]);
    let mut schema = table.schema().as_ref().clone();
    schema.subject = subject.then(|| "patient".to_owned());
    Table::new(schema.into(), table.columns().to_vec()).unwrap()
}

#[test]
fn a_leak_of_people_is_found_by_people() {
    let area = |subject: bool| {
        let all = visits(300, 1, subject);
        let real = Real::of(&all);
        let synthetic = jittered(&real.train, 0.3, 2);
        let p = prepared(
            &real.train,
            Some(&real.validation),
            &real.test,
            &synthetic,
            3,
        );
        let found = scores(&p);
        let score = found.iter().find(|s| s.id == "membership_auc").unwrap();
        (score.value.unwrap(), score.floor_interval.unwrap())
    };
    let ((people, fresh), (rows, narrow)) = (area(true), area(false));
    println!("by people {people:.3} {fresh:?}, by rows {rows:.3} {narrow:?}");
    assert!(people > 0.9 && people > rows + 0.03, "{people} {rows}");
    // There are fewer people than rows, so chance reaches further.
    assert!(fresh.1 > narrow.1 + 0.02);
}

#[test]
fn independent_people_are_not_red() {
    let fresh = |n: usize, seed: u64| (visits(n, seed, true), visits(n * 3 / 5, seed + 1, true));
    false_alarms("visits", fresh, 200);
}

/// People of a finite space who come six times each and never change.
fn regulars(people: usize, seed: u64) -> Table {
    let own = finite(people, seed);
    let rows: Vec<[u32; 8]> = own.iter().flat_map(|row| [*row; 6]).collect();
    let table = categorical(&rows);
    let ids = (0..people).flat_map(|i| (0..6).map(move |_| Some(format!("p{seed}-{i}"))));
    let mut schema = table.schema().as_ref().clone();
    let mut columns = table.columns().to_vec();
    schema.columns.push(verdancy_table::ColumnSpec {
        name: "person".to_owned(),
        kind: Kind::Id {
            pattern: verdancy_table::IdPattern::default(),
            unique: false,
        },
        ..schema.columns[0].clone()
    });
    columns.push(Column::Strings(ids.collect()));
    schema.subject = Some("person".to_owned());
    Table::new(schema.into(), columns).unwrap()
}

#[test]
fn people_who_come_often_are_counted_once() {
    let fresh = |n: usize, seed: u64| {
        let synthetic = regulars(n * 3 / 5, seed + 1);
        (regulars(n, seed), synthetic)
    };
    false_alarms("regulars", fresh, 400);
    // Half of the rows are copies: more than the space makes by chance.
    let all = regulars(600, 3);
    let real = Real::of(&all);
    let other = regulars(360, 4);
    let half = vec![real.train.slice(0..1080), other.slice(1080..2160)];
    let synthetic = Table::concat(other.schema(), half).unwrap();
    let found = real.red(&synthetic, true, 5);
    assert!(!found.is_empty(), "{found:?}");
}

#[test]
fn copies_of_one_row_in_fifty_show_in_the_figures() {
    let (train, test) = (table(500, 1), table(200, 2));
    let p = prepared(&train, None, &test, &leaking(&train, 10, 3), 4);
    let duplicates = scores(&p)
        .into_iter()
        .find(|s| s.id == "duplicates")
        .unwrap();
    assert_eq!(duplicates.value, Some(0.02));
    assert_eq!(duplicates.part("equal_to_held_out"), Some(0.0));
    assert_eq!(duplicates.part("pairs_per_1000_training"), Some(0.04));
}
