//! The rules by which columns follow from others, as one of which a form holds each.

use serde::{Deserialize, Serialize};
use verdancy_table::{ColumnSpec, Result};

use crate::compare::Compared;
use crate::compose::Composed;
use crate::count::Count;
use crate::curve::Curve;
use crate::derived::{Rule, Said};
use crate::elapsed::Elapsed;
use crate::extreme::Extreme;
use crate::frame::Frame;
use crate::largest::Largest;
use crate::lookup::Lookup;
use crate::moments::Part;
use crate::product::Product;
use crate::rate::Rate;
use crate::shifted::Shifted;
use crate::sum::Sum;
use crate::threshold::Thresholds;

/// What is computed up to an end.
pub(crate) type Clipped = crate::clipped::Clipped<Function>;

macro_rules! functions {
    ($($name:ident)*) => {
        /// How a value follows.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(tag = "rule", rename_all = "snake_case")]
        pub(crate) enum Function {
            $($name($name),)*
        }

        impl Function {
            fn rule(&self) -> &dyn Rule {
                match self {
                    $(Function::$name(f) => f,)*
                }
            }
        }

        $(impl From<$name> for Function {
            fn from(f: $name) -> Function {
                Function::$name(f)
            }
        })*
    };
}

functions! {
    Part Elapsed Shifted Sum Product Rate Lookup Composed Thresholds Compared Curve Count Extreme Largest Clipped
}

impl Rule for Function {
    fn of(&self, frame: &Frame, spec: &ColumnSpec) -> Result<Said> {
        self.rule().of(frame, spec)
    }

    fn columns(&self) -> Vec<String> {
        self.rule().columns()
    }

    fn words(&self, name: &str) -> String {
        self.rule().words(name)
    }

    fn is_exact(&self) -> bool {
        self.rule().is_exact()
    }

    fn units(&self) -> f64 {
        self.rule().units()
    }
}
