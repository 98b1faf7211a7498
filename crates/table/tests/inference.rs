//! What columns of an unknown table are taken for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{codes, column, kind, load, load_with, refused_with, spec};
use verdancy_table::infer::{Options, TextMode};
use verdancy_table::{Column, IdPattern, Kind, Personal, Task, read};

/// Numbers below `below`, spread without order.
fn scattered(i: u64, below: u64) -> u64 {
    (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31) % below
}

fn many<T: ToString>(n: u64, f: impl Fn(u64) -> T) -> Vec<String> {
    (0..n).map(|i| f(i).to_string()).collect()
}

#[test]
fn numbers_keep_their_decimals() {
    let of = |cells: Vec<String>| kind("x", cells);
    assert_eq!(
        of(many(50, |i| format!("{}.{}", i, i % 10))),
        Kind::Numerical { decimals: Some(1) }
    );
    assert_eq!(
        of(many(50, |i| (i as f64 + 0.5).sqrt())),
        Kind::Numerical { decimals: None }
    );
    assert_eq!(
        of(many(50, |i| format!("{i}e-3"))),
        Kind::Numerical { decimals: Some(3) }
    );
    assert_eq!(of(many(50, |i| i % 7)), Kind::Integer);
    assert_eq!(of(many(50, |i| format!("{}.0", i % 9))), Kind::Integer);
    assert_eq!(of(many(50, |i| i % 2)), Kind::Boolean);
    assert_eq!(
        of(many(50, |i| format!("{},{}", i, i % 10))),
        Kind::Numerical { decimals: Some(1) }
    );
    assert_eq!(
        of(many(50, |i| format!("${},{:03}", i + 1, i))),
        Kind::Integer
    );
}

#[test]
fn codes_with_leading_zeros_are_no_numbers() {
    assert_eq!(
        kind("area", many(60, |i| format!("{:05}", i % 12))),
        Kind::Categorical
    );
    let Kind::Id { pattern, unique } = kind(
        "badge",
        many(60, |i| format!("{:05}", scattered(i, 99_999))),
    ) else {
        panic!("unique codes are keys")
    };
    assert!(unique);
    assert_eq!(
        pattern,
        IdPattern::Mask {
            mask: "99999".into()
        }
    );
    assert_eq!(
        kind("zip", many(60, |i| 10_115 + i % 12)),
        Kind::Categorical
    );
    let icd = many(400, |i| {
        if i % 40 == 0 {
            format!("V{}", i / 40)
        } else {
            format!("{}.{}", 200 + i % 50, i % 3)
        }
    });
    assert_eq!(kind("diag", icd), Kind::Categorical);
}

#[test]
fn signs_for_missing_beside_many_numbers() {
    let loaded = load(column(
        "x",
        many(200, |i| {
            if i % 9 == 0 {
                "?".into()
            } else {
                (i * 3 % 101).to_string()
            }
        }),
    ));
    assert_eq!(loaded.table.schema().columns[0].kind, Kind::Integer);
    assert!(loaded.table.schema().columns[0].nullable);
    assert_eq!(loaded.table.column(0).missing(), 23);
    assert_eq!(codes(&loaded), ["table/read-as-missing"]);
    assert!(loaded.warnings[0].message.contains("--na"));

    let few = many(200, |i| ["1", "2", "3", "?"][i as usize % 4]);
    assert_eq!(kind("x", few), Kind::Categorical);
    assert_eq!(
        kind("x", many(200, |i| ["None", "NA", "Norm"][i as usize % 3])),
        Kind::Categorical
    );
    let bounds = many(200, |i| {
        if i % 50 == 0 {
            "<0.1".into()
        } else {
            format!("{}.5", i * 3)
        }
    });
    assert_eq!(kind("x", &bounds), Kind::Numerical { decimals: Some(1) });
    let mut said = Options::default();
    said.kinds
        .insert("x".into(), Kind::Numerical { decimals: Some(1) });
    let again = load_with(column("x", &bounds), &said);
    assert_eq!(again.table.column(0).missing(), 4, "read as inferred");
}

