//! What models learn from good and from shuffled rows, held against real test rows.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use verdancy_table::Task;

use crate::learn::made::{find, prepared, shuffled, table, with};

#[test]
fn the_training_rows_keep_all_utility() {
    let (train, test) = (table(600, 1), table(300, 2));
    let p = prepared(&train, None, &test, &train, 1);
    let scores = super::scores(&p).unwrap();
    let tstr = find(&scores, "tstr");
    println!("{tstr:?}\n{:?}", find(&scores, "utility_kept"));
    assert!(tstr.floor.unwrap() > 0.75);
    assert!((tstr.value.unwrap() - tstr.floor.unwrap()).abs() < 0.02);
    assert!((find(&scores, "utility_kept").value.unwrap() - 1.0).abs() < 0.03);
    assert_eq!(find(&scores, "auroc").value, tstr.value);
    assert!(find(&scores, "c_index").value.is_none());
}

#[test]
fn lost_dependence_is_lost_utility() {
    let (train, test) = (table(600, 1), table(300, 2));
    let p = prepared(&train, None, &test, &shuffled(&train, 3), 1);
    let kept = find(&super::scores(&p).unwrap(), "utility_kept");
    println!("{kept:?}");
    assert!(kept.value.unwrap() < 0.8 && kept.interval.unwrap().1 < 0.9);
}

#[test]
fn numbers_and_many_classes_are_predicted_too() {
    for (target, note) in [("whole", "R2"), ("colour", "4 classes")] {
        let (train, test) = (
            with(&table(600, 1), Some(target), None),
            with(&table(300, 2), Some(target), None),
        );
        let p = prepared(&train, None, &test, &table(600, 3), 1);
        let scores = super::scores(&p).unwrap();
        let tstr = find(&scores, "tstr");
        println!("{tstr:?}");
        assert!(tstr.note.clone().unwrap().contains(note));
        assert!((tstr.value.unwrap() - tstr.floor.unwrap()).abs() < 0.1);
        assert_eq!(find(&scores, "auroc").value.is_none(), target == "whole");
    }
}

#[test]
fn survival_is_judged_by_concordance() {
    let task = Task::Survival {
        time: "time".to_owned(),
        event: "event".to_owned(),
    };
    let of = |t| with(&t, None, Some(task.clone()));
    let (train, test) = (of(table(600, 1)), of(table(300, 2)));
    let good = prepared(&train, None, &test, &table(600, 3), 1);
    let bad = prepared(&train, None, &test, &shuffled(&table(600, 3), 4), 1);
    let good = super::scores(&good).unwrap();
    let c = find(&good, "c_index");
    println!("{c:?}");
    assert!(c.floor.unwrap() > 0.65 && (c.value.unwrap() - c.floor.unwrap()).abs() < 0.05);
    assert!(find(&good, "utility_kept").value.unwrap() > 0.93);
    assert!(find(&good, "tstr").value.is_none());
    let bad = super::scores(&bad).unwrap();
    assert!(find(&bad, "c_index").value.unwrap() < 0.6);
}

#[test]
fn what_cannot_be_learned_is_not_held_against_the_synthetic_rows() {
    let noise = |seed| with(&shuffled(&table(300, seed), seed), Some("y"), None);
    let p = prepared(&noise(1), None, &noise(2), &noise(3), 1);
    let scores = super::scores(&p).unwrap();
    let kept = find(&scores, "utility_kept");
    assert!(kept.value.is_none() && kept.note.is_some());
    let none = with(&table(100, 1), None, None);
    let p = prepared(&none, None, &none, &none, 1);
    let scores = super::scores(&p).unwrap();
    assert_eq!(scores.len(), 4);
    assert!(scores.iter().all(|s| s.value.is_none() && s.note.is_some()));
}
