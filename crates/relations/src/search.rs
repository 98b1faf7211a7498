//! The search for the rules of a table: one after the other, each in the table that the ones before have left.

mod bounded;
mod ends;
mod follow;

use verdancy_table::{Protection, Table};

use crate::derived::{Derived, Rule};
use crate::frame::{Frame, Solve, numbers, variance};
use crate::function::Function;
use crate::limits::Limit;
use crate::step::Step;
use crate::sum::Sum;
use crate::threshold::Thresholds;
use crate::within::Within;
use crate::zeros::Zeros;
use crate::{
    calendar, code, compare, compose, count, curve, elapsed, extreme, implied, largest, linear,
    lookup, marks, missing, moments, order, pattern, product, ranks, rate, shifted, sibling, sum,
    threshold, zeros,
};

/// Most rows that rules are sought in. What is found there is sought again, among its columns, in all rows.
const SOUGHT: usize = 6_000;
/// Most columns of a table that rules are sought in.
const COLUMNS: usize = 400;
/// Rows that tell whether anything at all follows from a column. What is found there is sought again in all rows.
const GLANCE: usize = 600;
/// Most rules of one kind.
const RULES: usize = 200;

/// How numbers follow from others.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Sum,
    Factor,
    Line,
    Curve,
    Product,
    Rate,
    Mean,
    /// What nothing simpler says.
    Pair,
}

/// What holds to the last digit comes first.
const KINDS: [Kind; 7] = [
    Kind::Sum,
    Kind::Factor,
    Kind::Line,
    Kind::Curve,
    Kind::Product,
    Kind::Rate,
    Kind::Mean,
];

/// Rules being collected: the table as far as it is in its form.
pub(crate) struct Search {
    /// Some of the rows, and all of them.
    part: Frame,
    pub whole: Frame,
    pub least: usize,
    outermost: usize,
    /// Rules that the user does not want, in words.
    forbidden: Vec<String>,
    /// Columns in order, before any was computed from others, and how many rules there were then.
    limits: Vec<Limit>,
    before: usize,
    pub steps: Vec<Step>,
}

impl Search {
    /// The table before any rule; `None` when it has no rows or too many columns.
    pub(crate) fn begin(train: &Table, protection: Protection, kept: &[String]) -> Option<Search> {
        if train.rows() == 0 || train.columns().len() > COLUMNS {
            return None;
        }
        let mut whole = Frame::of(train);
        whole.firm.extend_from_slice(kept);
        whole.settle_numbers_of_rows();
        // Thresholds of levels are up to two above the least: what is stored here is never pooled.
        let least = match protection.is_off() {
            true => 1,
            false => protection.levels() + 2,
        };
        Some(Search {
            part: whole.thinned(train.rows().div_ceil(SOUGHT)),
            whole,
            least,
            outermost: protection.numbers().max(1),
            forbidden: (train.schema().rules.as_ref()).map_or_else(Vec::new, |r| r.forbid.clone()),
            limits: Vec::new(),
            before: 0,
            steps: Vec::new(),
        })
    }

    /// Takes a rule over when it holds in all rows.
    fn take(&mut self, step: Step) -> bool {
        let holds = (step.broken(&self.whole)).is_ok_and(|rows| rows.iter().all(Vec::is_empty));
        let tolerant = matches!(step, Step::Pattern(_));
        let said = step.sentences();
        if said.iter().any(|words| self.forbidden.contains(words)) {
            return false;
        }
        let (mut part, mut whole) = (self.part.clone(), self.whole.clone());
        if !(holds || tolerant)
            || step.encode(&mut part).is_err()
            || step.encode(&mut whole).is_err()
        {
            return false;
        }
        (self.part, self.whole) = (part, whole);
        self.steps.push(step);
        true
    }

    fn settle(&mut self, name: &str) {
        for frame in [&mut self.part, &mut self.whole] {
            frame.settled.push(name.to_owned());
        }
    }

