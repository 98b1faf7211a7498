//! Counts of flags, extremes, curves, numbers that end somewhere, and what follows from a column that is left out.

use super::*;

fn texts(values: impl Iterator<Item = &'static str>) -> Cells {
    Cells::Level(values.map(level).collect())
}

#[test]
fn illnesses_are_counted_and_one_is_any() {
    let mut rng = rng(51);
    let shares = [0.2, 0.3, 0.1, 0.15, 0.25];
    let rows: Vec<[bool; 5]> = (0..1_200)
        .map(|_| shares.map(|p| rng.random_bool(p)))
        .collect();
    let count = |row: &[bool; 5]| row.iter().filter(|set| **set).count();
    let flag = |at: usize| texts(rows.iter().map(move |r| if r[at] { "1" } else { "0" }));
    let real = table(vec![
        ("diabetes", flag(0)),
        ("copd", flag(1)),
        ("renal", flag(2)),
        ("cancer", flag(3)),
        ("stroke", flag(4)),
        ("illnesses", whole(rows.iter().map(|r| count(r) as f64))),
        (
            "any",
            texts(rows.iter().map(|r| if count(r) > 0 { "yes" } else { "no" })),
        ),
    ]);
    let found = rules(&real);
    has(
        &found,
        "illnesses is how many of diabetes, copd, renal, cancer and stroke are 1",
    );
    has(&found, "any is the range that illnesses lies in");
}

#[test]
fn the_best_and_the_worst_of_four_tasks() {
    let mut rng = rng(52);
    let tasks: Vec<Vec<f64>> = (0..4)
        .map(|_| {
            (0..900)
                .map(|_| f64::from(rng.random_range(3..26)))
                .collect()
        })
        .collect();
    let over =
        |row: usize, of: fn(f64, f64) -> f64| tasks.iter().map(|t| t[row]).reduce(of).unwrap();
    let total: Vec<f64> = (0..900).map(|row| over(row, |a, b| a + b)).collect();
    let real = table(vec![
        ("t1", whole(tasks[0].iter().copied())),
        ("t2", whole(tasks[1].iter().copied())),
        ("t3", whole(tasks[2].iter().copied())),
        ("t4", whole(tasks[3].iter().copied())),
        ("total", whole(total.iter().copied())),
        ("missed", whole(total.iter().map(|x| 100.0 - x))),
        ("best", whole((0..900).map(|row| over(row, f64::max)))),
        ("worst", whole((0..900).map(|row| over(row, f64::min)))),
    ]);
    let found = rules(&real);
    has(&found, "best is the largest of t1, t2, t3, t4");
    has(&found, "worst is the smallest of t1, t2, t3, t4");
    has(&found, "total = t1 + t2 + t3 + t4");
    has(&found, "missed = 100 - total");
}

#[test]
fn a_claim_is_paid_above_its_deductible_and_up_to_its_limit() {
    let mut rng = rng(53);
    let n = 1_500;
    let claim: Vec<f64> = (0..n)
        .map(|_| cents(rng.random_range(20.0..9_000.0_f64)))
        .collect();
    let own: Vec<f64> = (0..n)
        .map(|_| [0.0, 200.0, 500.0, 1_000.0][rng.random_range(0..4)])
        .collect();
    let limit: Vec<f64> = (0..n)
        .map(|_| [3_000.0, 5_000.0][rng.random_range(0..2)])
        .collect();
    let excess: Vec<f64> = claim
        .iter()
        .zip(&own)
        .map(|(c, o)| cents((c - o).max(0.0)))
        .collect();
    let paid: Vec<f64> = (excess.iter().zip(&limit))
        .map(|(e, l)| cents(0.8 * e).min(*l))
        .collect();
    let left: Vec<f64> = claim.iter().zip(&paid).map(|(c, p)| cents(c - p)).collect();
    let real = table(vec![
        ("claim", Cells::Real(2, claim)),
        ("deductible", whole(own.into_iter())),
        ("limit", whole(limit.into_iter())),
        ("excess", Cells::Real(2, excess)),
        ("paid", Cells::Real(2, paid)),
        ("own_share", Cells::Real(2, left)),
    ]);
    let found = rules(&real);
    has(&found, "excess = claim - deductible, at least 0");
    has(&found, "paid = 0.8 x excess, at most limit");
    has(&found, "own_share = claim - paid");
}

