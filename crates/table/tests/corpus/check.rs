//! A file is read as the command line reads it, its schema compared with the expected one, and its cells
//! compared with what is written of them.

use std::path::Path;

use verdancy_table::read::{self, Loaded};
use verdancy_table::{ColumnSpec, Encoding, Format, Kind, Notation, infer, write};

use super::files::sheet::{Case, Code};
use super::files::want::{Is, Want};

/// A column of the file: its parts in the schema, with the position of the first.
struct Found<'a> {
    name: &'a str,
    at: usize,
    specs: Vec<&'a ColumnSpec>,
}

/// All that is not as expected of a file, a line each.
pub fn faults(case: &Case, folder: &Path) -> Vec<String> {
    let path = folder.join(format!("{}.{}", case.name, case.ending));
    if let Err(e) = std::fs::write(&path, &case.bytes) {
        return vec![format!("the file could not be written: {e}")];
    }
    let loaded = match load(&path) {
        Ok(loaded) => loaded,
        Err(e) => return vec![format!("refused: {}", why(&e))],
    };
    let mut all = form(case, loaded.format);
    let rows = loaded.table.rows();
    if rows != case.cells.len() {
        all.push(format!("{rows} rows, expected {}", case.cells.len()));
    }
    let found = columns(case, &loaded);
    if found.len() != case.columns.len() {
        let names: Vec<&str> = found.iter().map(|f| f.name).collect();
        all.push(format!(
            "{} columns, expected {}: {names:?}",
            found.len(),
            case.columns.len()
        ));
        return all;
    }
    for (place, (found, (name, want))) in found.iter().zip(&case.columns).enumerate() {
        let of = |fault: String| format!("{name:?} (column {}): {fault}", place + 1);
        if case.named && found.name != name.trim() {
            all.push(of(format!("is called {:?}", found.name)));
        }
        all.extend(
            meaning(case, place, found, want, &loaded)
                .into_iter()
                .map(of),
        );
    }
    if rows == case.cells.len() {
        all.extend(back(case, &loaded, &path.with_extension("back")));
    }
    all
}

fn why(e: &verdancy_table::Error) -> String {
    let line = e
        .place
        .line
        .map_or(String::new(), |n| format!(" (line {n})"));
    format!("{}{line}: {}", e.code, e.message)
}

fn load(path: &Path) -> verdancy_table::Result<Loaded> {
    read::load(path, &read::Options::default(), &infer::Options::default())
}

/// Delimiter, line ends and encoding.
fn form(case: &Case, format: Format) -> Vec<String> {
    let Format::Csv { dialect, .. } = format else {
        let fits = case.json && matches!(format, Format::Ndjson { .. });
        return if fits {
            Vec::new()
        } else {
            vec![format!("was read as {format:?}")]
        };
    };
    let style = case.style;
    let (encoding, bom) = match style.code {
        Code::Utf8 => ("utf-8", false),
        Code::Utf8Bom => ("utf-8", true),
        Code::Windows1252 => ("windows-1252", false),
        Code::Utf16 => ("utf-16le", true),
        Code::MacRoman => ("macintosh", false),
    };
    // A table that is all ASCII, whatever stands above it, may be UTF-8 too.
    let plain = |row: &Vec<String>| row.iter().all(|cell| cell.is_ascii());
    let names = case.columns.iter().all(|(name, _)| name.is_ascii());
    let ascii = names && case.cells.iter().all(plain) && dialect.encoding == Encoding::UTF_8;
    let mut all = Vec::new();
    if Some(dialect.encoding) != Encoding::named(encoding) && !ascii {
        all.push(format!(
            "encoding {}, expected {encoding}",
            dialect.encoding.name()
        ));
    }
    let same = char::from(dialect.delimiter) == style.delimiter
        && dialect.bom == bom
        && dialect.crlf == (style.end == "\r\n");
    if !same {
        all.push(format!("form {dialect:?}"));
    }
    all
}

/// The columns of the file; quite empty ones beyond the outer delimiters of a list are no columns.
fn columns<'a>(case: &Case, loaded: &'a Loaded) -> Vec<Found<'a>> {
    let mut all: Vec<Found<'a>> = Vec::new();
    for (at, spec) in loaded.table.schema().columns.iter().enumerate() {
        let of = spec.part.as_ref().map(|p| p.of.as_str());
        let last = all.last_mut().filter(|f| f.specs[0].part.is_some());
        match (of, last) {
            (Some(of), Some(last)) if last.name == of => last.specs.push(spec),
            _ => all.push(Found {
                name: of.unwrap_or(&spec.name),
                at,
                specs: vec![spec],
            }),
        }
    }
    if case.outer && all.len() == case.columns.len() + 2 {
        let empty = |f: &Found<'_>| f.specs[0].kind == Kind::Missing;
        if empty(&all[0]) && all.last().is_some_and(empty) {
            all.pop();
            all.remove(0);
        }
    }
    all
}

