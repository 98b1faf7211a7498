//! What each synthesizer is once it has learned: rows in blocks, and the parts to rebuild it from.

use verdancy_table::Column;

use crate::Result;
use crate::parts::Parts;

/// Rows are drawn in blocks of this many, aligned to multiples of it, so that a row does not
/// depend on the range it is asked for in.
pub const BLOCK: usize = 256;

/// What each synthesizer does once fitted.
pub trait Model: Send + Sync {
    /// The modelled columns (in schema order, those whose kind
    /// [is modelled](verdancy_table::Kind::is_modelled)) of rows `block * BLOCK ..`, [`BLOCK`] of
    /// them. A pure function of the model, `seed` and `block`.
    ///
    /// # Errors
    /// An internal error when the model yields something that is not a row.
    fn sample_block(&self, seed: u64, block: u64) -> Result<Vec<Column>>;

    /// Everything needed to rebuild the model: see [`crate::parts`].
    fn parts(&self) -> Parts;
}
