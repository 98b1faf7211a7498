//! Rows from a model: into memory, or block by block into a file.

use std::path::Path;

use verdancy_synth::Fitted;
use verdancy_table::write::{Writer, Written};
use verdancy_table::{Format, Table};

use crate::journal::Journal;
use crate::{Event, Result};

/// Samples of more rows than this are streamed to the file and judged on their first rows.
pub const STREAMED_ABOVE: u64 = 50_000;

/// How many of `rows` rows are judged.
pub(crate) fn judged_rows(rows: u64, train: usize) -> u64 {
    if rows > STREAMED_ABOVE {
        rows.min(train as u64)
    } else {
        rows
    }
}

/// The first `rows` rows of the sample with `seed`, as one table.
pub(crate) fn to_memory(
    fitted: &Fitted,
    rows: u64,
    seed: u64,
    journal: &mut Journal<'_>,
) -> Result<Table> {
    let mut parts = Vec::new();
    let mut drawn = 0;
    for part in fitted.sample(0..rows, seed) {
        let part = part?;
        drawn += part.rows() as u64;
        parts.push(part);
        journal.tell(Event::Sampling {
            rows: drawn,
            of: rows,
        });
    }
    Table::concat(&fitted.schema, parts)
}

/// The first `rows` rows of the sample with `seed`, into a file, in the memory of one block. When
/// the user stops it, the file ends with the rows that were drawn.
pub(crate) fn to_file(
    fitted: &Fitted,
    rows: u64,
    seed: u64,
    path: &Path,
    format: Format,
    journal: &mut Journal<'_>,
) -> Result<Written> {
    let stopped_before = journal.cancel.is_cancelled();
    let mut writer = Writer::create(path, &fitted.schema, format)?;
    for part in fitted.sample(0..rows, seed) {
        writer.write(&part?)?;
        journal.tell(Event::Sampling {
            rows: writer.rows(),
            of: rows,
        });
        if !stopped_before && journal.cancel.is_cancelled() && writer.rows() < rows {
            journal.warn(
                "engine/sampling-stopped",
                format!(
                    "Sampling was stopped by the user: {} of {rows} rows were written.",
                    writer.rows()
                ),
            );
            break;
        }
    }
    writer.finish()
}
