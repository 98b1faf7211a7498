//! Odd query strings, ids and bodies, thousands of them with a fixed seed: every answer is below 500,
//! and the service is there at the end.

use crate::ground::{Ground, Kind, table};

/// Random numbers: splitmix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u64) as usize]
    }
}

const NAMES: [&str; 12] = [
    "state",
    "actor",
    "before",
    "limit",
    "runs",
    "spreadsheet",
    "name",
    "project",
    "dataset",
    "after",
    "",
    "%00",
];
const VALUES: [&str; 21] = [
    "queued,running",
    "",
    "0",
    "1",
    "-1",
    "500",
    "501",
    "9223372036854775807",
    "9223372036854775808",
    "1e9",
    "true",
    "NaN",
    "'",
    "%27%20OR%201=1",
    "%00",
    "%ff%fe",
    "%",
    "%2e%2e%2f",
    "a,b",
    ",,,,,,,,,,,",
    "\u{e9}\u{202e}",
];
const PATHS: [&str; 9] = [
    "/v1/runs",
    "/v1/compare",
    "/v1/datasets",
    "/v1/suggest",
    "/runs",
    "/compare",
    "/v1/projects",
    "/datasets",
    "/v1/capabilities",
];

fn odd_questions(kind: Kind) {
    let Some(mut ground) = Ground::new(kind) else {
        return;
    };
    let server = ground.serve(&[]);
    let dataset = ground.upload(table(120));
    let run = ground.quick_run(&dataset);
    ground.ended(&run);
    let mut dice = Dice(5);
    for _ in 0..1500 {
        let id = match dice.below(3) {
            0 => run.as_str(),
            1 => dataset.as_str(),
            _ => dice.of(&VALUES),
        };
        let path = match dice.below(3) {
            0 => dice.of(&PATHS).to_owned(),
            1 => format!(
                "/v1/runs/{id}/{}",
                dice.of(&["status", "metrics", "steps", "artifacts", "report"])
            ),
            _ => format!("/v1/runs/{id}/artifacts/{}", dice.of(&VALUES)),
        };
        let pairs: Vec<String> = (0..dice.below(4))
            .map(|_| {
                let value = match dice.below(4) {
                    0 => run.as_str(),
                    _ => dice.of(&VALUES),
                };
                format!("{}={value}", dice.of(&NAMES))
            })
            .collect();
        let address = ground.address(&format!("{path}?{}", pairs.join("&")));
        // What no client can send is no question.
        if let Ok(answer) = ground.client.get(&address).send() {
            assert!(
                answer.status().as_u16() < 500,
                "{address}: {}",
                answer.status()
            );
        }
    }
    assert!(
        ground
            .client
            .get(ground.address("/health"))
            .send()
            .unwrap()
            .status()
            .is_success()
    );
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn odd_questions_are_answered_sqlite() {
    odd_questions(Kind::Sqlite);
}

#[test]
fn odd_questions_are_answered_postgres() {
    odd_questions(Kind::Postgres);
}
