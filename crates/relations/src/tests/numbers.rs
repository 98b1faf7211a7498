//! Rules between numbers that stand in each other's way: which column is computed, and what of order is left then.
//! Each table is checked as in `tests::rules`: no row of a senseless model breaks a rule.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::frame::numbers;

fn tenth(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

/// Numbers of a column in rows that a senseless model draws.
fn drawn(real: &Table, names: &[&str]) -> Vec<Vec<f64>> {
    let form = Form::learn(real, Protection::default()).unwrap();
    let rows = senseless(&form, real, 3);
    let at = |name: &str| {
        let columns = &real.schema().columns;
        columns.iter().position(|s| s.name == name).unwrap()
    };
    (names.iter())
        .map(|name| numbers(rows.column(at(name))))
        .collect()
}

#[test]
fn what_is_computed_is_never_coarser_than_what_it_is_computed_from() {
    let mut rng = rng(31);
    let amount: Vec<f64> = (0..900)
        .map(|_| 100.0 * f64::from(rng.random_range(10..400)))
        .collect();
    let part: Vec<f64> = (amount.iter())
        .map(|a| cents(a * rng.random_range(0.05..0.95)))
        .collect();
    let lent = |a: &f64| {
        if rng.random_bool(0.8) {
            *a
        } else {
            (a * 0.75).floor()
        }
    };
    let funded: Vec<f64> = amount.iter().map(lent).collect();
    let real = table(vec![
        ("amount", whole(amount.iter().copied())),
        ("funded", whole(funded.into_iter())),
        ("paid", Cells::Real(2, part.clone())),
        (
            "open",
            Cells::Real(
                2,
                amount
                    .iter()
                    .zip(&part)
                    .map(|(a, p)| cents(a - p))
                    .collect(),
            ),
        ),
        (
            "monthly",
            Cells::Real(2, amount.iter().map(|a| cents(a / 36.0)).collect()),
        ),
    ]);
    let found = rules(&real);
    assert!(
        found
            .iter()
            .any(|r| r == "paid = amount - open" || r == "open = amount - paid"),
        "{found:?}"
    );
    assert!(
        found.iter().any(|r| r.starts_with("monthly = ")),
        "{found:?}"
    );
    has(&found, "amount is never less than funded");
    let rows = drawn(&real, &["amount", "paid", "open", "monthly"]);
    for row in 0..rows[0].len() {
        let [amount, paid, open, monthly] = [0, 1, 2, 3].map(|c: usize| rows[c][row]);
        assert!(
            (amount - paid - open).abs() < 1e-6,
            "{amount} {paid} {open}"
        );
        assert!(
            (monthly - amount / 36.0).abs() < 0.005_001,
            "{amount} {monthly}"
        );
    }
}

#[test]
fn a_mean_lies_between_the_least_and_the_greatest_though_one_is_computed() {
    let mut rng = rng(32);
    let mut columns = vec![Vec::new(); 4];
    for _ in 0..700 {
        let least = tenth(rng.random_range(2.0..18.0));
        let mean = tenth(least + rng.random_range(0.1..4.0));
        let most = tenth(mean + rng.random_range(0.1..6.0));
        for (column, x) in columns
            .iter_mut()
            .zip([least, mean, most, tenth(most - least)])
        {
            column.push(x);
        }
    }
    let names = ["least", "mean", "most", "range"];
    let cells = columns.into_iter().map(|c| Cells::Real(1, c));
    let found = rules(&table(names.into_iter().zip(cells).collect()));
    let sum = |r: &String| r.contains('=') && names[2..].iter().all(|n| r.contains(n));
    assert!(found.iter().any(sum), "{found:?}");
    has(&found, "mean is never less than least");
    has(&found, "most is never less than mean");
}

#[test]
fn parts_are_never_more_than_a_whole_of_another_kind() {
    let mut rng = rng(33);
    let limit: Vec<f64> = (0..600)
        .map(|_| f64::from(rng.random_range(500..5_000)))
        .collect();
    let used = (limit.iter().map(|l| cents(l * rng.random_range(0.0..1.0)))).collect();
    let found = rules(&table(vec![
        ("limit", whole(limit.into_iter())),
        ("used", Cells::Real(2, used)),
    ]));
    has(&found, "limit is never less than used");
}

#[test]
fn other_units_and_weighted_means_are_computed() {
    let mut rng = rng(34);
    let n = 800;
    let celsius: Vec<f64> = (0..n)
        .map(|_| tenth(rng.random_range(35.0..41.0)))
        .collect();
    let low: Vec<f64> = (0..n)
        .map(|_| f64::from(rng.random_range(50..95)))
        .collect();
    let high: Vec<f64> = low
        .iter()
        .map(|x| x + f64::from(rng.random_range(5..80)))
        .collect();
    let middle = (low.iter().zip(&high)).map(|(l, h)| ((2.0 * l + h) / 3.0).round());
    let real = table(vec![
        (
            "fahrenheit",
            Cells::Real(1, celsius.iter().map(|c| tenth(1.8 * c + 32.0)).collect()),
        ),
        ("celsius", Cells::Real(1, celsius.clone())),
        ("middle", whole(middle)),
        ("low", whole(low.iter().copied())),
        ("high", whole(high.iter().copied())),
        ("above", whole(high.iter().zip(&low).map(|(h, l)| h - l))),
    ]);
    let found = rules(&real);
    has(&found, "fahrenheit = 32 + 1.8 x celsius");
    let rows = drawn(&real, &["low", "high", "middle", "above"]);
    for row in 0..n {
        let [low, high, middle, above] = [0, 1, 2, 3].map(|c: usize| rows[c][row]);
        assert!(
            (middle - (2.0 * low + high) / 3.0).abs() < 0.501,
            "{found:?}"
        );
        assert_eq!(high - low, above);
    }
}

#[test]
fn each_moment_of_a_chain_keeps_its_distance_from_the_one_before() {
    let mut rng = rng(35);
    let mut columns = vec![Vec::new(); 4];
    for _ in 0..900 {
        let booked = rng.random_range(18_000..18_900_i64);
        let arrival = booked + rng.random_range(0..90);
        let departure = arrival + rng.random_range(1..15);
        let cancelled = rng
            .random_bool(0.2)
            .then(|| rng.random_range(booked..=arrival));
        let days = [Some(booked), cancelled, Some(arrival), Some(departure)];
        for (column, day) in columns.iter_mut().zip(days) {
            column.push(day.map(|d| d * DAY));
        }
    }
    let names = ["booked", "cancelled", "arrival", "departure"];
    let real = table(
        names
            .into_iter()
            .zip(columns.into_iter().map(Cells::Moment))
            .collect(),
    );
    let found = rules(&real);
    // Most bookings are not cancelled: that the arrival is after it says nothing of them.
    has(&found, "arrival is never before booked");
    has(&found, "arrival is never before cancelled");
    let rows = drawn(&real, &["arrival", "departure"]);
    assert!(
        (rows[0].iter().zip(&rows[1])).all(|(a, d)| d > a),
        "no stay without a night"
    );
}

#[test]
fn years_that_are_never_equal_stay_apart() {
    let mut rng = rng(36);
    let begun: Vec<f64> = (0..900)
        .map(|_| f64::from(rng.random_range(1990..2020)))
        .collect();
    let ended = begun
        .iter()
        .map(|b| b + f64::from(rng.random_range(1..9)))
        .collect::<Vec<f64>>();
    let real = table(vec![
        ("begun", whole(begun.into_iter())),
        ("ended", whole(ended.into_iter())),
    ]);
    has(&rules(&real), "ended is always more than begun");
    // A rule that is not wanted is not kept, however strictly it holds.
    let mut schema = (**real.schema()).clone();
    let forbid = vec!["ended is never less than begun".to_owned()];
    schema.rules = Some(verdancy_table::Rules {
        forbid,
        ..Default::default()
    });
    let real = Table::new(Arc::new(schema), real.columns().to_vec()).unwrap();
    assert!(Form::learn(&real, Protection::default()).is_none());
}

#[test]
fn orders_less_a_discount_add_up() {
    let mut rng = rng(37);
    let n = 900;
    let pieces: Vec<f64> = (0..n).map(|_| f64::from(rng.random_range(1..7))).collect();
    let price: Vec<f64> = (0..n).map(|_| cents(rng.random_range(2.0..90.0))).collect();
    let less: Vec<f64> = (0..n)
        .map(|_| [0.0, 0.0, 20.0, 40.0, 60.0][rng.random_range(0..5)])
        .collect();
    // No price is half-way between two cents.
    let rate: Vec<f64> = (0..n)
        .map(|_| cents(0.04 * f64::from(rng.random_range(1..6))))
        .collect();
    let net: Vec<f64> = (0..n)
        .map(|i| cents(pieces[i] * price[i] * (1.0 - less[i] / 100.0)))
        .collect();
    let gross: Vec<f64> = (0..n).map(|i| cents(net[i] * (1.0 + rate[i]))).collect();
    let real = table(vec![
        ("net", Cells::Real(2, net)),
        ("pieces", whole(pieces.into_iter())),
        ("price", Cells::Real(2, price)),
        ("less", whole(less.into_iter())),
        ("rate", Cells::Real(2, rate)),
        ("gross", Cells::Real(2, gross)),
    ]);
    let found = rules(&real);
    let said = |words: &[&str]| found.iter().any(|r| words.iter().all(|w| r.contains(w)));
    assert!(
        said(&["net = ", "pieces", "price", "(1 - 0.01 x less)"]),
        "{found:?}"
    );
    has(&found, "gross = net x (1 + rate)");
    let rows = drawn(&real, &["net", "pieces", "price", "less", "rate", "gross"]);
    for row in 0..n {
        let [net, pieces, price, less, rate, gross] =
            [0, 1, 2, 3, 4, 5].map(|c: usize| rows[c][row]);
        assert!((net - pieces * price * (1.0 - less / 100.0)).abs() < 0.005_001);
        assert!((gross - net * (1.0 + rate)).abs() < 0.005_001);
    }
}

#[test]
fn a_price_with_tax_is_computed_from_the_one_without() {
    let mut rng = rng(38);
    let net: Vec<f64> = (0..700)
        .map(|_| cents(rng.random_range(2.0..700.0)))
        .collect();
    let tax: Vec<f64> = net.iter().map(|x| cents(x * 0.19)).collect();
    let gross = net.iter().zip(&tax).map(|(n, t)| cents(n + t)).collect();
    let real = table(vec![
        ("net", Cells::Real(2, net)),
        ("tax", Cells::Real(2, tax)),
        ("gross", Cells::Real(2, gross)),
    ]);
    // Half a cent is rounded either way: the tax alone is off by it, the sum never is.
    let form = Form::learn(&real, Protection::default()).unwrap();
    let found: Vec<String> = (form.broken(&real).unwrap().into_iter())
        .map(|b| b.rule)
        .collect();
    has(&found, "gross = net + tax");
    has(&found, "tax = 0.19 x net");
    let rows = drawn(&real, &["net", "tax", "gross"]);
    for row in 0..real.rows() {
        let [net, tax, gross] = [0, 1, 2].map(|c: usize| rows[c][row]);
        assert!((net + tax - gross).abs() < 1e-6 && (tax - 0.19 * net).abs() < 0.005_001);
    }
}

#[test]
fn what_follows_from_a_computed_column_and_its_parts_is_kept_too() {
    let mut rng = rng(39);
    let n = 800;
    let mut column = |low: f64, high: f64| -> Vec<f64> {
        (0..n)
            .map(|_| rng.random_range(low..high).round())
            .collect()
    };
    let (good, other, fats) = (column(25.0, 95.0), column(60.0, 210.0), column(40.0, 320.0));
    let total: Vec<f64> = good.iter().zip(&other).map(|(g, o)| g + o).collect();
    let ratio = total.iter().zip(&good).map(|(t, g)| cents(t / g)).collect();
    let bad = (0..n)
        .map(|i| tenth(total[i] - good[i] - fats[i] / 5.0))
        .collect();
    let real = table(vec![
        ("total", whole(total.into_iter())),
        ("good", whole(good.into_iter())),
        ("other", whole(other.into_iter())),
        ("fats", whole(fats.into_iter())),
        ("ratio", Cells::Real(2, ratio)),
        ("bad", Cells::Real(1, bad)),
    ]);
    let found = rules(&real);
    let rows = drawn(&real, &["total", "good", "other", "fats", "ratio", "bad"]);
    for row in 0..n {
        let [total, good, other, fats, ratio, bad] =
            [0, 1, 2, 3, 4, 5].map(|c: usize| rows[c][row]);
        assert!((total - good - other).abs() < 1e-6, "{found:?}");
        assert!((ratio - total / good).abs() < 0.005_001, "{found:?}");
        assert!(
            (bad - (total - good - fats / 5.0)).abs() < 0.050_001,
            "{found:?}"
        );
    }
}

#[test]
fn flags_say_which_of_two_numbers_is_more() {
    let mut rng = rng(40);
    let n = 700;
    let stock: Vec<f64> = (0..n)
        .map(|_| f64::from(rng.random_range(0..900)))
        .collect();
    let least: Vec<f64> = (0..n)
        .map(|_| f64::from(rng.random_range(100..500)))
        .collect();
    let flag = |(s, l): (&f64, &f64)| Some(if s < l { "order" } else { "wait" }.to_owned());
    let flags = stock.iter().zip(&least).map(flag).collect();
    let real = table(vec![
        ("state", Cells::Level(flags)),
        ("stock", whole(stock.into_iter())),
        ("least", whole(least.into_iter())),
    ]);
    has(
        &rules(&real),
        "state follows from which of stock and least is more",
    );
}

#[test]
fn weekdays_of_a_short_time_are_weekdays() {
    let mut rng = rng(41);
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let at: Vec<i64> = (0..900).map(|_| rng.random_range(19_000..19_030)).collect();
    let names = (at.iter()).map(|d| Some(days[(d + 3).rem_euclid(7) as usize].to_owned()));
    let real = table(vec![
        ("name", Cells::Level(names.collect())),
        (
            "at",
            Cells::Moment(at.iter().map(|d| Some(d * DAY)).collect()),
        ),
    ]);
    has(&rules(&real), "name is the weekday of at");
}

#[test]
fn departures_before_and_after_their_time_keep_their_delay() {
    let mut rng = rng(42);
    let minute = 60_000_000;
    let planned: Vec<i64> = (0..900)
        .map(|_| rng.random_range(28_000_000..28_090_000))
        .collect();
    let delay: Vec<i64> = (0..900).map(|_| rng.random_range(-20..120)).collect();
    let moments =
        |values: Vec<i64>| Cells::Moment(values.iter().map(|m| Some(m * minute)).collect());
    let left = planned.iter().zip(&delay).map(|(p, d)| p + d).collect();
    let real = table(vec![
        ("planned", moments(planned.clone())),
        ("left", moments(left)),
        ("delay", Cells::Whole(delay.into_iter().map(Some).collect())),
    ]);
    has(&rules(&real), "delay is the minutes from planned to left");
    // Drawn apart, the two moments would be days from each other.
    let rows = drawn(&real, &["delay"]);
    assert!(rows[0].iter().all(|d| (-20.0..120.0).contains(d)));
}

#[test]
fn hours_are_clock_times_rounded_down_and_minutes_the_rest() {
    let mut rng = rng(43);
    let minutes: Vec<i64> = (0..1_500).map(|_| rng.random_range(300..1_440)).collect();
    let clock = minutes.iter().map(|m| (m / 60 * 100 + m % 60) as f64);
    let real = table(vec![
        ("planned", whole(clock)),
        ("hour", whole(minutes.iter().map(|m| (m / 60) as f64))),
        ("minute", whole(minutes.iter().map(|m| (m % 60) as f64))),
    ]);
    let found = rules(&real);
    has(&found, "hour = 0.01 x planned, rounded down");
    has(&found, "minute = planned - 100 x hour");
    let rows = drawn(&real, &["planned", "hour", "minute"]);
    for row in 0..real.rows() {
        let [planned, hour, minute] = [0, 1, 2].map(|c: usize| rows[c][row]);
        assert_eq!((planned / 100.0).floor(), hour, "{found:?}");
        assert_eq!(planned - 100.0 * hour, minute, "{found:?}");
    }
}
