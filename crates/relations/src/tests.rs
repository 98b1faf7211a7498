//! Planted rules of each kind: found, and kept whatever a model draws; and none in tables without any.
#![allow(clippy::unwrap_used)]

mod beyond;
mod ends;
mod numbers;

use std::sync::Arc;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_table::{Column, ColumnSpec, DateFormat, Kind, Levels, Protection, Schema, Table};

use crate::Form;

const DAY: i64 = 86_400_000_000;

/// A column under construction.
pub(crate) enum Cells {
    Real(u8, Vec<f64>),
    Whole(Vec<Option<i64>>),
    Level(Vec<Option<String>>),
    Moment(Vec<Option<i64>>),
}

pub(crate) fn table(columns: Vec<(&str, Cells)>) -> Table {
    let mut specs = Vec::new();
    let mut values = Vec::new();
    for (name, cells) in columns {
        let (kind, column) = match cells {
            Cells::Real(d, v) => (Kind::Numerical { decimals: Some(d) }, Column::Numbers(v)),
            Cells::Whole(v) => (Kind::Integer, Column::Integers(v)),
            Cells::Level(v) => (
                Kind::Categorical,
                Column::Levels(Levels::from_values(v.iter().map(Option::as_deref))),
            ),
            Cells::Moment(v) => {
                let format = DateFormat("%Y-%m-%d %H:%M".to_owned());
                (Kind::Datetime { format }, Column::Instants(v))
            }
        };
        specs.push(ColumnSpec {
            name: name.to_owned(),
            nullable: column.missing() > 0,
            kind,
            source: "text".to_owned(),
            notation: None,
            part: None,
        });
        values.push(column);
    }
    let schema = Schema::of(specs);
    Table::new(Arc::new(schema), values).unwrap()
}

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn whole(values: impl Iterator<Item = f64>) -> Cells {
    Cells::Whole(values.map(|x| Some(x.round() as i64)).collect())
}

