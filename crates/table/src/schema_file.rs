//! `schema.toml`: a [`Schema`] as a file that people read and edit, and parts of one as
//! [`Overrides`]. Its JSON schema gives editors completion and checks.

use serde::Deserialize;

use crate::{Error, Kind, Overrides, Result, Schema, Task};

impl Schema {
    /// The schema as `schema.toml`.
    ///
    /// # Errors
    /// An internal error when a schema cannot be written.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self)
            .map_err(|e| Error::internal("a schema cannot be written as TOML").caused_by(e))
    }

    /// Reads a whole `schema.toml`.
    ///
    /// # Errors
    /// `schema/bad-toml` and `schema/unknown-key` with the line, `schema/duplicate-column`,
    /// `schema/incomplete` when a column leaves out what inference would have to find.
    pub fn from_toml(text: &str) -> Result<Schema> {
        let schema: Schema = toml::from_str(text).map_err(|e| bad_toml(text, e))?;
        check(text)?;
        for column in &schema.columns {
            let complete = match &column.kind {
                Kind::Datetime { format } => !format.0.is_empty(),
                Kind::Text { words } => *words > 0.0,
                _ => true,
            };
            if !complete {
                return Err(Error::input(
                    "schema/incomplete",
                    "A column of the schema leaves out its format or length.",
                    "Give the format, or pass the file as an override beside the data.",
                )
                .in_column(&column.name));
            }
        }
        Ok(schema)
    }
}

/// What a file of overrides may hold.
#[derive(Deserialize)]
struct File {
    target: Option<String>,
    task: Option<Task>,
    subject: Option<String>,
    #[serde(default)]
    column: Vec<Entry>,
    rules: Option<crate::Rules>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    #[serde(flatten)]
    kind: Kind,
}

impl Overrides {
    /// Reads a `schema.toml`, whole or with only the columns that the user wants to change.
    ///
    /// ```
    /// use verdancy_table::{Kind, Overrides};
    /// let said = Overrides::from_toml(
    ///     "target = 'stage'\n[[column]]\nname = 'zip'\nkind = 'categorical'\n",
    /// )?;
    /// assert_eq!(said.kinds["zip"], Kind::Categorical);
    /// # Ok::<(), verdancy_table::Error>(())
    /// ```
    ///
    /// # Errors
    /// `schema/bad-toml` and `schema/unknown-key` with the line, `schema/duplicate-column`.
    pub fn from_toml(text: &str) -> Result<Overrides> {
        let file: File = toml::from_str(text).map_err(|e| bad_toml(text, e))?;
        check(text)?;
        Ok(Overrides {
            target: file.target,
            task: file.task,
            subject: file.subject,
            kinds: file.column.into_iter().map(|c| (c.name, c.kind)).collect(),
            rules: file.rules,
        })
    }
}

/// The JSON schema of `schema.toml`, as it is committed in `docs/schema.schema.json`.
///
/// # Errors
/// An internal error when it cannot be written.
pub fn schema_json() -> Result<String> {
    serde_json::to_string_pretty(&schemars::schema_for!(Schema))
        .map(|text| text + "\n")
        .map_err(|e| Error::internal("the JSON schema cannot be written").caused_by(e))
}

fn bad_toml(text: &str, error: toml::de::Error) -> Error {
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map(|before| before.matches('\n').count() as u64 + 1);
    let place = error
        .message()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    let found = Error::input(
        "schema/bad-toml",
        format!("The schema file is not valid: {place}."),
        "Compare it with the schema.toml of another run, or use its JSON schema in an editor.",
    );
    match line {
        Some(line) => found.at_line(line),
        None => found,
    }
}

/// Refuses what serde passes over: keys that mean nothing, and columns named twice.
fn check(text: &str) -> Result<()> {
    let table: toml::Table = toml::from_str(text).map_err(|e| bad_toml(text, e))?;
    known(
        table.keys(),
        &["target", "task", "subject", "column", "layout", "rules"],
        None,
    )?;
    let mut seen = std::collections::HashSet::new();
    for column in table
        .get("column")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_table)
    {
        let text = |key: &str| column.get(key).and_then(toml::Value::as_str).unwrap_or("");
        let name = text("name");
        if !seen.insert(name) {
            return Err(Error::input(
                "schema/duplicate-column",
                "The schema names a column twice.",
                "Keep one of the two entries.",
            )
            .in_column(name));
        }
        let mut keys = vec!["name", "kind", "source", "nullable", "notation", "part"];
        match text("kind") {
            "numerical" => keys.push("decimals"),
            "datetime" => keys.push("format"),
            "id" => keys.extend(["pattern", "unique"]),
            "personal" => keys.push("what"),
            "text" => keys.push("words"),
            "constant" => keys.push("value"),
            _ => {}
        }
        known(column.keys(), &keys, Some(name))?;
    }
    Ok(())
}

fn known<'a>(
    keys: impl Iterator<Item = &'a String>,
    allowed: &[&str],
    column: Option<&str>,
) -> Result<()> {
    for key in keys {
        if !allowed.contains(&key.as_str()) {
            let error = Error::input(
                "schema/unknown-key",
                format!("The schema file has a key `{key}` that means nothing here."),
                format!("The keys that may stand here are: {}.", allowed.join(", ")),
            );
            return Err(match column {
                Some(name) => error.in_column(name),
                None => error,
            });
        }
    }
    Ok(())
}
