//! Schemas as files: `schema.toml`, overrides, the JSON schema, SDV metadata.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use verdancy_table::{
    ColumnSpec, DateFormat, IdPattern, Kind, Overrides, Personal, Schema, Task, infer, read, sdv,
};

fn kinds() -> Vec<Kind> {
    let id = |pattern, unique| Kind::Id { pattern, unique };
    vec![
        Kind::Numerical { decimals: Some(2) },
        Kind::Numerical { decimals: None },
        Kind::Integer,
        Kind::Categorical,
        Kind::Boolean,
        Kind::Datetime {
            format: DateFormat("%d.%m.%Y %H:%M".into()),
        },
        id(IdPattern::Sequence { start: i64::MIN }, true),
        id(
            IdPattern::Number {
                low: -5,
                high: i64::MAX,
            },
            false,
        ),
        id(IdPattern::Uuid, true),
        id(
            IdPattern::Mask {
                mask: "P\\A-99\"".into(),
            },
            true,
        ),
        Kind::Personal {
            what: Personal::CreditCard,
        },
        Kind::Text { words: 12.25 },
        Kind::Constant {
            value: "a = \"b\"\n".into(),
        },
        Kind::Missing,
    ]
}

fn schema(task: Option<Task>) -> Schema {
    let columns = kinds()
        .into_iter()
        .enumerate()
        .map(|(i, kind)| ColumnSpec {
            name: format!("column {i}, \"quoted\""),
            kind,
            source: if i % 2 == 0 {
                "text"
            } else {
                "Timestamp(µs, \"UTC\")"
            }
            .into(),
            nullable: i % 3 == 0,
            notation: None,
            part: None,
        })
        .collect();
    Schema {
        target: Some("column 3, \"quoted\"".into()),
        task,
        ..Schema::of(columns)
    }
}

#[test]
fn a_schema_survives_its_file() {
    let survival = Task::Survival {
        time: "t".into(),
        event: "e".into(),
    };
    for task in [
        None,
        Some(Task::Classification),
        Some(Task::Regression),
        Some(survival),
    ] {
        let schema = schema(task.clone());
        let text = schema.to_toml().unwrap();
        assert_eq!(Schema::from_toml(&text).unwrap(), schema, "{text}");
        let said = Overrides::from_toml(&text).unwrap();
        assert_eq!((said.target, said.task), (schema.target.clone(), task));
        assert_eq!(said.kinds.len(), schema.columns.len());
        let json = serde_json::to_string(&schema).unwrap();
        assert_eq!(serde_json::from_str::<Schema>(&json).unwrap(), schema);
    }
}

#[test]
fn mistakes_in_schema_files_are_named() {
    let code = |text: &str| Overrides::from_toml(text).unwrap_err();
    let error = code("target = 'x'\n[[column]]\nname = 'a'\nkind = 'numeric'\n");
    assert_eq!(error.code, "schema/bad-toml");
    assert!(error.place.line.is_some(), "{error:?}");
    assert_eq!(code("target = \n").place.line, Some(1));
    assert_eq!(code("goal = 'x'\n").code, "schema/unknown-key");
    let error = code("[[column]]\nname = 'a'\nkind = 'numerical'\ndecimal = 2\n");
    assert_eq!(error.code, "schema/unknown-key");
    assert_eq!(error.place.column.as_deref(), Some("a"));
    let twice = "[[column]]\nname = 'a'\nkind = 'integer'\n".repeat(2);
    assert_eq!(code(&twice).code, "schema/duplicate-column");
    let open = "[[column]]\nname = 'a'\nkind = 'datetime'\n";
    assert!(Overrides::from_toml(open).is_ok());
    assert_eq!(
        Schema::from_toml(open).unwrap_err().code,
        "schema/incomplete"
    );
}

fn infer_with(csv: &str, said: &Overrides) -> verdancy_table::Result<Schema> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, csv).unwrap();
    let source = read::read(&path, &read::Options::default())?;
    let mut options = infer::Options::default();
    said.apply(&mut options);
    infer::infer(&source, &options).map(|found| found.0)
}

fn visits() -> String {
    let mut csv = "visit,age,zip,day,score,group\n".to_owned();
    for i in 0..40 {
        csv += &format!(
            "V-{:04},{},{:05},{:02}.03.2021,{}.{},{}\n",
            i * 7 % 1000,
            30 + i % 9,
            10_000 + i * 3,
            1 + i % 28,
            i % 5,
            i % 7,
            i % 3
        );
    }
    csv
}

