//! Structs unfolded: one column for each value in them.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, make_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Schema};

use crate::layout::path;
use crate::{Error, Result};

/// Deepest struct that is unfolded.
const DEEPEST: usize = 32;

/// A column that holds values: where it is in a batch, and what it is called.
pub(super) struct Leaf {
    /// Positions from the batch down.
    at: Vec<usize>,
    /// The name, with those of the structs around it.
    pub name: String,
    /// The field; it may be missing when one of the structs around it may be.
    pub field: Field,
}

/// The columns of `schema`, structs unfolded.
///
/// # Errors
/// `table/nested-column` for structs in structs without end.
pub(super) fn leaves(schema: &Schema) -> Result<Vec<Leaf>> {
    let mut all = Vec::new();
    for (at, field) in schema.fields().iter().enumerate() {
        unfold(field, None, false, &mut vec![at], &mut all)?;
    }
    Ok(all)
}

fn unfold(
    field: &Field,
    within: Option<&str>,
    nullable: bool,
    at: &mut Vec<usize>,
    all: &mut Vec<Leaf>,
) -> Result<()> {
    let name = path(within, field.name());
    let nullable = nullable || field.is_nullable();
    let DataType::Struct(fields) = field.data_type() else {
        all.push(Leaf {
            at: at.clone(),
            name,
            field: field.clone().with_nullable(nullable),
        });
        return Ok(());
    };
    if at.len() > DEEPEST {
        return Err(Error::input(
            "table/nested-column",
            "The column holds structs in structs, deeper than is read.",
            "Leave it out with --drop, or unfold it into plain columns.",
        )
        .in_column(name));
    }
    for (i, inner) in fields.iter().enumerate() {
        at.push(i);
        unfold(inner, Some(&name), nullable, at, all)?;
        at.pop();
    }
    Ok(())
}

impl Leaf {
    /// The values of the column in `batch`; those in a missing struct are missing.
    pub(super) fn array(&self, batch: &RecordBatch) -> Result<ArrayRef> {
        let odd = || Error::internal("a block of Arrow columns has fewer columns than its schema");
        let (first, rest) = self.at.split_first().ok_or_else(odd)?;
        let mut array = batch.columns().get(*first).cloned().ok_or_else(odd)?;
        let mut nulls: Option<NullBuffer> = None;
        for &at in rest {
            let of = array.as_struct_opt().ok_or_else(odd)?;
            nulls = NullBuffer::union(nulls.as_ref(), of.nulls());
            array = of.columns().get(at).cloned().ok_or_else(odd)?;
        }
        if nulls.is_none() || array.data_type() == &DataType::Null {
            return Ok(array);
        }
        let nulls = NullBuffer::union(nulls.as_ref(), array.nulls());
        let data = array.to_data().into_builder().nulls(nulls).build();
        data.map(make_array)
            .map_err(|e| Error::internal("a struct could not be unfolded").caused_by(e))
    }
}
