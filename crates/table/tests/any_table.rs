//! Whatever is written is read back as it was: random tables of all kinds, in all formats.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use proptest::prelude::*;
use verdancy_table::{
    Column, ColumnSpec, Compression, DateFormat, Dialect, Format, IdPattern, Kind, Levels, Schema,
    Table, infer, read, write,
};

const FORMATS: [Format; 7] = [
    Format::CSV,
    Format::Csv {
        dialect: Dialect {
            delimiter: b';',
            crlf: true,
            bom: true,
            encoding: verdancy_table::Encoding::UTF_8,
        },
        compression: Compression::Gzip,
    },
    Format::Csv {
        dialect: Dialect {
            delimiter: b'\t',
            crlf: false,
            bom: false,
            encoding: verdancy_table::Encoding::UTF_8,
        },
        compression: Compression::Zstd,
    },
    Format::Parquet,
    Format::ArrowIpc,
    Format::Ndjson {
        compression: Compression::None,
    },
    Format::Ndjson {
        compression: Compression::Gzip,
    },
];

#[derive(Debug, Clone)]
struct Row {
    decimal: Option<i32>,
    real: Option<f64>,
    whole: Option<i64>,
    class: Option<String>,
    flag: Option<bool>,
    day: Option<i32>,
    moment: Option<i64>,
    key: u32,
    note: Option<String>,
}

fn row() -> impl Strategy<Value = Row> {
    let text = || "[a-z,;\"\tÄß]{0,6}[a-z\nÄß][\", ;]{0,2}[a-z]";
    (
        prop::option::of(-1_000_000i32..1_000_000),
        prop::option::of(prop::num::f64::NORMAL),
        prop::option::of(any::<i64>()),
        prop::option::of(text()),
        prop::option::of(any::<bool>()),
        prop::option::of(-100_000i32..100_000),
        prop::option::of(-100_000_000_000i64..100_000_000_000),
        any::<u32>(),
        prop::option::of(text()),
    )
        .prop_map(
            |(decimal, real, whole, class, flag, day, moment, key, note)| Row {
                decimal,
                real,
                whole,
                class,
                flag,
                day,
                moment,
                key,
                note,
            },
        )
}

fn table(rows: &[Row], typed: bool) -> Table {
    let spec = |name: &str, kind, source: &str| ColumnSpec {
        name: name.into(),
        kind,
        source: if typed { source } else { "text" }.into(),
        nullable: true,
        notation: None,
        part: None,
    };
    let date = |format: &str| Kind::Datetime {
        format: DateFormat(format.into()),
    };
    let id = Kind::Id {
        pattern: IdPattern::Mask {
            mask: "K-hhhhhhhh".into(),
        },
        unique: true,
    };
    let schema = Schema::of(vec![
        spec(
            "de\"cimal",
            Kind::Numerical { decimals: Some(3) },
            "Decimal128(12, 3)",
        ),
        spec("real", Kind::Numerical { decimals: None }, "Float64"),
        spec("whole, all", Kind::Integer, "Int64"),
        spec("class", Kind::Categorical, "Dictionary(Int32, Utf8)"),
        spec("flag", Kind::Boolean, "Boolean"),
        spec("day", date("%Y-%m-%d"), "Date32"),
        spec("moment", date("%Y-%m-%d %H:%M:%S"), "Timestamp(ms)"),
        spec("key", id, "Utf8"),
        spec("note", Kind::Text { words: 1.0 }, "LargeUtf8"),
    ]);
    let levels = |values: Vec<Option<&str>>| Column::Levels(Levels::from_values(values));
    let columns = vec![
        Column::Numbers(
            rows.iter()
                .map(|r| r.decimal.map_or(f64::NAN, |x| f64::from(x) / 1000.0))
                .collect(),
        ),
        Column::Numbers(rows.iter().map(|r| r.real.unwrap_or(f64::NAN)).collect()),
        Column::Integers(rows.iter().map(|r| r.whole).collect()),
        levels(rows.iter().map(|r| r.class.as_deref()).collect()),
        levels(
            rows.iter()
                .map(|r| r.flag.map(|f| if f { "true" } else { "false" }))
                .collect(),
        ),
        Column::Instants(
            rows.iter()
                .map(|r| r.day.map(|d| i64::from(d) * 86_400_000_000))
                .collect(),
        ),
        Column::Instants(
            rows.iter()
                .map(|r| r.moment.map(|s| s * 1_000_000 / 60))
                .map(|m| m.map(|m| m.div_euclid(1_000_000) * 1_000_000))
                .collect(),
        ),
        Column::Strings(
            rows.iter()
                .map(|r| Some(format!("K-{:08x}", r.key)))
                .collect(),
        ),
        Column::Strings(rows.iter().map(|r| r.note.clone()).collect()),
    ];
    Table::new(Arc::new(schema), columns).unwrap()
}

/// Cells as they compare: dictionaries may be numbered otherwise.
fn cells(column: &Column) -> Vec<Option<String>> {
    (0..column.len())
        .map(|row| {
            (!column.is_missing(row)).then(|| match column {
                Column::Numbers(v) => format!("{:?}", v[row]),
                Column::Integers(v) | Column::Instants(v) => format!("{:?}", v[row]),
                Column::Levels(v) => v.get(row).unwrap().to_owned(),
                Column::Strings(v) => v[row].clone().unwrap(),
            })
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_written_is_read(rows in prop::collection::vec(row(), 1..60), typed in any::<bool>()) {
        let whole = table(&rows, typed);
        let folder = tempfile::tempdir().unwrap();
        for format in FORMATS {
            let path = folder.path().join(format!("t.{}", format.extension()));
            let mut writer = write::Writer::create(&path, whole.schema(), format).unwrap();
            let middle = whole.rows() / 2;
            writer.write(&whole.slice(0..middle)).unwrap();
            writer.write(&whole.slice(middle..whole.rows())).unwrap();
            prop_assert_eq!(writer.finish().unwrap().rows, rows.len() as u64);
            let options = read::Options {
                delimiter: match format {
                    Format::Csv { dialect, .. } => Some(dialect.delimiter),
                    _ => None,
                },
                schema: Some((**whole.schema()).clone()),
                ..read::Options::default()
            };
            let back = read::load(&path, &options, &infer::Options::default()).unwrap();
            prop_assert_eq!(back.format, format);
            for (at, spec) in whole.schema().columns.iter().enumerate() {
                prop_assert_eq!(
                    cells(back.table.column(at)),
                    cells(whole.column(at)),
                    "{:?}: {}", format, spec.name
                );
            }
        }
    }
}
