//! How a file arranges its columns: structs, ordered dictionaries and metadata of a Parquet or Arrow file, objects of
//! NDJSON, headers of text files that are more than names.
//!
//! Reading unfolds structs into one column for each value, called `struct.field`; writing folds them again. A file
//! that has nothing of the kind has no layout.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Metadata of a table that speaks of its types. Other metadata may hold values of its rows, such as the bounds
/// of a map, and is left out.
const OF_TYPES: [&str; 3] = [
    "pandas",
    "huggingface",
    "org.apache.spark.sql.parquet.row.metadata",
];

/// How the columns of a file are arranged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Layout {
    /// Metadata of the table that speaks of its types.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The columns of a typed file, in order.
    #[serde(rename = "field", default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Arranged>,
    /// The header of a text file, where it is not just the names of the columns.
    #[serde(rename = "heading", default, skip_serializing_if = "Vec::is_empty")]
    pub headings: Vec<Heading>,
}

/// What the header of a text file says of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Heading {
    /// The column of the table.
    pub column: String,
    /// Its cell in each line of the header, with the blanks around it.
    pub lines: Vec<String>,
}

/// A column of a typed file, or a field of a struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Arranged {
    /// Name in the file.
    pub name: String,
    /// The column of the table that holds it; none for a struct.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// False when the file says that no value is missing.
    pub nullable: bool,
    /// True for a dictionary whose levels have an order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ordered: bool,
    /// Metadata of the field, such as the name of an extension type or a unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The fields of a struct.
    #[serde(rename = "field", default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Arranged>,
}

impl Layout {
    /// What `schema` says beyond names and types; `None` when that is nothing.
    pub(crate) fn of(schema: &arrow_schema::Schema) -> Option<Layout> {
        let metadata = (schema.metadata().iter())
            .filter(|(key, _)| OF_TYPES.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let layout = Layout {
            metadata,
            fields: (schema.fields().iter())
                .map(|field| Arranged::of(field, None))
                .collect(),
            headings: Vec::new(),
        };
        let plain = layout.metadata.is_empty() && layout.fields.iter().all(Arranged::is_plain);
        (!plain).then_some(layout)
    }

    /// The layout of a text file with these headings, of the columns that are `kept`.
    pub(crate) fn of_headings(
        mut headings: Vec<Heading>,
        kept: impl Fn(&str) -> bool,
    ) -> Option<Layout> {
        headings.retain(|heading| kept(&heading.column));
        (!headings.is_empty()).then(|| Layout {
            headings,
            ..Layout::default()
        })
    }

    /// The lines of a text file's header for `columns`.
    pub(crate) fn header<'a>(&'a self, columns: &[&'a str]) -> Vec<Vec<&'a str>> {
        let lines = self
            .headings
            .iter()
            .map(|h| h.lines.len())
            .max()
            .unwrap_or(1);
        let cell =
            |line: usize, name: &'a str| match self.headings.iter().find(|h| h.column == name) {
                Some(heading) => heading.lines.get(line).map_or("", String::as_str),
                None if line == 0 => name,
                None => "",
            };
        (0..lines.max(1))
            .map(|line| columns.iter().map(|name| cell(line, name)).collect())
            .collect()
    }

    /// The layout of objects whose values are found by `paths` of keys, if there are objects in them, and the
    /// order in which the values of one object follow each other.
    ///
    /// # Errors
    /// `table/nested-column` for a key that leads to an object here and to a value there.
    pub(crate) fn of_paths(paths: &[&[String]]) -> Result<(Option<Layout>, Vec<usize>)> {
        let mut layout = Layout::default();
        for keys in paths {
            add(&mut layout.fields, keys, &keys.join("."))?;
        }
        let mut names = Vec::new();
        layout
            .fields
            .iter()
            .for_each(|field| field.columns(&mut names));
        let joined: Vec<String> = paths.iter().map(|keys| keys.join(".")).collect();
        let order = (names.iter())
            .filter_map(|name| joined.iter().position(|j| j == name))
            .collect();
        let plain = layout.fields.iter().all(Arranged::is_plain);
        Ok(((!plain).then_some(layout), order))
    }

    /// For each of `columns`, the names of the structs around it and its own.
    pub(crate) fn paths<'a>(&'a self, columns: &[&'a str]) -> Vec<Vec<&'a str>> {
        let mut found = std::collections::HashMap::new();
        (self.fields.iter()).for_each(|field| field.paths(&mut Vec::new(), &mut found));
        (columns.iter())
            .map(|name| found.remove(name).unwrap_or_else(|| vec![name]))
            .collect()
    }

    /// Keys of the table's metadata that are left out.
    pub(crate) fn left_out(schema: &arrow_schema::Schema) -> Vec<&str> {
        let mut keys: Vec<&str> = (schema.metadata().keys())
            .map(String::as_str)
            .filter(|key| !OF_TYPES.contains(key) && *key != "ARROW:schema")
            .collect();
        keys.sort_unstable();
        keys
    }
}

impl Arranged {
    fn of(field: &arrow_schema::Field, within: Option<&str>) -> Arranged {
        let path = path(within, field.name());
        let fields: Vec<Arranged> = match field.data_type() {
            arrow_schema::DataType::Struct(fields) => (fields.iter())
                .map(|f| Arranged::of(f, Some(&path)))
                .collect(),
            _ => Vec::new(),
        };
        Arranged {
            name: field.name().clone(),
            column: fields.is_empty().then_some(path),
            nullable: field.is_nullable(),
            ordered: field.dict_is_ordered().unwrap_or(false),
            metadata: (field.metadata().iter())
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            fields,
        }
    }

    /// The columns in it, in order.
    fn columns<'a>(&'a self, all: &mut Vec<&'a str>) {
        all.extend(self.column.as_deref());
        self.fields.iter().for_each(|field| field.columns(all));
    }

    fn paths<'a>(
        &'a self,
        above: &mut Vec<&'a str>,
        all: &mut std::collections::HashMap<&'a str, Vec<&'a str>>,
    ) {
        above.push(&self.name);
        if let Some(column) = &self.column {
            all.insert(column, above.clone());
        }
        self.fields.iter().for_each(|field| field.paths(above, all));
        above.pop();
    }

    fn is_plain(&self) -> bool {
        self.fields.is_empty() && !self.ordered && self.metadata.is_empty()
    }
}

/// Adds the column that `keys` lead to.
fn add(fields: &mut Vec<Arranged>, keys: &[String], column: &str) -> Result<()> {
    let Some((first, rest)) = keys.split_first() else {
        return Ok(());
    };
    let at = match fields.iter().position(|f| f.name == *first) {
        Some(at) => at,
        None => {
            fields.push(Arranged {
                name: first.clone(),
                column: rest.is_empty().then(|| column.to_owned()),
                nullable: true,
                ordered: false,
                metadata: BTreeMap::new(),
                fields: Vec::new(),
            });
            fields.len() - 1
        }
    };
    if fields[at].column.is_some() != rest.is_empty() {
        return Err(Error::input(
            "table/nested-column",
            "The key leads to an object in one line and to a value in another.",
            "Leave it out with --drop, or write it in one form.",
        )
        .in_column(first));
    }
    add(&mut fields[at].fields, rest, column)
}

/// The name of a column that is a field of a struct.
pub(crate) fn path(within: Option<&str>, name: &str) -> String {
    let name = name.trim();
    within.map_or_else(|| name.to_owned(), |within| format!("{within}.{name}"))
}
