//! What a user should know though nothing failed.

/// A remark on a table that was accepted: a stable code and one sentence without cell contents.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Warning {
    /// Stable code, for example `table/text-replaced`.
    pub code: String,
    /// What was found, what was done, and how to have it otherwise.
    pub message: String,
}

impl Warning {
    /// A warning with its code.
    pub fn new(code: &str, message: impl Into<String>) -> Warning {
        Warning {
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}]", self.message, self.code)
    }
}
