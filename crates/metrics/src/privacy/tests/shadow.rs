//! Shadow runs of made-up methods: one that gives rows back with noise, one that knows nothing.

use verdancy_table::{Error, Table};

use super::leaks::jittered;
use crate::learn::made::table;
use crate::privacy::shadow_attack;
use crate::{Real, Result, Score};

fn attacked(method: &(dyn Fn(&Table, u64) -> Result<Table> + Sync), rows: usize) -> Result<Score> {
    let (train, test) = (table(rows, 1), table(200, 2));
    let real = Real {
        train: &train,
        test: &test,
        validation: None,
        unseen: true,
    };
    let synthetic = method(&train, 99)?;
    shadow_attack(real, &synthetic, method, 2, 5)
}

#[test]
fn shadow_runs_learn_what_gives_members_away() {
    let noisy = |rows: &Table, seed: u64| Ok(jittered(rows, 0.2, seed));
    let score = attacked(&noisy, 400).unwrap();
    assert!(score.value.unwrap() > 0.9, "{score:?}");
    assert!(score.part("tpr_at_1pct").unwrap() > 0.2, "{score:?}");
    assert_eq!(score, attacked(&noisy, 400).unwrap());

    let knows_nothing = |rows: &Table, seed: u64| Ok(table(rows.rows(), 1_000 + seed));
    let score = attacked(&knows_nothing, 400).unwrap();
    let (low, high) = score.floor_interval.unwrap();
    let value = score.value.unwrap();
    assert!(low - 0.03 < value && value < high + 0.03, "{score:?}");
}

#[test]
fn shadow_runs_need_rows_and_a_method_that_works() {
    let few = attacked(&|rows, _| Ok(rows.clone()), 30).unwrap();
    assert_eq!(few.value, None);
    assert!(few.note.unwrap().contains("too few"));
    let fails = |rows: &Table, seed: u64| match seed {
        99 => Ok(rows.clone()),
        _ => Err(Error::internal("no")),
    };
    assert!(attacked(&fails, 400).is_err());
}
