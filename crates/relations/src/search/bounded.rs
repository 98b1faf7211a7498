//! Order that no other rule keeps: between columns of which one is computed, or that are of different kinds.

use crate::bounds::Bounds;
use crate::derived::Rule;
use crate::limits::Limit;
use crate::search::Search;
use crate::step::Step;

impl Search {
    /// Order that no rule keeps yet: between columns of which one was computed since, or that are of different
    /// kinds. It is sought before other rules, so it is undone after them, when all columns are there.
    pub(super) fn bounded(&mut self) {
        let kept: Vec<Limit> = (self.steps.iter())
            .flat_map(|step| match step {
                Step::Sorted(sorted) => sorted.limits().collect(),
                Step::Distance(distance) => distance.limit().into_iter().collect(),
                _ => Vec::new(),
            })
            .collect();
        let is_kept = |l: &Limit| kept.iter().any(|k| k.low == l.low && k.high == l.high);
        // Between a number and what is computed from it, order says nothing new.
        let implied = |l: &Limit| {
            self.origins(&l.low).contains(&l.high) || self.origins(&l.high).contains(&l.low)
        };
        let is_free = |name: &String| self.is_free(name);
        let (limits, tied): (Vec<Limit>, Vec<Limit>) = (self.limits.iter())
            .filter(|l| !is_kept(l) && !implied(l) && !self.is_forbidden(l))
            .cloned()
            .partition(|l| is_free(&l.low) || is_free(&l.high));
        let names = limits.iter().flat_map(|l| [l.high.clone(), l.low.clone()]);
        let mut free: Vec<String> = names.filter(is_free).collect();
        free.sort_unstable();
        free.dedup();
        for (at, bounds) in self.inner(tied, &kept) {
            self.steps.insert(at, Step::Bounds(bounds));
        }
        if limits.is_empty() {
            return;
        }
        let (limits, also) = (limits, kept);
        self.steps
            .insert(self.before, Step::Bounds(Bounds { limits, also, free }));
    }

    /// Order of which one column is computed from yet others, while numbers follow from the other one: a salary within the
    /// band of its level. Cells of that column change places when the first is there and before anything is computed from
    /// them. Gives each place among the steps with what is kept there, the last first.
    fn inner(&self, limits: Vec<Limit>, kept: &[Limit]) -> Vec<(usize, Bounds)> {
        let mut found: Vec<(usize, Bounds)> = Vec::new();
        // What is a person's own does not change places with that of others.
        if self.whole.whose.is_some() {
            return found;
        }
        for limit in limits.into_iter().filter(|l| !l.moments) {
            let sides = [(&limit.high, &limit.low), (&limit.low, &limit.high)];
            let place = |(own, other): (&String, &String)| {
                let at = self.last_use(own)? + 1;
                (self.is_there(other, at)).then(|| (at, own.clone()))
            };
            let Some((at, own)) = sides.into_iter().find_map(place) else {
                continue;
            };
            let free = vec![own];
            match found.iter_mut().find(|(p, b)| *p == at && b.free == free) {
                Some((_, bounds)) => bounds.limits.push(limit),
                None => {
                    let speaks = |l: &&Limit| l.low == free[0] || l.high == free[0];
                    let there =
                        |l: &&Limit| self.is_there(&l.low, at) && self.is_there(&l.high, at);
                    let also = kept.iter().filter(speaks).filter(there).cloned().collect();
                    let limits = vec![limit];
                    found.push((at, Bounds { limits, also, free }));
                }
            }
        }
        found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        found
    }

    /// The last step that computes something from a column whose cells may change places until then; `None` where they may
    /// not, or nothing is computed from it.
    fn last_use(&self, name: &String) -> Option<usize> {
        let uses = |step: &Step| matches!(step, Step::Derived(d) if d.spec.name != *name);
        let tied = (self.steps.iter().enumerate()).filter(|(_, step)| step.ties().contains(name));
        let tied: Vec<usize> = tied
            .map(|(at, step)| uses(step).then_some(at))
            .collect::<Option<_>>()?;
        let last = tied.last().copied();
        last.filter(|_| !self.whole.firm.contains(name))
    }

    /// True for a column that is there, as it will be, when the steps from `at` on are undone.
    fn is_there(&self, name: &String, at: usize) -> bool {
        !(self.steps[..at].iter()).any(|step| match step {
            Step::Derived(derived) => derived.spec.name == *name,
            other => other.ties().contains(name),
        })
    }

    /// True when the user does not want this order, however strictly it holds.
    pub(super) fn is_forbidden(&self, limit: &Limit) -> bool {
        [true, false].into_iter().any(|apart| {
            let said = Limit {
                apart,
                ..limit.clone()
            };
            self.forbidden.contains(&said.sentence())
        })
    }

    /// The columns that one follows from, at any remove.
    fn origins(&self, name: &str) -> Vec<String> {
        let mut all = vec![name.to_owned()];
        let mut at = 0;
        while let Some(name) = all.get(at).cloned() {
            at += 1;
            for step in &self.steps {
                if let Step::Derived(derived) = step
                    && derived.spec.name == name
                {
                    let mut new = derived.function.columns();
                    new.retain(|n| !all.contains(n));
                    all.append(&mut new);
                }
            }
        }
        all
    }

    /// True for a column of which nothing follows, and which follows from nothing: its cells may change places.
    pub(super) fn is_free(&self, name: &String) -> bool {
        let mut tied = self.steps.iter().flat_map(Step::ties);
        !tied.any(|other| other == *name) && !self.whole.firm.contains(name)
    }
}
