//! Columns arranged as their file had them: structs folded, ordered dictionaries, metadata.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Fields, Schema};

use crate::{Arranged, Error, Layout, Result};

/// What makes a type of an extension of another one.
const EXTENSION: &str = "ARROW:extension:";

/// A column of the file.
enum Node {
    /// A column of the table, by position.
    Leaf(usize),
    /// A struct.
    Struct(Fields, bool, Vec<Node>),
}

/// The columns of a file, made of those of a table.
pub(super) struct Arrangement {
    pub schema: Arc<Schema>,
    nodes: Option<Vec<Node>>,
}

impl Arrangement {
    /// The columns `fields` of a table as `layout` has them; columns that it does not name follow. `same` tells
    /// which columns have the type of their source, of which alone its metadata is true.
    pub(super) fn new(fields: Vec<Field>, same: &[bool], layout: Option<&Layout>) -> Arrangement {
        let Some(layout) = layout else {
            return Arrangement {
                schema: Arc::new(Schema::new(fields)),
                nodes: None,
            };
        };
        let mut places: HashMap<&str, usize> = (fields.iter().enumerate())
            .map(|(i, f)| (f.name().as_str(), i))
            .collect();
        let mut fold = Fold {
            fields: &fields,
            same,
            places: &mut places,
        };
        let mut found: Vec<(Field, Node)> = (layout.fields.iter())
            .filter_map(|arranged| fold.node(arranged))
            .collect();
        let mut rest: Vec<usize> = places.into_values().collect();
        rest.sort_unstable();
        found.extend(rest.iter().map(|&i| (fields[i].clone(), Node::Leaf(i))));
        let (fields, nodes): (Vec<Field>, Vec<Node>) = found.into_iter().unzip();
        let metadata = layout.metadata.clone().into_iter().collect();
        Arrangement {
            schema: Arc::new(Schema::new_with_metadata(fields, metadata)),
            nodes: Some(nodes),
        }
    }

    /// The columns of a batch.
    ///
    /// # Errors
    /// An internal error when a struct cannot be folded.
    pub(super) fn arrays(&self, columns: Vec<ArrayRef>) -> Result<Vec<ArrayRef>> {
        match &self.nodes {
            Some(nodes) => nodes.iter().map(|node| array(node, &columns)).collect(),
            None => Ok(columns),
        }
    }
}

/// Folds the columns of a table.
struct Fold<'a, 'b> {
    fields: &'a [Field],
    same: &'a [bool],
    /// The columns that have no place yet.
    places: &'b mut HashMap<&'a str, usize>,
}

impl Fold<'_, '_> {
    /// `None` when none of its columns is in the table.
    fn node(&mut self, arranged: &Arranged) -> Option<(Field, Node)> {
        if let Some(column) = &arranged.column {
            let at = self.places.remove(column.as_str())?;
            return Some((self.leaf(at, arranged), Node::Leaf(at)));
        }
        let inner: Vec<(Field, Node)> = (arranged.fields.iter())
            .filter_map(|field| self.node(field))
            .collect();
        if inner.is_empty() {
            return None;
        }
        let (fields, nodes): (Vec<Field>, Vec<Node>) = inner.into_iter().unzip();
        let fields = Fields::from(fields);
        let metadata = arranged.metadata.clone().into_iter().collect();
        let field = Field::new(
            &arranged.name,
            DataType::Struct(fields.clone()),
            arranged.nullable,
        );
        let node = Node::Struct(fields, arranged.nullable, nodes);
        Some((field.with_metadata(metadata), node))
    }

    fn leaf(&self, at: usize, arranged: &Arranged) -> Field {
        let field = &self.fields[at];
        // In a struct, a value that the struct lacks is no missing value of the field.
        let nullable = field.is_nullable() && (arranged.nullable || field.name() == &arranged.name);
        let metadata = (arranged.metadata.iter())
            .filter(|(key, _)| self.same[at] || !key.starts_with(EXTENSION))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        Field::new(&arranged.name, field.data_type().clone(), nullable)
            .with_dict_is_ordered(arranged.ordered)
            .with_metadata(metadata)
    }
}

fn array(node: &Node, columns: &[ArrayRef]) -> Result<ArrayRef> {
    let (fields, nullable, nodes) = match node {
        Node::Leaf(at) => {
            let lost = || Error::internal("a block of rows lacks a column");
            return columns.get(*at).cloned().ok_or_else(lost);
        }
        Node::Struct(fields, nullable, nodes) => (fields, *nullable, nodes),
    };
    let arrays = (nodes.iter())
        .map(|node| array(node, columns))
        .collect::<Result<Vec<ArrayRef>>>()?;
    let rows = arrays.first().map_or(0, |a| a.len());
    // A struct is missing where it has no value at all, and where it lacks one that it cannot be without.
    let lacks = |row: usize| {
        let missing = |a: &ArrayRef| a.data_type() == &DataType::Null || a.is_null(row);
        arrays.iter().all(missing)
            || fields
                .iter()
                .zip(&arrays)
                .any(|(f, a)| !f.is_nullable() && missing(a))
    };
    let nulls = nullable.then(|| NullBuffer::from_iter((0..rows).map(|row| !lacks(row))));
    StructArray::try_new(fields.clone(), arrays, nulls)
        .map(|a| Arc::new(a) as ArrayRef)
        .map_err(|e| Error::internal("a struct cannot be folded").caused_by(e))
}