    fn derived(&mut self, found: Derived<Function>) -> bool {
        let (name, stays) = (found.spec.name.clone(), !found.left_out);
        let taken = self.take(Step::Derived(Box::new(found)));
        if taken && stays {
            self.settle(&name);
        }
        taken
    }

    /// What `find` finds in all rows of the columns of something that it found in some.
    fn closer<T>(
        &self,
        columns: &[String],
        found: T,
        find: impl Fn(&Frame) -> Option<T>,
    ) -> Option<T> {
        match self.part.rows == self.whole.rows {
            true => Some(found),
            false => find(&self.whole.only(columns)),
        }
    }

    /// Asks for a rule of each column.
    fn each<F: Rule + Clone>(&mut self, find: impl Fn(&Frame, usize) -> Option<Derived<F>>)
    where
        Function: From<F>,
    {
        let names: Vec<String> = self.part.specs.iter().map(|s| s.name.clone()).collect();
        for name in names {
            let of = |frame: &Frame| {
                let at = frame.position(&name)?;
                frame.modelled().contains(&at).then(|| find(frame, at))?
            };
            if let Some(found) = of(&self.part) {
                let found: Derived<Function> = found.into();
                self.follow(&found, &[]);
                let again = |frame: &Frame| of(frame).map(Derived::into);
                if let Some(found) = self.closer(&found.columns(), found, again) {
                    self.derived(found);
                }
            }
        }
    }

    /// Numbers that follow from others.
    fn numbers(&mut self) {
        for kind in KINDS.into_iter().chain([Kind::Pair]) {
            for _ in 0..RULES {
                let Some(found) = self.next(kind, &self.part, &[]) else {
                    break;
                };
                self.follow(&found, &[]);
                let again = |frame: &Frame| self.next(kind, frame, &[]);
                match self.closer(&found.columns(), found, again) {
                    Some(found) if self.derived(found.clone()) => {}
                    _ => break,
                }
            }
        }
    }

    /// The next rule of a kind. Sums leave the columns to `avoid` alone where they can.
    fn next(&self, kind: Kind, frame: &Frame, avoid: &[String]) -> Option<Derived<Function>> {
        match kind {
            Kind::Sum => self.next_sum(frame, avoid).map(Derived::into),
            Kind::Factor => product::exact(frame).map(Derived::into),
            Kind::Line => linear::of_one(frame).map(Derived::into),
            Kind::Curve => curve::find(frame).map(Derived::into),
            Kind::Product => product::find(frame, self.least).map(Derived::into),
            Kind::Rate => rate::find(frame).map(Derived::into),
            Kind::Mean => linear::of_several(frame).map(Derived::into),
            Kind::Pair => product::of_pairs(frame, self.least).map(Derived::into),
        }
    }

    /// The next sum. A column that follows from yet others is not the one that is left out: gross is hours times
    /// rate, so the net pay is computed.
    fn next_sum(&self, frame: &Frame, avoid: &[String]) -> Option<Derived<Sum>> {
        let found = sum::find(frame, avoid)?;
        let members = found.columns();
        // Where columns add up to a constant, a total of yet others is not the one that is computed.
        let to_constant = found.function.constant != 0.0;
        let defined = |name: &String| {
            let mut wanted = self.glance(frame);
            (wanted.wanted, wanted.needed) = (Some(name.clone()), None);
            let others = members.iter().filter(|other| *other != name);
            wanted.settled.extend(others.cloned());
            let others = [
                Kind::Factor,
                Kind::Line,
                Kind::Curve,
                Kind::Product,
                Kind::Rate,
            ];
            let mut all = others
                .into_iter()
                .filter_map(|kind| self.next(kind, &wanted, &[]));
            all.any(|other| other.left_out)
                || to_constant
                    && sum::find(&wanted, &[]).is_some_and(|o| o.left_out && o.spec.name == *name)
        };
        if !defined(&found.spec.name) {
            return Some(found);
        }
        let of_others = found.columns().into_iter().filter(defined);
        let avoid: Vec<String> = avoid.iter().cloned().chain(of_others).collect();
        sum::find(frame, &avoid)
    }

