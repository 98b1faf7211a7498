//! Personal data is found by content whatever the cardinality, never published, and replaced by
//! stand-ins that repeat and are written as the real cells.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
#[path = "common/people.rs"]
mod people;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use common::{codes, column, kind, load_with};
use people::{KINDS, csv, english, iban_is_right, who};
use verdancy_table::fill::Filler;
use verdancy_table::infer::Options;
use verdancy_table::read::{self, Loaded};
use verdancy_table::{Column, Kind, Personal, Protection, infer};

/// Each row is a person: what holds of subjects is tested elsewhere.
fn rows_are_people() -> Options {
    Options {
        subject: Some("none".to_owned()),
        ..Options::default()
    }
}

fn load(table: impl AsRef<[u8]>) -> Loaded {
    load_with(table, &rows_are_people())
}

/// Small tables that went wrong, where they are at hand.
fn case(name: &str) -> Option<Loaded> {
    let folder = std::env::var_os("VERDANCY_CASES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases"),
        PathBuf::from,
    );
    let path = folder.join(name);
    if !path.is_file() {
        eprintln!("skipped: no {} (VERDANCY_CASES)", path.display());
        return None;
    }
    Some(read::load(&path, &read::Options::default(), &rows_are_people()).unwrap())
}

fn strings(column: Column) -> Vec<Option<String>> {
    match column {
        Column::Strings(cells) => cells,
        other => panic!("{other:?}"),
    }
}

fn counts(cells: &[Option<String>]) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for cell in cells.iter().flatten() {
        *counts.entry(cell.as_str()).or_insert(0) += 1;
    }
    counts
}

fn profile(cells: &[Option<String>]) -> Vec<usize> {
    let mut sizes: Vec<usize> = counts(cells).into_values().collect();
    sizes.sort_unstable();
    sizes
}

/// As many people, each `times` as often; sizes of groups of under five rows are merged.
fn repeat_alike(real: &[usize], made: &[usize], times: usize, name: &str) {
    assert_eq!(real.len(), made.len(), "{name}: how many there are");
    for (real, made) in real.iter().zip(made) {
        assert!(
            made.abs_diff(times * real) <= 2 * times,
            "{name}: {real} rows became {made}"
        );
    }
}

/// Real cells and as many stand-ins of a column.
fn both(loaded: &Loaded, name: &str) -> (Vec<Option<String>>, Vec<Option<String>>) {
    let at = loaded.table.schema().position(name).unwrap();
    let filler = Filler::learn(&loaded.table, Protection::default());
    let rows = loaded.table.rows() as u64;
    (
        strings(loaded.table.column(at).clone()),
        strings(filler.column(at, 0..rows, 7)),
    )
}

/// Stand-ins hold no real cell and repeat as the real ones.
fn stands_in(loaded: &Loaded, name: &str) -> Vec<String> {
    stands_in_as(loaded, name, name)
}

fn stands_in_as(loaded: &Loaded, column: &str, name: &str) -> Vec<String> {
    let (real, made) = both(loaded, column);
    let known: HashSet<&str> = real.iter().flatten().map(String::as_str).collect();
    let shared = made.iter().flatten().filter(|m| known.contains(m.as_str()));
    assert_eq!(shared.count(), 0, "{name}: a real value came back");
    repeat_alike(&profile(&real), &profile(&made), 1, name);
    made.into_iter().flatten().collect()
}

fn what(loaded: &Loaded, name: &str) -> Option<Personal> {
    let at = loaded.table.schema().position(name).unwrap();
    match loaded.table.schema().columns[at].kind {
        Kind::Personal { what } => Some(what),
        _ => None,
    }
}

fn shape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '0'..='9' => '9',
            c if c.is_uppercase() => 'A',
            c if c.is_lowercase() => 'a',
            c => c,
        })
        .collect()
}

