//! Addresses: what is a local path, and what names something in a store.

use std::path::{Path, PathBuf};

use url::Url;
use verdancy_table::Error;

use crate::Result;

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// On this machine.
    Local(PathBuf),
    /// In a store.
    Remote(Url),
}

/// Schemes of stores that can be read and written.
const STORES: [&str; 9] = [
    "s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl", "wasbs",
];

impl Address {
    /// The address that a user gave. What has no scheme is a path.
    ///
    /// # Errors
    /// `stores/unknown-scheme`, `stores/bad-address`.
    pub fn of(path: &Path) -> Result<Address> {
        let local = || Address::Local(path.to_path_buf());
        let Some(text) = path.to_str() else {
            return Ok(local());
        };
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(local());
        };
        let word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        // A drive or a name with a colon is a path.
        if scheme.len() < 2 || !scheme.chars().all(word) {
            return Ok(local());
        }
        let url = Url::parse(text).map_err(|e| {
            Error::input(
                "stores/bad-address",
                "The address is not understood.",
                "Write it as s3://bucket/path/name.csv.",
            )
            .in_file(shown(text))
            .caused_by(e)
        })?;
        match url.scheme() {
            "file" => (url.to_file_path().map(Address::Local)).map_err(|()| {
                Error::input(
                    "stores/bad-address",
                    "The address names no file of this machine.",
                    "Write it as file:///folder/name.csv.",
                )
                .in_file(shown(text))
            }),
            "http" | "https" => Ok(Address::Remote(url)),
            known if STORES.contains(&known) => Ok(Address::Remote(url)),
            _ => Err(Error::input(
                "stores/unknown-scheme",
                format!("Addresses of the kind {scheme}:// are not known."),
                "Use a path, or s3://, gs://, az://, https:// or file://.",
            )
            .in_file(shown(text))),
        }
    }
}

/// An address as it may be shown: without a password, and without a query, which may hold a signature.
pub(crate) fn shown(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return text.split('?').next().unwrap_or_default().to_owned();
    };
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.to_string()
}

/// The last part of an address, as the name of a local file.
pub(crate) fn name(url: &Url) -> String {
    let last = url
        .path_segments()
        .and_then(|mut parts| parts.rfind(|p| !p.is_empty()));
    let plain = |c: char| {
        if c.is_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = last
        .unwrap_or("table")
        .chars()
        .map(plain)
        .take(120)
        .collect();
    match name.trim_start_matches('.') {
        "" => "table".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(text: &str) -> Result<Address> {
        Address::of(Path::new(text))
    }

    #[test]
    fn paths_are_local_and_stores_are_not() {
        for local in ["a.csv", "/a/b.csv", "C://x", "a://b c", "-://x"] {
            let found = of(local);
            assert!(
                matches!(found, Ok(Address::Local(_))) || found.is_err(),
                "{local}"
            );
        }
        assert_eq!(of("a.csv").unwrap(), Address::Local("a.csv".into()));
        assert_eq!(
            of("file:///a/b.csv").unwrap(),
            Address::Local("/a/b.csv".into())
        );
        for remote in [
            "s3://b/k.csv",
            "gs://b/k",
            "az://c/k",
            "https://h/k.csv?sig=1",
        ] {
            assert!(matches!(of(remote), Ok(Address::Remote(_))), "{remote}");
        }
        assert_eq!(of("ftp://h/k").unwrap_err().code, "stores/unknown-scheme");
        assert_eq!(of("s3://[::1").unwrap_err().code, "stores/bad-address");
    }

    #[test]
    fn nothing_secret_is_shown() {
        let shown = shown("https://me:word@host/k.csv?X-Amz-Signature=abc#x");
        assert_eq!(shown, "https://host/k.csv");
        assert_eq!(super::shown("s3://[::1?secret"), "s3://[::1");
    }

    #[test]
    fn a_name_is_a_plain_file_name() {
        let of = |text: &str| name(&Url::parse(text).unwrap());
        assert_eq!(of("s3://b/a/t.csv.gz"), "t.csv.gz");
        assert_eq!(of("s3://b/out/"), "out");
        assert_eq!(of("s3://b"), "table");
        assert_eq!(of("https://h/..%2Fx?y=1"), "%2Fx".replace('%', "_"));
    }
}
