//! Columns as Arrow arrays of the type that their file had.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, FixedSizeBinaryBuilder, GenericStringBuilder, StringViewBuilder,
};
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, NullArray, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};

use super::dates::Dates;
use super::dictionary::Dictionary;
use crate::text::{push_integer, push_number, rounded};
use crate::{Column, ColumnSpec, Error, IdPattern, Kind, Result, Storage};

const DAY: i64 = 86_400_000_000;

/// Turns one column into arrays of its type.
pub(super) struct Converter {
    pub name: String,
    pub to: DataType,
    /// The type in the file, where it is another.
    pub want: DataType,
    decimals: Option<u8>,
    single: bool,
    notation: Option<crate::Notation>,
    dates: Option<Dates>,
    dictionary: Dictionary,
}

/// The type that a column is written as.
fn target_type(spec: &ColumnSpec) -> DataType {
    use DataType::*;
    if spec.source == "text" {
        return match &spec.kind {
            Kind::Numerical { .. } => Float64,
            Kind::Integer
            | Kind::Id {
                pattern: IdPattern::Sequence { .. } | IdPattern::Number { .. },
                ..
            } => Int64,
            Kind::Datetime { format } if Dates::has_time(format) => {
                Timestamp(TimeUnit::Microsecond, None)
            }
            Kind::Datetime { .. } => Date32,
            _ => Utf8,
        };
    }
    match spec.arrow_type().0.parse::<DataType>() {
        Ok(Dictionary(key, value)) => match (*value, spec.kind.storage()) {
            (value @ (Utf8 | LargeUtf8), Storage::Levels) => Dictionary(key, Box::new(value)),
            (value, _) => supported(value),
        },
        Ok(Null) if spec.kind == Kind::Missing => Null,
        Ok(to) => supported(to),
        Err(_) => Utf8,
    }
}

fn supported(to: DataType) -> DataType {
    use DataType::*;
    match to {
        Boolean | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 | Float32
        | Float64 | Date32 | Date64 | Timestamp(..) | Duration(_) | Utf8 | LargeUtf8 | Utf8View
        | Decimal128(..) => to,
        Float16 => Float32,
        Decimal32(p, s) | Decimal64(p, s) => Decimal128(p, s),
        Decimal256(p, s) => Decimal128(p.min(38), s),
        _ => Utf8,
    }
}

fn misfit() -> Error {
    Error::input(
        "write/value-type",
        "A value does not fit the type that its column has in the source.",
        "Write CSV, or set the column's source to Utf8 in the schema.",
    )
}

/// The type of the source, where what a column is written as can be cast to it.
fn wanted_type(spec: &ColumnSpec, to: &DataType) -> DataType {
    match spec.arrow_type().0.parse::<DataType>() {
        // Dictionaries grow from batch to batch, which a cast of each would not do.
        Ok(DataType::Dictionary(..)) | Err(_) => to.clone(),
        // Invented texts have any length.
        Ok(source @ DataType::FixedSizeBinary(_))
            if !matches!(spec.kind, Kind::Text { .. } | Kind::Personal { .. }) =>
        {
            source
        }
        Ok(source) if arrow_cast::can_cast_types(to, &source) && measured(&source) => source,
        Ok(_) => to.clone(),
    }
}

/// Types that are written through another one.
fn measured(kind: &DataType) -> bool {
    use DataType::*;
    matches!(
        kind,
        Float16
            | Decimal32(..)
            | Decimal64(..)
            | Decimal256(..)
            | Time32(_)
            | Time64(_)
            | Binary
            | LargeBinary
            | BinaryView
    )
}

/// Whole numbers, those outside of the type at its bounds.
macro_rules! whole {
    ($of:ident, $column:ident, $t:ident, $n:ty) => {
        $of.primitive::<$t>(
            $column,
            |x| x.round() as $n,
            |x| x.clamp(<$n>::MIN as i64, <$n>::MAX as i64) as $n,
            None,
            |s| s.parse().ok(),
        )?
    };
}

impl Converter {
    /// The column in the type of its source.
    pub(super) fn wanted(&mut self, column: &Column) -> Result<ArrayRef> {
        let array = self.convert(column)?;
        if array.data_type() == &self.want {
            return Ok(array);
        }
        if let DataType::FixedSizeBinary(width) = self.want {
            return self.bytes(column, width);
        }
        let strict = arrow_cast::CastOptions {
            safe: false,
            ..arrow_cast::CastOptions::default()
        };
        arrow_cast::cast_with_options(&array, &self.want, &strict)
            .map_err(|e| misfit().caused_by(e))
    }

