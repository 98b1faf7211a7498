//! Model files: what was saved comes back, and nothing else is accepted.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;
use std::path::Path;

use common::{REAL, category, fit, fit_keeping, guard, table};
use verdancy_synth::file::{FORMAT, MANIFEST, WEIGHTS, inspect};
use verdancy_synth::{Fitted, Method};
use verdancy_table::{Column, Kind, Table};

fn small() -> Table {
    table(vec![
        (
            "x",
            REAL,
            Column::Numbers((0..40).map(|i| f64::from(i) * 0.37).collect()),
        ),
        (
            "n",
            Kind::Integer,
            Column::Integers((0..40).map(|i| (i % 7 > 0).then_some(i * i)).collect()),
        ),
        (
            "c",
            Kind::Categorical,
            category((0..40).map(|i| Some(["a", "b", "c"][i % 3]))),
        ),
    ])
}

/// A table with rules: a sum, a look-up, flags of which one is set, and missing cells that go with a level.
fn ruled() -> Table {
    let numbers = |f: &dyn Fn(i64) -> Option<i64>| Column::Integers((0..200).map(f).collect());
    let net = |i: i64| 1_000 + i * 37 % 911;
    let tax = |i: i64| 3 + i * 11 % 83;
    let town = |i: i64| (i * i % 7 % 3) as usize;
    let texts = |f: &dyn Fn(i64) -> &'static str| category((0..200).map(|i| Some(f(i))));
    table(vec![
        ("net", Kind::Integer, numbers(&|i| Some(net(i)))),
        (
            "tax",
            Kind::Integer,
            numbers(&|i| (i % 5 > 0).then(|| tax(i))),
        ),
        (
            "gross",
            Kind::Integer,
            numbers(&|i| (i % 5 > 0).then(|| net(i) + tax(i))),
        ),
        (
            "free",
            Kind::Categorical,
            texts(&|i| if i % 5 > 0 { "no" } else { "yes" }),
        ),
        (
            "town",
            Kind::Categorical,
            texts(&|i| ["Arden", "Birk", "Elm"][town(i)]),
        ),
        (
            "region",
            Kind::Categorical,
            texts(&|i| ["North", "North", "West"][town(i)]),
        ),
        (
            "a",
            Kind::Integer,
            numbers(&|i| Some(i64::from(i % 3 == 0))),
        ),
        (
            "b",
            Kind::Integer,
            numbers(&|i| Some(i64::from(i % 3 == 1))),
        ),
        (
            "c",
            Kind::Integer,
            numbers(&|i| Some(i64::from(i % 3 == 2))),
        ),
    ])
}

#[test]
fn rules_travel_with_the_model() {
    for method in Method::ALL {
        let fitted = fit_keeping(method, &ruled(), guard(5)).unwrap();
        let dir = tempfile::tempdir().unwrap();
        fitted.save(dir.path().join("model")).unwrap();
        let again = Fitted::load(dir.path().join("model")).unwrap();
        let rows = fitted.sample_all(100..900, 3).unwrap();
        assert_eq!(rows, again.sample_all(100..900, 3).unwrap(), "{method:?}");
        // A row does not depend on the range it is asked for in.
        assert_eq!(rows.slice(50..70), again.sample_all(150..170, 3).unwrap());
        let broken = again.relations.as_ref().unwrap().broken(&rows).unwrap();
        assert!(
            broken.len() >= 4 && broken.iter().all(|b| b.rows == 0),
            "{broken:?}"
        );
        assert_eq!(rows.schema(), ruled().schema());
    }
}

fn code(dir: &Path) -> &'static str {
    match Fitted::load(dir) {
        Ok(_) => "loaded",
        Err(e) => {
            assert!(!e.remedy.is_empty() && e.place.file.is_some());
            e.code
        }
    }
}

