//! What a method changes in its own parameters when its rows are not good enough: an answer to symptoms, in which no
//! other crate has to know the method.

mod networks;
mod tabddpm;
mod trees;

pub(crate) use networks::network;
pub(crate) use tabddpm::diffusion;
pub(crate) use trees::{forest, sequence};

/// What a change of parameters may correct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// None: everything passes, though some of it closely.
    Close,
    /// The loss was still falling.
    UnderTrained,
    /// Samples copy training rows.
    OverTrained,
    /// The loss rose without bound.
    Diverged,
    /// Columns come back wrong, or outside the schema.
    BadEncoding,
    /// Columns are right, pairs are not.
    BrokenPairs,
    /// Levels are missing or at the wrong shares.
    LostCategories,
    /// The time limit cut training short.
    TimeOut,
    /// Training would have taken more memory than allowed.
    OutOfMemory,
    /// A parameter is far outside its recommended range.
    Mismatch,
    /// Something is wrong, and nothing says why.
    Unexplained,
}

impl Fault {
    /// All faults.
    pub const ALL: [Fault; 11] = [
        Fault::Close,
        Fault::UnderTrained,
        Fault::OverTrained,
        Fault::Diverged,
        Fault::BadEncoding,
        Fault::BrokenPairs,
        Fault::LostCategories,
        Fault::TimeOut,
        Fault::OutOfMemory,
        Fault::Mismatch,
        Fault::Unexplained,
    ];
}

/// How far the distributions of the columns are from what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// They are well within the limit.
    None,
    /// They are within the limit, but close to it.
    Narrow,
    /// They are beyond the limit.
    Moderate,
    /// They are beyond twice the usual limit (a KS mean above 0.2).
    Wide,
}

/// What is known of an attempt that is not good enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Symptoms {
    /// What is wrong.
    pub fault: Fault,
    /// How far off the columns are.
    pub gap: Gap,
    /// Passes that the bound on work allowed, where that is known.
    pub planned: Option<f64>,
    /// Seconds that training took.
    pub took: f64,
    /// Seconds that are left; `None` without a time limit.
    pub left: Option<f64>,
}

impl Symptoms {
    /// `fault`, and nothing more known.
    pub fn of(fault: Fault) -> Symptoms {
        Symptoms {
            fault,
            gap: Gap::None,
            planned: None,
            took: 0.0,
            left: None,
        }
    }
}

/// What a method answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Its parameters have changed.
    Adjusted {
        /// True when the next attempt goes on from the last weights.
        warm: bool,
        /// Why, in a sentence.
        why: &'static str,
    },
    /// Another method is called for; without one, nothing helps, and why.
    Switch(&'static str),
    /// Another method is called for; without one, another seed.
    SwitchOrRepeat,
    /// Nothing that could be changed would help, and why.
    Stop(&'static str),
}

/// What methods change at a fault, in words, for the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// CART, and the leaves of ARF.
    pub trees: &'static str,
    /// TVAE, CTGAN and the autoregressive network.
    pub networks: &'static str,
}

impl Fault {
    /// What trees and small networks change, in words.
    pub fn words(self) -> Words {
        Words {
            trees: trees::words(self).unwrap_or("nothing"),
            networks: networks::words(self).unwrap_or("nothing"),
        }
    }
}
