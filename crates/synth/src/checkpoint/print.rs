//! What a training depends on, as one hash.

use blake3::Hasher;
use verdancy_table::{Column, Table};

use crate::data::Prepared;
use crate::{Checked, Config, Result, Run, TrainingData};

/// Values that are handed to the hash together.
const PIECE: usize = 4096;

/// A hash over everything that the course of a training depends on: the release, configuration,
/// seed, protection, all rows, the weights it starts from, when it is looked at, and the context of
/// its checkpoints.
///
/// # Errors
/// As [`Checked::fit`].
pub fn fingerprint(checked: &Checked, data: &TrainingData<'_>, run: &Run<'_>) -> Result<String> {
    let prepared = data.prepared(checked.relations())?;
    Ok(of_prepared(checked.config(), &prepared, run))
}

/// [`fingerprint`] of what a method learns from.
pub(crate) fn of_prepared(config: &Config, data: &Prepared, run: &Run<'_>) -> String {
    let mut hash = Hasher::new();
    text(&mut hash, env!("CARGO_PKG_VERSION"));
    text(&mut hash, &format!("{config:?}"));
    hash.update(&run.seed.to_le_bytes());
    text(&mut hash, &format!("{:?}", data.guard));
    table(&mut hash, &data.train);
    table(&mut hash, &data.validation);
    if let Some(start) = run.start {
        let parts = start.model.parts();
        text(&mut hash, &parts.head.to_string());
        for (name, tensor) in &parts.tensors {
            text(&mut hash, name);
            values(&mut hash, tensor.bytes().chunks(PIECE * 8), <[u8]>::to_vec);
        }
    }
    if let Some(peek) = &run.peek {
        text(
            &mut hash,
            &format!("{:?} {} {:?}", peek.at, peek.rows, peek.flat),
        );
    }
    if let Some(checkpoint) = &run.checkpoint {
        text(&mut hash, checkpoint.context);
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