    pub(super) fn new(spec: &ColumnSpec) -> Result<Converter> {
        let (mut decimals, mut dates) = (None, None);
        match &spec.kind {
            Kind::Numerical { decimals: d } => decimals = *d,
            Kind::Datetime { format } => {
                dates = Some(Dates::new(format).map_err(|e| e.in_column(&spec.name))?);
            }
            _ => {}
        }
        let to = target_type(spec);
        Ok(Converter {
            name: spec.name.clone(),
            want: wanted_type(spec, &to),
            to,
            decimals,
            single: spec.arrow_type().0 == "Float32",
            notation: spec.notation.clone(),
            dates,
            dictionary: Dictionary::default(),
        })
    }

    fn convert(&mut self, column: &Column) -> Result<ArrayRef> {
        use DataType::*;
        Ok(match self.to.clone() {
            Null => Arc::new(NullArray::new(column.len())),
            Boolean => self.booleans(column)?,
            Int8 => Arc::new(whole!(self, column, Int8Type, i8)),
            Int16 => Arc::new(whole!(self, column, Int16Type, i16)),
            Int32 => Arc::new(whole!(self, column, Int32Type, i32)),
            Int64 => Arc::new(whole!(self, column, Int64Type, i64)),
            UInt8 => Arc::new(whole!(self, column, UInt8Type, u8)),
            UInt16 => Arc::new(whole!(self, column, UInt16Type, u16)),
            UInt32 => Arc::new(whole!(self, column, UInt32Type, u32)),
            UInt64 => Arc::new(self.primitive::<UInt64Type>(
                column,
                |x| x.round() as u64,
                |x| x.max(0) as u64,
                None,
                // A key of twenty digits may be beyond the type; what is left of it is a key as well.
                |s| {
                    s.parse()
                        .ok()
                        .or_else(|| Some(s.parse::<u128>().ok()? as u64))
                },
            )?),
            Float32 => Arc::new(self.primitive::<Float32Type>(
                column,
                |x| x as f32,
                |x| x as f32,
                None,
                |s| s.parse().ok(),
            )?),
            Float64 => Arc::new(self.primitive::<Float64Type>(
                column,
                |x| x,
                |x| x as f64,
                None,
                |s| s.parse().ok(),
            )?),
            Decimal128(precision, scale) => self.decimals(column, precision, scale)?,
            Date32 => {
                let days = |x: i64| x.div_euclid(DAY) as i32;
                Arc::new(self.instants::<Date32Type>(column, days)?)
            }
            Date64 => {
                let midnight = |x: i64| x.div_euclid(DAY) * (DAY / 1000);
                Arc::new(self.instants::<Date64Type>(column, midnight)?)
            }
            Timestamp(unit, zone) => self.timestamps(column, unit, zone)?,
            Duration(unit) => match unit {
                TimeUnit::Second => Arc::new(whole!(self, column, DurationSecondType, i64)),
                TimeUnit::Millisecond => {
                    Arc::new(whole!(self, column, DurationMillisecondType, i64))
                }
                TimeUnit::Microsecond => {
                    Arc::new(whole!(self, column, DurationMicrosecondType, i64))
                }
                TimeUnit::Nanosecond => Arc::new(whole!(self, column, DurationNanosecondType, i64)),
            },
            Dictionary(key, value) => match column.levels() {
                Some(levels) => self.dictionary.array(levels, &key, &value)?,
                None => return Err(Error::internal("a dictionary column without levels")),
            },
            LargeUtf8 => self.strings::<i64>(column),
            Utf8View => {
                let mut out = StringViewBuilder::with_capacity(column.len());
                self.each_text(column, |text| out.append_option(text));
                Arc::new(out.finish())
            }
            _ => self.strings::<i32>(column),
        })
    }

