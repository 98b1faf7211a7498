//! One growing dictionary per column and file: blocks whose dictionaries differ are recoded into
//! it, blocks that share one are not.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, DictionaryArray, LargeStringArray, PrimitiveArray,
    StringArray,
};
use arrow_schema::DataType;

use crate::{Error, Levels, MISSING, Result};

#[derive(Default)]
pub(super) struct Dictionary {
    levels: Vec<String>,
    codes: HashMap<String, u32>,
    /// The dictionary of the last block, and its codes in this one.
    last: Option<(Arc<[String]>, Vec<u32>)>,
    values: Option<ArrayRef>,
}

impl Dictionary {
    /// `levels` as a dictionary array with the types `key` and `value`.
    pub(super) fn array(
        &mut self,
        levels: &Levels,
        key: &DataType,
        value: &DataType,
    ) -> Result<ArrayRef> {
        let map = self.join(&levels.levels);
        let values = match &self.values {
            Some(values) if values.len() == self.levels.len() => values.clone(),
            _ => {
                let values: ArrayRef = if *value == DataType::LargeUtf8 {
                    Arc::new(LargeStringArray::from_iter_values(&self.levels))
                } else {
                    Arc::new(StringArray::from_iter_values(&self.levels))
                };
                self.values = Some(values.clone());
                values
            }
        };
        macro_rules! keyed {
            ($t:ident) => {
                keyed::<$t>(&levels.codes, &map, values)
            };
        }
        let array = match key {
            DataType::Int8 => keyed!(Int8Type),
            DataType::Int16 => keyed!(Int16Type),
            DataType::Int64 => keyed!(Int64Type),
            DataType::UInt8 => keyed!(UInt8Type),
            DataType::UInt16 => keyed!(UInt16Type),
            DataType::UInt32 => keyed!(UInt32Type),
            DataType::UInt64 => keyed!(UInt64Type),
            _ => keyed!(Int32Type),
        };
        self.last = Some((levels.levels.clone(), map));
        array
    }

    fn join(&mut self, levels: &Arc<[String]>) -> Vec<u32> {
        match self.last.take() {
            Some((last, map)) if Arc::ptr_eq(&last, levels) => map,
            _ => levels
                .iter()
                .map(|l| match self.codes.get(l) {
                    Some(&code) => code,
                    None => {
                        let code = self.levels.len() as u32;
                        self.levels.push(l.clone());
                        self.codes.insert(l.clone(), code);
                        code
                    }
                })
                .collect(),
        }
    }
}

fn keyed<K: ArrowDictionaryKeyType>(
    codes: &[u32],
    map: &[u32],
    values: ArrayRef,
) -> Result<ArrayRef>
where
    K::Native: TryFrom<u32>,
{
    let mut fits = true;
    let keys: PrimitiveArray<K> = codes
        .iter()
        .map(|&c| {
            if c == MISSING {
                return None;
            }
            let key = map
                .get(c as usize)
                .and_then(|&c| <K as ArrowPrimitiveType>::Native::try_from(c).ok());
            fits &= key.is_some();
            key
        })
        .collect();
    if !fits {
        return Err(Error::input(
            "write/value-type",
            "A column has more categories than the key type of its dictionary can number.",
            "Set the column's source to Utf8 in the schema.",
        ));
    }
    DictionaryArray::<K>::try_new(keys, values)
        .map(|a| Arc::new(a) as ArrayRef)
        .map_err(|e| Error::internal("a dictionary column does not fit its file").caused_by(e))
}