#[test]
fn the_user_says_what_is_missing() {
    let options = read::Options {
        na: vec!["?".into(), "NA".into()],
        ..Default::default()
    };
    let file = common::file("t.csv", "a,b\n1,NA\n?,x\n3,x\n,y\n5,x\n");
    let loaded = read::load(&file.path, &options, &Options::default()).unwrap();
    assert_eq!(loaded.table.column(0).missing(), 2);
    assert_eq!(loaded.table.column(1).missing(), 1);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

#[test]
fn keys_and_measurements() {
    assert_eq!(
        kind("number", many(200, |i| i + 7)),
        Kind::Id {
            pattern: IdPattern::Sequence { start: 7 },
            unique: true
        }
    );
    assert!(matches!(
        kind("case", many(2000, |i| 100_000 + i * 3)),
        Kind::Id { unique: true, .. }
    ));
    assert_eq!(
        kind("total_charges", many(300, |i| scattered(i, 10_000_000))),
        Kind::Integer
    );
    assert_eq!(kind("year", many(60, |i| 1960 + i)), Kind::Integer);
    assert!(matches!(
        kind("patient_nbr", many(900, |i| scattered(i % 600, 1 << 40))),
        Kind::Id { unique: false, .. }
    ));
    assert_eq!(
        kind("department_id", many(900, |i| i % 8)),
        Kind::Categorical
    );
    assert_eq!(
        kind("body_mass_index", many(900, |i| 15 + scattered(i, 400))),
        Kind::Integer
    );
    assert_eq!(
        kind(
            "key",
            many(60, |i| format!(
                "{:08x}-0000-4000-8000-{:012x}",
                scattered(i, 1 << 32),
                i
            ))
        ),
        Kind::Id {
            pattern: IdPattern::Uuid,
            unique: true
        }
    );
    let Kind::Id {
        pattern,
        unique: true,
    } = kind(
        "sample",
        many(60, |i| format!("LAB-{:04}", scattered(i, 9999))),
    )
    else {
        panic!()
    };
    assert_eq!(
        pattern,
        IdPattern::Mask {
            mask: "L\\AB-9999".into()
        }
    );
    let loaded = load(column("n", many(50, |i| i)));
    assert_eq!(codes(&loaded), ["table/taken-for-key"]);
}

#[test]
fn personal_data_and_text() {
    let names = many(60, |i| {
        format!(
            "{} {}",
            ["Ann", "Ben", "Cem", "Dora"][i as usize % 4],
            ["Smith", "Jones", "Ali"][i as usize % 3].repeat(1 + i as usize / 12)
        )
    });
    assert_eq!(
        kind("name", &names),
        Kind::Personal {
            what: Personal::Name
        }
    );
    assert_eq!(
        kind("clinic_name", many(60, |i| format!("clinic {}", i % 5))),
        Kind::Categorical
    );
    assert_eq!(
        kind("contact", many(60, |i| format!("p{i}@example.org"))),
        Kind::Personal {
            what: Personal::Email
        }
    );
    assert_eq!(
        kind(
            "tel",
            many(60, |i| 5_550_000_000u64 + scattered(i, 9_999_999))
        ),
        Kind::Personal {
            what: Personal::Phone
        }
    );
    let notes = many(60, |i| {
        format!("seen in week {i} with mild pain and no fever at all")
    });
    assert!(matches!(kind("remark", &notes), Kind::Text { words } if words == 12.0));
    let rare = many(500, |i| {
        if i % 100 == 3 {
            format!("complains of thing number {i}")
        } else {
            String::new()
        }
    });
    assert!(matches!(kind("remark", rare), Kind::Text { .. }));
    let once = many(500, |i| if i == 3 { "complains of one thing" } else { "" });
    assert!(
        matches!(kind("remark", once), Kind::Text { .. }),
        "one person's text is no constant"
    );

    let text = column("remark", &notes);
    assert_eq!(codes(&load(&text)), ["table/text-replaced"]);
    let mut options = Options {
        text: TextMode::Drop,
        ..Options::default()
    };
    let dropped = load_with(&text, &options);
    assert_eq!(dropped.table.columns().len(), 1);
    assert_eq!(codes(&dropped), ["table/text-dropped"]);
    options.text = TextMode::Error;
    let e = refused_with(&text, &read::Options::default(), &options);
    assert_eq!(
        (e.code, e.place.column.as_deref()),
        ("table/text-refused", Some("remark"))
    );
}

#[test]
fn dates() {
    let format = |name: &str, cells: Vec<String>| match kind(name, cells) {
        Kind::Datetime { format } => format.0,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        format(
            "d",
            many(40, |i| format!("2020-{:02}-{:02}", 1 + i % 12, 1 + i % 28))
        ),
        "%Y-%m-%d"
    );
    assert_eq!(
        format(
            "d",
            many(40, |i| format!("{:02}/{:02}/2020", 1 + i % 28, 1 + i % 12))
        ),
        "%d/%m/%Y"
    );
    assert_eq!(
        format(
            "d",
            many(40, |i| format!("{}/{}/2020", 1 + i % 12, 1 + i % 28))
        ),
        "%-m/%-d/%Y"
    );
    assert_eq!(
        format(
            "date",
            many(40, |i| format!("2020{:02}{:02}", 1 + i % 12, 1 + i % 28))
        ),
        "%Y%m%d"
    );
    assert_eq!(
        kind("epoch", many(40, |i| 1_600_000_000 + i * 3600)),
        Kind::Integer
    );

    let both = load(column(
        "d",
        many(40, |i| format!("{:02}/{:02}/2020", 1 + i % 9, 1 + i % 7)),
    ));
    assert_eq!(codes(&both), ["table/ambiguous-date"]);
    let mixed = load(column(
        "d",
        many(40, |i| {
            if i % 2 == 0 {
                format!("{:02}/03/2020", 13 + i % 9)
            } else {
                format!("03/{:02}/2020", 13 + i % 9)
            }
        }),
    ));
    assert!(
        codes(&mixed).contains(&"table/mixed-date-order"),
        "{:?}",
        mixed.warnings
    );
    assert!(!matches!(
        mixed.table.schema().columns[0].kind,
        Kind::Datetime { .. }
    ));

    let loaded = load(column(
        "d",
        many(60, |i| {
            if i == 7 {
                "0000-00-00".into()
            } else {
                format!("2020-01-{:02}", 1 + i % 31)
            }
        }),
    ));
    assert_eq!(loaded.table.column(0).missing(), 1);
    assert_eq!(codes(&loaded), ["table/read-as-missing"]);
}

#[test]
fn the_target_sets_the_task() {
    let mut text = String::from("class,grade,value,time,event,note\n");
    for i in 0..60 {
        text.push_str(&format!(
            "{},{},{},{},{},same\n",
            ["a", "b", "c"][i % 3],
            i % 5,
            i * 31 % 97,
            1 + i * 7 % 41,
            i % 2
        ));
    }
    let with = |target: &str| {
        let options = Options {
            target: Some(target.into()),
            ..Options::default()
        };
        load_with(&text, &options).table.schema().as_ref().clone()
    };
    assert_eq!(with("class").task, Some(Task::Classification));
    let graded = with("grade");
    assert_eq!(graded.task, Some(Task::Classification));
    assert_eq!(graded.columns[1].kind, Kind::Categorical);
    assert_eq!(with("value").task, Some(Task::Regression));
    let plain = load(&text);
    assert_eq!(
        (
            plain.table.schema().target.as_ref(),
            plain.table.schema().task.as_ref()
        ),
        (None, None)
    );
    assert_eq!(plain.table.schema().columns[1].kind, Kind::Integer);

    let refuse = |options: Options| refused_with(&text, &read::Options::default(), &options);
    let e = refuse(Options {
        target: Some("Clas".into()),
        ..Options::default()
    });
    assert_eq!(e.code, "table/target-missing");
    assert!(e.remedy.contains("class"), "{}", e.remedy);
    let e = refuse(Options {
        target: Some("note".into()),
        ..Options::default()
    });
    assert_eq!(e.code, "table/target-constant");

    let options = Options {
        survival: Some(("time".into(), "event".into())),
        ..Options::default()
    };
    let schema = load_with(&text, &options).table.schema().clone();
    assert_eq!(schema.target.as_deref(), Some("event"));
    assert!(matches!(&schema.task, Some(Task::Survival { time, .. }) if time == "time"));
    let e = refuse(Options {
        survival: Some(("time".into(), "class".into())),
        ..Options::default()
    });
    assert_eq!(e.code, "table/survival-event");
}

#[test]
fn a_second_file_is_read_under_the_first_ones_schema() {
    let first = load("age,sex,score\n30,f,1.5\n41,m,2.5\n52,f,3.5\n33,m,0.25\n");
    let schema = first.table.schema();
    let second = |text: &str| {
        let file = common::file("second.csv", text);
        read::load_with(&file.path, schema, &read::Options::default())
    };
    let loaded = second("more;score;sex;age\n1;9.5;d;18\n2;8.5;f;19\n").unwrap();
    assert_eq!(codes(&loaded), ["table/column-extra"]);
    assert_eq!(loaded.table.schema(), schema);
    assert_eq!(
        loaded.table.column(0),
        &Column::Integers(vec![Some(18), Some(19)])
    );
    assert_eq!(spec(&loaded, "sex").1.levels().unwrap().get(0), Some("d"));
    let e = second("age,score\n1,2\n").expect_err("a column is missing");
    assert_eq!(
        (e.code, e.place.column.as_deref()),
        ("table/column-missing", Some("sex"))
    );
    let e = second("age,sex,score\n1,f,2\nold,m,3\n").expect_err("half of a column");
    assert_eq!((e.code, e.place.line), ("table/cell-does-not-fit", Some(3)));
}
