//! Synthetic people: as many rows each as real ones, of one sex, with new keys.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::{BTreeMap, HashMap, HashSet};

use common::{category, fit, fit_guarded, fit_keeping, guard, table};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_synth::{Config, Fitted, Method};
use verdancy_table::{Column, IdPattern, Kind, Personal, Schema, Table};

/// A visit: person, number, sex, year of birth, haemoglobin, mail.
struct Visit {
    person: usize,
    number: i64,
    sex: &'static str,
    born: i64,
    hb: f64,
}

/// Visits of people with 1 to 6 of them; men have more haemoglobin, and it falls from visit to visit.
fn visits(people: usize, seed: u64) -> Vec<Visit> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut out = Vec::new();
    for person in 0..people {
        let sex = if rng.random_bool(0.4) { "M" } else { "F" };
        let born = rng.random_range(1930..2000);
        for number in 1..=1 + (person % 6) as i64 {
            let noise: f64 = rng.random_range(-1.0..1.0);
            let hb = if sex == "M" { 15.0 } else { 12.0 } - 0.5 * number as f64 + noise;
            let hb = (hb * 10.0).round() / 10.0;
            out.push(Visit {
                person,
                number,
                sex,
                born,
                hb,
            });
        }
    }
    out
}

fn key(person: usize) -> String {
    format!("P{:05}", person * 37 + 11)
}

fn of(visits: &[Visit]) -> Table {
    let id = |unique| Kind::Id {
        pattern: IdPattern::Mask {
            mask: "\\P99999".into(),
        },
        unique,
    };
    let mail = Kind::Personal {
        what: Personal::Email,
    };
    let made = table(vec![
        (
            "patient_id",
            id(false),
            Column::Strings(visits.iter().map(|v| Some(key(v.person))).collect()),
        ),
        (
            "visit",
            Kind::Categorical,
            category(visits.iter().map(|v| Some(v.number.to_string()))),
        ),
        (
            "sex",
            Kind::Boolean,
            category(visits.iter().map(|v| Some(v.sex))),
        ),
        (
            "birth_year",
            Kind::Integer,
            Column::Integers(visits.iter().map(|v| Some(v.born)).collect()),
        ),
        (
            "hb",
            Kind::Numerical { decimals: Some(1) },
            Column::Numbers(visits.iter().map(|v| v.hb).collect()),
        ),
        (
            "mail",
            mail,
            Column::Strings(
                visits
                    .iter()
                    .map(|v| Some(format!("p{}@a.example", v.person)))
                    .collect(),
            ),
        ),
    ]);
    with_subject(&made)
}

fn with_subject(table: &Table) -> Table {
    let schema = Schema {
        subject: Some("patient_id".into()),
        ..table.schema().as_ref().clone()
    };
    Table::new(schema.into(), table.columns().to_vec()).unwrap()
}

fn at(table: &Table, name: &str) -> usize {
    table.schema().position(name).unwrap()
}

/// Cells as texts.
fn texts(table: &Table, name: &str) -> Vec<Option<String>> {
    match table.column(at(table, name)) {
        Column::Strings(v) => v.clone(),
        Column::Integers(v) => v.iter().map(|x| x.map(|x| x.to_string())).collect(),
        Column::Numbers(v) => v
            .iter()
            .map(|x| (!x.is_nan()).then(|| x.to_string()))
            .collect(),
        Column::Levels(l) => (0..table.rows())
            .map(|r| l.get(r).map(str::to_owned))
            .collect(),
        Column::Instants(v) => v.iter().map(|x| x.map(|x| x.to_string())).collect(),
    }
}

/// Cells of each person of the table, in order.
fn by_person(table: &Table, name: &str) -> Vec<Vec<Option<String>>> {
    let subjects = table.subjects().unwrap();
    let mut out = vec![Vec::new(); table.people()];
    for (cell, person) in texts(table, name).into_iter().zip(subjects) {
        out[person as usize].push(cell);
    }
    out
}

/// People who have more than one value.
fn of_two(table: &Table, name: &str) -> usize {
    let differ = |cells: &&Vec<Option<String>>| cells.iter().any(|c| *c != cells[0]);
    by_person(table, name).iter().filter(differ).count()
}

fn sizes(table: &Table) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for cells in by_person(table, "patient_id") {
        *counts.entry(cells.len()).or_insert(0) += 1;
    }
    counts
}

fn copula(train: &Table) -> Fitted {
    fit(Method::GaussianCopula, train).unwrap()
}

