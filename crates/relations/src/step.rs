//! One rule of a form: what it says, the rows that break it, and how columns are put into the form and back.

use serde::{Deserialize, Serialize};
use verdancy_table::Result;

use crate::bounds::Bounds;
use crate::calendar::Calendar;
use crate::code::Code;
use crate::derived::Derived;
use crate::frame::Frame;
use crate::function::Function;
use crate::implied::Implied;
use crate::limits::Limit;
use crate::marks::Marks;
use crate::missing::Missing;
use crate::order::{Distance, Sorted};
use crate::pattern::Pattern;
use crate::ranks::Ranks;
use crate::shares::Shares;
use crate::sibling::Siblings;
use crate::within::Within;
use crate::zeros::Zeros;

/// One rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Step {
    Derived(Box<Derived<Function>>),
    Shares(Shares),
    Distance(Box<Distance>),
    Ranks(Ranks),
    Missing(Missing),
    Zeros(Zeros),
    Pattern(Pattern),
    Sorted(Sorted),
    Implied(Implied),
    Bounds(Bounds),
    Siblings(Siblings),
    Within(Within),
    Calendar(Box<Calendar>),
    Marks(Marks),
    Code(Box<Code>),
}

impl Step {
    pub(crate) fn sentences(&self) -> Vec<String> {
        match self {
            Step::Derived(s) => vec![s.sentence()],
            Step::Shares(s) => vec![s.sentence()],
            Step::Distance(s) => s.limit().iter().map(Limit::sentence).collect(),
            Step::Ranks(s) => vec![s.sentence()],
            Step::Missing(s) => vec![s.sentence()],
            Step::Zeros(s) => s.sentences(),
            Step::Pattern(s) => vec![s.sentence()],
            Step::Sorted(s) => s.sentences(),
            Step::Implied(s) => s.sentences(),
            Step::Bounds(s) => s.sentences(),
            Step::Code(s) => vec![s.sentence()],
            Step::Calendar(_) | Step::Siblings(_) | Step::Within(_) | Step::Marks(_) => Vec::new(),
        }
    }

    /// The rows that break each of its sentences.
    pub(crate) fn broken(&self, frame: &Frame) -> Result<Vec<Vec<usize>>> {
        Ok(match self {
            Step::Derived(s) => vec![s.broken(frame)?],
            Step::Shares(s) => vec![s.broken(frame)?],
            Step::Distance(s) => {
                let limits = s.limit();
                (limits.iter())
                    .map(|l| l.broken(frame))
                    .collect::<Result<_>>()?
            }
            Step::Ranks(s) => vec![s.broken(frame)?],
            Step::Missing(s) => vec![s.broken(frame)?],
            Step::Zeros(s) => s.broken(frame)?,
            Step::Pattern(s) => vec![s.broken(frame)?],
            Step::Sorted(s) => s.broken(frame)?,
            Step::Implied(s) => s.broken(frame)?,
            Step::Bounds(s) => s.broken(frame)?,
            // Real rows may have codes that too few people have.
            Step::Code(_) => vec![Vec::new()],
            Step::Calendar(_) | Step::Siblings(_) | Step::Within(_) | Step::Marks(_) => Vec::new(),
        })
    }

    pub(crate) fn encode(&self, frame: &mut Frame) -> Result<()> {
        match self {
            Step::Derived(s) => s.encode(frame),
            Step::Distance(s) => s.encode(frame),
            Step::Pattern(s) => s.encode(frame),
            Step::Calendar(s) => s.encode(frame),
            Step::Siblings(s) => s.encode(frame),
            Step::Marks(s) => s.encode(frame),
            Step::Zeros(s) => s.encode(frame),
            Step::Code(s) => s.encode(frame),
            Step::Within(_)
            | Step::Shares(_)
            | Step::Ranks(_)
            | Step::Missing(_)
            | Step::Bounds(_)
            | Step::Implied(_)
            | Step::Sorted(_) => Ok(()),
        }
    }

    pub(crate) fn decode(&self, frame: &mut Frame) -> Result<()> {
        match self {
            Step::Derived(s) => s.decode(frame),
            Step::Shares(s) => s.decode(frame),
            Step::Distance(s) => s.decode(frame),
            Step::Ranks(s) => s.decode(frame),
            Step::Missing(s) => s.decode(frame),
            Step::Zeros(s) => s.decode(frame),
            Step::Pattern(s) => s.decode(frame),
            Step::Sorted(s) => s.decode(frame),
            Step::Implied(s) => s.decode(frame),
            Step::Bounds(s) => s.decode(frame),
            Step::Calendar(s) => s.decode(frame),
            Step::Within(s) => s.decode(frame),
            Step::Marks(s) => s.decode(frame),
            Step::Code(s) => s.decode(frame),
            Step::Siblings(_) => Ok(()),
        }
    }
}

impl Step {
    /// The columns of which other cells follow, or that follow from others: their own may not change places.
    pub(crate) fn ties(&self) -> Vec<String> {
        match self {
            Step::Derived(s) => s.columns(),
            Step::Shares(s) => s.columns.clone(),
            Step::Distance(s) => s.columns(),
            Step::Ranks(s) => s.names().to_vec(),
            Step::Missing(s) => s.columns(),
            Step::Zeros(s) => s.names(),
            Step::Pattern(s) => s.names(),
            Step::Siblings(s) => s.columns(),
            Step::Implied(s) => s.names(),
            Step::Sorted(_) | Step::Bounds(_) | Step::Within(_) => Vec::new(),
            Step::Calendar(_) | Step::Marks(_) | Step::Code(_) => Vec::new(),
        }
    }
}