#[test]
fn what_was_saved_comes_back() {
    let train = small();
    for method in Method::ALL {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("model");
        let fitted = fit(method, &train).unwrap();
        fitted.save(&place).unwrap();
        let names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, ["model"], "nothing else is left behind");
        let back = Fitted::load(&place).unwrap();
        assert_eq!(back.schema, fitted.schema);
        assert_eq!(back.config, fitted.config);
        assert_eq!(back.history, fitted.history);
        assert_eq!(back.fill, fitted.fill);
        let (a, b) = (
            fitted.sample_all(0..700, 3).unwrap(),
            back.sample_all(0..700, 3).unwrap(),
        );
        // Debug text, since NaN is not equal to itself.
        assert_eq!(format!("{a:?}"), format!("{b:?}"));
        // Saving again over it replaces it, and the bytes are the same.
        let before = fs::read(place.join(MANIFEST)).unwrap();
        back.save(&place).unwrap();
        assert_eq!(before, fs::read(place.join(MANIFEST)).unwrap());

        let summary = inspect(&place).unwrap();
        assert_eq!(summary.method, method);
        assert_eq!(summary.schema, *fitted.schema);
        assert!(!summary.tensors.is_empty() && summary.weights_bytes > 0);
    }
}

#[test]
fn any_flipped_bit_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("model");
    fit(Method::GaussianCopula, &small())
        .unwrap()
        .save(&place)
        .unwrap();
    // Every bit of the manifest's bytes in turn; of the weights every fifth byte and the header.
    for (name, whole, every) in [(MANIFEST, usize::MAX, 1), (WEIGHTS, 300, 5)] {
        let file = place.join(name);
        let good = fs::read(&file).unwrap();
        for at in (0..good.len()).filter(|&i| i < whole || i % every == 0) {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            fs::write(&file, &bad).unwrap();
            assert_eq!(code(&place), "model/damaged", "{name}, byte {at}");
        }
        for bit in 0..8 {
            for at in (0..good.len()).step_by(61) {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                fs::write(&file, &bad).unwrap();
                assert_eq!(code(&place), "model/damaged", "{name}, byte {at} bit {bit}");
            }
        }
        fs::write(&file, &good).unwrap();
    }
    assert_eq!(code(&place), "loaded");
}

#[test]
fn any_truncation_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("model");
    fit(Method::GaussianCopula, &small())
        .unwrap()
        .save(&place)
        .unwrap();
    for name in [MANIFEST, WEIGHTS] {
        let file = place.join(name);
        let good = fs::read(&file).unwrap();
        for len in 0..good.len() {
            fs::write(&file, &good[..len]).unwrap();
            assert_eq!(code(&place), "model/damaged", "{name} cut at {len}");
        }
        let mut longer = good.clone();
        longer.push(b'\n');
        fs::write(&file, &longer).unwrap();
        assert_eq!(code(&place), "model/damaged", "{name} made longer");
        fs::remove_file(&file).unwrap();
        assert_eq!(code(&place), "model/not-found", "{name} gone");
        fs::write(&file, &good).unwrap();
    }
}

/// Writes `manifest` as a manifest with a seal that holds, as a forger would.
fn forge(place: &Path, manifest: &str) {
    let rest = manifest.strip_prefix("{\n").unwrap();
    let seal = blake3::hash(rest.as_bytes()).to_hex();
    fs::write(
        place.join(MANIFEST),
        format!("{{\n  \"seal\": \"{seal}\",\n{rest}"),
    )
    .unwrap();
}

#[test]
fn forged_manifests_fail_cleanly() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("model");
    fit(Method::GaussianCopula, &small())
        .unwrap()
        .save(&place)
        .unwrap();
    let text = fs::read_to_string(place.join(MANIFEST)).unwrap();
    let (_, rest) = text.split_once("\",\n").unwrap();
    let plain = format!("{{\n{rest}");
    forge(&place, &plain);
    assert_eq!(code(&place), "loaded");

    let (own, next) = (format!("\"format\": {FORMAT}"), FORMAT + 1);
    forge(
        &place,
        &plain.replacen(&own, &format!("\"format\": {next}"), 1),
    );
    assert_eq!(code(&place), "model/format");
    fs::write(place.join(MANIFEST), "{\"format\": 9, \"other\": []}").unwrap();
    assert_eq!(code(&place), "model/format");
    fs::write(place.join(MANIFEST), "[".repeat(100_000)).unwrap();
    assert_eq!(code(&place), "model/damaged");
}

