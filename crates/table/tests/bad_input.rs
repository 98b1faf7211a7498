//! Each kind of bad input: a clear error with code, place and remedy.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::io::Write;

use common::{codes, file, load, refused, refused_with};
use verdancy_table::read::{self, Limits, Options};
use verdancy_table::{Fault, Kind, infer};

fn code(bytes: impl AsRef<[u8]>) -> (&'static str, Option<u64>, Option<String>) {
    let e = refused(bytes);
    assert_eq!(e.fault, Fault::Input);
    (e.code, e.place.line, e.place.column)
}

fn limited(limits: Limits) -> Options {
    Options {
        limits,
        ..Options::default()
    }
}

#[test]
fn empty_files() {
    assert_eq!(code("").0, "table/empty-file");
    assert_eq!(code(" \r\n\n").0, "table/empty-file");
    assert_eq!(code("\u{feff}").0, "table/empty-file");
    assert_eq!(code("a,b\n").0, "table/no-rows");
    assert_eq!(code("a,b").0, "table/no-rows");
}

#[test]
fn one_row_is_read() {
    let loaded = load("a,b,c\n1,x,\n");
    assert_eq!(loaded.table.rows(), 1);
    assert_eq!(loaded.table.schema().columns[2].kind, Kind::Missing);
}

#[test]
fn column_names() {
    assert_eq!(
        code("a,b,a\n1,2,3\n"),
        ("table/duplicate-column-name", Some(1), Some("a".into()))
    );
}

#[test]
fn ragged_rows_name_their_line() {
    let ragged = |text: &str| {
        let (code, line, _) = code(text);
        (code, line.unwrap())
    };
    assert_eq!(ragged("a,b\r\n1,2\r\n3,4,5\r\n"), ("table/ragged-row", 3));
    assert_eq!(
        ragged("a,b\n\"1\n\n\",2\n\n3,4,5\n"),
        ("table/ragged-row", 6)
    );
    let long = format!("a,b\n{}x,y,z\n", "1,2\n".repeat(9999));
    assert_eq!(ragged(&long), ("table/ragged-row", 10_001));
}

#[test]
fn an_unclosed_quote_names_the_line_it_opens_on() {
    let (code_, line, _) = code("a,b\n1,2\n\"3,4\n5,6\n");
    assert_eq!((code_, line), ("table/unclosed-quote", Some(3)));
    assert_eq!(code("\"a,b\n1,2\n").1, Some(1));
    let inches = load("a,b\n5\",2\n6\",3\n");
    assert_eq!(
        inches.table.rows(),
        2,
        "a quote inside a bare cell is a character"
    );
    let limits = Limits {
        cell: 1000,
        ..Limits::default()
    };
    let text = format!("a,b\n1,2\n\"3,4\n{}", "5,6\n".repeat(100_000));
    let e = refused_with(&text, &limited(limits), &Default::default());
    assert_eq!((e.code, e.place.line), ("table/cell-too-long", Some(3)));
}

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(
        code(b"a,b\n1,x\n2,caf\xe9\x01\n"),
        ("table/not-utf8", Some(3), Some("b".into()))
    );
    assert_eq!(
        code(b"a,caf\xe9\x02\n1,x\n"),
        ("table/not-utf8", Some(1), Some("2".into()))
    );
    assert_eq!(
        code(b"a,b\n1,x\n2,y\n3,z\0z\n"),
        ("table/nul-byte", Some(4), Some("b".into()))
    );
    assert_eq!(
        code(b"PK\x03\x04rest of a workbook").0,
        "table/format-unknown"
    );
    assert_eq!(code("[{\"a\": 1}]").0, "table/json-array");
}

