//! Numbers as people write them, read and written again; codes that are none.
#![allow(clippy::unwrap_used)]
use super::*;

fn of(texts: &[&str]) -> Notation {
    let values: Vec<(&str, u32)> = texts.iter().map(|t| (*t, 1)).collect();
    Notation::of(&values)
}

fn values(texts: &[&str]) -> Vec<Option<f64>> {
    let notation = of(texts);
    let value = |t: &&str| match notation.number(t) {
        Number::Integer(x) => Some(x as f64),
        Number::Real { value, .. } => Some(value),
        _ => None,
    };
    texts.iter().map(value).collect()
}

/// Each text read and written again.
fn again(texts: &[&str]) -> Vec<String> {
    let notation = of(texts);
    let one = |x: f64| {
        let mut out = Vec::new();
        notation.push(&mut out, x < 0.0, &x.abs().to_string());
        String::from_utf8(out).unwrap()
    };
    values(texts).into_iter().map(|x| one(x.unwrap())).collect()
}

#[test]
fn separators_are_read_by_what_serves_the_column() {
    assert_eq!(values(&["1,5", "-2,25"]), [Some(1.5), Some(-2.25)]);
    assert_eq!(values(&["1,234", "12"]), [Some(1234.0), Some(12.0)]);
    assert_eq!(values(&["1,234.5", "1,000"]), [Some(1234.5), Some(1000.0)]);
    assert_eq!(values(&["1.234,5", "1.000"]), [Some(1234.5), Some(1000.0)]);
    assert_eq!(values(&["0,123", "1,234"]), [Some(0.123), Some(1.234)]);
    assert_eq!(values(&["1.5", "2.25"]), [Some(1.5), Some(2.25)]);
    assert_eq!(values(&["1,5", "a,b"]), [Some(1.5), None]);
    assert_eq!(
        values(&["1.234.567", "12"]),
        [Some(1_234_567.0), Some(12.0)]
    );
    assert_eq!(values(&["1 234,5", "7,0"]), [Some(1234.5), Some(7.0)]);
    assert_eq!(values(&["1'234.50", "7.00"]), [Some(1234.5), Some(7.0)]);
}

#[test]
fn numbers_are_written_as_they_came() {
    for texts in [
        &["$1,200.50", "$3.00", "$12.25"][..],
        &["-$5.00", "$12.25"],
        &["$-5.00", "$12.25"],
        &["($5.00)", "$12.25"],
        &["5.00-", "12.25"],
        &["\u{2212}5", "12"],
        &["12 %", "-3 %"],
        &["0.47%", "59.23%"],
        &["$2,600 ", "$19,750 "],
        &["6,717,710", "559,399"],
        &["34.30", "1.05"],
        &["179.0", "51.0"],
        &["15.9 km", "4.8 km"],
        &["EUR 32.13", "EUR 13.71"],
        &["1.234,50 €", "0,99 €"],
        &["1\u{202f}234,5", "17,0"],
        &["32.1M", "1.5k", "700"],
        &["1.0", "2.35"],
    ] {
        assert_eq!(again(texts), texts);
    }
}

#[test]
fn codes_are_no_numbers() {
    for texts in [
        &["ID-001", "ID-017"][..],
        &["12a", "13b"],
        &["cerebellum_1", "cerebellum_2"],
        &["A 12", "B 13"],
        &["1-2", "3-4"],
    ] {
        assert_eq!(values(texts), [None, None], "{texts:?}");
    }
}

#[test]
fn single_cells_that_are_written_otherwise_are_read_too() {
    let texts: Vec<String> = (0..100).map(|i| (i * 37).to_string()).collect();
    let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    texts.extend(["3.0M", "1 200", "(5)", "12a"]);
    let read = values(&texts);
    assert_eq!(read[100..], [Some(3e6), Some(1200.0), Some(-5.0), None]);
    assert_eq!(of(&texts).group, None);
}

#[test]
fn durations_are_seconds() {
    let clock =
        |texts: &[&str]| Clock::of(&texts.iter().map(|t| (*t, 1)).collect::<Vec<_>>(), 0.95);
    for texts in [
        &["17:37", "59:07", "1:02:11"][..],
        &["48:12:05", "07:00:00"],
        &["0:59", "99:00"],
    ] {
        let notation = Notation {
            clock: clock(texts),
            ..Notation::default()
        };
        for text in texts {
            let Number::Integer(seconds) = notation.number(text) else {
                panic!("{text}")
            };
            let mut out = Vec::new();
            notation.push(&mut out, false, &seconds.to_string());
            assert_eq!(String::from_utf8(out).unwrap(), *text);
        }
    }
    assert_eq!(clock(&["12a", "3:61"]), None);
}
