//! Numbers that follow from others up to an end: rules are sought in the rows that are not at it.

use rayon::prelude::*;

use crate::clipped::{self, Apart, End};
use crate::derived::{Derived, Rule, accept, ordered};
use crate::elapsed;
use crate::frame::{Frame, Solve};
use crate::function::{Clipped, Function};
use crate::search::{Kind, Search};

/// How a number follows that is cut.
#[derive(Debug, Clone, Copy)]
enum Way {
    Number(Kind),
    Elapsed,
}

const WAYS: [Way; 5] = [
    Way::Number(Kind::Sum),
    Way::Number(Kind::Factor),
    Way::Number(Kind::Line),
    Way::Number(Kind::Product),
    Way::Elapsed,
];
/// How many rules that need no end are looked past.
const PAST: usize = 3;

impl Search {
    /// Takes over numbers that others say up to an end.
    pub(super) fn clipped(&mut self) {
        let names: Vec<String> = self.part.specs.iter().map(|s| s.name.clone()).collect();
        let found = names.into_par_iter().filter_map(|name| {
            let found = self.clipped_in(&self.part, &name)?;
            self.clipped_in(&self.whole.only(&found.columns()), &name)
        });
        // Later columns first: they tend to follow from those before them.
        let mut found: Vec<_> = found.collect();
        found.reverse();
        let found = ordered(found);
        for (at, own) in found.iter().enumerate() {
            // What the next ones follow from stays.
            let kept: Vec<String> = found[at + 1..].iter().flat_map(Derived::columns).collect();
            let own = own.clone().into();
            self.follow(&own, &kept);
            self.derived(own);
        }
    }

    fn clipped_in(&self, frame: &Frame, name: &String) -> Option<Derived<Clipped>> {
        let at = frame.position(name)?;
        if !frame.is_number(at) || !frame.modelled().contains(&at) || !frame.may_go(at) {
            return None;
        }
        let ends = clipped::ends(frame, at, self.least);
        if ends.is_empty() {
            return None;
        }
        // A term of what holds in all rows is no end.
        let has_column = ends.iter().any(|apart| matches!(apart.end, End::Column(_)));
        let mut whole = self.glance(frame);
        (whole.wanted, whole.solve) = (Some(name.clone()), Solve::Wanted);
        let plain = || (WAYS.into_iter()).find_map(|way| self.rule_of(&whole, name, way));
        let plain = has_column.then(plain).flatten();
        let terms = plain.map_or_else(Vec::new, |f| f.columns());
        let is_term = |end: &End| matches!(end, End::Column(end) if terms.contains(end));
        let ends = ends.iter().filter(|apart| !is_term(&apart.end));
        let one = (ends.clone())
            .find_map(|apart| (WAYS.into_iter()).find_map(|way| self.up_to(frame, at, apart, way)));
        let own: Vec<&Apart> = ends
            .filter(|apart| matches!(apart.end, End::At(_)))
            .collect();
        one.or_else(|| match own[..] {
            [low, high] => {
                (WAYS.into_iter()).find_map(|way| self.between(frame, at, (low, high), way))
            }
            _ => None,
        })
    }

    /// The rule of the rows between both ends of a column, if it holds in the others once it is cut at them.
    fn between(
        &self,
        frame: &Frame,
        at: usize,
        (low, high): (&Apart, &Apart),
        way: Way,
    ) -> Option<Derived<Clipped>> {
        let name = &frame.specs[at].name;
        let inner: Vec<usize> = (low.rows.iter())
            .filter(|row| high.rows.binary_search(row).is_ok())
            .copied()
            .collect();
        let mut rows = self.glance(&frame.of_rows(&inner));
        (rows.wanted, rows.solve) = (Some(name.clone()), Solve::Coarsely);
        let cut = |of: Function, apart: &Apart| Clipped {
            of: Box::new(of),
            end: apart.end.clone(),
            most: apart.most,
        };
        let function = self.rule_of(&rows, name, way)?;
        // What holds in all rows needs no end.
        if accept(frame, at, function.clone()).is_some_and(|found| found.holds.is_none()) {
            return None;
        }
        let clipped = cut(Function::Clipped(cut(function, low)), high);
        accept(frame, at, clipped).filter(|found| found.left_out)
    }

    /// The rule of the rows that are not at an end, if it holds in the others once it is cut there.
    fn up_to(&self, frame: &Frame, at: usize, apart: &Apart, way: Way) -> Option<Derived<Clipped>> {
        let name = &frame.specs[at].name;
        // What holds in a few rows is then asked of all.
        let mut rows = self.glance(&frame.of_rows(&apart.rows));
        (rows.wanted, rows.solve) = (Some(name.clone()), Solve::Coarsely);
        if let End::Column(end) = &apart.end {
            rows.settled.push(end.clone());
        }
        for _ in 0..PAST {
            let function = self.rule_of(&rows, name, way)?;
            if accept(frame, at, function.clone()).is_none_or(|found| found.holds.is_some()) {
                let clipped = Clipped {
                    of: Box::new(function),
                    end: apart.end.clone(),
                    most: apart.most,
                };
                return accept(frame, at, clipped).filter(|found| found.left_out);
            }
            // What holds in all rows needs no end.
            rows.settled.extend(function.columns());
        }
        None
    }

    fn rule_of(&self, rows: &Frame, name: &String, way: Way) -> Option<Function> {
        let found: Derived<Function> = match way {
            Way::Number(kind) => self.next(kind, rows, &[])?,
            Way::Elapsed => elapsed::find(rows, rows.position(name)?)?.into(),
        };
        let fits = found.spec.name == *name && found.holds.is_none();
        fits.then_some(found.function)
    }
}
