//! Files as other programs leave them: encodings, lines before the header, columns without names, short rows.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;

use verdancy_table::read::{Loaded, Options, load};
use verdancy_table::{Encoding, Format, infer, write};

struct File {
    folder: tempfile::TempDir,
    path: PathBuf,
}

fn file(bytes: impl AsRef<[u8]>) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, bytes).unwrap();
    File { folder, path }
}

fn read(file: &File, options: &Options) -> Loaded {
    load(&file.path, options, &infer::Options::default()).unwrap()
}

fn names(loaded: &Loaded) -> Vec<&str> {
    let columns = &loaded.table.schema().columns;
    columns.iter().map(|c| c.name.as_str()).collect()
}

fn codes(loaded: &Loaded) -> Vec<&str> {
    loaded.warnings.iter().map(|w| w.code.as_str()).collect()
}

/// What is written of it, in the format that was found.
fn written(file: &File, loaded: &Loaded) -> Vec<u8> {
    let out = file.folder.path().join("out.csv");
    write::write(&out, &loaded.table, loaded.format).unwrap();
    std::fs::read(&out).unwrap()
}

fn rows(n: usize, row: impl Fn(usize) -> String) -> String {
    (0..n).map(|i| row(i) + "\n").collect()
}

#[test]
fn titles_as_wide_as_the_table_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let rows: String = (0..40)
        .map(|i| format!("{i},{},{}\n", i % 3, i * 7 % 11))
        .collect();
    std::fs::write(
        &path,
        format!("Sales of the year,,\n,,\nday,shop,sold\n{rows}"),
    )
    .unwrap();
    let loaded = load(&path, &Default::default(), &Default::default()).unwrap();
    assert_eq!(loaded.table.schema().columns[1].name, "shop");
    assert_eq!(loaded.table.rows(), 40);
}

#[test]
fn text_in_any_encoding_is_read_and_written_in_it() {
    let text = format!(
        "forêt;né le;süß\n{}",
        rows(40, |i| format!(
            "{};2024-01-{:02};Ölçü {}",
            i * 37 % 11,
            i % 28 + 1,
            i % 3
        ))
    );
    for name in ["windows-1252", "utf-16le", "utf-16be"] {
        let encoding = Encoding::named(name).unwrap();
        let bytes: Vec<u8> = match name {
            "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => text.chars().map(|c| c as u32 as u8).collect(),
        };
        let of = file(&bytes);
        let loaded = read(&of, &Options::default());
        assert_eq!(names(&loaded), ["forêt", "né le", "süß"], "{name}");
        assert!(
            matches!(loaded.format, Format::Csv { dialect, .. } if dialect.encoding == encoding),
            "{name}"
        );
        assert!(written(&of, &loaded) == bytes, "{name}");
        let told = codes(&loaded).contains(&"table/encoding");
        assert_eq!(told, name == "windows-1252", "{name}");
    }
}

#[test]
fn the_encoding_that_is_asked_for_is_used() {
    // A byte that is another letter in each.
    let of = file(b"a,b\n1,caf\x8e\n2,caf\x8e\n3,caf\x8e\n");
    let mac = Options {
        encoding: Encoding::named("macintosh"),
        ..Options::default()
    };
    let loaded = read(&of, &mac);
    assert_eq!(codes(&loaded), Vec::<&str>::new());
    let text = String::from_utf8(written(&of, &loaded))
        .unwrap_err()
        .into_bytes();
    assert!(text.ends_with(b"caf\x8e\n"));
    let utf8 = write::Writer::create(&of.path, loaded.table.schema(), Format::CSV);
    let mut utf8 = utf8.unwrap();
    utf8.write(&loaded.table).unwrap();
    utf8.finish().unwrap();
    assert!(std::fs::read_to_string(&of.path).unwrap().contains("café"));
}

#[test]
fn a_byte_order_mark_is_written_again() {
    let utf16: Vec<u8> = "\u{feff}a,b\r\n1,x\r\n2,y\r\n3,x\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [utf16, b"\xef\xbb\xbfa,b\n1,x\n2,y\n3,x\n".to_vec()] {
        let of = file(&bytes);
        let loaded = read(&of, &Options::default());
        assert_eq!(names(&loaded), ["a", "b"]);
        assert!(written(&of, &loaded) == bytes);
    }
}

#[test]
fn columns_without_names_are_called_by_their_place() {
    let body = rows(30, |i| format!("{i},{},{}", i % 2, i * 7 % 13));
    let pandas = file(format!(",smoker,score\n{body}"));
    let loaded = read(&pandas, &Options::default());
    assert_eq!(names(&loaded), ["Unnamed: 0", "smoker", "score"]);
    assert!(codes(&loaded).contains(&"table/unnamed-column"));
    let r = file(format!(
        "smoker,score\n{}",
        rows(30, |i| format!("r{i},{},{}", i % 2, i * 7 % 13))
    ));
    let loaded = read(&r, &Options::default());
    assert_eq!(names(&loaded), ["Unnamed: 0", "smoker", "score"]);
    let nothing = load(
        &file(",,\n1,2,3\n").path,
        &Options::default(),
        &infer::Options::default(),
    );
    assert_eq!(nothing.unwrap_err().code, "table/empty-column-name");
}

