//! File formats, for reading and writing alike: what a reader finds in its input is what a writer
//! gives back.

use std::path::Path;

use crate::Encoding;

/// A file format with what is needed to write a file like the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "format", rename_all = "snake_case")]
pub enum Format {
    /// Delimited text with a header line.
    Csv {
        /// How its cells and lines are set apart.
        #[serde(flatten)]
        dialect: Dialect,
        /// Around the whole file.
        compression: Compression,
    },
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC file (Feather version 2).
    ArrowIpc,
    /// One JSON object on each line.
    Ndjson {
        /// Around the whole file.
        compression: Compression,
    },
}

/// How delimited text is laid out. Cells are quoted with `"`, doubled inside, by RFC 4180.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Dialect {
    /// Between cells: an ASCII byte.
    pub delimiter: u8,
    /// Lines end in CR LF instead of LF.
    pub crlf: bool,
    /// The file begins with a byte order mark.
    pub bom: bool,
    /// The encoding of its text.
    #[serde(default)]
    pub encoding: Encoding,
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect {
            delimiter: b',',
            crlf: false,
            bom: false,
            encoding: Encoding::UTF_8,
        }
    }
}

/// Compression of a whole text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// None.
    #[default]
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// What it adds to a file's name, with its dot.
    pub fn suffix(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
        }
    }
}

impl Format {
    /// Plain comma-separated text.
    pub const CSV: Format = Format::Csv {
        dialect: Dialect {
            delimiter: b',',
            crlf: false,
            bom: false,
            encoding: Encoding::UTF_8,
        },
        compression: Compression::None,
    };

    /// The format that a file's name asks for; `None` when its ending says nothing.
    ///
    /// ```
    /// use verdancy_table::Format;
    /// assert_eq!(Format::from_path("a/b.parquet"), Some(Format::Parquet));
    /// assert_eq!(Format::from_path("rows.CSV"), Some(Format::CSV));
    /// assert_eq!(Format::from_path("rows.tsv.gz").map(Format::extension), Some("tsv.gz"));
    /// assert_eq!(Format::from_path("rows"), None);
    /// ```
    pub fn from_path(path: impl AsRef<Path>) -> Option<Format> {
        let name = path.as_ref().file_name()?.to_str()?.to_ascii_lowercase();
        let (stem, compression) = if let Some(stem) = name.strip_suffix(".gz") {
            (stem, Compression::Gzip)
        } else if let Some(stem) = name.strip_suffix(".zst") {
            (stem, Compression::Zstd)
        } else {
            (name.as_str(), Compression::None)
        };
        let text = |delimiter| Format::Csv {
            dialect: Dialect {
                delimiter,
                ..Dialect::default()
            },
            compression,
        };
        match stem.rsplit_once('.')?.1 {
            "csv" | "txt" => Some(text(b',')),
            "tsv" | "tab" => Some(text(b'\t')),
            "ndjson" | "jsonl" => Some(Format::Ndjson { compression }),
            "parquet" | "pq" if compression == Compression::None => Some(Format::Parquet),
            "arrow" | "feather" | "ipc" if compression == Compression::None => {
                Some(Format::ArrowIpc)
            }
            _ => None,
        }
    }

    /// The usual ending of a file's name, without the leading dot.
    pub fn extension(self) -> &'static str {
        use Compression::{Gzip, None, Zstd};
        match self {
            Format::Parquet => "parquet",
            Format::ArrowIpc => "arrow",
            Format::Ndjson { compression } => match compression {
                None => "ndjson",
                Gzip => "ndjson.gz",
                Zstd => "ndjson.zst",
            },
            Format::Csv {
                dialect,
                compression,
            } => match (dialect.delimiter == b'\t', compression) {
                (false, None) => "csv",
                (false, Gzip) => "csv.gz",
                (false, Zstd) => "csv.zst",
                (true, None) => "tsv",
                (true, Gzip) => "tsv.gz",
                (true, Zstd) => "tsv.zst",
            },
        }
    }
}
