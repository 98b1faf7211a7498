//! Sweeps of trees over the rows of every method: they mend relations, and all that holds of a model
//! holds of it with its polish.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{REAL, category, fit_config, fit_guarded, guard, table, tiny};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_synth::file::{MANIFEST, Tensor};
use verdancy_synth::{Config, Fitted, Method};
use verdancy_table::{Column, Kind, Table};

/// Points on a ring, which no correlation shows, and a level for each half of it.
fn ring(rows: usize) -> Table {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let angle: Vec<f64> = (0..rows)
        .map(|_| rng.random_range(0.0..std::f64::consts::TAU))
        .collect();
    let mut on = |f: fn(f64) -> f64| -> Vec<f64> {
        (angle.iter())
            .map(|a| f(*a) * rng.random_range(0.9..1.1))
            .collect()
    };
    let (x, y) = (on(f64::cos), on(f64::sin));
    let half = angle.iter().map(|a| {
        Some(if *a < std::f64::consts::PI {
            "up"
        } else {
            "down"
        })
    });
    table(vec![
        ("x", REAL, Column::Numbers(x)),
        ("y", REAL, Column::Numbers(y)),
        ("half", Kind::Categorical, category(half)),
        (
            "count",
            Kind::Integer,
            Column::Integers(angle.iter().map(|a| Some((a * 100.0) as i64)).collect()),
        ),
    ])
}

fn polished(method: Method, train: &Table, times: u32) -> Config {
    let mut config = tiny(method, train);
    config.set("polish", &times.to_string()).unwrap();
    config
}

/// The share of rows that lie off the ring.
fn off(drawn: &Table) -> f64 {
    let (x, y) = (
        drawn.column(0).numbers().unwrap(),
        drawn.column(1).numbers().unwrap(),
    );
    let off = (x.iter().zip(y.iter()))
        .filter(|(x, y)| !(0.7..1.3).contains(&x.hypot(**y)))
        .count();
    off as f64 / drawn.rows() as f64
}

#[test]
fn sweeps_bring_back_what_a_copula_cannot_hold() {
    let train = ring(2_000);
    let shares: Vec<f64> = (0..=2)
        .map(|times| {
            let config = polished(Method::GaussianCopula, &train, times);
            let fitted = fit_config(config, &train, &train.slice(0..100)).unwrap();
            off(&fitted.sample_all(0..4_096, 3).unwrap())
        })
        .collect();
    assert!(shares[0] > 0.25, "{shares:?}");
    assert!(shares[1] < 0.6 * shares[0], "{shares:?}");
    assert!(shares[2] < shares[1], "{shares:?}");
}

#[test]
fn the_polish_travels_with_the_model_and_any_range_gives_the_same_rows() {
    let train = ring(400);
    for method in Method::ALL {
        let config = polished(method, &train, 2);
        let fitted = fit_config(config, &train, &train.slice(0..80)).unwrap();
        let whole = fitted.sample_all(0..700, 9).unwrap();
        let plain = fit_config(tiny(method, &train), &train, &train.slice(0..80)).unwrap();
        assert_ne!(whole, plain.sample_all(0..700, 9).unwrap(), "{method:?}");
        let dir = tempfile::tempdir().unwrap();
        fitted.save(dir.path().join("model")).unwrap();
        let again = Fitted::load(dir.path().join("model")).unwrap();
        assert_eq!(whole, again.sample_all(0..700, 9).unwrap(), "{method:?}");
        let part = again.sample_all(250..520, 9).unwrap();
        assert_eq!(whole.slice(250..520), part, "{method:?}");
        assert_eq!(fitted.model.parts(), again.model.parts(), "{method:?}");
        let steps = again.with_sampler_steps(2).unwrap();
        let names = steps.model.parts().tensors;
        assert!(names.keys().any(|name| name.starts_with("polish.")));
    }
}

#[test]
fn the_polish_holds_no_number_of_few_people() {
    let train = ring(900);
    let config = polished(Method::GaussianCopula, &train, 1);
    let fitted = fit_guarded(config, &train, &train.slice(0..90), guard(10)).unwrap();
    let real: std::collections::HashSet<u64> = (0..2)
        .flat_map(|i| train.column(i).numbers().unwrap().into_owned())
        .map(f64::to_bits)
        .collect();
    for (name, tensor) in fitted.model.parts().tensors {
        let Tensor::F64(_, held) = tensor else {
            continue;
        };
        assert!(held.iter().all(|x| !real.contains(&x.to_bits())), "{name}");
    }
    let out = fitted.sample_all(0..2_000, 1).unwrap();
    for i in 0..2 {
        let drawn = out.column(i).numbers().unwrap();
        assert!(drawn.iter().all(|x| !real.contains(&x.to_bits())));
    }
}

#[test]
fn a_polish_that_is_half_gone_is_refused() {
    let train = ring(300);
    let config = polished(Method::GaussianCopula, &train, 1);
    let fitted = fit_config(config, &train, &train.slice(0..60)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    fitted.save(dir.path()).unwrap();
    let path = dir.path().join(MANIFEST);
    let text = std::fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("\"times\": 1", "\"times\": 3"),
        ("\"times\": 1", "\"times\": 0"),
        ("\"times\": 1", "\"time\": 1"),
    ] {
        assert!(text.contains(from));
        let (_, rest) = text.split_once("\",\n").unwrap();
        let rest = rest.replacen(from, to, 1);
        let seal = blake3::hash(rest.as_bytes()).to_hex();
        std::fs::write(&path, format!("{{\n  \"seal\": \"{seal}\",\n{rest}")).unwrap();
        let error = Fitted::load(dir.path()).err().expect("a lie");
        assert_eq!(error.code, "model/damaged");
    }
}
