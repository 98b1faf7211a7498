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
        Table {
            schema: self.schema.clone(),
            columns: self.columns.iter().map(|c| c.slice(rows.clone())).collect(),
            rows: rows.len(),
        }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{ColumnSpec, Kind, Levels};

    fn table(ages: &[Option<i64>], sites: &[Option<&str>]) -> Table {
        let spec = |name: &str, kind| ColumnSpec {
            name: name.into(),
            kind,
            source: "text".into(),
            nullable: true,
            notation: None,
            part: None,
        };
        let schema = Schema::of(vec![
            spec("age", Kind::Integer),
            spec("site", Kind::Categorical),
        ]);
        Table::new(
            Arc::new(schema),
            vec![
                Column::Integers(ages.to_vec()),
                Column::Levels(Levels::from_values(sites.iter().copied())),
            ],
        )
        .unwrap()
    }

    #[test]
    fn cut_and_joined_a_table_is_the_same() {
        let whole = table(&[Some(1), None, Some(3)], &[Some("b"), Some("a"), None]);
        let parts = vec![whole.slice(0..1), whole.slice(1..1), whole.slice(1..3)];
        assert_eq!(Table::concat(whole.schema(), parts).unwrap(), whole);
        assert_eq!(whole.take(&[2, 0]).slice(1..2), whole.slice(0..1));
        assert_eq!(Table::concat(whole.schema(), Vec::new()).unwrap().rows(), 0);
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let t = table(&[Some(1)], &[None]);
        let schema = t.schema().clone();
        let columns = t.columns().to_vec();
        assert!(Table::new(schema.clone(), columns[..1].to_vec()).is_err());
        assert!(Table::new(schema.clone(), vec![columns[1].clone(), columns[0].clone()]).is_err());
        let short = vec![columns[0].clone(), columns[1].slice(0..0)];
        assert!(Table::new(schema, short).is_err());
    }
}