#[test]
fn nobody_has_two_sexes_and_each_visit_comes_once() {
    let train = of(&visits(240, 1));
    for method in Method::ALL {
        let out = fit(method, &train).unwrap().sample_all(0..840, 3).unwrap();
        for name in ["sex", "birth_year", "mail", "patient_id"] {
            assert_eq!(of_two(&out, name), 0, "{name}, {}", method.name());
        }
        assert!(
            of_two(&out, "hb") > 150,
            "what varies within people goes on varying"
        );
        for cells in by_person(&out, "visit") {
            let numbers: Vec<usize> = cells.iter().flatten().map(|t| t.parse().unwrap()).collect();
            assert_eq!(
                numbers,
                (1..=cells.len()).collect::<Vec<_>>(),
                "{}",
                method.name()
            );
        }
        let real: HashSet<_> = texts(&train, "patient_id").into_iter().collect();
        let made: HashSet<_> = texts(&out, "patient_id").into_iter().collect();
        assert!(real.is_disjoint(&made), "keys are new");
    }
}

#[test]
fn people_have_as_many_rows_as_real_ones() {
    let train = of(&visits(240, 1));
    let out = copula(&train).sample_all(0..840, 3).unwrap();
    assert_eq!(sizes(&train), (1..=6).map(|size| (size, 40)).collect());
    assert_eq!(sizes(&out), sizes(&train), "a round has everybody once");
    let half = copula(&train).sample_all(0..420, 3).unwrap();
    for size in 1..=6 {
        let people = sizes(&half).get(&size).copied().unwrap_or(0);
        assert!((8..=32).contains(&people), "{size}: {people} of about 20");
    }
}

#[test]
fn what_stays_and_what_varies_go_together_as_in_real_rows() {
    // The same model without people: its own error is not what is asked for here.
    let people = of(&visits(600, 2));
    let out = copula(&people).sample_all(0..8192, 5).unwrap();
    let schema = Schema {
        subject: None,
        ..people.schema().as_ref().clone()
    };
    let rows = Table::new(schema.into(), people.columns().to_vec()).unwrap();
    let alone = copula(&rows).sample_all(0..8192, 5).unwrap();
    let mean = |t: &Table, sex: &str, visit: &str| {
        let (s, v) = (texts(t, "sex"), texts(t, "visit"));
        let hb = t.column(at(t, "hb")).numbers().unwrap().into_owned();
        let of: Vec<f64> = (0..t.rows())
            .filter(|&r| s[r].as_deref() == Some(sex) && v[r].as_deref() == Some(visit))
            .map(|r| hb[r])
            .collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    for visit in ["1", "3", "5"] {
        for sex in ["F", "M"] {
            let (a, b) = (mean(&alone, sex, visit), mean(&out, sex, visit));
            assert!((a - b).abs() < 0.15, "{sex}, visit {visit}: {a} and {b}");
        }
    }
    let share = |t: &Table| {
        let men = texts(t, "sex")
            .iter()
            .filter(|s| s.as_deref() == Some("M"))
            .count();
        men as f64 / t.rows() as f64
    };
    assert!((share(&alone) - share(&out)).abs() < 0.03);
}

/// Intraclass correlation of haemoglobin, by pairs of rows of one person.
fn alike(table: &Table) -> f64 {
    let subjects = table.subjects().unwrap();
    let hb = table
        .column(at(table, "hb"))
        .numbers()
        .unwrap()
        .into_owned();
    let mean = hb.iter().sum::<f64>() / hb.len() as f64;
    let variance = hb.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / hb.len() as f64;
    let (mut sum, mut pairs) = (0.0, 0.0);
    for a in 0..table.rows() {
        for b in a + 1..(a + 8).min(table.rows()) {
            if subjects[a] == subjects[b] {
                sum += (hb[a] - mean) * (hb[b] - mean);
                pairs += 1.0;
            }
        }
    }
    sum / pairs / variance
}

#[test]
fn a_persons_rows_are_as_alike_as_they_were() {
    for spread in [0.0, 1.0, 3.0] {
        let mut rng = ChaCha8Rng::seed_from_u64(12);
        let mut own: Vec<f64> = Vec::new();
        let mut all = visits(600, 9);
        for visit in &mut all {
            while own.len() <= visit.person {
                own.push(rng.random_range(-spread..=spread));
            }
            visit.hb = 12.0 + own[visit.person] + rng.random_range(-1.0..1.0);
        }
        let train = of(&all);
        let out = copula(&train).sample_all(0..4096, 2).unwrap();
        let (real, made) = (alike(&train), alike(&out));
        assert!(
            (real - made).abs() < 0.12,
            "spread {spread}: {real} and {made}"
        );
    }
}

#[test]
fn any_range_on_any_threads_gives_the_same_rows() {
    let train = of(&visits(120, 3));
    for method in Method::ALL {
        let fitted = fit(method, &train).unwrap();
        let on = |threads: usize, f: &(dyn Fn() -> Table + Sync)| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(f)
        };
        let whole = on(1, &|| fitted.sample_all(0..2500, 9).unwrap());
        for range in [
            0..1,
            700..701,
            1000..1100,
            255..2500,
            1023..1025,
            2048..2049,
        ] {
            let part = on(3, &|| fitted.sample_all(range.clone(), 9).unwrap());
            let same = whole.slice(range.start as usize..range.end as usize);
            assert_eq!(part.schema(), same.schema());
            for name in ["patient_id", "visit", "sex", "birth_year", "hb", "mail"] {
                assert_eq!(
                    texts(&part, name),
                    texts(&same, name),
                    "{name} of {range:?}"
                );
            }
        }
        let other = fitted.sample_all(0..2500, 10).unwrap();
        assert_ne!(texts(&other, "hb"), texts(&whole, "hb"));
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("model");
        fitted.save(&place).unwrap();
        let again = Fitted::load(&place).unwrap();
        assert_eq!(again.people, fitted.people);
        assert_eq!(again.sample_all(0..2500, 9).unwrap(), whole);
    }
}

