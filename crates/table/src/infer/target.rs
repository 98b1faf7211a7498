//! The target and the task.

use super::{Options, counted};
use crate::names::no_such_column;
use crate::raw::{Cells, Source, Texts};
use crate::text::{Number, number};
use crate::{Error, Kind, Result, Schema, Task, Warning};

/// Most classes that a target of whole numbers may have and still be a class.
const CLASSES: usize = 10;

/// Checks that the named columns are there.
pub(super) fn check_names(source: &Source, options: &Options) -> Result<()> {
    let names = || source.columns.iter().map(|c| c.name.as_str());
    let check = |code, name: &str| match source.position(name) {
        Some(_) => Ok(()),
        None => Err(no_such_column(code, name, names()).in_file(&source.path)),
    };
    if let Some(target) = &options.target {
        check("table/target-missing", target)?;
    }
    if let Some((time, event)) = &options.survival {
        check("table/survival-column-missing", time)?;
        check("table/survival-column-missing", event)?;
        if time == event {
            return Err(unfit(
                source,
                event,
                "table/survival-columns",
                "Time and event are the same column.",
                "Name the column of follow-up times and the one of events.",
            ));
        }
    }
    Ok(())
}

/// Sets target and task, and makes the target a kind that can be predicted.
pub(super) fn set(
    schema: &mut Schema,
    source: &Source,
    options: &Options,
    warnings: &mut Vec<Warning>,
) -> Result<()> {
    if let Some((time, event)) = &options.survival {
        survival(schema, source, options, time, event)?;
        schema.target = Some(options.target.clone().unwrap_or_else(|| event.clone()));
        schema.task = Some(Task::Survival {
            time: time.clone(),
            event: event.clone(),
        });
        return Ok(());
    }
    let Some(target) = &options.target else {
        return Ok(());
    };
    schema.target = Some(target.clone());
    let Some(at) = schema.position(target) else {
        return Ok(());
    };
    let spec = &mut schema.columns[at];
    if !options.kinds.contains_key(target) {
        let before = spec.kind.name();
        let texts = texts_of(source, at);
        spec.kind = match &spec.kind {
            _ if texts.distinct() < 2 => {
                return Err(unfit(
                    source,
                    target,
                    "table/target-constant",
                    "The target has the same value in all rows.",
                    "Choose another target, or none.",
                ));
            }
            Kind::Integer if texts.distinct() == 2 => Kind::Boolean,
            Kind::Integer if texts.distinct() <= CLASSES => Kind::Categorical,
            Kind::Id { .. } | Kind::Personal { .. } | Kind::Text { .. } => {
                learnable(&texts, source.rows()).ok_or_else(|| {
                    unfit(
                        source,
                        target,
                        "table/target-not-learnable",
                        "The target is a key, personal data or free text: nearly every row has a \
                         value of its own.",
                        "Choose another target, or set this column's kind.",
                    )
                })?
            }
            kind => kind.clone(),
        };
        if matches!(before, "id" | "personal" | "text") {
            warnings.push(Warning::new(
                "table/target-kind",
                format!(
                    "Column {target}: it looks like {before}, but as the target it is read as {}, \
                     so its real values are learned.",
                    spec.kind.name()
                ),
            ));
        }
    }
    schema.task = Some(if spec.kind.is_numeric() {
        Task::Regression
    } else {
        Task::Classification
    });
    Ok(())
}

fn texts_of(source: &Source, at: usize) -> Texts {
    match source.columns[at].cells.as_ref() {
        Cells::Text(texts) => texts.clone(),
        typed => typed.clone().into_texts(),
    }
}

/// The kind that a column which looks like a key can be predicted as.
fn learnable(texts: &Texts, rows: usize) -> Option<Kind> {
    if texts
        .iter()
        .all(|t| matches!(number(t), Number::Integer(_)))
    {
        return Some(Kind::Integer);
    }
    (texts.distinct() * 2 <= rows).then_some(Kind::Categorical)
}

fn survival(
    schema: &mut Schema,
    source: &Source,
    options: &Options,
    time: &str,
    event: &str,
) -> Result<()> {
    let (Some(t), Some(e)) = (schema.position(time), schema.position(event)) else {
        return Ok(());
    };
    let texts = texts_of(source, t);
    let kind = &mut schema.columns[t].kind;
    if !kind.is_numeric() && !options.kinds.contains_key(time) {
        let whole = counted(&texts)
            .iter()
            .all(|(t, _)| matches!(number(t), Number::Integer(_)));
        if !whole || matches!(kind, Kind::Constant { .. } | Kind::Missing) {
            return Err(unfit(
                source,
                time,
                "table/survival-time",
                "The time column does not hold varying numbers.",
                "Name the column of follow-up times.",
            ));
        }
        *kind = Kind::Integer;
    }
    let events = texts_of(source, e).distinct();
    if events != 2 {
        return Err(unfit(
            source,
            event,
            "table/survival-event",
            &format!("The event column has {events} different values; it needs two."),
            "Name a column that tells events from censored rows.",
        ));
    }
    schema.columns[e].kind = Kind::Boolean;
    Ok(())
}

fn unfit(source: &Source, column: &str, code: &'static str, message: &str, remedy: &str) -> Error {
    Error::input(code, message, remedy)
        .in_file(&source.path)
        .in_column(column)
}
