//! Scenario 12: random kills of workers, children, the server and PostgreSQL, with a fixed seed, while
//! runs come in. The invariants are checked from the database at the end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use verdancy_jobs::State;
use verdancy_trial::{Process, Stop, wait};

use crate::figures;
use crate::ground::{Ground, Kind, table};
use crate::queries::Dice;

/// What a soak found.
struct Found {
    kills: BTreeMap<&'static str, u32>,
    states: BTreeMap<&'static str, usize>,
    attempts: i64,
    deaths: i64,
}

fn soak(kind: Kind, seconds: u64, seed: u64) -> Option<Found> {
    let mut ground = Ground::own(kind)?;
    let mut server = ground.serve(&["--no-worker"]);
    let dataset = ground.upload(table(150));
    let mut workers: Vec<Process> = (0..2).map(|n| ground.worker(&format!("w{n}"))).collect();
    let short = ground.run(&dataset, 2);
    let long = ground.run(&dataset, 40);
    let mut wanted = BTreeMap::new();
    for id in [&short, &long] {
        ground.ended(id);
        wanted.insert(id.clone(), ground.result(id));
    }
    let mut ids: Vec<(String, String)> = Vec::new();
    let mut dice = Dice(seed);
    let mut kills: BTreeMap<&'static str, u32> = BTreeMap::new();
    let until = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < until {
        // A few runs are always waiting.
        let open = ground.queue(async |q| {
            let counts = q.counts("synth").await.unwrap();
            counts
                .iter()
                .filter(|(s, _)| !s.is_final())
                .map(|(_, n)| n)
                .sum::<i64>()
        });
        for _ in open..4 {
            let (epochs, like) = if dice.below(3) == 0 {
                (40, &long)
            } else {
                (2, &short)
            };
            ids.push((ground.run(&dataset, epochs), like.clone()));
        }
        std::thread::sleep(Duration::from_millis(500 + dice.below(2500)));
        match dice.below(10) {
            0..=5 => {
                let which = dice.below(2) as usize;
                workers[which].kill();
                workers[which] = ground.worker(&format!("w{which}"));
                *kills.entry("worker").or_default() += 1;
            }
            6 | 7 => {
                // Whichever child is at work, by a point that children pass.
                let point = ["in-step", "in-checkpoint"][dice.below(2) as usize];
                ground.arm(&format!("kill {point} {}", dice.below(20) + 1));
                *kills.entry("child").or_default() += 1;
            }
            8 if kind == Kind::Postgres => {
                let how = [Stop::Fast, Stop::Immediate, Stop::Kill][dice.below(3) as usize];
                let postgres = ground.postgres.as_mut().unwrap();
                postgres.stop(how).unwrap();
                std::thread::sleep(Duration::from_millis(dice.below(2000)));
                postgres.go().unwrap();
                *kills.entry("PostgreSQL").or_default() += 1;
            }
            _ => {
                server.kill();
                server = ground.serve(&["--no-worker"]);
                *kills.entry("server").or_default() += 1;
            }
        }
        // Until it answers again, nothing is asked of it.
        let ready = || {
            let answer = ground.client.get(ground.address("/ready")).send().ok()?;
            answer.status().is_success().then_some(())
        };
        assert!(wait(60.0, ready).is_some(), "{}", server.log());
    }
    let _ = std::fs::remove_file(ground.fail_file());
    let mut states: BTreeMap<&'static str, usize> = BTreeMap::new();
    let (mut attempts, mut deaths) = (0, 0);
    for (id, like) in &ids {
        let job = ground.ended(id);
        attempts += job.attempt;
        deaths += job.deaths;
        *states.entry(job.state.name()).or_default() += 1;
        match job.state {
            State::Succeeded => ground.assert_same(&job, &wanted[like]),
            // Killed as often as a job allows, or twice at one place.
            State::Failed => {
                assert_eq!(
                    job.failure.as_ref().unwrap().code,
                    "jobs/worker-died",
                    "{job:?}"
                );
                assert!(job.deaths >= 2, "{job:?}");
                assert_eq!(ground.result(id).1, 0);
            }
            _ => panic!("{job:?}"),
        }
    }
    for worker in &mut workers {
        worker.ask().unwrap();
        assert!(worker.ended(60.0).is_some());
    }
    assert_eq!(ground.orphans(), Vec::<String>::new());
    Some(Found {
        kills,
        states,
        attempts,
        deaths,
    })
}

#[test]
#[ignore = "long: cargo xtask chaos"]
fn long_soak() {
    let seconds = std::env::var("VERDANCY_SOAK_SECONDS").map_or(60, |s| s.parse().unwrap());
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let seed = 20_261_124;
        let Some(found) = soak(kind, seconds / 2, seed) else {
            continue;
        };
        let line = format!(
            "kills {:?}; runs {:?}, {} attempts, {} deaths; every success once and with the hashes of the \
             undisturbed run, nothing left after a sweep",
            found.kills, found.states, found.attempts, found.deaths
        );
        let what = format!("random kills for {} s, seed {seed}", seconds / 2);
        figures::note(
            "12",
            kind.name(),
            &what,
            &line,
            "no run lost, none twice",
            true,
        );
    }
}
