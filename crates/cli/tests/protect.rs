//! What fewer people share than `--protect` says stands in no file that a run leaves.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use common::{Place, names, table};
use serde_json::Value;

const LEVEL: &str = "Q87.4-Marfan-only-one";
const SCHEMA: &str = "\
[[column]]\nname = \"income\"\nkind = \"numerical\"\ndecimals = 2\n
[[column]]\nname = \"distance\"\nkind = \"integer\"\n
[[column]]\nname = \"diagnosis\"\nkind = \"categorical\"\n";

/// A table whose cells are those of single rows: incomes to the cent, whole numbers of eight digits,
/// instants to the second; with an extreme and a level of one row.
struct Own {
    csv: String,
    incomes: Vec<f64>,
    distances: Vec<i64>,
    /// As written, and in microseconds.
    instants: Vec<(String, i64)>,
}

fn own(rows: usize) -> Own {
    let mut state = 77_u64;
    let mut next = |n: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 20) % n
    };
    let mut out = Own {
        csv: "income,distance,seen,diagnosis,outcome\n".to_owned(),
        incomes: Vec::new(),
        distances: Vec::new(),
        instants: Vec::new(),
    };
    for row in 0..rows {
        let odd = row == rows / 2;
        let cents = if odd {
            98_765_432_109
        } else {
            100_000_000 + next(900_000_000)
        };
        let income = cents as f64 / 100.0;
        let distance = if odd {
            987_654_321
        } else {
            10_000_019 + next(80_000_000) as i64
        };
        let (year, month, day) = (
            2008 + next(15) as i64,
            1 + next(12) as i64,
            1 + next(28) as i64,
        );
        let time = next(86_400) as i64;
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        let instant = format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
        let micros = (days(year, month, day) * 86_400 + time) * 1_000_000;
        let usual = ["I10", "E11", "J45", "C50"][next(4) as usize];
        let diagnosis = if odd { LEVEL } else { usual };
        let outcome = if cents / 100 + next(3_000_000) > 7_000_000 {
            "yes"
        } else {
            "no"
        };
        out.csv += &format!("{income:.2},{distance},{instant},{diagnosis},{outcome}\n");
        out.incomes.push(income);
        out.distances.push(distance);
        out.instants.push((instant, micros));
    }
    out
}

/// Days from 1970-01-01 to a date of a later year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let leaps = |y: i64| y / 4 - y / 100 + y / 400;
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month as usize - 1];
    let leap = month > 2 && leaps(year) > leaps(year - 1);
    (year - 1970) * 365 + leaps(year - 1) - leaps(1969) + before + i64::from(leap) + day - 1
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for name in names(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all
}

