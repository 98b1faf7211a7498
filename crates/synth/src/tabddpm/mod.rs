//! TabDDPM (to be written).
use crate::{Fitted, Mode, Result, Run, TableSize, parameters};
use verdancy_table::Table;
parameters! {
    /// Parameters of TabDDPM.
    pub struct Params {
        /// Passes over the training rows (epochs).
        n_iter: u32 = 300, "1 to 1000000", |v| (1..=1_000_000).contains(v);
    }
}
/// Size-dependent defaults.
pub fn defaults(_size: TableSize, _mode: Mode) -> Params {
    Params::default()
}
/// Fits.
pub fn fit(_p: &Params, _train: &Table, _validation: &Table, _run: &mut Run<'_>) -> Result<Fitted> {
    Err(crate::Error::internal("not written yet"))
}
