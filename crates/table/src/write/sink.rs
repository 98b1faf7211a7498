//! Where bytes go: a file under a temporary name, compressed on the way, and what to say when the
//! machine refuses.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::{Compression, Error, Format, Result};

/// Where a file that is being written will be.
pub(super) enum Place {
    /// Under a temporary name, and the name it gets at the end.
    Beside(tempfile::TempPath, PathBuf),
    /// Where it is: a pipe or a device.
    Through,
}

impl Place {
    /// Gives a finished file its name.
    pub(super) fn settle(self, file: File) -> io::Result<()> {
        match self {
            // Pipes cannot be synced.
            Place::Through => Ok(()),
            Place::Beside(temporary, target) => {
                file.sync_all()?;
                drop(file);
                temporary.persist(&target).map_err(|e| e.error)
            }
        }
    }
}

/// Opens what `target` leads to.
pub(super) fn open(target: &Path) -> Result<(File, Place)> {
    let refused = |e: io::Error| explain(e).in_file(target);
    let device = std::fs::metadata(target).is_ok_and(|meta| !meta.is_file());
    // Standard output may be a file that the shell opened, with more in it: it is added to.
    let of_system = ["/dev", "/proc"].iter().any(|of| target.starts_with(of));
    // A file system in memory, with files like any other.
    if device || (of_system && !target.starts_with("/dev/shm")) {
        let file = File::options().append(true).open(target).map_err(refused)?;
        return Ok((file, Place::Through));
    }
    let real = followed(target).map_err(refused)?;
    let (file, temporary) = beside(&real)?;
    Ok((file, Place::Beside(temporary, real)))
}

/// The path that links lead to, whether there is something or not.
fn followed(target: &Path) -> io::Result<PathBuf> {
    let mut path = target.to_path_buf();
    // As many links as systems follow.
    for _ in 0..40 {
        match std::fs::read_link(&path) {
            Ok(next) if next.is_absolute() => path = next,
            Ok(next) => path = path.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many links"))
}

/// Opens a temporary file in the folder of `target`; removed when the path is dropped.
fn beside(target: &Path) -> Result<(File, tempfile::TempPath)> {
    let folder = match target.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(Error::input(
            "write/no-folder",
            "The folder of the file to be written does not exist.",
            "Make the folder first, or name another one.",
        )
        .in_file(target));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".verdancy-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
        .tempfile_in(folder)
        .map(tempfile::NamedTempFile::into_parts)
        .map_err(|e| explain(e).in_file(target))
}

/// The error that a refusal of the machine is.
pub(super) fn explain(error: io::Error) -> Error {
    let (code, message, remedy) = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => (
            "write/disk-full",
            "There is no space left for the file to be written; nothing of it was kept.",
            "Free some space, write fewer rows, or name a folder on another disk.",
        ),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => (
            "write/not-writable",
            "The folder of the file to be written does not allow writing.",
            "Change its permissions, or name another folder.",
        ),
        ErrorKind::NotFound | ErrorKind::NotADirectory => (
            "write/no-folder",
            "The folder of the file to be written does not exist.",
            "Make the folder first, or name another one.",
        ),
        ErrorKind::BrokenPipe => (
            "write/reader-gone",
            "What reads the rows has ended.",
            "Nothing is wrong if that was meant, as with `| head`.",
        ),
        _ => (
            "write/failed",
            "The file could not be written; nothing of it was kept.",
            "Look at the cause, and name another folder if it persists.",
        ),
    };
    Error::environment(code, message, remedy).caused_by(error)
}

/// Remembers why writing failed, because the libraries in between turn that into text.
#[derive(Debug, Clone, Default)]
pub(super) struct Failure(Arc<OnceLock<ErrorKind>>);

impl Failure {
    /// The error to report when a library failed with `error` while writing.
    pub(super) fn explain(
        &self,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        match self.0.get() {
            Some(&kind) => explain(io::Error::new(kind, error)),
            None => explain(io::Error::other(error)),
        }
    }
}

struct Tracked {
    file: File,
    bytes: u64,
    failure: Failure,
}

impl Tracked {
    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(e) = &result
            && e.kind() != ErrorKind::Interrupted
        {
            let _ = self.failure.0.set(e.kind());
        }
        result
    }
}

impl Write for Tracked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.bytes += *result.as_ref().unwrap_or(&0) as u64;
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.note(result)
    }
}

enum Packed {
    Plain(BufWriter<Tracked>),
    Gzip(flate2::write::GzEncoder<BufWriter<Tracked>>),
    Zstd(zstd::Encoder<'static, BufWriter<Tracked>>),
}

/// A file being written, compressed as its format says.
pub(super) struct Sink {
    packed: Packed,
    failure: Failure,
}

impl Sink {
    pub(super) fn new(file: File, format: Format) -> Result<Sink> {
        let failure = Failure::default();
        let plain = BufWriter::with_capacity(
            1 << 16,
            Tracked {
                file,
                bytes: 0,
                failure: failure.clone(),
            },
        );
        let compression = match format {
            Format::Csv { compression, .. } | Format::Ndjson { compression } => compression,
            Format::Parquet | Format::ArrowIpc => Compression::None,
        };
        let packed = match compression {
            Compression::None => Packed::Plain(plain),
            Compression::Gzip => Packed::Gzip(flate2::write::GzEncoder::new(
                plain,
                flate2::Compression::default(),
            )),
            Compression::Zstd => Packed::Zstd(zstd::Encoder::new(plain, 3).map_err(explain)?),
        };
        Ok(Sink { packed, failure })
    }

    pub(super) fn failure(&self) -> Failure {
        self.failure.clone()
    }

    /// Ends the compression and hands the file back, with the bytes in it.
    pub(super) fn finish(self) -> io::Result<(File, u64)> {
        let plain = match self.packed {
            Packed::Plain(w) => w,
            Packed::Gzip(w) => w.finish()?,
            Packed::Zstd(w) => w.finish()?,
        };
        match plain.into_inner() {
            Ok(tracked) => Ok((tracked.file, tracked.bytes)),
            Err(e) => {
                let (error, buffer) = e.into_parts();
                drop(buffer.into_parts());
                Err(error)
            }
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.packed {
            Packed::Plain(w) => w.write(bytes),
            Packed::Gzip(w) => w.write(bytes),
            Packed::Zstd(w) => w.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.packed {
            Packed::Plain(w) => w.flush(),
            Packed::Gzip(w) => w.flush(),
            Packed::Zstd(w) => w.flush(),
        }
    }
}
