//! Structs, objects, metadata and headers of several lines: unfolded for the table, and folded again.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::FixedSizeBinaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int8Array, Int16Array, RecordBatch, StringArray, StructArray,
};
use arrow_schema::{DataType, Field, Fields, Schema};
use common::{File, file};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use verdancy_table::read::{self, Loaded, Options};
use verdancy_table::write::{Batches, Writer};
use verdancy_table::{Column, Error, infer};

fn loaded(file: &File, drop: &[&str]) -> Result<Loaded, Error> {
    let options = Options {
        drop: drop.iter().map(|d| (*d).to_owned()).collect(),
        ..Options::default()
    };
    read::load(&file.path, &options, &infer::Options::default())
}

fn names(loaded: &Loaded) -> Vec<&str> {
    let columns = &loaded.table.schema().columns;
    columns.iter().map(|c| c.name.as_str()).collect()
}

fn written(loaded: &Loaded, name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let mut writer = Writer::create(&path, loaded.table.schema(), loaded.format).unwrap();
    writer.write(&loaded.table).unwrap();
    writer.finish().unwrap();
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn objects_of_a_line_come_back() {
    let line = |i: usize| {
        format!(
            "{{\"user\":{{\"town\":\"{}\",\"home\":{{\"floor\":{}}}}},\"n\":{}}}\n",
            ["Bonn", "Trier", "Ulm"][i % 3],
            i % 5,
            i % 11
        )
    };
    let text: String = (0..60).map(line).collect();
    let file = file("t.ndjson", &text);
    let all = loaded(&file, &[]).unwrap();
    assert_eq!(names(&all), ["user.town", "user.home.floor", "n"]);
    assert_eq!(written(&all, "t.ndjson"), text);
    let less = loaded(&file, &["user.home"]).unwrap();
    assert_eq!(names(&less), ["user.town", "n"]);
    assert!(written(&less, "t.ndjson").starts_with("{\"user\":{\"town\":\"Bonn\"},\"n\":0}\n"));
}

#[test]
fn keys_that_come_later_stand_with_their_object() {
    let text = "{\"a\":{\"x\":1},\"b\":2}\n{\"a\":{\"x\":3,\"y\":4},\"b\":5}\n".repeat(10);
    let all = loaded(&file("t.ndjson", &text), &[]).unwrap();
    assert_eq!(names(&all), ["a.x", "a.y", "b"]);
    assert!(written(&all, "t.ndjson").starts_with("{\"a\":{\"x\":1,\"y\":null},\"b\":2}\n"));
}

#[test]
fn lists_and_two_faced_keys_are_refused_with_the_way_out() {
    let lists = file("t.ndjson", "{\"a\":1,\"tags\":[1,2]}\n".repeat(20));
    let error = loaded(&lists, &[]).unwrap_err();
    assert_eq!(
        (error.code, error.place.column.as_deref()),
        ("table/nested-column", Some("tags"))
    );
    assert!(error.remedy.contains("--drop"));
    assert_eq!(names(&loaded(&lists, &["tags"]).unwrap()), ["a"]);
    let both = file("t.ndjson", "{\"a\":1}\n{\"a\":{\"x\":1}}\n".repeat(20));
    assert_eq!(loaded(&both, &[]).unwrap_err().code, "table/nested-column");
}

#[test]
fn columns_to_leave_out_have_to_be_there() {
    let text = "age,age.group,b\n1,x,2\n".to_owned() + &"3,y,4\n5,x,6\n".repeat(10);
    let table = file("t.csv", &text);
    // A point in a name makes no struct of it.
    assert_eq!(
        names(&loaded(&table, &["age"]).unwrap()),
        ["age.group", "b"]
    );
    assert_eq!(
        loaded(&table, &["agee"]).unwrap_err().code,
        "table/column-missing"
    );
    let all = loaded(&table, &["age", "age.group", "b"]).unwrap_err();
    assert_eq!(all.code, "table/no-columns");
}

/// A struct of which some are missing, an ordered dictionary, a UUID, and metadata of all kinds.
fn typed() -> RecordBatch {
    let rows = 90;
    let floors: Int16Array = (0..rows)
        .map(|i| (i % 9 > 0).then_some(i as i16 % 7))
        .collect();
    let towns = StringArray::from_iter_values((0..rows).map(|i| ["Bonn", "Ulm"][i % 2]));
    let unit = HashMap::from([("unit".to_owned(), "floors".to_owned())]);
    let fields = Fields::from(vec![
        Field::new("town", DataType::Utf8, false),
        Field::new("floor", DataType::Int16, true).with_metadata(unit),
    ]);
    let there = arrow_buffer::NullBuffer::from_iter((0..rows).map(|i| i % 10 > 0));
    let arrays: Vec<ArrayRef> = vec![Arc::new(towns), Arc::new(floors)];
    let home = StructArray::new(fields, arrays, Some(there));
    let keys = Int8Array::from_iter_values((0..rows).map(|i| (i * 7 % 3) as i8));
    let sizes = StringArray::from(vec!["small", "mid", "large"]);
    let size = DictionaryArray::<Int8Type>::new(keys, Arc::new(sizes));
    let mut ids = FixedSizeBinaryBuilder::with_capacity(rows, 16);
    for i in 0..rows as u128 {
        ids.append_value((i * 0x0123_4567_89ab_cdef_0123_4567_89ab + 1).to_be_bytes())
            .unwrap();
    }
    let id = ids.finish();
    let uuid = HashMap::from([("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())]);
    let fields = vec![
        Field::new("home", home.data_type().clone(), true),
        Field::new("size", size.data_type().clone(), false).with_dict_is_ordered(true),
        Field::new("id", id.data_type().clone(), true).with_metadata(uuid),
    ];
    let metadata = [("pandas", "{}"), ("geo", "bounds")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let schema = Schema::new_with_metadata(fields, HashMap::from(metadata));
    RecordBatch::try_new(
        Arc::new(schema),
        vec![Arc::new(home), Arc::new(size), Arc::new(id)],
    )
    .unwrap()
}

#[test]
fn an_arrow_schema_comes_back_field_by_field() {
    let batch = typed();
    let options = Options::default();
    let source = read::from_batches("t", &batch.schema(), [Ok(batch.clone())], &options).unwrap();
    let loaded = read::understood(source, &options, &infer::Options::default()).unwrap();
    assert_eq!(names(&loaded), ["home.town", "home.floor", "size", "id"]);
    let told = loaded
        .warnings
        .iter()
        .find(|w| w.code == "table/metadata-left-out")
        .unwrap();
    assert!(told.message.contains("geo") && !told.message.contains("pandas"));
    let Column::Levels(sizes) = loaded.table.column(2) else {
        panic!("a dictionary is no category");
    };
    assert_eq!(*sizes.levels, ["small", "mid", "large"].map(str::to_owned));

    let mut batches = Batches::new(loaded.table.schema()).unwrap();
    let back = batches.batch(&loaded.table).unwrap();
    let (want, found) = (batch.schema(), back.schema());
    assert_eq!(found.fields(), want.fields());
    assert_eq!(found.field(1).dict_is_ordered(), Some(true));
    assert_eq!(
        found.metadata().get("pandas").map(String::as_str),
        Some("{}")
    );
    assert!(!found.metadata().contains_key("geo"));
    assert_eq!(back.columns()[0].as_ref(), batch.columns()[0].as_ref());
    assert_eq!(back.columns()[2].as_ref(), batch.columns()[2].as_ref());
}

#[test]
fn headers_of_several_lines_come_back() {
    let mut units = "temp, wind ,site\n°C,m/s,name\n".to_owned();
    let mut survey = "Respondent,What do you like?,,Age\n,Film,Music,Response\n".to_owned();
    for i in 0..60 {
        units += &format!("{}.5,{},{}\n", i % 30, i % 9, ["north", "south"][i % 2]);
        let tick = |on: bool, what: &str| if on { what.to_owned() } else { String::new() };
        survey += &format!(
            "{},{},{},{}\n",
            7000 + i * 13 % 60,
            tick(i % 2 == 0, "Film"),
            tick(i % 3 == 0, "Music"),
            20 + i % 37
        );
    }
    for (text, want) in [
        (&units, vec!["temp", "wind", "site"]),
        (
            &survey,
            vec![
                "Respondent",
                "What do you like?: Film",
                "What do you like?: Music",
                "Age",
            ],
        ),
    ] {
        let loaded = loaded(&file("t.csv", text), &[]).unwrap();
        assert_eq!(names(&loaded), want);
        assert_eq!(loaded.table.rows(), 60);
        assert!(
            loaded
                .warnings
                .iter()
                .any(|w| w.code == "table/header-lines")
        );
        assert_eq!(&written(&loaded, "t.csv"), text);
    }
}

#[test]
fn keys_beyond_the_type_stay_keys() {
    let keys: arrow_array::UInt64Array = (0..60u64)
        .map(|i| Some(u64::MAX - i * 0x0003_5577_1113_9911))
        .collect();
    let array: ArrayRef = Arc::new(keys);
    let batch = RecordBatch::try_from_iter([("key", array)]).unwrap();
    let options = Options::default();
    let source = read::from_batches("t", &batch.schema(), [Ok(batch.clone())], &options).unwrap();
    let loaded = read::understood(source, &options, &infer::Options::default()).unwrap();
    let mut batches = Batches::new(loaded.table.schema()).unwrap();
    assert_eq!(
        batches.batch(&loaded.table).unwrap().columns(),
        batch.columns()
    );
    // Stand-ins have as many digits, of which not all are a number of 64 bits.
    let far = ["99999999999999999999", "18446744073709551617"].map(|key| Some(key.to_owned()));
    let table = verdancy_table::Table::new(
        loaded.table.schema().clone(),
        vec![Column::Strings(far.to_vec())],
    )
    .unwrap();
    let back = batches.batch(&table).unwrap();
    assert_eq!((back.column(0).null_count(), back.num_rows()), (0, 2));
}

/// An ordered dictionary whose last level comes first in the rows, with missing cells.
fn sizes(rows: usize) -> RecordBatch {
    let keys: Int8Array = (0..rows)
        .map(|i| (i % 11 > 0 || i == 0).then_some([3, 1, 0][i % 3]))
        .collect();
    let levels = StringArray::from(vec!["small", "mid", "huge", "large"]);
    let size = DictionaryArray::<Int8Type>::new(keys, Arc::new(levels));
    let number = arrow_array::Int64Array::from_iter_values((0..rows as i64).map(|i| i * 7 % 1013));
    let fields = vec![
        Field::new("size", size.data_type().clone(), true).with_dict_is_ordered(true),
        Field::new("number", DataType::Int64, false),
    ];
    let columns: Vec<ArrayRef> = vec![Arc::new(size), Arc::new(number)];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn parquet_keeps_the_order_of_levels() {
    // More than one row group.
    let batch = sizes(300_000);
    let options = Options::default();
    let source = read::from_batches("t", &batch.schema(), [Ok(batch.clone())], &options).unwrap();
    let loaded = read::understood(source, &options, &infer::Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    verdancy_table::write::write(&path, &loaded.table, verdancy_table::Format::Parquet).unwrap();

    let file = std::fs::File::open(&path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert!(reader.metadata().num_row_groups() > 1);
    assert_eq!(reader.schema().field(0).dict_is_ordered(), Some(true));
    let mut row = 0;
    // Batches that end with row groups: across them, the reader would number levels anew.
    for back in reader.with_batch_size(1 << 16).build().unwrap() {
        let back = back.unwrap();
        let want = batch.slice(row, back.num_rows());
        let size = back.column(0).as_dictionary::<Int8Type>();
        let real = want.column(0).as_dictionary::<Int8Type>();
        let levels = size.values().as_string::<i32>();
        assert_eq!(
            levels.iter().flatten().collect::<Vec<_>>(),
            ["small", "mid", "large"]
        );
        let real = real.downcast_dict::<StringArray>().unwrap();
        let size = size.downcast_dict::<StringArray>().unwrap();
        assert!(size.into_iter().eq(real));
        assert_eq!(back.column(1), want.column(1));
        row += back.num_rows();
    }
    assert_eq!(row, 300_000);
}
