//! Who asks, and what of: API keys and their scopes.
//!
//! A key is 256 random bits, shown once; the database has its hash only. A key is for one project or
//! for all. Pages are entered with a key once and then carry the token of a session ([`crate::sessions`]), in
//! a cookie that no script reads and no other site's request brings. Who may do what is decided in one
//! place, [`crate::guard`].

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use crate::app::App;
use crate::problem::Problem;
use crate::records::KeyRow;
use crate::sessions::{self, Choice};

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

    /// An error when its key has ended since the request began.
    pub async fn still(&self, app: &App) -> Result<(), Problem> {
        match &self.held {
            Held::Nothing => Ok(()),
            Held::Person { session, .. } => sessions::still(app, session).await,
            Held::Key(hash) => match app.records.key(hash).await? {
                Some(KeyRow { live: true, .. }) => Ok(()),
                _ => Err(Problem::no_key()),
            },
        }
    }
}

/// A new key in words, `vk_` and 64 hexadecimal digits.
pub(crate) fn new_key() -> String {
    let part = || uuid::Uuid::new_v4().simple().to_string();
    // Two version-4 UUIDs have 244 random bits; a third, hashed in, makes it 256.
    let hash = blake3::hash([part(), part(), part()].concat().as_bytes());
    format!("vk_{}", hash.to_hex())
}

/// What the database keeps of a key. Keys are random and long: a fast hash is enough, and the
/// comparison is made on hashes, so its time tells nothing of the key.
pub(crate) fn hash_of(key: &str) -> String {
    blake3::derive_key("verdancy 2026 API keys", key.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// The key that a request brings. The name of the scheme has no case.
pub(crate) fn presented(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.trim_start().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    (headers.get_all(header::COOKIE).iter())
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// True for a request that changes something and that a page of another site may have made.
pub(crate) fn is_foreign(method: &Method, headers: &HeaderMap) -> bool {
    let safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let site = headers.get("sec-fetch-site").and_then(|v| v.to_str().ok());
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let other = match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => {
            origin.split_once("://").map_or(origin, |(_, rest)| rest) != host
        }
        _ => false,
    };
    !safe && (other || matches!(site, Some("cross-site" | "same-site")))
}

/// True for a name by which only this machine calls itself: the guard of a service without keys
/// against pages that give their own name this machine's address.
pub(crate) fn is_this_machine(headers: &HeaderMap) -> bool {
    let host = (headers.get(header::HOST)).and_then(|v| v.to_str().ok());
    let Some(host) = host else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || (address.parse::<std::net::IpAddr>()).is_ok_and(|a| a.is_loopback())
}

impl Actor {
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

/// Whose key it is.
pub(crate) async fn actor_of(app: &App, key: &str) -> Result<Actor, Problem> {
    let hash = hash_of(key);
    match app.records.key(&hash).await? {
        Some(row) => Actor::of(row, &hash),
        None => Err(Problem::no_key()),
    }
}

/// As the guard found it.
impl FromRequestParts<App> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Actor, Problem> {
        (parts.extensions.get().cloned()).ok_or_else(Problem::no_key)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_are_long_and_differ_and_are_not_kept() {
        let (a, b) = (new_key(), new_key());
        assert_eq!(a.len(), 67);
        assert_ne!(a, b);
        assert!(!hash_of(&a).contains(&a[3..]));
    }

    #[test]
    fn the_scheme_has_no_case() {
        for value in ["Bearer k", "bearer k", "BEARER   k ", " bearer k"] {
            let mut map = HeaderMap::new();
            map.insert("authorization", value.parse().unwrap());
            assert_eq!(presented(&map), Some("k"), "{value}");
        }
        for value in ["Basic k", "k", "Bearerk"] {
            let mut map = HeaderMap::new();
            map.insert("authorization", value.parse().unwrap());
            assert_eq!(presented(&map), None, "{value}");
        }
    }

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        let own = |host: &'static str| {
            let mut map = HeaderMap::new();
            map.insert("host", host.parse().unwrap());
            is_this_machine(&map)
        };
        for host in [
            "localhost",
            "LOCALHOST:80",
            "127.0.0.1:8080",
            "127.9.9.9",
            "[::1]:1",
        ] {
            assert!(own(host), "{host}");
        }
        for host in [
            "evil.example:8080",
            "localhost.evil.example",
            "10.0.0.1",
            "[::2]:1",
            "",
        ] {
            assert!(!own(host), "{host}");
        }
        assert!(!is_this_machine(&HeaderMap::new()));
    }

    #[test]
    fn requests_of_other_sites_may_not_change_anything() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in pairs {
                map.insert(*name, value.parse().unwrap());
            }
            map
        };
        let own = headers(&[("origin", "http://a:1"), ("host", "a:1")]);
        let other = headers(&[("origin", "http://evil"), ("host", "a:1")]);
        assert!(!is_foreign(&Method::POST, &own));
        assert!(is_foreign(&Method::POST, &other));
        assert!(!is_foreign(&Method::GET, &other));
        assert!(is_foreign(
            &Method::POST,
            &headers(&[("sec-fetch-site", "cross-site")])
        ));
    }
}
