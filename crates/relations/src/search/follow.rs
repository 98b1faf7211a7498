//! What follows from a column that is about to be left out is taken over first, while the column is there.

use crate::derived::{Derived, Rule};
use crate::frame::{Frame, Solve, numbers};
use crate::function::Function;
use crate::search::{GLANCE, KINDS, Kind, Search};
use crate::{lookup, threshold};

/// The columns that a factor of two levels hangs on.
fn pair(found: &Derived<Function>) -> Option<&[String; 2]> {
    match &found.function {
        Function::Product(product) => product.pair(),
        _ => None,
    }
}

impl Search {
    /// Takes over what follows from a column that is about to be left out, or of which no other rule may speak any more,
    /// and does not without it, while it is there: the total of a net price that is itself quantity times price. Columns
    /// that are `kept` stay.
    pub(super) fn follow(&mut self, found: &Derived<Function>, kept: &[String]) {
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
            let of = |mut frame: Frame, kind: Kind| {
                (frame.wanted, frame.needed) = (Some(own.clone()), Some(name.clone()));
                frame.solve = solve;
                self.next(kind, &frame, avoid).filter(|f| {
                    let near = !exact || f.function.is_exact();
                    near && f.spec.name == *own && f.function.columns().contains(name)
                })
            };
            let fits = |next: &Derived<Function>| {
                (exact && pair(next).is_none() || !self.is_exact_without(&few, next, name))
                    && !self.is_source(&few, next)
                    && !self.follows_without(&few, next, found)
            };
            let mut kinds = KINDS.into_iter().chain([Kind::Pair]);
            let next = kinds.find_map(|kind| {
                let next = of(few.clone(), kind).filter(fits)?;
                of(self.whole.only(&next.columns()), kind)
            });
            if let Some(next) = next {
                self.follow(&next, avoid);
                self.derived(next);
            }
        }
    }

    /// True when a factor of two levels only says backwards how another column follows from its own and both levels: of a
    /// net price that is price times quantity less a discount, the price is not computed.
    fn is_source(&self, few: &Frame, found: &Derived<Function>) -> bool {
        let Some(pair) = pair(found) else {
            return false;
        };
        let parts = [&pair[0], &pair[1], &found.spec.name];
        let uses_all = |rule: Derived<Function>| {
            let columns = rule.function.columns();
            parts.iter().all(|part| columns.contains(part))
        };
        few.modelled().into_iter().any(|at| {
            let mut frame = few.clone();
            frame.wanted = Some(few.specs[at].name.clone());
            (KINDS.into_iter()).any(|kind| self.next(kind, &frame, &[]).is_some_and(uses_all))
        })
    }

    /// True when the number of a rule follows to the last digit from others than `name`, of several, since as a multiple of one
    /// it is only written otherwise. A factor of two levels is passed by where those others do not follow from the number
    /// themselves: an instalment is a part of all that is paid.
    fn is_exact_without(&self, few: &Frame, next: &Derived<Function>, name: &str) -> bool {
        let own = &next.spec.name;
        let back = |column: &String| {
            let rules = self.exact(few, column, None);
            let uses = |rule: &Derived<Function>| rule.function.columns().contains(own);
            rules.iter().any(uses)
        };
        let others = self.exact(few, own, Some(name));
        others.iter().any(|other| {
            let columns = other.function.columns();
            match pair(next) {
                None => columns.len() > 1,
                Some(_) => !columns.iter().any(back),
            }
        })
    }

    /// The rules by which a number follows to the last digit, without one of the columns.
    fn exact(&self, few: &Frame, name: &String, without: Option<&str>) -> Vec<Derived<Function>> {
        let mut frame = few.clone();
        frame.wanted = Some(name.clone());
        frame.settled.extend(without.map(str::to_owned));
        let is_exact = |f: &Derived<Function>| f.spec.name == *name && f.function.is_exact();
        let found = KINDS.map(|kind| self.next(kind, &frame, &[]));
        found.into_iter().flatten().filter(is_exact).collect()
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
                && !self.is_made_of(name, own)
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
        // Half a cent may be rounded either way: another rule does as well where it says as many rows.
        let says_all = self.says_all(rule);
        let same = |kind: &Kind| {
            let found = self.next(*kind, &frame, &[]);
            found.is_some_and(|f| f.spec.name == rule.spec.name && (!says_all || self.says_all(&f)))
        };
        let is_multiple = says_all && rule.function.columns().len() == 1;
        !is_multiple && KINDS.iter().any(same)
    }

    /// True when a rule says each row's number to the last digit.
    fn says_all(&self, rule: &Derived<Function>) -> bool {
        let said = rule.function.of(&self.whole, &rule.spec);
        let (Ok(said), Ok(is)) = (said, self.whole.column(&rule.spec.name)) else {
            return false;
        };
        let near = |(x, y): (&f64, &f64)| x.is_nan() || (x - y).abs() <= 1e-9 * y.abs().max(1.0);
        numbers(&said.column).iter().zip(&numbers(is)).all(near)
    }
}
