//! Tables with several rows per person, from the file to the synthetic rows.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::HashSet;
use std::time::Instant;

use common::{Place, request, run};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verdancy_engine::{Event, Plain, Request, RunContext, SampleRequest, inspect, sample};
use verdancy_metrics::Profile;
use verdancy_synth::{Cancel, Method};
use verdancy_table::{Column, Format, NO_SUBJECT, Table, Warning, read};

/// Five visits each of people numbered from `first`, as CSV.
fn visits(people: usize, first: usize) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(first as u64);
    let mut out = String::from("patient_id,visit,sex,birth_year,hb\n");
    for person in first..first + people {
        let sex = ["F", "M"][usize::from(rng.random_bool(0.5))];
        let born = rng.random_range(1930..2000);
        let own: f64 = rng.random_range(11.0..16.0);
        for visit in 1..=5 {
            let hb = own + rng.random_range(-0.5..0.5);
            out += &format!("P{:04},{visit},{sex},{born},{hb:.1}\n", 1000 + person);
        }
    }
    out.into_bytes()
}

fn quick(place: &Place, table: Vec<u8>) -> Request {
    let mut quick = request(place, table);
    quick.plan.method = Some(Method::GaussianCopula);
    quick.plan.attempts = 1;
    quick.profile = Profile::load("research").unwrap();
    quick
}

fn keys(table: &Table) -> HashSet<String> {
    let Column::Strings(cells) = table.column(0) else {
        panic!("keys are texts")
    };
    cells.iter().flatten().cloned().collect()
}

/// People of `table` who have more than one value in column `at`.
fn of_two(table: &Table, at: usize) -> usize {
    let levels = table.column(at).levels().unwrap();
    let pairs: HashSet<(u32, Option<&str>)> = (table.subjects().unwrap().into_iter())
        .enumerate()
        .map(|(row, person)| (person, levels.get(row)))
        .collect();
    pairs.len() - table.people()
}

#[test]
fn people_stay_whole_from_the_file_to_the_synthetic_rows() {
    let place = Place::new();
    let outcome = run(&quick(&place, visits(120, 0)), &Plain).unwrap();
    let people = outcome.record.people.as_ref().unwrap();
    assert_eq!(people.subject, "patient_id");
    assert_eq!((people.train, people.validation, people.test), (84, 12, 24));
    assert_eq!(outcome.record.rows.train, 5 * people.train);
    let parts = [&outcome.train, &outcome.validation, &outcome.test].map(keys);
    let all: HashSet<&String> = parts.iter().flatten().collect();
    assert_eq!(all.len(), 120);
    assert_eq!(parts.iter().map(HashSet::len).sum::<usize>(), 120);
    assert!(
        outcome
            .record
            .warnings
            .iter()
            .any(|w| w.code == "table/subject")
    );
    let made = &outcome.synthetic;
    assert_eq!(made.rows(), 480);
    assert_eq!((made.people(), of_two(made, 2)), (96, 0));
    assert!(keys(made).is_disjoint(&keys(&outcome.train)));
}

#[test]
fn a_saved_model_has_the_same_people() {
    let place = Place::new();
    let outcome = run(&quick(&place, visits(60, 0)), &Plain).unwrap();
    let model = place.file("x", Vec::new()).with_file_name("model");
    outcome.fitted.save(&model).unwrap();
    let file = model.with_file_name("out.csv");
    let began = Instant::now();
    let context = RunContext {
        clock: &|| began.elapsed(),
        cancel: Cancel::default(),
        listen: &mut |_| {},
    };
    let request = SampleRequest {
        rows: Some(240),
        seed: 1,
        threads: 1,
        ..SampleRequest::default()
    };
    sample(&model, &request, &file, Format::CSV, context).unwrap();
    let again = read::load_with(&file, outcome.train.schema(), &read::Options::default()).unwrap();
    assert_eq!(keys(&again.table), keys(&outcome.synthetic));
    assert_eq!(again.table.people(), 48);
}

#[test]
fn each_row_is_a_person_when_the_user_says_so() {
    let place = Place::new();
    let mut off = quick(&place, visits(60, 0));
    off.source.subject = Some(NO_SUBJECT.to_owned());
    let outcome = run(&off, &Plain).unwrap();
    assert_eq!(outcome.record.people, None);
    assert_eq!(outcome.train.people(), outcome.train.rows());
    let arguments = outcome.record.arguments;
    let at = arguments.iter().position(|a| a == "--subject").unwrap();
    assert_eq!(arguments[at + 1], "none");
}

#[test]
fn a_hold_out_counts_only_people_who_were_not_learned_from() {
    let place = Place::new();
    let mut mixed = quick(&place, visits(60, 0));
    mixed.division.holdout = Some(place.file("holdout.csv", visits(20, 45)).into());
    let error = run(&mixed, &Plain).err().unwrap();
    assert_eq!(error.code, "engine/people-in-both");
    mixed.division.holdout = Some(place.file("holdout.csv", visits(20, 55)).into());
    let outcome = run(&mixed, &Plain).unwrap();
    assert_eq!(outcome.record.people.map(|p| p.test), Some(15));
    let warned = |Warning {
                      code,
                      message: text,
                      ..
                  }: &Warning| {
        code == "engine/people-in-both" && text.starts_with("5 of the 20 people")
    };
    assert!(outcome.record.warnings.iter().any(warned));
    mixed.division.holdout = Some(place.file("holdout.csv", visits(20, 60)).into());
    let outcome = run(&mixed, &Plain).unwrap();
    assert_eq!(outcome.record.people.map(|p| p.test), Some(20));
}

#[test]
fn inspect_and_events_say_how_many_people_there_are() {
    let place = Place::new();
    let asked = quick(&place, visits(40, 0));
    let began = Instant::now();
    let found = inspect(
        &asked.source,
        &asked.plan,
        &asked.division,
        RunContext {
            clock: &|| began.elapsed(),
            cancel: Cancel::default(),
            listen: &mut |_| {},
        },
    )
    .unwrap();
    let people = found.people.unwrap();
    assert_eq!(people.train + people.validation + people.test, 40);
    assert!(
        found.columns[0]
            .treatment
            .starts_with("tells whose row a row is")
    );
    let mut told = None;
    let context = RunContext {
        clock: &|| began.elapsed(),
        cancel: Cancel::default(),
        listen: &mut |event| {
            if let Event::People { people } = event {
                told = Some(people);
            }
        },
    };
    let outcome = verdancy_engine::synth(&asked, context).unwrap();
    assert_eq!(told, outcome.record.people);
    assert_eq!(told, Some(people));
}
