//! What is understood of a table, and what would be done with it, without doing it.

use std::collections::HashSet;

use verdancy_synth::{Config, Method, TableSize};
use verdancy_table::{Column, ColumnSpec, Format, Kind, Schema, Table};

use crate::attempt::configure;
use crate::journal::Journal;
use crate::load::load;
use crate::run::on_threads;
use crate::{
    Division, Estimate, People, Plan, Result, RowCounts, RunContext, Source, Stage, divide,
    estimate,
};

/// Levels in fewer rows than this are not shown: they may point at persons.
const SHOWN_FROM: u64 = 5;
/// Levels shown of a column.
const SHOWN: usize = 8;

/// What [`inspect`] found.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Inspection {
    /// File name.
    pub data: String,
    /// File format.
    pub format: Format,
    /// Rows.
    pub rows: usize,
    /// What the columns mean.
    pub schema: Schema,
    /// The columns in order.
    pub columns: Vec<ColumnSummary>,
    /// How the rows would be divided; `None` when they are too few.
    pub division: Option<RowCounts>,
    /// How many people the divided rows are of, where the table names whose row a row is.
    pub people: Option<People>,
    /// Method and effective parameters.
    pub config: Option<Config>,
    /// What training would take.
    pub estimate: Option<Estimate>,
    /// Warnings, code and sentence.
    pub warnings: Vec<(String, String)>,
}

/// One column in aggregate.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// Its kind, as in `schema.toml`.
    pub kind: &'static str,
    /// Missing cells.
    pub missing: usize,
    /// Distinct values.
    pub distinct: usize,
    /// Least and greatest value of ordered columns.
    pub range: Option<(String, String)>,
    /// The most frequent levels with their rows, those of at least five rows.
    pub levels: Vec<(String, u64)>,
    /// What would be done with it.
    pub treatment: String,
}

/// Reads a table and says what would be done with it.
///
/// # Errors
/// Those of reading and of the configuration.
pub fn inspect(
    source: &Source,
    plan: &Plan,
    division: &Division,
    context: RunContext<'_>,
) -> Result<Inspection> {
    on_threads(plan.threads, move || {
        let mut journal = Journal::open(context);
        let loaded = load(source, &mut journal)?;
        let table = &loaded.table;
        let mut inspection = Inspection {
            data: source
                .data
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default(),
            format: loaded.format,
            rows: table.rows(),
            schema: table.schema().as_ref().clone(),
            columns: summaries(table),
            division: None,
            people: None,
            config: None,
            estimate: None,
            warnings: Vec::new(),
        };
        match divide(table, None, division, plan.seed) {
            Err(error) => journal.warn(error.code, error.message),
            Ok(parts) => {
                inspection.division = Some(RowCounts {
                    train: parts.train.rows(),
                    validation: parts.validation.rows(),
                    test: parts.test.rows(),
                    synthetic: parts.train.rows() as u64,
                    judged: parts.train.rows(),
                });
                inspection.people = People::of(&parts);
                let config = configure(
                    plan,
                    plan.method.unwrap_or(Method::Tabddpm),
                    TableSize::of(&parts.train),
                )?;
                let checked = config.check(table.schema())?;
                inspection.config = Some(checked.config().clone());
                inspection.estimate = Some(journal.stage(Stage::Fit, |journal| {
                    estimate::training(&checked, &parts.train, &parts.validation, plan, journal)
                })?);
            }
        }
        inspection.warnings = journal.warnings;
        Ok(inspection)
    })
}

fn summaries(table: &Table) -> Vec<ColumnSummary> {
    table
        .schema()
        .columns
        .iter()
        .zip(table.columns())
        .map(|(spec, column)| ColumnSummary {
            name: spec.name.clone(),
            kind: spec.kind.name(),
            missing: column.missing(),
            distinct: distinct(column),
            range: range(spec, column),
            levels: levels(column),
            treatment: treatment(spec, table.schema().subject.as_ref() == Some(&spec.name)),
        })
        .collect()
}

