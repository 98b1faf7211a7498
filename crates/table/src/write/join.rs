//! Parts to cells: the columns of a table as its file has them.

use std::sync::Arc;

use super::dates::Dates;
use crate::zone::{Zones, written};
use crate::{Column, ColumnSpec, Kind, Notation, Part, Piece, Result, Schema, Table};

/// Puts the parts of cells together.
pub(super) struct Join {
    /// The columns in the file.
    pub schema: Arc<Schema>,
    /// For each of them, the columns of the table.
    groups: Vec<Vec<Piecewise>>,
    zones: Option<Zones>,
}

/// One part and how it is written.
struct Piecewise {
    at: usize,
    spec: ColumnSpec,
    dates: Option<Dates>,
}

/// A part of a cell as it is written.
enum Text {
    Missing,
    /// Stands for the whole cell.
    Whole(String),
    Part(String),
}

impl Join {
    /// `None` when each column is a column of the file.
    ///
    /// # Errors
    /// `write/date-format`.
    pub(super) fn new(schema: &Schema) -> Result<Option<Join>> {
        if schema.columns.iter().all(|c| c.part.is_none()) {
            return Ok(None);
        }
        let mut columns: Vec<ColumnSpec> = Vec::new();
        let mut groups: Vec<Vec<Piecewise>> = Vec::new();
        let mut last: Option<&str> = None;
        for (at, spec) in schema.columns.iter().enumerate() {
            let of = spec.part.as_ref().map(|p| p.of.as_str());
            let piece = Piecewise {
                at,
                spec: spec.clone(),
                dates: match &spec.kind {
                    Kind::Datetime { format } if of.is_some() => {
                        Some(Dates::new(format).map_err(|e| e.in_column(&spec.name))?)
                    }
                    _ => None,
                },
            };
            match (of, groups.last_mut()) {
                (Some(of), Some(group)) if last == Some(of) => group.push(piece),
                _ => {
                    columns.push(match &spec.part {
                        Some(part) => whole(part, spec),
                        None => spec.clone(),
                    });
                    groups.push(vec![piece]);
                }
            }
            last = of;
        }
        let zoned = |c: &ColumnSpec| matches!(&c.part, Some(part) if matches!(part.piece, Piece::Zone { .. }));
        let zones = schema.columns.iter().any(zoned).then(Zones::new);
        let schema = Arc::new(Schema {
            layout: schema.layout.clone(),
            ..Schema::of(columns)
        });
        Ok(Some(Join {
            schema,
            groups,
            zones,
        }))
    }

    /// The table as its file has it.
    pub(super) fn table(&self, table: &Table) -> Result<Table> {
        let columns = self.groups.iter().map(|group| match group.as_slice() {
            [one] if one.spec.part.is_none() => table.column(one.at).clone(),
            parts => Column::Strings(
                (0..table.rows())
                    .map(|row| self.cell(parts, table, row))
                    .collect(),
            ),
        });
        let columns = columns.collect();
        Table::new(self.schema.clone(), columns)
    }

    /// A cell; missing when one of its parts is.
    fn cell(&self, parts: &[Piecewise], table: &Table, row: usize) -> Option<String> {
        if let [local, zone] = parts
            && let Some(Piece::Zone {
                before,
                colon,
                zulu,
                ..
            }) = piece(zone)
            && let (Column::Instants(values), Some(dates)) = (table.column(local.at), &local.dates)
        {
            let zone = match zone.text(table.column(zone.at), row) {
                Text::Part(zone) => zone,
                Text::Missing | Text::Whole(_) => return None,
            };
            let zones = self.zones.as_ref()?;
            let (local, offset) = zones.at(&zone, values[row]?)?;
            let mut text = Vec::with_capacity(32);
            dates.push(&mut text, local);
            let offset = match (offset, zulu) {
                (0, true) => "Z".to_owned(),
                (offset, _) => written(offset, *colon),
            };
            return Some(format!(
                "{}{before}{offset}",
                String::from_utf8_lossy(&text)
            ));
        }
        if let [moment, word] = parts
            && let Some(Piece::Instead) = piece(word)
        {
            let either = [word, moment].map(|part| part.text(table.column(part.at), row));
            return either.into_iter().find_map(|text| match text {
                Text::Missing => None,
                Text::Whole(text) | Text::Part(text) => Some(text),
            });
        }
        let mut cell = String::new();
        for part in parts {
            let text = match part.text(table.column(part.at), row) {
                Text::Missing => return None,
                Text::Whole(text) => return Some(text),
                Text::Part(text) => text,
            };
            match piece(part) {
                Some(Piece::Number { before, after }) => {
                    cell.push_str(before);
                    cell.push_str(&text);
                    cell.push_str(after);
                }
                Some(Piece::Word { before }) => {
                    cell.push_str(before);
                    cell.push_str(&text);
                }
                _ => cell.push_str(&text),
            }
        }
        Some(cell)
    }
}

fn piece(part: &Piecewise) -> Option<&Piece> {
    part.spec.part.as_ref().map(|p| &p.piece)
}

/// The column of the file that `part` begins.
fn whole(part: &Part, spec: &ColumnSpec) -> ColumnSpec {
    ColumnSpec {
        name: part.of.clone(),
        kind: Kind::Text { words: 1.0 },
        source: spec.source.clone(),
        nullable: spec.nullable,
        notation: (spec.notation.as_ref())
            .and_then(|n| n.missing.clone())
            .map(|sign| Notation {
                missing: Some(sign),
                ..Notation::default()
            }),
        part: None,
    }
}

impl Piecewise {
    fn text(&self, column: &Column, row: usize) -> Text {
        let notation = self.spec.notation.as_ref();
        let number = |negative: bool, plain: Vec<u8>| {
            let plain = String::from_utf8_lossy(&plain).into_owned();
            let mut out = Vec::with_capacity(16);
            match notation {
                Some(notation) => notation.push(&mut out, negative, &plain),
                None if negative => out.extend_from_slice(format!("-{plain}").as_bytes()),
                None => out.extend_from_slice(plain.as_bytes()),
            }
            Text::Part(String::from_utf8_lossy(&out).into_owned())
        };
        let text = match column {
            Column::Numbers(v) if v[row].is_finite() => {
                let decimals = match self.spec.kind {
                    Kind::Numerical { decimals } => decimals,
                    _ => None,
                };
                let mut plain = Vec::with_capacity(16);
                crate::text::push_number(&mut plain, v[row].abs(), decimals, false);
                return number(v[row] < 0.0, plain);
            }
            Column::Numbers(v) => {
                let mark = notation.and_then(|n| n.exception(v[row]));
                return mark.map_or(Text::Missing, |word| Text::Whole(word.to_owned()));
            }
            Column::Integers(v) => match v[row] {
                Some(x) => return number(x < 0, x.unsigned_abs().to_string().into_bytes()),
                None => None,
            },
            Column::Levels(v) => v.get(row).map(str::to_owned),
            Column::Strings(v) => v[row].clone(),
            Column::Instants(v) => v[row].zip(self.dates.as_ref()).map(|(x, dates)| {
                let mut text = Vec::with_capacity(32);
                dates.push(&mut text, x);
                String::from_utf8_lossy(&text).into_owned()
            }),
        };
        text.map_or(Text::Missing, Text::Part)
    }
}