#[test]
fn overrides_win_and_leave_details_to_inference() {
    let text = "target = 'group'\ntask = { type = 'classification' }\n\
        [[column]]\nname = 'visit'\nkind = 'id'\nunique = true\n\
        [[column]]\nname = 'zip'\nkind = 'categorical'\n\
        [[column]]\nname = 'age'\nkind = 'numerical'\n\
        [[column]]\nname = 'score'\nkind = 'numerical'\n\
        [[column]]\nname = 'day'\nkind = 'datetime'\n";
    let schema = infer_with(&visits(), &Overrides::from_toml(text).unwrap()).unwrap();
    let kind = |name: &str| &schema.columns[schema.position(name).unwrap()].kind;
    let mask = |k: &Kind| match k {
        Kind::Id {
            pattern: IdPattern::Mask { mask },
            unique: true,
        } => mask.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(mask(kind("visit")), "V-9999");
    assert_eq!(*kind("zip"), Kind::Categorical);
    assert_eq!(*kind("age"), Kind::Integer);
    assert_eq!(*kind("score"), Kind::Numerical { decimals: Some(1) });
    assert_eq!(*kind("group"), Kind::Categorical);
    let Kind::Datetime { format } = kind("day") else {
        panic!("{:?}", kind("day"));
    };
    assert_eq!(format.0, "%d.%m.%Y");
    assert_eq!(schema.target.as_deref(), Some("group"));
}

#[test]
fn an_unknown_column_is_named_with_its_nearest() {
    let text = "[[column]]\nname = 'scor'\nkind = 'integer'\n";
    let error = infer_with(&visits(), &Overrides::from_toml(text).unwrap()).unwrap_err();
    assert_eq!(error.code, "table/column-missing");
    assert!(error.remedy.contains("score"), "{}", error.remedy);
}

#[test]
fn the_json_schema_is_the_committed_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schema.schema.json");
    let text = verdancy_table::schema_json().unwrap();
    if std::env::var_os("VERDANCY_UPDATE_DOCS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    // Not `assert_eq`, which would print both.
    assert!(
        std::fs::read_to_string(path).unwrap() == text,
        "run this test with VERDANCY_UPDATE_DOCS=1 and commit the file"
    );
}

fn id(mask: &str, unique: bool) -> Kind {
    Kind::Id {
        pattern: IdPattern::Mask { mask: mask.into() },
        unique,
    }
}

#[test]
fn each_version_of_sdv_metadata_is_read() {
    let columns = r#"{
        "visit": {"sdtype": "id", "regex_format": "V-[0-9]{4}"},
        "patient": {"sdtype": "id"},
        "age": {"sdtype": "numerical", "computer_representation": "Int64"},
        "dose": {"sdtype": "numerical"},
        "stage": {"sdtype": "categorical"},
        "day": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d %H:%M:%S.%f"},
        "smoker": {"sdtype": "boolean"},
        "mail": {"sdtype": "email", "pii": true},
        "what": {"sdtype": "unknown", "pii": true},
        "plate": {"sdtype": "swift11", "pii": true}
    }"#;
    let single = format!(
        r#"{{"METADATA_SPEC_VERSION": "SINGLE_TABLE_V1", "primary_key": "visit", "columns": {columns}}}"#
    );
    let many = |version: &str| {
        format!(
            r#"{{"METADATA_SPEC_VERSION": "{version}", "tables": {{
                "visits": {{"primary_key": "visit", "columns": {columns}}},
                "patients": {{"primary_key": "patient", "columns": {{"patient": {{"sdtype": "id"}}}}}}}},
               "relationships": [{{"parent_table_name": "patients", "parent_primary_key": "patient",
                "child_table_name": "visits", "child_foreign_key": "patient"}}]}}"#
        )
    };
    for (text, table) in [
        (single, None),
        (many("V1"), Some("visits")),
        (many("V2"), Some("visits")),
    ] {
        let said = sdv::from_sdv(&text, table).unwrap();
        assert_eq!(said.kinds["visit"], id("V-9999", true));
        assert_eq!(said.kinds["patient"], id("", false));
        assert_eq!(said.kinds["age"], Kind::Integer);
        assert_eq!(said.kinds["dose"], Kind::Numerical { decimals: None });
        assert_eq!(said.kinds["stage"], Kind::Categorical);
        assert_eq!(said.kinds["smoker"], Kind::Boolean);
        assert_eq!(
            said.kinds["mail"],
            Kind::Personal {
                what: Personal::Email
            }
        );
        assert_eq!(said.kinds["plate"], Kind::Text { words: 0.0 });
        assert!(!said.kinds.contains_key("what"));
        assert!(
            matches!(&said.kinds["day"], Kind::Datetime { format } if format.0.ends_with("%6f"))
        );
    }
    let v2 = many("V2");
    let error = sdv::from_sdv(&v2, None).unwrap_err();
    assert_eq!(error.code, "metadata/several-tables");
    let error = sdv::from_sdv(&v2, Some("visit")).unwrap_err();
    assert_eq!(error.code, "metadata/no-such-table");
    assert_eq!(
        sdv::from_sdv("{}", None).unwrap_err().code,
        "metadata/not-sdv"
    );
    assert_eq!(
        sdv::from_sdv("{", None).unwrap_err().code,
        "metadata/bad-json"
    );
    let old = r#"{"fields": {"k": {"type": "id", "subtype": "integer"},
        "n": {"type": "numerical", "subtype": "integer"},
        "d": {"type": "datetime", "format": "%Y"}}, "primary_key": "k"}"#;
    let said = sdv::from_sdv(old, None).unwrap();
    assert_eq!(said.kinds["k"], id("", true));
    assert_eq!(said.kinds["n"], Kind::Integer);
}

#[test]
fn our_sdv_metadata_is_read_back() {
    let schema = schema(None);
    let text = sdv::to_sdv(&schema, "t").unwrap();
    if let Some(path) = std::env::var_os("VERDANCY_SDV_OUT") {
        std::fs::write(path, &text).unwrap();
    }
    let said = sdv::from_sdv(&text, None).unwrap();
    for column in &schema.columns {
        let Some(read) = said.kinds.get(&column.name) else {
            assert_eq!(column.kind, Kind::Missing);
            continue;
        };
        match &column.kind {
            Kind::Id {
                pattern: IdPattern::Mask { .. },
                ..
            }
            | Kind::Numerical { .. }
            | Kind::Datetime { .. }
            | Kind::Personal { .. }
            | Kind::Categorical
            | Kind::Boolean
            | Kind::Integer => {
                let same = match (read, &column.kind) {
                    (Kind::Id { pattern: a, .. }, Kind::Id { pattern: b, .. }) => a == b,
                    (a, b) => a == b,
                };
                assert!(same, "{read:?} {:?}", column.kind);
            }
            Kind::Constant { .. } => assert_eq!(*read, Kind::Categorical),
            other => assert_eq!(read.name(), other.name()),
        }
    }
}
