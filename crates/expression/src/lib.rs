//! Conditions and rules over the columns of a table, written as SQL expressions: `age > 60 and sex = 'F'`,
//! `total = net + tax`.
//!
//! A text is parsed by `sqlparser`, then bound to a schema: names become columns, and each part gets a type, so
//! that a mistake is an error before the first row is read. Missing cells follow SQL: a comparison with one is
//! neither true nor false. Numbers are equal when they differ by less than a billionth, since `0.1 + 0.2 = 0.3`
//! is what people mean; the difference of two moments is in days.

mod bind;
mod error;
mod evaluate;
mod node;
mod parse;
#[cfg(test)]
mod tests;

use verdancy_table::{Column, Result, Schema, Table};

use evaluate::{Cells, Value};
pub use node::Literal;
use node::Node;

/// What a condition fixes in a column: `sex = 'F'` fixes `sex`.
#[derive(Debug, Clone, PartialEq)]
pub struct Equality {
    /// The column.
    pub column: String,
    /// Its value.
    pub value: Literal,
}

/// A condition that is true, false or unknown of each row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    text: String,
    node: Node,
    names: Vec<String>,
    parts: Vec<Condition>,
}

impl Condition {
    /// Reads a condition over columns of `schema`.
    ///
    /// # Errors
    /// `expression/syntax`, `expression/unknown-column`, `expression/key-column` for a column that models replace,
    /// `expression/types` for parts that do not go together, `expression/unsupported` for what SQL knows and
    /// conditions do not.
    pub fn parse(text: &str, schema: &Schema) -> Result<Condition> {
        let parsed = parse::parse(text)?;
        let whole = Condition::bound(text.trim().to_owned(), &parsed, schema)
            .map_err(|e| error::within(text, e))?;
        let parts = match parse::conjuncts(&parsed).as_slice() {
            [_] => Vec::new(),
            parts => (parts.iter())
                .map(|part| Condition::bound(part.to_string(), part, schema))
                .collect::<Result<_>>()?,
        };
        Ok(Condition { parts, ..whole })
    }

    fn bound(text: String, parsed: &sqlparser::ast::Expr, schema: &Schema) -> Result<Condition> {
        let node = bind::condition(parsed, schema)?;
        let names = (node.columns().into_iter())
            .map(|at| schema.columns[at].name.clone())
            .collect();
        Ok(Condition {
            text,
            node,
            names,
            parts: Vec::new(),
        })
    }

    /// The conditions that it joins by AND, when there are several.
    #[must_use]
    pub fn parts(&self) -> &[Condition] {
        &self.parts
    }

    /// The condition as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names of the columns that it speaks of, in the order of the schema.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.names
    }

    /// Whether it asks of the column at `position` of the schema if its cells are missing.
    #[must_use]
    pub fn asks_missing(&self, position: usize) -> bool {
        self.node.asked_missing().contains(&position)
    }

    /// Whether each row of `table`, which is of the schema that the condition was read for, meets it: a row of which
    /// that is unknown does not.
    #[must_use]
    pub fn holds(&self, table: &Table) -> Vec<bool> {
        let cells = Cells::of(table, &self.node.columns());
        (0..table.rows())
            .map(|row| self.node.value(&cells, row) == Value::Truth(true))
            .collect()
    }

    /// Whether each row breaks it: a row of which that is unknown does not.
    #[must_use]
    pub fn broken(&self, table: &Table) -> Vec<bool> {
        let cells = Cells::of(table, &self.node.columns());
        (0..table.rows())
            .map(|row| self.node.value(&cells, row) == Value::Truth(false))
            .collect()
    }

    /// The column that it defines, as [`Condition::defined`] says, and those that it is computed from.
    #[must_use]
    pub fn definition(&self, schema: &Schema) -> Option<(String, Vec<String>)> {
        let (at, says) = self
            .node
            .definition(|at| schema.columns[at].kind.storage())?;
        let name = |at: usize| schema.columns[at].name.clone();
        Some((name(at), says.columns().into_iter().map(name).collect()))
    }

    /// What it defines: the position of a column of numbers or moments that stands alone on one side of an equation, and
    /// its values by the other side, in the column's own decimals.
    #[must_use]
    pub fn defined(&self, table: &Table) -> Option<(usize, Column)> {
        let schema = table.schema();
        let (at, says) = self
            .node
            .definition(|at| schema.columns[at].kind.storage())?;
        let cells = Cells::of(table, &self.node.columns());
        let values = (0..table.rows()).map(|row| says.value(&cells, row));
        Some((at, evaluate::column(&schema.columns[at].kind, values)))
    }

    /// The columns that it fixes: those of equalities that all have to hold.
    #[must_use]
    pub fn equalities(&self, schema: &Schema) -> Vec<Equality> {
        let mut found = Vec::new();
        self.node.equalities(&mut found);
        (found.into_iter())
            .map(|(at, value)| Equality {
                column: schema.columns[at].name.clone(),
                value,
            })
            .collect()
    }

    /// Every level that it names, with its column: `sex = 'F'`, `city in ('Bonn', 'Köln')`.
    #[must_use]
    pub fn levels(&self, schema: &Schema) -> Vec<(String, String)> {
        let mut found = Vec::new();
        self.node.levels(&mut found);
        (found.into_iter())
            .map(|(at, level)| (schema.columns[at].name.clone(), level))
            .collect()
    }
}
