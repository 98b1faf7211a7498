//! Opening a file: what it is by its first bytes, never by its name, and how much of it may be
//! unpacked.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use super::Limits;
use crate::{Compression, Encoding, Error, Result};

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Text,
    Objects,
    Parquet,
    ArrowFile,
    ArrowStream,
    /// Of Excel or LibreOffice.
    Workbook,
}

/// An open file.
pub(super) struct Input {
    pub content: Content,
    pub compression: Compression,
    pub bom: bool,
    pub encoding: Encoding,
    /// The first bytes, unpacked and without the byte order mark; `reader` gives them again.
    pub head: Vec<u8>,
    /// True when `head` is the whole text.
    pub whole: bool,
    pub reader: Box<dyn Read + Send>,
}

impl Input {
    /// Text that is there.
    pub fn of_text(text: Vec<u8>) -> Input {
        Input {
            content: Content::Text,
            compression: Compression::None,
            bom: false,
            encoding: Encoding::UTF_8,
            head: text[..text.len().min(HEAD)].to_vec(),
            whole: text.len() <= HEAD,
            reader: Box::new(io::Cursor::new(text)),
        }
    }
}

const HEAD: usize = 64 * 1024;
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

pub(super) fn file(path: &Path) -> Result<File> {
    let at = |e: Error| e.in_file(path);
    let opened = File::open(path).and_then(|f| f.metadata().map(|m| (f, m)));
    match opened {
        Ok((_, meta)) if meta.is_dir() => Err(at(Error::input(
            "table/is-a-folder",
            "This is a folder, not a file.",
            "Name the file that holds the table.",
        ))),
        Ok((file, _)) => Ok(file),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(at(Error::input(
            "table/file-not-found",
            "There is no such file.",
            "Check the path and the working folder.",
        ))),
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => Err(at(Error::environment(
            "table/permission-denied",
            "The file may not be read.",
            "Give this user the right to read the file.",
        ))),
        Err(e) => Err(at(read_failed(e))),
    }
}

/// Opens a file; text that is not UTF-8 is translated from `encoding`, UTF-16 also without being told.
pub(super) fn open(path: &Path, encoding: Option<Encoding>, limits: &Limits) -> Result<Input> {
    opened(file(path)?, encoding, limits).map_err(|e| e.in_file(path))
}

fn opened(file: File, encoding: Option<Encoding>, limits: &Limits) -> Result<Input> {
    let (mut reader, compression) = unpacked(file, limits)?;
    let mut head = Vec::new();
    let fill = |reader: &mut dyn Read, head: &mut Vec<u8>| {
        let took = reader.take(HEAD as u64).read_to_end(head);
        took.map_err(|e| from_io(e, compression))?;
        Ok(head.len() < HEAD)
    };
    let mut whole = fill(&mut reader, &mut head)?;
    let encoding = encoding.or_else(|| utf16(&head)).unwrap_or_default();
    let marks: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
    let mark = marks
        .iter()
        .find(|mark| head.starts_with(mark) && (mark.len() == 3) == encoding.is_utf8());
    let bom = mark.is_some();
    head.drain(..mark.map_or(0, |mark| mark.len()));
    if !encoding.is_utf8() {
        let raw = io::Cursor::new(std::mem::take(&mut head)).chain(reader);
        reader = Box::new(
            encoding_rs_io::DecodeReaderBytesBuilder::new()
                .encoding(Some(encoding.inner()))
                .bom_override(false)
                .build(raw),
        );
        whole = fill(&mut reader, &mut head)?;
    }
    let packed = compression != Compression::None;
    if packed && (head.starts_with(GZIP) || head.starts_with(ZSTD)) {
        return Err(packed_twice());
    }
    let content = content(&head)?;
    if packed && !matches!(content, Content::Text | Content::Objects) {
        return Err(packed_twice());
    }
    let reader = Box::new(io::Cursor::new(head.clone()).chain(reader));
    Ok(Input {
        content,
        compression,
        bom,
        encoding,
        head,
        whole,
        reader,
    })
}

