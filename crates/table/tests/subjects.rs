//! Whose row a row is: named by the user, or found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{codes, load, load_with, refused_with, spec};
use verdancy_table::infer::{Options, TextMode};
use verdancy_table::{Kind, NO_SUBJECT, Overrides, Schema, read, sdv};

/// Columns of `rows` rows; each cell is made from its row's number.
fn table(rows: usize, columns: &[(&str, &dyn Fn(usize) -> String)]) -> String {
    let names: Vec<&str> = columns.iter().map(|c| c.0).collect();
    let mut text = names.join(",") + "\n";
    for row in 0..rows {
        let cells: Vec<String> = columns.iter().map(|c| c.1(row)).collect();
        text += &(cells.join(",") + "\n");
    }
    text
}

/// The subject that is found in a table of `rows` rows with a measurement beside `columns`.
fn found(rows: usize, columns: &[(&str, &dyn Fn(usize) -> String)]) -> Option<String> {
    let mut all = columns.to_vec();
    let x = |row: usize| format!("{}.{}", row * 7 % 31, row % 10);
    all.push(("x", &x));
    load(table(rows, &all)).table.schema().subject.clone()
}

fn named(subject: &str) -> Options {
    Options {
        subject: Some(subject.to_owned()),
        ..Options::default()
    }
}

fn visits() -> String {
    table(
        1200,
        &[
            ("patient_id", &|row| format!("P{:04}", row / 4)),
            ("visit", &|row| (row % 4 + 1).to_string()),
            ("site", &|row| format!("S{:02}", row / 4 % 12)),
            ("hb", &|row| format!("{}.{}", 9 + row * 7 % 6, row % 10)),
        ],
    )
}

#[test]
fn several_rows_per_patient_are_found_and_said() {
    let loaded = load(visits());
    let schema = loaded.table.schema();
    assert_eq!(schema.subject.as_deref(), Some("patient_id"));
    assert_eq!(loaded.table.people(), 300);
    let (spec, _) = spec(&loaded, "patient_id");
    assert!(matches!(spec.kind, Kind::Id { unique: false, .. }));
    let said = loaded.warnings.iter().find(|w| w.code == "table/subject");
    let said = &said.expect("a warning").message;
    assert!(
        said.starts_with(
            "Several rows per patient_id (300 people, 1200 rows): rows of one person stay together"
        ),
        "{said}"
    );
    assert!(said.contains("order in time is not learned"), "{said}");
}

#[test]
fn columns_named_for_people_are_found_whatever_their_kind() {
    let of = |name: &str, cell: &dyn Fn(usize) -> String| found(400, &[(name, cell)]);
    for name in [
        "patient_id",
        "PatientID",
        "PATIENT_NR",
        "patientid",
        "customer",
        "UserId",
        "user",
        "subject",
        "USUBJID",
        "member number",
        "participant_code",
        "mrn",
        "kundennr",
    ] {
        assert_eq!(
            of(name, &|row| (row / 8 + 1).to_string()).as_deref(),
            Some(name)
        );
        assert_eq!(
            of(name, &|row| format!("A-{}", row / 8)).as_deref(),
            Some(name)
        );
    }
    // A single person with two rows is enough.
    let twice = |row: usize| format!("K{}", row.max(1));
    assert_eq!(of("customer_id", &twice).as_deref(), Some("customer_id"));
    // Rows of one person need not stand together.
    let apart = |row: usize| (row * 7 % 50).to_string();
    assert_eq!(of("student", &apart).as_deref(), Some("student"));
}

