//! Synthesizers: what learns a table and draws new rows from it.
//!
//! A model goes through one line of types: [`Config`] (anything a user may set) is checked
//! against a schema and becomes [`Checked`]; only that can be fitted and becomes [`Fitted`]; only
//! that can sample. Row `i` of a sample is a pure function of (model, seed, `i`).
//!
//! The tensor code lives in `neural` and nowhere else.

pub mod adjust;
pub mod arf;
pub mod autoregressive;
pub mod cart;
pub mod checkpoint;
mod conditional;
pub mod copula;
pub mod ctgan;
mod data;
mod effort;
pub mod encode;
mod error;
pub mod file;
mod fit;
mod folder;
mod heads;
mod impute;
mod model;
pub mod neural;
pub mod params;
mod parts;
mod polish;
mod print;
mod progress;
pub mod protect;
mod recipe;
mod rules;
mod search;
mod session;
mod source;
mod state;
mod strata;
mod subjects;
pub mod tabddpm;
mod training;
mod trees;
pub mod tvae;

pub use conditional::{Conditional, Drawn};
pub use data::TrainingData;
pub use effort::{Cost, Mode, TableSize};
pub use error::{Error, Result, Unfitted};
pub use fit::{Checked, Config, Fitted, Method, Run};
pub use impute::{impute, is_gap};
pub use model::{BLOCK, Model};
pub use progress::{Cancel, Peek, Progress, Stop};
pub use recipe::Odd;
pub use search::{Dimension, Scale};
pub use state::{Checkpoints, TrainingState};
pub use subjects::Subjects;
