//! SDV metadata: files that users of that library have already, read as [`Overrides`] (versions
//! `V1` and `V2`, `SINGLE_TABLE_V1`, and the form before it with `fields` and `type`), and our
//! schema written as `V2`.
//!
//! Ranges and category lists are not read: they are the data's own, and inference sees the data.
//! They are not written either, because they would carry real values out.

mod rules;

use serde_json::{Map, Value, json};

use crate::{DateFormat, Error, IdPattern, Kind, Overrides, Personal, Piece, Result, Schema};

/// Types for personal data, by SDV's name; the first of each kind is the one that is written.
const PERSONAL: [(&str, Personal); 22] = [
    ("name", Personal::Name),
    ("first_name", Personal::FirstName),
    ("last_name", Personal::LastName),
    ("email", Personal::Email),
    ("phone_number", Personal::Phone),
    ("address", Personal::Address),
    ("street_address", Personal::Address),
    ("city", Personal::City),
    ("postcode", Personal::Postcode),
    ("zipcode", Personal::Postcode),
    ("company", Personal::Company),
    ("ssn", Personal::Ssn),
    ("iban", Personal::Iban),
    ("credit_card_number", Personal::CreditCard),
    ("ipv4_address", Personal::Ip),
    ("ipv6_address", Personal::Ip),
    ("url", Personal::Url),
    ("user_name", Personal::Username),
    ("username", Personal::Username),
    ("mac_address", Personal::Mac),
    ("vin", Personal::Vin),
    ("license_plate", Personal::Plate),
];

/// The names of the tables that SDV metadata describes; none where it describes one without a name, or where
/// the text is not SDV metadata.
pub fn tables(text: &str) -> Vec<String> {
    let file: Value = serde_json::from_str(text).unwrap_or_default();
    let tables = file.get("tables").and_then(Value::as_object);
    tables.map_or_else(Vec::new, |all| all.keys().cloned().collect())
}

/// Reads SDV metadata. `table` names the table of a file that holds several.
///
/// # Errors
/// `metadata/bad-json`, `metadata/not-sdv`, `metadata/several-tables`, `metadata/no-such-table`.
pub fn from_sdv(text: &str, table: Option<&str>) -> Result<Overrides> {
    let file: Value = serde_json::from_str(text).map_err(|e| {
        Error::input(
            "metadata/bad-json",
            "The metadata file is not valid JSON.",
            "Save the metadata again.",
        )
        .at_line(e.line() as u64)
    })?;
    let (name, entry) = match file.get("tables").and_then(Value::as_object) {
        Some(tables) => choose(tables, table)?,
        None => ("", &file),
    };
    let columns = entry
        .get("columns")
        .or_else(|| entry.get("fields"))
        .and_then(Value::as_object)
        .ok_or_else(not_sdv)?;
    let mut overrides = Overrides {
        rules: (entry.get("constraints").or_else(|| file.get("constraints")))
            .map_or(Ok(None), rules::rules)?,
        ..Overrides::default()
    };
    for (column, facts) in columns {
        let facts = facts.as_object().ok_or_else(not_sdv)?;
        if let Some(kind) = kind_of(facts) {
            overrides.kinds.insert(column.clone(), kind);
        }
    }
    for key in ["primary_key", "alternate_keys", "sequence_key"] {
        let unique = key != "sequence_key";
        match entry.get(key) {
            Some(Value::String(column)) => set_key(&mut overrides, column, unique),
            // The parts of a key of several columns repeat.
            Some(Value::Array(columns)) => {
                let alone = unique && (key == "alternate_keys" || columns.len() == 1);
                for column in columns.iter().filter_map(Value::as_str) {
                    set_key(&mut overrides, column, alone);
                }
            }
            _ => {}
        }
    }
    overrides.subject = match entry.get("sequence_key") {
        Some(Value::String(column)) => Some(column.clone()),
        // The parts of a key of several columns say nothing alone.
        Some(Value::Array(columns)) if columns.len() == 1 => columns[0].as_str().map(str::to_owned),
        _ => None,
    };
    let relationships = file.get("relationships").and_then(Value::as_array);
    for relationship in relationships.into_iter().flatten() {
        let part = |key: &str| relationship.get(key).and_then(Value::as_str);
        if part("child_table_name") == Some(name)
            && let Some(column) = part("child_foreign_key")
        {
            set_key(&mut overrides, column, false);
        }
    }
    Ok(overrides)
}

