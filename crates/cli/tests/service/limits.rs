//! Bounds on what strangers send, each at its limit and one beyond; and requests that never end.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Service, table, wait};

impl Service {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address.trim_start_matches("http://")).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream
    }

    fn upload_head(&self, more: &str) -> String {
        self.upload_head_as(&self.key, more)
    }

    fn upload_head_as(&self, key: &str, more: &str) -> String {
        let host = self.address.trim_start_matches("http://");
        format!(
            "POST /v1/datasets?name=t.csv HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n{more}\r\n\r\n"
        )
    }
}

/// The status of what comes back, and all of it.
fn answer(stream: &mut TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    // The service may close before it has taken everything.
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::ConnectionReset => {}
        Err(e) => panic!("{e}"),
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|s| s.parse().ok());
    (status.unwrap_or_else(|| panic!("no answer: {text}")), text)
}

#[test]
fn one_byte_over_the_upload_is_too_much() {
    let service = Service::with(&["--upload", "100000"]);
    let mut exact = String::from("a,b\n");
    while exact.len() < 99_000 {
        exact += &format!("{},1\n", exact.len());
    }
    exact += &format!("2,{}\n", "3".repeat(100_000 - exact.len() - 3));
    assert_eq!(exact.len(), 100_000);
    service.upload("bytes.csv", exact.clone()).with(201);
    exact.push('\n');
    let body = service.upload("bytes.csv", exact);
    let body = body.refused(413, "server/upload-too-large");
    assert!(body["message"].as_str().unwrap().contains("100000"));
}

#[test]
fn one_row_column_or_byte_of_a_cell_over_the_limit_is_too_much() {
    let service = Service::with(&["--max-rows", "50", "--max-columns", "4", "--max-cell", "64"]);
    service.dataset("rows.csv", table(50));
    service
        .upload("rows.csv", table(51))
        .refused(422, "table/too-many-rows");
    service.dataset("columns.csv", "a,b,c,d\n1,2,3,4\n");
    service
        .upload("columns.csv", "a,b,c,d,e\n1,2,3,4,5\n")
        .refused(422, "table/too-many-columns");
    for quote in ["", "\""] {
        let cell = |n: usize| format!("a,b\n{quote}{}{quote},1\n", "x".repeat(n));
        service.dataset("cell.csv", cell(64));
        service
            .upload("cell.csv", cell(65))
            .refused(422, "table/cell-too-long");
    }
    // A line without an end, and a quote that never closes.
    let endless = "a,b\n1,2,".to_owned() + &"x".repeat(90_000);
    service
        .upload("line.csv", endless)
        .refused(422, "table/ragged-row");
    let endless = "a,b\n\"".to_owned() + &"x".repeat(90_000);
    service
        .upload("quote.csv", endless)
        .refused(422, "table/cell-too-long");
}

#[test]
fn unpacked_bytes_count() {
    let service = Service::with(&["--max-bytes", "100k"]);
    let packed = |rows: usize| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(table(rows).as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    assert!(table(4000).len() < 100_000 && table(6000).len() > 100_000);
    assert!(packed(6000).len() < 50_000);
    service.dataset("t.csv.gz", packed(4000));
    service
        .upload("t.csv.gz", packed(6000))
        .refused(422, "table/too-large");
}

#[test]
fn a_table_that_needs_more_memory_than_allowed_takes_only_its_reader_down() {
    let service = Service::with(&["--memory", "250M"]);
    let mut state = 1u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 24
    };
    let distinct: String = (0..600_000)
        .map(|_| format!("{},x{}\n", next(), next()))
        .collect();
    service
        .upload("big.csv", "a,b\n".to_owned() + &distinct)
        .refused(422, "server/too-large");
    service.dataset("small.csv", table(60));
}

#[test]
fn a_body_without_an_end_is_cut_off() {
    let service = Service::with(&["--upload", "1M"]);
    let mut stream = service.connect();
    let head = service.upload_head("transfer-encoding: chunked");
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [&b"1000\r\n"[..], &[b'1'; 0x1000], b"\r\n"].concat();
    let mut sent = 0;
    while stream.write_all(&chunk).is_ok() {
        sent += 1;
        assert!(sent < 20_000, "80 MB were taken");
    }
    let (status, text) = answer(&mut stream);
    assert_eq!(status, 413, "{text}");
    assert!(text.contains("server/upload-too-large"));
    // Nothing of it is left.
    let left = std::fs::read_dir(service.data().join("store/tmp"))
        .unwrap()
        .count();
    assert_eq!(left, 0);
}

