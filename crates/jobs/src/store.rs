//! Files by the hash of their content. A file is written under a temporary name, synced, and renamed;
//! so what has a hash for a name is whole. What no row of the database names is swept away.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::{Error, Result};

/// A folder of files named by content.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// A file in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// BLAKE3 of its content, in hexadecimal.
    pub hash: String,
    /// Its size.
    pub bytes: u64,
}

/// What a sweep took away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files.
    pub files: u64,
    /// Their sizes together.
    pub bytes: u64,
}

impl Store {
    /// The store in `root`, which is made when it is not there.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn open(root: &Path) -> Result<Store> {
        for folder in ["tmp", "files"] {
            private_folder(&root.join(folder))?;
        }
        Ok(Store {
            root: root.to_path_buf(),
        })
    }

    /// A temporary file on the same disk; dropped without [`Store::adopt`], it is gone.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn temporary(&self) -> Result<tempfile::NamedTempFile> {
        Ok(tempfile::NamedTempFile::new_in(self.root.join("tmp"))?)
    }

    /// Takes in a finished temporary file whose content has this hash.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn adopt(&self, file: tempfile::NamedTempFile, hash: &blake3::Hash) -> Result<Stored> {
        let hash = hash.to_hex().to_string();
        let path = self.place(&hash);
        file.as_file().sync_all()?;
        let bytes = file.as_file().metadata()?.len();
        let folder = path.parent().unwrap_or(&self.root);
        private_folder(folder)?;
        // Also when it is there: the newer time of change keeps a sweep from taking it.
        file.persist(&path).map_err(|e| Error::File(e.error))?;
        File::open(folder)?.sync_all()?;
        Ok(Stored { hash, bytes })
    }

    /// Copies a file in.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put(&self, path: &Path) -> Result<Stored> {
        let mut from = File::open(path)?;
        let mut to = self.temporary()?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let n = from.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            hasher.update(&buffer[..n]);
            to.write_all(&buffer[..n])?;
        }
        self.adopt(to, &hasher.finalize())
    }

    /// Takes in a few bytes.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Stored> {
        let mut to = self.temporary()?;
        to.write_all(bytes)?;
        self.adopt(to, &blake3::hash(bytes))
    }

    /// Where the file of this hash is; none when `hash` is not one, or there is no such file.
    pub fn path(&self, hash: &str) -> Option<PathBuf> {
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        let path = is_hash.then(|| self.place(hash))?;
        path.is_file().then_some(path)
    }

    fn place(&self, hash: &str) -> PathBuf {
        self.root.join("files").join(&hash[..2]).join(hash)
    }

    /// Takes away files that are older than `age` and are not among `kept`, and temporary ones older
    /// than `age`.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn sweep(&self, kept: &HashSet<String>, age: Duration) -> Result<Swept> {
        let mut swept = Swept::default();
        let before = SystemTime::now().checked_sub(age);
        let mut folders = vec![self.root.join("tmp")];
        for entry in fs::read_dir(self.root.join("files"))? {
            folders.push(entry?.path());
        }
        for folder in folders {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let meta = match entry.metadata() {
                    Ok(meta) => meta,
                    Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                    Err(e) => return Err(e.into()),
                };
                let old = before.is_some_and(|b| meta.modified().is_ok_and(|m| m <= b));
                if meta.is_file() && old && !kept.contains(&name) {
                    match fs::remove_file(entry.path()) {
                        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e.into()),
                        _ => {}
                    }
                    swept.files += 1;
                    swept.bytes += meta.len();
                }
            }
        }
        Ok(swept)
    }
}

/// A folder that nobody but its owner looks into, made with those above it when it is not there.
///
/// # Errors
/// What the system says.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn equal_contents_are_stored_once_and_swept_when_nobody_names_them() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let file = folder.path().join("a");
        fs::write(&file, "content").unwrap();
        let (one, two) = (store.put(&file).unwrap(), store.put(&file).unwrap());
        assert_eq!(one, two);
        assert_eq!(one.bytes, 7);
        fs::write(&file, "other").unwrap();
        let other = store.put(&file).unwrap();
        let kept = HashSet::from([one.hash.clone()]);
        let day = Duration::from_secs(86_400);
        assert_eq!(store.sweep(&kept, day).unwrap(), Swept::default());
        let swept = store.sweep(&kept, Duration::ZERO).unwrap();
        assert_eq!((swept.files, swept.bytes), (1, 5));
        assert!(store.path(&other.hash).is_none());
        assert_eq!(
            fs::read(store.path(&one.hash).unwrap()).unwrap(),
            b"content"
        );
    }

    #[test]
    fn a_name_that_is_no_hash_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        for name in ["", "../../etc/passwd", "a", &"é".repeat(32)] {
            assert!(store.path(name).is_none());
        }
    }
}
