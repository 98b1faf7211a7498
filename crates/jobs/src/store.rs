//! Files by the hash of their content. A file is written under a temporary name, synced, and renamed;
//! so what has a hash for a name is whole. What no row of the database names is swept away. With keys, files are
//! sealed before they reach the disk ([`Ring`]).

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::seal::Sealing;
use crate::{Error, KeyFault, Result, Ring};

/// The end of a sealed file's name.
const SEALED: &str = ".sealed";

/// A folder of files named by content.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    ring: Option<Ring>,
}

/// A file in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What it is named by: BLAKE3 of its content, in hexadecimal; with a key in it where contents are sealed.
    pub hash: String,
    /// The size of its content.
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

/// A file on its way into the store; dropped without [`Incoming::finish`], it is gone.
pub struct Incoming {
    store: Store,
    to: To,
    hasher: blake3::Hasher,
    bytes: u64,
}

enum To {
    Plain(NamedTempFile),
    Sealed(Box<Sealing<NamedTempFile>>),
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = match &mut self.to {
            To::Plain(file) => file.write(bytes)?,
            To::Sealed(file) => file.write(bytes)?,
        };
        self.hasher.update(&bytes[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Plain(file) => file.flush(),
            To::Sealed(file) => file.flush(),
        }
    }
}

impl Incoming {
    /// Takes it in.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn finish(self) -> Result<Stored> {
        let hash = self.hasher.finalize().to_hex().to_string();
        let (file, path) = match self.to {
            To::Plain(file) => (file, self.store.place(&hash)),
            To::Sealed(file) => {
                self.store.mark()?;
                (file.finish(&hash)?, self.store.sealed(&hash))
            }
        };
        self.store.adopt(file, &path)?;
        let bytes = self.bytes;
        Ok(Stored { hash, bytes })
    }
}

impl Store {
    /// The store in `root`, which is made when it is not there. With keys, what is taken in is sealed from now on.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Key`] where something is sealed with a key that is not among those given.
    pub fn open(root: &Path, ring: Option<Ring>) -> Result<Store> {
        for folder in ["tmp", "files", "keys"] {
            private_folder(&root.join(folder))?;
        }
        let store = Store {
            root: root.to_path_buf(),
            ring,
        };
        let known: Vec<String> = (store.ring.iter()).flat_map(Ring::names).collect();
        for used in store.marks()? {
            if !known.contains(&used) {
                return Err(Error::Key(match store.ring {
                    None => KeyFault::Missing,
                    Some(_) => KeyFault::Wrong,
                }));
            }
        }
        store.mark()?;
        Ok(store)
    }

    /// The keys.
    pub fn ring(&self) -> Option<&Ring> {
        self.ring.as_ref()
    }

    /// Names of the keys that files are sealed with.
    fn marks(&self) -> Result<Vec<String>> {
        let entries = fs::read_dir(self.root.join("keys"))?;
        entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    /// Notes that files are sealed with the first key.
    fn mark(&self) -> Result<()> {
        if let Some(name) = self.ring.iter().flat_map(Ring::names).next() {
            let path = self.root.join("keys").join(name);
            if !path.exists() {
                File::create(path)?.sync_all()?;
            }
        }
        Ok(())
    }

    /// A file for content to be written to.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn incoming(&self) -> Result<Incoming> {
        let file = self.temporary()?;
        Ok(Incoming {
            to: match &self.ring {
                None => To::Plain(file),
                Some(ring) => To::Sealed(Box::new(ring.sealing(file)?)),
            },
            hasher: match &self.ring {
                None => blake3::Hasher::new(),
                Some(ring) => ring.hasher(),
            },
            store: self.clone(),
            bytes: 0,
        })
    }

