//! The copula as parts of a model file.

use crate::file::Parts;

use super::model::Copula;

/// Takes a model apart.
pub fn take_apart(_model: &Copula) -> Parts {
    Parts::default()
}
