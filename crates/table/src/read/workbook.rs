//! Workbooks of Excel and of LibreOffice: one sheet, read as the text that it would be exported as.

use std::io::{Read, Seek};
use std::path::Path;

use calamine::{Data, Reader, Sheets};

use super::open::{self, Input};
use super::{Limits, Options, Warning, delimited};
use crate::raw::Source;
use crate::{Error, Result};

/// Reads the sheet that `options` names, or the first one with cells.
pub(super) fn read(path: &Path, options: &Options) -> Result<Source> {
    let at = |e: Error| e.in_file(path);
    check_size(path, &options.limits).map_err(at)?;
    let damaged = |e: calamine::Error| at(unreadable().caused_by(e));
    let mut book = calamine::open_workbook_auto(path).map_err(damaged)?;
    let names = book.sheet_names();
    let (name, text) = match &options.sheet {
        Some(wanted) => {
            let name = named(&names, wanted).map_err(at)?;
            let text = text(&mut book, &name, &options.limits)?;
            (name, text)
        }
        None => {
            let mut first = None;
            for name in &names {
                let text = text(&mut book, name, &options.limits).map_err(at)?;
                if !text.is_empty() {
                    first = Some((name.clone(), text));
                    break;
                }
            }
            first.ok_or_else(|| at(empty()))?
        }
    };
    let said = Options {
        delimiter: Some(b','),
        ..options.clone()
    };
    let mut source = delimited::read(path, Input::of_text(text), &said)?;
    if names.len() > 1 && options.sheet.is_none() {
        source.warnings.push(Warning::new(
            "table/first-sheet",
            format!(
                "The workbook has {} sheets; {name} was read. Name another with --sheet.",
                names.len()
            ),
        ));
    }
    Ok(source)
}

/// The sheet called `wanted`, or with that number, counted from 1.
fn named(names: &[String], wanted: &str) -> Result<String> {
    let by_number = || names.get(wanted.parse::<usize>().ok()?.checked_sub(1)?);
    (names
        .iter()
        .find(|n| *n == wanted)
        .or_else(by_number)
        .cloned())
    .ok_or_else(|| {
        Error::input(
            "table/sheet-missing",
            format!("The workbook has no sheet `{wanted}`."),
            format!("Its sheets are: {}.", crate::names::listed(names)),
        )
    })
}

/// The cells of a sheet as delimited text; empty for a sheet without cells.
fn text<R: Read + Seek>(book: &mut Sheets<R>, name: &str, limits: &Limits) -> Result<Vec<u8>> {
    let range = (book.worksheet_range(name)).map_err(|e| unreadable().caused_by(e))?;
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    let failed = |e: csv::Error| Error::internal("cells cannot be kept").caused_by(e);
    let mut bytes = 0u64;
    for row in range.rows() {
        let cells: Vec<String> = row.iter().map(cell).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        bytes += cells.iter().map(|c| c.len() as u64 + 1).sum::<u64>();
        if bytes > limits.bytes {
            return Err(open::too_large(limits.bytes));
        }
        writer.write_record(&cells).map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|e| Error::internal("cells cannot be kept").caused_by(e.into_error()))
}

/// A cell as people see it, but for colours and rounding.
fn cell(data: &Data) -> String {
    match data {
        // An error such as #N/A is no value.
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => text.clone(),
        Data::Float(x) => number(*x),
        Data::Int(x) => x.to_string(),
        Data::Bool(yes) => yes.to_string(),
        Data::DateTime(at) if at.is_duration() => duration(at.as_f64()),
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let time = format!("{hour:02}:{minute:02}:{second:02}");
            // A time of day has no date.
            match (at.as_f64() < 1.0, time.as_str()) {
                (true, _) => time,
                (_, "00:00:00") => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {time}"),
            }
        }
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
    }
}

/// Whole numbers without a point, others in their shortest form to fifteen digits, as workbooks keep them.
fn number(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e15 {
        return format!("{x:.0}");
    }
    let short = format!("{x:.14e}").parse::<f64>().unwrap_or(x);
    format!("{short}")
}

fn duration(days: f64) -> String {
    let seconds = (days * 86_400.0).round() as i64;
    let (sign, seconds) = if seconds < 0 {
        ("-", -seconds)
    } else {
        ("", seconds)
    };
    format!(
        "{sign}{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Refuses workbooks that unpack to more than is allowed.
fn check_size(path: &Path, limits: &Limits) -> Result<()> {
    let file = open::file(path)?;
    let packed = file.metadata().map_or(0, |m| m.len());
    if packed > limits.bytes {
        return Err(open::too_large(limits.bytes));
    }
    // The old format is not packed.
    let Ok(mut archive) = zip::ZipArchive::new(file) else {
        return Ok(());
    };
    let mut unpacked = 0u64;
    for at in 0..archive.len() {
        let entry = archive
            .by_index_raw(at)
            .map_err(|e| unreadable().caused_by(e))?;
        unpacked = unpacked.saturating_add(entry.size());
    }
    let bomb = unpacked > limits.ratio_from && unpacked / packed.max(1) > limits.ratio;
    if unpacked > limits.bytes || bomb {
        return Err(open::too_large(limits.bytes));
    }
    Ok(())
}

fn unreadable() -> Error {
    Error::input(
        "table/bad-workbook",
        "The file begins like a workbook but cannot be read as one.",
        "Open it and save it again as .xlsx, or export the sheet as CSV (UTF-8).",
    )
}

fn empty() -> Error {
    Error::input(
        "table/empty-file",
        "No sheet of the workbook has cells.",
        "Name a workbook with a header line and rows.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations_are_short() {
        assert_eq!(number(3.0), "3");
        assert_eq!(number(0.1 + 0.2), "0.3");
        assert_eq!(number(-12.5), "-12.5");
        assert_eq!(duration(1.5), "36:00:00");
        assert_eq!(duration(-0.25), "-6:00:00");
    }

    #[test]
    fn sheets_have_names_and_numbers() {
        let names = ["Data".to_owned(), "2".to_owned()];
        assert_eq!(named(&names, "Data").ok().as_deref(), Some("Data"));
        // A name goes before a number.
        assert_eq!(named(&names, "2").ok().as_deref(), Some("2"));
        assert_eq!(named(&names, "1").ok().as_deref(), Some("Data"));
        assert!(named(&names, "3").is_err());
    }
}