/// What a column is, and how its numbers are written.
fn meaning(
    case: &Case,
    place: usize,
    found: &Found<'_>,
    want: &Want,
    loaded: &Loaded,
) -> Vec<String> {
    let said = || format!("said {}, expected {:?}", told(&found.specs), want.kinds);
    if found.specs[0].part.is_some() {
        let kinds: Vec<&str> = found.specs.iter().map(|s| s.kind.name()).collect();
        let parts = |kind: &Is| matches!(kind, Is::Parts(of) if *of == kinds.as_slice());
        return if want.kinds.iter().any(parts) {
            Vec::new()
        } else {
            vec![said()]
        };
    }
    let spec = found.specs[0];
    if !want.kinds.iter().any(|kind| fits(*kind, spec, want)) {
        return vec![said()];
    }
    let mut all = Vec::new();
    if matches!(spec.kind, Kind::Integer | Kind::Numerical { .. }) {
        all = notation(spec.notation.as_ref(), want);
    }
    let modelled = matches!(
        spec.kind,
        Kind::Integer | Kind::Numerical { .. } | Kind::Datetime { .. } | Kind::Boolean
    );
    if modelled && loaded.table.rows() == case.cells.len() {
        let gaps = case.cells.iter().filter(|row| {
            let cell = row[place].trim();
            is_gap(cell, want, case.json) || want.words.contains(&cell)
        });
        let (gaps, missing) = (gaps.count(), loaded.table.column(found.at).missing());
        if gaps != missing {
            all.push(format!("{missing} missing cells, expected {gaps}"));
        }
    }
    all
}

fn is_gap(cell: &str, want: &Want, json: bool) -> bool {
    cell.is_empty() || want.gaps.contains(&cell) || json && cell == "null"
}

fn told(specs: &[&ColumnSpec]) -> String {
    let one = |spec: &&ColumnSpec| match &spec.kind {
        Kind::Constant { .. } => "Constant".to_owned(),
        kind => format!("{kind:?}"),
    };
    specs.iter().map(one).collect::<Vec<_>>().join(" + ")
}

fn fits(kind: Is, spec: &ColumnSpec, want: &Want) -> bool {
    match (kind, &spec.kind) {
        // A whole number has no room for what stands in its place.
        (Is::Integer, Kind::Numerical { decimals: Some(0) }) => !want.words.is_empty(),
        (Is::Integer, Kind::Integer)
        | (Is::Real, Kind::Numerical { .. })
        | (Is::Category, Kind::Categorical)
        | (Is::YesNo, Kind::Boolean)
        | (Is::Key, Kind::Id { .. })
        | (Is::Text, Kind::Text { .. })
        | (Is::Constant, Kind::Constant { .. })
        | (Is::Missing, Kind::Missing) => true,
        (Is::Number(n), Kind::Numerical { decimals }) => *decimals == Some(n),
        (Is::Date(of), Kind::Datetime { format }) => of.is_empty() || bare(of) == bare(&format.0),
        (Is::Person(of), Kind::Personal { what }) => {
            serde_json::to_value(what).is_ok_and(|name| name == of)
        }
        _ => false,
    }
}

/// A format of dates without what only says how many zeros are written.
fn bare(format: &str) -> String {
    let mut text = format.replace("%-", "%").replace("%^", "%");
    for digits in 1..=9 {
        text = text.replace(&format!("%.{digits}f"), "%.f");
    }
    text.replace("%e", "%d").replace("%P", "%p")
}

fn notation(notation: Option<&Notation>, want: &Want) -> Vec<String> {
    let plain = Notation::default();
    let found = notation.unwrap_or(&plain);
    let mut all = Vec::new();
    let mut differs = |what: &str, found: String, want: String| {
        if found != want {
            all.push(format!("{what} {found}, expected {want}"));
        }
    };
    let quoted = |text: &str| format!("{:?}", text.trim());
    differs("before", quoted(&found.before), quoted(want.before));
    differs("after", quoted(&found.after), quoted(want.after));
    differs(
        "groups",
        format!("{:?}", found.group),
        format!("{:?}", want.group),
    );
    differs("comma", found.comma.to_string(), want.comma.to_string());
    differs(
        "clock",
        found.clock.is_some().to_string(),
        want.clock.to_string(),
    );
    if let Some(minus) = want.minus {
        let name = serde_json::to_value(found.minus).unwrap_or_default();
        differs(
            "minus",
            name.as_str().unwrap_or_default().to_owned(),
            minus.to_owned(),
        );
    }
    let mut words: Vec<&str> = found.exceptions.iter().map(|e| e.text.as_str()).collect();
    let mut wanted = want.words.clone();
    words.sort_unstable();
    wanted.sort_unstable();
    differs("exceptions", format!("{words:?}"), format!("{wanted:?}"));
    all
}

