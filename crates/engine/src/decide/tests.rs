//! The table of decisions, case by case.

#![allow(clippy::unwrap_used)]

use verdancy_synth::{Mode, TableSize};

use super::*;
use crate::diagnose::Keeping;

const BUDGET: Budget = Budget {
    attempts: 2,
    seconds: None,
    took: 1.0,
    other: Some(Other {
        method: Method::Cart,
        size: SIZE,
        mode: Mode::Balanced,
    }),
};
const SIZE: TableSize = TableSize {
    rows: 5_000,
    columns: 10,
};

fn config() -> Config {
    let size = TableSize {
        rows: 5_000,
        columns: 10,
    };
    Config::defaults(Method::Tabddpm, size, Mode::Balanced)
}

fn found(kind: Kind, tier: Tier) -> Diagnosis {
    Diagnosis {
        kind,
        tier,
        cause: String::new(),
        evidence: Vec::new(),
        columns: Vec::new(),
        pairs: Vec::new(),
        keeping: None,
    }
}

fn after(kind: Kind, tier: Tier, config: &Config) -> (Decision, Option<Config>) {
    decide(&found(kind, tier), config, BUDGET)
}

fn n_iter(config: &Config) -> u32 {
    match config {
        Config::Tabddpm(p) => p.n_iter,
        _ => 0,
    }
}

fn with_n_iter(n: u32) -> Config {
    let mut config = config();
    config.set("n_iter", &n.to_string()).unwrap();
    config
}

#[test]
fn critical_and_severe_add_200_epochs_and_reach_at_least_500() {
    for tier in [Tier::Critical, Tier::Severe] {
        let next = |n| after(Kind::UnderTrained, tier, &with_n_iter(n)).1.unwrap();
        assert_eq!(n_iter(&next(20)), 500);
        assert_eq!(n_iter(&next(400)), 600);
    }
}

#[test]
fn standard_adds_100_epochs() {
    let (decision, next) = after(Kind::UnderTrained, Tier::Standard, &with_n_iter(300));
    assert_eq!(n_iter(&next.unwrap()), 400);
    assert!(decision.warm && decision.action == Action::Retry);
    assert!(
        decision
            .changes
            .iter()
            .any(|c| c.name == "n_iter" && c.to == "400")
    );
}

#[test]
fn near_adds_50_epochs_though_it_passes() {
    for kind in [Kind::UnderTrained, Kind::Green] {
        let next = after(kind, Tier::Near, &with_n_iter(300)).1;
        assert_eq!(n_iter(&next.unwrap()), 350);
    }
}

#[test]
fn green_keeps_everything() {
    let (decision, next) = after(Kind::Green, Tier::Green, &config());
    assert!(decision.action == Action::Accept && next.is_none());
}

#[test]
fn more_epochs_raise_the_bound_on_work_too() {
    let (Config::Tabddpm(before), Some(Config::Tabddpm(next))) = (
        with_n_iter(300),
        after(Kind::UnderTrained, Tier::Standard, &with_n_iter(300)).1,
    ) else {
        panic!("TabDDPM stays TabDDPM");
    };
    assert!((next.work / before.work - 400.0 / 300.0).abs() < 1e-9);
}

#[test]
fn tiers_are_as_specified() {
    for (ks, tier) in [
        (0.73, Tier::Critical),
        (0.5, Tier::Severe),
        (0.21, Tier::Severe),
        (0.2, Tier::Standard),
        (0.101, Tier::Standard),
        (0.1, Tier::Near),
        (0.08, Tier::Near),
        (0.079, Tier::Green),
    ] {
        assert_eq!(Tier::of(ks, 0.1), tier, "{ks}");
    }
}

#[test]
fn pairs_that_work_kept_from_being_learned_are_trained_on_and_others_widened() {
    let next = |planned: f64| {
        let mut diagnosis = found(Kind::BrokenPairs, Tier::Green);
        diagnosis.evidence = vec![("epochs_planned".into(), planned)];
        let mut first = with_n_iter(600);
        first.set("prior", "0").unwrap();
        first.set("hidden", "256").unwrap();
        decide(&diagnosis, &first, BUDGET).0
    };
    let changed = |d: &Decision| d.changes.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    let on = next(53.0);
    assert!(on.warm);
    assert_eq!(changed(&on), ["n_iter", "work"]);
    let wider = next(600.0);
    assert!(!wider.warm);
    assert!(changed(&wider).contains(&"hidden".to_owned()));
}

#[test]
fn what_no_parameter_mends_switches_the_method_when_it_may() {
    let (decision, next) = after(Kind::DecodeFault, Tier::Critical, &config());
    assert_eq!(decision.action, Action::Switch);
    assert_eq!(next.unwrap().method(), Method::Cart);
    let diagnosis = |kind| Diagnosis {
        kind,
        tier: Tier::Green,
        cause: String::new(),
        evidence: Vec::new(),
        columns: Vec::new(),
        pairs: Vec::new(),
        keeping: None,
    };
    let left = |attempts| Budget { attempts, ..BUDGET };
    let (decision, next) = decide(&diagnosis(Kind::Diverged), &config(), left(0));
    assert!(decision.action == Action::Stop && next.is_none());
    // Pairs of a small table: once more with the copula's rows, at last by the copula.
    let small = Config::defaults(
        Method::Tabddpm,
        TableSize {
            rows: 200,
            columns: 10,
        },
        Mode::Balanced,
    );
    let pairs = diagnosis(Kind::BrokenPairs);
    assert_eq!(decide(&pairs, &small, left(2)).0.action, Action::Retry);
    assert_eq!(decide(&pairs, &small, left(1)).0.action, Action::Switch);
}

#[test]
fn every_next_configuration_is_valid() {
    let schema = verdancy_table::Schema::of(Vec::new());
    for row in &TABLE {
        for tier in [Tier::Critical, Tier::Standard, Tier::Near, Tier::Green] {
            if let (_, Some(next)) = after(row.kind, tier, &config()) {
                next.check(&schema).unwrap();
            }
        }
    }
}

#[test]
fn broken_rules_change_the_encoding_and_no_parameter() {
    let decided = |keeping| {
        let mut diagnosis = found(Kind::BrokenRelations, Tier::Green);
        diagnosis.keeping = Some(keeping);
        decide(&diagnosis, &config(), BUDGET)
    };
    for keeping in [Keeping::Not, Keeping::Form] {
        let (decision, next) = decided(keeping);
        assert_eq!(decision.action, Action::Retry, "{keeping:?}");
        assert_eq!(decision.changes[0].name, "relations", "{keeping:?}");
        assert_eq!(next.unwrap(), config(), "{keeping:?}");
    }
    let (decision, next) = decided(Keeping::Again);
    assert!(decision.action == Action::Stop && next.is_none());
}
