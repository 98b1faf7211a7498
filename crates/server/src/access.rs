//! Whether a request may be heard: whose key it has, and whether it comes from here.
//!
//! A key ([`crate::keys`]) is for one project or for all. Pages are entered with a key once and then carry the token of a session ([`crate::sessions`]), in
//! a cookie that no script reads and no other site's request brings. Who may do what is decided in one
//! place, [`crate::guard`].

use axum::http::{HeaderMap, Method, header};

use crate::actor::Actor;
use crate::app::App;
use crate::keys::hash_of;
use crate::problem::Problem;
use crate::records::KeyRow;
use crate::sessions;

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

/// An error when what an actor held at the begin of a request has ended since.
pub(crate) async fn still(app: &App, actor: &Actor) -> Result<(), Problem> {
    if let Some(session) = actor.session() {
        return sessions::still(app, session).await;
    }
    let Some(hash) = actor.key() else {
        return Ok(());
    };
    match app.records.key(hash).await? {
        Some(KeyRow { live: true, .. }) => Ok(()),
        _ => Err(Problem::no_key()),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

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
