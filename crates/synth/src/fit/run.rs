//! What a fit is given besides data: a seed, a way to be stopped, a clock, and someone to tell.

use std::time::Duration;

use super::Fitted;
use crate::{Cancel, Checkpoints, Peek, Progress};

/// Context of a fit. Clock and listener are handed in: no globals.
pub struct Run<'a> {
    /// Seed of all randomness.
    pub seed: u64,
    /// Threads to use; results do not depend on it.
    pub threads: usize,
    /// Asks for a clean stop.
    pub cancel: Cancel,
    /// Training stops at this reading of `clock`.
    pub deadline: Option<Duration>,
    /// Time since some fixed moment.
    pub clock: &'a (dyn Fn() -> Duration + Sync),
    /// A fit to go on from, where the method can: same columns, same shape of the model.
    pub start: Option<&'a Fitted>,
    /// Looks at samples on the way, where the method has any.
    pub peek: Option<Peek<'a>>,
    /// Keeps the state of the training on the way, and may hold one to go on from, where the method
    /// has steps.
    pub checkpoint: Option<Checkpoints<'a>>,
    /// Told of each line of the history.
    pub listen: &'a mut dyn FnMut(&Progress),
}