fn choose<'a>(
    tables: &'a Map<String, Value>,
    wanted: Option<&'a str>,
) -> Result<(&'a str, &'a Value)> {
    let names = || {
        tables
            .keys()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    match (wanted, tables.len()) {
        (Some(name), _) => tables.get(name).map(|t| (name, t)).ok_or_else(|| {
            Error::input(
                "metadata/no-such-table",
                format!("The metadata has no table called `{name}`."),
                format!("Its tables are: {}.", names()),
            )
        }),
        (None, 1) => tables
            .iter()
            .next()
            .map(|(name, t)| (name.as_str(), t))
            .ok_or_else(not_sdv),
        (None, 0) => Err(not_sdv()),
        (None, _) => Err(Error::input(
            "metadata/several-tables",
            "The metadata describes several tables.",
            format!(
                "Name the data file after its table, which is one of: {}.",
                names()
            ),
        )),
    }
}

fn not_sdv() -> Error {
    Error::input(
        "metadata/not-sdv",
        "The file is JSON, but not SDV metadata that we know.",
        "Save the metadata with SDV 1.0 or later, or write a schema.toml.",
    )
}

/// Makes `column` a key, keeping what is known of its pattern. Columns with another meaning than
/// a key (a code that is modelled, say) are keys all the same once metadata says so.
fn set_key(overrides: &mut Overrides, column: &str, unique: bool) {
    let pattern = match overrides.kinds.get(column) {
        Some(Kind::Id { pattern, .. }) => pattern.clone(),
        // An e-mail as a key is still an e-mail.
        Some(Kind::Personal { .. }) => return,
        _ => IdPattern::default(),
    };
    let kind = Kind::Id { pattern, unique };
    overrides.kinds.insert(column.to_owned(), kind);
}

/// The kind of a column; `None` where SDV knows nothing and inference decides.
fn kind_of(facts: &Map<String, Value>) -> Option<Kind> {
    let text = |key: &str| facts.get(key).and_then(Value::as_str);
    let pattern = || {
        let mask = text("regex_format")
            .or_else(|| text("regex"))
            .and_then(mask);
        IdPattern::Mask {
            mask: mask.unwrap_or_default(),
        }
    };
    let sdtype = text("sdtype").or_else(|| text("type"))?;
    Some(match sdtype {
        "numerical" | "integer" | "float" => {
            let whole = sdtype == "integer"
                || text("subtype") == Some("integer")
                || text("computer_representation").is_some_and(|r| r.contains("Int"));
            let places = facts.get("decimal_places").and_then(Value::as_u64);
            match (places, whole) {
                (Some(0), _) | (_, true) => Kind::Integer,
                (places, _) => Kind::Numerical {
                    decimals: places.and_then(|p| u8::try_from(p).ok()),
                },
            }
        }
        "categorical" | "ordinal" => Kind::Categorical,
        "boolean" => Kind::Boolean,
        "datetime" => Kind::Datetime {
            format: DateFormat(
                text("datetime_format")
                    .or_else(|| text("format"))
                    .map(|f| f.replace("%f", "%6f"))
                    .unwrap_or_default(),
            ),
        },
        "id" => Kind::Id {
            pattern: pattern(),
            unique: false,
        },
        "text" => match pattern() {
            found if found == IdPattern::default() => Kind::Text { words: 0.0 },
            pattern => Kind::Id {
                pattern,
                unique: false,
            },
        },
        "unknown" => return None,
        other => match PERSONAL.iter().find(|(name, _)| *name == other) {
            Some(&(_, what)) => Kind::Personal { what },
            None if facts.get("pii") == Some(&Value::Bool(false)) => Kind::Categorical,
            // Other sensitive values: text or keys of the same shape.
            None => Kind::Text { words: 0.0 },
        },
    })
}

/// A mask for the regular expressions that keys are commonly given as: letters, classes of digits
/// and letters, and fixed counts.
fn mask(regex: &str) -> Option<String> {
    let mut rest = regex.trim_start_matches('^').trim_end_matches('$');
    let mut out = String::new();
    while !rest.is_empty() {
        let (unit, after) = if let Some(class) = rest.strip_prefix('[') {
            let (class, after) = class.split_once(']')?;
            let unit = match class {
                "0-9" => "9",
                "A-Z" => "A",
                "a-z" => "a",
                "0-9a-f" | "a-f0-9" => "h",
                _ => return None,
            };
            (unit.to_owned(), after)
        } else {
            let mut chars = rest.chars();
            let unit = match chars.next()? {
                '\\' => match chars.next()? {
                    'd' => "9".to_owned(),
                    c if c.is_ascii_alphanumeric() => return None,
                    c => escaped(c),
                },
                '.' | '*' | '+' | '?' | '(' | ')' | '|' | '{' | '}' => return None,
                c => escaped(c),
            };
            (unit, chars.as_str())
        };
        let (count, after) = match after.strip_prefix('{') {
            Some(counted) => {
                let (count, after) = counted.split_once('}')?;
                let count = match count.split_once(',') {
                    Some((low, high)) if low == high => low,
                    Some(_) => return None,
                    None => count,
                };
                (count.parse::<usize>().ok().filter(|c| *c <= 64)?, after)
            }
            None => (1, after),
        };
        out.push_str(&unit.repeat(count));
        rest = after;
    }
    (!out.is_empty()).then_some(out)
}

fn escaped(c: char) -> String {
    match c {
        '9' | 'A' | 'a' | 'h' | '\\' => format!("\\{c}"),
        c => c.to_string(),
    }
}

/// A regular expression for a mask.
fn regex(mask: &str) -> String {
    let mut chars = mask.chars();
    let mut units: Vec<(String, usize)> = Vec::new();
    while let Some(c) = chars.next() {
        let unit = match c {
            '9' => "[0-9]".to_owned(),
            'A' => "[A-Z]".to_owned(),
            'a' => "[a-z]".to_owned(),
            'h' => "[0-9a-f]".to_owned(),
            c => {
                let c = if c == '\\' {
                    chars.next().unwrap_or('\\')
                } else {
                    c
                };
                if c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | ':' | '/') {
                    c.to_string()
                } else {
                    format!("\\{c}")
                }
            }
        };
        match units.last_mut() {
            Some((last, count)) if *last == unit && unit.starts_with('[') => *count += 1,
            _ => units.push((unit, 1)),
        }
    }
    units
        .into_iter()
        .map(|(unit, count)| match count {
            1 => unit,
            n => format!("{unit}{{{n}}}"),
        })
        .collect()
}

