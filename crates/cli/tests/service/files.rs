//! What files are, by their content; and what must not be read to its end.

use std::io::Write;
use std::path::Path;

use verdancy_table::{Format, infer, read};

use crate::client::{Service, example, table};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 19).unwrap()
}

/// The example as another format.
fn other(format: Format) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data/gbsg2.csv");
    let loaded = read::load(
        &source,
        &read::Options::default(),
        &infer::Options::default(),
    )
    .unwrap();
    let path = folder.path().join("t");
    verdancy_table::write::write(&path, &loaded.table, format).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn the_content_says_what_a_file_is_not_its_name() {
    let service = Service::start();
    let csv = example("gbsg2.csv");
    let marked = [&b"\xef\xbb\xbf"[..], &csv].concat();
    let parquet = other(Format::Parquet);
    for (name, bytes) in [
        ("parquet-named.csv", parquet.clone()),
        ("arrow-named.csv", other(Format::ArrowIpc)),
        ("csv-named.parquet", csv.clone()),
        ("marked.csv", marked),
        ("packed.csv", gzip(&csv)),
        ("packed.parquet", zstd(&csv)),
        ("no name at all", csv),
    ] {
        let made = service.upload(name, bytes).with(201).json();
        assert_eq!(
            (made["rows"].as_i64(), made["columns"].as_i64()),
            (Some(686), Some(10)),
            "{name}"
        );
    }
}

#[test]
fn a_preview_shows_the_same_cells_whatever_the_format() {
    let service = Service::start();
    let rows = |bytes: Vec<u8>| {
        let dataset = service.dataset("t", bytes);
        let path = format!("/v1/datasets/{dataset}/preview?rows=100");
        service.get(&path).with(200).json()
    };
    let csv = rows(example("gbsg2.csv"));
    assert_eq!(csv["rows"].as_array().unwrap().len(), 100);
    assert_eq!(csv, rows(other(Format::Parquet)));
    assert_eq!(csv, rows(zstd(&example("gbsg2.csv"))));
}

#[test]
fn what_is_no_table_is_refused_by_name() {
    let service = Service::start();
    let polyglot = b"%PDF-1.7\na,b\n1,2\nPK\x03\x04trailer".to_vec();
    let zip = b"PK\x03\x04\x14\0\0\0\0\0........../../etc/passwd".to_vec();
    let pickle = b"\x80\x04\x95\x0b\0\0\0\0\0\0\0\x8c\x02os\x94.".to_vec();
    let huge_window = b"\x28\xb5\x2f\xfd\x00\xff\x01\0\0".to_vec();
    let mut cut = other(Format::Parquet);
    cut.truncate(cut.len() / 2);
    let mut footer = other(Format::Parquet);
    let at = footer.len() - 8;
    footer[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let wide = (0..100_000)
        .map(|i| format!("c{i}"))
        .collect::<Vec<_>>()
        .join(",")
        + "\n";
    for (name, bytes, code) in [
        ("nul.csv", b"a,b\n1,2\n\0,3\n".to_vec(), "table/nul-byte"),
        (
            "binary.csv",
            b"a,b\nJos\xe9\x01,2\n".to_vec(),
            "table/not-utf8",
        ),
        ("polyglot.csv", polyglot, "table/format-unknown"),
        ("archive.csv", zip, "table/format-unknown"),
        ("pickle.csv", pickle, "table/not-utf8"),
        (
            "parquet-in.csv.gz",
            gzip(&other(Format::Parquet)),
            "table/packed-twice",
        ),
        (
            "twice.csv.gz",
            gzip(&gzip(&example("gbsg2.csv"))),
            "table/packed-twice",
        ),
        ("window.csv.zst", huge_window, "table/bad-compression"),
        (
            "cut.csv.gz",
            gzip(&example("gbsg2.csv"))[..500].to_vec(),
            "table/truncated",
        ),
        ("cut.parquet", cut, "table/bad-parquet"),
        ("footer.parquet", footer, "table/bad-parquet"),
        ("empty.csv", Vec::new(), "table/empty-file"),
        ("header.csv", b"a,b\n".to_vec(), "table/no-rows"),
        (
            "ragged.csv",
            b"a,b\n1,2\n1,2,3\n".to_vec(),
            "table/ragged-row",
        ),
        (
            "twins.csv",
            b"a,a\n1,2\n".to_vec(),
            "table/duplicate-column-name",
        ),
        (
            "open.csv",
            b"a,b\n\"1,2\n3,4\n".to_vec(),
            "table/unclosed-quote",
        ),
        ("array.json", b"[{\"a\":1}]".to_vec(), "table/json-array"),
        (
            "nested.ndjson",
            b"{\"a\":[1]}\n".to_vec(),
            "table/nested-column",
        ),
        ("wide.csv", wide.into_bytes(), "table/too-many-columns"),
    ] {
        let body = service.upload(name, bytes).refused(422, code);
        let place = service.data().display().to_string();
        assert!(
            !body.to_string().contains(&place),
            "no path of the service: {body}"
        );
    }
    assert_eq!(
        service.get("/v1/datasets").json().as_array().unwrap().len(),
        0
    );
    service.dataset("good.csv", table(30));
}

#[test]
fn bombs_are_seen_while_they_unpack() {
    let service = Service::start();
    // 80 MB of one row again and again: 1 to 1,000 and more.
    let row = format!("{0},{0}\n", "x".repeat(499));
    let bomb = String::from("a,b\n") + &row.repeat(80_000);
    service
        .upload("bomb.csv.gz", gzip(bomb.as_bytes()))
        .refused(422, "table/decompression-bomb");
    service
        .upload("bomb.csv.zst", zstd(bomb.as_bytes()))
        .refused(422, "table/decompression-bomb");
    service.dataset("good.csv", table(30));
}
