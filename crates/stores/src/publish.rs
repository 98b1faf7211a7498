//! Uploading a folder so that it never looks finished before it is.

use std::path::{Path, PathBuf};

use verdancy_table::Error;

use crate::Result;
use crate::remote::Remote;

/// Files that say that a folder is finished, the least important first: a model's, a run's.
const SEALS: [&str; 2] = ["manifest.json", "run.json"];

/// What a folder is uploaded to.
pub(crate) trait Shelf {
    /// Writes the file `from` as `name`.
    fn put(&self, name: &str, from: &Path) -> Result<()>;
    /// Takes `name` away, if it is there.
    fn delete(&self, name: &str) -> Result<()>;
}

impl Shelf for Remote {
    fn put(&self, name: &str, from: &Path) -> Result<()> {
        Remote::put(self, name, from)
    }

    fn delete(&self, name: &str) -> Result<()> {
        Remote::delete(self, name)
    }
}

/// Puts every file of `folder` on `shelf`, in the place of those of `before`. The seals of what was there go
/// first and the new ones come last. What was put is taken away again when something fails.
pub(crate) fn folder(shelf: &dyn Shelf, folder: &Path, before: &[String]) -> Result<()> {
    let mut files = Vec::new();
    gather(folder, "", &mut files)?;
    files.sort_by_key(|(name, _)| (rank(name), name.clone()));
    for name in before.iter().filter(|name| seals(name)) {
        shelf.delete(name)?;
    }
    for (at, (name, path)) in files.iter().enumerate() {
        if let Err(error) = shelf.put(name, path) {
            for (name, _) in &files[..=at] {
                let _ = shelf.delete(name);
            }
            return Err(error);
        }
    }
    for name in before {
        if !files.iter().any(|(new, _)| new == name) {
            shelf.delete(name)?;
        }
    }
    Ok(())
}

/// True for a file that says that its folder is finished.
pub(crate) fn seals(name: &str) -> bool {
    rank(name) > 0
}

/// 0 for plain files, more for seals.
fn rank(name: &str) -> usize {
    let last = name.rsplit('/').next().unwrap_or_default();
    SEALS
        .iter()
        .position(|seal| *seal == last)
        .map_or(0, |at| at + 1)
}

fn gather(folder: &Path, prefix: &str, into: &mut Vec<(String, PathBuf)>) -> Result<()> {
    let failed = |e: std::io::Error| {
        Error::internal("a folder that was just written cannot be read").caused_by(e)
    };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(failed)?.is_dir() {
            gather(&entry.path(), &format!("{name}/"), into)?;
        } else {
            into.push((name, entry.path()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::cell::RefCell;

    use super::*;

    /// A shelf that fails at its n-th file and writes down what is asked of it.
    #[derive(Default)]
    struct Trial {
        there: RefCell<Vec<String>>,
        told: RefCell<Vec<String>>,
        fails_at: usize,
    }

    impl Shelf for Trial {
        fn put(&self, name: &str, _: &Path) -> Result<()> {
            let put = self
                .told
                .borrow()
                .iter()
                .filter(|t| t.starts_with("put"))
                .count();
            if put + 1 == self.fails_at {
                return Err(Error::internal("it failed"));
            }
            self.told.borrow_mut().push(format!("put {name}"));
            let mut there = self.there.borrow_mut();
            there.retain(|n| n != name);
            there.push(name.to_owned());
            Ok(())
        }

        fn delete(&self, name: &str) -> Result<()> {
            self.told.borrow_mut().push(format!("delete {name}"));
            self.there.borrow_mut().retain(|n| n != name);
            Ok(())
        }
    }

    fn run() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("model")).unwrap();
        for name in [
            "run.json",
            "synthetic.csv",
            "report.html",
            "model/manifest.json",
            "model/weights.safetensors",
        ] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        folder
    }

    #[test]
    fn seals_come_last_and_those_of_before_go_first() {
        let made = run();
        let shelf = Trial::default();
        let before = ["run.json".to_owned(), "synthetic.parquet".to_owned()];
        folder(&shelf, made.path(), &before).unwrap();
        assert_eq!(
            *shelf.told.borrow(),
            [
                "delete run.json",
                "put model/weights.safetensors",
                "put report.html",
                "put synthetic.csv",
                "put model/manifest.json",
                "put run.json",
                "delete synthetic.parquet"
            ]
        );
    }

    #[test]
    fn an_upload_that_fails_leaves_nothing() {
        let made = run();
        for fails_at in 1..=5 {
            let shelf = Trial {
                fails_at,
                ..Trial::default()
            };
            assert!(folder(&shelf, made.path(), &[]).is_err());
            assert!(shelf.there.borrow().is_empty(), "at {fails_at}");
        }
    }
}
