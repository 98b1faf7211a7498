//! What the tests of reading and inference share.
#![allow(dead_code)]

use std::path::PathBuf;

use tempfile::TempDir;
use verdancy_table::read::{self, Loaded, Options};
use verdancy_table::{Column, ColumnSpec, Error, Kind, infer};

/// A file that is removed with its folder.
pub struct File {
    _folder: TempDir,
    pub path: PathBuf,
}

pub fn file(name: &str, bytes: impl AsRef<[u8]>) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    File {
        _folder: folder,
        path,
    }
}

pub fn load(bytes: impl AsRef<[u8]>) -> Loaded {
    load_with(bytes, &infer::Options::default())
}

pub fn load_with(bytes: impl AsRef<[u8]>, infer: &infer::Options) -> Loaded {
    let file = file("table.csv", bytes);
    read::load(&file.path, &Options::default(), infer).unwrap()
}

pub fn refused(bytes: impl AsRef<[u8]>) -> Error {
    refused_with(bytes, &Options::default(), &infer::Options::default())
}

/// The error, after a check that it says what to do and shows its file.
pub fn refused_with(bytes: impl AsRef<[u8]>, options: &Options, infer: &infer::Options) -> Error {
    let file = file("table.csv", bytes);
    let e = read::load(&file.path, options, infer).expect_err("this table must be refused");
    assert!(!e.remedy.is_empty(), "{e:?}");
    assert_eq!(e.place.file.as_ref(), Some(&file.path), "{e:?}");
    e
}

/// One column under a header, one cell a line.
pub fn column(name: &str, cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut text = format!("{name},other\n");
    for (i, cell) in cells.into_iter().enumerate() {
        text.push_str(&format!(
            "\"{}\",{}\n",
            cell.as_ref().replace('"', "\"\""),
            i % 3
        ));
    }
    text
}

pub fn kind(name: &str, cells: impl IntoIterator<Item = impl AsRef<str>>) -> Kind {
    load(column(name, cells)).table.schema().columns[0]
        .kind
        .clone()
}

pub fn codes(loaded: &Loaded) -> Vec<&str> {
    loaded.warnings.iter().map(|w| w.code.as_str()).collect()
}

pub fn spec<'a>(loaded: &'a Loaded, name: &str) -> (&'a ColumnSpec, &'a Column) {
    let at = loaded.table.schema().position(name).unwrap();
    (&loaded.table.schema().columns[at], loaded.table.column(at))
}
