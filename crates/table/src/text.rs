//! How values are written: numbers, dates and times, patterns of keys. What a text may mean, not what a column is.

pub(crate) mod date;
mod mask;
mod number;

pub(crate) use mask::{hexadecimal, is_uuid, mask};
pub(crate) use number::{
    Number, Precision, number, push_integer, push_number, rounded, says_missing,
};
