//! A schema and its values, in step.

use std::sync::Arc;

use crate::{Column, Error, Result, Schema};

/// Rows of data under a [`Schema`]: as many columns as the schema names, all of one length, each
/// stored as its kind demands. Cheap to clone the schema, not the values.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    schema: Arc<Schema>,
    columns: Vec<Column>,
    rows: usize,
}

impl Table {
    /// Joins a schema and its columns.
    ///
    /// # Errors
    /// An internal error when counts, lengths or storage do not fit the schema.
    pub fn new(schema: Arc<Schema>, columns: Vec<Column>) -> Result<Table> {
        use crate::schema::Storage;
        if schema.columns.len() != columns.len() {
            return Err(Error::internal(
                "the number of columns differs from the schema's",
            ));
        }
        let rows = columns.first().map_or(0, Column::len);
        for (spec, column) in schema.columns.iter().zip(&columns) {
            let storage = match column {
                Column::Numbers(_) => Storage::Numbers,
                Column::Integers(_) => Storage::Integers,
                Column::Levels(_) => Storage::Levels,
                Column::Instants(_) => Storage::Instants,
                Column::Strings(_) => Storage::Strings,
            };
            if storage != spec.kind.storage() || column.len() != rows {
                return Err(Error::internal(
                    "a column does not have the shape its schema says",
                ));
            }
        }
        Ok(Table {
            schema,
            columns,
            rows,
        })
    }

    /// What the columns mean.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// All columns, in the schema's order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column at position `i`; panics when there is none, as slice indexing does.
    pub fn column(&self, i: usize) -> &Column {
        &self.columns[i]
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows named by `rows`, in that order.
    pub fn take(&self, rows: &[usize]) -> Table {
        Table {
            schema: self.schema.clone(),
            columns: self.columns.iter().map(|c| c.take(rows)).collect(),
            rows: rows.len(),
        }
    }

    /// Rows `rows` as a table of their own.
    pub fn slice(&self, rows: std::ops::Range<usize>) -> Table {
        self.take(&rows.collect::<Vec<_>>())
    }

    /// The rows of all `parts`, one after the other, under `schema`; dictionaries are joined.
    ///
    /// # Errors
    /// An internal error when a part has another shape.
    pub fn concat(schema: &Arc<Schema>, parts: Vec<Table>) -> Result<Table> {
        let mut columns: Vec<Vec<Column>> = schema.columns.iter().map(|_| Vec::new()).collect();
        for part in parts {
            if part.columns.len() != columns.len() {
                return Err(Error::internal("the parts of a table differ in shape"));
            }
            for (slot, column) in columns.iter_mut().zip(part.columns) {
                slot.push(column);
            }
        }
        let columns = schema
            .columns
            .iter()
            .zip(columns)
            .map(|(spec, parts)| Column::concat(spec.kind.storage(), parts))
            .collect::<Result<Vec<_>>>()?;
        Table::new(schema.clone(), columns)
    }
}