#[test]
fn repeated_people_are_replaced() {
    let Some(loaded) = case("repeated_people.csv") else {
        return;
    };
    for (name, is) in [
        ("physician", Personal::Name),
        ("employee", Personal::Name),
        ("manager", Personal::Name),
        ("sold_by", Personal::Name),
        ("customer", Personal::Name),
        ("username", Personal::Username),
        ("mac", Personal::Mac),
        ("vin", Personal::Vin),
        ("plate", Personal::Plate),
        ("imei", Personal::Imei),
    ] {
        assert_eq!(what(&loaded, name), Some(is), "{name}");
        stands_in(&loaded, name);
    }
    assert_eq!(loaded.table.schema().learned(), (1, 11));
    assert!(
        stands_in(&loaded, "physician")
            .iter()
            .all(|n| n.starts_with("Dr. "))
    );
    assert!(
        stands_in(&loaded, "employee")
            .iter()
            .all(|n| n.contains(", "))
    );
    let plates = stands_in(&loaded, "plate");
    assert!(plates.iter().all(|p| p.starts_with("B-")), "{plates:?}");
    let warning = loaded
        .warnings
        .iter()
        .find(|w| w.code == "table/text-replaced")
        .unwrap();
    assert!(warning.message.contains("mac (MAC addresses)"), "{warning}");
    assert!(warning.message.contains("physician"), "{warning}");
    assert!(!warning.message.contains("Karen"), "no cell in a message");
}

#[test]
fn two_valued_personal_data_is_replaced() {
    let Some(loaded) = case("two-valued-personal.csv") else {
        return;
    };
    for (name, is) in [
        ("Name", Personal::Name),
        ("mail", Personal::Email),
        ("phone", Personal::Phone),
        ("iban", Personal::Iban),
        ("address", Personal::Address),
    ] {
        assert_eq!(what(&loaded, name), Some(is), "{name}");
        stands_in(&loaded, name);
    }
    for phone in stands_in(&loaded, "phone") {
        assert!(phone.starts_with("+49 "), "{phone}");
        assert_eq!(shape(&phone), "+99 999 9999999");
    }
    for iban in stands_in(&loaded, "iban") {
        assert!(iban.starts_with("DE") && iban_is_right(&iban), "{iban}");
    }
    for mail in stands_in(&loaded, "mail") {
        assert!(
            mail.as_bytes()[1] == b'.' && mail.ends_with(".example"),
            "{mail}"
        );
    }
}

#[test]
fn networks_are_replaced() {
    let Some(loaded) = case("network.csv") else {
        return;
    };
    assert_eq!(what(&loaded, "src_ip"), Some(Personal::Ip));
    assert_eq!(what(&loaded, "mac"), Some(Personal::Mac));
    assert_eq!(what(&loaded, "phone"), Some(Personal::Phone));
    assert!(
        stands_in(&loaded, "src_ip")
            .iter()
            .all(|ip| ip.starts_with("10."))
    );
    assert!(
        stands_in(&loaded, "mac")
            .iter()
            .all(|m| *m == m.to_lowercase() && m.contains(':'))
    );
    assert!(
        stands_in(&loaded, "phone")
            .iter()
            .all(|p| p.starts_with("+49 30 "))
    );
    assert_eq!(
        loaded.table.schema().columns[3].kind,
        Kind::Integer,
        "ports stay numbers"
    );
}

#[test]
fn each_kind_is_found_constant_two_valued_repeated_and_unique() {
    for (name, is, cell) in KINDS {
        for (people, rows) in [(25, 600), (40, 40)] {
            let table = csv("x,n", rows, |i| {
                vec![cell(who(i, people, 3)), (i * 7 % 90).to_string()]
            });
            let loaded = load(&table);
            assert_eq!(
                what(&loaded, "x"),
                Some(*is),
                "{name}: {people} people in {rows} rows"
            );
            let codes = codes(&loaded);
            assert!(codes.contains(&"table/text-replaced"), "{name}: {codes:?}");
        }
    }
    // What needs a handful of examples where nothing else speaks for it.
    for (name, is, cell) in KINDS {
        let few = matches!(is, Personal::Plate | Personal::Imei | Personal::NationalId);
        for people in [1, 2] {
            let header = match is {
                Personal::Plate => "plate",
                Personal::Imei => "imei",
                _ if few => "national_id",
                _ => "x",
            };
            let table = csv(&format!("{header},n"), 300, |i| {
                vec![cell(i % people), (i * 7 % 90).to_string()]
            });
            assert_eq!(
                what(&load(&table), header),
                Some(*is),
                "{name}: {people} in 300 rows"
            );
        }
    }
}

