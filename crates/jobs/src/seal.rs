//! Encryption of what is stored. A file is cut into pieces of 64 KiB, each encrypted with XChaCha20-Poly1305 under the
//! STREAM construction: pieces cannot be swapped, left out or added, and the last one is bound to the name of the
//! file, so that one file is not taken for another. The keys come from a file that only its owner reads; the first
//! one encrypts, and all of them decrypt.

use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use aead_stream::{DecryptorBE32, EncryptorBE32};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{KeyInit, Payload};

use crate::{Error, KeyFault, Result};

/// How a sealed file begins.
const MAGIC: &[u8; 8] = b"vsealed1";
/// Bytes of a key's name, of a random beginning, and of both with the magic.
const NAME: usize = 8;
const RANDOM: usize = 19;
const HEAD: usize = MAGIC.len() + NAME + RANDOM;
/// Bytes of a piece, and of a sealed one.
const PIECE: usize = 1 << 16;
const SEALED: usize = PIECE + 16;
/// How a sealed text begins.
const TEXT: &str = "sealed:";

/// One key.
#[derive(Clone)]
struct Key {
    cipher: XChaCha20Poly1305,
    /// What is known of it.
    name: [u8; NAME],
    /// Names contents, so that who sees names cannot tell whether a file that they have is among them.
    naming: [u8; 32],
}

/// The keys: the first seals, all open.
#[derive(Clone)]
pub struct Ring(Vec<Key>);

/// Without the keys.
impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a text does not fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16);
    let pair = |pair: &[u8]| Some((digit(pair[0])? * 16 + digit(*pair.get(1)?)?) as u8);
    text.as_bytes().chunks(2).map(pair).collect()
}

fn wrong() -> Error {
    Error::Key(KeyFault::Wrong)
}

impl Ring {
    /// The keys in `file`, one a line, each of 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::Key`] where the file cannot be read, may be read by others, or holds something else.
    pub fn load(file: &Path) -> Result<Ring> {
        let unusable = || Error::Key(KeyFault::Unusable);
        let meta = fs::metadata(file).map_err(|_| unusable())?;
        #[cfg(unix)]
        if std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o077 != 0 {
            return Err(unusable());
        }
        if !meta.is_file() || meta.len() > 1 << 16 {
            return Err(unusable());
        }
        let text = fs::read_to_string(file).map_err(|_| unusable())?;
        let lines = (text.lines().map(str::trim)).filter(|l| !l.is_empty() && !l.starts_with('#'));
        let keys: Option<Vec<Key>> = lines.map(Key::of).collect();
        let keys = keys.filter(|keys| !keys.is_empty()).ok_or_else(unusable)?;
        Ok(Ring(keys))
    }

    /// Names of the keys, that which seals first.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|key| hex(&key.name))
    }

    fn named(&self, name: &[u8]) -> Result<&Key> {
        (self.0.iter().find(|key| key.name == name)).ok_or_else(wrong)
    }

    /// A hasher that names contents.
    pub(crate) fn hasher(&self) -> blake3::Hasher {
        // There is always a key.
        let naming = self.0.first().map_or([0; 32], |key| key.naming);
        blake3::Hasher::new_keyed(&naming)
    }

    /// Seals what is written to it.
    pub(crate) fn sealing<W: Write>(&self, to: W) -> Result<Sealing<W>> {
        Sealing::new(self.0.first().ok_or_else(wrong)?, to)
    }

    /// Opens what was sealed under `name`.
    pub(crate) fn opening<R: Read>(&self, name: &str, from: R) -> Result<Opening<R>> {
        Opening::new(self, name, from)
    }

    /// The name of the key that sealed a file with this beginning.
    pub(crate) fn key_of(mut file: impl Read) -> io::Result<String> {
        let mut head = [0; HEAD];
        file.read_exact(&mut head)?;
        Ok(hex(&head[MAGIC.len()..MAGIC.len() + NAME]))
    }

    /// A text as it may lie in a database.
    ///
    /// # Errors
    /// [`Error::File`] does not happen to a text.
    pub fn seal_text(&self, text: &str) -> Result<String> {
        let mut sealing = self.sealing(Vec::new())?;
        sealing.write_all(text.as_bytes())?;
        Ok(format!("{TEXT}{}", hex(&sealing.finish(TEXT)?)))
    }

    /// The text that was sealed, or `text` where it was not.
    ///
    /// # Errors
    /// [`Error::Key`] without the key, or for a text that was changed.
    pub fn open_text(ring: Option<&Ring>, text: String) -> Result<String> {
        let Some(sealed) = text.strip_prefix(TEXT) else {
            return Ok(text);
        };
        let ring = ring.ok_or(Error::Key(KeyFault::Missing))?;
        let bytes = unhex(sealed).ok_or_else(wrong)?;
        let mut out = String::new();
        (ring
            .opening(TEXT, bytes.as_slice())?
            .read_to_string(&mut out))
        .map_err(|_| wrong())?;
        Ok(out)
    }

    /// True for a text that the first key sealed.
    pub fn is_sealed(&self, text: &str) -> bool {
        let head = text.strip_prefix(TEXT).and_then(|t| t.get(..2 * HEAD));
        let name = head.and_then(|head| Ring::key_of(unhex(head)?.as_slice()).ok());
        name.is_some() && name == self.names().next()
    }
}

