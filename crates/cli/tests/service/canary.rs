//! Words planted in cells and keys: they are in no log, no error, no figure and no address.

use serde_json::json;

use crate::client::{Answer, Ask, Service, wait};
use reqwest::Method;

const CANARIES: [&str; 5] = [
    "CANARY-one",
    "canary.two@example.org",
    "8217364550192837",
    "CANARY three in a note",
    "1987-12-31T23:59:58",
];

/// A table in which each canary stands in one cell of a column like it.
fn planted() -> String {
    let mut out = String::from("code,mail,number,note,at,size\n");
    for i in 0..150_u64 {
        let code = if i == 70 {
            CANARIES[0].to_owned()
        } else {
            format!("C-{}", i % 7)
        };
        let mail = if i == 71 {
            CANARIES[1].to_owned()
        } else {
            format!("p{i}@example.com")
        };
        let number = if i == 72 {
            CANARIES[2].to_owned()
        } else {
            (i * 1_000_003).to_string()
        };
        let note = if i == 73 {
            CANARIES[3].to_owned()
        } else {
            format!("some words on row {i} of it")
        };
        let at = if i == 74 {
            CANARIES[4].to_owned()
        } else {
            format!("2020-01-{:02}T10:00:00", 1 + i % 28)
        };
        out += &format!("{code},{mail},{number},{note},{at},{}\n", i * 13 % 50);
    }
    out
}

struct Watch<'a> {
    service: &'a Service,
    seen: usize,
}

impl Watch<'_> {
    #[track_caller]
    fn clean(&self, what: &str, text: &str) {
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} in {what}: {text}");
        }
        assert!(!text.contains(&self.service.key[3..]), "a key in {what}");
    }

    /// An error, which must not quote anything.
    #[track_caller]
    fn refused(&mut self, answer: &Answer) {
        assert!(answer.status >= 400, "{}", answer.text());
        self.clean("an error", &answer.text());
        self.clean("headers", &format!("{:?}", answer.headers));
        self.seen += 1;
    }
}

#[test]
fn planted_words_are_in_no_log_error_figure_or_address() {
    let mut service = Service::start();
    let mut watch = Watch {
        service: &service,
        seen: 0,
    };
    let text = planted();
    let dataset = service.dataset("t.csv", text.clone());

    // Files that are refused at the row with a canary, in each way that reading can fail.
    let broken = [
        text.replace(CANARIES[0], &format!("{},{}", CANARIES[0], CANARIES[3])),
        text.replace(CANARIES[0], &format!("\"{}", CANARIES[0])),
        text.replace(CANARIES[0], &format!("{}\0", CANARIES[0])),
        format!("{0},{0}\n1,2\n", "a") + CANARIES[0],
        format!("{{\"a\":\"{}\"}}\n{{\"a\":{}}}\n", CANARIES[3], CANARIES[0]),
        format!("{{\"a\":[\"{}\"]}}\n", CANARIES[0]),
    ];
    for text in broken {
        watch.refused(&service.upload("t.csv", text));
    }
    let latin = text
        .replace(CANARIES[0], &format!("{}~", CANARIES[0]))
        .into_bytes();
    // Bytes that are no text in any encoding.
    let latin: Vec<u8> = (latin.iter())
        .flat_map(|b| match b {
            b'~' => &[0xe9, 0x01][..],
            b => std::slice::from_ref(b),
        })
        .copied()
        .collect();
    watch.refused(&service.upload("t.csv", latin));

    // A schema that the cells do not fit.
    let schema = service
        .get(&format!("/v1/datasets/{dataset}/schema"))
        .text();
    for kind in ["numerical", "integer", "boolean", "datetime"] {
        let wrong = format!("[[column]]\nname = \"note\"\nkind = \"{kind}\"\n");
        let path = format!("/v1/datasets/{dataset}/schema");
        let body = Ask::Bytes(wrong.into_bytes());
        watch.refused(&service.ask(Method::PUT, &path, Some(&service.key), body));
    }
    watch.clean("the schema", &schema);

    // Requests with canaries where they do not belong.
    for body in [
        json!({ "dataset": 7, "target": CANARIES[0] }),
        json!({ "dataset": dataset, "target": CANARIES[0] }),
        json!({ "dataset": dataset, "seed": CANARIES[0] }),
        json!({ "dataset": dataset, "parameters": { "hidden": CANARIES[0] } }),
        json!({ "dataset": CANARIES[0] }),
        json!(CANARIES[0]),
    ] {
        watch.refused(&service.post("/v1/runs", body));
    }
    watch.refused(&service.ask(Method::GET, "/v1/runs", Some(CANARIES[0]), Ask::Nothing));

    // A run that ends well, one that fails, one that is cancelled.
    let good = service.copula(&dataset);
    service.until(&good, "succeeded");
    let few: String = text
        .lines()
        .take(1)
        .chain(text.lines().skip(71).take(3))
        .fold(String::new(), |all, line| all + line + "\n");
    let few = service.dataset("few.csv", few);
    let bad = service.copula(&few);
    service.until(&bad, "failed");
    let endless = service.endless(&dataset);
    wait("training", || {
        (service.state(&endless) == "running").then_some(())
    });
    service
        .post(&format!("/v1/runs/{endless}/cancel"), json!(null))
        .with(200);
    service.until(&endless, "cancelled");
    for run in [&good, &bad, &endless] {
        for part in ["", "/status", "/events"] {
            let answer = service.get(&format!("/v1/runs/{run}{part}")).with(200);
            watch.clean("what is told of a run", &answer.text());
        }
    }
    watch.clean("figures", &service.get("/metrics").text());
    assert_eq!(watch.seen, 18);

    let history = std::fs::read_to_string(service.data().join("runs.jsonl")).unwrap_or_default();
    watch.clean("the history of trainings", &history);
    service.end();
    let log = service.log();
    // The first key is printed once, on purpose.
    let log = log.replacen(&service.key, "", 1);
    Watch {
        service: &service,
        seen: 0,
    }
    .clean("the log", &log);
}
