//! The places of one piece of work: what it reads and writes, where it really is, and where it lies meanwhile.

use std::io::Read;
use std::path::{Path, PathBuf};

use url::Url;
use verdancy_table::Error;
use verdancy_table::staging::Staging;

use crate::address::{name, shown};
use crate::remote::Remote;
use crate::{Address, Result, publish};

/// Files of a model, where they cannot be listed.
const MODEL: [&str; 2] = ["manifest.json", "weights.safetensors"];

/// Bytes that a model may have.
const MODEL_BYTES: u64 = 8 << 30;

/// Local stand-ins of addresses. They go when this is dropped.
#[derive(Default)]
pub struct Places {
    here: Option<Staging>,
    known: Vec<(PathBuf, String)>,
    outputs: Vec<Output>,
}

struct Output {
    remote: Remote,
    path: PathBuf,
    before: Vec<String>,
}

impl Places {
    /// A folder of its own for the next stand-in.
    fn room(&mut self, url: &Url) -> Result<PathBuf> {
        self.room_for(&name(url), shown(url.as_str()))
    }

    /// A folder of its own for the next stand-in, called `name`, of what is shown as `known`.
    fn room_for(&mut self, name: &str, known: String) -> Result<PathBuf> {
        let failed = |e: std::io::Error| {
            Error::environment(
                "stores/no-room",
                "The folder for temporary files cannot be used.",
                "Make room in it, or set TMPDIR to another folder.",
            )
            .in_file(std::env::temp_dir())
            .caused_by(e)
        };
        if self.here.is_none() {
            let folder = Staging::within(&std::env::temp_dir()).map_err(failed)?;
            self.here = Some(folder);
        }
        let here = self
            .here
            .as_ref()
            .map(Staging::path)
            .unwrap_or(Path::new("."));
        let folder = here.join(self.known.len().to_string());
        std::fs::create_dir(&folder).map_err(failed)?;
        let path = folder.join(name);
        self.known.push((path.clone(), known));
        Ok(path)
    }

    /// A local file of what `from` holds, of at most so many bytes: readers go over a table twice.
    ///
    /// # Errors
    /// `stores/no-room`, `stores/too-large`, `stores/failed`.
    pub fn stream(&mut self, from: &mut dyn Read, most: u64) -> Result<PathBuf> {
        let failed = |e: std::io::Error| {
            Error::environment(
                "stores/failed",
                "Standard input cannot be kept.",
                "Make room in the folder for temporary files, or give a file.",
            )
            .caused_by(e)
        };
        let path = self.room_for("stdin", "standard input".to_owned())?;
        let mut file = std::fs::File::create(&path).map_err(failed)?;
        let bytes =
            std::io::copy(&mut from.take(most.saturating_add(1)), &mut file).map_err(failed)?;
        if bytes > most {
            return Err(Error::input(
                "stores/too-large",
                format!("Standard input has more than {most} bytes."),
                "Raise the limit, or give a smaller table.",
            ));
        }
        Ok(path)
    }

    /// The local path of a table or another file, of at most so many bytes.
    ///
    /// # Errors
    /// `stores/bad-address`, `stores/unknown-scheme`, `stores/not-found`, `stores/denied`,
    /// `stores/too-large`, `stores/failed`, `stores/no-room`.
    pub fn file(&mut self, path: &Path, most: u64) -> Result<PathBuf> {
        match Address::of(path)? {
            Address::Local(path) => Ok(path),
            Address::Remote(url) => {
                let local = self.room(&url)?;
                Remote::open(&url)?.fetch("", &local, most)?;
                Ok(local)
            }
        }
    }

    /// The local path of a model's folder, or of a run's.
    ///
    /// # Errors
    /// As [`Places::file`].
    pub fn model(&mut self, path: &Path) -> Result<PathBuf> {
        let url = match Address::of(path)? {
            Address::Local(path) => return Ok(path),
            Address::Remote(url) => url,
        };
        let remote = Remote::open(&url)?;
        let folder = self.room(&url)?;
        let names = match remote.list()? {
            None => MODEL.map(str::to_owned).to_vec(),
            Some(names) => {
                let inner = names.iter().any(|n| n == "model/manifest.json");
                let wanted = |n: &String| {
                    if inner {
                        n.starts_with("model/")
                    } else {
                        !n.contains('/')
                    }
                };
                names.into_iter().filter(wanted).collect()
            }
        };
        if names.is_empty() {
            return Err(Error::input(
                "stores/not-found",
                "There is no model at this address.",
                "Name the folder of a model or of a run.",
            )
            .in_file(shown(url.as_str())));
        }
        let failed =
            |e: std::io::Error| Error::internal("a fresh folder is not writable").caused_by(e);
        // What no model has is not brought here, least of all a path out of the folder.
        let odd = |part: &str| part.is_empty() || part.starts_with('.') || part.contains('\\');
        for name in &names {
            if name.split('/').any(odd) {
                continue;
            }
            let local = folder.join(name);
            std::fs::create_dir_all(local.parent().unwrap_or(&folder)).map_err(failed)?;
            remote.fetch(name, &local, MODEL_BYTES)?;
        }
        let inner = folder.join("model");
        Ok(if inner.is_dir() { inner } else { folder })
    }