#[test]
fn keys_that_many_people_share_are_nobody() {
    let of = |name: &str, cell: &dyn Fn(usize) -> String| found(2400, &[(name, cell)]);
    for name in [
        "site_id",
        "doctor",
        "product_id",
        "StoreId",
        "hospital_nr",
        "patient_group_id",
    ] {
        assert_eq!(of(name, &|row| (row % 12).to_string()), None, "{name}");
        assert_eq!(of(name, &|row| format!("S{}", row % 200)), None, "{name}");
    }
    // Numbers of people, kinds of people, and subjects that are taught.
    assert_eq!(of("customers", &|row| (row % 300).to_string()), None);
    assert_eq!(of("passenger_count", &|row| (row % 40).to_string()), None);
    assert_eq!(
        of("client", &|row| ["new", "known"][row % 2].to_owned()),
        None
    );
    let taught = |row: usize| format!("course {}", char::from(b'a' + (row % 26) as u8));
    assert_eq!(of("subject", &taught), None);
    // Amounts that people have.
    for name in ["sum_insured", "max_guest", "total_paid_per_customer"] {
        assert_eq!(
            of(name, &|row| (row % 300 * 1000).to_string()),
            None,
            "{name}"
        );
    }
    assert!(of("insured_number", &|row| (row % 300).to_string()).is_some());
    // Fewer people than can be divided into three parts.
    assert_eq!(of("patient_id", &|row| format!("P{}", row % 19)), None);
    // Codes that are not called keys, though they look like some.
    for name in ["cabin", "isoweek", "plate"] {
        let code = |row: usize| format!("{}{:03}", char::from(b'A' + (row % 7) as u8), row / 3);
        assert_eq!(of(name, &code), None, "{name}");
    }
    // Each row is a person.
    assert_eq!(of("patient_id", &|row| format!("P{row}")), None);
}

#[test]
fn the_nearest_to_a_person_is_taken() {
    let patient = |row: usize| format!("P{:04}", row / 6);
    let encounter = |row: usize| format!("E{:05}", row / 2);
    let both: [(&str, &dyn Fn(usize) -> String); 2] =
        [("encounter_id", &encounter), ("patient_id", &patient)];
    assert_eq!(found(1200, &both).as_deref(), Some("patient_id"));
    let household = |row: usize| format!("H{:04}", row / 12);
    let members: [(&str, &dyn Fn(usize) -> String); 2] =
        [("client_id", &household), ("member_id", &patient)];
    assert_eq!(found(1200, &members).as_deref(), Some("member_id"));
    // Lines of orders belong together where nobody is named ...
    assert_eq!(found(1200, &both[..1]).as_deref(), Some("encounter_id"));
    assert_eq!(
        found(1200, &[("orderid", &encounter)]).as_deref(),
        Some("orderid")
    );
    // ... but tickets of families do not make one person of them.
    let name = |row: usize| format!("p{row}@mail.example");
    let families: [(&str, &dyn Fn(usize) -> String); 2] =
        [("ticket_id", &encounter), ("email", &name)];
    assert_eq!(found(1200, &families), None);
}

#[test]
fn a_bare_id_that_repeats_is_found_though_it_looks_like_a_category() {
    let id = |row: usize| (row / 16 + 1).to_string();
    assert_eq!(found(800, &[("id", &id)]).as_deref(), Some("id"));
    let few = |row: usize| (row % 5 + 1).to_string();
    assert_eq!(found(800, &[("id", &few)]), None);
}

#[test]
fn people_known_by_their_mail_are_found() {
    let mail = |row: usize| format!("p{}@mail.example", row / 3);
    assert_eq!(found(600, &[("mail", &mail)]).as_deref(), Some("mail"));
    let text = table(
        600,
        &[("mail", &mail), ("x", &|row| (row % 50).to_string())],
    );
    let drop = Options {
        text: TextMode::Drop,
        ..Options::default()
    };
    let kept = load_with(text, &drop);
    assert_eq!(
        kept.table.people(),
        200,
        "people stay known when text is dropped"
    );
}

#[test]
fn the_user_goes_first() {
    let off = load_with(visits(), &named(NO_SUBJECT));
    assert_eq!(off.table.schema().subject.as_deref(), Some(NO_SUBJECT));
    assert_eq!((off.table.subjects(), off.table.people()), (None, 1200));
    assert!(!codes(&off).contains(&"table/subject"));
    let site = load_with(visits(), &named("site"));
    assert_eq!(site.table.people(), 12);
    assert!(matches!(
        spec(&site, "site").0.kind,
        Kind::Id { unique: false, .. }
    ));
    // A kind that the user gave speaks against a key.
    let kinds = [("patient_id".to_owned(), Kind::Categorical)].into();
    let told = load_with(
        visits(),
        &Options {
            kinds,
            ..Options::default()
        },
    );
    assert_eq!(told.table.schema().subject, None);
    // A column may have the name that else means "nobody".
    let text = table(
        90,
        &[
            ("none", &|row| format!("n{}", row / 3)),
            ("x", &|row| row.to_string()),
        ],
    );
    assert_eq!(load_with(text, &named("none")).table.people(), 30);
}