impl Key {
    fn of(line: &str) -> Option<Key> {
        let bytes: [u8; 32] = unhex(line)?.try_into().ok()?;
        let derived = |what: &str| blake3::derive_key(what, &bytes);
        let name = derived("verdancy 2026 names of keys at rest");
        Some(Key {
            cipher: XChaCha20Poly1305::new(&derived("verdancy 2026 files at rest").into()),
            name: name.first_chunk().copied()?,
            naming: derived("verdancy 2026 names of files at rest"),
        })
    }
}

/// Seals what is written to it.
pub(crate) struct Sealing<W> {
    to: W,
    stream: EncryptorBE32<XChaCha20Poly1305>,
    head: Vec<u8>,
    piece: Vec<u8>,
}

impl<W: Write> Sealing<W> {
    fn new(key: &Key, mut to: W) -> Result<Sealing<W>> {
        // Two version-4 UUIDs have more random bits than the 152 that are taken of their hash.
        let random = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].map(|u| *u.as_bytes());
        let random = blake3::hash(random.as_flattened());
        let random: [u8; RANDOM] = (random.as_bytes().first_chunk().copied()).ok_or_else(wrong)?;
        let head = [MAGIC.as_slice(), &key.name, &random].concat();
        to.write_all(&head)?;
        Ok(Sealing {
            to,
            stream: EncryptorBE32::from_aead(key.cipher.clone(), &random.into()),
            head,
            piece: Vec::with_capacity(PIECE),
        })
    }

    /// Writes the last piece, bound to the name; gives what it was written to.
    pub(crate) fn finish(mut self, name: &str) -> Result<W> {
        let aad = [&self.head, name.as_bytes()].concat();
        let last = Payload {
            msg: &self.piece,
            aad: &aad,
        };
        let sealed = self.stream.encrypt_last(last).map_err(|_| wrong())?;
        self.to.write_all(&sealed)?;
        Ok(self.to)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece waits for more: it may be the last one.
        if self.piece.len() == PIECE && !bytes.is_empty() {
            let piece = Payload {
                msg: &self.piece,
                aad: &self.head,
            };
            let sealed = self.stream.encrypt_next(piece);
            let sealed = sealed.map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
            self.to.write_all(&sealed)?;
            self.piece.clear();
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Opens what was sealed, piece by piece; a piece is given only when it is whole and right.
pub(crate) struct Opening<R> {
    from: R,
    /// None after the last piece.
    stream: Option<DecryptorBE32<XChaCha20Poly1305>>,
    head: Vec<u8>,
    name: String,
    piece: Vec<u8>,
    given: usize,
    /// The piece after.
    ahead: Vec<u8>,
}

impl<R: Read> Opening<R> {
    fn new(ring: &Ring, name: &str, mut from: R) -> Result<Opening<R>> {
        let mut head = vec![0; HEAD];
        from.read_exact(&mut head)?;
        let (magic, rest) = head.split_at(MAGIC.len());
        let (key, random) = rest.split_at(NAME);
        let random: [u8; RANDOM] = random.try_into().map_err(|_| wrong())?;
        if magic != MAGIC {
            return Err(wrong());
        }
        let cipher = ring.named(key)?.cipher.clone();
        let mut opening = Opening {
            from,
            stream: Some(DecryptorBE32::from_aead(cipher, &random.into())),
            head,
            name: name.to_owned(),
            piece: Vec::new(),
            given: 0,
            ahead: Vec::new(),
        };
        opening.look_ahead()?;
        Ok(opening)
    }

    fn look_ahead(&mut self) -> io::Result<()> {
        self.ahead.clear();
        let limit = SEALED as u64;
        (&mut self.from).take(limit).read_to_end(&mut self.ahead)?;
        Ok(())
    }

    /// The next piece; false when there is none.
    fn open(&mut self) -> io::Result<bool> {
        let sealed = std::mem::take(&mut self.ahead);
        self.look_ahead()?;
        let changed = |_| io::Error::from(io::ErrorKind::InvalidData);
        let Some(mut stream) = self.stream.take() else {
            return Ok(false);
        };
        self.piece = if self.ahead.is_empty() {
            let aad = [&self.head, self.name.as_bytes()].concat();
            let last = Payload {
                msg: &sealed,
                aad: &aad,
            };
            stream.decrypt_last(last).map_err(changed)?
        } else {
            let piece = Payload {
                msg: &sealed,
                aad: &self.head,
            };
            let piece = stream.decrypt_next(piece).map_err(changed)?;
            self.stream = Some(stream);
            piece
        };
        self.given = 0;
        Ok(true)
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.piece.len() {
            if !self.open()? {
                return Ok(0);
            }
        }
        let left = &self.piece[self.given..];
        let taken = left.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&left[..taken]);
        self.given += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ONE: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const TWO: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn ring(lines: &[&str]) -> Ring {
        Ring(lines.iter().map(|line| Key::of(line).unwrap()).collect())
    }

    fn sealed(ring: &Ring, name: &str, content: &[u8]) -> Vec<u8> {
        let mut sealing = ring.sealing(Vec::new()).unwrap();
        // In parts that do not fit the pieces.
        for part in content.chunks(10_007) {
            sealing.write_all(part).unwrap();
        }
        sealing.finish(name).unwrap()
    }

    fn opened(ring: &Ring, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let read = ring.opening(name, sealed).ok()?.read_to_end(&mut out);
        read.is_ok().then_some(out)
    }

    #[test]
    fn every_length_comes_back_and_nothing_of_it_is_seen() {
        let ring = ring(&[ONE]);
        for length in [
            0,
            1,
            16,
            PIECE - 1,
            PIECE,
            PIECE + 1,
            3 * PIECE,
            3 * PIECE + 5,
        ] {
            let content: Vec<u8> = b"a planted value, "
                .iter()
                .copied()
                .cycle()
                .take(length)
                .collect();
            let file = sealed(&ring, "n", &content);
            assert_eq!(
                opened(&ring, "n", &file).as_deref(),
                Some(content.as_slice()),
                "{length}"
            );
            assert!(!file.windows(7).any(|w| w == b"planted"));
            assert_ne!(sealed(&ring, "n", &content), file, "never the same twice");
        }
    }

    #[test]
    fn what_was_changed_cut_swapped_or_renamed_is_not_opened() {
        let ring = ring(&[ONE]);
        let content = vec![7; 2 * PIECE + 100];
        let file = sealed(&ring, "n", &content);
        assert_eq!(opened(&ring, "m", &file), None, "under another name");
        for at in [0, 9, 20, HEAD, HEAD + PIECE, HEAD + SEALED, file.len() - 1] {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert_eq!(opened(&ring, "n", &changed), None, "{at}");
        }
        for length in [
            0,
            HEAD - 1,
            HEAD,
            HEAD + SEALED,
            HEAD + 2 * SEALED,
            file.len() - 1,
        ] {
            assert_eq!(opened(&ring, "n", &file[..length]), None, "{length}");
        }
        let (head, pieces) = file.split_at(HEAD);
        let (first, rest) = pieces.split_at(SEALED);
        let (second, last) = rest.split_at(SEALED);
        for other in [
            [head, second, first, last],
            [head, first, first, last],
            [head, first, last, &[]],
        ] {
            assert_eq!(opened(&ring, "n", &other.concat()), None);
        }
        assert_eq!(opened(&ring, "n", &[&file, last].concat()), None);
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let (old, new, both) = (ring(&[ONE]), ring(&[TWO]), ring(&[TWO, ONE]));
        let file = sealed(&old, "n", b"x");
        assert_eq!(opened(&new, "n", &file), None);
        assert_eq!(opened(&both, "n", &file).as_deref(), Some(b"x".as_slice()));
        let file = sealed(&both, "n", b"x");
        assert_eq!(opened(&new, "n", &file).as_deref(), Some(b"x".as_slice()));
        let text = old.seal_text("é").unwrap();
        assert!(old.is_sealed(&text) && !both.is_sealed(&text) && !old.is_sealed("é"));
        assert_eq!(Ring::open_text(Some(&both), text.clone()).unwrap(), "é");
        assert_eq!(Ring::open_text(None, "plain".to_owned()).unwrap(), "plain");
        let fault = |ring: Option<&Ring>| match Ring::open_text(ring, text.clone()) {
            Err(Error::Key(fault)) => fault,
            other => panic!("{other:?}"),
        };
        assert_eq!(fault(None), KeyFault::Missing);
        assert_eq!(fault(Some(&new)), KeyFault::Wrong);
    }

    #[test]
    fn only_a_file_of_keys_that_nobody_else_reads_is_used() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys");
        let load = |text: &str, mode: u32| {
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            Ring::load(&file)
        };
        let both = load(&format!("# new\n{TWO}\n\n{ONE}\n"), 0o600).unwrap();
        assert_eq!(both.names().count(), 2);
        assert!(!format!("{both:?}").contains(&ONE[2..]));
        assert!(load(ONE, 0o400).is_ok());
        for mode in [0o640, 0o604, 0o660] {
            assert!(load(ONE, mode).is_err(), "{mode:o}");
        }
        for text in [
            "",
            "# none\n",
            &ONE[1..],
            &format!("{ONE}00"),
            &ONE.replace('0', "g"),
        ] {
            assert!(load(text, 0o600).is_err(), "{text}");
        }
        assert!(Ring::load(&folder.path().join("none")).is_err());
        assert!(Ring::load(folder.path()).is_err());
    }
}