#[test]
fn what_is_said_to_be_too_long_is_refused_without_reading() {
    let service = Service::with(&["--upload", "1M"]);
    let mut stream = service.connect();
    let head = service.upload_head("content-length: 1000000001");
    stream.write_all(head.as_bytes()).unwrap();
    let (status, text) = answer(&mut stream);
    assert_eq!(status, 413, "{text}");
}

#[test]
fn who_sends_too_much_is_told_so_and_not_cut_off() {
    // Clients that look at the answer only after their last byte; far more than a socket holds.
    let service = Service::with(&["--upload", "6M"]);
    for _ in 0..5 {
        let upload = service.upload("t.csv", vec![b'1'; 16 << 20]);
        upload.refused(413, "server/upload-too-large");
        let wrong = "vk_wrong";
        let foreign = service.upload_as(wrong, "t.csv", vec![b'1'; 5 << 20]);
        foreign.refused(401, "server/no-key");
        // JSON has a bound of its own.
        let long = json!({ "dataset": "x".repeat(5 << 20) });
        service
            .post("/v1/runs", long)
            .refused(413, "server/not-understood");
    }
}

#[test]
fn a_head_that_never_ends_holds_nothing_up() {
    let service = Service::start();
    let mut slow: Vec<TcpStream> = (0..50).map(|_| service.connect()).collect();
    for stream in &mut slow {
        stream
            .write_all(b"GET /health HTTP/1.1\r\nx-slow: ")
            .unwrap();
    }
    let from = Instant::now();
    service.get("/health").with(200);
    // All are let go, though each goes on sending a byte a second.
    wait("end of the slow connections", || {
        slow.retain_mut(|stream| {
            stream
                .set_read_timeout(Some(Duration::from_millis(1)))
                .unwrap();
            let mut byte = [0];
            let sent = stream.write_all(b"a");
            match stream.read(&mut byte) {
                Ok(0) => false,
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    sent.is_ok()
                }
                Ok(_) => true,
                Err(_) => false,
            }
        });
        slow.is_empty().then_some(())
    });
    assert!(
        from.elapsed() > Duration::from_secs(2),
        "they were let in at first"
    );
    service.get("/health").with(200);
}

#[test]
fn a_head_without_bounds_is_refused() {
    let service = Service::start();
    let mut stream = service.connect();
    stream.write_all(b"GET /health HTTP/1.1\r\n").unwrap();
    let line = format!("x: {}\r\n", "a".repeat(1000));
    let mut sent = 0;
    while stream.write_all(line.as_bytes()).is_ok() {
        sent += 1;
        assert!(sent < 100_000);
    }
    let (status, _) = answer(&mut stream);
    assert_eq!(status, 431);
}

#[test]
fn more_uploads_than_places_are_told_to_come_again() {
    let service = Service::start();
    let mut keys: Vec<String> = Vec::new();
    let mut held: Vec<TcpStream> = (0..16).map(|_| service.connect()).collect();
    // Four of each of four tenants.
    for (i, stream) in held.iter_mut().enumerate() {
        let key = (i % 4 == 0).then(|| {
            let made = service
                .post("/v1/keys", json!({ "name": "k" }))
                .with(201)
                .json();
            made["key"].as_str().unwrap().to_owned()
        });
        keys.extend(key);
        let head = service.upload_head_as(&keys[i / 4], "content-length: 1000");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(b"a,b\n").unwrap();
    }
    wait("full house", || {
        let text = service.get("/metrics").text();
        text.contains("verdancy_upload_places 0.0").then_some(())
    });
    let refused = service.upload("t.csv", table(30));
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    refused.refused(503, "server/busy");
    let own = service.upload_as(&keys[0], "t.csv", table(30));
    assert_eq!(own.header("retry-after"), "2");
    own.refused(429, "server/too-many-at-once");
    service.get("/v1/runs").with(200);
    drop(held);
    wait("a free place", || {
        let text = service.get("/metrics").text();
        text.contains("verdancy_upload_places 16.0").then_some(())
    });
    service.dataset("t.csv", table(30));
}

#[test]
fn a_wrong_media_type_and_broken_json_are_told_apart() {
    let service = Service::start();
    let mut stream = service.connect();
    let host = service.address.trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /v1/runs HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 5\r\nconnection: close\r\n\r\n{{\"dat",
        service.key
    );
    stream.write_all(head.as_bytes()).unwrap();
    let (status, text) = answer(&mut stream);
    assert_eq!(status, 400, "{text}");
    assert!(text.contains("server/not-understood"), "{text}");
}
