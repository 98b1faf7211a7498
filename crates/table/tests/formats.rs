//! Each format gives the same cells, and says how to write a file like it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::Write;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Float32Array, Float64Array, Int8Array, Int64Array, LargeStringArray, ListArray, NullArray,
    RecordBatch, StringArray, Time64MicrosecondArray, TimestampNanosecondArray, UInt64Array,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use common::{File, codes, file, load, spec};
use verdancy_table::read::{self, Loaded, Options};
use verdancy_table::{Column, Compression, DateFormat, Dialect, Format, Kind, infer};

const TEXT: &str = "n,s\n1,a\n2,\"b \"\"x\"\", y\"\n,c\n4,\"two\nlines\"\n";

fn read_file(file: &File) -> Loaded {
    read::load(&file.path, &Options::default(), &infer::Options::default()).unwrap()
}

fn cells(loaded: &Loaded) -> (Vec<Option<i64>>, Vec<String>) {
    let Column::Integers(n) = loaded.table.column(0) else {
        panic!("{:?}", loaded.table.schema())
    };
    let s = match loaded.table.column(1) {
        Column::Levels(l) => (0..n.len())
            .map(|i| l.get(i).unwrap_or("").to_owned())
            .collect(),
        Column::Strings(s) => s.iter().map(|s| s.clone().unwrap_or_default()).collect(),
        other => panic!("{other:?}"),
    };
    (n.clone(), s)
}

#[test]
fn delimiters_quotes_line_ends_and_marks() {
    let expected = cells(&load(TEXT));
    assert_eq!(expected.0, [Some(1), Some(2), None, Some(4)]);
    assert_eq!(expected.1, ["a", "b \"x\", y", "c", "two\nlines"]);
    for delimiter in [b',', b';', b'\t', b'|'] {
        let d = char::from(delimiter);
        let text = format!("n{d}s\n1{d}a\n2{d}\"b \"\"x\"\", y\"\n{d}c\n4{d}\"two\nlines\"\n");
        let loaded = load(text);
        assert_eq!(cells(&loaded), expected);
        let Format::Csv { dialect, .. } = loaded.format else {
            panic!()
        };
        assert_eq!(
            dialect,
            Dialect {
                delimiter,
                crlf: false,
                bom: false,
                encoding: verdancy_table::Encoding::UTF_8,
            }
        );
    }
    let loaded = load("\u{feff}n,s\r\n1,a\r\n2,\"b \"\"x\"\", y\"\r\n,c\r\n4,\"two\nlines\"");
    assert_eq!(cells(&loaded), expected);
    let Format::Csv {
        dialect,
        compression,
    } = loaded.format
    else {
        panic!()
    };
    assert_eq!(
        dialect,
        Dialect {
            delimiter: b',',
            crlf: true,
            bom: true,
            encoding: verdancy_table::Encoding::UTF_8,
        }
    );
    assert_eq!(compression, Compression::None);
    let odd = Options {
        delimiter: Some(b'~'),
        ..Options::default()
    };
    let f = file("t.csv", "n~s\n1~a\n2~b\n");
    assert_eq!(read::read(&f.path, &odd).unwrap().columns.len(), 2);
    assert_eq!(load("only\n1\n\"\"\n3\n").table.rows(), 3);
    assert_eq!(load("text;x,y\na,b;1\nc,d;2\n").table.columns().len(), 2);
}

#[test]
fn compression_is_seen_by_content() {
    let expected = cells(&load(TEXT));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&TEXT.as_bytes()[..10]).unwrap();
    let mut gz = gz.finish().unwrap();
    let mut rest = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    rest.write_all(&TEXT.as_bytes()[10..]).unwrap();
    gz.extend(rest.finish().unwrap());
    let zst = zstd::encode_all(TEXT.as_bytes(), 0).unwrap();
    for (bytes, expected_compression) in [(gz, Compression::Gzip), (zst, Compression::Zstd)] {
        let loaded = load(bytes);
        assert_eq!(cells(&loaded), expected);
        let Format::Csv { compression, .. } = loaded.format else {
            panic!()
        };
        assert_eq!(compression, expected_compression);
    }
}

