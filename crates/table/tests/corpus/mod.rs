//! Invented files in the styles of the systems that people export tables from, each with what its columns
//! are. Cells come from a small seeded generator; no file of a real system or person was used.

mod banks;
mod databases;
mod dice;
mod excel;
mod forms;
mod lab;
mod lists;
mod logs;
mod messy;
mod people;
mod sensors;
pub mod sheet;
mod shops;
mod statistics;
mod surveys;
pub mod want;

use sheet::Case;

/// All files.
pub fn all() -> Vec<Case> {
    [
        excel::all(),
        statistics::all(),
        banks::all(),
        surveys::all(),
        lists::all(),
        lab::all(),
        logs::all(),
        databases::all(),
        shops::all(),
        sensors::all(),
        people::all(),
        messy::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