fn cents(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

fn level(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// What a model without any sense draws: each column of the form shuffled on its own.
pub(crate) fn senseless(form: &Form, real: &Table, seed: u64) -> Table {
    let mut rng = rng(seed);
    let inner = form.encode(real).unwrap();
    let drawn = (inner.columns().iter())
        .map(|column| {
            let mut rows: Vec<usize> = (0..inner.rows()).collect();
            rows.shuffle(&mut rng);
            column.take(&rows)
        })
        .collect();
    let columns = form.decode(real.schema(), drawn).unwrap();
    Table::new(real.schema().clone(), columns).unwrap()
}

/// The rules that are found; checked: none is broken by real rows nor by senseless ones, the form gives real
/// rows back, and a file of it does the same.
pub(crate) fn rules(real: &Table) -> Vec<String> {
    let Some(form) = Form::learn(real, Protection::default()) else {
        return Vec::new();
    };
    let text = serde_json::to_string(&form).unwrap();
    let form: Form = serde_json::from_str(&text).unwrap();
    form.check(real.schema()).unwrap();
    for table in [
        real.clone(),
        senseless(&form, real, 1),
        senseless(&form, real, 2),
    ] {
        for broken in form.broken(&table).unwrap() {
            assert_eq!(broken.rows, 0, "{}", broken.rule);
        }
    }
    // Without protection nothing is taken from real rows.
    let form = Form::learn(real, Protection::OFF).unwrap();
    let inner = form.encode(real).unwrap();
    let modelled = (inner.schema().columns.iter().zip(inner.columns()))
        .filter(|(s, _)| s.kind.is_modelled())
        .map(|(_, c)| c.clone())
        .collect();
    let again = form.decode(real.schema(), modelled).unwrap();
    for (at, (column, again)) in real.columns().iter().zip(&again).enumerate() {
        let cell = |c: &Column, row| crate::frame::value(c, row);
        let other = (0..column.len()).find(|&row| cell(column, row) != cell(again, row));
        let name = &real.schema().columns[at].name;
        let both = other.map(|row| (cell(column, row), cell(again, row)));
        assert_eq!(both, None, "{name}: {:?}", form.broken(real).unwrap());
    }
    form.broken(real)
        .unwrap()
        .into_iter()
        .map(|b| b.rule)
        .collect()
}

pub(crate) fn has(rules: &[String], rule: &str) {
    assert!(rules.iter().any(|r| r == rule), "{rule}: {rules:#?}");
}

#[test]
fn stays_end_after_they_begin() {
    let mut rng = rng(3);
    let (mut from, mut until, mut days, mut status) = (vec![], vec![], vec![], vec![]);
    for _ in 0..600 {
        let begin = rng.random_range(18_000..19_800) * DAY + rng.random_range(0..96) * DAY / 96;
        let stay = rng.random_range(1..900) * DAY / 96;
        let inside = rng.random_range(0..10) == 0;
        from.push(Some(begin));
        until.push((!inside).then_some(begin + stay));
        let length = (stay as f64 / DAY as f64 * 100.0).round() / 100.0;
        days.push(if inside { f64::NAN } else { length });
        status.push(level(if inside {
            "in house"
        } else {
            ["left", "moved"][rng.random_range(0..2)]
        }));
    }
    let found = rules(&table(vec![
        ("admitted", Cells::Moment(from)),
        ("discharged", Cells::Moment(until)),
        ("days", Cells::Real(2, days)),
        ("status", Cells::Level(status)),
    ]));
    has(&found, "days is the days from admitted to discharged");
    has(&found, "discharged is never before admitted");
    has(&found, "whether discharged is missing follows from status");
}

#[test]
fn sums_shares_and_products_hold() {
    let mut rng = rng(4);
    let cents = |x: f64| (x * 100.0).round() / 100.0;
    let tenth = |x: f64| (x * 10.0).round() / 10.0;
    let n = 500;
    let mut c: Vec<Vec<f64>> = vec![Vec::new(); 13];
    for _ in 0..n {
        let (net, rate) = (
            cents(rng.random_range(5.0..900.0)),
            rng.random_range(0.05..0.25),
        );
        let tax = cents(net * rate);
        let (sand, silt) = (
            tenth(rng.random_range(5.0..80.0)),
            tenth(rng.random_range(1.0..19.0)),
        );
        let (width, height) = (
            cents(rng.random_range(1.0..9.0)),
            cents(rng.random_range(1.0..9.0)),
        );
        let grams = rng.random_range(100..90_000) as f64;
        let (kg, cm) = (
            tenth(rng.random_range(45.0..120.0)),
            rng.random_range(150..200) as f64,
        );
        for (column, x) in c.iter_mut().zip([
            net,
            tax,
            cents(net + tax),
            sand,
            silt,
            tenth(100.0 - sand - silt),
            width,
            height,
            cents(width * height),
            grams,
            tenth(grams / 1000.0),
            kg,
            cm,
        ]) {
            column.push(x);
        }
    }
    let bmi: Vec<f64> = (0..n)
        .map(|i| tenth(c[11][i] / (c[12][i] / 100.0).powi(2)))
        .collect();
    let names = [
        "net", "tax", "gross", "sand", "silt", "clay", "width", "height", "area", "g", "kg",
        "weight", "size",
    ];
    let digits = [2, 2, 2, 1, 1, 1, 2, 2, 2, 0, 1, 1, 0];
    let mut columns: Vec<(&str, Cells)> = names
        .iter()
        .zip(digits)
        .zip(c)
        .map(|((n, d), v)| (*n, Cells::Real(d, v)))
        .collect();
    columns.push(("bmi", Cells::Real(1, bmi)));
    let found = rules(&table(columns));
    has(&found, "gross = net + tax");
    has(&found, "sand + silt + clay add up to 100");
    has(&found, "area = width x height");
    has(&found, "kg = 0.001 x g");
    has(&found, "bmi = 10000 x weight / size^2");
}

#[test]
fn towns_lie_in_their_region() {
    let mut rng = rng(5);
    let towns = [
        ("Arden", "North", "AL", 11),
        ("Birk", "North", "AL", 12),
        ("Elm", "West", "BE", 22),
        ("Ford", "South", "BE", 31),
    ];
    let mut columns: [Vec<Option<String>>; 3] = Default::default();
    let (mut code, mut band, mut price) = (vec![], vec![], vec![]);
    for _ in 0..400 {
        let town = towns[rng.random_range(0..4)];
        for (column, text) in columns.iter_mut().zip([town.0, town.1, town.2]) {
            column.push(level(text));
        }
        code.push(Some(town.3));
        let x = (rng.random_range(1.0..99.0_f64) * 10.0).round() / 10.0;
        price.push(x);
        band.push(level(if x < 20.0 {
            "low"
        } else if x < 60.0 {
            "middle"
        } else {
            "high"
        }));
    }
    let [town, region, country] = columns;
    let found = rules(&table(vec![
        ("town", Cells::Level(town)),
        ("region", Cells::Level(region)),
        ("country", Cells::Level(country)),
        ("code", Cells::Whole(code)),
        ("price", Cells::Real(1, price)),
        ("band", Cells::Level(band)),
    ]));
    has(&found, "region follows from town");
    has(&found, "country follows from region");
    has(&found, "code follows from town");
    has(&found, "band is the range that price lies in");
}

#[test]
fn rare_towns_become_a_sibling_of_the_same_region() {
    let mut rng = rng(11);
    let (mut town, mut region, mut code) = (vec![], vec![], vec![]);
    for i in 0..600 {
        // The last towns have three rows each.
        let at = if i < 12 {
            40 + i / 3
        } else {
            rng.random_range(0..16)
        };
        town.push(level(&format!("town {at}")));
        region.push(level(&format!("region {}", at % 4)));
        code.push(Some(i64::from(at) * 7 + 1));
    }
    let real = table(vec![
        ("town", Cells::Level(town)),
        ("region", Cells::Level(region)),
        ("code", Cells::Whole(code)),
    ]);
    let found = rules(&real);
    has(&found, "region follows from town");
    has(&found, "code follows from town");
    let form = Form::learn(&real, Protection::default()).unwrap();
    assert_eq!(form.schema().columns.len(), 1, "{:?}", form.schema());
    let towns = senseless(&form, &real, 4);
    let towns = towns.column(0).levels().unwrap();
    assert!(
        (0..600)
            .all(|r| towns.get(r).unwrap().len() <= 7
                && !towns.get(r).unwrap().starts_with("town 4 "))
    );
    assert!((0..600).all(|r| !["town 40", "town 41", "town 42", "town 43"].contains(&towns.get(r).unwrap())));
}

#[test]
fn rules_of_large_tables_are_those_of_all_rows() {
    let mut rng = rng(15);
    let (mut town, mut region, mut net, mut gross) = (vec![], vec![], vec![], vec![]);
    for i in 0..14_000 {
        // A town of twelve rows, of which a part of the table has a few; a rule that one row breaks.
        let at = if i % 1_200 == 7 {
            30
        } else {
            rng.random_range(0..16)
        };
        town.push(level(&format!("town {at}")));
        region.push(level(&format!("region {}", at % 4)));
        let x = rng.random_range(0..5_000);
        net.push(Some(x));
        gross.push(Some(2 * x + 3 + i64::from(i == 7_001)));
    }
    let real = table(vec![
        ("town", Cells::Level(town)),
        ("region", Cells::Level(region)),
        ("net", Cells::Whole(net)),
        ("gross", Cells::Whole(gross)),
    ]);
    let found = rules(&real);
    has(&found, "region follows from town");
    assert!(!found.iter().any(|r| r.contains("gross =")), "{found:?}");
    let form = Form::learn(&real, Protection::default()).unwrap();
    let inner = form.encode(&real).unwrap();
    let towns = inner.column(0).levels().unwrap();
    assert!((0..real.rows()).any(|row| towns.get(row) == Some("town 30")));
}

#[test]
fn nobody_dies_in_the_future() {
    let mut rng = rng(12);
    let (mut born, mut died, mut age) = (vec![], vec![], vec![]);
    while born.len() < 600 {
        let (b, a) = (rng.random_range(1930..2000), rng.random_range(0..90));
        if b + a <= 2024 {
            born.push(Some(b));
            age.push(Some(a));
            died.push(Some(b + a));
        }
    }
    let real = table(vec![
        ("born", Cells::Whole(born)),
        ("died", Cells::Whole(died)),
        ("age", Cells::Whole(age)),
    ]);
    has(&rules(&real), "died = born + age");
    let form = Form::learn(&real, Protection::default()).unwrap();
    let Column::Integers(died) = senseless(&form, &real, 5).column(1).clone() else {
        panic!()
    };
    assert!(died.iter().all(|x| x.unwrap() <= 2024));
}

#[test]
fn a_column_with_a_spike_is_learned_and_not_computed() {
    let mut rng = rng(14);
    let (mut born, mut died, mut age) = (vec![], vec![], vec![]);
    for _ in 0..300 {
        let b = rng.random_range(1930..2000);
        let d = std::cmp::min(b + rng.random_range(1..90), 2024);
        born.push(Some(b));
        died.push(Some(d));
        age.push(Some(d - b));
    }
    let real = table(vec![
        ("born", Cells::Whole(born)),
        ("died", Cells::Whole(died.clone())),
        ("age", Cells::Whole(age)),
    ]);
    let found = rules(&real);
    has(&found, "born = died - age");
    let form = Form::learn(&real, Protection::default()).unwrap();
    let Column::Integers(drawn) = senseless(&form, &real, 6).column(1).clone() else {
        panic!()
    };
    let spike = |v: &[Option<i64>]| v.iter().filter(|x| **x == Some(2024)).count();
    assert!(spike(&drawn).abs_diff(spike(&died)) <= 12);
}

#[test]
fn a_few_exceptions_are_kept_as_exceptions() {
    let mut rng = rng(13);
    let (mut day, mut month) = (vec![], vec![]);
    for i in 0..600 {
        let at = rng.random_range(17_900..19_000) * DAY;
        day.push(Some(at));
        let first = |at| {
            let civil = crate::moments::civil(at).unwrap();
            crate::moments::micros_of(civil.date().first_of_month().at(0, 0, 0, 0))
        };
        month.push(Some(first(if i % 80 == 0 { at + 70 * DAY } else { at })));
    }
    let found = rules(&table(vec![
        ("booked", Cells::Moment(day)),
        ("month", Cells::Moment(month)),
    ]));
    has(
        &found,
        "month is the start of the month of booked, with a few exceptions",
    );
}

#[test]
fn composed_codes_and_factors_of_a_year() {
    let mut rng = rng(6);
    let (mut year, mut pass, mut code, mut budget, mut now) =
        (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..800 {
        let (y, p) = (
            rng.random_range(2000..2010),
            ["PASS", "FAIL"][rng.random_range(0..2)],
        );
        let b = rng.random_range(10..900) * 100_000;
        year.push(Some(y));
        pass.push(level(p));
        code.push(level(&format!("{y}{p}")));
        budget.push(Some(b));
        now.push(Some(
            (b as f64 * 1.03_f64.powi(2013 - y as i32)).round() as i64
        ));
    }
    let found = rules(&table(vec![
        ("year", Cells::Whole(year)),
        ("binary", Cells::Level(pass)),
        ("code", Cells::Level(code)),
        ("budget", Cells::Whole(budget)),
        ("budget_2013", Cells::Whole(now)),
    ]));
    assert!(
        found.iter().any(|r| r.contains("times a factor of year")),
        "{found:?}"
    );
    has(&found, "code is put together from year and binary");
}

#[test]
fn flags_exclude_one_another() {
    let mut rng = rng(7);
    let mut flags: Vec<Vec<Option<i64>>> = vec![Vec::new(); 5];
    let mut ranks: Vec<Vec<Option<i64>>> = vec![Vec::new(); 4];
    let (mut any, mut ticks): (Vec<Option<String>>, Vec<Vec<Option<String>>>) =
        (vec![], vec![vec![]; 3]);
    for _ in 0..700 {
        let set = rng.random_range(0..9_usize) / 2;
        flags
            .iter_mut()
            .enumerate()
            .for_each(|(i, f)| f.push(Some(i64::from(i == set))));
        let mut order = [1, 2, 3, 4];
        order.shuffle(&mut rng);
        ranks
            .iter_mut()
            .zip(order)
            .for_each(|(r, x)| r.push(Some(x)));
        let none = rng.random_range(0..3) == 0;
        any.push(level(if none { "No" } else { "Yes" }));
        for (i, tick) in ticks.iter_mut().enumerate() {
            let on = !none && (rng.random_range(0..2) == 0 || i == 0);
            tick.push(on.then(|| format!("film {i}")));
        }
    }
    let names = ["race_1", "race_2", "race_3", "race_4", "race_5"];
    let mut columns: Vec<(&str, Cells)> = names
        .iter()
        .zip(flags)
        .map(|(n, f)| (*n, Cells::Whole(f)))
        .collect();
    columns.extend(
        ["r1", "r2", "r3", "r4"]
            .iter()
            .zip(ranks)
            .map(|(n, r)| (*n, Cells::Whole(r))),
    );
    columns.push(("any", Cells::Level(any)));
    columns.extend(
        ["a", "b", "c"]
            .iter()
            .zip(ticks)
            .map(|(n, t)| (*n, Cells::Level(t))),
    );
    let found = rules(&table(columns));
    has(&found, "r1, r2, r3, r4 are ranks from 1 to 4");
    has(
        &found,
        "race_1, race_2, race_3, race_4, race_5 occur in 5 combinations only",
    );
    assert!(found.iter().any(|r| r.contains("any")), "{found:?}");
}

#[test]
fn bookings_keep_office_hours() {
    let mut rng = rng(8);
    let (mut office, mut booked, mut month, mut dow) = (vec![], vec![], vec![], vec![]);
    while office.len() < 600 {
        let day: i64 = rng.random_range(17_900..19_000);
        let weekday = (day + 3) % 7;
        if weekday > 4 {
            continue;
        }
        let at = day * DAY + (9 * 60 + rng.random_range(0..480)) * 60_000_000;
        office.push(Some(at));
        booked.push(Some(day * DAY));
        let civil = crate::moments::civil(at).unwrap();
        month.push(Some(crate::moments::micros_of(
            civil.date().first_of_month().at(0, 0, 0, 0),
        )));
        dow.push(level(["Mon", "Tue", "Wed", "Thu", "Fri"][weekday as usize]));
    }
    let real = table(vec![
        ("month", Cells::Moment(month)),
        ("booked", Cells::Moment(booked)),
        ("office", Cells::Moment(office)),
        ("dow", Cells::Level(dow)),
    ]);
    let found = rules(&real);
    assert!(
        found.iter().any(|r| r.starts_with("dow is the weekday of")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|r| r.starts_with("month is the start of the month of")),
        "{found:?}"
    );
    has(&found, "booked is the start of the day of office");
    let form = Form::learn(&real, Protection::default()).unwrap();
    let drawn = senseless(&form, &real, 9);
    let Column::Instants(at) = drawn.column(2) else {
        panic!()
    };
    for at in at.iter().flatten() {
        let (day, minute) = (at.div_euclid(DAY), at.rem_euclid(DAY) / 60_000_000);
        assert!((day + 3).rem_euclid(7) < 5, "a weekend");
        assert!((540..1020).contains(&minute), "outside of office hours");
    }
}

#[test]
fn least_and_greatest_are_put_in_order() {
    let mut rng = rng(10);
    let (mut low, mut high, mut open) = (vec![], vec![], vec![]);
    for _ in 0..500 {
        let (a, b) = (rng.random_range(0..1000), rng.random_range(0..1000));
        low.push(Some(std::cmp::min(a, b)));
        high.push(Some(std::cmp::max(a, b)));
        open.push(level(["x", "y"][rng.random_range(0..2)]));
    }
    let found = rules(&table(vec![
        ("low", Cells::Whole(low)),
        ("high", Cells::Whole(high)),
        ("open", Cells::Level(open)),
    ]));
    has(&found, "high is never less than low");
}

#[test]
fn tables_without_rules_have_none() {
    for seed in 0..200 {
        let mut rng = rng(100 + seed);
        let n = [200, 500, 1500][seed as usize % 3];
        let mut columns: Vec<(String, Cells)> = Vec::new();
        for i in 0..10 {
            let cells = match i % 5 {
                0 => Cells::Real(
                    2,
                    (0..n)
                        .map(|_| rng.random_range(0..100_000) as f64 / 100.0)
                        .collect(),
                ),
                1 => {
                    let levels = rng.random_range(2..30);
                    let text = |x: i32| level(&format!("l{x}"));
                    Cells::Level((0..n).map(|_| text(rng.random_range(0..levels))).collect())
                }
                2 => {
                    let most = rng.random_range(1..2000);
                    Cells::Whole((0..n).map(|_| Some(rng.random_range(0..=most))).collect())
                }
                3 => {
                    let share = rng.random_range(0.01..0.5);
                    let yes = |r: &mut ChaCha8Rng| {
                        if r.random_range(0.0..1.0) < share {
                            "yes"
                        } else {
                            "no"
                        }
                    };
                    Cells::Level((0..n).map(|_| level(yes(&mut rng))).collect())
                }
                _ => {
                    let gone = rng.random_range(0.0..0.3);
                    let at = |r: &mut ChaCha8Rng| {
                        (r.random_range(0.0..1.0) >= gone).then(|| r.random_range(0..20_000) * DAY)
                    };
                    Cells::Moment((0..n).map(|_| at(&mut rng)).collect())
                }
            };
            columns.push((format!("c{i}"), cells));
        }
        let real = table(
            columns
                .iter_mut()
                .map(|(n, c)| (n.as_str(), std::mem::replace(c, Cells::Whole(vec![]))))
                .collect(),
        );
        let found = rules(&real);
        assert!(found.is_empty(), "seed {seed}: {found:?}");
    }
}

#[test]
fn why_a_number_is_missing_goes_with_the_other_columns() {
    // Below the limit where the site is north, refused where it is south, empty elsewhere.
    let sites = ["north", "south", "east"];
    let rows = 900;
    let mark = |i: usize| match (i % 3, i % 2) {
        (0, 0) => verdancy_table::Notation::mark(0),
        (1, 0) => verdancy_table::Notation::mark(1),
        (2, 0) => f64::NAN,
        _ => 1.5 + (i * 37 % 100) as f64 / 10.0,
    };
    let text = |i: usize| match (i % 3, i % 2) {
        (0, 0) => "<0.5".to_owned(),
        (1, 0) => "refused".to_owned(),
        (2, 0) => String::new(),
        _ => format!("{:.1}", 1.5 + (i * 37 % 100) as f64 / 10.0),
    };
    let csv: String = (0..rows)
        .map(|i| format!("{},{}\n", sites[i % 3], text(i)))
        .collect();
    let file = tempfile::NamedTempFile::with_suffix(".csv").unwrap();
    std::fs::write(file.path(), format!("site,value\n{csv}")).unwrap();
    let options = verdancy_table::infer::Options::default();
    let real = verdancy_table::read::load(file.path(), &Default::default(), &options).unwrap();
    let real = real.table;
    let bits = |table: &Table| -> Vec<u64> {
        let values = table.column(1).numbers().unwrap_or_default();
        values.iter().map(|x| x.to_bits()).collect()
    };
    let first = bits(&real);
    assert!((0..rows).all(|i| f64::from_bits(first[i]).is_nan() == mark(i).is_nan()));
    for form in [
        Form::learn(&real, Protection::default()),
        Form::pinned(&real, Protection::default()),
    ] {
        let form = form.unwrap();
        assert_eq!(form.marked(), ["value"]);
        let inner = form.encode(&real).unwrap();
        let why = inner.schema().position("value (why missing)").unwrap();
        let why = inner.column(why).levels().unwrap();
        assert_eq!(why.levels.len(), 3);
        // A reason for each number that is missing, and for no other.
        assert!((0..rows).all(|i| why.get(i).is_some() == mark(i).is_nan()));
        let back = form.decode_table(real.schema(), &inner).unwrap();
        assert_eq!(bits(&back), first);
    }
}
