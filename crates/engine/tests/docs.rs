//! docs/loop.md is written from the tables of the code: `UPDATE=1` writes it anew.

#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use verdancy_engine::decide::TABLE;
use verdancy_engine::diagnose::RULES;
use verdancy_synth::tabddpm::RECOMMENDED;

fn name(kind: verdancy_engine::diagnose::Kind) -> String {
    serde_json::to_value(kind)
        .unwrap()
        .as_str()
        .unwrap()
        .replace('_', " ")
}

fn page() -> String {
    let mut out = String::from(
        "# The loop\n\n<!-- Written from the code by `UPDATE=1 cargo nextest run -p verdancy-engine`. -->\n\n\
         Without `--method`, two methods that take seconds answer first: a Gaussian copula and sequential trees\n\
         (CART; a second time with other leaves when neither answer is green, and with finer ones on tables of 5,000 training rows or more\n\
         whose rows boosted trees still tell apart, C2ST over 0.55). In balanced mode the better answer is\n\
         kept at once when it is green on the validation rows and boosted trees hardly tell it from them (C2ST at most\n\
         0.6); in speed mode when it is green. Otherwise, and always in quality mode, TabDDPM is trained, in up to\n\
         `--attempts` attempts (3 unless told otherwise). It replaces the first answer only where it scores better on\n\
         validation rows: fewer red gates, then fewer fidelity gates over their limit, then the smaller error (shape error\n\
         and trend error in percentage points, half of the utility lost, and a fifth of what a boosted-tree C2ST lies above\n\
         0.5). Parameters set by hand (`--set`, `--n-iter`, `--batch-size`) leave the first answers out: they are TabDDPM's.\n\n\
         After each attempt the first rule of this table that holds names what is wrong. All evidence comes from\n\
         training and validation rows. The verdict is taken from the test rows, once, on the attempt that was kept.\n\n\
         ## Diagnosis\n\n| kind | when | root cause |\n|---|---|---|\n",
    );
    for r in &RULES {
        writeln!(out, "| {} | {} | {} |", name(r.kind), r.when, r.cause).unwrap();
    }
    out += "\nTiers of the KS mean: critical over 0.50; severe over 0.20; standard over the limit; near within a fifth\n\
            below the limit; green below that.\n\n## Decision\n\n| kind | change of TabDDPM | start | change of CART and ARF | change of TVAE, CTGAN and autoregressive |\n|---|---|---|---|---|\n";
    for r in &TABLE {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            name(r.kind),
            r.change,
            r.start,
            r.trees(),
            r.networks()
        )
        .unwrap();
    }
    out += "\nWhere the model was learned wrongly (under or over trained, lost categories, broken pairs, unexplained), the\n\
            last attempt goes to another method, if none was asked for by name: the first of CART, the autoregressive network and\n\
            random forests (ARF) that has not answered yet and fits into the work of the mode.\n";
    out += "\nNo further attempt is begun when an earlier one is green already, when none is left, when all attempts\n\
            together would plan more than 2.2 times the work of the mode or three times that of the first (unless `work` is set by\n\
            hand), when the remaining time does not hold one as long as the last, or when nothing that could be changed would help.\n\n\
            ## Recommended ranges\n\n| parameter | from | to | set to |\n|---|---|---|---|\n";
    for r in &RECOMMENDED {
        writeln!(out, "| {} | {} | {} | {} |", r.name, r.low, r.high, r.good).unwrap();
    }
    out
}

#[test]
fn the_page_of_the_loop_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/loop.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page());
}
