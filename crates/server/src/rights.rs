//! What a key may see and say of real rows, which several doors ask: pages, the API, and the guard before both.

use axum::http::StatusCode;

use crate::actor::Actor;
use crate::order::NewRun;
use crate::problem::Problem;

/// An error unless the key may see rows.
pub(crate) fn sees_rows(actor: &Actor, what: &str) -> Result<(), Problem> {
    if actor.sees_rows {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "server/rows-not-shown",
        what,
        "Use a key that was made with `sees_rows`.",
    ))
}

/// An error unless the key may have this file of a run: a model knows as much of real rows as its training
/// showed it.
pub(crate) fn may_have(actor: &Actor, file: &str) -> Result<(), Problem> {
    if is_model(file) {
        sees_rows(
            actor,
            "The fitted model tells of real rows, which this key may not see.",
        )?;
    }
    Ok(())
}

/// An error when rows are drawn around given cells and the key may not see rows: such a sample shows the cells, and
/// says what the model takes a particular person to be like.
pub(crate) fn may_give(actor: &Actor, given: bool) -> Result<(), Problem> {
    match given {
        true => sees_rows(
            actor,
            "Rows around given cells show these cells, which this key may not see.",
        ),
        false => Ok(()),
    }
}

/// True for a file of the fitted model.
pub(crate) fn is_model(file: &str) -> bool {
    file == "model" || file.starts_with("model/")
}

/// An error when a schema would let a column be learned that was kept out of every model, or make fewer people
/// stand behind a value, and the key may not see rows.
pub(crate) fn may_say(actor: &Actor, before: &str, after: &str) -> Result<(), Problem> {
    if actor.sees_rows {
        return Ok(());
    }
    let read = |text: &str| text.parse::<toml::Table>().unwrap_or_default();
    let (before, after) = (read(before), read(after));
    let kinds = |table: &toml::Table| -> Vec<(String, String)> {
        let columns = table.get("column").and_then(toml::Value::as_array);
        let text =
            |c: &toml::Value, name| c.get(name).and_then(toml::Value::as_str).map(str::to_owned);
        (columns.into_iter().flatten())
            .filter_map(|c| Some((text(c, "name")?, text(c, "kind").unwrap_or_default())))
            .collect()
    };
    let were = kinds(&before);
    let is_kept_out = |kind: &str| matches!(kind, "id" | "text" | "personal");
    let weaker = kinds(&after).into_iter().any(|(name, kind)| {
        let was = were.iter().find(|(known, _)| *known == name);
        !is_kept_out(&kind) && was.is_none_or(|(_, was)| is_kept_out(was))
    });
    if weaker || before.get("subject") != after.get("subject") {
        return sees_rows(
            actor,
            "With this schema a model would learn more of real people than this key may see.",
        );
    }
    Ok(())
}

/// An error when a run would give away more of real rows than the key may see.
pub(crate) fn may_ask(actor: &Actor, run: &NewRun, schema: &str) -> Result<(), Problem> {
    let usual = verdancy_engine::Options::default().plan();
    let usual = usual.map_or(u64::MAX, |plan| plan.protect.k() as u64);
    let fewer = run.protect.is_some_and(|k| u64::from(k) < usual);
    let own = (schema.parse::<toml::Table>().ok())
        .and_then(|table| Some(table.get("subject")?.as_str()?.to_owned()));
    let others = run.subject.is_some() && run.subject != own;
    if fewer || others {
        return sees_rows(
            actor,
            "With fewer people behind a value, or other people, more of real rows would show than this key may see.",
        );
    }
    Ok(())
}