#[test]
fn stand_ins_repeat_and_are_written_as_the_real_ones() {
    for (name, is, cell) in KINDS {
        let table = csv("x,n", 600, |i| {
            vec![cell(who(i, 25, 3)), (i * 7 % 90).to_string()]
        });
        let loaded = load(&table);
        let made = stands_in_as(&loaded, "x", name);
        // Stand-ins are found to be the same kind again.
        assert_eq!(
            kind("x", &made),
            Kind::Personal { what: *is },
            "{name}: {:?}",
            &made[..5]
        );
        let first = &made[0];
        let real = cell(0);
        match is {
            Personal::Phone | Personal::CreditCard | Personal::Ssn | Personal::Plate => {
                assert_eq!(shape(first), shape(&real), "{name}");
            }
            Personal::Iban => assert!(iban_is_right(first) && first.starts_with("DE"), "{first}"),
            _ => {}
        }
        // The same seed gives the same bytes, another seed others.
        let filler = Filler::learn(&loaded.table, Protection::default());
        assert_eq!(filler.column(0, 0..600, 7), filler.column(0, 0..600, 7));
        assert_ne!(
            filler.column(0, 0..600, 7),
            filler.column(0, 0..600, 8),
            "{name}"
        );
        // No real cell is kept in what is written to a model.
        let kept = serde_json::to_string(&filler).unwrap();
        for person in 0..25 {
            let cell = serde_json::to_string(&cell(person)).unwrap();
            assert!(
                !kept.contains(cell.trim_matches('"')),
                "{name}: a real cell is kept"
            );
        }
    }
}

#[test]
fn owners_stay_as_many_with_more_and_with_fewer_rows() {
    let table = csv("owner,n", 1580, |i| {
        let (g, f) = english(who(i, 50, 1));
        vec![format!("{g} {f}"), (i % 97).to_string()]
    });
    let loaded = load(&table);
    let filler = Filler::learn(&loaded.table, Protection::default());
    let twice = strings(filler.column(0, 0..3160, 4));
    assert_eq!(counts(&twice).len(), 50);
    let real: Vec<usize> = profile(&both(&loaded, "owner").0);
    repeat_alike(&real, &profile(&twice), 2, "twice as many rows");
    assert!(counts(&strings(filler.column(0, 0..100, 4))).len() <= 50);
}

#[test]
fn columns_of_the_same_people_agree() {
    let table = csv(
        "id,employee,employee_email,sender,receiver,town,manager_id",
        800,
        |i| {
            let name = |p: u64| {
                let (g, f) = english(p);
                format!("{g} {f}")
            };
            let person = who(i, 40, 1);
            vec![
                (5000 + i).to_string(),
                name(person),
                name(person).to_lowercase().replace(' ', ".") + "@firma.de",
                name(who(i, 40, 5)),
                name(who(i, 40, 9)),
                format!("{} Street {}", english(person % 7).1, person % 7),
                (5000 + who(i, 60, 2)).to_string(),
            ]
        },
    );
    let loaded = load(&table);
    let filler = Filler::learn(&loaded.table, Protection::default());
    let made: Vec<Vec<Option<String>>> = (0..7)
        .map(|c| strings(filler.column(c, 0..800, 11)))
        .collect();
    let pairs: HashSet<(&Option<String>, &Option<String>)> = made[1].iter().zip(&made[2]).collect();
    assert_eq!(
        pairs.len(),
        40,
        "name and e-mail are functions of each other"
    );
    for (name, mail) in &pairs {
        let (name, mail) = (name.as_deref().unwrap(), mail.as_deref().unwrap());
        let family = name.split(' ').next_back().unwrap().to_lowercase();
        assert!(mail.is_ascii() && mail.ends_with(".example"), "{mail}");
        assert!(
            mail.contains(&family) || !family.is_ascii(),
            "{name} {mail}"
        );
    }
    let set = |c: usize| made[c].iter().flatten().collect::<HashSet<_>>();
    assert_eq!(set(3), set(4), "senders and receivers are one population");
    assert_eq!(set(1), set(3), "and so are employees");
    let towns: HashSet<_> = made[1].iter().zip(&made[5]).collect();
    assert_eq!(towns.len(), 40, "an employee lives at one address");
    assert!(set(6).is_subset(&set(0)), "a manager is an employee");
}

#[test]
fn names_go_with_the_subject_they_belong_to() {
    let table = csv("visit,name,patient_id,phone", 400, |i| {
        let person = who(i, 50, 2);
        let (g, f) = english(person);
        vec![
            (i % 4).to_string(),
            format!("{g} {f}"),
            format!("P{:04}", 1000 + person * 7),
            format!("+49 171 {:07}", person * 7919),
        ]
    });
    let options = Options {
        subject: Some("patient_id".to_owned()),
        ..Options::default()
    };
    let loaded = load_with(&table, &options);
    let filler = Filler::learn(&loaded.table, Protection::default());
    // Whoever makes rows asks for cells of people: person 3 twice, person 8 once.
    let cells = |c: usize| strings(filler.cells(c, &[3, 3, 8], 5));
    for c in 1..4 {
        let made = cells(c);
        assert_eq!(made[0], made[1]);
        assert_ne!(made[0], made[2]);
    }
}

