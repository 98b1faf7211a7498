//! What a user should know though nothing failed.

/// A remark on a table that was accepted: a stable code and one sentence without cell contents.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Warning {
    /// Stable code, for example `table/text-replaced`.
    pub code: String,
    /// What was found, what was done, and how to have it otherwise.
    pub message: String,
    /// The columns that it speaks of, where it speaks of columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

impl Warning {
    /// A warning with its code.
    pub fn new(code: &str, message: impl Into<String>) -> Warning {
        Warning {
            code: code.to_owned(),
            message: message.into(),
            columns: Vec::new(),
        }
    }

    /// A remark on one column, which its message names.
    pub fn of_column(code: &str, column: &str, message: impl std::fmt::Display) -> Warning {
        Warning {
            columns: vec![column.to_owned()],
            ..Warning::new(code, format!("Column {column}: {message}"))
        }
    }

    /// `warnings` with one for each code: the first says what is so of its column, and names the others.
    pub fn grouped(warnings: Vec<Warning>) -> Vec<Warning> {
        let mut groups: Vec<Warning> = Vec::new();
        for warning in warnings {
            let same = |w: &&mut Warning| w.code == warning.code && !w.columns.is_empty();
            match groups.iter_mut().find(same) {
                Some(group) if !warning.columns.is_empty() => group.columns.extend(warning.columns),
                _ => groups.push(warning),
            }
        }
        for group in &mut groups {
            if let [_, others @ ..] = group.columns.as_slice()
                && !others.is_empty()
            {
                let likewise = match others.len() {
                    1 => format!(" Likewise column {}.", others[0]),
                    n => format!(
                        " Likewise {n} other columns: {}.",
                        crate::names::listed(others)
                    ),
                };
                group.message += &likewise;
            }
        }
        groups
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.message, self.code)
    }
}
