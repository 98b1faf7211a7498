//! Which projects somebody sees: every question to the database about something of a project takes it.

/// Which projects a key opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them, and the keys.
    All,
    /// One.
    Project(String),
}

impl Scope {
    /// True when it opens `project`.
    pub fn opens(&self, project: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Project(own) => own == project,
        }
    }

    /// The projects it opens; none for all.
    pub fn projects(&self) -> Option<Vec<String>> {
        match self {
            Scope::All => None,
            Scope::Project(own) => Some(vec![own.clone()]),
        }
    }

    /// As a bound parameter: the project, or nothing for all.
    pub fn parameter(&self) -> &str {
        match self {
            Scope::All => "",
            Scope::Project(own) => own,
        }
    }
}
