//! Where bytes go: a file under a temporary name, compressed on the way, and what to say when the
//! machine refuses.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::{Compression, Error, Format, Result};

/// Opens a temporary file in the folder of `target`; removed when the path is dropped.
pub(super) fn beside(target: &Path) -> Result<(File, tempfile::TempPath)> {
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

    /// Ends the compression and hands the file back.
    pub(super) fn finish(self) -> io::Result<File> {
        let plain = match self.packed {
            Packed::Plain(w) => w,
            Packed::Gzip(w) => w.finish()?,
            Packed::Zstd(w) => w.finish()?,
        };
        match plain.into_inner() {
            Ok(tracked) => Ok(tracked.file),
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