#[test]
fn days_late_are_never_below_zero() {
    let mut rng = rng(54);
    let n = 800;
    let due: Vec<i64> = (0..n)
        .map(|_| rng.random_range(18_000..19_000) * DAY)
        .collect();
    let delay: Vec<i64> = (0..n).map(|_| rng.random_range(-20..15)).collect();
    let paid = due
        .iter()
        .zip(&delay)
        .map(|(d, x)| Some(d + x * DAY))
        .collect();
    let real = table(vec![
        ("due", Cells::Moment(due.into_iter().map(Some).collect())),
        ("paid", Cells::Moment(paid)),
        ("late", whole(delay.iter().map(|x| (*x).max(0) as f64))),
    ]);
    has(
        &rules(&real),
        "late is the days from due to paid, at least 0",
    );
}

#[test]
fn logarithms_and_squares_are_computed() {
    let mut rng = rng(55);
    let x: Vec<f64> = (0..500)
        .map(|_| cents(rng.random_range(3.0..9.0_f64).exp()))
        .collect();
    let y: Vec<f64> = (0..500)
        .map(|_| f64::from(rng.random_range(18..90)))
        .collect();
    let real = table(vec![
        ("balance", Cells::Real(2, x.clone())),
        (
            "log",
            Cells::Real(3, x.iter().map(|x| (x.ln() * 1e3).round() / 1e3).collect()),
        ),
        ("age", whole(y.iter().copied())),
        ("age2", whole(y.iter().map(|y| y * y))),
    ]);
    let found = rules(&real);
    has(&found, "log = ln balance");
    has(&found, "age2 = age^2");
}

#[test]
fn a_fee_follows_from_a_segment_that_is_a_range() {
    let mut rng = rng(56);
    let x: Vec<f64> = (0..900)
        .map(|_| cents(rng.random_range(5.0..12.0_f64).exp()))
        .collect();
    let class = |x: &f64| usize::from(*x >= 3_000.0) + usize::from(*x >= 15_000.0);
    let real = table(vec![
        ("balance", Cells::Real(2, x.clone())),
        (
            "segment",
            texts(x.iter().map(|x| ["basic", "plus", "premium"][class(x)])),
        ),
        (
            "fee",
            Cells::Real(1, x.iter().map(|x| [4.9, 2.5, 0.0][class(x)]).collect()),
        ),
    ]);
    let found = rules(&real);
    has(&found, "segment is the range that balance lies in");
    has(&found, "fee follows from segment");
}

#[test]
fn a_missing_rent_is_no_comparison() {
    let mut rng = rng(57);
    let n = 900;
    let owner: Vec<bool> = (0..n).map(|_| rng.random_bool(0.5)).collect();
    let mut amount = |share: f64, most: f64| -> Vec<Option<i64>> {
        (0..n)
            .map(|_| {
                rng.random_bool(share)
                    .then(|| rng.random_range(300.0..most) as i64)
            })
            .collect()
    };
    let (all, some, income) = (
        amount(1.0, 1_500.0),
        amount(0.6, 2_000.0),
        amount(1.0, 7_000.0),
    );
    let rent: Vec<Option<i64>> = (0..n).map(|i| all[i].filter(|_| !owner[i])).collect();
    let loan: Vec<Option<i64>> = (0..n).map(|i| some[i].filter(|_| owner[i])).collect();
    let cost: Vec<Option<i64>> = (0..n).map(|i| rent[i].or(loan[i]).or(Some(0))).collect();
    let rest = (0..n).map(|i| Some(income[i]? - cost[i]?)).collect();
    let year = income.iter().map(|x| Some(12 * (*x)?)).collect();
    let real = table(vec![
        (
            "tenure",
            texts(owner.iter().map(|o| if *o { "owner" } else { "tenant" })),
        ),
        ("rent", Cells::Whole(rent)),
        ("loan", Cells::Whole(loan)),
        ("cost", Cells::Whole(cost)),
        ("income", Cells::Whole(income)),
        ("rest", Cells::Whole(rest)),
        ("year", Cells::Whole(year)),
    ]);
    let found = rules(&real);
    has(&found, "income = cost + rest");
    assert!(!found.iter().any(|r| r.contains("is more")), "{found:?}");
    assert!(
        found.iter().any(|r| r.starts_with("year = 12 x")),
        "{found:?}"
    );
}