/// Files of statistics programs, by their first bytes: the error has the command that converts them.
#[test]
fn files_of_statistics_programs_are_named_with_their_recipe() {
    let sas = [&[0; 12][..], b"\xc2\xea\x81\x60\xb3\x14\x11\xcf", &[1; 40]].concat();
    for (bytes, program, reader) in [
        (&b"$FL2@(#) SPSS DATA FILE"[..], "SPSS", "read_spss"),
        (b"$FL3@(#) SPSS DATA FILE", "SPSS", "read_spss"),
        (b"<stata_dta><header><release>118", "Stata", "read_stata"),
        (b"\x72\x02\x01\x00\x03\x00", "Stata", "read_stata"),
        (&sas, "SAS", "read_sas"),
        (b"HEADER RECORD*******LIBRARY HEADER RECORD", "SAS", "xport"),
    ] {
        let e = refused(bytes);
        assert_eq!(e.code, "table/statistics-file");
        assert!(e.message.contains(program), "{}", e.message);
        assert!(
            e.remedy.contains(reader) && e.remedy.contains("to_parquet"),
            "{}",
            e.remedy
        );
    }
}

#[test]
fn errors_never_show_cells() {
    let e = refused("a,b\n1,2\nsecret-value,3,4\n");
    assert!(!format!("{e} {e:?} {}", e.remedy).contains("secret"));
}

#[test]
fn limits_hold() {
    let wide = |columns: usize| {
        let names: Vec<String> = (0..columns).map(|i| format!("c{i}")).collect();
        let cells = vec!["1"; columns];
        format!(
            "{}\n{}\n{}\n",
            names.join(","),
            cells.join(","),
            cells.join(",")
        )
    };
    assert_eq!(code(wide(10_000)).0, "table/too-many-columns");
    assert_eq!(load(wide(4096)).table.columns().len(), 4096);
    let chosen = Options {
        columns: Some(vec!["c9999".into(), "c7".into()]),
        ..Options::default()
    };
    let f = file("wide.csv", wide(10_000));
    let loaded = read::load(&f.path, &chosen, &Default::default()).unwrap();
    let names: Vec<&str> = loaded
        .table
        .schema()
        .columns
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names, ["c7", "c9999"]);

    let rows = Limits {
        rows: 3,
        ..Limits::default()
    };
    let e = refused_with("a\n1\n2\n3\n4\n", &limited(rows), &Default::default());
    assert_eq!(e.code, "table/too-many-rows");
    let bytes = Limits {
        bytes: 10,
        ..Limits::default()
    };
    let e = refused_with(
        "a\n1\n2\n3\n4\n5\n6\n",
        &limited(bytes),
        &Default::default(),
    );
    assert_eq!(e.code, "table/too-large");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn compressed_files_that_lie() {
    let text = format!("a,b\n{}", "0,0\n".repeat(2_000_000));
    let limits = Limits {
        ratio: 50,
        ratio_from: 1 << 20,
        ..Limits::default()
    };
    let zeros = gzip(text.as_bytes());
    let e = refused_with(&zeros, &limited(limits), &Default::default());
    assert_eq!(e.code, "table/decompression-bomb");
    assert_eq!(code(&zeros[..zeros.len() / 2]).0, "table/truncated");
    let packed = gzip(b"a,b\n1,2\n3,4\n");
    assert_eq!(code(&packed[..packed.len() - 9]).0, "table/truncated");
    let mut broken = packed.clone();
    let last = broken.len() - 6;
    broken[last] ^= 0xff;
    assert_eq!(code(&broken).0, "table/bad-compression");
    let zst = zstd::encode_all(text.as_bytes(), 3).unwrap();
    assert_eq!(code(&zst[..zst.len() / 2]).0, "table/truncated");
    assert_eq!(code(gzip(b"PAR1 and so on")).0, "table/packed-twice");
}

#[test]
fn damaged_columnar_files() {
    assert_eq!(code(b"PAR1").0, "table/bad-parquet");
    assert_eq!(
        code(b"PAR1 nothing that is Parquet PAR1").0,
        "table/bad-parquet"
    );
    assert_eq!(
        code(b"ARROW1\0\0 nothing that is Arrow ARROW1").0,
        "table/bad-arrow"
    );
    assert_eq!(
        code(b"\xff\xff\xff\xff\x10\0\0\0 too short").0,
        "table/bad-arrow"
    );
}

