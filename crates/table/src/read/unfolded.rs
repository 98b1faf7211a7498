//! What Parquet and Arrow columns come to once they are unfolded. Dictionaries and runs let a few kilobytes
//! stand for gigabytes of cells, so cells are counted before they are taken in: numbers by eight bytes, texts by
//! their length in every row.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, FieldRef, Schema, SchemaRef};

use super::Limits;
use super::open::{read_failed, too_large};
use crate::{Error, Result};

/// Bytes that a number, a date or an empty cell counts.
const CELL: u64 = 8;

/// Room for the cells of one file.
pub(super) struct Room {
    limits: Limits,
    packed: u64,
    taken: AtomicU64,
}

impl Room {
    /// The room for what is in `file`.
    pub fn of(file: File, limits: &Limits) -> Result<Room> {
        let packed = file.metadata().map_err(read_failed)?.len();
        Ok(Room {
            limits: limits.clone(),
            packed: packed.max(1),
            taken: AtomicU64::new(0),
        })
    }

    /// An error when a table of this shape cannot fit.
    pub fn foresee(&self, rows: u64, columns: usize) -> Result<()> {
        self.allows(rows.saturating_mul(columns as u64).saturating_mul(CELL))
    }

    /// Takes room for some columns of a batch.
    pub fn take(&self, columns: &[ArrayRef]) -> Result<()> {
        let more =
            (columns.iter().map(|array| weight(array.as_ref()))).fold(0, u64::saturating_add);
        let before = self.taken.fetch_add(more, Ordering::Relaxed);
        self.allows(before.saturating_add(more))
    }

    /// Bytes at most that may be unpacked.
    pub fn most(&self) -> u64 {
        let by_ratio = self.packed.saturating_mul(self.limits.ratio);
        (self.limits.bytes).min(by_ratio.max(self.limits.ratio_from))
    }

    /// The error of more than `most` bytes.
    pub fn over(&self, most: u64) -> Error {
        if most < self.limits.bytes {
            Error::input(
                "table/decompression-bomb",
                format!(
                    "The cells of the file come to more than {} times its size.",
                    self.limits.ratio
                ),
                "If you trust the file, raise the limit on how much a file may grow, or write it as plain CSV.",
            )
        } else {
            too_large(self.limits.bytes)
        }
    }

    fn allows(&self, bytes: u64) -> Result<()> {
        let most = self.most();
        if bytes > most {
            Err(self.over(most))
        } else {
            Ok(())
        }
    }
}

/// Bytes of an array's cells, each row by itself.
fn weight(array: &dyn Array) -> u64 {
    use DataType as D;
    let rows = array.len() as u64;
    let between = |first: Option<i64>, last: Option<i64>| {
        (last.zip(first)).map_or(0, |(last, first)| last.saturating_sub(first).max(0) as u64)
    };
    let narrow = |ends: &[i32]| {
        between(
            ends.first().map(|x| i64::from(*x)),
            ends.last().map(|x| i64::from(*x)),
        )
    };
    let wide = |ends: &[i64]| between(ends.first().copied(), ends.last().copied());
    let text = match array.data_type() {
        D::Utf8 => narrow(array.as_string::<i32>().value_offsets()),
        D::LargeUtf8 => wide(array.as_string::<i64>().value_offsets()),
        D::Binary => narrow(array.as_binary::<i32>().value_offsets()),
        D::LargeBinary => wide(array.as_binary::<i64>().value_offsets()),
        // The lower half of a view is its length.
        D::Utf8View => views(array.as_string_view().views()),
        D::BinaryView => views(array.as_binary_view().views()),
        D::FixedSizeBinary(size) => rows.saturating_mul(u64::try_from(*size).unwrap_or(0)),
        D::Dictionary(..) => dictionary(array),
        _ => 0,
    };
    text.saturating_add(rows.saturating_mul(CELL))
}

fn views(views: &[u128]) -> u64 {
    (views.iter()).fold(0, |sum, view| sum.saturating_add(u64::from(*view as u32)))
}

fn dictionary(array: &dyn Array) -> u64 {
    let Some(folded) = array.as_any_dictionary_opt() else {
        return 0;
    };
    let values = folded.values();
    if values.is_empty() {
        return 0;
    }
    let lengths: Vec<u64> = (0..values.len())
        .map(|i| weight(values.slice(i, 1).as_ref()) - CELL)
        .collect();
    (folded.normalized_keys().iter()).fold(0, |sum: u64, key| {
        sum.saturating_add(lengths.get(*key).copied().unwrap_or(0))
    })
}

/// The schema with texts that point into their page instead of being copied out of it.
pub(super) fn as_views(schema: &SchemaRef) -> SchemaRef {
    let fields: Vec<_> = schema.fields().iter().map(viewed).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn viewed(field: &FieldRef) -> FieldRef {
    let to = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(viewed).collect()),
        _ => return field.clone(),
    };
    Arc::new(field.as_ref().clone().with_data_type(to))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow_array::types::Int32Type;
    use arrow_array::{DictionaryArray, Int8Array, StringArray, StringViewArray};

    use super::*;

    #[test]
    fn a_text_counts_in_every_row() {
        assert_eq!(weight(&Int8Array::from(vec![1, 2])), 16);
        let plain = StringArray::from(vec![Some("abc"), None, Some("d")]);
        assert_eq!(weight(&plain), 4 + 24);
        assert_eq!(weight(&plain.slice(2, 1)), 1 + 8);
        let views = StringViewArray::from(vec!["a text of more than twelve bytes", "b"]);
        assert_eq!(weight(&views), 32 + 1 + 16);
        let long = "x".repeat(900);
        let cells = vec![long.as_str(); 10];
        let folded: DictionaryArray<Int32Type> = cells.into_iter().collect();
        assert_eq!(weight(&folded), 9000 + 80);
    }

    #[test]
    fn a_small_file_does_not_unfold_to_any_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, vec![0; 300_000]).unwrap();
        let room = |limits: &Limits| Room::of(File::open(&path).unwrap(), limits).unwrap();
        let code = |done: Result<()>| done.map_err(|e| e.code);
        let usual = Limits::default();
        assert_eq!(code(room(&usual).foresee(100_000, 40)), Ok(()));
        assert_eq!(
            code(room(&usual).foresee(2_000_000, 40)),
            Err("table/decompression-bomb")
        );
        let few = Limits {
            bytes: 1000,
            ..usual
        };
        assert_eq!(code(room(&few).foresee(126, 1)), Err("table/too-large"));
    }
}