#[test]
fn a_sealed_lie_may_be_refused_but_nothing_panics() {
    let with_rules = fit_keeping(Method::GaussianCopula, &ruled(), guard(5));
    let models = (Method::ALL.iter().map(|m| (m.name(), fit(*m, &small()))))
        .chain([("with rules", with_rules)]);
    for (name, model) in models {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("model");
        model.unwrap().save(&place).unwrap();
        let text = fs::read_to_string(place.join(MANIFEST)).unwrap();
        let (_, rest) = text.split_once("\",\n").unwrap();
        let plain = format!("{{\n{rest}");
        let digits: Vec<(usize, usize)> = numbers(&plain);
        assert!(digits.len() > 10, "{}", digits.len());
        let mut loaded = 0;
        for (from, to) in digits {
            for lie in ["18446744073709551615", "0", "-1", "1e308", "7"] {
                forge(&place, &format!("{}{lie}{}", &plain[..from], &plain[to..]));
                match Fitted::load(&place) {
                    Ok(model) => {
                        loaded += 1;
                        let _ = model.sample_all(0..1, 1);
                    }
                    Err(e) => assert!(!e.remedy.is_empty(), "{}", e.code),
                }
            }
        }
        assert!(loaded > 0, "{name}");
    }
}

/// Where numbers stand in a JSON text.
fn numbers(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        let before = if i > 0 { bytes[i - 1] } else { 0 };
        if bytes[i].is_ascii_digit() && before == b' ' {
            let from = i;
            while bytes[i].is_ascii_digit() || bytes[i] == b'.' {
                i += 1;
            }
            if matches!(bytes[i], b',' | b'\n') {
                out.push((from, i));
            }
        }
        i += 1;
    }
    out
}

#[test]
fn a_folder_with_other_things_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("thesis.tex"), "years of work").unwrap();
    let error = fit(Method::GaussianCopula, &small())
        .unwrap()
        .save(dir.path())
        .unwrap_err();
    assert_eq!(error.code, "model/not-a-model");
    assert!(dir.path().join("thesis.tex").exists());
    assert_eq!(code(&dir.path().join("nothing")), "model/not-found");
}

/// A model that a format wrote once opens for good and draws the same rows.
/// `VERDANCY_WRITE_GOLDEN=1` writes that of the format in use anew, after a deliberate change.
fn golden(format: u64) -> Fitted {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/format-{format}"));
    let expected = place.with_extension("txt");
    if std::env::var_os("VERDANCY_WRITE_GOLDEN").is_some() && format == FORMAT {
        let fitted = fit_keeping(Method::GaussianCopula, &ruled(), guard(5)).unwrap();
        fitted.save(&place).unwrap();
        let rows = fitted.sample_all(250..270, 11).unwrap();
        fs::write(&expected, format!("{:#?}\n", rows.columns())).unwrap();
    }
    let fitted = Fitted::load(&place).unwrap();
    let rows = fitted.sample_all(250..270, 11).unwrap();
    let drawn = format!("{:#?}\n", rows.columns());
    assert_eq!(drawn, fs::read_to_string(&expected).unwrap());
    fitted
}

#[test]
fn a_model_of_format_1_stays_readable() {
    assert!(golden(1).protect.is_off(), "it knew no protection");
}

#[test]
fn a_model_of_format_3_stays_readable() {
    assert!(golden(3).relations.is_some(), "it has rules");
}

#[test]
fn a_model_of_format_2_stays_readable() {
    assert_eq!(golden(2).protect.k(), 5);
}
