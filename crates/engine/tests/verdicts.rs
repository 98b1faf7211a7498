//! A verdict is never better than its evidence, and the loop takes no red gate for green.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::Instant;

use common::{Place, dependent, request, run, shuffled};
use verdancy_engine::diagnose::Kind;
use verdancy_engine::{
    Evaluation, Event, Input, Plain, Relations, Request, RunContext, Source, evaluate,
};
use verdancy_metrics::{Profile, Status};
use verdancy_synth::{Cancel, Method, Stop};

/// Judges `synthetic` as a table from elsewhere; gives the events too.
fn judged(
    place: &Place,
    train: &[u8],
    synthetic: &[u8],
    holdout: Option<&[u8]>,
    profile: &str,
) -> (Evaluation, Vec<Event>) {
    let source = Source {
        data: place.file("train.csv", train.to_vec()).into(),
        ..Source::default()
    };
    let synthetic = Input::File(place.file("synthetic.csv", synthetic.to_vec()));
    let holdout = holdout.map(|rows| Input::File(place.file("holdout.csv", rows.to_vec())));
    let profile = match profile {
        "standard" => Profile::load(profile).unwrap(),
        text => Profile::parse(text).unwrap(),
    };
    let began = Instant::now();
    let mut events = Vec::new();
    let evaluation = evaluate(
        &source,
        &synthetic,
        holdout.as_ref(),
        &profile,
        (1, None),
        2,
        None,
        RunContext {
            clock: &|| began.elapsed(),
            cancel: Cancel::default(),
            listen: &mut |event| events.push(event),
        },
        &mut |_, _| Ok(()),
    );
    (evaluation.unwrap(), events)
}

#[test]
fn a_verbatim_copy_without_a_holdout_is_not_green() {
    let place = Place::new();
    let real = dependent(400, 1);
    let (found, events) = judged(&place, &real, &real, None, "standard");
    assert_eq!(found.judgement.verdict(), Status::Inconclusive);
    let why = found.judgement.why_inconclusive().unwrap();
    assert!(
        why.contains("not judged: ") && why.contains(" more; "),
        "{why}"
    );
    assert!(why.contains("no gate of privacy was judged"), "{why}");
    // Nothing was chosen here: there is a verdict, and no judgement for a choice.
    let count = |of: fn(&&Event) -> bool| events.iter().filter(of).count();
    assert_eq!(count(|e| matches!(e, Event::Verdict { kept: None, .. })), 1);
    assert_eq!(count(|e| matches!(e, Event::Judged { .. })), 0);
    let (found, _) = judged(&place, &real, &real, Some(&dependent(200, 2)), "standard");
    assert_eq!(found.judgement.verdict(), Status::Red);
}

#[test]
fn a_profile_of_privacy_alone_is_inconclusive() {
    let place = Place::new();
    let real = dependent(300, 1);
    let profile =
        "name = \"p\"\n[gates]\nmembership_auc = { max = 0.6 }\nduplicates = { max = 0.05 }\n";
    let (found, _) = judged(&place, &real, &real, None, profile);
    assert_eq!(found.judgement.verdict(), Status::Inconclusive);
    let fresh = dependent(300, 3);
    let (found, _) = judged(&place, &real, &fresh, Some(&dependent(200, 2)), profile);
    let why = found.judgement.why_inconclusive().unwrap();
    assert_eq!(why, "no gate of fidelity was judged");
}

#[test]
fn a_table_of_keys_and_notes_is_not_green_by_its_number_of_rows() {
    let place = Place::new();
    let table = |shift: usize| -> Vec<u8> {
        let mut out = String::from("key,note\n");
        for i in 0..200 {
            let n = i * 7919 + shift;
            out += &format!(
                "K-{n:07},the {n}th visitor wrote about {} things today\n",
                n * 31
            );
        }
        out.into_bytes()
    };
    let (found, _) = judged(&place, &table(0), &table(5), Some(&table(3)), "standard");
    let gates = &found.judgement.gates;
    assert!(
        gates
            .iter()
            .any(|g| g.id == "rows" && g.status == Status::Green)
    );
    assert_eq!(found.judgement.verdict(), Status::Inconclusive);
}

