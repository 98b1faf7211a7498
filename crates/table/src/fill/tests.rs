//! Stand-ins: what they look like, what they never are, and that a row is its own function.

#![allow(clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::*;
use crate::{ColumnSpec, IdPattern, Personal};

fn learn(kind: Kind, values: Vec<Option<String>>) -> Filler {
    learn_as(kind, values, "text")
}

fn learn_as(kind: Kind, values: Vec<Option<String>>, source: &str) -> Filler {
    let schema = Schema::of(vec![ColumnSpec {
        name: "x".into(),
        kind,
        source: source.into(),
        nullable: values.iter().any(Option::is_none),
        notation: None,
        part: None,
    }]);
    let table = Table::new(Arc::new(schema), vec![Column::Strings(values)]).unwrap();
    Filler::learn(&table, Protection::default())
}

fn strings(filler: &Filler, rows: Range<u64>, seed: u64) -> Vec<Option<String>> {
    match filler.column(0, rows, seed) {
        Column::Strings(v) => v,
        _ => unreachable!(),
    }
}

fn some(values: impl IntoIterator<Item = String>) -> Vec<Option<String>> {
    values.into_iter().map(Some).collect()
}

fn id(pattern: IdPattern, unique: bool) -> Kind {
    Kind::Id { pattern, unique }
}

fn mask(mask: &str) -> IdPattern {
    IdPattern::Mask { mask: mask.into() }
}

/// Kinds with training values for each.
fn all() -> Vec<(Kind, Vec<Option<String>>)> {
    let numbers =
        |range: Range<u64>| some(range.map(|i| (i * 7919 % 899_983 + 100_000).to_string()));
    let mut cases = vec![
        (
            id(
                IdPattern::Number {
                    low: 100_000,
                    high: 999_982,
                },
                true,
            ),
            numbers(0..3000),
        ),
        (
            id(IdPattern::Number { low: 1, high: 500 }, true),
            some((1..=500).map(|i: u32| i.to_string())),
        ),
        (
            id(IdPattern::Number { low: -40, high: 40 }, true),
            some((-40..=40).map(|i: i32| i.to_string())),
        ),
        (
            id(IdPattern::Uuid, true),
            some(["67e55044-10b1-426f-9247-bb680e5fe0c8".into()]),
        ),
        (
            id(mask("AA-999999"), true),
            some((0..2000).map(|i: u32| format!("AB-{:06}", i * 37))),
        ),
        (
            id(mask("PAT\\A\\9hhhhhhhh"), true),
            some((0..500u32).map(|i| format!("PATA9{:08x}", i.wrapping_mul(2_654_435_761)))),
        ),
        (
            id(
                IdPattern::Number {
                    low: 1000,
                    high: 9999,
                },
                false,
            ),
            some((0..900u32).map(|i| (1000 + (i / 3) * 17).to_string())),
        ),
        (
            Kind::Text { words: 9.0 },
            some(["the patient was well".into(), "no complaints".into()]),
        ),
    ];
    for what in [
        Personal::Email,
        Personal::Phone,
        Personal::Ssn,
        Personal::Iban,
        Personal::CreditCard,
        Personal::Ip,
        Personal::Url,
    ] {
        cases.push((
            Kind::Personal { what },
            some([
                "ann@clinic.de".into(),
                "+49 30 123456".into(),
                "078-05-1120".into(),
                "DE89370400440532013000".into(),
                "4111111111111111".into(),
                "8.8.8.8".into(),
                "https://clinic.de/ann".into(),
            ]),
        ));
    }
    cases
}

#[test]
fn rows_do_not_depend_on_the_range_they_are_asked_for_in() {
    for (kind, mut train) in all() {
        train.push(None);
        let filler = learn(kind.clone(), train);
        let whole = strings(&filler, 0..100, 5);
        let mut parts = strings(&filler, 0..40, 5);
        parts.extend(strings(&filler, 40..100, 5));
        assert_eq!(whole, parts, "{kind:?}");
        assert_eq!(whole[99..], strings(&filler, 99..100, 5)[..], "{kind:?}");
        assert_eq!(whole, strings(&filler, 0..100, 5));
        assert_ne!(whole, strings(&filler, 0..100, 6), "{kind:?}");
    }
}

