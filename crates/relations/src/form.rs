//! The normal form of a table: its rules, and how they are undone.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use verdancy_table::{Column, Protection, Result, Schema, Shape, Table};

use crate::frame::{Frame, strange};
use crate::pattern;
use crate::search::Search;
use crate::step::Step;

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

impl Form {
    /// What was found; `None` when that is nothing.
    fn of(search: Search, outer: &Schema) -> Option<Form> {
        (!search.steps.is_empty()).then(|| Form {
            schema: schema_of(outer, &search.whole),
            steps: search.steps,
            redraws: false,
        })
    }

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
        Form::of(search, train.schema())
    }

    /// The form that keeps nothing but what the user adds as `one_of(...)`, and the texts in the place of numbers;
    /// `None` when there is nothing of the kind.
    #[must_use]
    pub fn pinned(train: &Table, protection: Protection) -> Option<Form> {
        let mut search = Search::begin(train, protection, &[])?;
        search.mark();
        search.pin(&groups(train.schema()));
        Form::of(search, train.schema())
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
        let mut last = Vec::new();
        for step in &self.steps {
            let (said, broken) = (step.sentences(), step.broken(&frame)?);
            // Order that is found beside all else is said behind it, though it is undone last.
            match step {
                Step::Bounds(_) => last.push((said, broken)),
                _ => of(said, broken),
            }
            step.encode(&mut frame)?;
        }
        last.into_iter().for_each(|(said, broken)| of(said, broken));
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
        let mut frame = Frame::bare(specs, modelled, rows);
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
