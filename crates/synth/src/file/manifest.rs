//! The manifest: JSON whose first entry is a seal over all that follows it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use verdancy_relations::Form;
use verdancy_table::{Protection, Schema, fill::Filler};

use crate::parts::damaged;
use crate::{Config, Error, Method, Progress, Result, Stop, Subjects};

/// The version of the format that this release writes.
pub const FORMAT: u64 = 3;
/// The oldest version that it reads. Format 1 knew no protection of values: its models hold values
/// of training rows. Format 2 knew no rules between columns.
const OLDEST: u64 = 1;

/// The manifest begins with these bytes, the seal in 64 hexadecimal digits, and [`AFTER`].
const BEFORE: &str = "{\n  \"seal\": \"";
const AFTER: &str = "\",\n";

/// One tensor of the weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorInfo {
    /// Its name.
    pub name: String,
    /// `f32`, `f64` or `i64`.
    pub dtype: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// The weights as the manifest knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weights {
    pub(super) bytes: u64,
    pub(super) blake3: String,
    pub(super) tensors: Vec<TensorInfo>,
}

/// Everything in `manifest.json` but the seal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u64,
    pub(super) verdancy: String,
    pub(super) config: Config,
    pub(super) schema: Schema,
    #[serde(default = "unprotected")]
    pub(super) protect: Protection,
    pub(super) fill: Filler,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) people: Option<Subjects>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) relations: Option<Form>,
    pub(super) stop: Stop,
    pub(super) weights: Weights,
    pub(super) history: Vec<Progress>,
    pub(super) head: Value,
}

/// What is inside a model folder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Version of the format.
    pub format: u64,
    /// The release that wrote it.
    pub verdancy: String,
    /// The method.
    pub method: Method,
    /// Its parameters.
    pub config: Config,
    /// The columns it returns.
    pub schema: Schema,
    /// How many people share each value in it.
    pub protect: Protection,
    /// Why training ended.
    pub stop: Stop,
    /// The last line of the training history; `None` for methods without one.
    pub last: Option<Progress>,
    /// The line of the history that became the model; `None` when none is marked.
    pub best: Option<Progress>,
    /// Size of the weights in bytes.
    pub weights_bytes: u64,
    /// Their BLAKE3 hash.
    pub weights_blake3: String,
    /// The tensors in them.
    pub tensors: Vec<TensorInfo>,
}

impl Manifest {
    /// The file's bytes, sealed.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|e| Error::internal("the manifest cannot be written").caused_by(e))?;
        let Some(rest) = text.strip_prefix("{\n") else {
            return Err(Error::internal("the manifest is not an object"));
        };
        let seal = blake3::hash(rest.as_bytes()).to_hex();
        Ok(format!("{BEFORE}{seal}{AFTER}{rest}").into_bytes())
    }

    /// Reads a file's bytes; the seal is checked before they are parsed.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Manifest> {
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

    pub(super) fn summary(self) -> Result<Summary> {
        Ok(Summary {
            format: self.format,
            verdancy: self.verdancy,
            method: self.config.method(),
            config: self.config,
            schema: self.schema,
            protect: self.protect,
            stop: self.stop,
            best: self.history.iter().rev().find(|p| p.best).cloned(),
            last: self.history.into_iter().next_back(),
            weights_bytes: self.weights.bytes,
            weights_blake3: self.weights.blake3,
            tensors: self.weights.tensors,
        })
    }
}

fn is_readable(format: u64) -> bool {
    (OLDEST..=FORMAT).contains(&format)
}

fn unprotected() -> Protection {
    Protection::OFF
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
