//! Names that users give: kept as labels, never as paths, headers or statements.

use serde_json::json;

use crate::client::{Service, table};

#[test]
fn no_name_of_a_file_leads_anywhere() {
    let service = Service::start();
    let long = "n".repeat(4096);
    for (name, label) in [
        ("../../x", "../../x"),
        ("/etc/passwd", "/etc/passwd"),
        ("..", ".."),
        (".", "."),
        ("a\r\nset-cookie: x=1\r\n.csv", "aset-cookie: x=1.csv"),
        ("invoice\u{202e}vsc.exe", "invoicevsc.exe"),
        ("a\0b.csv", "ab.csv"),
        ("\"><img src=x>.csv", "\"><img src=x>.csv"),
        ("--help", "--help"),
        ("-rf", "-rf"),
        ("名前.csv", "名前.csv"),
        ("", "table"),
        (&long[..], &long[..200]),
    ] {
        let made = service.upload(name, table(60)).with(201).json();
        assert_eq!(made["name"], label, "{name:?}");
    }
    // All is in the service's folder, under names of its own.
    let mut names: Vec<String> = std::fs::read_dir(service.folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["data", "key", "stderr", "stdout"]);
    let store = service.data().join("store/files");
    for folder in std::fs::read_dir(store).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            assert!(
                name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()),
                "{name}"
            );
        }
    }
}

#[test]
fn names_stay_labels_on_the_way_out() {
    let service = Service::start();
    for name in ["../\u{202e}x\r\na: b\".csv", "名前.csv", "--output"] {
        let dataset = service.dataset(name, table(60));
        let run = service.copula(&dataset);
        service.until(&run, "succeeded");
        let sent = service
            .get(&format!("/v1/runs/{run}/artifacts/run.json"))
            .with(200);
        let header = sent.headers["content-disposition"].to_str().unwrap();
        assert!(header.starts_with("attachment; filename=\""), "{header}");
        let file = header.split('"').nth(1).unwrap();
        assert!(
            header.matches('"').count() == 2 && !file.contains(['/', '\\', '\r', '\n']),
            "{header}"
        );
        assert!(sent.headers.get("a").is_none());
    }
    // A name in the address of an artifact is looked up, not opened.
    let dataset = service.dataset("t.csv", table(60));
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    for name in [
        "..%2F..%2Fverdancy.db",
        "%2Fetc%2Fpasswd",
        "..",
        "run.json%00",
        "%E2%80%AE",
    ] {
        let answer = service.get(&format!("/v1/runs/{run}/artifacts/{name}"));
        assert!(
            matches!(answer.status, 404 | 405),
            "{name}: {}",
            answer.status
        );
    }
}

#[test]
fn statements_in_names_are_only_names() {
    let service = Service::start();
    let evil = "a'); DROP TABLE jobs;--";
    let text = table(60)
        .replacen("age", &format!("\"{evil}\""), 1)
        .replacen("score", "\"$1\"", 1);
    let dataset = service.dataset("'; DROP TABLE datasets;--.csv", text);
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    let profile = service
        .get(&format!("/v1/datasets/{dataset}/profile"))
        .with(200)
        .json();
    assert_eq!(profile["columns"][0]["name"], evil);
    let with_target =
        json!({ "dataset": dataset, "target": evil, "method": "gaussian_copula", "attempts": 1 });
    service.post("/v1/runs", with_target).with(201);
    for path in [
        "/v1/datasets/'%20OR%20'1'='1",
        "/v1/runs/%27;--",
        "/v1/projects/%25",
        "/v1/runs/%00",
    ] {
        service.get(path).refused(404, "server/not-found");
    }
    let name = json!({ "name": "x'; DROP TABLE api_keys;--" });
    service.post("/v1/keys", name).with(201);
    assert_eq!(
        service
            .get("/v1/keys")
            .with(200)
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    service
        .post("/v1/projects", json!({ "name": "'; --" }))
        .refused(422, "server/bad-name");
}

#[test]
fn csv_is_sent_as_it_is_or_safe_for_spreadsheets() {
    let service = Service::start();
    // A category that is a formula, and negative numbers: both come back in the synthetic table.
    let mut text = String::from("sum,note,change\n");
    for i in 0..120 {
        let note = ["=1+1", "@cmd", "plain"][i % 3];
        text += &format!("{i},{note},-{}.5\n", 1 + i * 7 % 40);
    }
    let dataset = service.dataset("t.csv", text);
    let run = service.copula(&dataset);
    service.until(&run, "succeeded");
    let sent = |query: &str| {
        let path = format!("/v1/runs/{run}/artifacts/synthetic.csv{query}");
        service.get(&path).with(200).text()
    };
    let exact = sent("");
    assert_eq!(
        exact,
        sent("?spreadsheet=false"),
        "exact without being asked"
    );
    let safe = sent("?spreadsheet=true");
    let rows = |text: &str| -> Vec<Vec<String>> {
        text.lines()
            .skip(1)
            .map(|l| l.split(',').map(str::to_owned).collect())
            .collect()
    };
    let (exact, safe) = (rows(&exact), rows(&safe));
    assert_eq!(exact.len(), safe.len());
    let mut seen = 0;
    for (exact, safe) in exact.iter().zip(&safe) {
        let change: f64 = exact[2].parse().unwrap();
        assert!(change < 0.0, "negative numbers survive: {exact:?}");
        for (exact, safe) in exact.iter().zip(safe) {
            if exact.starts_with(['=', '@', '-', '+']) {
                assert_eq!(*safe, format!("'{exact}"));
                seen += 1;
            } else {
                assert_eq!(safe, exact);
            }
        }
    }
    assert!(seen > exact.len());
    let other = format!("/v1/runs/{run}/artifacts/run.json?spreadsheet=true");
    service.get(&other).refused(422, "server/not-csv");
}
