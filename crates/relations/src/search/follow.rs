//! What follows from a column that is about to be left out is taken over first, while the column is there.

use crate::derived::{Derived, Rule};
use crate::frame::{Frame, Solve};
use crate::function::Function;
use crate::search::{GLANCE, KINDS, Kind, Search};
use crate::{lookup, threshold};

impl Search {
    /// Takes over what follows from a column that is about to be left out, and does not without it, while it is there:
    /// the total of a net price that is itself quantity times price. Columns that are `kept` stay.
    pub(super) fn follow(&mut self, found: &Derived<Function>, kept: &[String]) {
        if !found.left_out {
            return;
        }
        let avoid = [kept, &found.columns()].concat();
        if found.spec.kind.is_numeric() {
            self.compute(found, &avoid);
        }
        self.look_up(found, &avoid);
    }

    /// Takes over the numbers that follow from a column that is about to be left out.
    fn compute(&mut self, found: &Derived<Function>, avoid: &[String]) {
        let name = &found.spec.name;
        let few = self.glance(&self.part);
        // What holds to the last digit comes first, and last what is computed though another column would do better.
        let passes = [
            (true, Solve::Best),
            (false, Solve::Best),
            (false, Solve::Wanted),
        ];
        let columns = few.modelled();
        let all = (passes.into_iter()).flat_map(|pass| columns.iter().map(move |at| (pass, *at)));
        for ((exact, solve), at) in all {
            let own = &few.specs[at].name;
            if !self.is_open(own) || avoid.contains(own) || !few.specs[at].kind.is_numeric() {
                continue;
            }
            let of = |mut frame: Frame| {
                (frame.wanted, frame.needed) = (Some(own.clone()), Some(name.clone()));
                frame.solve = solve;
                let fits = |f: &Derived<Function>| {
                    let near = !exact || f.function.is_exact();
                    near && f.spec.name == *own && f.function.columns().contains(name)
                };
                let mut all = KINDS
                    .iter()
                    .filter_map(|kind| self.next(*kind, &frame, avoid));
                all.find(fits)
            };
            if let Some(next) = of(few.clone())
                && !self.follows_without(&few, &next, found)
                && let Some(next) = of(self.whole.only(&next.columns()))
            {
                self.follow(&next, avoid);
                self.derived(next);
            }
        }
    }

    /// Takes over what is looked up by a column that is about to be left out: the fee of a segment that is itself a
    /// range of the balance.
    fn look_up(&mut self, found: &Derived<Function>, kept: &[String]) {
        let name = &found.spec.name;
        let few = self.glance(&self.part);
        for at in few.modelled() {
            let own = &few.specs[at].name;
            if !self.is_open(own) || own == name || kept.contains(own) {
                continue;
            }
            let of = |frame: &Frame| -> Option<Derived<Function>> {
                let (from, to) = (frame.position(name)?, frame.position(own)?);
                let ranges = threshold::of_one(frame, from, to, self.least).map(Derived::into);
                ranges.or_else(|| lookup::of_one(frame, from, to, self.least).map(Derived::into))
            };
            if of(&few).is_some()
                && let Some(next) = of(&self.whole.only(&[name.clone(), own.clone()]))
            {
                self.follow(&next, kept);
                self.derived(next);
            }
        }
    }

    /// True for a column of which rules may still speak.
    fn is_open(&self, name: &str) -> bool {
        let at = self.part.position(name);
        at.is_some_and(|at| self.part.modelled().contains(&at))
    }

    /// Some of the rows, to see whether there is anything to look for.
    pub(super) fn glance(&self, frame: &Frame) -> Frame {
        frame.thinned(frame.rows.div_ceil(GLANCE))
    }

    /// True when the column of a rule follows as well from what the column of `other` follows from, in its place.
    fn follows_without(
        &self,
        few: &Frame,
        rule: &Derived<Function>,
        other: &Derived<Function>,
    ) -> bool {
        let mut columns = rule.columns();
        columns.retain(|c| *c != other.spec.name);
        columns.extend(other.function.columns());
        let frame = Frame {
            wanted: Some(rule.spec.name.clone()),
            solve: Solve::Wanted,
            ..few.only(&columns)
        };
        let same = |kind: &Kind| {
            let found = self.next(*kind, &frame, &[]);
            found.is_some_and(|f| f.spec.name == rule.spec.name)
        };
        KINDS.iter().any(same)
    }
}
