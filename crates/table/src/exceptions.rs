//! Texts in the place of numbers that too few people have: they leave the schema, and their cells are missing.

use std::collections::HashSet;
use std::sync::Arc;

use crate::{Column, Notation, Table};

impl Table {
    /// The table without the [exceptions](Notation::exceptions) that fewer than `fewest` people have.
    #[must_use]
    pub fn with_shared_exceptions(self, fewest: usize) -> Table {
        let any = |n: &Option<Notation>| n.as_ref().is_some_and(|n| !n.exceptions.is_empty());
        if !self.schema().columns.iter().any(|spec| any(&spec.notation)) {
            return self;
        }
        let subjects = self.subjects();
        let whose = |row: usize| subjects.as_ref().map_or(row as u32, |of| of[row]);
        let mut schema = self.schema().as_ref().clone();
        let mut columns = self.columns().to_vec();
        for (spec, column) in schema.columns.iter_mut().zip(&mut columns) {
            let (Some(notation), Column::Numbers(values)) = (&mut spec.notation, column) else {
                continue;
            };
            let marks: Vec<u64> = (0..notation.exceptions.len())
                .map(|at| Notation::mark(at).to_bits())
                .collect();
            let shared = |bits: u64| {
                let rows = values
                    .iter()
                    .enumerate()
                    .filter(|(_, x)| x.to_bits() == bits);
                rows.map(|(row, _)| whose(row))
                    .collect::<HashSet<u32>>()
                    .len()
                    >= fewest
            };
            let kept: Vec<bool> = marks.iter().map(|bits| shared(*bits)).collect();
            if kept.iter().all(|kept| *kept) {
                continue;
            }
            // Marks are counted anew among those that stay.
            let mut next = 0;
            let renewed: Vec<f64> = (kept.iter())
                .map(|kept| {
                    next += usize::from(*kept);
                    if *kept {
                        Notation::mark(next - 1)
                    } else {
                        f64::NAN
                    }
                })
                .collect();
            for x in values.iter_mut() {
                if let Some(at) = marks.iter().position(|bits| *bits == x.to_bits()) {
                    *x = renewed[at];
                }
            }
            let mut kept = kept.iter();
            notation.exceptions.retain(|_| kept.next() == Some(&true));
        }
        // The same columns with the same lengths make a table again.
        Table::new(Arc::new(schema), columns).unwrap_or(self)
    }
}
