//! More rows of a finished run over the API: conditions and what is wrong with them, rights, deletion, restarts.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Ask, Folder, Service, example, id, table, wait};

/// Waits for the end of a sample.
#[track_caller]
pub fn ended(service: &Service, run: &str, sample: &str) -> Value {
    wait("end of the sample", || {
        let now = service.get(&format!("/v1/runs/{run}/samples/{sample}"));
        let now = now.with(200).json();
        let over = ["succeeded", "failed", "cancelled"];
        over.contains(&now["state"].as_str()?).then_some(now)
    })
}

/// The same, where rows came of it.
#[track_caller]
pub fn drawn(service: &Service, run: &str, sample: &str) -> Value {
    let now = ended(service, run, sample);
    assert_eq!(now["state"], "succeeded", "{now}");
    now
}

/// A service with a run of the 686 patients of the example.
fn patients() -> (Service, String, String) {
    let service = Service::start();
    let dataset = service.dataset("gbsg2.csv", example("gbsg2.csv"));
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    (service, dataset, run)
}

fn ask(service: &Service, run: &str, body: Value) -> Answer {
    service.post(&format!("/v1/runs/{run}/samples"), body)
}

/// What came of a wish, with its rows as text.
#[track_caller]
fn rows(service: &Service, run: &str, body: Value) -> (Value, String) {
    let made = id(&ask(service, run, body).with(201).json());
    let told = drawn(service, run, &made);
    let sent = service.get(&format!("/v1/runs/{run}/samples/{made}/rows"));
    (told, sent.with(200).text())
}

/// The cells of a column.
fn cells<'a>(text: &'a str, column: &str) -> Vec<&'a str> {
    let mut lines = text.lines();
    let at = lines.next().unwrap().split(',').position(|c| c == column);
    lines
        .map(|line| line.split(',').nth(at.unwrap()).unwrap())
        .collect()
}

#[test]
fn rows_are_drawn_as_they_were_asked_for() {
    let (service, _, run) = patients();
    let header = String::from_utf8(example("gbsg2.csv")).unwrap();
    let header = header.lines().next().unwrap().replace('"', "");

    let (told, any) = rows(&service, &run, json!({ "rows": 50, "seed": 3 }));
    assert_eq!(any.lines().next().unwrap().replace('"', ""), header);
    assert_eq!(any.lines().count(), 51);
    assert_eq!(told["result"]["drawing"], "unconditional");
    assert_eq!(told["result"]["rows"], 50);
    assert_eq!(told["result"]["bytes"], any.len());
    assert_eq!(told["asked"]["seed"], 3);
    assert_eq!(told["run"], run.as_str());
    let (_, again) = rows(&service, &run, json!({ "rows": 50, "seed": 3 }));
    assert_eq!(any, again, "the same seed, the same rows");
    let (told, other) = rows(&service, &run, json!({ "rows": 50 }));
    assert_ne!(any, other, "a seed of its own");
    let seed = told["asked"]["seed"].as_u64().unwrap();
    let (_, same) = rows(&service, &run, json!({ "rows": 50, "seed": seed }));
    assert_eq!(other, same, "the seed that was told");

    let wish = json!({ "rows": 40, "seed": 1, "where": "age > 55 and horTh = 'yes'" });
    let (told, met) = rows(&service, &run, wish);
    let ages = cells(&met, "age");
    assert_eq!(ages.len(), 40);
    assert!(ages.iter().all(|age| age.parse::<f64>().unwrap() > 55.0));
    assert!(cells(&met, "horTh").iter().all(|level| *level == "yes"));
    let rate = told["result"]["rate"].as_f64().unwrap();
    assert!(rate > 0.05 && rate < 0.9, "{rate}");
    assert_eq!(told["result"]["drawing"], "filtered");

    let wish = json!({ "rows": 30, "seed": 1, "balance": "tgrade" });
    let (_, equal) = rows(&service, &run, wish);
    for grade in ["I", "II", "III"] {
        let count = cells(&equal, "tgrade")
            .iter()
            .filter(|c| **c == grade)
            .count();
        assert_eq!(count, 10, "{grade}");
    }
}

