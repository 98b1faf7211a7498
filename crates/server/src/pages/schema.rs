//! A form over `schema.toml`: the kind of each column, and what the table is used to predict.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// Kinds to choose from, as in `schema.toml`, and in words.
pub(super) const KINDS: [(&str, &str); 17] = [
    ("numerical", "number"),
    ("integer", "whole number"),
    ("categorical", "category"),
    ("boolean", "yes or no"),
    ("datetime", "date or time"),
    ("id", "ID (replaced with new ones)"),
    ("text", "free text (replaced)"),
    ("personal name", "name (replaced with invented ones)"),
    ("personal email", "e-mail (replaced)"),
    ("personal phone", "phone (replaced)"),
    ("personal address", "address (replaced)"),
    ("personal username", "user name (replaced)"),
    ("personal mac", "MAC address (replaced)"),
    ("personal vin", "vehicle number (replaced)"),
    ("personal plate", "number plate (replaced)"),
    ("personal imei", "device number (replaced)"),
    (
        "personal national_id",
        "national identity number (replaced)",
    ),
];

/// A kind as people call it.
pub(super) fn word(kind: &str) -> &str {
    let known = KINDS.iter().find(|(name, _)| *name == kind);
    known.map_or(kind, |(_, word)| *word)
}

/// What a kind needs beside its name, and what therefore goes with it.
const DETAILS: [&str; 7] = [
    "decimals", "format", "pattern", "unique", "what", "words", "value",
];

/// The kind of a column as the form has it.
fn chosen(column: &Table) -> String {
    let text = |name: &str| column.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("kind") {
        "personal" => format!("personal {}", text("what")),
        kind => kind.to_owned(),
    }
}

/// The kinds of all columns as the form has them, in order.
pub(super) fn kinds(schema: &str) -> Vec<String> {
    let table: Table = schema.parse().unwrap_or_default();
    let columns = table.get("column").and_then(Value::as_array);
    (columns.into_iter().flatten())
        .map(|c| c.as_table().map(chosen).unwrap_or_default())
        .collect()
}

/// The column to be predicted, if one is named; likewise the columns of times and events.
pub(super) fn aim(schema: &str) -> [String; 3] {
    let table: Table = schema.parse().unwrap_or_default();
    let task = table.get("task").and_then(Value::as_table);
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    [
        text(table.get("target")),
        text(task.and_then(|t| t.get("time"))),
        text(task.and_then(|t| t.get("event"))),
    ]
}

/// The column that says whose row a row is; `none` when each row is a person, empty when nothing is
/// said.
pub(super) fn subject(schema: &str) -> String {
    let table: Table = schema.parse().unwrap_or_default();
    let text = table.get("subject").and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// `schema` with the kinds and aims of `fields`: `kind.0` and so on by position, `target`, `time`,
/// `event`, `subject`.
pub(super) fn changed(schema: &str, fields: &BTreeMap<String, String>) -> Option<String> {
    let mut table: Table = schema.parse().ok()?;
    for (i, column) in table
        .get_mut("column")?
        .as_array_mut()?
        .iter_mut()
        .enumerate()
    {
        let column = column.as_table_mut()?;
        let Some(wanted) = fields.get(&format!("kind.{i}")) else {
            continue;
        };
        if *wanted == chosen(column) {
            continue;
        }
        for detail in DETAILS {
            column.remove(detail);
        }
        let (kind, what) = wanted.split_once(' ').unwrap_or((wanted, ""));
        column.insert("kind".to_owned(), kind.into());
        if !what.is_empty() {
            column.insert("what".to_owned(), what.into());
        }
    }
    let field = |name: &str| {
        fields
            .get(name)
            .map(String::as_str)
            .filter(|v| !v.is_empty())
    };
    if fields.contains_key("target") {
        let before = aim(schema);
        let now = ["target", "time", "event"].map(|n| field(n).unwrap_or_default().to_owned());
        if before != now {
            table.remove("target");
            table.remove("task");
            if let Some(target) = field("target") {
                table.insert("target".to_owned(), target.into());
            }
            if let (Some(time), Some(event)) = (field("time"), field("event")) {
                let mut task = Table::new();
                task.insert("type".to_owned(), "survival".into());
                task.insert("time".to_owned(), time.into());
                task.insert("event".to_owned(), event.into());
                table.insert("task".to_owned(), task.into());
            }
        }
    }
    if let Some(wanted) = fields.get("subject").filter(|s| **s != subject(schema)) {
        table.remove("subject");
        if !wanted.is_empty() {
            table.insert("subject".to_owned(), wanted.as_str().into());
        }
    }
    toml::to_string(&table).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SCHEMA: &str = r#"
        target = "a"
        [[column]]
        name = "a"
        kind = "numerical"
        decimals = 2
        nullable = true
        [[column]]
        name = "<b>"
        kind = "personal"
        what = "email"
    "#;

    fn after(all: &[(&str, &str)]) -> verdancy_table::Schema {
        let fields = (all.iter())
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        toml::from_str(&changed(SCHEMA, &fields).unwrap()).unwrap()
    }

    #[test]
    fn what_was_not_changed_stays_whole() {
        let before: verdancy_table::Schema = toml::from_str(SCHEMA).unwrap();
        assert_eq!(after(&[]), before);
        let same = [
            ("kind.0", "numerical"),
            ("kind.1", "personal email"),
            ("target", "a"),
        ];
        assert_eq!(after(&same), before);
        assert_eq!(kinds(SCHEMA), ["numerical", "personal email"]);
    }

    #[test]
    fn another_kind_leaves_the_details_of_the_old_one_behind() {
        let now = after(&[
            ("kind.0", "categorical"),
            ("kind.1", "personal phone"),
            ("target", ""),
        ]);
        assert_eq!(now.columns[0].kind, verdancy_table::Kind::Categorical);
        assert!(now.columns[0].nullable);
        assert_eq!(kinds(&toml::to_string(&now).unwrap())[1], "personal phone");
        assert_eq!(now.target, None);
    }

    #[test]
    fn kinds_have_words() {
        assert_eq!(word("personal email"), "e-mail (replaced)");
        assert_eq!(word("integer"), "whole number");
        assert_eq!(word("constant"), "constant");
    }

    #[test]
    fn the_subject_is_set_kept_and_taken_away() {
        let set = after(&[("subject", "<b>")]);
        assert_eq!(set.subject.as_deref(), Some("<b>"));
        let text = toml::to_string(&set).unwrap();
        assert_eq!(subject(&text), "<b>");
        let with = |fields: &[(&str, &str)]| {
            let fields = (fields.iter())
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect();
            subject(&changed(&text, &fields).unwrap())
        };
        assert_eq!(with(&[("kind.0", "integer")]), "<b>");
        assert_eq!(with(&[("subject", "none")]), "none");
        assert_eq!(with(&[("subject", "")]), "");
    }

    #[test]
    fn a_survival_table_has_times_and_events() {
        let now = after(&[("target", ""), ("time", "a"), ("event", "<b>")]);
        assert_eq!(aim(&toml::to_string(&now).unwrap()), ["", "a", "<b>"]);
    }
}
