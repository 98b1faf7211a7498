//! From Arrow arrays to [`Cells`].

use arrow_array::array::AnyDictionaryArray;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTemporalType, Date32Type, Date64Type, Decimal32Type, Decimal64Type,
    Decimal128Type, Decimal256Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, StringArray};
use arrow_schema::{DataType, Field, TimeUnit};

use super::Options;
use super::delimited::bad_cell;
use crate::raw::Builder;
use crate::raw::Cells;
use crate::{Error, Result};

/// Collects the batches of one column.
pub(super) enum Collector {
    Text {
        cells: Builder,
        /// The levels of an ordered dictionary, in its order.
        order: Option<Vec<String>>,
    },
    Numbers {
        values: Vec<f64>,
        scale: Option<u8>,
        not_finite: u64,
    },
    Integers(Vec<Option<i64>>),
    Instants {
        values: Vec<Option<i64>>,
        format: &'static str,
    },
}

impl Collector {
    /// For columns of the type of `field`.
    ///
    /// # Errors
    /// `table/nested-column`, `table/type-unsupported`.
    pub(super) fn new(field: &Field, options: &Options) -> Result<Collector> {
        let mut new = Collector::of(field.data_type(), options)?;
        if let Collector::Text { order, .. } = &mut new {
            *order = (field.dict_is_ordered() == Some(true)).then(Vec::new);
        }
        Ok(new)
    }

    fn of(kind: &DataType, options: &Options) -> Result<Collector> {
        use DataType as D;
        let instants = |format| Collector::Instants {
            values: Vec::new(),
            format,
        };
        let numbers = |scale| Collector::Numbers {
            values: Vec::new(),
            scale,
            not_finite: 0,
        };
        Ok(match kind {
            D::Boolean
            | D::Utf8
            | D::LargeUtf8
            | D::Utf8View
            | D::Binary
            | D::LargeBinary
            | D::BinaryView
            | D::FixedSizeBinary(_)
            | D::UInt64
            | D::Null => Collector::Text {
                cells: Builder::new(options.limits.cell),
                order: None,
            },
            D::Int8
            | D::Int16
            | D::Int32
            | D::Int64
            | D::UInt8
            | D::UInt16
            | D::UInt32
            | D::Duration(_) => Collector::Integers(Vec::new()),
            D::Float16 | D::Float32 | D::Float64 => numbers(None),
            D::Decimal32(_, scale)
            | D::Decimal64(_, scale)
            | D::Decimal128(_, scale)
            | D::Decimal256(_, scale) => numbers(Some((*scale).clamp(0, 30) as u8)),
            D::Date32 | D::Date64 => instants("%Y-%m-%d"),
            D::Timestamp(unit, zone) => instants(timestamp_format(*unit, zone.is_some())),
            D::Time32(TimeUnit::Second) => instants("%H:%M:%S"),
            D::Time32(_) | D::Time64(_) => instants("%H:%M:%S%.f"),
            D::Dictionary(_, value) if !value.is_nested() => Collector::of(value, options)?,
            other if other.is_nested() => {
                return Err(Error::input(
                    "table/nested-column",
                    "The column holds lists or maps.",
                    "Leave it out with --drop, or unfold it into plain columns.",
                ));
            }
            other => {
                return Err(Error::input(
                    "table/type-unsupported",
                    format!("The column has the type {other}, which is not read."),
                    "Leave it out with --drop, or write it as text or a number.",
                ));
            }
        })
    }

    pub(super) fn push(&mut self, array: &dyn Array, options: &Options) -> Result<()> {
        if let Some(dictionary) = array.as_any_dictionary_opt() {
            if let Collector::Text { cells, order } = self
                && let Some(values) = dictionary.values().as_string_opt::<i32>()
            {
                if let Some(order) = order {
                    in_order(order, values);
                }
                return folded(cells, dictionary, values, options);
            }
            let flat = arrow_select::take::take(dictionary.values(), dictionary.keys(), None)
                .map_err(|e| Error::internal("a dictionary could not be unfolded").caused_by(e))?;
            if let Collector::Text {
                order: Some(order), ..
            } = self
            {
                in_order(order, dictionary.values());
            }
            return self.push(flat.as_ref(), options);
        }
        match self {
            Collector::Text { cells, .. } => texts(cells, array, options),
            Collector::Integers(values) => integers(values, array),
            Collector::Numbers {
                values,
                scale,
                not_finite,
            } => numbers(values, *scale, not_finite, array),
            Collector::Instants { values, .. } => instants(values, array),
        }
    }

