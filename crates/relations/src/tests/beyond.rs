//! Levels beyond numbers, the largest of several, quotients of whole numbers, factors of two levels, and order of what is
//! computed.

use super::*;

fn texts(values: impl Iterator<Item = &'static str>) -> Cells {
    Cells::Level(values.map(level).collect())
}

fn tenths(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

#[test]
fn votes_have_shares_a_winner_and_no_more_voters_than_there_are() {
    let mut rng = rng(71);
    let parties = ["red", "blue", "green"];
    let votes: Vec<[f64; 3]> = (0..1_200)
        .map(|_| [60, 40, 25].map(|most| f64::from(rng.random_range(5..most * 20))))
        .collect();
    let valid: Vec<f64> = votes.iter().map(|v| v.iter().sum()).collect();
    let invalid: Vec<f64> = (0..1_200)
        .map(|_| f64::from(rng.random_range(0..40)))
        .collect();
    let cast: Vec<f64> = valid.iter().zip(&invalid).map(|(v, i)| v + i).collect();
    let eligible: Vec<f64> = (cast.iter())
        .map(|cast| (cast / rng.random_range(0.4..0.95)).ceil())
        .collect();
    let winner = votes.iter().map(|v| {
        let best = (1..3).fold(0, |best, at| if v[at] > v[best] { at } else { best });
        parties[best]
    });
    let share = |at: usize| {
        let shares = votes
            .iter()
            .zip(&valid)
            .map(move |(v, sum)| tenths(100.0 * v[at] / sum));
        Cells::Real(1, shares.collect())
    };
    let of = |at: usize| whole(votes.iter().map(move |v| v[at]));
    let turnout = cast
        .iter()
        .zip(&eligible)
        .map(|(c, e)| tenths(100.0 * c / e));
    let real = table(vec![
        ("eligible", whole(eligible.iter().copied())),
        ("cast", whole(cast.iter().copied())),
        ("turnout", Cells::Real(1, turnout.collect())),
        ("invalid", whole(invalid.iter().copied())),
        ("valid", whole(valid.iter().copied())),
        ("red", of(0)),
        ("blue", of(1)),
        ("green", of(2)),
        ("red share", share(0)),
        ("blue share", share(1)),
        ("green share", share(2)),
        ("winner", texts(winner)),
    ]);
    let found = rules(&real);
    has(
        &found,
        "winner says which of red, blue, green is the largest",
    );
    has(&found, "red share = 100 x red / valid");
    has(&found, "green share = 100 x green / valid");
    has(&found, "eligible is never less than cast");
}

#[test]
fn medicine_lasts_whole_days_and_then_runs_out() {
    let mut rng = rng(72);
    let n = 1_200;
    let size: Vec<f64> = (0..n)
        .map(|_| [20.0, 50.0, 100.0][rng.random_range(0..3)])
        .collect();
    let packs: Vec<f64> = (0..n).map(|_| f64::from(rng.random_range(1..5))).collect();
    let daily: Vec<f64> = (0..n).map(|_| f64::from(rng.random_range(1..4))).collect();
    let tablets: Vec<f64> = size.iter().zip(&packs).map(|(s, p)| s * p).collect();
    let days: Vec<f64> = tablets
        .iter()
        .zip(&daily)
        .map(|(t, d)| (t / d).floor())
        .collect();
    let given: Vec<i64> = (0..n)
        .map(|_| rng.random_range(18_000..19_000) * DAY)
        .collect();
    let end = given
        .iter()
        .zip(&days)
        .map(|(g, d)| Some(g + *d as i64 * DAY));
    let real = table(vec![
        ("size", whole(size.iter().copied())),
        ("packs", whole(packs.iter().copied())),
        ("tablets", whole(tablets.iter().copied())),
        ("daily", whole(daily.iter().copied())),
        ("days", whole(days.iter().copied())),
        (
            "given",
            Cells::Moment(given.iter().map(|g| Some(*g)).collect()),
        ),
        ("end", Cells::Moment(end.collect())),
    ]);
    let found = rules(&real);
    has(&found, "tablets = size x packs");
    has(&found, "days = tablets / daily, rounded down");
    has(&found, "end is days days after given");
}

#[test]
fn an_instalment_is_a_factor_of_rate_and_term() {
    let mut rng = rng(73);
    let n = 1_500;
    let rate: Vec<f64> = (0..n)
        .map(|_| [1.5, 2.0, 3.25, 4.1][rng.random_range(0..4)])
        .collect();
    let years: Vec<f64> = (0..n)
        .map(|_| [10.0, 15.0, 20.0, 30.0][rng.random_range(0..4)])
        .collect();
    let value: Vec<f64> = (0..n)
        .map(|_| f64::from(rng.random_range(90..900)) * 1e3)
        .collect();
    let share: Vec<f64> = (0..n)
        .map(|_| tenths(rng.random_range(20.0..100.0)))
        .collect();
    let loan: Vec<f64> = value
        .iter()
        .zip(&share)
        .map(|(v, s)| (v * s / 100.0).round())
        .collect();
    let pay = (0..n).map(|row| {
        let (i, months) = (rate[row] / 1_200.0, 12.0 * years[row]);
        cents(loan[row] * i / (1.0 - (1.0 + i).powf(-months)))
    });
    let insured = share
        .iter()
        .map(|share| match *share > 80.0 || rng.random_bool(0.1) {
            true => "yes",
            false => "no",
        });
    let real = table(vec![
        ("value", whole(value.iter().copied())),
        ("loan", whole(loan.iter().copied())),
        ("rate", Cells::Real(2, rate.clone())),
        ("years", whole(years.iter().copied())),
        ("instalment", Cells::Real(2, pay.collect())),
        ("insured", texts(insured.collect::<Vec<_>>().into_iter())),
        ("share", Cells::Real(1, share.clone())),
    ]);
    let found = rules(&real);
    has(
        &found,
        "instalment is loan times a factor of rate and years",
    );
    assert!(
        found
            .iter()
            .any(|rule| rule.starts_with("insured is never no where share is 80")),
        "{found:?}"
    );
}

#[test]
fn a_salary_lies_in_the_band_of_its_level() {
    let mut rng = rng(74);
    let n = 1_500;
    let bands = [
        ("L1", 38_000, 55_000),
        ("L2", 52_000, 74_000),
        ("L3", 70_000, 99_000),
    ];
    let of: Vec<(&str, i64, i64)> = (0..n).map(|_| bands[rng.random_range(0..3)]).collect();
    let salary: Vec<f64> = (of.iter())
        .map(|(_, low, high)| rng.random_range(low / 100..=high / 100) as f64 * 100.0)
        .collect();
    let hours: Vec<f64> = (0..n)
        .map(|_| f64::from(rng.random_range(15..41)))
        .collect();
    let paid = salary.iter().zip(&hours).map(|(s, h)| cents(s * h / 40.0));
    let real = table(vec![
        ("level", texts(of.iter().map(|o| o.0))),
        ("least", whole(of.iter().map(|o| o.1 as f64))),
        ("most", whole(of.iter().map(|o| o.2 as f64))),
        ("salary", whole(salary.iter().copied())),
        ("hours", whole(hours.iter().copied())),
        ("paid", Cells::Real(2, paid.collect())),
    ]);
    let found = rules(&real);
    has(&found, "salary is never less than least");
    has(&found, "most is never less than salary");
    has(&found, "paid = 0.025 x salary x hours");
}

#[test]
fn a_range_that_few_have_is_left_open() {
    let mut rng = rng(75);
    let used: Vec<f64> = (0..1_000)
        .map(|row| {
            if row < 4 {
                460.0 + f64::from(row)
            } else {
                f64::from(rng.random_range(20..250))
            }
        })
        .collect();
    let class = used.iter().map(|x| match *x {
        x if x < 50.0 => "A",
        x if x < 100.0 => "B",
        x if x < 300.0 => "C",
        _ => "D",
    });
    let real = table(vec![
        ("used", whole(used.iter().copied())),
        ("class", texts(class)),
        (
            "flats",
            whole((0..1_000).map(|_| f64::from(rng.random_range(1..40)))),
        ),
    ]);
    let found = rules(&real);
    has(&found, "class is the range that used lies in");
    let form = Form::learn(&real, Protection::default()).unwrap();
    let text = serde_json::to_string(&form).unwrap();
    assert!(!text.contains("\"D\""), "a level of four people: {text}");
}

#[test]
fn a_dose_by_weight_is_computed_and_decides_nothing() {
    let mut rng = rng(76);
    let n = 1_200;
    let arm: Vec<usize> = (0..n).map(|_| rng.random_range(0..3)).collect();
    let dose: Vec<f64> = arm.iter().map(|arm| [0.0, 10.0, 40.0][*arm]).collect();
    let weight: Vec<f64> = (0..n)
        .map(|_| tenths(rng.random_range(50.0..110.0)))
        .collect();
    let by_weight = dose
        .iter()
        .zip(&weight)
        .map(|(d, w)| (1e3 * d / w).round() / 1e3);
    let real = table(vec![
        (
            "arm",
            texts(arm.iter().map(|arm| ["placebo", "low", "high"][*arm])),
        ),
        ("dose", whole(dose.iter().copied())),
        ("weight", Cells::Real(1, weight.clone())),
        ("by weight", Cells::Real(3, by_weight.collect())),
    ]);
    let found = rules(&real);
    has(&found, "by weight = dose / weight");
    assert!(
        !found.iter().any(|rule| rule.contains("range")),
        "{found:?}"
    );
}

#[test]
fn thin_tails_and_chance_keep_no_level_away() {
    let mut rng = rng(77);
    let n = 3_000;
    let kind: Vec<usize> = (0..n).map(|_| rng.random_range(0..2)).collect();
    let bell = |rng: &mut ChaCha8Rng| (0..12).map(|_| rng.random_range(-0.5..0.5)).sum::<f64>();
    let size = kind
        .iter()
        .map(|kind| tenths(50.0 + 25.0 * *kind as f64 + 10.0 * bell(&mut rng)));
    let real = table(vec![
        ("size", Cells::Real(1, size.collect())),
        (
            "kind",
            texts(kind.iter().map(|kind| ["short", "long"][*kind])),
        ),
        (
            "other",
            texts(
                kind.iter()
                    .map(|_| ["x", "y", "z"][rng.random_range(0..3)])
                    .collect::<Vec<_>>()
                    .into_iter(),
            ),
        ),
    ]);
    assert_eq!(rules(&real), Vec::<String>::new());
}

#[test]
fn a_tax_on_two_costs_is_computed_from_both() {
    let mut rng = rng(78);
    let n = 1_000;
    let used: Vec<f64> = (0..n)
        .map(|_| f64::from(rng.random_range(300..9_000)))
        .collect();
    let days: Vec<f64> = (0..n)
        .map(|_| f64::from(rng.random_range(25..400)))
        .collect();
    let tariff: Vec<usize> = (0..n).map(|_| rng.random_range(0..3)).collect();
    let price: Vec<f64> = tariff.iter().map(|t| [0.31, 0.34, 0.27][*t]).collect();
    let fee: Vec<f64> = tariff.iter().map(|t| [96.0, 120.0, 108.0][*t]).collect();
    let energy: Vec<f64> = used.iter().zip(&price).map(|(u, p)| cents(u * p)).collect();
    let base: Vec<f64> = days
        .iter()
        .zip(&fee)
        .map(|(d, f)| cents(f * d / 365.0))
        .collect();
    let net: Vec<f64> = energy
        .iter()
        .zip(&base)
        .map(|(e, b)| cents(e + b))
        .collect();
    let tax: Vec<f64> = net.iter().map(|net| cents(0.19 * net)).collect();
    let gross = net.iter().zip(&tax).map(|(net, tax)| cents(net + tax));
    let real = table(vec![
        ("days", whole(days.iter().copied())),
        ("used", whole(used.iter().copied())),
        (
            "tariff",
            texts(tariff.iter().map(|t| ["basic", "green", "night"][*t])),
        ),
        ("price", Cells::Real(2, price.clone())),
        ("fee", whole(fee.iter().copied())),
        ("energy", Cells::Real(2, energy.clone())),
        ("base", Cells::Real(2, base.clone())),
        ("net", Cells::Real(2, net.clone())),
        ("tax", Cells::Real(2, tax.clone())),
        ("gross", Cells::Real(2, gross.collect())),
    ]);
    let found = rules(&real);
    has(&found, "tax = 0.19 x net");
}

#[test]
fn one_of_several_levels_beyond_a_number_can_be_forbidden() {
    let mut rng = rng(79);
    let age: Vec<f64> = (0..1_500)
        .map(|_| f64::from(rng.random_range(0..90)))
        .collect();
    let mut from = |least: f64| -> Vec<&'static str> {
        (age.iter())
            .map(|age| {
                if *age >= least && rng.random_bool(0.7) {
                    "yes"
                } else {
                    "no"
                }
            })
            .collect()
    };
    let (drives, pension) = (from(18.0), from(65.0));
    let real = table(vec![
        ("age", whole(age.iter().copied())),
        ("drives", texts(drives.into_iter())),
        ("pension", texts(pension.into_iter())),
    ]);
    let [first, second] = ["drives", "pension"];
    let words = [
        format!("{first} is never yes where age is less than 18"),
        format!("{second} is never yes where age is less than 65"),
    ];
    assert_eq!(rules(&real), words);
    let mut schema = real.schema().as_ref().clone();
    schema.rules = Some(verdancy_table::Rules {
        forbid: vec![words[0].clone()],
        ..Default::default()
    });
    let wished = Table::new(Arc::new(schema), real.columns().to_vec()).unwrap();
    assert_eq!(rules(&wished), words[1..]);
}

