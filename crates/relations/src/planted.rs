//! Forty tables of 200 to 20,000 rows, each with rules of every kind planted among noise: how many are found again.
#![allow(clippy::unwrap_used)]

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use verdancy_table::Protection;

use crate::Form;
use crate::tests::{Cells, rng, table};

const DAY: i64 = 86_400_000_000;

/// Columns with a rule between them, and the words that say it, one way or another.
struct Planted {
    columns: Vec<(String, Cells)>,
    rule: &'static [&'static str],
}

type Plant = fn(&mut ChaCha8Rng, usize) -> Planted;

fn cents(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

fn tenth(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

fn real(name: &str, digits: u8, values: Vec<f64>) -> (String, Cells) {
    (name.to_owned(), Cells::Real(digits, values))
}

fn whole(name: &str, values: Vec<i64>) -> (String, Cells) {
    let values = values.into_iter().map(Some).collect();
    (name.to_owned(), Cells::Whole(values))
}

fn texts(name: &str, values: impl Iterator<Item = String>) -> (String, Cells) {
    (name.to_owned(), Cells::Level(values.map(Some).collect()))
}

fn moments(name: &str, values: Vec<i64>) -> (String, Cells) {
    let values = values.into_iter().map(Some).collect();
    (name.to_owned(), Cells::Moment(values))
}

fn amounts(rng: &mut ChaCha8Rng, n: usize) -> Vec<f64> {
    let most = rng.random_range(50.0..5000.0);
    (0..n)
        .map(|_| cents(rng.random_range(1.0..most) * rng.random_range(0.1..1.0)))
        .collect()
}

fn sum(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let (a, b) = (amounts(rng, n), amounts(rng, n));
    let both = a.iter().zip(&b).map(|(a, b)| cents(a + b)).collect();
    Planted {
        columns: vec![real("net", 2, a), real("tax", 2, b), real("gross", 2, both)],
        rule: &["gross = net + tax"],
    }
}

fn product(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let pieces: Vec<i64> = (0..n).map(|_| rng.random_range(1..40)).collect();
    let price = amounts(rng, n);
    let pay = (pieces.iter().zip(&price))
        .map(|(n, x)| cents(*n as f64 * x))
        .collect();
    Planted {
        columns: vec![
            whole("pieces", pieces),
            real("price", 2, price),
            real("pay", 2, pay),
        ],
        rule: &["pay = pieces x price"],
    }
}

fn unit(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let metres: Vec<i64> = (0..n).map(|_| rng.random_range(50..90_000)).collect();
    let km = metres.iter().map(|m| *m as f64 / 1000.0).collect();
    Planted {
        columns: vec![whole("metres", metres), real("km", 3, km)],
        rule: &["km = 0.001 x metres", "metres = 1000 x km"],
    }
}

fn shares(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let tenths = |rng: &mut ChaCha8Rng, most: i32| f64::from(rng.random_range(10..most)) / 10.0;
    let a: Vec<f64> = (0..n).map(|_| tenths(rng, 500)).collect();
    let b: Vec<f64> = (0..n).map(|_| tenths(rng, 480)).collect();
    let c = (a.iter().zip(&b))
        .map(|(a, b)| ((100.0 - a - b) * 10.0).round() / 10.0)
        .collect();
    Planted {
        columns: vec![real("sand", 1, a), real("silt", 1, b), real("clay", 1, c)],
        rule: &["sand + silt + clay add up to 100"],
    }
}

fn order(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let pairs: Vec<(i64, i64)> = (0..n)
        .map(|_| (rng.random_range(0..900), rng.random_range(0..900)))
        .collect();
    Planted {
        columns: vec![
            whole("least", pairs.iter().map(|p| p.0.min(p.1)).collect()),
            whole("most", pairs.iter().map(|p| p.0.max(p.1)).collect()),
        ],
        rule: &["most is never less than least"],
    }
}

fn elapsed(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let begun: Vec<i64> = (0..n).map(|_| rng.random_range(15_000..19_000)).collect();
    let nights: Vec<i64> = (0..n).map(|_| rng.random_range(1..60)).collect();
    let ended = begun.iter().zip(&nights).map(|(d, k)| (d + k) * DAY);
    let ended = ended.collect();
    Planted {
        columns: vec![
            moments("begun", begun.into_iter().map(|d| d * DAY).collect()),
            moments("ended", ended),
            whole("nights", nights),
        ],
        rule: &["nights is the days from begun to ended"],
    }
}

fn weekday(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let at: Vec<i64> = (0..n).map(|_| rng.random_range(16_000..19_500)).collect();
    let names: Vec<String> = (at.iter())
        .map(|d| days[(d + 3).rem_euclid(7) as usize].to_owned())
        .collect();
    Planted {
        columns: vec![
            moments("seen", at.iter().map(|d| d * DAY).collect()),
            texts("day", names.into_iter()),
        ],
        rule: &["day is the weekday of seen"],
    }
}

fn lookup(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let towns = rng.random_range(6..13_usize);
    let regions: Vec<usize> = (0..towns).map(|t| t % 3).collect();
    let at: Vec<usize> = (0..n).map(|_| rng.random_range(0..towns)).collect();
    Planted {
        columns: vec![
            texts("town", at.iter().map(|t| format!("Town {t}"))),
            texts(
                "region",
                at.iter().map(|t| format!("Region {}", regions[*t])),
            ),
        ],
        rule: &["region follows from town"],
    }
}

fn of_two(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let mut fees: Vec<i64> = (0..12).map(|i| 10 + 5 * (i % 7)).collect();
    fees.shuffle(rng);
    let at: Vec<(usize, usize)> = (0..n)
        .map(|_| (rng.random_range(0..3), rng.random_range(0..4)))
        .collect();
    let fee = at.iter().map(|(a, b)| fees[a * 4 + b]).collect();
    Planted {
        columns: vec![
            texts("class", at.iter().map(|p| format!("class {}", p.0))),
            texts("zone", at.iter().map(|p| format!("zone {}", p.1))),
            whole("fee", fee),
        ],
        rule: &[
            "fee follows from class and zone",
            "class follows from fee and zone",
            "zone follows from fee and class",
            "fee, class, zone occur in 12 combinations only",
        ],
    }
}

fn one_hot(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let of: Vec<usize> = (0..n).map(|_| rng.random_range(0..7_usize) / 2).collect();
    let flag = |i: usize| of.iter().map(|x| i64::from(*x == i)).collect();
    Planted {
        columns: (0..4)
            .map(|i| whole(&format!("flag_{i}"), flag(i)))
            .collect(),
        rule: &["flag_0, flag_1, flag_2, flag_3 occur in 4 combinations only"],
    }
}

fn missing(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let state: Vec<usize> = (0..n).map(|_| rng.random_range(0..3)).collect();
    let dose = (state.iter())
        .map(|s| (*s != 1).then(|| rng.random_range(1..500)))
        .collect();
    Planted {
        columns: vec![
            texts("arm", state.iter().map(|s| format!("arm {s}"))),
            ("dose".to_owned(), Cells::Whole(dose)),
        ],
        rule: &["whether dose is missing follows from arm"],
    }
}

fn band(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let score: Vec<i64> = (0..n).map(|_| rng.random_range(0..100)).collect();
    let name = |s: &i64| match s {
        0..30 => "low".to_owned(),
        30..70 => "middle".to_owned(),
        _ => "high".to_owned(),
    };
    let names: Vec<String> = score.iter().map(name).collect();
    Planted {
        columns: vec![whole("score", score), texts("band", names.into_iter())],
        rule: &["band is the range that score lies in"],
    }
}

fn composed(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let at: Vec<(i64, usize)> = (0..n)
        .map(|_| (rng.random_range(2001..2016), rng.random_range(0..3)))
        .collect();
    let grade = ["pass", "fail", "void"];
    Planted {
        columns: vec![
            whole("year", at.iter().map(|p| p.0).collect()),
            texts("grade", at.iter().map(|p| grade[p.1].to_owned())),
            texts("code", at.iter().map(|p| format!("{}{}", p.0, grade[p.1]))),
        ],
        rule: &["code is put together from year and grade"],
    }
}

fn ranks(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let rows: Vec<[i64; 3]> = (0..n)
        .map(|_| {
            let mut order = [1, 2, 3];
            order.shuffle(rng);
            order
        })
        .collect();
    let column = |i: usize| rows.iter().map(|r| r[i]).collect();
    Planted {
        columns: (0..3)
            .map(|i| whole(&format!("rank_{i}"), column(i)))
            .collect(),
        rule: &[
            "rank_0, rank_1, rank_2 are ranks from 1 to 3",
            "rank_0, rank_1, rank_2 occur in 6 combinations only",
        ],
    }
}

fn degrees(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let celsius: Vec<f64> = (0..n)
        .map(|_| tenth(rng.random_range(-15.0..38.0)))
        .collect();
    let fahrenheit = celsius.iter().map(|c| tenth(c * 1.8 + 32.0)).collect();
    Planted {
        columns: vec![
            real("celsius", 1, celsius),
            real("fahrenheit", 1, fahrenheit),
        ],
        rule: &["fahrenheit = 32 + 1.8 x celsius"],
    }
}

fn weighted(rng: &mut ChaCha8Rng, n: usize) -> Planted {
    let points = |rng: &mut ChaCha8Rng| (0..n).map(|_| rng.random_range(0..101)).collect();
    let (home, exam): (Vec<i64>, Vec<i64>) = (points(rng), points(rng));
    let grade = (home.iter().zip(&exam))
        .map(|(h, e)| tenth(0.4 * *h as f64 + 0.6 * *e as f64))
        .collect();
    Planted {
        columns: vec![
            whole("home", home),
            whole("exam", exam),
            real("mark", 1, grade),
        ],
        rule: &["mark = 0.4 x home + 0.6 x exam"],
    }
}

/// The words of a rule, in whatever order its columns are named.
fn words(rule: &str) -> Vec<&str> {
    let mut words: Vec<&str> = rule.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    words.sort_unstable();
    words
}

const PLANTS: [Plant; 16] = [
    sum, product, unit, shares, order, elapsed, weekday, lookup, of_two, one_hot, missing, band,
    composed, ranks, degrees, weighted,
];

#[test]
fn planted_rules_are_found_again() {
    let (mut planted, mut found, mut lost) = (0, 0, Vec::new());
    for seed in 0..40 {
        let mut rng = rng(900 + seed);
        let n = [200, 1_000, 1_500, 4_000, 20_000][seed as usize % 5];
        // Every kind in turn, five to a table, among columns that have nothing to do with them.
        let mut wanted = Vec::new();
        let mut columns = Vec::new();
        for i in 0..5 {
            let plant = PLANTS[(seed as usize * 5 + i) % PLANTS.len()];
            let made = plant(&mut rng, n);
            wanted.push(made.rule);
            columns.extend(made.columns);
        }
        columns.push(real("noise", 2, amounts(&mut rng, n)));
        let letters: Vec<String> = (0..n)
            .map(|_| format!("letter {}", rng.random_range(0..5)))
            .collect();
        columns.push(texts("letter", letters.into_iter()));
        columns.shuffle(&mut rng);
        let named = (columns.iter_mut())
            .map(|(name, cells)| {
                (
                    name.as_str(),
                    std::mem::replace(cells, Cells::Whole(vec![])),
                )
            })
            .collect();
        let real = table(named);
        let form = Form::learn(&real, Protection::default()).unwrap();
        let rules: Vec<String> = (form.broken(&real).unwrap().into_iter())
            .map(|broken| broken.rule)
            .collect();
        let said: Vec<Vec<&str>> = rules.iter().map(|rule| words(rule)).collect();
        for rule in wanted {
            let is_found = rule.iter().any(|way| said.contains(&words(way)));
            if n >= 1_000 {
                planted += 1;
                found += usize::from(is_found);
            }
            if !is_found {
                lost.push(format!("{n} rows: {} among {rules:?}", rule[0]));
            }
        }
    }
    eprintln!("{found} of {planted} found; lost: {lost:#?}");
    assert!(planted >= 150);
    assert!(
        found * 100 >= planted * 95,
        "{found} of {planted}: {lost:#?}"
    );
}