    pub(super) fn finish(self) -> Cells {
        match self {
            Collector::Text { cells, order } => Cells::Text(match order {
                Some(order) => cells.finish().in_order(&order),
                None => cells.finish(),
            }),
            Collector::Numbers {
                values,
                scale,
                not_finite,
            } => Cells::Numbers {
                values,
                scale,
                not_finite,
            },
            Collector::Integers(values) => Cells::Integers(values),
            Collector::Instants { values, format } => Cells::Instants { values, format },
        }
    }
}

fn timestamp_format(unit: TimeUnit, zoned: bool) -> &'static str {
    match (unit, zoned) {
        (TimeUnit::Second, false) => "%Y-%m-%d %H:%M:%S",
        (_, false) => "%Y-%m-%d %H:%M:%S%.f",
        (TimeUnit::Second, true) => "%Y-%m-%d %H:%M:%SZ",
        (_, true) => "%Y-%m-%d %H:%M:%S%.fZ",
    }
}

/// Adds the levels of a dictionary that `order` lacks.
fn in_order(order: &mut Vec<String>, values: &dyn Array) {
    let Ok(texts) = arrow_cast::cast(values, &DataType::Utf8) else {
        return;
    };
    let texts: Vec<&str> = texts.as_string::<i32>().iter().flatten().collect();
    if order.iter().map(String::as_str).eq(texts.iter().copied()) {
        return;
    }
    let new: Vec<String> = (texts.iter())
        .filter(|t| !order.iter().any(|o| o == *t))
        .map(|t| (*t).to_owned())
        .collect();
    order.extend(new);
}

fn odd() -> Error {
    Error::internal("an Arrow array has another type than its schema says")
}

fn texts(builder: &mut Builder, array: &dyn Array, options: &Options) -> Result<()> {
    use DataType as D;
    let mut push = |cell: Option<&[u8]>| match cell {
        None => {
            builder.push_missing();
            Ok(())
        }
        Some(cell) => builder.push(cell, &options.na).map_err(bad_cell),
    };
    match array.data_type() {
        D::Null => (0..array.len()).try_for_each(|_| push(None)),
        D::Boolean => array
            .as_boolean()
            .iter()
            .try_for_each(|b| push(b.map(|b| if b { &b"true"[..] } else { b"false" }))),
        D::Utf8 => array
            .as_string::<i32>()
            .iter()
            .try_for_each(|s| push(s.map(str::as_bytes))),
        D::LargeUtf8 => array
            .as_string::<i64>()
            .iter()
            .try_for_each(|s| push(s.map(str::as_bytes))),
        D::Utf8View => array
            .as_string_view()
            .iter()
            .try_for_each(|s| push(s.map(str::as_bytes))),
        D::Binary => array.as_binary::<i32>().iter().try_for_each(push),
        D::LargeBinary => array.as_binary::<i64>().iter().try_for_each(push),
        D::BinaryView => array.as_binary_view().iter().try_for_each(push),
        D::FixedSizeBinary(16) => array
            .as_fixed_size_binary()
            .iter()
            .try_for_each(|cell| push(cell.map(uuid).as_deref())),
        D::FixedSizeBinary(_) => array.as_fixed_size_binary().iter().try_for_each(push),
        D::UInt64 => array
            .as_primitive::<UInt64Type>()
            .iter()
            .try_for_each(|x| push(x.map(|x| x.to_string()).as_deref().map(str::as_bytes))),
        _ => Err(odd()),
    }
}

/// Sixteen bytes as the UUID that they are, unless they are text.
fn uuid(bytes: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if bytes.iter().all(|b| b.is_ascii_graphic() || *b == b' ') {
        return bytes.into();
    }
    let mut text = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text.into_bytes().into()
}

/// Texts of a dictionary, row by row: unfolded first, a few long ones would not fit into one array.
fn folded(
    builder: &mut Builder,
    dictionary: &dyn AnyDictionaryArray,
    values: &StringArray,
    options: &Options,
) -> Result<()> {
    if values.is_empty() {
        (0..dictionary.len()).for_each(|_| builder.push_missing());
        return Ok(());
    }
    for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
        if dictionary.keys().is_null(row) || values.is_null(key) {
            builder.push_missing();
        } else {
            (builder.push(values.value(key).as_bytes(), &options.na)).map_err(bad_cell)?;
        }
    }
    Ok(())
}