#[test]
fn rows_are_drawn_around_given_cells() {
    let (service, _, run) = patients();
    let given = json!([{ "age": 44, "horTh": "no" }, { "age": 71 }]);
    let (told, around) = rows(&service, &run, json!({ "given": { "rows": given } }));
    assert_eq!(cells(&around, "age"), ["44", "71"]);
    assert_eq!(cells(&around, "horTh")[0], "no");
    assert_eq!(told["result"]["drawing"], "conditional");
    assert_eq!(told["asked"]["given"], "rows");
    let known = service.dataset("known.csv", "age\n".to_owned() + &"50\n60\n".repeat(20));
    let (told, around) = rows(&service, &run, json!({ "given": { "dataset": known } }));
    assert_eq!(cells(&around, "age"), ["50", "60"].repeat(20));
    assert_eq!(told["asked"]["given"], known.as_str());
}

#[test]
fn samples_are_listed_and_sent_in_each_format_and_are_no_runs() {
    let (service, _, run) = patients();
    let first = id(
        &ask(&service, &run, json!({ "rows": 5, "format": "ndjson" }))
            .with(201)
            .json(),
    );
    drawn(&service, &run, &first);
    let lines = service
        .get(&format!("/v1/runs/{run}/samples/{first}/rows"))
        .with(200)
        .text();
    assert_eq!(
        lines.lines().filter(|line| line.starts_with('{')).count(),
        5
    );
    let made = ask(&service, &run, json!({ "rows": 20, "format": "parquet" })).with(201);
    let made = id(&made.json());
    drawn(&service, &run, &made);
    let path = format!("/v1/runs/{run}/samples/{made}/rows");
    let sent = service.get(&path).with(200);
    assert!(sent.bytes.starts_with(b"PAR1"));
    assert!(
        sent.header("content-disposition")
            .contains("gbsg2-sample.parquet")
    );
    let safe = service.get(&format!("{path}?spreadsheet=true"));
    safe.refused(422, "server/not-csv");
    let listed = service
        .get(&format!("/v1/runs/{run}/samples"))
        .with(200)
        .json();
    assert_eq!(listed[0]["id"], made.as_str(), "the newest first");
    assert_eq!(listed[1]["id"], first.as_str());
    let runs = service.get("/v1/runs?limit=5").with(200).json();
    assert_eq!(runs.as_array().unwrap().len(), 1, "samples are no runs");
    service
        .get(&format!("/v1/runs/{made}"))
        .refused(404, "server/not-found");
    let figures = service.get("/metrics").text();
    assert!(figures.contains("verdancy_runs{state=\"succeeded\"} 1"));
    assert!(figures.contains("verdancy_samples{state=\"succeeded\"}"));
}

/// A wish, what is wrong with it, in which column, and a word of the remedy.
type Mistake = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
);