#[test]
fn no_training_value_comes_back() {
    for (kind, train) in all() {
        let known: HashSet<String> = train.iter().flatten().cloned().collect();
        let filler = learn(kind.clone(), train);
        for value in strings(&filler, 0..3000, 1).into_iter().flatten() {
            assert!(!known.contains(&value), "{kind:?}");
        }
    }
}

#[test]
fn keys_are_unique_over_many_rows() {
    for (kind, train) in all() {
        if !matches!(kind, Kind::Id { unique: true, .. }) {
            continue;
        }
        let filler = learn(kind.clone(), train);
        let keys: HashSet<String> = strings(&filler, 0..100_000, 3)
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(keys.len(), 100_000, "{kind:?}");
    }
}

#[test]
fn keys_have_the_form_of_their_pattern() {
    let form = |key: &str| -> String {
        key.chars()
            .map(|c| match c {
                '0'..='9' => '9',
                'A'..='Z' => 'A',
                c => c,
            })
            .collect()
    };
    let masked = learn(id(mask("AA-999999"), true), some(["XY-123456".into()]));
    for key in strings(&masked, 0..1000, 1).into_iter().flatten() {
        assert_eq!(form(&key), "AA-999999");
    }
    let numbers = learn(
        id(
            IdPattern::Number {
                low: 10_000,
                high: 99_999,
            },
            true,
        ),
        some((0..50u32).map(|i| (10_000 + i * 1733).to_string())),
    );
    for key in strings(&numbers, 0..300, 1).into_iter().flatten() {
        assert!((10_000..=99_999).contains(&key.parse::<i64>().unwrap()));
    }
    let uuids = learn(id(IdPattern::Uuid, true), vec![]);
    for key in strings(&uuids, 0..100, 1).into_iter().flatten() {
        assert_eq!((key.len(), &key[14..15]), (36, "4"));
        assert!("89ab".contains(&key[19..20]));
    }
    let long = "A".repeat(60);
    let long = learn(id(mask(&long), true), vec![]);
    let keys: HashSet<String> = strings(&long, 0..1000, 1).into_iter().flatten().collect();
    assert_eq!(keys.len(), 1000);
    assert!(keys.iter().all(|k| form(k) == "A".repeat(60)));
}

#[test]
fn sequences_count_on() {
    let filler = learn(
        id(IdPattern::Sequence { start: 10 }, true),
        some(["10".into()]),
    );
    let keys = strings(&filler, 5..8, 1);
    assert_eq!(keys, some(["15".into(), "16".into(), "17".into()]));
}

#[test]
fn keys_stay_in_the_type_of_their_column() {
    let filler = learn_as(
        id(IdPattern::Number { low: 0, high: 100 }, true),
        some((0..=100u32).map(|i| i.to_string())),
        "Int8",
    );
    let keys: Vec<i64> = strings(&filler, 0..128, 1)
        .into_iter()
        .flatten()
        .map(|k| k.parse().unwrap())
        .collect();
    assert!(keys.iter().all(|k| (0..=127).contains(k)));
    assert!(keys[..27].iter().all(|&k| k > 100));
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), 128);
    let extreme = learn(
        id(
            IdPattern::Number {
                low: i64::MIN,
                high: i64::MAX,
            },
            true,
        ),
        some(["5".into()]),
    );
    let keys: HashSet<String> = strings(&extreme, 0..1000, 1)
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(keys.len(), 1000);
}

#[test]
fn masks_that_run_out_grow() {
    let filler = learn(id(mask("a9"), true), some(["b1".into()]));
    let keys: HashSet<String> = strings(&filler, 0..1000, 1).into_iter().flatten().collect();
    assert_eq!(keys.len(), 1000);
}