#[test]
fn a_users_kind_wins_and_is_told_what_follows() {
    let table = column(
        "owner",
        (0..300).map(|i| format!("Nancy {}", ["Smith", "Wilson", "Jones"][i % 3])),
    );
    let mut options = rows_are_people();
    options.kinds.insert("owner".into(), Kind::Categorical);
    let loaded = load_with(&table, &options);
    assert_eq!(loaded.table.schema().columns[0].kind, Kind::Categorical);
    assert_eq!(codes(&loaded), ["table/personal-learned"]);
    assert!(
        loaded.warnings[0].message.contains("names"),
        "{}",
        loaded.warnings[0]
    );
    assert!(!loaded.warnings[0].message.contains("Nancy"));
}

#[test]
fn free_answers_behind_usual_ones_are_text() {
    let answers = |i: u64| match i % 10 {
        0 => format!("I heard of it from my neighbour number {i}"),
        _ => "No".to_owned(),
    };
    let loaded = load(column("other (please say)", (0..300).map(answers)));
    assert!(matches!(loaded.table.schema().columns[0].kind, Kind::Text { words } if words > 5.0));
    let made = strings(Filler::learn(&loaded.table, Protection::default()).column(0, 0..1000, 3));
    let no = made.iter().flatten().filter(|t| *t == "No").count();
    assert!((850..950).contains(&no), "the usual answer is kept: {no}");
    assert!(!made.iter().flatten().any(|t| t.contains("neighbour")));

    // Few levels and no persons: a category, whose rare levels are pooled by those who learn it.
    let levels = |i: u64| ["TV", "Radio", "A friend"][(i % 3) as usize].to_owned();
    assert_eq!(kind("source", (0..300).map(levels)), Kind::Categorical);
    // An answer that names somebody is no level.
    for told in [
        "ask anna@clinic.de",
        "call +49 30 901820 please",
        "Dr. Anna Meier told me so",
        "Anna Meier (my aunt)",
    ] {
        let cells = (0..300).map(|i| {
            if i % 97 == 5 {
                format!("{told}{}", " ".repeat(i as usize / 97))
            } else {
                levels(i)
            }
        });
        assert!(matches!(kind("source", cells), Kind::Text { .. }), "{told}");
    }
}

#[test]
fn a_constant_is_kept_only_where_many_share_it() {
    assert!(matches!(
        kind("x", vec!["Ward 3"; 100]),
        Kind::Constant { .. }
    ));
    let rare = (0..100).map(|i| if i < 3 { "seen by the night shift" } else { "" });
    assert!(matches!(kind("x", rare), Kind::Text { .. }));
    let number = (0..100).map(|i| if i < 3 { "4711" } else { "" });
    assert!(matches!(kind("x", number), Kind::Integer));
    assert_eq!(
        kind("doctor", vec!["Dr. Anna Meier"; 100]),
        Kind::Personal {
            what: Personal::Name
        }
    );
}

#[test]
#[ignore = "prints the kinds of all tables of a folder (VERDANCY_SHOW), with the seconds"]
fn kinds_of_a_folder() {
    let Some(folder) = std::env::var_os("VERDANCY_SHOW") else {
        return;
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let Ok(source) = read::read(&path, &read::Options::default()) else {
            continue;
        };
        let start = std::time::Instant::now();
        let (schema, warnings) = infer::infer(&source, &Options::default()).unwrap();
        println!(
            "== {} {:.4} s",
            path.display(),
            start.elapsed().as_secs_f64()
        );
        for c in &schema.columns {
            println!("   {} {:?}", c.name, c.kind);
        }
        for w in warnings {
            println!("   {w}");
        }
        let loaded = read::load(&path, &read::Options::default(), &Options::default()).unwrap();
        let filler = Filler::learn(&loaded.table, Protection::default());
        for (at, c) in loaded.table.schema().columns.iter().enumerate() {
            if !c.kind.is_modelled() {
                let made = strings(filler.column(at, 0..4, 1));
                println!("   {}: {:?}", c.name, made);
            }
        }
    }
}