#[test]
fn people_who_lie_across_pools_are_one_person() {
    // Pools have 1,024 rows here; one person in six has 90 rows.
    let mut all = Vec::new();
    for (i, mut visit) in visits(120, 4).into_iter().enumerate() {
        visit.number = 1 + (i % 3) as i64;
        let copies = if visit.person % 6 == 5 { 15 } else { 1 };
        for copy in 0..copies {
            all.push(Visit {
                hb: visit.hb + f64::from(copy) / 10.0,
                ..visit
            });
        }
    }
    let out = copula(&of(&all)).sample_all(0..8000, 1).unwrap();
    for name in ["sex", "birth_year", "mail"] {
        assert_eq!(of_two(&out, name), 0, "{name}");
    }
    let across = (by_person(&out, "sex").iter())
        .filter(|c| c.len() == 90)
        .count();
    assert!(across > 30, "{across}");
}

#[test]
fn scattered_rows_missing_keys_and_gaps_come_back() {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mut all = visits(240, 5);
    all.shuffle(&mut rng);
    let whole = of(&all);
    // One in ten people with a single visit has no key; one birth year in five is not filled in.
    let mut columns = whole.columns().to_vec();
    if let Column::Strings(keys) = &mut columns[0] {
        for (key, visit) in keys.iter_mut().zip(&all) {
            if visit.person % 60 == 0 {
                *key = None;
            }
        }
    }
    if let Column::Integers(years) = &mut columns[3] {
        for year in years.iter_mut() {
            *year = year.filter(|_| rng.random_bool(0.8));
        }
    }
    let train = Table::new(whole.schema().clone(), columns).unwrap();
    let out = copula(&train).sample_all(0..4200, 2).unwrap();
    let keys = texts(&out, "patient_id");
    let missing = keys.iter().filter(|k| k.is_none()).count();
    assert!((8..=40).contains(&missing), "{missing} of about 20");
    let beside = keys
        .windows(2)
        .filter(|w| w[0] == w[1] && w[0].is_some())
        .count();
    assert!(
        beside < 200,
        "rows of a person are scattered as in the real table: {beside}"
    );
    assert_eq!(of_two(&out, "sex"), 0);
    let gaps = texts(&out, "birth_year")
        .iter()
        .filter(|y| y.is_none())
        .count();
    assert!((600..=1080).contains(&gaps), "{gaps} of about 840");
    let years = by_person(&out, "birth_year");
    let two = (years.iter())
        .filter(|y| y.iter().flatten().collect::<HashSet<_>>().len() > 1)
        .count();
    assert_eq!(two, 0, "gaps come and go, the year stays");
    let mixed = years
        .iter()
        .filter(|y| y.iter().any(Option::is_none) && y.iter().any(Option::is_some));
    assert!(mixed.count() > 100);
}

#[test]
fn a_rare_flag_is_not_taken_for_a_fact_of_the_person() {
    let mut all = visits(240, 6);
    for (i, visit) in all.iter_mut().enumerate() {
        visit.sex = if i % 400 == 7 { "M" } else { "F" };
    }
    let fitted = copula(&of(&all));
    let text = serde_json::to_string(&fitted.people).unwrap();
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    let columns: Vec<u64> = (found["constants"].as_array().unwrap().iter())
        .map(|c| c["column"].as_u64().unwrap())
        .collect();
    assert_eq!(columns, [3, 5], "birth year and mail, not the flag");
}

