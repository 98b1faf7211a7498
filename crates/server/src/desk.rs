//! Where tables lie while children read them: a folder of this process, held by a lock, so that whoever comes
//! later can tell what a process that was killed left behind and take it away.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use verdancy_jobs::private_folder;

/// The file whose lock says that the folder is in use.
const LOCK: &str = "in-use";

/// The folder of this process.
#[derive(Debug)]
pub(crate) struct Desk {
    folder: PathBuf,
    _lock: File,
}

impl Desk {
    /// A folder in `all`, from which what dead processes left is taken away.
    pub fn open(all: &Path) -> io::Result<Desk> {
        private_folder(all)?;
        clear(all)?;
        let folder = all.join(uuid::Uuid::new_v4().simple().to_string());
        private_folder(&folder)?;
        let lock = File::create(folder.join(LOCK))?;
        lock.try_lock()?;
        Ok(Desk {
            folder,
            _lock: lock,
        })
    }

    /// A place for one table, gone when it is dropped.
    pub fn place(&self) -> io::Result<tempfile::TempDir> {
        tempfile::tempdir_in(&self.folder)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // The next one that comes takes it away otherwise.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Takes away the folders in `all` that nobody holds.
pub(crate) fn clear(all: &Path) -> io::Result<()> {
    for entry in fs::read_dir(all)? {
        let path = entry?.path();
        let dead = match File::options().write(true).open(path.join(LOCK)) {
            Ok(lock) => lock.try_lock().is_ok(),
            // Of an earlier version, or killed between its folder and its lock.
            Err(e) if e.kind() == ErrorKind::NotFound => is_old(&path),
            Err(_) => false,
        };
        if dead {
            let _ = fs::remove_dir_all(&path);
        }
    }
    Ok(())
}

fn is_old(path: &Path) -> bool {
    let changed = fs::metadata(path).and_then(|meta| meta.modified());
    changed.is_ok_and(|at| at.elapsed().is_ok_and(|past| past.as_secs() > 600))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn count(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn what_a_killed_process_left_is_taken_away_and_what_is_in_use_stays() {
        let all = tempfile::tempdir().unwrap();
        let all = all.path().join("reading");
        let own = Desk::open(&all).unwrap();
        let place = own.place().unwrap();
        std::os::unix::fs::symlink("/nowhere", place.path().join("a name")).unwrap();
        // As a process leaves it that was killed: the folder stays, the lock is free.
        let dead = all.join("dead");
        fs::create_dir_all(dead.join(".tmpAbC")).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        let other = Desk::open(&all).unwrap();
        assert!(!dead.exists() && place.path().exists());
        assert_eq!(count(&all), 2);
        drop(other);
        assert_eq!(count(&all), 1);
    }
}
