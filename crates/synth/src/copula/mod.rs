//! Gaussian copula (to be written).
use crate::{Fitted, Result, Run, parameters};
use verdancy_table::Table;
parameters! {
    /// Parameters of the copula.
    pub struct Params {
        /// Shrinkage of the correlation matrix towards the identity.
        shrinkage: f64 = 0.0, "0 to 1", |v| (0.0..=1.0).contains(v);
    }
}
/// Fits.
pub fn fit(_p: &Params, _train: &Table, _validation: &Table, _run: &mut Run<'_>) -> Result<Fitted> {
    Err(crate::Error::internal("not written yet"))
}
