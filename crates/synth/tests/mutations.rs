//! Models with some bytes changed and the seal put right, many times over with a fixed seed: what
//! loads can sample or says why not. Without the seal nothing would come past the first check.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fs;

use common::{REAL, category, fit, table};
use verdancy_synth::file::{MANIFEST, WEIGHTS};
use verdancy_synth::{Fitted, Method};
use verdancy_table::{Column, Kind};

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// Puts `new` in place of what stands between `before` and the next `end`.
fn put(text: &mut String, before: &str, end: char, new: &str) {
    if let Some(at) = text.find(before).map(|at| at + before.len())
        && let Some(len) = text[at..].find(end)
    {
        text.replace_range(at..at + len, new);
    }
}

/// Changes a number or a word of the manifest, where most damage would be done.
fn mutate(text: &str, dice: &mut Dice) -> String {
    const NEW: [&str; 12] = [
        "0",
        "-1",
        "1",
        "2",
        "18446744073709551615",
        "1e308",
        "null",
        "[]",
        "{}",
        "\"x\"",
        "true",
        "0.5",
    ];
    let values: Vec<(usize, usize)> = (text.match_indices([':', '[', ',']))
        .filter_map(|(at, _)| {
            let from = at + 1 + text[at + 1..].find(|c: char| !c.is_whitespace())?;
            let len = text[from..].find([',', '\n', ']', '}'])?;
            (len > 0).then_some((from, from + len))
        })
        .collect();
    let (from, to) = values[dice.below(values.len())];
    let mut out = text.to_owned();
    out.replace_range(from..to, NEW[dice.below(NEW.len())]);
    out
}

#[test]
fn changed_models_load_or_are_refused() {
    let train = table(vec![
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
    ]);
    let (mut loaded, mut refused) = (0, 0);
    for method in Method::ALL {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("model");
        fit(method, &train).unwrap().save(&place).unwrap();
        let manifest = fs::read_to_string(place.join(MANIFEST)).unwrap();
        let body: String = manifest.split_inclusive('\n').skip(2).collect();
        let weights = fs::read(place.join(WEIGHTS)).unwrap();
        let mut dice = Dice(3);
        for turn in 0..600 {
            let (mut body, mut weights) = (body.clone(), weights.clone());
            if turn % 4 < 3 {
                body = mutate(&body, &mut dice);
            }
            if turn % 4 > 1 {
                let at = dice.below(weights.len());
                match dice.below(3) {
                    0 => weights[at] ^= 1 << dice.below(8),
                    1 => weights[at..].iter_mut().take(4).for_each(|b| *b = 0xff),
                    _ => weights.truncate(at),
                }
            }
            let hash = blake3::hash(&weights).to_hex();
            put(&mut body, "\"blake3\": \"", '"', hash.as_str());
            put(&mut body, "\"bytes\": ", ',', &weights.len().to_string());
            let seal = blake3::hash(body.as_bytes()).to_hex();
            fs::write(
                place.join(MANIFEST),
                format!("{{\n  \"seal\": \"{seal}\",\n{body}"),
            )
            .unwrap();
            fs::write(place.join(WEIGHTS), &weights).unwrap();
            match Fitted::load(&place) {
                Ok(fitted) => {
                    loaded += 1;
                    let _ = fitted.sample_all(0..3, 1);
                }
                Err(error) => {
                    assert!(!error.remedy.is_empty(), "{}", error.code);
                    refused += 1;
                }
            }
        }
    }
    assert!(loaded > 20 && refused > 100, "{loaded} {refused}");
}