#[test]
fn one_of_several_rules_of_zeros_can_be_forbidden() {
    let mut rng = rng(80);
    let names = ["open", "paid", "late", "returned", "lost"];
    let state: Vec<usize> = (0..1_500).map(|_| rng.random_range(0..5)).collect();
    let mut of = |none: [usize; 2]| -> Vec<f64> {
        (state.iter())
            .map(|state| match none.contains(state) {
                true => 0.0,
                false => f64::from(rng.random_range(1..400)),
            })
            .collect()
    };
    let (amount, fee) = (of([0, 4]), of([0, 1]));
    let real = table(vec![
        ("state", texts(state.iter().map(|s| names[*s]))),
        ("amount", whole(amount.into_iter())),
        ("fee", whole(fee.into_iter())),
    ]);
    let zeros = |found: Vec<String>| -> Vec<String> {
        found
            .into_iter()
            .filter(|rule| rule.contains("is 0"))
            .collect()
    };
    let before = zeros(rules(&real));
    assert!(before.len() > 1, "{before:?}");
    let mut schema = real.schema().as_ref().clone();
    schema.rules = Some(verdancy_table::Rules {
        forbid: vec![before[0].clone()],
        ..Default::default()
    });
    let wished = Table::new(Arc::new(schema), real.columns().to_vec()).unwrap();
    assert_eq!(zeros(rules(&wished)), before[1..]);
}
