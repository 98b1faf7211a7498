//! The whole way of a run, the service's words about itself, and lists.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Ask, Service, example, id, table, wait};

/// Server-sent events: number, kind, data.
fn events(text: &str) -> Vec<(String, String, Value)> {
    text.split("\n\n")
        .filter(|block| block.contains("data: "))
        .map(|block| {
            let of = |name: &str| {
                let line = block.lines().find_map(|l| l.strip_prefix(name));
                line.unwrap_or_default().to_owned()
            };
            (
                of("id: "),
                of("event: "),
                serde_json::from_str(&of("data: ")).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_whole_way_from_upload_to_comparison() {
    let service = Service::start();
    let made = service
        .upload("gbsg2.csv", example("gbsg2.csv"))
        .with(201)
        .json();
    assert_eq!(
        (made["rows"].as_i64(), made["columns"].as_i64()),
        (Some(686), Some(10))
    );
    let dataset = id(&made);
    let of = |part: &str| format!("/v1/datasets/{dataset}{part}");
    assert_eq!(service.get(&of("")).with(200).json()["name"], "gbsg2.csv");

    // What the columns mean: shown, edited, kept.
    let schema = service.get(&of("/schema")).with(200);
    assert_eq!(schema.header("content-type"), "application/toml");
    let age = |kind: &str| format!("name = \"age\"\nkind = \"{kind}\"");
    let edited = schema.text().replace(&age("integer"), &age("categorical"));
    assert_ne!(edited, schema.text());
    let put = |text: &str| {
        let body = Ask::Bytes(text.into());
        service.ask(Method::PUT, &of("/schema"), Some(&service.key), body)
    };
    put(&edited).with(200);
    let kept = || service.get(&of("/schema")).text();
    assert!(kept().contains(&age("categorical")));
    put("[[column]]\nname = \"nothing\"\nkind = \"integer\"\n")
        .refused(422, "table/column-missing");
    put("this is [ not toml").refused(422, "schema/bad-toml");
    put("").refused(422, "server/not-understood");
    assert!(kept().contains(&age("categorical")));
    put(&schema.text()).with(200);

    let profile = service.get(&of("/profile")).with(200).json();
    assert_eq!(profile["columns"].as_array().unwrap().len(), 10);
    let preview = service.get(&of("/preview?rows=3")).with(200).json();
    assert_eq!(preview["rows"].as_array().unwrap().len(), 3);
    let text = String::from_utf8(example("gbsg2.csv")).unwrap();
    let first = text.lines().nth(1).unwrap();
    let cells: Vec<&str> = (preview["rows"][0].as_array().unwrap().iter())
        .map(|c| c.as_str().unwrap_or(""))
        .collect();
    assert_eq!(cells.join(","), first.replace('"', ""));

    let advice = service
        .get(&format!("/v1/suggest?dataset={dataset}&mode=speed"))
        .with(200)
        .json();
    assert!(advice["config"]["n_iter"].as_u64().unwrap() > 0, "{advice}");
    assert!(advice["estimate"]["seconds"].as_f64().unwrap() > 0.0);

    // The run, and everything that is told of it.
    let run = service.copula(&dataset);
    let path = |part: &str| format!("/v1/runs/{run}{part}");
    let stream = service.get(&path("/events")).with(200);
    assert_eq!(stream.header("content-type"), "text/event-stream");
    let all = events(&stream.text());
    let kinds: Vec<&str> = all.iter().map(|e| e.1.as_str()).collect();
    for kind in ["stage", "parameters", "trained", "judged", "end", "state"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    assert_eq!(all.last().unwrap().2["state"], "succeeded");
    let numbers: Vec<i64> = (all.iter()).filter_map(|e| e.0.parse().ok()).collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    let middle = numbers.len() / 2;
    let body = Ask::After(numbers[middle].to_string());
    let rest = service.ask(Method::GET, &path("/events"), Some(&service.key), body);
    assert_eq!(
        events(&rest.text())[..],
        all[middle + 1..],
        "goes on after Last-Event-ID"
    );

    assert_eq!(service.state(&run), "succeeded");
    let whole = service.get(&path("")).with(200).json();
    assert_eq!(whole["result"]["method"], "gaussian_copula");
    assert!(whole["result"]["gates"].as_array().unwrap().len() > 5);
    let metrics = service.get(&path("/metrics")).with(200).json();
    assert!(metrics.to_string().contains("ks"), "{metrics}");
    let steps = service.get(&path("/steps")).with(200).json();
    assert_eq!(steps.as_array().unwrap().len(), 1);
    let files = service.get(&path("/artifacts")).with(200).json();
    let mut hash = Value::Null;
    for file in files.as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        let sent = service.get(&path(&format!("/artifacts/{}", name.replace('/', "%2F"))));
        let sent = sent.with(200);
        assert_eq!(
            sent.bytes.len() as u64,
            file["bytes"].as_u64().unwrap(),
            "{name}"
        );
        assert!(
            sent.header("content-disposition")
                .starts_with("attachment; ")
        );
        if name == "synthetic.csv" {
            assert_eq!(sent.text().lines().next(), text.lines().next());
            hash = file["hash"].clone();
        }
    }
    let report = service.get(&path("/report")).with(200);
    assert!(report.header("content-security-policy").contains("sandbox"));
    assert!(report.text().contains("<svg"));

    // Once more: the same, since the seed is.
    let again = service.post(&path("/retry"), Value::Null).with(201).json();
    assert_eq!(again["run"]["retry_of"], run.as_str());
    let again = id(&again);
    service.until(&again, "succeeded");
    let files = service.get(&format!("/v1/runs/{again}/artifacts")).json();
    let twin = (files.as_array().unwrap().iter()).find(|f| f["name"] == "synthetic.csv");
    assert_eq!(twin.unwrap()["hash"], hash);
    let both = service
        .get(&format!("/v1/compare?runs={run},{again}"))
        .with(200)
        .json();
    assert_eq!(both["runs"].as_array().unwrap().len(), 2);
    service
        .get(&format!("/v1/compare?runs={run}"))
        .refused(422, "server/bad-comparison");
}

#[test]
fn runs_are_cancelled_and_have_no_result_then() {
    let service = Service::start();
    let dataset = service.dataset("t.csv", table(300));
    let running = service.endless(&dataset);
    let waiting = service.copula(&dataset);
    wait("training", || {
        let status = service.get(&format!("/v1/runs/{running}/status")).json();
        (status["progress"]["stage"] == "fit").then_some(())
    });
    let path = |run: &str, part: &str| format!("/v1/runs/{run}{part}");
    service
        .get(&path(&running, "/metrics"))
        .refused(409, "server/no-result");
    service
        .get(&path(&running, "/report"))
        .refused(409, "server/no-result");
    assert_eq!(
        service.get(&path(&running, "/artifacts")).with(200).json(),
        json!([])
    );
    let cancelled = service
        .post(&path(&waiting, "/cancel"), Value::Null)
        .with(200)
        .json();
    assert_eq!(cancelled["state"], "cancelled", "it had not begun");
    let asked = service
        .post(&path(&running, "/cancel"), Value::Null)
        .with(200)
        .json();
    assert_eq!(asked["state"], "cancelling");
    service.until(&running, "cancelled");
    let listed = |query: &str| {
        let answer = service.get(&format!("/v1/runs?{query}")).with(200);
        answer.json().as_array().unwrap().len()
    };
    assert_eq!(listed("state=cancelled"), 2);
    assert_eq!(listed("state=cancelled&limit=1"), 1);
    assert_eq!(listed("state=queued,running,cancelling"), 0);
    assert_eq!(listed("actor=nobody"), 0);
    assert_eq!(listed("project=default&state=cancelled"), 2, "by its name");
    let unknown = service.get("/v1/runs?project=0.5");
    unknown.refused(404, "server/not-found");
    for odd in ["state=over", "limit=0", "colour=green", "limit=1&limit=2"] {
        let answer = service.get(&format!("/v1/runs?{odd}"));
        answer.refused(422, "server/bad-filter");
    }
    // Asking twice changes nothing.
    let again = service
        .post(&path(&running, "/cancel"), Value::Null)
        .with(200)
        .json();
    assert_eq!(again["state"], "cancelled");
    let steps = service.get(&path(&running, "/steps")).with(200).json();
    assert!(!steps.as_array().unwrap().is_empty());
}

#[test]
fn a_run_that_cannot_work_says_why() {
    let service = Service::start();
    let dataset = service.dataset("few.csv", "a,b\n1,2\n2,3\n");
    let run = service.copula(&dataset);
    service.until(&run, "failed");
    let failed = service.get(&format!("/v1/runs/{run}")).json();
    assert_eq!(failed["failure"]["code"], "engine/too-few-rows");
    for (body, code) in [
        (json!({ "dataset": dataset, "rows": 0 }), "server/bad-run"),
        (
            json!({ "dataset": dataset, "target": "z" }),
            "server/bad-run",
        ),
        (
            json!({ "dataset": dataset, "attempts": 99 }),
            "server/bad-run",
        ),
        (
            json!({ "dataset": dataset, "parameters": { "hiden": 1 } }),
            "config/unknown-parameter",
        ),
        (
            json!({ "dataset": dataset, "metod": "tabddpm" }),
            "server/not-understood",
        ),
    ] {
        service.post("/v1/runs", body).refused(422, code);
    }
    service
        .post("/v1/runs", json!({ "dataset": "0" }))
        .refused(404, "server/not-found");
    let text = Ask::Bytes(b"{}".to_vec());
    let plain = service.ask(Method::POST, "/v1/runs", Some(&service.key), text);
    plain.refused(415, "server/not-understood");
}

#[test]
fn the_service_says_how_it_is_and_what_it_can() {
    let service = Service::start();
    let open = |path: &str| service.ask(Method::GET, path, None, Ask::Nothing).with(200);
    assert_eq!(open("/health").json()["status"], "ok");
    assert_eq!(open("/ready").json()["status"], "ok");
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let kept: Value = serde_json::from_slice(&std::fs::read(kept).unwrap()).unwrap();
    assert_eq!(open("/openapi.json").json(), kept);
    let can = service.get("/v1/capabilities").with(200).json();
    assert_eq!(can["methods"].as_array().unwrap().len(), 7);
    assert!(can["limits"]["upload_bytes"].as_u64().unwrap() > 0);
    service.get("/v1/nothing").refused(404, "server/not-found");
    let wrong = service.ask(Method::DELETE, "/v1/runs", Some(&service.key), Ask::Nothing);
    wrong.refused(405, "server/method-not-allowed");

    let dataset = service.dataset("t.csv", table(60));
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    let metrics = open("/metrics");
    assert!(
        metrics
            .header("content-type")
            .starts_with("application/openmetrics-text")
    );
    let text = metrics.text();
    for line in [
        "verdancy_runs{state=\"succeeded\"} 1",
        "verdancy_runs{state=\"queued\"} 0",
        "verdancy_run_claims_total 1",
        "verdancy_run_deaths_total 0",
        "verdancy_run_wait_seconds 0.0",
        "verdancy_datasets 1.0",
        "verdancy_dataset_rows 60.0",
        "verdancy_answers_total{class=\"4xx\"} 2",
        "verdancy_errors_total{code=\"server/not-found\"} 1",
        "verdancy_uploads_total 1",
        "verdancy_upload_places 16.0",
        "verdancy_watchers 0.0",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    for name in [
        "run_seconds",
        "artifact_bytes",
        "dataset_bytes",
        "upload_bytes_total",
    ] {
        let found = text
            .lines()
            .find_map(|l| l.strip_prefix(&format!("verdancy_{name} ")));
        assert!(found.unwrap().parse::<f64>().unwrap() > 0.0, "{name}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn lists_have_the_newest_first_and_go_on() {
    let service = Service::start();
    let made: Vec<String> = (0..3)
        .map(|i| service.dataset(&format!("{i}.csv"), table(30)))
        .collect();
    let ids = |path: &str| -> Vec<String> {
        let list = service.get(path).with(200).json();
        list.as_array().unwrap().iter().map(id).collect()
    };
    let newest: Vec<String> = made.iter().rev().cloned().collect();
    assert_eq!(ids("/v1/datasets"), newest);
    assert_eq!(ids("/v1/datasets?limit=2"), newest[..2]);
    assert_eq!(
        ids(&format!("/v1/datasets?before={}", made[1])),
        newest[2..]
    );
    let runs: Vec<String> = (0..3).map(|_| service.copula(&made[0])).collect();
    assert_eq!(ids("/v1/runs?limit=1"), runs[2..]);
    assert_eq!(ids(&format!("/v1/runs?before={}", runs[1])), runs[..1]);
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "before=%00",
        "before=zz",
        "sort=up",
    ] {
        for list in ["runs", "datasets"] {
            let answer = service.get(&format!("/v1/{list}?{query}"));
            assert_eq!(answer.status, 422, "{list} {query}");
        }
    }
    let gone = service.ask(
        Method::DELETE,
        &format!("/v1/datasets/{}", made[1]),
        Some(&service.key),
        Ask::Nothing,
    );
    gone.with(204);
    assert_eq!(ids("/v1/datasets").len(), 2);
    service
        .get(&format!("/v1/datasets/{}", made[1]))
        .refused(404, "server/not-found");
}

#[test]
fn a_type_is_changed_and_found_again_by_the_page() {
    let service = Service::with(&["--open"]);
    let dataset = service.dataset("t.csv", table(120));
    let client = reqwest::blocking::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let post = |part: &str, body: &'static str| {
        let request = client.post(format!("{}/datasets/{dataset}/{part}", service.address));
        let form = "application/x-www-form-urlencoded";
        let request = request.header("content-type", form).body(body);
        request.send().unwrap().status().as_u16()
    };
    let kind = || {
        let profile = service
            .get(&format!("/v1/datasets/{dataset}/profile"))
            .json();
        profile["columns"][0]["kind"].as_str().unwrap().to_owned()
    };
    let before = kind();
    assert_eq!(post("kinds", "kind.0=categorical"), 303);
    assert_eq!(kind(), "categorical");
    assert_eq!(post("reset", ""), 303);
    assert_eq!(kind(), before);
}