    /// The ranges of sums whose terms are all learned. An end is the mean of the outermost people, as in the
    /// protection of numbers.
    fn ranges(&self) -> Vec<Within> {
        let sum = |step: &Step| {
            let Step::Derived(derived) = step else {
                return None;
            };
            let Function::Sum(sum) = &derived.function else {
                return None;
            };
            let mut terms = sum.terms.clone();
            let there = terms
                .iter()
                .all(|(name, _)| self.whole.position(name).is_some());
            if !there || !derived.left_out {
                return None;
            }
            let spread = |name: &str| {
                let values = numbers(self.whole.column(name).ok()?);
                Some(variance(values.iter().copied()))
            };
            // Last comes the one that values are exchanged in: that with the least spike, then the widest.
            let spike = |name: &str| {
                let column = self.whole.column(name).ok();
                column.map_or(0, |c| (10.0 * order::largest_share(c)) as u32)
            };
            terms.sort_by(|a, b| {
                let wider = spread(&a.0).partial_cmp(&spread(&b.0));
                (spike(&b.0).cmp(&spike(&a.0))).then(wider.unwrap_or(std::cmp::Ordering::Equal))
            });
            let mut values = sum.bare(&self.whole).ok()?;
            values.retain(|x| !x.is_nan());
            values.sort_by(f64::total_cmp);
            let outer = self.outermost.min(values.len());
            let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
            Some(Within {
                terms,
                constant: sum.constant,
                low: mean(&values[..outer]),
                high: mean(&values[values.len() - outer..]),
            })
        };
        self.steps.iter().filter_map(sum).collect()
    }

    /// Learns why numbers are not there as columns of their own, which no rule speaks of.
    pub(crate) fn mark(&mut self) {
        for found in marks::find(&self.whole) {
            let reason = found.reason.clone();
            if self.take(Step::Marks(found)) {
                reason.iter().for_each(|name| self.settle(name));
            }
        }
    }

    /// Takes over the groups of columns of which the user wants only combinations that occur.
    pub(crate) fn pin(&mut self, groups: &[Vec<String>]) {
        for names in groups {
            if let Some((found, _)) = pattern::pinned(&self.whole, names, self.least) {
                self.take(Step::Pattern(found));
            }
        }
    }

    pub(crate) fn run(&mut self) {
        let own: Vec<String> = self.whole.specs.iter().map(|s| s.name.clone()).collect();
        self.ordered();
        // While all numbers are there: levels may be ranges of one that is computed.
        let least = self.least;
        self.ranges_of_levels();
        self.each(|frame, at| compare::find(frame, at, least));
        self.each(|frame, at| largest::find(frame, at, least));
        self.each(count::find);
        self.each(extreme::find);
        self.clipped();
        self.computed();
        self.looked_up();
        self.combined();
        self.bounded();
        self.implied(&own);
        self.recoded();
    }

    /// Columns in order, as long as all are there.
    fn ordered(&mut self) {
        let found = order::limits(&self.part);
        let names = found.iter().flat_map(|l| [l.low.clone(), l.high.clone()]);
        let found = self.closer(&names.collect::<Vec<_>>(), found, |f| {
            Some(order::limits(f))
        });
        self.limits = found.unwrap_or_default();
        self.before = self.steps.len();
    }

