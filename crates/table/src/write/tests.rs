//! Writing: values come back as they stood, and a target is whole or not there.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::OpenOptions;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;

use super::*;
use crate::{Column, ColumnSpec, Compression, DateFormat, Dialect, Fault, IdPattern, Kind, Levels};

fn spec(name: &str, kind: Kind, source: &str) -> ColumnSpec {
    ColumnSpec {
        name: name.into(),
        kind,
        source: source.into(),
        nullable: true,
        notation: None,
        part: None,
    }
}

fn table(columns: Vec<(ColumnSpec, Column)>) -> Table {
    let (specs, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let schema = Schema::of(specs);
    Table::new(Arc::new(schema), columns).unwrap()
}

fn dates(format: &str) -> Kind {
    Kind::Datetime {
        format: DateFormat(format.into()),
    }
}

fn every_kind(sources: [&str; 6]) -> Table {
    let [n, i, c, b, d, s] = sources;
    table(vec![
        (
            spec("n", Kind::Numerical { decimals: Some(2) }, n),
            Column::Numbers(vec![63.0, -0.125, f64::NAN]),
        ),
        (
            spec("i", Kind::Integer, i),
            Column::Integers(vec![Some(i64::MIN), None, Some(i64::MAX)]),
        ),
        (
            spec("c, \"x\"", Kind::Categorical, c),
            Column::Levels(Levels::from_values([Some("a,b"), Some("say \"no\""), None])),
        ),
        (
            spec("b", Kind::Boolean, b),
            Column::Levels(Levels::from_values([Some("true"), None, Some("false")])),
        ),
        (
            spec("d", dates("%Y-%m-%d"), d),
            Column::Instants(vec![Some(0), Some(-86_400_000_000), None]),
        ),
        (
            spec("s", Kind::Text { words: 2.0 }, s),
            Column::Strings(vec![Some(String::new()), Some("two\nlines".into()), None]),
        ),
    ])
}

fn written(table: &Table, format: Format) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t");
    let done = write(&path, table, format).unwrap();
    assert_eq!(done.rows, table.rows() as u64);
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(done.bytes, bytes.len() as u64);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    bytes
}

#[test]
fn csv_holds_each_kind_as_its_source_did() {
    let t = every_kind(["text"; 6]);
    assert_eq!(
        String::from_utf8(written(&t, Format::CSV)).unwrap(),
        "n,i,\"c, \"\"x\"\"\",b,d,s\n\
         63,-9223372036854775808,\"a,b\",true,1970-01-01,\"\"\n\
         -0.13,,\"say \"\"no\"\"\",,1969-12-31,\"two\nlines\"\n\
         ,9223372036854775807,,false,,\n"
    );
    let dialect = Dialect {
        delimiter: b';',
        crlf: true,
        bom: true,
        encoding: crate::Encoding::UTF_8,
    };
    let other = Format::Csv {
        dialect,
        compression: Compression::None,
    };
    let text = String::from_utf8(written(&t, other)).unwrap();
    assert!(text.starts_with("\u{feff}n;i;\"c, \"\"x\"\"\";b;d;s\r\n63;"));
    assert!(text.ends_with(";false;;\r\n"));
    assert!(text.contains(";a,b;"));
}

#[test]
fn a_lone_missing_cell_is_still_a_row() {
    let t = table(vec![(
        spec("x", Kind::Integer, "text"),
        Column::Integers(vec![None, Some(1)]),
    )]);
    assert_eq!(written(&t, Format::CSV), b"x\n\"\"\n1\n");
}

#[test]
fn dates_with_the_delimiter_are_quoted() {
    let t = table(vec![
        (
            spec("x", dates("%b %d, %Y"), "text"),
            Column::Instants(vec![Some(0)]),
        ),
        (
            spec("y", dates("%-m/%-d/%Y %H:%M"), "text"),
            Column::Instants(vec![Some(1_577_999_999_000_000)]),
        ),
    ]);
    assert_eq!(
        written(&t, Format::CSV),
        b"x,y\n\"Jan 01, 1970\",1/2/2020 21:19\n"
    );
}