/// `schema` as SDV metadata V2 for one table called `table`.
///
/// # Errors
/// An internal error when it cannot be written.
pub fn to_sdv(schema: &Schema, table: &str) -> Result<String> {
    let mut columns = Map::new();
    let mut key = None;
    for spec in &schema.columns {
        let name = spec.part.as_ref().map_or(&spec.name, |part| &part.of);
        if columns.contains_key(name) {
            continue;
        }
        let facts = match &spec.kind {
            _ if matches!(&spec.part, Some(p) if matches!(p.piece, Piece::Number { .. })) => {
                json!({"sdtype": "categorical"})
            }
            _ if matches!(&spec.part, Some(p) if p.piece == Piece::Level) => {
                key = key.or_else(|| (!spec.nullable).then(|| name.clone()));
                json!({"sdtype": "id"})
            }
            Kind::Numerical { decimals: Some(d) } => {
                json!({"sdtype": "numerical", "decimal_places": d})
            }
            Kind::Numerical { decimals: None } => json!({"sdtype": "numerical"}),
            Kind::Integer => json!({"sdtype": "numerical", "decimal_places": 0}),
            Kind::Categorical | Kind::Constant { .. } => json!({"sdtype": "categorical"}),
            Kind::Boolean => json!({"sdtype": "boolean"}),
            Kind::Datetime { format } => {
                let mut format = format.0.replace("%6f", "%f").replace("%.6f", ".%f");
                let zoned = (spec.part.as_ref()).is_some_and(|p| p.piece == Piece::Local);
                format.push_str(if zoned { "%z" } else { "" });
                json!({"sdtype": "datetime", "datetime_format": format})
            }
            Kind::Id { pattern, unique } => {
                if *unique && !spec.nullable && key.is_none() {
                    key = Some(spec.name.clone());
                }
                match pattern {
                    IdPattern::Mask { mask } if !mask.is_empty() => {
                        json!({"sdtype": "id", "regex_format": regex(mask)})
                    }
                    _ => json!({"sdtype": "id"}),
                }
            }
            Kind::Personal { what } => {
                let name = PERSONAL
                    .iter()
                    .find(|(_, w)| w == what)
                    .map_or("text", |p| p.0);
                json!({"sdtype": name, "pii": true})
            }
            Kind::Text { .. } => json!({"sdtype": "text"}),
            Kind::Missing => json!({"sdtype": "unknown"}),
        };
        columns.insert(name.clone(), facts);
    }
    let mut entry = Map::new();
    if let Some(key) = key {
        entry.insert("primary_key".to_owned(), key.into());
    }
    if let Some(at) = schema.subject_position() {
        entry.insert(
            "sequence_key".to_owned(),
            schema.columns[at].name.clone().into(),
        );
    }
    entry.insert("columns".to_owned(), columns.into());
    let file = json!({
        "METADATA_SPEC_VERSION": "V2",
        "tables": {table: entry},
        "relationships": [],
    });
    serde_json::to_string_pretty(&file)
        .map(|text| text + "\n")
        .map_err(|e| Error::internal("metadata cannot be written").caused_by(e))
}
