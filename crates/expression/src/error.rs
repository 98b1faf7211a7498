//! Errors of expressions.

use verdancy_table::{Error, Schema};

/// How a condition is written, as a remedy.
const EXAMPLE: &str = "Write it as in SQL, for example: age > 60 and sex = 'F'.";

pub fn syntax(why: &str) -> Error {
    Error::input(
        "expression/syntax",
        format!("The condition cannot be read: {why}."),
        EXAMPLE,
    )
}

pub fn unsupported(what: &str) -> Error {
    Error::input(
        "expression/unsupported",
        format!("{what} is not supported in a condition."),
        "Use comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, arithmetic, and the functions abs, round, floor, ceil, \
         least, greatest, coalesce, year, month, day, hour and weekday.",
    )
}

pub fn types(what: impl Into<String>, remedy: impl Into<String>) -> Error {
    Error::input("expression/types", what, remedy)
}

pub fn unknown_column(name: &str, quoted: bool, schema: &Schema) -> Error {
    let wanted = name.to_lowercase();
    let near = (schema.columns.iter())
        .map(|c| {
            (
                strsim::jaro_winkler(&wanted, &c.name.to_lowercase()),
                &c.name,
            )
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(alike, _)| *alike > 0.7);
    let remedy = match (near, quoted) {
        (Some((_, near)), false) if !is_plain(near) => {
            format!("Did you mean `{near}`? Such a name is enclosed in double quotes: \"{near}\".")
        }
        (Some((_, near)), _) => format!("Did you mean `{near}`?"),
        (None, true) => format!(
            "Double quotes enclose names of columns; write a value in single quotes: '{name}'."
        ),
        (None, false) => {
            format!(
                "Write a value in single quotes ('{name}'); `verdancy inspect` lists the columns."
            )
        }
    };
    Error::input(
        "expression/unknown-column",
        format!("There is no column called `{name}`."),
        remedy,
    )
    .in_column(name)
}

/// Whether a name is one in SQL as it stands.
fn is_plain(name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    name.chars().all(word) && !name.starts_with(|c: char| c.is_numeric())
}

pub fn key(name: &str, what: &str) -> Error {
    Error::input(
        "expression/key-column",
        format!(
            "`{name}` is {what}: its values are replaced, so that no condition can be set on it."
        ),
        "Leave it out of the condition.",
    )
    .in_column(name)
}

/// The error with the condition that it is in.
pub fn within(text: &str, mut error: Error) -> Error {
    error.message = format!(
        "In the condition \"{}\": {}",
        text.trim(),
        lower_first(&error.message)
    );
    error
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !text.starts_with('`') => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}