    fn decimals(&self, column: &Column, precision: u8, scale: i8) -> Result<ArrayRef> {
        let unit = 10f64.powi(i32::from(scale));
        let bound = 10i128.pow(u32::from(precision.min(38))) - 1;
        let from = |x: f64| ((x * unit).round() as i128).clamp(-bound, bound);
        let array = self.primitive::<Decimal128Type>(
            column,
            from,
            |x| match u32::try_from(scale) {
                Ok(s) => i128::from(x)
                    .saturating_mul(10i128.pow(s))
                    .clamp(-bound, bound),
                Err(_) => from(x as f64),
            },
            None,
            |s| s.parse().ok().map(from),
        )?;
        array
            .with_precision_and_scale(precision, scale)
            .map(|a| Arc::new(a) as ArrayRef)
            .map_err(|e| misfit().caused_by(e))
    }

    fn timestamps(
        &self,
        column: &Column,
        unit: TimeUnit,
        zone: Option<Arc<str>>,
    ) -> Result<ArrayRef> {
        Ok(match unit {
            TimeUnit::Second => Arc::new(
                self.instants::<TimestampSecondType>(column, |x| x.div_euclid(1_000_000))?
                    .with_timezone_opt(zone),
            ),
            TimeUnit::Millisecond => Arc::new(
                self.instants::<TimestampMillisecondType>(column, |x| x.div_euclid(1000))?
                    .with_timezone_opt(zone),
            ),
            TimeUnit::Microsecond => Arc::new(
                self.instants::<TimestampMicrosecondType>(column, |x| x)?
                    .with_timezone_opt(zone),
            ),
            TimeUnit::Nanosecond => Arc::new(
                self.instants::<TimestampNanosecondType>(column, |x| x.saturating_mul(1000))?
                    .with_timezone_opt(zone),
            ),
        })
    }

    /// Dates and times, made by `from` of microseconds since 1970.
    fn instants<T: ArrowPrimitiveType>(
        &self,
        column: &Column,
        from: impl Fn(i64) -> T::Native,
    ) -> Result<PrimitiveArray<T>> {
        self.primitive::<T>(
            column,
            |x| from(x as i64),
            &from,
            Some(&from),
            |s| moment(s).map(&from),
        )
    }

    /// A column as an array of fixed-width values. Columns of text and levels are parsed by
    /// `text`, each level once; `instant` is `None` for types that are no dates.
    fn primitive<T: ArrowPrimitiveType>(
        &self,
        column: &Column,
        number: impl Fn(f64) -> T::Native,
        integer: impl Fn(i64) -> T::Native,
        instant: Option<&dyn Fn(i64) -> T::Native>,
        text: impl Fn(&str) -> Option<T::Native>,
    ) -> Result<PrimitiveArray<T>> {
        match column {
            Column::Numbers(v) => Ok(v
                .iter()
                .map(|&x| {
                    if x.is_finite() {
                        return Some(number(rounded(x, self.decimals)));
                    }
                    // A number that stands for a missing one is written as it came.
                    let word = self.notation.as_ref()?.exception(x)?;
                    word.parse().ok().map(&number)
                })
                .collect()),
            Column::Integers(v) => Ok(v.iter().map(|x| x.map(&integer)).collect()),
            Column::Instants(v) => match instant {
                Some(f) => Ok(v.iter().map(|x| x.map(f)).collect()),
                None => self.parsed(column, text),
            },
            Column::Levels(v) => {
                let values: Vec<Option<T::Native>> = v.levels.iter().map(|l| text(l)).collect();
                let fits = |&c: &u32| !matches!(values.get(c as usize), Some(None));
                if !v.codes.iter().all(fits) {
                    return Err(misfit());
                }
                Ok(v.codes
                    .iter()
                    .map(|&c| values.get(c as usize).copied().flatten())
                    .collect())
            }
            Column::Strings(_) => self.parsed(column, text),
        }
    }

    fn parsed<T: ArrowPrimitiveType>(
        &self,
        column: &Column,
        text: impl Fn(&str) -> Option<T::Native>,
    ) -> Result<PrimitiveArray<T>> {
        let mut out = Vec::with_capacity(column.len());
        let mut fits = true;
        self.each_text(column, |cell| {
            let value = cell.map(&text);
            fits &= !matches!(value, Some(None));
            out.push(value.flatten());
        });
        if fits {
            Ok(out.into_iter().collect())
        } else {
            Err(misfit())
        }
    }