    /// Moments, ranks, sums, products, distances, composed texts.
    fn computed(&mut self) {
        let least = self.least;
        self.each(|frame, at| moments::find(frame, at, least));
        self.shifted();
        self.each(elapsed::find);
        for found in ranks::find(&self.part) {
            let names = found.names().to_vec();
            if self.take(Step::Ranks(found)) {
                names.iter().for_each(|n| self.settle(n));
            }
        }
        self.shares();
        self.numbers();
        self.each(|frame, at| threshold::find(frame, at, least));
        for _ in 0..RULES {
            let next = order::distance(&self.part).or_else(|| order::near(&self.part));
            match next {
                Some(found) if self.take(Step::Distance(Box::new(found.clone()))) => {}
                _ => break,
            }
        }
        self.each(compose::find);
    }

    /// Moments that are so long after another one as a number says that follows from yet others: of the three, the moment is
    /// the one that is computed.
    fn shifted(&mut self) {
        let names: Vec<String> = self.part.specs.iter().map(|s| s.name.clone()).collect();
        for by in names {
            let of = |frame: &Frame| -> Option<Derived<Function>> {
                let at = frame
                    .position(&by)
                    .filter(|at| frame.modelled().contains(at))?;
                let elapsed = frame.is_number(at).then(|| elapsed::find(frame, at))??;
                let (from, until, unit) = elapsed.function.solved()?;
                shifted::of(frame, until, (from, &by), unit).map(Derived::into)
            };
            let Some(found) = of(&self.part).filter(|_| self.is_computed(&by)) else {
                continue;
            };
            self.follow(&found, &[]);
            if let Some(found) = self.closer(&found.columns(), found, of) {
                self.derived(found);
            }
        }
    }

    /// True when the number follows from others to the last digit.
    fn is_computed(&self, name: &str) -> bool {
        let mut wanted = self.glance(&self.part);
        wanted.wanted = Some(name.to_owned());
        let found = |kind: Kind| self.next(kind, &wanted, &[]);
        let fits = |found: Derived<Function>| {
            found.left_out && found.spec.name == name && found.function.is_exact()
        };
        KINDS.into_iter().any(|kind| found(kind).is_some_and(fits))
    }

    /// Shares of a whole, but for those that are computed from parts and their sum: these add up anyway.
    fn shares(&mut self) {
        let mut computed: Vec<String> = Vec::new();
        for _ in 0..RULES {
            let mut frame = self.part.clone();
            frame.settled.extend_from_slice(&computed);
            let Some(found) = sum::find_shares(&frame) else {
                break;
            };
            let names = found.columns.clone();
            if self.are_ratios(&names) {
                computed.extend(names);
                continue;
            }
            if !self.take(Step::Shares(found)) {
                break;
            }
            names.iter().for_each(|n| self.settle(n));
        }
    }

    /// True when each of the columns follows from columns that are not among them.
    fn are_ratios(&self, names: &[String]) -> bool {
        let few = self.glance(&self.part);
        names.iter().all(|name| {
            let mut wanted = few.clone();
            (wanted.wanted, wanted.solve) = (Some(name.clone()), Solve::Wanted);
            let others = names.iter().filter(|other| *other != name);
            wanted.settled.extend(others.cloned());
            let found = self.next(Kind::Product, &wanted, &[]);
            found.is_some_and(|found| found.spec.name == *name)
        })
    }

    /// Levels that are ranges of a number, unless that number is computed from what the level says: of a dose by
    /// weight, the arm of a trial is a range by chance.
    fn ranges_of_levels(&mut self) {
        let least = self.least;
        let names: Vec<String> = self.part.specs.iter().map(|s| s.name.clone()).collect();
        for name in names {
            let mut passed: Vec<String> = Vec::new();
            while let Some(found) = self.range_of_level(&self.part, &name, &passed) {
                if self.is_made_of(&found.function.of, &name) {
                    passed.push(found.function.of);
                    continue;
                }
                let found: Derived<Function> = found.into();
                self.follow(&found, &[]);
                let again = |frame: &Frame| {
                    let at = frame.position(&name)?;
                    threshold::of_levels(frame, at, least).map(Derived::into)
                };
                if let Some(found) = self.closer(&found.columns(), found, again) {
                    self.derived(found);
                }
                break;
            }
        }
    }