    /// Where the folder that is to become `path` is written; [`Places::publish`] brings it there. `owned` says
    /// which names are replaced there, when an earlier run wrote them; others stay.
    ///
    /// # Errors
    /// As [`Places::file`]; `stores/not-ours`, `stores/holds-input`, `stores/read-only`.
    pub fn folder(&mut self, path: &Path, owned: impl Fn(&str) -> bool) -> Result<PathBuf> {
        let (url, local) = match Address::of(path)? {
            Address::Local(path) => return Ok(path),
            Address::Remote(url) => {
                let local = self.room(&url)?;
                (url, local)
            }
        };
        let remote = Remote::open(&url)?;
        let mut before = remote.list()?.ok_or_else(|| read_only(&url))?;
        before.retain(|name| owned(name.split('/').next().unwrap_or_default()));
        let refused = |code, message: &str| {
            let remedy = "Choose an address that is empty, or that an earlier run wrote to.";
            Err(Error::input(code, message, remedy).in_file(shown(url.as_str())))
        };
        if !before.is_empty() && !before.iter().any(|name| publish::seals(name)) {
            return refused(
                "stores/not-ours",
                "The address holds objects that the run would replace and that no run has written.",
            );
        }
        let start = format!("{}/", shown(url.as_str()).trim_end_matches('/'));
        let mut read = self
            .known
            .iter()
            .filter_map(|(_, from)| from.strip_prefix(&start));
        if read.any(|name| before.iter().any(|b| b == name)) {
            return refused(
                "stores/holds-input",
                "The run would replace an object that it reads.",
            );
        }
        self.outputs.push(Output {
            remote,
            path: local.clone(),
            before,
        });
        Ok(local)
    }

    /// Where the file that is to become `path` is written.
    ///
    /// # Errors
    /// As [`Places::file`]; `stores/read-only`.
    pub fn output(&mut self, path: &Path) -> Result<PathBuf> {
        let url = match Address::of(path)? {
            Address::Local(path) => return Ok(path),
            Address::Remote(url) => url,
        };
        if matches!(url.scheme(), "http" | "https") {
            return Err(read_only(&url));
        }
        let local = self.room(&url)?;
        self.outputs.push(Output {
            remote: Remote::open(&url)?,
            path: local.clone(),
            before: Vec::new(),
        });
        Ok(local)
    }

    /// Brings every output that was written to where it belongs.
    ///
    /// # Errors
    /// `stores/denied`, `stores/failed`; nothing that looks finished is left then.
    pub fn publish(&mut self) -> Result<()> {
        for output in std::mem::take(&mut self.outputs) {
            if output.path.is_dir() {
                publish::folder(&output.remote, &output.path, &output.before)?;
            } else if output.path.is_file() {
                output.remote.put("", &output.path)?;
            }
        }
        Ok(())
    }

    /// Local stand-ins, each with what it stands for.
    pub fn names(&self) -> &[(PathBuf, String)] {
        &self.known
    }

    /// A path as its user gave it.
    pub fn shown(&self, path: &Path) -> String {
        named(&self.known, path)
    }

    /// The error in terms of what its user gave.
    pub fn said(&self, mut error: Error) -> Error {
        error.place.file = error.place.file.map(|file| self.shown(&file).into());
        error
    }
}

/// `path` in the words of `names`, local stand-ins and what they stand for.
fn named(names: &[(PathBuf, String)], path: &Path) -> String {
    for (local, address) in names {
        if let Ok(rest) = path.strip_prefix(local) {
            let rest = rest.display().to_string();
            return match rest.as_str() {
                "" => address.clone(),
                rest => format!("{}/{rest}", address.trim_end_matches('/')),
            };
        }
    }
    path.display().to_string()
}

fn read_only(url: &Url) -> Error {
    Error::input(
        "stores/read-only",
        "Nothing can be written to a web address.",
        "Write to a folder, or to s3://, gs:// or az://.",
    )
    .in_file(shown(url.as_str()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn local_paths_stay_as_they_are_and_need_no_room() {
        let mut places = Places::default();
        let path = Path::new("a/b.csv");
        assert_eq!(places.file(path, 1).unwrap(), path);
        assert_eq!(places.model(path).unwrap(), path);
        assert_eq!(places.folder(path, |_| true).unwrap(), path);
        assert_eq!(places.output(path).unwrap(), path);
        places.publish().unwrap();
        assert!(places.here.is_none());
        assert_eq!(places.shown(path), "a/b.csv");
    }

    #[test]
    fn nothing_is_written_to_a_web_address() {
        let mut places = Places::default();
        let url = Path::new("https://localhost:1/out");
        assert_eq!(places.output(url).unwrap_err().code, "stores/read-only");
        assert_eq!(
            places.folder(url, |_| true).unwrap_err().code,
            "stores/read-only"
        );
    }

    #[test]
    fn errors_name_the_address_and_not_the_stand_in() {
        let mut places = Places::default();
        let url = Url::parse("s3://b/t.csv?secret=1").unwrap();
        let local = places.room(&url).unwrap();
        let error = places.said(Error::input("a/b", "c", "d").in_file(local.join("x")));
        assert_eq!(error.place.file.unwrap(), Path::new("s3://b/t.csv/x"));
    }
}