#[test]
fn lines_before_the_header_are_left_out_or_as_many_as_asked() {
    let body = rows(30, |i| format!("{};x{};{}", i % 5, i % 3, i * 7 % 13));
    let text = format!("Report;made 2025-12-09\n\nBank;DE02\n\na;b;c\n{body}");
    let of = file(&text);
    let loaded = read(&of, &Options::default());
    assert_eq!(
        (names(&loaded), loaded.table.rows()),
        (vec!["a", "b", "c"], 30)
    );
    assert_eq!(codes(&loaded), ["table/lines-before-header"]);
    let one = Options {
        skip_rows: Some(1),
        ..Options::default()
    };
    let plain = file(format!("x;y;z\na;b;c\n{body}"));
    assert_eq!(names(&read(&plain, &one)), ["a", "b", "c"]);
    // Lines of errors are counted from the top of the file.
    let bad = file(format!("{text}1;2;3;4\n"));
    let error = load(&bad.path, &Options::default(), &infer::Options::default()).unwrap_err();
    assert_eq!(
        (error.code, error.place.line),
        ("table/ragged-row", Some(36))
    );
}

#[test]
fn short_rows_are_padded_and_counted() {
    let of = file(format!(
        "a,b,c\n{}4\n5,x\n6,y,2,,\n",
        rows(30, |i| format!("{},x,{}", i % 5, i % 7))
    ));
    let loaded = read(&of, &Options::default());
    assert_eq!(loaded.table.rows(), 33);
    assert_eq!(loaded.table.column(2).missing(), 2);
    let told = loaded
        .warnings
        .iter()
        .find(|w| w.code == "table/short-rows")
        .unwrap();
    assert!(
        told.message.contains("2 rows") && told.message.contains("line 32"),
        "{}",
        told.message
    );
}

/// What writes a number.
type Writes = fn(f64) -> String;

/// What writes the date of a row.
type Form<'a> = Box<dyn Fn(usize) -> String + 'a>;

/// A table whose cells come back as they stand in the file.
fn comes_back(text: &str) -> Loaded {
    let of = file(text);
    let loaded = read(&of, &Options::default());
    let again = String::from_utf8(written(&of, &loaded)).unwrap();
    assert_eq!(again, text);
    loaded
}

#[test]
fn numbers_come_back_as_people_wrote_them() {
    let cell = |i: usize| (i * 7919 % 4001) as f64 / 100.0 + 1.0;
    let forms: [(&str, Writes); 12] = [
        ("price", |x| format!("${x:.2}")),
        ("refund", |x| {
            if x > 20.0 {
                format!("-${x:.2}")
            } else {
                format!("${x:.2}")
            }
        }),
        ("ledger", |x| {
            if x > 20.0 {
                format!("({x:.2})")
            } else {
                format!("{x:.2}")
            }
        }),
        ("booking", |x| {
            if x > 20.0 {
                format!("{x:.2}-")
            } else {
                format!("{x:.2}")
            }
        }),
        ("eur", |x| format!("EUR {x:.2}")),
        ("komma", |x| {
            format!("\"{},{:02} €\"", x as u32, (x * 100.0).round() as u32 % 100)
        }),
        ("share", |x| format!("{x:.1}%")),
        ("dist", |x| format!("{x:.1} km")),
        ("fixed", |x| format!("{x:.3}")),
        ("pointed", |x| format!("{x:.0}.0")),
        ("votes", |x| {
            format!(
                "\"{},{:03}\"",
                1 + x as u32,
                (x * 100.0).round() as u32 % 1000
            )
        }),
        ("worked", |x| {
            format!(
                "{}:{:02}:{:02}",
                20 + x as u32,
                x as u32 % 60,
                (x * 7.0) as u32 % 60
            )
        }),
    ];
    for (name, form) in forms {
        let text = format!(
            "{name},g\n{}",
            rows(200, |i| format!("{},{}", form(cell(i)), i % 3))
        );
        let loaded = comes_back(&text);
        let spec = &loaded.table.schema().columns[0];
        let kind = spec.kind.name();
        assert!(["numerical", "integer"].contains(&kind), "{name}: {kind}");
        let toml = loaded.table.schema().to_toml().unwrap();
        assert_eq!(
            &verdancy_table::Schema::from_toml(&toml).unwrap(),
            loaded.table.schema().as_ref()
        );
    }
}

