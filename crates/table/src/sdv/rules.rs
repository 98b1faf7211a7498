//! SDV's constraints as rules: the list of `constraint_class` and `constraint_parameters` that SDV's synthesizers take.

use serde_json::{Map, Value};

use crate::{Error, Result, Rule, Rules};

/// The rules that `constraints` are.
///
/// # Errors
/// `metadata/constraint` for one that is unknown or incomplete.
pub(super) fn rules(constraints: &Value) -> Result<Option<Rules>> {
    let list = constraints.as_array().ok_or_else(|| bad("list"))?;
    let mut add = Vec::new();
    for constraint in list {
        let text = |names: &[&str]| names.iter().find_map(|n| constraint.get(n)?.as_str());
        let class =
            text(&["constraint_class", "class_name", "class"]).ok_or_else(|| bad("list"))?;
        let parameters = (["constraint_parameters", "parameters"].iter())
            .find_map(|n| constraint.get(n)?.as_object())
            .ok_or_else(|| bad(class))?;
        add.push(Rule::Text(rule(class, parameters)?));
    }
    Ok((!add.is_empty()).then(|| Rules {
        add,
        forbid: Vec::new(),
    }))
}

fn rule(class: &str, parameters: &Map<String, Value>) -> Result<String> {
    let column = |key: &str| match parameters.get(key) {
        Some(Value::String(name)) => Ok(quoted(name)),
        _ => Err(bad(class)),
    };
    let value = |key: &str| match parameters.get(key) {
        Some(Value::Number(x)) => Ok(x.to_string()),
        Some(Value::String(text)) => Ok(format!("'{}'", text.replace('\'', "''"))),
        _ => Err(bad(class)),
    };
    let columns = || {
        let names = parameters.get("column_names").and_then(Value::as_array);
        let names = names.ok_or_else(|| bad(class))?;
        Ok(names
            .iter()
            .filter_map(Value::as_str)
            .map(quoted)
            .collect::<Vec<String>>())
    };
    let strict = parameters
        .get("strict_boundaries")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let (below, above) = if strict { ("<", ">") } else { ("<=", ">=") };
    Ok(match class {
        "Inequality" => format!(
            "{} {above} {}",
            column("high_column_name")?,
            column("low_column_name")?
        ),
        "ScalarInequality" => {
            let relation = parameters
                .get("relation")
                .and_then(Value::as_str)
                .unwrap_or("");
            if !["<", "<=", ">", ">="].contains(&relation) {
                return Err(bad(class));
            }
            format!("{} {relation} {}", column("column_name")?, value("value")?)
        }
        "Positive" => format!("{} {above} 0", column("column_name")?),
        "Negative" => format!("{} {below} 0", column("column_name")?),
        "Range" => {
            let middle = column("middle_column_name")?;
            format!(
                "{} {below} {middle} and {middle} {below} {}",
                column("low_column_name")?,
                column("high_column_name")?
            )
        }
        "ScalarRange" => {
            let own = column("column_name")?;
            format!(
                "{own} {above} {} and {own} {below} {}",
                value("low_value")?,
                value("high_value")?
            )
        }
        "FixedIncrements" => format!(
            "{} % {} = 0",
            column("column_name")?,
            value("increment_value")?
        ),
        "OneHotEncoding" => format!("{} = 1", columns()?.join(" + ")),
        "FixedCombinations" => format!("one_of({})", columns()?.join(", ")),
        "Unique" => format!("unique({})", columns()?.join(", ")),
        _ => return Err(bad(class)),
    })
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn bad(class: &str) -> Error {
    Error::input(
        "metadata/constraint",
        format!("A constraint ({class}) is not one that is known, or lacks its parameters."),
        "Known are Inequality, ScalarInequality, Positive, Negative, Range, ScalarRange, FixedIncrements, OneHotEncoding, \
         FixedCombinations and Unique; write others as rules in schema.toml.",
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn constraints_are_rules() {
        let list = json!([
            {"constraint_class": "Inequality", "constraint_parameters":
                {"low_column_name": "start", "high_column_name": "the end", "strict_boundaries": true}},
            {"constraint_class": "ScalarRange", "constraint_parameters":
                {"column_name": "age", "low_value": 18, "high_value": 90}},
            {"constraint_class": "OneHotEncoding", "constraint_parameters": {"column_names": ["a", "b"]}},
            {"constraint_class": "FixedCombinations", "constraint_parameters": {"column_names": ["a", "b"]}},
        ]);
        let found = rules(&list).unwrap().unwrap();
        let texts: Vec<&str> = found.add.iter().map(Rule::text).collect();
        assert_eq!(
            texts,
            [
                r#""the end" > "start""#,
                r#""age" >= 18 and "age" <= 90"#,
                r#""a" + "b" = 1"#,
                r#"one_of("a", "b")"#
            ]
        );
        for wrong in [
            json!({}),
            json!([{"constraint_class": "Custom", "constraint_parameters": {}}]),
            json!([{"constraint_class": "Positive", "constraint_parameters": {}}]),
        ] {
            assert_eq!(rules(&wrong).unwrap_err().code, "metadata/constraint");
        }
    }
}