#[test]
fn repeating_keys_keep_the_number_of_rows_per_key() {
    for sorted in [true, false] {
        // 300 keys with 1 row, 200 with 4, 10 with 50.
        let mut train: Vec<String> = Vec::new();
        for key in 0..510u32 {
            let size = if key < 300 {
                1
            } else if key < 500 {
                4
            } else {
                50
            };
            train.extend(std::iter::repeat_n(format!("{}", 20_000 + key * 31), size));
        }
        if !sorted {
            use rand::seq::SliceRandom;
            train.shuffle(&mut ChaCha8Rng::seed_from_u64(9));
        }
        let n = train.len() as u64;
        let pattern = IdPattern::Number {
            low: 20_000,
            high: 39_999,
        };
        let filler = learn(id(pattern, false), some(train));
        let keys: Vec<String> = strings(&filler, 0..10 * n, 2)
            .into_iter()
            .flatten()
            .collect();
        let mut counts: HashMap<&String, u64> = HashMap::new();
        for key in &keys {
            *counts.entry(key).or_insert(0) += 1;
        }
        let mut sizes: HashMap<u64, u64> = HashMap::new();
        for &c in counts.values() {
            *sizes.entry(c).or_insert(0) += 1;
        }
        // All but the groups cut at both ends, and at the edge of the last window.
        let slack = if sorted { 3 } else { 60 };
        for (size, expected) in [(1, 3000u64), (4, 2000), (50, 100)] {
            let got = sizes.get(&size).copied().unwrap_or(0);
            assert!(got.abs_diff(expected) <= slack, "{sorted} {size}: {got}");
        }
        let together = keys.windows(2).filter(|w| w[0] == w[1]).count() as f64;
        assert_eq!(together / keys.len() as f64 > 0.5, sorted);
    }
}

#[test]
fn the_share_of_missing_cells_is_kept() {
    let mut train = vec![None; 30];
    train.extend(some((0..70).map(|_| "steady".to_owned())));
    let filler = learn(
        Kind::Constant {
            value: "steady".into(),
        },
        train,
    );
    let cells = strings(&filler, 0..20_000, 1);
    let missing = cells.iter().filter(|c| c.is_none()).count();
    assert!((5700..6300).contains(&missing), "{missing}");
    assert!(cells.iter().flatten().all(|c| c == "steady"));
    let none = learn(Kind::Missing, vec![None, None]);
    assert_eq!(strings(&none, 0..3, 1), vec![None, None, None]);
}

#[test]
fn a_filler_survives_its_file_and_knows_its_schema() {
    for (kind, train) in all() {
        let filler = learn(kind, train);
        let text = serde_json::to_string(&filler).unwrap();
        let read: Filler = serde_json::from_str(&text).unwrap();
        assert_eq!(filler, read);
        assert_eq!(strings(&filler, 0..50, 1), strings(&read, 0..50, 1));
        read.check(&filler.schema).unwrap();
        let mut other = filler.schema.clone();
        other.columns[0].name = "y".into();
        assert_eq!(
            read.check(&other).unwrap_err().code,
            "model/schema-mismatch"
        );
    }
}

#[test]
fn a_filler_holds_no_training_value() {
    for (kind, train) in all() {
        let known = train.clone();
        let filler = learn(kind.clone(), train);
        let text = serde_json::to_string(&filler.parts).unwrap();
        for value in known.into_iter().flatten().filter(|v| v.len() > 4) {
            assert!(!text.contains(&value), "{kind:?}");
        }
    }
}

#[test]
fn each_personal_kind_yields_something() {
    for what in [
        Personal::Name,
        Personal::FirstName,
        Personal::LastName,
        Personal::Address,
        Personal::City,
        Personal::Postcode,
        Personal::Company,
        Personal::Username,
    ] {
        let filler = learn(Kind::Personal { what }, vec![]);
        let values = strings(&filler, 0..200, 1);
        assert!(values.iter().flatten().all(|v| !v.trim().is_empty()));
        assert!(values.iter().collect::<HashSet<_>>().len() > 20, "{what:?}");
    }
}
