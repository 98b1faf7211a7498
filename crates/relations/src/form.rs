//! The normal form of a table: its rules, found in turn, and how they are undone.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, Protection, Result, Schema, Shape, Table};

use crate::calendar::{self, Calendar};
use crate::code::{self, Code};
use crate::derived::{Derived, Rule};
use crate::frame::{Frame, numbers, strange};
use crate::function::Function;
use crate::marks::{self, Marks};
use crate::missing::{self, Missing};
use crate::order::{self, Distance, Sorted};
use crate::pattern::{self, Pattern};
use crate::ranks::{self, Ranks};
use crate::shares::Shares;
use crate::sibling::{self, Siblings};
use crate::within::Within;
use crate::{compose, elapsed, lookup, moments, product, sum, threshold};

/// Most rows that rules are sought in. What is found there is sought again, among its columns, in all rows.
const SOUGHT: usize = 6_000;
/// Most columns of a table that rules are sought in.
const COLUMNS: usize = 400;
/// Most rules of one kind.
const RULES: usize = 200;

/// One rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
enum Step {
    Derived(Box<Derived<Function>>),
    Shares(Shares),
    Distance(Box<Distance>),
    Ranks(Ranks),
    Missing(Missing),
    Pattern(Pattern),
    Sorted(Sorted),
    Siblings(Siblings),
    Within(Within),
    Calendar(Box<Calendar>),
    Marks(Marks),
    Code(Box<Code>),
}

/// A rule in words, and the rows that break it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// The rule.
    pub rule: String,
    /// Rows that break it.
    pub rows: usize,
}

/// The rules of a table, and the columns that are learned in its place.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// The columns of the form.
    schema: Schema,
    steps: Vec<Step>,
    /// True when rows that break a rule all the same are drawn again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    redraws: bool,
}

impl Step {
    fn sentences(&self, frame: &Frame) -> Vec<String> {
        match self {
            Step::Derived(s) => vec![s.sentence()],
            Step::Shares(s) => vec![s.sentence()],
            Step::Distance(s) => vec![s.sentence()],
            Step::Ranks(s) => vec![s.sentence()],
            Step::Missing(s) => vec![s.sentence()],
            Step::Pattern(s) => vec![s.sentence()],
            Step::Sorted(s) => s.sentences(frame),
            Step::Code(s) => vec![s.sentence()],
            Step::Calendar(_) | Step::Siblings(_) | Step::Within(_) | Step::Marks(_) => Vec::new(),
        }
    }

    /// The rows that break each of its sentences.
    fn broken(&self, frame: &Frame) -> Result<Vec<Vec<usize>>> {
        Ok(match self {
            Step::Derived(s) => vec![s.broken(frame)?],
            Step::Shares(s) => vec![s.broken(frame)?],
            Step::Distance(s) => vec![s.broken(frame)?],
            Step::Ranks(s) => vec![s.broken(frame)?],
            Step::Missing(s) => vec![s.broken(frame)?],
            Step::Pattern(s) => vec![s.broken(frame)?],
            Step::Sorted(s) => s.broken(frame)?,
            // Real rows may have codes that too few people have.
            Step::Code(_) => vec![Vec::new()],
            Step::Calendar(_) | Step::Siblings(_) | Step::Within(_) | Step::Marks(_) => Vec::new(),
        })
    }

    fn encode(&self, frame: &mut Frame) -> Result<()> {
        match self {
            Step::Derived(s) => s.encode(frame),
            Step::Distance(s) => s.encode(frame),
            Step::Pattern(s) => s.encode(frame),
            Step::Calendar(s) => s.encode(frame),
            Step::Siblings(s) => s.encode(frame),
            Step::Marks(s) => s.encode(frame),
            Step::Code(s) => s.encode(frame),
            Step::Within(_)
            | Step::Shares(_)
            | Step::Ranks(_)
            | Step::Missing(_)
            | Step::Sorted(_) => Ok(()),
        }
    }

    fn decode(&self, frame: &mut Frame) -> Result<()> {
        match self {
            Step::Derived(s) => s.decode(frame),
            Step::Shares(s) => s.decode(frame),
            Step::Distance(s) => s.decode(frame),
            Step::Ranks(s) => s.decode(frame),
            Step::Missing(s) => s.decode(frame),
            Step::Pattern(s) => s.decode(frame),
            Step::Sorted(s) => s.decode(frame),
            Step::Calendar(s) => s.decode(frame),
            Step::Within(s) => s.decode(frame),
            Step::Marks(s) => s.decode(frame),
            Step::Code(s) => s.decode(frame),
            Step::Siblings(_) => Ok(()),
        }
    }
}

