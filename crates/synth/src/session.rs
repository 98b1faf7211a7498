//! What a method is given besides rows: a seed, a way to be stopped, a clock, what it goes on from, and someone to tell.

use std::time::Duration;

use crate::{Cancel, Checkpoints, Model, Peek, Progress};

/// The context in which a method learns. Clock and listener are handed in: no globals.
pub(crate) struct Session<'a> {
    /// Seed of all randomness.
    pub seed: u64,
    /// Asks for a clean stop.
    pub cancel: Cancel,
    /// Training stops at this reading of `clock`.
    pub deadline: Option<Duration>,
    /// Time since some fixed moment.
    pub clock: &'a (dyn Fn() -> Duration + Sync),
    /// A model of the same method to go on from.
    pub start: Option<&'a dyn Model>,
    /// Looks at samples on the way, in the form of the rows that are learned.
    pub peek: Option<Peek<'a>>,
    /// Keeps the state of the training on the way, and may hold one to go on from.
    pub checkpoint: Option<Checkpoints<'a>>,
    /// What these states belong to; empty without any.
    pub fingerprint: String,
    /// Told of each line of the history.
    pub listen: &'a mut dyn FnMut(&Progress),
}
