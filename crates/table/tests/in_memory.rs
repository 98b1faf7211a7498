//! Arrow columns in memory: taken in as a file's cells are, and given back with the types they had.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, DurationSecondArray, Float64Array, Int32Array, Int64Array,
    ListArray, RecordBatch, StringArray, TimestampMicrosecondArray, types::Int32Type,
};
use arrow_schema::{DataType, Field, Schema};
use verdancy_table::fill::Filler;
use verdancy_table::write::Batches;
use verdancy_table::{Error, Kind, Personal, Protection, Table, infer, read};

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = (columns.iter())
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn rows(from: usize, to: usize) -> RecordBatch {
    let of = |f: &dyn Fn(usize) -> f64| Float64Array::from_iter_values((from..to).map(f));
    batch(vec![
        ("x", Arc::new(of(&|i| i as f64 * 0.25))),
        (
            "n",
            Arc::new(Int64Array::from_iter(
                (from..to).map(|i| (i % 7 > 0).then_some(i as i64 % 40)),
            )),
        ),
        (
            "flag",
            Arc::new(BooleanArray::from_iter(
                (from..to).map(|i| Some(i % 3 == 0)),
            )),
        ),
        (
            "town",
            Arc::new(StringArray::from_iter_values(
                (from..to).map(|i| ["Bonn", "Trier"][i % 2]),
            )),
        ),
        (
            "seen",
            Arc::new(
                TimestampMicrosecondArray::from_iter_values(
                    (from..to).map(|i| i as i64 * 3_600_000_000),
                )
                .with_timezone("Europe/Berlin"),
            ),
        ),
        (
            "wait",
            Arc::new(DurationSecondArray::from_iter_values(
                (from..to).map(|i| i as i64 % 50),
            )),
        ),
    ])
}

fn taken(batches: Vec<RecordBatch>) -> Result<read::Source, Error> {
    let schema = batches[0].schema();
    read::from_batches(
        "the table",
        &schema,
        batches.into_iter().map(Ok),
        &read::Options::default(),
    )
}

#[test]
fn columns_come_back_with_their_types_and_values() {
    let source = taken(vec![rows(0, 150), rows(150, 300)]).unwrap();
    assert_eq!(source.rows(), 300);
    let loaded = read::understood(
        source,
        &read::Options::default(),
        &infer::Options::default(),
    )
    .unwrap();
    let kind = |name: &str| {
        let schema = loaded.table.schema();
        schema.columns[schema.position(name).unwrap()].kind.clone()
    };
    assert_eq!(kind("n"), Kind::Integer);
    assert_eq!(kind("flag"), Kind::Boolean);
    let mut batches = Batches::new(loaded.table.schema()).unwrap();
    let whole = batches.batch(&loaded.table).unwrap();
    let real =
        arrow_select::concat::concat_batches(&rows(0, 1).schema(), &[rows(0, 150), rows(150, 300)])
            .unwrap();
    for (name, array) in real
        .schema()
        .fields()
        .iter()
        .map(|f| f.name())
        .zip(real.columns())
    {
        let back = whole.column_by_name(name).unwrap();
        assert_eq!(back.data_type(), array.data_type(), "{name}");
        assert_eq!(back.to_data(), array.to_data(), "{name}");
    }
}

#[test]
fn what_is_no_table_is_refused_with_its_place() {
    let code = |batch: RecordBatch| {
        let error = taken(vec![batch]).unwrap_err();
        assert_eq!(error.place.file.as_deref(), Some("the table".as_ref()));
        (error.code, error.place.column)
    };
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None])]);
    let one = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    assert_eq!(
        code(batch(vec![("a", one()), ("l", Arc::new(list))])),
        ("table/nested-column", Some("l".into()))
    );
    assert_eq!(
        code(batch(vec![("a", one()), ("a", one())])).0,
        "table/duplicate-column-name"
    );
    assert_eq!(code(batch(vec![(" ", one())])).0, "table/empty-column-name");
    assert_eq!(code(rows(0, 0)).0, "table/no-rows");
    let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    assert_eq!(code(none).0, "table/no-columns");
}

#[test]
fn limits_and_failing_streams_are_errors() {
    let options = read::Options {
        limits: read::Limits {
            rows: 100,
            ..read::Limits::default()
        },
        ..read::Options::default()
    };
    let many = vec![Ok(rows(0, 80)), Ok(rows(80, 160))];
    let error = read::from_batches("t", &rows(0, 1).schema(), many, &options).unwrap_err();
    assert_eq!(error.code, "table/too-many-rows");
    let broken = vec![
        Ok(rows(0, 80)),
        Err(Error::input("table/bad-arrow", "It broke.", "Mend it.")),
    ];
    let error = read::from_batches("t", &rows(0, 1).schema(), broken, &read::Options::default())
        .unwrap_err();
    assert_eq!(error.code, "table/bad-arrow");
}

/// Invented postcodes have the type of the real ones, and so have numbers of cards and devices.
#[test]
fn numbers_that_tell_who_someone_is_keep_their_type() {
    let n = 300;
    let codes = Int32Array::from_iter_values((0..n).map(|i| 10_115 + i * 211 % 89_000));
    let narrow = Int32Array::from_iter_values((0..n).map(|i| 1_234_567 + i * 7919));
    let source = taken(vec![batch(vec![
        ("postcode", Arc::new(codes)),
        ("phone", Arc::new(narrow)),
        (
            "x",
            Arc::new(Float64Array::from_iter_values((0..n).map(f64::from))),
        ),
    ])])
    .unwrap();
    let options = (read::Options::default(), infer::Options::default());
    let real = read::understood(source, &options.0, &options.1)
        .unwrap()
        .table;
    let schema = real.schema();
    let what = Personal::Postcode;
    assert_eq!(schema.columns[0].kind, Kind::Personal { what });
    assert_eq!(schema.columns[0].arrow_type().0, "Int32");
    let filler = Filler::learn(&real, Protection::default());
    let mut columns = real.columns().to_vec();
    for (at, column) in columns.iter_mut().enumerate() {
        if !schema.columns[at].kind.is_modelled() {
            *column = filler.column(at, 0..n as u64, 7);
        }
    }
    let made = Table::new(schema.clone(), columns).unwrap();
    let whole = Batches::new(schema).unwrap().batch(&made).unwrap();
    assert_eq!(*whole.column(0).data_type(), DataType::Int32);
    assert_eq!(whole.column(0).null_count(), 0);
}
