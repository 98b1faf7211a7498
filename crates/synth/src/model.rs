//! What each synthesizer is once it has learned: rows in blocks, and the parts to rebuild it from.

use verdancy_table::Column;

use crate::parts::Parts;
use crate::{Progress, Result, Stop};

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

    /// Everything needed to rebuild the model: see [`crate::file`].
    fn parts(&self) -> Parts;
}

/// What a method learned.
pub(crate) struct Learned {
    /// The model.
    pub model: Box<dyn Model>,
    /// The training history, empty for methods without one.
    pub history: Vec<Progress>,
    /// Why training ended.
    pub stop: Stop,
}

impl Learned {
    /// A model that was learned in one go.
    pub fn of(model: impl Model + 'static) -> Learned {
        Learned {
            model: Box::new(model),
            history: Vec::new(),
            stop: Stop::Completed,
        }
    }
}
