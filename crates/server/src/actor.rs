//! Who asks, as the guard found it: the holder of a key, a person in a session, or whoever is at a service without
//! keys.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::records::KeyRow;
use crate::scope::Scope;

/// Whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Actor {
    /// The key's name.
    pub name: String,
    /// What it may see.
    pub scope: Scope,
    /// True when it may see rows of real tables.
    pub sees_rows: bool,
    /// True when there are several projects to choose from.
    pub several: bool,
    held: Held,
}

/// What somebody shows.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Held {
    /// Nothing, where there are no keys.
    Nothing,
    /// A key, by the hash that the database knows it by.
    Key(String),
    /// A session of a person that an identity provider knows.
    Person { session: String, subject: String },
}

/// What a person may do: a project, or all, and whether they see rows there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub project: Option<String>,
    pub sees_rows: bool,
}

impl Actor {
    /// True when it may see to keys and projects.
    pub fn is_keeper(&self) -> bool {
        self.scope == Scope::All
    }

    /// Whose share of the service it takes: its project's, or its own where it is for all of them.
    pub fn tenant(&self) -> &str {
        match &self.scope {
            Scope::Project(project) => project,
            Scope::All => self.identity(),
        }
    }

    /// Who it is, among all keys and people.
    pub fn identity(&self) -> &str {
        match &self.held {
            Held::Nothing => "local",
            Held::Key(hash) => hash,
            Held::Person { subject, .. } => subject,
        }
    }

    /// What the database knows its key by.
    pub fn key(&self) -> Option<&str> {
        match &self.held {
            Held::Key(hash) => Some(hash),
            _ => None,
        }
    }

    /// The session of a person, by the hash that the database knows it by.
    pub fn session(&self) -> Option<&str> {
        match &self.held {
            Held::Person { session, .. } => Some(session),
            _ => None,
        }
    }

    /// Whoever is at a service without keys.
    pub fn local() -> Actor {
        Actor {
            name: "local".to_owned(),
            scope: Scope::All,
            sees_rows: true,
            several: false,
            held: Held::Nothing,
        }
    }

    /// A person in a session.
    pub fn person(
        name: String,
        chosen: Choice,
        several: bool,
        session: &str,
        subject: String,
    ) -> Actor {
        Actor {
            name,
            scope: chosen.project.map_or(Scope::All, Scope::Project),
            sees_rows: chosen.sees_rows,
            several,
            held: Held::Person {
                session: session.to_owned(),
                subject,
            },
        }
    }

    /// Whoever holds the key of this hash.
    pub fn of(row: KeyRow, hash: &str) -> Result<Actor, Problem> {
        if !row.live {
            return Err(Problem::no_key());
        }
        Ok(Actor {
            name: row.name,
            scope: row.project.map_or(Scope::All, Scope::Project),
            sees_rows: row.sees_rows,
            several: false,
            held: Held::Key(hash.to_owned()),
        })
    }
}

/// As the guard found it.
impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Actor, Problem> {
        (parts.extensions.get().cloned()).ok_or_else(Problem::no_key)
    }
}
