//! Judging a synthetic table against real ones: fidelity, utility, privacy; each figure with its
//! noise floor; gates and profiles that turn figures into a verdict.
//!
//! Works on any two tables, whoever made them. The way in is [`judge`]; what comes out is a
//! [`Judgement`], plain data that the terminal, the report and `report.json` show.

#[cfg(test)]
extern crate self as verdancy_metrics;

mod card;
mod cards;
mod detection;
mod fidelity;
mod gate;
mod judge;
mod learn;
mod prepared;
mod privacy;
mod profile;
mod score;
mod utility;

pub use card::{Card, Direction, cards, find as card, markdown};
pub use gate::{Gate, Status};
pub use judge::{Inputs, Judgement, judge, judge_gates};
pub use profile::{Limit, Profile};
pub use score::{ColumnScore, PairScore, Score};

/// An error with its code, place and remedy.
pub type Error = verdancy_table::Error;
/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;
