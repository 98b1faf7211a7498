//! What the user says about a table before it is inferred: the kinds of some columns, the target,
//! the task. Comes from `schema.toml` or SDV metadata and goes into inference.

use std::collections::BTreeMap;

use crate::infer::Options;

use crate::{IdPattern, Kind, Rules, Shape, Task};

/// Facts that win over inference. A kind may leave out details (a date's format, a key's pattern,
/// the decimals of a number, the length of a text): those are still inferred.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// The column to be predicted.
    pub target: Option<String>,
    /// What kind of prediction the table is for.
    pub task: Option<Task>,
    /// The column that says whose row a row is; [`NO_SUBJECT`](crate::NO_SUBJECT) when each row is
    /// a person.
    pub subject: Option<String>,
    /// Kinds by column name.
    pub kinds: BTreeMap<String, Kind>,
    /// Rules between columns.
    pub rules: Option<Rules>,
}

impl Overrides {
    /// Puts these facts into `options`. What is set there already (by an argument of the command,
    /// say) stays.
    pub fn apply(&self, options: &mut Options) {
        if options.target.is_none() && options.survival.is_none() {
            options.target.clone_from(&self.target);
            if let Some(Task::Survival { time, event }) = &self.task {
                options.survival = Some((time.clone(), event.clone()));
            }
        }
        if options.subject.is_none() {
            options.subject.clone_from(&self.subject);
        }
        if options.rules.is_none() {
            options.rules.clone_from(&self.rules);
        }
        for (name, kind) in &self.kinds {
            options
                .kinds
                .entry(name.clone())
                .or_insert_with(|| kind.clone());
        }
        for rule in (self.rules.iter()).flat_map(|rules| &rules.add) {
            if let Shape::Unique(columns) = rule.shape()
                && let [column] = &columns[..]
            {
                // A key: its stand-ins never repeat.
                options.kinds.entry(column.clone()).or_insert(Kind::Id {
                    pattern: IdPattern::default(),
                    unique: true,
                });
            }
        }
        let kind = match &self.task {
            Some(Task::Classification) => Kind::Categorical,
            Some(Task::Regression) => Kind::Numerical { decimals: None },
            _ => return,
        };
        if let Some(target) = &self.target {
            options.kinds.entry(target.clone()).or_insert(kind);
        }
    }
}
