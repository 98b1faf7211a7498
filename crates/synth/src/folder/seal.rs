//! The manifest: JSON whose first entry is a seal over all that follows it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::parts::damaged;
use crate::{Error, Result};

/// The version of the format that this release writes.
pub const FORMAT: u64 = 3;
/// The oldest version that it reads. Format 1 knew no protection of values: its models hold values
/// of training rows. Format 2 knew no rules between columns.
const OLDEST: u64 = 1;

/// The manifest begins with these bytes, the seal in 64 hexadecimal digits, and [`AFTER`].
const BEFORE: &str = "{\n  \"seal\": \"";
const AFTER: &str = "\",\n";

/// The file's bytes, sealed.
pub(super) fn to_bytes<M: Serialize>(manifest: &M) -> Result<Vec<u8>> {
    let text = serde_json::to_string_pretty(manifest)
        .map_err(|e| Error::internal("the manifest cannot be written").caused_by(e))?;
    let Some(rest) = text.strip_prefix("{\n") else {
        return Err(Error::internal("the manifest is not an object"));
    };
    let seal = blake3::hash(rest.as_bytes()).to_hex();
    Ok(format!("{BEFORE}{seal}{AFTER}{rest}").into_bytes())
}

/// Reads a file's bytes; the seal is checked before they are parsed.
pub(super) fn from_bytes<M: DeserializeOwned>(bytes: &[u8]) -> Result<M> {
    let Some(body) = unseal(bytes) else {
        return Err(match version(bytes) {
            Some(other) if !is_readable(other) && !bytes.starts_with(BEFORE.as_bytes()) => {
                unknown_format(other)
            }
            _ => damaged(),
        });
    };
    let mut text = Vec::with_capacity(body.len() + 2);
    text.extend_from_slice(b"{\n");
    text.extend_from_slice(body);
    if let Some(other) = version(&text)
        && !is_readable(other)
    {
        return Err(unknown_format(other));
    }
    serde_json::from_slice(&text).map_err(|_| damaged())
}

fn is_readable(format: u64) -> bool {
    (OLDEST..=FORMAT).contains(&format)
}

/// What the seal covers, when it holds.
fn unseal(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(BEFORE.as_bytes())?;
    let (seal, rest) = rest.split_at_checked(64)?;
    let body = rest.strip_prefix(AFTER.as_bytes())?;
    (blake3::hash(body).to_hex().as_bytes() == seal).then_some(body)
}

/// The format version that a JSON text names, whatever else is in it.
fn version(bytes: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Only {
        format: u64,
    }
    serde_json::from_slice::<Only>(bytes).ok().map(|o| o.format)
}

fn unknown_format(found: u64) -> Error {
    Error::input(
        "model/format",
        format!("The model has format {found}; this release reads formats {OLDEST} to {FORMAT}."),
        "Open it with the release that wrote it (or a later one), or fit the model again.",
    )
}
