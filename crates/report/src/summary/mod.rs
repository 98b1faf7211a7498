//! Counts that may be shown: what becomes of a column before it is drawn.

mod categories;
mod numbers;

pub use categories::{RARE, categories};
pub use numbers::{Unit, bins};