fn distinct(column: &Column) -> usize {
    match column {
        Column::Numbers(v) => v
            .iter()
            .filter(|x| !x.is_nan())
            .map(|x| (x + 0.0).to_bits())
            .collect::<HashSet<_>>()
            .len(),
        Column::Integers(v) | Column::Instants(v) => {
            v.iter().flatten().collect::<HashSet<_>>().len()
        }
        Column::Levels(v) => {
            let mut seen = vec![false; v.levels.len()];
            for &code in &v.codes {
                if let Some(slot) = seen.get_mut(code as usize) {
                    *slot = true;
                }
            }
            seen.into_iter().filter(|s| *s).count()
        }
        Column::Strings(v) => v.iter().flatten().collect::<HashSet<_>>().len(),
    }
}

fn range(spec: &ColumnSpec, column: &Column) -> Option<(String, String)> {
    match column {
        Column::Numbers(v) => {
            let present = || v.iter().copied().filter(|x| !x.is_nan());
            let low = present().min_by(f64::total_cmp)?;
            let high = present().max_by(f64::total_cmp)?;
            let show = |x: f64| match spec.kind {
                Kind::Numerical { decimals: Some(d) } if x.abs() < 1e15 => {
                    format!("{x:.*}", usize::from(d))
                }
                _ => format!("{x}"),
            };
            Some((show(low), show(high)))
        }
        Column::Integers(v) => {
            let low = v.iter().flatten().min()?;
            let high = v.iter().flatten().max()?;
            Some((low.to_string(), high.to_string()))
        }
        Column::Instants(v) => {
            let show = |x: i64| {
                jiff::Timestamp::from_microsecond(x)
                    .map(|t| t.strftime("%Y-%m-%d").to_string())
                    .ok()
            };
            let low = v.iter().flatten().min()?;
            let high = v.iter().flatten().max()?;
            Some((show(*low)?, show(*high)?))
        }
        Column::Levels(_) | Column::Strings(_) => None,
    }
}

fn levels(column: &Column) -> Vec<(String, u64)> {
    let Some(levels) = column.levels() else {
        return Vec::new();
    };
    let mut counts = vec![0u64; levels.levels.len()];
    for &code in &levels.codes {
        if let Some(slot) = counts.get_mut(code as usize) {
            *slot += 1;
        }
    }
    let mut shown: Vec<(String, u64)> = levels
        .levels
        .iter()
        .cloned()
        .zip(counts)
        .filter(|(_, n)| *n >= SHOWN_FROM)
        .collect();
    shown.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    shown.truncate(SHOWN);
    shown
}

fn treatment(spec: &ColumnSpec, subject: bool) -> String {
    let text = match &spec.kind {
        _ if subject => "tells whose row a row is; each synthetic person gets a new one",
        Kind::Numerical { .. } | Kind::Integer | Kind::Categorical | Kind::Boolean => "learned",
        Kind::Datetime { .. } => "learned as a time",
        Kind::Id { unique: true, .. } => "new keys of the same pattern",
        Kind::Id { unique: false, .. } => "new keys of the same pattern, repeating",
        Kind::Personal { .. } => "replaced by fakes",
        Kind::Text { .. } => "replaced by text of the same shape",
        Kind::Constant { .. } => "kept as it is",
        Kind::Missing => "left empty",
    };
    if spec.nullable && spec.kind.is_modelled() {
        format!("{text}, with its missing cells")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use verdancy_table::Levels;

    use super::*;

    #[test]
    fn rare_levels_are_not_shown() {
        let values = ["a", "a", "a", "a", "a", "b", "b", "b", "b"].map(Some);
        let column = Column::Levels(Levels::from_values(values));
        assert_eq!(levels(&column), vec![("a".to_owned(), 5)]);
        assert_eq!(distinct(&column), 2);
    }
}