/// What the schema alone shows.
#[rustfmt::skip]
const AT_ONCE: [Mistake; 15] = [
    (r#"{"rows":5,"where":"agee > 5"}"#, "expression/unknown-column", Some("agee"), "`age`"),
    (r#"{"rows":5,"where":"age >"}"#, "expression/syntax", None, "SQL"),
    (r#"{"rows":5,"where":""}"#, "expression/syntax", None, "SQL"),
    (r#"{"rows":5,"where":"age > 'old'"}"#, "expression/types", None, ""),
    (r#"{"rows":5,"where":"age + 1"}"#, "expression/types", None, "age > 60"),
    (r#"{"rows":5,"balance":"grade"}"#, "condition/unknown-column", Some("grade"), ""),
    (r#"{"rows":5,"balance":"age"}"#, "condition/balance", Some("age"), ""),
    (r#"{"given":{"rows":[{"agee":5}]}}"#, "condition/unknown-column", Some("agee"), ""),
    (r#"{"given":{"rows":[{"age":"old"}]}}"#, "table/cell-does-not-fit", Some("age"), ""),
    (r#"{"rows":3,"given":{"rows":[{"age":5}]}}"#, "condition/given-rows", None, "rows"),
    (r#"{"rows":0}"#, "server/bad-sample", None, ""),
    (r#"{"rows":200000000}"#, "server/bad-sample", None, ""),
    (r#"{"where":"age > 5"}"#, "server/bad-sample", None, ""),
    (r#"{"rows":5,"where":"age > 5","balance":"tgrade"}"#, "server/bad-sample", None, ""),
    (r#"{"rows":5,"wher":"age > 5"}"#, "server/not-understood", None, ""),
];

/// What only the model knows.
#[rustfmt::skip]
const LATER: [Mistake; 5] = [
    (r#"{"rows":5,"where":"horTh = 'yess'"}"#, "condition/unknown-level", Some("horTh"), "yes"),
    (r#"{"rows":5,"where":"age > 60 and age < 50"}"#, "condition/impossible", None, "age > 60"),
    (r#"{"rows":5,"balance":"tgrade=I:0.5/IV:0.5"}"#, "condition/unknown-level", Some("tgrade"), "III"),
    (r#"{"rows":5,"balance":"tgrade=I:0.5/II:0.2"}"#, "condition/balance", None, ""),
    (r#"{"given":{"rows":[{"horTh":"yess"}]}}"#, "condition/unknown-level", Some("horTh"), ""),
];

fn wish(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_the_schema_shows_to_be_wrong_is_refused_with_its_place_and_a_remedy() {
    let (service, _, run) = patients();
    for (text, code, column, remedy) in AT_ONCE {
        let told = ask(&service, &run, wish(text)).refused(422, code);
        assert_eq!(told["column"].as_str(), column, "{text}: {told}");
        let words = told["remedy"].as_str().unwrap();
        assert!(words.contains(remedy), "{text}: {words}");
        assert!(!told.to_string().contains("--rows"), "{text}: {told}");
    }
    let condition = |text: String| ask(&service, &run, json!({ "rows": 5, "where": text }));
    let deep = format!("{}age > 5{}", "(".repeat(1500), ")".repeat(1500));
    condition(deep).refused(422, "expression/syntax");
    condition(format!("age{} > 5", "+1".repeat(1900))).refused(422, "expression/syntax");
    let fine = condition(format!("age{} > 5", "+1".repeat(400))).with(201);
    drawn(&service, &run, &id(&fine.json()));
    let unknown = json!({ "given": { "dataset": "0123456789abcdef0123456789abcdef" } });
    ask(&service, &run, unknown).refused(404, "server/not-found");
    // A run without a result has no rows to draw.
    let endless = service.endless(&service.dataset("t.csv", table(300)));
    ask(&service, &endless, json!({ "rows": 5 })).refused(409, "server/no-result");
    assert!(!service.log().contains("agee"), "{}", service.log());
}

#[test]
fn what_the_model_shows_to_be_wrong_is_the_samples_failure() {
    let (service, _, run) = patients();
    for (text, code, column, remedy) in LATER {
        let made = id(&ask(&service, &run, wish(text)).with(201).json());
        let told = ended(&service, &run, &made);
        assert_eq!(told["state"], "failed", "{text}");
        let failure = &told["failure"];
        assert_eq!(failure["code"], code, "{text}: {failure}");
        assert_eq!(failure["column"].as_str(), column, "{text}: {failure}");
        let words = failure["remedy"].as_str().unwrap();
        assert!(
            !words.is_empty() && words.contains(remedy),
            "{text}: {words}"
        );
        let sent = service.get(&format!("/v1/runs/{run}/samples/{made}/rows"));
        sent.refused(409, "server/no-result");
    }
    assert!(!service.log().contains("yess"), "{}", service.log());
}

#[test]
fn keys_columns_have_no_conditions() {
    let service = Service::start();
    let with_keys: String = std::iter::once("id,size,group\n".to_owned())
        .chain(
            (0..300).map(|i| format!("P-{:05},{}.5,{}\n", 7 * i + 13, i % 50, ["a", "b"][i % 2])),
        )
        .collect();
    let dataset = service.dataset("k.csv", with_keys);
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    let told = ask(
        &service,
        &run,
        json!({ "rows": 5, "where": "id = 'P-00013'" }),
    );
    assert_eq!(told.refused(422, "expression/key-column")["column"], "id");
    let given = json!({ "given": { "rows": [{ "id": "P-00013" }] } });
    let told = ask(&service, &run, given).refused(422, "condition/key-column");
    assert_eq!(told["column"], "id");
    let told = ask(&service, &run, json!({ "rows": 5, "balance": "id" }));
    assert_eq!(told.refused(422, "condition/balance")["column"], "id");
}

#[test]
fn given_cells_are_for_keys_that_may_see_rows() {
    let (service, dataset, run) = patients();
    let made = service.post(
        "/v1/keys",
        json!({ "name": "plain", "project": "default", "sees_rows": false }),
    );
    let plain = made.with(201).json()["key"].as_str().unwrap().to_owned();
    let path = format!("/v1/runs/{run}/samples");
    let as_plain = |method, path: &str, body| service.ask(method, path, Some(&plain), body);
    for given in [
        json!({ "dataset": dataset }),
        json!({ "rows": [{ "age": 44 }] }),
    ] {
        let body = Ask::Json(json!({ "given": given }));
        as_plain(Method::POST, &path, body).refused(403, "server/rows-not-shown");
    }
    let met = Ask::Json(json!({ "rows": 5, "where": "age > 50" }));
    let own = id(&as_plain(Method::POST, &path, met).with(201).json());
    drawn(&service, &run, &own);
    let rows = |sample: &str| as_plain(Method::GET, &format!("{path}/{sample}/rows"), Ask::Nothing);
    rows(&own).with(200);
    // Of one who may see rows: that there is one, not its cells.
    let around = json!({ "given": { "rows": [{ "age": 44 }] } });
    let around = id(&ask(&service, &run, around).with(201).json());
    drawn(&service, &run, &around);
    as_plain(Method::GET, &format!("{path}/{around}"), Ask::Nothing).with(200);
    rows(&around).refused(403, "server/rows-not-shown");
    let page = as_plain(Method::GET, &format!("/runs/{run}"), Ask::Nothing).with(200);
    let page = page.text().replace("&#x2f;", "/");
    assert!(!page.contains(&format!("{around}/rows")));
    assert!(page.contains(&format!("{own}/rows")));
    // A dataset of another project is none of this one's.
    let project = id(&service
        .post("/v1/projects", json!({ "name": "other" }))
        .with(201)
        .json());
    let key = service.project_key(&project);
    let foreign = id(&service
        .upload_as(&key, "t.csv", "age\n50\n60\n")
        .with(201)
        .json());
    let body = json!({ "given": { "dataset": foreign } });
    ask(&service, &run, body).refused(404, "server/not-found");
    // Who did what, without what was asked.
    let audit = service.get("/v1/audit").with(200).text();
    for what in ["\"sample\"", "\"download\"", own.as_str()] {
        assert!(audit.contains(what), "{what}: {audit}");
    }
    assert!(!audit.contains("age > 50"));
}

#[test]
fn a_sample_is_cancelled_deleted_and_goes_with_its_run() {
    let (service, _, run) = patients();
    // Whatever is asked for now waits behind this one.
    let busy = service.endless(&service.dataset("t.csv", table(300)));
    service.until(&busy, "running");
    let first = ask(&service, &run, json!({ "rows": 5 })).with(201).json();
    assert_eq!(first["state"], "queued");
    let first = id(&first);
    let path = |sample: &str, part: &str| format!("/v1/runs/{run}/samples/{sample}{part}");
    let delete = |path: &str| service.ask(Method::DELETE, path, Some(&service.key), Ask::Nothing);
    delete(&path(&first, "")).refused(409, "server/run-not-ended");
    let second = id(&ask(&service, &run, json!({ "rows": 5 })).with(201).json());
    let cancelled = service
        .post(&path(&second, "/cancel"), Value::Null)
        .with(200);
    assert_eq!(cancelled.json()["state"], "cancelled");
    delete(&path(&second, "")).with(204);
    service
        .get(&path(&second, ""))
        .refused(404, "server/not-found");
    service
        .get(&path(&run, ""))
        .refused(404, "server/not-found");
    let stop = service.post(&format!("/v1/runs/{busy}/cancel"), Value::Null);
    stop.with(200);
    drawn(&service, &run, &first);
    let bytes = |data: std::path::PathBuf| -> u64 {
        let mut all = vec![data];
        let mut sum = 0;
        while let Some(folder) = all.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let meta = entry.metadata().unwrap();
                if meta.is_dir() {
                    all.push(entry.path());
                } else {
                    sum += meta.len();
                }
            }
        }
        sum
    };
    assert!(bytes(service.data().join("store/files")) > 0);
    delete(&format!("/v1/runs/{run}")).with(204);
    service
        .get(&path(&first, ""))
        .refused(404, "server/not-found");
    service
        .get(&path(&first, "/rows"))
        .refused(404, "server/not-found");
    ask(&service, &run, json!({ "rows": 5 })).refused(404, "server/not-found");
    let left = bytes(service.data().join("work"));
    assert_eq!(left, 0, "nothing is left of what was at work");
}

#[test]
fn the_same_wish_sent_twice_is_one_sample() {
    let (service, _, run) = patients();
    let client = reqwest::blocking::Client::builder()
        .no_proxy()
        .build()
        .unwrap();
    let send = || {
        let path = format!("{}/v1/runs/{run}/samples", service.address);
        let request = client.post(path).bearer_auth(&service.key);
        let request = request.header("idempotency-key", "once");
        let answer = request.json(&json!({ "rows": 5 })).send().unwrap();
        assert_eq!(answer.status(), 201);
        id(&answer.json().unwrap())
    };
    let (one, two) = (send(), send());
    assert_eq!(one, two);
    drawn(&service, &run, &one);
    let listed = service.get(&format!("/v1/runs/{run}/samples")).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

/// A sample that is at work and was asked for so many rows that it goes on for a while on this machine: the wish, the
/// sample and the number of rows. Few rows meet the condition.
fn at_work(service: &Service, run: &str) -> (Value, String, u64) {
    let mut rows = 2_000_000;
    loop {
        let wish = json!({ "rows": rows, "seed": 9, "where": "age < 32 and group = 'north'" });
        let made = id(&ask(service, run, wish.clone()).with(201).json());
        let path = format!("/v1/runs/{run}/samples/{made}");
        let is_drawing = wait("first rows", || {
            let now = service.get(&path).with(200).json();
            match now["state"].as_str() {
                Some("succeeded") => Some(false),
                _ => now["rows"]
                    .as_u64()
                    .is_some_and(|n| 0 < n && n < rows / 2)
                    .then_some(true),
            }
        });
        if is_drawing {
            return (wish, made, rows);
        }
        rows *= 4;
    }
}

#[test]
fn a_sample_that_is_stopped_by_the_services_end_is_drawn_by_the_next() {
    let folder = Folder::new(tempfile::tempdir().unwrap());
    let mut service = Service::again(folder.clone(), &[]);
    let run = service.copula(&service.dataset("t.csv", table(300)));
    service.until(&run, "succeeded");
    let (wish, made, rows) = at_work(&service, &run);
    service.end();
    let service = Service::again(folder, &[]);
    let told = drawn(&service, &run, &made);
    assert_eq!(told["result"]["rows"], rows);
    let hash = |sample: &str| {
        let sent = service.get(&format!("/v1/runs/{run}/samples/{sample}/rows"));
        let sent = sent.with(200).bytes;
        (sent.len(), sent[sent.len() - 200..].to_vec())
    };
    let again = id(&ask(&service, &run, wish).with(201).json());
    drawn(&service, &run, &again);
    assert!(hash(&made) == hash(&again), "as if nothing had happened");
}
