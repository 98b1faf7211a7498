//! Counts that may be shown: what becomes of a column before it is drawn.

mod categories;
mod grids;
mod numbers;

use verdancy_table::{ColumnSpec, Kind, Notation, Protection, Table};

pub use categories::categories;
pub use grids::grids;
pub use numbers::{Unit, bins};

impl Unit {
    /// What the numbers of a column are.
    pub fn of(spec: &ColumnSpec) -> Unit {
        match &spec.kind {
            _ if spec.notation.as_ref().is_some_and(Notation::is_duration) => Unit::Duration,
            Kind::Integer => Unit::Whole,
            Kind::Datetime { format } if format.is_time_of_day() => Unit::Clock,
            Kind::Datetime { .. } => Unit::Instant,
            _ => Unit::Real,
        }
    }
}

/// Fewest training rows behind what is shown of the real table, whatever protection a run had.
const RARE: usize = 5;

/// Fewest training rows behind what is shown, so that enough people have them.
#[derive(Debug, Clone, Copy)]
pub struct Least {
    /// Behind a category that is named.
    pub levels: usize,
    /// Behind a bin of numbers and behind each end.
    pub numbers: usize,
}

impl Least {
    /// As the run's values are protected; where a person has several rows, so many times more.
    pub fn of(protect: Protection, train: &Table) -> Least {
        let mut rows = std::collections::HashMap::new();
        for person in train.subjects().unwrap_or_default() {
            *rows.entry(person).or_insert(0) += 1;
        }
        let most = rows.into_values().max().unwrap_or(1);
        Least {
            levels: protect.levels().max(RARE) * most,
            numbers: protect.numbers().max(RARE) * most,
        }
    }
}