#[test]
fn a_duration_is_the_time_between_and_a_number_of_seconds() {
    let mut rng = rng(58);
    let n = 600;
    let second = DAY / 86_400;
    let start: Vec<i64> = (0..n)
        .map(|_| rng.random_range(1_600_000..1_700_000) * 1_000 * second)
        .collect();
    let run: Vec<i64> = (0..n).map(|_| rng.random_range(600..9_000)).collect();
    let finish = start.iter().zip(&run).map(|(s, x)| Some(s + x * second));
    let duration = || Cells::Moment(run.iter().map(|x| Some(x * second)).collect());
    let seconds = || whole(run.iter().map(|x| *x as f64));
    let real = table(vec![
        (
            "start",
            Cells::Moment(start.iter().copied().map(Some).collect()),
        ),
        ("finish", Cells::Moment(finish.collect())),
        ("duration", duration()),
        ("seconds", seconds()),
    ]);
    let found = rules(&real);
    has(&found, "duration is the time from start to finish");
    has(&found, "seconds is the seconds from start to finish");
    let found = rules(&table(vec![
        ("duration", duration()),
        ("seconds", seconds()),
    ]));
    has(&found, "seconds is duration in seconds");
}

#[test]
fn income_is_divided_by_few_persons() {
    let mut rng = rng(59);
    let n = 700;
    let adults: Vec<f64> = (0..n).map(|_| f64::from(rng.random_range(1..4))).collect();
    let children: Vec<f64> = (0..n).map(|_| f64::from(rng.random_range(0..4))).collect();
    let income: Vec<f64> = (0..n)
        .map(|_| f64::from(rng.random_range(700..9_000)))
        .collect();
    let persons: Vec<f64> = adults.iter().zip(&children).map(|(a, c)| a + c).collect();
    let each = income
        .iter()
        .zip(&persons)
        .map(|(i, p)| cents(i / p))
        .collect();
    let real = table(vec![
        ("adults", whole(adults.into_iter())),
        ("children", whole(children.into_iter())),
        ("persons", whole(persons.into_iter())),
        ("income", whole(income.into_iter())),
        ("each", Cells::Real(2, each)),
    ]);
    let found = rules(&real);
    has(&found, "persons = adults + children");
    has(&found, "each = income / persons");
}

#[test]
fn nobody_smokes_cigarettes_without_smoking() {
    let mut rng = rng(60);
    let n = 1_000;
    let habit: Vec<usize> = (0..n)
        .map(|_| [0, 0, 1, 2][rng.random_range(0..4)])
        .collect();
    let mut amount = |from: usize| -> Vec<f64> {
        let of = |h: &usize| {
            if *h >= from {
                f64::from(rng.random_range(1..40))
            } else {
                0.0
            }
        };
        habit.iter().map(of).collect()
    };
    let (daily, years) = (amount(2), amount(1));
    let real = table(vec![
        (
            "smoking",
            texts(habit.iter().map(|h| ["never", "former", "current"][*h])),
        ),
        ("cigarettes", whole(daily.iter().copied())),
        ("years", whole(years.iter().copied())),
        (
            "ever",
            texts(habit.iter().map(|h| if *h > 0 { "yes" } else { "no" })),
        ),
    ]);
    let found = rules(&real);
    has(&found, "whether cigarettes is 0 follows from smoking");
    assert!(
        found
            .iter()
            .any(|r| r.starts_with("whether years is 0 follows from")),
        "{found:?}"
    );
}

#[test]
fn decades_of_years_beyond_the_training_rows_are_there() {
    let mut rng = rng(61);
    let born: Vec<i64> = (0..900).map(|_| rng.random_range(-9_000..9_000)).collect();
    let year = |day: &i64| i64::from(crate::moments::civil(day * DAY).unwrap().year());
    let real = table(vec![
        (
            "born",
            Cells::Moment(born.iter().map(|d| Some(d * DAY)).collect()),
        ),
        (
            "decade",
            whole(born.iter().map(|d| (year(d) / 10 * 10) as f64)),
        ),
        ("noise", whole(born.iter().map(|d| (d * 37 % 101) as f64))),
    ]);
    let found = rules(&real);
    has(&found, "decade follows from the year of born");
    let form = Form::learn(&real, Protection::default()).unwrap();
    let later = Column::Instants(vec![Some(14_000 * DAY); real.rows()]);
    let modelled = (form.schema().columns.iter())
        .map(|c| match c.name.as_str() {
            "noise" => real.columns()[2].clone(),
            _ => later.clone(),
        })
        .collect();
    let drawn = form.decode(real.schema(), modelled).unwrap();
    assert_eq!(drawn[1].missing(), 0);
}