fn integers(out: &mut Vec<Option<i64>>, array: &dyn Array) -> Result<()> {
    use DataType as D;
    use TimeUnit as U;
    fn all<T: ArrowPrimitiveType>(out: &mut Vec<Option<i64>>, array: &dyn Array)
    where
        T::Native: Into<i64>,
    {
        out.extend(array.as_primitive::<T>().iter().map(|x| x.map(Into::into)));
    }
    match array.data_type() {
        D::Int8 => all::<Int8Type>(out, array),
        D::Int16 => all::<Int16Type>(out, array),
        D::Int32 => all::<Int32Type>(out, array),
        D::Int64 => all::<Int64Type>(out, array),
        D::UInt8 => all::<UInt8Type>(out, array),
        D::UInt16 => all::<UInt16Type>(out, array),
        D::UInt32 => all::<UInt32Type>(out, array),
        D::Duration(U::Second) => all::<DurationSecondType>(out, array),
        D::Duration(U::Millisecond) => all::<DurationMillisecondType>(out, array),
        D::Duration(U::Microsecond) => all::<DurationMicrosecondType>(out, array),
        D::Duration(U::Nanosecond) => all::<DurationNanosecondType>(out, array),
        _ => return Err(odd()),
    }
    Ok(())
}

fn numbers(
    out: &mut Vec<f64>,
    scale: Option<u8>,
    not_finite: &mut u64,
    array: &dyn Array,
) -> Result<()> {
    use DataType as D;
    let mut push = |x: Option<f64>| match x {
        Some(x) if x.is_finite() => out.push(x),
        Some(_) => {
            *not_finite += 1;
            out.push(f64::NAN);
        }
        None => out.push(f64::NAN),
    };
    let unit = 10f64.powi(i32::from(scale.unwrap_or(0)));
    match array.data_type() {
        D::Float64 => array.as_primitive::<Float64Type>().iter().for_each(push),
        // Through its shortest text, so that 0.1 stays 0.1.
        D::Float32 => array
            .as_primitive::<Float32Type>()
            .iter()
            .for_each(|x| push(x.map(|x| x.to_string().parse().unwrap_or(f64::from(x))))),
        D::Float16 => array
            .as_primitive::<Float16Type>()
            .iter()
            .for_each(|x| push(x.map(|x| x.to_string().parse().unwrap_or(x.to_f64())))),
        D::Decimal32(..) => array
            .as_primitive::<Decimal32Type>()
            .iter()
            .for_each(|x| push(x.map(|x| f64::from(x) / unit))),
        D::Decimal64(..) => array
            .as_primitive::<Decimal64Type>()
            .iter()
            .for_each(|x| push(x.map(|x| x as f64 / unit))),
        D::Decimal128(..) => array
            .as_primitive::<Decimal128Type>()
            .iter()
            .for_each(|x| push(x.map(|x| x as f64 / unit))),
        D::Decimal256(..) => array
            .as_primitive::<Decimal256Type>()
            .iter()
            .for_each(|x| push(x.map(|x| x.to_string().parse().unwrap_or(f64::NAN) / unit))),
        _ => return Err(odd()),
    }
    Ok(())
}

fn instants(out: &mut Vec<Option<i64>>, array: &dyn Array) -> Result<()> {
    use DataType as D;
    use TimeUnit as U;
    fn all<T: ArrowPrimitiveType + ArrowTemporalType>(
        out: &mut Vec<Option<i64>>,
        array: &dyn Array,
        micros: impl Fn(i64) -> i64,
    ) where
        T::Native: Into<i64>,
    {
        let array = array.as_primitive::<T>();
        out.extend(array.iter().map(|x| x.map(|x| micros(x.into()))));
    }
    let times = |by: i64| move |x: i64| x.saturating_mul(by);
    match array.data_type() {
        D::Date32 => all::<Date32Type>(out, array, times(86_400_000_000)),
        D::Date64 => all::<Date64Type>(out, array, times(1000)),
        D::Timestamp(U::Second, _) => all::<TimestampSecondType>(out, array, times(1_000_000)),
        D::Timestamp(U::Millisecond, _) => all::<TimestampMillisecondType>(out, array, times(1000)),
        D::Timestamp(U::Microsecond, _) => all::<TimestampMicrosecondType>(out, array, times(1)),
        D::Timestamp(U::Nanosecond, _) => {
            all::<TimestampNanosecondType>(out, array, |x| x.div_euclid(1000))
        }
        D::Time32(U::Second) => all::<Time32SecondType>(out, array, times(1_000_000)),
        D::Time32(_) => all::<Time32MillisecondType>(out, array, times(1000)),
        D::Time64(U::Nanosecond) => all::<Time64NanosecondType>(out, array, |x| x.div_euclid(1000)),
        D::Time64(_) => all::<Time64MicrosecondType>(out, array, times(1)),
        _ => return Err(odd()),
    }
    Ok(())
}
