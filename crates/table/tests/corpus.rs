//! Files in the styles of the systems that people export tables from: each is read as what a careful data
//! scientist would say that it is, and its cells are written back as they came.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[path = "corpus/check.rs"]
mod check;
#[path = "corpus/mod.rs"]
mod files;

use std::collections::BTreeSet;

use rayon::prelude::*;

/// What is known to be otherwise: file, what the fault speaks of, and why.
const KNOWN: [(&str, &str, &str); 6] = [
    (
        "excel_en_budget",
        "\"Growth\"",
        "a number has no negative zero",
    ),
    (
        "hl7_flat",
        "\"PID-3\"",
        "neither name nor range says that whole numbers that repeat are keys",
    ),
    (
        "mixed_dates",
        "\"seen\"",
        "a column's forms are kept in their shares, not cell by cell",
    ),
    (
        "tracker_issues",
        "duplicate-column-name",
        "two columns of one name are an error",
    ),
    (
        "trial_sdtm",
        "\"AESTDTC\"",
        "a column's forms are kept in their shares, not cell by cell",
    ),
    ("workouts", "\"Pace\"", "a clock with a unit is not read"),
];

#[test]
fn every_file_is_understood_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mut columns, mut wrong, mut report) = (0, 0, String::new());
    let all = files::all();
    let faults: Vec<Vec<String>> = all
        .par_iter()
        .map(|case| check::faults(case, folder.path()))
        .collect();
    let mut met = BTreeSet::new();
    for (case, mut faults) in all.iter().zip(faults) {
        columns += case.columns.len();
        faults.retain(|fault| {
            let known = KNOWN
                .iter()
                .find(|k| k.0 == case.name && fault.contains(k.1));
            met.extend(known.map(|k| k.0));
            known.is_none()
        });
        wrong += usize::from(!faults.is_empty());
        for fault in faults {
            report.push_str(&format!("{}: {fault}\n", case.name));
        }
    }
    assert_eq!(
        met.len(),
        KNOWN.len(),
        "a fault that was known is none any more: {met:?}"
    );
    assert!(
        report.is_empty(),
        "{wrong} of {} files ({columns} columns) are not understood or do not come back:\n{report}",
        all.len()
    );
}

#[test]
fn files_are_many_and_the_same_each_time() {
    let (all, again) = (files::all(), files::all());
    assert!(all.len() >= 60, "{}", all.len());
    let names: BTreeSet<&str> = all.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), all.len(), "a name is used twice");
    for (one, other) in all.iter().zip(&again) {
        assert!((150..=400).contains(&one.cells.len()), "{}", one.name);
        assert!(one.bytes == other.bytes, "{} differs from itself", one.name);
    }
}