#[test]
fn numbers_of_any_type_become_keys() {
    let text = table(
        200,
        &[
            ("who", &|row| format!("{}.0", row / 4)),
            ("when", &|row| format!("2020-01-{:02}", row / 10 + 1)),
            ("x", &|row| row.to_string()),
        ],
    );
    for (name, people) in [("who", 50), ("when", 20)] {
        let loaded = load_with(&text, &named(name));
        assert_eq!(loaded.table.people(), people);
        assert!(matches!(
            spec(&loaded, name).0.kind,
            Kind::Id { unique: false, .. }
        ));
    }
}

#[test]
fn subjects_that_cannot_be_one_are_refused() {
    let text = table(
        60,
        &[
            ("patient_id", &|row| format!("P{}", row / 3)),
            ("row", &|row| format!("R{row}")),
            ("study", &|_| "A".to_owned()),
            ("arm", &|row| (row % 2).to_string()),
            ("day", &|row| (row * 7 % 31).to_string()),
        ],
    );
    let refuse = |options: Options| refused_with(&text, &read::Options::default(), &options);
    let lost = refuse(named("patient"));
    assert_eq!(lost.code, "table/subject-missing");
    assert!(lost.remedy.contains("patient_id"), "{}", lost.remedy);
    assert_eq!(refuse(named("row")).code, "table/subject-unique");
    assert_eq!(refuse(named("study")).code, "table/subject-constant");
    let target = Options {
        target: Some("arm".to_owned()),
        ..named("arm")
    };
    assert_eq!(refuse(target).code, "table/subject-is-target");
    let event = Options {
        survival: Some(("day".to_owned(), "arm".to_owned())),
        ..named("arm")
    };
    assert_eq!(refuse(event).place.column.as_deref(), Some("arm"));
}

#[test]
fn files_name_the_subject() {
    let said = Overrides::from_toml("subject = 'site'\n").unwrap();
    let mut options = Options::default();
    said.apply(&mut options);
    assert_eq!(options.subject.as_deref(), Some("site"));
    let mut first = named("patient_id");
    said.apply(&mut first);
    assert_eq!(first.subject.as_deref(), Some("patient_id"));
    // What a run writes is read back.
    for subject in ["patient_id", NO_SUBJECT] {
        let loaded = load_with(visits(), &named(subject));
        let text = loaded.table.schema().to_toml().unwrap();
        assert_eq!(
            &Schema::from_toml(&text).unwrap(),
            loaded.table.schema().as_ref()
        );
        let mut again = Options::default();
        Overrides::from_toml(&text).unwrap().apply(&mut again);
        assert_eq!(load_with(visits(), &again).table, loaded.table);
    }
    assert!(
        verdancy_table::schema_json()
            .unwrap()
            .contains("\"subject\"")
    );
}

#[test]
fn metadata_names_the_subject() {
    let of = |entry: &str| {
        let text = format!(r#"{{"columns": {{"a": {{"sdtype": "id"}}}}, {entry}}}"#);
        sdv::from_sdv(&text, None).unwrap().subject
    };
    assert_eq!(of(r#""sequence_key": "a""#).as_deref(), Some("a"));
    assert_eq!(of(r#""sequence_key": ["a"]"#).as_deref(), Some("a"));
    assert_eq!(of(r#""sequence_key": ["a", "b"]"#), None);
    assert_eq!(of(r#""primary_key": "a""#), None);
    let loaded = load(visits());
    let text = sdv::to_sdv(loaded.table.schema(), "visits").unwrap();
    let said = sdv::from_sdv(&text, None).unwrap();
    assert_eq!(said.subject.as_deref(), Some("patient_id"));
}