#[test]
fn columns_shuffled_on_their_own_are_red() {
    let place = Place::new();
    let real = dependent(400, 1);
    let torn = shuffled(&real, 3);
    let (found, _) = judged(&place, &real, &torn, Some(&dependent(200, 2)), "standard");
    assert_eq!(found.judgement.verdict(), Status::Red);
}

/// Limits that no synthetic table keeps, on figures that no rule names.
#[test]
fn a_red_gate_that_no_rule_explains_is_not_accepted() {
    for gate in [
        "c2st_trees = { max = 0.01 }",
        "shape_error = { max = 0.0001 }",
        "wasserstein = { max = 0.0001 }",
        "tstr = { min = 0.9999 }",
        "copy_excess = { max = -0.9 }",
    ] {
        let place = Place::new();
        let mut request = request(&place, dependent(200, 7));
        request.plan.method = Some(Method::GaussianCopula);
        request.plan.attempts = 1;
        request.source.target = Some("outcome".to_owned());
        request.profile = Profile::parse(&format!("name = \"p\"\n[gates]\n{gate}\n")).unwrap();
        let record = run(&request, &Plain).unwrap().record;
        let last = record.attempts.last().unwrap();
        let kind = last.diagnosis.as_ref().unwrap().kind;
        assert_ne!(kind, Kind::Green, "{gate}");
        assert_ne!(record.judgement.verdict(), Status::Green, "{gate}");
    }
}

#[test]
fn training_does_not_end_early_while_a_gate_is_open() {
    let place = Place::new();
    let mut request = request(&place, dependent(400, 7));
    request.plan.method = Some(Method::Tabddpm);
    request.plan.attempts = 1;
    request.plan.mode = verdancy_synth::Mode::Speed;
    request.plan.set = vec![("n_iter".into(), "40".into())];
    let profile =
        "name = \"p\"\n[gates]\nks_mean = { max = 0.5 }\nmembership_auc = { max = 0.9 }\n";
    let stop = |more: &str| {
        let mut request = request.clone();
        request.profile = Profile::parse(&format!("{profile}{more}\n")).unwrap();
        run(&request, &Plain).unwrap().record.attempts[0].stop
    };
    assert_eq!(stop(""), Stop::Green, "all gates are green early");
    assert_ne!(stop("c2st_trees = { max = 0.01 }"), Stop::Green);
}

#[test]
fn shadow_runs_refit_the_kept_method_on_request() {
    let place = Place::new();
    let mut asked = request(&place, dependent(300, 5));
    asked.plan.method = Some(Method::GaussianCopula);
    let shadow = |asked: &Request| {
        let judgement = run(asked, &Plain).unwrap().record.judgement;
        judgement.score("membership_shadow").cloned()
    };
    assert_eq!(shadow(&asked), None);
    asked.plan.shadow_runs = Some(1);
    let score = shadow(&asked).unwrap();
    let (low, high) = score.floor_interval.unwrap();
    let value = score.value.unwrap();
    assert!((low - 0.1..high + 0.1).contains(&value), "{score:?}");
    assert!(score.note.unwrap().contains("shadow runs: 1"));
    let arguments = asked.arguments();
    let at = arguments.iter().position(|a| a == "--shadow-runs").unwrap();
    assert_eq!(arguments[at + 1], "1");
}

#[test]
fn rare_numbers_are_told_of_columns_that_are_learned() {
    let place = Place::new();
    let mut csv = String::from("a,b,total\n");
    for row in 0..400 {
        // Few rows have the large number.
        let (a, b) = match row % 100 {
            7 => (20, 1),
            _ => (row % 3, row * 7 % 4),
        };
        csv += &format!("{a},{b},{}\n", a + b);
    }
    let mut plain = request(&place, csv.into_bytes());
    plain.plan.method = Some(Method::Cart);
    plain.plan.attempts = 1;
    let said = |request: &Request| {
        let warnings = run(request, &Plain).unwrap().record.warnings;
        let rare = warnings
            .into_iter()
            .find(|w| w.code == "engine/rare-values");
        rare.map_or_else(String::new, |w| w.message)
    };
    // The total is computed from what was learned.
    let kept = said(&plain);
    assert!(kept.contains(" a") && !kept.contains("total"), "{kept}");
    plain.plan.relations = Relations::Report;
    let only_said = said(&plain);
    assert!(only_said.contains("total"), "{only_said}");
}