/// Writes the table in its file's form: the same cells, and the same kinds when that is read.
fn back(case: &Case, loaded: &Loaded, path: &Path) -> Vec<String> {
    if let Err(e) = write::write(path, &loaded.table, loaded.format) {
        return vec![format!("could not be written: {}", why(&e))];
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) => return vec![format!("what was written could not be read: {e}")],
    };
    let mut all = match cells(case, &bytes, loaded.format) {
        Ok(written) => differences(case, &written),
        Err(fault) => vec![fault],
    };
    match load(path) {
        Ok(again) => all.extend(changed(loaded, &again)),
        Err(e) => all.push(format!("what was written is refused: {}", why(&e))),
    }
    all
}

/// Columns that are of another kind when what was written is read.
fn changed(first: &Loaded, second: &Loaded) -> Vec<String> {
    let columns = |l: &Loaded| l.table.schema().columns.clone();
    let (one, two) = (columns(first), columns(second));
    if one.len() != two.len() {
        return vec![format!(
            "read again: {} columns, not {}",
            two.len(),
            one.len()
        )];
    }
    (one.iter().zip(&two))
        .filter(|(a, b)| a.kind.name() != b.kind.name())
        .map(|(a, b)| {
            let (a_kind, b_kind) = (a.kind.name(), b.kind.name());
            format!("{:?}: read again it is {b_kind}, not {a_kind}", a.name)
        })
        .collect()
}

/// The cells of the last rows of what was written, as many as the file has.
fn cells(case: &Case, bytes: &[u8], format: Format) -> Result<Vec<Vec<String>>, String> {
    let Format::Csv { dialect, .. } = format else {
        return objects(case, bytes);
    };
    let label = dialect.encoding.name();
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes());
    let (text, ..) = encoding.unwrap_or(encoding_rs::UTF_8).decode(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(dialect.delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut all = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| format!("what was written is no table: {e}"))?;
        let outside = case.outer && record.len() == case.columns.len() + 2;
        let cells = record
            .iter()
            .skip(usize::from(outside))
            .take(case.columns.len());
        all.push(cells.map(str::to_owned).collect());
    }
    let header = all.len().saturating_sub(case.cells.len());
    Ok(all.split_off(header))
}

/// Values of JSON lines, strings without their quotes.
fn objects(case: &Case, bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let mut all = Vec::new();
    for line in String::from_utf8_lossy(bytes).lines() {
        let object: serde_json::Value =
            serde_json::from_str(line).map_err(|e| format!("what was written is no JSON: {e}"))?;
        let cell = |name: &String| match &object[name] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        all.push(case.columns.iter().map(|(name, _)| cell(name)).collect());
    }
    Ok(all)
}

/// Columns of which cells were written otherwise, with the first such cell.
fn differences(case: &Case, written: &[Vec<String>]) -> Vec<String> {
    let mut all = Vec::new();
    if written.len() != case.cells.len() {
        all.push(format!("{} rows were written", written.len()));
    }
    for (place, (name, want)) in case.columns.iter().enumerate() {
        let mut gaps: Vec<&str> = (case.cells.iter())
            .map(|row| row[place].trim())
            .filter(|cell| is_gap(cell, want, case.json))
            .collect();
        gaps.sort_unstable();
        gaps.dedup();
        let empty = String::new();
        let cell = |row: &'_ [String]| row.get(place).unwrap_or(&empty).clone();
        let mut other = (case.cells.iter().zip(written))
            .map(|(row, back)| (cell(row), cell(back)))
            .filter(|(cell, back)| !same(cell, back, want, gaps.len() > 1, case.json));
        if let Some((cell, back)) = other.next() {
            all.push(format!(
                "{name:?} (column {}): {} cells come back otherwise, the first {cell:?} as {back:?}",
                place + 1,
                1 + other.count()
            ));
        }
    }
    all
}

/// True when `back` is the cell that the file has. A column that says "missing" in several ways keeps that a
/// value is missing and that a word says so, but not which one.
fn same(cell: &str, back: &str, want: &Want, several: bool, json: bool) -> bool {
    let trimmed = want.padded && cell.trim() == back.trim();
    let number = want.kinds.contains(&Is::Real) || json;
    let equal = || match (cell.parse::<f64>(), back.parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    };
    let gap = |text: &str| is_gap(text.trim(), want, json);
    let coarse = |text: &str| match text.rsplit_once('.') {
        Some((front, digits)) => format!("{front}.{:.6}", digits),
        None => text.to_owned(),
    };
    let moment = want.fine && cell.len() == back.len() && coarse(cell) == coarse(back);
    cell == back
        || trimmed
        || moment
        || number && equal()
        || several && gap(cell) && gap(back) && cell.is_empty() == back.is_empty()
}