/// Rules being collected: the table as far as it is in its form.
struct Search {
    /// Some of the rows, and all of them.
    part: Frame,
    whole: Frame,
    least: usize,
    outermost: usize,
    /// Rules that the user does not want, in words.
    forbidden: Vec<String>,
    steps: Vec<Step>,
}

impl Search {
    /// The table before any rule; `None` when it has no rows or too many columns.
    fn begin(train: &Table, protection: Protection, kept: &[String]) -> Option<Search> {
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
            steps: Vec::new(),
        })
    }

    /// What was found; `None` when that is nothing.
    fn form(self, outer: &Schema) -> Option<Form> {
        (!self.steps.is_empty()).then(|| Form {
            schema: schema_of(outer, &self.whole),
            steps: self.steps,
            redraws: false,
        })
    }

    /// Takes a rule over when it holds in all rows.
    fn take(&mut self, step: Step) -> bool {
        let holds = (step.broken(&self.whole)).is_ok_and(|rows| rows.iter().all(Vec::is_empty));
        let tolerant = matches!(step, Step::Pattern(_));
        let said = step.sentences(&self.whole);
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

    fn derived<F>(&mut self, found: Derived<F>) -> bool
    where
        Function: From<F>,
    {
        let (name, stays) = (found.spec.name.clone(), !found.left_out);
        let taken = self.take(Step::Derived(Box::new(found.into())));
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
    fn each<F: Rule>(&mut self, find: impl Fn(&Frame, usize) -> Option<Derived<F>>)
    where
        Function: From<F>,
    {
        let names: Vec<String> = self.part.specs.iter().map(|s| s.name.clone()).collect();
        for name in names {
            let of = |frame: &Frame| {
                let at = frame.position(&name)?;
                frame.modelled().contains(&at).then(|| find(frame, at))?
            };
            if let Some(found) = of(&self.part)
                && let Some(found) = self.closer(&found.columns(), found, of)
            {
                self.derived(found);
            }
        }
    }

    /// Asks for rule after rule, as long as there is a new one.
    fn repeated<F: Rule + Clone>(&mut self, find: impl Fn(&Frame) -> Option<Derived<F>>)
    where
        Function: From<F>,
    {
        for _ in 0..RULES {
            let Some(found) = find(&self.part) else {
                break;
            };
            match self.closer(&found.columns(), found, &find) {
                Some(found) if self.derived(found.clone()) => {}
                _ => break,
            }
        }
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
                let known: Vec<f64> = values.into_iter().filter(|x| !x.is_nan()).collect();
                let mean = known.iter().sum::<f64>() / known.len() as f64;
                Some(known.iter().map(|x| (x - mean).powi(2)).sum::<f64>())
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
            let said = sum.of(&self.whole, &derived.spec).ok()?;
            let mut values = numbers(&said.column);
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
    fn mark(&mut self) {
        for found in marks::find(&self.whole) {
            let reason = found.reason.clone();
            if self.take(Step::Marks(found)) {
                reason.iter().for_each(|name| self.settle(name));
            }
        }
    }

    /// Takes over the groups of columns of which the user wants only combinations that occur.
    fn pin(&mut self, groups: &[Vec<String>]) {
        for names in groups {
            if let Some((found, _)) = pattern::pinned(&self.whole, names, self.least) {
                self.take(Step::Pattern(found));
            }
        }
    }

    fn run(&mut self) {
        self.computed();
        self.looked_up();
        self.combined();
        self.recoded();
    }

    /// Moments, ranks, sums, products, distances, composed texts.
    fn computed(&mut self) {
        let least = self.least;
        self.each(|frame, at| moments::find(frame, at, least));
        self.each(elapsed::find);
        for found in ranks::find(&self.part) {
            let names = found.names().to_vec();
            if self.take(Step::Ranks(found)) {
                names.iter().for_each(|n| self.settle(n));
            }
        }
        for _ in 0..RULES {
            let Some(found) = sum::find_shares(&self.part) else {
                break;
            };
            let names = found.columns.clone();
            if !self.take(Step::Shares(found)) {
                break;
            }
            names.iter().for_each(|n| self.settle(n));
        }
        self.repeated(sum::find);
        self.repeated(|frame| product::find(frame, least));
        self.each(|frame, at| threshold::find(frame, at, least));
        for _ in 0..RULES {
            match order::distance(&self.part) {
                Some(found) if self.take(Step::Distance(Box::new(found.clone()))) => {}
                _ => break,
            }
        }
        self.each(compose::find);
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
                self.derived(found);
            }
        }
        let mut known = Vec::new();
        for found in missing::find(&self.part, least) {
            let name = found.column().to_owned();
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

    /// Combinations that occur, order, and ranges of sums.
    fn combined(&mut self) {
        let least = self.least;
        for found in pattern::find(&self.part, least) {
            let again = |frame: &Frame| pattern::find(frame, least).into_iter().next();
            if let Some(found) = self.closer(&found.names(), found, again) {
                self.take(Step::Pattern(found));
            }
        }
        if let Some(found) = order::sorted(&self.part)
            && let Some(found) = self.closer(&found.names(), found, order::sorted)
        {
            self.take(Step::Sorted(found));
        }
        for found in self.ranges() {
            self.take(Step::Within(found));
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

impl Form {
    /// Finds the rules of `train`; `None` when there are none. Entries of look-ups and combinations are shared
    /// by as many people as `protection` asks for of levels.
    #[must_use]
    pub fn learn(train: &Table, protection: Protection) -> Option<Form> {
        Form::learn_around(train, protection, &[])
    }

    /// [`Form::learn`] with rules around `kept`: these columns stay columns of the form, so that they can be given
    /// and the others drawn.
    #[must_use]
    pub fn learn_around(train: &Table, protection: Protection, kept: &[String]) -> Option<Form> {
        let mut search = Search::begin(train, protection, kept)?;
        search.mark();
        search.pin(&groups(train.schema()));
        search.run();
        search.form(train.schema())
    }

    /// The form that keeps nothing but what the user adds as `one_of(...)`, and the texts in the place of numbers;
    /// `None` when there is nothing of the kind.
    #[must_use]
    pub fn pinned(train: &Table, protection: Protection) -> Option<Form> {
        let mut search = Search::begin(train, protection, &[])?;
        search.mark();
        search.pin(&groups(train.schema()));
        search.form(train.schema())
    }

    /// The columns whose missing numbers are marked by [`Form::decode`] with what stands in their place.
    #[must_use]
    pub fn marked(&self) -> Vec<&str> {
        (self.steps.iter())
            .filter_map(|step| match step {
                Step::Marks(marks) => Some(marks.of.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The combinations of the columns called `names` that as many people share as `protection` asks for, and the
    /// rows of `table` with others; `None` when there are more than 500, or fewer than two.
    #[must_use]
    pub fn one_of(
        table: &Table,
        names: &[String],
        protection: Protection,
    ) -> Option<(usize, usize)> {
        let search = Search::begin(table, protection, &[])?;
        let (found, rare) = pattern::pinned(&search.whole, names, search.least)?;
        Some((found.count(), rare))
    }

    /// The columns of the form.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The same, for rows of which those that break a rule are drawn again: two rules may define the same cell,
    /// and then a row that is put back keeps only one of them.
    #[must_use]
    pub fn redrawing(&self) -> Form {
        Form {
            redraws: true,
            ..self.clone()
        }
    }

    /// True when rows that break a rule are to be drawn again.
    #[must_use]
    pub fn redraws(&self) -> bool {
        self.redraws
    }

    /// The rules, in words.
    ///
    /// # Errors
    /// An internal error when `table` is of another schema than the form was learned from.
    pub fn broken(&self, table: &Table) -> Result<Vec<Broken>> {
        let mut out = Vec::new();
        self.each(table, |sentences, rows| {
            out.extend(
                (sentences.into_iter().zip(rows)).map(|(rule, rows)| Broken {
                    rule,
                    rows: rows.len(),
                }),
            );
        })?;
        Ok(out)
    }

    /// For each row whether it breaks a rule.
    ///
    /// # Errors
    /// As [`Form::broken`].
    pub fn broken_rows(&self, table: &Table) -> Result<Vec<bool>> {
        let mut wrong = vec![false; table.rows()];
        self.each(table, |_, rows| {
            for row in rows.into_iter().flatten() {
                wrong[row] = true;
            }
        })?;
        Ok(wrong)
    }

    /// Tells `of` each step's rules in words, with the rows that break them.
    fn each(&self, table: &Table, mut of: impl FnMut(Vec<String>, Vec<Vec<usize>>)) -> Result<()> {
        let mut frame = Frame::of(table);
        for step in &self.steps {
            of(step.sentences(&frame), step.broken(&frame)?);
            step.encode(&mut frame)?;
        }
        Ok(())
    }

    /// The table in its form.
    ///
    /// # Errors
    /// An internal error when the table is of another schema.
    pub fn encode(&self, table: &Table) -> Result<Table> {
        let mut frame = Frame::of(table);
        for step in &self.steps {
            step.encode(&mut frame)?;
        }
        let columns = (self.schema.columns.iter())
            .map(|spec| frame.column(&spec.name).cloned())
            .collect::<Result<Vec<Column>>>()?;
        Table::new(Arc::new(self.schema.clone()), columns)
    }

    /// The modelled columns of a table of `schema`, in its order, from those of the form.
    ///
    /// # Errors
    /// An internal error when the columns are not the form's, or the schema is not that of the table that the
    /// form was learned from.
    pub fn decode(&self, schema: &Schema, modelled: Vec<Column>) -> Result<Vec<Column>> {
        let rows = modelled.first().map_or(0, Column::len);
        let specs: Vec<_> = (self.schema.columns.iter())
            .filter(|s| s.kind.is_modelled())
            .cloned()
            .collect();
        if specs.len() != modelled.len() {
            return Err(strange());
        }
        let mut frame = Frame {
            specs,
            columns: modelled,
            rows,
            whose: None,
            subject: None,
            firm: Vec::new(),
            settled: Vec::new(),
        };
        for step in self.steps.iter().rev() {
            step.decode(&mut frame)?;
        }
        (schema.columns.iter().filter(|s| s.kind.is_modelled()))
            .map(|spec| {
                let (_, column) = frame.take(&spec.name)?;
                match crate::frame::storage(&column) == spec.kind.storage() {
                    true => Ok(column),
                    false => Err(strange()),
                }
            })
            .collect()
    }

    /// A table of `schema` from one in the form.
    ///
    /// # Errors
    /// As [`Form::decode`].
    pub fn decode_table(&self, schema: &Arc<Schema>, table: &Table) -> Result<Table> {
        let specs = &table.schema().columns;
        let modelled = (specs.iter().zip(table.columns()))
            .filter(|(spec, _)| spec.kind.is_modelled())
            .map(|(_, column)| column.clone())
            .collect();
        let mut modelled = self.decode(schema, modelled)?.into_iter();
        let columns = (schema.columns.iter())
            .map(|spec| {
                let other = || specs.iter().position(|s| s.name == spec.name);
                match spec.kind.is_modelled() {
                    true => modelled.next(),
                    false => other().map(|at| table.column(at).clone()),
                }
                .ok_or_else(strange)
            })
            .collect::<Result<Vec<Column>>>()?;
        Table::new(schema.clone(), columns)
    }

    /// Checks that the form belongs to tables of `schema`: after reading it from a file.
    ///
    /// # Errors
    /// An internal error when it does not.
    pub fn check(&self, schema: &Schema) -> Result<()> {
        let empty = |kind: &verdancy_table::Kind| {
            let none: Vec<crate::frame::Value> = Vec::new();
            crate::frame::column_of(kind.storage(), none.iter())
        };
        let modelled = (self.schema.columns.iter())
            .filter(|s| s.kind.is_modelled())
            .map(|s| empty(&s.kind))
            .collect();
        self.decode(schema, modelled).map(|_| ())
    }
}

/// The groups of columns that the user wants kept together.
fn groups(schema: &Schema) -> Vec<Vec<String>> {
    let added = schema.rules.as_ref().map_or(&[][..], |rules| &rules.add);
    (added.iter())
        .filter_map(|rule| match rule.shape() {
            Shape::OneOf(columns) => Some(columns),
            Shape::Condition | Shape::Unique(_) => None,
        })
        .collect()
}

/// The columns of the form, with what is said of the table as far as it is there.
fn schema_of(outer: &Schema, frame: &Frame) -> Schema {
    let there = |name: &String| frame.position(name).is_some();
    let task = match &outer.task {
        Some(verdancy_table::Task::Survival { time, event }) if !(there(time) && there(event)) => {
            None
        }
        task => task.clone(),
    };
    Schema {
        target: outer.target.clone().filter(there),
        task,
        subject: outer.subject.clone().filter(there),
        ..Schema::of(frame.specs.clone())
    }
}
