//! Unfinished folders. A folder has a file that its process holds locked; so what a process left that was killed
//! is told from what another one is at, on this machine or on another that shares the disk, and the next command
//! takes it away.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The file whose lock says that the folder is in use.
const LOCK: &str = ".in-use";

/// How the folders of all processes begin.
const BEGIN: &str = ".verdancy-";

/// How the folders of this process begin, for a process that ends at once and cannot drop them.
pub fn prefix() -> String {
    format!("{BEGIN}{}-", std::process::id())
}

/// An unfinished folder. Dropped, it is gone.
#[derive(Debug)]
pub struct Staging {
    folder: tempfile::TempDir,
    _lock: File,
}

impl Staging {
    /// A folder in `place`, from which what killed processes left is taken away.
    ///
    /// # Errors
    /// What the system says.
    pub fn within(place: &Path) -> io::Result<Staging> {
        sweep(place);
        let folder = tempfile::Builder::new()
            .prefix(&prefix())
            .tempdir_in(place)?;
        let lock = File::create(folder.path().join(LOCK))?;
        // Where there are no locks, none is ever had, and nothing is swept.
        let _ = lock.try_lock();
        Ok(Staging {
            folder,
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// True for the name of what is not a result.
pub fn is_lock(name: &str) -> bool {
    name == LOCK
}

/// Takes away the folders in `place` that processes left which are gone.
pub fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|n| n.strip_prefix(BEGIN)) else {
            continue;
        };
        let of_process = rest
            .split_once('-')
            .is_some_and(|(id, _)| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
        if is_folder && of_process && is_left(&path) {
            // What cannot be taken away stays.
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// True when nobody holds the folder. One without the file is another's in its first moment, or of a version before
/// this one: it stays.
fn is_left(folder: &Path) -> bool {
    let lock: PathBuf = folder.join(LOCK);
    let Ok(file) = File::options().write(true).open(lock) else {
        return false;
    };
    file.try_lock().is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_nobody_holds_goes_and_all_else_stays() {
        let place = tempfile::tempdir().unwrap();
        let make = |name: &str, with: Option<&str>| {
            let folder = place.path().join(name);
            fs::create_dir_all(folder.join("model")).unwrap();
            if let Some(file) = with {
                fs::write(folder.join(file), "").unwrap();
            }
            folder
        };
        let dead = make(".verdancy-4194305-AbCd", Some(LOCK));
        let kept = [
            make(".verdancy-4194305-EfGh", None),
            make(".verdancy-x-AbCd", Some(LOCK)),
            make(".verdancy-cache", Some(LOCK)),
            make("verdancy-1-AbCd", Some(LOCK)),
        ];
        let own = Staging::within(place.path()).unwrap();
        let other = Staging::within(place.path()).unwrap();
        assert!(!dead.exists());
        assert!(kept.iter().all(|folder| folder.exists()));
        assert!(own.path().exists() && other.path().exists());
        let path = own.path().to_owned();
        drop(own);
        assert!(!path.exists());
    }
}