#[test]
fn what_stands_in_the_place_of_numbers_comes_back_in_its_share() {
    let text = format!(
        "crp,g\n{}",
        rows(600, |i| match i % 20 {
            0..=2 => format!("<0.5,{}", i % 3),
            3 => format!("not done,{}", i % 3),
            _ => format!("{:.2},{}", 0.5 + (i * 7919 % 997) as f64 / 100.0, i % 3),
        })
    );
    let loaded = comes_back(&text);
    let notation = loaded.table.schema().columns[0].notation.as_ref().unwrap();
    let shares: Vec<(&str, u32)> = (notation.exceptions.iter())
        .map(|e| (e.text.as_str(), e.share))
        .collect();
    assert_eq!(shares, [("<0.5", 7500), ("not done", 2500)]);
    // Too few people for one of them: it is missing then, and in no schema.
    let strict = loaded.table.clone().with_shared_exceptions(50);
    let left = strict.schema().columns[0].notation.as_ref().unwrap();
    assert_eq!(left.exceptions.len(), 1);
    assert_eq!(strict.column(0).missing(), loaded.table.column(0).missing());
    let words = (0..600).filter(|row| {
        let verdancy_table::Column::Numbers(v) = strict.column(0) else {
            return false;
        };
        left.exception(v[*row]) == Some("<0.5")
    });
    assert_eq!(words.count(), 90);
    // A model gives numbers that are not there; what stands in their place is drawn by row.
    let protect = verdancy_table::Protection::default();
    let fill = verdancy_table::fill::Filler::learn(&loaded.table, protect);
    let bare = verdancy_table::Table::new(
        loaded.table.schema().clone(),
        vec![
            verdancy_table::Column::Numbers(vec![f64::NAN; 600]),
            loaded.table.column(1).clone(),
        ],
    )
    .unwrap();
    let marked = |start: u64| match fill.marked(bare.clone(), start, 7, &[]).column(0) {
        verdancy_table::Column::Numbers(v) => v.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        _ => panic!(),
    };
    let whole = marked(0);
    let low = whole
        .iter()
        .filter(|x| **x == verdancy_table::Notation::mark(0).to_bits())
        .count();
    assert!((400..500).contains(&low), "{low}");
    assert_eq!(
        whole[100..],
        marked(100)[..500],
        "a cell is a function of its row"
    );
}

#[test]
fn dates_as_people_write_them_come_back() {
    let day = |i: usize| (2001 + i % 20, 1 + i * 7 % 12, 1 + i * 11 % 28);
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let forms: [(&str, Form<'_>); 6] = [
        (
            "short",
            Box::new(|i| {
                let (y, m, d) = day(i);
                format!("\"{d} {}, {:02}\"", months[m - 1], y % 100)
            }),
        ),
        (
            "week",
            Box::new(|i| format!("{}-W{:02}", 2001 + i % 20, 1 + i * 7 % 52)),
        ),
        (
            "stamp",
            Box::new(|i| {
                let (y, m, d) = day(i);
                format!("{y}{m:02}{d:02}12{:02}{:02}", i % 60, i * 7 % 60)
            }),
        ),
        (
            "dayofyear",
            Box::new(|i| format!("{}-{:03}", 2001 + i % 20, 1 + i * 13 % 365)),
        ),
        (
            "open",
            Box::new(|i| {
                let (y, m, d) = day(i);
                if i % 3 == 0 {
                    "9999-12-31".to_owned()
                } else {
                    format!("{y}-{m:02}-{d:02}")
                }
            }),
        ),
        (
            "old",
            Box::new(|i| {
                let (y, m, d) = day(i);
                if i % 3 == 0 {
                    "0001-01-01".to_owned()
                } else {
                    format!("{y}-{m:02}-{d:02}")
                }
            }),
        ),
    ];
    for (name, form) in forms {
        let text = format!(
            "{name},g\n{}",
            rows(300, |i| format!("{},{}", form(i), i % 3))
        );
        let loaded = comes_back(&text);
        assert_eq!(
            loaded.table.schema().columns[0].kind.name(),
            "datetime",
            "{name}"
        );
    }
}

#[test]
fn keys_stay_keys_and_boxes_are_answers() {
    let text = format!(
        "id,ticked,likes\n{}",
        rows(100, |i| {
            let ticked = if i % 3 == 0 { "Film A" } else { "" };
            format!(
                "{},{ticked},{}",
                620_339_199_714_144_633_u64 + i as u64 * 7_919_000_003,
                i * 37 % 91
            )
        })
    );
    let loaded = comes_back(&text);
    let kinds: Vec<&str> = loaded
        .table
        .schema()
        .columns
        .iter()
        .map(|c| c.kind.name())
        .collect();
    assert_eq!(kinds, ["id", "boolean", "integer"]);
}
