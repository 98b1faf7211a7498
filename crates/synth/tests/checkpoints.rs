//! A training that ended at any step goes on from its checkpoint and ends with the same bytes.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use common::{REAL, category, table};
use verdancy_synth::file::Tensor;
use verdancy_synth::protect::Guard;
use verdancy_synth::{
    Cancel, Checkpoints, Config, Error, Fitted, Method, Mode, Peek, Progress, Result, Run, Stop,
    TableSize, TrainingData, TrainingState,
};
use verdancy_table::{Column, Kind, Table};

const ROWS: i32 = 150;

fn real() -> Table {
    table(vec![
        (
            "x",
            REAL,
            Column::Numbers((0..ROWS).map(|i| f64::from(i * 37 % 101) * 0.37).collect()),
        ),
        (
            "n",
            Kind::Integer,
            Column::Integers(
                (0..i64::from(ROWS))
                    .map(|i| (i % 7 > 0).then_some(i * i))
                    .collect(),
            ),
        ),
        (
            "c",
            Kind::Categorical,
            category((0..ROWS as usize).map(|i| Some(["a", "b", "c"][i % 3]))),
        ),
    ])
}

fn halves(validation: bool) -> (Table, Table) {
    let real = real();
    let held = if validation { 30 } else { 0 };
    (real.slice(held..real.rows()), real.slice(0..held))
}

fn config(train: &Table, more: &[(&str, &str)]) -> Config {
    let mut config = Config::defaults(Method::Tabddpm, TableSize::of(train), Mode::Speed);
    let small = [
        ("n_iter", "10"),
        ("hidden", "16"),
        ("blocks", "1"),
        ("batch_size", "32"),
        ("sampler_steps", "3"),
        ("dropout", "0.1"),
    ];
    for (name, value) in small.iter().chain(more) {
        config.set(name, value).unwrap();
    }
    config
}

/// A training that keeps each state in `file` and is killed before it keeps the `killed`-th.
struct Training<'a> {
    config: &'a Config,
    data: &'a (Table, Table),
    file: &'a Path,
    seed: u64,
    killed: Option<u64>,
    threads: usize,
}

impl Training<'_> {
    fn run(&self, resume: Option<TrainingState>) -> (Result<Fitted>, Vec<Progress>) {
        rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads)
            .build()
            .unwrap()
            .install(|| self.run_here(resume))
    }

    fn run_here(&self, resume: Option<TrainingState>) -> (Result<Fitted>, Vec<Progress>) {
        let Training {
            config,
            data: (train, validation),
            ..
        } = self;
        let checked = (*config).clone().check(train.schema()).unwrap();
        let now = Cell::new(0);
        let ticks = std::sync::atomic::AtomicU64::new(0);
        let clock =
            || Duration::from_millis(ticks.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let mut lines = Vec::new();
        let mut listen = |line: &Progress| lines.push(line.clone());
        let mut save = |state: &TrainingState| {
            now.set(now.get() + 1);
            if Some(now.get()) == self.killed {
                return Err(Error::input("test/killed", "killed", ""));
            }
            state.save(self.file)
        };
        let mut good = |_: &Table| false;
        let mut run = Run {
            seed: self.seed,
            threads: self.threads,
            cancel: Cancel::default(),
            deadline: None,
            clock: &clock,
            start: None,
            peek: Some(Peek {
                at: &[0.25, 0.5],
                rows: 10,
                flat: f64::INFINITY,
                good: &mut good,
            }),
            checkpoint: Some(Checkpoints {
                every: Duration::ZERO,
                context: "a test",
                resume,
                save: &mut save,
            }),
            listen: &mut listen,
        };
        let fitted = checked.fit(
            &TrainingData::new(train, validation, Guard::default()),
            &mut run,
        );
        (fitted.map_err(Into::into), lines)
    }
}

