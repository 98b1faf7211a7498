//! What a training depends on, as one hash.

use std::fmt::Debug;

use blake3::Hasher;
use verdancy_table::{Column, Table};

use crate::Model;
use crate::data::Prepared;

/// Values that are handed to the hash together.
const PIECE: usize = 4096;

/// What the course of a training depends on besides the release.
pub(crate) struct Grounds<'a> {
    /// The configuration.
    pub config: &'a dyn Debug,
    /// The rows, and how they are protected.
    pub data: &'a Prepared,
    /// The seed.
    pub seed: u64,
    /// The model whose weights it starts from.
    pub start: Option<&'a dyn Model>,
    /// When it is looked at, at how many rows, and how flat the loss has to be.
    pub looks: Option<(&'a [f64], u64, f64)>,
    /// The context of its checkpoints.
    pub context: Option<&'a str>,
}

/// A hash over everything that the course of a training depends on.
pub(crate) fn fingerprint(of: &Grounds<'_>) -> String {
    let mut hash = Hasher::new();
    text(&mut hash, env!("CARGO_PKG_VERSION"));
    text(&mut hash, &format!("{:?}", of.config));
    hash.update(&of.seed.to_le_bytes());
    text(&mut hash, &format!("{:?}", of.data.guard));
    table(&mut hash, &of.data.train);
    table(&mut hash, &of.data.validation);
    if let Some(start) = of.start {
        let parts = start.parts();
        text(&mut hash, &parts.head.to_string());
        for (name, tensor) in &parts.tensors {
            text(&mut hash, name);
            values(&mut hash, tensor.bytes().chunks(PIECE * 8), <[u8]>::to_vec);
        }
    }
    if let Some((at, rows, flat)) = of.looks {
        text(&mut hash, &format!("{at:?} {rows} {flat:?}"));
    }
    if let Some(context) = of.context {
        text(&mut hash, context);
    }
    hash.finalize().to_hex().to_string()
}

/// A hash over the schema and the values of a table.
pub fn of_table(of: &Table) -> String {
    let mut hash = Hasher::new();
    table(&mut hash, of);
    hash.finalize().to_hex().to_string()
}

fn text(hash: &mut Hasher, text: &str) {
    hash.update(&(text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

fn table(hash: &mut Hasher, table: &Table) {
    text(hash, &format!("{:?}", table.schema()));
    hash.update(&(table.rows() as u64).to_le_bytes());
    for column in table.columns() {
        match column {
            Column::Numbers(v) => values(hash, v.chunks(PIECE), |v| {
                v.iter().flat_map(|x| x.to_bits().to_le_bytes()).collect()
            }),
            Column::Integers(v) | Column::Instants(v) => values(hash, v.chunks(PIECE), |v| {
                v.iter().flat_map(|x| whole(*x)).collect()
            }),
            Column::Levels(levels) => {
                levels.levels.iter().for_each(|level| text(hash, level));
                values(hash, levels.codes.chunks(PIECE), |v| {
                    v.iter().flat_map(|x| x.to_le_bytes()).collect()
                });
            }
            Column::Strings(v) => {
                for cell in v {
                    hash.update(&[u8::from(cell.is_some())]);
                    text(hash, cell.as_deref().unwrap_or_default());
                }
            }
        }
    }
}

fn whole(x: Option<i64>) -> [u8; 9] {
    let mut bytes = [u8::from(x.is_some()); 9];
    bytes[1..].copy_from_slice(&x.unwrap_or_default().to_le_bytes());
    bytes
}

fn values<'a, T: 'a>(
    hash: &mut Hasher,
    pieces: impl Iterator<Item = &'a [T]>,
    bytes: impl Fn(&[T]) -> Vec<u8>,
) {
    for piece in pieces {
        hash.update(&bytes(piece));
    }
}