#[test]
fn no_number_of_rows_tells_who_someone_is() {
    // One person has 40 rows, nobody else more than six.
    let mut all = visits(120, 7);
    let first = all.iter().position(|v| v.person == 5).unwrap();
    for number in 7..=40 {
        let hb = 9.0;
        let (sex, born) = (all[first].sex, all[first].born);
        all.push(Visit {
            person: 5,
            number,
            sex,
            born,
            hb,
        });
    }
    let train = of(&all);
    let config = Config::GaussianCopula(Default::default());
    let fitted = fit_guarded(config, &train, &train.slice(0..0), guard(10)).unwrap();
    let text = serde_json::to_string(&fitted.people).unwrap();
    assert!(!text.contains("\"40\""), "{text}");
    let out = fitted.sample_all(0..2000, 1).unwrap();
    assert!(
        sizes(&out).keys().all(|&size| size <= 8),
        "{:?}",
        sizes(&out)
    );
}

#[test]
fn copies_of_the_key_agree_and_sites_are_shared() {
    let all = visits(240, 11);
    let made = of(&all);
    let mut schema = made.schema().as_ref().clone();
    let mut columns = made.columns().to_vec();
    let mut add = |name: &str, like: usize, cells: Vec<Option<String>>| {
        let mut spec = schema.columns[like].clone();
        spec.name = name.into();
        schema.columns.push(spec);
        columns.push(Column::Strings(cells));
    };
    let site = |v: &Visit| Some(format!("P{:05}", 500 + v.person % 12));
    add(
        "seen_by",
        0,
        all.iter().map(|v| Some(key(v.person))).collect(),
    );
    add("site_id", 0, all.iter().map(site).collect());
    let train = Table::new(schema.into(), columns).unwrap();
    let out = copula(&train).sample_all(0..840, 6).unwrap();
    assert_eq!(texts(&out, "seen_by"), texts(&out, "patient_id"));
    let mails: HashSet<_> = texts(&out, "mail").into_iter().collect();
    assert_eq!(mails.len(), out.people(), "one mail a person");
    assert_eq!(of_two(&out, "site_id"), 0);
    let sites: HashSet<_> = texts(&out, "site_id").into_iter().collect();
    assert!(
        (8..=40).contains(&sites.len()),
        "{} of 12 sites",
        sites.len()
    );
}

#[test]
fn three_people_still_have_one_mail_each() {
    let out = copula(&of(&visits(12, 8))).sample_all(0..60, 4).unwrap();
    assert_eq!(of_two(&out, "mail"), 0);
}

#[test]
fn very_small_tables_are_sampled() {
    for people in [1, 2, 3] {
        let train = of(&visits(people, 8));
        let out = copula(&train).sample_all(0..50, 4).unwrap();
        assert_eq!(out.rows(), 50);
        let keys: HashMap<_, usize> =
            texts(&out, "patient_id")
                .into_iter()
                .fold(HashMap::new(), |mut n, key| {
                    *n.entry(key).or_insert(0) += 1;
                    n
                });
        assert!(keys.len() > 1);
    }
}

#[test]
fn rules_hold_in_the_rows_of_people_too() {
    // A region follows from a town, which belongs to a person; a total from what varies.
    let rows = visits(240, 4);
    let mut columns: Vec<Column> = of(&rows).columns().to_vec();
    let mut schema = of(&rows).schema().as_ref().clone();
    let town = |v: &Visit| ["Arden", "Birk", "Elm", "Ford"][v.person * v.person % 7 % 4];
    let region = |v: &Visit| if town(v) < "E" { "North" } else { "West" };
    let price = |v: &Visit| (v.hb * 100.0) as i64 % 97;
    let more = [
        (
            "town",
            Kind::Categorical,
            category(rows.iter().map(|v| Some(town(v)))),
        ),
        (
            "region",
            Kind::Categorical,
            category(rows.iter().map(|v| Some(region(v)))),
        ),
        (
            "net",
            Kind::Integer,
            Column::Integers(rows.iter().map(|v| Some(price(v))).collect()),
        ),
        (
            "gross",
            Kind::Integer,
            Column::Integers(rows.iter().map(|v| Some(price(v) + v.born)).collect()),
        ),
    ];
    for (name, kind, column) in more {
        schema
            .columns
            .push(table(vec![(name, kind, column.clone())]).schema().columns[0].clone());
        columns.push(column);
    }
    let train = Table::new(schema.into(), columns).unwrap();
    let fitted = fit_keeping(Method::Cart, &train, guard(5)).unwrap();
    let out = fitted.sample_all(0..1_500, 3).unwrap();
    let broken = fitted.relations.as_ref().unwrap().broken(&out).unwrap();
    assert!(
        broken.len() >= 2 && broken.iter().all(|b| b.rows == 0),
        "{broken:?}"
    );
    for name in ["sex", "birth_year", "town", "region"] {
        assert_eq!(of_two(&out, name), 0, "{name}");
    }
    let again = fitted.sample_all(1_200..1_210, 3).unwrap();
    let part = out.slice(1_200..1_210);
    for spec in &again.schema().columns {
        let name = &spec.name;
        assert_eq!(texts(&part, name), texts(&again, name), "{name}");
    }
}