#[test]
fn overtime_is_paid_above_forty_hours() {
    let mut rng = rng(62);
    let n = 1_100;
    let hours: Vec<f64> = (0..n)
        .map(|_| f64::from(rng.random_range(200..600)) / 10.0)
        .collect();
    let wage: Vec<f64> = (0..n)
        .map(|_| [14.5, 17.25, 21.0, 28.0][rng.random_range(0..4)])
        .collect();
    let over: Vec<f64> = hours
        .iter()
        .map(|h| ((h - 40.0).max(0.0) * 10.0).round() / 10.0)
        .collect();
    let base: Vec<f64> = hours.iter().zip(&wage).map(|(h, w)| cents(h * w)).collect();
    let extra: Vec<f64> = over
        .iter()
        .zip(&wage)
        .map(|(h, w)| cents(0.5 * h * w))
        .collect();
    let total: Vec<f64> = (base.iter().zip(&extra))
        .map(|(a, b)| cents(a + b))
        .collect();
    let social: Vec<f64> = total.iter().map(|t| cents(0.2 * t).min(250.0)).collect();
    let net = (total.iter().zip(&social))
        .map(|(t, s)| cents(t - s))
        .collect();
    let real = table(vec![
        ("wage", Cells::Real(2, wage)),
        ("hours", Cells::Real(1, hours)),
        ("overtime", Cells::Real(1, over)),
        ("base", Cells::Real(2, base)),
        ("extra", Cells::Real(2, extra)),
        ("total", Cells::Real(2, total)),
        ("social", Cells::Real(2, social)),
        ("net", Cells::Real(2, net)),
    ]);
    let found = rules(&real);
    has(&found, "overtime = hours - 40, at least 0");
    has(&found, "extra = 0.5 x wage x overtime");
    has(&found, "base = wage x hours");
    has(&found, "total = base + extra");
    has(&found, "social = 0.2 x total, at most 250");
    assert!(found.iter().any(|r| r.starts_with("net = ")), "{found:?}");
}

#[test]
fn a_unit_is_a_factor_and_a_stock_is_what_came_in_less_what_went_out() {
    let mut rng = rng(63);
    let n = 1_100;
    let mut amount = |most: i32| -> Vec<f64> {
        (0..n)
            .map(|_| f64::from(rng.random_range(50..most)))
            .collect()
    };
    let (sugar, start, received, issued) = (amount(200), amount(900), amount(300), amount(90));
    let mmol = sugar
        .iter()
        .map(|x| (x / 18.0182 * 10.0).round() / 10.0)
        .collect();
    let end = (0..n).map(|i| start[i] + received[i] - issued[i]);
    let real = table(vec![
        ("mg", whole(sugar.iter().copied())),
        ("mmol", Cells::Real(1, mmol)),
        ("end", whole(end)),
        ("start", whole(start.iter().copied())),
        ("received", whole(received.iter().copied())),
        ("issued", whole(issued.iter().copied())),
    ]);
    let found = rules(&real);
    assert!(
        found
            .iter()
            .any(|r| r.starts_with("mmol = 0.0555 x mg") || r.starts_with("mmol = 0.05549")),
        "{found:?}"
    );
    has(&found, "end = start + received - issued");
}

#[test]
fn order_holds_where_a_column_is_zero_because_of_another() {
    let mut rng = rng(64);
    let n = 1_500;
    let state: Vec<usize> = (0..n).map(|_| rng.random_range(0..3)).collect();
    let amount: Vec<f64> = (state.iter())
        .map(|state| match state {
            0 => 0.0,
            _ => f64::from(rng.random_range(20..900)),
        })
        .collect();
    let least: Vec<f64> = (amount.iter())
        .map(|amount| amount - f64::from(rng.random_range(0..500)))
        .collect();
    let real = table(vec![
        (
            "state",
            texts(state.iter().map(|s| ["open", "paid", "late"][*s])),
        ),
        ("amount", whole(amount.into_iter())),
        ("least", whole(least.into_iter())),
    ]);
    let found = rules(&real);
    has(&found, "whether amount is 0 follows from state");
    has(&found, "amount is never less than least");
    let form = Form::learn(&real, Protection::default()).unwrap();
    let drawn = senseless(&form, &real, 5);
    let [amount, least] = [1, 2].map(|at: usize| crate::frame::numbers(drawn.column(at)));
    let over = amount.iter().zip(&least).filter(|(a, l)| l > a).count();
    assert_eq!(over, 0, "{found:?}");
}