#[test]
fn json_lines_have_the_types_of_the_source() {
    let json = Format::Ndjson {
        compression: Compression::None,
    };
    let t = every_kind(["Float64", "Int64", "Utf8", "Boolean", "Utf8", "Utf8"]);
    assert_eq!(
        String::from_utf8(written(&t, json)).unwrap(),
        "{\"n\":63,\"i\":-9223372036854775808,\"c, \\\"x\\\"\":\"a,b\",\"b\":true,\
         \"d\":\"1970-01-01\",\"s\":\"\"}\n\
         {\"n\":-0.13,\"i\":null,\"c, \\\"x\\\"\":\"say \\\"no\\\"\",\"b\":null,\
         \"d\":\"1969-12-31\",\"s\":\"two\\nlines\"}\n\
         {\"n\":null,\"i\":9223372036854775807,\"c, \\\"x\\\"\":null,\"b\":false,\
         \"d\":null,\"s\":null}\n"
    );
    let quoted = table(vec![(
        spec("x", Kind::Integer, "Utf8"),
        Column::Integers(vec![Some(7)]),
    )]);
    assert_eq!(written(&quoted, json), b"{\"x\":\"7\"}\n");
}

#[test]
fn compressed_text_is_the_same_text() {
    use std::io::Read;
    let t = every_kind(["text"; 6]);
    let plain = written(&t, Format::CSV);
    for compression in [Compression::Gzip, Compression::Zstd] {
        let packed = written(
            &t,
            Format::Csv {
                dialect: Dialect::default(),
                compression,
            },
        );
        let mut text = Vec::new();
        match compression {
            Compression::Gzip => flate2::read::GzDecoder::new(&packed[..])
                .read_to_end(&mut text)
                .unwrap(),
            _ => zstd::Decoder::new(&packed[..])
                .unwrap()
                .read_to_end(&mut text)
                .unwrap(),
        };
        assert_eq!(text, plain);
    }
}

fn batches(bytes: Vec<u8>, format: Format) -> Vec<arrow_array::RecordBatch> {
    if format == Format::Parquet {
        let file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut &file, &bytes).unwrap();
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .build()
            .unwrap()
            .map(|b| b.unwrap())
            .collect()
    } else {
        arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(bytes), None)
            .unwrap()
            .map(|b| b.unwrap())
            .collect()
    }
}

#[test]
fn columnar_files_have_the_types_of_the_source() {
    let dictionary = "Dictionary(Int8, Utf8)";
    let cases = [
        ["Float64", "Int64", "Utf8", "Boolean", "Date32", "LargeUtf8"],
        [
            "Float32",
            "Int32",
            dictionary,
            "Utf8",
            "Timestamp(ns)",
            "Utf8View",
        ],
        [
            "Decimal128(10, 2)",
            "UInt8",
            "LargeUtf8",
            "Boolean",
            "Timestamp(µs, \"UTC\")",
            "Utf8",
        ],
        ["Int16", "Float64", dictionary, "Boolean", "Date64", "Utf8"],
        [
            "Utf8",
            "Utf8",
            dictionary,
            "Boolean",
            "Timestamp(s)",
            "Utf8",
        ],
    ];
    for format in [Format::Parquet, Format::ArrowIpc] {
        for sources in cases {
            let t = every_kind(sources);
            let read = batches(written(&t, format), format);
            assert_eq!(read.len(), 1);
            let read = &read[0];
            for ((field, source), (spec, column)) in read
                .schema()
                .fields()
                .iter()
                .zip(sources)
                .zip(t.schema().columns.iter().zip(t.columns()))
            {
                assert_eq!(*field.data_type(), source.parse::<DataType>().unwrap());
                assert_eq!(*field.name(), spec.name);
                let array = read.column_by_name(&spec.name).unwrap();
                for row in 0..t.rows() {
                    assert_eq!(array.is_null(row), column.is_missing(row));
                }
            }
        }
    }
}