    /// Texts as values of `width` bytes; UUIDs are 16.
    fn bytes(&self, column: &Column, width: i32) -> Result<ArrayRef> {
        let mut out = FixedSizeBinaryBuilder::with_capacity(column.len(), width);
        let mut fits = true;
        self.each_text(column, |cell| {
            let bytes = match cell {
                Some(text) if text.len() as i64 == i64::from(width) => {
                    Some(text.as_bytes().to_vec())
                }
                Some(text) => uuid(text).filter(|b| b.len() as i64 == i64::from(width)),
                None => None,
            };
            match bytes {
                Some(bytes) => fits &= out.append_value(bytes).is_ok(),
                None => {
                    fits &= cell.is_none();
                    out.append_null();
                }
            }
        });
        if fits {
            Ok(Arc::new(out.finish()))
        } else {
            Err(misfit())
        }
    }

    fn booleans(&self, column: &Column) -> Result<ArrayRef> {
        let truth = |s: &str| match s.to_ascii_lowercase().as_str() {
            "true" | "1" | "t" | "yes" | "y" => Some(true),
            "false" | "0" | "f" | "no" | "n" => Some(false),
            _ => None,
        };
        let mut out = BooleanBuilder::with_capacity(column.len());
        let mut fits = true;
        self.each_text(column, |cell| {
            let value = cell.map(truth);
            fits &= !matches!(value, Some(None));
            out.append_option(value.flatten());
        });
        if fits {
            Ok(Arc::new(out.finish()))
        } else {
            Err(misfit())
        }
    }

    fn strings<O: arrow_array::OffsetSizeTrait>(&self, column: &Column) -> ArrayRef {
        let mut out = GenericStringBuilder::<O>::with_capacity(column.len(), column.len() * 8);
        self.each_text(column, |text| out.append_option(text));
        Arc::new(out.finish())
    }

    /// Hands each cell to `f` as it would stand in a text file.
    fn each_text(&self, column: &Column, mut f: impl FnMut(Option<&str>)) {
        let mut buffer = Vec::with_capacity(32);
        for row in 0..column.len() {
            buffer.clear();
            match column {
                Column::Levels(v) => {
                    f(v.get(row));
                    continue;
                }
                Column::Strings(v) => {
                    f(v[row].as_deref());
                    continue;
                }
                Column::Numbers(v) if v[row].is_nan() && self.notation.is_some() => {
                    let notation = self.notation.as_ref();
                    f(notation.and_then(|n| n.exception(v[row]).or(n.missing.as_deref())));
                    continue;
                }
                Column::Numbers(v) if v[row].is_finite() => match &self.notation {
                    Some(notation) => {
                        let mut plain = Vec::with_capacity(32);
                        push_number(&mut plain, v[row].abs(), self.decimals, self.single);
                        notation.push(&mut buffer, v[row] < 0.0, &String::from_utf8_lossy(&plain));
                    }
                    None => push_number(&mut buffer, v[row], self.decimals, self.single),
                },
                Column::Integers(v) => match (v[row], &self.notation) {
                    (Some(x), Some(notation)) => {
                        notation.push(&mut buffer, x < 0, &x.unsigned_abs().to_string());
                    }
                    (Some(x), None) => push_integer(&mut buffer, x),
                    (None, _) => {}
                },
                Column::Instants(v) => {
                    if let (Some(x), Some(dates)) = (v[row], &self.dates) {
                        dates.push(&mut buffer, x);
                    }
                }
                Column::Numbers(_) => {}
            }
            // Each present number and date has a text that is not empty.
            let text = std::str::from_utf8(&buffer).ok();
            f(text.filter(|t| !t.is_empty()));
        }
    }
}

/// The bytes that a UUID's digits are.
fn uuid(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|b| *b != b'-').collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// A date or time in ISO form, in microseconds since 1970.
fn moment(text: &str) -> Option<i64> {
    if let Ok(t) = text.parse::<jiff::Timestamp>() {
        return Some(t.as_microsecond());
    }
    let t = text.parse::<jiff::civil::DateTime>().ok()?;
    let zoned = t.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_names_of_types_are_read_back_as_they_are_shown() {
        for to in [
            DataType::Int32,
            DataType::Utf8View,
            DataType::Decimal128(10, 2),
            DataType::Timestamp(TimeUnit::Microsecond, None),
            DataType::Timestamp(TimeUnit::Nanosecond, Some("Europe/Berlin".into())),
            DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)),
        ] {
            assert_eq!(to.to_string().parse::<DataType>().unwrap(), to);
        }
    }
}
