//! API keys: 256 random bits, shown once; the database has their hashes only. And where requests have them, and
//! cookies.

use axum::http::{HeaderMap, header};

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
}