#[test]
fn columnar_values_are_those_of_the_table() {
    let t = every_kind([
        "Decimal128(10, 2)",
        "Int32",
        "Dictionary(UInt16, Utf8)",
        "Boolean",
        "Timestamp(ms)",
        "Utf8",
    ]);
    for format in [Format::Parquet, Format::ArrowIpc] {
        let read = &batches(written(&t, format), format)[0];
        let n = read
            .column(0)
            .as_primitive::<arrow_array::types::Decimal128Type>();
        assert_eq!((n.value(0), n.value(1)), (6300, -13));
        let i = read
            .column(1)
            .as_primitive::<arrow_array::types::Int32Type>();
        assert_eq!((i.value(0), i.value(2)), (i32::MIN, i32::MAX));
        let c = read
            .column(2)
            .as_dictionary::<arrow_array::types::UInt16Type>();
        assert_eq!(c.values().as_string::<i32>().value(1), "say \"no\"");
        assert_eq!(c.keys().value(1), 1);
        assert!(!read.column(3).as_boolean().value(2));
        let d = read
            .column(4)
            .as_primitive::<arrow_array::types::TimestampMillisecondType>();
        assert_eq!(d.value(1), -86_400_000);
        assert_eq!(read.column(5).as_string::<i32>().value(0), "");
    }
}

#[test]
fn blocks_with_other_dictionaries_are_joined() {
    let one = table(vec![(
        spec("c", Kind::Categorical, "Dictionary(Int32, Utf8)"),
        Column::Levels(Levels::from_values([Some("a"), Some("b")])),
    )]);
    let two = table(vec![(
        spec("c", Kind::Categorical, "Dictionary(Int32, Utf8)"),
        Column::Levels(Levels::from_values([Some("c"), Some("b"), None])),
    )]);
    for format in [Format::Parquet, Format::ArrowIpc, Format::CSV] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let mut writer = Writer::create(&path, one.schema(), format).unwrap();
        for t in [&one, &two, &two, &one] {
            writer.write(t).unwrap();
        }
        assert_eq!(writer.finish().unwrap().rows, 10);
        let bytes = std::fs::read(&path).unwrap();
        if format == Format::CSV {
            assert_eq!(bytes, b"c\na\nb\nc\nb\n\"\"\nc\nb\n\"\"\na\nb\n");
            continue;
        }
        let mut values = Vec::new();
        for batch in batches(bytes, format) {
            let column = batch
                .column(0)
                .as_dictionary::<arrow_array::types::Int32Type>();
            let texts = column.downcast_dict::<arrow_array::StringArray>().unwrap();
            values.extend(texts.into_iter().map(|v| v.map(str::to_owned)));
        }
        let values: Vec<&str> = values.iter().map(|v| v.as_deref().unwrap_or("-")).collect();
        assert_eq!(values, ["a", "b", "c", "b", "-", "c", "b", "-", "a", "b"]);
    }
}

#[test]
fn from_text_each_kind_has_a_natural_type() {
    let t = table(vec![
        (
            spec("day", dates("%d.%m.%Y"), "text"),
            Column::Instants(vec![Some(0)]),
        ),
        (
            spec("time", dates("%Y-%m-%d %H:%M:%S"), "text"),
            Column::Instants(vec![Some(0)]),
        ),
        (
            spec(
                "id",
                Kind::Id {
                    pattern: IdPattern::Sequence { start: 1 },
                    unique: true,
                },
                "text",
            ),
            Column::Strings(vec![Some("1".into())]),
        ),
        (
            spec("none", Kind::Missing, "text"),
            Column::Strings(vec![None]),
        ),
    ]);
    let read = &batches(written(&t, Format::Parquet), Format::Parquet)[0];
    let types: Vec<String> = read
        .schema()
        .fields()
        .iter()
        .map(|f| f.data_type().to_string())
        .collect();
    assert_eq!(types, ["Date32", "Timestamp(µs)", "Int64", "Utf8"]);
}

