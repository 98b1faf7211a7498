//! Judging a synthetic table against real ones: fidelity, utility, privacy; each figure with its
//! noise floor; gates and profiles that turn figures into a verdict.
//!
//! Works on any two tables, whoever made them. A [`Judge`] is prepared once with the real rows and
//! judges any number of synthetic tables; each [`Judgement`] is plain data that the terminal, the
//! report and `report.json` show.

#[cfg(test)]
extern crate self as verdancy_metrics;

mod card;
mod catalogue;
mod cost;
mod detection;
mod fidelity;
mod gate;
mod judge;
mod judgement;
mod learn;
mod memo;
mod metric;
mod prepared;
mod privacy;
mod profile;
mod rows;
mod score;
mod utility;

pub use card::{Card, Direction, Group, Rule, Symptom, decimals};
pub use catalogue::{card, cards, markdown};
pub use cost::Size;
pub use gate::{Gate, Status};
pub use judge::{Broken, Judge};
pub use judgement::Judgement;
pub use prepared::Real;
pub use privacy::Refit;
pub use profile::{Limit, Profile};
pub use score::{ColumnScore, PairScore, Score};

/// An error with its code, place and remedy.
pub type Error = verdancy_table::Error;
/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;