    /// The level as a range of a number that was not passed by.
    fn range_of_level(
        &self,
        frame: &Frame,
        name: &str,
        passed: &[String],
    ) -> Option<Derived<Thresholds>> {
        let at = frame.position(name)?;
        if !frame.modelled().contains(&at) {
            return None;
        }
        if passed.is_empty() {
            return threshold::of_levels(frame, at, self.least);
        }
        let mut frame = frame.clone();
        frame.settled.extend_from_slice(passed);
        threshold::of_levels(&frame, at, self.least)
    }

    /// True when `number` is computed from columns of which one alone says `level`.
    fn is_made_of(&self, number: &str, level: &str) -> bool {
        let mut wanted = self.glance(&self.part);
        (wanted.wanted, wanted.solve) = (Some(number.to_owned()), Solve::Wanted);
        let few = self.glance(&self.part);
        let says = |name: &String| {
            let ends = few.position(name).zip(few.position(level));
            ends.is_some_and(|(from, to)| lookup::of_one(&few, from, to, self.least).is_some())
        };
        (KINDS.into_iter())
            .filter_map(|kind| self.next(kind, &wanted, &[]))
            .filter(|found| found.spec.name == number)
            .any(|found| found.function.columns().iter().any(says))
    }

    /// What follows from the levels of other columns: values, and whether there is one.
    fn looked_up(&mut self) {
        let least = self.least;
        let thinned = self.part.rows < self.whole.rows;
        for found in sibling::find(&self.part, least, thinned) {
            let again = |frame: &Frame| sibling::find(frame, least, false).into_iter().next();
            if let Some(found) = self.closer(&found.columns(), found, again) {
                self.take(Step::Siblings(found));
            }
        }
        for found in lookup::find(&self.part, least) {
            let name = found.spec.name.clone();
            let again = |frame: &Frame| {
                let all = lookup::find(frame, least);
                all.into_iter().find(|other| other.spec.name == name)
            };
            if let Some(found) = self.closer(&found.columns(), found, again) {
                self.derived(found.into());
            }
        }
        self.zeros();
        let mut known = Vec::new();
        for found in missing::find(&self.part, least) {
            let name = found.column().to_owned();
            if self.is_at_zeros(&name, &name) {
                continue;
            }
            let again = |frame: &Frame| {
                let all = missing::find(frame, least);
                all.into_iter().find(|other| other.column() == name)
            };
            if let Some(found) = self.closer(&found.columns(), found, again) {
                self.take(Step::Missing(found));
            }
            known.push(name);
        }
        known.iter().for_each(|n| self.settle(n));
    }

    /// Takes over where numbers are zero: missing cells from here on.
    fn zeros(&mut self) {
        let found = zeros::find(&self.part, self.least);
        let again = |found: Zeros| {
            let again = |frame: &Frame| zeros::find(frame, self.least);
            self.closer(&found.names(), found, again)
        };
        let wished = |words: &String| !self.forbidden.contains(words);
        if let Some(found) = found.and_then(again).and_then(|f| f.retain(wished)) {
            self.take(Step::Zeros(found));
        }
    }

