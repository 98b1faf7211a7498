//! This crate's errors are those of tables, with codes under `synth/`, `model/` and `config/`.

/// An error with its code, place and remedy.
pub type Error = verdancy_table::Error;
/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a fit gave no model.
#[derive(Debug)]
pub enum Unfitted {
    /// The loss was not finite at a step of training (counted from 1): the parameters do not suit the rows.
    Diverged {
        /// That step.
        step: u64,
    },
    /// Anything else.
    Failed(Error),
}

impl std::fmt::Display for Unfitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unfitted::Diverged { step } => {
                write!(
                    f,
                    "Training diverged: the loss is not finite at step {step}."
                )
            }
            Unfitted::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unfitted {}

impl From<Error> for Unfitted {
    fn from(error: Error) -> Unfitted {
        Unfitted::Failed(error)
    }
}

impl From<Unfitted> for Error {
    fn from(why: Unfitted) -> Error {
        match why {
            Unfitted::Diverged { .. } => Error::input(
                "synth/diverged",
                why.to_string(),
                "Lower learning_rate or clip.",
            ),
            Unfitted::Failed(error) => error,
        }
    }
}