/// What is inside a compressed file, or the file itself; no more of it than `limits` allow.
fn unpacked(mut file: File, limits: &Limits) -> Result<(Box<dyn Read + Send>, Compression)> {
    let mut magic = Vec::new();
    let took = file.by_ref().take(8).read_to_end(&mut magic);
    took.and_then(|_| file.rewind()).map_err(read_failed)?;
    let bytes = Counted::new(BufReader::with_capacity(128 * 1024, file));
    let packed = bytes.count.clone();
    let (compression, inner): (_, Box<dyn Read + Send>) = if magic.starts_with(GZIP) {
        let decoder = flate2::read::MultiGzDecoder::new(bytes);
        (Compression::Gzip, Box::new(decoder))
    } else if magic.starts_with(ZSTD) {
        let decoder = zstd::stream::read::Decoder::new(bytes).map_err(unpack_failed)?;
        (Compression::Zstd, Box::new(decoder))
    } else {
        (Compression::None, Box::new(bytes))
    };
    let reader = Bounded {
        inner,
        packed,
        compressed: compression != Compression::None,
        unpacked: 0,
        limits: limits.clone(),
    };
    Ok((Box::new(reader), compression))
}

fn packed_twice() -> Error {
    Error::input(
        "table/packed-twice",
        "A Parquet, Arrow or compressed file lies inside a gzip or Zstandard file.",
        "Unpack it first: what is inside is compressed itself.",
    )
}

fn content(head: &[u8]) -> Result<Content> {
    if head.starts_with(b"PAR1") {
        return Ok(Content::Parquet);
    }
    if head.starts_with(b"ARROW1") {
        return Ok(Content::ArrowFile);
    }
    if head.starts_with(&[0xff; 4]) {
        return Ok(Content::ArrowStream);
    }
    if is_workbook(head) {
        return Ok(Content::Workbook);
    }
    if let Some(e) = statistics(head) {
        return Err(e);
    }
    let other = [
        (&b"PK\x03\x04"[..], "a ZIP archive"),
        (b"SQLite format 3", "an SQLite database"),
        (b"%PDF", "a PDF document"),
        (b"BZh", "a bzip2 file"),
        (b"\xfd7zXZ", "an xz file"),
        (b"\x89HDF", "an HDF5 file"),
    ];
    if let Some((_, what)) = other.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(Error::input(
            "table/format-unknown",
            format!("The file is {what}, not a table that can be read."),
            "Export the table as CSV, Parquet, Arrow IPC or NDJSON.",
        ));
    }
    let text = head.trim_ascii_start();
    match text {
        [] => Err(Error::input(
            "table/empty-file",
            "The file is empty.",
            "Name a file with a header line and rows.",
        )),
        [b'{', ..] => Ok(Content::Objects),
        [b'[', rest @ ..] if rest.trim_ascii_start().starts_with(b"{") => Err(Error::input(
            "table/json-array",
            "The file is one JSON array.",
            "Write one object on each line (NDJSON), for example with `jq -c '.[]'`.",
        )
        .at_line(1)),
        _ => Ok(Content::Text),
    }
}

/// The refusal of a file of SPSS, Stata or SAS, with the way to a table that can be read.
fn statistics(head: &[u8]) -> Option<Error> {
    const SAS: &[u8] = b"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60";
    // Before its thirteenth version, a file of Stata begins with its version, the order of its bytes, and two more.
    let old_stata = matches!(head, [104..=115, 1 | 2, 1, 0, ..]);
    let (what, packages, reading) = if head.starts_with(b"$FL2") || head.starts_with(b"$FL3") {
        // What the file says of itself is nothing that a Parquet file can hold.
        let reading = "t = pandas.read_spss('table.sav'); t.attrs = {}; t";
        ("SPSS", "pandas pyarrow pyreadstat", reading)
    } else if head.starts_with(b"<stata_dta>") || old_stata {
        let reading = "pandas.read_stata('table.dta')";
        ("Stata", "pandas pyarrow", reading)
    } else if head.starts_with(SAS) {
        let reading = "pandas.read_sas('table.sas7bdat', encoding='infer')";
        ("SAS", "pandas pyarrow", reading)
    } else if head.starts_with(b"HEADER RECORD*******LIB") {
        let reading = "pandas.read_sas('table.xpt', format='xport', encoding='utf-8')";
        ("SAS", "pandas pyarrow", reading)
    } else {
        return None;
    };
    let convert = format!("import pandas; {reading}.to_parquet('table.parquet')");
    Some(Error::input(
        "table/statistics-file",
        format!("This is a file of {what}, which is not read directly."),
        format!("Convert it: `pip install {packages}`, then `python -c \"{convert}\"`."),
    ))
}

