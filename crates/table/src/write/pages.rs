//! A Parquet column chunk of categories whose dictionary holds every level, in order.
//!
//! The library numbers values as they first appear, so levels that no row has are lost, and those of an ordered
//! category (`low < mid < high`) come back in another order. Pages are written as in the Parquet format
//! specification (Encodings.md: plain dictionary page, RLE / bit-packing hybrid for codes and definition levels).

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

/// The rows of one row group: codes into levels.
#[derive(Default)]
pub(super) struct Codes {
    /// One per row; [`MISSING`](crate::MISSING) for a missing cell.
    codes: Vec<u32>,
    /// Those of the last batch: dictionaries only grow.
    levels: Option<ArrayRef>,
}

/// True for columns that are written here: dictionaries of texts that are no field of a struct.
pub(super) fn is_coded(field: &DataType) -> bool {
    matches!(field, DataType::Dictionary(_, value) if matches!(**value, DataType::Utf8 | DataType::LargeUtf8))
}

impl Codes {
    /// Adds the rows of `array`, a dictionary whose levels begin with those before.
    pub(super) fn push(&mut self, array: &ArrayRef) {
        let Some(dictionary) = array.as_any_dictionary_opt() else {
            return;
        };
        let keys = dictionary.keys();
        if !dictionary.values().is_empty() {
            let normal = dictionary.normalized_keys();
            self.codes.extend(normal.iter().enumerate().map(
                |(row, &code)| match keys.is_valid(row) {
                    true => code as u32,
                    false => crate::MISSING,
                },
            ));
        } else {
            self.codes
                .extend(std::iter::repeat_n(crate::MISSING, keys.len()));
        }
        self.levels = Some(dictionary.values().clone());
    }

    /// Bytes that the rows take, about.
    pub(super) fn memory(&self) -> usize {
        self.codes.len() * 4
    }

    /// The chunk: its bytes, and what the footer says of it.
    pub(super) fn close(self, column: ColumnDescPtr) -> Result<(Bytes, ColumnCloseResult)> {
        let rows = self.codes.len();
        let (dictionary, levels) = self.levels.as_ref().map_or((Vec::new(), 0), plain);
        let data = self.data(column.max_def_level() > 0, levels)?;
        let missing = self.codes.iter().filter(|&&code| code == crate::MISSING);
        let missing = missing.count() as u64;
        let dictionary_page = Page::DictionaryPage {
            buf: packed(&dictionary)?,
            num_values: levels as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let data_page = Page::DataPage {
            buf: packed(&data)?,
            num_values: rows as u32,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let mut bytes = TrackedWrite::new(Vec::new());
        let mut writer = SerializedPageWriter::new(&mut bytes);
        let first = writer.write_page(CompressedPage::new(dictionary_page, dictionary.len()))?;
        let second = writer.write_page(CompressedPage::new(data_page, data.len()))?;
        let bytes = Bytes::from(bytes.into_inner()?);
        let mut index = OffsetIndexBuilder::new();
        index.append_offset_and_size(second.offset as i64, second.compressed_size as i32);
        index.append_row_count(rows as i64);
        let whole = first.uncompressed_size + second.uncompressed_size;
        let metadata = ColumnChunkMetaData::builder(column)
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_encodings(vec![
                Encoding::PLAIN,
                Encoding::RLE,
                Encoding::RLE_DICTIONARY,
            ])
            .set_num_values(rows as i64)
            .set_total_compressed_size(bytes.len() as i64)
            .set_total_uncompressed_size(whole as i64)
            .set_dictionary_page_offset(Some(first.offset as i64))
            .set_data_page_offset(second.offset as i64)
            .set_statistics(Statistics::byte_array(
                None,
                None,
                None,
                Some(missing),
                false,
            ))
            .build()?;
        let closed = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows as u64,
            metadata,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(index.build()),
        };
        Ok((bytes, closed))
    }

    /// The data page: which cells are there, where some may be missing, and the codes of these.
    fn data(&self, nullable: bool, levels: usize) -> Result<Vec<u8>> {
        let there: Vec<u32> = (self.codes.iter().copied())
            .filter(|&code| code != crate::MISSING)
            .collect();
        let mut data = Vec::new();
        if nullable {
            let is_there = |&code: &u32| u32::from(code != crate::MISSING);
            let levels: Vec<u32> = self.codes.iter().map(is_there).collect();
            let levels = hybrid(&levels, 1);
            data.extend((levels.len() as u32).to_le_bytes());
            data.extend(levels);
        } else if there.len() < self.codes.len() {
            let message = "a cell is missing in a required column";
            return Err(ParquetError::General(message.to_owned()));
        }
        let width = 32 - (levels.max(2) as u32 - 1).leading_zeros();
        data.push(width as u8);
        data.extend(hybrid(&there, width));
        Ok(data)
    }
}

fn packed(bytes: &[u8]) -> Result<Bytes> {
    let level = ZstdLevel::default().compression_level();
    let packed = zstd::bulk::compress(bytes, level)?;
    Ok(Bytes::from(packed))
}

/// Texts in the encoding PLAIN, and how many they are.
fn plain(levels: &ArrayRef) -> (Vec<u8>, usize) {
    let mut out = Vec::new();
    let mut push = |text: &str| {
        out.extend((text.len() as u32).to_le_bytes());
        out.extend(text.as_bytes());
    };
    match levels.data_type() {
        DataType::LargeUtf8 => levels
            .as_string::<i64>()
            .iter()
            .flatten()
            .for_each(&mut push),
        _ => levels
            .as_string::<i32>()
            .iter()
            .flatten()
            .for_each(&mut push),
    }
    (out, levels.len())
}

/// Values of `width` bits in the RLE / bit-packing hybrid: one run where all are the same, else one stretch of
/// groups of eight.
fn hybrid(values: &[u32], width: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let Some(&first) = values.first() else {
        return out;
    };
    if values.iter().all(|&value| value == first) {
        varint(&mut out, (values.len() as u64) << 1);
        let bytes = width.div_ceil(8) as usize;
        out.extend(&first.to_le_bytes()[..bytes]);
        return out;
    }
    let groups = values.len().div_ceil(8);
    varint(&mut out, ((groups as u64) << 1) | 1);
    let (mut held, mut bits) = (0u64, 0);
    let filled = values.iter().copied().chain(std::iter::repeat(0));
    for value in filled.take(groups * 8) {
        held |= u64::from(value) << bits;
        bits += width;
        while bits >= 8 {
            out.push(held as u8);
            held >>= 8;
            bits -= 8;
        }
    }
    out
}

/// An unsigned number in groups of seven bits (ULEB128).
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_groups_are_those_of_the_specification() {
        // The example of Encodings.md: 0 to 7 in three bits.
        let eight: Vec<u32> = (0..8).collect();
        assert_eq!(
            hybrid(&eight, 3),
            [0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010]
        );
        assert_eq!(hybrid(&[5; 100], 3), [0b1100_1000, 0b1, 5]);
        assert_eq!(hybrid(&[300; 4], 9), [8, 0x2c, 0x01]);
        assert_eq!(hybrid(&[], 3), [0u8; 0]);
        // A group that is not full is filled with zeros.
        assert_eq!(hybrid(&[1, 0, 1], 1), [0b11, 0b101]);
    }
}