#[test]
fn a_dropped_writer_leaves_nothing() {
    let t = every_kind(["text"; 6]);
    for format in [Format::CSV, Format::Parquet, Format::ArrowIpc] {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(folder.path().join("t.csv"), t.schema(), format).unwrap();
        writer.write(&t).unwrap();
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn an_existing_file_stays_until_the_new_one_is_whole() {
    let t = every_kind(["text"; 6]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, "old").unwrap();
    let mut writer = Writer::create(&path, t.schema(), Format::CSV).unwrap();
    writer.write(&t).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    writer.finish().unwrap();
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("n,i,"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_in_every_format() {
    let t = every_kind(["text"; 6]);
    for format in [
        Format::CSV,
        Format::Csv {
            dialect: Dialect::default(),
            compression: Compression::Gzip,
        },
        Format::Csv {
            dialect: Dialect::default(),
            compression: Compression::Zstd,
        },
        Format::Ndjson {
            compression: Compression::None,
        },
        Format::Parquet,
        Format::ArrowIpc,
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let result = Encoder::new(Sink::new(full, format).unwrap(), t.schema(), format)
            .and_then(|mut e| e.write(&t).and_then(|()| e.finish()));
        let error = result.unwrap_err();
        assert_eq!(error.code, "write/disk-full", "{format:?}: {error:?}");
        assert_eq!(error.fault, Fault::Environment);
    }
}

#[test]
fn refusals_have_codes_and_places() {
    let t = every_kind(["text"; 6]);
    let folder = tempfile::tempdir().unwrap();
    let code = |path: &Path, format| {
        let error = Writer::create(path, t.schema(), format).err().unwrap();
        assert_eq!(error.place.file.as_deref(), Some(path));
        error.code
    };
    assert_eq!(code(folder.path(), Format::CSV), "write/is-a-folder");
    let nowhere = folder.path().join("none/t.csv");
    assert_eq!(code(&nowhere, Format::CSV), "write/no-folder");
    let strange = Format::Csv {
        dialect: Dialect {
            delimiter: b'"',
            ..Dialect::default()
        },
        compression: Compression::None,
    };
    assert_eq!(code(&folder.path().join("t"), strange), "write/delimiter");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let denied = explain(std::io::ErrorKind::PermissionDenied.into());
    assert_eq!(denied.code, "write/not-writable");
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let t = every_kind(["text"; 6]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(folder.path().join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let error = Writer::create(folder.path().join("t"), t.schema(), Format::CSV)
        .err()
        .unwrap();
    assert_eq!(error.code, "write/not-writable");
}

#[test]
fn a_value_that_does_not_fit_its_type_is_an_error_with_its_column() {
    let t = table(vec![(
        spec("c", Kind::Categorical, "Int32"),
        Column::Levels(Levels::from_values([Some("1"), Some("x")])),
    )]);
    let folder = tempfile::tempdir().unwrap();
    let error = write(folder.path().join("t"), &t, Format::Parquet).unwrap_err();
    assert_eq!(error.code, "write/value-type");
    assert_eq!(error.place.column.as_deref(), Some("c"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_bad_date_format_is_refused_at_once() {
    let t = table(vec![(
        spec("d", dates("%Y-%"), "text"),
        Column::Instants(vec![Some(0)]),
    )]);
    let folder = tempfile::tempdir().unwrap();
    let error = write(folder.path().join("t"), &t, Format::CSV).unwrap_err();
    assert_eq!(error.code, "write/date-format");
    assert_eq!(error.place.column.as_deref(), Some("d"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_pipes_written_to() {
    use std::io::Read;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let t = table(vec![(
        spec("x", Kind::Integer, "text"),
        Column::Integers(vec![Some(7)]),
    )]);
    // A link to a file, and one that leads nowhere yet.
    std::fs::write(at("real.csv"), "old").unwrap();
    for (link, to) in [("link.csv", "real.csv"), ("dangling.csv", "new.csv")] {
        std::os::unix::fs::symlink(to, at(link)).unwrap();
        let written = write(at(link), &t, Format::CSV).unwrap();
        assert_eq!(written.bytes, 4);
        assert!(at(link).is_symlink());
        assert_eq!(std::fs::read_to_string(at(to)).unwrap(), "x\n7\n");
    }
    // A pipe, with a reader on its other end.
    let pipe = at("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || {
            let mut text = String::new();
            std::fs::File::open(pipe)
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            text
        })
    };
    write(&pipe, &t, Format::CSV).unwrap();
    assert_eq!(reader.join().unwrap(), "x\n7\n");
    use std::os::unix::fs::FileTypeExt;
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    // A device.
    write("/dev/null", &t, Format::CSV).unwrap();
    // A file system in memory is no device.
    if let Ok(memory) = tempfile::tempdir_in("/dev/shm") {
        let file = memory.path().join("t.csv");
        write(&file, &t, Format::CSV).unwrap();
        assert!(std::fs::metadata(&file).unwrap().len() > 0);
    }
    assert!(
        std::fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
}