/// Everything that a training came to, but for its times.
fn end(fitted: &Fitted) -> (Vec<u32>, Vec<Progress>, Stop) {
    let Some(Tensor::F32(_, weights)) = fitted.model.parts().tensors.remove("weights") else {
        panic!("no weights");
    };
    let bits = weights.iter().map(|w| w.to_bits()).collect();
    (bits, timeless(&fitted.history), fitted.stop)
}

fn timeless(history: &[Progress]) -> Vec<Progress> {
    let mut history = history.to_vec();
    for line in &mut history {
        (line.seconds, line.check_seconds, line.eta) = (0.0, 0.0, 0.0);
    }
    history
}

fn goes_on(validation: bool, more: &[(&str, &str)], killed: &[u64]) {
    let config = config(&halves(validation).0, more);
    goes_on_with(config, validation, killed);
}

fn goes_on_with(config: Config, validation: bool, killed: &[u64]) {
    let data = halves(validation);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.safetensors");
    let training = Training {
        config: &config,
        data: &data,
        file: &file,
        seed: 5,
        killed: None,
        threads: 2,
    };
    let (whole, told) = training.run(None);
    let whole = end(&whole.unwrap());
    assert_eq!(timeless(&told), whole.1);
    assert!(whole.1.iter().any(|line| line.best) == validation);
    for &killed in killed {
        for threads in [1, 2] {
            let first = Training {
                killed: Some(killed),
                threads,
                ..training
            };
            let (ended, _) = first.run(None);
            assert_eq!(ended.err().map(|e| e.code), Some("test/killed"));
            let state = TrainingState::load(&file).unwrap();
            assert_eq!(state.step(), killed - 1);
            let spent = state.seconds();
            // Killed once more, two steps later.
            let (ended, _) = Training {
                killed: Some(3),
                ..first
            }
            .run(Some(state));
            assert_eq!(ended.err().map(|e| e.code), Some("test/killed"));
            let state = TrainingState::load(&file).unwrap();
            assert_eq!(state.step(), killed + 1);
            assert!(state.seconds() > spent && spent > 0.0);
            let last = Training {
                killed: None,
                threads: 3 - threads,
                ..training
            };
            let (fitted, told) = last.run(Some(state));
            let fitted = fitted.unwrap();
            assert_eq!(end(&fitted), whole, "killed at step {killed}");
            assert_eq!(timeless(&told), whole.1, "all lines are told");
            let seconds: Vec<f64> = fitted.history.iter().map(|l| l.seconds).collect();
            assert!(seconds.is_sorted(), "times go on: {seconds:?}");
        }
    }
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["state.safetensors"], "nothing else is left behind");
}

#[test]
fn a_training_goes_on_from_any_step() {
    goes_on(true, &[], &[2, 7, 11, 20, 30]);
    goes_on(false, &[], &[2, 9, 29]);
}

#[test]
fn so_does_one_with_the_papers_process_and_one_without_a_prior() {
    goes_on(
        true,
        &[("process", "multinomial"), ("timesteps", "20")],
        &[12],
    );
    goes_on(
        true,
        &[("prior", "0"), ("copy_limit", "1"), ("batch_size", "47")],
        &[5, 13],
    );
    goes_on(true, &[("patience", "2"), ("n_iter", "40")], &[10, 25]);
}

#[test]
fn so_do_other_networks() {
    for (method, batch) in [
        (Method::Tvae, "32"),
        (Method::Ctgan, "30"),
        (Method::Autoregressive, "32"),
    ] {
        for validation in [true, false] {
            let train = halves(validation).0;
            let mut config = Config::defaults(method, TableSize::of(&train), Mode::Speed);
            let small = [
                ("n_iter", "10"),
                ("hidden", "16"),
                ("embedding_dim", "4"),
                ("batch_size", batch),
            ];
            let known = |name: &str| method.params().iter().any(|p| p.name == name);
            for (name, value) in small.into_iter().filter(|(name, _)| known(name)) {
                config.set(name, value).unwrap();
            }
            goes_on_with(config, validation, &[2, 11, 30]);
        }
    }
}