/// True for the archives that workbooks are, and for the old format of Excel.
fn is_workbook(head: &[u8]) -> bool {
    const OLD: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    let holds = |name: &[u8]| head.windows(name.len()).any(|part| part == name);
    let archive = head.starts_with(b"PK\x03\x04");
    let parts: [&[u8]; 4] = [
        b"xl/",
        b"[Content_Types].xml",
        b"docProps/",
        b"opendocument.spreadsheet",
    ];
    head.starts_with(OLD) || archive && parts.iter().any(|name| holds(name))
}

/// The first bytes of a file when unpacked, for a guess at its encoding.
pub(super) fn bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let input = open(path, Some(Encoding::UTF_8), limits)?;
    let mut bytes = Vec::new();
    (input.reader.take(1 << 20).read_to_end(&mut bytes))
        .map_err(|e| from_io(e, input.compression).in_file(path))?;
    Ok(bytes)
}

/// UTF-16, by its byte order mark or by the zero bytes that Western text has in it.
fn utf16(head: &[u8]) -> Option<Encoding> {
    // Arrow's stream begins alike.
    if head.starts_with(&[0xff; 4]) {
        return None;
    }
    let named = |name| Encoding::named(name);
    if head.starts_with(&[0xff, 0xfe]) {
        return named("utf-16le");
    }
    if head.starts_with(&[0xfe, 0xff]) {
        return named("utf-16be");
    }
    let sample = &head[..head.len().min(512) & !1];
    if sample.len() < 8 {
        return None;
    }
    let zeros = |odd: usize| {
        sample
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|&&b| b == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let most = sample.len() / 2 * 7 / 10;
    if even >= most && odd == 0 {
        return named("utf-16be");
    }
    (odd >= most && even == 0).then(|| named("utf-16le"))?
}

/// An error of reading, with ours taken out again where one travelled inside an `io::Error`.
pub(super) fn from_io(e: io::Error, compression: Compression) -> Error {
    if e.get_ref().is_some_and(|inner| inner.is::<Error>()) {
        return match e.into_inner().map(|inner| inner.downcast::<Error>()) {
            Some(Ok(ours)) => *ours,
            _ => Error::internal("an error lost its cause"),
        };
    }
    if compression == Compression::None {
        read_failed(e)
    } else {
        unpack_failed(e)
    }
}

pub(super) fn read_failed(e: io::Error) -> Error {
    Error::environment(
        "table/read-failed",
        "The file could not be read to its end.",
        "Check the disk or the connection that the file lies on.",
    )
    .caused_by(e)
}

fn unpack_failed(e: io::Error) -> Error {
    let (code, message) = if e.kind() == io::ErrorKind::UnexpectedEof {
        ("table/truncated", "The compressed file ends too early.")
    } else {
        ("table/bad-compression", "The compressed file is damaged.")
    };
    Error::input(
        code,
        message,
        "Copy or download the file again and compare its checksum.",
    )
    .caused_by(e)
}

struct Counted<R> {
    inner: R,
    count: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

impl<R> Counted<R> {
    fn new(inner: R) -> Counted<R> {
        Counted {
            inner,
            count: Default::default(),
        }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.count
            .fetch_add(n as u64, std::sync::atomic::Ordering::Relaxed);
        Ok(n)
    }
}

impl<R: io::BufRead> io::BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.count
            .fetch_add(n as u64, std::sync::atomic::Ordering::Relaxed);
        self.inner.consume(n);
    }
}

/// Stops when more comes out than the limits allow.
struct Bounded {
    inner: Box<dyn Read + Send>,
    packed: std::sync::Arc<std::sync::atomic::AtomicU64>,
    compressed: bool,
    unpacked: u64,
    limits: Limits,
}

impl Read for Bounded {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.unpacked += n as u64;
        if self.unpacked > self.limits.bytes {
            return Err(io::Error::other(too_large(self.limits.bytes)));
        }
        let packed = self
            .packed
            .load(std::sync::atomic::Ordering::Relaxed)
            .max(1);
        if self.compressed
            && self.unpacked > self.limits.ratio_from
            && self.unpacked / packed > self.limits.ratio
        {
            return Err(io::Error::other(bomb(&self.limits)));
        }
        Ok(n)
    }
}

fn bomb(limits: &Limits) -> Error {
    Error::input(
        "table/decompression-bomb",
        format!(
            "The compressed file grows to more than {} times its size.",
            limits.ratio
        ),
        "Unpack the file yourself when you trust it, and give the unpacked one.",
    )
}

pub(super) fn too_large(bytes: u64) -> Error {
    Error::input(
        "table/too-large",
        format!("The table is larger than {bytes} bytes when unpacked."),
        "Give a sample of its rows, or raise the limit.",
    )
}
