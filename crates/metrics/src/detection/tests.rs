//! Halves of one population cannot be told apart; lost dependence and moved margins can.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use crate::learn::made::{find, prepared, shuffled, table};

fn both(train_seed: u64, synthetic: &verdancy_table::Table) -> [crate::Score; 2] {
    let (train, test) = (table(800, train_seed), table(800, 22));
    let p = prepared(&train, None, &test, synthetic, 1);
    let scores = super::scores(&p).unwrap();
    [find(&scores, "c2st_trees"), find(&scores, "c2st_logistic")]
}

#[test]
fn halves_of_one_population_cannot_be_told_apart() {
    for score in both(21, &table(800, 23)) {
        let value = score.value.unwrap();
        assert!((value - 0.5).abs() < 0.06, "{}: {value}", score.id);
        assert!((score.floor.unwrap() - 0.5).abs() < 0.06);
    }
}

#[test]
fn lost_dependence_is_found_by_trees_and_moved_margins_by_both() {
    let [trees, logistic] = both(21, &shuffled(&table(800, 23), 1));
    println!("{:?} {:?}", trees.value, logistic.value);
    assert!(trees.value.unwrap() > 0.8);
    let moved = {
        let t = table(800, 23);
        let mut columns = t.columns().to_vec();
        if let verdancy_table::Column::Numbers(x) = &mut columns[0] {
            x.iter_mut().for_each(|x| *x += 2.0);
        }
        verdancy_table::Table::new(t.schema().clone(), columns).unwrap()
    };
    for score in both(21, &moved) {
        assert!(
            score.value.unwrap() > 0.9,
            "{}: {:?}",
            score.id,
            score.value
        );
    }
}

#[test]
fn a_handful_of_rows_gives_no_figure() {
    let few = table(5, 1);
    let p = prepared(&few, None, &few, &few, 1);
    let scores = super::scores(&p).unwrap();
    assert!(scores.iter().all(|s| s.value.is_none() && s.note.is_some()));
}