fn a_state(folder: &Path) -> (std::path::PathBuf, (Table, Table), Config) {
    let file = folder.join("state.safetensors");
    let data = halves(true);
    let config = config(&data.0, &[("hidden", "4")]);
    let (ended, _) = Training {
        config: &config,
        data: &data,
        file: &file,
        seed: 5,
        killed: Some(13),
        threads: 1,
    }
    .run(None);
    assert!(ended.is_err());
    (file, data, config)
}

fn code(file: &Path) -> &'static str {
    match TrainingState::load(file) {
        Ok(_) => "loaded",
        Err(e) => {
            assert!(!e.remedy.is_empty() && e.place.file.is_some());
            e.code
        }
    }
}

#[test]
fn a_damaged_state_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (file, ..) = a_state(folder.path());
    assert_eq!(code(&file), "loaded");
    let good = std::fs::read(&file).unwrap();
    let header = 8 + u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let places = (0..header)
        .chain((header..good.len()).step_by(977))
        .chain(good.len() - 40..good.len());
    for at in places {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        std::fs::write(&file, &bad).unwrap();
        assert_eq!(code(&file), "synth/checkpoint-damaged", "byte {at}");
    }
    let cuts = (0..header + 40).chain((header..good.len()).step_by(1999));
    for len in cuts.chain([good.len() - 1]) {
        std::fs::write(&file, &good[..len]).unwrap();
        assert_eq!(code(&file), "synth/checkpoint-damaged", "cut at {len}");
    }
    let longer = [&good[..], &[0]].concat();
    std::fs::write(&file, longer).unwrap();
    assert_eq!(code(&file), "synth/checkpoint-damaged");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(code(&file), "synth/checkpoint-unreadable");
}

/// A header that lies under a seal that holds is an error too, never a panic.
#[test]
fn a_sealed_lie_is_refused_or_read_but_nothing_panics() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data, config) = a_state(folder.path());
    let good = std::fs::read(&file).unwrap();
    let header = 8 + u64::from_le_bytes(good[..8].try_into().unwrap()) as usize;
    let mut refused = 0;
    for at in (0..header).step_by(3) {
        for digit in [b'0', b'9', b'"', b' '] {
            let mut bad = good[..good.len() - 32].to_vec();
            bad[at] = digit;
            bad.extend(blake3::hash(&bad).as_bytes());
            std::fs::write(&file, &bad).unwrap();
            let Ok(state) = TrainingState::load(&file) else {
                refused += 1;
                continue;
            };
            let (ended, _) = Training {
                config: &config,
                data: &data,
                file: &folder.path().join("other"),
                seed: 5,
                killed: Some(1),
                threads: 1,
            }
            .run(Some(state));
            assert!(ended.is_err());
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_state_of_another_training_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data, config) = a_state(folder.path());
    let state = || TrainingState::load(&file).unwrap();
    let own = Training {
        config: &config,
        data: &data,
        file: &folder.path().join("other"),
        seed: 5,
        killed: None,
        threads: 1,
    };
    let refused = |training: &Training<'_>| {
        let (ended, _) = training.run(Some(state()));
        assert_eq!(
            ended.err().map(|e| e.code),
            Some("synth/checkpoint-foreign")
        );
    };
    assert!(own.run(Some(state())).0.is_ok());
    refused(&Training { seed: 6, ..own });
    let mut other = config.clone();
    other.set("dropout", "0.2").unwrap();
    refused(&Training {
        config: &other,
        ..own
    });
    let fewer = (data.0.slice(1..data.0.rows()), data.1.clone());
    refused(&Training {
        data: &fewer,
        ..own
    });
    let held = (data.0.clone(), data.1.slice(1..data.1.rows()));
    refused(&Training { data: &held, ..own });
}
