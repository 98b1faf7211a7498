//! The file that `--oidc` names: which provider, who this service is there, and what each group may do here.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Error, Result};

/// The variable with the client's secret.
const SECRET: &str = "VERDANCY_OIDC_SECRET";
/// Bytes of the file.
const LONGEST: u64 = 1 << 20;

/// The file as it is read. A secret has no place in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    issuer: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
    address: String,
    label: Option<String>,
    #[serde(default = "groups")]
    claim: String,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    acr: Vec<String>,
    grant: Vec<Grant>,
}

fn groups() -> String {
    "groups".to_owned()
}

/// What a group may do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    /// The value of the claim.
    pub group: String,
    /// A project by its name, or `*` for all of them and for administration.
    pub project: String,
    /// True when its people may see rows of real tables.
    #[serde(default)]
    pub sees_rows: bool,
}

/// Provider, client, and rights of groups.
#[derive(Clone)]
#[cfg_attr(not(feature = "oidc"), allow(dead_code))]
pub struct Rules {
    /// The address that the provider is known by.
    pub(crate) issuer: String,
    /// What this service is called there.
    pub(crate) client_id: String,
    /// Its secret; none for a public client, which PKCE alone protects.
    pub(crate) secret: Option<String>,
    /// The address of this service as browsers see it.
    pub(crate) address: String,
    /// What the button says.
    pub(crate) label: String,
    /// The claim with the groups, perhaps inside another: `realm_access.roles`.
    pub(crate) claim: String,
    /// Asked for beside `openid`.
    pub(crate) scopes: Vec<String>,
    /// One of these classes of authentication has to have been carried out; any will do where there are none.
    pub(crate) acr: Vec<String>,
    /// First come, first shown.
    pub(crate) grants: Vec<Grant>,
    /// A name for all of it: sessions of other rules have ended.
    pub(crate) mark: String,
}

/// Without the secret.
impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = (&self.issuer, &self.client_id, &self.claim, &self.grants);
        f.debug_tuple("Rules").field(&shown).finish()
    }
}

fn bad(file: &Path, what: &str) -> Error {
    Error::input(
        "server/bad-oidc",
        format!("The settings of OpenID Connect cannot be used: {what}."),
        "See “OpenID Connect” in docs/server.md.",
    )
    .in_file(file)
}

/// True for https, and for http to this machine, which nobody else listens to.
pub(crate) fn is_safe(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let here = host.eq_ignore_ascii_case("localhost")
        || (host.parse::<std::net::IpAddr>()).is_ok_and(|address| address.is_loopback());
    let plain = !authority.is_empty() && !authority.contains('@');
    plain && (scheme == "https" || (scheme == "http" && here))
}

impl Rules {
    /// Reads them; the secret is in the file that they name, or in the environment.
    ///
    /// # Errors
    /// `server/bad-oidc`.
    pub fn load(file: &Path) -> Result<Rules> {
        let read = |path: &Path| {
            let size = std::fs::metadata(path)?.len();
            match size > LONGEST {
                true => Err(std::io::ErrorKind::FileTooLarge.into()),
                false => std::fs::read_to_string(path),
            }
        };
        let text = read(file).map_err(|e| bad(file, "the file cannot be read").caused_by(e))?;
        let written: Written = toml::from_str(&text).map_err(|e| {
            let line = (e.span()).map(|span| text[..span.start].matches('\n').count() as u64 + 1);
            // The words may quote the file, which may have a secret in it after all.
            let error = bad(
                file,
                "a field is missing, unknown, or not what it should be",
            );
            match line {
                Some(line) => error.at_line(line),
                None => error,
            }
        })?;
        let secret = match &written.client_secret_file {
            Some(path) => {
                // Beside the file that names it, where it is not absolute.
                let path = file.parent().unwrap_or(Path::new("")).join(path);
                let secret = read(&path)
                    .map_err(|e| bad(file, "the client's secret cannot be read").caused_by(e))?;
                Some(secret.trim_end_matches(['\r', '\n']).to_owned())
            }
            None => std::env::var(SECRET).ok(),
        };
        Rules::checked(file, written, secret)
    }