#[test]
fn paths_that_are_no_files() {
    let f = file("a.csv", "a\n1\n");
    let folder = f.path.parent().unwrap();
    let at = |path: &std::path::Path| {
        read::read(path, &Options::default())
            .expect_err("refused")
            .code
    };
    assert_eq!(at(folder), "table/is-a-folder");
    assert_eq!(at(&folder.join("b.csv")), "table/file-not-found");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&f.path, std::fs::Permissions::from_mode(0o000)).unwrap();
        if std::fs::File::open(&f.path).is_ok() {
            eprintln!("skipped: this user may read every file");
        } else {
            assert_eq!(at(&f.path), "table/permission-denied");
        }
    }
}

#[test]
fn extreme_numbers() {
    let mut text = String::from("wide,real,odd\n");
    for i in 0..30 {
        let wide = [i64::MAX, i64::MIN, 0, 42 + i][i as usize % 4];
        let real = ["1e308".to_owned(), "-1e308".into(), format!("{i}.5")][i as usize % 3].clone();
        let odd = ["NaN", "inf", "-Infinity", "1.5", "2.5", "3.25"][i as usize % 6];
        text.push_str(&format!("{wide},{real},{odd}\n"));
    }
    let loaded = load(&text);
    let columns = loaded.table.columns();
    // Beyond what a double holds exactly, whole numbers are no measurements.
    assert_eq!(loaded.table.schema().columns[0].kind, Kind::Categorical);
    let wide = columns[0].levels().unwrap();
    assert_eq!(wide.get(0), Some("9223372036854775807"));
    assert_eq!(columns[1].numbers().unwrap()[..2], [1e308, -1e308]);
    assert!(
        matches!(loaded.table.schema().columns[2].kind, Kind::Categorical),
        "few numbers beside NaN are levels: {:?}",
        loaded.table.schema().columns[2].kind
    );

    let many: String = (0..100)
        .map(|i| {
            if i % 10 == 0 {
                "NaN\n".into()
            } else {
                format!("{}.5\n", i * 7)
            }
        })
        .collect();
    let loaded = load(format!("x\n{many}"));
    assert_eq!(loaded.table.columns()[0].missing(), 10);
    assert!(loaded.table.schema().columns[0].nullable);
    assert_eq!(codes(&loaded), ["table/not-finite"]);
}

#[test]
fn a_hundred_thousand_categories() {
    let mut text = String::from("level,x\n");
    for i in 0..250_000u32 {
        text.push_str(&format!(
            "level {},{}\n",
            (i % 100_000).wrapping_mul(7919) % 100_000,
            i % 9
        ));
    }
    let loaded = load(&text);
    assert_eq!(loaded.table.schema().columns[0].kind, Kind::Categorical);
    assert_eq!(
        loaded.table.column(0).levels().unwrap().levels.len(),
        100_000
    );
}

#[test]
fn wrong_kinds_name_the_cell() {
    let mut infer = infer::Options::default();
    infer.kinds.insert("b".into(), Kind::Integer);
    let e = refused_with("a,b\n1,2\n3,x\n5,6\n", &Options::default(), &infer);
    assert_eq!(
        (e.code, e.place.line, e.place.column.as_deref()),
        ("table/cell-does-not-fit", Some(3), Some("b"))
    );
    infer.kinds.insert("b".into(), Kind::Boolean);
    let e = refused_with("a,b\n1,2\n3,x\n5,6\n", &Options::default(), &infer);
    assert_eq!(e.code, "table/not-boolean");
    infer.kinds.insert("c".into(), Kind::Integer);
    let e = refused_with("a,b\n1,2\n", &Options::default(), &infer);
    assert_eq!(e.code, "table/column-missing");
}
