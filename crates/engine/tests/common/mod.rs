//! Generated tables, a place for files, and a run with a clock that stands in for the real one.
#![allow(dead_code)]

use std::path::PathBuf;
use std::time::Instant;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_engine::Relations;
use verdancy_engine::{
    Division, Error, Outcome, Plan, Request, Rows, RunContext, Source, Trainer, synth_with,
};
use verdancy_metrics::Profile;
use verdancy_synth::{Cancel, Mode};
use verdancy_table::Protection;

/// A folder that goes when the test ends.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    pub fn file(&self, name: &str, body: Vec<u8>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, body).unwrap();
        path
    }
}

/// A table of numbers and categories that depend on one another, as CSV.
pub fn dependent(rows: usize, seed: u64) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = || -> f64 { (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0 };
    let mut out = String::from("size,weight,age,dose,pressure,group,stage,outcome\n");
    for _ in 0..rows {
        let (z, a, b, c) = (normal(), normal(), normal(), normal());
        let size = 50.0 + 10.0 * z;
        let weight = (3.0 + 0.8 * z + 0.4 * a).exp();
        let age = 40.0 + 12.0 * b - 5.0 * z;
        let dose = (0.5 * a + 0.8 * b).powi(2);
        let pressure = 120.0 + 8.0 * c + 6.0 * b;
        let group =
            ["red", "green", "blue", "white"][(((z + c) * 0.8 + 2.0).clamp(0.0, 3.9)) as usize];
        let stage = ["I", "II", "III"][((b + 0.3 * a + 1.5).clamp(0.0, 2.9)) as usize];
        let outcome = if z + b + 0.5 * c > 0.3 { "yes" } else { "no" };
        out += &format!(
            "{size:.2},{weight:.3},{age:.1},{dose:.3},{pressure:.1},{group},{stage},{outcome}\n"
        );
    }
    out.into_bytes()
}

/// The same values, each column in another order.
pub fn shuffled(csv: &[u8], seed: u64) -> Vec<u8> {
    let text = String::from_utf8(csv.to_vec()).unwrap();
    let mut lines = text.lines();
    let head = lines.next().unwrap().to_owned();
    let rows: Vec<Vec<&str>> = lines.map(|l| l.split(',').collect()).collect();
    let mut columns: Vec<Vec<&str>> = (0..rows[0].len())
        .map(|c| rows.iter().map(|r| r[c]).collect())
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for column in &mut columns {
        column.shuffle(&mut rng);
    }
    let mut out = head + "\n";
    for r in 0..rows.len() {
        let cells: Vec<&str> = columns.iter().map(|c| c[r]).collect();
        out += &(cells.join(",") + "\n");
    }
    out.into_bytes()
}

/// A request for a table.
pub fn request(place: &Place, table: Vec<u8>) -> Request {
    Request {
        source: Source {
            data: place.file("table.csv", table).into(),
            ..Source::default()
        },
        division: Division::default(),
        plan: Plan {
            method: None,
            shadow_runs: None,
            attempts: 3,
            mode: Mode::Balanced,
            set: Vec::new(),
            protect: Protection::default(),
            relations: Relations::default(),
            seed: 1,
            time_limit: None,
            memory_limit: None,
            threads: 2,
            history: None,
            checkpoints: None,
            checkpoint_every: verdancy_engine::CHECKPOINT_EVERY,
            force: true,
        },
        profile: Profile::load("standard").unwrap(),
        rows: Rows::LikeLearned,
        format: None,
        started: None,
    }
}

/// Runs it.
pub fn run(request: &Request, trainer: &dyn Trainer) -> Result<Outcome, Error> {
    let began = Instant::now();
    synth_with(
        request,
        trainer,
        RunContext {
            clock: &|| began.elapsed(),
            cancel: Cancel::default(),
            listen: &mut |_| {},
        },
    )
}
