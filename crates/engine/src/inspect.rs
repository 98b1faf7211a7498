//! What is understood of a table, and what would be done with it, without doing it.

use std::collections::HashSet;

use verdancy_synth::encode::{Census, Grid, ends};
use verdancy_synth::{Checked, Method, TableSize, TrainingData};
use verdancy_table::{Column, ColumnSpec, Kind, Protection, Table};

use crate::attempt::configure;
use crate::journal::Journal;
use crate::load::load;
use crate::propose::propose;
use crate::run::on_threads;
use crate::timing::Judging;
use crate::{
    ColumnSummary, Division, Estimate, Inspection, Parts, People, Plan, Result, RowCounts,
    RunContext, Source, Stage, divide, estimate,
};

/// Levels shown of a column.
const SHOWN: usize = 8;

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
        let loaded = load(source, plan.protect, &mut journal)?;
        let table = &loaded.table;
        let mut inspection = Inspection {
            data: source.data.name(),
            format: loaded.format,
            rows: table.rows(),
            schema: table.schema().as_ref().clone(),
            columns: summaries(table, plan.protect),
            division: None,
            people: None,
            relations: relations(table, plan)?,
            config: None,
            estimate: None,
            quick_first: plan.quick_first(),
            proposal: propose(table),
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
                    estimated(&checked, &parts, plan, journal)
                })?);
            }
        }
        inspection.warnings = (journal.warnings.into_iter())
            .map(|warning| (warning.code, warning.message))
            .collect();
        Ok(inspection)
    })
}

/// What training takes, and what judging takes.
fn estimated(
    checked: &Checked,
    parts: &Parts,
    plan: &Plan,
    journal: &Journal<'_>,
) -> Result<Estimate> {
    let Parts {
        train,
        validation,
        test,
    } = parts;
    let rows = (train.rows() + validation.rows()) as u64;
    let judging = Judging::foresee(train, validation.rows(), test.rows(), rows, plan, journal)?;
    let data = TrainingData::new(train, validation, plan.guard());
    let training = estimate::training(checked, &data, plan, journal)?;
    Ok(Estimate {
        judging: judging.choice() + judging.verdict(),
        ..training
    })
}

/// The rules of the table, in words.
fn relations(table: &Table, plan: &Plan) -> Result<Vec<String>> {
    let mut rules = match plan.form(table) {
        Some(form) => form.broken(table)?,
        None => Vec::new(),
    };
    rules.extend(crate::rules::broken(table)?);
    Ok(rules.into_iter().map(|b| b.rule).collect())
}

fn summaries(table: &Table, protect: Protection) -> Vec<ColumnSummary> {
    let subjects = table.subjects();
    let whose: Vec<u32> = subjects.unwrap_or_else(|| (0..table.rows() as u32).collect());
    table
        .schema()
        .columns
        .iter()
        .zip(table.columns())
        .map(|(spec, column)| ColumnSummary {
            name: spec.name.clone(),
            kind: spec.kind.name().to_owned(),
            missing: column.missing(),
            distinct: distinct(column),
            range: range(spec, column, &whose, protect),
            levels: levels(column, &whose, protect),
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

/// Ends of an ordered column, as it is written.
fn range(
    spec: &ColumnSpec,
    column: &Column,
    whose: &[u32],
    protect: Protection,
) -> Option<(String, String)> {
    let numbers = column.numbers()?;
    let cells = (numbers.iter().zip(whose))
        .filter(|(v, _)| v.is_finite())
        .map(|(v, person)| (*v, *person))
        .collect();
    shown(spec, column, ends(cells, protect.numbers())?)
}

/// Two values of an ordered column, as it is written.
pub(crate) fn shown(
    spec: &ColumnSpec,
    column: &Column,
    (low, high): (f64, f64),
) -> Option<(String, String)> {
    let grid = Grid::of(&spec.kind, column);
    let on_grid = |x: f64| grid.column(1, |_| Some(x));
    if let Some(duration) = spec.notation.as_ref().filter(|n| n.is_duration()) {
        let show = |x: f64| duration.written(x, Some(0));
        return Some((show(low), show(high)));
    }
    let show = |x: f64| match (on_grid(x), &spec.kind) {
        (Column::Numbers(v), Kind::Numerical { decimals: Some(d) }) if x.abs() < 1e15 => {
            Some(format!("{:.*}", usize::from(*d), v.first()?))
        }
        (Column::Numbers(v), _) => Some(format!("{}", v.first()?)),
        (Column::Integers(v), _) => (*v.first()?).map(|x| x.to_string()),
        (Column::Instants(v), kind) => {
            let time = jiff::Timestamp::from_microsecond((*v.first()?)?).ok()?;
            let clock = matches!(kind, Kind::Datetime { format } if format.is_time_of_day());
            let form = if clock { "%H:%M" } else { "%Y-%m-%d" };
            Some(time.strftime(form).to_string())
        }
        _ => None,
    };
    Some((show(low)?, show(high)?))
}

fn levels(column: &Column, whose: &[u32], protect: Protection) -> Vec<(String, u64)> {
    let Some(levels) = column.levels() else {
        return Vec::new();
    };
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); levels.levels.len()];
    for (&code, &person) in levels.codes.iter().zip(whose) {
        if let Some(slot) = rows.get_mut(code as usize) {
            slot.push(person);
        }
    }
    let mut census = Census::new(whose.len());
    let mut shown: Vec<(String, u64)> = (levels.levels.iter().cloned().zip(rows))
        .filter(|(_, of)| census.count(of.iter().copied()) >= protect.levels() && !of.is_empty())
        .map(|(level, of)| (level, of.len() as u64))
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
    fn levels_and_ends_of_few_people_are_not_shown() {
        let values = ["a", "a", "a", "a", "a", "b", "b", "b", "b"].map(Some);
        let column = Column::Levels(Levels::from_values(values));
        let rows: Vec<u32> = (0..9).collect();
        let usual = Protection::default();
        assert_eq!(levels(&column, &rows, usual), [("a".to_owned(), 5)]);
        let two = [0, 1, 0, 1, 0, 1, 0, 1, 0];
        assert!(
            levels(&column, &two, usual).is_empty(),
            "two people have them all"
        );
        assert_eq!(levels(&column, &rows, Protection::OFF).len(), 2);
        assert_eq!(distinct(&column), 2);

        let spec = ColumnSpec {
            name: "pay".into(),
            kind: Kind::Integer,
            source: "text".into(),
            nullable: false,
            notation: None,
            part: None,
        };
        let pay = Column::Integers(
            (0..200)
                .map(|i| Some(if i == 7 { 98_765 } else { i }))
                .collect(),
        );
        let rows: Vec<u32> = (0..200).collect();
        let shown = range(&spec, &pay, &rows, usual);
        assert_eq!(shown, Some(("5".to_owned(), "198".to_owned())));
        let exact = range(&spec, &pay, &rows, Protection::OFF);
        assert_eq!(exact, Some(("0".to_owned(), "98765".to_owned())));
        assert_eq!(
            range(&spec, &pay, &[0; 200], usual),
            None,
            "one person's rows"
        );
    }
}
