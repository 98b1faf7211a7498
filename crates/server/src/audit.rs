//! The record of who did what: sign-ins, refusals, keys, previews, downloads, deletions. One line of JSON
//! each, in a file of the data folder; no cell, no key and no name that a table has is ever in it.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::problem::Problem;

/// Bytes of the file; a full one is put aside, in the place of the one before.
const FULL: u64 = 64 << 20;
/// Bytes of the file's end that are shown.
const SHOWN: u64 = 1 << 20;
/// Refusals that are noted in a second; the rest is counted.
const REFUSALS: u32 = 20;

/// A line of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Entry {
    /// When, by the clock of the service.
    #[serde(default)]
    pub at: String,
    /// What was done.
    pub what: String,
    /// The name of the key it was done with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    /// The method and route of the request.
    pub request: String,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<IpAddr>,
    /// The id of what it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The code of a refusal, or the name of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<String>,
    /// Refusals before this one that were not noted, since there were too many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Where a request came from and where it went.
#[derive(Debug, Clone, Default)]
pub(crate) struct Where {
    pub method: String,
    pub route: String,
    pub from: Option<IpAddr>,
}

impl<S: Send + Sync> FromRequestParts<S> for Where {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Where, Problem> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

impl Entry {
    fn new(what: &str, who: Option<String>, place: Where) -> Entry {
        Entry {
            at: String::new(),
            what: what.to_owned(),
            who,
            request: format!("{} {}", place.method, place.route),
            from: place.from,
            id: None,
            more: None,
            left_out: 0,
        }
    }

    /// A refusal, with its code.
    pub fn refusal(who: Option<String>, place: Where, code: Option<String>) -> Entry {
        Entry {
            more: code,
            ..Entry::new("refused", who, place)
        }
    }
}

/// The record.
#[derive(Debug)]
pub(crate) struct Audit {
    path: PathBuf,
    /// The last second in which there was a refusal, refusals in it, and those left out since the last line.
    refusals: Mutex<(Option<Instant>, u32, u64)>,
    write: Mutex<()>,
}

impl Audit {
    /// The record in `folder`.
    pub fn in_folder(folder: &Path) -> Audit {
        Audit {
            path: folder.join("audit.jsonl"),
            refusals: Mutex::default(),
            write: Mutex::default(),
        }
    }

    /// Notes what `actor` did to the thing of this id.
    pub fn note(&self, actor: &Actor, place: Where, what: &str, id: &str, more: Option<&str>) {
        self.write(Entry {
            id: Some(id.to_owned()),
            more: more.map(str::to_owned),
            ..Entry::new(what, Some(actor.name.clone()), place)
        });
    }

    /// Notes a refusal, unless there were many just now.
    pub fn refused(&self, mut entry: Entry) {
        {
            let mut seen = (self.refusals.lock()).unwrap_or_else(PoisonError::into_inner);
            let same = (seen.0).is_some_and(|at| at.elapsed() < Duration::from_secs(1));
            if !same {
                (seen.0, seen.1) = (Some(Instant::now()), 0);
            }
            seen.1 += 1;
            if seen.1 > REFUSALS {
                seen.2 += 1;
                return;
            }
            entry.left_out = std::mem::take(&mut seen.2);
        }
        self.write(entry);
    }

    fn write(&self, mut entry: Entry) {
        entry.at = jiff::Timestamp::now()
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string();
        let _turn = self.write.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(e) = self.append(&entry) {
            eprintln!("error [server/audit] {}", e.kind());
        }
    }

    fn append(&self, entry: &Entry) -> std::io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|meta| meta.len() > FULL) {
            fs::rename(&self.path, self.path.with_extension("jsonl.1"))?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // One write: several processes append to it.
        let line = serde_json::to_string(entry)? + "\n";
        options.open(&self.path)?.write_all(line.as_bytes())
    }

    /// The end of the record, the latest first.
    pub fn latest(&self, most: usize) -> std::io::Result<Vec<Entry>> {
        let mut file = match File::open(&self.path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file?,
        };
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(SHOWN)))?;
        let mut bytes = Vec::new();
        file.take(SHOWN).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().rev();
        Ok(lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .take(most)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_are_appended_and_floods_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::in_folder(folder.path());
        let place = || Where {
            method: "GET".into(),
            route: "/v1/datasets/{id}/preview".into(),
            from: Some([10, 0, 0, 1].into()),
        };
        audit.note(&Actor::local(), place(), "preview", "d1", None);
        for _ in 0..100 {
            audit.refused(Entry::refusal(None, place(), Some("server/no-key".into())));
        }
        let all = audit.latest(1000).unwrap();
        assert_eq!(all.len(), 1 + REFUSALS as usize);
        let first = all.last().unwrap();
        assert_eq!(
            (first.what.as_str(), first.id.as_deref()),
            ("preview", Some("d1"))
        );
        assert!(first.at.ends_with('Z'));
        audit.refusals.lock().unwrap().0 = None;
        audit.refused(Entry::refusal(None, place(), None));
        assert_eq!(
            audit.latest(1).unwrap()[0].left_out,
            100 - u64::from(REFUSALS)
        );
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&audit.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