    /// Combinations that occur, order, and ranges of sums.
    fn combined(&mut self) {
        let least = self.least;
        for found in pattern::find(&self.part, least) {
            let again = |frame: &Frame| pattern::find(frame, least).into_iter().next();
            if let Some(found) = self.closer(&found.names(), found, again) {
                self.take(Step::Pattern(found));
            }
        }
        // Where cells are missing says nothing of their order.
        let gaps: Vec<String> = (self.steps.iter())
            .filter_map(|step| match step {
                Step::Missing(rule) => Some(rule.column().to_owned()),
                _ => None,
            })
            .collect();
        let sorted = |frame: &Frame| {
            let mut frame = frame.clone();
            frame.settled.retain(|name| !gaps.contains(name));
            order::sorted(&frame)
        };
        if let Some(found) = sorted(&self.part)
            && let Some(mut found) = self.closer(&found.names(), found, sorted)
        {
            let distances = self.steps.iter().filter_map(|step| match step {
                Step::Distance(distance) => Some(distance.name().to_owned()),
                _ => None,
            });
            let distances: Vec<String> = distances.collect();
            // A number and a distance are in order by chance.
            let is_distance = |name: &String| distances.contains(name);
            found.retain(|limit| is_distance(&limit.low) == is_distance(&limit.high));
            found.moments.extend(distances.iter().cloned());
            found.retain(|limit| !self.is_forbidden(limit) && self.is_sorted(limit));
            found.apart.retain(|(low, high)| {
                let strict = |l: &Limit| l.apart && l.low == *low && l.high == *high;
                !self.is_at_zeros(low, high) || self.limits.iter().any(strict)
            });
            if !found.pairs.is_empty() {
                self.take(Step::Sorted(found));
            }
        }
        for found in self.ranges() {
            self.take(Step::Within(found));
        }
    }

    /// True when zeros of one of the two are missing cells.
    fn is_at_zeros(&self, low: &String, high: &String) -> bool {
        let gone = |step: &Step| match step {
            Step::Zeros(zeros) => zeros.columns.contains(low) || zeros.columns.contains(high),
            _ => false,
        };
        self.steps.iter().any(gone)
    }

    /// Whether order in the form is order in the table: of zeros that are missing cells the form knows nothing. Where
    /// cells are free to move, such order is kept when all columns are there.
    fn is_sorted(&self, limit: &Limit) -> bool {
        let Limit { low, high, .. } = limit;
        let holds = |l: &Limit| l.low == *low && l.high == *high;
        !self.is_at_zeros(low, high)
            || self.limits.iter().any(holds) && !self.is_free(low) && !self.is_free(high)
    }

    /// Levels of the table's `own` columns that do not occur beyond a number, unless its cells change places for the sake of
    /// order. They are put right when numbers are in order.
    fn implied(&mut self, own: &[String]) {
        // What is a person's own does not change places with that of others.
        if self.whole.whose.is_some() {
            return;
        }
        let mut frame = self.part.clone();
        let made = frame.specs.iter().map(|s| s.name.clone());
        let made: Vec<String> = made.filter(|name| !own.contains(name)).collect();
        frame.settled.extend(made);
        let moved = self.steps.iter().filter_map(|step| match step {
            Step::Bounds(bounds) => Some(bounds.free.clone()),
            _ => None,
        });
        frame.settled.extend(moved.flatten());
        let settled = frame.settled.clone();
        let again = |frame: &Frame| {
            let settled = settled.clone();
            implied::find(
                &Frame {
                    settled,
                    ..frame.clone()
                },
                self.least,
            )
        };
        let Some(found) = again(&frame) else { return };
        let at = (self.steps.iter()).position(|step| matches!(step, Step::Sorted(_)));
        let wished = |words: &String| !self.forbidden.contains(words);
        let found = self.closer(&found.names(), found, again);
        if let Some(found) = found.and_then(|found| found.retain(wished))
            && self.take(Step::Implied(found))
            && let Some(at) = at
            && let Some(last) = self.steps.pop()
        {
            self.steps.insert(at, last);
        }
    }

    /// Columns that are better learned as something else: codes, parts of the calendar.
    fn recoded(&mut self) {
        let least = self.least;
        let names: Vec<String> = self.part.specs.iter().map(|s| s.name.clone()).collect();
        for name in names {
            if let Some(found) = code::find(&self.part, &self.whole, &name, least) {
                self.take(Step::Code(Box::new(found)));
            }
        }
        for at in (0..self.part.specs.len()).rev() {
            if let Some(found) = calendar::find(&self.whole, at, least) {
                self.take(Step::Calendar(Box::new(found)));
            }
        }
    }
}
