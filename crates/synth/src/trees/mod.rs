//! Histogram trees over encoded columns: what sequential trees, adversarial forests and the polish
//! are made of.
//!
//! A tree has two parts. Its [`Shape`] sends a row to a leaf by the bins of its other columns; its
//! [`Shares`] say how often each class occurs in a leaf. Classes are levels of a category, or bins of
//! the [protected quantiles](crate::encode::Quantile::protected): a leaf never holds a row's value.

mod column;
mod draw;
mod features;
mod grow;
mod parts;
mod rake;
mod split;
#[cfg(test)]
mod tests;
mod tree;

pub use column::{ColumnTrees, Learner};
pub use draw::{Leaves, Slot, Turns, column};
pub use features::{Bins, Feature, Features, Target, shares};
pub use grow::{Grower, Limits};
pub use parts::{bins, restore_shape, restore_shares, store_shape, store_shares};
pub use tree::{Shape, Shares};

/// Its multiples, without their whole part, are spread evenly over [0, 1) in any stretch.
pub const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Rows to a bin of a number where no value needs protection.
pub const BINS_OF: usize = 10;