    /// A temporary file on the same disk; dropped, it is gone.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn temporary(&self) -> Result<NamedTempFile> {
        Ok(NamedTempFile::new_in(self.root.join("tmp"))?)
    }

    fn adopt(&self, file: NamedTempFile, path: &Path) -> Result<()> {
        file.as_file().sync_all()?;
        let folder = path.parent().unwrap_or(&self.root);
        private_folder(folder)?;
        // Also when it is there: the newer time of change keeps a sweep from taking it.
        file.persist(path).map_err(|e| Error::File(e.error))?;
        File::open(folder)?.sync_all()?;
        Ok(())
    }

    /// Copies a file in.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put(&self, path: &Path) -> Result<Stored> {
        let mut from = File::open(path)?;
        let mut to = self.incoming()?;
        copy(&mut from, &mut to)?;
        to.finish()
    }

    /// Takes in a few bytes.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Stored> {
        let mut to = self.incoming()?;
        to.write_all(bytes)?;
        to.finish()
    }

    /// True when there is a file of this hash.
    pub fn has(&self, hash: &str) -> bool {
        self.find(hash).is_some()
    }

    /// The content of this hash; none when `hash` is not one, or there is no such file.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Key`].
    pub fn read(&self, hash: &str) -> Result<Option<Box<dyn Read + Send>>> {
        let mut looks = 0..2;
        let (file, sealed) = loop {
            let Some((path, sealed)) = self.find(hash) else {
                return Ok(None);
            };
            match File::open(path) {
                // Sealed since it was found: it has another name now.
                Err(e) if e.kind() == ErrorKind::NotFound && looks.next().is_some() => {}
                file => break (file?, sealed),
            }
        };
        if !sealed {
            return Ok(Some(Box::new(file)));
        }
        let ring = (self.ring.as_ref()).ok_or(Error::Key(KeyFault::Missing))?;
        Ok(Some(Box::new(ring.opening(hash, file)?)))
    }

    /// The content of this hash as a text.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Key`].
    pub fn text(&self, hash: &str) -> Result<Option<String>> {
        let Some(mut content) = self.read(hash)? else {
            return Ok(None);
        };
        let mut text = String::new();
        content.read_to_string(&mut text)?;
        Ok(Some(text))
    }

    /// Lays the content of this hash at `path`: as a link to it, or, in a store with keys, as a copy that is not sealed (what is
    /// not sealed yet may be at any time, and a link would then lead nowhere). False when there is no such file.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Key`].
    #[cfg(unix)]
    pub fn lend(&self, hash: &str, path: &Path) -> Result<bool> {
        if self.ring.is_none()
            && let Some((file, false)) = self.find(hash)
        {
            std::os::unix::fs::symlink(fs::canonicalize(file)?, path)?;
            return Ok(true);
        }
        let Some(mut content) = self.read(hash)? else {
            return Ok(false);
        };
        let mut options = File::options();
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        copy(
            &mut content,
            &mut options.write(true).create_new(true).open(path)?,
        )?;
        Ok(true)
    }

    /// Where the file of this hash is, and whether it is sealed.
    fn find(&self, hash: &str) -> Option<(PathBuf, bool)> {
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hash {
            return None;
        }
        let sealed = || (self.sealed(hash), true);
        // It may be sealed between two looks.
        let places = [sealed(), (self.place(hash), false), sealed()];
        places.into_iter().find(|(path, _)| path.is_file())
    }

    fn place(&self, hash: &str) -> PathBuf {
        self.root.join("files").join(&hash[..2]).join(hash)
    }

    fn sealed(&self, hash: &str) -> PathBuf {
        self.root
            .join("files")
            .join(&hash[..2])
            .join(hash.to_owned() + SEALED)
    }

    /// Seals with the first key what was stored before it was there, under the same names, and forgets the keys that
    /// nothing is sealed with any more. Gives the number of files.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Key`].
    pub fn reseal(&self) -> Result<u64> {
        let Some(ring) = &self.ring else {
            return Ok(0);
        };
        let (first, mut done) = (ring.names().next(), 0);
        for folder in fs::read_dir(self.root.join("files"))? {
            for entry in fs::read_dir(folder?.path())? {
                let path = entry?.path();
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let hash = name.strip_suffix(SEALED).unwrap_or(&name);
                let current =
                    hash != name && File::open(&path).and_then(Ring::key_of).ok() == first;
                if current {
                    continue;
                }
                // It may have gone meanwhile.
                let Some(mut content) = self.read(hash)? else {
                    continue;
                };
                let mut sealing = ring.sealing(self.temporary()?)?;
                copy(&mut content, &mut sealing)?;
                self.adopt(sealing.finish(hash)?, &self.sealed(hash))?;
                if hash == name {
                    fs::remove_file(path)?;
                }
                done += 1;
            }
        }
        for used in self
            .marks()?
            .into_iter()
            .filter(|used| Some(used) != first.as_ref())
        {
            fs::remove_file(self.root.join("keys").join(used))?;
        }
        Ok(done)
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
                    Err(e) if e.kind() == ErrorKind::NotFound => continue,
                    Err(e) => return Err(e.into()),
                };
                let old = before.is_some_and(|b| meta.modified().is_ok_and(|m| m <= b));
                let hash = name.strip_suffix(SEALED).unwrap_or(&name);
                if meta.is_file() && old && !kept.contains(hash) {
                    match fs::remove_file(entry.path()) {
                        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e.into()),
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

fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => to.write_all(&buffer[..n])?,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
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
        let store = Store::open(&folder.path().join("store"), None).unwrap();
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
        assert!(!store.has(&other.hash));
        assert_eq!(store.text(&one.hash).unwrap().as_deref(), Some("content"));
    }

    #[test]
    fn a_name_that_is_no_hash_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), None).unwrap();
        for name in ["", "../../etc/passwd", "a", &"é".repeat(32)] {
            assert!(!store.has(name) && store.read(name).unwrap().is_none());
        }
    }

    fn ring(folder: &Path, lines: &[&str]) -> Ring {
        use std::os::unix::fs::PermissionsExt;
        let file = folder.join("keys.txt");
        fs::write(&file, lines.join("\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        Ring::load(&file).unwrap()
    }

    #[test]
    fn contents_are_sealed_moved_to_new_keys_and_bound_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("store");
        let (one, two) = ("11".repeat(32), "22".repeat(32));
        let keys = |lines: &[&str]| Some(ring(folder.path(), lines));
        let text = |store: &Store, hash: &str| store.text(hash).unwrap();
        let before = Store::open(&root, None)
            .unwrap()
            .put_bytes(b"from before")
            .unwrap();

        let store = Store::open(&root, keys(&[&one])).unwrap();
        assert_eq!(text(&store, &before.hash).as_deref(), Some("from before"));
        let new = store.put_bytes(b"planted").unwrap();
        assert_eq!(new.bytes, 7);
        assert_ne!(new.hash, blake3::hash(b"planted").to_hex().to_string());
        assert_eq!(store.put_bytes(b"planted").unwrap(), new, "stored once");
        assert_eq!(text(&store, &new.hash).as_deref(), Some("planted"));
        assert!(store.lend(&new.hash, &folder.path().join("lent")).unwrap());
        assert_eq!(fs::read(folder.path().join("lent")).unwrap(), b"planted");
        let early = folder.path().join("early");
        assert!(store.lend(&before.hash, &early).unwrap());
        assert_eq!((store.reseal().unwrap(), store.reseal().unwrap()), (1, 0));
        assert_eq!(
            fs::read(&early).unwrap(),
            b"from before",
            "lent before it was sealed"
        );
        assert!(!store.place(&before.hash).exists());
        assert_eq!(text(&store, &before.hash).as_deref(), Some("from before"));

        let fault = |ring: Option<Ring>| match Store::open(&root, ring) {
            Err(Error::Key(fault)) => fault,
            other => panic!("{other:?}"),
        };
        assert_eq!(fault(None), KeyFault::Missing);
        assert_eq!(fault(keys(&[&two])), KeyFault::Wrong);
        // The new key first: all is sealed anew, and the old one can go.
        let store = Store::open(&root, keys(&[&two, &one])).unwrap();
        assert_eq!(fault(keys(&[&two])), KeyFault::Wrong, "not yet");
        assert_eq!(store.reseal().unwrap(), 2);
        let store = Store::open(&root, keys(&[&two])).unwrap();
        assert_eq!(text(&store, &new.hash).as_deref(), Some("planted"));
        let kept = HashSet::from([new.hash.clone()]);
        assert_eq!(store.sweep(&kept, Duration::ZERO).unwrap().files, 1);
        assert!(store.has(&new.hash) && !store.has(&before.hash));
    }
}