fn batch() -> RecordBatch {
    let rows = 40;
    let column = |name: &str, array: ArrayRef| (name.to_owned(), array, true);
    let each = |f: fn(i64) -> Option<i64>| (0..rows).map(f).collect::<Vec<_>>();
    let gap = |i: i64| (i % 5 != 0).then_some(i % 7);
    let dictionary: DictionaryArray<Int32Type> = (0..rows)
        .map(|i| Some(["u", "v", "w"][i as usize % 3]))
        .collect();
    RecordBatch::try_from_iter_with_nullable([
        column(
            "tiny",
            Arc::new(
                each(gap)
                    .into_iter()
                    .map(|x| x.map(|x| x as i8))
                    .collect::<Int8Array>(),
            ),
        ),
        column(
            "long",
            Arc::new(
                (0..rows)
                    .map(|i| Some(if i % 2 == 0 { i64::MAX } else { i64::MIN + i }))
                    .collect::<Int64Array>(),
            ),
        ),
        column(
            "unsigned",
            Arc::new(
                (0..rows)
                    .map(|i| Some(i as u64 % 9))
                    .collect::<UInt64Array>(),
            ),
        ),
        column(
            "half",
            Arc::new(
                (0..rows)
                    .map(|i| Some(i as f32 / 10.0))
                    .collect::<Float32Array>(),
            ),
        ),
        column(
            "whole",
            Arc::new(
                (0..rows)
                    .map(|i| (i % 4 != 0).then_some((i % 11) as f64))
                    .collect::<Float64Array>(),
            ),
        ),
        column(
            "price",
            Arc::new(
                (0..rows)
                    .map(|i| Some(i128::from(i) * 25 + 1))
                    .collect::<Decimal128Array>()
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
        ),
        column(
            "flag",
            Arc::new(
                (0..rows)
                    .map(|i| Some(i % 3 == 0))
                    .collect::<BooleanArray>(),
            ),
        ),
        column("word", Arc::new(dictionary)),
        column(
            "large",
            Arc::new(
                (0..rows)
                    .map(|i| Some(["x", "y", "z"][i as usize % 3]))
                    .collect::<LargeStringArray>(),
            ),
        ),
        column(
            "bytes",
            Arc::new(
                (0..rows)
                    .map(|i| Some([b"p", b"q", b"r"][i as usize % 3]))
                    .collect::<BinaryArray>(),
            ),
        ),
        column(
            "day",
            Arc::new(
                (0..rows)
                    .map(|i| Some(18_000 + i as i32))
                    .collect::<Date32Array>(),
            ),
        ),
        column(
            "at",
            Arc::new(
                (0..rows)
                    .map(|i| Some(1_600_000_000_000_000_000 + i * 1_500_000_000))
                    .collect::<TimestampNanosecondArray>(),
            ),
        ),
        column(
            "clock",
            Arc::new(
                (0..rows)
                    .map(|i| Some(i * 1_000_000))
                    .collect::<Time64MicrosecondArray>(),
            ),
        ),
        column("nothing", Arc::new(NullArray::new(rows as usize))),
    ])
    .unwrap()
}

fn check(loaded: &Loaded) {
    let is = |name: &str, kind: Kind| assert_eq!(spec(loaded, name).0.kind, kind, "{name}");
    let date = |f: &str| Kind::Datetime {
        format: DateFormat(f.into()),
    };
    is("tiny", Kind::Integer);
    is("long", Kind::Integer);
    is("unsigned", Kind::Integer);
    is("half", Kind::Numerical { decimals: Some(1) });
    is("whole", Kind::Integer);
    is("price", Kind::Numerical { decimals: Some(2) });
    is("flag", Kind::Boolean);
    is("word", Kind::Categorical);
    is("large", Kind::Categorical);
    is("bytes", Kind::Categorical);
    is("day", date("%Y-%m-%d"));
    is("at", date("%Y-%m-%d %H:%M:%S%.f"));
    is("clock", date("%H:%M:%S%.f"));
    is("nothing", Kind::Missing);
    let Column::Integers(long) = spec(loaded, "long").1 else {
        panic!()
    };
    assert_eq!(long[..2], [Some(i64::MAX), Some(i64::MIN + 1)]);
    assert_eq!(spec(loaded, "tiny").1.missing(), 8);
    assert!(spec(loaded, "tiny").0.nullable);
    assert_eq!(spec(loaded, "half").1.numbers().unwrap()[1], 0.1);
    assert_eq!(spec(loaded, "price").1.numbers().unwrap()[1], 0.26);
    assert_eq!(spec(loaded, "word").0.source, "Dictionary(Int32, Utf8)");
    assert_eq!(spec(loaded, "tiny").0.source, "Int8");
    let Column::Instants(at) = spec(loaded, "at").1 else {
        panic!()
    };
    assert_eq!(at[1], Some(1_600_000_001_500_000));
}

fn parquet(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn parquet_and_arrow_give_the_same() {
    let batch = batch();
    let bytes = parquet(&batch);
    let loaded = read_file(&file("t.parquet", &bytes));
    assert_eq!(loaded.format, Format::Parquet);
    check(&loaded);
    let named_otherwise = read_file(&file("t.csv", &bytes));
    assert!(codes(&named_otherwise).contains(&"table/other-format"));
    check(&named_otherwise);

    // LZ4 is what pandas' `to_feather` writes.
    for compression in [
        None,
        Some(CompressionType::LZ4_FRAME),
        Some(CompressionType::ZSTD),
    ] {
        let mut bytes = Vec::new();
        let options = IpcWriteOptions::default()
            .try_with_compression(compression)
            .unwrap();
        let mut writer =
            FileWriter::try_new_with_options(&mut bytes, &batch.schema(), options).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        drop(writer);
        let loaded = read_file(&file("t.arrow", &bytes));
        assert_eq!(loaded.format, Format::ArrowIpc);
        check(&loaded);
    }
    let mut bytes = Vec::new();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    check(&read_file(&file("t.arrows", &bytes)));
}

#[test]
fn small_columnar_files_do_not_unfold_to_gigabytes() {
    let code = |name: &str, bytes: &[u8]| {
        let f = file(name, bytes);
        let from = std::time::Instant::now();
        let read = read::read(&f.path, &Options::default());
        eprintln!("{name}: {} bytes, {:?}", bytes.len(), from.elapsed());
        read.map(|_| "read").unwrap_or_else(|e| e.code)
    };
    // Forty columns of a million equal numbers, in some thousand bytes.
    let columns = (0..40).map(|i| {
        let ones: ArrayRef = Arc::new(Int8Array::from(vec![1; 1_000_000]));
        (format!("c{i}"), ones)
    });
    let constant = parquet(&RecordBatch::try_from_iter(columns).unwrap());
    assert!(constant.len() < 1_000_000);
    assert_eq!(
        code("constant.parquet", &constant),
        "table/decompression-bomb"
    );
    // A thousand rows, each with the same text of 900 kB.
    let long = "x".repeat(900_000);
    let folded: DictionaryArray<Int32Type> = vec![long.as_str(); 1000].into_iter().collect();
    let folded: ArrayRef = Arc::new(folded);
    let batch = RecordBatch::try_from_iter([("a", folded)]).unwrap();
    assert_eq!(
        code("dictionary.parquet", &parquet(&batch)),
        "table/decompression-bomb"
    );
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    assert_eq!(code("dictionary.arrow", &bytes), "table/decompression-bomb");
    // A few long texts are read.
    let texts: Vec<String> = (0..5)
        .map(|i| format!("{i}{}", "y".repeat(900_000)))
        .collect();
    let plain: Vec<&str> = (0..60).map(|i| texts[i % 5].as_str()).collect();
    let plain: ArrayRef = Arc::new(StringArray::from(plain));
    let batch = RecordBatch::try_from_iter([("a", plain)]).unwrap();
    assert_eq!(code("long.parquet", &parquet(&batch)), "read");
}

#[test]
fn truncated_and_nested_columnar_files_are_refused() {
    let bytes = parquet(&batch());
    let refuse = |bytes: &[u8]| {
        let f = file("t.parquet", bytes);
        let e = read::read(&f.path, &Options::default()).expect_err("refused");
        assert_eq!(e.place.file.as_ref(), Some(&f.path));
        e
    };
    for len in [bytes.len() / 3, bytes.len() / 2, bytes.len() - 5] {
        assert_eq!(refuse(&bytes[..len]).code, "table/bad-parquet");
    }
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
    let text: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let nested =
        RecordBatch::try_from_iter([("t", text), ("many", Arc::new(list) as ArrayRef)]).unwrap();
    let e = refuse(&parquet(&nested));
    assert_eq!(
        (e.code, e.place.column.as_deref()),
        ("table/nested-column", Some("many"))
    );
}

#[test]
fn ndjson() {
    let text = "{\"n\": 1, \"x\": 1.50, \"s\": \"a\", \"b\": true}\n\n\
                {\"s\": \"b\\u00e9\", \"n\": 9223372036854775807, \"b\": false, \"late\": 3}\n\
                {\"n\": null, \"x\": 2e0, \"s\": \"\", \"b\": true}\n";
    let loaded = read_file(&file("t.ndjson", text));
    assert_eq!(
        loaded.format,
        Format::Ndjson {
            compression: Compression::None
        }
    );
    let names: Vec<&str> = loaded
        .table
        .schema()
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names, ["n", "x", "s", "b", "late"]);
    let source = |name: &str| spec(&loaded, name).0.source.as_str();
    assert_eq!(
        [source("n"), source("x"), source("s"), source("b")],
        ["Int64", "Float64", "Utf8", "Boolean"]
    );
    assert_eq!(spec(&loaded, "late").1.missing(), 2);
    assert_eq!(spec(&loaded, "s").1.missing(), 1);

    let refuse = |text: &str| {
        let f = file("t.ndjson", text);
        let e = read::read(&f.path, &Options::default()).expect_err("refused");
        (e.code, e.place.line, e.place.column.clone())
    };
    assert_eq!(
        refuse("{\"a\": 1}\n{\"a\": [1]}\n"),
        ("table/nested-column", Some(2), Some("a".into()))
    );
    assert_eq!(
        refuse("{\"a\": 1}\n{\"a\": 1, \"a\": 2}\n").0,
        "table/duplicate-column-name"
    );
    assert_eq!(
        refuse("{\"a\": 1}\n{\"a\": 1\n"),
        ("table/bad-json", Some(2), None)
    );
    assert_eq!(refuse("{\"a\": 1}\n3\n").0, "table/bad-json");
    assert_eq!(refuse("{}\n").0, "table/no-rows");
}
