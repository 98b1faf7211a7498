//! Our singling out, linkability and inference against those of the Python package anonymeter on the
//! committed tables: `bench/anonymeter_parity.py` wrote its figures, on the same rows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod common;

use std::path::Path;

use verdancy_metrics::{Judge, Profile, Real};
use verdancy_table::{Table, infer, read};

const IDS: [&str; 4] = [
    "singling_out_one",
    "singling_out_several",
    "linkability",
    "inference",
];

#[test]
fn risks_agree_with_the_package_within_its_intervals() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(here.join("tests/data/anonymeter.json")).unwrap();
    let theirs: serde_json::Value = serde_json::from_str(&text).unwrap();
    for name in ["breast_cancer", "gbsg2"] {
        let file = here.join(format!("../../examples/data/{name}.csv"));
        let all = read::load(&file, &read::Options::default(), &infer::Options::default())
            .unwrap()
            .table;
        let of = |keep: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..all.rows()).filter(|row| keep(row % 5)).collect()
        };
        let (train, test) = (
            all.take(&of(&|k| k < 2)),
            all.take(&of(&|k| k == 2 || k == 3)),
        );
        let n = train.rows().min(test.rows());
        let (train, test) = (train.slice(0..n), test.slice(0..n));
        let fresh = all.take(&of(&|k| k == 4));
        let copies = train.take(&(0..train.rows()).step_by(4).collect::<Vec<_>>());
        let synthetic = Table::concat(all.schema(), vec![fresh, copies]).unwrap();
        let real = Real {
            train: &train,
            test: &test,
            validation: None,
            unseen: true,
        };
        let text = "name = \"anonymeter\"\n[gates]\nsingling_out_one = { max = 1 }\n\
                    singling_out_several = { max = 1 }\nlinkability = { max = 1 }\n\
                    inference = { max = 1 }\n";
        let judge = Judge::new(real, &Profile::parse(text).unwrap(), 1).unwrap();
        let judgement = judge.gates(&synthetic).unwrap();
        for id in IDS {
            let at = |key: &str| theirs[name][id][key].as_f64().unwrap();
            let ours = common::score(&judgement, id);
            let part = |key: &str| ours.part(key).unwrap();
            println!(
                "{name} {id}: attack {:.3} against {:.3} ± {:.3}; control {:.3} against {:.3} ± {:.3}; risk {:.3} against {:.3} ({:.3} to {:.3})",
                part("attack"),
                at("attack"),
                at("attack_half"),
                part("control"),
                at("control"),
                at("control_half"),
                ours.value.unwrap(),
                at("risk"),
                at("low"),
                at("high"),
            );
            let within = |x: f64, middle: f64, half: f64| (x - middle).abs() <= half;
            assert!(
                within(part("attack"), at("attack"), at("attack_half")),
                "{name} {id}"
            );
            assert!(
                within(part("control"), at("control"), at("control_half")),
                "{name} {id}"
            );
            let risk = ours.value.unwrap();
            assert!(
                at("low") <= risk && risk <= at("high"),
                "{name} {id}: {risk}"
            );
        }
    }
}