/// Which cells of `own` stand in some bytes: as text, or as numbers of eight bytes anywhere, or of
/// four where tensors hold them.
fn found(own: &Own, bytes: &[u8]) -> Vec<String> {
    let mut texts: HashSet<Vec<u8>> = HashSet::from([LEVEL.as_bytes().to_vec()]);
    let (mut eight, mut four) = (HashSet::new(), HashSet::new());
    let mut number = |x: f64| {
        eight.insert(x.to_le_bytes());
        four.insert((x as f32).to_le_bytes());
    };
    for x in &own.incomes {
        texts.extend([format!("{x:.2}").into_bytes(), format!("{x}").into_bytes()]);
        number(*x);
    }
    for x in &own.distances {
        texts.insert(x.to_string().into_bytes());
        number(*x as f64);
    }
    for (text, x) in &own.instants {
        texts.extend([
            text.clone().into_bytes(),
            text.replace(' ', "T").into_bytes(),
            x.to_string().into_bytes(),
        ]);
        number(*x as f64);
    }
    let whole = own
        .distances
        .iter()
        .chain(own.instants.iter().map(|(_, x)| x));
    eight.extend(whole.map(|x| x.to_le_bytes()));
    let mut out = Vec::new();
    let lengths: HashSet<usize> = texts.iter().map(Vec::len).filter(|n| *n > 6).collect();
    for length in lengths {
        out.extend(
            bytes
                .windows(length)
                .filter(|w| texts.contains(*w))
                .map(|w| String::from_utf8_lossy(w).into_owned()),
        );
    }
    let double = |w: &&[u8]| <[u8; 8]>::try_from(*w).is_ok_and(|w| eight.contains(&w));
    out.extend(
        bytes
            .windows(8)
            .filter(double)
            .map(|w| format!("eight bytes {w:?}")),
    );
    let single = |w: &&[u8; 4]| four.contains(*w);
    out.extend(
        bytes
            .as_chunks::<4>()
            .0
            .iter()
            .filter(single)
            .map(|w| format!("four bytes {w:?}")),
    );
    out
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn no_file_of_a_run_holds_a_cell_of_one_person() {
    let own = own(400);
    for method in ["copula", "cart", "arf", "tabddpm"] {
        let place = Place::new();
        place.write("people.csv", &own.csv);
        place.write("schema.toml", SCHEMA);
        let args = [
            "synth",
            "people.csv",
            "--schema",
            "schema.toml",
            "--method",
            method,
            "--mode",
            "speed",
            "--attempts",
            "1",
            "--n-iter",
            "60",
            "--set",
            "hidden=64",
            "--checkpoints",
            "states",
        ];
        let keep: Vec<&str> = args
            .into_iter()
            .filter(|a| {
                method == "tabddpm" || !["--n-iter", "60", "--set", "hidden=64"].contains(a)
            })
            .collect();
        let ran = place.run(&keep);
        assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.stderr);
        let left = place.names();
        assert_eq!(left, ["people-synthetic", "people.csv", "schema.toml"]);
        let all = files(&place.path("people-synthetic"));
        assert!(all.len() >= 7, "{all:?}");
        for file in all {
            let found = found(&own, &std::fs::read(&file).unwrap());
            assert!(found.is_empty(), "{method} {}: {found:?}", file.display());
        }
        assert!(found(&own, ran.stdout.as_bytes()).is_empty());
        assert!(found(&own, ran.stderr.as_bytes()).is_empty());
        let record = json(place.path("people-synthetic/run.json"));
        assert_eq!(record["protect"], 10);
        // The search itself finds what stands there without protection.
        if method == "copula" {
            let mut open = keep;
            open.extend(["--protect", "0", "-o", "open"]);
            let ran = place.run(&open);
            assert!(
                ran.stdout
                    .contains("values are not protected (--protect 0)"),
                "{}",
                ran.stdout
            );
            for (file, least) in [
                ("model/weights.safetensors", 500),
                ("model/manifest.json", 1),
            ] {
                let found = found(&own, &std::fs::read(place.path("open").join(file)).unwrap());
                assert!(found.len() >= least, "{file}: {}", found.len());
            }
            let html = std::fs::read_to_string(place.path("open/report.html")).unwrap();
            assert!(html.contains("Values are not protected."));
            assert_eq!(json(place.path("open/run.json"))["protect"], 0);
        }
    }
}

#[test]
fn inspect_shows_ends_of_many_people_only() {
    let own = own(300);
    let place = Place::new();
    place.write("people.csv", &own.csv);
    place.write("schema.toml", SCHEMA);
    for format in ["text", "json", "schema"] {
        let args = [
            "inspect",
            "people.csv",
            "--schema",
            "schema.toml",
            "--format",
            format,
        ];
        let ran = place.run(&args);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let found = found(&own, ran.stdout.as_bytes());
        assert!(found.is_empty(), "{format}: {found:?}");
    }
}

#[test]
fn the_profile_strict_asks_for_more_and_the_user_for_what_he_likes() {
    let place = Place::new();
    place.write("t.csv", table(300));
    place.write("c.toml", "protect = 7\n[parameters]\n");
    for (more, k) in [
        (&["--profile", "strict"][..], 20),
        (&["--profile", "strict", "--protect", "12"], 12),
        (&["--config", "c.toml"], 7),
        (&["--config", "c.toml", "--protect", "3"], 3),
    ] {
        let mut args = vec![
            "synth",
            "t.csv",
            "--force",
            "--method",
            "copula",
            "--attempts",
            "1",
        ];
        args.extend(more);
        let ran = place.run(&args);
        assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.stderr);
        let record = json(place.path("t-synthetic/run.json"));
        assert_eq!(record["protect"], k, "{more:?}");
        let said: Vec<&Value> = record["arguments"].as_array().unwrap().iter().collect();
        let at = said.iter().position(|a| **a == "--protect").unwrap();
        assert_eq!(said[at + 1].as_str().unwrap(), k.to_string());
    }
}

#[test]
fn more_people_than_there_are_is_an_error_that_says_what_to_do() {
    let place = Place::new();
    place.write("t.csv", table(100));
    for command in ["synth", "fit"] {
        let ran = place.run(&[command, "t.csv", "--method", "copula", "--protect", "500"]);
        assert_eq!(ran.code, Some(2));
        assert!(
            ran.stderr.contains("engine/protect-too-large"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("--protect"), "{}", ran.stderr);
    }
    assert_eq!(place.names(), ["t.csv"]);
}