    fn checked(file: &Path, written: Written, secret: Option<String>) -> Result<Rules> {
        if !is_safe(&written.issuer) || !is_safe(&written.address) {
            return Err(bad(
                file,
                "`issuer` and `address` have to begin with https://, or lead to this machine",
            ));
        }
        if secret.as_ref().is_some_and(String::is_empty) || written.client_id.is_empty() {
            return Err(bad(file, "the client's name or secret is empty"));
        }
        let grant = |grant: &Grant| grant.group.is_empty() || grant.project.is_empty();
        if written.grant.is_empty() || written.grant.iter().any(grant) {
            return Err(bad(file, "each [[grant]] names a `group` and a `project`"));
        }
        let host = written.issuer.split("://").nth(1).unwrap_or_default();
        let host = host.split('/').next().unwrap_or_default().to_owned();
        let said = (&written.issuer, &written.client_id, &written.claim);
        let said = format!("{said:?} {:?} {:?}", written.acr, written.grant);
        Ok(Rules {
            mark: blake3::hash(said.as_bytes()).to_hex()[..32].to_owned(),
            issuer: written.issuer,
            client_id: written.client_id,
            secret,
            address: written.address.trim_end_matches('/').to_owned(),
            label: written.label.unwrap_or(host),
            claim: written.claim,
            scopes: written.scopes,
            acr: written.acr,
            grants: written.grant,
        })
    }

    /// What somebody of these groups may do: projects by name, `*` first, each with the right to see rows.
    pub(crate) fn granted(&self, groups: &[String]) -> Vec<(String, bool)> {
        let mut all: Vec<(String, bool)> = Vec::new();
        for grant in self.grants.iter().filter(|g| groups.contains(&g.group)) {
            match all
                .iter_mut()
                .find(|(project, _)| *project == grant.project)
            {
                Some((_, sees)) => *sees |= grant.sees_rows,
                None => all.push((grant.project.clone(), grant.sees_rows)),
            }
        }
        all.sort_by_key(|(project, _)| project != "*");
        all
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FINE: &str = "issuer = 'https://id.example/realms/a'\nclient_id = 'verdancy'\n\
        address = 'https://verdancy.example/'\n\
        [[grant]]\ngroup = 'onco'\nproject = 'oncology'\n\
        [[grant]]\ngroup = 'data'\nproject = 'oncology'\nsees_rows = true\n\
        [[grant]]\ngroup = 'it'\nproject = '*'\n";

    fn load(text: &str) -> Result<Rules> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("oidc.toml");
        std::fs::write(&file, text).unwrap();
        std::fs::write(folder.path().join("secret"), "SECRET\n").unwrap();
        Rules::load(&file)
    }

    #[test]
    fn groups_have_rights() {
        let rules = load(&format!("client_secret_file = 'secret'\n{FINE}")).unwrap();
        assert_eq!(rules.secret.as_deref(), Some("SECRET"));
        assert!(!format!("{rules:?}").contains("SECRET"));
        assert_eq!(
            (rules.label.as_str(), rules.claim.as_str()),
            ("id.example", "groups")
        );
        assert_eq!(rules.address, "https://verdancy.example");
        let of = |groups: &[&str]| {
            let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
            rules.granted(&groups)
        };
        assert_eq!(of(&["onco"]), [("oncology".to_owned(), false)]);
        assert_eq!(of(&["data", "onco"]), [("oncology".to_owned(), true)]);
        let both = [("*".to_owned(), false), ("oncology".to_owned(), false)];
        assert_eq!(of(&["onco", "it"]), both);
        assert!(of(&["others", "ONCO", ""]).is_empty());
        // What is granted is part of the mark, and how the client proves itself is not.
        assert_eq!(load(FINE).unwrap().mark, rules.mark);
        let other = load(&FINE.replace("'it'", "'itt'")).unwrap();
        assert_ne!(other.mark, rules.mark);
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_quoting_it() {
        for bad in [
            FINE.replace("https://id", "http://id"),
            FINE.replace("https://verdancy", "http://verdancy"),
            FINE.replace("https://id", "https://id@evil"),
            FINE.replace("'onco'", "''"),
            FINE.replace("'verdancy'", "''"),
            format!("client_secret = 'SECRET'\n{FINE}"),
            format!("client_secret_file = 'SECRET'\n{FINE}"),
            "issuer = 'https://id.example'".to_owned(),
        ] {
            let error = load(&bad).unwrap_err();
            assert_eq!(error.code, "server/bad-oidc", "{bad}");
            assert!(
                !format!("{error} {}", error.remedy).contains("SECRET"),
                "{error}"
            );
        }
    }

    #[test]
    fn http_leads_to_this_machine_only() {
        for fine in [
            "https://a.example",
            "http://127.0.0.1:9/x",
            "http://localhost",
            "http://[::1]:9",
        ] {
            assert!(is_safe(fine), "{fine}");
        }
        for bad in [
            "http://a.example",
            "ftp://localhost",
            "a",
            "https://",
            "http://localhost@a.example",
            "http://localhost.a.example",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
